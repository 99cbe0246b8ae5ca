//! How much may be booked and uploaded, at the limit and one beyond it.

use std::time::Duration;

use super::*;
use crate::testing::on_each_engine;

async fn upload(
    house: &House,
    who: &Actor,
    campaign: CampaignId,
    size_bytes: i64,
) -> Result<Creative, CampaignError> {
    let mut work = house.works.begin(who.clone()).await.unwrap();
    let random: CreativeId = work.mint();
    let mut new = new_creative(campaign, &random.to_string());
    new.file.size_bytes = size_bytes;
    let creative = add(&mut work, new).await?;
    work.commit().await.unwrap();
    Ok(creative)
}

async fn checked(house: &House, who: &Actor, campaign: CampaignId) -> Result<(), CampaignError> {
    let mut work = house.works.read(who.clone()).await.unwrap();
    check_upload(&mut work, campaign, ApprovalStatus::Submitted).await
}

#[tokio::test]
async fn an_agency_uploads_so_many_an_hour_and_no_more() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let first = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let second = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        for number in 0..limits::UPLOADS_MAX {
            let campaign = if number % 2 == 0 { first } else { second };
            upload(house, &people.agency, campaign, 1).await.unwrap();
            house.clock.advance(Duration::from_secs(1));
        }

        for refused in [
            upload(house, &people.agency, first, 1).await.map(|_| ()),
            upload(house, &people.admin, second, 1).await.map(|_| ()),
            checked(house, &people.agency, first).await,
        ] {
            let Err(CampaignError::TooManyUploads { retry_after_sec }) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!(retry_after_sec, 3_600 - 60);
        }
        let other = book(house, &people.rival, new_campaign()).await.unwrap().id;
        upload(house, &people.rival, other, 1).await.unwrap();
        house.clock.advance(Duration::from_mins(59));
        checked(house, &people.agency, first).await.unwrap();
        upload(house, &people.agency, first, 1).await.unwrap();
        let next = upload(house, &people.agency, first, 1).await;
        let waits = matches!(
            next,
            Err(CampaignError::TooManyUploads { retry_after_sec: 1 })
        );
        assert!(waits, "{next:?}");
    })
    .await;
}

#[tokio::test]
async fn the_files_of_an_agency_have_room_together() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let first = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let second = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        upload(house, &people.agency, first, limits::STORED_BYTES_MAX - 10)
            .await
            .unwrap();

        let refused = upload(house, &people.agency, second, 11).await;
        assert!(
            matches!(refused, Err(CampaignError::StorageFull)),
            "{refused:?}"
        );
        checked(house, &people.agency, second).await.unwrap();
        upload(house, &people.agency, second, 10).await.unwrap();
        let full = checked(house, &people.agency, first).await;
        assert!(matches!(full, Err(CampaignError::StorageFull)), "{full:?}");
        let other = book(house, &people.rival, new_campaign()).await.unwrap().id;
        upload(house, &people.rival, other, 11).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_many_uploads_at_once_no_more_are_taken_than_there_is_room_for() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let mut campaigns = Vec::new();
        for _ in 0..4 {
            campaigns.push(
                book(house, &people.agency, new_campaign())
                    .await
                    .unwrap()
                    .id,
            );
        }
        let third = limits::STORED_BYTES_MAX / 3;

        let tries = campaigns
            .iter()
            .cycle()
            .take(8)
            .map(|campaign| upload(house, &people.agency, *campaign, third));
        let outcomes = futures::future::join_all(tries).await;

        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_campaign_has_so_many_flights_creatives_and_channels() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let full = |outcome: Result<(), CampaignError>, expected: CampaignPart| match outcome {
            Err(CampaignError::Full { part, .. }) => assert_eq!(part, expected),
            other => panic!("{expected}: {other:?}"),
        };

        let mut work = house.works.begin(people.agency.clone()).await.unwrap();
        for _ in 0..limits::FLIGHTS_MAX {
            add_flight(&mut work, id, new_flight()).await.unwrap();
        }
        let more = add_flight(&mut work, id, new_flight()).await.map(|_| ());
        full(more, CampaignPart::Flights);
        drop(work);

        for _ in 0..limits::CREATIVES_MAX {
            upload(house, &people.agency, id, 1).await.unwrap();
            house.clock.advance(Duration::from_secs(61));
        }
        let more = upload(house, &people.agency, id, 1).await.map(|_| ());
        full(more, CampaignPart::Creatives);
        full(
            checked(house, &people.agency, id).await,
            CampaignPart::Creatives,
        );
    })
    .await;
}

#[tokio::test]
async fn a_campaign_runs_on_so_many_channels_and_one_taken_off_makes_room() {
    on_each_engine(async |house| {
        let people = People::move_in(house).await;
        let id = book(house, &people.agency, new_campaign())
            .await
            .unwrap()
            .id;
        let max = usize::try_from(limits::ASSIGNMENTS_MAX).unwrap();
        let channels = assignments::channels(house, max + 1).await;
        let mut work = house.works.begin(people.agency.clone()).await.unwrap();
        let at_no_price = assignments::at_no_price;
        for some in channels[..max].chunks(limits::ASSIGNED_CHANNELS_MAX) {
            assign(&mut work, id, at_no_price(some.to_vec()))
                .await
                .unwrap();
        }
        work.commit().await.unwrap();

        let last = at_no_price(vec![channels[max]]);
        let mut work = house.works.begin(people.agency.clone()).await.unwrap();
        let more = assign(&mut work, id, last.clone()).await;
        let part = CampaignPart::Assignments;
        let is_full = matches!(more, Err(CampaignError::Full { part: of, .. }) if of == part);
        assert!(is_full, "{more:?}");
        drop(work);

        let mut work = house.works.begin(people.agency.clone()).await.unwrap();
        unassign(&mut work, id, channels[0]).await.unwrap();
        assign(&mut work, id, last).await.unwrap();
    })
    .await;
}
