//! `[severity]`: which checks block acceptance and which only warn.
//!
//! In: the names that the file lists. Out: a [`Severity`] that knows every check. Always holds: a check that nobody lists
//! is as the contract has it; a name that no check has is refused; what is unknown blocks.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::nearest::nearest;

/// Every rule of every step, and whether it blocks where the file does not say. Subjects (`migration.rows:account`) are
/// left out: a rule is of one severity.
pub const CHECKS: [(&str, bool); 53] = [
    ("environment.tools", true),
    ("environment.files", true),
    ("environment.ports", true),
    ("environment.disk", true),
    ("environment.database", true),
    ("environment.privileges", true),
    ("environment.read_only", false),
    ("environment.prometheus", true),
    ("environment.clock", false),
    ("migration.history", true),
    ("migration.tables", true),
    ("migration.indexes", true),
    ("migration.partitions", true),
    ("migration.current_month", false),
    ("migration.rows", true),
    ("migration.consistency", true),
    ("health.status", true),
    ("health.components", true),
    ("health.uptime", false),
    ("probes.same_number", true),
    ("probes.repeat", false),
    ("probes.concurrent", true),
    ("probes.refused", true),
    ("probes.timed_out", true),
    ("load.window", true),
    ("load.deciding", true),
    ("load.verdict", true),
    ("load.money", true),
    ("load.read_back", true),
    ("load.parity", false),
    ("metrics.count", true),
    ("metrics.rule", true),
    ("metrics.tps", false),
    ("metrics.mean", false),
    ("metrics.series", false),
    ("cache.warm_up", false),
    ("cache.total", true),
    ("cache.l1", true),
    ("cache.l2", false),
    ("dual_write.rows", true),
    ("dual_write.gap", true),
    ("dual_write.status", true),
    ("dual_write.mean", true),
    ("dual_write.min", true),
    ("dual_write.recomputed", false),
    ("dual_write.unresolved", true),
    ("dual_write.invariants", true),
    ("dual_write.soak_length", true),
    ("dual_write.soak_share", true),
    ("dual_write.soak_clean", true),
    ("dual_write.soak_gap", false),
    ("switch.ready", true),
    ("switch.writes", true),
];

/// `[severity]`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeveritySection {
    /// Checks that block, beside those that do by default.
    #[serde(default, deserialize_with = "names")]
    pub block: BTreeSet<String>,
    /// Checks that only warn.
    #[serde(default, deserialize_with = "names")]
    pub warn: BTreeSet<String>,
}

impl SeveritySection {
    /// Which checks block.
    #[must_use]
    pub fn severities(&self) -> Severity {
        Severity { block: self.block.clone(), warn: self.warn.clone() }
    }
}

/// Which checks block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Severity {
    block: BTreeSet<String>,
    warn: BTreeSet<String>,
}

impl Severity {
    /// Whether `rule` blocks. A rule that both lists name blocks.
    #[must_use]
    pub fn blocks(&self, rule: &str) -> bool {
        let rule = rule.split(':').next().unwrap_or(rule);
        let by_default = || CHECKS.iter().find(|(name, _)| *name == rule).is_none_or(|(_, blocks)| *blocks);
        self.block.contains(rule) || (!self.warn.contains(rule) && by_default())
    }
}

/// Names of checks.
fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    let names = BTreeSet::<String>::deserialize(deserializer)?;
    let known = || CHECKS.iter().map(|(name, _)| *name);
    match names.iter().find(|name| known().all(|known| known != *name)) {
        None => Ok(names),
        Some(name) => {
            let meant = nearest(name, known()).map_or_else(
                || "; docs/acceptance.md lists them all".to_owned(),
                |known| format!("; did you mean \"{known}\"?"),
            );
            Err(de::Error::custom(format!("no check is called \"{name}\"{meant}")))
        }
    }
}
