-- What changing and reviewing needs: a version per row, so that two people do not overwrite each
-- other; why a campaign was sent back; who uploaded a creative, because nobody reviews their own;
-- and assignments that ended, which stay because money depends on them.

alter table campaigns add column version bigint not null default 1;
alter table campaigns add column review_reason text;
alter table flights add column version bigint not null default 1;
alter table creatives add column version bigint not null default 1;
alter table creatives add column uploaded_by uuid references users (id) on delete restrict;
alter table campaign_assignments add column ended_at timestamptz;

-- Whether the campaign was ever shown: its days may not be counted anew after that.
alter table campaign_ledgers add column was_leased boolean not null default false;
update campaign_ledgers set was_leased = true where campaign_id in (select campaign_id from deliveries);

create index campaigns_by_status on campaigns (status, created_at);
create index creatives_by_status on creatives (approval_status, created_at);
