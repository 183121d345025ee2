//! The latency heatmap: how many requests took how long, second by second.
//!
//! In: the times of the window's seconds. Out: marks. Always holds: at most [`COLUMNS`] columns of whole seconds, so
//! seconds are merged and never thinned; a cell without a request is not drawn.

use super::canvas::{Mark, WIDTH};
use super::frame::{self, BOTTOM, LEFT, TOP};
use super::palette::{HEATS, Ink};
use super::scale::Scale;
use super::{Hover, Stop, Subject, time};
use crate::plan::RowId;
use crate::report::figures;
use crate::report::text::fill;
use crate::summary::Summary;
use crate::summary::confidence::TimesRecord;
use crate::units::Millis;

/// So many columns at most.
const COLUMNS: usize = 100;
const ROWS: usize = 40;
const RIGHT: f64 = WIDTH - 30.0;

/// The cells of the map.
pub(super) struct Grid {
    /// Seconds to a column.
    seconds: u32,
    /// Counts, column after column, each from short times to long ones.
    cells: Vec<[u64; ROWS]>,
    /// Times in milliseconds.
    y: Scale,
    /// The count of the fullest cell.
    most: u64,
}

impl Grid {
    pub(super) fn of(summary: &Summary) -> Self {
        let kept = summary.seconds.row(RowId::All);
        let seconds = kept.sums().last().map_or(0, |last| last.second.saturating_add(1));
        // Whole stretches of seconds whose times are known together.
        let most = u32::try_from(COLUMNS).unwrap_or(u32::MAX);
        let step = seconds.div_ceil(most).max(1).next_multiple_of(kept.width());
        let edges = || kept.times().iter().flat_map(TimesRecord::buckets).map(|(edge, _)| edge);
        let (low, high) = edges().fold((u32::MAX, 1), |(low, high), edge| (low.min(edge), high.max(edge)));
        let (low, high) = (f64::from(low.clamp(1, high)) / 1e3, f64::from(high) / 1e3);
        let y = Scale::log((low * 0.95, high * 1.05), (BOTTOM, TOP));
        let mut cells = vec![[0_u64; ROWS]; seconds.div_ceil(step) as usize];
        for times in kept.times() {
            let Some(column) = cells.get_mut((times.first / step) as usize) else { continue };
            for (edge, count) in times.buckets() {
                let share = (y.place(f64::from(edge) / 1e3) - BOTTOM) / (TOP - BOTTOM);
                column[((share * ROWS as f64) as usize).min(ROWS - 1)] += u64::from(count);
            }
        }
        let most = cells.iter().flatten().copied().max().unwrap_or(0);
        Self { seconds: step, cells, y, most }
    }

    /// The chart's marks.
    pub(super) fn marks(&self, subject: Subject<'_>) -> Vec<Mark> {
        let words = subject.words;
        let x = self.axis();
        let entries = [(words.few, Ink::Heat(1)), (words.many, Ink::Heat(HEATS - 1))];
        let each = match subject.width {
            ..=1 => String::new(),
            _ => fill(words.each_column, &[("span", &time::span(self.seconds, words))]),
        };
        let mut marks = frame::heading(words.heatmap, "");
        marks.extend(frame::legend(&entries.map(|(name, ink)| (name.to_owned(), ink))));
        marks.extend(frame::values(&self.y, RIGHT, words.milliseconds));
        marks.extend(time::ticks(&x, words, &each));
        marks.extend(self.blocks(&x));
        if self.most == 0 {
            marks.push(frame::nothing(RIGHT, words));
        }
        marks
    }

