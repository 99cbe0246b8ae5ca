//! Agencies and brands, in the hands of an administrator.

use beta_kit::page::{Limit, Place};
use beta_kit::version::Version;
use serde_json::{Value, json};

use super::{AccountsError, Organization, OrganizationKind, OrganizationName, store};
use crate::actor::Action;
use crate::audit::{self, Act};
use crate::id::OrganizationId;
use crate::work::Work;

/// Adds an agency or a brand.
pub async fn add_organization(
    work: &mut Work,
    kind: OrganizationKind,
    name: &OrganizationName,
) -> Result<Organization, AccountsError> {
    let id = work.mint();
    put_organization(work, id, kind, name).await
}

/// Adds an agency or a brand under an id of the caller's, or renames the one that has it.
pub async fn put_organization(
    work: &mut Work,
    id: OrganizationId,
    kind: OrganizationKind,
    name: &OrganizationName,
) -> Result<Organization, AccountsError> {
    work.may(Action::ManageUsers)?;
    if store::organizations::find(work.tx(), id).await?.is_some() {
        return rename_organization(work, id, name, None).await;
    }
    let wanted = Organization {
        id,
        kind,
        name: name.as_str().to_owned(),
        created_at: work.now,
        version: Version::FIRST,
    };
    let added = store::organizations::insert(work.tx(), &wanted).await?;
    let after = json!({ "after": { "kind": added.kind, "name": added.name } });
    audit::record(work, act("organization_added", id, after)).await?;
    Ok(added)
}

/// Gives an organisation another name.
///
/// # Errors
/// [`AccountsError::OrganizationNotFound`], or [`AccountsError::Stale`].
pub async fn rename_organization(
    work: &mut Work,
    id: OrganizationId,
    name: &OrganizationName,
    expected: Option<Version>,
) -> Result<Organization, AccountsError> {
    work.may(Action::ManageUsers)?;
    let before = store::organizations::lock(work.tx(), id)
        .await?
        .ok_or(AccountsError::OrganizationNotFound)?;
    if !before.version.meets(expected) {
        let current = before.version;
        return Err(AccountsError::Stale { current });
    }
    if before.name == name.as_str() {
        return Ok(before);
    }
    let after = store::organizations::rename(work.tx(), id, name.as_str()).await?;
    let payload = json!({ "before": { "name": before.name }, "after": { "name": after.name } });
    audit::record(work, act("organization_renamed", id, payload)).await?;
    Ok(after)
}

/// One organisation.
///
/// # Errors
/// [`AccountsError::OrganizationNotFound`].
pub async fn find_organization_by_id(
    work: &mut Work,
    id: OrganizationId,
) -> Result<Organization, AccountsError> {
    work.may(Action::ManageUsers)?;
    store::organizations::find(work.tx(), id)
        .await?
        .ok_or(AccountsError::OrganizationNotFound)
}

/// Organisations, newest first.
pub async fn list_organizations(
    work: &mut Work,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<Organization>, AccountsError> {
    work.may(Action::ManageUsers)?;
    let after = after.unwrap_or(Place::START);
    Ok(store::organizations::list(work.tx(), limit, after).await?)
}

fn act(action: &'static str, id: OrganizationId, payload: Value) -> Act {
    Act {
        action,
        entity_type: "organization",
        entity_id: id.to_string(),
        payload,
    }
}
