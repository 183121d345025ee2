//! The verdict as a sentence: what held and by what margin, what failed, or why nothing is proven.
//!
//! In: the verdict and what it was reached from. Out: a [`VerdictView`] and the banners above it. Always holds: a
//! success on the embedded service is marked as a demonstration.

use super::rules::Margin;
use super::{Subject, Tone, VerdictView};
use crate::gate::explain::stalled;
use crate::gate::{RuleResult, RuleVerdict, RunVerdict};
use crate::plan::GateOrigin;
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::report::text::fill;
use crate::scenario::threshold::Dimension;
use crate::summary::caveat::CaveatClass;
use crate::units::Millis;

impl Subject<'_> {
    pub(super) fn verdict_view(&self) -> VerdictView {
        let t = self.lang.text();
        let (word, sentence, tone) = match self.verdict.run {
            RunVerdict::Pass => (self.success(t.run_pass), self.why_pass(), Tone::Good),
            RunVerdict::Fail => (t.run_fail.to_owned(), self.why_fail(), Tone::Bad),
            RunVerdict::Invalid => (t.run_invalid.to_owned(), self.why_invalid(), Tone::Unsure),
        };
        VerdictView { word, sentence, notes: self.notes(), tone }
    }

    pub(super) fn banners(&self) -> Vec<&'static str> {
        let t = self.lang.text();
        let custom = self.verdict.gate == GateOrigin::Custom;
        [
            (self.embedded(), t.demonstration_banner),
            (self.summary.interrupted, t.interrupted_banner),
            (custom, t.custom_gate_banner),
        ]
        .into_iter()
        .filter_map(|(stands, banner)| stands.then_some(banner))
        .collect()
    }

    fn why_pass(&self) -> String {
        let t = self.lang.text();
        let rules = self.verdict.rules.len().to_string();
        if self.verdict.rules.is_empty() {
            return t.pass_without_rules.to_owned();
        }
        let Some((rule, margin)) = tightest(&self.verdict.rules) else {
            return fill(t.pass_plain, &[("rules", &rules)]);
        };
        let (name, observed) = (neutral(&rule.rule), self.observed(rule));
        let margin = margin.text(rule.dimension);
        fill(t.pass_sentence, &[("rules", &rules), ("tightest", &name), ("observed", &observed), ("margin", &margin)])
    }

    fn why_fail(&self) -> String {
        let t = self.lang.text();
        let failed: Vec<String> = self.ended(RuleVerdict::Fail).map(|rule| self.breach(rule)).collect();
        let lead = fill(
            t.fail_lead,
            &[("failed", &failed.len().to_string()), ("rules", &self.verdict.rules.len().to_string())],
        );
        // Where to look first, of the first that can be explained.
        let look = self.ended(RuleVerdict::Fail).find_map(|rule| self.look_first(rule)).unwrap_or_default();
        self.lang.sentences(&format!("{lead}{}", failed.join(t.semicolon)), &look)
    }

    /// One broken rule with its figure. A percentile whose samples hold it was broken by stalled time.
    fn breach(&self, rule: &RuleResult) -> String {
        let t = self.lang.text();
        let (name, observed, limit) = (neutral(&rule.rule), self.observed(rule), self.limit(rule));
        let blanks = [("rule", name.as_str()), ("observed", observed.as_str()), ("limit", limit.as_str())];
        if rule.observed.is_none() {
            return fill(t.fail_rule_absent, &blanks);
        }
        match self.stalled_for(rule) {
            Some(stalled) => fill(t.fail_rule_stalled, &[blanks[0], blanks[1], ("stalled", &figures::millis(stalled))]),
            None => fill(t.fail_rule, &blanks),
        }
    }

    /// The stalled time for a rule's own limit, where its samples hold it and that time broke it.
    fn stalled_for(&self, rule: &RuleResult) -> Option<Millis> {
        stalled(self.summary, rule).map(|(stalled, _)| Millis::from(stalled))
    }

    fn why_invalid(&self) -> String {
        let t = self.lang.text();
        let mut reasons: Vec<String> = Vec::new();
        if self.summary.interrupted {
            reasons.push(t.invalid_interrupted.to_owned());
        }
        let accounting = self.summary.caveats.iter().filter(|c| c.class() == CaveatClass::Accounting);
        reasons.extend(accounting.map(|c| neutral(&self.lang.caveat_message(c))));
        for (verdict, template) in
            [(RuleVerdict::Unproven, t.invalid_unproven), (RuleVerdict::NoData, t.invalid_no_data)]
        {
            let rules: Vec<String> = self.ended(verdict).map(|rule| neutral(&rule.rule)).collect();
            if !rules.is_empty() {
                reasons.push(fill(template, &[("rule", &rules.join(t.list_comma))]));
            }
        }
        if reasons.is_empty() {
            reasons.push(t.invalid_unsaid.to_owned());
        }
        format!("{}{}{}", t.invalid_lead, reasons.join(t.semicolon), t.full_stop)
    }

    fn notes(&self) -> Vec<String> {
        let t = self.lang.text();
        let close: Vec<String> =
            self.verdict.rules.iter().filter(|rule| rule.close).map(|r| neutral(&r.rule)).collect();
        let note = (!close.is_empty()).then(|| fill(t.close_note, &[("rules", &close.join(t.list_comma))]));
        self.closed_ceiling().into_iter().chain(note).collect()
    }

    /// What a closed run says that fails only latency while more than the required load got through.
    fn closed_ceiling(&self) -> Option<String> {
        let latency_only = self.ended(RuleVerdict::Fail).all(|rule| rule.dimension == Dimension::Time);
        if self.verdict.run != RunVerdict::Fail || self.summary.run.model != "closed" || !latency_only {
            return None;
        }
        // Users that pause, or wait for a frozen service, say nothing of its ceiling.
        let totals = &self.summary.totals;
        let busy = totals.tps.zip(totals.mean_all).map_or(0.0, |(tps, mean)| tps.get() * mean.get() / 1e3);
        let stalled = totals.stalled.is_some_and(|stalled| stalled.get() > 0.0);
        if stalled || busy < 0.9 * f64::from(self.summary.run.users) {
            return None;
        }
        let held = self.verdict.rules.iter().find(|rule| rule.metric == "tps" && rule.verdict == RuleVerdict::Pass)?;
        let blanks = [
            ("users", figures::count(u64::from(self.summary.run.users))),
            ("tps", figures::decimal(held.observed?, 1)),
            ("limit", figures::decimal(held.limit, 0)),
            ("rate", figures::decimal(self.rate_to_offer(held.limit), 0).replace(',', "")),
        ];
        let blanks: Vec<(&str, &str)> = blanks.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Some(fill(self.lang.text().closed_ceiling, &blanks))
    }

    /// The rate of arrivals that proves `tps` although failures are allowed, rounded up to tens.
    fn rate_to_offer(&self, tps: f64) -> f64 {
        let allowed = self.verdict.rules.iter().find(|rule| rule.metric == "success-rate").map_or(1.0, |r| r.limit);
        (tps / allowed.max(0.01) / 10.0).ceil() * 10.0
    }

    fn ended(&self, verdict: RuleVerdict) -> impl Iterator<Item = &RuleResult> {
        self.verdict.rules.iter().filter(move |rule| rule.verdict == verdict)
    }
}

/// The rule with the smallest margin for its limit.
fn tightest(rules: &[RuleResult]) -> Option<(&RuleResult, Margin)> {
    rules
        .iter()
        .filter_map(|rule| Margin::of(rule).map(|margin| (rule, margin)))
        .filter(|(_, margin)| margin.share.is_some())
        .min_by(|(_, a), (_, b)| a.share.partial_cmp(&b.share).unwrap_or(std::cmp::Ordering::Equal))
}
