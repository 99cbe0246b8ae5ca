//! Letters, and the way they go out: over SMTP, or into a drawer that tests look into.
//!
//! It knows nothing of what a letter is about. A letter may hold a secret, and its reader's
//! address is nobody else's business: neither is ever logged.

mod outbox;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncTransport as _, Message, Tokio1Executor};

pub use outbox::{LETTERS_WAITING_MAX, Outbox};

use crate::id::Id;
use crate::secret::Secret;
use crate::text::Email;
use crate::time::Timestamp;

/// How long a mail server may take over one step of the conversation.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);

/// Something to write to somebody, as plain text and as HTML.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id, for the header `Message-ID`.
    pub id: Id,
    /// When it was written.
    pub at: Timestamp,
    /// Who reads it.
    pub to: Email,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({}, ***)", self.id)
    }
}

/// Who letters are from: `ads@example.com`, or `Beta Ads <ads@example.com>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// The text is not the address of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as ads@example.com or Beta Ads <ads@example.com>")]
pub struct NotASender;

impl FromStr for Sender {
    type Err = NotASender;

    fn from_str(text: &str) -> Result<Self, NotASender> {
        let mailbox: Mailbox = text.parse().map_err(|_| NotASender)?;
        Ok(Self(mailbox))
    }
}

/// Where letters are handed over: `smtp://` speaks in the clear, `smtps://` over TLS, and
/// `smtp://…?tls=required` changes to TLS first or not at all. It may hold a password.
#[derive(Clone, Debug)]
pub struct MailServer(Secret<String>);

/// The text is not the URL of a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be smtp://, smtps:// or smtp://…?tls=required, with a host")]
pub struct NotAMailServer;

impl FromStr for MailServer {
    type Err = NotAMailServer;

    fn from_str(text: &str) -> Result<Self, NotAMailServer> {
        let read = AsyncSmtpTransport::<Tokio1Executor>::from_url(text);
        match read {
            Ok(_) => Ok(Self(Secret::new(text.to_owned()))),
            Err(_) => Err(NotAMailServer),
        }
    }
}

/// Why a letter did not go out. Says nothing of its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Another attempt may go better.
    #[error("the mail server could not be reached or was busy")]
    Later,
    /// The server will never take it.
    #[error("the mail server refused with status {status}")]
    Refused {
        /// The status of SMTP.
        status: u16,
    },
    /// It cannot be written down as a message.
    #[error("the letter is not a message")]
    Malformed,
}

/// The way letters go out. Clones are the same way.
#[derive(Clone)]
pub struct Mailer(Way);

#[derive(Clone)]
enum Way {
    Smtp {
        server: AsyncSmtpTransport<Tokio1Executor>,
        sender: Sender,
    },
    Drawer(Drawer),
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Way::Smtp { .. } => "Mailer(smtp)",
            Way::Drawer(_) => "Mailer(drawer)",
        })
    }
}

impl Mailer {
    /// Hands letters to this server. No connection is made yet.
    ///
    /// # Panics
    /// Outside a tokio runtime, in which connections are kept open for a while.
    pub fn smtp(server: &MailServer, sender: Sender) -> Self {
        let url = server.0.reveal();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .expect("the text was read as a URL of this kind before")
            .timeout(Some(STEP_TIMEOUT));
        if !names_itself(url) {
            builder = builder.hello_name(ClientId::Domain(sender.0.email.domain().to_owned()));
        }
        let server = builder.build();
        Self(Way::Smtp { server, sender })
    }

    /// Keeps letters where a test can read them.
    pub fn drawer() -> (Self, Drawer) {
        let drawer = Drawer::default();
        (Self(Way::Drawer(drawer.clone())), drawer)
    }

    /// Hands over one letter, once.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        match &self.0 {
            Way::Smtp { server, sender } => {
                let message = message(letter, sender).map_err(|_| MailError::Malformed)?;
                server
                    .send(message)
                    .await
                    .map_err(|error| refusal(&error))?;
                Ok(())
            }
            Way::Drawer(drawer) => drawer.put(letter),
        }
    }
}

/// Whether the path of the URL says by which name to greet the server.
fn names_itself(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.path().len() > 1)
}

/// What an error of the transport means. Its text is not kept: servers like to repeat addresses.
fn refusal(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        Some(code) if error.is_permanent() => MailError::Refused {
            status: code.into(),
        },
        Some(_) | None => MailError::Later,
    }
}

fn message(letter: &Letter, sender: &Sender) -> Result<Message, lettre::error::Error> {
    let reader = letter.to.as_str().parse().map(|to| Mailbox::new(None, to));
    let reader = reader.map_err(|_| lettre::error::Error::MissingTo)?;
    let id = format!("<{}@{}>", letter.id, sender.0.email.domain());
    Message::builder()
        .from(sender.0.clone())
        .to(reader)
        .subject(letter.subject.clone())
        .date(system_time(letter.at))
        .message_id(Some(id))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(
            letter.text.clone(),
            letter.html.clone(),
        ))
}

fn system_time(at: Timestamp) -> SystemTime {
    let micros = u64::try_from(at.as_micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

/// Tells programs that answer mail not to answer this one (RFC 3834).
#[derive(Clone, Copy, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Where letters lie that went no further. Clones are the same drawer.
#[derive(Clone, Debug, Default)]
pub struct Drawer(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    letters: Vec<Letter>,
    failures: Vec<MailError>,
}

impl Drawer {
    /// Everything that was put in so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.inside(|inside| inside.letters.clone())
    }

    /// The next letter fails like this; calls add up.
    pub fn fail_next(&self, error: MailError) {
        self.inside(|inside| inside.failures.push(error));
    }

    fn put(&self, letter: &Letter) -> Result<(), MailError> {
        self.inside(|inside| {
            if let Some(error) = inside.failures.pop() {
                return Err(error);
            }
            inside.letters.push(letter.clone());
            Ok(())
        })
    }

    fn inside<T>(&self, look: impl FnOnce(&mut Inside) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
