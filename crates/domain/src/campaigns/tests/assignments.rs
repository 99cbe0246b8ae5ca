//! Assignments and fixed fees on a real database.

use beta_kit::money::Price;
use beta_kit::number::Whole;
use beta_kit::text::{BoundedText, CountryCode, LanguageCode};

use super::*;
use crate::streamers::{self, AudienceForm, Categories, ChannelForm, ProfileForm};
use crate::testing::on_each_engine;

/// A streamer with so many channels.
pub(super) async fn channels(house: &House, number: usize) -> Vec<ChannelId> {
    let mut work = house.works.begin(Actor::System).await.unwrap();
    let streamer = person(&mut work, Role::Streamer, None).await;
    let user_id = streamer.user().unwrap().user_id;
    let audience = AudienceForm {
        country: CountryCode::parse("DE").unwrap(),
        language: LanguageCode::parse("de").unwrap(),
        categories: Categories::new(Vec::new()).unwrap(),
        avg_viewers: Whole::new(7).unwrap(),
        pricing_tier: BoundedText::parse("a").unwrap(),
    };
    let profile = ProfileForm {
        display_name: BoundedText::parse("Kim").unwrap(),
        twitch_handle: BoundedText::parse("kim").unwrap(),
        audience: audience.clone(),
    };
    let profile = streamers::put_profile(&mut work, user_id, &profile)
        .await
        .unwrap();
    let mut ids = Vec::new();
    for _ in 0..number {
        let id: ChannelId = work.mint();
        let form = ChannelForm {
            twitch_channel_name: BoundedText::parse(&format!("kim_{id}")).unwrap(),
            audience: audience.clone(),
        };
        let channel = streamers::put_channel(&mut work, id, profile.id, &form)
            .await
            .unwrap();
        ids.push(channel.id);
    }
    work.commit().await.unwrap();
    ids
}

pub(super) fn at_no_price(channel_ids: Vec<ChannelId>) -> NewAssignments {
    NewAssignments {
        channel_ids,
        cpm_rate: None,
        fixed_fee: None,
    }
}

async fn assigned(
    house: &House,
    actor: &Actor,
    id: CampaignId,
    new: NewAssignments,
) -> Result<Vec<Assignment>, CampaignError> {
    let mut work = house.works.begin(actor.clone()).await.unwrap();
    let assignments = assign(&mut work, id, new).await?;
    work.commit().await.unwrap();
    Ok(assignments)
}

#[tokio::test]
async fn channels_are_assigned_in_the_order_of_the_request_twice_included() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let [a, b, c] = channels(house, 3).await[..] else {
            panic!("three channels")
        };

        let new = at_no_price(vec![c, a, c, b]);
        let rows = assigned(house, &people.agency, id, new).await.unwrap();

        let order: Vec<ChannelId> = rows.iter().map(|row| row.channel_id).collect();
        assert_eq!(order, [c, a, c, b]);
        assert_eq!(rows[0], rows[2], "one row, told twice");
        assert!(
            rows.iter()
                .all(|row| row.status == AssignmentStatus::Accepted)
        );
        let mut work = house.works.read(people.agency.clone()).await.unwrap();
        let full = find(&mut work, id).await.unwrap();
        assert_eq!(full.booked.assignments.len(), 3);
        assert!(
            [a, b, c]
                .iter()
                .all(|channel| full.channels.contains_key(channel))
        );
    })
    .await;
}

