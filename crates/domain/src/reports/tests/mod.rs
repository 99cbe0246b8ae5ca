//! Tests of the summary and the timeline.

mod aggregation;
mod properties;

use beta_kit::page::{Cursor, Limit};
use beta_kit::time::Day;

use super::*;
use crate::actor::Actor;
use crate::journal::Reason;
use crate::testing::on_each_engine;
use crate::tests::books::{Assigned, Books, PLAY_SEC, Price, Report, at, falls};

const FIFTEEN: i64 = 150_000;
const BUDGET: i64 = 500_000;
const LATE_MONDAY: &str = "2026-03-02T23:59:59.999999Z";
const EARLY_TUESDAY: &str = "2026-03-03T00:00:00Z";

fn day(text: &str) -> Day {
    at(text).day()
}

async fn summary_as(
    books: &Books,
    actor: &Actor,
    id: CampaignId,
    range: Range,
) -> Result<Summary, ReportError> {
    let mut work = books.works.read(actor.clone()).await.unwrap();
    summary(&mut work, id, &range.into()).await
}

async fn timeline_as(
    books: &Books,
    actor: &Actor,
    id: CampaignId,
    filter: ProofFilter,
) -> Result<Vec<ProofItem>, ReportError> {
    let mut work = books.works.read(actor.clone()).await.unwrap();
    Ok(timeline(&mut work, id, filter, None, None).await?.0)
}

/// Two channels: three plays on Monday and one on Tuesday, two clicks, and what does not count.
async fn busy_campaign(books: &Books) -> (Assigned, Assigned) {
    let campaign = books.campaign(BUDGET).await;
    let (ann, ben) = (books.channel("ann").await, books.channel("ben").await);
    let ann = books.assign(campaign, &ann, Price::cpm(FIFTEEN)).await;
    let ben = books.assign(campaign, &ben, Price::fee(45_000)).await;
    let played = books.play(&ann, 2, FIFTEEN, at(LATE_MONDAY)).await;
    books.commit_fee(&ben, 4_500_000_000).await;
    books.play(&ben, 1, 0, at(LATE_MONDAY)).await;
    books.play(&ben, 1, 0, at(EARLY_TUESDAY)).await;
    let on = |kind, reason, when| Report {
        kind,
        at: at(when),
        reason,
        delivery: Some(played[0]),
    };
    books
        .report(&ann, on("ad_click", None, EARLY_TUESDAY))
        .await;
    books
        .report(&ann, on("ad_click", Some("duplicate_click"), EARLY_TUESDAY))
        .await;
    books
        .report(&ann, on("ad_completed", Some("duplicate"), LATE_MONDAY))
        .await;
    books
        .report(&ben, on("ad_completed", Some("duplicate"), EARLY_TUESDAY))
        .await;
    (ann, ben)
}

#[tokio::test]
async fn a_summary_has_one_row_per_day_with_its_channels_merged() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;

        let summary = summary_as(&books, &books.agency, ann.campaign.id, Range::default())
            .await
            .unwrap();

        let ms = PLAY_SEC * 1_000;
        let monday = Totals {
            impressions: 3,
            clicks: 0,
            plays: 3,
            on_screen_ms: 3 * ms,
        };
        let tuesday = Totals {
            impressions: 1,
            clicks: 1,
            plays: 1,
            on_screen_ms: ms,
        };
        let rows = [
            DayRow {
                day: day("2026-03-02"),
                figures: monday,
            },
            DayRow {
                day: day("2026-03-03"),
                figures: tuesday,
            },
        ];
        assert_eq!(summary.rows, rows);
        let totals = Totals {
            impressions: 4,
            clicks: 1,
            plays: 4,
            on_screen_ms: 4 * ms,
        };
        assert_eq!(summary.totals, totals);
        let uncounted = [
            ("duplicate".to_owned(), 2),
            ("duplicate_click".to_owned(), 1),
        ];
        assert_eq!(summary.uncounted, uncounted);
        let spend = summary.spend.unwrap();
        assert_eq!(
            (spend.plays_e7, spend.fees_e7),
            (2 * FIFTEEN, 4_500_000_000)
        );
        assert_eq!(books.ledger(ann.campaign).await.0, spend.total_e7());
    })
    .await;
}

#[tokio::test]
async fn a_range_keeps_its_first_and_last_day_and_leaves_fees_out() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        let id = ann.campaign.id;
        let monday = Some(day("2026-03-02"));
        let tuesday = Some(day("2026-03-03"));
        for (from, to, impressions) in [
            (monday, monday, 3),
            (tuesday, tuesday, 1),
            (monday, None, 4),
            (tuesday, None, 1),
            (None, monday, 3),
            (tuesday, monday, 0),
        ] {
            let range = Range { from, to };
            let summary = summary_as(&books, &books.admin, id, range).await.unwrap();
            assert_eq!(summary.totals.impressions, impressions, "{range:?}");
            assert_eq!(summary.spend.unwrap().fees_e7, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_campaign_that_showed_nothing_has_no_rows() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let id = books.campaign(BUDGET).await.id;
        let summary = summary_as(&books, &books.brand, id, Range::default())
            .await
            .unwrap();
        assert_eq!((summary.rows.len(), summary.totals), (0, Totals::default()));
        assert_eq!(
            (summary.uncounted.len(), summary.spend.unwrap().total_e7()),
            (0, 0)
        );
    })
    .await;
}

