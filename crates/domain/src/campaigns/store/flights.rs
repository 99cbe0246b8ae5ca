//! The SQL of flights.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Visible, broken};
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
    let args = args![
        id,
        campaign_id,
        new.pacing_per_hour,
        new.cap_per_streamer_per_hour,
        new.cap_per_session,
        formats_value(&new.distinct_formats()),
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

sql!(
    FIND,
    "select f.* from flights f join campaigns c on c.id = f.campaign_id \
     where f.id = $1 and ($2 or c.organization_id = $3 or c.brand_organization_id = $3)"
);

/// The flight, when it is one of those that may be seen.
pub(in crate::campaigns) async fn find(
    tx: &mut Tx,
    visible: Visible,
    id: FlightId,
) -> Result<Option<Flight>, DbError> {
    let Visible {
        everything,
        organization,
    } = visible;
    let row = tx.row(&FIND, args![id, everything, organization]).await?;
    row.as_ref().map(read).transpose()
}

sql!(
    COUNT,
    "select count(*) as flights from flights where campaign_id = $1"
);

pub(in crate::campaigns) async fn count(tx: &mut Tx, id: CampaignId) -> Result<i64, DbError> {
    tx.one(&COUNT, args![id]).await?.get("flights")
}

sql!(
    CHANGE,
    "update flights set pacing_per_hour = $2, cap_per_streamer_per_hour = $3, \
     cap_per_session = $4, allowed_formats = $5, mode = $6, min_gap_sec = $7, start_at = $8, \
     end_at = $9, updated_at = $10, version = version + 1 where id = $1 returning *"
);

/// Writes a flight of a campaign that is held as it is to be.
pub(in crate::campaigns) async fn change(
    tx: &mut Tx,
    flight: &Flight,
    now: Timestamp,
) -> Result<Flight, DbError> {
    let args = args![
        flight.id,
        flight.pacing_per_hour,
        flight.cap_per_streamer_per_hour,
        flight.cap_per_session,
        formats_value(&flight.allowed_formats),
        flight.mode,
        flight.min_gap_sec,
        flight.start_at,
        flight.end_at,
        now,
    ];
    read(&tx.one(&CHANGE, args).await?)
}

fn formats_value(formats: &[CreativeFormat]) -> serde_json::Value {
    let names: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
    names.into()
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
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
