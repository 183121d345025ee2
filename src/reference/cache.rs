//! The cache of accounts: what is known of an account and seldom changes, on two levels.
//!
//! In: an account's number. Out: what the ledger says of it, from the first level that has it. Always holds: every look-up
//! is counted once at each level that it reached; balances are not kept here, for each charge changes one.
//!
//! The first level is smaller than all accounts there are by default and forgets after minutes, as memory of the process
//! does; the second stands for the shared one behind it, and has room for all. A level that is full lets nobody in until
//! one of its own has lived its time: a newcomer is asked for no more often than those that came before it, and to make
//! room for it would only make them come again. So a load that charges every account in turn finds nine of ten in the
//! first level, each time the same, and the tenth in the second. There is a cache only with `--history`: without it a
//! charge asks the ledger, which has to look at the account anyway.

use std::collections::{HashMap, VecDeque};
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::charge::Refusal;
use super::wall_clock;

/// Entries and life of the first level: nine of ten accounts there are by default, so that some look-ups reach the second.
const FIRST: (usize, Duration) = (9_000, Duration::from_secs(300));
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
        let mut entries = self.entries();
        while entries.begins_with_a_dead_place((now, self.lives)) {
            entries.forget_oldest();
        }
        if entries.known.len() < self.capacity || entries.known.contains_key(&account) {
            entries.known.insert(account, (profile, now));
            entries.order.push_back((account, now));
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
    /// Whether the first place is one that its account has left, or of an account that has lived its time.
    fn begins_with_a_dead_place(&self, (now, lives): (Instant, Duration)) -> bool {
        let is_dead = |(account, at): &(i64, Instant)| {
            let has_left = self.known.get(account).is_none_or(|(_, kept)| kept != at);
            has_left || now.saturating_duration_since(*at) >= lives
        };
        self.order.front().is_some_and(is_dead)
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
    fn a_full_level_lets_nobody_in_until_one_of_its_own_has_lived_its_time() {
        let level = Level::new(2, Duration::from_secs(60));
        let now = wall_clock::steady();
        let at = |second| now + Duration::from_secs(second);
        for (second, account) in (0..).zip([1, 2, 1, 3]) {
            level.keep(account, NORMAL, at(second));
        }
        let known = |second| [1, 2, 3].map(|account| level.get(account, at(second)).is_some());
        assert_eq!(known(4), [true, true, false]);
        level.keep(3, NORMAL, at(61));
        assert_eq!(known(61), [true, false, true], "2 was kept 60 s ago, 1 once more a second later");
        assert_eq!(level.get(1, at(62)), None);
        assert_eq!(level.counts(), (4, 3));
    }

    #[test]
    fn a_load_that_charges_all_in_turn_reaches_both_levels_however_often_it_comes_round() {
        let cache = AccountCache::new(false);
        (1..=10_000).for_each(|account| cache.keep(account, NORMAL));
        for round in 1..=3 {
            assert!((1..=10_000).all(|account| cache.get(account).is_some()));
            assert_eq!(
                (cache.first.counts(), cache.second.counts()),
                ((9_000 * round, 1_000 * round), (1_000 * round, 0))
            );
        }
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
