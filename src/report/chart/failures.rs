//! Failures over time, the most frequent classes apart.
//!
//! In: the series. Out: marks. Always holds: the classes are stacked in the order of their frequency, and every
//! failure of the series is in one of them; an arrival that was never sent stands in the second in which it was due.

use super::canvas::{Mark, Point, WIDTH};
use super::frame::{self, BOTTOM, TOP};
use super::palette::{CLASSES, Ink};
use super::scale::{self, Scale};
use super::seconds::Stretch;
use super::{Hover, Stop, Subject, time};
use crate::histogram::series::ClassCounts;
use crate::report::figures;
use crate::report::text::Lang;
use crate::sample::FailureClass;

const RIGHT: f64 = WIDTH - 30.0;

/// A layer of the chart: one class, or all that have no layer of their own.
struct Layer {
    name: &'static str,
    classes: Vec<FailureClass>,
    ink: Ink,
}

impl Layer {
    fn of(&self, point: &Stretch) -> u64 {
        self.classes.iter().map(|class| u64::from(point.classes.of(*class))).sum()
    }
}

/// The chart's marks.
pub(super) fn marks(subject: Subject<'_>, lang: Lang) -> Vec<Mark> {
    let Subject { summary, words, points, .. } = subject;
    let layers = layers(points, lang);
    let highest = points.iter().map(|p| p.per_second(p.failed_attempts())).fold(0.0, f64::max);
    let x = time::axis(points, RIGHT);
    let y = Scale::linear((0.0, scale::ceiling(highest * 1.04, 5.0)), (BOTTOM, TOP));
    let entries: Vec<(String, Ink)> = layers.iter().map(|layer| (layer.name.to_owned(), layer.ink)).collect();

    let mut marks = frame::heading(words.failures, "");
    marks.extend(frame::legend(&entries));
    marks.extend(time::outside_window(&x, summary, words));
    marks.extend(frame::values(&y, RIGHT, words.failures_each_second));
    marks.extend(time::ticks(&x, words, &subject.each_point()));
    marks.extend(stacked(points, &layers, (&x, &y)));
    if layers.is_empty() {
        marks.push(frame::nothing(RIGHT, words));
    }
    marks
}

/// What a reader sees who points at a place.
pub(super) fn hover(subject: Subject<'_>, lang: Lang) -> Hover {
    let (points, layers) = (subject.points, layers(subject.points, lang));
    let x = time::axis(points, RIGHT);
    let stop = |p: &Stretch| Stop {
        x: x.place(p.middle()),
        head: time::moment(p, subject.words),
        values: layers.iter().map(|layer| figures::count(layer.of(p))).collect(),
    };
    let names = layers.iter().map(|layer| layer.name.to_owned()).collect();
    Hover { names, stops: points.iter().map(stop).collect() }
}

/// The classes that occur, most frequent first, the rarest as one.
fn layers(points: &[Stretch], lang: Lang) -> Vec<Layer> {
    let mut all = ClassCounts::default();
    points.iter().for_each(|point| all.merge(&point.classes));
    let mut found: Vec<FailureClass> = FailureClass::ALL.into_iter().filter(|class| all.of(*class) > 0).collect();
    found.sort_by_key(|class| std::cmp::Reverse(all.of(*class)));
    let own = if found.len() > usize::from(CLASSES) { usize::from(CLASSES) - 1 } else { found.len() };
    let rest = found.split_off(own);
    let named = found.into_iter().map(|class| (lang.failure_class(class), vec![class]));
    let others = (!rest.is_empty()).then_some((lang.charts().other_classes, rest));
    let layers = named.chain(others).zip(0..);
    layers.map(|((name, classes), at)| Layer { name, classes, ink: Ink::Class(at) }).collect()
}

