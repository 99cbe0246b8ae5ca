//! Fields that may be left out, and what `null` means in them.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "present")]`: what is there must be a `T`.
pub(crate) fn present<'de, T, D>(input: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(input).map(Some)
}

/// For `#[serde(default, deserialize_with = "nullable")]`: `null` takes away what is there, and a
/// field that is left out leaves it.
pub(crate) fn nullable<'de, T, D>(input: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(input).map(Some)
}
