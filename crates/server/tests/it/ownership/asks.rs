//! What is asked of each endpoint, about the owner's things.

use axum::http::Method;
use serde_json::{Value, json};

use super::NOBODYS_ID;
use super::world::World;

/// A request that the owner could make.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ask {
    pub(super) path: String,
    pub(super) body: Body,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    None,
    Json(Value),
    /// A form of the portal, without its token.
    Form(Vec<(String, String)>),
    /// A picture for a campaign.
    Upload {
        campaign: String,
    },
}

impl Ask {
    /// The same request about things that are not there instead of these.
    pub(super) fn about_nothing(&self, ids: &[String]) -> Self {
        let forget = |text: &str| {
            ids.iter()
                .fold(text.to_owned(), |text, id| text.replace(id, NOBODYS_ID))
        };
        let body = match &self.body {
            Body::None => Body::None,
            Body::Json(body) => {
                Body::Json(serde_json::from_str(&forget(&body.to_string())).expect("is JSON still"))
            }
            Body::Form(fields) => {
                let fields = fields.iter();
                Body::Form(
                    fields
                        .map(|(name, value)| (name.clone(), forget(value)))
                        .collect(),
                )
            }
            Body::Upload { campaign } => Body::Upload {
                campaign: forget(campaign),
            },
        };
        Self {
            path: forget(&self.path),
            body,
        }
    }
}

/// What is asked of the endpoint.
///
/// # Panics
/// When nobody has said it yet.
pub(super) fn of(method: &Method, path: &str, world: &World) -> Ask {
    let name = format!("{method} {path}");
    let body = if *method == Method::GET || *method == Method::DELETE {
        Body::None
    } else {
        body(&name, world)
    };
    Ask {
        path: filled(&name, path, world),
        body,
    }
}

/// The path with the owner's ids in it, and with the query it needs.
fn filled(name: &str, path: &str, world: &World) -> String {
    let noun = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let (user, login, organization) = (world.user(), world.login(), world.organization());
    let id: &str = match noun {
        "campaigns" => world.draft(),
        "reports" => world.campaign(),
        "creatives" => world.creative(),
        "flights" => world.flight(),
        "assignments" => world.assignment(),
        "channels" => world.channel(),
        "deliveries" => world.delivery(),
        "payouts" => world.payout(),
        "admin" if path.starts_with("/admin/organizations") => &organization,
        "admin" => &user,
        "auth" => &login,
        _ => NOBODYS_ID,
    };
    let query = match name {
        "GET /payouts/run" => format!("?campaignId={}", world.campaign()),
        "GET /creatives" | "GET /deliveries" => format!("?campaignId={}", world.draft()),
        "GET /assignments" => format!("?channelId={}", world.channel()),
        _ => String::new(),
    };
    let parts = path.split('/').map(|part| match part {
        "{code}" => world.link_code(),
        "{channelId}" | "{channel_id}" => world.channel(),
        part if part.starts_with('{') => id,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/") + &query
}

fn body(name: &str, world: &World) -> Body {
    if let Some(body) = booking(name, world).or_else(|| channels(name, world)) {
        return Body::Json(body);
    }
    if let Some(body) = accounts(name, world) {
        return Body::Json(body);
    }
    match name {
        "POST /auth/logout" | "POST /payouts/{id}/mark-paid" | "POST /assignments/{id}/accept" => {
            Body::None
        }
        "POST /assignments/{id}/decline" => Body::Json(json!({})),
        "POST /creatives" => Body::Upload {
            campaign: world.draft().to_owned(),
        },
        "POST /agency/trigger" => Body::Form(vec![
            ("channelId".to_owned(), world.channel().to_owned()),
            ("campaignId".to_owned(), world.campaign().to_owned()),
        ]),
        "POST /account/logins/end" => Body::Form(vec![("login".to_owned(), world.login())]),
        "POST /account/logins/end-others"
        | "POST /auth/sign-in"
        | "POST /auth/sign-out"
        | "POST /auth/verify" => Body::Form(Vec::new()),
        _ => panic!("say in ownership/asks.rs what is asked of {name}"),
    }
}

fn booking(name: &str, world: &World) -> Option<Value> {
    let campaign = json!({
        "name": "New", "advertiser": "New", "objective": "New", "startDate": "2026-03-01",
        "endDate": "2026-06-01", "budget": 10, "currency": "USD",
        "organizationId": world.organization(),
    });
    let flight = json!({
        "pacingPerHour": 7, "capPerStreamerPerHour": 7, "capPerSession": 7,
        "allowedFormats": ["image"],
    });
    Some(match name {
        "POST /campaigns" => campaign,
        "PATCH /campaigns/{id}" => json!({ "name": "Renamed" }),
        "POST /campaigns/{id}/status" => json!({ "status": "submitted" }),
        "POST /campaigns/{id}/flights" => flight,
        "PATCH /flights/{id}" => json!({ "pacingPerHour": 9 }),
        "POST /campaigns/{id}/assign-streamers" => {
            json!({ "streamerChannelIds": [world.channel()], "cpmRate": 16 })
        }
        "PATCH /creatives/{id}" => json!({ "durationSec": 9 }),
        "POST /creatives/{id}/review" => json!({ "decision": "approved" }),
        "POST /deliveries/trigger" => {
            json!({ "channelId": world.channel(), "campaignId": world.campaign() })
        }
        "POST /payouts/run" => json!({ "campaignId": world.campaign() }),
        "POST /payouts/{id}/reverse" => json!({ "reason": "Sent twice" }),
        _ => return None,
    })
}

fn channels(name: &str, world: &World) -> Option<Value> {
    let audience = json!({
        "country": "DE", "language": "de", "categories": [], "avgViewers": 1, "pricingTier": "s",
    });
    let with = |fields: Value| crate::played::changed(audience.clone(), fields);
    let channel = json!({ "channelId": world.channel() });
    Some(match name {
        "POST /streamers/profile" => with(json!({ "displayName": "New", "twitchHandle": "New" })),
        "POST /streamers/channels" => with(json!({ "twitchChannelName": "new" })),
        "PATCH /channels/{id}" => json!({ "avgViewers": 77 }),
        "PATCH /channels/{id}/overlay" => json!({ "paused": true }),
        "POST /overlay/rotate-key" | "POST /overlay/revoke-key" => channel,
        "POST /events/ingest" => json!({
            "type": "overlay_heartbeat", "ts": "2026-03-01T12:00:00Z", "request_id": "req-123456",
            "channel_id": world.channel(),
        }),
        "POST /events/batch" => json!({ "events": [] }),
        _ => return None,
    })
}

fn accounts(name: &str, world: &World) -> Option<Value> {
    Some(match name {
        "POST /auth/request-magic-link" => json!({ "email": "somebody@example.com" }),
        "POST /auth/verify-magic-link" => {
            json!({ "email": "somebody@example.com", "token": "x".repeat(43) })
        }
        "POST /admin/users" => json!({
            "email": "new@example.com", "role": "agency", "organizationId": world.organization(),
        }),
        "PATCH /admin/users/{id}" => json!({ "role": "viewer" }),
        "POST /admin/organizations" => json!({ "name": "New", "kind": "brand" }),
        "PATCH /admin/organizations/{id}" => json!({ "name": "Renamed" }),
        _ => return None,
    })
}
