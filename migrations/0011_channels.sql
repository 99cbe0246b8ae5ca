-- What a streamer decides about a channel: how its overlay looks, and what is said to campaigns.
-- A channel's name belongs to one channel: `name_key` is the name without spaces around it, in lower
-- case, and empty only for channels that shared their name with an older one before this rule.

alter table channels add column version bigint not null default 1;
alter table channels add column name_key text;
alter table channels add column overlay_position text not null default 'bottom-right' check (overlay_position in ('top-left', 'top', 'top-right', 'left', 'center', 'right', 'bottom-left', 'bottom', 'bottom-right'));
alter table channels add column overlay_width_percent bigint check (overlay_width_percent between 5 and 100);
alter table channels add column overlay_margin_px bigint not null default 24 check (overlay_margin_px between 0 and 400);
alter table channels add column overlay_muted boolean not null default true;
alter table channels add column overlay_animation text not null default 'fade' check (overlay_animation in ('fade', 'slide', 'pulse'));

update channels set name_key = lower(trim(twitch_channel_name)) where not exists (
    select 1 from channels older
    where lower(trim(older.twitch_channel_name)) = lower(trim(channels.twitch_channel_name))
    and (older.created_at, older.id) < (channels.created_at, channels.id)
);

create unique index channels_by_name on channels (name_key);
create index channels_by_age on channels (created_at, id);

alter table campaign_assignments add column answered_at timestamptz;
alter table campaign_assignments add column decline_reason text;

create index audit_log_by_action on audit_log (action, seq);
create index audit_log_by_actor on audit_log (actor_user_id, seq);
create index audit_log_by_time on audit_log (created_at);
create index deliveries_by_age on deliveries (leased_at, id);
