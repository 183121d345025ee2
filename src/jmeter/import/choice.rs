//! Controllers that choose what is played.
//!
//! In: random, interleave, switch, weighted switch and throughput controllers. Out: steps. Always holds: a controller that
//! chooses among its children chooses among as many here; what is spread over all threads in JMeter and counted for each
//! user here says so.

use super::Importer;
use super::data::plain_name;
use super::steps::Scope;
use super::taken::Taken;
use super::write::{self, Step, one_line, table};
use crate::jmeter::jmx::Element;

impl Importer<'_> {
    /// The children among which a controller chooses, with their names; several steps of one are one.
    fn arms<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<(String, Step)> {
        let counts = !element.is("RandomOrderController");
        let scope = self.enter(element, scope);
        let mut arms = Vec::new();
        for child in element.children.iter().filter(|child| child.enabled) {
            let mut steps = self.step(child, &scope);
            match steps.len() {
                0 if counts && takes_a_turn(child.simple_class()) => {
                    let cause = "nothing is done in it here, and the choice around it goes by number or by chance";
                    self.refuse(child, "JMX109", cause);
                }
                0 => {}
                1 => arms.extend(steps.pop().map(|step| (child.title().to_owned(), step))),
                _ => arms.push((child.title().to_owned(), Step::together(steps))),
            }
        }
        arms
    }

    pub(super) fn choice<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        // What JMeter calls ignoring the blocks of sub-controllers: each visit plays one step of such a child.
        let in_parts = taken.text("InterleaveControl.style").trim() != "1" && !element.is("RandomOrderController");
        if taken.truth("InterleaveControl.accrossThreads", false) {
            self.approximate(element, "each user takes its own turns");
        }
        self.finish(&taken);
        let kind = match element.simple_class() {
            "RandomController" => "weighted",
            "RandomOrderController" => "shuffled",
            _ => "in_turn",
        };
        let mut steps: Vec<Step> = self.arms(element, scope).into_iter().map(|(_, step)| step).collect();
        for step in steps.iter_mut().filter(|step| in_parts && step.is_together()) {
            step.keys = vec![("pick", write::text("in_turn"))];
        }
        let pick = Step { steps, ..Step::of("pick", write::text(kind)) };
        if pick.steps.is_empty() { Vec::new() } else { vec![pick] }
    }

    /// A switch: by number, or by name, as a chain of conditions.
    pub(super) fn switch<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
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
        let count = arms.len();
        let mut chain: Vec<Step> = default.map(|at| arms[at].1.clone()).into_iter().collect();
        for (at, (name, step)) in arms.into_iter().enumerate().rev().filter(|(at, _)| Some(*at) != default) {
            let quoted = name.replace('\'', "''");
            let mut condition = format!("{value} == {at} or {value} == '{quoted}'");
            if at == 0 {
                // A number beyond them, and nothing, mean the first.
                condition.push_str(&format!(" or {value} >= {count} or {value} == ''"));
            }
            let branch = Step { steps: vec![step], otherwise: chain, ..Step::of("if", write::text(&condition)) };
            chain = vec![branch];
        }
        chain
    }

    pub(super) fn weighted<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
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

    pub(super) fn throughput<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) -> Vec<Step> {
        let taken = Taken::new(element);
        taken.ignore(&["ThroughputController.maxThroughput", "ThroughputController.percentThroughput"]);
        if taken.text("ThroughputController.style").trim() != "1" {
            return self.so_often(&taken, scope);
        }
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
        let inside = &scope.inside(element);
        match percent {
            Some(percent) if percent >= 100.0 => self.block(element, inside, None),
            Some(percent) if percent > 0.0 => self.block(element, inside, Some(("percent", format!("{percent:?}")))),
            // What is never played is looked at all the same.
            _ => {
                let _never = self.steps(element, inside);
                Vec::new()
            }
        }
    }

    /// What is played so often in all, and then no more.
    fn so_often<'e>(&mut self, taken: &Taken<'e>, scope: &Scope<'e>) -> Vec<Step> {
        let element = taken.element;
        let text = taken.text("ThroughputController.maxThroughput");
        let times = self.whole(element, ("ThroughputController.maxThroughput", text)).unwrap_or(0);
        let each_user = taken.truth("ThroughputController.perThread", false);
        self.finish(taken);
        let steps = self.steps(element, &scope.inside(element));
        if steps.is_empty() || times == 0 {
            return Vec::new();
        }
        if !scope.chosen && !self.names.passes {
            let counted = if each_user { "user.sequence" } else { "sequence" };
            if !each_user {
                self.approximate(element, "it is played in the first iterations of all that the run begins");
            }
            return vec![Step { steps, ..Step::of("if", write::text(&format!("${{{counted}}} < {times}"))) }];
        }
        if !each_user {
            self.refuse(element, "JMX109", "a number of executions over all threads, inside of another controller or of groups one after the other");
        }
        let mut count = plain_name(&format!("{}_played", element.title()));
        while self.played.contains(&count) || self.names.variables.keys().any(|known| plain_name(known) == count) {
            count.push_str("_more");
        }
        self.played.insert(count.clone());
        let next = format!("${{sum(${{{count}}}, 1)}}");
        let condition = format!("'${{sum(${{{count}}}, 0)}}' < {times}");
        let counting = Step::of("set", table(&[(count, one_line(&next))]));
        let steps = std::iter::once(counting).chain(steps).collect();
        vec![Step { steps, ..Step::of("if", write::text(&condition)) }]
    }
}

/// Whether a class is one of samplers and controllers, which JMeter counts whatever they do.
fn takes_a_turn(class: &str) -> bool {
    class.contains("Sampler")
        || class.ends_with("Controller")
        || matches!(class, "InterleaveControl" | "TestAction" | "RunTime")
}
