-- Streamers, their channels and the key each channel's overlay signs in with.
-- A key is stored as a digest; `overlay_keys` keeps the former ones so that a rotation has a history.

create table streamer_profiles (
    id uuid primary key,
    user_id uuid not null unique references users (id) on delete restrict,
    display_name text not null,
    twitch_handle text not null,
    country text not null,
    language text not null,
    categories jsonb not null,
    avg_viewers bigint not null check (avg_viewers between 0 and 1000000),
    pricing_tier text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table channels (
    id uuid primary key,
    streamer_profile_id uuid not null references streamer_profiles (id) on delete restrict,
    twitch_channel_name text not null,
    country text not null,
    language text not null,
    categories jsonb not null,
    avg_viewers bigint not null check (avg_viewers between 0 and 1000000),
    pricing_tier text not null,
    auto_accept boolean not null default true,
    paused_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index channels_by_profile on channels (streamer_profile_id, created_at);

create table overlay_keys (
    id uuid primary key,
    channel_id uuid not null references channels (id) on delete restrict,
    key_hash text not null unique,
    key_prefix text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

create unique index overlay_keys_live on overlay_keys (channel_id) where revoked_at is null;
