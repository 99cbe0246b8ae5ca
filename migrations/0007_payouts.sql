-- What each streamer is owed. At most one pending payout per assignment; a paid one never changes,
-- so a later run opens a new one for the difference.

create table payouts (
    id uuid primary key,
    campaign_id uuid not null references campaigns (id) on delete restrict,
    channel_id uuid not null references channels (id) on delete restrict,
    assignment_id uuid not null references campaign_assignments (id) on delete restrict,
    rate_type text not null check (rate_type in ('cpm', 'fixed')),
    rate_e4 bigint not null check (rate_e4 >= 0),
    currency text not null,
    delivered_impressions bigint not null check (delivered_impressions >= 0),
    amount_minor bigint not null,
    status text not null check (status in ('pending', 'paid')),
    period_start timestamptz not null,
    period_end timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    paid_at timestamptz,
    paid_by uuid references users (id) on delete restrict,
    check ((status = 'paid') = (paid_at is not null))
);

create unique index payouts_pending on payouts (assignment_id) where status = 'pending';
create index payouts_by_campaign on payouts (campaign_id, status);

frozen_when payouts status 'paid';
