//! The cache of accounts: what is known of an account and seldom changes, on two levels.
//!
//! In: an account's number. Out: what the ledger says of it, from the first level that has it. Always holds: every look-up
//! is counted once at each level that it reached; balances are not kept here, for each charge changes one.
//!
//! The first level is small and forgets after minutes, as memory of the process does; the second stands for the shared one
//! behind it. Both forget the oldest entry first. There is one only with `--history`: without it a charge asks the ledger,
//! which has to look at the account anyway.

use std::collections::{HashMap, VecDeque};
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::charge::Refusal;
use super::wall_clock;

/// Entries and life of the first level: every account there is by default and a few more. A load that charges each in turn
/// would find nothing in a smaller one, which always forgets what comes next.
const FIRST: (usize, Duration) = (10_500, Duration::from_secs(300));
/// Entries and life of the second.
const SECOND: (usize, Duration) = (100_000, Duration::from_secs(1_800));

/// What is known of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    /// 0 frozen, 1 normal, 2 closed.
    pub(super) status: i64,
}

impl Profile {
    /// Why no charge can succeed, whatever the balance.
    pub(super) fn refuse(self) -> Option<Refusal> {
        match self.status {
            0 => Some(Refusal::AccountFrozen),
            2 => Some(Refusal::AccountClosed),
            _ => None,
        }
    }
}

/// Both levels.
pub(super) struct AccountCache {
    first: Level,
    second: Level,
}

/// One level.
struct Level {
    entries: Mutex<Entries>,
    capacity: usize,
    lives: Duration,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What is kept, and in which order it came.
#[derive(Default)]
struct Entries {
    known: HashMap<i64, (Profile, Instant)>,
    order: VecDeque<(i64, Instant)>,
}

impl AccountCache {
    /// Empty; with `off` it stays so.
    pub(super) fn new(off: bool) -> Self {
        let level = |(capacity, lives)| Level::new(if off { 0 } else { capacity }, lives);
        Self { first: level(FIRST), second: level(SECOND) }
    }

    /// What is known of an account; `None` is for the ledger to say, and then to be [kept](Self::keep).
    pub(super) fn get(&self, account: i64) -> Option<Profile> {
        let now = wall_clock::steady();
        if let Some(profile) = self.first.get(account, now) {
            return Some(profile);
        }
        let profile = self.second.get(account, now)?;
        self.first.keep(account, profile, now);
        Some(profile)
    }

    /// Keeps what the ledger said.
    pub(super) fn keep(&self, account: i64, profile: Profile) {
        let now = wall_clock::steady();
        self.second.keep(account, profile, now);
        self.first.keep(account, profile, now);
    }

    /// How many accounts are worth loading before they are asked for.
    pub(super) fn capacity(&self) -> usize {
        self.second.capacity
    }

