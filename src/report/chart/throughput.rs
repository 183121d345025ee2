//! Throughput over time: successes and failures of each second, and the virtual users beside them.
//!
//! In: the series and the limits. Out: marks. Always holds: both axes start at 0; users have the right one.

use super::canvas::{Anchor, Mark, Point, WIDTH};
use super::frame::{self, BOTTOM, LEFT, TOP};
use super::limits::Limits;
use super::palette::Ink;
use super::scale::{self, Scale};
use super::seconds::Stretch;
use super::{Hover, Stop, Subject, time};
use crate::report::figures;
use crate::report::text::{ChartText, fill};

const RIGHT: f64 = WIDTH - 66.0;

/// The chart's marks.
pub(super) fn marks(subject: Subject<'_>, limits: &Limits) -> Vec<Mark> {
    let Subject { summary, words, points, .. } = subject;
    let rates = points.iter().flat_map(|p| [p.per_second(p.successes), p.per_second(p.failures)]);
    let highest = limits.tps.iter().map(|limit| limit.value).chain(rates).fold(0.0, f64::max);
    let most_users = points.iter().map(|p| p.users).fold(0.0, f64::max);
    let plot = Plot {
        points,
        x: time::axis(points, RIGHT),
        rate: Scale::linear((0.0, scale::ceiling(highest * 1.04, 5.0)), (BOTTOM, TOP)),
        users: Scale::linear((0.0, scale::ceiling(most_users * 1.04, 5.0)), (BOTTOM, TOP)),
    };

    let mut marks = frame::heading(words.throughput, "");
    marks.extend(legend(limits, words));
    marks.extend(plot.successes());
    marks.extend(time::outside_window(&plot.x, summary, words));
    marks.extend(frame::values(&plot.rate, RIGHT, words.per_second));
    marks.extend(time::ticks(&plot.x, words, &subject.each_point()));
    marks.extend(plot.user_axis(words));
    marks.extend(plot.lines());
    for limit in &limits.tps {
        let at = plot.rate.place(limit.value);
        marks.extend(frame::dashed((LEFT, at), (RIGHT, at), Ink::Limit));
    }
    if points.is_empty() {
        marks.push(frame::nothing(RIGHT, words));
    }
    marks
}

/// What each line is.
fn legend(limits: &Limits, words: &ChartText) -> Vec<Mark> {
    let lines = [(words.succeeded, Ink::Success), (words.failed, Ink::Failure), (words.users_right, Ink::Users)];
    let limits = limits.tps.iter().map(|limit| (fill(words.limit, &[("limit", &limit.label)]), Ink::Limit));
    let entries: Vec<(String, Ink)> =
        lines.into_iter().map(|(name, ink)| (name.to_owned(), ink)).chain(limits).collect();
    frame::legend(&entries)
}

/// What a reader sees who points at a place.
pub(super) fn hover(subject: Subject<'_>) -> Hover {
    let words = subject.words;
    let names = [words.succeeded, words.failed, words.users].map(ToOwned::to_owned);
    let x = time::axis(subject.points, RIGHT);
    let stop = |p: &Stretch| Stop {
        x: x.place(p.middle()),
        head: time::moment(p, words),
        values: vec![
            per_second(p.per_second(p.successes), words),
            per_second(p.per_second(p.failures), words),
            figures::decimal(p.users, 0),
        ],
    };
    Hover { names: names.to_vec(), stops: subject.points.iter().map(stop).collect() }
}

fn per_second(rate: f64, words: &ChartText) -> String {
    format!("{}{}", figures::decimal(rate, if rate > 0.0 && rate < 10.0 { 2 } else { 0 }), words.each_second)
}

struct Plot<'a> {
    points: &'a [Stretch],
    x: Scale,
    rate: Scale,
    users: Scale,
}

impl Plot<'_> {
    fn rates(&self, count: impl Fn(&Stretch) -> u64) -> Vec<Point> {
        self.points.iter().map(|p| (self.x.place(p.middle()), self.rate.place(p.per_second(count(p))))).collect()
    }

    /// The area under the successes.
    fn successes(&self) -> Option<Mark> {
        let mut outline = self.rates(|p| p.successes);
        let (first, last) = (outline.first()?.0, outline.last()?.0);
        if outline.len() < 2 {
            return None;
        }
        outline.extend([(last, BOTTOM), (first, BOTTOM)]);
        Some(Mark::Area { outline, ink: Ink::SuccessArea })
    }

    fn lines(&self) -> Vec<Mark> {
        let some = |points: Vec<Point>| points.into_iter().map(Some).collect::<Vec<_>>();
        let mut marks = frame::broken_line(&self.user_steps(), Ink::Users, 1.25);
        marks.extend(frame::broken_line(&some(self.rates(|p| p.successes)), Ink::Success, 1.5));
        marks.extend(frame::broken_line(&self.failures(), Ink::Failure, 1.5));
        marks
    }

    /// Failures where there are any, down to the ground on both sides; elsewhere the axis stays clean.
    fn failures(&self) -> Vec<Option<Point>> {
        let failed = |at: usize| self.points.get(at).is_some_and(|p| p.failures > 0);
        let near = |at: usize| failed(at) || failed(at + 1) || at.checked_sub(1).is_some_and(failed);
        self.rates(|p| p.failures).into_iter().enumerate().map(|(at, point)| near(at).then_some(point)).collect()
    }

    /// Users change between seconds: a staircase.
    fn user_steps(&self) -> Vec<Option<Point>> {
        let ends = |p: &Stretch| {
            let height = self.users.place(p.users);
            [Some((self.x.place(p.start), height)), Some((self.x.place(p.end()), height))]
        };
        self.points.iter().flat_map(ends).collect()
    }

    fn user_axis(&self, words: &ChartText) -> Vec<Mark> {
        let (_, most) = self.users.range();
        let mut marks = vec![frame::word((WIDTH - frame::MARGIN, TOP - 16.0), words.users, (Ink::Muted, Anchor::End))];
        for tick in self.users.ticks(5.0).into_iter().filter(|tick| tick.fract() == 0.0) {
            let label = frame::amount(tick, most);
            marks.push(frame::word((RIGHT + 8.0, self.users.place(tick)), &label, (Ink::Muted, Anchor::Start)));
        }
        marks
    }
}
