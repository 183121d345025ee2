use jiff::Timestamp;

use super::*;
use crate::acceptance::prometheus::{PromError, Span};
use crate::gate::acceptance::CheckVerdict::{Blocked, Fail, NoData, Pass, Warn};

fn span(from: i64, to: i64) -> Span {
    Span { start: Timestamp::from_second(from).unwrap(), end: Timestamp::from_second(to).unwrap() }
}

fn load() -> LoadFacts {
    LoadFacts {
        span: span(0, 20),
        window: span(5, 20),
        answered: 20_000,
        unknown: 3,
        succeeded: 20_000,
        tps: 1_000.0,
        mean_ms: 12.0,
        clock_moved: false,
    }
}

fn told(value: f64, tolerance: f64) -> Figure {
    Figure { query: "q".into(), source: Source::Reads, value: Ok(value), tolerance, began_anew: false }
}

fn untold(why: Unseen) -> Figure {
    Figure { value: Err(why), ..told(0.0, 0.0) }
}

fn section() -> MetricsSection {
    toml::from_str("[[rule]]\nname = \"tps\"\ncounter = \"c\"\nlimit = \">= 1000\"").unwrap()
}

fn seen() -> MetricsSeen {
    MetricsSeen {
        requests: told(20_000.0, 0.0),
        tps: told(1_000.0, 0.01),
        mean_ms: Some(told(11.0, 0.01)),
        rules: vec![told(1_000.0, 0.01)],
    }
}

fn end(seen: &MetricsSeen, id: &str) -> CheckVerdict {
    let checks = judge(&section(), (seen, &load()), &Severity::default());
    checks.iter().find(|check| check.id == id).unwrap().verdict
}

#[test]
fn what_was_answered_was_counted_once_each_and_what_is_unknown_may_have_been() {
    for (counted, verdict) in
        [(19_999.0, Fail), (20_000.0, Pass), (20_003.0, Pass), (20_004.0, Fail), (40_000.0, Fail), (0.0, Fail)]
    {
        assert_eq!(end(&MetricsSeen { requests: told(counted, 0.0), ..seen() }, "metrics.count"), verdict, "{counted}");
    }
    let nothing = LoadFacts { answered: 0, unknown: 0, ..load() };
    let checks =
        judge(&section(), (&MetricsSeen { requests: told(0.0, 0.0), ..seen() }, &nothing), &Severity::default());
    assert_eq!(checks[0].verdict, NoData, "nothing counted of nothing sent proves nothing");
}

#[test]
fn the_server_and_the_client_must_agree() {
    for (server, verdict) in [(949.0, Warn), (950.0, Pass), (1_050.0, Pass), (1_051.0, Warn)] {
        assert_eq!(end(&MetricsSeen { tps: told(server, 0.01), ..seen() }, "metrics.tps"), verdict, "{server}");
    }
    let coarse = MetricsSeen { tps: told(900.0, 0.12), ..seen() };
    assert_eq!(end(&coarse, "metrics.tps"), Pass, "two scrapes of a short window tell no more");
    let slow = MetricsSeen { mean_ms: Some(told(13.3, 0.01)), ..seen() };
    assert_eq!((end(&seen(), "metrics.mean"), end(&slow, "metrics.mean")), (Pass, Warn));
}

#[test]
fn a_rule_just_under_its_limit_is_left_to_the_load_and_one_further_off_fails() {
    for (value, verdict) in [(1_000.0, Pass), (995.0, Warn), (989.0, Fail), (0.0, Fail)] {
        assert_eq!(
            end(&MetricsSeen { rules: vec![told(value, 0.01)], ..seen() }, "metrics.rule:tps"),
            verdict,
            "{value}"
        );
    }
    assert_eq!(end(&MetricsSeen { rules: vec![told(999.999, 0.0)], ..seen() }, "metrics.rule:tps"), Fail);
}

#[test]
fn a_rule_that_only_warns_never_blocks() {
    let section: MetricsSection =
        toml::from_str("[[rule]]\nname = \"heap\"\ngauge = \"g\"\nlimit = \"<= 0.8\"\nseverity = \"warning\"").unwrap();
    let seen = MetricsSeen { rules: vec![told(0.9, 0.0)], ..seen() };
    let checks = judge(&section, (&seen, &load()), &Severity::default());
    let check = checks.iter().find(|check| check.id == "metrics.rule:heap").unwrap();
    assert_eq!((check.verdict, check.blocking), (Warn, false));
}

#[test]
fn a_missing_series_is_no_data_and_never_a_pass() {
    for (why, verdict) in [
        (Unseen::Missing("c".into()), NoData),
        (Unseen::TooFew("c".into()), NoData),
        (Unseen::BeganAnew("c".into()), NoData),
        (Unseen::Nothing("c".into()), NoData),
        (Unseen::NeedsPrometheus, Blocked),
        (Unseen::Unread { path: "/m".into(), cause: "HTTP status 404".into() }, Blocked),
        (Unseen::Prometheus(PromError::Refused("parse error".into())), Blocked),
        (Unseen::Malformed("c[".into()), Blocked),
    ] {
        let none = MetricsSeen { requests: untold(why.clone()), rules: vec![untold(why.clone())], ..seen() };
        assert_eq!((end(&none, "metrics.count"), end(&none, "metrics.rule:tps")), (verdict, verdict), "{why:?}");
    }
}

#[test]
fn every_series_that_is_missing_is_named_once() {
    let missing = || untold(Unseen::Missing("c".into()));
    let seen = MetricsSeen { tps: missing(), rules: vec![missing()], ..seen() };
    let checks = judge(&section(), (&seen, &load()), &Severity::default());
    let check = checks.last().unwrap();
    assert_eq!(
        (check.id.as_str(), check.verdict, check.observed.clone()),
        ("metrics.series", Warn, Some(Measure::Count(1)))
    );
    assert_eq!(check.note.as_ref().unwrap().en, "missing: c");
}
