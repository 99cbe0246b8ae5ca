//! Every delivery of a campaign, page by page in the order in which they were leased: for files
//! that hold all of them without anybody holding all of them in memory.

use beta_kit::db::DbError;
use beta_kit::id::Id;
use beta_kit::page::Place;
use beta_kit::time::Timestamp;

use super::limits::EXPORT_PAGE_ROWS;
use super::store::stories;
use super::stories::{Told, for_eyes_of};
use crate::actor::{Action, Denied};
use crate::campaigns;
use crate::id::CampaignId;
use crate::work::Work;

/// Why nothing is exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The role may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such campaign for this actor.
    #[error("no campaign {0}")]
    CampaignNotFound(CampaignId),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Which deliveries to export.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The first instant at which they were leased.
    pub from: Timestamp,
    /// The last one. What is leased later is not waited for.
    pub until: Timestamp,
}

impl Export {
    /// Where the first page starts.
    pub const fn start(&self) -> Place {
        Place {
            at: self.from,
            id: Id::nil(),
        }
    }
}

/// The page behind `after`, the oldest first, and where the next one starts; `None` after the last.
/// Each page is a read of its own.
pub async fn export(
    work: &mut Work,
    export: Export,
    after: Place,
) -> Result<(Vec<Told>, Option<Place>), ExportError> {
    work.may(Action::ExportCsv)?;
    let (scope, id) = (work.actor().scope(), export.campaign_id);
    let campaign = campaigns::find_campaign(work.tx(), scope, id).await?;
    campaign.ok_or(ExportError::CampaignNotFound(id))?;
    let told = stories::list_leased(work.tx(), scope, export, after).await?;
    let next = told
        .last()
        .filter(|_| told.len() == EXPORT_PAGE_ROWS)
        .map(Told::place);
    let told = told.into_iter().map(|told| for_eyes_of(scope, told));
    Ok((told.collect(), next))
}
