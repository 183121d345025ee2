use super::*;
use crate::acceptance::dual_write::{LogRow, LogSeen};
use crate::acceptance::store::StoreError;
use crate::gate::acceptance::CheckVerdict::{self, Blocked, Fail, NoData, Pass, Skipped, Warn};
use crate::units::{Amount, Micros};

fn row(age: i64) -> LogRow {
    LogRow {
        kind: "account".into(),
        age,
        total: 1_000,
        consistent: 1_000,
        inconsistent: 0,
        rate: Some(Amount::whole(1)),
        status: 1,
        is_seed: false,
    }
}

/// A day of validations, ten minutes apart.
fn day() -> Vec<LogRow> {
    (0..144).rev().map(|at| row(at * 600 + 30)).collect()
}

fn seen(rows: Vec<LogRow>) -> DualWriteSeen {
    let asked = |answer| Asked { query: "SELECT".into(), answer };
    let flows = FlowsSeen { flows: 5, accounts: 2, ..FlowsSeen::default() };
    DualWriteSeen {
        log: LogSeen { window: Micros::from_secs(86_400), rows: asked(Ok(rows)) },
        unresolved: Asked { query: String::new(), answer: Ok(0) },
        flows: vec![("flow".into(), Asked { query: String::new(), answer: Ok(flows) })],
    }
}

fn section() -> DualWriteSection {
    toml::from_str("[[type]]\nname = \"account\"").unwrap()
}

fn end_of(seen: &DualWriteSeen, id: &str) -> CheckVerdict {
    let checks = judge(&section(), seen, &Severity::default());
    checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id}: {checks:?}")).verdict
}

fn end(rows: Vec<LogRow>, rule: &str) -> CheckVerdict {
    end_of(&seen(rows), &format!("dual_write.{rule}:account"))
}

#[test]
fn a_day_of_sound_validations_passes() {
    let checks = judge(&section(), &seen(day()), &Severity::default());
    assert!(checks.iter().all(|check| matches!(check.verdict, Pass | Skipped)), "{checks:?}");
}

#[test]
fn an_empty_log_and_the_seed_alone_never_pass() {
    let seed = LogRow { total: 0, consistent: 0, is_seed: true, ..row(80_000) };
    for rows in [Vec::new(), vec![seed.clone()]] {
        assert_eq!(end(rows.clone(), "rows"), Fail);
        assert_eq!(end(rows.clone(), "gap"), Fail);
        for rule in ["status", "min", "mean"] {
            assert_eq!(end(rows.clone(), rule), NoData, "{rule}");
        }
    }
    let mut first_day = day();
    first_day.insert(0, seed);
    assert_eq!(end(first_day, "rows"), Pass, "the seed of the first day does no harm");
}

#[test]
fn the_expected_number_of_rows_has_its_ends() {
    for (rows, verdict) in [(142, Fail), (143, Pass), (146, Pass), (147, Fail)] {
        let rows = (0..rows).map(|at| row(at * 590)).collect();
        assert_eq!(end(rows, "rows"), verdict);
    }
}

#[test]
fn validations_that_compare_nothing_are_none() {
    let mut rows = day();
    for row in &mut rows[..5] {
        (row.total, row.consistent) = (0, 0);
    }
    assert_eq!(end(rows.clone(), "rows"), Fail);
    assert_eq!(end(rows, "gap"), Fail, "they fill no gap either");
}

#[test]
fn a_gap_anywhere_fails_at_the_windows_ends_too() {
    let without = |from: usize, to: usize| {
        let mut rows = day();
        rows.drain(from..to);
        rows
    };
    assert_eq!(end(without(70, 71), "gap"), Pass, "one validation may be missing: 20 minutes");
    assert_eq!(end(without(70, 72), "gap"), Fail);
    assert_eq!(end(without(0, 2), "gap"), Fail, "it began late");
    assert_eq!(end(without(141, 144), "gap"), Fail, "it has stopped");
}

#[test]
fn a_rate_is_recomputed_and_never_rounded_up() {
    let with = |total, consistent, rate: &str| {
        let mut rows = day();
        let rate = Amount::parse(rate.as_bytes());
        rows[9] = LogRow { total, consistent, inconsistent: total - consistent, rate, ..rows[9].clone() };
        rows
    };
    assert_eq!(end(with(1_000, 999, "0.9990"), "min"), Pass);
    // 0.99896 is written as 0.9990, and passes by what is written.
    let rounded = with(100_000, 99_896, "0.9990");
    assert_eq!((end(rounded.clone(), "min"), end(rounded, "recomputed")), (Fail, Pass));
    assert_eq!(end(with(1_000, 999, "99.9"), "recomputed"), Warn, "percent on a scale of one");
    assert_eq!(end(with(1_000, 500, "1.0000"), "recomputed"), Warn);
    assert_eq!(end(with(100_000_000, 0, "0"), "mean"), Fail);
}

#[test]
fn more_consistent_rows_than_were_compared_prove_no_more() {
    let mut rows = day();
    (rows[0].consistent, rows[0].inconsistent) = (1_500, 500);
    assert_eq!((end(rows.clone(), "min"), end(rows, "recomputed")), (Fail, Warn));
}

#[test]
fn any_status_but_one_fails() {
    for status in [0, 2, 9] {
        let mut rows = day();
        rows[3].status = status;
        assert_eq!(end(rows, "status"), Fail);
    }
}

#[test]
fn types_are_told_apart_letter_by_letter() {
    let rows = day().into_iter().map(|row| LogRow { kind: "ACCOUNT".into(), ..row }).collect();
    assert_eq!(end(rows, "rows"), Fail);
}

#[test]
fn a_log_of_another_time_zone_is_no_data_and_says_what_to_set() {
    let rows: Vec<LogRow> = day().into_iter().map(|row| LogRow { age: row.age - 28_800, ..row }).collect();
    let checks = judge(&section(), &seen(rows), &Severity::default());
    assert_eq!(checks[0].verdict, NoData);
    assert!(checks[0].note.as_ref().unwrap().en.contains("time_zone"));
}

#[test]
fn unresolved_differences_and_broken_flows_fail() {
    let mut differing = seen(day());
    differing.unresolved.answer = Ok(1);
    assert_eq!(end_of(&differing, "dual_write.unresolved"), Fail);
    differing.unresolved.answer = Err(StoreError::NoTable("dual_write_difference_record".into()));
    assert_eq!(end_of(&differing, "dual_write.unresolved"), Blocked);

    let mut flows = seen(day());
    let chain = Broken { count: 2, named: vec!["4".into(), "9".into()] };
    flows.flows[0].1.answer = Ok(FlowsSeen { flows: 5, chain, ..FlowsSeen::default() });
    assert_eq!(end_of(&flows, "dual_write.invariants:flow.chain"), Fail);
    assert_eq!(end_of(&flows, "dual_write.invariants:flow.arithmetic"), Pass);
    assert_eq!(end_of(&flows, "dual_write.invariants:flow.unique"), Skipped);
    flows.flows[0].1.answer = Ok(FlowsSeen::default());
    assert_eq!(end_of(&flows, "dual_write.invariants:flow.chain"), NoData, "no flows prove nothing");
}
