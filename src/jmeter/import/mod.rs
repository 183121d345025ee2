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
mod actions;
mod assertion;
mod auth;
mod choice;
mod classes;
mod compose;
mod condition;
mod config;
mod content;
mod control;
mod data;
mod dialect;
mod draft;
mod expand;
mod extract;
mod files;
mod foreach;
mod group;
mod head;
mod hoist;
mod load;
mod markup;
mod naming;
mod openmodel;
mod reads;
pub mod report;
mod request;
mod rows;
mod scripts;
mod shape;
mod sound;
mod steps;
mod taken;
mod target;
#[cfg(test)]
mod tests;
mod texts;
mod throughput;
mod timer;
pub mod trial;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::jmeter::function::Names;
use crate::jmeter::jmx::{Element, Jmx};
pub(crate) use data::plain_name;
pub(crate) use dialect::json_path as path_of;
use report::{Need, Report, Status};
use taken::Taken;
pub(crate) use write::one_line as written_text;

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
    importer.names.passes = load::one_after_the_other(&jmx.plan);
    importer.find_read(&jmx.plan);
    importer.find_given(&jmx.plan);
    importer.find_extracted(&jmx.plan);
    importer.find_parts(&jmx.plan);
    importer.data(&jmx.plan);
    importer.find_properties(&jmx.plan);
    importer.settle_scripted();
    let body = importer.plan(&jmx.plan);
    importer.needs.extend(sound::unasked(&body, &importer.needs));
    importer.tell_unread(&jmx.plan);
    let mut report = importer.report(jmx);
    let scenario = head::head(jmx, options, &report) + &body;
    if !report.is_partial()
        && let Some(objection) = sound::objection(&scenario, &report.needs, options)
    {
        report.object(&jmx.plan, format!("what comes of it is no scenario: {objection}"));
    }
    let scenario = report.is_complete().then_some(scenario);
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
    /// The feeder of each data set and counter, as its name is written.
    feeder_of: BTreeMap<Place, String>,
    /// Names of what counts how often something was played.
    played: BTreeSet<String>,
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
    scripted: scripts::Scripted,
    /// Values that texts of the request in hand store, to be set before it; `None` where no request is in hand.
    storing: Option<Vec<(String, String)>>,
}

impl<'a> Importer<'a> {
    fn new(options: &'a ImportOptions) -> Self {
        let file = std::path::absolute(&options.file).unwrap_or_else(|_| options.file.clone());
        let names = Names { properties: options.properties.clone(), file, ..Names::default() };
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
            feeder_of: BTreeMap::new(),
            played: BTreeSet::new(),
            serial: false,
            parts: BTreeMap::new(),
            lists: BTreeSet::new(),
            extracted: BTreeSet::new(),
            given: BTreeSet::new(),
            early: BTreeSet::new(),
            scripted: scripts::Scripted::default(),
            storing: None,
        }
    }

    /// Remembers the path of every element.
    fn number(&mut self, element: &Element, above: &str) {
        let path = if above.is_empty() { element.title().to_owned() } else { format!("{above}/{}", element.title()) };
        element.children.iter().for_each(|child| self.number(child, &path));
        self.paths.insert(element, path);
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
        let (load, stages, mut drafts) = self.load(plan);
        self.begin_scripted(&mut drafts);
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
