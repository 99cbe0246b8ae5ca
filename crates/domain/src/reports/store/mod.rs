//! The SQL of reports: the sums, which only this room writes, and what it reads of other rooms.

pub(super) mod log;
pub(super) mod sums;

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::Cursor;
use beta_kit::time;
use beta_kit::{args, sql};

use super::View;
use super::pacing::PlannedFlight;
use super::timeline::{ProofChannel, ProofCreative, ProofFilter, ProofItem, ProofType};
use crate::id::{CampaignId, ChannelId, CreativeId, UserId};

/// Days before the first and after the last that an event can have: 0001-01-01 and 9999-12-31.
const FIRST_DAY: time::Day = time::Day::from_epoch_days(-719_162);
const LAST_DAY: time::Day = time::Day::from_epoch_days(2_932_896);

sql!(
    LIST_OWN_CHANNELS,
    "select a.channel_id from campaign_assignments a \
     join channels c on c.id = a.channel_id \
     join streamer_profiles s on s.id = c.streamer_profile_id \
     where a.campaign_id = $1 and s.user_id = $2"
);

/// The channels of the streamer that the campaign is assigned to.
pub(super) async fn list_own_channels(
    tx: &mut Tx,
    id: CampaignId,
    user: UserId,
) -> Result<Vec<ChannelId>, DbError> {
    let rows = tx.rows(&LIST_OWN_CHANNELS, args![id, user]).await?;
    rows.iter().map(|row| row.get("channel_id")).collect()
}

impl View {
    /// Whether every channel is seen, and otherwise which are.
    fn channels(&self) -> (bool, Vec<ChannelId>) {
        match self {
            Self::Whole => (true, Vec::new()),
            Self::Channels(channels) => (false, channels.clone()),
        }
    }
}

sql!(
    SUM_FEES,
    "select cast(coalesce(sum(fee_committed_e7), 0) as bigint) as fees_e7 \
     from campaign_assignments where campaign_id = $1"
);

pub(super) async fn sum_fees(tx: &mut Tx, id: CampaignId) -> Result<i64, DbError> {
    tx.one(&SUM_FEES, args![id]).await?.get("fees_e7")
}

sql!(
    FIND_RATES,
    "select cast(coalesce(sum(fixed_fee_minor), 0) as bigint) as fees_minor, \
     cast(coalesce(sum(case when fixed_fee_minor is null then cpm_rate_e4 end), 0) as bigint) \
         as prices_e7, \
     cast(coalesce(sum(case when fixed_fee_minor is null and cpm_rate_e4 is not null \
         then 1 else 0 end), 0) as bigint) as rated \
     from campaign_assignments \
     where campaign_id = $1 and status <> 'declined' and ended_at is null"
);

/// What the channels of a campaign cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    pub(super) fees_minor: i64,
    /// Ten-thousandths for a thousand impressions are ten-millionths for one.
    pub(super) prices_e7: i64,
    pub(super) rated: i64,
}

pub(super) async fn find_rates(tx: &mut Tx, id: CampaignId) -> Result<Rates, DbError> {
    let row = tx.one(&FIND_RATES, args![id]).await?;
    Ok(Rates {
        fees_minor: row.get("fees_minor")?,
        prices_e7: row.get("prices_e7")?,
        rated: row.get("rated")?,
    })
}

sql!(
    LIST_FLIGHTS,
    "select pacing_per_hour, start_at, end_at from flights where campaign_id = $1"
);

pub(super) async fn list_flights(
    tx: &mut Tx,
    id: CampaignId,
) -> Result<Vec<PlannedFlight>, DbError> {
    let rows = tx.rows(&LIST_FLIGHTS, args![id]).await?;
    let read = |row: &Row| {
        Ok(PlannedFlight {
            pacing_per_hour: row.get("pacing_per_hour")?,
            start: row.get("start_at")?,
            end: row.get("end_at")?,
        })
    };
    rows.iter().map(read).collect()
}

sql!(
    LIST_CHANNELS,
    "select id as channel_id, twitch_channel_name from channels where id = any($1)"
);

/// The channels of these ids, as reports name them.
pub(super) async fn list_channels(
    tx: &mut Tx,
    ids: Vec<ChannelId>,
) -> Result<BTreeMap<ChannelId, ProofChannel>, DbError> {
    let rows = tx.rows(&LIST_CHANNELS, args![ids]).await?;
    let channels: Result<Vec<_>, DbError> = rows.iter().map(read_channel).collect();
    let known = channels?.into_iter().flatten();
    Ok(known.map(|channel| (channel.id, channel)).collect())
}

sql!(
    LIST_CREATIVES,
    "select id as creative_id, object_key, format from creatives where id = any($1)"
);

