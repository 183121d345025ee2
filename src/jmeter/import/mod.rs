//! A plan of JMeter's as a scenario.
//!
//! In: a [`Jmx`], where it lies, and what was typed. Out: an [`Import`]: the scenario as TOML, and an account of every
//! element. Always holds: an element is translated, told to have no effect, or refused with its id, path and line; a
//! plan with anything refused has no scenario, unless that was let pass.
//!
//! ```text
//! names (variables, columns, extracted values) --> load (thread groups) --> steps (samplers with what is in scope) --> TOML
//! ```

mod account;
mod assertion;
mod condition;
mod config;
mod control;
mod data;
mod dialect;
mod draft;
mod expand;
mod extract;
mod files;
mod group;
mod load;
mod markup;
mod naming;
pub mod report;
mod request;
mod rows;
mod shape;
mod steps;
mod taken;
mod target;
#[cfg(test)]
mod tests;
mod timer;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::jmeter::function::{Names, Remark, Translated};
use crate::jmeter::jmx::{Element, Jmx};
use report::{Need, Report, Status};
use taken::Taken;

/// What was typed for an import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The plan's file: paths in the plan are relative to it.
    pub file: PathBuf,
    /// `-J` and `-q`.
    pub properties: BTreeMap<String, String>,
    /// Ids that may be left out.
    pub allow_partial: Vec<String>,
    /// Where the scenario will lie, if that is known: files that it names lie relative to it.
    pub folder: Option<PathBuf>,
}

/// A plan that was translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What became of each element.
    pub report: Report,
    /// The scenario file; `None` where something was refused.
    pub scenario: Option<String>,
}

/// Translates `jmx`.
#[must_use]
pub fn import(jmx: &Jmx, options: &ImportOptions) -> Import {
    let jmx = &expand::expanded(jmx, &options.file);
    let mut importer = Importer::new(options);
    importer.number(&jmx.plan, "");
    importer.find_extracted(&jmx.plan);
    importer.find_parts(&jmx.plan);
    importer.data(&jmx.plan);
    let body = importer.plan(&jmx.plan);
    let report = importer.report(jmx);
    let scenario = report.is_complete().then(|| {
        let mut out = String::new();
        let name = options.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        write::comment(&mut out, &format!("{}, from {name}", jmx.plan.title()));
        write::comment(&mut out, jmx.plan.text("TestPlan.comments").unwrap_or_default());
        if report.is_partial() {
            let _infallible = writeln!(out, "# Partial import: left out is what {} names.", report.allowed.join(", "));
        }
        out.push_str(
            "\n# The plan does not say what is asked of the service: add for example \"p95<=200ms for all\".\n",
        );
        out.push_str("gate = [\"success-rate>=99%\"]\n");
        out + &body
    });
    Import { report, scenario }
}

/// Where an element stands, by its place in memory: elements are not moved while they are read.
type Place = *const Element;

