//! What an import did with each element.
//!
//! In: findings, one or more an element. Out: a [`Report`] as text and as JSON. Always holds: every element of the plan
//! is counted once, by the worst that was found of it.

use std::fmt::Write as _;

use serde::Serialize;

use crate::jmeter::jmx::Element;

/// What became of an element. The worst is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has no effect on the load or the verdict, or takes no part.
    Inert,
    /// It does what it does in JMeter.
    Exact,
    /// A script whose effect is written in the scenario language; the cause says how.
    Lifted,
    /// It does almost that; the cause says where it differs.
    Approx,
    /// It cannot be translated.
    Refused,
}

/// What was found of an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What became of it.
    pub status: Status,
    /// `JMX105` and the like; empty for what is exact or inert.
    pub id: &'static str,
    /// Names from the test plan down to it.
    pub path: String,
    /// What it is.
    pub class: String,
    /// Where it begins in the file.
    pub line: usize,
    /// Why.
    pub cause: String,
}

/// Something that only the run needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Need {
    /// `JMX108` and the like.
    pub id: &'static str,
    /// What is missing, and how it is given.
    pub what: String,
}

/// An import's account of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The plan.
    pub file: String,
    /// Elements by what became of them.
    pub counts: Counts,
    /// Ids that were let pass.
    pub allowed: Vec<String>,
    /// What only the run needs.
    pub needs: Vec<Need>,
    /// Everything that is not exact, in the plan's order.
    pub findings: Vec<Finding>,
}

/// Elements by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub elements: usize,
    /// As in JMeter.
    pub exact: usize,
    /// Almost.
    pub approx: usize,
    /// Without effect.
    pub inert: usize,
    /// Scripts whose effect is written in the scenario language.
    pub lifted: usize,
    /// Not translated.
    pub refused: usize,
}

impl Counts {
    /// Counts one element.
    pub(super) fn add(&mut self, status: Status) {
        self.elements += 1;
        let count = match status {
            Status::Inert => &mut self.inert,
            Status::Exact => &mut self.exact,
            Status::Lifted => &mut self.lifted,
            Status::Approx => &mut self.approx,
            Status::Refused => &mut self.refused,
        };
        *count += 1;
    }
}

impl Report {
    /// Whether a scenario can be written: nothing was refused but what was let pass.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.refused().all(|finding| self.allowed.iter().any(|id| id == finding.id))
    }

    /// Whether something was left out.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.refused().next().is_some()
    }

    /// What was left out, each with its id, its path and its line, once.
    #[must_use]
    pub fn left_out(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.refused().map(|of| format!("{} {} [{}], line {}", of.id, of.path, of.class, of.line)).collect();
        all.dedup();
        all
    }

    /// Refuses the plan as a whole.
    pub(super) fn object(&mut self, plan: &Element, cause: String) {
        let refused = Counts { refused: self.counts.refused + 1, ..self.counts };
        // The plan was counted as what it was alone.
        self.counts = match self.counts {
            Counts { exact: 1.., .. } => Counts { exact: refused.exact - 1, ..refused },
            Counts { approx: 1.., .. } => Counts { approx: refused.approx - 1, ..refused },
            counts => counts,
        };
        let (path, class) = (plan.title().to_owned(), plan.simple_class().to_owned());
        self.findings.push(Finding { status: Status::Refused, id: "JMX109", path, class, line: plan.line, cause });
    }

    fn refused(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Refused)
    }

    /// The report as people read it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let Counts { elements, exact, approx, inert, lifted, refused } = self.counts;
        let lifted = if lifted == 0 { String::new() } else { format!(", lifted {lifted}") };
        let _infallible = writeln!(
            out,
            "elements {elements}: exact {exact}, approx {approx}, inert {inert}{lifted}, refused {refused}"
        );
        for Finding { status, id, path, class, line, cause } in &self.findings {
            let word = match status {
                Status::Inert => "inert",
                Status::Exact => "exact",
                Status::Lifted => "lifted",
                Status::Approx => "approx",
                Status::Refused => "refused",
            };
            let id = if id.is_empty() { String::new() } else { format!(" {id}") };
            let _infallible = writeln!(out, "{}:{line}: {path} [{class}] {word}{id}: {cause}", self.file);
        }
        for Need { id, what } in &self.needs {
            let _infallible = writeln!(out, "needs {id}: {what}");
        }
        let verdict = match (self.is_complete(), self.is_partial(), self.counts.approx) {
            (false, ..) => "REFUSED",
            (true, true, _) => "RUNNABLE (partial)",
            (true, false, 0) => "RUNNABLE",
            (true, false, _) => "RUNNABLE (approx)",
        };
        out.push_str(verdict);
        out.push('\n');
        out
    }
}
