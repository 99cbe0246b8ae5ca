//! How many watch a channel: samples, and the figure for a span of time that follows from them.
//!
//! Until a platform is asked, the figure is what the channel says of itself; every sample names
//! where it is from. A span without samples has no figure, which is not the same as nobody.

use beta_kit::db::DbError;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;

use super::limits::{SAMPLE_INTERVAL, SAMPLES_MAX, SILENCE_MAX, VIEWERS_WINDOW};
use super::store::samples;
use crate::id::ChannelId;
use crate::work::Work;

text_enum! {
    /// Where a number of viewers is from.
    pub enum ViewerSource {
        /// The channel's own description says so.
        Profile => "profile",
    }
}

/// The name and version of how a figure is found: the median of the samples from five minutes
/// before a span to five minutes after it, as far as they are there when it is found; of an even
/// number, the smaller of the two in the middle.
pub const VIEWERS_METHOD: &str = "median-10m-v1";

/// How many watched a channel at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The channel.
    pub channel_id: ChannelId,
    /// When.
    pub at: Timestamp,
    /// How many.
    pub viewers: i64,
    /// Where the figure is from.
    pub source: ViewerSource,
}

/// A channel from one instant to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The channel.
    pub channel_id: ChannelId,
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub until: Timestamp,
}

/// How many watched, how that is known, and by which method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewership {
    /// How many.
    pub viewers: i64,
    /// Where the figure is from.
    pub source: ViewerSource,
    /// How it was found.
    pub method: String,
}

/// The figure for a span by [`VIEWERS_METHOD`]; `None` when there is no sample.
pub fn viewership(samples: &[Sample], span: Span) -> Option<Viewership> {
    let (first, last) = window(span);
    let mut near: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.channel_id == span.channel_id)
        .filter(|sample| sample.at >= first && sample.at <= last)
        .collect();
    near.sort_unstable_by_key(|sample| (sample.viewers, sample.at));
    let middle = near.get(near.len().checked_sub(1)? / 2)?;
    Some(Viewership {
        viewers: middle.viewers,
        source: middle.source,
        method: VIEWERS_METHOD.to_owned(),
    })
}

fn window(span: Span) -> (Timestamp, Timestamp) {
    (
        span.from.minus(VIEWERS_WINDOW),
        span.until.plus(VIEWERS_WINDOW),
    )
}

/// The figures of these spans, in their order.
pub async fn measure(work: &mut Work, spans: &[Span]) -> Result<Vec<Option<Viewership>>, DbError> {
    let first = spans.iter().map(|span| window(*span).0).min();
    let last = spans.iter().map(|span| window(*span).1).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Vec::new());
    };
    let mut channels: Vec<ChannelId> = spans.iter().map(|span| span.channel_id).collect();
    channels.sort_unstable();
    channels.dedup();
    let samples = samples::list(work.tx(), channels, first, last).await?;
    Ok(spans
        .iter()
        .map(|span| viewership(&samples, *span))
        .collect())
}

/// Takes a sample of every channel on air that had none for a while; gives how many there were.
pub async fn sample_viewers(work: &mut Work) -> Result<u64, DbError> {
    let now = work.now;
    let due = samples::Due {
        now,
        heard_since: now.minus(SILENCE_MAX),
        sampled_before: now.minus(SAMPLE_INTERVAL),
        limit: SAMPLES_MAX,
    };
    samples::take_due(work.tx(), due).await
}
