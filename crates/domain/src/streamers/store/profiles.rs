//! The SQL of profiles.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{audience_values, read_audience};
use crate::id::{StreamerProfileId, UserId};
use crate::streamers::{Profile, ProfileForm};

/// The columns that [`read_profile`] reads.
macro_rules! profile_columns {
    () => {
        "id, user_id, display_name, twitch_handle, country, language, categories, avg_viewers, \
         pricing_tier, created_at, updated_at"
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
pub(in crate::streamers) async fn put_profile(
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

pub(in crate::streamers) async fn find_profile(
    tx: &mut Tx,
    user_id: UserId,
) -> Result<Option<Profile>, DbError> {
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
pub(in crate::streamers) async fn lock_profile(
    tx: &mut Tx,
    user_id: UserId,
) -> Result<Option<StreamerProfileId>, DbError> {
    let row = tx.row(&LOCK_PROFILE, args![user_id]).await?;
    row.map(|row| row.get("id")).transpose()
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
