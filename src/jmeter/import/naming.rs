//! Names of steps, of variables that begin empty, and of files.
//!
//! In: what the plan calls things. Out: what the scenario calls them. Always holds: two steps have different names; a file
//! is named so that it is found from where the scenario will lie.

use std::path::Path;

use super::Importer;
use crate::jmeter::jmx::Element;

impl Importer<'_> {
    /// Gives what is named before an answer gives it a value to begin with.
    pub(super) fn begin_empty(&mut self, plan: &Element) {
        for name in std::mem::take(&mut self.early) {
            if !self.scripted.sets(&name) && !self.vars.iter().any(|(known, _)| *known == name) {
                self.approximate(
                    plan,
                    format!("{name} is empty until an answer gives it, where JMeter sends ${{{name}}}"),
                );
                self.vars.push((name, String::new()));
            }
        }
    }

    /// A name that no other step has.
    pub(super) fn step_name(&mut self, element: &Element) -> String {
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

    /// A file as the plan's folder knows it, where it is named with that folder before it.
    pub(super) fn beside_plan(&self, file: String) -> String {
        let folder = self.names.file.parent().map(|folder| folder.to_string_lossy().replace('\\', "/"));
        let inside = folder.and_then(|folder| file.strip_prefix(&folder)?.strip_prefix('/'));
        inside.map_or_else(|| file.clone(), |inside| inside.trim_start_matches('/').to_owned())
    }

    /// A file beside the plan, as a scenario in another folder names it.
    pub(super) fn file_from_scenario(&self, name: &str) -> String {
        let beside = self.options.file.parent().unwrap_or_else(|| Path::new(""));
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        match &self.options.folder {
            // A drive's letter begins a path that is absolute wherever the plan was written.
            Some(folder)
                if whole(folder) != whole(beside) && Path::new(name).is_relative() && name.get(1..2) != Some(":") =>
            {
                whole(&beside.join(name)).to_string_lossy().replace('\\', "/")
            }
            _ => name.to_owned(),
        }
    }

    /// Whether a file that the plan names is there, where JMeter looks for it.
    pub(super) fn file_is_there(&self, name: &str) -> bool {
        let beside = self.options.file.parent().unwrap_or_else(|| Path::new("")).join(name);
        Path::new(name).is_file() || beside.is_file()
    }
}
