//! What the room of accounts refuses.

use axum::http::StatusCode;
use beta_domain::accounts::AccountsError;

use super::Error;

impl From<AccountsError> for Error {
    fn from(error: AccountsError) -> Self {
        let detail = error.to_string();
        match error {
            AccountsError::LinkRefused => {
                Self::unauthorized("invalid_link", "this sign-in link is not valid any more")
            }
            AccountsError::NotSignedIn => Self::unauthorized("not_signed_in", "sign in first"),
            AccountsError::EmailTaken => Self::new(StatusCode::CONFLICT, "email_taken", detail),
            AccountsError::LoginNotFound => Self::not_found("login_not_found", "no such login"),
            AccountsError::OrganizationNotFound => {
                Self::not_found("organization_not_found", "no such organisation")
            }
            AccountsError::LastAdmin => Self::new(StatusCode::CONFLICT, "last_admin", detail),
            AccountsError::Stale { current } => Self::stale(current),
            AccountsError::UserNotFound => Self::not_found("user_not_found", "no such user"),
            AccountsError::WrongOrganization { .. } => {
                Self::field("organizationId", "wrong_organization", detail)
            }
            AccountsError::Denied(denied) => denied.into(),
            AccountsError::Db(error) => error.into(),
        }
    }
}
