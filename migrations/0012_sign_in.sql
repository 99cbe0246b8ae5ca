-- A sign-in link belongs to an address, not to a user: a stranger who only asks leaves no user
-- behind, and asking does the same work whether or not the address is known.
-- An address has one link, the newest; `asked` counts those of the window that began at
-- `window_began_at`. A link that was used or voided has no token.
-- Logins say from which program they come, so that a person recognises them.
-- `version` is the state that a change of a user or an organisation may name.

drop table magic_links;

create table sign_in_links (
    email text primary key,
    token_hash text unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    window_began_at timestamptz not null,
    asked bigint not null check (asked > 0)
);

create index sign_in_links_by_expiry on sign_in_links (expires_at);

alter table logins add column user_agent text;
alter table logins add column last_seen_at timestamptz;

create index logins_by_expiry on logins (expires_at);

alter table users add column version bigint not null default 1;
alter table organizations add column version bigint not null default 1;

create index users_by_age on users (created_at, id);
create index organizations_by_age on organizations (created_at, id);
