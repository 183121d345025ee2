//! A plan of JMeter's as a scenario.
//!
//! In: a [`Jmx`], where it lies, and what was typed. Out: an [`Import`]: the scenario as TOML, and an account of every
//! element. Always holds: an element is translated, told to have no effect, or refused with its id, path and line; a
//! plan with anything refused has no scenario, unless that was let pass.
//!
//! ```text
//! names (variables, columns, extracted values) --> load (thread groups) --> steps (samplers with what is in scope) --> TOML
//! ```

mod assertion;
mod condition;
mod data;
mod extract;
mod head;
mod load;
pub mod report;
mod request;
mod scripts;
mod sound;
mod steps;
mod taken;
mod target;
#[cfg(test)]
mod tests;
pub mod trial;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::jmeter::function::{Names, Remark, Translated};
use crate::jmeter::jmx::{Element, Jmx};
pub(crate) use data::plain_name;
use report::{Counts, Finding, Need, Report, Status};
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
    let mut importer = Importer::new(options);
    importer.number(&jmx.plan, "");
    importer.data(&jmx.plan);
    importer.settle_scripted(&jmx.plan);
    let body = importer.plan(&jmx.plan);
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
    scripted: scripts::Scripted,
}

impl<'a> Importer<'a> {
    fn new(options: &'a ImportOptions) -> Self {
        let names = Names { properties: options.properties.clone(), ..Names::default() };
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
            scripted: scripts::Scripted::default(),
        }
    }

    /// Remembers the path of every element.
    fn number(&mut self, element: &Element, above: &str) {
        let path = if above.is_empty() { element.title().to_owned() } else { format!("{above}/{}", element.title()) };
        element.children.iter().for_each(|child| self.number(child, &path));
        self.paths.insert(element, path);
    }

    fn find(&mut self, element: &Element, (status, id): (Status, &'static str), cause: impl Into<String>) {
        let finding = (status, id, cause.into());
        let all = self.found.entry(element).or_default();
        if !all.contains(&finding) {
            all.push(finding);
        }
    }

    fn refuse(&mut self, element: &Element, id: &'static str, cause: impl Into<String>) {
        self.find(element, (Status::Refused, id), cause);
    }

    fn approximate(&mut self, element: &Element, cause: impl Into<String>) {
        self.find(element, (Status::Approx, "JMX201"), cause);
    }

    /// Says that an element was looked at, and has no effect.
    fn inert(&mut self, element: &Element) {
        self.find(element, (Status::Inert, ""), "");
    }

    fn exact(&mut self, element: &Element) {
        self.find(element, (Status::Exact, ""), "");
    }

    /// `text` as a template; what is to be told of it is told of `element`.
    fn template(&mut self, element: &Element, text: &str) -> String {
        let Translated { text, remarks } = self.names.template(text);
        remarks.into_iter().for_each(|remark| self.remark(element, remark));
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

    /// Refuses what an element says and nobody asked for.
    fn finish(&mut self, taken: &Taken<'_>) {
        for left in taken.rest() {
            self.refuse(taken.element, "JMX109", format!("{left} is not known"));
        }
        self.exact(taken.element);
    }

    /// The account of every element, in the plan's order.
    fn report(mut self, jmx: &Jmx) -> Report {
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

    /// Everything below the comment at the top.
    fn plan(&mut self, plan: &Element) -> String {
        let taken = Taken::new(plan);
        taken.ignore(&["TestPlan.user_defined_variables", "TestPlan.tearDown_on_shutdown", "TestPlan.functional_mode"]);
        if taken.truth("TestPlan.serialize_threadgroups", false) && load::groups(plan).len() > 1 {
            self.refuse(plan, "JMX109", "TestPlan.serialize_threadgroups=true: groups one after another are not known");
        }
        if !taken.text("TestPlan.user_define_classpath").trim().is_empty() {
            self.approximate(plan, "the class path is for Java code, and none is run");
        }
        self.finish(&taken);
        let (load, scenarios) = self.load(plan);
        let mut out = String::new();
        if let Some(host) = &self.host {
            let _infallible = writeln!(out, "\n[target]\nhost = {}", write::text(host));
        }
        let _infallible = writeln!(out, "\n[load]");
        write::keys(&mut out, &load);
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

    /// A name that no other step has.
    fn step_name(&mut self, element: &Element) -> String {
        let plain: String = element.title().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let plain = if ["all", "iteration"].contains(&plain.trim()) { format!("{} step", plain.trim()) } else { plain };
        let numbered = (2..).map(|n| format!("{} {n}", plain.trim()));
        let name = std::iter::once(plain.trim().to_owned()).chain(numbered).find(|name| !self.steps.contains(name));
        let name = name.unwrap_or(plain);
        if name != element.title() {
            self.approximate(element, format!("it is reported as \"{name}\": steps have different names"));
        }
        self.steps.insert(name.clone());
        name
    }

    /// A file beside the plan, as a scenario in another folder names it.
    fn file_from_scenario(&self, name: &str) -> String {
        let beside = self.options.file.parent().unwrap_or_else(|| Path::new(""));
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        match &self.options.folder {
            Some(folder) if whole(folder) != whole(beside) && Path::new(name).is_relative() => {
                whole(&beside.join(name)).to_string_lossy().replace('\\', "/")
            }
            _ => name.to_owned(),
        }
    }

    /// Whether a file that the plan names is there, where JMeter looks for it.
    fn file_is_there(&self, name: &str) -> bool {
        let beside = self.options.file.parent().unwrap_or_else(|| Path::new("")).join(name);
        Path::new(name).is_file() || beside.is_file()
    }
}
