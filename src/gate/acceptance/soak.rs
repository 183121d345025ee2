//! One verdict over a soak.
//!
//! In: a schedule and the checks that were made. Out: a [`Soaked`]. Always holds: a check that was missed, or that had no
//! answer, never counts as one that passed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Said, Window};
use crate::scenario::acceptance::Severity;
use crate::units::Micros;

/// When checks are due: at the start, and then every so often until the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the first is.
    pub started_at: Timestamp,
    /// How long it lasts, in seconds.
    pub watch_s: u64,
    /// Seconds between two, at least 1.
    pub every_s: u64,
}

/// A check that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Which of the schedule, from 0.
    pub slot: u64,
    /// When.
    pub at: String,
    /// How it ended.
    #[serde(deserialize_with = "verdict")]
    pub verdict: CheckVerdict,
    /// What did not hold.
    pub failed: Vec<String>,
}

/// The least share of the checks that must have passed.
const LEAST: f64 = 0.99;
/// How long before the end every check must have passed, in seconds.
const CLEAN_S: u64 = 86_400;
/// The shortest soak that accepts anything, in seconds.
const SHORTEST_S: u64 = 7 * 86_400;

/// What a soak came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soaked {
    /// Checks that were due by now.
    pub due: u64,
    /// Checks that passed.
    pub passed: u64,
    /// Checks that were due and never made.
    pub missed: u64,
    /// Checks that failed.
    pub failed: u64,
    /// Checks that had no answer.
    pub unanswered: u64,
    /// Of the checks of the last 24 hours, those that did not pass or were not made, and those that failed.
    pub tail: (u64, u64),
    /// The longest time between two checks, in seconds.
    pub longest_gap_s: u64,
    /// Whether the soak is over.
    pub over: bool,
}

impl Schedule {
    /// The number of the last check.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.watch_s / self.every_s.max(1)
    }

    /// When the check `slot` is due.
    #[must_use]
    pub fn due(&self, slot: u64) -> Timestamp {
        let seconds = i64::try_from(slot.saturating_mul(self.every_s)).unwrap_or(i64::MAX);
        self.started_at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// The check that is to be made next at `now`, when `done` was the last; `None` when all are made. Checks that were
    /// missed are not made up for: the state of then cannot be looked at any more.
    #[must_use]
    pub fn next(&self, done: Option<u64>, now: Timestamp) -> Option<u64> {
        let following = done.map_or(0, |done| done + 1);
        let slot = following.max(self.reached(now));
        let last_was_missed = slot > self.last() && following <= self.last();
        match slot {
            slot if slot <= self.last() => Some(slot),
            // The end is always looked at.
            _ if last_was_missed => Some(self.last()),
            _ => None,
        }
    }

    /// The last check that is due at `now`.
    fn reached(&self, now: Timestamp) -> u64 {
        let since = now.duration_since(self.started_at).as_secs();
        u64::try_from(since).map_or(0, |since| since / self.every_s.max(1))
    }
}

