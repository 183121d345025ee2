//! Result files of every form that JMeter writes, and of those that it does not.

use std::fs;

use super::*;
use crate::scenario::threshold::Threshold;
use crate::summary::Summary;
use crate::summary::caveat::{Caveat, UsersBy};
use crate::units::Micros;

const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,\
                      bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";

/// Row `n` of a steady run of 4 threads that ends 100 samples a second.
fn row(n: u64, elapsed: u64) -> String {
    let start = 1_700_000_000_000 + n * 10 + 1_000 - elapsed;
    format!("{start},{elapsed},pay,200,OK,t 1-{},text,true,,5,6,4,4,http://h/pay,{elapsed},0,0", n % 4 + 1)
}

fn steady(rows: u64) -> Vec<String> {
    (0..rows).map(|n| row(n, 20 + n % 20)).collect()
}

fn scored(text: &str, change: impl FnOnce(&mut ScoreOptions)) -> Result<Summary, String> {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("results.jtl");
    fs::write(&file, text).unwrap();
    let rule: Threshold = "tps>=1".parse().unwrap();
    let mut options = ScoreOptions {
        file,
        thresholds: vec![rule],
        skip_ramp: Micros::ZERO,
        columns: None,
        command: "tollgate score results.jtl".to_owned(),
    };
    change(&mut options);
    score(&options).map(|scored| scored.summary).map_err(|error| {
        let place = place.path().display().to_string();
        error.to_string().replace(&place, "").trim_start_matches(['/', '\\']).to_owned()
    })
}

fn read(text: &str) -> Summary {
    scored(text, |_| {}).unwrap_or_else(|error| panic!("{error}"))
}

