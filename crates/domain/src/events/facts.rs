//! What the writer must know to judge a batch, read with a fixed number of queries per batch.

use std::collections::{HashMap, HashSet};

use beta_kit::db::DbError;

use super::posted::{Item, Posted};
use crate::campaigns;
use crate::deliveries::{self, Delivery, DeliveryState, Moved};
use crate::id::{CampaignId, ChannelId, CreativeId, DeliveryId, EventId, OverlayKeyId, SessionId};
use crate::journal::{self, StoredEvent};
use crate::sessions::{self, Session};
use crate::streamers;
use crate::work::Work;

/// What is known of the things a batch names. Changes within the batch are kept here, so that a
/// later item sees what an earlier one did.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) live_keys: HashSet<OverlayKeyId>,
    pub(super) stored: HashMap<EventId, StoredEvent>,
    pub(super) session_channels: HashMap<SessionId, ChannelId>,
    pub(super) assigned: HashSet<(ChannelId, CampaignId)>,
    pub(super) creatives: HashMap<CreativeId, CampaignId>,
    pub(super) deliveries: HashMap<DeliveryId, Delivery>,
    /// The delivery that is meant by what a report without `commandId` names.
    meant: HashMap<Named, DeliveryId>,
    /// The open sessions of channels that the batch may change or look up, as they were.
    pub(super) held_sessions: HashMap<ChannelId, Session>,
    /// The channel's session, once something in the batch needed it.
    pub(super) sessions: HashMap<ChannelId, Option<Session>>,
    /// The session of each channel that was heard of in this batch: at one and the same instant a
    /// second sign of life changes nothing.
    pub(super) heard: HashMap<ChannelId, SessionId>,
    before: HashMap<DeliveryId, Delivery>,
}

impl Facts {
    /// Reads everything a batch needs.
    pub(super) async fn load(work: &mut Work, items: &[Item]) -> Result<Self, DbError> {
        let reports: Vec<&Posted> = items.iter().filter_map(as_report).collect();
        let mut facts = Self::default();
        let keys = distinct(reports.iter().map(|posted| posted.sender.key_id));
        if !keys.is_empty() {
            facts.live_keys = streamers::live_keys(work.tx(), keys).await?;
        }
        let ids = distinct(reports.iter().filter_map(|posted| posted.id));
        facts.stored = journal::find_stored(work.tx(), ids).await?;
        facts.load_memberships(work, &reports).await?;
        facts.load_deliveries(work, items, &reports).await?;
        facts.hold_sessions(work, &reports).await?;
        Ok(facts)
    }

    async fn load_memberships(
        &mut self,
        work: &mut Work,
        reports: &[&Posted],
    ) -> Result<(), DbError> {
        let sessions = distinct(reports.iter().filter_map(|posted| posted.session_id));
        if !sessions.is_empty() {
            self.session_channels = sessions::channels_of(work, sessions)
                .await?
                .into_iter()
                .collect();
        }
        let creatives = distinct(reports.iter().filter_map(|posted| posted.creative_id));
        if !creatives.is_empty() {
            let owners = campaigns::campaigns_of_creatives(work.tx(), creatives).await?;
            self.creatives = owners.into_iter().collect();
        }
        let named = reports.iter().filter_map(|posted| posted.campaign_id);
        let campaigns = distinct(named.chain(self.creatives.values().copied()));
        if !campaigns.is_empty() {
            let channels = distinct(reports.iter().map(|posted| posted.sender.channel_id));
            let pairs = campaigns::assigned_pairs(work.tx(), campaigns, channels).await?;
            self.assigned = pairs.into_iter().collect();
        }
        Ok(())
    }

    /// Locks every delivery the batch means, in the order of ids, so that two writers never wait
    /// for each other.
    async fn load_deliveries(
        &mut self,
        work: &mut Work,
        items: &[Item],
        reports: &[&Posted],
    ) -> Result<(), DbError> {
        let named = items.iter().filter_map(|item| match item {
            Item::Report(posted) => posted.command_id(),
            Item::Change(id, _) => Some(*id),
        });
        let mut ids: Vec<DeliveryId> = named.collect();
        for key in distinct(reports.iter().filter_map(|posted| unnamed(posted))) {
            let (channel_id, campaign_id, creative_id) = key;
            let found = deliveries::find_meant(work, channel_id, campaign_id, creative_id).await?;
            if let Some(id) = found {
                self.meant.insert(key, id);
                ids.push(id);
            }
        }
        self.deliveries = deliveries::lock_many(work, distinct(ids.into_iter())).await?;
        self.before.clone_from(&self.deliveries);
        Ok(())
    }

