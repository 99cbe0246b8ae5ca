//! How often somebody may ask in a minute.
//!
//! A window of one minute begins with the first request of a key. Memory is bounded: past
//! windows are swept, and when too many keys are new, the newest share a few places.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use beta_kit::time::Timestamp;

const WINDOW: Duration = Duration::from_mins(1);
const WINDOW_MILLIS: i64 = 60_000;
/// Keys that have a place of their own.
const KEYS_MAX: usize = 100_000;
/// How long to wait between two sweeps that find everything still in use.
const SWEEP_PAUSE_MILLIS: i64 = 1_000;
/// Places shared by the keys that came when there was no room.
const SHARED_PLACES: u64 = 1_024;

/// A limit per key and minute.
#[derive(Debug)]
pub struct RateLimit {
    per_minute: u32,
    hasher: RandomState,
    windows: Mutex<Windows>,
}

#[derive(Debug)]
struct Windows {
    by_key: HashMap<u64, Window>,
    swept_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began_at: Timestamp,
    requests: u32,
}

/// What a key has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whether this request is within the limit.
    pub allowed: bool,
    /// Requests per minute.
    pub limit: u32,
    /// Requests left in this window.
    pub remaining: u32,
    /// Seconds until the next window.
    pub reset_seconds: u64,
}

impl Allowance {
    /// The one that leaves less, of those that there are.
    pub fn tighter(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let both = [one, other].into_iter().flatten();
        both.min_by_key(|allowance| (allowance.allowed, allowance.remaining))
    }
}

impl RateLimit {
    /// A limit of `per_minute`; 0 = none.
    pub fn new(per_minute: u32) -> Self {
        let windows = Windows {
            by_key: HashMap::new(),
            swept_at: Timestamp::from_micros(0),
        };
        Self {
            per_minute,
            hasher: RandomState::new(),
            windows: Mutex::new(windows),
        }
    }

    /// Counts a request of `key`; `None` when there is no limit.
    pub fn take(&self, key: &impl Hash, now: Timestamp) -> Option<Allowance> {
        if self.per_minute == 0 {
            return None;
        }
        let key = self.hasher.hash_one(key);
        let window = {
            let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
            windows.count(key, now)
        };
        let left = WINDOW_MILLIS - now.millis_since(window.began_at);
        Some(Allowance {
            allowed: window.requests <= self.per_minute,
            limit: self.per_minute,
            remaining: self.per_minute.saturating_sub(window.requests),
            reset_seconds: u64::try_from(left).unwrap_or(0).div_ceil(1_000).max(1),
        })
    }
}

impl Windows {
    fn count(&mut self, key: u64, now: Timestamp) -> Window {
        let is_new = !self.by_key.contains_key(&key);
        let since_sweep = now.millis_since(self.swept_at);
        let is_due = !(0..WINDOW_MILLIS).contains(&since_sweep);
        let is_full = self.by_key.len() >= KEYS_MAX && since_sweep >= SWEEP_PAUSE_MILLIS;
        if is_due || is_full {
            self.sweep(now);
        }
        let crowded = is_new && self.by_key.len() >= KEYS_MAX;
        let place = if crowded { key % SHARED_PLACES } else { key };
        let fresh = Window {
            began_at: now,
            requests: 0,
        };
        let window = self.by_key.entry(place).or_insert(fresh);
        if !is_current(*window, now) {
            *window = fresh;
        }
        window.requests = window.requests.saturating_add(1);
        *window
    }

    fn sweep(&mut self, now: Timestamp) {
        self.by_key.retain(|_, window| is_current(*window, now));
        self.swept_at = now;
    }
}

/// A window counts until its minute is over, and never when the clock stands before it.
fn is_current(window: Window, now: Timestamp) -> bool {
    now >= window.began_at && now < window.began_at.plus(WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn the_request_after_the_last_one_waits_for_the_next_window() {
        let limit = RateLimit::new(3);
        for left in [2, 1, 0] {
            let allowance = limit.take(&"a", at(0)).expect("is limited");
            assert!(allowance.allowed);
            assert_eq!((allowance.remaining, allowance.reset_seconds), (left, 60));
        }
        let refused = limit.take(&"a", at(59)).expect("is limited");
        assert!(!refused.allowed);
        assert_eq!(refused.reset_seconds, 1);
        assert!(limit.take(&"b", at(59)).expect("is limited").allowed);
        assert!(limit.take(&"a", at(60)).expect("is limited").allowed);
    }

    #[test]
    fn the_tighter_of_two_allowances_counts() {
        let (wide, narrow) = (RateLimit::new(9), RateLimit::new(1));
        let (wide, left) = (wide.take(&"a", at(0)), narrow.take(&"a", at(0)));
        assert_eq!(Allowance::tighter(wide, left), left);
        assert_eq!(Allowance::tighter(wide, None), wide);
        let refused = narrow.take(&"a", at(0));
        assert_eq!(Allowance::tighter(refused, left), refused);
        assert_eq!(Allowance::tighter(None, None), None);
    }

    #[test]
    fn zero_is_no_limit() {
        assert_eq!(RateLimit::new(0).take(&"a", at(0)), None);
    }

    #[test]
    fn memory_is_bounded_and_comes_back() {
        let limit = RateLimit::new(1);
        let kept = |limit: &RateLimit| limit.windows.lock().map(|all| all.by_key.len()).ok();
        let most = KEYS_MAX + usize::try_from(SHARED_PLACES).expect("is small");
        for key in 0..KEYS_MAX + 5_000 {
            limit.take(&key, at(0));
        }
        assert!(kept(&limit) <= Some(most));
        limit.take(&"later", at(61));
        assert_eq!(kept(&limit), Some(1));
    }

    #[test]
    fn a_clock_set_back_starts_a_new_window() {
        let limit = RateLimit::new(1);
        assert!(limit.take(&"a", at(0)).expect("is limited").allowed);
        assert!(limit.take(&"a", at(-3_600)).expect("is limited").allowed);
    }
}
