//! Batches on a real database.

use std::time::Duration;

use beta_kit::secret::digest_hex;
use serde_json::json;

use crate::actor::Actor;
use crate::deliveries::{Delivery, DeliveryState};
use crate::events::{self, Accepted, Change, Item, Outcome, Posted, Refused};
use crate::journal::{EventType, Reason, Verdict};
use crate::sessions::limits::TOUCH_INTERVAL;
use crate::sessions::{self, Session, SessionStatus};
use crate::streamers::{self, OverlayIdentity};
use crate::testing::{Booked, House, Plan, Present, booked, on_each_engine};

const HOUR: u64 = 60 * 60;

fn not_counted(reason: Reason) -> Verdict {
    Verdict::NotCounted(reason)
}

async fn outcome(house: &House, posted: Posted) -> Outcome {
    house.store(&[posted.into_item()]).await.unwrap().remove(0)
}

async fn money(house: &House, booked: &Booked) -> (i64, i64) {
    let ledger = house.ledger(booked.campaign.id).await;
    (ledger.spent_e7, ledger.reserved_e7)
}

async fn latest(house: &House, sender: OverlayIdentity) -> Session {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let found = sessions::find_latest(&mut work, sender.channel_id).await;
    found.unwrap().unwrap()
}

/// A report that names no delivery, as clients of the first version write it.
fn legacy(booked: &Booked, house: &House, event_type: EventType, delivery: &Delivery) -> Posted {
    Posted {
        payload: json!({ "durationSec": 10 }),
        ..booked.report(house, event_type, delivery)
    }
}

#[tokio::test]
async fn a_play_is_counted_and_paid_once() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;

        let accepted = booked.play(house, &delivery).await;

        assert_eq!(accepted.verdict, Verdict::Counted);
        assert_eq!(accepted.delivery_id, Some(delivery.id));
        assert_eq!(accepted.session_id, Some(booked.session.id));
        assert!(!accepted.repeated);
        let settled = house.delivery(delivery.id).await;
        assert_eq!(settled.state, DeliveryState::Completed);
        assert_eq!(settled.evidence_level, 1);
        assert_eq!(settled.rendered_at, Some(delivery.leased_at));
        let ended = Some(delivery.leased_at.plus(Duration::from_secs(10)));
        assert_eq!(settled.completed_at, ended);
        assert_eq!(settled.ended_at, ended);
        assert_eq!(money(house, &booked).await, (100_000, 0));

        let again = booked.report(house, EventType::AdCompleted, &delivery);
        let again = house.report(again).await;
        assert_eq!(again.verdict, not_counted(Reason::Duplicate));
        assert_eq!(money(house, &booked).await, (100_000, 0));
    })
    .await;
}

#[tokio::test]
async fn the_same_id_gets_the_first_answer() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let rendered = booked.report(house, EventType::AdRendered, &delivery);
        let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
        // Twice in one batch, and once more in the next.
        let items: Vec<Item> = [&rendered, &rendered, &beat, &beat]
            .map(|posted| posted.clone().into_item())
            .into();
        let first = house.store(&items).await.unwrap();
        house.wait(HOUR);
        let later = house.store(&items).await.unwrap();
        let expected: Vec<Outcome> = [&first[0], &first[2]]
            .into_iter()
            .map(|outcome| {
                let first = outcome.clone().unwrap();
                assert!(!first.repeated);
                Ok(Accepted {
                    repeated: true,
                    ..first
                })
            })
            .collect();
        assert_eq!([&first[1], &first[3]], [&expected[0], &expected[1]]);
        assert_eq!(later[..2], [expected[0].clone(), expected[0].clone()]);
        assert_eq!(later[2..], [expected[1].clone(), expected[1].clone()]);
    })
    .await;
}

