//! The rules of the caches.
//!
//! In: how many lookups were found where. Out: checks. Always holds: the blocking rules are shares of all lookups; the
//! second level is judged by what reaches it, and its other definition stands beside it; no lookups prove nothing.

use crate::acceptance::metrics::{CacheSeen, Figure, LoadFacts, Source};
use crate::gate::acceptance::metrics::with;
use crate::gate::acceptance::witness::{begin, cut_share};
use crate::gate::acceptance::{Check, Limit, Measure, Said, Window};
use crate::scenario::acceptance::{CacheSection, Severity};
use crate::units::Ratio;

/// The checks of `seen`.
#[must_use]
pub fn judge(section: &CacheSection, (seen, load): (&CacheSeen, &LoadFacts), severity: &Severity) -> Vec<Check> {
    let of = |rule: &str, least: Ratio, share: &dyn Fn(Lookups) -> (u64, u64)| {
        let check = begin(severity, (rule, ""), &query(seen)).over(window(seen, load));
        let check = check.wants(Limit::AtLeast(Measure::Share(least.get())));
        counted(check, seen, |check, lookups| {
            let (part, whole) = share(lookups);
            if whole == 0 {
                return check.no_data(lookups.said());
            }
            let holds = part as f64 / whole as f64 >= least.get();
            check.judged(Measure::Share(cut_share(part, whole)), holds).noting(lookups.said())
        })
    };
    vec![
        of("cache.total", section.total, &|lookups| (lookups.l1 + lookups.l2, lookups.all())),
        of("cache.l1", section.l1, &|lookups| (lookups.l1, lookups.all())),
        of("cache.l2", section.l2, &|lookups| (lookups.l2, lookups.l2 + lookups.misses)),
    ]
}

/// Whole lookups.
#[derive(Clone, Copy)]
struct Lookups {
    l1: u64,
    l2: u64,
    misses: u64,
}

impl Lookups {
    const fn all(self) -> u64 {
        self.l1 + self.l2 + self.misses
    }

    /// The counts, and the second level by both definitions.
    fn said(self) -> Said {
        let Self { l1, l2, misses } = self;
        let shown = |whole: u64| if whole == 0 { "-".to_owned() } else { cut_share(l2, whole).to_string() };
        let (conditional, share) = (shown(l2 + misses), shown(self.all()));
        Said::new(
            format!(
                "L1 hits {l1}, L2 hits {l2}, misses {misses}; L2 of what L1 missed {conditional}, of all lookups {share}"
            ),
            format!(
                "L1 命中 {l1}，L2 命中 {l2}，未命中 {misses}；L2 占 L1 未命中的 {conditional}，占全部查找的 {share}"
            ),
        )
    }
}

fn query(seen: &CacheSeen) -> String {
    format!("{}; {}; {}", seen.l1_hits.query, seen.l2_hits.query, seen.misses.query)
}

fn window(seen: &CacheSeen, load: &LoadFacts) -> Window {
    let span = if seen.l1_hits.source == Source::Reads { load.span } else { load.window };
    Window::Between(span.start, span.end)
}

fn counted(check: Check, seen: &CacheSeen, judge: impl FnOnce(Check, Lookups) -> Check) -> Check {
    let whole = |figure: &Figure| figure.value.as_ref().map_or(0, |count| count.round().max(0.0) as u64);
    let lookups = Lookups { l1: whole(&seen.l1_hits), l2: whole(&seen.l2_hits), misses: whole(&seen.misses) };
    let untold = [&seen.l1_hits, &seen.l2_hits, &seen.misses].into_iter().find(|figure| figure.value.is_err());
    match untold {
        Some(figure) => with(check, figure, |check, _| check),
        None => judge(check, lookups),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::acceptance::metrics::Unseen;
    use crate::acceptance::prometheus::Span;
    use crate::gate::acceptance::CheckVerdict::{self, Fail, NoData, Pass, Warn};

    fn figure(value: Result<f64, Unseen>) -> Figure {
        Figure { query: "q".into(), source: Source::Reads, value, tolerance: 0.0, began_anew: false }
    }

    fn checks(l1: Result<f64, Unseen>, l2: f64, misses: f64) -> Vec<Check> {
        let at = Timestamp::UNIX_EPOCH;
        let span = Span { start: at, end: at };
        let load = LoadFacts {
            span,
            window: span,
            answered: 1,
            unknown: 0,
            succeeded: 1,
            tps: 1.0,
            mean_ms: 1.0,
            clock_moved: false,
        };
        let seen = CacheSeen { l1_hits: figure(l1), l2_hits: figure(Ok(l2)), misses: figure(Ok(misses)) };
        judge(&CacheSection::default(), (&seen, &load), &Severity::default())
    }

    fn ends(l1: f64, l2: f64, misses: f64) -> Vec<CheckVerdict> {
        checks(Ok(l1), l2, misses).into_iter().map(|check| check.verdict).collect()
    }

    #[test]
    fn the_contracts_own_example_passes_and_shows_both_definitions() {
        assert_eq!(ends(850.0, 75.0, 75.0), [Pass, Pass, Pass]);
        let note = checks(Ok(850.0), 75.0, 75.0)[2].note.clone().unwrap();
        assert!(note.en.ends_with("L2 of what L1 missed 0.5, of all lookups 0.075"), "{}", note.en);
    }

    #[test]
    fn limits_hold_at_their_ends_and_the_second_level_only_warns() {
        assert_eq!(ends(800.0, 100.0, 100.0), [Pass, Pass, Pass]);
        assert_eq!(ends(799.0, 101.0, 100.0), [Pass, Fail, Pass]);
        assert_eq!(ends(899_999.0, 0.0, 100_001.0), [Fail, Pass, Warn]);
    }

    #[test]
    fn no_lookups_and_missing_counters_prove_nothing() {
        assert_eq!(ends(0.0, 0.0, 0.0), [NoData, NoData, NoData]);
        assert_eq!(ends(10.0, 0.0, 0.0), [Pass, Pass, NoData], "nothing reached the second level");
        let missing = checks(Err(Unseen::Missing("l1".into())), 1.0, 1.0);
        assert!(missing.iter().all(|check| check.verdict == NoData), "{missing:?}");
    }
}
