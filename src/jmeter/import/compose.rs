//! Variables that are put together of what was taken out of an answer.
//!
//! In: extractors whose template names several groups, or that give a list under a name that scripts use too. Out: entries
//! of `extract`, and steps behind the request. Always holds: without a match the variable is what the plan says, or
//! keeps what it was.

use std::collections::BTreeSet;

use super::Importer;
use super::data::plain_name;
use super::extract::named;
use super::write::{self, Step, one_line, table};
use crate::jmeter::jmx::Element;

/// A part of what a regular expression's match becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Plain(String),
    Group(u32),
}

/// A template of groups: `$1$-$2$`.
pub(super) fn composition(template: &str) -> Vec<Made> {
    let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), template.trim());
    while let Some(at) = rest.find('$') {
        plain.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let end = behind.find('$').filter(|end| *end > 0 && behind[..*end].bytes().all(|byte| byte.is_ascii_digit()));
        match end.and_then(|end| Some((behind[..end].parse().ok()?, end))) {
            Some((group, end)) => {
                if !plain.is_empty() {
                    parts.push(Made::Plain(std::mem::take(&mut plain)));
                }
                parts.push(Made::Group(group));
                rest = &behind[end + 1..];
            }
            None => {
                plain.push('$');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Made::Plain(plain));
    }
    if parts.is_empty() { vec![Made::Group(1)] } else { parts }
}

/// The variable of an extractor that puts it together of several groups, or of groups and a text.
pub(super) fn composed(element: &Element) -> Option<String> {
    let name = element.text("RegexExtractor.refname")?.trim();
    let one =
        matches!(composition(element.text("RegexExtractor.template").unwrap_or_default()).as_slice(), [Made::Group(_)]);
    let list = element.text("RegexExtractor.match_number").unwrap_or_default().trim() == "-1";
    (element.is("RegexExtractor") && !one && !list && !name.is_empty()).then(|| name.to_owned())
}

impl Importer<'_> {
    /// The groups of which a variable is put together behind its request, the whole match among them.
    pub(super) fn groups(
        &mut self,
        element: &Element,
        (name, template): (&str, &[Made]),
        pairs: &[(String, String)],
    ) -> Vec<String> {
        let groups = template.iter().filter_map(|part| if let Made::Group(group) = part { Some(*group) } else { None });
        let groups: BTreeSet<u32> = groups.chain([0]).collect();
        let parts = self.parts.get(name).cloned().unwrap_or_default();
        let named = parts.iter().filter_map(|part| part.strip_prefix('g')?.parse().ok());
        let groups: BTreeSet<u32> = groups.into_iter().chain(named).collect();
        if parts.iter().any(|part| !part.starts_with('g')) {
            self.refuse(element, "JMX109", format!("RegexExtractor.template of a list \"{name}\""));
        }
        let entry = |group: u32| {
            let mut own = vec![("var".to_owned(), one_line(&plain_name(&format!("{name}_g{group}"))))];
            own.extend(pairs.iter().cloned());
            own.extend([("group".to_owned(), group.to_string()), ("default".to_owned(), one_line(""))]);
            table(&own)
        };
        groups.into_iter().map(entry).collect()
    }

    /// What is done behind a request for what an extractor there cannot take out as a whole.
    pub(super) fn behind_extract(&mut self, element: &Element) -> Vec<Step> {
        let text = |name| element.text(name).unwrap_or_default();
        let set = |name: &str, value: &str| vec![Step::of("set", table(&[(plain_name(name), one_line(value))]))];
        if let Some(name) = composed(element) {
            let template = composition(text("RegexExtractor.template"));
            let parts = template.iter().map(|part| match part {
                Made::Plain(text) => text.replace("${", "$${"),
                Made::Group(group) => format!("${{{}}}", plain_name(&format!("{name}_g{group}"))),
            });
            let value: String = parts.collect();
            let condition = format!("${{{}}} != ''", plain_name(&format!("{name}_g0")));
            let mut step = Step::of("if", write::text(&condition));
            step.steps = set(&name, &value);
            let default = self.template(element, text("RegexExtractor.default"));
            step.otherwise = set(&name, &default);
            return vec![step];
        }
        let mut steps = Vec::new();
        for (at, (name, number)) in named(element).into_iter().enumerate() {
            if number != "-1" || !self.scripted.gives(&name) {
                continue;
            }
            let (default, always) = match element.simple_class() {
                "RegexExtractor" => {
                    (text("RegexExtractor.default"), text("RegexExtractor.default_empty_value") == "true")
                }
                "BoundaryExtractor" => {
                    (text("BoundaryExtractor.default"), text("BoundaryExtractor.default_empty_value") == "true")
                }
                _ => (text("JSONPostProcessor.defaultValues").split(';').nth(at).unwrap_or_default().trim(), false),
            };
            if default.is_empty() && !always {
                continue;
            }
            let default = self.template(element, default);
            let own = set(&name, &default);
            if element.is("JSONPostProcessor") {
                let condition = format!("${{{}.count}} == 0", self.list_name(&name));
                steps.push(Step { steps: own, ..Step::of("if", write::text(&condition)) });
            } else {
                steps.extend(own);
            }
        }
        steps
    }
}
