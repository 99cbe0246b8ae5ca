//! Tools that know no product noun: ids, time, chance, secrets, the database.
//!
//! What stands here would be just as true in another product. Nothing here knows a table, a URL
//! or a rule of ours. The modules are declared in the order in which they are best read.

pub mod time;
pub mod entropy;
pub mod id;
pub mod text_enum;
pub mod secret;
pub mod page;
pub mod refusal;
pub mod text;
pub mod zone;
pub mod number;
pub mod money;
pub mod describe;
pub mod media;
pub mod db;
pub mod version;
pub mod blobs;
pub mod mail;
pub mod telemetry;
pub mod metrics;
