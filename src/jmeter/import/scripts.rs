//! Scripts of a plan, lifted to where they stand.
//!
//! In: script elements. Out: steps before and behind requests, checks, headers. Always holds: a script that is not
//! wholly understood is refused with its first construct that is not known; one that does nothing is told to be so.

use std::collections::BTreeSet;

use super::Importer;
use super::actions::{named, steps_of, told};
use super::data::plain_name;
use super::draft::Draft;
use super::report::Status;
use super::steps::{Scope, asks};
use super::write::{Step, one_line, table};
use crate::jmeter::jmx::Element;
use crate::jmeter::script::{self, Given, Lifted, Role, Surroundings};

/// What scripts of the plan give values.
#[derive(Clone, Debug, Default)]
pub(super) struct Scripted {
    /// Variables that scripts set, as JMeter calls them.
    set: BTreeSet<String>,
    /// Variables of the plan that scripts change, and what is made of them: what they are at first.
    first: Vec<(String, String)>,
}

impl Scripted {
    pub(super) fn learn(&mut self, name: String) {
        self.set.insert(name);
    }

    /// Whether a script sets the variable that JMeter calls `name`.
    pub(super) fn gives(&self, name: &str) -> bool {
        self.set.contains(name)
    }

    /// Whether a script sets the variable that the scenario calls `plain`.
    pub(super) fn sets(&self, plain: &str) -> bool {
        let of_first = self.first.iter().any(|(name, _)| name == plain);
        of_first || self.set.iter().any(|name| plain_name(name) == plain)
    }
}

/// Whether an element's class is one of scripts.
pub(super) fn is_script(class: &str) -> bool {
    ["JSR223", "BeanShell", "BSF"].iter().any(|kind| class.starts_with(kind))
}

/// The script of an element, and whether its language replaces `${x}` in texts itself.
pub(super) fn script_of(element: &Element) -> (String, bool) {
    let text = |name| element.text(name).unwrap_or_default();
    let script =
        [text("script"), text("BeanShellSampler.query"), text("BSFSampler.query"), text("BeanShellAssertion.query")];
    let language = [text("scriptLanguage"), text("BSFSampler.language")].concat();
    let groovy = element.simple_class().starts_with("JSR223") && matches!(language.trim(), "" | "groovy" | "Groovy");
    (script.concat(), groovy)
}

/// Whether the language of a script divides whole numbers as Java does.
fn divides(element: &Element) -> bool {
    let language = ["scriptLanguage", "BSFSampler.language"].map(|name| element.text(name).unwrap_or_default());
    let language = language.concat().to_ascii_lowercase();
    element.simple_class().starts_with("BeanShell")
        || ["beanshell", "bsh", "java", "jexl", "jexl2", "jexl3"].contains(&language.trim())
}

