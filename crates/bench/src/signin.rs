//! `bench signin`: whether the time of an answer tells which addresses are known.
//!
//! Requests for sign-in links go to the real program one at a time over one connection: one for an
//! address that is known, one for an address that is not, in turns, and each first as often as the
//! other. Every address is asked for once. It prints both medians, and how probable such a
//! difference is when there is none.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use beta_domain::accounts::{self, Membership, NewUser};
use beta_domain::actor::{Actor, Role};
use beta_kit::text::Email;
use beta_server::config::Config;
use beta_server::wiring;
use clap::Args;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::read_answer;
use crate::server::{self, Kind, Running};
use crate::{one_thread, rank};

/// Pairs that are asked before it counts.
const WARM_UP: usize = 100;

#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Store in this empty PostgreSQL database instead of the embedded one.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Addresses of each sort.
    #[arg(long, default_value_t = 2_000)]
    pairs: usize,
}

/// Prepares, measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    one_thread()?.block_on(measure(options))
}

async fn measure(options: &Options) -> Result<()> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("the program lies in a folder")?;
    let folder = tempfile::tempdir_in(beside)?;
    let postgres = options.postgres.as_deref();
    let config = server::config(folder.path(), postgres)?;
    let pairs = options.pairs + WARM_UP;
    println!("preparing {pairs} people …");
    prepare(&config, pairs).await?;
    let server = Running::start(Kind::Product, folder.path(), postgres)?;
    let mut stream = TcpStream::connect(server.address).await?;
    stream.set_nodelay(true)?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..pairs {
        let order = if number.is_multiple_of(2) {
            [true, false]
        } else {
            [false, true]
        };
        for is_known in order {
            let took = ask(&mut stream, &address(is_known, number)).await?;
            if number >= WARM_UP {
                let sort = if is_known { &mut known } else { &mut unknown };
                sort.push(took.as_secs_f64() * 1_000.0);
            }
        }
    }
    print(&mut known, &mut unknown);
    Ok(())
}

fn print(known: &mut [f64], unknown: &mut [f64]) {
    let compared = rank::compare(known, unknown);
    let (of_known, of_unknown) = (rank::median(known), rank::median(unknown));
    println!(
        "median of {} known addresses:   {of_known:.3} ms",
        known.len()
    );
    println!(
        "median of {} unknown addresses: {of_unknown:.3} ms",
        unknown.len()
    );
    println!(
        "difference: {:+.1} µs; spread of the middle half: {:.1} µs",
        (of_known - of_unknown) * 1_000.0,
        rank::middle_half(known) * 1_000.0
    );
    println!(
        "a known one takes longer in {:.1} % of all pairs; rank test: z = {:+.2}, p = {:.3}",
        compared.share * 100.0,
        compared.z,
        compared.p
    );
}

/// Both sorts have the same length.
fn address(is_known: bool, number: usize) -> String {
    let sort = if is_known { "person" } else { "nobody" };
    format!("{sort}{number:06}@example.com")
}

/// Adds everybody who is to be known.
async fn prepare(config: &Config, people: usize) -> Result<()> {
    let works = wiring::open_works(config).await?;
    let mut work = works.begin(Actor::System).await?;
    for number in 0..people {
        let user = NewUser {
            email: Email::parse(&address(true, number))?,
            membership: Membership::alone(Role::Streamer),
        };
        accounts::add_user(&mut work, user).await?;
    }
    work.commit().await?;
    works.db().close().await;
    Ok(())
}

/// Asks for a link, and says how long the answer took.
async fn ask(stream: &mut TcpStream, email: &str) -> Result<Duration> {
    let body = format!("{{\"email\":\"{email}\"}}");
    let request = format!(
        "POST /auth/request-magic-link HTTP/1.1\r\nhost: bench\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answer = Vec::new();
    let started = Instant::now();
    stream.write_all(request.as_bytes()).await?;
    read_answer(stream, &mut answer).await?;
    Ok(started.elapsed())
}
