//! Thread groups as a load.
//!
//! In: the thread groups of a plan. Out: the keys of `[load]`, and a scenario for each group. Always holds: a group that
//! runs without end and without a duration is asked for its length, and never given one.

use std::fmt::Write as _;

use super::Importer;
use super::config::Kept;
use super::report::Need;
use super::steps::Scope;
use super::taken::Taken;
use super::write::{self, Step};
use crate::jmeter::jmx::Element;

/// What a thread group asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    /// `None` where only the run knows.
    pub(super) users: Option<u64>,
    /// Seconds.
    pub(super) ramp: u64,
    /// `None` for one without end.
    pub(super) loops: Option<u64>,
    /// Seconds.
    pub(super) duration: Option<u64>,
    pub(super) on_failure: Option<&'static str>,
    /// Whether each iteration is that of a new user.
    pub(super) renewed: bool,
    /// `[[load.stage]]`, where the load changes.
    pub(super) stages: Vec<Stage>,
}

/// A `[[load.stage]]`: its level, and seconds to reach and to hold it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stage {
    /// `users` or `rate`.
    pub(super) of: &'static str,
    pub(super) level: f64,
    pub(super) ramp: f64,
    pub(super) hold: f64,
}

/// A scenario before it is written.
pub(super) struct Draft {
    /// Its own keys, with a comment before them.
    head: String,
    pub(super) steps: Vec<Step>,
}

/// The groups that take part.
pub(super) fn groups(plan: &Element) -> Vec<&Element> {
    plan.children.iter().filter(|child| child.enabled && child.simple_class().ends_with("ThreadGroup")).collect()
}

