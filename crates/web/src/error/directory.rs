//! What the directory and the list of sessions refuse.

use beta_domain::directory::DirectoryError;
use beta_domain::sessions::SessionsError;

use super::Error;

impl From<DirectoryError> for Error {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::ChannelNotFound => {
                Self::not_found("channel_not_found", "Channel not found")
            }
            DirectoryError::Denied(denied) => denied.into(),
            DirectoryError::Db(error) => error.into(),
        }
    }
}

impl From<SessionsError> for Error {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::ChannelNotFound => {
                Self::not_found("channel_not_found", "Channel not found")
            }
            SessionsError::Denied(denied) => denied.into(),
            SessionsError::Streamers(error) => error.into(),
            SessionsError::Db(error) => error.into(),
        }
    }
}
