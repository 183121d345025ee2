//! Scenarios before they are written.
//!
//! In: thread groups and their steps. Out: a [`Draft`] for each, or one for all of those that work one after the other.
//! Always holds: the rounds of a loop without end are iterations; a header beside a cookie manager is no second truth.

use std::fmt::Write as _;

use super::Importer;
use super::config::Kept;
use super::group::Group;
use super::steps::Scope;
use super::write::{self, Step};
use crate::jmeter::jmx::Element;

/// A scenario before it is written.
pub(super) struct Draft {
    /// Its own keys, with a comment before them.
    pub(super) head: String,
    pub(super) steps: Vec<Step>,
}

impl Importer<'_> {
    /// A group as a scenario.
    pub(super) fn draft<'e>(
        &mut self,
        (plan, element): (&'e Element, &'e Element),
        group: &mut Group,
        (scope, (weight, shared)): (&Scope<'e>, (Option<u64>, Option<Kept>)),
    ) -> Draft {
        let mut head = String::new();
        write::comment(&mut head, element.text("TestPlan.comments").unwrap_or_default());
        let _infallible = writeln!(head, "name = {}", write::text(&self.step_name(element)));
        if let Some(weight) = weight {
            let _infallible = writeln!(head, "weight = {weight}");
        }
        let cookies = self.cookies(element, true).or(shared);
        match cookies {
            Some(Kept::Iteration) => head.push_str("cookies = \"iteration\"\n"),
            Some(Kept::Group) if group.renewed => head.push_str("cookies = \"iteration\"\n"),
            Some(Kept::User | Kept::Group) => head.push_str("cookies = true\n"),
            None => {}
        }
        if group.renewed {
            head.push_str("connection = \"iteration\"\n");
        }
        if let Some(on_failure) = group.on_failure {
            let _infallible = writeln!(head, "on_failure = {}", write::text(on_failure));
        }
        let mut steps = self.steps(element, scope);
        if self.without_end(element, &mut steps) {
            group.loops = None;
        }
        if cookies.is_some() {
            self.without_cookie_headers(element, &mut steps);
        }
        self.pace((plan, element), group, &mut head);
        Draft { head, steps }
    }

    /// Takes the rounds of a loop without end for iterations: what comes before is played once. Whether there is one.
    fn without_end(&mut self, group: &Element, steps: &mut Vec<Step>) -> bool {
        let endless = |step: &Step| step.key("repeat") == Some(super::control::WITHOUT_END);
        let Some(at) = steps.iter().position(endless) else {
            let mut inner = false;
            steps.iter_mut().for_each(|step| step.each(&mut |step| inner |= endless(step)));
            if inner {
                self.refuse(group, "JMX109", "a loop without end inside of another structure: move it out of that");
            }
            return false;
        };
        if steps.len() > at + 1 {
            self.approximate(group, "what stands behind a loop without end is never come to, and left out");
        }
        let rounds = std::mem::take(&mut steps[at].steps);
        steps.truncate(at);
        for step in steps.iter_mut().filter(|step| step.key("once").is_none()) {
            step.keys.push(("once", "true".to_owned()));
        }
        steps.extend(rounds);
        self.approximate(group, "the rounds of its loop without end are its iterations");
        true
    }

    /// A user's cookies go by the jar; a header of that name would be a second truth.
    fn without_cookie_headers(&mut self, group: &Element, steps: &mut [Step]) {
        let mut found = false;
        let mut drop_header = |step: &mut Step| {
            for (_, value) in step.keys.iter_mut().filter(|(key, _)| *key == "headers") {
                if let Some(rest) = write::table_without(value, "cookie") {
                    *value = rest;
                    found = true;
                }
            }
            step.keys.retain(|(key, value)| *key != "headers" || value != "{  }");
        };
        steps.iter_mut().for_each(|step| step.each(&mut drop_header));
        if found {
            self.approximate(group, "its cookie manager sends the cookies: a header Cookie beside it is left out");
        }
    }

    /// The passes of a group whose iterations are no iterations of the scenario: each takes rows of its own, and what is
    /// done once is done in the first.
    fn passes(&mut self, mut steps: Vec<Step>, key: (&'static str, String)) -> Step {
        let mut written = String::new();
        let mut taken = String::new();
        let mut gather = |step: &mut Step| {
            for (name, value) in &step.keys {
                let into = if *name == "next" { &mut taken } else { &mut written };
                into.push_str(value);
            }
        };
        steps.iter_mut().for_each(|step| step.each(&mut gather));
        self.vars.iter().for_each(|(_, text)| written.push_str(text));
        let kept =
            |feeder: &[(&str, String)]| feeder.iter().any(|(key, value)| *key == "order" && value.contains("by_user"));
        let rows = self.feeders.iter().filter(|feeder| !kept(feeder)).map(|feeder| feeder[0].1.clone());
        let rows: Vec<String> = rows
            .filter(|name| {
                written.contains(&format!("${{{}.", name.trim_matches('"'))) && !taken.contains(name.as_str())
            })
            .collect();
        let counts = key.0 == "repeat";
        let mut once = false;
        let mut in_first = |step: &mut Step| {
            let known = step.keys.len();
            step.keys.retain(|(key, _)| *key != "once");
            if known != step.keys.len() {
                once = true;
                let own = std::mem::take(step);
                *step = Step { steps: vec![own], ..Step::of("if", write::text("${pass} == 0")) };
            }
        };
        if counts {
            steps.iter_mut().for_each(|step| step.each(&mut in_first));
        }
        let mut passes = Step { steps, ..Step::of(key.0, key.1) };
        if once {
            passes = passes.with("as", write::text("pass"));
        }
        if rows.is_empty() { passes } else { passes.with("next", format!("[{}]", rows.join(", "))) }
    }

    /// Groups that work one after the other, as one: a user plays the part of each group that it is one of.
    pub(super) fn one_after_the_other(
        &mut self,
        plan: &Element,
        mut parts: Vec<(String, Group, Draft)>,
    ) -> (Group, Draft) {
        let most = parts.iter().filter_map(|(_, group, _)| group.users).max();
        let same =
            |of: fn(&Group) -> Option<&'static str>| parts.iter().all(|(_, group, _)| of(group) == of(&parts[0].1));
        if !same(|group| group.on_failure) || parts.iter().any(|(_, _, draft)| draft.head.contains("pacing")) {
            self.refuse(plan, "JMX109", "groups one after the other that differ in what a failure ends, or are paced");
        }
        self.approximate(plan, "a user goes on with the next group when it has done with one, and waits for no other");
        let mut head = format!("name = {}\n", write::text(&self.step_name(plan)));
        for line in ["cookies = true", "cookies = \"iteration\"", "connection = \"iteration\""] {
            if parts.iter().any(|(_, _, draft)| draft.head.lines().any(|own| own == line))
                && !(line.contains('"') && head.contains("cookies") && line.starts_with("cookies"))
            {
                let _infallible = writeln!(head, "{line}");
            }
        }
        let mut all = Group { users: most, loops: Some(1), ..Group::default() };
        let mut steps = Vec::new();
        for (name, group, draft) in &mut parts {
            all.ramp = all.ramp.max(group.ramp);
            all.on_failure = group.on_failure;
            let mut inner = std::mem::take(&mut draft.steps);
            match (group.duration, group.loops) {
                (Some(seconds), None) => inner = vec![self.passes(inner, ("for", write::text(&format!("{seconds}s"))))],
                (None, None) => self.refuse(plan, "JMX109", format!("group {name} never ends, and others wait for it")),
                (_, Some(1)) => {}
                (_, Some(loops)) => inner = vec![self.passes(inner, ("repeat", loops.to_string()))],
            }
            if group.users < most {
                let condition = format!("${{user.id}} <= {}", group.users.unwrap_or(1));
                inner = vec![Step { steps: inner, ..Step::of("if", write::text(&condition)) }];
            }
            steps.push(Step { steps: inner, ..Step::of("group", write::text(name)) });
        }
        if let Some(on_failure) = all.on_failure {
            let _infallible = writeln!(head, "on_failure = {}", write::text(on_failure));
        }
        (all, Draft { head, steps })
    }
}
