//! Enums whose values have one fixed spelling on the wire and in the database.

/// Declares an enum with its spellings: text, JSON and column forms follow from one list.
#[macro_export]
macro_rules! text_enum {
    ($(#[doc = $doc:literal])* pub enum $name:ident {
        $($(#[$vdoc:meta])* $variant:ident => $text:literal),+ $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one spelling of this value.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text_enum::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::text_enum::UnknownValue { expected: &[$($text),+] }),
                }
            }
        }

        impl $crate::id::Serialize for $name {
            fn serialize<S: $crate::id::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.as_str())
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
                $crate::describe::enum_schema(concat!($($doc),*), &[$($text),+])
            }
        }

        impl $crate::describe::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl $crate::db::ToValue for $name {
            fn to_value(self) -> $crate::db::Value {
                $crate::db::Value::Text(Some(self.as_str().into()))
            }

            fn null() -> $crate::db::Value {
                $crate::db::Value::Text(None)
            }
        }

        impl $crate::db::FromColumn for $name {
            fn from_column(row: &$crate::db::Row, name: &str)
                -> Result<Option<Self>, $crate::db::DbError> {
                $crate::db::parse_column(row, name)
            }
        }
    };
}

/// The text is none of the values of the enum.
#[derive(Debug, thiserror::Error)]
#[error("expected one of {}", expected.join(", "))]
pub struct UnknownValue {
    /// The values that are allowed.
    pub expected: &'static [&'static str],
}
