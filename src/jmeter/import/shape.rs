//! Thread groups whose load changes: as stages.
//!
//! In: groups of the plugins that say when how many threads work. Out: `[[load.stage]]`s. Always holds: the stages are
//! the sum of all groups, and the first offers load, as the window opens with it.

use super::Importer;
use super::group::{Group, Stage};
use super::taken::Taken;
use super::write;
use crate::jmeter::jmx::{Element, Property};

/// When how much: seconds and a level, the level going in a straight line between two of them.
type Curve = Vec<(f64, f64)>;

impl Importer<'_> {
    /// A group of a plugin's; `None` where its class is not known.
    pub(super) fn shaped(&mut self, element: &Element) -> Option<Group> {
        let taken = Taken::new(element);
        let mut group = Group::default();
        let (curve, of) = match element.simple_class() {
            "UltimateThreadGroup" => (self.ultimate(&taken), "users"),
            "SteppingThreadGroup" => (self.stepping(&taken), "users"),
            "ConcurrencyThreadGroup" => (self.concurrency(&taken), "users"),
            "ArrivalsThreadGroup" => (self.concurrency(&taken), "rate"),
            "FreeFormArrivalsThreadGroup" => (self.free_form(&taken), "rate"),
            "OpenModelThreadGroup" => (self.open_model(&taken, &mut group), "rate"),
            _ => return None,
        };
        taken.ignore(&["ThreadGroup.main_controller", "LogFilename", "ThreadGroup.scheduler"]);
        let most = curve.iter().map(|(_, level)| *level).fold(0.0, f64::max);
        group.users = Some((most.ceil() as u64).max(1));
        if of == "rate" {
            let limit = self.number_of(&taken, "ConcurrencyLimit").filter(|limit| *limit > 0.0);
            if limit.is_none() {
                self.approximate(element, "so many users wait for arrivals as ten seconds bring");
            }
            group.users = Some(limit.unwrap_or(most * 10.0).ceil().max(1.0) as u64);
        }
        let renewed = group.renewed;
        self.manner_of_group(&taken, &mut group);
        group.renewed |= renewed;
        group.stages = stages_of(&curve, of);
        if group.stages.is_empty() {
            self.refuse(element, "JMX109", "it starts no thread, or for no time");
        }
        self.finish(&taken);
        Some(group)
    }

    fn ultimate(&mut self, taken: &Taken<'_>) -> Curve {
        taken.ignore(&["ultimatethreadgroupdata", "ThreadGroup.num_threads"]);
        let rows = self.rows_of_numbers(taken.element, "ultimatethreadgroupdata");
        let curves = rows.iter().filter_map(|row| {
            let [threads, delay, ramp, hold, shutdown] = row.as_slice() else { return None };
            let up = delay + ramp;
            Some(vec![(*delay, 0.0), (up, *threads), (up + hold, *threads), (up + hold + shutdown, 0.0)])
        });
        sum(&curves.collect::<Vec<_>>())
    }

    fn stepping(&mut self, taken: &Taken<'_>) -> Curve {
        let mut number = |name| self.number_of(taken, name).unwrap_or(0.0);
        let (threads, delay) = (number("ThreadGroup.num_threads"), number("Threads initial delay"));
        let (count, burst, period) =
            (number("Start users count"), number("Start users count burst"), number("Start users period"));
        let (ramp, flight) = (number("rampUp"), number("flighttime"));
        let (stop, stop_period) = (number("Stop users count"), number("Stop users period"));
        let mut curve = vec![(delay, 0.0)];
        let (mut at, mut level) = (delay, 0.0);
        while level < threads && curve.len() < 10_000 {
            let first = level <= 0.0 && burst > 0.0;
            let step = if first { burst } else { count };
            let next = if step > 0.0 { (level + step).min(threads) } else { threads };
            curve.extend([(at + ramp, next), (at + ramp + period, next)]);
            (at, level) = (at + ramp + period, next);
        }
        // The last step is held for the flight time, in the place of the pause before the next.
        at -= period;
        curve.pop();
        at += flight;
        curve.push((at, level));
        while level > 0.0 && curve.len() < 20_000 {
            level = if stop > 0.0 { (level - stop).max(0.0) } else { 0.0 };
            curve.extend([(at, level), (at + stop_period, level)]);
            at += stop_period;
        }
        curve
    }

    fn concurrency(&mut self, taken: &Taken<'_>) -> Curve {
        let unit = if taken.text("Unit").trim() == "S" { 1.0 } else { 60.0 };
        taken.ignore(&["Iterations"]);
        if !taken.text("Iterations").trim().is_empty() {
            self.approximate(taken.element, "threads are not limited to so many iterations");
        }
        let arrivals = taken.element.is("ArrivalsThreadGroup");
        let mut number = |name| self.number_of(taken, name).unwrap_or(0.0);
        let target = number("TargetLevel") / if arrivals { unit } else { 1.0 };
        let (ramp, hold, steps) = (number("RampUp") * unit, number("Hold") * unit, number("Steps").round());
        if steps < 1.0 {
            return vec![(0.0, 0.0), (ramp, target), (ramp + hold, target)];
        }
        let length = ramp / steps;
        let levels = (0..(steps.min(1_000.0) as u32)).flat_map(|step| {
            let (from, level) = (f64::from(step) * length, target / steps * f64::from(step + 1));
            [(from, level), (from + length, level)]
        });
        levels.chain([(ramp + hold, target)]).collect()
    }

    /// Rows of a rate at the start, one at the end, and how long it takes.
    fn free_form(&mut self, taken: &Taken<'_>) -> Curve {
        let unit = if taken.text("Unit").trim() == "S" { 1.0 } else { 60.0 };
        taken.ignore(&["Iterations", "Schedule"]);
        let mut at = 0.0;
        let mut curve = Vec::new();
        for row in self.rows_of_numbers(taken.element, "Schedule") {
            let [from, to, length] = row.as_slice() else { continue };
            curve.extend([(at, from / unit), (at + length * unit, to / unit)]);
            at += length * unit;
        }
        curve
    }

    /// A schedule in words, each arrival of which is a user of its own.
    fn open_model(&mut self, taken: &Taken<'_>, group: &mut Group) -> Curve {
        taken.ignore(&["OpenModelThreadGroup.random_seed"]);
        group.renewed = true;
        let text = taken.text("OpenModelThreadGroup.schedule");
        let written = self.fixed.constant(text).unwrap_or_else(|| text.to_owned());
        match super::openmodel::schedule(&written) {
            Ok(schedule) => {
                if schedule.random && schedule.even {
                    self.approximate(taken.element, "all its arrivals come at random");
                }
                group.random_arrivals = schedule.random;
                self.approximate(taken.element, "what is in flight at the schedule's end is followed to its own end");
                schedule.curve
            }
            Err(cause) => {
                self.refuse(taken.element, "JMX109", cause + " is not known");
                Vec::new()
            }
        }
    }

    /// The stages of all groups together; none where no load changes.
    pub(super) fn stages(&mut self, plan: &Element, groups: &[&Group]) -> Vec<Stage> {
        let changing: Vec<&&Group> = groups.iter().filter(|group| !group.stages.is_empty()).collect();
        let [first, others @ ..] = changing.as_slice() else { return Vec::new() };
        if groups.len() == 1 {
            return first.stages.clone();
        }
        let of = first.stages[0].of;
        if of == "rate" || others.iter().any(|group| group.stages[0].of != of) {
            self.refuse(plan, "JMX109", "a group whose rate is said beside other groups: a scenario file has one load");
            return Vec::new();
        }
        self.approximate(plan, "the load of all groups is one: each plays its share of it all through");
        let curves: Vec<Curve> = groups.iter().map(|group| curve_of(group)).collect();
        stages_of(&sum(&curves), of)
    }

    /// A number that the plan fixes before the test.
    fn number_of(&mut self, taken: &Taken<'_>, name: &'static str) -> Option<f64> {
        let text = taken.text(name);
        let value = self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok());
        if value.is_none() && !text.trim().is_empty() {
            self.whole(taken.element, (name, text));
        }
        value
    }

    /// Rows of numbers in a collection of collections.
    pub(super) fn rows_of_numbers(&mut self, element: &Element, name: &'static str) -> Vec<Vec<f64>> {
        let rows = element.property(name).map(Property::parts).unwrap_or_default();
        let mut out = Vec::new();
        for row in rows {
            let cells = row.parts().iter().filter_map(Property::text);
            let numbers: Vec<Option<f64>> =
                cells.map(|text| self.fixed.constant(text)?.trim().parse::<f64>().ok().filter(|n| *n >= 0.0)).collect();
            match numbers.into_iter().collect::<Option<Vec<f64>>>() {
                Some(numbers) => out.push(numbers),
                None => self.refuse(
                    element,
                    "JMX109",
                    format!("{name} holds what is no number that is known before the test"),
                ),
            }
        }
        out
    }
}

