//! The sums, step by step: behind, after a crash, with several workers, in other zones, recounted.

use std::time::Duration;

use beta_kit::db::Engine;
use beta_kit::page::Limit;
use beta_kit::time::Timestamp;
use beta_kit::{args, sql};

use super::super::aggregate::{fold, put};
use super::*;
use crate::audit;
use crate::testing::House;
use crate::work::Works;

sql!(
    SET_ZONE,
    "update campaigns set time_zone = $2 where id = $1"
);
sql!(
    SPOIL,
    "update report_sums set plays = plays + 1 where campaign_id = $1 and grain = 'quarter'"
);
sql!(
    SPOIL_DAYS,
    "delete from report_uncounted where campaign_id = $1 and grain = 'day'"
);

/// Adds up all there is; returns how many events that were.
pub(super) async fn add_up(works: &Works) -> usize {
    let mut events = 0;
    loop {
        let step = aggregate(works).await.unwrap();
        events += step.sampled_events;
        if !step.has_more {
            return events;
        }
    }
}

pub(super) async fn set_zone(works: &Works, id: CampaignId, zone: &str) {
    let mut work = works.begin(Actor::System).await.unwrap();
    work.tx().run(&SET_ZONE, args![id, zone]).await.unwrap();
    work.commit().await.unwrap();
}

async fn ask(books: &Books, id: CampaignId, asked: &Asked) -> Summary {
    let mut work = books.works.read(books.agency.clone()).await.unwrap();
    summary(&mut work, id, asked).await.unwrap()
}

async fn lag_of(works: &Works) -> Lag {
    let mut work = works.read(Actor::System).await.unwrap();
    lag(&mut work).await.unwrap()
}

fn in_zone(name: &str, group: Group) -> Asked {
    Asked {
        zone: Some(TimeZoneName::parse(name).unwrap()),
        group,
        ..Asked::default()
    }
}

#[tokio::test]
async fn a_summary_is_the_same_before_while_and_after_it_is_added_up() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, ben) = busy_campaign(&books).await;
        let id = ann.campaign.id;
        let before = ask(&books, id, &Asked::default()).await;
        assert_eq!(lag_of(&books.works).await.events, 12);

        let part = fold(&books.works, 5).await.unwrap().unwrap();
        let mut work = books.works.begin(Actor::System).await.unwrap();
        let done = put(&mut work, part).await.unwrap().unwrap();
        work.commit().await.unwrap();
        assert_eq!((done.sampled_events, done.has_more), (5, true));
        assert_eq!(ask(&books, id, &Asked::default()).await, before);

        assert_eq!(add_up(&books.works).await, 7);
        assert_eq!(ask(&books, id, &Asked::default()).await, before);
        assert_eq!(lag_of(&books.works).await, Lag::default());
        assert_eq!(add_up(&books.works).await, 0, "there is nothing new");

        let late = Report {
            kind: "ad_click",
            at: at("2026-03-01T12:00:00Z"),
            reason: None,
            delivery: None,
        };
        books.report(&ben, late).await;
        for _ in 0..2 {
            let summary = ask(&books, id, &Asked::default()).await;
            assert_eq!(summary.rows[0].day, day("2026-03-01"), "it has its own day");
            assert_eq!(summary.totals.clicks, before.totals.clicks + 1);
            add_up(&books.works).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_crash_interrupts_is_added_up_once_by_whoever_comes_next() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        let before = ask(&books, ann.campaign.id, &Asked::default()).await;

        let folded = fold(&books.works, 100).await.unwrap().unwrap();
        let mut work = books.works.begin(Actor::System).await.unwrap();
        assert!(put(&mut work, folded).await.unwrap().is_some());
        drop(work);

        let one = fold(&books.works, 100).await.unwrap().unwrap();
        let other = fold(&books.works, 3).await.unwrap().unwrap();
        let mut work = books.works.begin(Actor::System).await.unwrap();
        assert!(put(&mut work, one).await.unwrap().is_some());
        work.commit().await.unwrap();
        let mut work = books.works.begin(Actor::System).await.unwrap();
        assert_eq!(
            put(&mut work, other).await.unwrap(),
            None,
            "somebody was faster"
        );
        drop(work);

        assert_eq!(add_up(&books.works).await, 0);
        let after = ask(&books, ann.campaign.id, &Asked::default()).await;
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test]
async fn writers_that_commit_out_of_order_are_all_counted() {
    on_each_engine(async |house| {
        if house.works.db().engine() == Engine::Sqlite {
            // It has one writer: the order of numbers is the order of commits.
            return;
        }
        let books = Books::open(house).await;
        let (ann, ben) = busy_campaign(&books).await;
        let before = ask(&books, ann.campaign.id, &Asked::default()).await;
        let click = Report {
            kind: "ad_click",
            at: at(LATE_MONDAY),
            reason: None,
            delivery: None,
        };
        let mut slow = books.works.begin(Actor::System).await.unwrap();
        books.report_in(&mut slow, &ann, click).await;
        books.report(&ben, click).await;

        assert_eq!(
            add_up(&books.works).await,
            0,
            "a lower number may still come"
        );
        let seen = ask(&books, ann.campaign.id, &Asked::default()).await;
        assert_eq!(seen.totals.clicks, before.totals.clicks + 1);
        slow.commit().await.unwrap();
        assert_eq!(add_up(&books.works).await, 14);
        let after = ask(&books, ann.campaign.id, &Asked::default()).await;
        assert_eq!(after.totals.clicks, before.totals.clicks + 2);
    })
    .await;
}