/// Each layer on the one before it, as staircases without the time in which it is empty.
fn stacked(points: &[Stretch], layers: &[Layer], (x, y): (&Scale, &Scale)) -> Vec<Mark> {
    let mut below = vec![0_u64; points.len()];
    let mut marks = Vec::new();
    for layer in layers {
        let counts: Vec<u64> = points.iter().map(|point| layer.of(point)).collect();
        let mut at = 0;
        while at < points.len() {
            let run = counts[at..].iter().take_while(|count| **count > 0).count();
            let stairs = |height: &dyn Fn(usize) -> u64| -> Vec<Point> {
                let stair = |n: usize| {
                    let height = y.place(points[n].per_second(height(n)));
                    [(x.place(points[n].start), height), (x.place(points[n].end()), height)]
                };
                (at..at + run).flat_map(stair).collect()
            };
            if run > 0 {
                let mut outline = stairs(&|n| below[n] + counts[n]);
                outline.extend(stairs(&|n| below[n]).into_iter().rev());
                marks.push(Mark::Area { outline, ink: layer.ink });
            }
            at += run.max(1);
        }
        below.iter_mut().zip(counts).for_each(|(below, count)| *below += count);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::seconds::Points;
    use crate::report::fixture;

    fn counts(of: &[(FailureClass, u32)]) -> ClassCounts {
        let mut counts = ClassCounts::default();
        of.iter().for_each(|(class, n)| (0..*n).for_each(|_| counts.add(*class)));
        counts
    }

    #[test]
    fn the_rarest_classes_are_one_layer_and_no_failure_is_left_out() {
        let mut summary = fixture::passing().summary;
        let many: Vec<(FailureClass, u32)> = FailureClass::ALL.into_iter().zip(3..).collect();
        for second in &mut summary.series {
            second.classes = counts(&many);
        }
        let points = Points::of(&summary).stretches;
        let layers = layers(&points, Lang::En);
        assert_eq!(layers.len(), usize::from(CLASSES));
        assert_eq!(layers[0].classes, [FailureClass::Dropped], "the most frequent first");
        let all: u64 = layers.iter().map(|layer| layer.of(&points[5])).sum();
        assert_eq!(all, many.iter().map(|(_, n)| u64::from(*n)).sum::<u64>());
        assert_eq!(layers[4].name, Lang::En.charts().other_classes);
    }

    #[test]
    fn arrivals_that_were_never_sent_are_as_high_as_their_number_though_nothing_sent_failed() {
        let mut run = fixture::passing();
        let drawn = |run: &fixture::Run| super::super::draw(&run.summary, &run.verdict.rules, Lang::En).unwrap();
        for second in &mut run.summary.series {
            (second.failures, second.classes) = (0, ClassCounts::default());
        }
        let is_failures = |chart: &super::super::Chart| chart.name == "failures-over-time";
        assert!(!drawn(&run).iter().any(is_failures), "nothing failed");
        run.summary.series[60].classes = counts(&[(FailureClass::Unsent, 90)]);
        let charts = drawn(&run);
        let chart = charts.iter().find(|chart| is_failures(chart)).unwrap();
        assert!(chart.svg.contains(&format!("{}\n", Lang::En.failure_class(FailureClass::Unsent))), "{}", chart.svg);
        assert!(chart.svg.contains("\n100\n"), "the axis reaches over ninety a second");
        assert!(chart.hover.contains("|90"), "{}", chart.hover);
    }

    #[test]
    fn a_second_without_failures_parts_two_areas() {
        let mut summary = fixture::passing().summary;
        for (at, second) in summary.series.iter_mut().enumerate() {
            second.classes = counts(&[(FailureClass::Timeout, u32::from(at == 40 || at == 42))]);
        }
        let points = Points::of(&summary).stretches;
        let (x, y) = (time::axis(&points, RIGHT), Scale::linear((0.0, 2.0), (BOTTOM, TOP)));
        let marks = stacked(&points, &layers(&points, Lang::En), (&x, &y));
        assert_eq!(marks.len(), 2);
        assert!(marks.iter().all(|mark| matches!(mark, Mark::Area { outline, .. } if outline.len() == 4)), "{marks:?}");
    }
}
