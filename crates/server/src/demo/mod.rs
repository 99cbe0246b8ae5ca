//! The demo data: one of everything, so that an ad can be shown at once, and two weeks that have
//! been, so that there is something to read.
//!
//! It goes through the rooms' verbs like everybody's data, and putting it in place twice comes out
//! the same, but for the overlay key: only its digest is kept, so that a key can be shown when it
//! is made and never again.

mod booking;
mod media;
mod people;
mod history;

use std::path::Path;

use anyhow::Result;
use beta_domain::actor::Actor;
use beta_domain::audit::{self, Act};
use beta_domain::id::ChannelId;
use beta_domain::streamers;
use beta_domain::work::Works;
use beta_kit::blobs::Blobs;
use beta_kit::id::Id;
use beta_kit::secret::Secret;
use serde_json::json;

pub use people::PEOPLE;

use history::Past;
use media::Files;
use people::People;

/// Puts the demo data in place; gives the channel's new overlay key.
pub async fn put(works: &Works, blobs: &Blobs, scratch: &Path) -> Result<Secret<String>> {
    let files = media::store(blobs, scratch).await?;
    if !booking::is_there(works).await? {
        let past = Past::before(works);
        let people = put_booked(past.for_booking(), &files).await?;
        past.pass(&people).await?;
    }
    let people = put_booked(works, &files).await?;
    let mut work = works.begin(Actor::System).await?;
    let rotated = streamers::rotate_key(&mut work, channel_id()).await?;
    let act = Act {
        action: "seed_initialized",
        entity_type: "system",
        entity_id: "seed".to_owned(),
        payload: json!({ "campaignId": booking::campaign_id(), "channelId": channel_id() }),
    };
    audit::record_as(&mut work, Some(people.admin), act).await?;
    work.commit().await?;
    Ok(rotated.key)
}

/// Puts people and what they booked in place.
async fn put_booked(works: &Works, files: &Files) -> Result<People> {
    let mut work = works.begin(Actor::System).await?;
    let people = people::put(&mut work).await?;
    booking::put(&mut work, &people, files).await?;
    work.commit().await?;
    let mut work = works.begin(Actor::System).await?;
    booking::put_second_channel(&mut work).await?;
    work.commit().await?;
    Ok(people)
}

/// The channel of the demo streamer.
fn channel_id() -> ChannelId {
    Id::from_u128(0xa9a5_7f97_e6ea_4728_94e7_af1e_dca9_f0aa).into()
}

/// The channel of another streamer.
fn second_channel_id() -> ChannelId {
    Id::from_u128(0xa9a5_7f97_e6ea_4728_94e7_af1e_dca9_f0ab).into()
}
