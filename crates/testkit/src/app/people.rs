//! People who ask: nobody in particular, and one of each role by name.

use beta_domain::accounts::{self, Membership, NewUser, OrganizationKind, OrganizationName};
use beta_domain::actor::{Actor, Role, UserActor};
use beta_domain::id::OrganizationId;
use beta_domain::work::Work;
use beta_kit::page::Limit;
use beta_kit::text::Email;
use http::Method;
use serde::Serialize;
use serde_json::json;

use super::{Answer, TestApp};

/// Somebody with an HTTP client.
#[derive(Clone, Debug)]
pub struct Person {
    client: reqwest::Client,
    base: String,
    /// Their access token, when they are signed in.
    pub token: Option<String>,
    /// Who they are, when they are signed in.
    pub user: Option<UserActor>,
}

impl TestApp {
    /// Somebody who has not signed in.
    pub fn nobody(&self) -> Person {
        Person {
            client: self.client.clone(),
            base: self.url(""),
            token: None,
            user: None,
        }
    }

    /// A signed-in administrator.
    pub async fn admin(&self) -> Person {
        self.person("admin", Role::Admin, None).await
    }

    /// A signed-in member of the agency of this name, which is added when it is new.
    pub async fn agency(&self, name: &str) -> Person {
        self.person(name, Role::Agency, Some(OrganizationKind::Agency))
            .await
    }

    /// A signed-in member of the brand of this name, which is added when it is new.
    pub async fn brand(&self, name: &str) -> Person {
        self.person(name, Role::Brand, Some(OrganizationKind::Brand))
            .await
    }

    /// A signed-in streamer.
    pub async fn streamer(&self, name: &str) -> Person {
        self.person(name, Role::Streamer, None).await
    }

    /// A signed-in viewer.
    pub async fn viewer(&self, name: &str) -> Person {
        self.person(name, Role::Viewer, None).await
    }

    /// Signs a person in, who is added when they are new.
    async fn person(&self, name: &str, role: Role, kind: Option<OrganizationKind>) -> Person {
        let email: Email = format!("{name}@{role}.example.com")
            .parse()
            .expect("is an address");
        let mut work = self.works.begin(Actor::System).await.expect("work begins");
        if accounts::find_user(&mut work, &email)
            .await
            .expect("is looked up")
            .is_none()
        {
            let organization_id = match kind {
                Some(kind) => Some(organization(&mut work, kind, name).await),
                None => None,
            };
            let membership = Membership {
                role,
                organization_id,
            };
            let user = NewUser {
                email: email.clone(),
                membership,
            };
            accounts::add_user(&mut work, user).await.expect("is added");
        }
        let link = accounts::request_link(&mut work, &email)
            .await
            .expect("a link is made");
        let link = link.expect("who is not disabled may sign in");
        let login = accounts::verify_link(&mut work, &email, link.token.reveal(), None).await;
        let login = login.expect("the link is new");
        work.commit().await.expect("work commits");
        let token = self
            .app
            .tokens
            .issue(&login.user, login.issued_at)
            .expect("is signed");
        Person {
            token: Some(token),
            user: Some(login.user),
            ..self.nobody()
        }
    }
}

async fn organization(work: &mut Work, kind: OrganizationKind, name: &str) -> OrganizationId {
    let most = Limit::new(Limit::MAX).expect("the largest page is a page");
    let all = accounts::list_organizations(work, most, None)
        .await
        .expect("are listed");
    if let Some(found) = all.iter().find(|one| one.kind == kind && one.name == name) {
        return found.id;
    }
    let name: OrganizationName = name.parse().expect("is a name");
    accounts::add_organization(work, kind, &name)
        .await
        .expect("is added")
        .id
}

impl Person {
    /// Somebody who has not signed in, at a server that runs elsewhere.
    pub fn at(base: &str) -> Self {
        Self {
            client: crate::http::client(),
            base: base.to_owned(),
            token: None,
            user: None,
        }
    }

    /// Somebody at a server that runs elsewhere in development, who signs in with the link it
    /// gives out.
    pub async fn sign_in(base: &str, email: &str) -> Self {
        let mut person = Self::at(base);
        let asked = json!({ "email": email });
        let answer = person
            .post("/auth/request-magic-link", &asked)
            .await
            .expect(201);
        let link = answer["debugMagicLink"]
            .as_str()
            .expect("a link in development");
        let (_, token) = link.split_once("token=").expect("a token in the link");
        let proof = json!({ "email": email, "token": token });
        let answer = person
            .post("/auth/verify-magic-link", &proof)
            .await
            .expect(201);
        person.token = answer["accessToken"].as_str().map(ToOwned::to_owned);
        person
    }

    /// Who they are.
    ///
    /// # Panics
    /// When they have not signed in.
    pub fn who(&self) -> &UserActor {
        self.user.as_ref().expect("is signed in")
    }

    /// Who they are to the rooms.
    pub fn actor(&self) -> Actor {
        self.user.clone().map_or(Actor::Nobody, Actor::User)
    }

    /// The same person with another access token, good or bad.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// A request of theirs, to be filled in and handed to [`Person::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.expect("the server answers")).await
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `POST` with nothing in it.
    pub async fn post_nothing(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    /// `POST` with this text as its JSON body, well formed or not.
    pub async fn post_text(&self, path: &str, body: &'static str) -> Answer {
        let request = self.request(Method::POST, path);
        let request = request
            .header("content-type", "application/json")
            .body(body);
        self.send(request).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: &impl Serialize) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body))
            .await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}
