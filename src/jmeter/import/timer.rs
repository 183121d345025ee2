//! Timers as pauses and as pacing.
//!
//! In: timers. Out: the `think_time` of the steps in their scope, or the `pacing` of a scenario. Always holds: timers in
//! one scope add up; a length that only the run knows is asked for.

use std::fmt::Write as _;

use super::Importer;
use super::group::{Group, Stage};
use super::load::requests;
use super::steps::Scope;
use super::taken::Taken;
use super::write::{self, Step};
use crate::jmeter::expression::{Piece, pieces};
use crate::jmeter::jmx::Element;

/// What a timer adds to a pause, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pause {
    offset: f64,
    /// Drawn evenly from so wide a range, beside the offset.
    range: f64,
    /// The variance of what is drawn otherwise.
    variance: f64,
    /// Whether its length is not known.
    unknown: bool,
}

impl Pause {
    /// As a `think_time`.
    pub(super) fn text(self) -> String {
        let span = |millis: f64| write::text(&length(millis.round() as u64));
        if self.unknown {
            return write::text("?");
        }
        if self.variance > 0.0 {
            let deviation = (self.variance + self.range.powi(2) / 12.0).sqrt();
            let (mean, deviation) = (span(self.offset + self.range / 2.0), span(deviation));
            return format!("{{ normal = {{ mean = {mean}, deviation = {deviation} }} }}");
        }
        if self.range.round() < 1.0 {
            return span(self.offset);
        }
        format!("{{ uniform = [{}, {}] }}", span(self.offset), span(self.offset + self.range))
    }

    /// Whether it is no pause at all.
    pub(super) fn is_nothing(self) -> bool {
        !self.unknown && self.offset + self.range < 0.5 && self.variance <= 0.0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.offset += other.offset;
        self.variance += other.variance;
        self.unknown |= other.unknown;
        // Two even ranges are no even one; their spread is that of both.
        if self.range > 0.0 && other.range > 0.0 {
            self.variance += (self.range.powi(2) + other.range.powi(2)) / 12.0;
            self.offset += (self.range + other.range) / 2.0;
            self.range = 0.0;
        } else {
            self.range += other.range;
        }
    }
}

/// `2s`, `1500ms`.
pub(super) fn length(millis: u64) -> String {
    if millis.is_multiple_of(1_000) { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

impl Importer<'_> {
    /// A timer: its pause comes behind each step in scope.
    pub(super) fn timer(&mut self, element: &Element, scope: &mut Scope<'_>) {
        let taken = Taken::new(element);
        let mut pause = self.delay(element, ("ConstantTimer.delay", taken.text("ConstantTimer.delay")));
        let range = |of: &mut Self| of.delay(element, ("RandomTimer.range", taken.text("RandomTimer.range")));
        match element.simple_class() {
            "UniformRandomTimer" => {
                let range = range(self);
                pause.add(Pause { offset: 0.0, range: range.offset + range.range, ..range });
            }
            "GaussianRandomTimer" => {
                let range = range(self);
                pause.add(Pause { offset: 0.0, range: 0.0, variance: range.offset.powi(2), ..range });
            }
            // A Poisson variable of so many milliseconds has that mean and that variance.
            "PoissonRandomTimer" => {
                let range = range(self);
                pause.add(Pause { variance: range.offset, ..range });
                self.approximate(element, "the pause is drawn from a normal distribution of the same mean and spread");
            }
            _ => {}
        }
        taken.ignore(&["RandomTimer.range"]);
        scope.pause.get_or_insert_default().add(pause);
        if !pause.is_nothing() {
            self.approximate(element, "the pause comes behind each step, not before it");
        }
        self.finish(&taken);
    }

    /// The length of a pause in milliseconds, which may be drawn. JMeter takes what is no number for 0.
    pub(super) fn delay(&mut self, element: &Element, (name, text): (&str, &str)) -> Pause {
        let millis = |text: &str| text.trim().parse::<f64>().ok().map(|millis| millis.max(0.0));
        if text.trim().is_empty() {
            return Pause::default();
        }
        if let [Piece::Function { name, arguments }] = pieces(text.trim()).as_slice()
            && name == "__Random"
            && let [low, high, ..] = arguments.as_slice()
            && let [Some(low), Some(high)] = [low, high].map(|text| millis(&self.fixed.constant(text)?))
        {
            return Pause { offset: low, range: (high - low).max(0.0), ..Pause::default() };
        }
        match self.fixed.constant(text).as_deref().map(millis) {
            Some(Some(millis)) => Pause { offset: millis, ..Pause::default() },
            // Counted by `whole`: asked for where a property is missing, refused where it is no number.
            _ => {
                let known = self.whole(element, (name, text));
                Pause { offset: known.unwrap_or(0) as f64, unknown: known.is_none(), ..Pause::default() }
            }
        }
    }

    /// Writes the pacing that a throughput timer asks of a group.
    pub(super) fn pace(
        &mut self,
        (plan, element): (&Element, &Element),
        group: &mut Group,
        (steps, out): (&[Step], &mut String),
    ) {
        let Some(timer) = throughput_timer(element).or_else(|| beside(plan)) else { return };
        let samples = requests(steps).max(1) as f64;
        match timer.simple_class() {
            "ConstantThroughputTimer" => self.constant_throughput(timer, group, (samples, out)),
            "PreciseThroughputTimer" => self.precise_throughput(timer, group, samples),
            _ => self.shaping(timer, group, samples),
        }
    }

    fn constant_throughput(&mut self, timer: &Element, group: &Group, (samples, out): (f64, &mut String)) {
        let taken = Taken::new(timer);
        let text = taken.text("throughput");
        let users = match taken.text("calcMode").trim() {
            "" | "0" => Some(1),
            "1" | "2" | "3" | "4" => group.users,
            // Older versions saved the words of the window, in its language.
            mode if mode.contains("this thread only") || mode.contains("Nur dieser Thread") => Some(1),
            mode => return self.refuse(timer, "JMX109", format!("calcMode={mode}")),
        };
        self.finish(&taken);
        let a_minute = self.fixed.constant(text).and_then(|text| text.trim().parse::<f64>().ok());
        let (period, told) = match (a_minute, users) {
            (Some(a_minute), Some(users)) if a_minute > 0.0 => {
                let period = (users as f64 * samples * 60_000.0 / a_minute).round() as u64;
                (length(period), format!("each user begins an iteration every {}", length(period)))
            }
            // JMeter never lets a sample wait for a rate of 0.
            (Some(_), Some(_)) => return self.approximate(timer, "a throughput of 0 or less holds nothing back"),
            _ => {
                if a_minute.is_none() {
                    self.whole(timer, ("throughput", text));
                }
                ("?".to_owned(), "each user begins an iteration when its period is over".to_owned())
            }
        };
        let _infallible = writeln!(out, "pacing = {}", write::text(&period));
        self.approximate(timer, told);
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
        self.approximate(
            timer,
            "its schedule is that of arrivals, which wait for nobody; write arrivals = \"poisson\" for random gaps",
        );
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

/// A timer that says how much is sent, in `element` or below it.
fn throughput_timer(element: &Element) -> Option<&Element> {
    beside(element).or_else(|| element.children.iter().filter(|child| child.enabled).find_map(throughput_timer))
}

/// A timer that says how much is sent, among the children of `element`.
fn beside(element: &Element) -> Option<&Element> {
    let known = ["ConstantThroughputTimer", "PreciseThroughputTimer", "VariableThroughputTimer"];
    element.children.iter().find(|child| child.enabled && known.contains(&child.simple_class()))
}
