//! Judging an acceptance: checks make steps, steps make the verdict.
//!
//! In: what each rule found. Out: [`Check`]s, the [`Step`]s they make, and one [`RunVerdict`] over all. Always holds: a
//! step without a check never passes; a blocking check that has no data or was blocked never lets the whole pass; a check
//! that was skipped blocks nothing and proves nothing.

#[cfg(feature = "runtime")]
pub mod cache;
#[cfg(feature = "runtime")]
pub mod database;
#[cfg(feature = "runtime")]
pub mod dual_write;
pub mod environment;
pub mod health;
pub mod load;
pub mod measure;
#[cfg(feature = "runtime")]
pub mod metrics;
#[cfg(feature = "runtime")]
pub mod migration;
pub mod probes;
pub mod soak;
#[cfg(feature = "runtime")]
pub mod switch;
#[cfg(feature = "runtime")]
mod witness;

use serde::Serialize;

use crate::gate::RunVerdict;
pub use crate::scenario::acceptance::Severity;
pub use measure::{Limit, Measure, Said, Window};

/// How one check, or one step, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// It holds.
    Pass,
    /// It does not hold, and blocks acceptance.
    Fail,
    /// It does not hold, and only warns.
    Warn,
    /// It was asked, and there was nothing to judge: an empty set, a missing series.
    NoData,
    /// It could not be asked: not reachable, not there, or forbidden.
    Blocked,
    /// It was not meant to be asked here.
    Skipped,
}

/// One check. In `acceptance.json` the measure is a number, a truth or a text, the limit and the window are texts, and the note is
/// English.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// `step.rule`, or `step.rule:subject` where one rule is asked of several subjects: `migration.rows:account`.
    pub id: String,
    /// What was asked: SQL, PromQL, a request; empty where nothing was.
    pub query: String,
    /// Over which time; `None` where it is a state.
    pub window: Option<Window>,
    /// What was found; `None` where nothing was.
    pub observed: Option<Measure>,
    /// What was wanted.
    pub limit: Option<Limit>,
    /// How it ended.
    pub verdict: CheckVerdict,
    /// Whether it may keep the whole from passing.
    pub blocking: bool,
    /// What a reader should know besides.
    pub note: Option<Said>,
}

impl Check {
    /// A check of `id` that asks `query`: nothing is known yet, so it stands as no data.
    #[must_use]
    pub fn new(id: impl Into<String>, blocking: bool, query: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            query: query.into(),
            window: None,
            observed: None,
            limit: None,
            verdict: CheckVerdict::NoData,
            blocking,
            note: None,
        }
    }

    /// The same, over `window`.
    #[must_use]
    pub fn over(self, window: Window) -> Self {
        Self { window: Some(window), ..self }
    }

    /// The same, against `limit`.
    #[must_use]
    pub fn wants(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// The same, with a note.
    #[must_use]
    pub fn noting(self, note: Said) -> Self {
        Self { note: Some(note), ..self }
    }

    /// `observed` was found, and the limit decides. No data without a limit, or where the two cannot be compared.
    #[must_use]
    pub fn found(self, observed: Measure) -> Self {
        let holds = self.limit.as_ref().and_then(|limit| limit.holds(&observed));
        match holds {
            Some(holds) => self.judged(observed, holds),
            None => Self { observed: Some(observed), verdict: CheckVerdict::NoData, ..self },
        }
    }

    /// `observed` was found, and `holds` is decided elsewhere. What does not hold fails where the check blocks, and
    /// warns where it does not.
    #[must_use]
    pub fn judged(self, observed: Measure, holds: bool) -> Self {
        let verdict = match (holds, self.blocking) {
            (true, _) => CheckVerdict::Pass,
            (false, true) => CheckVerdict::Fail,
            (false, false) => CheckVerdict::Warn,
        };
        Self { observed: Some(observed), verdict, ..self }
    }

    /// Asked, and there was nothing to judge, because of `why`.
    #[must_use]
    pub fn no_data(self, why: Said) -> Self {
        Self { verdict: CheckVerdict::NoData, note: Some(why), ..self }
    }

    /// Could not be asked, because of `why`: say what it needed.
    #[must_use]
    pub fn blocked(self, why: Said) -> Self {
        Self { verdict: CheckVerdict::Blocked, note: Some(why), ..self }
    }

    /// Not meant to be asked here, because of `why`.
    #[must_use]
    pub fn skipped(self, why: Said) -> Self {
        Self { verdict: CheckVerdict::Skipped, note: Some(why), ..self }
    }

    /// What it asks, without whom: `migration.rows` of `migration.rows:account`.
    #[must_use]
    pub fn rule(&self) -> &str {
        self.id.split(':').next().unwrap_or_default()
    }

    /// Whom it asks of, where one rule is asked of several.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.id.split_once(':').map(|(_, subject)| subject)
    }
}

