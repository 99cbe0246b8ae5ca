//! The statement of a payout, for the streamer who gets it.

use beta_domain::id::PayoutId;
use beta_domain::payouts::{Itemized, PaidPlay, Parties, RateType, StatementLine};
use beta_kit::money::{Decimal, Money};
use beta_kit::time::{Day, Timestamp};
use krilla::tagging::Tag;

use super::flow::{BODY, Flow};
use super::ink;
use super::readable::isolated;
use super::table::{Column, Table};
use super::text::{Face, Style};
use super::{Document, PRODUCT, Paper, PdfError};
use crate::figures::{amount, days, exact_amounts, grouped, minute, second};

const TITLE: &str = "Payout Statement";

const BRAND: Style = Style {
    size: 22.0,
    face: Face::Bold,
    leading: 1.2,
    ..BODY
};
const SUBTITLE: Style = Style {
    size: 16.0,
    leading: 1.3,
    color: ink::ACCENT,
    ..BODY
};
const HEAD: Style = Style {
    size: 11.0,
    leading: 1.45,
    ..BODY
};
const AMOUNT: Style = Style {
    size: 22.0,
    face: Face::Bold,
    leading: 1.3,
    ..BODY
};

/// Everything in a statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The payout.
    pub payout_id: PayoutId,
    /// Who gets it.
    pub payee: String,
    /// The channel that has shown the plays.
    pub channel: String,
    /// Whose plays they are.
    pub campaign: String,
    /// Who pays for the campaign.
    pub advertiser: String,
    /// When the first thing that it pays for was settled.
    pub period_start: Timestamp,
    /// When the last was.
    pub period_end: Timestamp,
    /// What was agreed.
    pub rate: Rate,
    /// How many impressions it pays for.
    pub impressions: i64,
    /// What is paid.
    pub amount: Money,
    /// Whether it has been.
    pub paid_at: Option<Timestamp>,
    /// What the bank or the payer calls it.
    pub reference: Option<String>,
    /// When the numbers were read.
    pub generated_at: Timestamp,
    /// What it is made of, by day; empty when that is not known.
    pub days: Vec<DayLine>,
    /// The plays it is made of; empty when they are not listed.
    pub plays: Vec<PlayLine>,
}

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// So much for a thousand impressions.
    Cpm(Decimal),
    /// So much for all of them.
    Fixed(Decimal),
}

/// A day of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayLine {
    /// The day.
    pub day: Day,
    /// How many impressions were settled on it.
    pub impressions: i64,
    /// What they earned, in ten-millionths of the currency's unit.
    pub earned_e7: i64,
}

/// A play of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayLine {
    /// When it was settled.
    pub at: Timestamp,
    /// What was shown.
    pub creative: String,
    /// What it earned, in ten-millionths of the currency's unit.
    pub earned_e7: i64,
}

impl Statement {
    /// What the room knows of a payout.
    pub fn of_payout(itemized: Itemized, generated_at: Timestamp) -> Self {
        let Itemized {
            statement,
            parties,
            plays,
        } = itemized;
        let Parties {
            payee,
            channel,
            campaign,
            advertiser,
        } = parties;
        let payout = statement.payout;
        Self {
            payout_id: payout.id,
            payee,
            channel,
            campaign,
            advertiser,
            period_start: payout.period_start,
            period_end: payout.period_end,
            rate: match payout.rate_type {
                RateType::Cpm => Rate::Cpm(payout.rate),
                RateType::Fixed => Rate::Fixed(payout.rate),
            },
            impressions: payout.delivered_impressions,
            amount: payout.amount,
            paid_at: payout.paid_at,
            reference: payout.reference,
            generated_at,
            days: statement.lines.iter().filter_map(day_line).collect(),
            plays: plays.into_iter().map(Into::into).collect(),
        }
    }
}

/// The line of a day; fees and what was rounded belong to none.
fn day_line(line: &StatementLine) -> Option<DayLine> {
    Some(DayLine {
        day: line.day?,
        impressions: line.impressions?,
        earned_e7: line.amount_e7,
    })
}

impl From<PaidPlay> for PlayLine {
    fn from(play: PaidPlay) -> Self {
        Self {
            at: play.completed_at,
            creative: format!("{}, {} s", play.format, play.duration_sec),
            earned_e7: play.price_e7,
        }
    }
}

