-- Daily sums kept by the aggregation, and how far it has read the events.

create table daily_metrics (
    day date not null,
    campaign_id uuid not null references campaigns (id) on delete restrict,
    channel_id uuid not null references channels (id) on delete restrict,
    impressions bigint not null default 0 check (impressions >= 0),
    clicks bigint not null default 0 check (clicks >= 0),
    on_screen_ms bigint not null default 0 check (on_screen_ms >= 0),
    updated_at timestamptz not null,
    primary key (campaign_id, day, channel_id)
);

create table checkpoints (
    name text primary key,
    position bigint not null,
    updated_at timestamptz not null
);
