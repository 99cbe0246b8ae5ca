//! The generator: connections that post one event after another, each as soon as the last one is
//! answered. It reads only the status and the length of an answer, so that it costs little.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::mix::{Script, Stock};

const COUNTED: &[u8] = br#""verdict":"counted""#;
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// What the generator is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Measure,
    Stop,
}

/// What one round found.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Latencies in microseconds.
    pub(crate) latencies: Histogram<u64>,
    /// Answers that said `counted`.
    pub(crate) counted: u64,
    /// How long it was measured.
    pub(crate) span: Duration,
}

impl Tally {
    /// Answers.
    pub(crate) fn events(&self) -> u64 {
        self.latencies.len()
    }

    fn new() -> Result<Self> {
        Ok(Self {
            latencies: Histogram::new_with_bounds(1, 60_000_000, 3)?,
            counted: 0,
            span: Duration::ZERO,
        })
    }
}

/// A round to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) span: Duration,
    /// Whether the server settles plays, so that each can be used once.
    pub(crate) settles: bool,
}

impl Round {
    /// Runs it; `at_edges` is called when measuring begins and when it ends.
    pub(crate) async fn run(
        self,
        stock: Rc<Stock>,
        mut at_edges: impl AsyncFnMut() -> Result<()>,
    ) -> Result<Tally> {
        let phase = Rc::new(Cell::new(Phase::WarmUp));
        let tally = Rc::new(RefCell::new(Tally::new()?));
        let tasks = LocalSet::new();
        let mut posting = Vec::new();
        for number in 0..self.connections {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            let (stock, phase, tally) = (stock.clone(), phase.clone(), tally.clone());
            posting.push(tasks.spawn_local(async move {
                let script = Script::new(&stock, number, self.settles);
                post(stream, script, &phase, &tally).await
            }));
        }
        let span = tasks
            .run_until(async {
                tokio::time::sleep(self.warm_up).await;
                at_edges().await?;
                phase.set(Phase::Measure);
                let started = Instant::now();
                tokio::time::sleep(self.span).await;
                phase.set(Phase::Stop);
                let span = started.elapsed();
                at_edges().await?;
                for task in posting {
                    task.await??;
                }
                anyhow::Ok(span)
            })
            .await?;
        let tally = Rc::into_inner(tally).context("every task has ended")?;
        let mut tally = tally.into_inner();
        tally.span = span;
        Ok(tally)
    }
}

async fn post(
    mut stream: TcpStream,
    mut script: Script<'_>,
    phase: &Cell<Phase>,
    tally: &RefCell<Tally>,
) -> Result<()> {
    let mut request = Vec::new();
    let mut answer = Vec::with_capacity(ANSWER_BYTES_MAX);
    while phase.get() != Phase::Stop {
        script.next(&mut request);
        let measured = phase.get() == Phase::Measure;
        let started = Instant::now();
        stream.write_all(&request).await?;
        read_answer(&mut stream, &mut answer).await?;
        let took = started.elapsed();
        if measured && phase.get() == Phase::Measure {
            let mut tally = tally.borrow_mut();
            tally
                .latencies
                .record(u64::try_from(took.as_micros())?.max(1))?;
            let tail = &answer[answer.len().saturating_sub(256)..];
            if tail.windows(COUNTED.len()).any(|part| part == COUNTED) {
                tally.counted += 1;
            }
        }
    }
    Ok(())
}

/// Reads one answer, which must say 201.
pub(crate) async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    answer.clear();
    let mut whole = None;
    while whole.is_none_or(|length| answer.len() < length) {
        if stream.read_buf(answer).await? == 0 {
            bail!("the server closed the connection");
        }
        if whole.is_none() {
            whole = length(answer)?;
        }
    }
    if !answer.starts_with(b"HTTP/1.1 201") {
        bail!("the server answered {}", String::from_utf8_lossy(answer));
    }
    Ok(())
}

/// How long the whole answer is, once its head is complete.
fn length(answer: &[u8]) -> Result<Option<usize>> {
    const END: &[u8] = b"\r\n\r\n";
    const NAME: &[u8] = b"content-length: ";
    let Some(end) = find(answer, END) else {
        return Ok(None);
    };
    let head = &answer[..end];
    let value = find(head, NAME).context("every answer says how long it is")? + NAME.len();
    let digits = head[value..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    Ok(Some(end + END.len() + body))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

/// The body of a `GET`.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer
        .split_once("\r\n\r\n")
        .context("an answer has a head")?;
    Ok(body.to_owned())
}
