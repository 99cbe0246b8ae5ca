//! Overlay keys by their digest, remembered for a while.
//!
//! A key that is remembered may have been rotated meanwhile. That does no harm: whatever writes
//! with it checks the key again in its own transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use beta_domain::actor::Actor;
use beta_domain::id::ChannelId;
use beta_domain::streamers::{self, OverlayIdentity, StreamersError};
use beta_domain::work::Works;
use beta_kit::secret::digest_hex;
use moka::future::Cache;

/// How many keys are remembered.
const KEYS_MAX: u64 = 100_000;
/// How long a key is remembered.
const KEY_TTL: Duration = Duration::from_secs(30);

/// The cache. Clones share what they remember.
#[derive(Clone, Debug)]
pub struct Keys {
    cache: Cache<String, OverlayIdentity>,
    /// How often something was forgotten.
    forgotten: Arc<AtomicU64>,
}

impl Default for Keys {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(KEYS_MAX)
            .time_to_live(KEY_TTL)
            .support_invalidation_closures()
            .build();
        Self {
            cache,
            forgotten: Arc::default(),
        }
    }
}

impl Keys {
    /// Whose key this is; `None` for a key that is not valid. Unknown keys are not remembered.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        &self,
        works: &Works,
        key: &str,
    ) -> Result<Option<OverlayIdentity>, StreamersError> {
        let digest = digest_hex(key);
        if let Some(known) = self.cache.get(&digest).await {
            return Ok(Some(known));
        }
        let before = self.forgotten.load(Ordering::SeqCst);
        let mut work = works.read(Actor::Nobody).await?;
        let found = streamers::find_key(&mut work, &digest).await?;
        if let Some(identity) = found {
            self.cache.insert(digest.clone(), identity).await;
            // It may have been rotated, and forgotten in vain, between the reading and here.
            if self.forgotten.load(Ordering::SeqCst) != before {
                self.cache.invalidate(&digest).await;
            }
        }
        Ok(found)
    }

    /// Forgets the keys of a channel.
    pub fn forget(&self, channel_id: ChannelId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        // The only error is that the cache was built without closures, which it was not.
        let _ = self
            .cache
            .invalidate_entries_if(move |_, key| key.channel_id == channel_id);
    }
}
