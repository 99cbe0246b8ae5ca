//! The logins of a person, in their own hands.

use beta_kit::page::{Limit, Place};
use serde_json::json;

use super::{AccountsError, OwnLogin, act, store};
use crate::actor::{Action, UserActor};
use crate::audit;
use crate::id::LoginId;
use crate::signal::Signal;
use crate::work::Work;

/// The actor's logins that hold, newest first.
pub async fn list_logins(
    work: &mut Work,
    limit: Limit,
    after: Option<Place>,
) -> Result<Vec<OwnLogin>, AccountsError> {
    work.may(Action::ReadLogins)?;
    let UserActor {
        user_id, login_id, ..
    } = *signed_in(work)?;
    let (now, after) = (work.now, after.unwrap_or(Place::START));
    Ok(store::logins::list(work.tx(), (user_id, login_id), now, (limit, after)).await?)
}

/// Ends the login that the actor came with.
pub async fn logout(work: &mut Work) -> Result<(), AccountsError> {
    let UserActor {
        user_id, login_id, ..
    } = *signed_in(work)?;
    let now = work.now;
    if store::logins::revoke(work.tx(), user_id, login_id, now).await? {
        work.after_commit(Signal::LoginRevoked { login_id });
        let act = act("signed_out", user_id, json!({ "loginId": login_id }));
        audit::record(work, act).await?;
    }
    Ok(())
}

/// Ends one of the actor's logins.
///
/// # Errors
/// [`AccountsError::LoginNotFound`] when it is over, of somebody else, or was never there.
pub async fn revoke_login(work: &mut Work, id: LoginId) -> Result<(), AccountsError> {
    work.may(Action::RevokeLogin)?;
    let (user_id, now) = (signed_in(work)?.user_id, work.now);
    if !store::logins::revoke(work.tx(), user_id, id, now).await? {
        return Err(AccountsError::LoginNotFound);
    }
    work.after_commit(Signal::LoginRevoked { login_id: id });
    let act = act("login_revoked", user_id, json!({ "loginId": id }));
    Ok(audit::record(work, act).await?)
}

/// Ends all of the actor's logins but the one they came with; says how many those were.
pub async fn revoke_other_logins(work: &mut Work) -> Result<usize, AccountsError> {
    work.may(Action::RevokeLogin)?;
    let UserActor {
        user_id, login_id, ..
    } = *signed_in(work)?;
    let now = work.now;
    let ended = store::logins::revoke_all(work.tx(), user_id, Some(login_id), now).await?;
    for id in &ended {
        work.after_commit(Signal::LoginRevoked { login_id: *id });
        let act = act("login_revoked", user_id, json!({ "loginId": id }));
        audit::record(work, act).await?;
    }
    Ok(ended.len())
}

fn signed_in(work: &Work) -> Result<&UserActor, AccountsError> {
    work.actor().user().ok_or(AccountsError::NotSignedIn)
}
