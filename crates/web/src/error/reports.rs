//! What the room of reports refuses, and documents that cannot be written.

use beta_documents::csv::CsvError;
use beta_documents::pdf::PdfError;
use beta_domain::reports::ReportError;

use super::Error;

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::CampaignNotFound(_) => {
                Self::not_found("campaign_not_found", "Campaign not found")
            }
            ReportError::Denied(denied) => denied.into(),
            ReportError::Db(error) => error.into(),
        }
    }
}

impl From<CsvError> for Error {
    fn from(error: CsvError) -> Self {
        tracing::error!(%error, "a report could not be written as CSV");
        Self::internal()
    }
}

impl From<PdfError> for Error {
    fn from(error: PdfError) -> Self {
        tracing::error!(%error, "a document could not be written as PDF");
        Self::internal()
    }
}
