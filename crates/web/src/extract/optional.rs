//! Fields that may be left out.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "present")]`: what is there must be a `T`.
pub(crate) fn present<'de, T, D>(input: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(input).map(Some)
}

/// For a field that may also be `null`: `None` when it is not there, `Some(None)` for `null`.
pub(crate) fn nullable<'de, T, D>(input: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(input).map(Some)
}
