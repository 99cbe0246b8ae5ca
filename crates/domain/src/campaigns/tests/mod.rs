//! The room, from pure rules to a real database, once per engine.

mod asked;
mod assignments;
mod booking;
mod changes;
mod changing;
mod ledger;
mod quotas;
mod reviews;
mod rules;
mod uploads;

use beta_kit::media::MediaKind;
use beta_kit::money::{Currency, Decimal};
use beta_kit::page::{Limit, Place};
use beta_kit::text::{Email, HttpUrl, TimeZoneName};
use beta_kit::time::Timestamp;

use super::*;
use crate::accounts::{self, Membership, NewUser, OrganizationKind, OrganizationName};
use crate::actor::{Actor, Role, UserActor};
use crate::audit;
use crate::id::{CreativeId, OrganizationId};
use crate::testing::House;
use crate::work::Work;

/// Two agencies, a brand and an administrator.
struct People {
    agency: Actor,
    rival: Actor,
    brand: Actor,
    admin: Actor,
}

impl People {
    async fn move_in(house: &House) -> Self {
        let mut work = house.works.begin(Actor::System).await.unwrap();
        let acme = organization(&mut work, OrganizationKind::Agency, "Acme").await;
        let rival = organization(&mut work, OrganizationKind::Agency, "Rival").await;
        let brand = organization(&mut work, OrganizationKind::Brand, "Brand").await;
        let people = Self {
            agency: person(&mut work, Role::Agency, Some(acme)).await,
            rival: person(&mut work, Role::Agency, Some(rival)).await,
            brand: person(&mut work, Role::Brand, Some(brand)).await,
            admin: person(&mut work, Role::Admin, None).await,
        };
        work.commit().await.unwrap();
        people
    }
}

async fn organization(work: &mut Work, kind: OrganizationKind, name: &str) -> OrganizationId {
    let name = OrganizationName::parse(name).unwrap();
    accounts::add_organization(work, kind, &name)
        .await
        .unwrap()
        .id
}

async fn person(work: &mut Work, role: Role, organization_id: Option<OrganizationId>) -> Actor {
    let suffix: CreativeId = work.mint();
    let email = Email::parse(&format!("{role}-{suffix}@example.com")).unwrap();
    let membership = Membership {
        role,
        organization_id,
    };
    let user = accounts::add_user(work, NewUser { email, membership })
        .await
        .unwrap();
    Actor::User(UserActor {
        user_id: user.id,
        email: user.email,
        role,
        organization_id,
        login_id: work.mint(),
    })
}

fn organization_of(actor: &Actor) -> OrganizationId {
    actor.user().and_then(|user| user.organization_id).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn new_campaign() -> NewCampaign {
    NewCampaign {
        organization_id: None,
        brand_organization_id: None,
        name: CampaignName::parse("Spring").unwrap(),
        advertiser: CampaignName::parse("Brand").unwrap(),
        objective: Objective::parse("Be seen").unwrap(),
        start_date: at("2026-03-01"),
        end_date: at("2026-04-01"),
        budget: decimal("5000"),
        currency: Currency::USD,
        targeting: Targeting::default(),
        time_zone: TimeZoneName::default(),
        billable_evidence: EVIDENCE_DEFAULT,
        status: CampaignStatus::Draft,
    }
}

fn new_flight() -> NewFlight {
    NewFlight {
        pacing_per_hour: Pacing::new(20).unwrap(),
        cap_per_streamer_per_hour: Cap::new(6).unwrap(),
        cap_per_session: Cap::new(30).unwrap(),
        allowed_formats: vec![
            CreativeFormat::Image,
            CreativeFormat::Mp4,
            CreativeFormat::Image,
        ],
        mode: FlightMode::Manual,
        min_gap_sec: MinGap::new(0).unwrap(),
        start_at: None,
        end_at: None,
    }
}

fn new_creative(campaign_id: CampaignId, object_key: &str) -> NewCreative {
    NewCreative {
        campaign_id,
        format: CreativeFormat::Image,
        duration_sec: OnScreen::new(15).unwrap(),
        click_url: HttpUrl::parse("https://example.com/").unwrap(),
        fallback_url: None,
        approval_status: ApprovalStatus::Submitted,
        file: StoredFile {
            object_key: object_key.to_owned(),
            kind: MediaKind::Png,
            size_bytes: 67,
            sha256: "0".repeat(64),
            width: 1,
            height: 1,
            media_duration_ms: None,
        },
    }
}

/// What the audit log says, the oldest first: what was done, and what else there is to know.
async fn log(house: &House) -> Vec<(String, serde_json::Value)> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let rows = audit::list(&mut work, Limit::new(200).unwrap(), None)
        .await
        .unwrap();
    let told = |row: audit::Audit| (row.action, row.payload.unwrap_or_default());
    rows.into_iter().rev().map(told).collect()
}

/// Books and commits.
async fn book(house: &House, actor: &Actor, new: NewCampaign) -> Result<Campaign, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let campaign = create(&mut work, new).await?;
    work.commit().await.unwrap();
    Ok(campaign)
}
