//! What the dual write counts of itself.
//!
//! In: writes and validations. Out: series for Prometheus. Always holds: a counter never goes down; the rate is the last
//! validation's, and there is none before the first.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one service's dual write.
#[derive(Default)]
pub(in crate::reference) struct Counts {
    /// Movements written to the old family.
    pub(super) old: Count,
    /// Movements written to the new one.
    pub(super) new: Count,
    /// Passes of the validator.
    pub(super) validations: Count,
    /// The bits of the last pass's lowest rate; zero, which is a rate of nothing, stands for none.
    rate: AtomicU64,
}

/// A counter.
#[derive(Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// Counts one.
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counts {
    /// A pass has ended with `rate`, from 0 to 1.
    pub(super) fn validated(&self, rate: f64) {
        self.rate.store(rate.to_bits(), Ordering::Relaxed);
        self.validations.add();
    }

    /// The series, as Prometheus reads them.
    ///
    /// # Errors
    /// Those of `out`.
    pub(in crate::reference) fn write(&self, out: &mut String) -> fmt::Result {
        if self.validations.get() > 0 {
            let rate = f64::from_bits(self.rate.load(Ordering::Relaxed));
            out.push_str("# HELP dual_write_consistency_rate Lowest rate of the last validation, 0 to 1\n");
            writeln!(out, "# TYPE dual_write_consistency_rate gauge\ndual_write_consistency_rate {rate}")?;
        }
        out.push_str("# HELP dual_write_movements_total Movements written to each family of tables\n");
        out.push_str("# TYPE dual_write_movements_total counter\n");
        for (family, count) in [("old", &self.old), ("new", &self.new)] {
            writeln!(out, "dual_write_movements_total{{family=\"{family}\"}} {}", count.get())?;
        }
        out.push_str("# HELP dual_write_validations_total Passes of the validator\n");
        let passes = self.validations.get();
        writeln!(out, "# TYPE dual_write_validations_total counter\ndual_write_validations_total {passes}")
    }
}
