//! The SQL of sign-in links: one row per address that asked lately.

use beta_kit::db::{DbError, Tx};
use beta_kit::text::Email;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::accounts::LINK_LIFE;

/// A link to keep.
pub(in crate::accounts) struct NewLink<'a> {
    pub(in crate::accounts) email: &'a Email,
    pub(in crate::accounts) token_hash: &'a str,
    pub(in crate::accounts) expires_at: Timestamp,
    /// How many the address may ask for in a window as long as a link lives.
    pub(in crate::accounts) asked_max: u32,
}

sql!(
    PUT,
    "insert into sign_in_links \
     (email, token_hash, created_at, expires_at, window_began_at, asked) \
     values ($1, $2, $3, $4, $3, 1) \
     on conflict (email) do update set token_hash = excluded.token_hash, \
     created_at = excluded.created_at, expires_at = excluded.expires_at, \
     asked = case when sign_in_links.window_began_at > $5 \
     then sign_in_links.asked + 1 else 1 end, \
     window_began_at = case when sign_in_links.window_began_at > $5 \
     then sign_in_links.window_began_at else excluded.window_began_at end \
     where sign_in_links.asked < $6 or sign_in_links.window_began_at <= $5 \
     returning email"
);

/// Puts the link in the place of the former one of its address. `false`, and nothing changes, when
/// the address has asked too often in this window.
pub(in crate::accounts) async fn put(
    tx: &mut Tx,
    link: NewLink<'_>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![
        link.email.as_str(),
        link.token_hash,
        now,
        link.expires_at,
        now.minus(LINK_LIFE),
        i64::from(link.asked_max),
    ];
    Ok(tx.row(&PUT, args).await?.is_some())
}

sql!(
    CONSUME,
    "update sign_in_links set token_hash = null \
     where token_hash = $1 and email = $2 and expires_at > $3"
);

/// Uses the link up. Of any number who try at once, one is told `true`.
pub(in crate::accounts) async fn consume(
    tx: &mut Tx,
    token_hash: &str,
    email: &Email,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![token_hash, email.as_str(), now];
    Ok(tx.run(&CONSUME, args).await? == 1)
}

sql!(
    VOID,
    "update sign_in_links set token_hash = null where email = $1"
);

pub(in crate::accounts) async fn void(tx: &mut Tx, email: &str) -> Result<(), DbError> {
    tx.run(&VOID, args![email]).await?;
    Ok(())
}

sql!(DROP_OLD, "delete from sign_in_links where expires_at <= $1");

/// Drops the links that are over, and with them what was counted: a window is no longer than the
/// life of its last link.
pub(in crate::accounts) async fn drop_old(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.run(&DROP_OLD, args![now]).await
}