    /// The delivery a report belongs to: the one it names, else the one that is meant by the
    /// campaign and creative it names. A delivery of another channel is as good as none.
    pub(super) fn delivery_of(&self, posted: &Posted) -> Option<&Delivery> {
        let channel_id = posted.sender.channel_id;
        let id = match unnamed(posted) {
            Some(key) => *self.meant.get(&key)?,
            None => posted.command_id()?,
        };
        self.deliveries
            .get(&id)
            .filter(|delivery| delivery.channel_id == channel_id)
    }

    /// Writes the deliveries that the batch changed; those that completed learn who watched.
    pub(super) async fn save_deliveries(&mut self, work: &mut Work) -> Result<(), DbError> {
        let before = &self.before;
        let is_new = |after: &&mut Delivery| {
            let was = before.get(&after.id).map(|before| before.state);
            after.state == DeliveryState::Completed && was != Some(DeliveryState::Completed)
        };
        let completed = self.deliveries.values_mut().filter(is_new).collect();
        deliveries::measure(work, completed).await?;
        deliveries::save(work, &self.moved_deliveries()).await
    }

    /// The deliveries that the batch changed, in the order of campaigns.
    fn moved_deliveries(&self) -> Vec<Moved<'_>> {
        let changed = self.deliveries.values().filter_map(|after| {
            let before = self.before.get(&after.id)?;
            (before != after).then_some(Moved { before, after })
        });
        let mut moved: Vec<_> = changed.collect();
        moved.sort_by_key(|one| (one.after.campaign_id, one.after.id));
        moved
    }

    /// Holds the sessions that the batch may change or must look up, after the deliveries and
    /// before any ledger.
    async fn hold_sessions(&mut self, work: &mut Work, reports: &[&Posted]) -> Result<(), DbError> {
        let needs = |posted: &&&Posted| {
            let known = posted.session_id.is_some() || self.delivery_of(posted).is_some();
            !posted.event_type.is_about_ad() || !known
        };
        let needing = reports.iter().filter(needs);
        let channels = distinct(needing.map(|posted| posted.sender.channel_id));
        if !channels.is_empty() {
            self.held_sessions = sessions::hold(work, channels).await?;
        }
        Ok(())
    }

    /// The held sessions that were heard of again, as they are now.
    pub(super) fn touched_sessions(&self) -> Vec<Session> {
        let channels = self.held_sessions.keys();
        let mut touched: Vec<_> = channels.filter_map(|id| self.touched(*id)).collect();
        touched.sort_by_key(|session| session.channel_id);
        touched
    }

    /// Forgets what is known of a channel's session, because it changes by other means now;
    /// returns what has yet to be written of it.
    pub(super) fn let_session_go(&mut self, channel_id: ChannelId) -> Option<Session> {
        let touched = self.touched(channel_id);
        self.held_sessions.remove(&channel_id);
        self.sessions.remove(&channel_id);
        self.heard.remove(&channel_id);
        touched
    }

    fn touched(&self, channel_id: ChannelId) -> Option<Session> {
        let held = self.held_sessions.get(&channel_id)?;
        let now = self.sessions.get(&channel_id)?.as_ref()?;
        (now.id == held.id && now != held).then(|| now.clone())
    }
}

/// What a report without a `commandId` names instead: channel, campaign and creative.
type Named = (ChannelId, CampaignId, CreativeId);

/// What a report about an ad names when it has no `commandId`, not even one that is no id.
fn unnamed(posted: &Posted) -> Option<Named> {
    if !posted.event_type.is_about_ad() || posted.text("commandId").is_some() {
        return None;
    }
    let channel_id = posted.sender.channel_id;
    Some((channel_id, posted.campaign_id?, posted.creative_id?))
}

fn as_report(item: &Item) -> Option<&Posted> {
    match item {
        Item::Report(posted) => Some(posted),
        Item::Change(..) => None,
    }
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}
