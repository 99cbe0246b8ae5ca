//! From the question to the lease, on a real database.

use beta_kit::page::Limit;
use beta_kit::{args, sql};

use crate::actor::{Actor, Role, UserActor};
use crate::audit;
use crate::campaigns::{self, AssignmentStatus, CampaignStatus, CreativeFormat};
use crate::deliveries::booking::check_booking;
use crate::deliveries::{DeliveryState, Lease, Refusal, TriggerError, TriggerRequest};
use crate::id::{ChannelId, CreativeId};
use crate::sessions::limits::SILENCE_MAX;
use crate::testing::{Booked, House, Plan, booked, booked_as, on_each_engine};

/// What one impression costs at the plan's CPM of 10, in ten-millionths.
const PRICE_E7: i64 = 100_000;

fn refusal<T>(outcome: &Result<T, TriggerError>) -> Option<Refusal> {
    match outcome {
        Err(TriggerError::Refused(refusal)) => Some(*refusal),
        _ => None,
    }
}

fn with_creative(booked: &Booked, creative: CreativeId) -> TriggerRequest {
    TriggerRequest {
        creative_id: Some(creative),
        ..booked.request()
    }
}

async fn refused(house: &House, booked: &Booked, request: &TriggerRequest) -> TriggerError {
    let outcome = house
        .trigger(&booked.agency, request, Some(booked.target()))
        .await;
    outcome.expect_err("the trigger is refused")
}

#[tokio::test]
async fn a_lease_reserves_its_price_and_is_written_down() {
    on_each_engine(async |house| {
        let booked = booked(house).await;

        let delivery = booked.lease(house).await;

        assert_eq!(house.delivery(delivery.id).await, delivery);
        assert_eq!(delivery.state, DeliveryState::Leased);
        assert_eq!(delivery.price.e7(), PRICE_E7);
        assert_eq!(delivery.duration_sec, 10, "the creative's own");
        assert_eq!(delivery.session_id, booked.session.id);
        assert_eq!(delivery.instance_id, Some(booked.instance));
        let ledger = house.ledger(booked.campaign.id).await;
        assert_eq!((ledger.spent_e7, ledger.reserved_e7), (0, PRICE_E7));
        let mut work = house.works.read(Actor::System).await.unwrap();
        let log = audit::list(&mut work, Limit::new(1).unwrap(), None)
            .await
            .unwrap();
        assert_eq!(log[0].action, "delivery_triggered");
        assert_eq!(log[0].entity_id, delivery.id.to_string());
    })
    .await;
}

#[tokio::test]
async fn a_trigger_may_say_how_long() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let request = TriggerRequest {
            duration_sec: Some(120),
            ..booked.request()
        };
        let lease = house
            .trigger(&booked.agency, &request, Some(booked.target()))
            .await;
        let Ok(Lease::New(command)) = lease else {
            panic!("{lease:?}")
        };
        assert_eq!(command.delivery.duration_sec, 120);
        assert_eq!(command.creative.id, booked.creative.id);
    })
    .await;
}

#[tokio::test]
async fn only_an_agency_and_the_administrator_trigger() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let Actor::User(user) = booked.agency.clone() else {
            panic!("a person")
        };
        for role in [Role::Brand, Role::Streamer, Role::Viewer] {
            let actor = Actor::User(UserActor {
                role,
                ..user.clone()
            });
            let outcome = house
                .trigger(&actor, &booked.request(), Some(booked.target()))
                .await;
            assert!(matches!(outcome, Err(TriggerError::Denied(_))), "{role}");
        }
        let admin = Actor::User(UserActor {
            role: Role::Admin,
            organization_id: None,
            ..user
        });
        let outcome = house
            .trigger(&admin, &booked.request(), Some(booked.target()))
            .await;
        assert!(matches!(outcome, Ok(Lease::New(_))));
    })
    .await;
}

