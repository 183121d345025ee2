//! Thread groups as a load, and timers as pauses.
//!
//! In: the thread groups of a plan. Out: the keys of `[load]`, and a scenario for each group. Always holds: a group that
//! runs without end and without a duration is asked for its length, and never given one.

use std::fmt::Write as _;

use super::Importer;
use super::report::Need;
use super::steps::Scope;
use super::taken::Taken;
use super::write::{self, Step};
use crate::jmeter::jmx::{Element, Property};

/// A pause between two lengths, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pause {
    low: u64,
    high: u64,
}

impl Pause {
    /// As a `think_time`.
    pub(super) fn text(self) -> String {
        let span = |millis: u64| write::text(&length(millis));
        if self.low == self.high {
            return span(self.low);
        }
        format!("{{ uniform = [{}, {}] }}", span(self.low), span(self.high))
    }
}

/// `2s`, `1500ms`.
fn length(millis: u64) -> String {
    if millis.is_multiple_of(1_000) { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

/// What a thread group asks for.
#[derive(Clone, Debug, Default)]
struct Group {
    users: u64,
    ramp: u64,
    /// `None` for one without end.
    loops: Option<u64>,
    duration: Option<u64>,
    next_on_failure: bool,
}

/// The groups that take part.
pub(super) fn groups(plan: &Element) -> Vec<&Element> {
    plan.children.iter().filter(|child| child.enabled && child.simple_class().ends_with("ThreadGroup")).collect()
}

impl Importer<'_> {
    /// The keys of `[load]`, and the scenarios as they are written.
    pub(super) fn load(&mut self, plan: &Element) -> (Vec<(&'static str, String)>, String) {
        let scope = self.enter(plan, &Scope::default());
        let (mut main, mut out) = (Vec::new(), String::new());
        for element in groups(plan) {
            match element.simple_class() {
                "ThreadGroup" => main.push((element, self.group(element))),
                "SetupThreadGroup" | "PostThreadGroup" => {
                    self.refuse(
                        element,
                        "JMX109",
                        "groups before and behind the test: write on_start or on_stop by hand",
                    );
                    self.steps(element, &scope);
                }
                // One that is not known is told of; what it holds is looked at.
                _ => drop(self.steps(element, &scope)),
            }
        }
        if main.is_empty() {
            self.refuse(plan, "JMX002", "no thread group that is known is enabled, so there is no load");
        }
        let shared = self.cookies(plan, false);
        let divisor = main.iter().fold(0, |d, (_, group)| common_divisor(d, group.users)).max(1);
        for (element, group) in &main {
            let _infallible = writeln!(out, "\n[[scenario]]");
            write::comment(&mut out, element.text("TestPlan.comments").unwrap_or_default());
            let _infallible = writeln!(out, "name = {}", write::text(&self.step_name(element)));
            if main.len() > 1 {
                let _infallible = writeln!(out, "weight = {}", (group.users / divisor).max(1));
            }
            if self.cookies(element, true) || shared {
                out.push_str("cookies = true\n");
            }
            if group.next_on_failure {
                out.push_str("on_failure = \"next_iteration\"\n");
            }
            let steps = [self.first_values(), self.steps(element, &scope)].concat();
            if requests(&steps) == 0 {
                self.refuse(element, "JMX002", "no request is enabled in it, so it sends nothing");
            }
            self.pace(element, (plan, group), (&steps, &mut out));
            write::steps(&mut out, "scenario.step", &steps);
        }
        let groups: Vec<&Group> = main.iter().map(|(_, group)| group).collect();
        (self.load_keys(plan, &groups), out)
    }

    fn load_keys(&mut self, plan: &Element, groups: &[&Group]) -> Vec<(&'static str, String)> {
        let users = groups.iter().fold(0_u64, |users, group| users.saturating_add(group.users));
        let ramp = groups.iter().map(|group| group.ramp).max().unwrap_or(0);
        let span = |secs: u64| write::text(&format!("{secs}s"));
        let mut keys = vec![("users", users.max(1).to_string()), ("ramp_up", span(ramp)), ("warm_up", span(0))];
        let course = |group: &Group| (group.ramp, group.loops, group.duration);
        if groups.windows(2).any(|pair| course(pair[0]) != course(pair[1])) {
            self.approximate(plan, "groups of different lengths: all users work to the end of the longest");
        }
        let longest = groups.iter().filter_map(|group| group.duration).max();
        let loops = groups.iter().try_fold(0_u64, |all, group| {
            group.loops.map(|loops| all.saturating_add(loops.saturating_mul(group.users)))
        });
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

    fn group(&mut self, element: &Element) -> Group {
        let taken = Taken::new(element);
        let number = |of: &mut Self, name: &'static str| of.whole(element, (name, taken.text(name)));
        let users = number(self, "ThreadGroup.num_threads").unwrap_or(1);
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
        match taken.text("ThreadGroup.on_sample_error") {
            "" | "continue" => {}
            "startnextloop" => group.next_on_failure = true,
            other => self.refuse(element, "JMX109", format!("ThreadGroup.on_sample_error={other}")),
        }
        if !taken.truth("ThreadGroup.same_user_on_next_iteration", true) {
            self.approximate(element, "a user keeps its connection and its cookies over iterations");
        }
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

    /// Whether a cookie manager stands in `element`: among its children, or `deep` below.
    fn cookies(&mut self, element: &Element, deep: bool) -> bool {
        let mut found = false;
        for child in element.children.iter().filter(|child| child.enabled) {
            if child.is("CookieManager") {
                found = true;
                let taken = Taken::new(child);
                taken.ignore(&[
                    "CookieManager.policy",
                    "CookieManager.implementation",
                    "CookieManager.controlledByThreadGroup",
                ]);
                if taken.truth("CookieManager.clearEachIteration", false) {
                    self.approximate(child, "cookies are kept over iterations");
                }
                if taken.property("CookieManager.cookies").map(Property::parts).is_some_and(|all| !all.is_empty()) {
                    self.refuse(child, "JMX109", "CookieManager.cookies: write a header Cookie by hand");
                }
                self.finish(&taken);
            } else if deep {
                found |= self.cookies(child, true);
            }
        }
        found
    }

    /// Writes the pacing that a throughput timer asks of a group.
    fn pace(&mut self, element: &Element, (plan, group): (&Element, &Group), (steps, out): (&[Step], &mut String)) {
        let beside = element.children.iter().chain(&plan.children).filter(|child| child.enabled);
        let Some(timer) = beside.into_iter().find(|child| child.is("ConstantThroughputTimer")) else { return };
        let taken = Taken::new(timer);
        let text = timer.text("throughput").unwrap_or_default();
        taken.ignore(&["throughput", "calcMode"]);
        let a_minute =
            self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok()).filter(|tp| *tp > 0.0);
        let users = match timer.text("calcMode").unwrap_or("0").trim() {
            "0" => 1.0,
            "1" | "2" | "3" | "4" => group.users as f64,
            mode => return self.refuse(timer, "JMX109", format!("calcMode={mode}")),
        };
        let Some(a_minute) = a_minute else {
            return self.refuse(
                timer,
                "JMX109",
                format!("throughput={text} is no number that is known before the test"),
            );
        };
        let samples = requests(steps).max(1) as f64;
        let period = (users * samples * 60_000.0 / a_minute).round() as u64;
        let _infallible = writeln!(out, "pacing = {}", write::text(&length(period)));
        self.approximate(timer, format!("each user begins an iteration every {}", length(period)));
        self.finish(&taken);
    }

    /// A timer: its pause comes behind each step in scope.
    pub(super) fn timer(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(element);
        let mut number = |name: &'static str| {
            let text = taken.text(name);
            let value = self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok());
            if value.is_none() && !text.trim().is_empty() {
                self.refuse(element, "JMX109", format!("{name}={text} is no number that is known before the test"));
            }
            value.unwrap_or(0.0).max(0.0)
        };
        let offset = number("ConstantTimer.delay");
        let (low, high) = match element.simple_class() {
            "ConstantTimer" => (offset, offset),
            "UniformRandomTimer" => (offset, offset + number("RandomTimer.range")),
            "GaussianRandomTimer" => {
                // As wide as a uniform one of that deviation.
                let half = number("RandomTimer.range") * 3.0_f64.sqrt();
                ((offset - half).max(0.0), offset + half)
            }
            _ => {
                let mean = offset + number("RandomTimer.range");
                (mean, mean)
            }
        };
        let pause = scope.pause.get_or_insert_default();
        pause.low = pause.low.saturating_add(low.round() as u64);
        pause.high = pause.high.saturating_add(high.round() as u64);
        let cause = match element.simple_class() {
            "GaussianRandomTimer" => "the pause comes behind each step, equally likely over as wide a range",
            "PoissonRandomTimer" => "the pause comes behind each step, always of the mean's length",
            _ => "the pause comes behind each step, not before it",
        };
        self.approximate(element, cause);
        self.finish(&taken);
    }
}

/// How many requests `steps` hold.
fn requests(steps: &[Step]) -> usize {
    let own = |step: &Step| usize::from(step.keys.iter().any(|(key, _)| *key == "path"));
    steps.iter().map(|step| own(step) + requests(&step.steps)).sum()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
