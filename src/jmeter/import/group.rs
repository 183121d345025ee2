//! What thread groups ask for.
//!
//! In: thread groups. Out: a [`Group`] each, and what is done once before and behind the test. Always holds: what only the
//! run knows is `None`, and asked for.

use super::Importer;
use super::config::Kept;
use super::load::requests;
use super::report::Status;
use super::steps::Scope;
use super::taken::Taken;
use super::write::Step;
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
    /// Whether arrivals come at random.
    pub(super) random_arrivals: bool,
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

impl Importer<'_> {
    /// What a group asks for; `None` for one of a class that is not known.
    pub(super) fn group_of(&mut self, element: &Element) -> Option<Group> {
        if element.is("ThreadGroup") { Some(self.group(element)) } else { self.shaped(element) }
    }

    /// What is done once before or behind the load.
    pub(super) fn before_or_behind<'e>(&mut self, element: &'e Element, scope: &Scope<'e>) {
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
        if taken.text("ThreadGroup.num_threads").trim().is_empty() {
            let cause = "it has no number of threads, so JMeter starts none: write ThreadGroup.num_threads";
            self.refuse(element, "JMX109", cause);
        }
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
                let loops = looped.part("LoopController.loops").unwrap_or_default().trim();
                // Absent is true: JMeter then begins its loops again and again.
                let again = looped.part("LoopController.continue_forever").is_none_or(|text| text.trim() == "true");
                let endless = loops.starts_with('-');
                if loops.is_empty() {
                    self.refuse(element, "JMX109", "LoopController.loops is blank, so JMeter sends nothing");
                } else if !endless && !again {
                    group.loops = self.whole(element, ("LoopController.loops", loops));
                } else if !endless && group.duration.is_none() {
                    let cause = "it has no end, whatever its loops: LoopController.continue_forever is not false";
                    self.find(element, (Status::Exact, ""), cause);
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
    pub(super) fn cookies(&mut self, element: &Element, deep: bool) -> Option<Kept> {
        let mut kept = None;
        for child in element.children.iter().filter(|child| child.enabled) {
            let found = match child.is("CookieManager") {
                true => self.cookie_manager(child),
                false if deep => self.cookies(child, true),
                false => None,
            };
            kept = found.or(kept);
        }
        kept
    }
}
