//! The tree of a thread group as steps.
//!
//! In: controllers, samplers, and all that stands beside them. Out: [`Step`]s. Always holds: what stands beside a
//! sampler is in scope for every sampler of that controller, earlier ones too; processors and assertions of outer levels
//! come first.

use super::Importer;
use super::actions::steps_of;
use super::assertion::{Asked, is_assertion};
use super::auth::User;
use super::classes::{is_without_effect, serves_others, speaks_otherwise};
use super::data::plain_name;
use super::extract::is_extractor;
use super::report::Status;
use super::scripts::is_script;
use super::taken::Taken;
use super::timer::Pause;
use super::write::{self, Step};
use crate::jmeter::jmx::Element;
use crate::jmeter::script::Action;

/// What is in scope for a sampler.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'e> {
    /// The outermost first.
    pub(super) defaults: Vec<&'e Element>,
    pub(super) headers: Vec<(String, String)>,
    /// Users with their passwords, those that are asked first first.
    pub(super) users: Vec<User<'e>>,
    pub(super) checks: Vec<String>,
    pub(super) extracts: Vec<String>,
    /// The names of what the extracts give.
    pub(super) gives: Vec<String>,
    pub(super) expect: Option<String>,
    pub(super) pause: Option<Pause>,
    /// The longest that a request may take, in milliseconds, beside its own timeout.
    pub(super) limit: Option<u64>,
    /// The names of the rounds' numbers, of the loops around, the outermost first; `None` where rounds have no number.
    pub(super) rounds: Vec<Option<String>>,
    /// Where the nearest controller is a loop with an end: the name of its round's number, if it has several.
    pub(super) in_loop: Option<Option<String>>,
    /// Whether a controller stands around that may be left out, or played several times, in an iteration.
    pub(super) chosen: bool,
    /// What scripts do before and behind each request.
    pub(super) before: Vec<Step>,
    pub(super) behind: Vec<Step>,
    /// The variables that scripts set behind each request.
    pub(super) set: Vec<String>,
}

impl Scope<'_> {
    /// The scope inside of a controller.
    pub(super) fn inside(&self, controller: &Element) -> Self {
        let class = controller.simple_class();
        let always = class.ends_with("ThreadGroup") || matches!(class, "GenericController" | "TransactionController");
        Self { in_loop: None, chosen: self.chosen || !always, ..self.clone() }
    }
}

/// Whether one of `checks` looks at variable `name`.
pub(super) fn asks(checks: &[String], name: &str) -> bool {
    checks.iter().any(|check| check.contains(&format!("${{{name}}}")))
}

