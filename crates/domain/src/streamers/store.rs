//! The SQL of profiles, channels and overlay keys.

use std::collections::HashSet;

use beta_kit::db::{DbError, Row, Tx, Value};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::audience::{Audience, AudienceForm};
use super::{Channel, ChannelForm, KeyInfo, KeyedChannel, OverlayIdentity, Profile, ProfileForm};
use crate::id::{ChannelId, OverlayKeyId, StreamerProfileId, UserId};

/// The columns that [`read_profile`] reads.
macro_rules! profile_columns {
    () => {
        "id, user_id, display_name, twitch_handle, country, language, categories, avg_viewers, \
         pricing_tier, created_at, updated_at"
    };
}

/// The columns that [`read_channel`] reads, of `channels c`.
macro_rules! channel_columns {
    () => {
        "c.id, c.streamer_profile_id, c.twitch_channel_name, c.country, c.language, \
         c.categories, c.avg_viewers, c.pricing_tier, c.auto_accept, c.paused_at, \
         c.created_at, c.updated_at"
    };
}

sql!(
    PUT_PROFILE,
    concat!(
        "insert into streamer_profiles (id, user_id, display_name, twitch_handle, country, \
         language, categories, avg_viewers, pricing_tier, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
         on conflict (user_id) do update set display_name = excluded.display_name, \
         twitch_handle = excluded.twitch_handle, country = excluded.country, \
         language = excluded.language, categories = excluded.categories, \
         avg_viewers = excluded.avg_viewers, pricing_tier = excluded.pricing_tier, \
         updated_at = excluded.updated_at returning ",
        profile_columns!(),
    )
);

/// Adds the person's profile under `id`, or overwrites all of the one there is.
pub(super) async fn put_profile(
    tx: &mut Tx,
    id: StreamerProfileId,
    user_id: UserId,
    form: &ProfileForm,
    now: Timestamp,
) -> Result<Profile, DbError> {
    let mut args = args![
        id,
        user_id,
        form.display_name.as_str(),
        form.twitch_handle.as_str()
    ];
    args.extend(audience_values(&form.audience));
    args.extend(args![now]);
    read_profile(&tx.one(&PUT_PROFILE, args).await?)
}

sql!(
    FIND_PROFILE,
    concat!(
        "select ",
        profile_columns!(),
        " from streamer_profiles where user_id = $1"
    )
);

pub(super) async fn find_profile(tx: &mut Tx, user_id: UserId) -> Result<Option<Profile>, DbError> {
    tx.row(&FIND_PROFILE, args![user_id])
        .await?
        .as_ref()
        .map(read_profile)
        .transpose()
}

sql!(
    LOCK_PROFILE,
    "select id from streamer_profiles where user_id = $1 for update"
);

/// The person's profile, held so that their channels are counted one by one.
pub(super) async fn lock_profile(
    tx: &mut Tx,
    user_id: UserId,
) -> Result<Option<StreamerProfileId>, DbError> {
    let row = tx.row(&LOCK_PROFILE, args![user_id]).await?;
    row.map(|row| row.get("id")).transpose()
}

sql!(
    COUNT_CHANNELS,
    "select count(*) as n from channels where streamer_profile_id = $1"
);

pub(super) async fn count_channels(
    tx: &mut Tx,
    profile_id: StreamerProfileId,
) -> Result<i64, DbError> {
    tx.one(&COUNT_CHANNELS, args![profile_id]).await?.get("n")
}

sql!(
    PUT_CHANNEL,
    "insert into channels (id, streamer_profile_id, twitch_channel_name, country, language, \
     categories, avg_viewers, pricing_tier, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) \
     on conflict (id) do update set streamer_profile_id = excluded.streamer_profile_id, \
     updated_at = excluded.updated_at"
);

/// Adds a channel under `id`, or gives the one there is to this profile.
pub(super) async fn put_channel(
    tx: &mut Tx,
    id: ChannelId,
    profile_id: StreamerProfileId,
    form: &ChannelForm,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut args = args![id, profile_id, form.twitch_channel_name.as_str()];
    args.extend(audience_values(&form.audience));
    args.extend(args![now]);
    tx.run(&PUT_CHANNEL, args).await?;
    Ok(())
}

sql!(
    FIND_ANY,
    concat!(
        "select ",
        channel_columns!(),
        " from channels c where c.id = $1"
    )
);

