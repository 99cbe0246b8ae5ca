//! A file with every delivery of a campaign, however many there are.
//!
//! It is read a page at a time, each in a short transaction of its own, and a page is read only
//! when the one before it was sent: memory holds one page, and no reader is held while a client is
//! slow.

use std::io;

use axum::body::Body;
use beta_documents::csv;
use beta_domain::actor::Actor;
use beta_domain::deliveries::{self, Export};
use beta_domain::id::CampaignId;
use beta_domain::reports::Range;
use beta_kit::page::Place;
use beta_kit::text_enum;
use beta_kit::time::{Day, Timestamp};
use futures::{StreamExt as _, stream};

use crate::error::Error;
use crate::extract::CsvFile;
use crate::state::App;

text_enum! {
    /// What a line of an exported table is about.
    pub enum Detail {
        /// A day.
        Days => "days",
        /// A delivery.
        Deliveries => "deliveries",
    }
}

/// Whoever reads the pages of one file.
struct Reader {
    app: App,
    actor: Actor,
    export: Export,
}

/// The deliveries of the campaign that were leased in `range` until now.
pub(super) async fn export_deliveries(
    app: App,
    actor: Actor,
    campaign_id: CampaignId,
    range: Range,
) -> Result<CsvFile, Error> {
    let now = app.works.now();
    let export = Export {
        campaign_id,
        from: range.from.map_or(Timestamp::from_micros(0), Day::start),
        until: range.to.map_or(now, |day| last_instant(day).min(now)),
    };
    let reader = Reader { app, actor, export };
    // What refuses the file refuses its first page.
    let (lines, next) = reader.page(export.start()).await?;
    let first = csv::deliveries_head()? + &lines;
    let rest = stream::try_unfold((reader, next), |(reader, next)| async move {
        let Some(after) = next else { return Ok(None) };
        let page = reader.page(after).await.map_err(|error| {
            tracing::error!(?error, "a file ends before its end");
            io::Error::other("a page could not be read")
        });
        page.map(|(lines, next)| Some((lines, (reader, next))))
    });
    let all = stream::once(async { Ok(first) }).chain(rest);
    Ok(CsvFile {
        name: csv::deliveries_file_name(campaign_id),
        table: Body::from_stream(all),
    })
}

impl Reader {
    async fn page(&self, after: Place) -> Result<(String, Option<Place>), Error> {
        let mut work = self.app.works.read(self.actor.clone()).await?;
        let (told, next) = deliveries::export(&mut work, self.export, after).await?;
        drop(work);
        Ok((csv::deliveries_lines(&told)?, next))
    }
}

fn last_instant(day: Day) -> Timestamp {
    let next = Day::from_epoch_days(day.epoch_days().saturating_add(1));
    Timestamp::from_micros(next.start().as_micros() - 1)
}
