//! `junit.xml`: the gate as test cases, for the readers that every CI has.
//!
//! In: the verdict, the caveats, the view. Out: one suite with a case a rule, and a case an accounting caveat. Always
//! holds: a run that is not a pass has a case that is not green, whatever its rules say; a case that lacks data or
//! proof is an error and never skipped, which readers show as harmless; no two cases share a name, because readers drop
//! the second.
//!
//! GitLab ignores a failure's `message`, so limit and figure stand in the body, and shows the picture that
//! `[[ATTACHMENT|path]]` names in the output of a case that is not green. The path is seen from where the run was
//! started, which is the project's folder in a pipeline.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Material, broken};
use crate::gate::{RuleResult, RuleVerdict, RunVerdict};
use crate::report::neutral::neutral;
use crate::report::{ReportError, RuleView};
use crate::scenario::threshold::Dimension;
use crate::summary::caveat::CaveatClass;

/// Its name in the folder.
pub(super) const PLACE: &str = "junit.xml";

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    let (run, verdict) = (&material.summary.run, material.verdict);
    let class = format!("gate.{}", neutral(&run.scenario));
    let mut suite = TestSuite::new(class.clone());
    suite.extra.insert("timestamp".into(), neutral(&run.started_at).into());
    for (name, value) in properties(material) {
        suite.add_property((name, value.as_str()));
    }
    let rules = verdict.rules.iter().zip(&material.view.rules).map(|(rule, seen)| material.rule(rule, seen));
    let mut cases: Vec<TestCase> = rules.chain(material.accounting()).collect();
    let green = cases.iter().all(|case| matches!(case.status, TestCaseStatus::Success { .. }));
    if green && verdict.run != RunVerdict::Pass {
        let seen = &material.view.verdict;
        cases.push(case("verdict", red(NonSuccessKind::Error, "invalid", (&seen.word, &seen.sentence))));
    }
    make_unique(&mut cases);
    for mut case in cases {
        case.set_classname(class.clone()).set_time(Duration::ZERO);
        suite.add_test_case(case);
    }
    suite.set_time(Duration::from_secs_f64(run.window.seconds.unwrap_or(0.0).max(0.0)));
    let mut report = Report::new("tollgate");
    report.add_test_suite(suite);
    report.to_string().map(String::into_bytes).map_err(|error| broken(PLACE)(error.to_string()))
}

/// What was run, for readers of the suite alone.
fn properties(material: &Material<'_>) -> Vec<(&'static str, String)> {
    let (summary, view) = (material.summary, material.view);
    let load = view.facts.iter().find(|fact| fact.label == view.lang.page().model).map(|fact| fact.value.clone());
    vec![
        ("verdict", view.verdict.word.clone()),
        ("sentence", view.verdict.sentence.clone()),
        ("exit_code", material.options.exit_code.to_string()),
        ("run", neutral(&summary.run.id)),
        ("target", neutral(&summary.target.url)),
        ("load", load.unwrap_or_default()),
        ("command", view.command.clone()),
        ("version", format!("Tollgate {}", summary.generator.version)),
    ]
}

