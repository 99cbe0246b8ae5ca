//! The tables of sums, and how far they have come.

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::super::View;
use super::super::sums::{CLICK_SOURCES, Deltas, EVIDENCE_LEVELS, Grain, Shown, Sums, Uncounted};
use crate::id::{CampaignId, ChannelId, CreativeId};

const EVIDENCE: [&str; EVIDENCE_LEVELS] = [
    "evidence_0",
    "evidence_1",
    "evidence_2",
    "evidence_3",
    "evidence_4",
    "evidence_5",
];
/// In the order of `ClickSource::ALL`.
const CLICKS: [&str; CLICK_SOURCES] = ["clicks_overlay", "clicks_link", "clicks_qr"];
const SHOWN: &[&str] = &[
    "campaign_id",
    "grain",
    "slot",
    "channel_id",
    "creative_id",
    EVIDENCE[0],
    EVIDENCE[1],
    EVIDENCE[2],
    EVIDENCE[3],
    EVIDENCE[4],
    EVIDENCE[5],
    "plays",
    CLICKS[0],
    CLICKS[1],
    CLICKS[2],
    "viewers",
    "viewers_known",
    "on_screen_ms",
    "price_e7",
];
const UNCOUNTED: &[&str] = &[
    "campaign_id",
    "grain",
    "slot",
    "channel_id",
    "reason",
    "events",
];
/// How many columns make up the key of each of the two tables.
const KEYS: usize = 5;

/// Adds what is new to what is there.
pub(crate) async fn add(tx: &mut Tx, grain: Grain, deltas: &Deltas) -> Result<(), DbError> {
    let shown = deltas.shown.iter().map(|(key, sums)| {
        let [e0, e1, e2, e3, e4, e5] = sums.evidence;
        let [by_overlay, by_link, by_qr] = sums.clicks;
        args![
            key.campaign_id,
            grain.as_str(),
            key.slot,
            key.channel_id,
            key.creative_id,
            e0,
            e1,
            e2,
            e3,
            e4,
            e5,
            sums.plays,
            by_overlay,
            by_link,
            by_qr,
            sums.viewers,
            sums.viewers_known,
            sums.on_screen_ms,
            sums.price_e7,
        ]
    });
    tx.add_many("report_sums", SHOWN, KEYS, shown.collect())
        .await?;
    let uncounted = deltas.uncounted.iter().map(|(key, events)| {
        args![
            key.campaign_id,
            grain.as_str(),
            key.slot,
            key.channel_id,
            &key.reason,
            *events,
        ]
    });
    tx.add_many("report_uncounted", UNCOUNTED, KEYS, uncounted.collect())
        .await
}

sql!(
    FIND_POSITION,
    "select position from checkpoints where name = $1"
);
sql!(
    BEGIN_AT,
    "insert into checkpoints (name, position, updated_at) values ($1, $2, $3) \
     on conflict (name) do nothing"
);
sql!(
    MOVE,
    "update checkpoints set position = $3, updated_at = $4 where name = $1 and position = $2"
);

/// How far the work of this name has come; `None` when it has not begun.
pub(crate) async fn find_position(tx: &mut Tx, name: &str) -> Result<Option<i64>, DbError> {
    let row = tx.row(&FIND_POSITION, args![name]).await?;
    row.map(|row| row.get("position")).transpose()
}

/// A step of the work of some name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Where the step began; `None` when it is the first one.
    pub(crate) from: Option<i64>,
    pub(crate) to: i64,
}

/// Moves on to where the step ends, unless somebody else was faster.
pub(crate) async fn move_on(tx: &mut Tx, step: Step, now: Timestamp) -> Result<bool, DbError> {
    let moved = match step.from {
        None => tx.run(&BEGIN_AT, args![step.name, step.to, now]).await?,
        Some(from) => tx.run(&MOVE, args![step.name, from, step.to, now]).await?,
    };
    Ok(moved == 1)
}

sql!(
    LIST_ZONES,
    "select c.id, c.time_zone, z.time_zone as added_in from campaigns c \
     left join report_zones z on z.campaign_id = c.id where c.id = any($1)"
);
sql!(
    SET_ZONE,
    "insert into report_zones (campaign_id, time_zone) values ($1, $2) \
     on conflict (campaign_id) do update set time_zone = excluded.time_zone"
);

