//! Integration tests: the whole program, as its visitors meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod played;
mod printed;
mod program;
mod assignments;
mod attacks;
mod audit;
mod auth;
mod bad_input;
mod browser;
mod campaign_changes;
mod campaigns;
mod channels;
mod crash;
mod demo;
mod description;
mod creative_review;
mod creatives;
mod deliveries;
mod delivery_stories;
mod events;
mod exports;
mod headers;
mod http;
mod limits;
mod links;
mod live;
mod logins;
mod mail;
mod ownership;
mod payouts;
mod permissions;
mod portal;
mod process;
mod reports;
mod retries;
mod sessions;
mod shutdown;
mod sockets;
mod streamers;
mod users;
