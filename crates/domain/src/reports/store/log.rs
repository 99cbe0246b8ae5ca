//! What is read of the log of events, in bounded pieces and in its order.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Day;
use beta_kit::{args, sql};

use super::super::sums::Logged;
use crate::id::CampaignId;

/// A statement over the log, with what each delivery says of its events.
macro_rules! log_sql {
    ($name:ident, $condition:literal) => {
        sql!(
            $name,
            concat!(
                "select e.seq, e.type, e.occurred_at, e.campaign_id, e.channel_id, \
                 e.creative_id, e.reason, coalesce(d.duration_sec, 0) as duration_sec, \
                 coalesce(d.price_e7, 0) as price_e7, d.audience_viewers as viewers, \
                 case when e.type <> 'ad_click' then null when e.delivery_id is not null \
                 then 'overlay' else e.payload ->> 'source' end as click_source, \
                 coalesce(d.evidence_level, 0) as evidence_level \
                 from events e left join deliveries d on d.id = e.delivery_id where ",
                $condition,
                " order by e.seq limit $3"
            )
        );
    };
}

log_sql!(READ_LOG, "e.seq > $1 and e.seq <= $2");
log_sql!(READ_CAMPAIGN, "e.campaign_id = $1 and e.seq > $2");
log_sql!(
    READ_DAY,
    "e.campaign_id is not null and e.day = $1 and e.seq > $2 and e.seq <= $4"
);

/// Where in the log to read, and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Behind this place.
    pub(crate) after: i64,
    /// Up to this one.
    pub(crate) up_to: i64,
    /// So many events at most.
    pub(crate) events: i64,
}

/// The events of a piece of the log.
pub(crate) async fn read(tx: &mut Tx, piece: Piece) -> Result<Vec<Logged>, DbError> {
    let args = args![piece.after, piece.up_to, piece.events];
    read_all(&tx.rows(&READ_LOG, args).await?)
}

/// The events of one campaign behind `after`.
pub(crate) async fn read_campaign(
    tx: &mut Tx,
    id: CampaignId,
    after: i64,
    events: i64,
) -> Result<Vec<Logged>, DbError> {
    let args = args![id, after, events];
    read_all(&tx.rows(&READ_CAMPAIGN, args).await?)
}

/// The events of all campaigns on a UTC day, of a piece of the log.
pub(crate) async fn read_day(tx: &mut Tx, day: Day, piece: Piece) -> Result<Vec<Logged>, DbError> {
    let args = args![day, piece.after, piece.events, piece.up_to];
    read_all(&tx.rows(&READ_DAY, args).await?)
}

sql!(
    FIRST_DAY,
    "select min(day) as day from events where campaign_id is not null"
);

/// The first UTC day that has events of campaigns.
pub(crate) async fn find_first_day(tx: &mut Tx) -> Result<Option<Day>, DbError> {
    tx.one(&FIRST_DAY, args![]).await?.get("day")
}

sql!(
    WAITING_SINCE,
    "select received_at from events where seq > $1 order by seq limit 1"
);

/// When the first event behind `after` came.
pub(crate) async fn find_waiting_since(
    tx: &mut Tx,
    after: i64,
) -> Result<Option<beta_kit::time::Timestamp>, DbError> {
    let row = tx.row(&WAITING_SINCE, args![after]).await?;
    row.map(|row| row.get("received_at")).transpose()
}

fn read_all(rows: &[Row]) -> Result<Vec<Logged>, DbError> {
    rows.iter().map(read_logged).collect()
}

fn read_logged(row: &Row) -> Result<Logged, DbError> {
    Ok(Logged {
        seq: row.get("seq")?,
        event_type: row.get("type")?,
        occurred_at: row.get("occurred_at")?,
        campaign_id: row.get("campaign_id")?,
        channel_id: row.get("channel_id")?,
        creative_id: row.get("creative_id")?,
        reason: row.get("reason")?,
        duration_sec: row.get("duration_sec")?,
        price_e7: row.get("price_e7")?,
        evidence_level: row.get("evidence_level")?,
        click_source: row.get("click_source")?,
        viewers: row.get("viewers")?,
    })
}
