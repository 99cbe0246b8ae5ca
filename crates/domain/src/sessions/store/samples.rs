//! Viewer samples: a figure per channel and instant.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use crate::id::ChannelId;
use crate::sessions::{Sample, ViewerSource};

sql!(
    TAKE,
    "insert into viewer_samples (channel_id, at, viewers, source) \
     select id, $2, avg_viewers, $3 from channels where id = $1 on conflict do nothing"
);

/// Keeps what the channel says of itself, as of `now`.
pub(in crate::sessions) async fn take(
    tx: &mut Tx,
    channel_id: ChannelId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(&TAKE, args![channel_id, now, ViewerSource::Profile])
        .await?;
    Ok(())
}

sql!(
    TAKE_DUE,
    "insert into viewer_samples (channel_id, at, viewers, source) \
     select s.channel_id, $1, c.avg_viewers, $5 \
     from stream_sessions s join channels c on c.id = s.channel_id \
     where s.status <> 'ended' and s.status = 'active' and s.last_heartbeat_at >= $2 \
     and not exists ( \
         select 1 from viewer_samples v where v.channel_id = s.channel_id and v.at > $3 \
     ) \
     order by s.channel_id limit $4 on conflict do nothing"
);

/// Which channels are due.
#[derive(Clone, Copy, Debug)]
pub(in crate::sessions) struct Due {
    pub(in crate::sessions) now: Timestamp,
    /// Heard of since then.
    pub(in crate::sessions) heard_since: Timestamp,
    /// Not sampled since then.
    pub(in crate::sessions) sampled_before: Timestamp,
    pub(in crate::sessions) limit: i64,
}

/// Keeps what the channels on air that are due say of themselves; gives how many there were.
pub(in crate::sessions) async fn take_due(tx: &mut Tx, due: Due) -> Result<u64, DbError> {
    let args = args![
        due.now,
        due.heard_since,
        due.sampled_before,
        due.limit,
        ViewerSource::Profile,
    ];
    tx.run(&TAKE_DUE, args).await
}

sql!(
    LIST,
    "select channel_id, at, viewers, source from viewer_samples \
     where channel_id = any($1) and at >= $2 and at <= $3 order by channel_id, at"
);

pub(in crate::sessions) async fn list(
    tx: &mut Tx,
    channels: Vec<ChannelId>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Sample>, DbError> {
    let rows = tx.rows(&LIST, args![channels, from, until]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Sample, DbError> {
    Ok(Sample {
        channel_id: row.get("channel_id")?,
        at: row.get("at")?,
        viewers: row.get("viewers")?,
        source: row.get("source")?,
    })
}
