//! Exports of every delivery, and who watched them.

use beta_kit::time::Timestamp;

use crate::actor::Actor;
use crate::deliveries::limits::EXPORT_PAGE_ROWS;
use crate::deliveries::{Delivery, Export, ExportError, Told, export};
use crate::reports;
use crate::sessions::{VIEWERS_METHOD, ViewerSource};
use crate::testing::{booked, on_each_engine};
use crate::tests::books::{Books, Price, at};

const MONDAY: &str = "2026-03-02T10:00:00Z";
const TUESDAY: &str = "2026-03-03T11:00:00Z";
const FIFTEEN: i64 = 150_000;

/// Everything, page by page.
async fn pages_as(
    books: &Books,
    actor: &Actor,
    asked: Export,
) -> Result<Vec<Vec<Told>>, ExportError> {
    let (mut pages, mut next) = (Vec::new(), Some(asked.start()));
    while let Some(after) = next {
        let mut work = books.works.read(actor.clone()).await.unwrap();
        let page;
        (page, next) = export(&mut work, asked, after).await?;
        pages.push(page);
    }
    Ok(pages)
}

#[tokio::test]
async fn an_export_has_every_delivery_once_in_pages_of_one_size() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let campaign = books.campaign(100_000_000).await;
        let mut expected = Vec::new();
        for name in ["ann", "ben"] {
            let channel = books.channel(name).await;
            let assigned = books.assign(campaign, &channel, Price::cpm(FIFTEEN)).await;
            expected.extend(books.play(&assigned, 900, FIFTEEN, at(MONDAY)).await);
            expected.extend(books.play(&assigned, 600, FIFTEEN, at(TUESDAY)).await);
        }
        let all = Export {
            campaign_id: campaign.id,
            from: Timestamp::from_micros(0),
            until: at(TUESDAY),
        };

        let pages = pages_as(&books, &books.agency, all).await.unwrap();

        let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [vec![EXPORT_PAGE_ROWS; 6], vec![0]].concat());
        let told: Vec<&Delivery> = pages.iter().flatten().map(|told| &told.delivery).collect();
        assert!(told.is_sorted_by_key(|delivery| (delivery.leased_at, delivery.id)));
        let mut seen: Vec<_> = told.iter().map(|delivery| delivery.id).collect();
        seen.sort_unstable();
        expected.sort_unstable();
        assert_eq!(seen, expected);

        let monday = Export {
            until: at("2026-03-02T23:59:59.999999Z"),
            ..all
        };
        let tuesday = Export {
            from: at("2026-03-03T00:00:00Z"),
            ..all
        };
        for (asked, rows) in [(monday, 1_800), (tuesday, 1_200)] {
            let pages = pages_as(&books, &books.brand, asked).await.unwrap();
            assert_eq!(pages.iter().flatten().count(), rows);
        }
    })
    .await;
}

#[tokio::test]
async fn an_export_is_for_those_who_see_the_campaign() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let assigned = books.assigned(500_000, Price::cpm(FIFTEEN)).await;
        books.play(&assigned, 1, FIFTEEN, at(MONDAY)).await;
        let asked = Export {
            campaign_id: assigned.campaign.id,
            from: Timestamp::from_micros(0),
            until: at(TUESDAY),
        };
        for actor in [&books.admin, &books.agency, &books.brand] {
            let pages = pages_as(&books, actor, asked).await.unwrap();
            assert_eq!(pages[0][0].cost.unwrap().price.to_string(), "0.015");
        }
        let foreign = pages_as(&books, &books.rival, asked).await;
        assert!(matches!(foreign, Err(ExportError::CampaignNotFound(_))));
        let denied = pages_as(&books, &assigned.channel.owner, asked).await;
        assert!(matches!(denied, Err(ExportError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn an_impression_keeps_who_watched_and_the_sum_says_where_that_is_from() {
    on_each_engine(async |house| {
        let booked = booked(house).await;
        let campaign_id = booked.campaign.id;
        for _ in 0..2 {
            let delivery = booked.lease(house).await;
            assert_eq!(delivery.viewership, None);
            booked.play(house, &delivery).await;
            let figure = house.delivery(delivery.id).await.viewership.unwrap();
            assert_eq!(
                (figure.viewers, figure.source, &*figure.method),
                (120, ViewerSource::Profile, VIEWERS_METHOD)
            );
        }
        // Twenty minutes without a sample: the overlay is there, but nobody counted.
        for _ in 0..4 {
            house.wait(300);
            house.on_air(booked.sender).await;
        }
        let unknown = booked.lease(house).await;
        booked.play(house, &unknown).await;
        assert_eq!(house.delivery(unknown.id).await.viewership, None);

        let mut work = house.works.read(Actor::System).await.unwrap();
        let asked = reports::Asked::default();
        let summary = reports::summary(&mut work, campaign_id, &asked)
            .await
            .unwrap();
        let expected = reports::Audience {
            impressions: 240,
            plays_with_figure: 2,
        };
        assert_eq!(summary.audience, expected);
        assert_eq!(summary.totals.impressions, 3);
    })
    .await;
}