impl Material<'_> {
    fn rule(&self, rule: &RuleResult, seen: &RuleView) -> TestCase {
        let body = self.body(seen);
        let kind = match rule.verdict {
            RuleVerdict::Pass | RuleVerdict::Marginal => {
                let mut case = case(&seen.rule, TestCaseStatus::success());
                case.set_system_out(body);
                return case;
            }
            RuleVerdict::Fail => (NonSuccessKind::Failure, "fail"),
            RuleVerdict::Unproven => (NonSuccessKind::Error, "unproven"),
            RuleVerdict::NoData => (NonSuccessKind::Error, "no_data"),
        };
        let figures = format!("{}{}{}", seen.observed, self.view.lang.text().list_comma, seen.limit);
        let message = self.view.lang.labelled(&seen.word, &figures);
        let mut case = case(&seen.rule, red(kind.0, kind.1, (&message, &body)));
        case.set_system_out(attachment(&self.options.seen_at, self.chart_of(rule)));
        case
    }

    /// The chart that shows most of why a rule ended as it did; that of failures is drawn where there are any.
    fn chart_of(&self, rule: &RuleResult) -> &'static str {
        let failures = "failures-over-time";
        let drawn = self.pictures.iter().any(|picture| picture.chart.name == failures);
        match rule.dimension {
            Dimension::Time => "latency-over-time",
            Dimension::Share | Dimension::Count if drawn => failures,
            Dimension::Rate | Dimension::Share | Dimension::Count => "throughput-over-time",
        }
    }

    /// Limit, figure and interval, one a line, and why the rule does not hold.
    fn body(&self, seen: &RuleView) -> String {
        let p = self.view.lang.page();
        let interval = seen.interval.as_ref().map(|interval| (p.interval, interval));
        let lines =
            [(p.rule, &seen.rule), (p.verdict, &seen.word), (p.limit, &seen.limit), (p.observed, &seen.observed)];
        // Why it failed, for readers who see no more of the run than this.
        let why = self.view.why.iter().find(|why| why.rule == seen.rule);
        let why = why.map(|why| (self.view.lang.why().heading, &why.sentence));
        let lines = lines.into_iter().chain(interval).chain([(p.margin, &seen.margin)]).chain(why);
        lines.map(|(label, value)| self.view.lang.labelled(label, value) + "\n").collect()
    }

    /// A case for each reason why the run proves nothing.
    fn accounting(&self) -> impl Iterator<Item = TestCase> {
        let lang = self.view.lang;
        let standing = self.summary.caveats.iter().filter(|caveat| caveat.class() == CaveatClass::Accounting);
        standing.map(move |caveat| {
            let message = neutral(&lang.caveat_message(caveat));
            let advice = neutral(&lang.caveat_advice(caveat));
            let body =
                format!("{}\n{}{advice}\n", lang.labelled(lang.caveat_title(caveat), &message), lang.text().advice);
            case(&format!("caveat {}", caveat.id()), red(NonSuccessKind::Error, caveat.id(), (&message, &body)))
        })
    }
}

fn case(name: &str, status: TestCaseStatus) -> TestCase {
    TestCase::new(name, status)
}

fn red(kind: NonSuccessKind, id: &str, (message, body): (&str, &str)) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(id).set_message(message).set_description(body);
    status
}

fn attachment(folder: &Path, chart: &str) -> String {
    let path = folder.join("charts").join(chart).with_extension("png").to_string_lossy().replace('\\', "/");
    // A bracket in a folder's name would end the reader's pattern too early; such a path is better not named.
    if path.contains("]]") { String::new() } else { format!("[[ATTACHMENT|{}]]\n", neutral(&path)) }
}

/// Numbers the cases behind the first of a name.
fn make_unique(cases: &mut [TestCase]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for case in cases {
        let name = case.name.as_str().to_owned();
        let number = seen.entry(name.clone()).and_modify(|number| *number += 1).or_insert(1);
        if *number > 1 {
            case.name = format!("{name} ({number})").into();
        }
    }
}

#[cfg(test)]
mod tests {
    use resvg::usvg::roxmltree::{Document, Node};

    use super::*;
    use crate::report::fixture::{self, Run};
    use crate::report::format::tests;
    use crate::report::text::Lang;
    use crate::summary::caveat::{Caveat, Pair};

    /// Name of each case, the element inside it, and the text of that element and of its output.
    fn cases(run: &Run) -> Vec<(String, String, String)> {
        let text = tests::text(run, Lang::En, render);
        let document = Document::parse(&text).unwrap();
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        let cases: Vec<Node<'_, '_>> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        let with =
            |name: &str| cases.iter().filter(|case| case.children().any(|c| c.has_tag_name(name))).count().to_string();
        assert_eq!(suite.attribute("tests"), Some(cases.len().to_string().as_str()));
        assert_eq!(suite.attribute("failures"), Some(with("failure").as_str()));
        assert_eq!(suite.attribute("errors"), Some(with("error").as_str()));
        let read = |case: &Node<'_, '_>| {
            assert!(case.attribute("classname").unwrap().starts_with("gate."));
            let red = case.children().find(|c| c.has_tag_name("failure") || c.has_tag_name("error"));
            let texts = case.children().filter_map(|child| child.text()).collect::<Vec<_>>().concat();
            (case.attribute("name").unwrap().to_owned(), red.map_or("", |red| red.tag_name().name()).to_owned(), texts)
        };
        cases.iter().map(read).collect()
    }