#[tokio::test]
async fn a_campaign_of_others_is_as_good_as_none() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let (rival, _) = house.agency("rival@example.com").await;
        let named = TriggerRequest {
            campaign_id: Some(booked.campaign.id),
            ..booked.request()
        };
        let unknown = TriggerRequest {
            campaign_id: Some(house.works.mint()),
            ..booked.request()
        };
        for request in [booked.request(), named, unknown] {
            let outcome = house.trigger(&rival, &request, Some(booked.target())).await;
            assert!(matches!(outcome, Err(TriggerError::NoAssignment)));
        }
        let channel_id: ChannelId = house.works.mint();
        let nowhere = TriggerRequest {
            channel_id,
            ..booked.request()
        };
        let error = refused(house, &booked, &nowhere).await;
        assert!(matches!(error, TriggerError::ChannelNotFound));
        let elsewhere = TriggerRequest {
            channel_id: house.channel(&booked.streamer).await.channel_id,
            ..booked.request()
        };
        let error = refused(house, &booked, &elsewhere).await;
        assert!(matches!(error, TriggerError::NoAssignment));
    })
    .await;
}

#[tokio::test]
async fn without_a_name_the_campaign_that_was_assigned_last_runs() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        house.wait(1);
        let plan = Plan::default();
        let (_, rival) = house.agency("rival@example.com").await;
        for organization in [booked.organization, rival] {
            let campaign = house.campaign(organization, &plan).await;
            house.flight(campaign.id, &plan).await;
            house.creative(campaign.id, &plan).await;
            house.assign(campaign.id, &[booked.sender], &plan).await;
            house.wait(1);
        }
        let delivery = booked.lease(house).await;
        assert_ne!(
            delivery.campaign_id, booked.campaign.id,
            "the newer one of its own"
        );
        let mut work = house.works.read(booked.agency.clone()).await.unwrap();
        let campaign = campaigns::find(&mut work, delivery.campaign_id).await;
        assert!(campaign.is_ok(), "and not the newest of another agency");
    })
    .await;
}

#[tokio::test]
async fn only_an_approved_or_active_campaign_runs_between_its_dates() {
    on_each_engine(async |house| {
        let (agency, organization) = house.agency("agency@example.com").await;
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        house.on_air(sender).await;
        let noon = crate::testing::START;
        let cases = [
            (CampaignStatus::Draft, "2026-02-01", "2026-04-01", 1),
            (CampaignStatus::Submitted, "2026-02-01", "2026-04-01", 1),
            (CampaignStatus::Rejected, "2026-02-01", "2026-04-01", 1),
            (CampaignStatus::Paused, "2026-02-01", "2026-04-01", 1),
            (CampaignStatus::Completed, "2026-02-01", "2026-04-01", 1),
            (
                CampaignStatus::Active,
                "2026-03-01T12:00:00.001Z",
                "2026-04-01",
                2,
            ),
            (CampaignStatus::Active, "2026-02-01", noon, 3),
            // Both edges: it runs from its start, and no longer at its end.
            (
                CampaignStatus::Approved,
                noon,
                "2026-03-01T12:00:00.001Z",
                0,
            ),
        ];
        for (status, start_date, end_date, expected) in cases {
            let is_over = status == CampaignStatus::Completed;
            let plan = Plan {
                status: if is_over {
                    CampaignStatus::Active
                } else {
                    status
                },
                start_date,
                end_date,
                ..Plan::default()
            };
            let campaign = house.campaign(organization, &plan).await;
            house.flight(campaign.id, &plan).await;
            house.creative(campaign.id, &plan).await;
            house.assign(campaign.id, &[sender], &plan).await;
            if is_over {
                house.move_to(campaign.id, status).await;
            }
            let request = TriggerRequest {
                channel_id: sender.channel_id,
                campaign_id: Some(campaign.id),
                creative_id: None,
                duration_sec: None,
                idempotency_key: None,
                digest: String::new(),
            };
            let target = Some(crate::deliveries::Target { instance_id: None });
            let outcome = house.trigger(&agency, &request, target).await;
            let expected = [
                None,
                Some(Refusal::CampaignNotDeliverable),
                Some(Refusal::CampaignNotStarted),
                Some(Refusal::CampaignEnded),
            ][expected];
            assert_eq!(
                refusal(&outcome),
                expected,
                "{status} {start_date} {end_date}"
            );
            assert_eq!(outcome.is_ok(), expected.is_none());
        }
    })
    .await;
}

