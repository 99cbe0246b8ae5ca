//! One unit of work: a transaction, who acts, one instant of time, and what to do afterwards.

use std::sync::Arc;

use beta_kit::db::{Db, DbError, Tx};
use beta_kit::entropy::Entropy;
use beta_kit::id::{Id, Minter};
use beta_kit::secret::{Secret, random_token};
use beta_kit::time::{Clock, Timestamp};

use crate::actor::{Action, Actor, Denied};
use crate::meters::Meters;
use crate::signal::{Signal, Signals};

/// What units of work are made from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Works {
    db: Db,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    minter: Minter,
    signals: Signals,
    meters: Meters,
}

impl Works {
    /// Works on this database, clock and source of chance.
    pub fn new(db: Db, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let minter = Minter::new(clock.clone(), entropy.clone());
        let meters = Meters::default();
        Self {
            db,
            clock,
            entropy,
            minter,
            signals: Signals::default(),
            meters,
        }
    }

    /// Starts work that writes. Nothing stays unless [`Work::commit`] is called.
    pub async fn begin(&self, actor: Actor) -> Result<Work, DbError> {
        let tx = self.db.begin().await?;
        Ok(self.work(tx, actor))
    }

    /// Starts work that only reads.
    pub async fn read(&self, actor: Actor) -> Result<Work, DbError> {
        let tx = self.db.read().await?;
        Ok(self.work(tx, actor))
    }

    fn work(&self, tx: Tx, actor: Actor) -> Work {
        Work {
            tx,
            actor,
            now: self.clock.now(),
            works: self.clone(),
            after: Vec::new(),
            counted: Vec::new(),
        }
    }

    /// The database.
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub fn mint<T: From<Id>>(&self) -> T {
        self.minter.mint()
    }

    /// A new secret of `BYTES` random bytes.
    pub fn token<const BYTES: usize>(&self) -> Secret<String> {
        random_token::<BYTES>(&*self.entropy)
    }

    /// What is counted for `/metrics`.
    pub const fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Where signals go out.
    pub const fn signals(&self) -> &Signals {
        &self.signals
    }
}

/// One unit of work.
#[derive(Debug)]
pub struct Work {
    tx: Tx,
    actor: Actor,
    /// The one instant at which all of this work happens.
    pub now: Timestamp,
    works: Works,
    after: Vec<Signal>,
    counted: Vec<&'static str>,
}

impl Work {
    /// The transaction, for a room's store.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// A new id.
    pub fn mint<T: From<Id>>(&self) -> T {
        self.works.mint()
    }

    /// A new secret of `BYTES` random bytes.
    pub fn token<const BYTES: usize>(&self) -> Secret<String> {
        self.works.token::<BYTES>()
    }

    /// Refuses what the actor's role does not allow.
    pub fn may(&self, action: Action) -> Result<(), Denied> {
        if self.actor.may(action) {
            Ok(())
        } else {
            Err(Denied { action })
        }
    }

    /// Queues a signal that goes out only if the commit holds.
    pub fn after_commit(&mut self, signal: Signal) {
        self.after.push(signal);
    }

    /// Counts a stored event for `/metrics`, if the commit holds.
    pub fn count_event(&mut self, event_type: &'static str) {
        self.counted.push(event_type);
    }

    /// Makes the work durable, then counts it and sends its signals.
    pub async fn commit(self) -> Result<(), DbError> {
        self.tx.commit().await?;
        for event_type in self.counted {
            self.works.meters.event_stored(event_type);
        }
        for signal in self.after {
            self.works.signals.send(signal);
        }
        Ok(())
    }
}
