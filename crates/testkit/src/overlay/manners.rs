//! What an overlay is like, what it is told, and what it is answered.

use serde_json::Value;

/// How an overlay answers `ad:command`.
#[derive(Clone, Copy, Debug, Default)]
pub enum Answer {
    /// As it should: `{ok: true}`.
    #[default]
    Yes,
    /// Not at all.
    Silence,
    /// `{ok: false}` with this reason.
    No(&'static str),
}

/// How an overlay plays an ad.
#[derive(Clone, Copy, Debug, Default)]
pub enum Play {
    /// Shows it for its time.
    #[default]
    Honest,
    /// Reports an error with this reason instead of showing it.
    Broken(&'static str),
    /// Says that it is over without ever having shown it.
    NeverShown,
    /// Says that it is over at once.
    Hasty,
    /// Reports everything twice, under two ids.
    Twice,
}

/// What an overlay is like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// How it answers commands.
    pub answer: Answer,
    /// How it plays them.
    pub play: Play,
    /// Written to the first contract: no acknowledgements, no ids, no instance.
    pub legacy: bool,
}

/// An `ad:command` that arrived.
#[derive(Clone, Debug)]
pub struct Command(pub(super) Value);

impl Command {
    /// The id of the delivery.
    pub fn id(&self) -> &str {
        self.text("commandId")
    }

    /// How long to show it.
    pub fn duration_sec(&self) -> u64 {
        self.0["durationSec"].as_u64().unwrap_or_default()
    }

    /// A field of it; empty when it is no text.
    pub fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    /// The whole message.
    pub fn json(&self) -> &Value {
        &self.0
    }
}

/// An event that was posted, and what the server said.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The body sent.
    pub body: Value,
    /// The status answered.
    pub status: u16,
    /// The body answered; null when it was no JSON.
    pub answer: Value,
}

impl Posted {
    /// The verdict on the event, `counted` or `not_counted`.
    pub fn verdict(&self) -> &str {
        self.answer["verdict"].as_str().unwrap_or_default()
    }

    /// Why the event was not counted.
    pub fn reason(&self) -> &str {
        self.answer["reason"].as_str().unwrap_or_default()
    }
}
