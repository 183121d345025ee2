//! Throughput over time: successes and failures of each second, and the virtual users beside them.
//!
//! In: the series and the limits. Out: marks. Always holds: both axes start at 0; users have the right one.

use super::canvas::{Anchor, Mark, Point, WIDTH};
use super::frame::{self, BOTTOM, LEFT, TOP};
use super::limits::Limits;
use super::palette::Ink;
use super::scale::{self, Scale};
use super::seconds::{Stretch, stretches};
use super::{Subject, time};
use crate::report::text::{ChartText, fill};

const RIGHT: f64 = WIDTH - 66.0;
const LEGEND_HEIGHT: f64 = 37.0;

/// The chart's marks.
pub(super) fn marks(Subject { summary, words }: Subject<'_>, limits: &Limits) -> Vec<Mark> {
    let points = stretches(&summary.series);
    let rates = points.iter().flat_map(|p| [p.per_second(p.successes), p.per_second(p.failures)]);
    let highest = limits.tps.iter().map(|limit| limit.value).chain(rates).fold(0.0, f64::max);
    let most_users = points.iter().map(|p| p.users).fold(0.0, f64::max);
    let plot = Plot {
        points: &points,
        x: time::axis(&points, RIGHT),
        rate: Scale::linear((0.0, scale::ceiling(highest * 1.04, 5.0)), (BOTTOM, TOP)),
        users: Scale::linear((0.0, scale::ceiling(most_users * 1.04, 5.0)), (BOTTOM, TOP)),
    };

    let mut marks = frame::heading(words.throughput, "");
    marks.extend(legend(limits, words));
    marks.extend(plot.successes());
    marks.extend(time::outside_window(&plot.x, summary, words));
    marks.extend(frame::values(&plot.rate, RIGHT, words.per_second));
    marks.extend(time::ticks(&plot.x, words));
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

/// What each line is, in one row below the title.
fn legend(limits: &Limits, words: &ChartText) -> Vec<Mark> {
    let entries = [(words.succeeded, Ink::Success), (words.failed, Ink::Failure), (words.users_right, Ink::Users)]
        .map(|(name, ink)| (name.to_owned(), ink));
    let limits = limits.tps.iter().map(|limit| (fill(words.limit, &[("limit", &limit.label)]), Ink::Limit));
    let mut marks = Vec::new();
    let mut at = frame::MARGIN;
    for (name, ink) in entries.into_iter().chain(limits) {
        let (from, to) = ((at, LEGEND_HEIGHT), (at + 20.0, LEGEND_HEIGHT));
        if ink == Ink::Limit {
            marks.extend(frame::dashed(from, to, ink));
        } else {
            marks.push(Mark::Line { through: vec![from, to], ink, width: 2.0 });
        }
        marks.push(frame::word((at + 27.0, LEGEND_HEIGHT), &name, (Ink::Muted, Anchor::Start)));
        at += 27.0 + frame::wide(&name) + 20.0;
    }
    marks
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