/// The creatives of these ids, as reports name them.
pub(super) async fn list_creatives(
    tx: &mut Tx,
    ids: Vec<CreativeId>,
) -> Result<BTreeMap<CreativeId, ProofCreative>, DbError> {
    let rows = tx.rows(&LIST_CREATIVES, args![ids]).await?;
    let creatives: Result<Vec<_>, DbError> = rows.iter().map(read_creative).collect();
    let known = creatives?.into_iter().flatten();
    Ok(known.map(|creative| (creative.id, creative)).collect())
}

/// Which part of the timeline to read.
#[derive(Debug)]
pub(super) struct ProofPage {
    pub(super) filter: ProofFilter,
    pub(super) rows: usize,
    pub(super) before: Option<Cursor>,
}

/// The events `e` of a campaign that a question asks for.
macro_rules! proof {
    () => {
        "select e.seq, e.id, e.type, e.ts, e.occurred_at, e.request_id, e.session_id, \
     e.delivery_id, e.verdict, e.reason, e.payload, d.evidence_level, \
     ch.id as channel_id, ch.twitch_channel_name, cr.id as creative_id, cr.object_key, cr.format \
     from events e \
     left join channels ch on ch.id = e.channel_id \
     left join creatives cr on cr.id = e.creative_id \
     left join deliveries d on d.id = e.delivery_id \
     where e.campaign_id = $1 and e.seq < $2 and e.type = any_text($3) \
     and ($4 or e.channel_id = any($5)) and ($6 or e.channel_id = $7) \
     and ($9 or e.creative_id = $10) and ($11 or e.session_id = $12) \
     and ($13 or e.verdict = $14) and ($15 or e.reason = $16) \
     and e.day >= $17 and e.day <= $18 "
    };
}

sql!(
    LIST_PROOF,
    concat!(proof!(), "order by e.seq desc limit $8")
);

// A delivery has few events, and an index of its own.
sql!(
    LIST_PROOF_OF_DELIVERY,
    concat!(
        proof!(),
        "and e.delivery_id = $19 order by e.seq desc limit $8"
    )
);

pub(super) async fn list_proof(
    tx: &mut Tx,
    id: CampaignId,
    view: &View,
    page: ProofPage,
) -> Result<Vec<ProofItem>, DbError> {
    let ProofFilter {
        proof_type,
        channel_id,
        creative_id,
        session_id,
        delivery_id,
        verdict,
        reason,
        from,
        to,
    } = page.filter;
    let types: Vec<String> = ProofType::ALL
        .iter()
        .filter(|known| proof_type.is_none_or(|asked| asked == **known))
        .map(|known| known.as_str().to_owned())
        .collect();
    let (all, channels) = view.channels();
    let mut args = args![
        id,
        page.before.map_or(i64::MAX, |cursor| cursor.0),
        types,
        all,
        channels,
        channel_id.is_none(),
        channel_id,
        i64::try_from(page.rows).unwrap_or(i64::MAX),
        creative_id.is_none(),
        creative_id,
        session_id.is_none(),
        session_id,
        verdict.is_none(),
        verdict,
        reason.is_none(),
        reason,
        from.unwrap_or(FIRST_DAY),
        to.unwrap_or(LAST_DAY),
    ];
    let statement = if delivery_id.is_some() {
        args.extend(args![delivery_id]);
        &LIST_PROOF_OF_DELIVERY
    } else {
        &LIST_PROOF
    };
    let rows = tx.rows(statement, args).await?;
    rows.iter().map(read_proof).collect()
}

fn read_proof(row: &Row) -> Result<ProofItem, DbError> {
    Ok(ProofItem {
        id: row.get("id")?,
        cursor: Cursor(row.get("seq")?),
        proof_type: row.get("type")?,
        ts: row.get("ts")?,
        occurred_at: row.get("occurred_at")?,
        request_id: row.get("request_id")?,
        channel: read_channel(row)?,
        creative: read_creative(row)?,
        session_id: row.get("session_id")?,
        delivery_id: row.get("delivery_id")?,
        evidence_level: row.get("evidence_level")?,
        verdict: row.get("verdict")?,
        reason: row.get("reason")?,
        payload: row.get("payload")?,
    })
}

fn read_channel(row: &Row) -> Result<Option<ProofChannel>, DbError> {
    let id: Option<ChannelId> = row.get("channel_id")?;
    let Some(id) = id else { return Ok(None) };
    Ok(Some(ProofChannel {
        id,
        twitch_channel_name: row.get("twitch_channel_name")?,
    }))
}

fn read_creative(row: &Row) -> Result<Option<ProofCreative>, DbError> {
    let id: Option<CreativeId> = row.get("creative_id")?;
    let Some(id) = id else { return Ok(None) };
    let (object_key, format) = (row.get("object_key")?, row.get("format")?);
    Ok(Some(ProofCreative {
        id,
        object_key,
        format,
    }))
}
