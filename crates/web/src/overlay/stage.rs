//! Who is there: the overlay instances of every channel, and which of them shows ads.
//!
//! One instance of a channel is primary: the one that OBS has on program, else the one that has
//! been there longest. All others stand by and show nothing. This is the memory of one node.
//!
//! Roles are told while the stage is held, so that of two changes the later one is also told
//! later; whoever is called to tell them must not call the stage.

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
    /// How many are on the way in.
    coming: usize,
}

/// What an instance is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It shows ads.
    Primary,
    /// It shows nothing until it is primary.
    Standby,
}

impl Role {
    /// The spelling on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

/// Somebody is on the way in: as long as this is held, the channel is not empty.
#[derive(Debug)]
pub struct Coming {
    stage: Stage,
    channel_id: ChannelId,
}

impl Drop for Coming {
    fn drop(&mut self) {
        let mut casts = self.stage.lock();
        let Some(cast) = casts.get_mut(&self.channel_id) else {
            return;
        };
        cast.coming -= 1;
        if cast.is_empty() {
            casts.remove(&self.channel_id);
        }
    }
}

impl Stage {
    /// An instance is about to come.
    pub fn coming(&self, channel_id: ChannelId) -> Coming {
        self.lock().entry(channel_id).or_default().coming += 1;
        Coming {
            stage: self.clone(),
            channel_id,
        }
    }

    /// An instance came. It is told its role, and so is whoever gets another by it.
    pub fn enter(&self, channel_id: ChannelId, instance: Instance, tell: impl Fn(&Instance, Role)) {
        let mut casts = self.lock();
        let cast = casts.entry(channel_id).or_default();
        cast.instances.push(instance);
        let is_primary = cast.elect(&tell);
        if !is_primary && let Some(newcomer) = cast.instances.last() {
            tell(newcomer, Role::Standby);
        }
    }

    /// An instance left; whoever gets another role by it is told. Returns whether nobody is there
    /// now; `None` when it was not there.
    pub fn leave(
        &self,
        channel_id: ChannelId,
        sid: Sid,
        tell: impl Fn(&Instance, Role),
    ) -> Option<bool> {
        let mut casts = self.lock();
        let cast = casts.get_mut(&channel_id)?;
        let position = cast
            .instances
            .iter()
            .position(|instance| instance.socket.id == sid)?;
        cast.instances.remove(position);
        cast.elect(&tell);
        let is_empty = cast.is_empty();
        if is_empty {
            casts.remove(&channel_id);
        }
        Some(is_empty)
    }

    /// OBS said whether an instance is on program; whoever gets another role by it is told.
    pub fn set_program(
        &self,
        channel_id: ChannelId,
        sid: Sid,
        on_program: Option<bool>,
        tell: impl Fn(&Instance, Role),
    ) {
        let mut casts = self.lock();
        let Some(cast) = casts.get_mut(&channel_id) else {
            return;
        };
        for instance in cast
            .instances
            .iter_mut()
            .filter(|instance| instance.socket.id == sid)
        {
            instance.on_program = on_program;
        }
        cast.elect(&tell);
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

    fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.coming == 0
    }

    /// Chooses the primary anew, and tells the former one and the new one if it changed. Returns
    /// whether it did.
    fn elect(&mut self, tell: &impl Fn(&Instance, Role)) -> bool {
        let best = self.best().map(|instance| instance.socket.id);
        if best == self.primary {
            return false;
        }
        let former = std::mem::replace(&mut self.primary, best);
        for instance in &self.instances {
            let sid = Some(instance.socket.id);
            if sid == former {
                tell(instance, Role::Standby);
            } else if sid == best {
                tell(instance, Role::Primary);
            }
        }
        true
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
