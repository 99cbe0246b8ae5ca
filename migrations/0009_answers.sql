-- Answers that were given to requests with an idempotency key, kept for a day: whoever did not
-- hear the first answer asks again and gets it, and nothing is done twice. The row is written in
-- the transaction of the act, so that an act and its answer are kept or lost together.

create table answers (
    user_id uuid not null references users (id) on delete restrict,
    idempotency_key text not null,
    request_digest text not null,
    body text,
    created_at timestamptz not null,
    primary key (user_id, idempotency_key)
);

create index answers_by_time on answers (created_at);
