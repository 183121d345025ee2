//! Variables of a plan: its own, columns of files, counters, and what is taken out of answers.
//!
//! In: every element that defines one. Out: `[vars]`, `[[feeder]]`, and names for the templates. Always holds: a
//! variable is known before the first text that may use it is translated.

use super::Importer;
use super::taken::Taken;
use crate::jmeter::jmx::{Element, Property};

/// Names that templates give a meaning of their own.
const RESERVED: [&str; 8] = ["now", "timestamp", "sequence", "user", "run", "env", "random", "uuid"];

/// A name that a template can call.
pub(crate) fn plain_name(name: &str) -> String {
    let mut plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if RESERVED.contains(&plain.as_str()) || plain.starts_with(|c: char| c.is_ascii_digit()) || plain.is_empty() {
        plain.insert_str(0, "var_");
    }
    plain
}

impl Importer<'_> {
    /// Learns every variable of `element` and what is below it, in the order in which JMeter does.
    pub(super) fn data(&mut self, element: &Element) {
        self.data_of(element, false);
    }

    /// The same, inside of a loop or not.
    fn data_of(&mut self, element: &Element, inside: bool) {
        if !element.enabled {
            return;
        }
        self.learn_script(element);
        for (name, template) in self.variables_of(element) {
            for part in self.parts.get(&name).cloned().unwrap_or_default() {
                let part = format!("{name}_{part}");
                let plain = plain_name(&part);
                match part.ends_with("_matchNr") {
                    true if !element.is("JSONPostProcessor") => {}
                    true => self.learn(&part, format!("${{{plain}.count}}")),
                    false => self.learn(&part, format!("${{{plain}}}")),
                }
            }
            self.learn(&name, template);
        }
        match element.simple_class() {
            "TestPlan" => {
                if let Some(own) = element.property("TestPlan.user_defined_variables") {
                    self.arguments(element, own.part_list("Arguments.arguments"));
                }
            }
            "Arguments" => {
                let taken = Taken::new(element);
                let own = taken.property("Arguments.arguments").map(Property::parts).unwrap_or_default();
                self.arguments(element, own);
                self.finish(&taken);
            }
            "CSVDataSet" => self.csv(element),
            "RandomCSVDataSetConfig" => self.random_csv(element),
            "UserParameters" => self.user_parameters(element),
            "CounterConfig" => self.counter(element),
            "RandomVariableConfig" => self.random(element),
            _ => {}
        }
        let class = element.simple_class();
        let looped = ["LoopController", "WhileController", "ForeachController", "RunTime"].contains(&class);
        // These may be left out in an iteration, or begin several times in one.
        let own = looped
            || ["IfController", "ThroughputController"].contains(&class)
            || (inside && ["TransactionController", "GenericController"].contains(&class));
        for child in &element.children {
            self.data_of(child, inside || looped);
            // What stands in a loop gives a row to each of its rounds.
            let place: super::Place = child;
            if own && let Some(feeder) = self.feeder_of.get(&place) {
                let next = self.next.entry(element).or_default();
                if !next.contains(feeder) {
                    next.push(feeder.clone());
                }
            }
        }
    }

    pub(super) fn learn(&mut self, name: &str, template: String) {
        self.names.variables.insert(name.to_owned(), template);
        self.names.constants.remove(name);
        self.fixed.variables.remove(name);
    }

    fn arguments(&mut self, element: &Element, arguments: &[Property]) {
        let mut seen = Vec::new();
        for argument in arguments {
            let name = argument.part("Argument.name").unwrap_or(&argument.name).trim();
            let value = argument.part("Argument.value").unwrap_or_default();
            // Within one element the first of a name counts, and the last element of all.
            if name.is_empty() || seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let template = self.names.template(value);
            template.remarks.into_iter().for_each(|remark| self.remark(element, remark));
            let template = template.text;
            self.note_early(&template);
            if template.contains("${") && !template.contains("${env.") && self.fixed.constant(value).is_none() {
                self.approximate(
                    element,
                    format!("\"{name}\" is drawn in each iteration, not once for the whole test"),
                );
            }
            // What a text stores is another variable of the plan, there before this one.
            self.vars.extend(self.names.stored.take());
            let plain = plain_name(name);
            self.fixed.variables.remove(name);
            if let Some(constant) = self.fixed.constant(value).filter(|_| !self.extracted.contains(&plain)) {
                self.names.constants.insert(name.to_owned(), constant.clone());
                self.fixed.variables.insert(name.to_owned(), constant);
            }
            self.names.variables.insert(name.to_owned(), format!("${{{plain}}}"));
            self.vars.retain(|(known, _)| *known != plain);
            self.vars.push((plain, template));
        }
    }

    /// Learns which names answers give, before any text is translated.
    pub(super) fn find_extracted(&mut self, element: &Element) {
        if !element.enabled {
            return;
        }
        for (name, template) in self.variables_of(element) {
            if let Some(list) = name.strip_suffix("_matchNr") {
                self.names.lists.insert(list.to_owned(), self.list_name(list));
                self.lists.insert(list.to_owned());
            }
            self.extracted.insert(template.trim_matches(['$', '{', '}']).to_owned());
        }
        element.children.iter().for_each(|child| self.find_extracted(child));
    }

    /// A name for a feeder that nothing else has.
    pub(super) fn feeder_name(&self, wanted: &str) -> String {
        let mut name = plain_name(wanted);
        let taken = |name: &str| self.vars.iter().any(|(known, _)| known == name) || self.extracted.contains(name);
        while taken(&name) {
            name.push_str("_rows");
        }
        name
    }
}
