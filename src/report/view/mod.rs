//! A run as it is read: every number formatted once, every foreign text made harmless.
//!
//! In: a [`Summary`], its [`Verdict`] and a language. Out: a [`ReportView`], which the console and the page only lay
//! out. Always holds: a function of its arguments; no control character of anybody's is left in it.

mod facts;
pub(in crate::report) mod money;
mod rules;
mod sentence;
mod shape;
mod tables;
mod why;

use std::path::Path;

pub use money::{MoneyKind, MoneyView};

pub use facts::calibrated;
pub use shape::LoadShape;
pub(super) use why::why_in_words;
pub use why::{WhyRow, WhyView};

use super::neutral::neutral;
use super::text::Lang;
use crate::gate::Verdict;
use crate::summary::{Summary, TargetKind};

/// How good a piece of news is: what colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It holds.
    Good,
    /// It holds, closely.
    Close,
    /// It does not hold.
    Bad,
    /// It cannot be told.
    Unsure,
}

/// A label and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub label: &'static str,
    /// How much.
    pub value: String,
}

/// The verdict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictView {
    /// One word, and the demonstration note where it is a success on the embedded service.
    pub word: String,
    /// What held and by how much, what failed, or why nothing is proven.
    pub sentence: String,
    /// What else a reader should know before signing.
    pub notes: Vec<String>,
    /// Its colour.
    pub tone: Tone,
}

/// One rule's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleView {
    /// As it was written.
    pub rule: String,
    /// What was measured.
    pub observed: String,
    /// The 95 % interval, where there is one.
    pub interval: Option<String>,
    /// The limit in words: `at most 100 ms`.
    pub limit: String,
    /// How far on the good side, with its sign; negative on the bad one.
    pub margin: String,
    /// How it ended.
    pub word: String,
    /// Its colour.
    pub tone: Tone,
}

/// The caveats of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaveatGroup {
    /// What the class does to the verdict.
    pub heading: &'static str,
    /// Its colour.
    pub tone: Tone,
    /// The caveats.
    pub caveats: Vec<CaveatView>,
}

/// One caveat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaveatView {
    /// What people call it.
    pub title: &'static str,
    /// What programs call it.
    pub id: &'static str,
    /// What was seen.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

/// One line of the steps' table. Times in milliseconds without their unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// The step.
    pub name: String,
    /// Requests, succeeded, failed, success rate, TPS, mean, min, max, P50, P90, P95, P99, P99.9.
    pub cells: [String; 13],
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureView {
    /// What people call the class.
    pub class: &'static str,
    /// What programs call it.
    pub id: &'static str,
    /// Where.
    pub step: String,
    /// HTTP status.
    pub status: String,
    /// The envelope's own code.
    pub code: String,
    /// What the first of them said.
    pub message: String,
    /// How many.
    pub count: String,
    /// The second of the window in which the first of them ended.
    pub first: String,
    /// That of the last.
    pub last: String,
}

/// How long the failures of one class took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureTimesView {
    /// What people call the class.
    pub class: &'static str,
    /// What programs call it.
    pub id: &'static str,
    /// Count; mean, P50, P95 and maximum in milliseconds without their unit.
    pub cells: [String; 5],
}

/// The times of one clock, in an open model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockView {
    /// The step, or all.
    pub step: String,
    /// Response time or service time.
    pub clock: &'static str,
    /// Mean, min, max, P50, P90, P95, P99, P99.9, in milliseconds without their unit.
    pub cells: [String; 8],
}

/// A run as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportView {
    /// In which language.
    pub lang: Lang,
    /// The scenario's name.
    pub scenario: String,
    /// When the run started.
    pub started: String,
    /// How it ended.
    pub verdict: VerdictView,
    /// What must be read first: demonstration, custom gate, interrupted.
    pub banners: Vec<&'static str>,
    /// Total, succeeded, failed, success rate, TPS, mean, min, max, P95; then what was aborted, if anything was.
    pub headline: Vec<Figure>,
    /// The other totals.
    pub totals: Vec<Figure>,
    /// What was tested.
    pub facts: Vec<Figure>,
    /// The command that repeats it.
    pub command: String,
    /// The generator, and how sure the figures are.
    pub generator: Vec<Figure>,
    /// The rules.
    pub rules: Vec<RuleView>,
    /// Why rules failed, in the gate's order.
    pub why: Vec<WhyView>,
    /// The caveats, worst class first; empty classes left out.
    pub caveats: Vec<CaveatGroup>,
    /// All requests, then each step when there are several.
    pub steps: Vec<StepView>,
    /// Both clocks of each row of the steps; empty in a closed model, which has one.
    pub clocks: Vec<ClockView>,
    /// The failures, most frequent first.
    pub failures: Vec<FailureView>,
    /// How long those of the window took, by class.
    pub failure_times: Vec<FailureTimesView>,
    /// The money.
    pub money: Vec<MoneyView>,
    /// Where the report was written, once it is.
    pub report: Option<String>,
}

/// A run as it is read in `lang`.
#[must_use]
pub fn view(summary: &Summary, verdict: &Verdict, lang: Lang) -> ReportView {
    let subject = Subject { summary, verdict, lang };
    ReportView {
        lang,
        scenario: neutral(&summary.run.scenario),
        started: facts::time_of_day(&summary.run.started_at),
        verdict: subject.verdict_view(),
        banners: subject.banners(),
        headline: subject.headline(),
        totals: subject.totals(),
        facts: subject.facts(),
        command: neutral(&summary.run.command),
        generator: subject.generator(),
        rules: verdict.rules.iter().map(|rule| subject.rule(rule)).collect(),
        why: subject.why(),
        caveats: subject.caveats(),
        steps: subject.steps(),
        clocks: subject.clocks(),
        failures: subject.failures(),
        failure_times: subject.failure_times(),
        money: subject.money(),
        report: None,
    }
}

impl ReportView {
    /// The same view, naming where its report lies.
    #[must_use]
    pub fn at(self, page: &Path) -> Self {
        Self { report: Some(neutral(&page.display().to_string())), ..self }
    }

    /// Whether any rule has an interval to show.
    #[must_use]
    pub fn has_intervals(&self) -> bool {
        self.rules.iter().any(|rule| rule.interval.is_some())
    }
}

/// What is being put into words.
#[derive(Clone, Copy)]
struct Subject<'a> {
    summary: &'a Summary,
    verdict: &'a Verdict,
    lang: Lang,
}

impl Subject<'_> {
    fn embedded(&self) -> bool {
        self.summary.target.kind == TargetKind::Embedded
    }

    /// `word`, marked as a demonstration where the target is our own.
    fn success(&self, word: &str) -> String {
        if self.embedded() { format!("{word} {}", self.lang.text().demonstration) } else { word.to_owned() }
    }
}

#[cfg(test)]
mod tests;
