//! How the reference service is set up.
//!
//! In: what was typed. Out: options that hold together. Always holds: the sum of all balances can be counted.

use std::net::{Ipv4Addr, SocketAddr};

use super::money::Fen;
use crate::units::Micros;

/// The options of `serve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// Where to listen; port 0 lets the system choose.
    pub address: SocketAddr,
    /// How long each charge transaction takes, as a remote database would. Zero waits not at all.
    pub delay: Micros,
    /// Accounts, numbered `1..=accounts`: `1..=10_000_000`.
    pub accounts: u32,
    /// What each account starts with: not negative.
    pub balance: Fen,
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
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8094)),
            delay: Micros::from_millis(15),
            accounts: 10_000,
            balance: Fen::from_yuan(1_000_000),
        }
    }
}

impl ServeOptions {
    const MOST_ACCOUNTS: u32 = 10_000_000;

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
        Ok(())
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
}
