//! Users: the people who can sign in.

use beta_kit::text::Email;
use beta_kit::time::Timestamp;

use crate::actor::Role;
use crate::id::{OrganizationId, UserId};

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their address, in lower case.
    pub email: String,
    /// What they are to the platform.
    pub role: Role,
    /// The agency or brand they belong to.
    pub organization_id: Option<OrganizationId>,
    /// When they last proved that the address is theirs.
    pub email_verified_at: Option<Timestamp>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// When they came.
    pub created_at: Timestamp,
}

impl User {
    /// Role and organisation together.
    pub const fn membership(&self) -> Membership {
        Membership {
            role: self.role,
            organization_id: self.organization_id,
        }
    }
}

/// A person to add.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their address.
    pub email: Email,
    /// Where they belong.
    pub membership: Membership,
}

/// What somebody is, and for whom: an agency's people belong to an agency, a brand's to a brand,
/// and everybody else to no organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// What they are to the platform.
    pub role: Role,
    /// The agency or brand they belong to.
    pub organization_id: Option<OrganizationId>,
}

impl Membership {
    /// Somebody who belongs to no organisation.
    pub const fn alone(role: Role) -> Self {
        Self {
            role,
            organization_id: None,
        }
    }

    /// Somebody who belongs to this organisation.
    pub const fn of(role: Role, organization: OrganizationId) -> Self {
        Self {
            role,
            organization_id: Some(organization),
        }
    }
}
