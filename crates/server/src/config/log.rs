//! What the server says, and how.

use beta_kit::telemetry::LogFormat;

use super::reader::{Name, Reader};

const FORMAT: Name = Name {
    variable: "LOG_FORMAT",
    key: "log.format",
};

/// What the server says, and how.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// How a line is written.
    pub format: LogFormat,
}

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            format: reader.required(FORMAT).unwrap_or(LogFormat::Json),
        }
    }
}
