//! What is said of a plan as a whole.
//!
//! In: the plan, what was typed, and the account. Out: the top of the scenario, and what the plan makes of properties.
//! Always holds: what was left out stands in the scenario.

use std::fmt::Write as _;

use super::report::{Report, Status};
use super::{ImportOptions, Importer, write};
use crate::jmeter::jmx::{Element, Jmx};

/// What stands above the load.
pub(super) fn head(jmx: &Jmx, options: &ImportOptions, report: &Report) -> String {
    let mut out = String::new();
    let name = options.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    write::comment(&mut out, &format!("{}, from {name}", jmx.plan.title()));
    write::comment(&mut out, jmx.plan.text("TestPlan.comments").unwrap_or_default());
    out.push_str("\n# The plan does not say what is asked of the service: add for example \"p95<=200ms for all\".\n");
    out.push_str("gate = [\"success-rate>=99%\"]\n");
    let left_out: Vec<String> = report.left_out().iter().map(|what| write::one_line(what)).collect();
    if !left_out.is_empty() {
        let _infallible = writeln!(out, "left_out = [\n    {},\n]", left_out.join(",\n    "));
    }
    out
}

impl Importer<'_> {
    /// Tells of properties that were given and that the plan never reads.
    pub(super) fn tell_unread(&mut self, plan: &Element) {
        let asked = |name: &String| [&self.names, &self.fixed].iter().any(|names| names.asked.borrow().contains(name));
        let unread: Vec<String> = self.options.properties.keys().filter(|name| !asked(name)).cloned().collect();
        for name in unread {
            let fixed = if self.names.variables.contains_key(&name) {
                format!(
                    "; it has a variable of that name, which is not the property: write ${{__P({name},...)}} as its value"
                )
            } else {
                String::new()
            };
            self.find(
                plan,
                (Status::Exact, ""),
                format!("property {name} changes nothing: the plan never reads it{fixed}"),
            );
        }
    }
}