/// Translates one plan.
struct Importer<'a> {
    options: &'a ImportOptions,
    /// Variables as templates.
    names: Names,
    /// Variables as constants, where they are.
    fixed: Names,
    paths: BTreeMap<Place, String>,
    found: BTreeMap<Place, Vec<(Status, &'static str, String)>>,
    needs: BTreeSet<Need>,
    /// `[vars]`.
    vars: Vec<(String, String)>,
    /// `[[feeder]]`.
    feeders: Vec<Vec<(&'static str, String)>>,
    /// Where requests go, by the first that said so.
    host: Option<String>,
    /// Names of steps that were given away.
    steps: BTreeSet<String>,
    /// What one user does before all others begin.
    setup: Vec<write::Step>,
    /// What one user does when all have ended.
    teardown: Vec<write::Step>,
    /// The feeders whose next row each round of a loop takes.
    next: BTreeMap<Place, Vec<String>>,
    /// Whether groups work one after the other.
    serial: bool,
    /// Parts of lists and of matches that texts name: `name_1`, `name_g1`, by the name that an extractor gives.
    parts: BTreeMap<String, BTreeSet<String>>,
    /// Lists that extractors give.
    lists: BTreeSet<String>,
    /// Names that answers give a value.
    extracted: BTreeSet<String>,
    /// Those of them that a step so far has given one.
    given: BTreeSet<String>,
    /// Those that a text named before.
    early: BTreeSet<String>,
}

impl<'a> Importer<'a> {
    fn new(options: &'a ImportOptions) -> Self {
        let names = Names { properties: options.properties.clone(), variables: BTreeMap::new() };
        Self {
            options,
            fixed: names.clone(),
            names,
            paths: BTreeMap::new(),
            found: BTreeMap::new(),
            needs: BTreeSet::new(),
            vars: Vec::new(),
            feeders: Vec::new(),
            host: None,
            steps: BTreeSet::new(),
            setup: Vec::new(),
            teardown: Vec::new(),
            next: BTreeMap::new(),
            serial: false,
            parts: BTreeMap::new(),
            lists: BTreeSet::new(),
            extracted: BTreeSet::new(),
            given: BTreeSet::new(),
            early: BTreeSet::new(),
        }
    }

    /// Remembers the path of every element.
    fn number(&mut self, element: &Element, above: &str) {
        let path = if above.is_empty() { element.title().to_owned() } else { format!("{above}/{}", element.title()) };
        element.children.iter().for_each(|child| self.number(child, &path));
        self.paths.insert(element, path);
    }

    /// `text` as a template; what is to be told of it is told of `element`.
    fn template(&mut self, element: &Element, text: &str) -> String {
        let Translated { text, remarks } = self.names.template(text);
        remarks.into_iter().for_each(|remark| self.remark(element, remark));
        for name in text.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next()) {
            if self.extracted.contains(name) && !self.given.contains(name) {
                self.early.insert(name.to_owned());
            }
        }
        text
    }

    fn remark(&mut self, element: &Element, remark: Remark) {
        match remark {
            Remark::Approx(cause) => self.approximate(element, cause),
            Remark::Refused(id, cause) => self.refuse(element, id, cause),
            Remark::Need(id, name) => {
                let variable = crate::jmeter::function::environment(&name);
                let kind = if id == "JMX110" { "variable" } else { "property" };
                let how = if id == "JMX110" { String::new() } else { format!("-J {name}=... or ") };
                self.needs.insert(Need {
                    id,
                    what: format!("{kind} \"{name}\" has no value: give {how}the environment variable {variable}"),
                });
            }
        }
    }

    /// A whole number that the plan fixes before the test. JMeter takes what is none for 0.
    fn whole(&mut self, element: &Element, (name, text): (&str, &str)) -> Option<u64> {
        let value = self.fixed.constant(text).map(|value| value.trim().to_owned());
        match value.as_deref().map(str::parse) {
            Some(Ok(number)) => Some(number),
            Some(Err(_)) if value.as_deref() == Some("") => None,
            _ => {
                let translated = self.fixed.template(text);
                let needs: Vec<Remark> =
                    translated.remarks.into_iter().filter(|r| matches!(r, Remark::Need(..))).collect();
                if needs.is_empty() {
                    self.refuse(element, "JMX109", format!("{name}={text} is no number that is known before the test"));
                }
                needs.into_iter().for_each(|need| self.remark(element, need));
                None
            }
        }
    }

    /// Everything below the comment at the top.
    fn plan(&mut self, plan: &Element) -> String {
        let taken = Taken::new(plan);
        taken.ignore(&["TestPlan.user_defined_variables", "TestPlan.tearDown_on_shutdown", "TestPlan.functional_mode"]);
        self.serial = taken.truth("TestPlan.serialize_threadgroups", false);
        if !taken.text("TestPlan.user_define_classpath").trim().is_empty() {
            self.approximate(plan, "the class path is for Java code, and none is run");
        }
        self.finish(&taken);
        let (load, stages, drafts) = self.load(plan);
        let scenarios = self.written(drafts);
        let mut out = String::new();
        if let Some(host) = &self.host {
            let _infallible = writeln!(out, "\n[target]\nhost = {host}");
        }
        let _infallible = writeln!(out, "\n[load]");
        write::keys(&mut out, &load);
        for stage in &stages {
            let _infallible = writeln!(out, "\n[[load.stage]]");
            write::keys(&mut out, &shape::keys(stage));
        }
        self.begin_empty(plan);
        if !self.vars.is_empty() {
            let _infallible = writeln!(out, "\n[vars]");
            for (name, value) in &self.vars {
                let _infallible = writeln!(out, "{name} = {}", write::text(value));
            }
        }
        for feeder in &self.feeders {
            let _infallible = writeln!(out, "\n[[feeder]]");
            write::keys(&mut out, feeder);
        }
        out + &scenarios
    }
}
