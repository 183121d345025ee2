//! What an acceptance is read as: texts, laid out by nobody yet.
//!
//! In: nothing. Out: the shapes that the view fills and the formats lay out. Always holds: nothing here computes.

use crate::report::text::Lang;
use crate::report::view::{Figure, Tone};

/// An acceptance as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptanceView {
    /// In which language.
    pub lang: Lang,
    /// When the walk began.
    pub started: String,
    /// What must be read first: demonstration, shortened, one step only, interrupted.
    pub banners: Vec<String>,
    /// The boxed result.
    pub groups: Vec<BoxGroup>,
    /// The sign before the conclusion.
    pub sign: &'static str,
    /// The conclusion.
    pub conclusion: &'static str,
    /// How good it is.
    pub tone: Tone,
    /// How many checks ended how.
    pub counts: String,
    /// What holds the acceptance back; `None` where nothing does.
    pub held_back: Option<String>,
    /// What was verified.
    pub facts: Vec<Figure>,
    /// Every step's evidence.
    pub steps: Vec<StepView>,
    /// The loads.
    pub loads: Vec<LoadView>,
    /// What the history holds.
    pub history: String,
    /// Earlier runs: when, scenario, verdict, folder.
    pub past: Vec<[String; 4]>,
    /// The version that verified.
    pub version: String,
}

/// A group of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxGroup {
    /// What people call it.
    pub title: &'static str,
    /// The sign before the word; empty for the group of the rest.
    pub sign: &'static str,
    /// How it ended; empty for the group of the rest.
    pub word: &'static str,
    /// How good it is.
    pub tone: Tone,
    /// Its lines.
    pub lines: Vec<BoxLine>,
}

/// A line of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxLine {
    /// What was looked at.
    pub label: String,
    /// What was measured, and the limit where there is one.
    pub text: String,
    /// The mark behind it.
    pub mark: &'static str,
    /// How good it is.
    pub tone: Tone,
}

/// A step's evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// What programs call it.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// How it ended.
    pub word: &'static str,
    /// How good that is.
    pub tone: Tone,
    /// Its checks.
    pub checks: Vec<CheckView>,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckView {
    /// What people call it.
    pub title: String,
    /// What programs call it.
    pub id: String,
    /// What was asked.
    pub query: String,
    /// Over which time.
    pub window: String,
    /// What was found.
    pub observed: String,
    /// What was wanted.
    pub limit: String,
    /// How it ended.
    pub word: &'static str,
    /// Whether it blocks or warns.
    pub severity: &'static str,
    /// What to know besides.
    pub note: String,
    /// How good it is.
    pub tone: Tone,
}

/// A load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadView {
    /// Deciding or parity.
    pub title: &'static str,
    /// Where its report lies.
    pub report: String,
}
