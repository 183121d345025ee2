//! Values to places on an axis, and the values worth a tick.
//!
//! In: a range of values and where it lies. Out: places and ticks. Always holds: a place is finite, also for an empty
//! range or a value outside it.

/// An axis: which values lie between which places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
    log: bool,
}

impl Scale {
    /// Equal distances for equal differences.
    pub(super) fn linear((from, to): (f64, f64), (start, end): (f64, f64)) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self { from, to, start, end, log: false }
    }

    /// Equal distances for equal ratios; `from` must be over 0.
    pub(super) fn log((from, to): (f64, f64), (start, end): (f64, f64)) -> Self {
        let from = from.max(1e-6);
        let to = if to > from { to } else { from * 10.0 };
        Self { from, to, start, end, log: true }
    }

    /// Where `value` lies; values outside the range lie at its end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let value = if value.is_finite() { value.clamp(self.from, self.to) } else { self.to };
        let share = if self.log {
            (value / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.start + share * (self.end - self.start)
    }

    /// The value that lies at `place`.
    pub(super) fn value(&self, place: f64) -> f64 {
        let share = (place - self.start) / (self.end - self.start);
        if self.log { self.from * (self.to / self.from).powf(share) } else { self.from + share * (self.to - self.from) }
    }

    /// Whether equal distances are equal ratios.
    pub(super) const fn is_log(&self) -> bool {
        self.log
    }

    /// The values at both ends.
    pub(super) const fn range(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    /// The places at both ends.
    pub(super) const fn places(&self) -> (f64, f64) {
        (self.start, self.end)
    }

    /// The values worth a tick, in order.
    pub(super) fn ticks(&self, about: f64) -> Vec<f64> {
        if self.log {
            log_ticks(self.from, self.to)
        } else {
            multiples(self.from, self.to, step(self.to - self.from, about))
        }
    }

    /// Ticks for seconds: whole minutes and hours where there are many.
    pub(super) fn time_ticks(&self) -> Vec<f64> {
        const STEPS: [f64; 16] =
            [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0];
        let span = self.to - self.from;
        let step = STEPS.into_iter().find(|step| span / step <= 9.0).unwrap_or_else(|| step(span, 6.0));
        multiples(self.from, self.to, step)
    }
}

/// The end of a range from 0 that holds `value` and is worth a tick.
pub(super) fn ceiling(value: f64, about: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let step = step(value, about);
    (value / step).ceil() * step
}

/// A step of 1, 2 or 5 times a power of ten, `about` of which make `span`.
fn step(span: f64, about: f64) -> f64 {
    let rough = span / about;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * 0.999).unwrap_or(10.0);
    factor * power
}

fn multiples(from: f64, to: f64, step: f64) -> Vec<f64> {
    // Adding 0 makes a zero of a negative zero.
    let first = (from / step - 1e-9).ceil() + 0.0;
    let mut ticks = Vec::new();
    let mut at = first;
    // A step is never under a hundredth of its range; the bound holds whatever rounding does.
    while at * step <= to + step * 1e-9 && ticks.len() < 100 {
        ticks.push(at * step);
        at += 1.0;
    }
    ticks
}

/// 1, 2 and 5 of each decade; decades alone where those would crowd.
fn log_ticks(from: f64, to: f64) -> Vec<f64> {
    let decades = (from.log10().floor(), to.log10().ceil());
    let crowded = (to / from).log10() > 4.0;
    let factors: &[f64] = if crowded { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let mut ticks = Vec::new();
    let mut decade = decades.0;
    while decade <= decades.1 {
        ticks.extend(factors.iter().map(|factor| factor * 10_f64.powf(decade)));
        decade += 1.0;
    }
    ticks.retain(|tick| *tick >= from * 0.999_999 && *tick <= to * 1.000_001);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(Scale::linear((0.0, 200.0), (0.0, 1.0)).ticks(5.0), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(Scale::log((4.8, 130.0), (0.0, 1.0)).ticks(5.0), [5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(Scale::linear((-20.0, 302.0), (0.0, 1.0)).time_ticks(), [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]);
        assert_eq!(ceiling(104.0, 5.0), 150.0);
        assert_eq!(ceiling(0.0, 5.0), 1.0);
    }

    #[test]
    fn a_place_is_finite_whatever_the_value() {
        for scale in [
            Scale::linear((0.0, 0.0), (10.0, 20.0)),
            Scale::log((0.0, 0.0), (10.0, 20.0)),
            Scale::linear((0.0, 1e300), (10.0, 20.0)),
        ] {
            for value in [0.0, -5.0, 1e18, f64::NAN, f64::INFINITY] {
                assert!((10.0..=20.0).contains(&scale.place(value)), "{scale:?} {value}");
            }
            assert!(scale.ticks(5.0).len() < 20);
        }
    }
}
