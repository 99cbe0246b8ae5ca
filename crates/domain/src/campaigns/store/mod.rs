//! The SQL of campaigns and everything that hangs on them: one file per table, and no other
//! module touches these tables.

pub(super) mod campaigns;
pub(super) mod ledgers;
pub(super) mod flights;
pub(super) mod creatives;
pub(super) mod assignments;
pub(super) mod asked;

use beta_kit::db::{DbError, Row, parse_column};
use beta_kit::money::Currency;

use crate::actor::Scope;
use crate::id::OrganizationId;

/// A [`Scope`] as two parameters of a statement:
/// `and ($n or organization_id = $m or brand_organization_id = $m)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visible {
    everything: bool,
    organization: Option<OrganizationId>,
}

impl From<Scope> for Visible {
    /// Streamers see campaigns only through their own channels, which other verbs serve.
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::All => Self {
                everything: true,
                organization: None,
            },
            Scope::Organization(id) => Self {
                everything: false,
                organization: Some(id),
            },
            Scope::Streamer(_) | Scope::None => Self {
                everything: false,
                organization: None,
            },
        }
    }
}

/// The currency of a joined campaign.
fn currency(row: &Row) -> Result<Currency, DbError> {
    parse_column(row, "currency")?.ok_or_else(|| broken("currency", &"it is empty"))
}

/// A column that holds what the program cannot mean.
fn broken(column: &str, problem: &impl ToString) -> DbError {
    DbError::Column {
        column: column.to_owned(),
        problem: problem.to_string(),
    }
}
