//! Booking on a real database.

use beta_kit::page::{Limit, Place};

use super::*;
use crate::audit;
use crate::testing::on_each_engine;

async fn actions(house: &House) -> Vec<String> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let rows = audit::list(&mut work, Limit::new(200).unwrap(), None)
        .await
        .unwrap();
    let mut actions: Vec<String> = rows.into_iter().map(|row| row.action).collect();
    actions.retain(|action| action.starts_with("campaign"));
    actions.reverse();
    actions
}

async fn found(
    house: &House,
    actor: &Actor,
    id: CampaignId,
) -> Result<BookedCampaign, CampaignError> {
    let mut work = house.works.read(actor.clone()).await.unwrap();
    find(&mut work, id).await.map(|full| full.booked)
}

async fn page(house: &House, actor: &Actor, limit: u16, after: Option<Place>) -> Vec<Campaign> {
    filtered(house, actor, &CampaignFilter::default(), limit, after).await
}

async fn filtered(
    house: &House,
    actor: &Actor,
    filter: &CampaignFilter,
    limit: u16,
    after: Option<Place>,
) -> Vec<Campaign> {
    let mut work = house.works.read(actor.clone()).await.unwrap();
    let booked = list(&mut work, filter, Limit::new(limit).unwrap(), after)
        .await
        .unwrap();
    booked.into_iter().map(|booked| booked.campaign).collect()
}

async fn moved(
    house: &House,
    actor: &Actor,
    id: CampaignId,
    to: CampaignStatus,
) -> Result<Campaign, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let reason = Some(Reason::parse("because").unwrap());
    let campaign = set_status(&mut work, id, to, reason).await?;
    work.commit().await.unwrap();
    Ok(campaign)
}

async fn flown(
    house: &House,
    actor: &Actor,
    id: CampaignId,
    new: NewFlight,
) -> Result<Flight, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let flight = add_flight(&mut work, id, new).await?;
    work.commit().await.unwrap();
    Ok(flight)
}

#[tokio::test]
async fn an_agency_books_for_itself_and_only_its_own_people_see_it() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let brand = organization_of(&people.brand);
        let named = NewCampaign {
            brand_organization_id: Some(brand),
            ..new_campaign()
        };

        let secret = book(house, &people.agency, new_campaign()).await.unwrap();
        let shared = book(house, &people.agency, named).await.unwrap();

        assert_eq!(secret.organization_id, organization_of(&people.agency));
        assert_eq!(
            (secret.budget.to_string(), secret.budget_e7()),
            ("5000".into(), 50_000_000_000)
        );
        assert_eq!(
            (secret.time_zone.as_str(), secret.billable_evidence),
            ("UTC", 1)
        );
        for (who, sees_secret, sees_shared) in [
            (&people.agency, true, true),
            (&people.admin, true, true),
            (&people.brand, false, true),
            (&people.rival, false, false),
            (&Actor::System, true, true),
        ] {
            assert_eq!(
                found(house, who, secret.id).await.is_ok(),
                sees_secret,
                "{who:?}"
            );
            assert_eq!(
                found(house, who, shared.id).await.is_ok(),
                sees_shared,
                "{who:?}"
            );
            let listed = page(house, who, 200, None).await.len();
            assert_eq!(
                listed,
                usize::from(sees_secret) + usize::from(sees_shared),
                "{who:?}"
            );
        }
        assert_eq!(
            actions(house).await,
            ["campaign_created", "campaign_created"]
        );
    })
    .await;
}

