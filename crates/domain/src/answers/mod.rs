//! Answers to requests that carry an idempotency key, so that a retry is harmless.
//!
//! The room keeps what was answered, as text, in the transaction of the act. It does not know what
//! was asked, and must never be given an answer with a secret in it.

pub mod limits;
mod store;
#[cfg(test)]
mod tests;

use beta_kit::db::DbError;

use crate::id::UserId;
use crate::work::Work;

/// A request that may come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The caller's key.
    pub key: String,
    /// Digest of everything that was asked, so that the same key with another request is noticed.
    pub digest: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswersError {
    /// The key came with another request before.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The answer that the request got before; `None` when it is new, and then its place is taken: of
/// any number of equal requests at once one is new, and the others wait for its answer.
///
/// Requests of nobody in particular are always new.
///
/// # Errors
/// [`AnswersError::KeyReused`].
pub async fn claim(work: &mut Work, request: &Request) -> Result<Option<String>, AnswersError> {
    let Some(user_id) = caller(work) else {
        return Ok(None);
    };
    let now = work.now;
    if store::insert(work.tx(), user_id, request, now).await? {
        return Ok(None);
    }
    let earlier = store::find(work.tx(), user_id, &request.key).await?;
    match earlier {
        Some(earlier) if earlier.digest != request.digest => Err(AnswersError::KeyReused),
        // A claim without an answer was never committed, so that a row has one.
        Some(earlier) => Ok(earlier.body),
        None => Ok(None),
    }
}

/// Keeps the answer of a request that was claimed in the same work.
pub async fn keep(work: &mut Work, request: &Request, body: &str) -> Result<(), AnswersError> {
    if let Some(user_id) = caller(work) {
        store::set_body(work.tx(), user_id, &request.key, body).await?;
    }
    Ok(())
}

fn caller(work: &Work) -> Option<UserId> {
    work.actor().user().map(|user| user.user_id)
}

/// Drops what was kept long enough; returns how many answers there were.
pub async fn sweep(work: &mut Work) -> Result<u64, DbError> {
    let before = work.now.minus(limits::KEPT);
    store::drop_before(work.tx(), before, limits::SWEEP_MAX).await
}
