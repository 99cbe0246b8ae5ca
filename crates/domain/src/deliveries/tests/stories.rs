//! Who is told what of a delivery.

use beta_kit::page::{Limit, Place};

use crate::actor::{Actor, Role, UserActor};
use crate::campaigns::{self, Answer, AskedFilter};
use crate::deliveries::{
    DeliveryState, Lease, Story, StoryError, StoryFilter, Told, list, note_refusal, story,
};
use crate::events::Posted;
use crate::id::DeliveryId;
use crate::journal::{EventType, Reason};
use crate::testing::{Booked, House, booked, on_each_engine};
use crate::{audit, streamers};

async fn listed(house: &House, actor: &Actor, filter: StoryFilter) -> Vec<Told> {
    let mut work = house.works.read(actor.clone()).await.unwrap();
    let limit = Limit::new(50).unwrap();
    list(&mut work, filter, limit, Place::START).await.unwrap()
}

async fn told(house: &House, actor: &Actor, id: DeliveryId) -> Result<Story, StoryError> {
    let mut work = house.works.read(actor.clone()).await.unwrap();
    story(&mut work, id).await
}

/// Somebody else of this role, with what belongs to the other untouched.
fn as_role(actor: &Actor, role: Role) -> Actor {
    let Actor::User(user) = actor.clone() else {
        panic!("a person")
    };
    Actor::User(UserActor { role, ..user })
}

/// One delivery that was played, and its overlay said where it is.
async fn played(house: &House, booked: &Booked) -> DeliveryId {
    let delivery = booked.lease(house).await;
    house.wait(1);
    let rendered = Posted {
        ip: Some("192.0.2.1".to_owned()),
        ..booked.report(house, EventType::AdRendered, &delivery)
    };
    house.report(rendered).await;
    house.clock.advance(delivery.duration());
    let completed = booked.report(house, EventType::AdCompleted, &delivery);
    house.report(completed).await;
    let again = booked.report(house, EventType::AdCompleted, &delivery);
    house.report(again).await;
    delivery.id
}

#[tokio::test]
async fn a_story_has_every_state_and_every_event_with_its_verdict() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let began = house.works.now();
        let id = played(house, &booked).await;

        let story = told(house, &booked.agency, id).await.unwrap();

        let states: Vec<DeliveryState> = story
            .told
            .states()
            .iter()
            .map(|(state, _)| *state)
            .collect();
        assert_eq!(
            states,
            [
                DeliveryState::Leased,
                DeliveryState::Acknowledged,
                DeliveryState::Rendered,
                DeliveryState::Completed,
            ]
        );
        assert_eq!(story.told.states()[0].1, began);
        assert_eq!(story.told.campaign_name, booked.campaign.name);
        let cost = story.told.cost.unwrap();
        assert_eq!(
            (cost.price, cost.spent.to_string()),
            (cost.spent, "0.01".to_owned())
        );
        let events: Vec<_> = story
            .events
            .iter()
            .map(|event| {
                (
                    event.event_type.as_str(),
                    event.verdict.reason().map(Reason::as_str),
                )
            })
            .collect();
        assert_eq!(
            events,
            [
                ("ad_candidate_selected", None),
                ("ad_command_sent", None),
                ("ad_rendered", None),
                ("ad_completed", None),
                ("ad_completed", Some("duplicate")),
            ]
        );
        assert!(!story.has_more_events);
    })
    .await;
}

