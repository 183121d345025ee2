use jiff::Timestamp;

use super::*;

fn span(from: i64, to: i64) -> Span {
    Span { start: Timestamp::from_second(from).unwrap(), end: Timestamp::from_second(to).unwrap() }
}

fn load() -> LoadFacts {
    LoadFacts {
        span: span(0, 20),
        window: span(5, 20),
        answered: 20_000,
        unknown: 0,
        succeeded: 19_900,
        tps: 995.0,
        mean_ms: 12.0,
        clock_moved: false,
    }
}

fn reads(before: &str, after: &str) -> Reads {
    let read = |text| Ok(Scrape::parse(text).unwrap());
    Reads { before: read(before), after: read(after) }
}

const BEFORE: &str = "consume_transaction_total 500\nconsume_transaction_error_total 1\n";
const AFTER: &str = "consume_transaction_total 20500\nconsume_transaction_error_total 101\n\
    http_server_requests_seconds_sum{method=\"POST\"} 200\nhttp_server_requests_seconds_count{method=\"POST\"} 20000\nheap 7\nheap{id=\"old\"} 9\n";

fn seen(reads: &Reads, section: &str) -> MetricsSeen {
    let section: MetricsSection = toml::from_str(section).unwrap();
    look(&section, &mut Witnesses { reads, prometheus: None, load: load() })
}

#[test]
fn two_reads_give_counts_rates_shares_and_means() {
    let seen = seen(&reads(BEFORE, AFTER), "");
    assert_eq!(seen.requests.value, Ok(20_000.0));
    assert_eq!(seen.tps.value, Ok(995.0), "successes over the whole load");
    assert_eq!(seen.mean_ms.unwrap().value, Ok(10.0));
    assert_eq!(seen.rules[0].value, Ok(1_000.0));
    assert_eq!((seen.rules[1].value.clone(), seen.rules[1].tolerance), (Ok(0.005), 0.01));
}

#[test]
fn a_clock_that_was_set_leaves_counts_and_shares_and_no_rate() {
    let load = LoadFacts { clock_moved: true, ..load() };
    let section: MetricsSection = toml::from_str("").unwrap();
    let reads = reads(BEFORE, AFTER);
    let seen = look(&section, &mut Witnesses { reads: &reads, prometheus: None, load });
    assert_eq!(seen.requests.value, Ok(20_000.0));
    assert_eq!((seen.tps.value, seen.rules[0].value.clone()), (Err(Unseen::ClockMoved), Err(Unseen::ClockMoved)));
    assert_eq!(seen.rules[1].value, Ok(0.005), "a share of two counters needs no clock");
}

#[test]
fn a_missing_series_and_a_restarted_target_have_no_figure() {
    let missing = seen(&reads(BEFORE, "consume_transaction_total 20500\n"), "");
    assert_eq!(missing.rules[1].value, Err(Unseen::Missing("consume_transaction_error_total".into())));
    assert!(missing.tps.value.is_err() && missing.mean_ms.unwrap().value.is_err());
    let restarted = seen(&reads(AFTER, BEFORE), "");
    assert_eq!(restarted.requests.value, Err(Unseen::BeganAnew("consume_transaction_total".into())));
}

#[test]
fn nothing_divided_by_nothing_is_no_share() {
    let seen = seen(&reads(BEFORE, BEFORE), "");
    assert_eq!(seen.requests.value, Ok(0.0));
    assert_eq!(seen.rules[1].value, Err(Unseen::Nothing("consume_transaction_total".into())));
}

#[test]
fn a_gauge_is_its_worst_series_and_a_query_needs_prometheus() {
    let rules = "[[rule]]\nname = \"heap\"\ngauge = \"heap\"\nlimit = \"<= 8\"\n[[rule]]\nname = \"up\"\nquery = \"up\"\nlimit = \">= 1\"\n[[rule]]\nname = \"none\"\nlimit = \">= 1\"\n";
    let seen = seen(&reads(BEFORE, AFTER), rules);
    assert_eq!(seen.rules[0].value, Ok(9.0));
    assert_eq!(seen.rules[1].value, Err(Unseen::NeedsPrometheus));
    assert!(matches!(seen.rules[2].value, Err(Unseen::Malformed(_))));
}

#[test]
fn a_read_that_failed_leaves_every_figure_without_a_value() {
    let failed = Unseen::Unread { path: "/metrics".into(), cause: "HTTP status 404".into() };
    let reads = Reads { before: Err(failed.clone()), ..reads(BEFORE, AFTER) };
    let seen = seen(&reads, "");
    assert_eq!(seen.requests.value, Err(failed));
    assert!(seen.rules.iter().all(|rule| rule.value.is_err()));
}
