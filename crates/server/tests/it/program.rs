//! The real program in a process of its own, with a campaign that runs on a channel.
//!
//! What needs no process is better tested on the in-process app: it is faster, and has a clock
//! that can be moved.

use std::path::PathBuf;

use beta_testkit::app::Person;
use beta_testkit::process::{Installation, Running};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

/// A running program.
pub(crate) struct Program {
    place: Installation,
    running: Option<Running>,
    /// As it names itself, so that its cookies hold; changes with every start.
    pub(crate) url: String,
}

/// A campaign of an agency that runs on a channel of a streamer, at 15 dollars per thousand.
pub(crate) struct Stand {
    pub(crate) agency: Person,
    pub(crate) campaign: String,
    pub(crate) channel: String,
    /// The overlay key of the channel.
    pub(crate) key: String,
    admin: Person,
}

impl Program {
    /// Starts an empty one without rate limits, with a person of each role: `admin@example.com`
    /// and so on.
    pub(crate) async fn start() -> Self {
        let place = Installation::new(env!("CARGO_BIN_EXE_beta-ads"))
            .set("BETA_ENV", "development")
            .set("RATE_LIMIT_GLOBAL_PER_MINUTE", "0")
            .set("RATE_LIMIT_INGEST_PER_MINUTE", "0");
        for role in ["admin", "agency", "brand", "streamer", "viewer"] {
            let email = email(role);
            let mut arguments = vec!["user", "add", &email, "--role", role];
            if matches!(role, "agency" | "brand") {
                arguments.extend(["--organization", "Acme"]);
            }
            let added = place.run(&arguments).await;
            assert!(added.status.success(), "{added:?}");
        }
        let mut program = Self {
            place,
            running: None,
            url: String::new(),
        };
        program.restart().await;
        program
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(&mut self) {
        self.running.take().expect("it runs").kill().await;
    }

    /// Starts it again, on the same data.
    pub(crate) async fn restart(&mut self) {
        let running = self.place.start().await;
        self.url = format!("http://localhost:{}", running.port);
        self.running = Some(running);
    }

    /// Signs in the person of this role.
    pub(crate) async fn person(&self, role: &str) -> Person {
        Person::sign_in(&self.url, &email(role)).await
    }

    /// Where the file of an object key lies.
    pub(crate) fn media(&self, object_key: &str) -> PathBuf {
        self.place.data().join("media").join(object_key)
    }

    /// Books a campaign on a channel.
    pub(crate) async fn stand(&self) -> Stand {
        let (admin, agency) = (self.person("admin").await, self.person("agency").await);
        let campaign = agency.post("/campaigns", &campaign()).await.expect(201);
        let campaign = text(&campaign, "id");
        let path = format!("/campaigns/{campaign}");
        agency
            .post(&format!("{path}/flights"), &flight())
            .await
            .expect(201);
        for status in ["submitted", "approved"] {
            let change = json!({ "status": status });
            let who = if status == "approved" {
                &admin
            } else {
                &agency
            };
            who.post(&format!("{path}/status"), &change)
                .await
                .expect(201);
        }

        let streamer = self.person("streamer").await;
        streamer
            .post("/streamers/profile", &profile())
            .await
            .expect(201);
        let channel = streamer
            .post("/streamers/channels", &channel())
            .await
            .expect(201);
        let channel = text(&channel, "id");
        let rotation = json!({ "channelId": channel });
        let rotated = streamer
            .post("/overlay/rotate-key", &rotation)
            .await
            .expect(201);
        let terms = json!({ "streamerChannelIds": [channel], "cpmRate": 15 });
        agency
            .post(&format!("{path}/assign-streamers"), &terms)
            .await
            .expect(201);
        Stand {
            agency,
            campaign,
            channel,
            key: text(&rotated, "overlayKey"),
            admin,
        }
    }
}

impl Stand {
    /// Uploads a creative and has it approved.
    pub(crate) async fn creative(&self, format: &str, mime: &str, file: &'static [u8]) -> Value {
        let form = Form::new()
            .text("campaignId", self.campaign.clone())
            .text("format", format.to_owned())
            .text("durationSec", "2")
            .text("clickUrl", "https://tea.example/")
            .part("file", Part::bytes(file).mime_str(mime).unwrap());
        let request = self
            .agency
            .request(Method::POST, "/creatives")
            .multipart(form);
        let uploaded = self.agency.send(request).await.expect(201);
        let path = format!("/creatives/{}/review", text(&uploaded, "id"));
        self.admin
            .post(&path, &json!({ "decision": "approved" }))
            .await
            .expect(201)
    }
}

/// A text in a body.
pub(crate) fn text(of: &Value, field: &str) -> String {
    of[field]
        .as_str()
        .unwrap_or_else(|| panic!("no text {field} in {of}"))
        .to_owned()
}

fn email(role: &str) -> String {
    format!("{role}@example.com")
}

fn campaign() -> Value {
    json!({
        "name": "Spring", "advertiser": "Tea", "objective": "Be known",
        "startDate": "2020-01-01", "endDate": "2100-01-01", "budget": 5000, "currency": "USD",
    })
}

fn flight() -> Value {
    json!({
        "pacingPerHour": 1000, "capPerStreamerPerHour": 200, "capPerSession": 200,
        "allowedFormats": ["image", "gif", "mp4"],
    })
}

fn profile() -> Value {
    json!({
        "displayName": "Kim", "twitchHandle": "kim", "country": "DE", "language": "de",
        "categories": ["tea"], "avgViewers": 120, "pricingTier": "mid",
    })
}

fn channel() -> Value {
    json!({
        "twitchChannelName": "kim_live", "country": "DE", "language": "de",
        "categories": ["tea"], "avgViewers": 120, "pricingTier": "mid",
    })
}