    /// What a reader sees who points at a place.
    pub(super) fn hover(&self, subject: Subject<'_>) -> Hover {
        let (words, x) = (subject.words, self.axis());
        let (step, names) = (f64::from(self.seconds), [words.requests, words.most_took, words.longest]);
        let stop = |(cells, at): (&[u64; ROWS], u32)| {
            let from = f64::from(at) * step;
            let total: u64 = cells.iter().sum();
            let fullest = cells.iter().enumerate().max_by_key(|(_, count)| **count)?.0;
            let last = cells.iter().rposition(|count| *count > 0)?;
            let head = format!("{}\u{2013}{}", figures::decimal(from, 0), figures::decimal(from + step, 0));
            let values = vec![figures::count(total), self.range(fullest), self.range(last)];
            Some(Stop { x: x.place(from + step / 2.0), head: fill(words.moment, &[("at", &head)]), values })
        };
        let stops = self.cells.iter().zip(0..).filter_map(stop).collect();
        Hover { names: names.map(ToOwned::to_owned).to_vec(), stops }
    }

    fn axis(&self) -> Scale {
        let until = self.cells.len() as f64 * f64::from(self.seconds);
        Scale::linear((0.0, if until > 0.0 { until } else { 10.0 }), (LEFT, RIGHT))
    }

    /// The shade of a count: each is as many times the one before.
    fn shade(&self, count: u64) -> Option<u8> {
        let most = (self.most as f64).max(2.0).ln();
        let share = (count.max(1) as f64).ln() / most;
        (count > 0).then(|| ((share * f64::from(HEATS)) as u8).min(HEATS - 1))
    }

    /// A block for each run of cells of one shade in a column.
    fn blocks(&self, x: &Scale) -> Vec<Mark> {
        let height = (BOTTOM - TOP) / ROWS as f64;
        let step = f64::from(self.seconds);
        let mut marks = Vec::new();
        for (column, at) in self.cells.iter().zip(0_u32..) {
            let (left, right) = (x.place(f64::from(at) * step), x.place(f64::from(at + 1) * step));
            let shades: Vec<Option<u8>> = column.iter().map(|count| self.shade(*count)).collect();
            let mut row = 0;
            for run in shades.chunk_by(|a, b| a == b) {
                let (low, high) = (BOTTOM - row as f64 * height, BOTTOM - (row + run.len()) as f64 * height);
                if let Some(Some(shade)) = run.first() {
                    marks.push(Mark::Block { from: (left, high), to: (right, low), ink: Ink::Heat(*shade) });
                }
                row += run.len();
            }
        }
        marks
    }

    /// The times that a row holds.
    fn range(&self, row: usize) -> String {
        let (low, high) = self.y.range();
        let edge = |at: usize| low * (high / low).powf(at as f64 / ROWS as f64);
        let shown = |time: f64| figures::bare_millis(Millis::new(time));
        format!("{}\u{2013}{} ms", shown(edge(row)), shown(edge(row + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::summary::confidence::{SecondRecord, Seconds};

    fn grid(seconds: u32, buckets: &[(u32, u32)]) -> Grid {
        let mut summary = fixture::passing().summary;
        let second = |second| (SecondRecord { second, ..SecondRecord::default() }, buckets.to_vec());
        summary.seconds = Seconds::of_all((0..seconds).map(second));
        Grid::of(&summary)
    }

    #[test]
    fn a_long_run_has_a_hundred_columns_and_keeps_every_request() {
        let grid = grid(86_400, &[(15_007, 40), (90_111, 2)]);
        assert!(grid.cells.len() <= COLUMNS, "{}", grid.cells.len());
        assert_eq!(grid.cells.iter().flatten().sum::<u64>(), 86_400 * 42);
    }

    #[test]
    fn an_empty_cell_is_not_drawn() {
        let grid = grid(10, &[(1_000, 5), (100_000, 1)]);
        let marks = grid.blocks(&grid.axis());
        assert_eq!(marks.len(), 20, "two blocks a second");
        assert!(Grid::of(&fixture::interrupted().summary).cells.is_empty());
    }

    #[test]
    fn more_requests_are_never_lighter() {
        let grid = grid(3, &[(1_000, 5_000), (2_000, 500), (4_000, 50), (8_000, 1)]);
        let shades: Vec<Option<u8>> = [0, 1, 50, 500, 5_000].map(|count| grid.shade(count)).to_vec();
        assert!(shades.is_sorted() && shades[0].is_none() && shades[4] == Some(HEATS - 1), "{shades:?}");
    }
}
