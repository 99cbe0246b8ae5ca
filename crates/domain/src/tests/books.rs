//! Booked campaigns and their plays for tests that read what other rooms write: put straight into
//! the tables, so that a test can have any play at any price at any time.

use beta_kit::db::Value;
use beta_kit::page::Cursor;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};
use serde_json::json;

use crate::actor::{Actor, Role, UserActor};
use crate::id::{
    AssignmentId, CampaignId, ChannelId, CreativeId, DeliveryId, EventId, FlightId, OrganizationId,
    SessionId, StreamerProfileId, UserId,
};
use crate::testing::{House, START};
use crate::work::{Work, Works};

/// How long every play is.
pub(crate) const PLAY_SEC: i64 = 10;

/// An agency, its brand, a rival and an administrator.
#[derive(Debug)]
pub(crate) struct Books {
    pub(crate) works: Works,
    pub(crate) admin: Actor,
    pub(crate) agency: Actor,
    pub(crate) brand: Actor,
    pub(crate) rival: Actor,
}

/// A booked campaign with a flight and a creative.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Booked {
    pub(crate) id: CampaignId,
    pub(crate) flight: FlightId,
    pub(crate) creative: CreativeId,
}

/// A channel on air, and who owns it.
#[derive(Clone, Debug)]
pub(crate) struct OnAir {
    pub(crate) id: ChannelId,
    pub(crate) owner: Actor,
    pub(crate) profile: StreamerProfileId,
    pub(crate) session: SessionId,
}

/// A campaign on a channel.
#[derive(Clone, Debug)]
pub(crate) struct Assigned {
    pub(crate) id: AssignmentId,
    pub(crate) campaign: Booked,
    pub(crate) channel: OnAir,
}

/// What a channel is paid.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Price {
    pub(crate) cpm_e4: Option<i64>,
    pub(crate) fee_minor: Option<i64>,
}

impl Price {
    pub(crate) const fn cpm(e4: i64) -> Self {
        Self {
            cpm_e4: Some(e4),
            fee_minor: None,
        }
    }

    pub(crate) const fn fee(minor: i64) -> Self {
        Self {
            cpm_e4: None,
            fee_minor: Some(minor),
        }
    }
}

/// An event about a play, besides the two that every settled play has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) kind: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) reason: Option<&'static str>,
    pub(crate) delivery: Option<DeliveryId>,
}

sql!(
    SET_PRICE,
    "update campaign_assignments set cpm_rate_e4 = $2, fixed_fee_minor = $3 where id = $1"
);
sql!(SET_STATUS, "update campaigns set status = $2 where id = $1");
sql!(
    SPEND,
    "update campaign_ledgers set spent_e7 = spent_e7 + $2 where campaign_id = $1"
);
sql!(
    COMMIT_FEE,
    "update campaign_assignments set fee_committed_e7 = $2 where id = $1"
);
sql!(
    LEDGER,
    "select spent_e7, reserved_e7 from campaign_ledgers where campaign_id = $1"
);

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn start() -> Timestamp {
    at(START)
}

async fn put(
    work: &mut Work,
    table: &'static str,
    columns: &'static [&'static str],
    row: Vec<Value>,
) {
    work.tx()
        .insert_many(table, columns, vec![row])
        .await
        .expect("a row is put in");
}

impl Books {
    pub(crate) async fn open(house: &House) -> Self {
        let works = house.works.clone();
        let mut work = works.begin(Actor::System).await.unwrap();
        let admin = user(&mut work, Role::Admin, None).await;
        let mut actors = Vec::new();
        for (role, kind) in [
            (Role::Agency, "agency"),
            (Role::Brand, "brand"),
            (Role::Agency, "agency"),
        ] {
            let organization: OrganizationId = work.mint();
            let columns = &["id", "kind", "name", "created_at"];
            put(
                &mut work,
                "organizations",
                columns,
                args![organization, kind, kind, start()],
            )
            .await;
            actors.push(user(&mut work, role, Some(organization)).await);
        }
        work.commit().await.unwrap();
        let [agency, brand, rival] = actors.try_into().expect("three actors");
        Self {
            works,
            admin,
            agency,
            brand,
            rival,
        }
    }

    /// A running campaign of the agency and its brand, in dollars.
    pub(crate) async fn campaign(&self, budget_minor: i64) -> Booked {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let (id, flight, creative) = (work.mint(), work.mint(), work.mint());
        let owner = organization(&self.agency);
        let row = args![
            id,
            owner,
            organization(&self.brand),
            "Spring",
            "Tea",
            "Be known",
            start(),
            at("2026-06-01"),
            budget_minor,
            "USD",
            "active",
            json!({}),
            start(),
            start(),
        ];
        put(&mut work, "campaigns", CAMPAIGN, row).await;
        put(&mut work, "campaign_ledgers", &["campaign_id"], args![id]).await;
        let row = args![
            flight,
            id,
            100,
            100,
            100,
            json!(["image"]),
            start(),
            start()
        ];
        put(&mut work, "flights", FLIGHT, row).await;
        let row = args![
            creative,
            id,
            "image",
            PLAY_SEC,
            "https://tea.example/",
            format!("creatives/{creative}"),
            "image/png",
            9,
            "ab",
            4,
            3,
            "approved",
            start(),
            start(),
        ];
        put(&mut work, "creatives", CREATIVE, row).await;
        work.commit().await.unwrap();
        Booked {
            id,
            flight,
            creative,
        }
    }

