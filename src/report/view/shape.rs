//! The shape of the load in words: the model, its stages, its iteration limit.
//!
//! In: the facts of the run. Out: one line. Always holds: a load that changes is never shown as one that stays.

use super::Subject;
use crate::report::figures;
use crate::report::text::fill;
use crate::summary::StageFacts;

impl Subject<'_> {
    pub(super) fn model(&self) -> String {
        let (p, run) = (self.lang.page(), &self.summary.run);
        let users = figures::count(u64::from(run.users));
        let model = match run.rate {
            Some(rate) => fill(p.open, &[("rate", &figures::rate(rate)), ("users", &users)]),
            None => fill(p.closed, &[("users", &users)]),
        };
        let limit = run.iterations.map(|most| fill(p.iterations, &[("most", &figures::count(most))]));
        let stages: Vec<String> = run.stages.iter().map(|stage| self.stage(*stage)).collect();
        let stages =
            (!stages.is_empty()).then(|| fill(p.stages, &[("stages", &stages.join(self.lang.text().list_comma))]));
        [Some(model), limit, stages].into_iter().flatten().collect::<Vec<_>>().join(self.lang.text().semicolon)
    }

    fn stage(&self, StageFacts { from, to, seconds }: StageFacts) -> String {
        let (p, open) = (self.lang.page(), self.summary.run.rate.is_some());
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