/// The zone of a campaign, and that in which its days were added up.
#[derive(Clone, Debug)]
pub(crate) struct Zones {
    pub(crate) campaign_id: CampaignId,
    pub(crate) time_zone: String,
    pub(crate) added_in: Option<String>,
}

pub(crate) async fn list_zones(tx: &mut Tx, ids: Vec<CampaignId>) -> Result<Vec<Zones>, DbError> {
    let rows = tx.rows(&LIST_ZONES, args![ids]).await?;
    let read = |row: &Row| {
        Ok(Zones {
            campaign_id: row.get("id")?,
            time_zone: row.get("time_zone")?,
            added_in: row.get("added_in")?,
        })
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn set_zone(tx: &mut Tx, id: CampaignId, zone: &str) -> Result<(), DbError> {
    tx.run(&SET_ZONE, args![id, zone]).await?;
    Ok(())
}

sql!(
    DROP_DAYS,
    "delete from report_sums where campaign_id = $1 and grain = 'day'"
);
sql!(
    DROP_UNCOUNTED_DAYS,
    "delete from report_uncounted where campaign_id = $1 and grain = 'day'"
);

/// Forgets the days of a campaign, which are about to be added up in another zone.
pub(crate) async fn drop_days(tx: &mut Tx, id: CampaignId) -> Result<(), DbError> {
    tx.run(&DROP_DAYS, args![id]).await?;
    tx.run(&DROP_UNCOUNTED_DAYS, args![id]).await?;
    Ok(())
}

/// Which sums of a campaign to read.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) campaign_id: CampaignId,
    pub(crate) grain: Grain,
    pub(crate) first_slot: i64,
    pub(crate) last_slot: i64,
}

/// A statement that puts the sums of a span together by one column.
macro_rules! sums_sql {
    ($name:ident, $column:literal) => {
        sql!(
            $name,
            concat!(
                "select ",
                $column,
                " as put_together, \
                 cast(sum(evidence_0) as bigint) as evidence_0, \
                 cast(sum(evidence_1) as bigint) as evidence_1, \
                 cast(sum(evidence_2) as bigint) as evidence_2, \
                 cast(sum(evidence_3) as bigint) as evidence_3, \
                 cast(sum(evidence_4) as bigint) as evidence_4, \
                 cast(sum(evidence_5) as bigint) as evidence_5, \
                 cast(sum(plays) as bigint) as plays, \
                 cast(sum(clicks_overlay) as bigint) as clicks_overlay, \
                 cast(sum(clicks_link) as bigint) as clicks_link, \
                 cast(sum(clicks_qr) as bigint) as clicks_qr, \
                 cast(sum(viewers) as bigint) as viewers, \
                 cast(sum(viewers_known) as bigint) as viewers_known, \
                 cast(sum(on_screen_ms) as bigint) as on_screen_ms, \
                 cast(sum(price_e7) as bigint) as price_e7 \
                 from report_sums where campaign_id = $1 and grain = $2 \
                 and slot >= $3 and slot <= $4 and ($5 or channel_id = any($6)) group by ",
                $column
            )
        );
    };
}

sums_sql!(BY_SLOT, "slot");
sums_sql!(BY_CHANNEL, "channel_id");
sums_sql!(BY_CREATIVE, "creative_id");

fn in_span(span: &Span, view: &View) -> Vec<beta_kit::db::Value> {
    let (all, channels) = view.channels();
    args![
        span.campaign_id,
        span.grain.as_str(),
        span.first_slot,
        span.last_slot,
        all,
        channels,
    ]
}

pub(crate) async fn by_slot(
    tx: &mut Tx,
    span: &Span,
    view: &View,
) -> Result<BTreeMap<i64, Sums>, DbError> {
    let rows = tx.rows(&BY_SLOT, in_span(span, view)).await?;
    let read = |row: &Row| Ok((row.get("put_together")?, read_sums(row)?));
    rows.iter().map(read).collect()
}

pub(crate) async fn by_channel(
    tx: &mut Tx,
    span: &Span,
    view: &View,
) -> Result<BTreeMap<ChannelId, Sums>, DbError> {
    let rows = tx.rows(&BY_CHANNEL, in_span(span, view)).await?;
    let read = |row: &Row| Ok((row.get("put_together")?, read_sums(row)?));
    rows.iter().map(read).collect()
}

pub(crate) async fn by_creative(
    tx: &mut Tx,
    span: &Span,
    view: &View,
) -> Result<BTreeMap<CreativeId, Sums>, DbError> {
    let rows = tx.rows(&BY_CREATIVE, in_span(span, view)).await?;
    let read = |row: &Row| Ok((row.get("put_together")?, read_sums(row)?));
    rows.iter().map(read).collect()
}

sql!(
    UNCOUNTED_BY_REASON,
    "select reason, cast(sum(events) as bigint) as events from report_uncounted \
     where campaign_id = $1 and grain = $2 and slot >= $3 and slot <= $4 \
     and ($5 or channel_id = any($6)) group by reason"
);

pub(crate) async fn uncounted_by_reason(
    tx: &mut Tx,
    span: &Span,
    view: &View,
) -> Result<BTreeMap<String, i64>, DbError> {
    let rows = tx.rows(&UNCOUNTED_BY_REASON, in_span(span, view)).await?;
    let read = |row: &Row| Ok((row.get("reason")?, row.get("events")?));
    rows.iter().map(read).collect()
}

sql!(
    LIST_ADDED_UP,
    "select campaign_id, time_zone from report_zones order by campaign_id"
);

/// The campaigns that have sums, each with the zone of its days.
pub(crate) async fn list_added_up(tx: &mut Tx) -> Result<Vec<(CampaignId, String)>, DbError> {
    let rows = tx.rows(&LIST_ADDED_UP, args![]).await?;
    let read = |row: &Row| Ok((row.get("campaign_id")?, row.get("time_zone")?));
    rows.iter().map(read).collect()
}

sql!(
    LIST_SHOWN,
    "select * from report_sums where campaign_id = $1 and grain = $2 \
     and slot >= $3 and slot <= $4"
);
sql!(
    LIST_UNCOUNTED,
    "select * from report_uncounted where campaign_id = $1 and grain = $2 \
     and slot >= $3 and slot <= $4"
);

/// Every sum of a span, as it is stored.
pub(crate) async fn list(tx: &mut Tx, span: &Span) -> Result<Deltas, DbError> {
    let args = || {
        args![
            span.campaign_id,
            span.grain.as_str(),
            span.first_slot,
            span.last_slot,
        ]
    };
    let mut stored = Deltas::default();
    for row in tx.rows(&LIST_SHOWN, args()).await? {
        let key = Shown {
            campaign_id: span.campaign_id,
            slot: row.get("slot")?,
            channel_id: row.get("channel_id")?,
            creative_id: row.get("creative_id")?,
        };
        stored.shown.insert(key, read_sums(&row)?);
    }
    for row in tx.rows(&LIST_UNCOUNTED, args()).await? {
        let key = Uncounted {
            campaign_id: span.campaign_id,
            slot: row.get("slot")?,
            channel_id: row.get("channel_id")?,
            reason: row.get("reason")?,
        };
        stored.uncounted.insert(key, row.get("events")?);
    }
    Ok(stored)
}

fn read_sums(row: &Row) -> Result<Sums, DbError> {
    let mut evidence = [0; EVIDENCE_LEVELS];
    for (sum, column) in evidence.iter_mut().zip(EVIDENCE) {
        *sum = row.get(column)?;
    }
    let mut clicks = [0; CLICK_SOURCES];
    for (sum, column) in clicks.iter_mut().zip(CLICKS) {
        *sum = row.get(column)?;
    }
    Ok(Sums {
        evidence,
        plays: row.get("plays")?,
        clicks,
        viewers: row.get("viewers")?,
        viewers_known: row.get("viewers_known")?,
        on_screen_ms: row.get("on_screen_ms")?,
        price_e7: row.get("price_e7")?,
    })
}
