//! Whom a streamer or channel reaches: the part that profiles and channels have in common.

use beta_kit::describe::{self, PartialSchema, Schema, ToSchema};
use beta_kit::number::Whole;
use beta_kit::refusal::refuse;
use beta_kit::text::{BoundedText, CountryCode, LanguageCode};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::limits::{AVG_VIEWERS_MAX, CATEGORIES_MAX};

/// What a channel is about, such as `gaming`.
pub type Category = BoundedText<2, 40>;
/// How many watch on average.
pub type AvgViewers = Whole<0, AVG_VIEWERS_MAX>;
/// What a streamer asks for, in words of the operator's.
pub type PricingTier = BoundedText<1, 40>;

/// Up to ten categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categories(Vec<Category>);

/// There are more categories than there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {CATEGORIES_MAX} items")]
pub struct TooManyCategories;

impl Categories {
    /// Counts the categories.
    ///
    /// # Errors
    /// When there are more than [`CATEGORIES_MAX`].
    pub fn new(categories: Vec<Category>) -> Result<Self, TooManyCategories> {
        if categories.len() > CATEGORIES_MAX {
            Err(TooManyCategories)
        } else {
            Ok(Self(categories))
        }
    }

    /// The categories as they are kept.
    pub(super) fn to_json(&self) -> serde_json::Value {
        self.0.iter().map(Category::as_str).collect()
    }

    /// The categories as plain texts.
    pub(super) fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl PartialSchema for Categories {
    fn schema() -> Schema {
        describe::schema(json!({
            "description": "What it is about.",
            "type": "array",
            "maxItems": CATEGORIES_MAX,
            "items": Category::schema(),
            "examples": [["gaming"]],
        }))
    }
}

impl ToSchema for Categories {}

impl<'de> Deserialize<'de> for Categories {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let categories = Vec::deserialize(input)?;
        Self::new(categories).map_err(|error| refuse("too_many", &error))
    }
}

/// What somebody says of whom they reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceForm {
    /// Where most of them live.
    pub country: CountryCode,
    /// What is spoken.
    pub language: LanguageCode,
    /// What it is about.
    pub categories: Categories,
    /// How many watch on average.
    pub avg_viewers: AvgViewers,
    /// What the streamer asks for.
    pub pricing_tier: PricingTier,
}

/// Whom a streamer or channel reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// ISO 639, perhaps with a region.
    pub language: String,
    /// What it is about.
    pub categories: Vec<String>,
    /// How many watch on average.
    pub avg_viewers: i64,
    /// What the streamer asks for.
    pub pricing_tier: String,
}

impl Audience {
    /// What the audit log says of it.
    pub(super) fn noted(&self) -> serde_json::Value {
        json!({
            "country": self.country,
            "language": self.language,
            "categories": self.categories,
            "avgViewers": self.avg_viewers,
            "pricingTier": self.pricing_tier,
        })
    }
}
