//! Ids: one UUID newtype per noun, so that the compiler tells a campaign from a channel.
//!
//! Ids we mint are version 7: they start with the time, so that rows stay in the order in which
//! they came and the index stays dense. Any UUID is accepted from outside.

use std::sync::Arc;

use uuid::Uuid;

use crate::entropy::Entropy;
use crate::time::Clock;

/// Mints ids from a clock and a source of chance.
#[derive(Clone, Debug)]
pub struct Minter {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Minter {
    /// A minter that reads this clock and this source.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy }
    }

    /// A new time-ordered id.
    pub fn mint<T: From<Uuid>>(&self) -> T {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now().as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random)
            .into_uuid()
            .into()
    }
}

/// The text is not a UUID in the form 8-4-4-4-12.
#[derive(Debug, thiserror::Error)]
#[error("not a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")]
pub struct NotAnId;

/// Parses the one accepted form of a UUID: 8-4-4-4-12 hexadecimal digits, any case.
///
/// # Errors
/// [`NotAnId`] for every other form, braces and URNs included.
pub fn parse_uuid(text: &str) -> Result<Uuid, NotAnId> {
    const HYPHENATED: usize = 36;
    if text.len() != HYPHENATED {
        return Err(NotAnId);
    }
    Uuid::try_parse(text).map_err(|_| NotAnId)
}

/// Declares an id type: a `Copy` UUID newtype with text, JSON and column forms.
#[macro_export]
macro_rules! id_type {
    ($($(#[doc = $doc:literal])* $name:ident;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::id::Id);

        impl $name {
            /// The bare UUID.
            pub fn uuid(self) -> $crate::id::Id {
                self.0
            }
        }

        impl From<$crate::id::Id> for $name {
            fn from(id: $crate::id::Id) -> Self {
                Self(id)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::NotAnId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse_uuid(text).map(Self)
            }
        }

        impl $crate::id::Serialize for $name {
            fn serialize<S: $crate::id::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(&self.0)
            }
        }

        impl<'de> $crate::id::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
                text.parse().map_err($crate::id::custom_error)
            }
        }

        impl $crate::id::PartialSchema for $name {
            fn schema() -> $crate::describe::Schema {
                $crate::describe::id_schema(concat!($($doc),*))
            }
        }

        impl $crate::describe::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl $crate::describe::Segment for $name {}

        impl $crate::db::ToValue for $name {
            fn to_value(self) -> $crate::db::Value {
                $crate::db::Value::Uuid(Some(self.0))
            }

            fn null() -> $crate::db::Value {
                $crate::db::Value::Uuid(None)
            }
        }

        impl $crate::db::ToList for $name {
            fn to_list(items: Vec<Self>) -> $crate::db::Value {
                $crate::db::Value::Uuids(items.into_iter().map(Self::uuid).collect())
            }
        }

        impl $crate::db::FromColumn for $name {
            fn from_column(row: &$crate::db::Row, name: &str)
                -> Result<Option<Self>, $crate::db::DbError> {
                Ok(<$crate::id::Id as $crate::db::FromColumn>::from_column(row, name)?.map(Self))
            }
        }
    )+};
}

pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
pub use utoipa::PartialSchema;
/// The UUID inside every id type.
pub use uuid::Uuid as Id;

/// Wraps a parse error for serde; used by [`id_type!`].
pub fn custom_error<E: serde::de::Error>(error: impl std::fmt::Display) -> E {
    E::custom(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::time::{FakeClock, Timestamp};

    #[test]
    fn ids_minted_later_sort_later() {
        let clock = Arc::new(FakeClock::at(Timestamp::from_micros(1_000_000)));
        let minter = Minter::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let first: Uuid = minter.mint();
        clock.advance(std::time::Duration::from_millis(1));
        let second: Uuid = minter.mint();
        assert!(first < second);
        assert_eq!(first.get_version_num(), 7);
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        assert!(parse_uuid("A9A57F97-e6ea-4728-94e7-af1edca9f0aa").is_ok());
        for bad in [
            "",
            "a9a57f97e6ea472894e7af1edca9f0aa",
            "{a9a57f97-e6ea-4728-94e7-af1edca9f0aa}",
        ] {
            assert!(parse_uuid(bad).is_err(), "{bad}");
        }
    }
}
