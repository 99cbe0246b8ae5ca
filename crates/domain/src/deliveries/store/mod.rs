//! The SQL of deliveries.

pub(super) mod stories;
pub(super) mod viewers;

use std::collections::{BTreeMap, HashMap};

use beta_kit::db::{DbError, Row, Tx, Value};
use beta_kit::money::Price;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::deliveries::limits::CAP_WINDOW;
use crate::deliveries::{Counts, Delivery, Moved, Screen, TriggerRequest};
use crate::id::{AssignmentId, CampaignId, ChannelId, CreativeId, DeliveryId, FlightId, UserId};
use crate::sessions::Session;

sql!(
    INSERT,
    "insert into deliveries (id, campaign_id, flight_id, creative_id, assignment_id, channel_id, \
     streamer_profile_id, session_id, triggered_by, idempotency_key, request_digest, instance_id, \
     state, duration_sec, price_e7, leased_at, busy_until, report_until, counts_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
);

pub(super) async fn insert(
    tx: &mut Tx,
    delivery: &Delivery,
    actor: Option<UserId>,
    request: &TriggerRequest,
) -> Result<(), DbError> {
    let values = args![
        delivery.id,
        delivery.campaign_id,
        delivery.flight_id,
        delivery.creative_id,
        delivery.assignment_id,
        delivery.channel_id,
        delivery.streamer_profile_id,
        delivery.session_id,
        actor,
        request.idempotency_key.clone(),
        &request.digest,
        delivery.instance_id,
        delivery.state,
        delivery.duration_sec,
        delivery.price.e7(),
        delivery.leased_at,
        delivery.busy_until,
        delivery.report_until,
        delivery.counts_at,
    ];
    tx.run(&INSERT, values).await?;
    Ok(())
}

/// What may change in a delivery.
const CHANGING: [&str; 16] = [
    "instance_id",
    "state",
    "reason",
    "evidence_level",
    "busy_until",
    "report_until",
    "counts_at",
    "acknowledged_at",
    "rendered_at",
    "rendered_ts",
    "completed_at",
    "clicked_at",
    "ended_at",
    "audience_viewers",
    "audience_source",
    "audience_method",
];

fn changing(delivery: &Delivery) -> Vec<Value> {
    let viewership = delivery.viewership.as_ref();
    args![
        delivery.instance_id,
        delivery.state,
        delivery.reason.clone(),
        delivery.evidence_level,
        delivery.busy_until,
        delivery.report_until,
        delivery.counts_at,
        delivery.acknowledged_at,
        delivery.rendered_at,
        delivery.rendered_ts,
        delivery.completed_at,
        delivery.clicked_at,
        delivery.ended_at,
        viewership.map(|figure| figure.viewers),
        viewership.map(|figure| figure.source),
        viewership.map(|figure| figure.method.clone()),
    ]
}