#[tokio::test]
async fn a_price_that_is_not_named_stays_as_it_was_agreed() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let channel = vec![channels(house, 3).await[0]];
        let priced = |cpm: Option<&str>, fee: Option<&str>| NewAssignments {
            channel_ids: channel.clone(),
            cpm_rate: cpm.map(decimal),
            fixed_fee: fee.map(decimal),
        };
        let told = async |new| {
            let rows = assigned(house, &people.agency, id, new).await.unwrap();
            let price = rows[0].price_per_impression();
            let (rate, fee) = (rows[0].cpm_rate, rows[0].fixed_fee);
            (
                rate.map(|r| r.to_string()),
                fee.map(|f| f.to_string()),
                price,
            )
        };
        let rate = Some("15.1235".to_owned());
        let cpm_price = Price::from_e7(151_235).unwrap();

        assert_eq!(told(priced(None, None)).await, (None, None, Price::FREE));
        assert_eq!(
            told(priced(Some("15.12345"), None)).await,
            (rate.clone(), None, cpm_price)
        );
        assert_eq!(
            told(priced(None, None)).await,
            (rate.clone(), None, cpm_price)
        );
        let both = (rate, Some("450.5".to_owned()), Price::FREE);
        assert_eq!(told(priced(None, Some("450.499"))).await, both);
        for (cpm, fee, wrong) in [
            (Some("0"), None, "cpmRate"),
            (Some("0.00004"), None, "cpmRate"),
            (Some("1000000"), None, "cpmRate"),
            (None, Some("-1"), "fixedFee"),
            (None, Some("0.004"), "fixedFee"),
            (None, Some("1e12"), "fixedFee"),
        ] {
            let refused = assigned(house, &people.agency, id, priced(cpm, fee)).await;
            let Err(CampaignError::Money { field, .. }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(field, wrong);
        }
        assert_eq!(
            told(priced(None, None)).await,
            both,
            "nothing of it was kept"
        );
    })
    .await;
}

#[tokio::test]
async fn unknown_channels_too_many_and_foreign_campaigns_are_refused() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let known = channels(house, 3).await[0];
        let unknown: ChannelId = house.works.mint();

        let new = at_no_price(vec![known, unknown]);
        let refused = assigned(house, &people.agency, id, new).await;
        assert!(
            matches!(refused, Err(CampaignError::ChannelNotFound { index: 1 })),
            "{refused:?}"
        );

        let refused = assigned(house, &people.rival, id, at_no_price(vec![known])).await;
        assert!(
            matches!(refused, Err(CampaignError::CampaignNotFound)),
            "{refused:?}"
        );
        for number in [0, limits::ASSIGNED_CHANNELS_MAX + 1] {
            let new = at_no_price(vec![known; number]);
            let refused = assigned(house, &people.agency, id, new).await;
            assert!(
                matches!(refused, Err(CampaignError::WrongCount { .. })),
                "{refused:?}"
            );
        }
        let most = at_no_price(vec![known; limits::ASSIGNED_CHANNELS_MAX]);
        assert_eq!(
            assigned(house, &people.agency, id, most)
                .await
                .unwrap()
                .len(),
            200
        );
    })
    .await;
}