#[tokio::test]
async fn an_administrator_says_which_agency() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let (acme, brand) = (
            organization_of(&people.agency),
            organization_of(&people.brand),
        );
        let owned_by = |id| NewCampaign {
            organization_id: id,
            ..new_campaign()
        };

        let active = NewCampaign {
            status: CampaignStatus::Active,
            ..owned_by(Some(acme))
        };
        let booked = book(house, &people.admin, active).await.unwrap();
        assert_eq!(
            (booked.organization_id, booked.status),
            (acme, CampaignStatus::Active)
        );

        let nobody = book(house, &people.admin, owned_by(None)).await;
        assert!(
            matches!(nobody, Err(CampaignError::OrganizationRequired)),
            "{nobody:?}"
        );
        let a_brand = book(house, &people.admin, owned_by(Some(brand))).await;
        assert!(
            matches!(a_brand, Err(CampaignError::OrganizationNotFound { .. })),
            "{a_brand:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_agency_cannot_book_for_others_or_approve_itself() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let rival = organization_of(&people.rival);

        let foreign = NewCampaign {
            organization_id: Some(rival),
            ..new_campaign()
        };
        let refused = book(house, &people.agency, foreign).await;
        assert!(matches!(
            refused,
            Err(CampaignError::OrganizationNotFound {
                field: "organizationId"
            })
        ));

        let no_brand = NewCampaign {
            brand_organization_id: Some(rival),
            ..new_campaign()
        };
        let refused = book(house, &people.agency, no_brand).await;
        assert!(matches!(
            refused,
            Err(CampaignError::OrganizationNotFound {
                field: "brandOrganizationId"
            })
        ));

        for status in CampaignStatus::ALL {
            let outcome = book(
                house,
                &people.agency,
                NewCampaign {
                    status: *status,
                    ..new_campaign()
                },
            )
            .await;
            match status {
                CampaignStatus::Draft | CampaignStatus::Submitted => assert!(outcome.is_ok()),
                _ => assert!(matches!(
                    outcome,
                    Err(CampaignError::ApprovalRequired { .. })
                )),
            }
        }

        let refused = book(house, &people.brand, new_campaign()).await;
        assert!(
            matches!(refused, Err(CampaignError::Denied(_))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_list_is_filtered_by_state_and_words_and_may_begin_with_the_oldest() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let mut ids = Vec::new();
        for (name, advertiser) in [
            ("50% off", "Tea"),
            ("Summer", "Coffee"),
            ("Tea time", "Cola"),
        ] {
            let new = NewCampaign {
                name: CampaignName::parse(name).unwrap(),
                advertiser: CampaignName::parse(advertiser).unwrap(),
                ..new_campaign()
            };
            ids.push(book(house, &people.agency, new).await.unwrap().id);
            house.clock.advance(std::time::Duration::from_secs(1));
        }
        moved(house, &people.agency, ids[1], CampaignStatus::Submitted)
            .await
            .unwrap();
        let found = async |who: &Actor, status, words: Option<&str>, order| {
            let filter = CampaignFilter {
                status,
                words: words.map(|words| Words::parse(words).unwrap()),
                order,
            };
            let rows = filtered(house, who, &filter, 200, None).await;
            rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let by = &people.agency;

        let oldest = found(by, None, None, Order::Oldest).await;
        assert_eq!(oldest, ids);
        let tea = found(by, None, Some("tEA"), Order::Oldest).await;
        assert_eq!(tea, [ids[0], ids[2]]);
        assert_eq!(found(by, None, Some("%"), Order::Newest).await, [ids[0]]);
        assert_eq!(found(by, None, Some("_"), Order::Newest).await, []);
        assert_eq!(found(by, None, Some("!"), Order::Newest).await, []);
        let submitted = Some(CampaignStatus::Submitted);
        assert_eq!(
            found(&people.admin, submitted, None, Order::Oldest).await,
            [ids[1]]
        );
        assert_eq!(found(by, submitted, Some("tea"), Order::Newest).await, []);
        assert_eq!(
            found(&people.rival, None, Some("tea"), Order::Newest).await,
            []
        );

        let filter = CampaignFilter {
            order: Order::Oldest,
            ..CampaignFilter::default()
        };
        let first = filtered(house, by, &filter, 2, None).await;
        let rest = filtered(house, by, &filter, 2, first.last().map(Campaign::place)).await;
        assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), ids[2..]);
    })
    .await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let mut booked = Vec::new();
        for _ in 0..5 {
            // All at the same instant: only the id tells them apart.
            booked.push(
                book(house, &people.agency, new_campaign())
                    .await
                    .unwrap()
                    .id,
            );
        }
        house.clock.advance(std::time::Duration::from_secs(1));
        let newest = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;

        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let rows = page(house, &people.agency, 2, after).await;
            let Some(last) = rows.last() else { break };
            after = Some(Place {
                at: last.created_at,
                id: last.id.uuid(),
            });
            seen.extend(rows.iter().map(|campaign| campaign.id));
        }

        assert_eq!(seen.first(), Some(&newest));
        booked.push(newest);
        booked.sort();
        seen.sort();
        assert_eq!(seen, booked);
    })
    .await;
}

