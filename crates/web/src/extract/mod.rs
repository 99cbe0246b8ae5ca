//! What handlers take and give: bodies, paths, queries, who asks, and answers in JSON.
//!
//! Whatever cannot be read is refused here with the name of the field, before a handler runs.

mod answer;
mod body;
mod headers;
mod json;
mod once;
mod optional;
pub mod linked;
mod page;
mod path;
mod precondition;
mod query;
mod refused;
mod whole;
mod who;
#[cfg(test)]
mod tests;

pub use answer::{Created, CsvFile, Done, Found, PdfFile, Repeatable};
pub use body::{BODY_BYTES_MAX, read_body};
pub(crate) use headers::IDEMPOTENCY_KEY_MAX;
pub use headers::{IdempotencyKey, Program, RequestId};
pub use json::{Json, JsonIfAny, JsonParts, parse_json, parse_part};
pub use linked::Linked;
pub use once::{Made, Once, Retry};
pub(crate) use optional::{nullable, present};
pub use page::{Page, Paged};
pub use path::Path;
pub use precondition::{IfMatch, Versioned};
pub use query::Query;
pub(crate) use refused::has_nul;
pub use who::Who;
