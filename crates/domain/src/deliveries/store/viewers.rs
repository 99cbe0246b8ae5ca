//! The SQL of who watched.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::{args, sql};

use crate::deliveries::{Watched, WatchedSum};
use crate::sessions::Viewership;

sql!(
    SUM,
    "select audience_source, audience_method, count(*) as impressions, \
     cast(coalesce(sum(audience_viewers), 0) as bigint) as viewers \
     from deliveries where campaign_id = $1 and state = 'completed' \
     and completed_at >= $2 and completed_at <= $3 and ($4 or channel_id = any($5)) \
     group by audience_source, audience_method order by audience_source, audience_method"
);

pub(in crate::deliveries) async fn sum(
    tx: &mut Tx,
    watched: Watched,
) -> Result<Vec<WatchedSum>, DbError> {
    let args = args![
        watched.campaign_id,
        watched.from,
        watched.until,
        watched.channels.is_none(),
        watched.channels.unwrap_or_default(),
    ];
    tx.rows(&SUM, args).await?.iter().map(read_sum).collect()
}

fn read_sum(row: &Row) -> Result<WatchedSum, DbError> {
    Ok(WatchedSum {
        source: row.get("audience_source")?,
        method: row.get("audience_method")?,
        impressions: row.get("impressions")?,
        viewers: row.get("viewers")?,
    })
}

/// The figure that a delivery keeps.
pub(super) fn read(row: &Row) -> Result<Option<Viewership>, DbError> {
    let viewers: Option<i64> = row.get("audience_viewers")?;
    let Some(viewers) = viewers else {
        return Ok(None);
    };
    Ok(Some(Viewership {
        viewers,
        source: row.get("audience_source")?,
        method: row.get("audience_method")?,
    }))
}