#[tokio::test]
async fn a_streamer_sees_the_figures_of_own_channels_and_no_money() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        let owner = ann.channel.owner.clone();

        let summary = summary_as(&books, &owner, ann.campaign.id, Range::default())
            .await
            .unwrap();
        assert_eq!((summary.totals.impressions, summary.totals.clicks), (2, 1));
        assert_eq!(
            summary
                .uncounted
                .iter()
                .map(|(_, events)| events)
                .sum::<i64>(),
            2
        );
        assert_eq!(summary.spend, None);

        let seen = timeline_as(&books, &owner, ann.campaign.id, ProofFilter::default()).await;
        let seen = seen.unwrap();
        let own = Some(ann.channel.id);
        assert!(
            seen.iter()
                .all(|item| item.channel.as_ref().map(|on| on.id) == own)
        );
        assert_eq!(seen.len(), 2 * 2 + 3);
    })
    .await;
}

#[tokio::test]
async fn a_campaign_of_others_is_as_unknown_as_none() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        let stranger = books.channel("stranger").await.owner;
        let unknown = house.works.mint();
        for (actor, id) in [
            (&books.rival, ann.campaign.id),
            (&stranger, ann.campaign.id),
            (&books.admin, unknown),
            (&ann.channel.owner, unknown),
        ] {
            let summary = summary_as(&books, actor, id, Range::default()).await;
            assert!(matches!(summary, Err(ReportError::CampaignNotFound(_))));
            let items = timeline_as(&books, actor, id, ProofFilter::default()).await;
            assert!(matches!(items, Err(ReportError::CampaignNotFound(_))));
        }
        let nobody = summary_as(&books, &Actor::Nobody, ann.campaign.id, Range::default()).await;
        assert!(matches!(nobody, Err(ReportError::Denied(_))));
    })
    .await;
}

#[tokio::test]
async fn the_timeline_is_newest_first_with_what_each_event_proves() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, ben) = busy_campaign(&books).await;
        let id = ann.campaign.id;
        let items = timeline_as(&books, &books.agency, id, ProofFilter::default())
            .await
            .unwrap();
        assert_eq!(items.len(), 4 * 2 + 4);
        assert!(falls(
            &items.iter().map(|item| item.cursor).collect::<Vec<_>>()
        ));

        let newest = &items[0];
        assert_eq!(
            (newest.proof_type, newest.verdict),
            (ProofType::Completed, Verdict::NotCounted)
        );
        assert_eq!(newest.reason.as_deref(), Some("duplicate"));
        assert_eq!(newest.channel.as_ref().unwrap().twitch_channel_name, "ben");
        assert_eq!(newest.session_id, Some(ben.channel.session));
        assert_eq!(newest.evidence_level, Some(1));
        assert_eq!(newest.payload, serde_json::json!({ "is": "ad_completed" }));
        assert_eq!(newest.creative.as_ref().unwrap().format, "image");

        let clicks = ProofFilter {
            proof_type: Some(ProofType::Click),
            ..ProofFilter::default()
        };
        let of_ben = ProofFilter {
            channel_id: Some(ben.channel.id),
            ..ProofFilter::default()
        };
        assert_eq!(
            timeline_as(&books, &books.brand, id, clicks)
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            timeline_as(&books, &books.brand, id, of_ben)
                .await
                .unwrap()
                .len(),
            5
        );
    })
    .await;
}

/// What is asked for besides everything.
type Change<'a> = &'a dyn Fn(&mut ProofFilter);

#[tokio::test]
async fn every_filter_of_the_timeline_finds_its_events() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, ben) = busy_campaign(&books).await;
        let id = ann.campaign.id;
        let all = ProofFilter::default();
        let first = timeline_as(&books, &books.agency, id, all).await.unwrap();
        let played = first.iter().find_map(|item| {
            let is_click = item.proof_type == ProofType::Click;
            item.delivery_id.filter(|_| is_click)
        });
        let nothing = beta_kit::id::Id::from_u128(1);
        let (monday, tuesday) = (Some(day(LATE_MONDAY)), Some(day(EARLY_TUESDAY)));
        let filters: [(Change<'_>, usize); 14] = [
            (&|f| f.creative_id = Some(ann.campaign.creative), 12),
            (&|f| f.creative_id = Some(nothing.into()), 0),
            (&|f| f.session_id = Some(ben.channel.session), 5),
            (&|f| f.session_id = Some(nothing.into()), 0),
            // Its two events, two clicks, a repetition, and one of another channel about it.
            (&|f| f.delivery_id = played, 6),
            (&|f| f.delivery_id = Some(nothing.into()), 0),
            (&|f| f.verdict = Some(Verdict::Counted), 9),
            (&|f| f.verdict = Some(Verdict::NotCounted), 3),
            (&|f| f.reason = Some(Reason::Duplicate), 2),
            (&|f| f.reason = Some(Reason::TooEarly), 0),
            (&|f| f.from = tuesday, 5),
            (&|f| f.to = monday, 7),
            (&|f| (f.from, f.to) = (tuesday, monday), 0),
            (
                &|f| (f.delivery_id, f.reason) = (played, Some(Reason::Duplicate)),
                2,
            ),
        ];
        for (change, expected) in filters {
            let mut filter = all;
            change(&mut filter);
            let found = timeline_as(&books, &books.brand, id, filter).await.unwrap();
            assert_eq!(found.len(), expected, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_timeline_pages_through_everything_once() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let (ann, _) = busy_campaign(&books).await;
        let all = timeline_as(
            &books,
            &books.agency,
            ann.campaign.id,
            ProofFilter::default(),
        )
        .await;
        let mut work = books.works.read(books.agency.clone()).await.unwrap();
        let (mut seen, mut before) = (Vec::new(), None::<Cursor>);
        loop {
            let filter = ProofFilter::default();
            let limit = Limit::new(5);
            let (page, next) = timeline(&mut work, ann.campaign.id, filter, limit, before)
                .await
                .unwrap();
            seen.extend(page);
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, all.unwrap());
    })
    .await;
}
