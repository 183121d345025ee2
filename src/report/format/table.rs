//! The tables of a report, for the formats that lay them out one after another.
//!
//! In: a [`ReportView`]. Out: [`Table`]s of its texts. Always holds: the same columns in the same order as the page.

use crate::report::ReportView;
use crate::report::view::{FailureTimesView, Figure, Tone, WhyView};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Column {
    /// Text.
    Words,
    /// Text that programs wrote or read.
    Code,
    /// Figures, aligned at their end.
    Figures,
}

/// A table of texts.
pub(in crate::report) struct Table {
    /// Heads of the columns; empty texts where the rows speak for themselves.
    pub(in crate::report) head: Vec<(&'static str, Column)>,
    pub(in crate::report) rows: Vec<Vec<String>>,
    /// For tables whose rows are good or bad news: of each row.
    pub(in crate::report) tones: Vec<Tone>,
}

/// Every rule with its figure, limit and end.
pub(in crate::report) fn rules(view: &ReportView) -> Table {
    let p = view.lang.page();
    let intervals = view.has_intervals();
    let columns = [
        (p.rule, Column::Code),
        (p.observed, Column::Figures),
        (p.interval, Column::Figures),
        (p.limit, Column::Words),
        (p.margin, Column::Figures),
        (p.verdict, Column::Words),
    ];
    let shown = |at: usize| intervals || at != 2;
    let rows = view.rules.iter().map(|rule| {
        let interval = rule.interval.clone().unwrap_or_else(|| "–".to_owned());
        let cells = [&rule.rule, &rule.observed, &interval, &rule.limit, &rule.margin, &rule.word].map(Clone::clone);
        only(cells, shown)
    });
    Table { head: only(columns, shown), rows: rows.collect(), tones: view.rules.iter().map(|rule| rule.tone).collect() }
}

/// Every step with its counts and times.
pub(in crate::report) fn steps(view: &ReportView) -> Table {
    let (t, p) = (view.lang.text(), view.lang.page());
    let figures = [
        p.requests,
        p.succeeded,
        p.failed,
        p.success_rate,
        t.tps,
        p.mean,
        p.min,
        p.max,
        "P50",
        "P90",
        "P95",
        "P99",
        "P99.9",
    ];
    let head = [(p.step, Column::Words)].into_iter().chain(figures.map(|figure| (figure, Column::Figures)));
    let rows = view.steps.iter().map(|step| [&step.name].into_iter().chain(&step.cells).cloned().collect());
    Table { head: head.collect(), rows: rows.collect(), tones: Vec::new() }
}

/// Every kind of failure.
pub(in crate::report) fn failures(view: &ReportView) -> Table {
    let p = view.lang.page();
    let head = vec![
        (p.class, Column::Words),
        (p.step, Column::Words),
        (p.status, Column::Figures),
        (p.code, Column::Figures),
        (p.message, Column::Words),
        (p.count, Column::Figures),
        (p.first, Column::Figures),
        (p.last, Column::Figures),
    ];
    let row = |f: &crate::report::FailureView| {
        let class = format!("{} ({})", f.class, f.id);
        let rest = [&f.step, &f.status, &f.code, &f.message, &f.count, &f.first, &f.last];
        [class].into_iter().chain(rest.map(Clone::clone)).collect()
    };
    Table { head, rows: view.failures.iter().map(row).collect(), tones: Vec::new() }
}

/// Why a rule failed.
pub(super) fn why(view: &ReportView, why: &WhyView) -> Table {
    let w = view.lang.why();
    let head = vec![
        (w.by, Column::Words),
        (w.what, Column::Words),
        (why.share_of, Column::Figures),
        (w.of_all, Column::Figures),
    ];
    let rows =
        why.rows.iter().map(|row| vec![row.by.to_owned(), row.what.clone(), row.share.clone(), row.of_all.clone()]);
    Table { head, rows: rows.collect(), tones: Vec::new() }
}

/// The two clocks of an open model.
pub(super) fn clocks(view: &ReportView) -> Table {
    let p = view.lang.page();
    let figures = [p.mean, p.min, p.max, "P50", "P90", "P95", "P99", "P99.9"].map(|name| (name, Column::Figures));
    let head = [(p.step, Column::Words), (p.clock, Column::Words)].into_iter().chain(figures).collect();
    let row = |row: &crate::report::ClockView| {
        [row.step.clone(), row.clock.to_owned()].into_iter().chain(row.cells.iter().cloned()).collect()
    };
    Table { head, rows: view.clocks.iter().map(row).collect(), tones: Vec::new() }
}

/// How long the failures of each class took.
pub(in crate::report) fn failure_times(view: &ReportView) -> Table {
    let p = view.lang.page();
    let figures = [p.count, p.mean, "P50", "P95", p.max].map(|figure| (figure, Column::Figures));
    let row = |times: &FailureTimesView| {
        let class = format!("{} ({})", times.class, times.id);
        [class].into_iter().chain(times.cells.iter().cloned()).collect()
    };
    let head = [(p.class, Column::Words)].into_iter().chain(figures).collect();
    Table { head, rows: view.failure_times.iter().map(row).collect(), tones: Vec::new() }
}

/// Labels and what stands behind them.
pub(in crate::report) fn pairs(figures: &[Figure], values: Column) -> Table {
    let rows = figures.iter().map(|figure| vec![figure.label.to_owned(), figure.value.clone()]);
    Table { head: vec![("", Column::Words), ("", values)], rows: rows.collect(), tones: Vec::new() }
}

fn only<T, const N: usize>(cells: [T; N], shown: impl Fn(usize) -> bool) -> Vec<T> {
    cells.into_iter().enumerate().filter(|(at, _)| shown(*at)).map(|(_, cell)| cell).collect()
}
