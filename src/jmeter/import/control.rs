//! Controllers as structures.
//!
//! In: controllers. Out: steps with steps in them. Always holds: what JMeter plays in the first round of a loop, or once
//! for each thread, is played as often here.

use super::Importer;
use super::expand::NOT_FOUND;
use super::steps::Scope;
use super::taken::Taken;
use super::write::{self, Step};
use crate::jmeter::jmx::Element;

/// How a loop without end is marked until it is known where it stands.
pub(super) const WITHOUT_END: &str = "0 # without end";

impl Importer<'_> {
    /// A controller as a structure; `None` where its class is not known.
    pub(super) fn control<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Option<Vec<Step>> {
        let (outer, scope) = (scope, &scope.inside(element));
        Some(match element.simple_class() {
            "GenericController" | "RecordingController" | "ModuleController" | "IncludeController" => {
                let taken = Taken::new(element);
                taken.ignore(&["ModuleController.node_path", "IncludeController.includepath", NOT_FOUND]);
                if taken.truth(NOT_FOUND, false) {
                    let (id, cause) = match element.text("IncludeController.includepath") {
                        Some(file) => ("JMX108", format!("file \"{file}\" is not there, or is no part of a plan")),
                        None => ("JMX109", "what it points to is not in the plan".to_owned()),
                    };
                    self.refuse(element, id, cause);
                }
                self.finish(&taken);
                self.block(element, scope, None)
            }
            "CriticalSectionController" => {
                let taken = Taken::new(element);
                taken.ignore(&["CriticalSectionController.lockName"]);
                self.approximate(element, "nothing is locked: users go through it at the same time");
                self.finish(&taken);
                self.block(element, scope, None)
            }
            "ParallelSampler" => {
                let taken = Taken::new(element);
                taken.ignore(&["PARENT_SAMPLE", "MAX_THREAD_NUMBER", "LIMIT_MAX_THREAD_NUMBER"]);
                self.approximate(element, "its requests are sent one after the other");
                self.finish(&taken);
                self.block(element, scope, None)
            }
            "OnceOnlyController" => self.once_only(element, outer),
            "TransactionController" => self.transaction(element, scope),
            "LoopController" => self.repeated(element, scope),
            "IfController" => self.conditional(element, scope),
            "WhileController" => self.during(element, scope),
            "ForeachController" => self.for_each(element, scope),
            "RandomController" | "InterleaveControl" | "RandomOrderController" => self.choice(element, scope),
            "SwitchController" => self.switch(element, scope),
            "WeightedSwitchController" => self.weighted(element, scope),
            "ThroughputController" => self.throughput(element, outer),
            "RunTime" => self.run_time(element, scope),
            _ => return None,
        })
    }

    /// A structure with the steps below `element`; without a key they stand by themselves.
    pub(super) fn block<'e>(
        &mut self,
        element: &'e Element,
        scope: &Scope<'e>,
        key: Option<(&'static str, String)>,
    ) -> Vec<Step> {
        let steps = self.steps(element, scope);
        match key {
            _ if steps.is_empty() => Vec::new(),
            Some((key, value)) => {
                let block = Step { steps, ..Step::of(key, value) };
                match self.next_of(element) {
                    Some(feeders) => vec![block.with("next", feeders)],
                    None => vec![block],
                }
            }
            None => match self.next_of(element) {
                Some(feeders) => vec![Step::together(steps).with("next", feeders)],
                None => steps,
            },
        }
    }

    /// The feeders whose next row is taken whenever the steps of `element` begin.
    fn next_of(&self, element: &Element) -> Option<String> {
        let place: super::Place = element;
        let feeders = self.next.get(&place).filter(|feeders| !feeders.is_empty())?;
        Some(format!("[{}]", feeders.join(", ")))
    }

    /// What is played in the first round of the loop that it stands in, or else in a user's first iteration.
    fn once_only<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        self.finish(&Taken::new(element));
        let steps = self.steps(element, &scope.inside(element));
        let rounds: Vec<&String> = if let Some(round) = &scope.in_loop {
            round.iter().collect()
        } else {
            if scope.rounds.contains(&None) {
                self.approximate(element, "it is played in each round of the loop around it, in the first iteration");
            }
            scope.rounds.iter().flatten().collect()
        };
        let first: Vec<String> = rounds.iter().map(|round| format!("${{{round}}} == 0")).collect();
        let mut steps = match first.as_slice() {
            rounds if steps.is_empty() || rounds.is_empty() => steps,
            rounds => vec![Step { steps, ..Step::of("if", write::text(&rounds.join(" and "))) }],
        };
        for step in steps.iter_mut().filter(|step| scope.in_loop.is_none() && step.key("once").is_none()) {
            step.keys.push(("once", "true".to_owned()));
        }
        steps
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
            Some("-1") => Some(("repeat", WITHOUT_END.to_owned())),
            _ => Some(("repeat", {
                let template = self.template(element, loops);
                if template.parse::<u64>().is_ok() { template } else { write::text(&template) }
            })),
        };
        self.finish(&taken);
        let round = self.round_name(scope);
        let counted = key.as_ref().is_some_and(|(_, loops)| loops != WITHOUT_END);
        let mut below = scope.clone();
        below.in_loop = (key.is_none() || counted).then(|| counted.then(|| round.clone()));
        below.rounds.extend(counted.then(|| Some(round.clone())));
        let mut blocks = self.block(element, &below, key);
        let named = format!("${{{round}}}");
        for block in blocks.iter_mut().filter(|block| block.key("repeat").is_some()) {
            let mut found = false;
            block.each(&mut |step| found |= step.keys.iter().any(|(_, value)| value.contains(&named)));
            if found {
                block.keys.push(("as", write::text(&round)));
            }
        }
        blocks
    }

    /// A name for the number of a loop's round that nothing else has.
    fn round_name(&self, scope: &Scope<'_>) -> String {
        let depth = scope.rounds.len();
        let mut name = if depth == 0 { "round".to_owned() } else { format!("round_{}", depth + 1) };
        while self.names.variables.values().any(|known| known.contains(&format!("${{{name}}}"))) {
            name.push('_');
        }
        name
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

    fn during<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let text = taken.text("WhileController.condition").trim();
        self.finish(&taken);
        if matches!(text, "" | "LAST") {
            let cause = "it goes on until a sample fails: say in its condition what ends it";
            self.refuse(element, "JMX109", cause);
            drop(self.steps(element, scope));
            return Vec::new();
        }
        let known = self.fixed.constant(text).map(|text| text.trim().to_ascii_lowercase());
        let condition = self.condition(element, text);
        let mut below = scope.clone();
        below.rounds.push(None);
        let blocks = self.block(element, &below, condition.map(|condition| ("while", write::text(&condition))));
        // Only a text that is "false" ends it.
        let mut leaves = false;
        blocks.clone().iter_mut().for_each(|block| block.each(&mut |step| leaves |= step.key("stop").is_some()));
        if known.is_some_and(|known| known != "false") && !leaves {
            self.refuse(element, "JMX113", format!("condition {text} is never \"false\", so it never ends"));
        }
        blocks
    }

    fn run_time<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let seconds = self.whole(element, ("RunTime.seconds", taken.text("RunTime.seconds")));
        self.finish(&taken);
        let key = seconds.map(|seconds| ("for", write::text(&format!("{seconds}s"))));
        let mut below = scope.clone();
        below.rounds.push(None);
        self.block(element, &below, key)
    }
}
