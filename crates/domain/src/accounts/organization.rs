//! Organisations: the agencies and brands that people belong to.

use beta_kit::page::Place;
use beta_kit::text::BoundedText;
use beta_kit::text_enum;
use beta_kit::time::Timestamp;
use beta_kit::version::Version;

use crate::actor::Role;
use crate::id::OrganizationId;

text_enum! {
    /// What an organisation does on the platform.
    pub enum OrganizationKind {
        /// Books campaigns.
        Agency => "agency",
        /// Is advertised.
        Brand => "brand",
    }
}

impl OrganizationKind {
    /// The kind that people of this role belong to; `None` when they belong to none.
    pub const fn of_role(role: Role) -> Option<Self> {
        match role {
            Role::Agency => Some(Self::Agency),
            Role::Brand => Some(Self::Brand),
            Role::Admin | Role::Streamer | Role::Viewer => None,
        }
    }
}

/// The name of an organisation.
pub type OrganizationName = BoundedText<2, 120>;

/// An agency or a brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What it does.
    pub kind: OrganizationKind,
    /// What it is called.
    pub name: String,
    /// When it came.
    pub created_at: Timestamp,
    /// Its state, for changes.
    pub version: Version,
}

impl Organization {
    /// Its place in lists, newest first.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }
}
