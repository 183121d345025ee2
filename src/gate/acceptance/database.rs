//! Whether the database and Prometheus can be asked, and whether their clocks are this machine's.
//!
//! In: what they answered. Out: checks of the environment. Always holds: a database that cannot be reached is blocked and
//! never passed over; more than reading is told.

use crate::acceptance::database::{ClockSeen, DatabaseSeen};
use crate::acceptance::prometheus::PromError;
use crate::acceptance::store::{Asked, StoreError};
use crate::gate::acceptance::witness::{answered, begin, said};
use crate::gate::acceptance::{Check, Limit, Measure, Said};
use crate::scenario::acceptance::Severity;
use crate::scenario::acceptance::database::{DatabaseSection, PrometheusSection};

/// The checks of a database that was opened, or of one that could not be.
#[must_use]
pub fn judge(section: &DatabaseSection, seen: &Result<DatabaseSeen, StoreError>, severity: &Severity) -> Vec<Check> {
    let reachable = begin(severity, ("environment.database", ""), "SELECT VERSION()");
    match seen {
        Err(error) => vec![reachable.blocked(said(error))],
        Ok(seen) => vec![
            Check {
                query: seen.version.query.clone(),
                ..answered(reachable, &seen.version, |check, version| {
                    check.judged(Measure::Text(version.clone()), true)
                })
            },
            readable(seen, severity),
            read_only(seen, severity),
            clock(&seen.clock, section, severity),
        ],
    }
}

fn readable(seen: &DatabaseSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("environment.privileges", ""), "SELECT 1 FROM …");
    let all = seen.readable + seen.unreadable.len() as u64;
    if all == 0 {
        return check.skipped(Said::new("no step reads a table", "没有步骤需要读取数据表"));
    }
    let check = check.wants(Limit::Equal(Measure::Count(all))).found(Measure::Count(seen.readable));
    let Some(first) = seen.unreadable.first() else { return check };
    let tables: Vec<&str> = seen.unreadable.iter().map(|(table, _)| table.as_str()).collect();
    let (tables, said) = (tables.join(", "), said(&first.1));
    check.noting(Said::new(
        format!("cannot be read: {tables}; the first: {}", said.en),
        format!("无法读取：{tables}；第一个的原因：{}", said.zh),
    ))
}

fn read_only(seen: &DatabaseSeen, severity: &Severity) -> Check {
    let check = begin(severity, ("environment.read_only", ""), "SHOW GRANTS");
    let Some(excess) = &seen.excess else {
        return check.skipped(Said::new(
            "SQLite has no privileges; the file is opened read only",
            "SQLite 没有权限体系；文件以只读方式打开",
        ));
    };
    answered(check.wants(Limit::Equal(Measure::Count(0))), excess, |check, excess| {
        let check = check.found(Measure::Count(excess.len() as u64));
        if excess.is_empty() {
            return check;
        }
        let list = excess.join(", ");
        check.noting(Said::new(
            format!("this user may do more than read: {list}; SELECT is enough"),
            format!("该用户拥有超出只读的权限：{list}；只需 SELECT"),
        ))
    })
}

fn clock(seen: &Asked<ClockSeen>, section: &DatabaseSection, severity: &Severity) -> Check {
    let check = begin(severity, ("environment.clock", "database"), &seen.query);
    let most = section.max_clock_offset.as_secs_f64();
    answered(check, seen, |check, clock| offset(check, *clock, most))
}

/// A clock is off by what its offset is at least, whenever in the question it was read.
fn offset(check: Check, clock: ClockSeen, most: f64) -> Check {
    let least = (clock.ahead.abs() - clock.took / 2.0).max(0.0);
    let check = check.wants(Limit::AtMost(Measure::Seconds(most)));
    let (ahead, took) = (clock.ahead, clock.took);
    check.found(Measure::Seconds((least * 1e3).round() / 1e3)).noting(Said::new(
        format!("{ahead:+.3} s against this machine, told within {took:.3} s"),
        format!("与本机相差 {ahead:+.3} 秒，应答耗时 {took:.3} 秒"),
    ))
}

/// The checks of Prometheus: whether it answers, and its clock.
#[must_use]
pub fn judge_prometheus(
    section: &PrometheusSection,
    seen: &Result<ClockSeen, PromError>,
    severity: &Severity,
) -> Vec<Check> {
    let query = "time()";
    let reachable = begin(severity, ("environment.prometheus", ""), query);
    match seen {
        Err(error) => vec![reachable.blocked(prometheus_said(error))],
        Ok(clock) => vec![
            reachable.judged(Measure::Text(section.url.clone()), true),
            offset(
                begin(severity, ("environment.clock", "prometheus"), query),
                *clock,
                section.max_clock_offset.as_secs_f64(),
            ),
        ],
    }
}

/// An error of Prometheus in both languages.
pub(super) fn prometheus_said(error: &PromError) -> Said {
    let zh = match error {
        PromError::Unreachable { url, cause } => format!("无法连接 Prometheus {url}：{cause}；请检查 [prometheus] url"),
        PromError::Refused(cause) => format!("Prometheus 拒绝查询：{cause}"),
    };
    Said::new(error.to_string(), zh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::acceptance::CheckVerdict::{self, Blocked, Fail, Pass, Skipped, Warn};

    fn seen() -> DatabaseSeen {
        let asked = |version: &str| Asked { query: "SELECT VERSION()".into(), answer: Ok(version.to_owned()) };
        DatabaseSeen {
            version: asked("8.0.36"),
            unreadable: Vec::new(),
            readable: 9,
            excess: Some(Asked { query: "SHOW GRANTS".into(), answer: Ok(Vec::new()) }),
            clock: Asked { query: String::new(), answer: Ok(ClockSeen { ahead: 0.1, took: 0.01 }) },
        }
    }

    fn ends(seen: Result<DatabaseSeen, StoreError>) -> Vec<(String, CheckVerdict)> {
        let checks = judge(&DatabaseSection::default(), &seen, &Severity::default());
        checks.into_iter().map(|check| (check.id, check.verdict)).collect()
    }

    #[test]
    fn a_database_that_may_be_read_and_no_more_passes() {
        let ends = ends(Ok(seen()));
        assert!(ends.iter().all(|(_, verdict)| *verdict == Pass), "{ends:?}");
        assert_eq!(ends.len(), 4);
    }

    #[test]
    fn more_than_reading_warns_and_less_fails() {
        let mut writing = seen();
        writing.excess.as_mut().unwrap().answer = Ok(vec!["INSERT".into()]);
        writing.unreadable.push(("t".into(), StoreError::NoTable("t".into())));
        let ends = ends(Ok(writing));
        assert_eq!((ends[1].1, ends[2].1), (Fail, Warn));
        assert_eq!(self::ends(Ok(DatabaseSeen { excess: None, ..seen() }))[2].1, Skipped);
    }

    #[test]
    fn a_database_that_is_not_there_is_blocked() {
        let error = StoreError::Unreachable { place: "here".into(), cause: "refused".into() };
        assert_eq!(ends(Err(error)), [("environment.database".to_owned(), Blocked)]);
    }

    #[test]
    fn a_clock_is_off_only_by_what_the_questions_length_cannot_explain() {
        let with = |ahead, took| {
            let clock = Asked { query: String::new(), answer: Ok(ClockSeen { ahead, took }) };
            ends(Ok(DatabaseSeen { clock, ..seen() }))[3].1
        };
        assert_eq!([with(-1.9, 0.0), with(2.1, 1.0), with(-28_800.0, 0.1)], [Pass, Pass, Warn]);
    }
}