impl Importer<'_> {
    /// The keys of `[load]`, its stages, and the scenarios.
    pub(super) fn load(&mut self, plan: &Element) -> (Vec<(&'static str, String)>, Vec<Stage>, Vec<Draft>) {
        let scope = self.enter(plan, &Scope::default());
        let mut main = Vec::new();
        for element in groups(plan) {
            match element.simple_class() {
                "SetupThreadGroup" | "PostThreadGroup" => self.before_or_behind(element, &scope),
                _ => match self.group_of(element) {
                    Some(group) => main.push((element, group)),
                    // One that is not known is told of; what it holds is looked at.
                    None => drop(self.steps(element, &scope)),
                },
            }
        }
        if main.is_empty() {
            self.refuse(plan, "JMX002", "no thread group that is known is enabled, so there is no load");
        }
        let shared = self.cookies(plan, false);
        let divisor = main.iter().fold(0, |d, (_, group)| common_divisor(d, group.users.unwrap_or(1))).max(1);
        let weighted = main.len() > 1;
        let mut drafts = Vec::new();
        for (element, group) in &mut main {
            let weight = weighted.then(|| (group.users.unwrap_or(1) / divisor).max(1));
            drafts.push(self.draft((plan, element), group, (&scope, (weight, shared))));
        }
        let groups: Vec<&Group> = main.iter().map(|(_, group)| group).collect();
        let stages = self.stages(plan, &groups);
        (self.load_keys(plan, &groups, &stages), stages, drafts)
    }

    /// A group as a scenario.
    fn draft<'e>(
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
            Some(Kept::User) if group.renewed => head.push_str("cookies = \"iteration\"\n"),
            Some(Kept::User) => head.push_str("cookies = true\n"),
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
        if requests(&steps) == 0 {
            self.refuse(element, "JMX002", "no request is enabled in it, so it sends nothing");
        }
        self.pace((plan, element), group, (&steps, &mut head));
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

    /// Sends what most requests go to the target, and writes the scenarios.
    pub(super) fn written(&mut self, mut drafts: Vec<Draft>) -> String {
        let mut hosts: Vec<(String, usize)> = Vec::new();
        let mut each = |step: &mut Step| {
            let Some(host) = step.key("host").map(str::to_owned) else { return };
            match hosts.iter_mut().find(|(known, _)| *known == host) {
                Some((_, count)) => *count += 1,
                None => hosts.push((host, 1)),
            }
        };
        let mut around = [("setup", std::mem::take(&mut self.setup)), ("teardown", std::mem::take(&mut self.teardown))];
        let once = around.iter_mut().flat_map(|(_, steps)| steps);
        drafts.iter_mut().flat_map(|draft| &mut draft.steps).chain(once).for_each(|step| step.each(&mut each));
        let most = hosts.iter().map(|(_, count)| *count).max();
        self.host = hosts.into_iter().find(|(_, count)| Some(*count) == most).map(|(host, _)| host);
        let target = self.host.clone();
        let mut drop_host =
            |step: &mut Step| step.keys.retain(|(key, value)| *key != "host" || Some(value) != target.as_ref());
        let mut out = String::new();
        for (place, steps) in &mut around {
            steps.iter_mut().for_each(|step| step.each(&mut drop_host));
            write::steps(&mut out, place, steps);
        }
        for draft in &mut drafts {
            draft.steps.iter_mut().for_each(|step| step.each(&mut drop_host));
            let _infallible = writeln!(out, "\n[[scenario]]\n{}", draft.head.trim_end());
            write::steps(&mut out, "scenario.step", &draft.steps);
        }
        out
    }

    fn load_keys(&mut self, plan: &Element, groups: &[&Group], stages: &[Stage]) -> Vec<(&'static str, String)> {
        let users: Option<u64> = groups.iter().map(|group| group.users).sum();
        let ramp = groups.iter().map(|group| group.ramp).max().unwrap_or(0);
        let span = |secs: u64| write::text(&format!("{secs}s"));
        let users = users.map_or_else(|| write::text("?"), |users| users.max(1).to_string());
        let by_users = stages.first().is_some_and(|stage| stage.of == "users");
        let mut keys = Vec::new();
        if !by_users {
            keys.push(("users", users));
        }
        if stages.is_empty() {
            keys.push(("ramp_up", span(ramp)));
        }
        keys.push(("warm_up", span(0)));
        if !stages.is_empty() {
            return keys;
        }
        let course = |group: &Group| (group.ramp, group.loops, group.duration);
        if groups.windows(2).any(|pair| course(pair[0]) != course(pair[1])) {
            self.approximate(plan, "groups of different lengths: all users work to the end of the longest");
        }
        let longest = groups.iter().filter_map(|group| group.duration).max();
        let loops: Option<u64> = groups.iter().map(|group| Some(group.loops? * group.users?)).sum();
        match (longest, loops) {
            (Some(duration), _) => keys.push(("run_time", span(duration.saturating_sub(ramp).max(1)))),
            (None, Some(_)) => keys.push(("run_time", write::text("24h"))),
            (None, None) => {
                let what = "the plan has no end: write into run_time how long it is to run".to_owned();
                self.needs.insert(Need { id: "JMX112", what });
                keys.push(("run_time", write::text("?")));
            }
        }
        if let Some(iterations) = loops.filter(|loops| *loops > 0) {
            keys.push(("iterations", iterations.to_string()));
            if ramp > 0 {
                self.approximate(plan, "iterations that begin in the ramp-up are not among those counted");
            }
        }
        keys
    }

    /// What a group asks for; `None` for one of a class that is not known.
    fn group_of(&mut self, element: &Element) -> Option<Group> {
        if element.is("ThreadGroup") { Some(self.group(element)) } else { self.shaped(element) }
    }

    /// What is done once before or behind the load.
    fn before_or_behind<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) {
        let group = self.group(element);
        let mut steps = self.steps(element, scope);
        if requests(&steps) == 0 {
            return;
        }
        match group.loops {
            Some(1) => {}
            Some(loops) => steps = vec![Step { steps, ..Step::of("repeat", loops.to_string()) }],
            None => self.refuse(element, "JMX109", "a loop without end before or behind the test"),
        }
        if group.users != Some(1) {
            self.approximate(element, "one user does it, whatever the number of its threads");
        }
        if element.is("SetupThreadGroup") {
            self.approximate(element, "a request of it that fails three times lets no user begin");
            self.setup.extend(steps);
        } else {
            self.teardown.extend(steps);
        }
    }

    fn group(&mut self, element: &Element) -> Group {
        let taken = Taken::new(element);
        let number = |of: &mut Self, name: &'static str| of.whole(element, (name, taken.text(name)));
        let users = number(self, "ThreadGroup.num_threads");
        let ramp = number(self, "ThreadGroup.ramp_time").unwrap_or(0);
        let mut group = Group { users, ramp, ..Group::default() };
        taken.ignore(&["ThreadGroup.delayedStart", "ThreadGroup.start_time", "ThreadGroup.end_time"]);
        if taken.truth("ThreadGroup.scheduler", false) {
            group.duration = number(self, "ThreadGroup.duration").filter(|seconds| *seconds > 0);
            if number(self, "ThreadGroup.delay").is_some_and(|seconds| seconds > 0) {
                self.approximate(element, "it starts at once, and not after ThreadGroup.delay");
            }
        }
        taken.ignore(&["ThreadGroup.duration", "ThreadGroup.delay"]);
        self.manner_of_group(&taken, &mut group);
        match taken.property("ThreadGroup.main_controller").filter(|looped| !looped.parts().is_empty()) {
            None => {
                let cause =
                    "it has no loop controller, so JMeter sends nothing: add ThreadGroup.main_controller with loops";
                self.refuse(element, "JMX109", cause);
            }
            Some(looped) => {
                let loops = looped.part("LoopController.loops").unwrap_or("1").trim();
                let forever = loops.is_empty() && looped.part("LoopController.continue_forever") != Some("false");
                if loops != "-1" && !forever {
                    group.loops = self.whole(element, ("LoopController.loops", loops));
                }
            }
        }
        self.finish(&taken);
        group
    }

    /// What a group says of failures, and of who plays its next iteration.
    pub(super) fn manner_of_group(&mut self, taken: &Taken<'_>, group: &mut Group) {
        group.on_failure = match taken.text("ThreadGroup.on_sample_error") {
            "" | "continue" => None,
            "startnextloop" => Some("next_iteration"),
            "stopthread" => Some("stop_user"),
            "stoptest" => Some("stop_run"),
            "stoptestnow" => {
                self.approximate(taken.element, "a failure ends the run, and what is in flight is followed to its end");
                Some("stop_run")
            }
            other => {
                self.refuse(taken.element, "JMX109", format!("ThreadGroup.on_sample_error={other}"));
                None
            }
        };
        group.renewed = !taken.truth("ThreadGroup.same_user_on_next_iteration", true);
    }

    /// How long cookies are kept, where a cookie manager stands in `element`: among its children, or `deep` below.
    fn cookies(&mut self, element: &Element, deep: bool) -> Option<Kept> {
        let mut kept = None;
        for child in element.children.iter().filter(|child| child.enabled) {
            let found = match child.is("CookieManager") {
                true => Some(self.cookie_manager(child)),
                false if deep => self.cookies(child, true),
                false => None,
            };
            kept = found.or(kept);
        }
        kept
    }
}

/// How many requests `steps` hold.
pub(super) fn requests(steps: &[Step]) -> usize {
    let own = |step: &Step| usize::from(step.keys.iter().any(|(key, _)| *key == "path"));
    steps.iter().map(|step| own(step) + requests(&step.steps) + requests(&step.otherwise)).sum()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