#[tokio::test]
async fn workers_and_writers_at_once_count_everything_once() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, ben) = busy_campaign(&books).await;
        let write = async |of: &Assigned| {
            for _ in 0..15 {
                books.play(of, 2, FIFTEEN, at(LATE_MONDAY)).await;
                tokio::task::yield_now().await;
            }
        };
        let work = async || {
            for _ in 0..12 {
                aggregate(&books.works).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(
            Box::pin(write(&ann)),
            Box::pin(write(&ben)),
            Box::pin(work()),
            Box::pin(write(&ann)),
            Box::pin(work()),
            Box::pin(work()),
        );
        add_up(&books.works).await;

        let summary = ask(&books, ann.campaign.id, &Asked::default()).await;
        assert_eq!(summary.totals.impressions, 4 + 3 * 15 * 2);
        assert_eq!(differences_on(house, LATE_MONDAY).await, []);
    })
    .await;
}

/// Plays around both ends of the day on which clocks change in Berlin.
const AROUND_THE_CHANGE: [&str; 6] = [
    "2026-03-28T22:59:59Z",
    "2026-03-28T23:00:00Z",
    "2026-03-29T00:30:00Z",
    "2026-03-29T01:30:00Z",
    "2026-03-29T21:59:59Z",
    "2026-03-29T22:00:00Z",
];

async fn played_around_the_change(books: &Books) -> Assigned {
    let ann = books.assigned(BUDGET, Price::cpm(FIFTEEN)).await;
    for when in AROUND_THE_CHANGE {
        books.play(&ann, 1, FIFTEEN, at(when)).await;
    }
    ann
}

/// The campaign is at home in `zone` now, and its days are added up there with the next step.
async fn at_home_in(books: &Books, of: &Assigned, zone: &str) {
    set_zone(&books.works, of.campaign.id, zone).await;
    let click = Report {
        kind: "ad_click",
        at: at(AROUND_THE_CHANGE[0]),
        reason: Some("duplicate_click"),
        delivery: None,
    };
    books.report(of, click).await;
}

