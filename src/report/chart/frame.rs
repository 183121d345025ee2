//! What all charts share: title, axes, grid, shading, dashed limits, lines with gaps, labels that do not collide.
//!
//! In: scales and words. Out: marks in drawing order. Always holds: nothing lies outside the sheet.

use super::canvas::{Anchor, HEIGHT, Mark, Point, WIDTH, WordStyle};
use super::palette::Ink;
use super::scale::Scale;
use crate::report::figures;
use crate::report::text::ChartText;

/// Left edge of words that belong to no axis.
pub(super) const MARGIN: f64 = 12.0;
/// Left edge of every plot.
pub(super) const LEFT: f64 = 66.0;
/// Lower edge of every plot.
pub(super) const BOTTOM: f64 = HEIGHT - 46.0;
/// Upper edge of a plot without anything between it and its unit.
pub(super) const TOP: f64 = 78.0;
/// Size of ticks and labels.
pub(super) const SMALL: f64 = 11.5;

/// A word in the size of ticks.
pub(super) fn word(at: Point, text: &str, (ink, anchor): (Ink, Anchor)) -> Mark {
    Mark::Word { at, text: text.to_owned(), style: WordStyle { ink, size: SMALL, bold: false, anchor } }
}

/// Ground, title and the line below it.
pub(super) fn heading(title: &str, below: &str) -> Vec<Mark> {
    let style = WordStyle { ink: Ink::Text, size: 14.5, bold: true, anchor: Anchor::Start };
    vec![
        Mark::Block { from: (0.0, 0.0), to: (WIDTH, HEIGHT), ink: Ink::Paper },
        Mark::Word { at: (MARGIN, 17.0), text: title.to_owned(), style },
        word((MARGIN, 37.0), below, (Ink::Muted, Anchor::Start)),
    ]
}

/// Horizontal grid lines with their values to the left, and the unit above.
pub(super) fn values(y: &Scale, right: f64, unit: &str) -> Vec<Mark> {
    let ticks = y.ticks(5.0);
    let (_, highest) = y.range();
    let mut marks = vec![word((MARGIN, y.place(highest) - 16.0), unit, (Ink::Muted, Anchor::Start))];
    for tick in ticks {
        let at = y.place(tick);
        let ink = if tick == 0.0 { Ink::Axis } else { Ink::Grid };
        marks.push(Mark::Line { through: vec![(LEFT, at), (right, at)], ink, width: 0.75 });
        // A logarithmic axis spans decades: each tick has the decimals of its own.
        let of = if y.is_log() { tick } else { highest };
        marks.push(word((LEFT - 8.0, at), &amount(tick, of), (Ink::Muted, Anchor::End)));
    }
    marks
}

/// Ticks with their labels below the plot, and what they count.
pub(super) fn below(x: &Scale, ticks: &[(f64, String)], unit: &str) -> Vec<Mark> {
    let (from, to) = x.range();
    let mut marks =
        vec![Mark::Line { through: vec![(x.place(from), BOTTOM), (x.place(to), BOTTOM)], ink: Ink::Axis, width: 0.75 }];
    for (value, label) in ticks {
        let at = x.place(*value);
        marks.push(Mark::Line { through: vec![(at, BOTTOM), (at, BOTTOM + 4.0)], ink: Ink::Axis, width: 0.75 });
        marks.push(word((at, BOTTOM + 14.0), label, (Ink::Muted, Anchor::Middle)));
    }
    marks.push(word(((x.place(from) + x.place(to)) / 2.0, BOTTOM + 34.0), unit, (Ink::Muted, Anchor::Middle)));
    marks
}

/// A value on an axis that ends at `highest`: millions from a million on.
pub(super) fn amount(value: f64, highest: f64) -> String {
    let (value, highest, unit) = match highest {
        h if h >= 1e9 => (value / 1e9, highest / 1e9, " G"),
        h if h >= 1e6 => (value / 1e6, highest / 1e6, " M"),
        h => (value, h, ""),
    };
    let places = match highest {
        h if h > 8.0 => 0,
        h if h > 0.8 => 1,
        h if h > 0.08 => 2,
        _ => 3,
    };
    let text = figures::decimal(value, places);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", if value == 0.0 { "" } else { unit })
}