#[tokio::test]
async fn an_id_with_another_content_or_of_another_channel_is_taken() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let elsewhere = house.channel(&booked.streamer).await;
        for event_type in [EventType::OverlayConnected, EventType::OverlayHeartbeat] {
            let first = house.posted(booked.sender, event_type);
            house.report(first.clone()).await;
            let other_content = Posted {
                digest: digest_hex("other"),
                ..first.clone()
            };
            let other_channel = Posted {
                sender: elsewhere,
                ..first.clone()
            };
            for taken in [other_content, other_channel] {
                assert_eq!(outcome(house, taken).await, Err(Refused::IdTaken));
            }
        }
        let mut work = house.works.read(Actor::System).await.unwrap();
        let session = sessions::find_latest(&mut work, elsewhere.channel_id).await;
        assert_eq!(
            session.unwrap(),
            None,
            "nothing happened on the other channel"
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_that_was_rotated_meanwhile_is_refused() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let rendered = booked.report(house, EventType::AdRendered, &delivery);
        let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
        let channel_id = booked.sender.channel_id;
        let mut work = house.works.begin(booked.streamer.clone()).await.unwrap();
        streamers::rotate_key(&mut work, channel_id).await.unwrap();
        work.commit().await.unwrap();
        house.wait(60);
        for posted in [rendered, beat] {
            assert_eq!(outcome(house, posted).await, Err(Refused::KeyRevoked));
        }
        let untouched = house.delivery(delivery.id).await;
        assert_eq!(untouched.state, DeliveryState::Leased);
        assert_eq!(latest(house, booked.sender).await, booked.session);
    })
    .await;
}

#[tokio::test]
async fn what_a_report_names_must_belong_to_its_channel() {
    on_each_engine(async |house| {
        let here = booked(house).await;
        let elsewhere = house.channel(&here.streamer).await;
        let foreign_session = house.on_air(elsewhere).await;
        let other = house.campaign(here.organization, &Plan::default()).await;
        let foreign = house.creative(other.id, &Plan::default()).await;
        let own = house.posted(here.sender, EventType::AdClick);
        let session = |id| Posted {
            session_id: Some(id),
            ..own.clone()
        };
        let campaign = |id| Posted {
            campaign_id: Some(id),
            ..own.clone()
        };
        let creative = |id| Posted {
            creative_id: Some(id),
            ..own.clone()
        };
        let mixed = Posted {
            campaign_id: Some(other.id),
            ..creative(here.creative.id)
        };
        let cases = [
            (session(foreign_session.id), Refused::UnknownSession),
            (session(house.works.mint()), Refused::UnknownSession),
            (campaign(other.id), Refused::UnknownCampaign),
            (campaign(house.works.mint()), Refused::UnknownCampaign),
            (creative(foreign.id), Refused::UnknownCreative),
            (creative(house.works.mint()), Refused::UnknownCreative),
            (mixed, Refused::UnknownCampaign),
        ];
        for (posted, refused) in cases {
            assert_eq!(outcome(house, posted).await, Err(refused));
        }
        // Nothing was stored: the id is still free.
        let accepted = house.report(session(here.session.id)).await;
        assert!(!accepted.repeated);
        assert_eq!(accepted.session_id, Some(here.session.id));
        assert_eq!(accepted.verdict, not_counted(Reason::NoDelivery));
    })
    .await;
}

#[tokio::test]
async fn the_delivery_of_another_channel_is_as_good_as_none() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let elsewhere = house.channel(&booked.streamer).await;
        let stolen = Posted {
            payload: json!({ "commandId": delivery.id }),
            ..house.posted(elsewhere, EventType::AdRendered)
        };
        let accepted = house.report(stolen).await;
        assert_eq!(accepted.verdict, not_counted(Reason::NoDelivery));
        assert_eq!(accepted.delivery_id, None);
        assert_eq!(accepted.session_id, None);
        assert_eq!(house.delivery(delivery.id).await, delivery);
    })
    .await;
}