impl Soaked {
    /// The checks of the whole period. What was missed or had no answer is no data, what failed fails.
    #[must_use]
    pub fn checks(&self, schedule: &Schedule, (severity, embedded): (&Severity, bool)) -> Vec<Check> {
        let query = format!("--watch, {} checks", self.due);
        let watch = Micros::from_secs(schedule.watch_s);
        let new = |rule: &str| Check::new(rule, severity.blocks(rule), &query).over(Window::Last(watch));
        let length = new("dual_write.soak_length").wants(Limit::AtLeast(Measure::Seconds(SHORTEST_S as f64)));
        let length = Check { observed: Some(Measure::Seconds(schedule.watch_s as f64)), ..length };
        let length = if embedded {
            length.skipped(Said::new("demonstration: nothing is accepted", "演示：不构成验收"))
        } else if schedule.watch_s < SHORTEST_S || !self.over {
            length.blocked(Said::new("a soak is 7 days at least, and over", "浸泡验证至少 7 天，且须全部完成"))
        } else {
            length.judged(Measure::Seconds(schedule.watch_s as f64), true)
        };
        let share = if self.due == 0 { 0.0 } else { self.passed as f64 / self.due as f64 };
        let said = Said::new(
            format!(
                "{} of {} passed; {} failed, {} had no answer, {} were missed",
                self.passed, self.due, self.failed, self.unanswered, self.missed
            ),
            format!(
                "应验证 {} 次，通过 {} 次；不通过 {} 次，无结论 {} 次，漏检 {} 次",
                self.due, self.passed, self.failed, self.unanswered, self.missed
            ),
        );
        let whole = new("dual_write.soak_share").wants(Limit::AtLeast(Measure::Share(LEAST)));
        let whole = ended(whole, Measure::Share(share), (share >= LEAST, self.failed > 0)).noting(said);
        let clean = new("dual_write.soak_clean").over(Window::Last(Micros::from_secs(CLEAN_S)));
        let clean = clean.wants(Limit::Equal(Measure::Count(0)));
        let clean = ended(clean, Measure::Count(self.tail.0), (self.tail.0 == 0 && self.over, self.tail.1 > 0));
        let gap = new("dual_write.soak_gap").wants(Limit::AtMost(Measure::Seconds(schedule.every_s as f64 * 2.0)));
        vec![length, whole, clean, gap.found(Measure::Seconds(self.longest_gap_s as f64))]
    }
}

/// What does not hold fails where something failed, and is no data where something was not looked at.
fn ended(check: Check, observed: Measure, (holds, failed): (bool, bool)) -> Check {
    if holds || failed {
        return check.judged(observed, holds);
    }
    Check { observed: Some(observed), ..check }.no_data(Said::new(
        "checks were missed or had no answer: what was not looked at is not proven",
        "存在漏检或无结论的验证：没有看到的不能算作通过",
    ))
}

/// What `checked` came to at `now`.
#[must_use]
pub fn judge(schedule: &Schedule, checked: &[Checked], now: Timestamp) -> Soaked {
    let reached = schedule.reached(now).min(schedule.last());
    let last_made = checked.last().map_or(0, |last| last.slot);
    let last_due = reached.max(last_made);
    let count = |which: &[CheckVerdict], from: u64| {
        checked.iter().filter(|one| one.slot >= from && which.contains(&one.verdict)).count() as u64
    };
    let (good, silent) = (
        [CheckVerdict::Pass, CheckVerdict::Warn],
        [CheckVerdict::NoData, CheckVerdict::Blocked, CheckVerdict::Skipped],
    );
    let gaps = checked.windows(2).map(|pair| (pair[1].slot - pair[0].slot) * schedule.every_s);
    let tail = last_due.saturating_sub(CLEAN_S / schedule.every_s.max(1)) + u64::from(last_due > 0);
    let tail = tail.min(last_due);
    Soaked {
        due: last_due + 1,
        passed: count(&good, 0),
        missed: (last_due + 1).saturating_sub(checked.len() as u64),
        failed: count(&[CheckVerdict::Fail], 0),
        unanswered: count(&silent, 0),
        tail: ((last_due + 1 - tail).saturating_sub(count(&good, tail)), count(&[CheckVerdict::Fail], tail)),
        longest_gap_s: gaps.max().unwrap_or(0),
        over: last_made >= schedule.last() && !checked.is_empty(),
    }
}

fn verdict<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CheckVerdict, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = [
        ("pass", CheckVerdict::Pass),
        ("fail", CheckVerdict::Fail),
        ("warn", CheckVerdict::Warn),
        ("no_data", CheckVerdict::NoData),
        ("blocked", CheckVerdict::Blocked),
        ("skipped", CheckVerdict::Skipped),
    ];
    let found = known.into_iter().find(|(name, _)| *name == text).map(|(_, verdict)| verdict);
    found.ok_or_else(|| de::Error::custom(format!("\"{text}\" is no verdict")))
}
