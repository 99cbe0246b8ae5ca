//! What the writer must know to judge a batch, read with a fixed number of queries per batch.

use std::collections::{HashMap, HashSet};

use beta_kit::db::DbError;

use super::posted::{Item, Posted};
use crate::campaigns;
use crate::deliveries::{self, Delivery};
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
    /// The newest delivery by what a report without `commandId` names.
    pub(super) newest: HashMap<(ChannelId, CampaignId, CreativeId), Option<DeliveryId>>,
    /// The channel's session, once something in the batch needed it.
    pub(super) sessions: HashMap<ChannelId, Option<Session>>,
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

    /// Locks every delivery the batch names, in the order of ids, so that two writers never wait
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
        self.deliveries = deliveries::lock_many(work, distinct(named)).await?;
        let unnamed = reports
            .iter()
            .filter(|posted| posted.event_type.is_about_ad() && posted.text("commandId").is_none());
        let keys = distinct(unnamed.filter_map(|posted| {
            Some((
                posted.sender.channel_id,
                posted.campaign_id?,
                posted.creative_id?,
            ))
        }));
        for key in keys {
            let found = deliveries::lock_newest(work, key.0, key.1, key.2).await?;
            self.newest
                .insert(key, found.as_ref().map(|delivery| delivery.id));
            if let Some(delivery) = found {
                self.deliveries.entry(delivery.id).or_insert(delivery);
            }
        }
        self.before = self.deliveries.clone();
        Ok(())
    }

    /// The delivery a report belongs to: the one it names, else the newest of what it names. A
    /// delivery of another channel is as good as none.
    pub(super) fn delivery_of(&self, posted: &Posted) -> Option<&Delivery> {
        let channel_id = posted.sender.channel_id;
        let id = match posted.command_id() {
            Some(id) => id,
            None => {
                let key = (channel_id, posted.campaign_id?, posted.creative_id?);
                (*self.newest.get(&key)?)?
            }
        };
        self.deliveries
            .get(&id)
            .filter(|delivery| delivery.channel_id == channel_id)
    }

    /// The deliveries that the batch changed, as they were and as they are, in the order of ids.
    pub(super) fn changed_deliveries(&self) -> Vec<(&Delivery, &Delivery)> {
        let mut changed: Vec<_> = self
            .deliveries
            .values()
            .filter_map(|after| {
                let before = self.before.get(&after.id)?;
                (before != after).then_some((before, after))
            })
            .collect();
        changed.sort_by_key(|(_, after)| (after.campaign_id, after.id));
        changed
    }
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
