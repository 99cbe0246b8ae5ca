//! The SQL of channels.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{audience_values, read_audience};
use crate::id::{ChannelId, StreamerProfileId, UserId};
use crate::streamers::channel::name_key;
use crate::streamers::{Channel, ChannelForm, KeyInfo, KeyedChannel, OverlayLooks};

/// The columns that [`read_channel`] reads, of `channels c`.
macro_rules! channel_columns {
    () => {
        "c.id, c.version, c.streamer_profile_id, c.twitch_channel_name, c.country, c.language, \
         c.categories, c.avg_viewers, c.pricing_tier, c.overlay_position, \
         c.overlay_width_percent, c.overlay_margin_px, c.overlay_muted, c.overlay_animation, \
         c.auto_accept, c.paused_at, c.created_at, c.updated_at"
    };
}

sql!(
    COUNT_CHANNELS,
    "select count(*) as n from channels where streamer_profile_id = $1"
);

pub(in crate::streamers) async fn count_channels(
    tx: &mut Tx,
    profile_id: StreamerProfileId,
) -> Result<i64, DbError> {
    tx.one(&COUNT_CHANNELS, args![profile_id]).await?.get("n")
}

sql!(
    PUT_CHANNEL,
    "insert into channels (id, streamer_profile_id, twitch_channel_name, country, language, \
     categories, avg_viewers, pricing_tier, name_key, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
     on conflict (id) do update set streamer_profile_id = excluded.streamer_profile_id, \
     version = channels.version + 1, updated_at = excluded.updated_at"
);

/// Adds a channel under `id`, or gives the one there is to this profile.
pub(in crate::streamers) async fn put_channel(
    tx: &mut Tx,
    id: ChannelId,
    profile_id: StreamerProfileId,
    form: &ChannelForm,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut args = args![id, profile_id, form.twitch_channel_name.as_str()];
    args.extend(audience_values(&form.audience));
    args.extend(args![name_key(form.twitch_channel_name.as_str()), now]);
    tx.run(&PUT_CHANNEL, args).await?;
    Ok(())
}

sql!(
    SAVE,
    "update channels set \
     name_key = case when twitch_channel_name = $2 then name_key else $3 end, \
     twitch_channel_name = $2, country = $4, language = $5, categories = $6, avg_viewers = $7, \
     pricing_tier = $8, overlay_position = $9, overlay_width_percent = $10, \
     overlay_margin_px = $11, overlay_muted = $12, overlay_animation = $13, auto_accept = $14, \
     paused_at = $15, updated_at = $16, version = version + 1 where id = $1 returning *"
);

/// Writes all of a channel that may change. It must be held.
pub(in crate::streamers) async fn save_channel(
    tx: &mut Tx,
    channel: &Channel,
    now: Timestamp,
) -> Result<Channel, DbError> {
    let (audience, looks) = (&channel.audience, channel.looks);
    let args = args![
        channel.id,
        &channel.twitch_channel_name,
        name_key(&channel.twitch_channel_name),
        &audience.country,
        &audience.language,
        serde_json::json!(audience.categories),
        audience.avg_viewers,
        &audience.pricing_tier,
        looks.position,
        looks.width_percent,
        looks.margin_px,
        looks.muted,
        looks.animation,
        channel.auto_accept,
        channel.paused_at,
        now,
    ];
    read_channel(&tx.one(&SAVE, args).await?)
}

sql!(
    FIND_ANY,
    concat!(
        "select ",
        channel_columns!(),
        " from channels c where c.id = $1"
    )
);

