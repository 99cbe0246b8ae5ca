//! The migrations, in order.

use beta_kit::db::Migration;

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $name, ".sql")),
        }),+]
    };
}

/// Every step of the schema.
pub const MIGRATIONS: &[Migration] = migrations![
    "0001_accounts",
    "0002_streamers",
    "0003_campaigns",
    "0004_sessions",
    "0005_deliveries",
    "0006_events",
    "0007_payouts",
    "0008_reports",
];