/// A group's users over time.
fn curve_of(group: &Group) -> Curve {
    let users = group.users.unwrap_or(1) as f64;
    if group.stages.is_empty() {
        let ramp = group.ramp as f64;
        return vec![(0.0, 0.0), (ramp, users), (group.duration.map_or(ramp, |secs| secs as f64).max(ramp), users)];
    }
    let mut at = 0.0;
    let mut curve = vec![(0.0, 0.0)];
    for stage in &group.stages {
        curve.extend([(at + stage.ramp, stage.level), (at + stage.ramp + stage.hold, stage.level)]);
        at += stage.ramp + stage.hold;
    }
    curve
}

/// The level of a curve just before and at a time; a curve that is over stays at nothing.
fn level(curve: &Curve, at: f64, before: bool) -> f64 {
    let passed = |(time, _): &&(f64, f64)| if before { *time < at } else { *time <= at };
    let known = curve.iter().filter(passed).count();
    match (known.checked_sub(1).map(|last| curve[last]), curve.get(known)) {
        (None, _) => 0.0,
        (Some((_, level)), None) => {
            if before || curve.last().is_some_and(|(end, _)| *end >= at) {
                level
            } else {
                0.0
            }
        }
        (Some((from, low)), Some((to, high))) => low + (high - low) * (at - from) / (to - from).max(f64::EPSILON),
    }
}

