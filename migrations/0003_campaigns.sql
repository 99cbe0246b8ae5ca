-- What is booked: campaigns with their money, flights, creatives and the channels they may run on.
-- Money: `budget_minor` and `fixed_fee_minor` are minor units of the currency (cents for USD);
-- `cpm_rate_e4` is ten-thousandths of the currency's unit per 1,000 impressions;
-- `*_e7` are ten-millionths of the currency's unit, exact for one impression at any CPM.

create table campaigns (
    id uuid primary key,
    organization_id uuid not null references organizations (id) on delete restrict,
    brand_organization_id uuid references organizations (id) on delete restrict,
    name text not null,
    advertiser text not null,
    objective text not null,
    start_date timestamptz not null,
    end_date timestamptz not null,
    time_zone text not null default 'UTC',
    budget_minor bigint not null check (budget_minor > 0),
    currency text not null,
    status text not null check (status in ('draft', 'submitted', 'approved', 'rejected', 'active', 'paused', 'completed')),
    targeting jsonb not null,
    billable_evidence bigint not null default 1 check (billable_evidence between 0 and 5),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check (start_date < end_date)
);

create index campaigns_by_organization on campaigns (organization_id, created_at);
create index campaigns_by_brand on campaigns (brand_organization_id, created_at);

-- One row per campaign, locked by every decision that may commit its money.
create table campaign_ledgers (
    campaign_id uuid primary key references campaigns (id) on delete restrict,
    spent_e7 bigint not null default 0 check (spent_e7 >= 0),
    reserved_e7 bigint not null default 0 check (reserved_e7 >= 0)
);

create table flights (
    id uuid primary key,
    campaign_id uuid not null references campaigns (id) on delete restrict,
    pacing_per_hour bigint not null check (pacing_per_hour between 1 and 1000),
    cap_per_streamer_per_hour bigint not null check (cap_per_streamer_per_hour between 1 and 200),
    cap_per_session bigint not null check (cap_per_session between 1 and 200),
    allowed_formats jsonb not null,
    mode text not null default 'manual' check (mode in ('manual', 'auto')),
    min_gap_sec bigint not null default 0 check (min_gap_sec between 0 and 86400),
    start_at timestamptz,
    end_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index flights_by_campaign on flights (campaign_id, created_at);

create table creatives (
    id uuid primary key,
    campaign_id uuid not null references campaigns (id) on delete restrict,
    format text not null check (format in ('image', 'gif', 'mp4')),
    duration_sec bigint not null check (duration_sec between 1 and 120),
    click_url text not null,
    fallback_url text,
    object_key text not null unique,
    mime_type text not null,
    size_bytes bigint not null check (size_bytes > 0),
    sha256 text not null,
    width bigint not null check (width > 0),
    height bigint not null check (height > 0),
    media_duration_ms bigint check (media_duration_ms > 0),
    approval_status text not null check (approval_status in ('draft', 'submitted', 'approved', 'rejected')),
    review_reason text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index creatives_by_campaign on creatives (campaign_id, created_at);

create table campaign_assignments (
    id uuid primary key,
    campaign_id uuid not null references campaigns (id) on delete restrict,
    channel_id uuid not null references channels (id) on delete restrict,
    cpm_rate_e4 bigint check (cpm_rate_e4 > 0),
    fixed_fee_minor bigint check (fixed_fee_minor > 0),
    -- The fixed fee is committed to the campaign's ledger once, by the first lease.
    fee_committed_e7 bigint not null default 0 check (fee_committed_e7 >= 0),
    status text not null check (status in ('pending', 'accepted', 'declined')),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    unique (campaign_id, channel_id)
);

create index campaign_assignments_by_channel on campaign_assignments (channel_id, created_at);