#[tokio::test]
async fn days_and_hours_are_those_of_the_zone_that_is_asked_for() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let ann = played_around_the_change(&books).await;
        let id = ann.campaign.id;
        // Before and after it is added up, and whether or not the zone is the campaign's own.
        for own in ["UTC", "UTC", "Europe/Berlin", "Asia/Kathmandu"] {
            at_home_in(&books, &ann, own).await;
            for _ in 0..2 {
                for (zone, expected) in [
                    (
                        "Europe/Berlin",
                        "2026-03-28: 1, 2026-03-29: 4, 2026-03-30: 1",
                    ),
                    ("Asia/Kathmandu", "2026-03-29: 4, 2026-03-30: 2"),
                    ("America/St_Johns", "2026-03-28: 4, 2026-03-29: 2"),
                    ("Australia/Lord_Howe", "2026-03-29: 4, 2026-03-30: 2"),
                ] {
                    let summary = ask(&books, id, &in_zone(zone, Group::Day)).await;
                    let rows = summary.rows.iter();
                    let told: Vec<_> = rows
                        .map(|row| format!("{}: {}", row.day, row.figures.impressions))
                        .collect();
                    assert_eq!(told.join(", "), expected, "{zone}, at home in {own}");
                    assert_eq!(summary.time_zone, zone);
                }
                add_up(&books.works).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn hours_and_ranges_are_those_of_the_zone_too() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let ann = played_around_the_change(&books).await;
        let id = ann.campaign.id;
        for own in ["UTC", "Europe/Berlin"] {
            at_home_in(&books, &ann, own).await;
            for _ in 0..2 {
                let summary = ask(&books, id, &in_zone("Europe/Berlin", Group::Hour)).await;
                let Groups::Hours(rows) = summary.groups else {
                    panic!("hours were asked for");
                };
                let told: Vec<_> = rows.iter().map(|row| row.of.to_string()).collect();
                let expected = [
                    "2026-03-28T23:00:00+01:00",
                    "2026-03-29T00:00:00+01:00",
                    "2026-03-29T01:00:00+01:00",
                    "2026-03-29T03:00:00+02:00",
                    "2026-03-29T23:00:00+02:00",
                    "2026-03-30T00:00:00+02:00",
                ];
                assert_eq!(told, expected);
                assert!(rows.iter().all(|row| row.figures.plays == 1));

                let sunday = Some(day("2026-03-29"));
                let asked = Asked {
                    range: Range {
                        from: sunday,
                        to: sunday,
                    },
                    ..in_zone("Europe/Berlin", Group::Day)
                };
                let summary = ask(&books, id, &asked).await;
                assert_eq!(summary.totals.impressions, 4);
                let delivered = summary.pace.unwrap().delivered;
                assert_eq!(delivered, 6, "whatever day is asked for");
                add_up(&books.works).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn days_are_added_up_anew_in_the_zone_a_campaign_has_now() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        let id = ann.campaign.id;
        add_up(&books.works).await;
        set_zone(&books.works, id, "Asia/Tokyo").await;
        let tokyo = ask(&books, id, &Asked::default()).await;
        assert_eq!(tokyo.rows.len(), 1, "both days are Tuesday there");

        books
            .play(&ann, 1, FIFTEEN, at("2026-03-04T15:00:00Z"))
            .await;
        add_up(&books.works).await;

        let summary = ask(&books, id, &Asked::default()).await;
        let days: Vec<_> = summary.rows.iter().map(|row| row.day.to_string()).collect();
        assert_eq!(days, ["2026-03-03", "2026-03-05"]);
        assert_eq!(summary.totals.impressions, tokyo.totals.impressions + 1);
        assert_eq!(summary.uncounted, tokyo.uncounted);
        for when in [LATE_MONDAY, EARLY_TUESDAY, "2026-03-05T00:00:00Z"] {
            assert_eq!(differences_on(house, when).await, [], "{when}");
        }
    })
    .await;
}

#[tokio::test]
async fn channels_and_creatives_have_their_own_rows() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, ben) = busy_campaign(&books).await;
        let id = ann.campaign.id;
        for _ in 0..2 {
            let by_channel = Asked {
                group: Group::Channel,
                ..Asked::default()
            };
            let Groups::Channels(rows) = ask(&books, id, &by_channel).await.groups else {
                panic!("channels were asked for");
            };
            let told: Vec<_> = rows
                .iter()
                .map(|row| {
                    (
                        row.of.as_ref().unwrap().id,
                        row.figures.impressions,
                        row.plays_e7,
                    )
                })
                .collect();
            let expected = [
                (ann.channel.id, 2, Some(2 * FIFTEEN)),
                (ben.channel.id, 2, Some(0)),
            ];
            assert_eq!(told, expected);

            let by_creative = Asked {
                group: Group::Creative,
                ..Asked::default()
            };
            let mut work = books.works.read(ann.channel.owner.clone()).await.unwrap();
            let own = summary(&mut work, id, &by_creative).await.unwrap();
            let Groups::Creatives(rows) = own.groups else {
                panic!("creatives were asked for");
            };
            let creative = rows[0].of.as_ref().unwrap();
            assert_eq!((rows.len(), creative.id), (1, ann.campaign.creative));
            assert_eq!((rows[0].figures.impressions, rows[0].plays_e7), (2, None));
            assert_eq!((own.pace, own.evidence), (None, vec![0, 2, 0, 0, 0, 0]));
            drop(work);
            add_up(&books.works).await;
        }
    })
    .await;
}

