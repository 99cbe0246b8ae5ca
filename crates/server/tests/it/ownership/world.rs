//! Things of one owner, and everybody who may ask about them.

use beta_testkit::app::Person;
use serde_json::{Value, json};

use crate::played::{Booking, OnAir, add_creative, add_flight, id, upload};

/// A name that stands in the owner's things and nowhere else.
const MARK: &str = "Quintessence";

/// A campaign of the agency `acme` for the brand `bolt`, played on a channel of the streamer
/// `kim`, and people who have nothing to do with it.
pub(super) struct World {
    booking: Booking,
    channel: OnAir,
    draft: Value,
    waiting: Value,
    flight: String,
    assignment: String,
    delivery: String,
    link_code: String,
    payout: String,
    nobody: Person,
    viewer: Person,
    other_streamer: Person,
    other_brand: Person,
    other_agency: Person,
    brand: Person,
}

/// Somebody who asks.
pub(super) struct Asker<'a> {
    pub(super) name: &'static str,
    pub(super) who: &'a Person,
}

impl World {
    pub(super) async fn new() -> Self {
        let booking = Booking::with(json!({ "name": MARK }), json!({})).await;
        let app = &booking.app;
        let brand = app.brand("bolt").await;
        let mine = json!({
            "name": MARK, "advertiser": MARK, "objective": MARK, "startDate": "2026-03-01",
            "endDate": "2026-06-01", "budget": 900, "currency": "USD",
            "brandOrganizationId": brand.who().organization_id,
        });
        let draft = booking.agency.post("/campaigns", &mine).await.expect(201);
        add_flight(&booking.agency, &draft, json!({})).await;
        let waiting = upload(&booking.agency, id(&draft)).await;
        let channel = booking.channel("kim", json!({ "cpmRate": 15 })).await;
        let named = json!({ "brandOrganizationId": brand.who().organization_id });
        let path = format!("/campaigns/{}", id(&booking.campaign));
        booking.admin.patch(&path, &named).await.expect(200);
        let delivery = booking.play(&channel).await;
        let terms = json!({ "streamerChannelIds": [channel.id], "cpmRate": 15 });
        let path = format!("/campaigns/{}/assign-streamers", id(&draft));
        booking.agency.post(&path, &terms).await.expect(201);
        let run = json!({ "campaignId": booking.campaign["id"] });
        let payouts = booking.admin.post("/payouts/run", &run).await.expect(201);
        let payout = id(&payouts["payouts"][0]).to_owned();
        let full = booking
            .agency
            .get(&format!("/campaigns/{}", id(&draft)))
            .await
            .expect(200);
        let (flight, assignment) = (id(&full["flights"][0]), id(&full["assignments"][0]));
        let (flight, assignment) = (flight.to_owned(), assignment.to_owned());
        let asked = channel.owner.get("/assignments").await.expect(200);
        let mut asked = asked.as_array().into_iter().flatten();
        let running = asked.find(|one| one["campaign"]["id"] == booking.campaign["id"]);
        let link = running.expect("is assigned")["shortLink"]["url"].clone();
        let link = link.as_str().expect("has a link").to_owned();
        let (_, link_code) = link.rsplit_once('/').expect("ends with the code");
        let link_code = link_code.to_owned();
        let (other_agency, other_streamer) = strangers(&booking).await;
        Self {
            nobody: app.nobody(),
            viewer: app.viewer("vic").await,
            other_brand: app.brand("nemo").await,
            other_streamer,
            other_agency,
            brand,
            booking,
            channel,
            draft,
            waiting,
            flight,
            assignment,
            delivery,
            link_code,
            payout,
        }
    }

    /// Those who have nothing to do with the owner's things.
    pub(super) fn outsiders(&self) -> [Asker<'_>; 5] {
        [
            ("nobody", &self.nobody),
            ("viewer", &self.viewer),
            ("other-streamer", &self.other_streamer),
            ("other-brand", &self.other_brand),
            ("other-agency", &self.other_agency),
        ]
        .map(|(name, who)| Asker { name, who })
    }

    /// Those who have, in the order in which they ask.
    pub(super) fn insiders(&self) -> [Asker<'_>; 4] {
        [
            ("brand", &self.brand),
            ("streamer", &self.channel.owner),
            ("agency", &self.booking.agency),
            ("admin", &self.booking.admin),
        ]
        .map(|(name, who)| Asker { name, who })
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        let all = self.outsiders().into_iter().chain(self.insiders());
        all.map(|asker| asker.name).collect()
    }

    pub(super) const fn nobody(&self) -> &Person {
        &self.nobody
    }