#[tokio::test]
async fn an_agency_submits_an_administrator_approves_the_agency_runs_it() {
    on_each_engine(async |house| {
        use CampaignStatus as S;
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;

        let refused = moved(house, &people.agency, id, S::Active).await;
        assert!(
            matches!(refused, Err(CampaignError::CannotBecome { .. })),
            "{refused:?}"
        );
        let refused = moved(house, &people.rival, id, S::Submitted).await;
        assert!(
            matches!(refused, Err(CampaignError::CampaignNotFound)),
            "{refused:?}"
        );
        let refused = moved(house, &people.brand, id, S::Submitted).await;
        assert!(
            matches!(refused, Err(CampaignError::Denied(_))),
            "{refused:?}"
        );

        moved(house, &people.agency, id, S::Submitted)
            .await
            .unwrap();
        for status in [S::Approved, S::Rejected] {
            let refused = moved(house, &people.agency, id, status).await;
            assert!(
                matches!(refused, Err(CampaignError::ApprovalRequired { .. })),
                "{refused:?}"
            );
        }
        moved(house, &people.admin, id, S::Approved).await.unwrap();
        for status in [S::Active, S::Paused, S::Active, S::Completed] {
            assert_eq!(
                moved(house, &people.agency, id, status)
                    .await
                    .unwrap()
                    .status,
                status
            );
        }
        let refused = moved(house, &people.admin, id, S::Active).await;
        assert!(
            matches!(refused, Err(CampaignError::CannotBecome { .. })),
            "{refused:?}"
        );

        let changes = actions(house).await;
        assert_eq!(
            changes
                .iter()
                .filter(|a| *a == "campaign_status_changed")
                .count(),
            6
        );
    })
    .await;
}

#[tokio::test]
async fn a_flight_is_added_to_ones_own_campaign_with_each_format_once() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;

        let first = flown(house, &people.agency, id, new_flight())
            .await
            .unwrap();
        house.clock.advance(std::time::Duration::from_secs(1));
        let until = NewFlight {
            end_at: Some(at("2026-03-09")),
            ..new_flight()
        };
        let second = flown(house, &people.agency, id, until).await.unwrap();
        let refused = flown(house, &people.rival, id, new_flight()).await;

        assert!(
            matches!(refused, Err(CampaignError::CampaignNotFound)),
            "{refused:?}"
        );
        assert_eq!(
            first.allowed_formats,
            [CreativeFormat::Image, CreativeFormat::Mp4]
        );
        assert!(first.runs_at(at("2100-01-01")) && !second.runs_at(at("2026-03-09")));
        let booked = found(house, &people.agency, id).await.unwrap();
        assert_eq!(booked.flights, [second, first], "newest first");
        let mut work = house.works.read(Actor::System).await.unwrap();
        assert_eq!(flights_of(work.tx(), id).await.unwrap(), booked.flights);
        assert_eq!(
            actions(house).await.last().unwrap(),
            "campaign_flight_created"
        );
    })
    .await;
}
