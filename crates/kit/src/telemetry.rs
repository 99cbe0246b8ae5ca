//! What the program says while it runs: one line per event on standard output, all in one format.
//!
//! It must not read the environment: format and filter are handed in.

use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What is said when nothing else is asked for.
pub const FILTER_DEFAULT: &str = "info";

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A JSON object per line, for machines.
    Json,
    /// Words, for people.
    Text,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The format is neither `json` nor `text`.
    #[error("{0:?} is not a log format: json and text are")]
    UnknownFormat(String),
    /// The filter cannot be read.
    #[error("{filter:?} is not a log filter")]
    BadFilter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Set up before.
    #[error("the log is already set up")]
    AlreadySetUp(#[source] tracing_subscriber::util::TryInitError),
}

impl FromStr for LogFormat {
    type Err = TelemetryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err(TelemetryError::UnknownFormat(text.to_owned())),
        }
    }
}

/// Sets up the log of the whole process; panics are said there too.
///
/// `filter` is written as `info,beta_domain=debug`.
///
/// # Errors
/// `BadFilter`, or `AlreadySetUp` the second time.
pub fn init(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let subscriber = subscriber(format, filter, std::io::stdout)?;
    subscriber
        .try_init()
        .map_err(TelemetryError::AlreadySetUp)?;
    std::panic::set_hook(Box::new(say_panic));
    Ok(())
}

fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).map_err(|source| TelemetryError::BadFilter {
        filter: filter.to_owned(),
        source,
    })?;
    let filtered = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    Ok(match format {
        LogFormat::Json => {
            // Fields stand beside the message; the innermost span says what it was about.
            let lines = lines.json().flatten_event(true).with_span_list(false);
            Box::new(filtered.with(lines))
        }
        LogFormat::Text => Box::new(filtered.with(lines)),
    })
}

fn say_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("without a message");
    let place = panic
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    tracing::error!(panic.place = place, "panicked: {message}");
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, filter: &str, say: impl FnOnce()) -> String {
        let page = Page::default();
        let copy = page.clone();
        let subscriber = subscriber(format, filter, move || copy.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, say);
        page.text()
    }

    #[test]
    fn json_is_one_object_per_line_with_its_fields() {
        let text = written(LogFormat::Json, "info", || {
            let _span = tracing::info_span!("request", request.id = "req-1").entered();
            tracing::info!(campaign.id = 7, "campaign\npaused");
            tracing::debug!("not asked for");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "campaign\npaused");
        assert_eq!(line["campaign.id"], 7);
        assert_eq!(line["span"]["request.id"], "req-1");
        assert_eq!(line["level"], "INFO");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn text_is_one_line_without_colours() {
        let text = written(LogFormat::Text, "debug", || tracing::debug!(a = 1, "said"));
        assert!(
            text.contains("DEBUG") && text.contains("said a=1"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_filter_silences_by_target() {
        let text = written(LogFormat::Text, "info,beta_kit=error", || {
            tracing::warn!("hushed");
        });
        assert_eq!(text, "");
    }

    #[test]
    fn formats_and_filters_that_mean_nothing_are_refused() {
        assert!(matches!(
            "xml".parse::<LogFormat>(),
            Err(TelemetryError::UnknownFormat(_))
        ));
        assert_eq!("json".parse::<LogFormat>().unwrap(), LogFormat::Json);
        let refused = subscriber(LogFormat::Json, "=bad=filter=", std::io::sink);
        assert!(matches!(refused, Err(TelemetryError::BadFilter { .. })));
        assert!(subscriber(LogFormat::Json, FILTER_DEFAULT, std::io::sink).is_ok());
    }
}
