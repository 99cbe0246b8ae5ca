//! Letters without a server; the conversation with a real one is tested with the whole program.

use super::*;
use crate::metrics::{IntCounterVec, Metrics};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

fn letter(number: u128) -> Letter {
    Letter {
        id: Id::from_u128(number),
        at: "2026-03-01T12:00:00.000Z".parse().unwrap(),
        to: Email::parse("kim@example.com").unwrap(),
        subject: "Grüße".to_owned(),
        text: "a secret".to_owned(),
        html: "<p>a secret</p>".to_owned(),
    }
}

struct Office {
    outbox: Outbox,
    drawer: Drawer,
    outcomes: IntCounterVec,
    tasks: TaskTracker,
    finish: CancellationToken,
}

impl Office {
    fn open() -> Self {
        let (mailer, drawer) = Mailer::drawer();
        let outcomes = Metrics::new().counters("letters", "Letters", &["outcome"]);
        let (tasks, finish) = (TaskTracker::new(), CancellationToken::new());
        let outbox = Outbox::new(mailer, outcomes.clone(), tasks.clone(), finish.clone());
        Self {
            outbox,
            drawer,
            outcomes,
            tasks,
            finish,
        }
    }

    async fn close(&self) {
        self.finish.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn counted(&self, outcome: &str) -> u64 {
        self.outcomes.with_label_values(&[outcome]).get()
    }
}

#[tokio::test]
async fn a_posted_letter_goes_out_and_closing_waits_for_it() {
    let office = Office::open();
    office.outbox.post(letter(1));
    assert!(office.drawer.letters().is_empty(), "posting does not wait");
    office.close().await;
    assert_eq!(office.drawer.letters(), [letter(1)]);
    assert_eq!(office.counted("sent"), 1);
}

#[tokio::test]
async fn a_letter_that_fails_is_tried_again_also_when_the_program_ends() {
    let office = Office::open();
    office.drawer.fail_next(MailError::Later);
    office.outbox.post(letter(1));
    tokio::task::yield_now().await;
    office.close().await;
    assert_eq!(office.drawer.letters(), [letter(1)]);

    let office = Office::open();
    office.drawer.fail_next(MailError::Later);
    office.drawer.fail_next(MailError::Later);
    office.outbox.post(letter(2));
    tokio::task::yield_now().await;
    office.close().await;
    assert!(office.drawer.letters().is_empty());
    assert_eq!(office.counted("given_up"), 1);
}

#[tokio::test]
async fn a_letter_that_is_refused_is_not_tried_again() {
    let office = Office::open();
    office.drawer.fail_next(MailError::Refused { status: 550 });
    office.outbox.post(letter(1));
    office.close().await;
    assert!(office.drawer.letters().is_empty());
    assert_eq!(office.counted("refused"), 1);
}

#[tokio::test]
async fn more_letters_than_may_wait_are_dropped() {
    let office = Office::open();
    for number in 0..=LETTERS_WAITING_MAX as u128 {
        office.outbox.post(letter(number));
    }
    office.close().await;
    assert_eq!(office.drawer.letters().len(), LETTERS_WAITING_MAX);
    assert_eq!(office.counted("dropped"), 1);
}

#[test]
fn a_letter_has_the_headers_that_mail_programs_expect() {
    let sender: Sender = "Beta Ads <ads@example.com>".parse().unwrap();
    let message = message(&letter(7), &sender).unwrap();
    let text = String::from_utf8(message.formatted()).unwrap();
    for line in [
        "From: \"Beta Ads\" <ads@example.com>",
        "To: kim@example.com",
        "Date: Sun, 01 Mar 2026 12:00:00 +0000",
        "Message-ID: <00000000-0000-0000-0000-000000000007@example.com>",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(text.contains("Content-Type: multipart/alternative;"));
    let plain = text.find("Content-Type: text/plain").unwrap();
    assert!(plain < text.find("Content-Type: text/html").unwrap());
}

#[test]
fn only_mail_servers_and_senders_are_taken() {
    for good in [
        "smtp://127.0.0.1:2525",
        "smtps://u:p@mail.example.com",
        "smtp://mail.example.com?tls=required",
        "smtp://mail.example.com/ads.example.com",
    ] {
        let server: MailServer = good.parse().unwrap();
        assert!(!format!("{server:?}").contains("u:p"));
    }
    for bad in ["", "mail.example.com", "http://x.yy", "smtp://x.yy?tls=no"] {
        let refused = bad.parse::<MailServer>();
        assert_eq!(refused.map(drop), Err(NotAMailServer), "{bad}");
    }
    for bad in ["", "ads", "Beta <ads>", "a@b.cc\r\nBcc: x@y.zz"] {
        assert_eq!(bad.parse::<Sender>().map(drop), Err(NotASender), "{bad}");
    }
}

#[test]
fn a_letter_is_not_shown_where_it_does_not_belong() {
    let shown = format!("{:?}", letter(1));
    assert!(
        !shown.contains("secret") && !shown.contains("kim"),
        "{shown}"
    );
}