// No verb pauses a channel yet.
sql!(PAUSE, "update channels set paused_at = $2 where id = $1");

#[tokio::test]
async fn the_streamer_is_asked_first() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let mut work = house.works.read(Actor::System).await.unwrap();
        let (scope, channel_id) = (work.actor().scope(), booked.sender.channel_id);
        let found = campaigns::deliverable_for(work.tx(), scope, channel_id, None).await;
        let (mut campaign, mut assignment) = found.unwrap().unwrap();
        let now = work.now;
        drop(work);
        assert!(check_booking(&campaign, &assignment, None, now).is_ok());
        campaign.status = CampaignStatus::Draft;
        assignment.status = AssignmentStatus::Declined;
        let outcome = check_booking(&campaign, &assignment, Some(now), now);
        assert_eq!(refusal(&outcome), Some(Refusal::StreamerPaused));
        let outcome = check_booking(&campaign, &assignment, None, now);
        assert_eq!(refusal(&outcome), Some(Refusal::AssignmentDeclined));
        assignment.status = AssignmentStatus::Pending;
        let outcome = check_booking(&campaign, &assignment, None, now);
        assert_eq!(refusal(&outcome), Some(Refusal::AssignmentPending));

        let mut work = house.works.begin(Actor::System).await.unwrap();
        work.tx().run(&PAUSE, args![channel_id, now]).await.unwrap();
        work.commit().await.unwrap();
        let outcome = booked.trigger(house).await;
        assert_eq!(refusal(&outcome), Some(Refusal::StreamerPaused));
    })
    .await;
}

#[tokio::test]
async fn a_trigger_needs_a_flight_a_session_a_creative_and_an_overlay() {
    on_each_engine(async |house| {
        let (agency, organization) = house.agency("agency@example.com").await;
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        let plan = Plan::default();
        let campaign = house.campaign(organization, &plan).await;
        house.assign(campaign.id, &[sender], &plan).await;
        let request = TriggerRequest {
            channel_id: sender.channel_id,
            campaign_id: None,
            creative_id: None,
            duration_sec: None,
            idempotency_key: None,
            digest: String::new(),
        };
        let trigger = async || house.trigger(&agency, &request, None).await;

        assert!(matches!(trigger().await, Err(TriggerError::NoFlight)));
        house.flight(campaign.id, &plan).await;
        assert!(matches!(trigger().await, Err(TriggerError::NoSession)));
        house.on_air(sender).await;
        assert!(matches!(trigger().await, Err(TriggerError::NoCreative)));
        house.creative(campaign.id, &plan).await;
        let outcome = trigger().await;
        assert!(matches!(outcome, Err(TriggerError::OverlayNotConnected)));
        let ledger = house.ledger(campaign.id).await;
        assert_eq!((ledger.spent_e7, ledger.reserved_e7), (0, 0));
        house.clock.advance(SILENCE_MAX);
        let outcome = trigger().await;
        assert!(matches!(outcome, Err(TriggerError::OverlayNotConnected)));
        house.wait(1);
        let outcome = trigger().await;
        assert!(
            matches!(outcome, Err(TriggerError::NoSession)),
            "it fell silent"
        );
    })
    .await;
}

