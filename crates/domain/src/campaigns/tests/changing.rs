//! Changes of what is booked, on a real database.

use std::time::Duration;

use beta_kit::text::TimeZoneName;
use beta_kit::version::Version;
use serde_json::json;

use super::*;
use crate::id::FlightId;
use crate::testing::{Plan, booked, booked_as, on_each_engine};

async fn changed(
    house: &House,
    actor: &Actor,
    id: CampaignId,
    changes: CampaignChanges,
) -> Result<Campaign, CampaignError> {
    changed_from(house, actor, id, None, changes).await
}

async fn changed_from(
    house: &House,
    actor: &Actor,
    id: CampaignId,
    expected: Option<Version>,
    changes: CampaignChanges,
) -> Result<Campaign, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let campaign = change(&mut work, id, expected, changes).await?;
    work.commit().await.unwrap();
    Ok(campaign)
}

async fn moved(house: &House, actor: &Actor, id: CampaignId, to: CampaignStatus) -> Campaign {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let campaign = set_status(&mut work, id, to, None).await.unwrap();
    work.commit().await.unwrap();
    campaign
}

fn named(name: &str) -> CampaignChanges {
    CampaignChanges {
        name: Some(CampaignName::parse(name).unwrap()),
        ..CampaignChanges::default()
    }
}

fn budget(amount: &str) -> CampaignChanges {
    CampaignChanges {
        budget: Some(decimal(amount)),
        ..CampaignChanges::default()
    }
}

fn zone(name: &str) -> CampaignChanges {
    CampaignChanges {
        time_zone: Some(TimeZoneName::parse(name).unwrap()),
        ..CampaignChanges::default()
    }
}

#[tokio::test]
async fn a_draft_is_changed_and_the_log_tells_what_differs() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let brand = organization_of(&people.brand);
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        house.clock.advance(Duration::from_secs(1));
        let changes = CampaignChanges {
            name: Some(CampaignName::parse("Summer").unwrap()),
            advertiser: Some(CampaignName::parse("Brand").unwrap()),
            end_date: Some(at("2026-05-01")),
            budget: Some(decimal("6000.005")),
            time_zone: Some(TimeZoneName::parse("europe/berlin").unwrap()),
            brand_organization_id: Some(Some(brand)),
            billable_evidence: Some(Evidence::new(3).unwrap()),
            ..CampaignChanges::default()
        };

        let after = changed(house, &people.agency, id, changes.clone())
            .await
            .unwrap();

        assert_eq!(
            (after.name.as_str(), after.objective.as_str()),
            ("Summer", "Be seen")
        );
        assert_eq!(
            (after.time_zone.as_str(), after.billable_evidence),
            ("Europe/Berlin", 3)
        );
        assert_eq!(after.budget.to_string(), "6000.01");
        assert_eq!(after.brand_organization_id, Some(brand));
        assert_eq!(after.version, Version::new(2).unwrap());
        assert!(after.updated_at > after.created_at);
        let (action, told) = log(house).await.pop().unwrap();
        assert_eq!(action, "campaign_updated");
        let before = json!({
            "name": "Spring", "endDate": "2026-04-01T00:00:00.000Z", "budget": "5000",
            "timeZone": "UTC", "brandOrganizationId": null, "billableEvidence": 1,
        });
        let now = json!({
            "name": "Summer", "endDate": "2026-05-01T00:00:00.000Z", "budget": "6000.01",
            "timeZone": "Europe/Berlin", "brandOrganizationId": brand, "billableEvidence": 3,
        });
        assert_eq!(told, json!({ "before": before, "after": now }));

        let rows = log(house).await.len();
        let again = changed(house, &people.agency, id, changes).await.unwrap();
        assert_eq!(again, after, "what is the same already is no change");
        assert_eq!(log(house).await.len(), rows);
        let none = CampaignChanges {
            brand_organization_id: Some(None),
            ..CampaignChanges::default()
        };
        let alone = changed(house, &people.agency, id, none).await.unwrap();
        assert_eq!(alone.brand_organization_id, None);
    })
    .await;
}

#[tokio::test]
async fn whoever_changes_a_campaign_must_have_seen_its_last_state() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let seen = book(house, &people.agency, new_campaign()).await.unwrap();
        let by = &people.agency;
        let second = changed_from(house, by, seen.id, Some(seen.version), named("Two")).await;
        let second = second.unwrap();

        let late = changed_from(house, by, seen.id, Some(seen.version), named("Three")).await;

        let Err(CampaignError::Stale { current }) = late else {
            panic!("{late:?}")
        };
        assert_eq!(current, second.version);
        let third = changed_from(house, by, seen.id, Some(current), named("Three")).await;
        assert_eq!(third.unwrap().name, "Three");
    })
    .await;
}

