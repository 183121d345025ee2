//! The shape of the load in words: the model, its stages, its iteration limit.
//!
//! In: the load of a run, planned or past. Out: one line. Always holds: a load that changes is never shown as one that
//! stays; it is told in the same words before the run and in its report.

use super::Subject;
use crate::report::figures;
use crate::report::text::{Lang, fill};
use crate::summary::StageFacts;
use crate::units::RatePerSec;

/// What tells loads apart.
#[derive(Clone, Copy, Debug)]
pub struct LoadShape<'a> {
    /// Virtual users; the most at any time.
    pub users: u32,
    /// Arrivals per second, in an open model.
    pub rate: Option<RatePerSec>,
    /// Iterations that end the window.
    pub iterations: Option<u64>,
    /// The stages of a load that changes.
    pub stages: &'a [StageFacts],
}

impl Subject<'_> {
    pub(super) fn model(&self) -> String {
        let run = &self.summary.run;
        let shape = LoadShape { users: run.users, rate: run.rate, iterations: run.iterations, stages: &run.stages };
        shape.in_words(self.lang)
    }
}

impl LoadShape<'_> {
    /// `closed: 100 virtual users, each waiting for its answer; stages: 2 users for 2 s, 2 to 8 users in 10 s`.
    #[must_use]
    pub fn in_words(&self, lang: Lang) -> String {
        let p = lang.page();
        let users = figures::count(u64::from(self.users));
        let model = match self.rate {
            Some(rate) => fill(p.open, &[("rate", &figures::rate(rate)), ("users", &users)]),
            None => fill(p.closed, &[("users", &users)]),
        };
        let limit = self.iterations.map(|most| fill(p.iterations, &[("most", &figures::count(most))]));
        let stages = self.stages_in_words(lang);
        let stages = (!stages.is_empty()).then(|| fill(p.stages, &[("stages", &stages.join(lang.text().list_comma))]));
        [Some(model), limit, stages].into_iter().flatten().collect::<Vec<_>>().join(lang.text().semicolon)
    }

    /// Each stage by itself: `2 to 8 users in 10 s`.
    #[must_use]
    pub fn stages_in_words(&self, lang: Lang) -> Vec<String> {
        self.stages.iter().map(|stage| self.stage(lang, *stage)).collect()
    }

    fn stage(&self, lang: Lang, StageFacts { from, to, seconds }: StageFacts) -> String {
        let (p, open) = (lang.page(), self.rate.is_some());
        let [from, to, seconds] = [level(from), level(to), figures::seconds(seconds)];
        let template = match (open, from == to) {
            (false, true) => p.users_held,
            (false, false) => p.users_ramped,
            (true, true) => p.rate_held,
            (true, false) => p.rate_ramped,
        };
        fill(template, &[("from", &from), ("to", &to), ("seconds", &seconds)])
    }
}

/// Without decimals that say nothing.
fn level(level: f64) -> String {
    let text = figures::decimal(level, 2);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
