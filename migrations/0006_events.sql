-- Everything that happened, in the order it was committed. Rows can only be added.
-- `ts` is the sender's clock, kept as given; `occurred_at` is the time the server settled on;
-- `day` is its UTC day. Heartbeats live in a table of their own, because they alone may be dropped
-- after a while.

create table events (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    type text not null,
    ts timestamptz not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    day date not null,
    request_id text not null,
    http_request_id text,
    streamer_id uuid,
    channel_id uuid,
    session_id uuid,
    campaign_id uuid,
    creative_id uuid,
    delivery_id uuid,
    payload jsonb not null,
    body_digest text,
    verdict text not null check (verdict in ('counted', 'not_counted')),
    reason text,
    ip text,
    user_agent text,
    check ((verdict = 'counted') = (reason is null))
);

create index events_by_campaign on events (campaign_id, seq) where campaign_id is not null;
create index events_by_delivery on events (delivery_id) where delivery_id is not null;

append_only events;

create table heartbeats (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    ts timestamptz not null,
    received_at timestamptz not null,
    request_id text not null,
    http_request_id text,
    streamer_id uuid not null,
    channel_id uuid not null,
    session_id uuid not null,
    payload jsonb not null,
    body_digest text,
    ip text,
    user_agent text
);

create index heartbeats_by_time on heartbeats (received_at);