/// The sum of several curves.
fn sum(curves: &[Curve]) -> Curve {
    let mut times: Vec<f64> = curves.iter().flatten().map(|(time, _)| *time).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let at = |time: f64, before: bool| curves.iter().map(|curve| level(curve, time, before)).sum::<f64>();
    times.into_iter().flat_map(|time| [(time, at(time, true)), (time, at(time, false))]).collect()
}

/// A curve as stages; what it waits for at its start is left out.
fn stages_of(curve: &Curve, of: &'static str) -> Vec<Stage> {
    let mut stages = Vec::new();
    for pair in curve.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        let same = (high - low).abs() < 1e-9;
        stages.push(Stage {
            of,
            level: high,
            ramp: if same { 0.0 } else { to - from },
            hold: if same { to - from } else { 0.0 },
        });
    }
    tidied(stages)
}

/// Stages that each do something: the first offers load, neighbours of one level are one.
pub(super) fn tidied(stages: Vec<Stage>) -> Vec<Stage> {
    let mut out: Vec<Stage> = Vec::new();
    for stage in stages {
        match out.last_mut() {
            None if stage.level <= 0.0 => {}
            Some(last) if (last.level - stage.level).abs() < 1e-9 => last.hold += stage.ramp + stage.hold,
            // A stage that lasts no time is the level from which the next one goes.
            Some(last) if last.ramp + last.hold <= 0.0 => *last = stage,
            _ => out.push(stage),
        }
    }
    out.retain(|stage| stage.ramp + stage.hold > 0.0);
    // The window opens with the first stage's level, so that it is held for a moment at least.
    let lasting: f64 = out.iter().skip(1).map(|stage| stage.ramp + stage.hold).sum();
    if let Some(first) = out.first_mut().filter(|first| first.hold + lasting <= 0.0) {
        first.hold = first.ramp.max(1.0);
    }
    out
}

/// A stage as it is written.
pub(super) fn keys(stage: &Stage) -> Vec<(&'static str, String)> {
    let span = |seconds: f64| write::text(&super::timer::length((seconds * 1_000.0).round() as u64));
    let level =
        if stage.of == "users" { format!("{}", stage.level.round()) } else { format!("{}", round(stage.level)) };
    let mut keys = vec![(stage.of, level)];
    keys.extend((stage.ramp > 0.0).then(|| ("ramp", span(stage.ramp))));
    keys.extend((stage.hold > 0.0).then(|| ("hold", span(stage.hold))));
    keys
}

/// With three decimals.
fn round(rate: f64) -> f64 {
    (rate * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(curve: &Curve) -> Vec<(f64, f64, f64)> {
        stages_of(curve, "users").iter().map(|stage| (stage.level, stage.ramp, stage.hold)).collect()
    }

    #[test]
    fn rows_of_threads_add_up() {
        let one = vec![(0.0, 0.0), (10.0, 20.0), (40.0, 20.0), (45.0, 0.0)];
        assert_eq!(told(&one), [(20.0, 10.0, 30.0), (0.0, 5.0, 0.0)]);
        let late = vec![(20.0, 0.0), (30.0, 10.0), (40.0, 10.0), (40.0, 0.0)];
        assert_eq!(
            told(&sum(&[one, late])),
            [(20.0, 10.0, 10.0), (30.0, 10.0, 10.0), (20.0, 0.0, 0.0), (0.0, 5.0, 0.0)]
                .into_iter()
                .filter(|(_, ramp, hold)| ramp + hold > 0.0)
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_delay_before_the_first_thread_is_left_out() {
        assert_eq!(told(&vec![(5.0, 0.0), (5.0, 3.0), (9.0, 3.0)]), [(3.0, 0.0, 4.0)]);
    }
}