/// The steps of an acceptance, in the order in which they are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum StepId {
    Environment,
    Migration,
    Health,
    Probes,
    Load,
    Metrics,
    Cache,
    DualWrite,
    Switch,
}

impl StepId {
    /// Every step, in order.
    pub const ALL: [Self; 9] = [
        Self::Environment,
        Self::Migration,
        Self::Health,
        Self::Probes,
        Self::Load,
        Self::Metrics,
        Self::Cache,
        Self::DualWrite,
        Self::Switch,
    ];

    /// As it stands in ids and in `acceptance.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Migration => "migration",
            Self::Health => "health",
            Self::Probes => "probes",
            Self::Load => "load",
            Self::Metrics => "metrics",
            Self::Cache => "cache",
            Self::DualWrite => "dual_write",
            Self::Switch => "switch",
        }
    }

    /// As people call it, in English.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Environment => "Environment",
            Self::Migration => "Database migration",
            Self::Health => "Service health",
            Self::Probes => "Probes before the load",
            Self::Load => "Load",
            Self::Metrics => "Server metrics",
            Self::Cache => "Cache",
            Self::DualWrite => "Dual write",
            Self::Switch => "Switch readiness",
        }
    }
}

/// One step, with what it found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Which.
    pub id: StepId,
    /// As people call it, in English.
    pub title: &'static str,
    /// How it ended.
    pub verdict: CheckVerdict,
    /// Whether any of its checks blocks.
    pub blocking: bool,
    /// Its checks, in the order in which they were asked.
    pub checks: Vec<Check>,
}

impl Step {
    /// The step that `checks` make.
    #[must_use]
    pub fn of(id: StepId, checks: Vec<Check>) -> Self {
        let blocking = checks.iter().any(|check| check.blocking);
        Self { id, title: id.title(), verdict: of_checks(&checks), blocking, checks }
    }

    /// A step that was not meant to run here: its section does not stand, or another step was asked for.
    #[must_use]
    pub fn skipped(id: StepId, why: Said) -> Self {
        Self::of(id, vec![Check::new(format!("{}.run", id.name()), false, "").skipped(why)])
    }

    /// A step that could not run: `needed` says what it lacked.
    #[must_use]
    pub fn blocked(id: StepId, needed: Said) -> Self {
        Self::of(id, vec![Check::new(format!("{}.run", id.name()), true, "").blocked(needed)])
    }
}

/// A step's verdict: its gravest. A check that warns, or that does not block and has no answer, is a warning.
fn of_checks(checks: &[Check]) -> CheckVerdict {
    let blocks = |verdict| checks.iter().any(|check| check.blocking && check.verdict == verdict);
    let asked = || checks.iter().filter(|check| check.verdict != CheckVerdict::Skipped);
    if checks.is_empty() {
        CheckVerdict::NoData
    } else if let Some(gravest) =
        [CheckVerdict::Fail, CheckVerdict::Blocked, CheckVerdict::NoData].into_iter().find(|verdict| blocks(*verdict))
    {
        gravest
    } else if asked().any(|check| check.verdict != CheckVerdict::Pass) {
        CheckVerdict::Warn
    } else if asked().next().is_some() {
        CheckVerdict::Pass
    } else {
        CheckVerdict::Skipped
    }
}

/// The verdict over all steps: fail if a blocking check failed; else not accepted if a blocking check has no data or was
/// blocked, or if nothing was asked at all; else pass.
#[must_use]
pub fn overall(steps: &[Step]) -> RunVerdict {
    let any = |verdict| steps.iter().any(|step| step.verdict == verdict);
    if any(CheckVerdict::Fail) {
        RunVerdict::Fail
    } else if any(CheckVerdict::Blocked) || any(CheckVerdict::NoData) {
        RunVerdict::Invalid
    } else if any(CheckVerdict::Pass) || any(CheckVerdict::Warn) {
        RunVerdict::Pass
    } else {
        RunVerdict::Invalid
    }
}

#[cfg(test)]
mod tests;
