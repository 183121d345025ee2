//! Timers as pauses.
//!
//! In: timers. Out: the `think_time` of the steps in their scope. Always holds: timers in one scope add up; a length that
//! only the run knows is asked for.

use super::Importer;
use super::steps::Scope;
use super::taken::Taken;
use super::write;
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
}
