//! Fields that may be left out, but not be `null`.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "present")]`: what is there must be a `T`.
pub(crate) fn present<'de, T, D>(input: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(input).map(Some)
}
