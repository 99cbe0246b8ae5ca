//! What the room of streamers refuses.

use axum::http::StatusCode;
use beta_domain::streamers::StreamersError;

use super::{Error, FieldError};

impl From<StreamersError> for Error {
    fn from(error: StreamersError) -> Self {
        let detail = error.to_string();
        match error {
            StreamersError::ProfileNotFound => {
                Self::not_found("streamer_profile_not_found", "Streamer profile not found")
            }
            StreamersError::ChannelNotFound => {
                Self::not_found("channel_not_found", "Channel not found")
            }
            StreamersError::TooManyChannels => {
                Self::new(StatusCode::CONFLICT, "too_many_channels", detail)
            }
            StreamersError::NameTaken => {
                let errors = vec![FieldError::new(
                    "twitchChannelName",
                    "channel_name_taken",
                    &*detail,
                )];
                Self::new(StatusCode::CONFLICT, "channel_name_taken", detail).with_errors(errors)
            }
            StreamersError::Stale { current } => Self::stale(current),
            StreamersError::Denied(denied) => denied.into(),
            StreamersError::Db(error) => error.into(),
        }
    }
}
