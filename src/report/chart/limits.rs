//! The limits of rules that a chart can show.
//!
//! In: the rules. Out: labelled lines. Always holds: a limit is shown only against the figure it limits: the same
//! requests and the same clock.

use crate::gate::RuleResult;
use crate::report::figures;
use crate::summary::Summary;

/// A limit as a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LimitLine {
    /// `p95 ≤ 100 ms`.
    pub(super) label: String,
    /// In the axis' unit.
    pub(super) value: f64,
}

/// The limits that concern all requests of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Limits {
    /// On percentiles of the times that the charts show.
    pub(super) latency: Vec<LimitLine>,
    /// On successes per second.
    pub(super) tps: Vec<LimitLine>,
}

impl Limits {
    /// The limits of `rules` on all requests.
    pub(super) fn of(summary: &Summary, rules: &[RuleResult]) -> Self {
        let other_clock = if summary.totals.response_time.is_some() { "service-" } else { "response-" };
        let of_all = |rule: &&RuleResult| concerns_all(summary, rule);
        let latency = rules.iter().filter(of_all).filter(|rule| is_shown_percentile(&rule.metric, other_clock));
        let tps = rules.iter().filter(of_all).filter(|rule| rule.metric == "tps");
        Self { latency: latency.map(line).collect(), tps: tps.map(line).collect() }
    }
}

/// A rule without a step, or on the only one.
fn concerns_all(summary: &Summary, rule: &RuleResult) -> bool {
    match (&rule.step, summary.steps.as_slice()) {
        (None, _) => true,
        (Some(step), [only]) => only.name.as_ref() == Some(step),
        _ => false,
    }
}

/// Whether a metric is a percentile of the times that the charts show, which are the model's own.
fn is_shown_percentile(metric: &str, other_clock: &str) -> bool {
    let bare = metric.strip_prefix("service-").or_else(|| metric.strip_prefix("response-")).unwrap_or(metric);
    let shown = !metric.starts_with(other_clock);
    shown && bare.strip_prefix('p').is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

fn line(rule: &RuleResult) -> LimitLine {
    let sign = match rule.op.as_str() {
        "<=" => "≤",
        ">=" => "≥",
        other => other,
    };
    let label = format!("{} {sign} {}", rule.metric, figures::limit(rule.limit, rule.dimension));
    LimitLine { label, value: rule.limit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_limit_stands_only_beside_the_figure_it_limits() {
        let mut run = fixture::passing();
        let limits = Limits::of(&run.summary, &run.verdict.rules);
        assert_eq!(limits.latency, [LimitLine { label: "p95 ≤ 100 ms".to_owned(), value: 100.0 }]);
        assert_eq!(limits.tps, [LimitLine { label: "tps ≥ 1,000/s".to_owned(), value: 1_000.0 }]);

        run.summary.totals.response_time = Some(run.summary.totals.service_time.clone());
        assert_eq!(
            Limits::of(&run.summary, &run.verdict.rules).latency.len(),
            1,
            "a bare p95 follows the model's clock"
        );
        run.verdict.rules[2].metric = "service-p95".to_owned();
        assert!(Limits::of(&run.summary, &run.verdict.rules).latency.is_empty());

        run.verdict.rules[0].step = Some("another".to_owned());
        assert!(Limits::of(&run.summary, &run.verdict.rules).tps.is_empty());
    }
}
