//! What is told of each element.
//!
//! In: findings, as elements are lowered. Out: the [`Report`] of the whole plan. Always holds: an element that nobody looked
//! at is refused, so that nothing is dropped silently.

use super::report::{Counts, Finding, Report, Status};
use super::taken::Taken;
use super::{Importer, Place};
use crate::jmeter::jmx::{Element, Jmx};

impl Importer<'_> {
    pub(super) fn find(&mut self, element: &Element, (status, id): (Status, &'static str), cause: impl Into<String>) {
        let finding = (status, id, cause.into());
        let all = self.found.entry(element).or_default();
        if !all.contains(&finding) {
            all.push(finding);
        }
    }

    pub(super) fn refuse(&mut self, element: &Element, id: &'static str, cause: impl Into<String>) {
        self.find(element, (Status::Refused, id), cause);
    }

    pub(super) fn approximate(&mut self, element: &Element, cause: impl Into<String>) {
        self.find(element, (Status::Approx, "JMX201"), cause);
    }

    /// Says that an element was looked at, and has no effect.
    pub(super) fn inert(&mut self, element: &Element) {
        self.find(element, (Status::Inert, ""), "");
    }

    pub(super) fn exact(&mut self, element: &Element) {
        self.find(element, (Status::Exact, ""), "");
    }

    /// Refuses what an element says and nobody asked for.
    pub(super) fn finish(&mut self, taken: &Taken<'_>) {
        for left in taken.rest() {
            self.refuse(taken.element, "JMX109", format!("{left} is not known"));
        }
        self.exact(taken.element);
    }

    /// The account of every element, in the plan's order.
    pub(super) fn report(mut self, jmx: &Jmx) -> Report {
        let mut report = Report {
            file: self.options.file.display().to_string(),
            allowed: self.options.allow_partial.clone(),
            needs: std::mem::take(&mut self.needs).into_iter().collect(),
            counts: Counts::default(),
            findings: Vec::new(),
        };
        for met in jmx.walk() {
            let place: Place = met.element;
            let mut found = self.found.remove(&place).unwrap_or_default();
            if !met.enabled {
                found = vec![(Status::Inert, "", String::new())];
            } else if found.is_empty() {
                // Whatever was not looked at was not translated.
                found.push((Status::Refused, "JMX101", format!("{} is not known", met.element.class)));
            }
            report.counts.add(found.iter().map(|(status, ..)| *status).max().unwrap_or(Status::Refused));
            let told = found.into_iter().filter(|(.., cause)| !cause.is_empty());
            report.findings.extend(told.map(|(status, id, cause)| Finding {
                status,
                id,
                path: met.path.clone(),
                class: met.element.simple_class().to_owned(),
                line: met.element.line,
                cause,
            }));
        }
        report
    }
}
