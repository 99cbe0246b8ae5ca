//! Letters on their way: whoever posts one does not wait for it.
//!
//! They wait in memory, so a letter that is not out when the program is killed is lost. That is
//! right for what is worthless after a few minutes, and wrong for anything else.

use std::sync::Arc;
use std::time::Duration;

use prometheus::IntCounterVec;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Letter, MailError, Mailer};

/// How many letters may wait; more are dropped, so that memory is bounded.
pub const LETTERS_WAITING_MAX: usize = 1_000;
/// How many are handed over at the same time.
const HANDED_OVER_MAX: usize = 4;
/// The pauses between the attempts to hand over one letter.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(16),
    Duration::from_secs(64),
    Duration::from_mins(4),
];
/// How long one attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long the last attempt may take when the program ends.
const LAST_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where letters are posted. Clones are the same box.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    mailer: Mailer,
    outcomes: IntCounterVec,
    places: Arc<Semaphore>,
    lines: Semaphore,
    tasks: TaskTracker,
    finish: CancellationToken,
}

impl Outbox {
    /// A box that empties itself through `mailer` in tasks of `tasks`, and in a hurry once
    /// `finish` is set. `outcomes` counts letters by one label: `sent`, `refused` by the server,
    /// `given_up` after the last attempt, or `dropped` because too many waited.
    pub fn new(
        mailer: Mailer,
        outcomes: IntCounterVec,
        tasks: TaskTracker,
        finish: CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            mailer,
            outcomes,
            places: Arc::new(Semaphore::new(LETTERS_WAITING_MAX)),
            lines: Semaphore::new(HANDED_OVER_MAX),
            tasks,
            finish,
        }))
    }

    /// Takes a letter and returns at once, whatever becomes of it.
    pub fn post(&self, letter: Letter) {
        let Ok(place) = self.0.places.clone().try_acquire_owned() else {
            tracing::error!("a letter was dropped, because too many wait");
            self.0.count("dropped");
            return;
        };
        let parts = self.0.clone();
        self.0.tasks.spawn(async move {
            parts.bring(&letter, place).await;
        });
    }
}

impl Parts {
    async fn bring(&self, letter: &Letter, _place: OwnedSemaphorePermit) {
        for pause in PAUSES.into_iter().map(Some).chain([None]) {
            match self.attempt(letter).await {
                Ok(()) => return self.count("sent"),
                Err(MailError::Later) => {
                    tracing::warn!(letter.id = %letter.id, "a letter could not be handed over yet");
                }
                Err(error @ (MailError::Refused { .. } | MailError::Malformed)) => {
                    tracing::warn!(letter.id = %letter.id, %error, "a letter will not go out");
                    return self.count("refused");
                }
            }
            let Some(pause) = pause.filter(|_| !self.finish.is_cancelled()) else {
                break;
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = self.finish.cancelled() => {}
            }
        }
        tracing::error!(letter.id = %letter.id, "a letter was given up");
        self.count("given_up");
    }

    async fn attempt(&self, letter: &Letter) -> Result<(), MailError> {
        let hurry = async {
            self.finish.cancelled().await;
            sleep(LAST_ATTEMPT_TIMEOUT).await;
        };
        let hand_over = async {
            // The semaphore is never closed.
            let _line = self.lines.acquire().await.map_err(|_| MailError::Later)?;
            tokio::time::timeout(ATTEMPT_TIMEOUT, self.mailer.send(letter))
                .await
                .unwrap_or(Err(MailError::Later))
        };
        tokio::select! {
            outcome = hand_over => outcome,
            () = hurry => Err(MailError::Later),
        }
    }

    fn count(&self, outcome: &'static str) {
        self.outcomes.with_label_values(&[outcome]).inc();
    }
}
