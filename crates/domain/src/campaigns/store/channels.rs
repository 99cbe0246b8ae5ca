//! What this room asks about channels.

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Tx};
use beta_kit::{args, sql};

use crate::id::ChannelId;

sql!(
    AUTO_ACCEPT,
    "select id, auto_accept from channels where id = any($1)"
);

/// Those of the channels that exist, and whether they take every campaign by themselves.
pub(in crate::campaigns) async fn auto_accept(
    tx: &mut Tx,
    ids: Vec<ChannelId>,
) -> Result<BTreeMap<ChannelId, bool>, DbError> {
    let rows = tx.rows(&AUTO_ACCEPT, args![ids]).await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("auto_accept")?)))
        .collect()
}