/// The statement as a file.
///
/// # Errors
/// When the file cannot be written.
pub fn statement(statement: &Statement, paper: Paper) -> Result<Vec<u8>, PdfError> {
    let mut flow = Flow::new(Document {
        paper,
        title: format!("{TITLE}: {}", statement.channel),
        subject: format!(
            "What {} earned with {}",
            statement.channel, statement.campaign
        ),
        id: format!(
            "statement {} {}",
            statement.payout_id, statement.generated_at
        ),
        made_at: statement.generated_at,
    });
    head(&mut flow, statement);
    sum(&mut flow, statement);
    day_lines(&mut flow, statement);
    play_lines(&mut flow, statement);
    flow.skip(8.0);
    flow.note(
        "Each play earns the price it was leased at. Amounts are rounded once, over all that the \
         channel ever earned with the campaign, to the smallest unit of the currency; what was \
         paid before is taken off.",
    );
    let made = minute(statement.generated_at);
    let footing = format!("{PRODUCT} · {TITLE} {} · {made}", statement.payout_id);
    flow.finish(&footing)
}

/// What the file is called.
pub fn statement_file_name(payout_id: PayoutId) -> String {
    format!("payout-{payout_id}-statement.pdf")
}

fn head(flow: &mut Flow, statement: &Statement) {
    flow.text(PRODUCT, BRAND, Tag::P);
    flow.title(TITLE, SUBTITLE);
    flow.skip(10.0);
    let period = days(statement.period_start.day(), statement.period_end.day());
    let rate = rate(statement);
    for (name, value) in [
        ("Paid to", &statement.payee),
        ("Channel", &statement.channel),
        ("Campaign", &statement.campaign),
        ("Advertiser", &statement.advertiser),
        ("Period (UTC)", &period),
        ("Rate", &rate),
        ("Statement", &statement.payout_id.to_string()),
        ("Generated (UTC)", &statement.generated_at.to_string()),
    ] {
        flow.text(&format!("{name}: {}", isolated(value)), HEAD, Tag::P);
    }
}

fn rate(statement: &Statement) -> String {
    let currency = statement.amount.currency();
    match statement.rate {
        Rate::Cpm(rate) => format!("{rate} {currency} for a thousand impressions"),
        Rate::Fixed(fee) => format!("{fee} {currency}, a fixed fee"),
    }
}

fn sum(flow: &mut Flow, statement: &Statement) {
    flow.heading("Amount");
    flow.text(&amount(statement.amount), AMOUNT, Tag::P);
    flow.skip(4.0);
    let impressions = grouped(statement.impressions);
    flow.paragraph(&format!("For {impressions} verified plays in this period."));
    let status = match statement.paid_at {
        Some(at) => format!("Status: paid on {}", minute(at)),
        None => "Status: pending; the amount may still grow until it is paid".to_owned(),
    };
    flow.paragraph(&status);
    if let Some(reference) = &statement.reference {
        flow.paragraph(&format!("Reference: {reference}"));
    }
}

fn day_lines(flow: &mut Flow, statement: &Statement) {
    let Some(head) = earned_head(statement, statement.days.is_empty()) else {
        return;
    };
    let lines = &statement.days;
    let all: i64 = lines.iter().map(|line| line.earned_e7).sum();
    let earned_e7: Vec<i64> = lines
        .iter()
        .map(|line| line.earned_e7)
        .chain([all])
        .collect();
    let mut earned = exact_amounts(&earned_e7, statement.amount.currency());
    let all = earned.pop().unwrap_or_default();
    let impressions = lines.iter().map(|line| line.impressions).sum();
    let row = |(line, earned): (&DayLine, String)| {
        vec![line.day.to_string(), grouped(line.impressions), earned]
    };
    Table {
        summary: "Impressions and earnings of each day".to_owned(),
        columns: vec![
            Column::words("Date (UTC)", 2.0),
            Column::figures("Impressions", 1.0),
            Column::figures(&head, 1.4),
        ],
        rows: lines.iter().zip(earned).map(row).collect(),
        sum: Some(vec!["All days".to_owned(), grouped(impressions), all]),
    }
    .flow(flow, "By day", None);
}

fn play_lines(flow: &mut Flow, statement: &Statement) {
    let Some(head) = earned_head(statement, statement.plays.is_empty()) else {
        return;
    };
    let lines = &statement.plays;
    let earned_e7: Vec<i64> = lines.iter().map(|line| line.earned_e7).collect();
    let earned = exact_amounts(&earned_e7, statement.amount.currency());
    let row =
        |(line, earned): (&PlayLine, String)| vec![second(line.at), line.creative.clone(), earned];
    Table {
        summary: "What each play earned".to_owned(),
        columns: vec![
            Column::words("Settled", 1.4),
            Column::words("Creative", 3.0),
            Column::figures(&head, 1.2),
        ],
        rows: lines.iter().zip(earned).map(row).collect(),
        sum: None,
    }
    .flow(flow, "By play", None);
}

fn earned_head(statement: &Statement, is_empty: bool) -> Option<String> {
    (!is_empty).then(|| format!("Earned ({})", statement.amount.currency()))
}