fn csv(rows: &[String]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn refusal(text: &str) -> String {
    scored(text, |_| {}).map(|_| ()).unwrap_err()
}

#[test]
fn every_form_of_the_same_rows_gives_the_same_figures() {
    let rows = steady(500);
    let whole = csv(&rows);
    let expected = read(&whole).totals;
    assert_eq!(expected.requests, 500);
    for text in [
        whole.replace('\n', "\r\n"),
        whole.replace(',', "\t"),
        whole.replace(',', ";"),
        format!("\u{feff}{whole}"),
        rows.join("\n"),
        whole.replace(",pay,", ",\"pay\","),
        // Two files of one run, joined with their headers.
        format!("{}{}", csv(&rows[..200]), csv(&rows[200..])),
    ] {
        assert_eq!(read(&text).totals, expected, "{}", &text[..200]);
    }
}

#[test]
fn the_order_of_rows_changes_no_figure() {
    // A tail of long samples, so that orders by start and by end differ much.
    let mut rows: Vec<(u64, u64)> = (0..6_000).map(|n| (n, if n % 50 == 0 { 900 } else { 15 + n % 20 })).collect();
    let text = |rows: &[(u64, u64)]| csv(&rows.iter().map(|(n, elapsed)| row(*n, *elapsed)).collect::<Vec<_>>());
    let by_end = read(&text(&rows));
    rows.sort_by_key(|(n, elapsed)| n * 10 + 1_000 - elapsed);
    let by_start = read(&text(&rows));
    // As JMeter's servers send them: a batch of one, then a batch of another.
    rows.sort_by_key(|(n, _)| (n / 1_000, n % 2, *n));
    let in_batches = read(&text(&rows));
    for other in [by_start, in_batches] {
        assert_eq!(other.totals, by_end.totals);
        assert_eq!(other.stalls, by_end.stalls);
        assert_eq!(other.series.len(), by_end.series.len());
        let successes = |summary: &Summary| summary.series.iter().map(|second| second.successes).collect::<Vec<_>>();
        assert_eq!(successes(&other), successes(&by_end));
    }
}

#[test]
fn texts_with_delimiters_quotes_and_line_breaks_are_read_whole() {
    let mut rows = steady(20);
    rows.push(
        "1700000000500,30,\"pay, \"\"fast\"\"\nnow\",500,\"Internal, Error\",t 1-1,text,false,\"a\nb\",5,6,4,4,null,30,0,0"
            .to_owned(),
    );
    let summary = read(&csv(&rows));
    assert_eq!(summary.steps[1].name.as_deref(), Some("pay, \"fast\" now"));
    assert_eq!(summary.failures[0].message, "a\nb");
    assert_eq!(summary.totals.requests, 21);
}

#[test]
fn columns_are_found_by_name_in_any_order_and_number() {
    let text = "success,label,elapsed,timeStamp\ntrue,pay,20,1700000000000\nfalse,pay,30,1700000001000\n";
    let summary = read(text);
    assert_eq!((summary.totals.requests, summary.totals.failures), (2, 1));
    assert_eq!(summary.totals.ttfb.count, 0, "a file without Latency knows no first byte");
    assert!(summary.caveats.contains(&Caveat::Foreign { users_by: UsersBy::Nothing, transactions: 0 }));
    let headless: Vec<&str> = text.lines().skip(1).collect();
    let error = refusal(&headless.join("\n"));
    assert!(error.starts_with("results.jtl:1:1: the first row is no header"), "{error}");
    let names = Some(["success", "label", "elapsed", "timeStamp"].map(str::to_owned).to_vec());
    let summary = scored(&headless.join("\n"), |options| options.columns = names).unwrap();
    assert_eq!(summary.totals.requests, 2);
}

#[test]
fn a_malformed_row_is_refused_with_its_line_its_column_and_a_cure() {
    let bad = |change: (&str, &str)| {
        let mut rows = steady(3);
        rows[2] = rows[2].replacen(change.0, change.1, 1);
        refusal(&csv(&rows))
    };
    for (change, expected) in [
        ((",22,", ",2x2,"), "results.jtl:4:2: elapsed \"2x2\" is no whole number of 0 or more; correct the row"),
        ((",22,", ",-22,"), "results.jtl:4:2: elapsed \"-22\""),
        (("17", "soon17"), "results.jtl:4:1: timeStamp \"soon17"),
        ((",true,", ",yes,"), "results.jtl:4:8: success \"yes\" is neither true nor false"),
        ((",4,4,", ",4,many,"), "results.jtl:4:13: allThreads \"many\""),
        ((",0,0", ""), "results.jtl:4:15: the row has 15 of 17 columns"),
    ] {
        let error = bad(change);
        assert!(error.starts_with(expected), "{error}");
    }
    let error = refusal("timeStamp,label,success\n1,a,true\n");
    assert!(error.starts_with("results.jtl:1:1: there is no column \"elapsed\""), "{error}");
    let error = refusal("hello world\n");
    assert!(error.starts_with("results.jtl:1:1: the first row is no header, and its 1 columns"), "{error}");
}

#[test]
fn broken_xml_is_refused_with_its_place_and_a_cure() {
    let sample = "<httpSample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"a\"/>";
    for (text, expected) in [
        (format!("<testResults>\n{sample}\n"), "results.jtl:3:1: the file ends inside an element"),
        (format!("<testResults>\n{sample}\n</wrong>"), "results.jtl:3:8: no well-formed XML"),
        (
            format!("<testResults>\n{}\n</testResults>", sample.replace("t=\"5\"", "t=\"x\"")),
            "results.jtl:2:54: t \"x\" is no whole number",
        ),
        (
            format!("<testResults>\n{}\n</testResults>", sample.replace("s=\"true\" ", "")),
            "results.jtl:2:45: a sample has no attribute \"s\"; write it with jmeter.save.saveservice.successful=true",
        ),
    ] {
        let error = refusal(&text);
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn parts_of_a_sample_are_no_samples_and_those_of_a_transaction_are() {
    let transaction = "Number of samples in transaction : 2, number of failing samples : 0";
    let text = format!(
        "<testResults version=\"1.2\">\n<sample t=\"50\" ts=\"1700000000000\" s=\"true\" lb=\"Buy\" rm=\"{transaction}\">\n\
         <httpSample t=\"20\" ts=\"1700000000000\" s=\"true\" lb=\"a &amp;&#x1f; b\"><httpSample t=\"10\" \
         ts=\"1700000000000\" s=\"true\" lb=\"a-0\"/><responseData>&#x0;<![CDATA[<x>]]></responseData></httpSample>\n\
         <httpSample t=\"30\" ts=\"1700000000020\" s=\"false\" lb=\"c\"><assertionResult><failure>true</failure>\
         <failureMessage>no &lt;ok&gt;</failureMessage></assertionResult><assertionResult><failureMessage>second\
         </failureMessage></assertionResult></httpSample></sample></testResults>"
    );
    let summary = read(&text);
    let names: Vec<_> = summary.steps.iter().filter_map(|step| step.name.as_deref()).collect();
    assert_eq!(names, ["a &  b", "c", "Buy"]);
    assert_eq!((summary.totals.requests, summary.totals.failures), (2, 1));
    assert_eq!(summary.failures[0].message, "no <ok>");
}

#[test]
fn a_frozen_service_shows_as_stalled_time() {
    // Four threads, each sample 20 ms, but for three seconds in which each hangs in one.
    let freeze = 5_000;
    let mut rows = Vec::new();
    for thread in 1..=4 {
        let mut now = 0;
        while now < 10_000 {
            let elapsed = if now <= freeze && now + 20 > freeze { 3_000 } else { 20 };
            let start = 1_700_000_000_000_u64 + now;
            rows.push((
                start + elapsed,
                format!("{start},{elapsed},pay,200,OK,t 1-{thread},text,true,,5,6,4,4,null,5,0,0"),
            ));
            now += elapsed;
        }
    }
    rows.sort();
    let rows: Vec<String> = rows.into_iter().map(|(_, row)| row).collect();
    let rule: Threshold = "p95<=100ms".parse().unwrap();
    let summary = scored(&csv(&rows), |options| options.thresholds.push(rule)).unwrap();
    let stalled = summary.totals.stalled.unwrap().get();
    assert!((2_880.0..=2_921.0).contains(&stalled), "{stalled}");
    assert!(summary.totals.service_time.p95.unwrap().get() <= 20.0, "which the samples alone do not show");
}

#[test]
fn the_last_sample_belongs_to_the_window_even_if_it_took_no_time() {
    let rows = ["1700000000000,20", "1700000000500,0"].map(|row| format!("{row},pay,true"));
    let summary = read(&format!("timeStamp,elapsed,label,success\n{}\n", rows.join("\n")));
    assert_eq!((summary.totals.requests, summary.totals.outside_window), (2, 0));
    assert_eq!(summary.length, Some(Micros::from_millis(500)));
}
