//! The SQL of flights.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::broken;
use crate::campaigns::{CreativeFormat, Flight, NewFlight};
use crate::id::{CampaignId, FlightId};

sql!(
    INSERT,
    "insert into flights (id, campaign_id, pacing_per_hour, cap_per_streamer_per_hour, \
     cap_per_session, allowed_formats, mode, min_gap_sec, start_at, end_at, \
     created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) returning *"
);

pub(in crate::campaigns) async fn insert(
    tx: &mut Tx,
    (id, campaign_id): (FlightId, CampaignId),
    new: &NewFlight,
    now: Timestamp,
) -> Result<Flight, DbError> {
    let formats: Vec<&str> = new
        .distinct_formats()
        .into_iter()
        .map(CreativeFormat::as_str)
        .collect();
    let args = args![
        id,
        campaign_id,
        new.pacing_per_hour,
        new.cap_per_streamer_per_hour,
        new.cap_per_session,
        serde_json::Value::from(formats),
        new.mode,
        new.min_gap_sec,
        new.start_at,
        new.end_at,
        now,
    ];
    read(&tx.one(&INSERT, args).await?)
}

sql!(
    OF_CAMPAIGNS,
    "select * from flights where campaign_id = any($1) order by created_at desc, id desc"
);

/// The flights of these campaigns, newest first.
pub(in crate::campaigns) async fn of_campaigns(
    tx: &mut Tx,
    ids: Vec<CampaignId>,
) -> Result<Vec<Flight>, DbError> {
    tx.rows(&OF_CAMPAIGNS, args![ids])
        .await?
        .iter()
        .map(read)
        .collect()
}

fn read(row: &Row) -> Result<Flight, DbError> {
    let formats: Vec<String> = row.get("allowed_formats")?;
    let formats: Result<Vec<CreativeFormat>, _> =
        formats.iter().map(|format| format.parse()).collect();
    Ok(Flight {
        id: row.get("id")?,
        campaign_id: row.get("campaign_id")?,
        pacing_per_hour: row.get("pacing_per_hour")?,
        cap_per_streamer_per_hour: row.get("cap_per_streamer_per_hour")?,
        cap_per_session: row.get("cap_per_session")?,
        allowed_formats: formats.map_err(|problem| broken("allowed_formats", &problem))?,
        mode: row.get("mode")?,
        min_gap_sec: row.get("min_gap_sec")?,
        start_at: row.get("start_at")?,
        end_at: row.get("end_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
