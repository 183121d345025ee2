//! What is wrong with the day that the service lived through, when it is asked to be.
//!
//! In: the options. Out: [`DayFaults`]. Always holds: each is done to the store itself, and no figure is made up.

use crate::reference::share::Share;
use crate::units::Micros;

/// The faults of `serve --history`. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayFaults {
    /// Movements that the old family has and the new one was never told of.
    pub drop_dual_write: Option<Share>,
    /// For so long, in the middle of the history, the validator did not run; zero is none.
    pub validator_gap: Micros,
    /// The validator last ran so long ago, and never runs again; zero is none.
    pub stale_validator: Micros,
    /// The new family's oldest transaction is gone.
    pub lose_row: bool,
    /// The new family's oldest transaction has another amount.
    pub change_row: bool,
    /// One of the new family's tables is gone.
    pub missing_table: bool,
    /// One of the new family's indexes is gone.
    pub missing_index: bool,
    /// A migration failed, and stands in the history as failed.
    pub migration_failed: bool,
    /// A migration was taken out of the history by hand.
    pub migration_gap: bool,
    /// The cache of accounts keeps nothing.
    pub cache_off: bool,
}

impl DayFaults {
    /// The option of the first that is set, for a message.
    pub(in crate::reference) fn first(&self) -> Option<&'static str> {
        [
            (self.drop_dual_write.is_some(), "--drop-dual-write"),
            (self.validator_gap > Micros::ZERO, "--validator-gap"),
            (self.stale_validator > Micros::ZERO, "--stale-validator"),
            (self.lose_row, "--lose-row"),
            (self.change_row, "--change-row"),
            (self.missing_table, "--missing-table"),
            (self.missing_index, "--missing-index"),
            (self.migration_failed, "--migration-failed"),
            (self.migration_gap, "--migration-gap"),
            (self.cache_off, "--cache-off"),
        ]
        .into_iter()
        .find_map(|(set, option)| set.then_some(option))
    }
}