#[tokio::test]
async fn a_report_without_a_command_means_the_open_delivery() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let shown = booked.lease(house).await;
        let rendered = legacy(&booked, house, EventType::AdRendered, &shown);
        let accepted = house.report(rendered).await;
        assert_eq!(accepted.delivery_id, Some(shown.id));
        house.wait(10);
        // A newer one that failed is not meant.
        let failed = booked.lease(house).await;
        let change = Change::Failed("overlay_not_responding");
        house
            .store(&[Item::Change(failed.id, change)])
            .await
            .unwrap();

        let completed = legacy(&booked, house, EventType::AdCompleted, &shown);
        let accepted = house.report(completed).await;
        assert_eq!(accepted.verdict, Verdict::Counted);
        assert_eq!(accepted.delivery_id, Some(shown.id));
        // Nothing is open any more: the newest is meant.
        let again = legacy(&booked, house, EventType::AdCompleted, &shown);
        let accepted = house.report(again).await;
        assert_eq!(accepted.verdict, not_counted(Reason::LeaseExpired));
        assert_eq!(accepted.delivery_id, Some(failed.id));
    })
    .await;
}

#[tokio::test]
async fn a_command_that_is_no_id_means_nothing_whoever_is_in_the_batch() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let nonsense = Posted {
            payload: json!({ "commandId": "none" }),
            ..booked.report(house, EventType::AdRendered, &delivery)
        };
        let meant = legacy(&booked, house, EventType::AdRendered, &delivery);
        let items = [nonsense.into_item(), meant.into_item()];
        let outcomes = house.store(&items).await.unwrap();
        let verdicts = outcomes.map(|outcome| outcome.unwrap().verdict);
        assert_eq!(
            verdicts,
            [not_counted(Reason::NoDelivery), Verdict::Counted]
        );
    })
    .await;
}

trait MapEach {
    fn map<T>(self, each: impl FnMut(Outcome) -> T) -> Vec<T>;
}

impl MapEach for Vec<Outcome> {
    fn map<T>(self, each: impl FnMut(Outcome) -> T) -> Vec<T> {
        self.into_iter().map(each).collect()
    }
}

#[tokio::test]
async fn proof_that_an_outage_kept_back_counts_for_a_day() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        for (outage, counts) in [(24 * HOUR - 10, true), (24 * HOUR - 9, false)] {
            house.on_air(booked.sender).await;
            let delivery = booked.lease(house).await;
            let taken = [Item::Change(delivery.id, Change::Acknowledged)];
            house.store(&taken).await.unwrap();
            let rendered = booked.report(house, EventType::AdRendered, &delivery);
            house.wait(10);
            let completed = booked.report(house, EventType::AdCompleted, &delivery);
            house.wait(outage);
            let received_at = house.works.now();
            let replay = [rendered, completed].map(|posted| {
                Posted {
                    received_at,
                    ..posted
                }
                .into_item()
            });
            let verdicts = house
                .store(&replay)
                .await
                .unwrap()
                .map(|outcome| outcome.unwrap().verdict);
            let settled = house.delivery(delivery.id).await;
            if counts {
                assert_eq!(verdicts, [Verdict::Counted, Verdict::Counted]);
                let shown_at = delivery.leased_at.plus(Duration::from_secs(10));
                assert_eq!(settled.completed_at, Some(shown_at), "when it was shown");
            } else {
                assert!(verdicts.iter().all(|verdict| verdict.reason().is_some()));
                assert_eq!(settled.completed_at, None);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_went_to_the_standby_is_reported_by_it_alone() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let standby = Booked {
            instance: house.works.mint(),
            ..booked.clone()
        };
        let change = Change::Reassigned(Some(standby.instance));
        house
            .store(&[Item::Change(delivery.id, change)])
            .await
            .unwrap();
        let former = booked.report(house, EventType::AdRendered, &delivery);
        let former = house.report(former).await;
        assert_eq!(former.verdict, not_counted(Reason::StandbyInstance));
        let accepted = standby.play(house, &delivery).await;
        assert_eq!(accepted.verdict, Verdict::Counted);
    })
    .await;
}

