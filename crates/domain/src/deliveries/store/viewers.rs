//! Reading who watched.

use beta_kit::db::{DbError, Row};

use crate::sessions::Viewership;

/// The figure that a delivery keeps.
pub(super) fn read(row: &Row) -> Result<Option<Viewership>, DbError> {
    let viewers: Option<i64> = row.get("audience_viewers")?;
    let Some(viewers) = viewers else {
        return Ok(None);
    };
    Ok(Some(Viewership {
        viewers,
        source: row.get("audience_source")?,
        method: row.get("audience_method")?,
    }))
}