#[tokio::test]
async fn the_newest_assignment_is_shown_among_those_that_may_be_seen() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let channel = channels(house, 3).await[0];
        let mut ids = Vec::new();
        for actor in [&people.agency, &people.agency, &people.rival] {
            let id = book(house, actor, new_campaign()).await.unwrap().id;
            assigned(house, actor, id, at_no_price(vec![channel]))
                .await
                .unwrap();
            house.clock.advance(std::time::Duration::from_secs(1));
            ids.push(id);
        }
        let [oldest, newer, foreign] = ids[..] else {
            panic!("three campaigns")
        };
        let shown = async |actor: &Actor, named: Option<CampaignId>| {
            let mut work = house.works.read(actor.clone()).await.unwrap();
            let found = deliverable_for(work.tx(), actor.scope(), channel, named)
                .await
                .unwrap();
            found.map(|(campaign, assignment)| {
                assert_eq!(campaign.id, assignment.campaign_id);
                campaign.id
            })
        };

        assert_eq!(shown(&people.agency, None).await, Some(newer));
        assert_eq!(shown(&people.agency, Some(oldest)).await, Some(oldest));
        assert_eq!(shown(&people.agency, Some(foreign)).await, None);
        assert_eq!(shown(&people.admin, None).await, Some(foreign));
        assert_eq!(shown(&people.brand, None).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_fixed_fee_is_spent_once_and_never_beyond_the_budget() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let new = NewCampaign {
            budget: decimal("100"),
            ..new_campaign()
        };
        let campaign = book(house, &people.agency, new).await.unwrap();
        let channels = channels(house, 3).await;
        let agree = async |channel: ChannelId, fee: Option<&str>| {
            let fixed_fee = fee.map(decimal);
            let new = NewAssignments {
                fixed_fee,
                ..at_no_price(vec![channel])
            };
            assigned(house, &people.agency, campaign.id, new)
                .await
                .unwrap()[0]
                .id
        };
        let commit = async |assignment| {
            let mut work = house.works.begin(Actor::System).await.unwrap();
            let outcome = commit_fee(work.tx(), &campaign, assignment).await.unwrap();
            work.commit().await.unwrap();
            outcome
        };
        let spent = |spent_e7| {
            FeeOutcome::Committed(Ledger {
                spent_e7,
                reserved_e7: 0,
            })
        };

        let first = agree(channels[0], Some("60")).await;
        assert_eq!(commit(first).await, spent(600_000_000));
        assert_eq!(commit(first).await, FeeOutcome::NothingToDo);
        let second = agree(channels[1], Some("40.01")).await;
        assert_eq!(commit(second).await, FeeOutcome::BudgetReached);
        agree(channels[0], Some("70")).await;
        assert_eq!(commit(first).await, spent(700_000_000), "the difference");
        agree(channels[0], Some("50")).await;
        assert_eq!(commit(first).await, FeeOutcome::NothingToDo);
        let free = agree(channels[2], None).await;
        assert_eq!(commit(free).await, FeeOutcome::NothingToDo);
        agree(channels[1], Some("30")).await;
        assert_eq!(
            commit(second).await,
            spent(1_000_000_000),
            "the whole budget"
        );
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_is_taken_off_is_out_of_sight_until_it_comes_back() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let [a, b, _] = channels(house, 3).await[..] else {
            panic!("three channels")
        };
        let new = at_no_price(vec![a, b]);
        let first = assigned(house, &people.agency, id, new).await.unwrap();
        let taken_off = async |who: &Actor, channel: ChannelId| {
            let mut work = house.works.begin(who.clone()).await.unwrap();
            unassign(&mut work, id, channel).await?;
            work.commit().await.unwrap();
            Ok(())
        };
        let listed = async || {
            let mut work = house.works.read(people.agency.clone()).await.unwrap();
            let booked = find(&mut work, id).await.unwrap().booked;
            let rows = booked.assignments.into_iter();
            rows.map(|row| row.channel_id).collect::<Vec<_>>()
        };

        taken_off(&people.agency, a).await.unwrap();

        assert_eq!(listed().await, [b]);
        let (action, told) = log(house).await.pop().unwrap();
        assert_eq!(action, "campaign_streamer_removed");
        assert_eq!(told["channelId"], serde_json::json!(a));
        assert!(told["before"]["endedAt"].is_null() && told["after"]["endedAt"].is_string());
        let unknown: ChannelId = house.works.mint();
        for channel in [a, unknown] {
            let again = taken_off(&people.agency, channel).await;
            assert!(
                matches!(again, Err(CampaignError::AssignmentNotFound)),
                "{again:?}"
            );
        }
        let foreign = taken_off(&people.rival, b).await;
        assert!(
            matches!(foreign, Err(CampaignError::CampaignNotFound)),
            "{foreign:?}"
        );
        let denied = taken_off(&people.brand, b).await;
        assert!(
            matches!(denied, Err(CampaignError::Denied(_))),
            "{denied:?}"
        );

        let back = assigned(house, &people.agency, id, at_no_price(vec![a]))
            .await
            .unwrap();
        assert_eq!((back[0].id, back[0].ended_at), (first[0].id, None));
        assert_eq!(listed().await.len(), 2);
    })
    .await;
}