#[tokio::test]
async fn each_is_told_of_their_own_and_a_streamer_no_price_and_an_organisation_no_address() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let id = played(house, &booked).await;
        let (rival, _) = house.agency("rival@example.com").await;
        let lee = house.streamer("lee@example.com").await;
        let admin = as_role(&rival, Role::Admin);
        let brand_of_others = as_role(&rival, Role::Brand);

        for stranger in [&rival, &lee, &brand_of_others] {
            assert!(
                listed(house, stranger, StoryFilter::default())
                    .await
                    .is_empty()
            );
            let refused = told(house, stranger, id).await;
            assert!(matches!(refused, Err(StoryError::DeliveryNotFound)));
        }
        let brand = as_role(&booked.agency, Role::Brand);
        for (actor, knows_price, knows_address) in [
            (&admin, true, true),
            (&booked.agency, true, false),
            (&brand, true, false),
            (&booked.streamer, false, true),
        ] {
            let list = listed(house, actor, StoryFilter::default()).await;
            assert_eq!(list.len(), 1);
            assert_eq!(list[0].cost.is_some(), knows_price);
            let story = told(house, actor, id).await.unwrap();
            assert_eq!(story.told, list[0]);
            let addresses = story.events.iter().filter(|event| event.ip.is_some());
            assert_eq!(addresses.count(), usize::from(knows_address));
            let programs = story.events.iter().any(|event| event.user_agent.is_some());
            assert_eq!(programs, knows_address);
        }
        let viewer = as_role(&lee, Role::Viewer);
        let denied = told(house, &viewer, id).await;
        assert!(matches!(denied, Err(StoryError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn deliveries_are_filtered_and_paged_newest_first() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let first = played(house, &booked).await;
        house.wait(10);
        let second = booked.lease(house).await.id;
        let ids = |told: Vec<Told>| -> Vec<DeliveryId> {
            told.into_iter().map(|one| one.delivery.id).collect()
        };
        let all = StoryFilter::default();
        for (filter, expected) in [
            (all, vec![second, first]),
            (
                StoryFilter {
                    campaign_id: Some(booked.campaign.id),
                    ..all
                },
                vec![second, first],
            ),
            (
                StoryFilter {
                    campaign_id: Some(house.works.mint()),
                    ..all
                },
                vec![],
            ),
            (
                StoryFilter {
                    channel_id: Some(booked.sender.channel_id),
                    ..all
                },
                vec![second, first],
            ),
            (
                StoryFilter {
                    channel_id: Some(house.works.mint()),
                    ..all
                },
                vec![],
            ),
            (
                StoryFilter {
                    state: Some(DeliveryState::Completed),
                    ..all
                },
                vec![first],
            ),
            (
                StoryFilter {
                    state: Some(DeliveryState::Leased),
                    ..all
                },
                vec![second],
            ),
        ] {
            assert_eq!(
                ids(listed(house, &booked.agency, filter).await),
                expected,
                "{filter:?}"
            );
        }

        let mut work = house.works.read(booked.agency.clone()).await.unwrap();
        let one = Limit::new(1).unwrap();
        let page = list(&mut work, all, one, Place::START).await.unwrap();
        let next = list(&mut work, all, one, page[0].place()).await.unwrap();
        assert_eq!((ids(page), ids(next)), (vec![second], vec![first]));
    })
    .await;
}

#[tokio::test]
async fn a_pause_and_a_refusal_of_the_streamer_stop_leases_at_once() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let pause = |paused| streamers::OverlayChange {
            paused: Some(paused),
            ..streamers::OverlayChange::default()
        };
        let channel = booked.sender.channel_id;
        for paused in [true, false] {
            let mut work = house.works.begin(booked.streamer.clone()).await.unwrap();
            streamers::change_overlay(&mut work, channel, &pause(paused), None)
                .await
                .unwrap();
            work.commit().await.unwrap();
            let outcome = booked.trigger(house).await;
            match outcome {
                Err(error) => assert_eq!((paused, error.reason()), (true, Some("streamer_paused"))),
                Ok(lease) => assert!(!paused && matches!(lease, Lease::New(_))),
            }
        }

        let mut work = house.works.begin(booked.streamer.clone()).await.unwrap();
        let (all, one) = (AskedFilter::default(), Limit::new(1).unwrap());
        let asked = campaigns::list_asked(&mut work, all, one, Place::START)
            .await
            .unwrap();
        let open = listed(house, &booked.streamer, StoryFilter::default()).await;
        campaigns::answer(&mut work, asked[0].assignment.id, &Answer::Decline(None))
            .await
            .unwrap();
        work.commit().await.unwrap();
        let error = booked.trigger(house).await.unwrap_err();
        assert_eq!(error.reason(), Some("assignment_declined"));
        let played_on = listed(house, &booked.streamer, StoryFilter::default()).await;
        assert_eq!(played_on, open, "an open lease plays to its end");
    })
    .await;
}

#[tokio::test]
async fn a_refused_trigger_is_audited_with_its_reason() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let mut work = house.works.begin(booked.agency.clone()).await.unwrap();
        note_refusal(&mut work, &booked.request(), "channel_busy")
            .await
            .unwrap();
        work.commit().await.unwrap();
        let mut work = house.works.read(Actor::System).await.unwrap();
        let log = audit::list(&mut work, Limit::new(1).unwrap(), None)
            .await
            .unwrap();
        assert_eq!(log[0].action, "delivery_refused");
        assert_eq!(log[0].entity_id, booked.sender.channel_id.to_string());
        assert_eq!(log[0].payload.as_ref().unwrap()["reason"], "channel_busy");
        let actor = log[0].actor.as_ref().map(|actor| actor.id);
        assert_eq!(actor, booked.agency.user().map(|user| user.user_id));
    })
    .await;
}
