//! The rules of a switch: whether the new tables may take over, and whether they have.
//!
//! In: the validator's log of the days before, or the rows of the days behind. Out: checks. Always holds: before a switch
//! the log is asked as the dual write's is, over the longer window; behind it every whole day needs rows of its own.

use crate::acceptance::dual_write::LogSeen;
use crate::acceptance::switch::WritesSeen;
use crate::gate::acceptance::dual_write::{Rules, of_types};
use crate::gate::acceptance::witness::{answered, begin};
use crate::gate::acceptance::{Check, Limit, Measure, Said, Window};
use crate::scenario::acceptance::dual_write::TypeSection;
use crate::scenario::acceptance::{Severity, SwitchSection};
use crate::units::Micros;

/// A day.
const DAY: u64 = 86_400;

/// The checks before a switch: the log of the section's own window.
#[must_use]
pub fn before(section: &SwitchSection, types: &[TypeSection], (seen, severity): (&LogSeen, &Severity)) -> Vec<Check> {
    let rules = Rules { types, min_rate: section.min_rate, mean_rate: section.min_rate };
    let checks = of_types(&rules, seen, &|rule, kind, query| {
        begin(severity, ("switch.ready", &format!("{kind}.{rule}")), query)
    });
    // Whether a rate was written well is the dual write's own question, and only warns there.
    checks.into_iter().filter(|check| !check.id.ends_with(".recomputed")).collect()
}

/// The checks behind a switch.
#[must_use]
pub fn after(section: &SwitchSection, seen: &[WritesSeen], severity: &Severity) -> Vec<Check> {
    seen.iter().flat_map(|one| [new_rows(section, one, severity), old_rows(one, severity)]).collect()
}

fn new_rows(section: &SwitchSection, seen: &WritesSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("switch.writes", &format!("{}.new", seen.name)), &seen.new_by_day.query);
    let check = check.over(Window::Last(Micros::from_secs(DAY * u64::from(section.days))));
    answered(check.wants(Limit::AtLeast(Measure::Count(1))), &seen.new_by_day, |check, days| {
        let Some(least) = days.iter().min() else {
            return check.no_data(Said::new("no whole day was asked for", "未指定完整的天数"));
        };
        let by_day: Vec<String> = days.iter().map(u64::to_string).collect();
        let by_day = by_day.join(", ");
        check.found(Measure::Count(*least)).noting(Said::new(
            format!("rows of each whole day, yesterday first: {by_day}"),
            format!("各整天的行数（从昨天起）：{by_day}"),
        ))
    })
}

fn old_rows(seen: &WritesSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("switch.writes", &format!("{}.old", seen.name)), &seen.old_last_day.query);
    let check = check.over(Window::Last(Micros::from_secs(DAY))).wants(Limit::Equal(Measure::Count(0)));
    answered(check, &seen.old_last_day, |check, rows| check.found(Measure::Count(*rows)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::{Asked, StoreError};
    use crate::gate::acceptance::CheckVerdict::{self, Blocked, Fail, Pass};

    fn writes(days: &[u64], old: Result<u64, StoreError>) -> Vec<CheckVerdict> {
        let seen = WritesSeen {
            name: "record".into(),
            new_by_day: Asked { query: String::new(), answer: Ok(days.to_vec()) },
            old_last_day: Asked { query: String::new(), answer: old },
        };
        let checks = after(&SwitchSection::default(), &[seen], &Severity::default());
        checks.into_iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn every_day_needs_new_rows_and_the_old_table_none() {
        assert_eq!(writes(&[5, 1, 9], Ok(0)), [Pass, Pass]);
        assert_eq!(writes(&[5, 0, 9], Ok(1)), [Fail, Fail]);
        assert_eq!(writes(&[5], Err(StoreError::NoTable("t".into()))), [Pass, Blocked]);
    }

    #[test]
    fn a_short_log_does_not_make_ready() {
        let log = LogSeen {
            window: Micros::from_secs(7 * DAY),
            rows: Asked { query: String::new(), answer: Ok(Vec::new()) },
        };
        let types = [TypeSection { name: "account".into(), every: Micros::from_secs(600) }];
        let checks = before(&SwitchSection::default(), &types, (&log, &Severity::default()));
        assert_eq!(checks[0].id, "switch.ready:account.rows");
        assert_eq!(checks[0].limit, Some(Limit::Between(Measure::Count(1_007), Measure::Count(1_010))));
        assert!(checks.iter().all(|check| check.blocking && check.verdict != Pass), "{checks:?}");
        assert_eq!(checks.len(), 5);
    }
}
