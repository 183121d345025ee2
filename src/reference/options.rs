//! How the reference service is set up.
//!
//! In: what was typed. Out: options that hold together. Always holds: the sum of all balances can be counted.

use std::net::{Ipv4Addr, SocketAddr};

use super::delay::Delay;
use super::faults::Faults;
use super::money::Fen;
use super::profile::EnvelopeProfile;
use crate::units::{Micros, RatePerSec};

/// The options of `serve`.
#[derive(Clone, Debug, PartialEq)]
pub struct ServeOptions {
    /// Where to listen; port 0 lets the system choose.
    pub address: SocketAddr,
    /// How long each charge transaction takes, as a remote database would.
    pub delay: Delay,
    /// Accounts, numbered `1..=accounts`: `1..=10_000_000`.
    pub accounts: u32,
    /// What each account starts with: not negative.
    pub balance: Fen,
    /// How success and refusal are written.
    pub envelope: EnvelopeProfile,
    /// Whether the API answers 401 to a request without a token of the login.
    pub require_token: bool,
    /// Whether the same user, device and amount within a minute of the clock is a duplicate.
    pub refuse_repeats: bool,
    /// API requests a second; twice as many may come at once. More are answered with 429.
    pub rate_limit: Option<RatePerSec>,
    /// How long a past it lives through at its start, in both families of tables; zero is none, and one family.
    pub history: Micros,
    /// What it does wrong.
    pub faults: Faults,
}

/// Why options do not hold together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OptionsError {
    /// No account to charge, or more than a run needs.
    #[error("{0} accounts cannot be served; choose 1 to 10000000")]
    Accounts(u32),
    /// A debt, or a sum that overflows.
    #[error("a starting balance of {balance} for {accounts} accounts cannot be counted; choose a smaller one, from 0")]
    Balance {
        /// For each account.
        balance: Fen,
        /// How many accounts.
        accounts: u32,
    },
    /// A limit that lets nothing through.
    #[error("a rate limit of 0 lets no request through; leave it out, or choose more")]
    RateLimit,
    /// No validation in it, or more than can be lived through while somebody waits.
    #[error("a history of {0} is none to live through; choose 10m to 744h")]
    History(Micros),
    /// A fault of a history that there is not.
    #[error("{0} goes wrong in the history, and there is none; add --history 24h")]
    NoHistory(&'static str),
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8094)),
            delay: Delay::Fixed(Micros::from_millis(15)),
            accounts: 10_000,
            balance: Fen::from_yuan(10_000_000),
            envelope: EnvelopeProfile::default(),
            require_token: false,
            refuse_repeats: false,
            rate_limit: None,
            history: Micros::ZERO,
            faults: Faults::default(),
        }
    }
}

impl ServeOptions {
    const MOST_ACCOUNTS: u32 = 10_000_000;
    /// One pass of the validator.
    const SHORTEST_HISTORY: Micros = Micros::from_secs(600);
    /// 31 days: about three seconds at the start.
    const LONGEST_HISTORY: Micros = Micros::from_secs(31 * 86_400);

    /// Refuses what cannot be served.
    ///
    /// # Errors
    /// [`OptionsError`] with what to choose instead.
    pub fn check(&self) -> Result<(), OptionsError> {
        let accounts = self.accounts;
        if !(1..=Self::MOST_ACCOUNTS).contains(&accounts) {
            return Err(OptionsError::Accounts(accounts));
        }
        let total = self.balance.get().checked_mul(i64::from(accounts));
        if total.is_none_or(|total| total < 0) {
            return Err(OptionsError::Balance { balance: self.balance, accounts });
        }
        if self.rate_limit.is_some_and(|rate| rate.get() <= 0.0) {
            return Err(OptionsError::RateLimit);
        }
        let no_history = self.history == Micros::ZERO;
        if !no_history && !(Self::SHORTEST_HISTORY..=Self::LONGEST_HISTORY).contains(&self.history) {
            return Err(OptionsError::History(self.history));
        }
        match self.faults.day.first() {
            Some(option) if no_history => Err(OptionsError::NoHistory(option)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_served() {
        assert_eq!(ServeOptions::default().check(), Ok(()));
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let with = |accounts, balance| ServeOptions { accounts, balance, ..ServeOptions::default() }.check();
        assert_eq!(with(0, Fen::new(1)), Err(OptionsError::Accounts(0)));
        assert!(matches!(with(1, Fen::new(-1)), Err(OptionsError::Balance { .. })));
        assert!(matches!(with(10, Fen::new(i64::MAX)), Err(OptionsError::Balance { .. })));
        assert_eq!(with(1, Fen::new(0)), Ok(()));
    }

    #[test]
    fn a_fault_of_the_history_needs_one() {
        let mut options = ServeOptions::default();
        options.faults.day.lose_row = true;
        assert_eq!(options.check(), Err(OptionsError::NoHistory("--lose-row")));
        options.history = Micros::from_secs(86_400);
        assert_eq!(options.check(), Ok(()));
    }

    #[test]
    fn a_history_holds_a_validation_and_is_lived_while_somebody_waits() {
        let with = |seconds| ServeOptions { history: Micros::from_secs(seconds), ..ServeOptions::default() }.check();
        assert_eq!((with(600), with(31 * 86_400)), (Ok(()), Ok(())));
        for seconds in [599, 32 * 86_400] {
            assert_eq!(with(seconds), Err(OptionsError::History(Micros::from_secs(seconds))));
        }
    }

    #[test]
    fn a_limit_that_lets_nothing_through_is_refused() {
        let options = ServeOptions { rate_limit: RatePerSec::new(0.0), ..ServeOptions::default() };
        assert_eq!(options.check(), Err(OptionsError::RateLimit));
    }
}
