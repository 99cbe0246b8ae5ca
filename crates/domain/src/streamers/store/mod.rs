//! The SQL of profiles, channels and overlay keys: one file per table, and no other module touches
//! these tables.

pub(super) mod profiles;
pub(super) mod channels;
pub(super) mod keys;

use beta_kit::args;
use beta_kit::db::{DbError, Row, Value};

use super::audience::{Audience, AudienceForm};

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
