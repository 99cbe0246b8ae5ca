-- Short links: one per assignment, for chat, panels and QR codes, with a code that nobody can guess.
-- Of a visitor only a keyed digest is kept, and only as long as it takes to count them once.

alter table campaign_assignments add column link_code text;

create unique index campaign_assignments_by_link on campaign_assignments (link_code) where link_code is not null;

create table click_visitors (
    link_code text not null,
    visitor text not null,
    counted_at timestamptz not null,
    primary key (link_code, visitor)
);

create index click_visitors_by_time on click_visitors (counted_at);
