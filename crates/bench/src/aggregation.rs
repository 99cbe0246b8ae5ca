//! `bench aggregation`: what a thousand new events and a summary cost after a short and after a
//! long history.
//!
//! Both histories lie in databases of their own and cover the same days, channels and creatives;
//! only the number of events differs. Rounds of the two take turns, so that what else the machine
//! does meets both; figures are medians of rounds. Events are appended by the log's own verb and
//! refer to real deliveries, again and again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use beta_domain::actor::Actor;
use beta_domain::id::CampaignId;
use beta_domain::journal::{self, EventType, Links, NewEvent, Verdict};
use beta_domain::reports::{self, Asked};
use beta_domain::work::{Work, Works};
use beta_kit::time::Timestamp;
use beta_server::wiring;
use clap::Args;

use crate::{one_thread, server, world};

const PLAYS: usize = 640;
const EVENTS_AT_ONCE: usize = 2_000;
/// New events of a round.
const NEW: usize = 1_000;
/// Over how many days a history reaches back.
const DAYS: Duration = Duration::from_hours(90 * 24);

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Events of the short history.
    #[arg(long, default_value_t = 10_000)]
    short: usize,
    /// Events of the long history; 10000000 takes some minutes and 5 GB.
    #[arg(long, default_value_t = 1_000_000)]
    long: usize,
    /// Rounds of each.
    #[arg(long, default_value_t = 25)]
    rounds: usize,
}

/// Prepares, measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    one_thread()?.block_on(measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("the program lies in a folder")?;
    let folder = tempfile::tempdir_in(beside)?;
    let mut histories = Vec::new();
    for (name, events) in [("short", options.short), ("long", options.long)] {
        println!("preparing {events} events …");
        let config = server::config(&folder.path().join(name), None)?;
        let channels = world::prepare(&config, PLAYS).await?;
        let works = wiring::open_works(&config).await?;
        let mut history = History::new(works, &channels)?;
        history.fill(events).await?;
        histories.push(history);
    }
    for _ in 0..options.rounds {
        for history in &mut histories {
            history.round().await?;
        }
    }
    println!(
        "events of history | {NEW} new events added up | summary, all up to date | past 1,000"
    );
    for history in &mut histories {
        let Times {
            step,
            summary,
            past,
        } = history.times.median();
        println!(
            "{:>17} | {:>22} | {:>23} | {:>10}",
            history.events,
            ms(step),
            ms(summary),
            ms(past)
        );
    }
    let [short, long] = [0, 1].map(|place: usize| histories[place].times.median());
    println!(
        "long to short: adding up ×{:.2}, summary ×{:.2}, summary past 1,000 events ×{:.2}",
        ratio(long.step, short.step),
        ratio(long.summary, short.summary),
        ratio(long.past, short.past)
    );
    for history in histories {
        history.works.db().close().await;
    }
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

/// What one round took.
#[derive(Clone, Copy, Debug)]
struct Times {
    step: Duration,
    summary: Duration,
    past: Duration,
}

#[derive(Debug, Default)]
struct Rounds(Vec<Times>);

impl Rounds {
    fn median(&self) -> Times {
        let of = |figure: fn(&Times) -> Duration| {
            let mut values: Vec<Duration> = self.0.iter().map(figure).collect();
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        Times {
            step: of(|times| times.step),
            summary: of(|times| times.summary),
            past: of(|times| times.past),
        }
    }
}

/// A database with a campaign that has shown something for months.
#[derive(Debug)]
struct History {
    works: Works,
    campaign: CampaignId,
    links: Vec<Links>,
    events: usize,
    times: Rounds,
}

impl History {
    /// The first campaign of the world, on its channels.
    fn new(works: Works, channels: &[world::Channel]) -> Result<Self> {
        let campaign = &channels.first().context("there are channels")?.plays[0].campaign;
        let mut links = Vec::new();
        for channel in channels {
            let own = channel.plays.iter().filter(|one| one.campaign == *campaign);
            for play in own {
                links.push(Links {
                    channel_id: Some(channel.id()),
                    campaign_id: Some(campaign.parse()?),
                    creative_id: Some(play.creative.parse()?),
                    delivery_id: Some(play.command.parse()?),
                    ..Links::default()
                });
            }
        }
        Ok(Self {
            works,
            campaign: campaign.parse()?,
            links,
            events: 0,
            times: Rounds::default(),
        })
    }

    /// Fills the days with so many events, and adds them up.
    async fn fill(&mut self, events: usize) -> Result<()> {
        let start = self.works.now().minus(DAYS);
        let between = DAYS / u32::try_from(events)?;
        while self.events < events {
            let count = EVENTS_AT_ONCE.min(events - self.events);
            self.append(count, |number| {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                start.plus(between * number)
            })
            .await?;
        }
        while reports::aggregate(&self.works).await?.has_more {}
        Ok(())
    }

    async fn append(&mut self, count: usize, at: impl Fn(usize) -> Timestamp) -> Result<()> {
        let mut work = self.works.begin(Actor::System).await?;
        let numbers = self.events..self.events + count;
        let events = numbers
            .map(|number| self.event(&work, number, at(number)))
            .collect();
        journal::append(&mut work, events).await?;
        work.commit().await?;
        self.events += count;
        Ok(())
    }

    fn event(&self, work: &Work, number: usize, at: Timestamp) -> NewEvent {
        let event_type = if number.is_multiple_of(2) {
            EventType::AdRendered
        } else {
            EventType::AdCompleted
        };
        NewEvent {
            id: work.mint(),
            event_type,
            ts: at,
            occurred_at: at,
            received_at: at,
            request_id: format!("req-{number:08}"),
            http_request_id: None,
            links: self.links[number / 2 % self.links.len()],
            payload: serde_json::json!({ "source": "bench" }),
            body_digest: None,
            verdict: Verdict::Counted,
            ip: None,
            user_agent: None,
        }
    }

    /// A thousand new events: read past the sums, added up, and read again.
    async fn round(&mut self) -> Result<()> {
        let now = self.works.now();
        self.append(NEW, |_| now).await?;
        let past = self.summary().await?;
        let started = Instant::now();
        reports::aggregate(&self.works).await?;
        let step = started.elapsed();
        let summary = self.summary().await?;
        self.times.0.push(Times {
            step,
            summary,
            past,
        });
        Ok(())
    }

    async fn summary(&self) -> Result<Duration> {
        let started = Instant::now();
        let mut work = self.works.read(Actor::System).await?;
        reports::summary(&mut work, self.campaign, &Asked::default()).await?;
        Ok(started.elapsed())
    }
}
