use super::*;
use crate::units::Micros;

fn check(verdict: CheckVerdict, blocking: bool) -> Check {
    Check { verdict, ..Check::new("load.tps", blocking, "tps") }
}

fn step(checks: &[(CheckVerdict, bool)]) -> Step {
    Step::of(StepId::Load, checks.iter().map(|(verdict, blocking)| check(*verdict, *blocking)).collect())
}

#[test]
fn the_gravest_blocking_check_decides_a_step() {
    use CheckVerdict::{Blocked, Fail, NoData, Pass, Skipped, Warn};
    for (checks, verdict) in [
        (&[(Pass, true), (Pass, false)][..], Pass),
        (&[(Pass, true), (Fail, true), (NoData, true)], Fail),
        (&[(Pass, true), (NoData, true), (Blocked, true)], Blocked),
        (&[(Pass, true), (NoData, true)], NoData),
        (&[(Pass, true), (Warn, false)], Warn),
        (&[(Pass, true), (NoData, false)], Warn),
        (&[(Pass, true), (Blocked, false)], Warn),
        (&[(Pass, true), (Fail, false)], Warn),
        (&[(Pass, true), (Skipped, true)], Pass),
        (&[(Skipped, true), (Skipped, false)], Skipped),
        (&[], NoData),
    ] {
        assert_eq!(step(checks).verdict, verdict, "{checks:?}");
    }
}

#[test]
fn nothing_but_answers_to_every_blocking_check_is_accepted() {
    use CheckVerdict::{Blocked, Fail, NoData, Pass, Skipped, Warn};
    let of = |verdicts: &[(CheckVerdict, bool)]| overall(&verdicts.iter().map(|one| step(&[*one])).collect::<Vec<_>>());
    assert_eq!(of(&[(Pass, true), (Warn, false), (Skipped, true)]), RunVerdict::Pass);
    assert_eq!(of(&[(Pass, true), (NoData, true), (Fail, true)]), RunVerdict::Fail, "a failure is told first");
    for verdict in [NoData, Blocked] {
        assert_eq!(of(&[(Pass, true), (verdict, true)]), RunVerdict::Invalid);
        assert_eq!(of(&[(Pass, true), (verdict, false)]), RunVerdict::Pass, "what only warns");
    }
    assert_eq!(of(&[(Skipped, true)]), RunVerdict::Invalid, "nothing was asked");
    assert_eq!(overall(&[]), RunVerdict::Invalid);
    assert_eq!(overall(&[Step::of(StepId::Cache, Vec::new())]), RunVerdict::Invalid, "a step of no check");
}

#[test]
fn what_does_not_hold_fails_where_it_blocks_and_warns_where_it_does_not() {
    let limit = || Limit::AtLeast(Measure::Share(0.9));
    let found = |blocking, share| Check::new("cache.total", blocking, "").wants(limit()).found(Measure::Share(share));
    assert_eq!(found(true, 0.9).verdict, CheckVerdict::Pass);
    assert_eq!(found(true, 0.899).verdict, CheckVerdict::Fail);
    assert_eq!(found(false, 0.899).verdict, CheckVerdict::Warn);
}

#[test]
fn what_cannot_be_compared_is_no_data_and_never_a_pass() {
    let check = || Check::new("cache.total", true, "");
    assert_eq!(check().found(Measure::Share(1.0)).verdict, CheckVerdict::NoData, "no limit");
    let limited = |limit| check().wants(limit);
    for (limit, observed) in [
        (Limit::AtLeast(Measure::Share(0.9)), Measure::Share(f64::NAN)),
        (Limit::AtLeast(Measure::Share(0.9)), Measure::Count(1)),
        (Limit::AtMost(Measure::Millis(50.0)), Measure::Seconds(0.01)),
        (Limit::AtMost(Measure::Text("a".into())), Measure::Text("a".into())),
        (Limit::Between(Measure::Count(1), Measure::Share(2.0)), Measure::Count(1)),
    ] {
        let check = limited(limit).found(observed);
        assert_eq!(check.verdict, CheckVerdict::NoData, "{check:?}");
    }
}

#[test]
fn limits_hold_at_their_ends() {
    let count = Measure::Count;
    let between = Limit::Between(count(143), count(146));
    let ends: Vec<_> = [142, 143, 146, 147].map(|rows| between.holds(&count(rows))).into();
    assert_eq!(ends, [Some(false), Some(true), Some(true), Some(false)]);
    assert_eq!(Limit::Equal(Measure::Text("UP".into())).holds(&Measure::Text("UP".into())), Some(true));
    assert_eq!(Limit::Equal(Measure::Text("UP".into())).holds(&Measure::Text("DOWN".into())), Some(false));
    assert_eq!(Limit::Equal(count(0)).holds(&count(1)), Some(false));
}

#[test]
fn other_programs_read_numbers_and_english() {
    let check = Check::new("dual_write.rate:account", true, "SELECT 1")
        .over(Window::Last(Micros::from_secs(86_400)))
        .wants(Limit::AtLeast(Measure::Share(0.999)))
        .noting(Said::new("144 rows", "144 行"))
        .found(Measure::Share(0.9997));
    let json = serde_json::to_value(&check).unwrap();
    let expected = serde_json::json!({
        "id": "dual_write.rate:account", "query": "SELECT 1", "window": "last 86400s", "observed": 0.9997,
        "limit": ">= 0.999", "verdict": "pass", "blocking": true, "note": "144 rows",
    });
    assert_eq!(json, expected);
    assert_eq!((check.rule(), check.subject()), ("dual_write.rate", Some("account")));
}

#[test]
fn steps_say_what_they_needed_and_skipping_blocks_nothing() {
    let needed = Step::blocked(StepId::Cache, Said::new("needs a database", "需要数据库"));
    assert_eq!((needed.verdict, needed.blocking), (CheckVerdict::Blocked, true));
    assert_eq!(needed.checks[0].id, "cache.run");
    let skipped = Step::skipped(StepId::Cache, Said::new("not asked for", "未要求"));
    assert_eq!((skipped.verdict, skipped.blocking), (CheckVerdict::Skipped, false));
}
