-- A delivery is a lease given to one overlay instance to play one creative once; its id is the
-- `commandId`. The row is the fold of its events. Open states hold their place under every cap and
-- in the campaign's ledger until they settle or are released.
-- `counts_at` is when the play counts for the rolling caps: the latest possible end of the play
-- while the lease is open, the time of completion once it is settled.

create table deliveries (
    id uuid primary key,
    campaign_id uuid not null references campaigns (id) on delete restrict,
    flight_id uuid not null references flights (id) on delete restrict,
    creative_id uuid not null references creatives (id) on delete restrict,
    assignment_id uuid not null references campaign_assignments (id) on delete restrict,
    channel_id uuid not null references channels (id) on delete restrict,
    streamer_profile_id uuid not null references streamer_profiles (id) on delete restrict,
    session_id uuid not null references stream_sessions (id) on delete restrict,
    triggered_by uuid references users (id) on delete restrict,
    idempotency_key text,
    request_digest text,
    instance_id uuid,
    state text not null check (state in ('leased', 'acknowledged', 'rendered', 'completed', 'failed', 'expired', 'errored', 'superseded')),
    reason text,
    duration_sec bigint not null check (duration_sec between 1 and 120),
    price_e7 bigint not null check (price_e7 >= 0),
    evidence_level bigint not null default 0 check (evidence_level between 0 and 5),
    leased_at timestamptz not null,
    busy_until timestamptz not null,
    report_until timestamptz not null,
    counts_at timestamptz not null,
    acknowledged_at timestamptz,
    rendered_at timestamptz,
    rendered_ts timestamptz,
    completed_at timestamptz,
    clicked_at timestamptz,
    ended_at timestamptz
);

create index deliveries_by_channel on deliveries (channel_id, leased_at);
create index deliveries_by_creative on deliveries (creative_id, leased_at);
create index deliveries_by_flight on deliveries (flight_id, leased_at);
create unique index deliveries_by_idempotency_key on deliveries (triggered_by, idempotency_key) where idempotency_key is not null;
create index deliveries_by_assignment on deliveries (assignment_id, state);
create index deliveries_by_flight_channel on deliveries (flight_id, channel_id, counts_at);
create index deliveries_by_campaign on deliveries (campaign_id, leased_at);
create index deliveries_by_session on deliveries (session_id, flight_id);
create index deliveries_open on deliveries (channel_id, leased_at) where state in ('leased', 'acknowledged', 'rendered');
create index deliveries_to_sweep on deliveries (report_until) where state in ('leased', 'acknowledged', 'rendered');
