//! The SQL of campaign ledgers. Every change is one statement that checks what it changes.

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
    "update campaign_ledgers set reserved_e7 = reserved_e7 + $2 \
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
    SETTLE,
    "update campaign_ledgers set spent_e7 = spent_e7 + $2, reserved_e7 = reserved_e7 - $2 \
     where campaign_id = $1 and reserved_e7 >= $2 returning spent_e7, reserved_e7"
);

/// Spends an amount that was set aside.
pub(in crate::campaigns) async fn settle(
    tx: &mut Tx,
    id: CampaignId,
    amount_e7: i64,
) -> Result<Ledger, DbError> {
    read(&tx.one(&SETTLE, args![id, amount_e7]).await?)
}

sql!(
    RELEASE,
    "update campaign_ledgers set reserved_e7 = reserved_e7 - $2 \
     where campaign_id = $1 and reserved_e7 >= $2 returning spent_e7, reserved_e7"
);

/// Gives an amount back that was set aside.
pub(in crate::campaigns) async fn release(
    tx: &mut Tx,
    id: CampaignId,
    amount_e7: i64,
) -> Result<Ledger, DbError> {
    read(&tx.one(&RELEASE, args![id, amount_e7]).await?)
}

fn read(row: &Row) -> Result<Ledger, DbError> {
    Ok(Ledger {
        spent_e7: row.get("spent_e7")?,
        reserved_e7: row.get("reserved_e7")?,
    })
}