/// A line from `from` to `to`, which lie beside or below each other, in dashes.
pub(super) fn dashed(from: Point, to: Point, ink: Ink) -> Vec<Mark> {
    const DASH: f64 = 6.0;
    const GAP: f64 = 4.0;
    let length = (to.0 - from.0).hypot(to.1 - from.1).max(1e-9);
    let along = |distance: f64| {
        let share = (distance / length).min(1.0);
        (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
    };
    let mut marks = Vec::new();
    let mut at = 0.0;
    while at < length {
        marks.push(Mark::Line { through: vec![along(at), along(at + DASH)], ink, width: 1.25 });
        at += DASH + GAP;
    }
    marks
}

/// A line that is broken where a value is missing; a value between two gaps is a dot.
pub(super) fn broken_line(points: &[Option<Point>], ink: Ink, width: f64) -> Vec<Mark> {
    points
        .split(Option::is_none)
        .map(|run| run.iter().flatten().copied().collect::<Vec<Point>>())
        .filter_map(|run| match run.as_slice() {
            [] => None,
            [only] => Some(Mark::Dot { at: *only, ink }),
            _ => Some(Mark::Line { through: run, ink, width }),
        })
        .collect()
}

/// Heights for labels that want to stand at `wanted`, at least `apart` from each other, none below `lowest`.
pub(super) fn spread(wanted: &[f64], apart: f64, lowest: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut heights = wanted.to_vec();
    let mut free = f64::NEG_INFINITY;
    for at in &order {
        heights[*at] = wanted[*at].max(free);
        free = heights[*at] + apart;
    }
    let mut ceiling = lowest;
    for at in order.iter().rev() {
        heights[*at] = heights[*at].min(ceiling);
        ceiling = heights[*at] - apart;
    }
    heights
}

/// Height of a legend, below the title.
const LEGEND: f64 = 37.0;

/// What each line or colour is, in one row below the title. Limits are dashed.
pub(super) fn legend(entries: &[(String, Ink)]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = MARGIN;
    for (name, ink) in entries {
        let (from, to) = ((at, LEGEND), (at + 20.0, LEGEND));
        match ink {
            Ink::Limit => marks.extend(dashed(from, to, *ink)),
            Ink::Class(_) | Ink::Heat(_) | Ink::SuccessArea => {
                marks.push(Mark::Block { from: (at, LEGEND - 5.0), to: (at + 20.0, LEGEND + 5.0), ink: *ink });
            }
            _ => marks.push(Mark::Line { through: vec![from, to], ink: *ink, width: 2.0 }),
        }
        marks.push(word((at + 27.0, LEGEND), name, (Ink::Muted, Anchor::Start)));
        at += 27.0 + wide(name) + 20.0;
    }
    marks
}

/// What stands in a plot without data.
pub(super) fn nothing(right: f64, words: &ChartText) -> Mark {
    word(((LEFT + right) / 2.0, f64::midpoint(TOP, BOTTOM)), words.nothing, (Ink::Muted, Anchor::Middle))
}

/// About how wide a word in the size of ticks is.
pub(super) fn wide(text: &str) -> f64 {
    let share = |c: char| match c {
        ' ' | ',' | '.' | '(' | ')' | ':' | '/' | 'i' | 'j' | 'l' | 't' | 'r' | 'f' => 0.36,
        'm' | 'w' | '≤' | '≥' => 0.9,
        '\u{2e80}'.. => 1.0,
        _ => 0.62,
    };
    text.chars().map(share).sum::<f64>() * SMALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_do_not_collide_and_stay_on_the_sheet() {
        assert_eq!(spread(&[100.0, 102.0, 50.0], 14.0, 300.0), [100.0, 114.0, 50.0]);
        assert_eq!(spread(&[298.0, 299.0, 300.0], 14.0, 300.0), [272.0, 286.0, 300.0]);
        assert!(spread(&[], 14.0, 300.0).is_empty());
    }

    #[test]
    fn a_missing_value_breaks_the_line() {
        let p = |x: f64| Some((x, 0.0));
        let marks = broken_line(&[p(1.0), p(2.0), None, p(4.0), None, None], Ink::Median, 1.0);
        assert!(matches!(marks.as_slice(), [Mark::Line { .. }, Mark::Dot { .. }]), "{marks:?}");
    }

    #[test]
    fn an_amount_on_an_axis_is_short() {
        for (value, highest, text) in [
            (0.0, 2e6, "0"),
            (500_000.0, 2e6, "0.5 M"),
            (1_500.0, 2_000.0, "1,500"),
            (0.25, 0.5, "0.25"),
            (2.0, 6.0, "2"),
        ] {
            assert_eq!(amount(value, highest), text);
        }
    }
}
