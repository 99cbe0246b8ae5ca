-- What was shown, added up. The table that was there before held days only and was never filled.
-- A row holds what happened on one day in the campaign's time zone, or in one quarter of an hour:
-- all zones in use are whole quarters away from UTC, so quarters make up the days and hours of any
-- of them. `slot` counts days since 1970-01-01, or quarters of an hour since 1970-01-01T00:00Z.
-- The nil id stands for no channel and no creative: one odd event must not stop the counting, so
-- nothing else is asked of them here.

drop table daily_metrics;

create table report_sums (
    campaign_id uuid not null references campaigns (id) on delete restrict,
    grain text not null check (grain in ('day', 'quarter')),
    slot bigint not null,
    channel_id uuid not null,
    creative_id uuid not null,
    -- Impressions by the evidence there was for each; together they are the impressions.
    evidence_0 bigint not null check (evidence_0 >= 0),
    evidence_1 bigint not null check (evidence_1 >= 0),
    evidence_2 bigint not null check (evidence_2 >= 0),
    evidence_3 bigint not null check (evidence_3 >= 0),
    evidence_4 bigint not null check (evidence_4 >= 0),
    evidence_5 bigint not null check (evidence_5 >= 0),
    plays bigint not null check (plays >= 0),
    clicks_overlay bigint not null check (clicks_overlay >= 0),
    clicks_link bigint not null check (clicks_link >= 0),
    clicks_qr bigint not null check (clicks_qr >= 0),
    -- Impressions times viewers, and how many of the impressions have a figure.
    viewers bigint not null check (viewers >= 0),
    viewers_known bigint not null check (viewers_known >= 0),
    on_screen_ms bigint not null check (on_screen_ms >= 0),
    price_e7 bigint not null check (price_e7 >= 0),
    primary key (campaign_id, grain, slot, channel_id, creative_id)
);

-- Events that do not count.
create table report_uncounted (
    campaign_id uuid not null references campaigns (id) on delete restrict,
    grain text not null check (grain in ('day', 'quarter')),
    slot bigint not null,
    channel_id uuid not null,
    reason text not null,
    events bigint not null check (events > 0),
    primary key (campaign_id, grain, slot, channel_id, reason)
);

-- The zone in which the days of a campaign were added up.
create table report_zones (
    campaign_id uuid primary key references campaigns (id) on delete restrict,
    time_zone text not null
);

-- For the recount of one day.
create index events_by_day on events (day, seq) where campaign_id is not null;
