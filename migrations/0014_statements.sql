-- What stands behind every cent, and who watched.
-- `payout_plays` names the plays that a payout pays, as they were settled; its rows stay when the
-- payout is reversed, so that a statement never changes. A reversal is a payout of its own: paid
-- when it is made, for less than nothing, and it names the one it takes back. Its impressions are
-- stored as those of that one. `fee_minor` is what a payout pays of the fixed fee; empty where it
-- was written before fees were kept apart.
-- `viewer_samples` says how many watched a channel, and where the figure is from. A play keeps the
-- figure that was found for it when it completed, and how it was found.

alter table payouts add column fee_minor bigint;
alter table payouts add column reference text;
alter table payouts add column reverses uuid references payouts (id) on delete restrict;
alter table payouts add column reversal_reason text;

create unique index payouts_reversals on payouts (reverses) where reverses is not null;
create index payouts_by_assignment on payouts (assignment_id, status);
create index payouts_by_age on payouts (created_at, id);

create table payout_plays (
    payout_id uuid not null references payouts (id) on delete restrict,
    delivery_id uuid not null references deliveries (id) on delete restrict,
    settled_at timestamptz not null,
    price_e7 bigint not null check (price_e7 >= 0),
    primary key (payout_id, delivery_id)
);

create index payout_plays_by_time on payout_plays (payout_id, settled_at, delivery_id);
create index payout_plays_by_delivery on payout_plays (delivery_id);

insert into payout_plays (payout_id, delivery_id, settled_at, price_e7)
select span.id, play.id, play.completed_at, play.price_e7
from (
    select id, assignment_id, delivered_impressions, sum(delivered_impressions) over (
        partition by assignment_id
        order by case when status = 'paid' then 0 else 1 end, paid_at, id
    ) as upto
    from payouts
) span
join (
    select id, assignment_id, completed_at, price_e7, row_number() over (
        partition by assignment_id order by completed_at, id
    ) as place
    from deliveries where state = 'completed'
) play on play.assignment_id = span.assignment_id
    and play.place > span.upto - span.delivered_impressions and play.place <= span.upto;

append_only payout_plays;

create table viewer_samples (
    channel_id uuid not null references channels (id) on delete restrict,
    at timestamptz not null,
    viewers bigint not null check (viewers >= 0),
    source text not null check (source in ('profile')),
    primary key (channel_id, at)
);

alter table deliveries add column audience_viewers bigint check (audience_viewers >= 0);
alter table deliveries add column audience_source text;
alter table deliveries add column audience_method text;
