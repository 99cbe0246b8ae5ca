//! A campaign that runs on channels, for tests of what comes after a play.

use std::time::Duration;

use beta_domain::actor::Actor;
use beta_domain::deliveries::{self, Lease, Target, TriggerRequest};
use beta_testkit::app::{Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const PICTURE: &[u8] = include_bytes!("../../../web/src/assets/demo/demo.png");
/// How long every play is.
pub(crate) const PLAY: Duration = Duration::from_secs(10);

/// A booked campaign with an approved picture.
#[derive(Debug)]
pub(crate) struct Booking {
    pub(crate) app: TestApp,
    pub(crate) admin: Person,
    pub(crate) agency: Person,
    pub(crate) campaign: Value,
    pub(crate) creative: Value,
}

/// A channel that is on air.
#[derive(Debug)]
pub(crate) struct OnAir {
    pub(crate) id: String,
    pub(crate) owner: Person,
    pub(crate) key: String,
}

/// A path with the id of a JSON thing in it.
pub(crate) fn id(of: &Value) -> &str {
    of["id"].as_str().expect("it has an id")
}

impl Booking {
    /// A running campaign of the agency `acme`, with a budget of 5,000 dollars.
    pub(crate) async fn new() -> Self {
        Self::with(json!({}), json!({})).await
    }

    /// The same with other fields in the campaign and in its flight.
    pub(crate) async fn with(campaign: Value, flight: Value) -> Self {
        let app = TestApp::new().await;
        let (admin, agency) = (app.admin().await, app.agency("acme").await);
        let campaign = book(&admin, &agency, campaign).await;
        add_flight(&agency, &campaign, flight).await;
        let creative = add_creative(&admin, &agency, &campaign).await;
        Self {
            app,
            admin,
            agency,
            campaign,
            creative,
        }
    }

    /// The same on the next day: logins are over by then, and overlays come back.
    pub(crate) async fn next_day(&mut self, channels: &[&OnAir]) {
        self.app.clock.advance(Duration::from_hours(24));
        self.agency = self.app.agency("acme").await;
        for on in channels {
            self.post_event(on, "overlay_connected", json!({})).await;
        }
    }

    /// The path of the campaign's report of this name.
    pub(crate) fn report(&self, name: &str) -> String {
        format!("/reports/campaign/{}/{name}", id(&self.campaign))
    }

    /// A channel of this streamer, on air, with the campaign assigned to it at this price.
    pub(crate) async fn channel(&self, name: &str, price: Value) -> OnAir {
        let owner = self.app.streamer(name).await;
        let audience = json!({
            "country": "DE",
            "language": "de",
            "categories": [],
            "avgViewers": 9,
            "pricingTier": "s",
        });
        let with = |fields: Value| changed(audience.clone(), fields);
        let profile = with(json!({ "displayName": name, "twitchHandle": name }));
        owner.post("/streamers/profile", &profile).await.expect(201);
        let channel = with(json!({ "twitchChannelName": name }));
        let channel = owner
            .post("/streamers/channels", &channel)
            .await
            .expect(201);
        let rotation = json!({ "channelId": channel["id"] });
        let key = owner
            .post("/overlay/rotate-key", &rotation)
            .await
            .expect(201);
        let mut terms = price;
        terms["streamerChannelIds"] = json!([channel["id"]]);
        let path = format!("/campaigns/{}/assign-streamers", id(&self.campaign));
        self.agency.post(&path, &terms).await.expect(201);
        let key = key["overlayKey"].as_str().expect("a key").to_owned();
        let on_air = OnAir {
            id: id(&channel).to_owned(),
            owner,
            key,
        };
        self.post_event(&on_air, "overlay_connected", json!({}))
            .await;
        self.app.clock.advance(Duration::from_secs(1));
        on_air
    }

    /// A lease, as a trigger gives it; gives its id.
    pub(crate) async fn lease(&self, on: &OnAir) -> String {
        let actor = self
            .agency
            .user
            .clone()
            .map(Actor::User)
            .expect("is signed in");
        let mut work = self.app.works.begin(actor).await.expect("work begins");
        let request = TriggerRequest {
            channel_id: on.id.parse().expect("an id"),
            campaign_id: None,
            creative_id: None,
            duration_sec: u16::try_from(PLAY.as_secs()).ok(),
            idempotency_key: None,
            digest: String::new(),
        };
        let target = Some(Target { instance_id: None });
        let lease = deliveries::lease(&mut work, &request, target)
            .await
            .expect("it may run");
        work.commit().await.expect("work commits");
        match lease {
            Lease::New(command) => command.delivery.id.to_string(),
            Lease::Earlier(_) => unreachable!("no idempotency key was given"),
        }
    }

    /// One whole play; gives its id.
    pub(crate) async fn play(&self, on: &OnAir) -> String {
        let delivery = self.lease(on).await;
        let about = json!({ "commandId": delivery });
        self.app.clock.advance(Duration::from_secs(1));
        self.post_event(on, "ad_rendered", about.clone()).await;
        self.app.clock.advance(PLAY);
        self.post_event(on, "ad_completed", about).await;
        self.app.clock.advance(Duration::from_secs(1));
        delivery
    }

    /// An event of the overlay of this channel; gives the answer.
    pub(crate) async fn post_event(&self, on: &OnAir, kind: &str, payload: Value) -> Value {
        let mut body = json!({
            "type": kind,
            "ts": self.app.works.now(),
            "request_id": "req-123456",
            "payload": payload,
        });
        if kind.starts_with("ad_") {
            body["campaign_id"] = self.campaign["id"].clone();
            body["creative_id"] = self.creative["id"].clone();
        }
        let overlay = self.app.nobody();
        let request = overlay.request(Method::POST, "/events/ingest").json(&body);
        overlay
            .send(request.header("x-overlay-key", &on.key))
            .await
            .expect(201)
    }
}

/// A campaign of the agency that has neither flight nor creative, with these fields.
pub(crate) async fn book(admin: &Person, agency: &Person, fields: Value) -> Value {
    let body = json!({
        "name": "Spring",
        "advertiser": "Tea",
        "objective": "Be known",
        "startDate": "2026-03-01",
        "endDate": "2026-06-01",
        "budget": 5000,
        "currency": "USD",
        "status": "approved",
        "organizationId": agency.who().organization_id,
    });
    let body = changed(body, fields);
    admin.post("/campaigns", &body).await.expect(201)
}

/// A flight with wide caps, but for these fields.
pub(crate) async fn add_flight(agency: &Person, campaign: &Value, fields: Value) {
    let body = json!({
        "pacingPerHour": 1000,
        "capPerStreamerPerHour": 200,
        "capPerSession": 200,
        "allowedFormats": ["image"],
    });
    let path = format!("/campaigns/{}/flights", id(campaign));
    agency.post(&path, &changed(body, fields)).await.expect(201);
}

/// An approved picture.
pub(crate) async fn add_creative(admin: &Person, agency: &Person, campaign: &Value) -> Value {
    let creative = upload(agency, id(campaign)).await;
    let path = format!("/creatives/{}/review", id(&creative));
    let decision = json!({ "decision": "approved" });
    admin.post(&path, &decision).await.expect(201)
}

/// The body with these fields instead of its own.
pub(crate) fn changed(mut body: Value, fields: Value) -> Value {
    let own = body.as_object_mut().expect("an object");
    own.extend(fields.as_object().expect("an object").clone());
    body
}

/// A picture that waits for its review.
pub(crate) async fn upload(agency: &Person, campaign_id: &str) -> Value {
    let picture = reqwest::multipart::Part::bytes(PICTURE)
        .file_name("ad.png")
        .mime_str("image/png")
        .expect("is a media type");
    let form = reqwest::multipart::Form::new()
        .text("campaignId", campaign_id.to_owned())
        .text("format", "image")
        .text("durationSec", PLAY.as_secs().to_string())
        .text("clickUrl", "https://tea.example/")
        .part("file", picture);
    let request = agency.request(Method::POST, "/creatives").multipart(form);
    agency.send(request).await.expect(201)
}