#[tokio::test]
async fn only_an_approved_creative_of_the_campaign_in_an_allowed_format_is_shown() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let other = house.campaign(booked.organization, &Plan::default()).await;
        let foreign = house.creative(other.id, &Plan::default()).await;
        let error = refused(house, &booked, &with_creative(&booked, foreign.id)).await;
        assert!(matches!(error, TriggerError::NoCreative));

        let plan = Plan {
            formats: vec![CreativeFormat::Mp4],
            ..Plan::default()
        };
        let films = house.campaign(booked.organization, &plan).await;
        house.flight(films.id, &plan).await;
        let picture = house.creative(films.id, &plan).await;
        house.wait(1);
        house.assign(films.id, &[booked.sender], &plan).await;
        let error = refused(house, &booked, &with_creative(&booked, picture.id)).await;
        let outcome: Result<(), _> = Err(error);
        assert_eq!(refusal(&outcome), Some(Refusal::FormatNotAllowed));
        let error = refused(house, &booked, &booked.request()).await;
        assert!(matches!(error, TriggerError::NoCreative));
    })
    .await;
}

#[tokio::test]
async fn the_creative_that_was_shown_longest_ago_is_next() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        house.wait(1);
        let second = house.creative(booked.campaign.id, &Plan::default()).await;
        house.wait(1);
        let third = house.creative(booked.campaign.id, &Plan::default()).await;
        let mut shown = Vec::new();
        for _ in 0..5 {
            let delivery = booked.lease(house).await;
            booked.play(house, &delivery).await;
            shown.push(delivery.creative_id);
        }
        let first = booked.creative.id;
        assert_eq!(shown, [first, second.id, third.id, first, second.id]);
    })
    .await;
}

#[tokio::test]
async fn a_retry_with_the_same_key_gets_the_first_answer() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let keyed = |key: &str, digest: &str| TriggerRequest {
            idempotency_key: Some(key.to_owned()),
            digest: digest.to_owned(),
            ..booked.request()
        };
        let trigger = async |request: TriggerRequest| {
            house
                .trigger(&booked.agency, &request, Some(booked.target()))
                .await
        };
        let Ok(Lease::New(first)) = trigger(keyed("a", "1")).await else {
            panic!("a new lease")
        };

        let again = trigger(keyed("a", "1")).await;
        let Ok(Lease::Earlier(earlier)) = again else {
            panic!("{again:?}")
        };
        assert_eq!(earlier.id, first.delivery.id);
        let other = trigger(keyed("a", "2")).await;
        assert!(matches!(other, Err(TriggerError::IdempotencyKeyReused)));
        assert_eq!(
            refusal(&trigger(keyed("b", "1")).await),
            Some(Refusal::ChannelBusy),
            "another key is another trigger"
        );
        let ledger = house.ledger(booked.campaign.id).await;
        assert_eq!(ledger.reserved_e7, PRICE_E7);
        let (rival, _) = house.agency("rival@example.com").await;
        let outcome = house
            .trigger(&rival, &keyed("a", "1"), Some(booked.target()))
            .await;
        assert!(
            matches!(outcome, Err(TriggerError::NoAssignment)),
            "keys belong to who sent them"
        );
    })
    .await;
}

#[tokio::test]
async fn the_flight_most_behind_runs_and_a_full_one_lets_the_next_one_run() {
    on_each_engine(async |house| {
        let plan = Plan {
            pacing: 2,
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        house.wait(1);
        let fast = Plan {
            pacing: 4,
            ..Plan::default()
        };
        let faster = house.flight(booked.campaign.id, &fast).await;
        let (slow, fast) = (booked.flight.id, faster.id);
        let mut flights = Vec::new();
        for _ in 0..6 {
            let delivery = booked.lease(house).await;
            booked.play(house, &delivery).await;
            flights.push(delivery.flight_id);
        }
        // Shares before each: 0/2 0/4, 0/2 1/4, 1/2 1/4, 1/2 2/4, 1/2 3/4, 2/2 3/4.
        assert_eq!(flights, [fast, slow, fast, fast, slow, fast]);
        let outcome = booked.trigger(house).await;
        assert_eq!(refusal(&outcome), Some(Refusal::CampaignPacingReached));
    })
    .await;
}
