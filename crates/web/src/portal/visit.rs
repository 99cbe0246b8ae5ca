//! A visit: who looks at a page, if they have signed in, and whose forms the page may hold.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use beta_domain::actor::{Actor, Role, UserActor};
use beta_kit::secret::same;

use super::cookies::{self, SetCookie};
use super::layout::Person;
use crate::error::Error;
use crate::layers::{authenticate, own_cookie};
use crate::state::App;

/// Random bytes of a form id.
const FORM_ID_BYTES: usize = 16;

/// Who looks at a page, whether or not they have signed in.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    /// The person, once signed in.
    pub(super) user: Option<UserActor>,
    /// Sets the form id in a browser that has none.
    fresh: Option<SetCookie>,
    token: String,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let known = parts
            .extensions
            .get::<Actor>()
            .and_then(Actor::user)
            .cloned();
        let user = match known {
            Some(user) => Some(user),
            None => match authenticate(app, &parts.headers, true, true).await {
                Ok(user) => Some(user),
                Err(error) if error.problem().status == StatusCode::UNAUTHORIZED => None,
                Err(error) => return Err(error),
            },
        };
        let given = own_cookie(app, &parts.headers, cookies::FORM).filter(|id| !id.is_empty());
        let (form_id, fresh) = if let Some(id) = given {
            (id.to_owned(), None)
        } else {
            let id = app.works.token::<FORM_ID_BYTES>().reveal().clone();
            let cookie = cookies::plain(app, cookies::FORM, &id);
            (id, Some(cookie))
        };
        let token = sign(app, &form_id, user.as_ref());
        Ok(Self { user, fresh, token })
    }
}

/// A token holds for one browser and one login; no other site knows either.
fn sign(app: &App, form_id: &str, user: Option<&UserActor>) -> String {
    let login = user.map_or_else(String::new, |user| user.login_id.to_string());
    app.tokens.forms().sign(&format!("{form_id}.{login}"))
}

impl Visit {
    /// What every form of the page carries.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// Whether a form that came with `token` is from a page shown in this visit.
    pub(super) fn gave(&self, token: &str) -> bool {
        self.fresh.is_none() && same(&self.token, token)
    }

    /// The cookie that the page's answer must set, if any.
    pub(super) fn cookies(&self) -> Option<SetCookie> {
        self.fresh.clone()
    }

    /// Who the frame of the page shows as signed in.
    pub(super) fn person(&self) -> Option<Person> {
        self.user.as_ref().map(|user| Person {
            email: user.email.clone(),
            role: user.role,
        })
    }
}

/// The page on which somebody of this role begins.
pub(super) const fn landing(role: Role) -> &'static str {
    match role {
        Role::Admin => "/admin",
        Role::Agency | Role::Brand => "/agency",
        Role::Streamer => "/streamer",
        Role::Viewer => "/account",
    }
}