impl Importer<'_> {
    /// Learns which properties the script of `element` sets.
    pub(super) fn learn_script(&mut self, element: &Element) {
        if !is_script(element.simple_class()) {
            return;
        }
        let (script, interpolates) = script_of(element);
        for given in script::given(&script, interpolates) {
            if let Given::Property(name) = given {
                self.learn_property(name);
            }
        }
    }

    /// Learns that something of the plan sets a property: it is a variable here, under a name of its own.
    pub(super) fn learn_property(&mut self, name: String) {
        let plain = plain_name(&name);
        let plain = if self.names.variables.contains_key(&name) { format!("{plain}_property") } else { plain };
        self.names.given_properties.entry(name.clone()).or_insert_with(|| format!("${{{plain}}}"));
        self.fixed.given_properties.entry(name).or_insert_with(|| format!("${{{plain}}}"));
    }

    /// Takes the variables of the plan that scripts change out of those that stay as they are, and what is made of them.
    pub(super) fn settle_scripted(&mut self) {
        for name in &self.scripted.set {
            self.fixed.variables.remove(name);
        }
        let mut moved: BTreeSet<String> = self.scripted.set.iter().map(|name| plain_name(name)).collect();
        let mut left = 0;
        while left != moved.len() {
            left = moved.len();
            for (name, text) in &self.vars {
                let named = || text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
                if named().any(|used| moved.contains(used)) {
                    moved.insert(name.clone());
                }
            }
        }
        let (first, vars) = std::mem::take(&mut self.vars).into_iter().partition(|(name, _)| moved.contains(name));
        (self.scripted.first, self.vars) = (first, vars);
        self.names.constants.clone_from(&self.fixed.variables);
    }

    /// What scenarios begin with, so that the variables that scripts change are what the plan says they are at first.
    pub(super) fn begin_scripted(&mut self, drafts: &mut [Draft]) {
        let first = self.scripted.first.clone();
        if first.is_empty() {
            return;
        }
        let pairs: Vec<(String, String)> = first.iter().map(|(name, value)| (name.clone(), one_line(value))).collect();
        let set = Step::of("set", table(&pairs));
        for draft in drafts {
            draft.steps.insert(0, set.clone().with("once", "true".to_owned()));
        }
        for steps in [&mut self.setup, &mut self.teardown] {
            let names = |value: &str| pairs.iter().any(|(name, _)| value.contains(&format!("${{{name}}}")));
            let mut named = false;
            steps.iter_mut().for_each(|step| {
                step.each(&mut |step| named |= step.keys.iter().any(|(_, value)| names(value)));
            });
            if named {
                steps.insert(0, set.clone());
            }
        }
    }

    /// A script beside samplers: what it does is done around each of them.
    pub(super) fn script(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let role = match element.simple_class() {
            class if class.ends_with("PreProcessor") => Role::Before,
            class if class.ends_with("PostProcessor") => Role::Behind,
            class if class.ends_with("Assertion") => Role::Judge,
            class if class.ends_with("Sampler") => return,
            // Of a timer or a listener nothing is taken.
            _ => Role::Condition,
        };
        let Some(lifted) = self.lifted(element, role, scope) else { return };
        let steps = steps_of(&lifted.actions);
        match role {
            _ if steps.is_empty() => {}
            Role::Condition => self.refuse(element, "JMX105", format!("a script of a {}", element.simple_class())),
            Role::Before => scope.before.extend(steps),
            _ => scope.behind.extend(steps),
        }
        if role != Role::Before {
            self.refuse_crossed(element, &lifted, scope);
            let mut set = Vec::new();
            lifted.actions.iter().for_each(|action| action.names(&mut set));
            // Assertions come behind it in JMeter, wherever they stand.
            if let Some(name) = set.iter().find(|name| role == Role::Behind && asks(&scope.checks, name)) {
                let cause = format!("a change of \"{name}\", which an assertion of the same request looks at,");
                self.refuse(element, "JMX105", format!("script: {cause} is not known"));
            }
            scope.set.extend(set.into_iter().map(str::to_owned));
        }
        scope.headers.extend(lifted.headers.iter().cloned());
        for entry in taken_out(&lifted) {
            // Two scripts that take the same take it once.
            if lifted.gives || !scope.extracts.contains(&entry) {
                scope.extracts.push(entry);
            }
        }
        scope.checks.extend(lifted.checks);
        if !lifted.statuses.is_empty() {
            let also: Vec<String> = lifted.statuses.iter().map(u16::to_string).collect();
            scope.expect = Some(format!("[\"2xx\", \"3xx\", {}]", also.join(", ")));
        }
    }

    /// Refuses what scripts of one request do to each other's names: what they take out of the answer, and what they ask of
    /// it, comes before all that they set.
    fn refuse_crossed(&mut self, element: &Element, lifted: &Lifted, scope: &Scope<'_>) {
        let of = |name: &String| format!("{{ var = {}, ", one_line(name));
        let entries = taken_out(lifted);
        let crossed = |name: &&String| {
            let others = || scope.extracts.iter().filter(|entry| entry.starts_with(&of(name)));
            scope.set.contains(name) || !lifted.gives && others().any(|entry| !entries.contains(entry))
        };
        if let Some(name) = lifted.taken().find(crossed) {
            let cause = format!("\"{name}\", which another script of the same request uses for something else,");
            self.refuse(element, "JMX105", format!("script: {cause} is not known"));
        }
        if let Some(name) = scope.set.iter().find(|name| asks(&lifted.checks, name)) {
            let cause = format!("a failure that depends on \"{name}\", which a script before sets,");
            self.refuse(element, "JMX105", format!("script: {cause} is not known"));
        }
    }

    /// A script in a sampler's place.
    pub(super) fn script_sampler(&mut self, element: &Element, scope: &Scope<'_>) -> Vec<Step> {
        let own = self.enter(element, scope);
        let Some(lifted) = self.lifted(element, Role::Sampler, &own) else { return Vec::new() };
        let steps = steps_of(&lifted.actions);
        if !steps.is_empty() {
            self.approximate(element, "it sets variables and is no sample of its own");
        }
        let mut all = own.before;
        all.extend(steps);
        all.extend(own.behind);
        all
    }

    /// What is done in the place of a script; `None` where it was refused.
    fn lifted(&mut self, element: &Element, role: Role, scope: &Scope<'_>) -> Option<Lifted> {
        let text = |name| element.text(name).unwrap_or_default();
        let parameters = [text("parameters"), text("BeanShellSampler.parameters")].concat();
        let file = [text("filename"), text("BeanShellSampler.filename"), text("BSFSampler.filename")].concat();
        if !file.trim().is_empty() {
            self.refuse(element, "JMX105", format!("script file {}", file.trim()));
            return None;
        }
        let (script, interpolates) = script_of(element);
        let around = Surroundings {
            names: &self.names,
            interpolates,
            taken: &self.names.variables,
            role,
            divides_whole: divides(element),
            parameters: &parameters,
        };
        match script::lift(&script, around) {
            Err(outside) => {
                self.refuse(element, "JMX105", format!("script: {outside} is not known"));
                None
            }
            Ok(lifted) if lifted == Lifted::default() => {
                self.inert(element);
                None
            }
            Ok(lifted) => {
                // What stands before reads what its variables were.
                let first = role == Role::Behind && scope.behind.is_empty();
                let lifted = if first { lifted.directly() } else { lifted };
                self.exact(element);
                named(&lifted).for_each(|text| self.note_early(text));
                lifted.remarks.iter().for_each(|remark| self.remark(element, remark.clone()));
                let done = told(&lifted);
                if !done.is_empty() {
                    self.find(element, (Status::Lifted, ""), format!("it does {done}"));
                }
                Some(lifted)
            }
        }
    }
}

/// What a script takes out of the answer, as entries of `extract`.
fn taken_out(lifted: &Lifted) -> Vec<String> {
    let whole =
        |name: &String| format!("{{ var = {}, regex = '(?s)^.*$', group = 0, default = \"\" }}", one_line(name));
    let member = |(name, path): &(String, String)| {
        format!("{{ var = {}, json = {}, default = \"\" }}", one_line(name), one_line(path))
    };
    let status = |name: &String| {
        format!("{{ var = {}, regex = '^HTTP/\\S+ (\\d+)', in = \"headers\", default = \"\" }}", one_line(name))
    };
    let bodies = lifted.bodies.iter().map(whole);
    bodies.chain(lifted.members.iter().map(member)).chain(lifted.status.iter().map(status)).collect()
}
