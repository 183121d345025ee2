//! Timers that say how much is sent.
//!
//! In: throughput timers. Out: the `pacing` of a scenario, or arrivals. Always holds: a timer counts the samples in its
//! scope; of several, the slowest sets the pace.

use std::fmt::Write as _;

use super::Importer;
use super::group::{Group, Stage};
use super::taken::Taken;
use super::timer::length;
use super::write;
use crate::jmeter::jmx::Element;

/// From one iteration of a user to its next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Period {
    /// Milliseconds.
    Of(u64),
    /// One that is asked for.
    Unknown,
}

impl Importer<'_> {
    /// Writes the pacing that throughput timers ask of a group.
    pub(super) fn pace(&mut self, (plan, element): (&Element, &Element), group: &mut Group, out: &mut String) {
        let mut timers = Vec::new();
        timers_of(element, &mut timers);
        timers.extend(beside(plan).map(|timer| (element, timer)));
        let mut slowest: Option<Period> = None;
        let paced: Vec<&Element> = timers.iter().map(|(_, timer)| *timer).collect();
        for (holder, timer) in timers {
            let samples = self.samples(holder).max(1.0);
            match timer.simple_class() {
                "ConstantThroughputTimer" => slowest = slowest.max(self.constant_throughput(timer, group, samples)),
                _ if !group.stages.is_empty() => {
                    self.refuse(timer, "JMX109", "a second schedule: a scenario has one load");
                }
                "PreciseThroughputTimer" => self.precise_throughput(timer, group, samples),
                _ => self.shaping(timer, group, samples),
            }
        }
        let (period, told) = match slowest {
            None => return,
            Some(Period::Of(millis)) => {
                (length(millis), format!("each user begins an iteration every {}", length(millis)))
            }
            Some(Period::Unknown) => {
                ("?".to_owned(), "each user begins an iteration when its period is over".to_owned())
            }
        };
        let _infallible = writeln!(out, "pacing = {}", write::text(&period));
        for timer in paced.into_iter().filter(|timer| timer.is("ConstantThroughputTimer")) {
            self.approximate(timer, told.clone());
        }
    }

    /// How many samples a pass through `element` takes, as far as the plan says.
    fn samples(&self, element: &Element) -> f64 {
        let below = || element.children.iter().filter(|child| child.enabled).map(|child| self.samples(child));
        let number =
            |name: &str| self.fixed.constant(element.text(name).unwrap_or_default())?.trim().parse::<f64>().ok();
        match element.simple_class() {
            class if class == "HTTPSamplerProxy" || class == "TestAction" || class.ends_with("Sampler") => 1.0,
            "LoopController" => {
                below().sum::<f64>() * number("LoopController.loops").filter(|n| *n >= 0.0).unwrap_or(1.0)
            }
            "OnceOnlyController" | "TestFragmentController" => 0.0,
            "RandomController" | "InterleaveControl" | "SwitchController" => {
                let arms: Vec<f64> = below().filter(|samples| *samples > 0.0).collect();
                arms.iter().sum::<f64>() / arms.len().max(1) as f64
            }
            _ => below().sum(),
        }
    }

    fn constant_throughput(&mut self, timer: &Element, group: &Group, samples: f64) -> Option<Period> {
        let taken = Taken::new(timer);
        let text = taken.text("throughput");
        let users = match taken.text("calcMode").trim() {
            "" | "0" | "this thread only" | "Nur dieser Thread" => Some(1),
            "1" | "2" | "3" | "4" => group.users,
            // Older versions saved the words of the window, in its language: JMeter reads those of its own.
            mode if mode.starts_with("all active threads") => group.users,
            mode => {
                self.approximate(
                    timer,
                    format!("calcMode={mode}: JMeter takes what it cannot read for this thread only"),
                );
                Some(1)
            }
        };
        self.finish(&taken);
        let a_minute = self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok());
        match (a_minute, users) {
            (Some(a_minute), Some(users)) if a_minute > 0.0 => {
                Some(Period::Of((users as f64 * samples * 60_000.0 / a_minute).round() as u64))
            }
            // JMeter never lets a sample wait for a rate of 0.
            (Some(_), Some(_)) => {
                self.approximate(timer, "a throughput of 0 or less holds nothing back");
                None
            }
            _ => {
                if a_minute.is_none() {
                    self.whole(timer, ("throughput", text));
                }
                Some(Period::Unknown)
            }
        }
    }

    /// A schedule of samples: arrivals of an open model.
    fn precise_throughput(&mut self, timer: &Element, group: &mut Group, samples: f64) {
        let taken = Taken::new(timer);
        let number = |name: &'static str, of: &mut Self| {
            let text = taken.text(name);
            let value = of.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok());
            if value.is_none() && !text.trim().is_empty() {
                of.refuse(timer, "JMX109", format!("{name}={text} is no number that is known before the test"));
            }
            value
        };
        let (throughput, period) = (number("throughput", self), number("throughputPeriod", self));
        taken.ignore(&[
            "exactLimit",
            "allowedThroughputSurplus",
            "duration",
            "batchSize",
            "batchThreadDelay",
            "randomSeed",
        ]);
        self.finish(&taken);
        let rate = throughput.unwrap_or(0.0) / period.filter(|period| *period > 0.0).unwrap_or(3_600.0) / samples;
        let hold = group.duration.unwrap_or(0) as f64;
        if rate <= 0.0 || hold <= 0.0 {
            return self.refuse(timer, "JMX109", "a throughput without a rate, or without a duration of its group");
        }
        group.stages = vec![Stage { of: "rate", level: rate, ramp: 0.0, hold }];
        group.random_arrivals = true;
        self.approximate(timer, "its schedule is that of arrivals, which wait for nobody");
    }

    /// Rows of a rate at the start, at the end, and seconds between.
    fn shaping(&mut self, timer: &Element, group: &mut Group, samples: f64) {
        let rows = self.rows_of_numbers(timer, "load_profile");
        Taken::new(timer).ignore(&["load_profile"]);
        let mut stages: Vec<Stage> = Vec::new();
        let mut at = None;
        for row in &rows {
            let [from, to, seconds] = row.as_slice() else { continue };
            let (from, to) = (from / samples, to / samples);
            if at != Some(from.to_bits()) {
                stages.push(Stage { of: "rate", level: from, ramp: 0.0, hold: 0.0 });
            }
            if from.to_bits() == to.to_bits() {
                stages.last_mut().into_iter().for_each(|last| last.hold += seconds);
            } else {
                stages.push(Stage { of: "rate", level: to, ramp: *seconds, hold: 0.0 });
            }
            at = Some(to.to_bits());
        }
        if stages.iter().all(|stage| stage.level <= 0.0) {
            return self.refuse(timer, "JMX109", "load_profile has no rows of start rate, end rate and seconds");
        }
        group.stages = super::shape::tidied(stages);
        self.exact(timer);
        self.approximate(
            timer,
            "its rates are those of arrivals, which wait for nobody, and the run ends with its last row",
        );
    }
}

/// Timers that say how much is sent, in `element` and below it, each with the element that it stands in.
fn timers_of<'e>(element: &'e Element, out: &mut Vec<(&'e Element, &'e Element)>) {
    for child in element.children.iter().filter(|child| child.enabled) {
        if is_throughput_timer(child) {
            out.push((element, child));
        } else {
            timers_of(child, out);
        }
    }
}

/// A timer that says how much is sent, among the children of `element`.
fn beside(element: &Element) -> Option<&Element> {
    element.children.iter().find(|child| child.enabled && is_throughput_timer(child))
}

fn is_throughput_timer(element: &Element) -> bool {
    ["ConstantThroughputTimer", "PreciseThroughputTimer", "VariableThroughputTimer"].contains(&element.simple_class())
}
