//! How much of the server one caller may have: requests per client, account and overlay key, and
//! sockets that are open at once.
//!
//! A *client* is a network address as `client_ip` tells it. Every limit of 0 is off.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use beta_domain::id::{OverlayKeyId, UserId};
use beta_kit::time::Timestamp;

use crate::layers::client_ip::ClientIp;
use crate::layers::limit::{Allowance, RateLimit};
use crate::state::Settings;

/// A key may be used from several addresses, such as a streamer's two computers: all of them
/// together may post as much as this many.
const CLIENTS_OF_A_KEY: u32 = 4;

/// Visits of short links that one client may have written down in a minute. A household counts a
/// visitor or two; whoever comes more often is not worth a row.
const CLICKS_PER_MINUTE: u32 = 20;

/// Every limit.
#[derive(Debug)]
pub struct Limits {
    clients: RateLimit,
    accounts: RateLimit,
    senders: RateLimit,
    keys: RateLimit,
    handshakes: RateLimit,
    sign_ins: RateLimit,
    clicks: RateLimit,
    sockets_of_clients: Tally<IpAddr>,
    sockets_of_keys: Tally<OverlayKeyId>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let ingest = settings.ingest_per_minute;
        Self {
            clients: RateLimit::new(settings.global_per_minute),
            accounts: RateLimit::new(settings.account_per_minute),
            senders: RateLimit::new(ingest),
            keys: RateLimit::new(ingest.saturating_mul(CLIENTS_OF_A_KEY)),
            handshakes: RateLimit::new(settings.global_per_minute),
            sign_ins: RateLimit::new(settings.sign_in_per_minute),
            clicks: RateLimit::new(CLICKS_PER_MINUTE),
            sockets_of_clients: Tally::new(settings.sockets_per_client),
            sockets_of_keys: Tally::new(settings.sockets_per_key),
        }
    }

    /// Counts a request of a client.
    pub(crate) fn request(&self, client: ClientIp, now: Timestamp) -> Option<Allowance> {
        self.clients.take(&client.network(), now)
    }

    /// Counts a request of somebody who is signed in, wherever they are.
    pub(crate) fn account(&self, user_id: UserId, now: Timestamp) -> Option<Allowance> {
        self.accounts.take(&user_id, now)
    }

    /// Counts a request with an overlay key: of this client, and of all clients with the key.
    pub(crate) fn sender(
        &self,
        key_id: OverlayKeyId,
        client: ClientIp,
        now: Timestamp,
    ) -> Option<Allowance> {
        let sender = self.senders.take(&(key_id, client.network()), now);
        Allowance::tighter(sender, self.keys.take(&key_id, now))
    }

    /// Counts a client's attempt to open a socket.
    pub(crate) fn handshake(&self, client: ClientIp, now: Timestamp) -> Option<Allowance> {
        self.handshakes.take(&client.network(), now)
    }

    /// Counts a client's attempt to sign in, or to ask for a link.
    pub(crate) fn sign_in(&self, client: ClientIp, now: Timestamp) -> Option<Allowance> {
        self.sign_ins.take(&client.network(), now)
    }

    /// Counts a visit of a short link. Whoever asks more often is still led on.
    pub(crate) fn click(&self, client: ClientIp, now: Timestamp) -> Option<Allowance> {
        self.clicks.take(&client.network(), now)
    }

    /// A place for one more socket of a client, and of a key when it comes with one; `None` when
    /// there is no room. Whoever drops the last clone of the place gives it back.
    pub(crate) fn socket(&self, client: ClientIp, key: Option<OverlayKeyId>) -> Option<Seat> {
        let client = self.sockets_of_clients.take(client.network())?;
        let key = match key {
            Some(key) => Some(self.sockets_of_keys.take(key)?),
            None => None,
        };
        Some(Seat(Arc::new((client, key))))
    }
}

/// Room for one socket.
#[derive(Clone, Debug)]
pub(crate) struct Seat(
    #[expect(dead_code, reason = "is held, not read")]
    Arc<(Counted<IpAddr>, Option<Counted<OverlayKeyId>>)>,
);

/// How many of something each key has open.
#[derive(Clone, Debug)]
struct Tally<K: Eq + Hash> {
    most: u32,
    open: Arc<Mutex<HashMap<K, u32>>>,
}

impl<K: Eq + Hash + Copy> Tally<K> {
    fn new(most: u32) -> Self {
        Self {
            most,
            open: Arc::default(),
        }
    }

    /// One more, when there is room.
    fn take(&self, key: K) -> Option<Counted<K>> {
        let mut open = self.lock();
        let count = open.entry(key).or_default();
        if self.most > 0 && *count >= self.most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Counted {
            key,
            tally: self.clone(),
        })
    }

    fn give_back(&self, key: &K) {
        let mut open = self.lock();
        if let Some(count) = open.get_mut(key) {
            *count -= 1;
            if *count == 0 {
                open.remove(key);
            }
        }
    }
}

impl<K: Eq + Hash> Tally<K> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that is open; dropping it closes it.
#[derive(Debug)]
struct Counted<K: Eq + Hash + Copy> {
    key: K,
    tally: Tally<K>,
}

impl<K: Eq + Hash + Copy> Drop for Counted<K> {
    fn drop(&mut self) {
        self.tally.give_back(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_given_back() {
        let tally = Tally::new(2);
        let (first, _second) = (tally.take(7), tally.take(7));
        assert!(tally.take(7).is_none(), "there are two");
        assert!(tally.take(8).is_some(), "others have places of their own");
        drop(first);
        let third = tally.take(7);
        assert!(third.is_some());
        assert_eq!(tally.lock().get(&7), Some(&2));
    }

    #[test]
    fn what_nobody_has_open_is_forgotten() {
        let tally = Tally::new(2);
        drop(tally.take(7));
        assert!(tally.lock().is_empty());
    }

    #[test]
    fn zero_is_no_limit() {
        let tally = Tally::new(0);
        let all: Vec<_> = (0..1_000).map(|_| tally.take(7)).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
