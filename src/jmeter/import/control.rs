//! Controllers as structures.
//!
//! In: controllers. Out: steps with steps in them. Always holds: a controller that chooses among its children chooses
//! among as many here; what is spread over all threads in JMeter and counted for each user here says so.

use super::Importer;
use super::data::plain_name;
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
                self.steps(element, scope)
            }
            "CriticalSectionController" => {
                let taken = Taken::new(element);
                taken.ignore(&["CriticalSectionController.lockName"]);
                self.approximate(element, "nothing is locked: users go through it at the same time");
                self.finish(&taken);
                self.steps(element, scope)
            }
            "OnceOnlyController" => {
                self.finish(&Taken::new(element));
                let mut steps = self.steps(element, scope);
                for step in steps.iter_mut().filter(|step| step.key("once").is_none()) {
                    step.keys.push(("once", "true".to_owned()));
                }
                steps
            }
            "TransactionController" => self.transaction(element, scope),
            "LoopController" => self.repeated(element, scope),
            "IfController" => self.conditional(element, scope),
            "WhileController" => self.during(element, scope),
            "ForeachController" => self.for_each(element, scope),
            "RandomController" | "InterleaveControl" | "RandomOrderController" => self.choice(element, scope),
            "SwitchController" => self.switch(element, scope),
            "WeightedSwitchController" => self.weighted(element, scope),
            "ThroughputController" => self.throughput(element, scope),
            "RunTime" => self.run_time(element, scope),
            _ => return None,
        })
    }

    /// A structure with the steps below `element`; without a key they stand by themselves.
    fn block<'e>(&mut self, element: &'e Element, scope: &Scope<'e>, key: Option<(&'static str, String)>) -> Vec<Step> {
        let steps = self.steps(element, scope);
        match key {
            _ if steps.is_empty() => Vec::new(),
            Some((key, value)) => {
                let block = Step { steps, ..Step::of(key, value) };
                let place: super::Place = element;
                match self.next.get(&place).filter(|feeders| !feeders.is_empty()) {
                    Some(feeders) => vec![block.with("next", format!("[{}]", feeders.join(", ")))],
                    None => vec![block],
                }
            }
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
            Some("-1") => Some(("repeat", WITHOUT_END.to_owned())),
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

    fn during<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let condition = self.condition(element, taken.text("WhileController.condition"));
        self.finish(&taken);
        let key = condition.map(|condition| ("while", write::text(&condition)));
        self.block(element, scope, key)
    }

    fn for_each<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let (list, each) = (taken.text("ForeachController.inputVal"), taken.text("ForeachController.returnVal"));
        if !taken.truth("ForeachController.useSeparator", true) {
            self.refuse(element, "JMX109", "ForeachController.useSeparator=false");
        }
        if !self.lists.contains(list) {
            self.refuse(
                element,
                "JMX109",
                format!("\"{list}\" is no list that an extractor with match number -1 gives"),
            );
        }
        taken.ignore(&["ForeachController.endIndex"]);
        if !taken.text("ForeachController.endIndex").trim().is_empty() {
            self.approximate(element, "it goes to the end of the list, and not to its end index");
        }
        self.finish(&taken);
        let plain = plain_name(each);
        self.names.variables.insert(each.to_owned(), format!("${{{plain}}}"));
        let mut blocks = self.block(element, scope, Some(("foreach", write::text(&self.list_name(list)))));
        blocks.iter_mut().for_each(|block| block.keys.push(("as", write::text(&plain))));
        blocks
    }

    /// The children among which a controller chooses, with their names; several steps of one are one.
    fn arms<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<(String, Step)> {
        let scope = self.enter(element, scope);
        let mut arms = Vec::new();
        for child in element.children.iter().filter(|child| child.enabled) {
            let mut steps = self.step(child, &scope);
            match steps.len() {
                0 => {}
                1 => arms.extend(steps.pop().map(|step| (child.title().to_owned(), step))),
                _ => arms.push((child.title().to_owned(), Step::together(steps))),
            }
        }
        arms
    }

    fn choice<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["InterleaveControl.style"]);
        if taken.truth("InterleaveControl.accrossThreads", false) {
            self.approximate(element, "each user takes its own turns");
        }
        self.finish(&taken);
        let kind = match element.simple_class() {
            "RandomController" => "weighted",
            "RandomOrderController" => "shuffled",
            _ => "in_turn",
        };
        let steps: Vec<Step> = self.arms(element, scope).into_iter().map(|(_, step)| step).collect();
        let pick = Step { steps, ..Step::of("pick", write::text(kind)) };
        if pick.steps.is_empty() { Vec::new() } else { vec![pick] }
    }

    /// A switch: by number, or by name, as a chain of conditions.
    fn switch<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let text = taken.text("SwitchController.value").trim();
        let known = self.fixed.constant(text);
        let value = self.template(element, text);
        self.finish(&taken);
        let mut arms = self.arms(element, scope);
        let chosen = |value: &str, arms: &[(String, Step)]| {
            let by_name = || arms.iter().position(|(name, _)| name == value);
            let by_default = || arms.iter().position(|(name, _)| name.eq_ignore_ascii_case("default"));
            match value.trim().parse::<usize>() {
                Ok(number) => Some(number).filter(|number| *number < arms.len()).or(Some(0)),
                Err(_) if value.trim().is_empty() => Some(0),
                Err(_) => by_name().or_else(by_default),
            }
        };
        if let Some(known) = known {
            let at = chosen(&known, &arms).filter(|at| *at < arms.len());
            return at.map(|at| arms.swap_remove(at).1).into_iter().collect();
        }
        let default = arms.iter().position(|(name, _)| name.eq_ignore_ascii_case("default"));
        let mut chain: Vec<Step> = default.map(|at| arms[at].1.clone()).into_iter().collect();
        for (at, (name, step)) in arms.into_iter().enumerate().rev().filter(|(at, _)| Some(*at) != default) {
            let quoted = name.replace('\'', "''");
            let condition = format!("{value} == {at} or {value} == '{quoted}'");
            let branch = Step { steps: vec![step], otherwise: chain, ..Step::of("if", write::text(&condition)) };
            chain = vec![branch];
        }
        self.approximate(element, "a number beyond its children chooses none, where JMeter takes the first");
        chain
    }

    fn weighted<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["Weights"]);
        let weights: Vec<(String, String)> = element
            .property("Weights")
            .map(crate::jmeter::jmx::Property::parts)
            .unwrap_or_default()
            .iter()
            .map(|row| {
                let mut cells = row.parts().iter().filter_map(|cell| cell.text().map(str::to_owned));
                (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
            })
            .collect();
        if !taken.truth("IsRandomChoice", false) {
            self.approximate(element, "children are drawn by weight, where JMeter spreads them evenly");
        }
        self.finish(&taken);
        let mut steps = Vec::new();
        for (name, mut step) in self.arms(element, scope) {
            let text = weights.iter().find(|(known, _)| *known == name).map_or("0", |(_, weight)| weight.as_str());
            match self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok()) {
                // One that weighs nothing is never played.
                Some(weight) if weight < 0.5 => continue,
                Some(weight) => step.keys.insert(0, ("weight", format!("{}", weight.round()))),
                None => self.refuse(element, "JMX109", format!("weight {text} of {name} is no number that is known")),
            }
            steps.push(step);
        }
        let pick = Step { steps, ..Step::of("pick", write::text("weighted")) };
        if pick.steps.is_empty() { Vec::new() } else { vec![pick] }
    }

    fn throughput<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        if taken.text("ThroughputController.style").trim() != "1" {
            self.refuse(element, "JMX109", "a number of executions in all: only a share in percent is known");
        }
        taken.ignore(&["ThroughputController.maxThroughput"]);
        let text = taken.text("ThroughputController.percentThroughput");
        let percent = self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok());
        if !taken.truth("ThroughputController.perThread", false) {
            self.approximate(element, "the share is counted for each user, not over all of them");
        }
        if percent.is_none() {
            self.refuse(
                element,
                "JMX109",
                format!("percentThroughput={text} is no number that is known before the test"),
            );
        }
        self.finish(&taken);
        match percent {
            Some(percent) if percent >= 100.0 => self.steps(element, scope),
            Some(percent) if percent > 0.0 => self.block(element, scope, Some(("percent", format!("{percent:?}")))),
            // What is never played is looked at all the same.
            _ => {
                let _never = self.steps(element, scope);
                Vec::new()
            }
        }
    }

    fn run_time<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        let seconds = self.whole(element, ("RunTime.seconds", taken.text("RunTime.seconds")));
        self.finish(&taken);
        let key = seconds.map(|seconds| ("for", write::text(&format!("{seconds}s"))));
        self.block(element, scope, key)
    }
}
