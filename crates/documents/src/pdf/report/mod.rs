//! The report of a campaign, for its brand.

mod cover;
mod facts;
mod sections;
mod words;

use beta_domain::id::CampaignId;
use beta_domain::reports::Range;

pub use facts::{Audience, DayFigures, Facts, Figures, Share, Spent};

use super::flow::Flow;
use super::{Document, PRODUCT, Paper, PdfError};
use crate::figures::minute;

/// The title, as the contract of the API names it.
const TITLE: &str = "Campaign Delivery Report";

/// The report as a file.
///
/// # Errors
/// When the file cannot be written.
pub fn report(facts: &Facts, paper: Paper) -> Result<Vec<u8>, PdfError> {
    let mut flow = Flow::new(Document {
        paper,
        title: format!("{TITLE}: {}", facts.name),
        subject: format!("What the campaign {} has delivered", facts.name),
        id: format!("report {} {}", facts.campaign_id, facts.generated_at),
        made_at: facts.generated_at,
    });
    cover::flow(&mut flow, facts);
    sections::charts(&mut flow, facts)?;
    sections::days(&mut flow, facts);
    sections::shares(&mut flow, facts);
    sections::money(&mut flow, facts)?;
    sections::proof(&mut flow, facts);
    let made = minute(facts.generated_at);
    let footing = format!("{PRODUCT} · {TITLE} {} · {made}", facts.campaign_id);
    flow.finish(&footing)
}

/// What the file is called.
pub fn report_file_name(campaign_id: CampaignId) -> String {
    format!("campaign-{campaign_id}-report.pdf")
}

/// The days of the report, as far as they are bounded.
fn period(range: Range) -> String {
    match (range.from, range.to) {
        (None, None) => "from the first day to now".to_owned(),
        (Some(from), None) => format!("from {from} to now"),
        (None, Some(to)) => format!("up to {to}"),
        (Some(from), Some(to)) => crate::figures::days(from, to),
    }
}