#[tokio::test]
async fn a_play_that_failed_frees_its_money_and_says_why() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let delivery = booked.lease(house).await;
        let failed = Posted {
            payload: json!({ "commandId": delivery.id, "reason": "asset_timeout" }),
            ..booked.report(house, EventType::AdError, &delivery)
        };
        assert_eq!(house.report(failed).await.verdict, Verdict::Counted);
        let errored = house.delivery(delivery.id).await;
        assert_eq!(errored.state, DeliveryState::Errored);
        assert_eq!(errored.reason.as_deref(), Some("asset_timeout"));

        let delivery = booked.lease(house).await;
        let rendered = booked.report(house, EventType::AdRendered, &delivery);
        house.report(rendered).await;
        house.wait(10);
        let completed = booked.report(house, EventType::AdCompleted, &delivery);
        let obs = json!({ "sourceActive": false, "streaming": true });
        let off_program = Posted {
            payload: json!({ "commandId": delivery.id, "obs": obs }),
            ..completed
        };
        let accepted = house.report(off_program).await;
        assert_eq!(accepted.verdict, not_counted(Reason::NotOnProgram));
        let errored = house.delivery(delivery.id).await;
        assert_eq!(errored.reason.as_deref(), Some("not_on_program"));
        assert_eq!(money(house, &booked).await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_sign_of_life_opens_the_session_and_touches_it_now_and_then() {
    on_each_engine(async |house| {
        let streamer = house.streamer("kim@example.com").await;
        let sender = house.channel(&streamer).await;
        let beats = || {
            (0..3)
                .map(|_| {
                    house
                        .posted(sender, EventType::OverlayHeartbeat)
                        .into_item()
                })
                .collect::<Vec<_>>()
        };
        let outcomes = house.store(&beats()).await.unwrap();
        let session = latest(house, sender).await;
        let touched_at = session.last_heartbeat_at.plus(TOUCH_INTERVAL);
        for outcome in outcomes {
            assert_eq!(outcome.unwrap().session_id, Some(session.id));
        }
        house.clock.set(touched_at.minus(Duration::from_micros(1)));
        house.store(&beats()).await.unwrap();
        assert_eq!(latest(house, sender).await, session);
        house.clock.advance(Duration::from_micros(1));
        house.store(&beats()).await.unwrap();
        let touched = latest(house, sender).await;
        assert_eq!(touched.id, session.id);
        assert_eq!(touched.last_heartbeat_at, house.works.now());
    })
    .await;
}

#[tokio::test]
async fn a_goodbye_ends_nothing_while_an_overlay_is_connected() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let goodbye = || house.posted(booked.sender, EventType::OverlayDisconnected);
        let items = [goodbye().into_item()];
        let outcomes = events::commit(&house.works, &Present(true), &items).await;
        let accepted = outcomes.unwrap().remove(0).unwrap();
        assert_eq!(accepted.session_id, Some(booked.session.id));
        assert_eq!(latest(house, booked.sender).await, booked.session);

        // A goodbye and a return in one batch: it is back.
        house.wait(10);
        let beat = house.posted(booked.sender, EventType::OverlayHeartbeat);
        let items = [beat.clone(), goodbye()].map(Posted::into_item);
        house.store(&items).await.unwrap();
        let left = latest(house, booked.sender).await;
        assert_eq!(left.status, SessionStatus::Disconnected);
        let again = house.posted(booked.sender, EventType::OverlayHeartbeat);
        let items = [goodbye(), again].map(Posted::into_item);
        house.store(&items).await.unwrap();
        let back = latest(house, booked.sender).await;
        assert_eq!(back.status, SessionStatus::Active);
        assert_eq!(back.id, booked.session.id);
    })
    .await;
}
