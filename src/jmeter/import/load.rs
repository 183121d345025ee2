//! Thread groups as a load.
//!
//! In: the thread groups of a plan. Out: the keys of `[load]`, and a scenario for each group. Always holds: a group that
//! runs without end and without a duration is asked for its length, and never given one.

use std::fmt::Write as _;

use super::Importer;
use super::draft::Draft;
use super::group::{Group, Stage};
use super::report::Need;
use super::steps::Scope;
use super::write::{self, Step};
use crate::jmeter::jmx::Element;

/// Whether several groups work one after the other: the passes of each are rounds of one iteration here.
pub(super) fn one_after_the_other(plan: &Element) -> bool {
    let main = groups(plan)
        .into_iter()
        .filter(|group| !matches!(group.simple_class(), "SetupThreadGroup" | "PostThreadGroup"));
    main.count() > 1 && super::taken::Taken::new(plan).truth("TestPlan.serialize_threadgroups", false)
}

/// The groups that take part.
pub(super) fn groups(plan: &Element) -> Vec<&Element> {
    plan.children.iter().filter(|child| child.enabled && child.simple_class().ends_with("ThreadGroup")).collect()
}

impl Importer<'_> {
    /// The keys of `[load]`, its stages, and the scenarios.
    pub(super) fn load(&mut self, plan: &Element) -> (Vec<(&'static str, String)>, Vec<Stage>, Vec<Draft>) {
        let of_plan = self.action_on_failure(plan);
        let scope = self.enter(plan, &Scope::default());
        let mut main = Vec::new();
        for element in groups(plan) {
            match element.simple_class() {
                "SetupThreadGroup" | "PostThreadGroup" => self.before_or_behind(element, &scope),
                _ => match self.group_of(element) {
                    Some(Group { users: Some(0), .. } | Group { loops: Some(0), .. }) => {
                        self.approximate(element, "it has no threads, or no loops, so it is left out");
                        element
                            .children
                            .iter()
                            .filter(|child| child.enabled)
                            .for_each(|below| self.without_effect(below));
                    }
                    Some(mut group) => {
                        group.on_failure = self.action_on_failure(element).or(group.on_failure).or(of_plan);
                        main.push((element, group));
                    }
                    // One that is not known is told of; what it holds is looked at.
                    None => drop(self.steps(element, &scope)),
                },
            }
        }
        let shared = self.cookies(plan, false);
        let divisor = main.iter().fold(0, |d, (_, group)| common_divisor(d, group.users.unwrap_or(1))).max(1);
        let weighted = main.len() > 1;
        let mut drafts = Vec::new();
        for (element, group) in &mut main {
            let weight = weighted.then(|| (group.users.unwrap_or(1) / divisor).max(1));
            drafts.push(self.draft((plan, element), group, (&scope, (weight, shared))));
        }
        self.without_requests(plan, (&mut main, &mut drafts));
        if self.serial && main.len() > 1 {
            let names = main.iter().map(|(element, _)| element.title().to_owned());
            let parts = names.zip(main.iter().map(|(_, group)| group.clone())).zip(drafts);
            let parts = parts.map(|((name, group), draft)| (name, group, draft)).collect();
            let (group, draft) = self.one_after_the_other(plan, parts);
            return (self.load_keys(plan, &[&group], &[]), Vec::new(), vec![draft]);
        }
        let groups: Vec<&Group> = main.iter().map(|(_, group)| group).collect();
        let stages = self.stages(plan, &groups);
        (self.load_keys(plan, &groups, &stages), stages, drafts)
    }

    /// Leaves out groups that send nothing; where all of them do, that is no load.
    fn without_requests(&mut self, plan: &Element, (main, drafts): (&mut Vec<(&Element, Group)>, &mut Vec<Draft>)) {
        let sends: Vec<bool> = drafts.iter().map(|draft| requests(&draft.steps) > 0).collect();
        let none = !sends.contains(&true);
        for (element, _) in main.iter().zip(&sends).filter(|(_, sends)| !**sends).map(|(group, _)| group) {
            if none {
                self.refuse(element, "JMX002", "no request is enabled in it, so it sends nothing");
            } else {
                self.approximate(element, "no request is enabled in it, so it is left out");
            }
        }
        if !none {
            let mut kept = sends.iter();
            main.retain(|_| kept.next() == Some(&true));
            let mut kept = sends.iter();
            drafts.retain(|_| kept.next() == Some(&true));
        }
        if none && main.is_empty() {
            self.refuse(plan, "JMX002", "no thread group that is known is enabled, so there is no load");
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
            super::hoist::hoist(draft);
            let _infallible = writeln!(out, "\n[[scenario]]\n{}", draft.head.trim_end());
            write::steps(&mut out, "scenario.step", &draft.steps);
        }
        out
    }

    fn load_keys(&mut self, plan: &Element, groups: &[&Group], stages: &[Stage]) -> Vec<(&'static str, String)> {
        let users = groups.iter().try_fold(0_u64, |users, group| Some(users.saturating_add(group.users?)));
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
        if groups.iter().any(|group| group.random_arrivals) {
            keys.push(("arrivals", write::text("poisson")));
        }
        if !stages.is_empty() {
            return keys;
        }
        let course = |group: &Group| (group.ramp, group.loops, group.duration);
        if groups.windows(2).any(|pair| course(pair[0]) != course(pair[1])) {
            self.approximate(plan, "groups of different lengths: all users work to the end of the longest");
        }
        let longest = groups.iter().filter_map(|group| group.duration).max();
        let loops = groups
            .iter()
            .try_fold(0_u64, |all, group| Some(all.saturating_add(group.loops?.saturating_mul(group.users?))));
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
}

/// How many requests `steps` hold.
pub(super) fn requests(steps: &[Step]) -> usize {
    let own = |step: &Step| usize::from(step.keys.iter().any(|(key, _)| *key == "path"));
    steps.iter().map(|step| own(step) + requests(&step.steps) + requests(&step.otherwise)).sum()
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