    pub(super) const fn admin(&self) -> &Person {
        &self.booking.admin
    }

    /// The overlay key of the channel.
    pub(super) fn key(&self) -> &str {
        &self.channel.key
    }

    /// A campaign that is being written; it names the brand.
    pub(super) fn draft(&self) -> &str {
        id(&self.draft)
    }

    /// A campaign that runs.
    pub(super) fn campaign(&self) -> &str {
        id(&self.booking.campaign)
    }

    /// A creative that waits for its review.
    pub(super) fn creative(&self) -> &str {
        id(&self.waiting)
    }

    pub(super) fn flight(&self) -> &str {
        &self.flight
    }

    pub(super) fn assignment(&self) -> &str {
        &self.assignment
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel.id
    }

    /// The code of the short link of the running campaign on the channel.
    pub(super) fn link_code(&self) -> &str {
        &self.link_code
    }

    pub(super) fn delivery(&self) -> &str {
        &self.delivery
    }

    pub(super) fn payout(&self) -> &str {
        &self.payout
    }

    /// The streamer, as the administrator knows them.
    pub(super) fn user(&self) -> String {
        self.channel.owner.who().user_id.to_string()
    }

    /// The login of the streamer.
    pub(super) fn login(&self) -> String {
        self.channel.owner.who().login_id.to_string()
    }

    /// The owner's agency.
    pub(super) fn organization(&self) -> String {
        let organization = self.booking.agency.who().organization_id;
        organization.expect("an agency has one").to_string()
    }

    /// Every id of the owner's that must mean nothing to an outsider. Agencies find channels in
    /// the directory, so that they may know that one is there.
    pub(super) fn hidden_from(&self, outsider: &Asker<'_>) -> Vec<String> {
        let mut ids = self.ids();
        if outsider.name == "other-agency" {
            ids.retain(|id| id != self.channel());
        }
        ids
    }

    fn ids(&self) -> Vec<String> {
        [
            self.draft(),
            self.campaign(),
            self.creative(),
            id(&self.booking.creative),
            self.flight(),
            self.assignment(),
            self.channel(),
            self.delivery(),
            self.payout(),
        ]
        .map(ToOwned::to_owned)
        .into_iter()
        .chain([self.user(), self.login(), self.organization()])
        .collect()
    }

    /// What no outsider may hear.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let streamer = &self.channel.owner.who().email;
        let agency = &self.booking.agency.who().email;
        vec![
            MARK,
            self.draft(),
            self.campaign(),
            self.creative(),
            self.flight(),
            self.assignment(),
            self.delivery(),
            self.payout(),
            &self.channel.key,
            streamer,
            agency,
        ]
    }

    /// Everything of the owner's that somebody could have changed.
    pub(super) async fn state(&self) -> Value {
        let admin = &self.booking.admin;
        let mut state = Vec::new();
        for path in [
            format!("/campaigns/{}", self.draft()),
            format!("/campaigns/{}", self.campaign()),
            "/payouts".to_owned(),
        ] {
            state.push(admin.get(&path).await.expect(200));
        }
        for path in ["/me", "/streamers/channels"] {
            state.push(self.channel.owner.get(path).await.expect(200));
        }
        for creative in &mut state[0]["creatives"].as_array_mut().into_iter().flatten() {
            // Addresses of files are signed anew for everybody who asks.
            creative
                .as_object_mut()
                .map(|fields| fields.remove("assetUrl"));
        }
        Value::Array(state)
    }
}

/// An agency and a streamer with things of their own, so that their lists are not empty.
async fn strangers(booking: &Booking) -> (Person, Person) {
    let app = &booking.app;
    let (agency, streamer) = (app.agency("zeta").await, app.streamer("lee").await);
    let own = json!({
        "name": "Other", "advertiser": "Other", "objective": "Other", "startDate": "2026-03-01",
        "endDate": "2026-06-01", "budget": 10, "currency": "USD",
    });
    let campaign = agency.post("/campaigns", &own).await.expect(201);
    add_flight(&agency, &campaign, json!({})).await;
    add_creative(&booking.admin, &agency, &campaign).await;
    app.channel(&streamer, "lee").await;
    (agency, streamer)
}

/// An upload for this campaign.
pub(super) fn picture(campaign: &str) -> reqwest::multipart::Form {
    let file = reqwest::multipart::Part::bytes(crate::creatives::png());
    reqwest::multipart::Form::new()
        .text("campaignId", campaign.to_owned())
        .text("format", "image")
        .text("durationSec", "10")
        .text("clickUrl", "https://tea.example/")
        .part("file", file.file_name("ad.png"))
}
