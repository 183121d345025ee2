//! What a reader is told of runs that passed, failed, proved nothing or were a demonstration.

use super::*;
use crate::gate::{RuleVerdict, RunVerdict};
use crate::histogram::stall::Stalls;
use crate::report::fixture::{self, Run};
use crate::summary::TimeBlock;
use crate::units::{Micros, Millis, RatePerSec};

fn seen(run: &Run, lang: Lang) -> ReportView {
    view(&run.summary, &run.verdict, lang)
}

#[test]
fn a_pass_names_the_tightest_rule_and_its_margin() {
    let verdict = seen(&fixture::passing(), Lang::En).verdict;
    assert_eq!(verdict.word, "Pass");
    assert_eq!(
        verdict.sentence,
        "4 of 4 rules hold. The tightest is tps>=1000: 1,520.0/s measured, a margin of +520.0/s (52%)."
    );
}

#[test]
fn a_fail_names_the_broken_rule_with_figure_and_limit() {
    let verdict = seen(&fixture::failing(), Lang::En).verdict;
    let look =
        "What broke p95<=100ms is everywhere: no part of the window, no outcome and no kind of connection stands out.";
    assert_eq!(
        verdict.sentence,
        format!("1 of 4 rules failed: p95<=100ms (104.1 ms measured, at most 100 ms required). {look}")
    );
    let chinese = seen(&fixture::failing(), Lang::Zh).verdict;
    assert_eq!(chinese.word, "未达标");
    let sentence = "4 条规则中有 1 条未达标：p95<=100ms（实测 104.1 ms，要求不高于 100 ms）。";
    assert!(chinese.sentence.starts_with(sentence), "{}", chinese.sentence);
}

#[test]
fn a_closed_run_whose_users_were_busy_and_that_fails_latency_only_says_which_rate_to_test() {
    let mut run = fixture::failing();
    // 1,520 a second at 65 ms keep 99 of the 100 users busy.
    run.summary.totals.mean_all = Some(Millis::new(65.0));
    let notes = seen(&run, Lang::En).verdict.notes;
    assert!(notes[0].contains("1,520.0/s") && notes[0].contains("--rate 1020"), "{notes:?}");
    run.summary.totals.mean_all = Some(Millis::new(20.0));
    assert!(!seen(&run, Lang::En).verdict.notes[0].contains("--rate"), "users that pause were not at a ceiling");
}

#[test]
fn a_rule_broken_by_stalled_time_says_so() {
    let mut run = fixture::failing();
    run.verdict.rules[2].observed = Some(20.1);
    let stalled = vec![(Micros::from_millis(100), Micros::from_secs(60))];
    run.summary.stalls = Some(Stalls { max_gap: Micros::from_secs(9), stalled });
    let sentence = seen(&run, Lang::En).verdict.sentence;
    assert!(sentence.contains("20.10 ms by its samples, but for 60,000 ms of the window"), "{sentence}");
    for (lang, margin) in
        [(Lang::En, "-45 s (stalled 60 s, allowed 15 s)"), (Lang::Zh, "-45 s（停滞 60 s，允许 15 s）")]
    {
        assert_eq!(seen(&run, lang).rules[2].margin, margin, "no margin of the samples, which would read as good");
    }
}

#[test]
fn a_failed_rule_is_explained_in_words_and_rows() {
    for lang in [Lang::En, Lang::Zh] {
        let why = seen(&fixture::failing(), lang).why;
        assert_eq!(why.len(), 1, "{why:?}");
        assert_eq!((why[0].rule.as_str(), why[0].share_of), ("p95<=100ms", lang.why().of_over));
        assert!(why[0].rows.iter().any(|row| row.by == lang.why().by_second), "{why:?}");
        assert!(why[0].sentence.contains("456,789"), "{why:?}");
    }
    assert!(seen(&fixture::passing(), Lang::En).why.is_empty());
}

#[test]
fn an_invalid_run_says_why() {
    let verdict = seen(&fixture::interrupted(), Lang::En).verdict;
    assert_eq!(verdict.word, "Invalid");
    assert!(verdict.sentence.contains("interrupted before its end; the window was 0s long and not 300s; too little"));
}

#[test]
fn any_success_on_the_embedded_service_is_marked() {
    for (lang, mark) in [(Lang::En, "(demonstration target)"), (Lang::Zh, "(演示目标)")] {
        let seen = seen(&fixture::embedded(), lang);
        assert!(seen.verdict.word.ends_with(mark));
        assert!(seen.rules.iter().all(|rule| rule.word.ends_with(mark)));
        assert_eq!(seen.banners[0], lang.text().demonstration_banner);
    }
    let mut run = fixture::embedded();
    run.verdict.run = RunVerdict::Fail;
    run.verdict.rules[0].verdict = RuleVerdict::Fail;
    assert_eq!(seen(&run, Lang::En).verdict.word, "Fail");
    assert_eq!(seen(&run, Lang::En).rules[0].word, "fail");
}

#[test]
fn a_margin_is_negative_exactly_on_the_wrong_side() {
    let margins: Vec<String> = seen(&fixture::failing(), Lang::En).rules.into_iter().map(|r| r.margin).collect();
    assert_eq!(margins, ["+520.0/s (52%)", "+5.39 ms (11%)", "-4.06 ms (-4.1%)", "+0.83 pp (83%)"]);
}

#[test]
fn a_figure_that_does_not_exist_is_said_not_to() {
    let seen = seen(&fixture::interrupted(), Lang::En);
    assert_eq!(seen.headline[0].value, "0");
    for at in 3..9 {
        assert_eq!(seen.headline[at].value, "n/a");
    }
    assert!(seen.rules.iter().all(|rule| rule.observed == "n/a" && rule.interval.is_none()));
}

#[test]
fn nothing_invisible_survives() {
    let seen = format!("{:?}", seen(&fixture::hostile(), Lang::En));
    for hidden in ["\\u{1b}", "\\u{202e}", "\\0", "\\n"] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
}

#[test]
fn an_open_run_shows_response_time_and_its_arrivals() {
    let mut run = fixture::passing();
    run.summary.run.rate = RatePerSec::new(1_020.0);
    let totals = &mut run.summary.totals;
    totals.response_time = Some(TimeBlock { p95: Some(Millis::new(61.2)), ..totals.service_time.clone() });
    (totals.arrivals, totals.unsent, totals.dropped) = (Some(306_000), Some(4), Some(0));
    let seen = seen(&run, Lang::En);
    assert_eq!(seen.headline[8].value, "61.20 ms");
    let value = |label: &str| seen.totals.iter().find(|f| f.label == label).map(|f| f.value.as_str());
    assert_eq!(value("Arrivals offered"), Some("306,000"));
    assert_eq!(value("Service time"), Some("mean 18.23 ms, P95 42.53 ms"));
    assert!(seen.facts.iter().any(|f| f.value == "open: 1,020.0 arrivals a second, served by 100 virtual users"));
}
