//! Whatever happens in whatever order, a summary is what a plain count of the events gives.

use std::collections::BTreeMap;

use beta_kit::time::Timestamp;
use beta_kit::zone::Zone;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestCaseResult, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::super::aggregate::{fold, put};
use super::super::reconcile::recount;
use super::aggregation::{add_up, set_zone};
use super::*;
use crate::testing::House;

const CASES: u32 = 30;
const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
];
/// Clocks change on Lord Howe, in Berlin and in St. John's within a month of these.
const MOMENTS: [&str; 3] = [
    "2026-03-08T06:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-04-04T15:00:00Z",
];

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A play, or some other event.
    Event {
        channel: usize,
        kind: &'static str,
        reason: Option<&'static str>,
        moment: usize,
        minutes: i64,
    },
    /// A worker adds up so many events.
    Work(usize),
    /// A worker dies before it commits.
    Crash(usize),
    /// Two workers read the same piece.
    Race(usize, usize),
    /// The server's clock is set.
    Clock(i64),
    /// The campaign gets another zone.
    Zone(usize),
    /// The books are compared, in this zone.
    Compare(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        6 => Just(("ad_completed", None)),
        2 => Just(("ad_click", None)),
        1 => Just(("ad_error", None)),
        1 => Just(("ad_completed", Some("too_early"))),
        1 => Just(("ad_rendered", Some("no_delivery"))),
        1 => Just(("ad_click", Some("duplicate_click"))),
    ];
    let event = (0..2_usize, kind, 0..MOMENTS.len(), -3_000..3_000_i64);
    let event = event.prop_map(|(channel, (kind, reason), moment, minutes)| Step::Event {
        channel,
        kind,
        reason,
        moment,
        minutes,
    });
    prop_oneof![
        12 => event,
        4 => (1..9_usize).prop_map(Step::Work),
        1 => (1..9_usize).prop_map(Step::Crash),
        2 => (1..9_usize, 1..9_usize).prop_map(|(one, other)| Step::Race(one, other)),
        1 => (-90..90_i64).prop_map(Step::Clock),
        1 => (0..ZONES.len()).prop_map(Step::Zone),
        2 => (0..ZONES.len()).prop_map(Step::Compare),
    ]
}

/// What was written, told plainly.
#[derive(Clone, Copy, Debug)]
struct Written {
    channel: ChannelId,
    kind: &'static str,
    reason: Option<&'static str>,
    at: Timestamp,
}

struct Story<'a> {
    house: &'a House,
    books: &'a Books,
    assigned: [Assigned; 2],
    written: Vec<Written>,
}

