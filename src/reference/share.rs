//! A share of a stream of things, taken evenly and exactly.
//!
//! In: `1%`, `1/10000` or `0.01`. Out: which of the things, counted from 1, are meant. Always holds: of the first
//! `whole` things exactly `part` are taken, and the same ones in every run: no chance is involved.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// `part` of every `whole`: `0 <= part <= whole`, `1 <= whole <= 1_000_000_000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    part: u64,
    whole: u64,
}

/// Why a text is not a share.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a share from nothing to all; write for example \"1%\", \"1/10000\" or \"0.01\"")]
pub struct ShareError(String);

/// The finest share that can be said is one of so many.
const FINEST: u64 = 1_000_000_000;
/// Shares of one stream are kept apart by eighths of their period.
pub(super) const PHASES: u64 = 8;

impl Share {
    /// Whether thing number `n` (from 1) is one of the share. `phase` (`0..8`) moves the picks, so that two shares of
    /// the same size do not always pick the same thing.
    fn takes(self, n: u64, phase: u64) -> bool {
        let up_to = |n: u64| {
            let ahead = u128::from(phase) * u128::from(self.whole);
            let eighths = u128::from(n) * u128::from(self.part) * u128::from(PHASES) + ahead;
            eighths / (u128::from(self.whole) * u128::from(PHASES))
        };
        self.part > 0 && n > 0 && up_to(n) > up_to(n - 1)
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let read = || {
            let (part, whole) = match (text.split_once('/'), text.strip_suffix('%')) {
                (Some((part, whole)), _) => (part.parse().ok()?, whole.parse().ok()?),
                (None, Some(percent)) => decimal(percent).map(|(part, scale)| (part, scale * 100))?,
                (None, None) => decimal(text)?,
            };
            ((1..=FINEST).contains(&whole) && part <= whole).then_some(Self { part, whole })
        };
        read().ok_or_else(|| ShareError(text.to_owned()))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

/// `12.5` as `(125, 10)`.
fn decimal(text: &str) -> Option<(u64, u64)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 7 {
        return None;
    }
    let scale = (0..part.len()).fold(1, |scale, _| scale * 10);
    Some((format!("{whole}{part}").parse().ok()?, scale))
}

/// Counts things as they come and says which of them the share takes.
pub(super) struct Every {
    share: Option<Share>,
    phase: u64,
    seen: AtomicU64,
}

impl Every {
    /// Takes nothing where there is no share.
    pub(super) fn new(share: Option<Share>, phase: u64) -> Self {
        Self { share, phase, seen: AtomicU64::new(0) }
    }

    /// Counts one thing; whether it is taken.
    pub(super) fn takes_next(&self) -> bool {
        let Some(share) = self.share else { return false };
        let n = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        share.takes(n, self.phase)
    }

    /// Whether it ever takes anything.
    pub(super) fn is_set(&self) -> bool {
        self.share.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(share: &str, phase: u64, of: u64) -> Vec<u64> {
        let share: Share = share.parse().unwrap();
        (1..=of).filter(|n| share.takes(*n, phase)).collect()
    }

    #[test]
    fn a_share_is_written_as_a_fraction_a_percentage_or_a_decimal() {
        for text in ["1/100", "1%", "0.01", "1.0%", "10/1000"] {
            let share: Share = text.parse().unwrap();
            assert_eq!(share.part * 100, share.whole, "{text}");
        }
    }

    #[test]
    fn what_is_not_between_nothing_and_all_is_refused() {
        for text in ["", "%", "1/0", "2/1", "101%", "1.5", "-1%", "1/2/3", "1/9999999999", "a%", "0.123456789%"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_picks_are_even_and_as_many_as_the_share_says() {
        assert_eq!(taken("1/4", 0, 12), [4, 8, 12]);
        assert_eq!(taken("2/5", 0, 10), [3, 5, 8, 10]);
        assert_eq!(taken("100%", 0, 3), [1, 2, 3]);
        assert!(taken("0%", 3, 1_000).is_empty());
        for phase in 0..PHASES {
            assert_eq!(taken("3/1000", phase, 2_000).len(), 6, "{phase}");
        }
    }

    #[test]
    fn equal_shares_of_other_phases_pick_other_things() {
        let (one, other) = (taken("1/1000", 1, 5_000), taken("1/1000", 2, 5_000));
        assert!(one.iter().all(|n| !other.contains(n)), "{one:?} {other:?}");
    }
}
