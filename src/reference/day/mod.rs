//! What an acceptance reads besides the ledger: two families of tables, their migrations, and a validator's log.
//!
//! In: the ledger and `--history`. Out: a store that has lived its last hours: migrated, charged in both families, and
//! compared every ten minutes. Always holds: without `--history` none of this is there, and costs nothing.
//!
//! Two of the contract's names are chosen among several: the log's types are `account` and `transaction`, as the table's
//! own definition has them, and the counterpart of `t_consume_record` is `POSID_TRANSACTION`, since no definition has a
//! `POSID_CONSUME_RECORD`.

mod counts;
mod damage;
mod dual_write;
mod faults;
mod life;
mod migration;
mod validator;

pub(super) use counts::Counts;
pub(super) use dual_write::{Booking, DualWrite, Entry};
pub use faults::DayFaults;
pub(super) use validator::{EVERY, Report, look};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::faults::Tally;
use super::ledger::Ledger;
use super::options::ServeOptions;
use crate::units::Micros;
use life::Span;

/// A lived day, and what is needed to go on with it.
pub(super) struct Day {
    pub(super) counts: Arc<Counts>,
    /// Whether the validator goes on.
    pub(super) validates: bool,
    /// The flow up to which it has looked.
    seen: AtomicI64,
}

impl Day {
    /// Migrates the ledger's tables and lives through the history up to `now` (milliseconds since 1970).
    ///
    /// # Errors
    /// The database's own.
    pub(super) fn live(
        ledger: &mut Ledger,
        options: &ServeOptions,
        (tally, now): (&Arc<Tally>, i64),
    ) -> rusqlite::Result<Self> {
        let faults = &options.faults.day;
        let span = Span::before(now, options.history);
        // An hour before the first pass, so that the first row of the original is not of the history.
        migration::migrate(ledger.connection(), span.from - 3_600_000, faults.migration_failed)?;
        let counts = Arc::<Counts>::default();
        ledger.write_both(DualWrite::new(faults, Arc::clone(&counts), Arc::clone(tally)));
        // The faults of the money count the charges of the load, not those of the history.
        let armed = ledger.disarm();
        let seen = life::live(ledger, span, options.accounts, faults)?;
        ledger.arm(armed);
        damage::break_down(ledger.connection(), faults)?;
        Ok(Self { counts, validates: faults.stale_validator == Micros::ZERO, seen: AtomicI64::new(seen) })
    }

    /// The flow up to which the validator has looked.
    pub(super) fn seen(&self) -> i64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// A pass has been written down.
    pub(super) fn has_seen(&self, flow: i64) {
        self.seen.store(flow, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
