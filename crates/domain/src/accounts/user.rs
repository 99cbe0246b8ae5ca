//! Users: the people who can sign in.

use beta_kit::page::Place;
use beta_kit::text::Email;
use beta_kit::time::Timestamp;
use beta_kit::version::Version;

use super::{Organization, OrganizationKind};
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
    /// When something about them last changed.
    pub updated_at: Timestamp,
    /// Their state, for changes of role, organisation and access.
    pub version: Version,
}

impl User {
    /// Role and organisation together.
    pub const fn membership(&self) -> Membership {
        Membership {
            role: self.role,
            organization_id: self.organization_id,
        }
    }

    /// Its place in lists, newest first.
    pub fn place(&self) -> Place {
        Place {
            at: self.created_at,
            id: self.id.uuid(),
        }
    }
}

/// A person together with the organisation they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub user: User,
    /// Their agency or brand.
    pub organization: Option<Organization>,
}

/// A person to add.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their address.
    pub email: Email,
    /// Where they belong.
    pub membership: Membership,
}

/// What an administrator changes of a person; what is not said stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What they are to the platform.
    pub role: Option<Role>,
    /// Where they belong.
    pub belonging: Belonging,
    /// Whether they are kept out.
    pub disabled: Option<bool>,
}

/// What becomes of the organisation of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Belonging {
    /// Nothing was said: they stay while their role belongs there.
    #[default]
    Unsaid,
    /// They belong nowhere.
    Nowhere,
    /// They belong to this one.
    To(OrganizationId),
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

    /// The membership after a change; whether the organisation fits is another question.
    pub(super) fn changed(self, change: UserChange) -> Self {
        let role = change.role.unwrap_or(self.role);
        let stays = OrganizationKind::of_role(role) == OrganizationKind::of_role(self.role);
        let organization_id = match change.belonging {
            Belonging::To(id) => Some(id),
            Belonging::Unsaid if stays => self.organization_id,
            Belonging::Unsaid | Belonging::Nowhere => None,
        };
        Self {
            role,
            organization_id,
        }
    }
}