#[tokio::test]
async fn of_many_who_change_the_same_state_one_does() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let seen = book(house, &people.agency, new_campaign()).await.unwrap();
        let names = ["One", "Two", "Three", "Four", "Five"];

        let tries = names.map(|name| {
            changed_from(
                house,
                &people.agency,
                seen.id,
                Some(seen.version),
                named(name),
            )
        });
        let outcomes = futures::future::join_all(tries).await;

        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_checked_as_a_new_campaign_is() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let rival = organization_of(&people.rival);
        let unknown: OrganizationId = house.works.mint();

        let backwards = CampaignChanges {
            end_date: Some(at("2026-02-01")),
            ..CampaignChanges::default()
        };
        let refused = changed(house, &people.agency, id, backwards).await;
        assert!(matches!(
            refused,
            Err(CampaignError::DatesOutOfOrder {
                field: "endDate",
                ..
            })
        ));
        let refused = changed(house, &people.agency, id, budget("0")).await;
        assert!(matches!(
            refused,
            Err(CampaignError::Money {
                field: "budget",
                ..
            })
        ));
        for brand in [rival, unknown] {
            let changes = CampaignChanges {
                brand_organization_id: Some(Some(brand)),
                ..CampaignChanges::default()
            };
            for who in [&people.agency, &people.admin] {
                let refused = changed(house, who, id, changes.clone()).await;
                let field = "brandOrganizationId";
                let Err(CampaignError::OrganizationNotFound { field: named }) = refused else {
                    panic!("{refused:?}")
                };
                assert_eq!(named, field);
            }
        }
        let refused = changed(house, &people.rival, id, named("Mine")).await;
        assert!(
            matches!(refused, Err(CampaignError::CampaignNotFound)),
            "{refused:?}"
        );
        let refused = changed(house, &people.brand, id, named("Mine")).await;
        assert!(
            matches!(refused, Err(CampaignError::Denied(_))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_approved_stays_as_it_was_approved() {
    on_each_engine(async |house| {
        use CampaignStatus as S;
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        moved(house, &people.agency, id, S::Submitted).await;

        let held = changed(house, &people.agency, id, budget("6000")).await;
        assert!(matches!(held, Err(CampaignError::InReview)), "{held:?}");
        changed(house, &people.admin, id, named("Better"))
            .await
            .unwrap();
        moved(house, &people.admin, id, S::Approved).await;
        for status in [S::Approved, S::Active, S::Paused] {
            if status != S::Approved {
                moved(house, &people.agency, id, status).await;
            }
            let lapse = changed(house, &people.agency, id, named("Other")).await;
            let Err(CampaignError::ApprovalWouldLapse { fields }) = lapse else {
                panic!("{lapse:?}")
            };
            assert_eq!(fields, [CampaignField::Name]);
            let amount = format!("{}", 6_000 + status as i64);
            changed(house, &people.agency, id, budget(&amount))
                .await
                .unwrap();
            changed(house, &people.admin, id, named(status.as_str()))
                .await
                .unwrap();
        }
        moved(house, &people.agency, id, S::Completed).await;
        for who in [&people.agency, &people.admin] {
            let over = changed(house, who, id, budget("9000")).await;
            assert!(matches!(over, Err(CampaignError::Completed)), "{over:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_rejection_says_why_and_the_agency_reads_it() {
    on_each_engine(async |house| {
        use CampaignStatus as S;
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        moved(house, &people.agency, id, S::Submitted).await;
        let rejected = async |reason: Option<&str>| {
            let reason = reason.map(|text| Reason::parse(text).unwrap());
            let mut work = house.works.begin(people.admin.clone()).await.unwrap();
            let campaign = set_status(&mut work, id, S::Rejected, reason).await?;
            work.commit().await.unwrap();
            Ok(campaign)
        };

        let silent = rejected(None).await;
        assert!(
            matches!(silent, Err(CampaignError::ReasonRequired)),
            "{silent:?}"
        );
        rejected(Some("too loud")).await.unwrap();

        let mut work = house.works.read(people.agency.clone()).await.unwrap();
        let read = find(&mut work, id).await.unwrap().booked.campaign;
        assert_eq!(
            (read.status, read.review_reason.as_deref()),
            (S::Rejected, Some("too loud"))
        );
        drop(work);
        let (_, told) = log(house).await.pop().unwrap();
        assert_eq!(
            told["before"],
            json!({ "status": "submitted", "reviewReason": null })
        );
        assert_eq!(
            told["after"],
            json!({ "status": "rejected", "reviewReason": "too loud" })
        );
        let draft = moved(house, &people.agency, id, S::Draft).await;
        assert_eq!(
            draft.review_reason.as_deref(),
            Some("too loud"),
            "while it is mended"
        );
        moved(house, &people.agency, id, S::Submitted).await;
        let approved = moved(house, &people.admin, id, S::Approved).await;
        assert_eq!(approved.review_reason, None);
    })
    .await;
}

#[tokio::test]
async fn a_budget_is_never_less_than_what_is_spent_and_set_aside() {
    on_each_engine(async |house| {
        let plan = Plan {
            cpm: Some("15"),
            ..Plan::default()
        };
        let booked = booked_as(house, plan).await;
        let first = booked.lease(house).await;
        booked.play(house, &first).await;
        house.wait(60);
        booked.lease(house).await;
        // One play is spent and one set aside, at a cent and a half each.
        let id = booked.campaign.id;

        for who in [&booked.agency, &Actor::System] {
            let refused = changed(house, who, id, budget("0.02")).await;
            let Err(CampaignError::BudgetBelowCommitted { committed }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(committed.to_string(), "0.03");
        }
        let exact = changed(house, &booked.agency, id, budget("0.03"))
            .await
            .unwrap();
        assert_eq!(exact.budget.to_string(), "0.03");
        let ledger = house.ledger(id).await;
        assert_eq!(ledger.spent_e7 + ledger.reserved_e7, exact.budget_e7());
    })
    .await;
}

#[tokio::test]
async fn the_days_of_a_campaign_that_was_shown_are_not_counted_anew() {
    on_each_engine(async |house| {
        let free = Plan {
            cpm: None,
            ..Plan::default()
        };
        let booked = booked_as(house, free).await;
        let id = booked.campaign.id;
        changed(house, &booked.agency, id, zone("Asia/Tokyo"))
            .await
            .unwrap();

        booked.lease(house).await;

        for who in [&booked.agency, &Actor::System] {
            let refused = changed(house, who, id, zone("Europe/Berlin")).await;
            assert!(
                matches!(refused, Err(CampaignError::AlreadyShown)),
                "{refused:?}"
            );
        }
        let same = changed(house, &booked.agency, id, zone("Asia/Tokyo")).await;
        assert_eq!(same.unwrap().time_zone, "Asia/Tokyo");
    })
    .await;
}

async fn flown(
    house: &House,
    who: &Actor,
    (id, expected): (FlightId, Option<Version>),
    changes: FlightChanges,
) -> Result<Flight, CampaignError> {
    let mut work = house.works.begin(who.clone()).await.unwrap();
    let flight = change_flight(&mut work, id, expected, changes).await?;
    work.commit().await.unwrap();
    Ok(flight)
}

/// A flight of a new draft of the agency.
async fn a_flight(house: &House, agency: &Actor) -> Flight {
    let campaign = book(house, agency, new_campaign()).await.unwrap();
    let mut work = house.works.begin(agency.clone()).await.unwrap();
    let flight = add_flight(&mut work, campaign.id, new_flight()).await;
    work.commit().await.unwrap();
    flight.unwrap()
}

#[tokio::test]
async fn a_flight_is_changed_and_the_log_tells_what_differs() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = a_flight(house, &people.agency).await.id;
        let changes = FlightChanges {
            pacing_per_hour: Some(Pacing::new(9).unwrap()),
            allowed_formats: Some(vec![CreativeFormat::Gif, CreativeFormat::Gif]),
            mode: Some(FlightMode::Auto),
            end_at: Some(Some(at("2026-03-20"))),
            ..FlightChanges::default()
        };
        let seen = (id, Some(Version::FIRST));

        let after = flown(house, &people.agency, seen, changes.clone())
            .await
            .unwrap();

        assert_eq!((after.pacing_per_hour, after.cap_per_session), (9, 30));
        assert_eq!(after.allowed_formats, [CreativeFormat::Gif]);
        assert_eq!(after.end_at, Some(at("2026-03-20")));
        let again = flown(house, &people.agency, (id, None), changes.clone()).await;
        assert_eq!(again.unwrap(), after);
        let (action, told) = log(house).await.pop().unwrap();
        assert_eq!(action, "campaign_flight_updated");
        let formats = json!(["image", "mp4"]);
        let before = json!({
            "pacingPerHour": 20, "allowedFormats": formats, "mode": "manual", "endAt": null,
        });
        assert_eq!((&told["before"], &told["flightId"]), (&before, &json!(id)));
        let late = flown(house, &people.agency, seen, changes.clone()).await;
        assert!(matches!(late, Err(CampaignError::Stale { .. })), "{late:?}");
        let foreign = flown(house, &people.rival, (id, None), changes).await;
        assert!(
            matches!(foreign, Err(CampaignError::FlightNotFound)),
            "{foreign:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_flight_stays_one_that_may_run_and_rests_while_its_campaign_is_reviewed() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let flight = a_flight(house, &people.agency).await;
        let anew = (flight.id, None);
        let until = |end: Option<&str>| FlightChanges {
            end_at: Some(end.map(at)),
            ..FlightChanges::default()
        };
        let by = &people.agency;
        flown(house, by, anew, until(Some("2026-03-20")))
            .await
            .unwrap();

        let nothing = FlightChanges {
            allowed_formats: Some(Vec::new()),
            ..FlightChanges::default()
        };
        let refused = flown(house, by, anew, nothing).await;
        assert!(
            matches!(refused, Err(CampaignError::WrongCount { .. })),
            "{refused:?}"
        );
        let backwards = FlightChanges {
            start_at: Some(Some(at("2026-03-21"))),
            ..FlightChanges::default()
        };
        let refused = flown(house, by, anew, backwards).await;
        let Err(CampaignError::DatesOutOfOrder { field, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(field, "startAt");

        moved(house, by, flight.campaign_id, CampaignStatus::Submitted).await;
        let held = flown(house, by, anew, FlightChanges::default()).await;
        assert!(matches!(held, Err(CampaignError::InReview)), "{held:?}");
        let open = flown(house, &people.admin, anew, until(None)).await;
        assert_eq!(open.unwrap().end_at, None);
    })
    .await;
}

/// What a trigger gets that asks while `act` is done but not committed.
async fn leased_during(
    house: &House,
    booked: &crate::testing::Booked,
    act: impl AsyncFnOnce(&mut Work),
) -> Result<crate::deliveries::Lease, crate::deliveries::TriggerError> {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    act(&mut work).await;
    let lease = booked.trigger(house);
    tokio::pin!(lease);
    let early = tokio::time::timeout(Duration::from_millis(300), &mut lease).await;
    assert!(early.is_err(), "the lease waits: {early:?}");
    work.commit().await.unwrap();
    lease.await
}

#[tokio::test]
async fn a_lease_waits_for_a_pause_and_sees_it() {
    on_each_engine(async |house| {
        let booked = booked(house).await;

        let outcome = leased_during(house, &booked, async |work| {
            let to = CampaignStatus::Paused;
            set_status(work, booked.campaign.id, to, None)
                .await
                .unwrap();
        })
        .await;

        let refused = outcome.unwrap_err().to_string();
        assert!(refused.contains("campaign_not_deliverable"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_lease_waits_for_a_lower_budget_and_keeps_to_it() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        booked.lease(house).await;
        house.wait(60);

        let outcome = leased_during(house, &booked, async |work| {
            let id = booked.campaign.id;
            change(work, id, None, budget("0.01")).await.unwrap();
        })
        .await;

        let refused = outcome.unwrap_err().to_string();
        assert!(refused.contains("campaign_budget_reached"), "{refused}");
        assert_eq!(house.ledger(booked.campaign.id).await.reserved_e7, 100_000);
    })
    .await;
}

#[tokio::test]
async fn a_lease_waits_for_a_channel_that_is_taken_off_and_for_a_creative_that_changes() {
    on_each_engine(async |house| {
        use crate::deliveries::TriggerError as E;
        let booked = booked(house).await;
        let plan = Plan::default();

        let outcome = leased_during(house, &booked, async |work| {
            let id = booked.creative.id;
            let decision = Decision::Rejected;
            let reason = Some(Reason::parse("too loud").unwrap());
            review(work, id, None, Review { decision, reason })
                .await
                .unwrap();
        })
        .await;
        assert!(matches!(outcome, Err(E::NoCreative)), "{outcome:?}");

        house.creative(booked.campaign.id, &plan).await;
        let outcome = leased_during(house, &booked, async |work| {
            let (id, channel) = (booked.campaign.id, booked.sender.channel_id);
            unassign(work, id, channel).await.unwrap();
        })
        .await;
        assert!(matches!(outcome, Err(E::NoAssignment)), "{outcome:?}");
    })
    .await;
}
