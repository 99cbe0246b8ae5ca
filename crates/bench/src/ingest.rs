//! `bench ingest`: durable ingestion beside its floor.
//!
//! Two servers run as processes of their own: the product, and the same listener and layers around
//! a handler that reads and checks the same body and stores nothing. Rounds of the two take turns,
//! so that what else the machine does meets both; figures are medians of rounds.

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::client::{self, Round, Tally};
use crate::mix::{self, Stock};
use crate::server::{self, Kind, Running};
use crate::table::{Figures, HEAD, Line};
use crate::{disk, one_thread, world};

const WARM_UP: Duration = Duration::from_millis(700);
const COMMITS: &str = "beta_ads_ingest_commit_items_count";
const COMMITTED: &str = "beta_ads_ingest_commit_items_sum";

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Store in this empty PostgreSQL database instead of the embedded one.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Connections that post at once, one line of the table each.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
    connections: Vec<usize>,
    /// Rounds of each server on each line.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of a round.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Plays prepared, each of which can be settled once.
    #[arg(long, default_value_t = 40_000)]
    plays: usize,
}

/// Prepares, measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    one_thread()?.block_on(measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("the program lies in a folder")?;
    let folder = tempfile::tempdir_in(beside)?;
    let (product, floor) = (folder.path().join("product"), folder.path().join("floor"));
    let postgres = options.postgres.as_deref();
    println!("preparing {} plays …", options.plays);
    let config = server::config(&product, postgres)?;
    let channels = world::prepare(&config, options.plays).await?;
    let bench = Bench {
        product: Running::start(Kind::Product, &product, postgres)?,
        floor: Running::start(Kind::Floor, &floor, None)?,
        stock: Rc::new(Stock::new(channels)),
        span: Duration::from_secs_f64(options.seconds),
    };
    print_head(options, folder.path())?;
    for connections in &options.connections {
        let line = bench.line(*connections, options.rounds).await?;
        println!("{line}");
        if *connections == 1 {
            let sync = disk::sync_time(folder.path())?;
            println!(
                "      one connection: p50 {:.2} ms; one write and fdatasync of 4 KB on the same \
                 disk: {:.2} ms",
                line.product.p50_us / 1_000.0,
                sync.as_secs_f64() * 1_000.0
            );
        }
        println!(
            "      {:.0} % of the product's answers counted",
            line.product.counted_share * 100.0
        );
    }
    if bench.stock.ran_out.get() > 0 {
        println!(
            "{} times no new play was left and an old one was reported again: see --plays",
            bench.stock.ran_out.get()
        );
    }
    let cpu = server::cpu_time("self")?;
    println!("the generator used {:.1} s of CPU", cpu.as_secs_f64());
    Ok(())
}

fn print_head(options: &Options, folder: &Path) -> Result<()> {
    let engine = match options.postgres {
        Some(_) => "PostgreSQL (its own CPU time is not in the figures)",
        None => "SQLite, WAL, synchronous=FULL",
    };
    let cores = std::thread::available_parallelism()?;
    println!("durable ingestion, one event per request, closed loop, {engine}");
    println!("mix: {}", mix::WORDS);
    println!(
        "{cores} cores shared by both servers and the generator; {} rounds of {} s each, taking \
         turns; medians; data in {}",
        options.rounds,
        options.seconds,
        folder.display()
    );
    println!("{HEAD}");
    Ok(())
}

struct Bench {
    product: Running,
    floor: Running,
    stock: Rc<Stock>,
    span: Duration,
}

impl Bench {
    async fn line(&self, connections: usize, rounds: usize) -> Result<Line> {
        let (mut floor, mut product) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            floor.push(self.round(&self.floor, connections, false).await?);
            product.push(self.round(&self.product, connections, true).await?);
        }
        Ok(Line {
            connections,
            floor: Figures::medians(&floor),
            product: Figures::medians(&product),
        })
    }

    async fn round(&self, server: &Running, connections: usize, settles: bool) -> Result<Figures> {
        let round = Round {
            address: server.address,
            connections,
            warm_up: WARM_UP,
            span: self.span,
            settles,
        };
        let mut edges = Vec::new();
        let tally = round
            .run(self.stock.clone(), async || {
                edges.push(Edge::now(server, settles).await?);
                Ok(())
            })
            .await?;
        let [before, after] = edges.as_slice() else {
            anyhow::bail!("a round has two edges");
        };
        Ok(figures(&tally, *before, *after))
    }
}

/// What a server has used and done up to an edge of a round.
#[derive(Clone, Copy, Debug)]
struct Edge {
    cpu: Duration,
    commits: f64,
    committed: f64,
}

impl Edge {
    async fn now(server: &Running, commits: bool) -> Result<Self> {
        let (commits, committed) = if commits {
            read_commits(server.address).await?
        } else {
            (0.0, 0.0)
        };
        Ok(Self {
            cpu: server.cpu_time()?,
            commits,
            committed,
        })
    }
}

async fn read_commits(address: SocketAddr) -> Result<(f64, f64)> {
    let text = client::get(address, "/metrics").await?;
    let read = |name: &str| -> Result<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let value = line.with_context(|| format!("the server counts {name}"))?;
        Ok(value.trim().parse()?)
    };
    Ok((read(COMMITS)?, read(COMMITTED)?))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of events are far below what a float holds exactly"
)]
fn figures(tally: &Tally, before: Edge, after: Edge) -> Figures {
    let events = tally.events() as f64;
    let commits = after.commits - before.commits;
    let cpu = after.cpu.saturating_sub(before.cpu);
    Figures {
        events_per_second: events / tally.span.as_secs_f64(),
        p50_us: tally.latencies.value_at_quantile(0.5) as f64,
        p99_us: tally.latencies.value_at_quantile(0.99) as f64,
        cpu_us_per_event: cpu.as_secs_f64() * 1_000_000.0 / events,
        events_per_commit: if commits > 0.0 {
            (after.committed - before.committed) / commits
        } else {
            0.0
        },
        counted_share: tally.counted as f64 / events,
    }
}
