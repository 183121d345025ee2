//! What the machine did to the generator while it measured.
//!
//! In: what an attack read of its own threads and of the system. Out: a [`Strain`], which `summary` turns into
//! caveats. Always holds: a source that could not be read is `None`, never 0.

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// Time of all users inside the window, in microseconds of users: each kind is measured on its own, so that what is
/// left over shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTime {
    /// From when each user started to when it left.
    pub present: Micros,
    /// In requests of every class.
    pub requests: Micros,
    /// In pauses that were asked for, and waiting for something to do.
    pub rest: Micros,
}

/// How strained the generator was over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Strain {
    /// CPU time of the process.
    pub cpu: Option<Micros>,
    /// Highest share of its processors that the process used over any ten seconds.
    pub process_peak: Option<f64>,
    /// Highest share of one processor that a measuring thread used over any ten seconds.
    pub thread_peak: Option<f64>,
    /// Highest share of the window that a measuring thread was ready and had no processor.
    pub runq_wait: Option<f64>,
    /// Share of the window that the control group was throttled.
    pub throttled: Option<f64>,
    /// Share of the processors' time that a hypervisor took.
    pub steal: Option<f64>,
    /// How late the monitor's latest tick was.
    pub longest_pause: Micros,
    /// How late its ticks were in all: for so long the whole process may have stood still.
    pub paused: Micros,
    /// How far the time of day moved against the run's clock, in whole run.
    pub clock_moved: Micros,
    /// Where the users' time went.
    pub user_time: UserTime,
}

impl UserTime {
    /// The share of the users' time that no account explains: what the generator itself cost them. `None` when no user
    /// was there.
    #[must_use]
    pub fn unaccounted(self) -> Option<f64> {
        let left = self.present.saturating_sub(self.requests + self.rest);
        (self.present > Micros::ZERO).then(|| left.get() as f64 / self.present.get() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_account_explains_is_the_generators_own() {
        let seconds = Micros::from_secs;
        let time = UserTime { present: seconds(100), requests: seconds(60), rest: seconds(30) };
        assert_eq!(time.unaccounted(), Some(0.1));
        assert_eq!(UserTime::default().unaccounted(), None);
    }
}
