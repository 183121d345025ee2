//! One rule in words: what was measured, what was asked, how far apart they are.
//!
//! In: a [`RuleResult`]. Out: a [`RuleView`]. Always holds: a margin is negative exactly when the figure lies on the
//! wrong side of its limit, or when stalled time broke the rule.

use super::{RuleView, Subject, Tone};
use crate::gate::explain::stalled;
use crate::gate::{RuleResult, RuleVerdict};
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::report::text::fill;
use crate::scenario::threshold::Dimension;
use crate::units::{Micros, Ratio};

/// How far a figure lies on the good side of its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Margin {
    /// In the rule's unit; negative on the wrong side.
    pub(super) distance: f64,
    /// Of the limit; for shares, of the failures allowed. `None` where that is nothing.
    pub(super) share: Option<f64>,
}

impl Margin {
    /// The margin of a rule that has a figure.
    pub(super) fn of(rule: &RuleResult) -> Option<Self> {
        let observed = rule.observed?;
        let upper = rule.op.starts_with('<');
        let distance = if upper { rule.limit - observed } else { observed - rule.limit };
        let whole = match rule.dimension {
            Dimension::Share if !upper => 1.0 - rule.limit,
            _ => rule.limit,
        };
        // 1 - 0.99 is a little over 0.01: below a millionth there is nothing to divide by.
        Some(Self { distance, share: (whole > 1e-9).then(|| distance / whole) })
    }

    /// `+61.80 ms (62%)`.
    pub(super) fn text(self, dimension: Dimension) -> String {
        let distance = figures::difference(self.distance, dimension);
        match self.share {
            Some(share) => format!("{distance} ({})", rough_percent(share)),
            None => distance,
        }
    }
}

/// `62%`, `0.4%`, `-23%`: enough to judge a distance by.
fn rough_percent(share: f64) -> String {
    let percent = share * 100.0;
    let places = usize::from(percent.abs() < 10.0 && percent.abs() > 0.0);
    format!("{}%", figures::decimal(percent, places))
}

impl Subject<'_> {
    /// One rule's line.
    pub(super) fn rule(&self, rule: &RuleResult) -> RuleView {
        let absent = self.lang.text().absent;
        RuleView {
            rule: neutral(&rule.rule),
            observed: self.observed(rule),
            interval: self.interval(rule),
            limit: self.limit(rule),
            margin: self.margin(rule).unwrap_or_else(|| absent.to_owned()),
            word: self.rule_word(rule.verdict),
            tone: tone(rule.verdict),
        }
    }

    /// The distance to the limit; where stalled time broke the rule, how far that is over what the rule leaves.
    fn margin(&self, rule: &RuleResult) -> Option<String> {
        let Some((stalled, allowed)) = stalled(self.summary, rule) else {
            return Margin::of(rule).map(|margin| margin.text(rule.dimension));
        };
        let seconds = |time: Micros| figures::seconds(time.as_secs_f64());
        let (over, stalled, allowed) = (seconds(stalled.saturating_sub(allowed)), seconds(stalled), seconds(allowed));
        let blanks = [("over", over.as_str()), ("stalled", &stalled), ("allowed", &allowed)];
        Some(fill(self.lang.why().stalled_margin, &blanks))
    }

    pub(super) fn observed(&self, rule: &RuleResult) -> String {
        rule.observed.map_or_else(
            || self.lang.text().absent.to_owned(),
            |observed| figures::beside(observed, rule.limit, rule.dimension),
        )
    }

    /// `at most 100 ms`.
    pub(super) fn limit(&self, rule: &RuleResult) -> String {
        let t = self.lang.text();
        let template = match rule.op.as_str() {
            "<" => t.below,
            "<=" => t.at_most,
            ">" => t.above,
            _ => t.at_least,
        };
        fill(template, &[("limit", &figures::limit(rule.limit, rule.dimension))])
    }

    /// The ends, and why one or both are missing: `≥ 99.99% (if independent)`, `150 failures in 2 seconds`.
    fn interval(&self, rule: &RuleResult) -> Option<String> {
        let note = rule.ci_note.map(|note| self.lang.interval_note(note));
        match (ends(rule), note) {
            (Some(ends), Some(note)) => Some(format!("{ends} ({note})")),
            (ends, note) => ends.or(note),
        }
    }

    fn rule_word(&self, verdict: RuleVerdict) -> String {
        let t = self.lang.text();
        match verdict {
            RuleVerdict::Pass => self.success(t.rule_pass),
            RuleVerdict::Marginal => self.success(t.rule_marginal),
            RuleVerdict::Fail => t.rule_fail.to_owned(),
            RuleVerdict::Unproven => t.rule_unproven.to_owned(),
            RuleVerdict::NoData => t.rule_no_data.to_owned(),
        }
    }
}

/// `17.90 ms – 18.60 ms`; nothing when neither end is known.
fn ends(rule: &RuleResult) -> Option<String> {
    let end = |value: f64| match Ratio::new(value) {
        Some(share) if rule.dimension == Dimension::Share => figures::share(share),
        _ => figures::beside(value, rule.limit, rule.dimension),
    };
    match (rule.ci_low, rule.ci_high) {
        (None, None) => None,
        (Some(low), None) => Some(format!("≥ {}", end(low))),
        (None, Some(high)) => Some(format!("≤ {}", end(high))),
        (Some(low), Some(high)) => Some(format!("{} – {}", end(low), end(high))),
    }
}

const fn tone(verdict: RuleVerdict) -> Tone {
    match verdict {
        RuleVerdict::Pass => Tone::Good,
        RuleVerdict::Marginal => Tone::Close,
        RuleVerdict::Fail => Tone::Bad,
        RuleVerdict::Unproven | RuleVerdict::NoData => Tone::Unsure,
    }
}
