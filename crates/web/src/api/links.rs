//! Short links: where they lead, and the picture that stands for them.
//!
//! Whoever follows a link is led on, whatever becomes of the count. Neither their address nor
//! their browser is kept: a keyed digest stands for them, for an hour.

use std::sync::LazyLock;

use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beta_domain::actor::Actor;
use beta_domain::campaigns::LinkCode;
use beta_domain::clicks::{self, ClickSource, Visit};
use isbot::Bots;
use qrcode::QrCode;
use qrcode::render::svg;
use url::form_urlencoded;

use crate::error::Error;
use crate::extract::Path;
use crate::layers::ClientIp;
use crate::layers::security::{MEDIA_POLICY, RESOURCE};
use crate::openapi::{Answers, Draft, operation};
use crate::router::{Access, Endpoint};
use crate::state::App;
use crate::urls;

/// What the source of a click is called in the address that a QR code holds.
const SOURCE: &str = "s";
const FROM_QR: &str = "qr";
/// The least width of a QR code's picture, in pixels; it is drawn sharp at any size.
const QR_PIXELS: u32 = 256;
const SVG: &str = "image/svg+xml";
const QR_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Programs that say that they are programs.
static BOTS: LazyLock<Bots> = LazyLock::new(Bots::default);

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        operation(Method::GET, "/c/{code}", Access::Public, follow)
            .says("followLink", "Follow a short link to the landing page")
            .refuses(StatusCode::NOT_FOUND, "The link leads nowhere")
            .unlimited(),
        operation(Method::GET, "/qr/{file}", Access::Public, picture)
            .says(
                "readQrCode",
                "Read the QR code of a short link: `<code>.svg`",
            )
            .refuses(StatusCode::NOT_FOUND, "There is no such link"),
    ]
}

/// 302 to a landing page.
struct Led(HeaderValue);

impl IntoResponse for Led {
    fn into_response(self) -> Response {
        const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
        const UNLISTED: HeaderValue = HeaderValue::from_static("noindex, nofollow");
        let headers = [
            (header::LOCATION, self.0),
            (header::CACHE_CONTROL, NO_STORE),
            (HeaderName::from_static("x-robots-tag"), UNLISTED),
        ];
        (StatusCode::FOUND, headers).into_response()
    }
}

impl Answers for Led {
    fn describe(draft: &mut Draft<'_>) {
        draft.answers_empty(StatusCode::FOUND, "Follow `location` to the landing page.");
        draft.with_header("location", true, "The landing page.");
    }
}

/// `GET /c/{code}`
///
/// A client that asks too often is led on without being counted.
async fn follow(
    State(app): State<App>,
    Path(code): Path<String>,
    OriginalUri(uri): OriginalUri,
    client: ClientIp,
    headers: HeaderMap,
) -> Result<Led, Error> {
    let code: LinkCode = code.parse().map_err(|_| nowhere())?;
    let allowance = app.limits.click(client, app.works.now());
    let url = if allowance.is_none_or(|allowance| allowance.allowed) {
        let visit = Visit {
            code,
            source: source(uri.query().unwrap_or_default()),
            visitor: visitor(&app, client, &headers),
            is_automated: is_automated(&headers),
        };
        let mut work = app.works.begin(Actor::Nobody).await?;
        let url = clicks::follow(&mut work, &visit).await?;
        work.commit().await?;
        url
    } else {
        let mut work = app.works.read(Actor::Nobody).await?;
        clicks::landing(&mut work, &code).await?
    };
    let url = HeaderValue::try_from(url.ok_or_else(nowhere)?);
    url.map(Led).map_err(|error| {
        tracing::error!(%error, "a landing page cannot stand in a header");
        Error::internal()
    })
}

fn nowhere() -> Error {
    Error::not_found("link_not_found", "this link leads nowhere")
}

fn source(query: &str) -> ClickSource {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    if pairs.any(|(name, value)| name == SOURCE && value == FROM_QR) {
        ClickSource::Qr
    } else {
        ClickSource::Link
    }
}

/// What stands for whoever asks: a digest that only this installation can make.
fn visitor(app: &App, client: ClientIp, headers: &HeaderMap) -> String {
    let agent = user_agent(headers);
    let (network, signer) = (client.network(), app.tokens.visitors());
    signer.sign(&format!("{network} {agent}"))
}

/// Whether a program says that it is one, says nothing, or fetches ahead of a person.
fn is_automated(headers: &HeaderMap) -> bool {
    let agent = user_agent(headers);
    let ahead = ["sec-purpose", "purpose", "x-moz", "x-purpose"]
        .iter()
        .any(|name| {
            let value = headers.get(*name).and_then(|value| value.to_str().ok());
            value.is_some_and(|value| value.contains("prefetch") || value.contains("preview"))
        });
    ahead || agent.is_empty() || BOTS.is_bot(agent)
}

fn user_agent(headers: &HeaderMap) -> &str {
    let value = headers.get(header::USER_AGENT);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// A QR code.
struct QrPicture(String);

impl IntoResponse for QrPicture {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(SVG)),
            (header::CACHE_CONTROL, QR_CACHE),
            (
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(MEDIA_POLICY),
            ),
            (RESOURCE, HeaderValue::from_static("cross-origin")),
        ];
        (headers, self.0).into_response()
    }
}

impl Answers for QrPicture {
    fn describe(draft: &mut Draft<'_>) {
        draft.answers(
            StatusCode::OK,
            SVG,
            &serde_json::json!({ "type": "string" }),
        );
    }
}

/// `GET /qr/{file}`
async fn picture(State(app): State<App>, Path(file): Path<String>) -> Result<QrPicture, Error> {
    let code = file.strip_suffix(".svg").and_then(|code| code.parse().ok());
    let code: LinkCode = code.ok_or_else(nowhere)?;
    let mut work = app.works.read(Actor::Nobody).await?;
    clicks::landing(&mut work, &code)
        .await?
        .ok_or_else(nowhere)?;
    let address = urls::short_link(&app.settings.public_url, code.as_str());
    let qr = QrCode::new(format!("{address}?{SOURCE}={FROM_QR}")).map_err(|error| {
        tracing::error!(%error, "an address is too long for a QR code");
        Error::internal()
    })?;
    let image = qr
        .render::<svg::Color<'_>>()
        .min_dimensions(QR_PIXELS, QR_PIXELS)
        .build();
    Ok(QrPicture(image))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn programs_and_fetches_ahead_of_a_person_are_known() {
        const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like \
            Gecko) Chrome/126.0.0.0 Safari/537.36";
        const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) \
            AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
        for person in [BROWSER, PHONE] {
            assert!(!is_automated(&with(&[("user-agent", person)])), "{person}");
        }
        for program in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Twitterbot/1.0",
            "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
            "curl/8.5.0",
            "python-requests/2.31.0",
        ] {
            assert!(is_automated(&with(&[("user-agent", program)])), "{program}");
        }
        assert!(is_automated(&with(&[])));
        let ahead = [
            ("user-agent", BROWSER),
            ("sec-purpose", "prefetch;prerender"),
        ];
        assert!(is_automated(&with(&ahead)));
    }

    #[test]
    fn the_address_tells_where_a_link_was_found() {
        assert_eq!(source("s=qr"), ClickSource::Qr);
        assert_eq!(source("utm_source=x&s=qr"), ClickSource::Qr);
        for other in ["", "s=link", "s=", "x=qr"] {
            assert_eq!(source(other), ClickSource::Link, "{other}");
        }
    }
}
