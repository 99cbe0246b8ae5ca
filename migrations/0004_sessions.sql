-- A channel on air. At most one session of a channel is open (not ended): the index holds it.

create table stream_sessions (
    id uuid primary key,
    streamer_profile_id uuid not null references streamer_profiles (id) on delete restrict,
    channel_id uuid not null references channels (id) on delete restrict,
    started_at timestamptz not null,
    last_heartbeat_at timestamptz not null,
    ended_at timestamptz,
    status text not null check (status in ('active', 'disconnected', 'ended')),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    check ((status = 'ended') = (ended_at is not null))
);

create unique index stream_sessions_open on stream_sessions (channel_id) where status <> 'ended';
create index stream_sessions_by_channel on stream_sessions (channel_id, started_at);
create index stream_sessions_to_sweep on stream_sessions (last_heartbeat_at) where status <> 'ended';