pub(super) async fn find_any(tx: &mut Tx, id: ChannelId) -> Result<Option<Channel>, DbError> {
    tx.row(&FIND_ANY, args![id])
        .await?
        .as_ref()
        .map(read_channel)
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

pub(super) async fn find_all(tx: &mut Tx, ids: Vec<ChannelId>) -> Result<Vec<Channel>, DbError> {
    tx.rows(&FIND_ALL, args![ids])
        .await?
        .iter()
        .map(read_channel)
        .collect()
}

sql!(LOCK_ANY, "select id from channels where id = $1 for update");

/// Holds the channel until the work is done; `false` when there is none.
pub(super) async fn lock_any(tx: &mut Tx, id: ChannelId) -> Result<bool, DbError> {
    Ok(tx.row(&LOCK_ANY, args![id]).await?.is_some())
}

sql!(
    LOCK_OWNED,
    "select id from channels where id = $1 and streamer_profile_id = \
     (select id from streamer_profiles where user_id = $2) for update"
);

/// Holds the channel of this person until the work is done; `false` when it is not theirs.
pub(super) async fn lock_owned(tx: &mut Tx, id: ChannelId, owner: UserId) -> Result<bool, DbError> {
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
pub(super) async fn list_owned(tx: &mut Tx, owner: UserId) -> Result<Vec<KeyedChannel>, DbError> {
    tx.rows(&LIST_OWNED, args![owner])
        .await?
        .iter()
        .map(read_keyed_channel)
        .collect()
}

sql!(
    REVOKE_KEY,
    "update overlay_keys set revoked_at = $2 where channel_id = $1 and revoked_at is null"
);

/// Whether there was a key to revoke.
pub(super) async fn revoke_key(
    tx: &mut Tx,
    channel_id: ChannelId,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx.run(&REVOKE_KEY, args![channel_id, now]).await? == 1)
}

sql!(
    INSERT_KEY,
    "insert into overlay_keys (id, channel_id, key_hash, key_prefix, created_at) \
     values ($1, $2, $3, $4, $5)"
);

pub(super) async fn insert_key(
    tx: &mut Tx,
    id: OverlayKeyId,
    channel_id: ChannelId,
    (key_hash, key_prefix): (&str, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    tx.run(
        &INSERT_KEY,
        args![id, channel_id, key_hash, key_prefix, now],
    )
    .await?;
    Ok(())
}

sql!(
    FIND_KEY,
    "select k.id, k.channel_id, c.streamer_profile_id \
     from overlay_keys k join channels c on c.id = k.channel_id \
     where k.key_hash = $1 and k.revoked_at is null"
);

pub(super) async fn find_key(
    tx: &mut Tx,
    key_hash: &str,
) -> Result<Option<OverlayIdentity>, DbError> {
    let Some(row) = tx.row(&FIND_KEY, args![key_hash]).await? else {
        return Ok(None);
    };
    Ok(Some(OverlayIdentity {
        key_id: row.get("id")?,
        channel_id: row.get("channel_id")?,
        streamer_profile_id: row.get("streamer_profile_id")?,
    }))
}

/// The values of `country, language, categories, avg_viewers, pricing_tier`.
fn audience_values(audience: &AudienceForm) -> Vec<Value> {
    args![
        audience.country.as_str(),
        audience.language.as_str(),
        audience.categories.to_json(),
        audience.avg_viewers,
        audience.pricing_tier.as_str(),
    ]
}

fn read_audience(row: &Row) -> Result<Audience, DbError> {
    Ok(Audience {
        country: row.get("country")?,
        language: row.get("language")?,
        categories: row.get("categories")?,
        avg_viewers: row.get("avg_viewers")?,
        pricing_tier: row.get("pricing_tier")?,
    })
}

fn read_profile(row: &Row) -> Result<Profile, DbError> {
    Ok(Profile {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        display_name: row.get("display_name")?,
        twitch_handle: row.get("twitch_handle")?,
        audience: read_audience(row)?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_channel(row: &Row) -> Result<Channel, DbError> {
    Ok(Channel {
        id: row.get("id")?,
        streamer_profile_id: row.get("streamer_profile_id")?,
        twitch_channel_name: row.get("twitch_channel_name")?,
        audience: read_audience(row)?,
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

sql!(
    LIVE_KEYS,
    "select id from overlay_keys where id = any($1) and revoked_at is null"
);

pub(super) async fn live_keys(
    tx: &mut Tx,
    ids: Vec<OverlayKeyId>,
) -> Result<HashSet<OverlayKeyId>, DbError> {
    let rows = tx.rows(&LIVE_KEYS, args![ids]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}
