-- Who may come in, and who did what: organisations, users, their sign-in links and logins,
-- and the audit log, which can only grow.

create table organizations (
    id uuid primary key,
    kind text not null check (kind in ('agency', 'brand')),
    name text not null,
    created_at timestamptz not null
);

create table users (
    id uuid primary key,
    email text not null unique,
    role text not null check (role in ('admin', 'agency', 'brand', 'streamer', 'viewer')),
    organization_id uuid references organizations (id) on delete restrict,
    email_verified_at timestamptz,
    disabled_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create index users_by_organization on users (organization_id);

create table magic_links (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    token_hash text not null unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    consumed_at timestamptz,
    voided_at timestamptz
);

create index magic_links_by_user on magic_links (user_id, expires_at);

create table logins (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);

create index logins_by_user on logins (user_id, expires_at);

create table audit_log (
    seq bigint generated always as identity primary key,
    id uuid not null unique,
    actor_user_id uuid references users (id) on delete restrict,
    action text not null,
    entity_type text not null,
    entity_id text not null,
    payload jsonb,
    created_at timestamptz not null
);

create index audit_log_by_entity on audit_log (entity_type, entity_id, seq);

append_only audit_log;
