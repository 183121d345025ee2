//! The tables: steps, failures, caveats.
//!
//! In: the summary's rows. Out: rows of text. Always holds: the order is the summary's, caveats by class first.

use super::{CaveatGroup, CaveatView, ClockView, FailureTimesView, FailureView, StepView, Subject, Tone};
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::summary::caveat::{Caveat, CaveatClass};
use crate::summary::{FailureRow, FailureTimes, Row, TimeBlock};
use crate::units::Millis;

/// A step of on_start or on_stop is told from those of the loop by the key it stands under.
fn setup_name(name: &str) -> String {
    format!("{} (on_start/on_stop)", neutral(name))
}

impl Subject<'_> {
    /// Each step, and all of them together when they are several.
    pub(super) fn steps(&self) -> Vec<StepView> {
        let steps = &self.summary.steps;
        let iteration = self.summary.iteration.iter().map(|row| self.step(row, "iteration".to_owned()));
        let each = steps.iter().map(|row| self.step(row, row.name.as_deref().map(neutral).unwrap_or_default()));
        let all = (steps.len() != 1).then(|| self.step(&self.summary.totals, self.lang.page().all.to_owned()));
        let of_group = |row: &Row| self.step(row, row.name.as_deref().map(neutral).unwrap_or_default());
        let of_setup = |row: &Row| self.step(row, setup_name(row.name.as_deref().unwrap_or_default()));
        let groups = self.summary.groups.iter().map(of_group);
        each.chain(groups).chain(iteration).chain(all).chain(self.summary.setup.iter().map(of_setup)).collect()
    }

    fn step(&self, row: &Row, name: String) -> StepView {
        let time = row.model_time();
        let [mean, min, max, p50, p90, p95, p99, p999] = self.spread(time);
        let (requests, successes) = (figures::count(row.requests), figures::count(row.successes));
        let (failures, share, tps) = (figures::count(row.failures), self.share(row.success_rate), self.rate(row.tps));
        let cells = [requests, successes, failures, share, tps, mean, min, max, p50, p90, p95, p99, p999];
        StepView { name, cells }
    }

    /// Both clocks of each step, and of all of them together when they are several.
    pub(super) fn clocks(&self) -> Vec<ClockView> {
        let (p, summary) = (self.lang.page(), self.summary);
        let steps = summary.steps.iter().map(|row| (row, row.name.as_deref().map(neutral).unwrap_or_default()));
        let all = (summary.steps.len() != 1).then(|| (&summary.totals, p.all.to_owned()));
        let both = |(row, step): (&Row, String)| {
            let response = row.response_time.as_ref()?;
            let clock = |clock, time| ClockView { step: step.clone(), clock, cells: self.spread(time) };
            Some([clock(p.response_time, response), clock(self.lang.text().service_time, &row.service_time)])
        };
        steps.chain(all).filter_map(both).flatten().collect()
    }

    fn spread(&self, time: &TimeBlock) -> [String; 8] {
        let bare = |time: Option<Millis>| time.map_or_else(|| self.lang.text().absent.to_owned(), figures::bare_millis);
        [time.mean, time.min, time.max, time.p50, time.p90, time.p95, time.p99, time.p999].map(bare)
    }

    pub(super) fn failures(&self) -> Vec<FailureView> {
        let apart = self.summary.setup_failures.iter();
        let apart = apart.map(|row| FailureView { step: setup_name(&row.step), ..self.failure(row) });
        self.summary.failures.iter().map(|row| self.failure(row)).chain(apart).collect()
    }

    fn failure(&self, row: &FailureRow) -> FailureView {
        let second = |second: Option<u32>| second.map(|at| format!("{} s", figures::count(at.into())));
        let or_nothing = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        FailureView {
            class: self.lang.failure_class(row.class),
            id: row.class.name(),
            step: neutral(&row.step),
            status: or_nothing(row.status.map(|status| status.to_string())),
            code: or_nothing(row.code.map(|code| code.to_string())),
            message: neutral(&self.lang.said(row.class, &row.message)),
            count: figures::count(row.count),
            first: or_nothing(second(row.first_second)),
            last: or_nothing(second(row.last_second)),
        }
    }

    pub(super) fn failure_times(&self) -> Vec<FailureTimesView> {
        let bare = |time: Option<Millis>| time.map_or_else(|| self.lang.text().absent.to_owned(), figures::bare_millis);
        let of_class = |FailureTimes { class, failure_time: time }: &FailureTimes| FailureTimesView {
            class: self.lang.failure_class(*class),
            id: class.name(),
            cells: [figures::count(time.count), bare(time.mean), bare(time.p50), bare(time.p95), bare(time.max)],
        };
        self.summary.failures_by_class.iter().map(of_class).collect()
    }

    /// The caveats by class, worst first; a class without any is left out.
    pub(super) fn caveats(&self) -> Vec<CaveatGroup> {
        let t = self.lang.text();
        [
            (CaveatClass::Accounting, t.caveats_accounting, Tone::Bad),
            (CaveatClass::Instrument, t.caveats_instrument, Tone::Close),
            (CaveatClass::Warning, t.caveats_warning, Tone::Unsure),
        ]
        .into_iter()
        .map(|(class, heading, tone)| {
            let of_class = self.summary.caveats.iter().filter(|caveat| caveat.class() == class);
            CaveatGroup { heading, tone, caveats: of_class.map(|caveat| self.caveat(caveat)).collect() }
        })
        .filter(|group| !group.caveats.is_empty())
        .collect()
    }

    fn caveat(&self, caveat: &Caveat) -> CaveatView {
        CaveatView {
            title: self.lang.caveat_title(caveat),
            id: caveat.id(),
            message: neutral(&self.lang.caveat_message(caveat)),
            advice: neutral(&self.lang.caveat_advice(caveat)),
        }
    }
}