    /// A channel with an owner of its own.
    pub(crate) async fn channel(&self, name: &str) -> OnAir {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let owner = user(&mut work, Role::Streamer, None).await;
        let (profile, id, session) = (work.mint(), work.mint(), work.mint());
        let user_id = owner.user().map(|user| user.user_id);
        let row = args![
            profile,
            user_id,
            name,
            name,
            "DE",
            "de",
            json!([]),
            9,
            "s",
            start(),
            start()
        ];
        put(&mut work, "streamer_profiles", PROFILE, row).await;
        let row = args![
            id,
            profile,
            name,
            "DE",
            "de",
            json!([]),
            9,
            "s",
            start(),
            start()
        ];
        put(&mut work, "channels", CHANNEL, row).await;
        let row = args![
            session,
            profile,
            id,
            start(),
            start(),
            "active",
            start(),
            start()
        ];
        put(&mut work, "stream_sessions", SESSION, row).await;
        work.commit().await.unwrap();
        OnAir {
            id,
            owner,
            profile,
            session,
        }
    }

    /// The campaign on the channel at this price, which the streamer has accepted.
    pub(crate) async fn assign(&self, campaign: Booked, channel: &OnAir, price: Price) -> Assigned {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let id = work.mint();
        let Price { cpm_e4, fee_minor } = price;
        let row = args![
            id,
            campaign.id,
            channel.id,
            cpm_e4,
            fee_minor,
            "accepted",
            start(),
            start()
        ];
        put(&mut work, "campaign_assignments", ASSIGNMENT, row).await;
        work.commit().await.unwrap();
        Assigned {
            id,
            campaign,
            channel: channel.clone(),
        }
    }

    /// A campaign with one channel at this price.
    pub(crate) async fn assigned(&self, budget_minor: i64, price: Price) -> Assigned {
        let campaign = self.campaign(budget_minor).await;
        let channel = self.channel("kim").await;
        self.assign(campaign, &channel, price).await
    }

    pub(crate) async fn set_price(&self, assigned: &Assigned, price: Price) {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let args = args![assigned.id, price.cpm_e4, price.fee_minor];
        work.tx().run(&SET_PRICE, args).await.unwrap();
        work.commit().await.unwrap();
    }