impl Story<'_> {
    async fn take(&mut self, step: Step) -> TestCaseResult {
        let works = &self.books.works;
        match step {
            Step::Event {
                channel,
                kind,
                reason,
                moment,
                minutes,
            } => {
                let micros = at(MOMENTS[moment]).as_micros() + minutes * 60_000_000;
                let when = Timestamp::from_micros(micros);
                self.write(channel, kind, reason, when).await;
            }
            Step::Work(events) => {
                if let Some(folded) = fold(works, events).await.unwrap() {
                    let mut work = works.begin(Actor::System).await.unwrap();
                    prop_assert!(put(&mut work, folded).await.unwrap().is_some());
                    work.commit().await.unwrap();
                }
            }
            Step::Crash(events) => {
                if let Some(folded) = fold(works, events).await.unwrap() {
                    let mut work = works.begin(Actor::System).await.unwrap();
                    put(&mut work, folded).await.unwrap();
                    drop(work);
                }
            }
            Step::Race(one, other) => {
                let one = fold(works, one).await.unwrap();
                let other = fold(works, other).await.unwrap();
                for (folded, wins) in [(one, true), (other, false)] {
                    let Some(folded) = folded else { continue };
                    let mut work = works.begin(Actor::System).await.unwrap();
                    prop_assert_eq!(put(&mut work, folded).await.unwrap().is_some(), wins);
                    work.commit().await.unwrap();
                }
            }
            Step::Clock(days) => {
                let micros = at(MOMENTS[0]).as_micros() + days * 86_400_000_000;
                self.house.clock.set(Timestamp::from_micros(micros));
            }
            Step::Zone(zone) => set_zone(works, self.id(), ZONES[zone]).await,
            Step::Compare(zone) => self.compare(ZONES[zone]).await?,
        }
        Ok(())
    }

    fn id(&self) -> CampaignId {
        self.assigned[0].campaign.id
    }

    async fn write(
        &mut self,
        channel: usize,
        kind: &'static str,
        reason: Option<&'static str>,
        at: Timestamp,
    ) {
        let assigned = &self.assigned[channel];
        let told = |kind| Written {
            channel: assigned.channel.id,
            kind,
            reason,
            at,
        };
        if (kind, reason) == ("ad_completed", None) {
            self.books.play(assigned, 1, FIFTEEN, at).await;
            self.written
                .extend([told("ad_rendered"), told("ad_completed")]);
        } else {
            let report = Report {
                kind,
                at,
                reason,
                delivery: None,
            };
            self.books.report(assigned, report).await;
            self.written.push(told(kind));
        }
    }

    /// The plain count.
    fn count(&self, name: &str, own: Option<ChannelId>) -> (Vec<DayRow>, Vec<(String, i64)>) {
        let zone = Zone::named(name);
        let mut days: BTreeMap<Day, Totals> = BTreeMap::new();
        let mut uncounted: BTreeMap<String, i64> = BTreeMap::new();
        for event in &self.written {
            if own.is_some_and(|own| own != event.channel) {
                continue;
            }
            if let Some(reason) = event.reason {
                *uncounted.entry(reason.to_owned()).or_default() += 1;
                continue;
            }
            if event.kind == "ad_error" {
                continue;
            }
            let day = days.entry(zone.day_of(event.at)).or_default();
            match event.kind {
                "ad_completed" => {
                    day.impressions += 1;
                    day.on_screen_ms += PLAY_SEC * 1_000;
                }
                "ad_rendered" => day.plays += 1,
                _ => day.clicks += 1,
            }
        }
        let row = |(day, figures)| DayRow { day, figures };
        let rows = days.into_iter().map(row).collect();
        (rows, uncounted.into_iter().collect())
    }

    async fn compare(&self, zone: &str) -> TestCaseResult {
        let owner = &self.assigned[1].channel;
        for (actor, own) in [(&self.books.agency, None), (&owner.owner, Some(owner.id))] {
            let (rows, uncounted) = self.count(zone, own);
            for group in [Group::Day, Group::Hour] {
                let asked = Asked {
                    range: Range::default(),
                    zone: Some(TimeZoneName::parse(zone).unwrap()),
                    group,
                };
                let mut work = self.books.works.read(actor.clone()).await.unwrap();
                let summary = summary(&mut work, self.id(), &asked).await.unwrap();
                prop_assert_eq!(&summary.rows, &rows, "{} by {:?}", zone, group);
                prop_assert_eq!(&summary.uncounted, &uncounted);
                if let Some(spend) = summary.spend {
                    prop_assert_eq!(spend.plays_e7, summary.totals.impressions * FIFTEEN);
                }
                if let Groups::Hours(hours) = summary.groups {
                    let plays: i64 = hours.iter().map(|row| row.figures.plays).sum();
                    prop_assert_eq!(plays, summary.totals.plays);
                }
            }
        }
        Ok(())
    }
}

async fn tell(house: &House, books: &Books, steps: Vec<Step>) -> Result<usize, TestCaseError> {
    let campaign = books.campaign(BUDGET).await;
    let mut assigned = Vec::new();
    for _ in 0..2 {
        let name = house.works.mint::<ChannelId>().to_string();
        let channel = books.channel(&name).await;
        assigned.push(books.assign(campaign, &channel, Price::cpm(FIFTEEN)).await);
    }
    let mut story = Story {
        house,
        books,
        assigned: assigned.try_into().expect("two"),
        written: Vec::new(),
    };
    for step in steps {
        story.take(step).await?;
    }
    add_up(&books.works).await;
    for zone in ZONES {
        story.compare(zone).await?;
    }
    let mut days: Vec<Day> = story.written.iter().map(|event| event.at.day()).collect();
    days.sort_unstable();
    days.dedup();
    let mut work = books.works.read(Actor::System).await.unwrap();
    for day in days {
        let differences = recount(&mut work, day).await.unwrap();
        let own: Vec<_> = differences
            .iter()
            .filter(|difference| difference.campaign_id == campaign.id)
            .collect();
        prop_assert!(own.is_empty(), "{own:?}");
    }
    Ok(story.written.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_sequence_of_events_workers_and_crashes_gives_what_a_plain_count_gives() {
    on_each_engine(async |house| {
        let books = Books::open(house).await;
        let written = std::cell::Cell::new(0);
        let mut runner = TestRunner::new(Config {
            cases: CASES,
            failure_persistence: None,
            max_shrink_iters: 200,
            ..Config::default()
        });
        let outcome = runner.run(&prop::collection::vec(step(), 1..30), |steps| {
            let story = tell(house, &books, steps);
            let events = block_in_place(|| Handle::current().block_on(story))?;
            written.set(written.get() + events);
            Ok(())
        });
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
        assert!(written.get() > 0, "something happens");
    })
    .await;
}
