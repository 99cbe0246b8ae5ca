//! The SQL of what streamers are asked, and of what they say.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::assignments::read_joined;
use super::currency;
use crate::actor::Scope;
use crate::campaigns::{Asked, AskedCampaign, AskedFilter, AssignmentStatus};
use crate::id::AssignmentId;

/// Assignments `a` that hold, of the channels of the person `$2`, or all when `$1` says so.
macro_rules! asked {
    () => {
        "select a.*, c.currency, c.name as campaign_name, c.advertiser, c.objective, \
         c.start_date, c.end_date, c.status as campaign_status \
         from campaign_assignments a join campaigns c on c.id = a.campaign_id \
         join channels ch on ch.id = a.channel_id \
         join streamer_profiles s on s.id = ch.streamer_profile_id \
         where a.ended_at is null and ($1 or s.user_id = $2) "
    };
}

sql!(
    LIST,
    concat!(
        asked!(),
        "and ($3 or a.channel_id = $4) and ($5 or a.status = $6) \
         and (a.created_at, a.id) < ($7, $8) \
         order by a.created_at desc, a.id desc limit $9"
    )
);

pub(in crate::campaigns) async fn list(
    tx: &mut Tx,
    scope: Scope,
    filter: AskedFilter,
    limit: Limit,
    after: Place,
) -> Result<Vec<Asked>, DbError> {
    let AskedFilter { channel_id, status } = filter;
    let args = args![
        scope.is_all(),
        scope.streamer(),
        channel_id.is_none(),
        channel_id,
        status.is_none(),
        status,
        after.at,
        after.id,
        limit.rows(),
    ];
    let rows = tx.rows(&LIST, args).await?;
    rows.iter().map(read).collect()
}

sql!(FIND, concat!(asked!(), "and a.id = $3"));

pub(in crate::campaigns) async fn find(
    tx: &mut Tx,
    scope: Scope,
    id: AssignmentId,
) -> Result<Option<Asked>, DbError> {
    let args = args![scope.is_all(), scope.streamer(), id];
    let row = tx.row(&FIND, args).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    WRITE,
    "update campaign_assignments set status = $2, decline_reason = $3, answered_at = $4, \
     updated_at = $4 where id = $1"
);

/// Writes an answer of whoever holds the channel.
pub(in crate::campaigns) async fn write(
    tx: &mut Tx,
    id: AssignmentId,
    (status, reason): (AssignmentStatus, Option<&str>),
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(&WRITE, args![id, status, reason, now]).await?;
    Ok(())
}

/// Without its creatives.
fn read(row: &Row) -> Result<Asked, DbError> {
    let assignment = read_joined(row)?;
    let campaign = AskedCampaign {
        id: assignment.campaign_id,
        name: row.get("campaign_name")?,
        advertiser: row.get("advertiser")?,
        objective: row.get("objective")?,
        start_date: row.get("start_date")?,
        end_date: row.get("end_date")?,
        status: row.get("campaign_status")?,
    };
    Ok(Asked {
        assignment,
        currency: currency(row)?,
        campaign,
        creatives: Vec::new(),
    })
}
