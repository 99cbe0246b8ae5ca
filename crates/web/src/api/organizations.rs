//! Agencies and brands, for administrators.

use axum::extract::State;
use axum::http::Method;
use beta_domain::accounts::{self, Organization, OrganizationKind, OrganizationName};
use beta_domain::actor::Action;
use beta_domain::id::OrganizationId;
use beta_kit::describe::ToSchema;
use beta_kit::page::Place;
use beta_kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::extract::{IfMatch, Json, Made, Once, Page, Paged, Path, Versioned, Who};
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let access = Access::Needs(Action::ManageUsers);
    vec![
        operation(Method::GET, "/admin/organizations", access, list)
            .says("listOrganizations", "List agencies and brands"),
        operation(Method::POST, "/admin/organizations", access, add)
            .says("addOrganization", "Add an agency or a brand"),
        operation(Method::GET, "/admin/organizations/{id}", access, find)
            .says("findOrganization", "Read one agency or brand"),
        operation(Method::PATCH, "/admin/organizations/{id}", access, rename).says(
            "renameOrganization",
            "Give an agency or a brand another name",
        ),
    ]
}

/// An organisation on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OrganizationBody {
    id: OrganizationId,
    kind: OrganizationKind,
    name: String,
    created_at: Timestamp,
}

impl From<Organization> for OrganizationBody {
    fn from(organization: Organization) -> Self {
        Self {
            id: organization.id,
            kind: organization.kind,
            name: organization.name,
            created_at: organization.created_at,
        }
    }
}

/// `GET /admin/organizations`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    page: Page<Place>,
) -> Result<Paged<OrganizationBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let all = accounts::list_organizations(&mut work, page.limit, page.after).await?;
    let last = all.last().map(Organization::place);
    Ok(page.answer(all.into_iter().map(Into::into).collect(), last))
}

/// An organisation to add.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Acme", "kind": "agency"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewOrganizationBody {
    name: OrganizationName,
    kind: OrganizationKind,
}

/// `POST /admin/organizations`
async fn add(
    State(app): State<App>,
    Who(actor): Who,
    Once(body, retry): Once<NewOrganizationBody>,
) -> Result<Made<OrganizationBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(made) = retry.earlier(&mut work).await? {
        return Ok(made);
    }
    let added = accounts::add_organization(&mut work, body.kind, &body.name).await?;
    retry.answer(work, added.into()).await
}

/// `GET /admin/organizations/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<OrganizationId>,
) -> Result<Versioned<OrganizationBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let found = accounts::find_organization_by_id(&mut work, id).await?;
    Ok(Versioned(found.version, found.into()))
}

/// What may change of an organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Acme Media"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OrganizationChangeBody {
    name: OrganizationName,
}

/// `PATCH /admin/organizations/{id}`
async fn rename(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<OrganizationId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<OrganizationChangeBody>,
) -> Result<Versioned<OrganizationBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    let renamed = accounts::rename_organization(&mut work, id, &body.name, expected).await?;
    work.commit().await?;
    Ok(Versioned(renamed.version, renamed.into()))
}