/// Writes what changed and nothing else: naming a column costs its indexes. Deliveries in which
/// the same columns changed go out together.
pub(super) async fn save_many(tx: &mut Tx, moved: &[Moved<'_>]) -> Result<(), DbError> {
    let mut groups: BTreeMap<Vec<&'static str>, Vec<Vec<Value>>> = BTreeMap::new();
    for Moved { before, after } in moved {
        let (mut columns, mut row) = (vec!["id"], args![after.id]);
        let values = changing(before).into_iter().zip(changing(after));
        for (column, (was, is)) in CHANGING.into_iter().zip(values) {
            if was != is {
                columns.push(column);
                row.push(is);
            }
        }
        if columns.len() > 1 {
            groups.entry(columns).or_default().push(row);
        }
    }
    for (columns, rows) in groups {
        let expected = u64::try_from(rows.len()).expect("a batch is small");
        let changed = tx.update_many("deliveries", &columns, rows).await?;
        assert_eq!(changed, expected, "what was read is still there");
    }
    Ok(())
}

sql!(FIND, "select * from deliveries where id = $1");

pub(super) async fn find(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    tx.row(&FIND, args![id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(
    LOCK_MANY,
    "select * from deliveries where id = any($1) order by id for update"
);

pub(super) async fn lock_many(
    tx: &mut Tx,
    ids: Vec<DeliveryId>,
) -> Result<HashMap<DeliveryId, Delivery>, DbError> {
    let rows = tx.rows(&LOCK_MANY, args![ids]).await?;
    rows.iter()
        .map(|row| read(row).map(|delivery| (delivery.id, delivery)))
        .collect()
}

/// What a report without a `commandId` says of its delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meant {
    pub(super) channel: ChannelId,
    pub(super) campaign: CampaignId,
    pub(super) creative: CreativeId,
}

sql!(
    FIND_NEWEST_OPEN_OF,
    "select id from deliveries where channel_id = $1 and campaign_id = $2 and creative_id = $3 \
     and state in ('leased', 'acknowledged', 'rendered') \
     order by leased_at desc, id desc limit 1"
);

pub(super) async fn find_newest_open_of(
    tx: &mut Tx,
    of: Meant,
) -> Result<Option<DeliveryId>, DbError> {
    let args = args![of.channel, of.campaign, of.creative];
    let row = tx.row(&FIND_NEWEST_OPEN_OF, args).await?;
    row.map(|row| row.get("id")).transpose()
}

sql!(
    FIND_NEWEST_OF,
    "select id from deliveries where channel_id = $1 and campaign_id = $2 and creative_id = $3 \
     order by leased_at desc, id desc limit 1"
);

pub(super) async fn find_newest_of(tx: &mut Tx, of: Meant) -> Result<Option<DeliveryId>, DbError> {
    let args = args![of.channel, of.campaign, of.creative];
    let row = tx.row(&FIND_NEWEST_OF, args).await?;
    row.map(|row| row.get("id")).transpose()
}

sql!(
    LAST_SHOWN,
    "select creative_id from deliveries where assignment_id = $1 \
     and state in ('rendered', 'completed') order by leased_at desc, id desc limit 1"
);

pub(super) async fn last_shown(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<Option<CreativeId>, DbError> {
    let row = tx.row(&LAST_SHOWN, args![id]).await?;
    row.map(|row| row.get("creative_id")).transpose()
}

sql!(
    FIND_BY_KEY,
    "select * from deliveries where triggered_by = $1 and idempotency_key = $2"
);

pub(super) async fn find_by_key(
    tx: &mut Tx,
    actor: UserId,
    key: String,
) -> Result<Option<(Delivery, Option<String>)>, DbError> {
    let Some(row) = tx.row(&FIND_BY_KEY, args![actor, key]).await? else {
        return Ok(None);
    };
    Ok(Some((read(&row)?, row.get("request_digest")?)))
}

sql!(
    FIND_NEWEST_OPEN,
    "select * from deliveries where channel_id = $1 \
     and state in ('leased', 'acknowledged', 'rendered') order by leased_at desc limit 1"
);

pub(super) async fn find_newest_open(
    tx: &mut Tx,
    channel_id: ChannelId,
) -> Result<Option<Delivery>, DbError> {
    tx.row(&FIND_NEWEST_OPEN, args![channel_id])
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

sql!(
    LIST_OVERDUE,
    "select * from deliveries where state in ('leased', 'acknowledged', 'rendered') \
     and report_until < $1 order by report_until limit $2 for update skip locked"
);

pub(super) async fn list_overdue(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Delivery>, DbError> {
    tx.rows(&LIST_OVERDUE, args![now, limit])
        .await?
        .iter()
        .map(read)
        .collect()
}

sql!(
    COUNT_FLIGHT_HOUR,
    "select count(*) as n from deliveries where flight_id = $1 and leased_at >= $2 \
     and state in ('leased', 'acknowledged', 'rendered', 'completed')"
);

pub(super) async fn count_flight_hour(
    tx: &mut Tx,
    flight_id: FlightId,
    since: Timestamp,
) -> Result<u32, DbError> {
    tx.one(&COUNT_FLIGHT_HOUR, args![flight_id, since])
        .await?
        .get("n")
}

sql!(
    COUNT_CHANNEL_HOUR,
    "select count(*) as n from deliveries where flight_id = $1 and channel_id = $2 \
     and counts_at >= $3 and state in ('leased', 'acknowledged', 'rendered', 'completed')"
);

sql!(
    COUNT_SESSION,
    "select count(*) as n from deliveries where session_id = $1 and flight_id = $2 \
     and state in ('leased', 'acknowledged', 'rendered', 'completed')"
);

/// What counts against the flight's caps now: impressions and open leases alike.
pub(super) async fn counts(
    tx: &mut Tx,
    flight_id: FlightId,
    session: &Session,
    now: Timestamp,
) -> Result<Counts, DbError> {
    let since = now.minus(CAP_WINDOW);
    let channel = args![flight_id, session.channel_id, since];
    Ok(Counts {
        channel_hour: tx.one(&COUNT_CHANNEL_HOUR, channel).await?.get("n")?,
        session: tx
            .one(&COUNT_SESSION, args![session.id, flight_id])
            .await?
            .get("n")?,
        flight_hour: count_flight_hour(tx, flight_id, since).await?,
    })
}

sql!(
    BUSY_UNTIL,
    "select max(busy_until) as until from deliveries where channel_id = $1 \
     and state in ('leased', 'acknowledged', 'rendered')"
);

// An open lease that was not reported on screen may well have been: the proof can come later.
sql!(
    NEWEST_SHOWN,
    "select busy_until from deliveries where channel_id = $1 \
     and (rendered_at is not null or state in ('leased', 'acknowledged')) \
     order by leased_at desc limit 1"
);

pub(super) async fn screen(tx: &mut Tx, channel_id: ChannelId) -> Result<Screen, DbError> {
    let busy_until = tx.one(&BUSY_UNTIL, args![channel_id]).await?.get("until")?;
    let newest = tx.row(&NEWEST_SHOWN, args![channel_id]).await?;
    let last_ended_at = newest.map(|row| row.get("busy_until")).transpose()?;
    Ok(Screen {
        busy_until,
        last_ended_at,
    })
}

sql!(
    LAST_LEASED,
    "select max(leased_at) as at from deliveries where creative_id = $1"
);

pub(super) async fn last_leased(
    tx: &mut Tx,
    creative_id: CreativeId,
) -> Result<Option<Timestamp>, DbError> {
    tx.one(&LAST_LEASED, args![creative_id]).await?.get("at")
}

fn read(row: &Row) -> Result<Delivery, DbError> {
    let price = Price::from_e7(row.get("price_e7")?).map_err(|error| DbError::Column {
        column: "price_e7".to_owned(),
        problem: error.to_string(),
    })?;
    Ok(Delivery {
        id: row.get("id")?,
        campaign_id: row.get("campaign_id")?,
        flight_id: row.get("flight_id")?,
        creative_id: row.get("creative_id")?,
        assignment_id: row.get("assignment_id")?,
        channel_id: row.get("channel_id")?,
        streamer_profile_id: row.get("streamer_profile_id")?,
        session_id: row.get("session_id")?,
        instance_id: row.get("instance_id")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        duration_sec: row.get("duration_sec")?,
        price,
        evidence_level: row.get("evidence_level")?,
        leased_at: row.get("leased_at")?,
        busy_until: row.get("busy_until")?,
        report_until: row.get("report_until")?,
        counts_at: row.get("counts_at")?,
        acknowledged_at: row.get("acknowledged_at")?,
        rendered_at: row.get("rendered_at")?,
        rendered_ts: row.get("rendered_ts")?,
        completed_at: row.get("completed_at")?,
        clicked_at: row.get("clicked_at")?,
        ended_at: row.get("ended_at")?,
        viewership: viewers::read(row)?,
    })
}

sql!(
    COUNT_IMPRESSIONS,
    "select campaign_id, count(*) as impressions from deliveries \
     where campaign_id = any($1) and state = 'completed' group by campaign_id"
);

pub(super) async fn count_impressions(
    tx: &mut Tx,
    ids: Vec<CampaignId>,
) -> Result<HashMap<CampaignId, i64>, DbError> {
    let rows = tx.rows(&COUNT_IMPRESSIONS, args![ids]).await?;
    rows.iter()
        .map(|row| Ok((row.get("campaign_id")?, row.get("impressions")?)))
        .collect()
}

sql!(
    COUNT_IMPRESSIONS_OF_ASSIGNMENTS,
    "select assignment_id, count(*) as impressions from deliveries \
     where assignment_id = any($1) and state = 'completed' group by assignment_id"
);

pub(super) async fn count_impressions_of_assignments(
    tx: &mut Tx,
    ids: Vec<AssignmentId>,
) -> Result<HashMap<AssignmentId, i64>, DbError> {
    let rows = tx
        .rows(&COUNT_IMPRESSIONS_OF_ASSIGNMENTS, args![ids])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("assignment_id")?, row.get("impressions")?)))
        .collect()
}
