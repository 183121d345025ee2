//! The tree of a thread group as steps.
//!
//! In: controllers, samplers, and all that stands beside them. Out: [`Step`]s. Always holds: what stands beside a
//! sampler is in scope for every sampler of that controller, earlier ones too; processors and assertions of outer levels
//! come first.

use super::Importer;
use super::assertion::{Asked, is_assertion};
use super::data::plain_name;
use super::extract::is_extractor;
use super::report::Status;
use super::request::known_defaults;
use super::scripts::is_script;
use super::taken::Taken;
use super::write::{self, Step};
use crate::jmeter::import::load::Pause;
use crate::jmeter::jmx::{Element, Property};

/// Samplers that speak something else than HTTP.
const OTHER_PROTOCOLS: [&str; 14] = [
    "JDBCSampler",
    "JMSSampler",
    "PublisherSampler",
    "SubscriberSampler",
    "TCPSampler",
    "FTPSampler",
    "LDAPSampler",
    "LDAPExtSampler",
    "SmtpSampler",
    "MailReaderSampler",
    "SystemSampler",
    "JUnitSampler",
    "WebDriverSampler",
    "AjpSampler",
];
/// What shows results, records, or is only of JMeter's window.
const WITHOUT_EFFECT: [&str; 10] = [
    "ResultCollector",
    "Summariser",
    "WorkBench",
    "ProxyControl",
    "MirrorServer",
    "DebugSampler",
    "DebugPostProcessor",
    "PropertyControl",
    "ViewResultsFullVisualizer",
    "TestFragmentController",
];

