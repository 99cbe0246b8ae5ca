//! Who is there: the overlay instances of every channel, and which of them shows ads.
//!
//! One instance of a channel is primary: the one that OBS has on program, else the one that has
//! been there longest. All others stand by and show nothing. This is the memory of one node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use beta_domain::events::Presence;
use beta_domain::id::{ChannelId, InstanceId, OverlayKeyId};
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;

/// One open overlay page.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its connection.
    pub socket: SocketRef,
    /// The key it came in with.
    pub key_id: OverlayKeyId,
    /// Which instance it says it is.
    pub instance_id: Option<InstanceId>,
    /// Whether it acknowledges commands and knows roles.
    pub modern: bool,
    /// Whether OBS has it on program; `None` when nobody said.
    pub on_program: Option<bool>,
}

/// The instances of all channels. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Stage(Arc<Mutex<HashMap<ChannelId, Cast>>>);

/// The instances of one channel, in the order in which they came.
#[derive(Debug, Default)]
struct Cast {
    instances: Vec<Instance>,
    /// Who was last told to be primary.
    primary: Option<Sid>,
}

/// An instance that is to be told its role.
#[derive(Clone, Debug)]
pub struct RoleChange {
    /// Whom to tell.
    pub instance: Instance,
    /// Whether it is primary.
    pub primary: bool,
}

impl Stage {
    /// An instance came. Returns who is to be told what; the newcomer always is.
    #[must_use]
    pub fn enter(&self, channel_id: ChannelId, instance: Instance) -> Vec<RoleChange> {
        let mut casts = self.lock();
        let cast = casts.entry(channel_id).or_default();
        let newcomer = instance.socket.id;
        cast.instances.push(instance);
        let mut changes = cast.elect();
        if changes
            .iter()
            .all(|change| change.instance.socket.id != newcomer)
        {
            changes.extend(cast.role_of(newcomer));
        }
        changes
    }

    /// An instance left. Returns whether it was the last one, and who is to be told what;
    /// `None` when it was not there.
    #[must_use]
    pub fn leave(&self, channel_id: ChannelId, sid: Sid) -> Option<(bool, Vec<RoleChange>)> {
        let mut casts = self.lock();
        let cast = casts.get_mut(&channel_id)?;
        let position = cast
            .instances
            .iter()
            .position(|instance| instance.socket.id == sid)?;
        cast.instances.remove(position);
        if cast.instances.is_empty() {
            casts.remove(&channel_id);
            return Some((true, Vec::new()));
        }
        Some((false, cast.elect()))
    }

    /// OBS said whether an instance is on program. Returns who is to be told what.
    #[must_use]
    pub fn set_program(
        &self,
        channel_id: ChannelId,
        sid: Sid,
        on_program: Option<bool>,
    ) -> Vec<RoleChange> {
        let mut casts = self.lock();
        let Some(cast) = casts.get_mut(&channel_id) else {
            return Vec::new();
        };
        for instance in cast
            .instances
            .iter_mut()
            .filter(|instance| instance.socket.id == sid)
        {
            instance.on_program = on_program;
        }
        cast.elect()
    }

    /// Who would show an ad now.
    pub fn primary(&self, channel_id: ChannelId) -> Option<Instance> {
        self.lock().get(&channel_id).and_then(Cast::best).cloned()
    }

    /// Who would show it instead of `sid`.
    pub fn understudy(&self, channel_id: ChannelId, sid: Sid) -> Option<Instance> {
        let casts = self.lock();
        let others = casts
            .get(&channel_id)?
            .instances
            .iter()
            .filter(|one| one.socket.id != sid);
        best_of(others).cloned()
    }

    /// Everybody on a channel.
    pub fn instances(&self, channel_id: ChannelId) -> Vec<Instance> {
        self.lock()
            .get(&channel_id)
            .map(|cast| cast.instances.clone())
            .unwrap_or_default()
    }

    /// Every channel that has an overlay.
    pub fn channels(&self) -> Vec<ChannelId> {
        self.lock().keys().copied().collect()
    }

    /// How many instances there are.
    pub fn count(&self) -> usize {
        self.lock().values().map(|cast| cast.instances.len()).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, Cast>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Presence for Stage {
    fn is_connected(&self, channel_id: ChannelId) -> bool {
        self.lock().contains_key(&channel_id)
    }
}

impl Cast {
    fn best(&self) -> Option<&Instance> {
        best_of(self.instances.iter())
    }

    /// Chooses the primary anew; the former one and the new one are to be told if it changed.
    fn elect(&mut self) -> Vec<RoleChange> {
        let best = self.best().map(|instance| instance.socket.id);
        if best == self.primary {
            return Vec::new();
        }
        let former = std::mem::replace(&mut self.primary, best);
        [former, best]
            .into_iter()
            .flatten()
            .filter_map(|sid| self.role_of(sid))
            .collect()
    }

    fn role_of(&self, sid: Sid) -> Option<RoleChange> {
        let instance = self
            .instances
            .iter()
            .find(|instance| instance.socket.id == sid)?;
        Some(RoleChange {
            instance: instance.clone(),
            primary: self.primary == Some(sid),
        })
    }
}

/// On program first, unknown next, known to be off program last; of equals who came first.
fn best_of<'a>(instances: impl Iterator<Item = &'a Instance>) -> Option<&'a Instance> {
    instances.min_by_key(|instance| match instance.on_program {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    })
}
