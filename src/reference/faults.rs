//! What the service does wrong when it is asked to, and how often it did.
//!
//! In: the options. Out: faults chosen by counting, not by chance, and a tally of them. Always holds: a fault that was
//! committed is in the tally, so that what a harness found can be held against what there was.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::day::DayFaults;
use super::share::{Every, Share};
use crate::units::Micros;

/// The faults of `serve`. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A freeze of the whole service.
    pub stall: Option<Stall>,
    /// API requests answered with HTTP 500, nothing done.
    pub error_rate: Option<Share>,
    /// API requests whose connection is reset after they were read, nothing done.
    pub reset_rate: Option<Share>,
    /// Accepted charges that are acknowledged and not stored.
    pub lose: Option<Share>,
    /// Accepted charges that are stored and taken twice.
    pub double: Option<Share>,
    /// Accepted charges that are stored and then answered with HTTP 500.
    pub fail_after_commit: Option<Share>,
    /// How long an accepted charge stays invisible to every question; zero is none.
    pub late: Micros,
    /// Charges are answered with success and an empty body, and nothing is done.
    pub stub: bool,
    /// Accepted charges that are recorded, and whose account keeps its balance.
    pub lost_update: Option<Share>,
    /// Charges the balance does not cover are accepted, and leave nothing.
    pub overdraw: bool,
    /// A number that was booked is booked again.
    pub duplicate_charges: bool,
    /// An amount that breaks its rule is charged as a fen.
    pub accept_bad_amounts: bool,
    /// A transaction's status cannot be asked for.
    pub no_status_query: bool,
    /// The database's component is down, and the whole with it.
    pub health_down: bool,
    /// Only the process's own series are shown.
    pub metrics_missing: bool,
    /// Charge requests that are in no counter.
    pub uncounted: Option<Share>,
    /// What is wrong with the history.
    pub day: DayFaults,
}

/// A freeze: it begins so long after the first request, and lasts so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// How long nothing is answered.
    pub lasts: Micros,
    /// When it begins, counted from the service's first request.
    pub begins: Micros,
}

/// Why a text is not a stall.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a stall; write for example \"2s@10s\": for 2 s, from 10 s after the first request")]
pub struct StallError(String);

impl FromStr for Stall {
    type Err = StallError;

    fn from_str(text: &str) -> Result<Self, StallError> {
        let read = || {
            let (lasts, begins) = text.split_once('@')?;
            Some(Self { lasts: lasts.parse().ok()?, begins: begins.parse().ok()? })
        };
        read().ok_or_else(|| StallError(text.to_owned()))
    }
}

/// A fault as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A request held back by the stall.
    Stall,
    /// A request answered with 429.
    RateLimit,
    /// A request answered with an error that has no cause.
    Error,
    /// A connection that was reset.
    Reset,
    /// A charge that was acknowledged and not stored.
    Lose,
    /// A charge that was stored twice.
    Double,
    /// A charge that was stored and answered with 500.
    FailAfterCommit,
    /// A charge that is not visible yet when it is answered.
    Late,
    /// A charge that was answered and never looked at.
    Stub,
    /// A charge that was recorded, and not taken off the balance.
    LostUpdate,
    /// A charge that the balance did not cover.
    Overdraw,
    /// A charge under a number that was booked before.
    DuplicateCharges,
    /// A charge of an amount that breaks its rule.
    AcceptBadAmounts,
    /// A status that was asked for in vain.
    NoStatusQuery,
    /// A charge request that no counter has.
    Uncounted,
    /// A movement that the new family was never told of.
    DropDualWrite,
}

impl Fault {
    /// The options that cause them, in their order.
    const NAMES: [&str; 16] = [
        "stall",
        "rate-limit",
        "error-rate",
        "reset-rate",
        "lose",
        "double",
        "fail-after-commit",
        "late",
        "stub",
        "lost-update",
        "overdraw",
        "duplicate-charges",
        "accept-bad-amounts",
        "no-status-query",
        "uncounted",
        "drop-dual-write",
    ];
}

/// How often each fault was committed since the start.
#[derive(Default)]
pub(super) struct Tally([AtomicU64; Fault::NAMES.len()]);

impl Tally {
    /// Counts one.
    pub(super) fn count(&self, fault: Fault) {
        self.0[fault as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Every fault's option and number.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Fault::NAMES.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// Chooses what goes wrong with an accepted charge.
pub(super) struct MoneyFaults {
    /// With the number of charges that are still to suffer it.
    shares: [(Every, Fault, u64); 4],
    late: bool,
    /// Whether what the balance does not cover is accepted.
    pub(super) overdraws: bool,
    /// Whether a number is booked again.
    pub(super) duplicates: bool,
}

impl Default for MoneyFaults {
    fn default() -> Self {
        Self::new(&Faults::default())
    }
}

impl MoneyFaults {
    /// As the options say.
    pub(super) fn new(faults: &Faults) -> Self {
        let shares = [
            (Every::new(faults.lose, 0), Fault::Lose, 0),
            (Every::new(faults.double, 2), Fault::Double, 0),
            (Every::new(faults.fail_after_commit, 4), Fault::FailAfterCommit, 0),
            (Every::new(faults.lost_update, 6), Fault::LostUpdate, 0),
        ];
        let (overdraws, duplicates) = (faults.overdraw, faults.duplicate_charges);
        Self { shares, late: faults.late > Micros::ZERO, overdraws, duplicates }
    }

    /// The fault of the next accepted charge: at most one. Where two shares pick the same charge, the second takes the
    /// next one that is free, so that each has its number.
    pub(super) fn next(&mut self) -> Option<Fault> {
        for (share, _, owed) in &mut self.shares {
            *owed += u64::from(share.takes_next());
        }
        match self.shares.iter_mut().find(|(_, _, owed)| *owed > 0) {
            Some((_, fault, owed)) => {
                *owed -= 1;
                Some(*fault)
            }
            None => self.late.then_some(Fault::Late),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_is_its_length_at_its_beginning() {
        assert_eq!("2s@10s".parse(), Ok(Stall { lasts: Micros::from_secs(2), begins: Micros::from_secs(10) }));
        for text in ["2s", "@", "2s@", "x@1s", ""] {
            assert!(text.parse::<Stall>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_charge_suffers_one_fault_at_most_and_each_its_share() {
        let share = |text: &str| Some(text.parse().unwrap());
        let options = Faults {
            lose: share("1/100"),
            double: share("1/100"),
            fail_after_commit: share("1/10"),
            ..Faults::default()
        };
        let mut faults = MoneyFaults::new(&options);
        let drawn: Vec<_> = (0..1_000).filter_map(|_| faults.next()).collect();
        let count = |fault| drawn.iter().filter(|drawn| **drawn == fault).count();
        assert_eq!((count(Fault::Lose), count(Fault::Double), count(Fault::FailAfterCommit)), (10, 10, 100));
    }

    #[test]
    fn every_fault_is_counted_under_the_name_of_its_option() {
        let tally = Tally::default();
        tally.count(Fault::Stub);
        tally.count(Fault::Stall);
        tally.count(Fault::Stall);
        let counts: Vec<_> = tally.counts().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counts, [("stall", 2), ("stub", 1)]);
    }
}
