//! The SQL of campaign ledgers. A change is one statement that checks what it changes, or is made
//! to ledgers that are held.

use std::collections::HashMap;

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::{args, sql};

use crate::campaigns::Ledger;
use crate::id::CampaignId;

sql!(
    OPEN,
    "insert into campaign_ledgers (campaign_id) values ($1)"
);

pub(in crate::campaigns) async fn open(tx: &mut Tx, id: CampaignId) -> Result<(), DbError> {
    tx.run(&OPEN, args![id]).await?;
    Ok(())
}

sql!(
    LOCK,
    "select spent_e7, reserved_e7 from campaign_ledgers where campaign_id = $1 for update"
);

pub(in crate::campaigns) async fn lock(tx: &mut Tx, id: CampaignId) -> Result<Ledger, DbError> {
    read(&tx.one(&LOCK, args![id]).await?)
}

sql!(
    RESERVE,
    "update campaign_ledgers set reserved_e7 = reserved_e7 + $2, was_leased = true \
     where campaign_id = $1 and spent_e7 + reserved_e7 + $2 <= $3 \
     returning spent_e7, reserved_e7"
);

/// Sets an amount aside; `None` when the budget has no room for it.
pub(in crate::campaigns) async fn reserve(
    tx: &mut Tx,
    id: CampaignId,
    amount_e7: i64,
    budget_e7: i64,
) -> Result<Option<Ledger>, DbError> {
    let row = tx.row(&RESERVE, args![id, amount_e7, budget_e7]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    WAS_LEASED,
    "select was_leased from campaign_ledgers where campaign_id = $1"
);

/// Whether anything was ever set aside, be it nothing: whether the campaign was shown.
pub(in crate::campaigns) async fn was_leased(tx: &mut Tx, id: CampaignId) -> Result<bool, DbError> {
    tx.one(&WAS_LEASED, args![id]).await?.get("was_leased")
}

sql!(
    SPEND,
    "update campaign_ledgers set spent_e7 = spent_e7 + $2 \
     where campaign_id = $1 and spent_e7 + reserved_e7 + $2 <= $3 \
     returning spent_e7, reserved_e7"
);

/// Spends an amount that was not set aside; `None` when the budget has no room for it.
pub(in crate::campaigns) async fn spend(
    tx: &mut Tx,
    id: CampaignId,
    amount_e7: i64,
    budget_e7: i64,
) -> Result<Option<Ledger>, DbError> {
    let row = tx.row(&SPEND, args![id, amount_e7, budget_e7]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    LOCK_MANY,
    "select campaign_id, spent_e7, reserved_e7 from campaign_ledgers \
     where campaign_id = any($1) order by campaign_id for update"
);

/// Holds the ledgers, in the order of campaigns, as everybody does who holds several.
pub(in crate::campaigns) async fn lock_many(
    tx: &mut Tx,
    ids: Vec<CampaignId>,
) -> Result<HashMap<CampaignId, Ledger>, DbError> {
    let rows = tx.rows(&LOCK_MANY, args![ids]).await?;
    rows.iter()
        .map(|row| Ok((row.get("campaign_id")?, read(row)?)))
        .collect()
}

/// Writes ledgers that are held.
pub(in crate::campaigns) async fn save_many(
    tx: &mut Tx,
    ledgers: Vec<(CampaignId, Ledger)>,
) -> Result<(), DbError> {
    const COLUMNS: &[&str] = &["campaign_id", "spent_e7", "reserved_e7"];
    let rows = ledgers
        .into_iter()
        .map(|(id, ledger)| args![id, ledger.spent_e7, ledger.reserved_e7])
        .collect();
    tx.update_many("campaign_ledgers", COLUMNS, rows).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Ledger, DbError> {
    Ok(Ledger {
        spent_e7: row.get("spent_e7")?,
        reserved_e7: row.get("reserved_e7")?,
    })
}