    /// The series, as Prometheus reads them. The gauges are shares of all look-ups since the start, so that both levels
    /// add up to the whole; before the first look-up there are none.
    ///
    /// # Errors
    /// Those of `out`.
    pub(super) fn write(&self, out: &mut String) -> fmt::Result {
        let (first, second) = (self.first.counts(), self.second.counts());
        let all = first.0 + first.1;
        for (name, help, count) in [
            ("gets", "Look-ups of accounts", all),
            ("l1_hits", "Look-ups that the first level answered", first.0),
            ("l2_hits", "Look-ups that the second level answered", second.0),
            ("misses", "Look-ups that neither level answered", second.1),
        ] {
            writeln!(out, "# HELP consume_cache_{name}_total {help}\n# TYPE consume_cache_{name}_total counter")?;
            writeln!(out, "consume_cache_{name}_total {count}")?;
        }
        if all == 0 {
            return Ok(());
        }
        let hits = [("", first.0 + second.0), ("_l1", first.0), ("_l2", second.0)];
        for (level, hits) in hits {
            let (name, share) = (format!("consume_cache{level}_hit_rate"), hits as f64 / all as f64);
            writeln!(out, "# HELP {name} Share of all look-ups since the start\n# TYPE {name} gauge\n{name} {share}")?;
        }
        Ok(())
    }
}

impl Level {
    fn new(capacity: usize, lives: Duration) -> Self {
        let entries = Mutex::default();
        Self { entries, capacity, lives, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    fn get(&self, account: i64, now: Instant) -> Option<Profile> {
        let found = self.entries().known.get(&account).copied();
        let found = found.filter(|(_, kept)| now.saturating_duration_since(*kept) < self.lives);
        let count = if found.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        found.map(|(profile, _)| profile)
    }

    fn keep(&self, account: i64, profile: Profile, now: Instant) {
        if self.capacity == 0 {
            return;
        }
        let mut entries = self.entries();
        entries.known.insert(account, (profile, now));
        entries.order.push_back((account, now));
        while entries.known.len() > self.capacity || entries.begins_with_a_stale_place() {
            entries.forget_oldest();
        }
    }

    /// Hits and misses.
    fn counts(&self) -> (u64, u64) {
        // The misses first: a scrape in between never shows more look-ups at the second level than the first passed on.
        let misses = self.misses.load(Ordering::Relaxed);
        (self.hits.load(Ordering::Relaxed), misses)
    }

    /// No code panics while it holds the lock.
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An account that was kept again stands twice in the order, and goes with its later place.
impl Entries {
    fn begins_with_a_stale_place(&self) -> bool {
        let kept = |account| self.known.get(account).map(|(_, kept)| *kept);
        self.order.front().is_some_and(|(account, at)| kept(account) != Some(*at))
    }

    fn forget_oldest(&mut self) {
        if let Some((account, kept)) = self.order.pop_front()
            && self.known.get(&account).is_some_and(|(_, at)| *at == kept)
        {
            self.known.remove(&account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORMAL: Profile = Profile { status: 1 };

    #[test]
    fn a_level_forgets_the_oldest_first_and_what_has_lived_long_enough() {
        let level = Level::new(2, Duration::from_secs(60));
        let now = wall_clock::steady();
        for (second, account) in (0..).zip([1, 2, 1, 3]) {
            level.keep(account, NORMAL, now + Duration::from_secs(second));
        }
        let later = now + Duration::from_secs(4);
        assert_eq!([1, 2, 3].map(|account| level.get(account, later).is_some()), [true, false, true]);
        assert_eq!(level.get(1, now + Duration::from_secs(62)), None);
        assert_eq!(level.counts(), (2, 2));
    }

    #[test]
    fn the_second_level_answers_what_the_first_forgot_and_the_shares_add_up() {
        let cache = AccountCache { first: Level::new(1, FIRST.1), second: Level::new(9, SECOND.1) };
        assert_eq!(cache.get(1), None);
        cache.keep(1, NORMAL);
        cache.keep(2, NORMAL);
        assert_eq!((cache.get(2), cache.get(1), cache.get(1)), (Some(NORMAL), Some(NORMAL), Some(NORMAL)));
        let mut text = String::new();
        cache.write(&mut text).unwrap();
        for (name, count) in [("gets", 4), ("l1_hits", 2), ("l2_hits", 1), ("misses", 1)] {
            assert!(text.contains(&format!("\nconsume_cache_{name}_total {count}\n")), "{name}: {text}");
        }
        for (name, share) in [("", 0.75), ("_l1", 0.5), ("_l2", 0.25)] {
            assert!(text.contains(&format!("\nconsume_cache{name}_hit_rate {share}\n")), "{name}: {text}");
        }
    }

    #[test]
    fn a_cache_that_is_off_knows_nothing_and_counts_every_look_up() {
        let cache = AccountCache::new(true);
        cache.keep(1, NORMAL);
        assert_eq!((cache.get(1), cache.capacity()), (None, 0));
        assert_eq!((cache.first.counts(), cache.second.counts()), ((0, 1), (0, 1)));
    }

    #[test]
    fn before_the_first_look_up_there_is_no_rate() {
        let mut text = String::new();
        AccountCache::new(false).write(&mut text).unwrap();
        assert!(!text.contains("hit_rate"), "{text}");
    }
}