/// What is in scope for a sampler.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'e> {
    /// The outermost first.
    pub(super) defaults: Vec<&'e Element>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) checks: Vec<String>,
    pub(super) extracts: Vec<String>,
    pub(super) expect: Option<String>,
    pub(super) pause: Option<Pause>,
    pub(super) once: bool,
    /// What scripts do before and behind each request.
    pub(super) before: Vec<Step>,
    pub(super) behind: Vec<Step>,
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
        for child in element.children.iter().filter(|child| child.enabled) {
            self.configure(child, &mut scope);
        }
        scope
    }

    fn configure<'e>(&mut self, child: &'e Element, scope: &mut Scope<'e>) {
        let class = child.simple_class();
        match class {
            "HeaderManager" => self.header_manager(child, scope),
            "ConfigTestElement" if child.gui.ends_with("HttpDefaultsGui") => {
                let taken = Taken::new(child);
                known_defaults(&taken);
                taken.ignore(&[
                    "HTTPSampler.image_parser",
                    "HTTPSampler.follow_redirects",
                    "HTTPSampler.use_keepalive",
                ]);
                self.finish(&taken);
                scope.defaults.push(child);
            }
            "CacheManager" => self.told(child, Status::Approx, "nothing is cached: every request is sent"),
            "DNSCacheManager" => self.told(child, Status::Approx, "names are resolved once, at the start"),
            "BackendListener" => self.told(child, Status::Approx, "it is not fed: the report is in the run's folder"),
            "AuthManager" => self.auth_manager(child, scope),
            "ConstantTimer" | "UniformRandomTimer" | "GaussianRandomTimer" | "PoissonRandomTimer" => {
                self.timer(child, scope);
            }
            class if is_assertion(class) => {
                let Asked { checks, expect } = self.assertion(child);
                scope.checks.extend(checks);
                scope.expect = expect.or(scope.expect.take());
            }
            class if is_extractor(class) => {
                let entries = self.extracts(child);
                scope.extracts.extend(entries);
            }
            class if is_script(class) => self.script(child, scope),
            class if WITHOUT_EFFECT.contains(&class) || class.ends_with("ResultCollector") => self.inert(child),
            class if OTHER_PROTOCOLS.contains(&class) => {
                self.refuse(child, "JMX102", format!("{class} speaks another protocol than HTTP"));
            }
            _ => {}
        }
    }

    fn step<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        match element.simple_class() {
            "HTTPSamplerProxy" | "HTTPSampler" | "HTTPSampler2" => {
                let own = self.enter(element, scope);
                let request = self.request(element, &own);
                own.before.into_iter().chain([request]).chain(own.behind).collect()
            }
            class if is_script(class) && class.ends_with("Sampler") => self.script_sampler(element, scope),
            "GenericController" | "RecordingController" => {
                self.finish(&Taken::new(element));
                self.steps(element, scope)
            }
            "OnceOnlyController" => {
                self.finish(&Taken::new(element));
                self.steps(element, &Scope { once: true, ..scope.clone() })
            }
            "TransactionController" => self.transaction(element, scope),
            "LoopController" => self.repeated(element, scope),
            "IfController" => self.conditional(element, scope),
            "TestAction" => self.pause(element),
            "WhileController" => {
                let taken = Taken::new(element);
                let condition = self.condition(element, taken.text("WhileController.condition"));
                self.finish(&taken);
                let key = condition.map(|condition| ("while", write::text(&condition)));
                self.block(element, scope, key)
            }
            "ForeachController" => self.for_each(element, scope),
            "RandomController" | "InterleaveControl" => {
                let taken = Taken::new(element);
                taken.ignore(&["InterleaveControl.style", "InterleaveControl.accrossThreads"]);
                self.finish(&taken);
                let kind = if element.is("RandomController") { "weighted" } else { "in_turn" };
                self.block(element, scope, Some(("pick", write::text(kind))))
            }
            // A controller that is not known is told of by itself; what it holds is looked at all the same.
            _ => {
                let below = self.steps(element, scope);
                if below.is_empty() { Vec::new() } else { vec![Step { steps: below, ..Step::default() }] }
            }
        }
    }

    /// An action of the test's own: only a pause is known.
    fn pause(&mut self, element: &Element) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["ActionProcessor.target"]);
        let millis = self.whole(element, ("ActionProcessor.duration", taken.text("ActionProcessor.duration")));
        if taken.text("ActionProcessor.action") != "1" {
            self.refuse(element, "JMX109", "an action that stops something: only a pause is known");
        }
        self.finish(&taken);
        let pause = millis.filter(|millis| *millis > 0).map(|millis| write::text(&format!("{millis}ms")));
        pause.map(|pause| Step::of("pause", pause)).into_iter().collect()
    }

    /// A structure with the steps below `element`; without a key they stand by themselves.
    fn block<'e>(&mut self, element: &'e Element, scope: &Scope<'e>, key: Option<(&'static str, String)>) -> Vec<Step> {
        let steps = self.steps(element, scope);
        match key {
            _ if steps.is_empty() => Vec::new(),
            Some((key, value)) => vec![Step { steps, ..Step::of(key, value) }],
            None => steps,
        }
    }

    fn transaction<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["TransactionController.parent"]);
        if taken.truth("TransactionController.includeTimers", true) {
            self.approximate(element, "pauses are no part of the transaction's time");
        }
        self.finish(&taken);
        let name = self.step_name(element);
        self.block(element, scope, Some(("group", write::text(&name))))
    }

    fn repeated<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["LoopController.continue_forever"]);
        let loops = taken.text("LoopController.loops").trim();
        let key = match self.fixed.constant(loops).as_deref() {
            Some("1") => None,
            Some("-1") => {
                self.refuse(element, "JMX112", "it never ends");
                None
            }
            _ => Some(("repeat", {
                let template = self.template(element, loops);
                if template.parse::<u64>().is_ok() { template } else { write::text(&template) }
            })),
        };
        self.finish(&taken);
        self.block(element, scope, key)
    }

    fn conditional<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["IfController.useExpression"]);
        if taken.truth("IfController.evaluateAll", false) {
            self.approximate(element, "the condition is looked at once, not before each of its steps");
        }
        let condition = self.condition(element, taken.text("IfController.condition"));
        self.finish(&taken);
        self.block(element, scope, condition.map(|condition| ("if", write::text(&condition))))
    }

    fn for_each<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let (list, each) = (taken.text("ForeachController.inputVal"), taken.text("ForeachController.returnVal"));
        if !taken.truth("ForeachController.useSeparator", true) {
            self.refuse(element, "JMX109", "ForeachController.useSeparator=false");
        }
        self.finish(&taken);
        let plain = plain_name(each);
        self.names.variables.insert(each.to_owned(), format!("${{{plain}}}"));
        let mut blocks = self.block(element, scope, Some(("foreach", write::text(&plain_name(list)))));
        blocks.iter_mut().for_each(|block| block.keys.push(("as", write::text(&plain))));
        blocks
    }

    fn header_manager(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(element);
        for header in taken.property("HeaderManager.headers").map(Property::parts).unwrap_or_default() {
            let (name, value) = (header.part("Header.name").unwrap_or_default(), header.part("Header.value"));
            if !name.trim().is_empty() {
                scope.headers.push((name.trim().to_owned(), value.unwrap_or_default().to_owned()));
            }
        }
        self.finish(&taken);
    }

    fn auth_manager(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(element);
        taken.ignore(&["AuthManager.controlledByThreadGroup", "AuthManager.clearEachIteration"]);
        let all = taken.property("AuthManager.auth_list").map(Property::parts).unwrap_or_default();
        match all {
            [one] if matches!(one.part("Authorization.mechanism"), None | Some("" | "BASIC" | "BASIC_DIGEST")) => {
                let part = |name| one.part(name).unwrap_or_default();
                let (user, password) = (part("Authorization.username"), part("Authorization.password"));
                let value = format!("Basic ${{__base64Encode({user}:{password})}}");
                scope.headers.push(("Authorization".to_owned(), value));
                self.approximate(element, "the user and password go with every request in scope, whatever its address");
            }
            [] => {}
            _ => self.refuse(element, "JMX109", "several users, or another mechanism than BASIC"),
        }
        self.finish(&taken);
    }
}
