//! The group commit: one task that takes what waits and makes it durable together.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use beta_kit::db::DbError;
use futures::FutureExt as _;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::batch;
use super::limits::{COMMIT_MAX, QUEUE_MAX, RETRIES_MAX};
use super::posted::{Change, Item, Outcome, Posted, Refused};
use crate::id::{ChannelId, DeliveryId};
use crate::work::Works;

/// How long the writer waits before it tries a commit again, times the number of tries so far.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// Tells whether an overlay of a channel is connected.
pub trait Presence: Send + Sync + fmt::Debug {
    /// Whether at least one is.
    fn is_connected(&self, channel_id: ChannelId) -> bool;
}

/// The queue is full: the caller should come back in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many events are waiting to be stored")]
pub struct Overloaded;

struct Waiting {
    item: Item,
    answer: oneshot::Sender<Outcome>,
}

/// The way to the writer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingest {
    queue: mpsc::Sender<Waiting>,
    end: Arc<End>,
}

/// How the writer is asked to end, and says that it has.
#[derive(Debug, Default)]
struct End {
    asked: Notify,
    reached: watch::Sender<bool>,
}

impl Ingest {
    /// Hands over reports, which are stored in this order, and waits until they are durable.
    ///
    /// # Errors
    /// [`Overloaded`] when the queue has no room for all of them; then none was taken.
    pub async fn post(&self, reports: Vec<Posted>) -> Result<Vec<Outcome>, Overloaded> {
        let items = reports
            .into_iter()
            .map(|posted| Item::Report(Box::new(posted)))
            .collect();
        let answers = self.enqueue(items)?;
        let mut outcomes = Vec::with_capacity(answers.len());
        for answer in answers {
            outcomes.push(answer.await.unwrap_or(Err(Refused::Unavailable)));
        }
        Ok(outcomes)
    }

    /// Hands over a change of a delivery; the answer comes when it is durable.
    ///
    /// # Errors
    /// [`Overloaded`] when the queue is full.
    pub fn change(
        &self,
        id: DeliveryId,
        change: Change,
    ) -> Result<oneshot::Receiver<Outcome>, Overloaded> {
        let mut answers = self.enqueue(vec![Item::Change(id, change)])?;
        answers.pop().ok_or(Overloaded)
    }

    /// Takes nothing more, and returns when everything that was taken is durable and answered.
    pub async fn finish(&self) {
        self.end.asked.notify_one();
        // The only error is that the writer is gone, which is what is waited for.
        let _ = self
            .end
            .reached
            .subscribe()
            .wait_for(|reached| *reached)
            .await;
    }

    fn enqueue(&self, items: Vec<Item>) -> Result<Vec<oneshot::Receiver<Outcome>>, Overloaded> {
        let places = self
            .queue
            .try_reserve_many(items.len())
            .map_err(|_| Overloaded)?;
        let pairs = places.zip(items).map(|(place, item)| {
            let (answer, receiver) = oneshot::channel();
            place.send(Waiting { item, answer });
            receiver
        });
        Ok(pairs.collect())
    }
}

/// Starts the writer as a task of its own. It ends after [`Ingest::finish`].
pub fn start(works: Works, presence: Arc<dyn Presence>) -> Ingest {
    let (queue, waiting) = mpsc::channel(QUEUE_MAX);
    let end = Arc::new(End::default());
    tokio::spawn(write(works, presence, waiting, end.clone()));
    Ingest { queue, end }
}

async fn write(
    works: Works,
    presence: Arc<dyn Presence>,
    mut queue: mpsc::Receiver<Waiting>,
    end: Arc<End>,
) {
    let mut waiting = Vec::with_capacity(COMMIT_MAX);
    loop {
        // Takes what waits and never lingers for more: an idle server adds no delay.
        tokio::select! {
            () = end.asked.notified() => queue.close(),
            taken = queue.recv_many(&mut waiting, COMMIT_MAX) => {
                if taken == 0 {
                    break;
                }
                store_all(&works, &*presence, &mut waiting).await;
            }
        }
    }
    end.reached.send_replace(true);
}

async fn store_all(works: &Works, presence: &dyn Presence, waiting: &mut Vec<Waiting>) {
    let (items, answers): (Vec<Item>, Vec<_>) =
        waiting.drain(..).map(|one| (one.item, one.answer)).unzip();
    let outcomes = store(works, presence, &items).await;
    for (answer, outcome) in answers.into_iter().zip(outcomes) {
        // Whoever asked may be gone; what was stored stays.
        let _ = answer.send(outcome);
    }
}

/// Commits `items`, halving the batch on failure so that one bad row fails alone.
async fn store(works: &Works, presence: &dyn Presence, items: &[Item]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(items.len());
    let mut parts = vec![items];
    while let Some(part) = parts.pop() {
        // A broken promise inside must not end the writer: it fails like a bad row.
        match AssertUnwindSafe(commit(works, presence, part))
            .catch_unwind()
            .await
        {
            Ok(Ok(stored)) => outcomes.extend(stored),
            Ok(Err(error)) if error.is_transient() => {
                tracing::error!(error = %error, events = part.len(), "events could not be stored");
                // What came later must not overtake it: a play is judged by what was before it.
                outcomes.resize(items.len(), Err(Refused::Unavailable));
                break;
            }
            Ok(Err(_)) | Err(_) if part.len() > 1 => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.push(second);
                parts.push(first);
            }
            failure => {
                let error = failure.map_or("panicked".to_owned(), |answer| {
                    answer
                        .err()
                        .map_or_else(String::new, |error| error.to_string())
                });
                tracing::error!(error, "an event could not be stored");
                outcomes.push(Err(Refused::Unstorable));
            }
        }
    }
    outcomes
}

async fn commit(
    works: &Works,
    presence: &dyn Presence,
    items: &[Item],
) -> Result<Vec<Outcome>, DbError> {
    let mut tries = 0;
    loop {
        let started = Instant::now();
        match batch::commit(works, presence, items).await {
            Ok(outcomes) => {
                works
                    .meters()
                    .batch_committed(items.len(), started.elapsed());
                return Ok(outcomes);
            }
            // An id that another node stored a moment ago is a repetition on the next look.
            Err(error)
                if (error.is_transient() || error.is_unique_violation()) && tries < RETRIES_MAX =>
            {
                tries += 1;
                tokio::time::sleep(RETRY_PAUSE * tries).await;
            }
            Err(error) => return Err(error),
        }
    }
}
