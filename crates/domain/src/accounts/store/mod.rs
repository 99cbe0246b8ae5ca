//! The SQL of organisations, users, sign-in links and logins.

pub(super) mod organizations;
pub(super) mod users;
pub(super) mod links;
pub(super) mod logins;
