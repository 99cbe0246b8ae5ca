//! Where documents are drawn: beside the threads that answer requests, a few at once.

use std::sync::Arc;

use axum::http::StatusCode;
use beta_documents::pdf::PdfError;
use tokio::sync::Semaphore;

use crate::error::Error;

/// Documents that are drawn at once. Each takes a processor for some tens of milliseconds.
const DRAWN_MAX: usize = 2;
/// Requests that may wait for their turn.
const WAITING_MAX: usize = 16;
/// When to come again, if too many wait.
const RETRY_AFTER_SECONDS: u64 = 2;

/// Draws documents.
#[derive(Clone, Debug)]
pub struct Press {
    drawn: Arc<Semaphore>,
    accepted: Arc<Semaphore>,
}

impl Default for Press {
    fn default() -> Self {
        Self::new(DRAWN_MAX, WAITING_MAX)
    }
}

impl Press {
    fn new(drawn_max: usize, waiting_max: usize) -> Self {
        Self {
            drawn: Arc::new(Semaphore::new(drawn_max)),
            accepted: Arc::new(Semaphore::new(drawn_max + waiting_max)),
        }
    }

    /// Draws when it is this document's turn. A drawing that nobody waits for any more keeps its
    /// place until it is done.
    pub(crate) async fn draw<F>(&self, draw: F) -> Result<Vec<u8>, Error>
    where
        F: FnOnce() -> Result<Vec<u8>, PdfError> + Send + 'static,
    {
        let accepted = self.accepted.clone().try_acquire_owned();
        let accepted = accepted.map_err(|_| busy())?;
        let turn = self.drawn.clone().acquire_owned().await;
        let turn = turn.map_err(|_| busy())?;
        let drawn = tokio::task::spawn_blocking(move || {
            let document = draw();
            drop((accepted, turn));
            document
        });
        match drawn.await {
            Ok(document) => Ok(document?),
            Err(error) => {
                tracing::error!(%error, "the drawing of a document ended early");
                Err(Error::internal())
            }
        }
    }
}

fn busy() -> Error {
    Error::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "documents_busy",
        "too many documents are being made, try again",
    )
    .with_retry_after(RETRY_AFTER_SECONDS)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn whoever_finds_too_many_waiting_is_told_to_come_again() {
        let press = Press::new(1, 1);
        let (finish, held) = mpsc::channel::<()>();
        let drawing = |held: mpsc::Receiver<()>| {
            let press = press.clone();
            tokio::spawn(async move {
                let draw = move || {
                    let _ = held.recv();
                    Ok(Vec::new())
                };
                press.draw(draw).await
            })
        };
        let first = drawing(held);
        while press.drawn.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let (_, over) = mpsc::channel::<()>();
        let second = drawing(over);
        while press.accepted.available_permits() > 0 {
            tokio::task::yield_now().await;
        }

        let refused = press.draw(|| Ok(Vec::new())).await.unwrap_err();
        let problem = refused.problem();
        assert_eq!(
            (problem.status.as_u16(), problem.code.as_ref()),
            (503, "documents_busy")
        );

        finish.send(()).unwrap();
        assert!(first.await.unwrap().is_ok());
        assert!(second.await.unwrap().is_ok());
        assert!(press.draw(|| Ok(Vec::new())).await.is_ok(), "there is room");
    }
}