async fn differences_on(house: &House, when: &str) -> Vec<Difference> {
    let mut work = house.works.read(Actor::System).await.unwrap();
    let day = at(when).day();
    reconcile::recount(&mut work, day).await.unwrap()
}

async fn spoil(books: &Books, id: CampaignId) {
    let mut work = books.works.begin(Actor::System).await.unwrap();
    work.tx().run(&SPOIL, args![id]).await.unwrap();
    work.tx().run(&SPOIL_DAYS, args![id]).await.unwrap();
    work.commit().await.unwrap();
}

async fn told_differences(books: &Books) -> Vec<serde_json::Value> {
    let mut work = books.works.read(books.admin.clone()).await.unwrap();
    let rows = audit::list(&mut work, Limit::new(50).unwrap(), None).await;
    let rows = rows.unwrap().into_iter();
    rows.filter(|row| row.action == "metrics_difference")
        .map(|row| row.payload.unwrap())
        .collect()
}

#[tokio::test]
async fn closed_days_are_recounted_and_a_difference_is_told_and_not_repaired() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        add_up(&books.works).await;
        house.clock.set(at("2026-03-02T23:59:59Z"));
        assert_eq!(
            reconcile(&books.works).await.unwrap(),
            Reconciled::default()
        );

        house.clock.set(at("2026-03-04T00:00:00Z"));
        let round = reconcile(&books.works).await.unwrap();
        assert_eq!((round.days, round.differences), (2, Vec::new()));
        assert_eq!(told_differences(&books).await.len(), 0);

        spoil(&books, ann.campaign.id).await;
        house.clock.advance(Duration::from_hours(1));
        let round = reconcile(&books.works).await.unwrap();
        assert_eq!(round.days, 2, "both days, once more");
        // Both days and the uncounted of both days differ.
        assert_eq!(round.differences.len(), 4);
        let told = told_differences(&books).await;
        assert_eq!(told.len(), 4);
        let monday = told
            .iter()
            .find(|payload| payload["day"] == "2026-03-02" && payload["grain"] == "quarter");
        let figures = &monday.unwrap()["figures"];
        assert_eq!(figures["recounted"]["plays"], 3);
        assert_eq!(figures["kept"]["plays"], 5);

        let again = reconcile(&books.works).await.unwrap();
        assert_eq!(again.differences.len(), 4, "nothing is repaired in silence");
    })
    .await;
}

#[tokio::test]
async fn events_that_came_after_the_sums_are_no_difference() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        add_up(&books.works).await;
        books.play(&ann, 3, FIFTEEN, at(LATE_MONDAY)).await;
        house.clock.set(Timestamp::parse("2026-03-10").unwrap());
        let round = reconcile(&books.works).await.unwrap();
        assert_eq!((round.days, round.differences), (4, Vec::new()));
    })
    .await;
}
