//! The people of the installation, for administrators.

use axum::extract::{OriginalUri, State};
use axum::http::{Method, StatusCode};
use beta_domain::accounts::{
    self, Belonging, Member, Membership, NewUser, Organization, OrganizationKind, User, UserChange,
    UserFilter,
};
use beta_domain::actor::{Action, Role};
use beta_domain::id::{OrganizationId, UserId};
use beta_kit::describe::ToSchema;
use beta_kit::page::{Limit, Place};
use beta_kit::text::{BoundedText, Email};
use beta_kit::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Error;
use crate::extract::{
    IfMatch, Json, Linked, Made, Once, Path, Query, Versioned, Who, linked, present,
};
use crate::letters;
use crate::openapi::operation;
use crate::router::{Access, Endpoint};
use crate::state::App;

/// The rows of a page when nobody says how many.
const LIMIT_DEFAULT: Limit = Limit::new(50).expect("fifty rows are within the limit");

pub(super) fn endpoints() -> Vec<Endpoint> {
    let access = Access::Needs(Action::ManageUsers);
    vec![
        operation(Method::GET, "/admin/users", access, list).says("listUsers", "List people"),
        operation(Method::POST, "/admin/users", access, add)
            .says("addUser", "Add a person")
            .refuses(StatusCode::CONFLICT, "The address or the key is taken"),
        operation(Method::GET, "/admin/users/{id}", access, find)
            .says("findUser", "Read one person"),
        operation(Method::PATCH, "/admin/users/{id}", access, change)
            .says(
                "changeUser",
                "Change a person's role, organisation or access",
            )
            .refuses(StatusCode::CONFLICT, "It is the last administrator"),
    ]
}

/// A person on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    id: UserId,
    email: String,
    role: Role,
    #[schema(required)]
    organization_id: Option<OrganizationId>,
    #[schema(required)]
    organization: Option<OwnOrganizationBody>,
    #[schema(required)]
    email_verified_at: Option<Timestamp>,
    #[schema(required)]
    disabled_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The organisation of a person on the wire.
#[derive(Debug, Serialize, ToSchema)]
struct OwnOrganizationBody {
    id: OrganizationId,
    name: String,
    kind: OrganizationKind,
}

impl From<Member> for UserBody {
    fn from(Member { user, organization }: Member) -> Self {
        let User {
            id,
            email,
            role,
            organization_id,
            email_verified_at,
            disabled_at,
            created_at,
            updated_at,
            ..
        } = user;
        let own = |Organization { id, kind, name, .. }| OwnOrganizationBody { id, name, kind };
        Self {
            id,
            email,
            role,
            organization_id,
            organization: organization.map(own),
            email_verified_at,
            disabled_at,
            created_at,
            updated_at,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UsersQuery {
    q: Option<BoundedText<1, 254>>,
    role: Option<Role>,
    organization_id: Option<OrganizationId>,
    disabled: Option<bool>,
    #[serde(default, deserialize_with = "linked::limit")]
    limit: Option<Limit>,
    #[serde(default, deserialize_with = "linked::mark")]
    cursor: Option<Place>,
}

/// `GET /admin/users`
async fn list(
    State(app): State<App>,
    Who(actor): Who,
    OriginalUri(uri): OriginalUri,
    Query(asked): Query<UsersQuery>,
) -> Result<Linked<Vec<UserBody>>, Error> {
    let filter = UserFilter {
        part: asked.q.map(|part| part.as_str().to_owned()),
        role: asked.role,
        organization_id: asked.organization_id,
        disabled: asked.disabled,
    };
    let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
    let mut work = app.works.read(actor).await?;
    let page = accounts::list_members(&mut work, &filter, limit, asked.cursor).await?;
    let next = linked::next(&page, limit, |last| last.user.place());
    let rows = page.into_iter().map(Into::into).collect();
    Ok(Linked::new(rows, &uri, next.as_deref()))
}

/// A person to add.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "kim@example.com", "role": "viewer"}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewUserBody {
    email: Email,
    role: Role,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    organization_id: Option<OrganizationId>,
}

/// `POST /admin/users`
///
/// The person gets a first sign-in link by mail, when mail goes out.
async fn add(
    State(app): State<App>,
    Who(actor): Who,
    Once(body, retry): Once<NewUserBody>,
) -> Result<Made<UserBody>, Error> {
    let mut work = app.works.begin(actor).await?;
    if let Some(made) = retry.earlier(&mut work).await? {
        return Ok(made);
    }
    let user = NewUser {
        email: body.email.clone(),
        membership: Membership {
            role: body.role,
            organization_id: body.organization_id,
        },
    };
    let added = accounts::add_user(&mut work, user).await?;
    let member = accounts::find_member(&mut work, added.id).await?;
    let link = match app.outbox {
        Some(_) => accounts::request_link(&mut work, &body.email).await?,
        None => None,
    };
    let made = retry.answer(work, member.into()).await?;
    if let Some(link) = link {
        letters::post_link(&app, &link);
    }
    Ok(made)
}

/// `GET /admin/users/{id}`
async fn find(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<UserId>,
) -> Result<Versioned<UserBody>, Error> {
    let mut work = app.works.read(actor).await?;
    let member = accounts::find_member(&mut work, id).await?;
    Ok(Versioned(member.user.version, member.into()))
}

/// What may change of a person; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"disabled": true}))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UserChangeBody {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    role: Option<Role>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    disabled: Option<bool>,
    #[serde(default, deserialize_with = "belonging")]
    #[schema(value_type = Option<OrganizationId>)]
    organization_id: Belonging,
}

/// `null` is nowhere.
fn belonging<'de, D: Deserializer<'de>>(input: D) -> Result<Belonging, D::Error> {
    let id = Option::<OrganizationId>::deserialize(input)?;
    Ok(id.map_or(Belonging::Nowhere, Belonging::To))
}

/// `PATCH /admin/users/{id}`
async fn change(
    State(app): State<App>,
    Who(actor): Who,
    Path(id): Path<UserId>,
    IfMatch(expected): IfMatch,
    Json(body): Json<UserChangeBody>,
) -> Result<Versioned<UserBody>, Error> {
    let change = UserChange {
        role: body.role,
        belonging: body.organization_id,
        disabled: body.disabled,
    };
    let mut work = app.works.begin(actor).await?;
    accounts::change_user(&mut work, id, change, expected).await?;
    let member = accounts::find_member(&mut work, id).await?;
    work.commit().await?;
    Ok(Versioned(member.user.version, member.into()))
}