    fn endings(run: &Run) -> Vec<(String, String)> {
        cases(run).into_iter().map(|(name, red, _)| (name, red)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, red)| ((*name).to_owned(), (*red).to_owned())).collect()
    }

    #[test]
    fn a_pass_is_a_green_case_a_rule() {
        let expected = [("tps>=1000", ""), ("mean<=50ms", ""), ("p95<=100ms", ""), ("success-rate>=99%", "")];
        assert_eq!(endings(&fixture::passing()), pairs(&expected));
    }

    #[test]
    fn a_failed_rule_says_limit_figure_and_interval_in_its_body_and_attaches_its_chart() {
        let cases = cases(&fixture::failing());
        let (name, red, text) = &cases[2];
        assert_eq!((name.as_str(), red.as_str()), ("p95<=100ms", "failure"));
        for part in ["Limit: at most 100 ms", "Observed: 104.1 ms", "95% interval: 102.5 ms", "Margin: -4.06 ms"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let run = fixture::failing();
        let seen = crate::report::view::view(&run.summary, &run.verdict, Lang::En);
        let why = seen.why.iter().find(|why| why.rule == *name).unwrap();
        assert!(text.contains(&format!("Why it failed: {}", why.sentence)), "{text}");
        assert!(text.contains("[[ATTACHMENT|reports/x/charts/latency-over-time.png]]"), "{text}");
        assert!(!cases[1].2.contains("ATTACHMENT"), "a case that holds attaches nothing");
    }

    #[test]
    fn a_rule_on_failures_attaches_the_chart_of_failures() {
        let mut run = fixture::failing();
        run.verdict.rules[3].verdict = RuleVerdict::Fail;
        let attached = |run: &Run| cases(run)[3].2.clone();
        assert!(attached(&run).contains("[[ATTACHMENT|reports/x/charts/failures-over-time.png]]"));
        run.summary.series.clear();
        assert!(attached(&run).contains("throughput-over-time.png"), "the other is not drawn without failures");
    }

    #[test]
    fn a_rule_without_data_or_proof_is_an_error_and_not_a_skipped_case() {
        let mut run = fixture::failing();
        run.verdict.rules[0].verdict = RuleVerdict::Unproven;
        run.verdict.rules[1].verdict = RuleVerdict::NoData;
        let seen: Vec<String> = endings(&run).into_iter().map(|(_, red)| red).collect();
        assert_eq!(seen, ["error", "error", "failure", ""]);
    }

    #[test]
    fn an_invalid_run_whose_rules_all_hold_is_not_green() {
        let mut run = fixture::passing();
        run.verdict.run = RunVerdict::Invalid;
        assert_eq!(endings(&run)[4], ("verdict".to_owned(), "error".to_owned()), "whatever the reason");
        let lost = |pair, other| Caveat::SamplesLost { pair, one: 5, other };
        run.summary.caveats = vec![lost(Pair::StartedAndEnded, 4), lost(Pair::FailuresAndKinds, 3)];
        let expected = [("caveat samples_lost", "error"), ("caveat samples_lost (2)", "error")];
        assert_eq!(endings(&run)[4..], pairs(&expected));
    }

    #[test]
    fn the_suite_names_target_load_and_version() {
        let text = tests::text(&fixture::embedded(), Lang::Zh, render);
        let document = Document::parse(&text).unwrap();
        let property = |name: &str| {
            let found = document
                .descendants()
                .find(|node| node.has_tag_name("property") && node.attribute("name") == Some(name));
            found.and_then(|node| node.attribute("value")).unwrap().to_owned()
        };
        assert_eq!(property("target"), "http://127.0.0.1:41873");
        assert_eq!(property("version"), "Tollgate 0.1.0");
        assert!(property("load").contains("100 个虚拟用户"), "{}", property("load"));
        assert_eq!(property("verdict"), "达标 (演示目标)");
    }

    #[test]
    fn hostile_text_stays_text_and_the_document_parses() {
        let mut run = fixture::hostile();
        run.summary.run.scenario = "a\u{fffe}b]]>\u{1b}[0m\u{202e}".to_owned();
        let text = tests::text(&run, Lang::En, render);
        let document = Document::parse(&text).unwrap();
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        assert_eq!(suite.attribute("name"), Some("gate.a<U+FFFE>b]]>\u{241b}[0m<U+202E>"));
        assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    }
}
