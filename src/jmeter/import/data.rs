//! Variables of a plan: its own, columns of files, counters, and what is taken out of answers.
//!
//! In: every element that defines one. Out: `[vars]`, `[[feeder]]`, and names for the templates. Always holds: a
//! variable is known before the first text that may use it is translated.

use super::report::Need;
use super::taken::Taken;
use super::{Importer, extract, write};
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
        if !element.enabled {
            return;
        }
        self.learn_script(element);
        extract::variables(element).into_iter().for_each(|(name, template)| self.learn(&name, template));
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
            "CounterConfig" => self.counter(element),
            "RandomVariableConfig" => self.random(element),
            _ => {}
        }
        element.children.iter().for_each(|child| self.data(child));
    }

    fn learn(&mut self, name: &str, template: String) {
        self.names.variables.insert(name.to_owned(), template);
        self.fixed.variables.remove(name);
    }

    fn arguments(&mut self, element: &Element, arguments: &[Property]) {
        for argument in arguments {
            let name = argument.part("Argument.name").unwrap_or(&argument.name).trim();
            let value = argument.part("Argument.value").unwrap_or_default();
            if name.is_empty() {
                continue;
            }
            let template = self.template(element, value);
            if template.contains("${") && !template.contains("${env.") && self.fixed.constant(value).is_none() {
                self.approximate(
                    element,
                    format!("\"{name}\" is drawn in each iteration, not once for the whole test"),
                );
            }
            let plain = plain_name(name);
            if let Some(constant) = self.fixed.constant(value) {
                self.fixed.variables.insert(name.to_owned(), constant);
            }
            self.names.variables.insert(name.to_owned(), format!("${{{plain}}}"));
            self.vars.retain(|(known, _)| *known != plain);
            self.vars.push((plain, template));
        }
    }

    fn csv(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let file = self.fixed.constant(taken.text("filename")).unwrap_or_else(|| taken.text("filename").to_owned());
        let file = file.replace('\\', "/");
        let stem = file.rsplit('/').next().unwrap_or(&file).split('.').next().unwrap_or("data").to_owned();
        let name = plain_name(&stem);
        if file.trim().is_empty() || file.contains("${") {
            self.refuse(element, "JMX109", format!("filename={file} is not known before the test"));
        } else if !self.file_is_there(&file) {
            let what = format!("data file \"{file}\" is not there: lay it beside the scenario");
            self.needs.insert(Need { id: "JMX108", what });
        }
        let columns: Vec<&str> =
            taken.text("variableNames").split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        for column in &columns {
            let template = format!("${{{name}.{}}}", plain_name(column));
            self.learn(column, template);
        }
        let mut keys = vec![("name", write::text(&name)), ("file", write::text(&self.file_from_scenario(&file)))];
        if taken.truth("ignoreFirstLine", false) && !columns.is_empty() {
            self.approximate(element, format!("the first line of {file} must name the columns {}", columns.join(", ")));
        } else if !columns.is_empty() {
            let quoted: Vec<String> = columns.iter().map(|column| write::text(&plain_name(column))).collect();
            keys.push(("columns", format!("[{}]", quoted.join(", "))));
        } else {
            self.refuse(element, "JMX109", "variableNames is blank: name the columns, so that texts can be checked");
        }
        match taken.text("delimiter") {
            "" | "," => {}
            delimiter => keys.push(("delimiter", write::text(&delimiter.replace("\\t", "\t")))),
        }
        match (taken.truth("recycle", true), taken.truth("stopThread", false)) {
            (true, _) => {}
            (false, true) => {
                keys.push(("at_end", write::text("stop")));
                self.approximate(element, "the end of the file ends the run, not one thread after the other");
            }
            (false, false) => {
                self.refuse(element, "JMX109", "recycle=false without stopThread: variables become <EOF>")
            }
        }
        if !matches!(taken.text("shareMode"), "" | "shareMode.all") {
            self.refuse(
                element,
                "JMX109",
                format!("shareMode={}: rows are shared by all users", taken.text("shareMode")),
            );
        }
        taken.ignore(&["fileEncoding", "quotedData"]);
        self.finish(&taken);
        // Two elements of one file share its rows.
        if !self.feeders.iter().any(|known| known.first() == keys.first()) {
            self.feeders.push(keys);
        }
    }

    fn counter(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let name = taken.text("CounterConfig.name").to_owned();
        let own = taken.truth("CounterConfig.per_user", false);
        self.learn(&name, if own { "${user.sequence}".to_owned() } else { "${sequence}".to_owned() });
        let step = taken.text("CounterConfig.incr").trim();
        if !matches!(step, "" | "1") || !taken.text("CounterConfig.format").trim().is_empty() {
            self.refuse(element, "JMX109", "a counter with another step than 1, or with a format");
        }
        taken.ignore(&["CounterConfig.start", "CounterConfig.end", "CounterConfig.reset_on_tg_iteration"]);
        self.approximate(element, "it counts iterations, from 0 and without an end");
        self.finish(&taken);
    }

    fn random(&mut self, element: &Element) {
        let taken = Taken::new(element);
        let name = taken.text("variableName").to_owned();
        let bound = |text: &str| self.fixed.constant(text).and_then(|text| text.trim().parse::<i64>().ok());
        let bounds = (bound(taken.text("minimumValue")), bound(taken.text("maximumValue")));
        match bounds {
            (Some(low), Some(high)) if low <= high && taken.text("outputFormat").trim().is_empty() => {
                let plain = plain_name(&name);
                self.vars.push((plain.clone(), format!("${{random.int({low}, {high})}}")));
                self.learn(&name, format!("${{{plain}}}"));
            }
            _ => self.refuse(element, "JMX109", "bounds that are no plain numbers, or a format"),
        }
        taken.ignore(&["perThread", "randomSeed"]);
        self.finish(&taken);
    }
}
