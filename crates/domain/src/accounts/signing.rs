//! Signing in: asking for a link, and using it.
//!
//! A link belongs to an address. Asking does the same work for every address, so that neither the
//! answer nor its time tells who is known; a stranger becomes a user when they use their link.

use beta_kit::db::DbError;
use beta_kit::secret::digest_hex;
use beta_kit::text::Email;
use serde_json::json;

use super::limits::SEEN_STEP;
use super::{
    AccountsError, Found, LINK_LIFE, LINK_TOKEN_BYTES, LINKS_ASKED_MAX, LOGIN_LIFE, LOGINS_KEPT,
    Link, Login, Membership, User, UserAgent, act, store,
};
use crate::actor::{Action, Role, UserActor};
use crate::audit;
use crate::id::{LoginId, UserId};
use crate::work::Work;

/// Makes a link that signs the person with this address in, and voids the one made before.
///
/// `None` when too many were asked for with this address lately: then the former one stays, and
/// the caller answers the same. Who manages people may ask as often as they like.
pub async fn request_link(work: &mut Work, email: &Email) -> Result<Option<Link>, AccountsError> {
    let asked_max = if work.actor().may(Action::ManageUsers) {
        u32::MAX
    } else {
        LINKS_ASKED_MAX
    };
    let (token, now) = (work.token::<LINK_TOKEN_BYTES>(), work.now);
    let expires_at = now.plus(LINK_LIFE);
    let link = store::links::NewLink {
        email,
        token_hash: &digest_hex(token.reveal()),
        expires_at,
        asked_max,
    };
    let made = store::links::put(work.tx(), link, now).await?;
    Ok(made.then(|| Link {
        email: email.clone(),
        token,
        expires_at,
    }))
}

/// Signs in whoever has the link. Of any number who try at once, one succeeds. Whoever is unknown
/// is added as a streamer.
///
/// # Errors
/// [`AccountsError::LinkRefused`] whatever is wrong with the link, the address included.
pub async fn verify_link(
    work: &mut Work,
    email: &Email,
    token: &str,
    agent: Option<&UserAgent>,
) -> Result<Login, AccountsError> {
    let now = work.now;
    let used = store::links::consume(work.tx(), &digest_hex(token), email, now).await?;
    if !used {
        return Err(AccountsError::LinkRefused);
    }
    let user = verified(work, email).await?;
    let (login_id, expires_at): (LoginId, _) = (work.mint(), now.plus(LOGIN_LIFE));
    let login = store::logins::NewLogin {
        id: login_id,
        user_id: user.id,
        expires_at,
        user_agent: agent.map(UserAgent::as_str),
    };
    store::logins::insert(work.tx(), login, now).await?;
    let act = act("signed_in", user.id, json!({ "loginId": login_id }));
    audit::record_as(work, Some(user.id), act).await?;
    Ok(Login {
        user: UserActor {
            user_id: user.id,
            email: user.email,
            role: user.role,
            organization_id: user.organization_id,
            login_id,
        },
        issued_at: now,
        expires_at,
    })
}

/// The user who has proved that this address is theirs; a new one when there is none.
async fn verified(work: &mut Work, email: &Email) -> Result<User, AccountsError> {
    let (id, now): (UserId, _) = (work.mint(), work.now);
    let stranger = Membership::alone(Role::Streamer);
    if let Some(user) = store::users::insert(work.tx(), id, email, stranger, now).await? {
        let after = json!({ "after": { "role": user.role, "organizationId": null } });
        audit::record_as(work, Some(user.id), act("user_added", user.id, after)).await?;
    }
    let verified = store::users::verify_email(work.tx(), email, now).await?;
    verified.ok_or(AccountsError::LinkRefused)
}

/// The person behind a login, as they are now; `None` once it is revoked or over, or the person
/// may not sign in any more.
pub async fn find_login(work: &mut Work, id: LoginId) -> Result<Option<Found>, AccountsError> {
    let now = work.now;
    Ok(store::logins::find(work.tx(), id, now).await?)
}

impl Found {
    /// Whether it is time to write down that the login was seen, with [`see_login`].
    pub fn is_due(&self, work: &Work) -> bool {
        work.now >= self.last_seen_at.plus(SEEN_STEP)
    }
}

/// Writes down that a login was seen.
pub async fn see_login(work: &mut Work, id: LoginId) -> Result<(), AccountsError> {
    let now = work.now;
    Ok(store::logins::see(work.tx(), id, now).await?)
}

/// Forgets links that are over, and logins that have been over for long. Says how many links.
///
/// # Errors
/// When the database fails.
pub async fn sweep(work: &mut Work) -> Result<u64, DbError> {
    let now = work.now;
    store::logins::drop_old(work.tx(), now.minus(LOGINS_KEPT)).await?;
    store::links::drop_old(work.tx(), now).await
}