pub(in crate::streamers) async fn find_any(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Option<Channel>, DbError> {
    tx.row(&FIND_ANY, args![id])
        .await?
        .as_ref()
        .map(read_channel)
        .transpose()
}

sql!(
    FIND_OWNED,
    concat!(
        "select ",
        channel_columns!(),
        " from channels c join streamer_profiles p on p.id = c.streamer_profile_id \
         where c.id = $1 and p.user_id = $2"
    )
);

/// The channel, when it is this person's.
pub(in crate::streamers) async fn find_owned(
    tx: &mut Tx,
    id: ChannelId,
    owner: UserId,
) -> Result<Option<Channel>, DbError> {
    tx.row(&FIND_OWNED, args![id, owner])
        .await?
        .as_ref()
        .map(read_channel)
        .transpose()
}

sql!(
    FIND_KEYED,
    concat!(
        "select ",
        channel_columns!(),
        ", k.key_prefix, k.created_at as rotated_at from channels c \
         left join overlay_keys k on k.channel_id = c.id and k.revoked_at is null \
         where c.id = $1"
    )
);

/// Any channel, with what may be known of its key.
pub(in crate::streamers) async fn find_keyed(
    tx: &mut Tx,
    id: ChannelId,
) -> Result<Option<KeyedChannel>, DbError> {
    tx.row(&FIND_KEYED, args![id])
        .await?
        .as_ref()
        .map(read_keyed_channel)
        .transpose()
}

sql!(
    FIND_ALL,
    concat!(
        "select ",
        channel_columns!(),
        " from channels c where c.id = any($1)"
    )
);

pub(in crate::streamers) async fn find_all(
    tx: &mut Tx,
    ids: Vec<ChannelId>,
) -> Result<Vec<Channel>, DbError> {
    tx.rows(&FIND_ALL, args![ids])
        .await?
        .iter()
        .map(read_channel)
        .collect()
}

sql!(LOCK_ANY, "select id from channels where id = $1 for update");

/// Holds the channel until the work is done; `false` when there is none.
pub(in crate::streamers) async fn lock_any(tx: &mut Tx, id: ChannelId) -> Result<bool, DbError> {
    Ok(tx.row(&LOCK_ANY, args![id]).await?.is_some())
}

sql!(
    LOCK_OWNED,
    "select id from channels where id = $1 and streamer_profile_id = \
     (select id from streamer_profiles where user_id = $2) for update"
);

/// Holds the channel of this person until the work is done; `false` when it is not theirs.
pub(in crate::streamers) async fn lock_owned(
    tx: &mut Tx,
    id: ChannelId,
    owner: UserId,
) -> Result<bool, DbError> {
    Ok(tx.row(&LOCK_OWNED, args![id, owner]).await?.is_some())
}

sql!(
    LIST_OWNED,
    concat!(
        "select ",
        channel_columns!(),
        ", k.key_prefix, k.created_at as rotated_at \
         from streamer_profiles p join channels c on c.streamer_profile_id = p.id \
         left join overlay_keys k on k.channel_id = c.id and k.revoked_at is null \
         where p.user_id = $1 order by c.created_at desc, c.id desc",
    )
);

/// All channels of this person, the newest first.
pub(in crate::streamers) async fn list_owned(
    tx: &mut Tx,
    owner: UserId,
) -> Result<Vec<KeyedChannel>, DbError> {
    tx.rows(&LIST_OWNED, args![owner])
        .await?
        .iter()
        .map(read_keyed_channel)
        .collect()
}

fn read_channel(row: &Row) -> Result<Channel, DbError> {
    Ok(Channel {
        id: row.get("id")?,
        version: row.get("version")?,
        streamer_profile_id: row.get("streamer_profile_id")?,
        twitch_channel_name: row.get("twitch_channel_name")?,
        audience: read_audience(row)?,
        looks: read_looks(row)?,
        auto_accept: row.get("auto_accept")?,
        paused_at: row.get("paused_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_keyed_channel(row: &Row) -> Result<KeyedChannel, DbError> {
    let prefix: Option<String> = row.get("key_prefix")?;
    let key = match prefix {
        Some(key_prefix) => Some(KeyInfo {
            key_prefix,
            rotated_at: row.get("rotated_at")?,
        }),
        None => None,
    };
    Ok(KeyedChannel {
        channel: read_channel(row)?,
        key,
    })
}

fn read_looks(row: &Row) -> Result<OverlayLooks, DbError> {
    Ok(OverlayLooks {
        position: row.get("overlay_position")?,
        width_percent: row.get("overlay_width_percent")?,
        margin_px: row.get("overlay_margin_px")?,
        muted: row.get("overlay_muted")?,
        animation: row.get("overlay_animation")?,
    })
}
