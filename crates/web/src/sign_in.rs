//! What the API and the portal share about signing in: asking for a link, and how often one may.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use beta_domain::accounts::{self, Link};
use beta_domain::actor::Actor;
use beta_kit::text::Email;

use crate::error::Error;
use crate::layers::client_ip::ClientIp;
use crate::letters;
use crate::state::App;
use crate::urls;

/// The client is within its limit of requests about signing in. Checked before the body is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignInAllowed;

impl FromRequestParts<App> for SignInAllowed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let client = parts.extensions.get::<ClientIp>().copied();
        if let Some(allowance) =
            client.and_then(|client| app.limits.sign_in(client, app.works.now()))
        {
            allowance.check("sign_in_rate_limited", "too many attempts to sign in")?;
        }
        Ok(Self)
    }
}

/// Makes a link and posts it, or does not when the address asked too often; nothing tells which.
/// Gives the link back in development only.
pub(crate) async fn ask(app: &App, email: &Email) -> Result<Option<String>, Error> {
    let mut work = app.works.begin(Actor::Nobody).await?;
    let link = accounts::request_link(&mut work, email).await?;
    work.commit().await?;
    let outcome = if link.is_some() { "made" } else { "limited" };
    app.links.with_label_values(&[outcome]).inc();
    let Some(link) = link else {
        tracing::warn!("a sign-in link was not made, because its address asked too often");
        return Ok(None);
    };
    if app.outbox.is_none() && !app.settings.development {
        tracing::warn!("a sign-in link reaches nobody, because SMTP_URL is not set");
    }
    letters::post_link(app, &link);
    Ok(shown(app, &link))
}

/// The link, where whoever asks may see it.
fn shown(app: &App, link: &Link) -> Option<String> {
    let Link { email, token, .. } = link;
    let base = &app.settings.magic_link_base_url;
    let url = || urls::magic_link(base, email.as_str(), token.reveal());
    app.settings.development.then(url)
}
