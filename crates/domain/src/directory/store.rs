//! The read-only SQL of the directory.

use beta_kit::db::{DbError, Row, Tx};
use beta_kit::page::{Limit, Place};
use beta_kit::text::LanguageCode;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::{Entry, Filter, MinViewers, NamePart};
use crate::id::ChannelId;
use crate::streamers::Audience;

/// What [`read`] reads of a channel `c`, when `$1` is the time since which a session was heard of.
macro_rules! entries {
    () => {
        "select c.id, c.version, c.twitch_channel_name, p.display_name, c.country, c.language, \
         c.categories, c.avg_viewers, c.pricing_tier, c.auto_accept, \
         c.paused_at is not null as paused, l.id is not null as live, c.created_at \
         from channels c join streamer_profiles p on p.id = c.streamer_profile_id \
         join users u on u.id = p.user_id \
         left join stream_sessions l on l.channel_id = c.id and l.status = 'active' \
         and l.last_heartbeat_at >= $1 "
    };
}

sql!(
    LIST,
    concat!(
        entries!(),
        "where u.disabled_at is null \
         and ($2 or lower(c.twitch_channel_name) like $3 escape '!' or c.name_key like $3 \
         escape '!' or lower(p.display_name) like $3 escape '!' or p.display_name like $4 \
         escape '!') \
         and ($5 or c.country = $6) and ($7 or c.language = $8 or c.language like $9) \
         and ($10 or lower(cast(c.categories as text)) like $11 escape '!') \
         and c.avg_viewers >= $12 and ($13 or (l.id is not null) = $14) \
         and (c.created_at, c.id) < ($15, $16) \
         order by c.created_at desc, c.id desc limit $17"
    )
);

pub(super) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    heard_since: Timestamp,
    limit: Limit,
    after: Place,
) -> Result<Vec<Entry>, DbError> {
    let part = filter.name_part.as_ref().map(NamePart::as_str);
    let country = filter.country.map(|country| country.as_str());
    let language = filter.language.as_ref().map(LanguageCode::as_str);
    // The list is kept as JSON, and one of its texts stands there between quotes.
    let category = filter.category.as_ref().map(|category| {
        let quoted = serde_json::json!(category.as_str()).to_string();
        containing(&quoted.to_lowercase())
    });
    let args = args![
        heard_since,
        part.is_none(),
        part.map(|part| containing(&part.to_lowercase())),
        part.map(containing),
        country.is_none(),
        country,
        language.is_none(),
        language,
        language.map(|language| format!("{language}-%")),
        category.is_none(),
        category,
        filter.min_viewers.unwrap_or(MinViewers::MIN),
        filter.live.is_none(),
        filter.live,
        after.at,
        after.id,
        limit.rows(),
    ];
    let rows = tx.rows(&LIST, args).await?;
    rows.iter().map(read).collect()
}

sql!(FIND, concat!(entries!(), "where c.id = $2"));

pub(super) async fn find(
    tx: &mut Tx,
    id: ChannelId,
    heard_since: Timestamp,
) -> Result<Option<Entry>, DbError> {
    let row = tx.row(&FIND, args![heard_since, id]).await?;
    row.as_ref().map(read).transpose()
}

/// The pattern of texts that have `part` in them, whatever stands in it.
fn containing(part: &str) -> String {
    let mut pattern = String::from("%");
    for letter in part.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

fn read(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        id: row.get("id")?,
        version: row.get("version")?,
        twitch_channel_name: row.get("twitch_channel_name")?,
        display_name: row.get("display_name")?,
        audience: Audience {
            country: row.get("country")?,
            language: row.get("language")?,
            categories: row.get("categories")?,
            avg_viewers: row.get("avg_viewers")?,
            pricing_tier: row.get("pricing_tier")?,
        },
        auto_accept: row.get("auto_accept")?,
        paused: row.get("paused")?,
        live: row.get("live")?,
        created_at: row.get("created_at")?,
    })
}