impl Importer<'_> {
    /// The steps below `element`.
    pub(super) fn steps<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let scope = self.enter(element, scope);
        let enabled: Vec<&Element> = element.children.iter().filter(|child| child.enabled).collect();
        enabled.into_iter().flat_map(|child| self.step(child, &scope)).collect()
    }

    /// The scope inside `element`: what stands in it beside samplers and controllers.
    pub(super) fn enter<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Scope<'e> {
        let mut scope = scope.clone();
        let enabled = || element.children.iter().filter(|child| child.enabled);
        // Of two that stand beside each other the first counts: it is the last to be laid over the others.
        let laid_over = |child: &&Element| matches!(child.simple_class(), "HeaderManager" | "ConfigTestElement");
        for child in enabled().filter(laid_over).rev() {
            self.configure(child, &mut scope);
        }
        for child in enabled().filter(|child| !laid_over(child)) {
            self.configure(child, &mut scope);
        }
        scope
    }

    fn configure<'e>(&mut self, child: &'e Element, scope: &mut Scope<'e>) {
        let class = child.simple_class();
        match class {
            _ if self.manager(child, scope) => {}
            "ConstantTimer" | "UniformRandomTimer" | "GaussianRandomTimer" | "PoissonRandomTimer" => {
                self.timer(child, scope);
            }
            "SampleTimeout" => self.sample_timeout(child, scope),
            "SyncTimer" => self.told(child, Status::Approx, "users are not held together until so many have come"),
            class if is_assertion(class) => {
                let Asked { checks, expect } = self.assertion(child);
                if let Some(name) = scope.set.iter().find(|name| asks(&checks, name)) {
                    let cause = format!("it looks at \"{name}\", which a script sets behind the request");
                    self.refuse(child, "JMX109", cause);
                }
                scope.checks.extend(checks);
                scope.expect = expect.or(scope.expect.take());
            }
            class if is_extractor(class) => {
                let entries = self.extracts(child);
                for (name, _) in self.variables_of(child) {
                    let parts = self.parts.get(&name).into_iter().flatten();
                    scope.gives.extend(parts.map(|part| plain_name(&format!("{name}_{part}"))));
                    scope.gives.push(plain_name(&name));
                }
                scope.extracts.extend(entries);
                scope.behind.extend(self.behind_extract(child));
            }
            // What stands in a sampler is in its scope, whatever it samples.
            class if is_script(class) && class.ends_with("Sampler") => return,
            class if is_script(class) => self.script(child, scope),
            class if is_without_effect(class) => return self.without_effect(child),
            class if serves_others(class, &child.gui) => {
                self.told(child, Status::Inert, "no request over HTTP reads it");
            }
            "SoapSampler" => self.told(child, Status::Inert, "JMeter does nothing with it since version 3.2"),
            class if speaks_otherwise(class) => {
                self.refuse(child, "JMX102", format!("{class} speaks another protocol than HTTP"));
            }
            _ => return,
        }
        // Nothing that stands in one of these is in the scope of a sampler.
        child.children.iter().filter(|below| below.enabled).for_each(|below| self.without_effect(below));
    }

    /// What has no effect, and all that stands in it.
    pub(super) fn without_effect(&mut self, element: &Element) {
        self.inert(element);
        element.children.iter().filter(|child| child.enabled).for_each(|child| self.without_effect(child));
    }

    pub(super) fn step<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        match element.simple_class() {
            "HTTPSamplerProxy" | "HTTPSampler" | "HTTPSampler2" | "GraphQLHTTPSampler" => {
                let own = self.enter(element, scope);
                self.storing = Some(Vec::new());
                let request = self.request(element, &own);
                let stored = self.storing.take().unwrap_or_default();
                for (name, _) in &stored {
                    let sent = request.keys.iter().filter(|(key, _)| !matches!(*key, "check" | "extract"));
                    if sent.map(|(_, text)| text.matches(&format!("${{{name}}}")).count()).sum::<usize>() > 1 {
                        let cause =
                            format!("\"{name}\" is stored and read in one request: all of it reads what is stored");
                        self.approximate(element, cause);
                    }
                }
                let stored: Vec<Action> = stored.into_iter().map(|(name, value)| Action::Set(name, value)).collect();
                own.before.into_iter().chain(steps_of(&stored)).chain([request]).chain(own.behind).collect()
            }
            class if is_script(class) && class.ends_with("Sampler") => self.script_sampler(element, scope),
            "TestAction" => {
                let own = self.enter(element, scope);
                self.action(element, &own)
            }
            class if is_without_effect(class) || speaks_otherwise(class) => Vec::new(),
            _ => match self.control(element, scope) {
                Some(steps) => steps,
                // A controller that is not known is told of by itself; what it holds is looked at all the same.
                None => {
                    let below = self.steps(element, scope);
                    if below.is_empty() { Vec::new() } else { vec![Step { steps: below, ..Step::default() }] }
                }
            },
        }
    }

    /// An action of the test's own: a pause, or the end of something.
    fn action(&mut self, element: &Element, scope: &Scope<'_>) -> Vec<Step> {
        let taken = Taken::new(element);
        let stop = |what: &str| vec![Step::of("stop", write::text(what))];
        let whole_test = taken.text("ActionProcessor.target").trim() == "2";
        let steps = match taken.text("ActionProcessor.action").trim() {
            "1" => {
                let mut pause = scope.pause.unwrap_or_default();
                pause.add(self.delay(element, ("ActionProcessor.duration", taken.text("ActionProcessor.duration"))));
                if pause.is_nothing() { Vec::new() } else { vec![Step::of("pause", pause.text())] }
            }
            "0" | "2" if whole_test => stop("run"),
            "" | "0" | "2" => stop("user"),
            action @ ("3" | "4") => {
                if action == "4" && (!scope.rounds.is_empty() || scope.in_loop.is_some()) {
                    let told = "it ends the iteration, and not the round of the loop that it stands in";
                    self.approximate(element, told);
                }
                stop("iteration")
            }
            action => {
                self.refuse(
                    element,
                    "JMX109",
                    format!("ActionProcessor.action={action}: only a pause and a stop are known"),
                );
                Vec::new()
            }
        };
        taken.ignore(&["ActionProcessor.duration"]);
        self.finish(&taken);
        steps
    }
}
