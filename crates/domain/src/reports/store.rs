//! The read-only SQL of reports, over events and what they belong to.

use std::collections::BTreeMap;

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::Cursor;
use beta_kit::time;
use beta_kit::{args, sql};

use super::View;
use super::summary::{DayRow, Range, Totals};
use super::timeline::{ProofChannel, ProofCreative, ProofFilter, ProofItem, ProofType};
use crate::clicks::ClickSource;
use crate::id::{CampaignId, ChannelId, CreativeId, UserId};

const MILLIS_PER_SECOND: i64 = 1_000;
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

/// The figures of a day, and what its verified plays cost.
#[derive(Debug)]
pub(super) struct Day {
    pub(super) row: DayRow,
    pub(super) price_e7: i64,
}

sql!(
    LIST_DAYS,
    "select e.day, \
     cast(sum(case when e.type = 'ad_completed' then 1 else 0 end) as bigint) as impressions, \
     cast(sum(case when e.type = 'ad_click' then 1 else 0 end) as bigint) as clicks, \
     cast(sum(case when e.type = 'ad_rendered' then 1 else 0 end) as bigint) as plays, \
     cast(sum(case when e.type = 'ad_completed' then d.duration_sec else 0 end) as bigint) \
         as on_screen_sec, \
     cast(sum(case when e.type = 'ad_completed' then d.price_e7 else 0 end) as bigint) \
         as price_e7 \
     from events e left join deliveries d on d.id = e.delivery_id \
     where e.campaign_id = $1 and e.verdict = 'counted' \
     and e.type in ('ad_completed', 'ad_click', 'ad_rendered') \
     and e.day >= $2 and e.day <= $3 and ($4 or e.channel_id = any($5)) \
     group by e.day order by e.day"
);

pub(super) async fn list_days(
    tx: &mut Tx,
    id: CampaignId,
    range: Range,
    view: &View,
) -> Result<Vec<Day>, DbError> {
    let (all, channels) = view.channels();
    let (first, last) = (
        range.from.unwrap_or(FIRST_DAY),
        range.to.unwrap_or(LAST_DAY),
    );
    let rows = tx
        .rows(&LIST_DAYS, args![id, first, last, all, channels])
        .await?;
    rows.iter().map(read_day).collect()
}

fn read_day(row: &Row) -> Result<Day, DbError> {
    let on_screen_sec: i64 = row.get("on_screen_sec")?;
    let figures = Totals {
        impressions: row.get("impressions")?,
        clicks: row.get("clicks")?,
        plays: row.get("plays")?,
        on_screen_ms: on_screen_sec * MILLIS_PER_SECOND,
    };
    let day = row.get("day")?;
    Ok(Day {
        row: DayRow { day, figures },
        price_e7: row.get("price_e7")?,
    })
}

sql!(
    COUNT_UNCOUNTED,
    "select reason, count(*) as events from events \
     where campaign_id = $1 and verdict = 'not_counted' and day >= $2 and day <= $3 \
     and ($4 or channel_id = any($5)) group by reason order by reason"
);

pub(super) async fn count_uncounted(
    tx: &mut Tx,
    id: CampaignId,
    range: Range,
    view: &View,
) -> Result<Vec<(String, i64)>, DbError> {
    let (all, channels) = view.channels();
    let (first, last) = (
        range.from.unwrap_or(FIRST_DAY),
        range.to.unwrap_or(LAST_DAY),
    );
    let rows = tx
        .rows(&COUNT_UNCOUNTED, args![id, first, last, all, channels])
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("reason")?, row.get("events")?)))
        .collect()
}

sql!(
    COUNT_CLICKS,
    "select case when delivery_id is null then payload ->> 'source' else 'overlay' end \
     as source, count(*) as clicks from events \
     where campaign_id = $1 and type = 'ad_click' and verdict = 'counted' \
     and day >= $2 and day <= $3 and ($4 or channel_id = any($5)) group by 1 order by 1"
);

/// The clicks that count, by where they came from; every source is there.
pub(super) async fn count_clicks(
    tx: &mut Tx,
    id: CampaignId,
    range: Range,
    view: &View,
) -> Result<Vec<(ClickSource, i64)>, DbError> {
    let (all, channels) = view.channels();
    let (first, last) = (
        range.from.unwrap_or(FIRST_DAY),
        range.to.unwrap_or(LAST_DAY),
    );
    let args = args![id, first, last, all, channels];
    let mut counts: BTreeMap<ClickSource, i64> =
        ClickSource::ALL.iter().map(|source| (*source, 0)).collect();
    for row in tx.rows(&COUNT_CLICKS, args).await? {
        counts.insert(row.get("source")?, row.get("clicks")?);
    }
    Ok(counts.into_iter().collect())
}

sql!(
    SUM_FEES,
    "select cast(coalesce(sum(fee_committed_e7), 0) as bigint) as fees_e7 \
     from campaign_assignments where campaign_id = $1"
);

pub(super) async fn sum_fees(tx: &mut Tx, id: CampaignId) -> Result<i64, DbError> {
    tx.one(&SUM_FEES, args![id]).await?.get("fees_e7")
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
