//! What GitHub Actions shows of a run: a step summary, and annotations for rules that do not hold.
//!
//! In: a [`ReportView`] and the verdict. Out: Markdown, and workflow commands. Always holds: no text of others begins
//! a command or ends one early; at most ten annotations, as GitHub drops the rest; a summary stays under the size
//! above which GitHub drops it whole.

use super::ReportView;
use super::format::markdown;
use super::neutral::neutral;
use crate::gate::{RuleVerdict, RunVerdict, Verdict};

/// GitHub shows so many errors of a step.
const MOST: usize = 10;
/// GitHub drops the summary of a step whole when it is larger. Other commands of the step may have written to it.
const LARGEST: u64 = 1024 * 1024;

/// The step summary; `None` when behind `written` bytes there is no room for it.
#[must_use]
pub fn step_summary(view: &ReportView, written: u64) -> Option<String> {
    let text = format!("{}\n", markdown::text(view));
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    (written.saturating_add(size) <= LARGEST).then_some(text)
}

/// A workflow command a line, for each rule that does not hold, or for a run that proves nothing.
#[must_use]
pub fn annotations(view: &ReportView, verdict: &Verdict) -> Vec<String> {
    let holds = |end: RuleVerdict| matches!(end, RuleVerdict::Pass | RuleVerdict::Marginal);
    let broken = verdict.rules.iter().zip(&view.rules).filter(|(rule, _)| !holds(rule.verdict));
    let rules = broken.map(|(_, seen)| {
        let figures = format!("{}{}{}", seen.observed, view.lang.text().list_comma, seen.limit);
        command(&format!("{}: {}", view.scenario, seen.rule), &view.lang.labelled(&seen.word, &figures))
    });
    let run = (verdict.run == RunVerdict::Invalid)
        .then(|| command(&format!("{}: {}", view.scenario, view.verdict.word), &view.verdict.sentence));
    run.into_iter().chain(rules).take(MOST).collect()
}

fn command(title: &str, message: &str) -> String {
    format!("::error title={}::{}", property(&neutral(title)), data(&neutral(message)))
}

/// As GitHub wants the text behind a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As GitHub wants the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{self, Run};
    use crate::report::text::Lang;
    use crate::report::view::view;

    fn annotated(run: &Run) -> Vec<String> {
        annotations(&view(&run.summary, &run.verdict, Lang::En), &run.verdict)
    }

    #[test]
    fn a_pass_says_nothing_and_a_failed_rule_is_an_error() {
        assert!(annotated(&fixture::passing()).is_empty());
        let expected = "::error title=consume%3A p95<=100ms::fail: 104.1 ms, at most 100 ms";
        assert_eq!(annotated(&fixture::failing()), [expected]);
    }

    #[test]
    fn a_run_that_proves_nothing_is_an_error_even_where_its_rules_hold() {
        let mut run = fixture::passing();
        run.verdict.run = RunVerdict::Invalid;
        let said = annotated(&run);
        assert!(said.len() == 1 && said[0].starts_with("::error title=consume%3A Invalid::"), "{said:?}");
    }

    #[test]
    fn hostile_text_neither_ends_a_command_nor_begins_one() {
        let mut run = fixture::failing();
        run.summary.run.scenario = "a,b::c\r\n::error::x%".to_owned();
        run.verdict.rules[2].rule = "\n::set-env name=A::b".to_owned();
        let said = annotated(&run);
        assert_eq!(said.len(), 1);
        assert!(!said[0].contains(['\n', '\r']));
        let (title, _) = said[0].strip_prefix("::error title=").unwrap().split_once("::").unwrap();
        assert!(title.contains("a%2Cb%3A%3Ac") && title.contains("x%25") && !title.contains([',', ':']), "{title}");
    }

    #[test]
    fn no_more_than_github_shows() {
        let mut run = fixture::failing();
        run.verdict.rules = vec![run.verdict.rules[2].clone(); 30];
        assert_eq!(annotated(&run).len(), 10);
    }

    #[test]
    fn a_summary_that_would_make_github_drop_all_is_left_out() {
        let run = fixture::passing();
        let seen = view(&run.summary, &run.verdict, Lang::Zh);
        assert!(step_summary(&seen, 0).is_some_and(|text| text.contains("p95<=100ms")));
        assert_eq!(step_summary(&seen, LARGEST - 10), None);
    }
}