    pub(crate) async fn set_status(&self, campaign: Booked, status: &str) {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        work.tx()
            .run(&SET_STATUS, args![campaign.id, status])
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// The first lease takes the fee.
    pub(crate) async fn commit_fee(&self, assigned: &Assigned, fee_e7: i64) {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        work.tx()
            .run(&COMMIT_FEE, args![assigned.id, fee_e7])
            .await
            .unwrap();
        work.tx()
            .run(&SPEND, args![assigned.campaign.id, fee_e7])
            .await
            .unwrap();
        work.commit().await.unwrap();
    }

    /// What is spent and reserved.
    pub(crate) async fn ledger(&self, campaign: Booked) -> (i64, i64) {
        let mut work = self.works.read(Actor::System).await.unwrap();
        let row = work.tx().one(&LEDGER, args![campaign.id]).await.unwrap();
        (
            row.get("spent_e7").unwrap(),
            row.get("reserved_e7").unwrap(),
        )
    }

    /// As many settled plays at this price, all settled at `when`, each with its two events.
    pub(crate) async fn play(
        &self,
        assigned: &Assigned,
        plays: i64,
        price_e7: i64,
        when: Timestamp,
    ) -> Vec<DeliveryId> {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        let ids: Vec<DeliveryId> = (0..plays).map(|_| work.mint()).collect();
        let rows = ids
            .iter()
            .map(|id| settled(*id, assigned, price_e7, when))
            .collect();
        work.tx()
            .insert_many("deliveries", DELIVERY, rows)
            .await
            .unwrap();
        let mut events = Vec::new();
        for id in &ids {
            for kind in ["ad_rendered", "ad_completed"] {
                let report = Report {
                    kind,
                    at: when,
                    reason: None,
                    delivery: Some(*id),
                };
                events.push(event(work.mint(), assigned, report));
            }
        }
        work.tx()
            .insert_many("events", EVENT, events)
            .await
            .unwrap();
        let spent = plays * price_e7;
        work.tx()
            .run(&SPEND, args![assigned.campaign.id, spent])
            .await
            .unwrap();
        work.commit().await.unwrap();
        ids
    }

    /// One more event.
    pub(crate) async fn report(&self, assigned: &Assigned, report: Report) {
        let mut work = self.works.begin(Actor::System).await.unwrap();
        self.report_in(&mut work, assigned, report).await;
        work.commit().await.unwrap();
    }

    /// One more event, whenever `work` is committed.
    pub(crate) async fn report_in(&self, work: &mut Work, assigned: &Assigned, report: Report) {
        let row = event(work.mint(), assigned, report);
        put(work, "events", EVENT, row).await;
    }
}

async fn user(work: &mut Work, role: Role, organization_id: Option<OrganizationId>) -> Actor {
    let user_id: UserId = work.mint();
    let email = format!("{user_id}@people.example");
    let columns = &[
        "id",
        "email",
        "role",
        "organization_id",
        "created_at",
        "updated_at",
    ];
    let row = args![user_id, &email, role, organization_id, start(), start()];
    put(work, "users", columns, row).await;
    Actor::User(UserActor {
        user_id,
        email,
        role,
        organization_id,
        login_id: work.mint(),
    })
}

fn organization(actor: &Actor) -> Option<OrganizationId> {
    actor.user().and_then(|user| user.organization_id)
}

fn settled(id: DeliveryId, of: &Assigned, price_e7: i64, when: Timestamp) -> Vec<Value> {
    let (campaign, channel) = (of.campaign, &of.channel);
    args![
        id,
        campaign.id,
        campaign.flight,
        campaign.creative,
        of.id,
        channel.id,
        channel.profile,
        channel.session,
        "completed",
        PLAY_SEC,
        price_e7,
        1,
        when,
        when,
        when,
        when,
        when,
        when,
    ]
}

fn event(id: EventId, of: &Assigned, report: Report) -> Vec<Value> {
    let Report {
        kind,
        at,
        reason,
        delivery,
    } = report;
    let verdict = if reason.is_none() {
        "counted"
    } else {
        "not_counted"
    };
    args![
        id,
        kind,
        at,
        at,
        at,
        at.day(),
        "req-12345",
        of.channel.profile,
        of.channel.id,
        of.channel.session,
        of.campaign.id,
        of.campaign.creative,
        delivery,
        json!({ "is": kind }),
        verdict,
        reason,
    ]
}

/// The order of a list that is read newest first.
pub(crate) fn falls(cursors: &[Cursor]) -> bool {
    cursors.windows(2).all(|pair| pair[0].0 > pair[1].0)
}

const CAMPAIGN: &[&str] = &[
    "id",
    "organization_id",
    "brand_organization_id",
    "name",
    "advertiser",
    "objective",
    "start_date",
    "end_date",
    "budget_minor",
    "currency",
    "status",
    "targeting",
    "created_at",
    "updated_at",
];
const FLIGHT: &[&str] = &[
    "id",
    "campaign_id",
    "pacing_per_hour",
    "cap_per_streamer_per_hour",
    "cap_per_session",
    "allowed_formats",
    "created_at",
    "updated_at",
];
const CREATIVE: &[&str] = &[
    "id",
    "campaign_id",
    "format",
    "duration_sec",
    "click_url",
    "object_key",
    "mime_type",
    "size_bytes",
    "sha256",
    "width",
    "height",
    "approval_status",
    "created_at",
    "updated_at",
];
const PROFILE: &[&str] = &[
    "id",
    "user_id",
    "display_name",
    "twitch_handle",
    "country",
    "language",
    "categories",
    "avg_viewers",
    "pricing_tier",
    "created_at",
    "updated_at",
];
const CHANNEL: &[&str] = &[
    "id",
    "streamer_profile_id",
    "twitch_channel_name",
    "country",
    "language",
    "categories",
    "avg_viewers",
    "pricing_tier",
    "created_at",
    "updated_at",
];
const SESSION: &[&str] = &[
    "id",
    "streamer_profile_id",
    "channel_id",
    "started_at",
    "last_heartbeat_at",
    "status",
    "created_at",
    "updated_at",
];
const ASSIGNMENT: &[&str] = &[
    "id",
    "campaign_id",
    "channel_id",
    "cpm_rate_e4",
    "fixed_fee_minor",
    "status",
    "created_at",
    "updated_at",
];
const DELIVERY: &[&str] = &[
    "id",
    "campaign_id",
    "flight_id",
    "creative_id",
    "assignment_id",
    "channel_id",
    "streamer_profile_id",
    "session_id",
    "state",
    "duration_sec",
    "price_e7",
    "evidence_level",
    "leased_at",
    "busy_until",
    "report_until",
    "counts_at",
    "completed_at",
    "ended_at",
];
const EVENT: &[&str] = &[
    "id",
    "type",
    "ts",
    "occurred_at",
    "received_at",
    "day",
    "request_id",
    "streamer_id",
    "channel_id",
    "session_id",
    "campaign_id",
    "creative_id",
    "delivery_id",
    "payload",
    "verdict",
    "reason",
];
