//! The rules of reconciling: every charge that was acknowledged was done once, and nothing else was.
//!
//! In: evidence. Out: results beside the gate's own rules. Always holds: an account that could not be read never
//! passes, unless the scenario lets a target do without it, and then it has no rule; what others moved proves nothing
//! by sum.

use crate::acceptance::evidence::{Change, Evidence, Identities, Seen};
use crate::gate::{RuleResult, RuleVerdict};
use crate::scenario::threshold::Dimension;

/// The results of every reconciled step, in the plan's order.
pub(super) fn judge(evidence: &[Evidence]) -> Vec<RuleResult> {
    let foreign = evidence.iter().any(|one| matches!(&one.seen, Seen::Identities(seen) if seen.foreign > 0));
    evidence.iter().flat_map(|one| rules(one, foreign)).collect()
}

fn rules(evidence: &Evidence, foreign: bool) -> Vec<RuleResult> {
    let step = evidence.step.as_str();
    match &evidence.seen {
        Seen::Identities(seen) => {
            by_identity(seen).into_iter().map(|(metric, count)| counted(metric, step, count)).collect()
        }
        Seen::Change(change) => vec![by_sum(change, step, foreign)],
        Seen::Unread { from_the_start: true, .. } if !evidence.required => Vec::new(),
        Seen::Unread { .. } => vec![result(if evidence.by.is_some() { "lost" } else { "unexplained" }, step, None)],
    }
}

fn by_identity(seen: &Identities) -> Vec<(&'static str, u64)> {
    let mut rules =
        vec![("lost", seen.lost.count), ("doubled", seen.doubled.count), ("done-though-refused", seen.refused.count)];
    rules.extend(seen.wrong_amount.as_ref().map(|wrong| ("wrong-amount", wrong.count)));
    rules
}

fn counted(metric: &str, step: &str, count: u64) -> RuleResult {
    let verdict = if count == 0 { RuleVerdict::Pass } else { RuleVerdict::Fail };
    RuleResult { verdict, ..result(metric, step, Some(count as f64)) }
}

fn by_sum(change: &Change, step: &str, foreign: bool) -> RuleResult {
    let unexplained = change.unexplained();
    let explained = unexplained == crate::units::Amount::ZERO;
    let verdict = match (foreign, explained) {
        (true, _) => RuleVerdict::NoData,
        (false, true) => RuleVerdict::Pass,
        (false, false) => RuleVerdict::Fail,
    };
    RuleResult { verdict, ..result("unexplained", step, Some(unexplained.as_f64().abs())) }
}

fn result(metric: &str, step: &str, observed: Option<f64>) -> RuleResult {
    RuleResult {
        rule: format!("{metric}<=0 for {step}"),
        metric: metric.to_owned(),
        step: Some(step.to_owned()),
        op: "<=".to_owned(),
        limit: 0.0,
        observed,
        ci_low: None,
        ci_high: None,
        close: false,
        ci_note: None,
        instrument_share_ms: None,
        verdict: RuleVerdict::NoData,
        dimension: Dimension::Count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::evidence::{Named, Sent, Unread};
    use crate::plan::reconcile::{By, Identity};
    use crate::plan::{Overrides, tests::resolve};
    use crate::units::{Amount, Micros};

    fn identity() -> Identity {
        let text = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/p?no=${run.id}-${sequence}\"\n[[reconcile]]\nby = \"no\"\n[reconcile.list]\npath = \"/k?${after}\"\nitems = \"$\"\nkey = \"$.k\"\nid = \"$.i\"\n";
        let plan = resolve(text, &Overrides::default()).unwrap();
        let By::Identity(list) = &plan.reconciles[0].by else { panic!() };
        list.identity.clone()
    }

    fn identities() -> Identities {
        Identities {
            identity: identity(),
            rows: 3,
            lost: Named::default(),
            doubled: Named::default(),
            refused: Named::default(),
            wrong_amount: None,
            unknown_done: 1,
            foreign: 0,
            late: Some((1, Micros::SECOND)),
        }
    }

    fn evidence(seen: Seen) -> Evidence {
        let by = if let Seen::Change(_) = seen { None } else { Some("no".to_owned()) };
        Evidence { step: "pay".into(), by, required: true, sent: Sent::default(), seen }
    }

    fn ends(evidence: &[Evidence]) -> Vec<(String, RuleVerdict)> {
        judge(evidence).into_iter().map(|rule| (rule.rule, rule.verdict)).collect()
    }

    fn change(before: u64, after: u64, falls: bool) -> Seen {
        let amount = Amount::whole;
        let (before, after) = (amount(before), amount(after));
        Seen::Change(Change { before, after, least: amount(10), most: amount(12), falls, late: None })
    }

    #[test]
    fn late_rows_and_unknown_ones_that_were_done_break_no_rule() {
        let ends = ends(&[evidence(Seen::Identities(Box::new(identities())))]);
        let names: Vec<&str> = ends.iter().map(|(rule, _)| rule.as_str()).collect();
        assert_eq!(names, ["lost<=0 for pay", "doubled<=0 for pay", "done-though-refused<=0 for pay"]);
        assert!(ends.iter().all(|(_, verdict)| *verdict == RuleVerdict::Pass));
    }

    #[test]
    fn one_request_that_does_not_agree_breaks_its_rule() {
        let named = || Named { count: 1, numbers: vec![4] };
        let seen = Identities { lost: named(), wrong_amount: Some(named()), ..identities() };
        let broken: Vec<String> = ends(&[evidence(Seen::Identities(Box::new(seen)))])
            .into_iter()
            .filter_map(|(rule, verdict)| (verdict == RuleVerdict::Fail).then_some(rule))
            .collect();
        assert_eq!(broken, ["lost<=0 for pay", "wrong-amount<=0 for pay"]);
    }

    #[test]
    fn a_sum_must_lie_between_what_was_acknowledged_and_what_is_unknown() {
        for (seen, verdict) in [
            (change(100, 110, false), RuleVerdict::Pass),
            (change(100, 112, false), RuleVerdict::Pass),
            (change(100, 109, false), RuleVerdict::Fail),
            (change(100, 113, false), RuleVerdict::Fail),
            (change(100, 89, true), RuleVerdict::Pass),
            (change(100, 111, true), RuleVerdict::Fail),
        ] {
            assert_eq!(ends(&[evidence(seen)]), [("unexplained<=0 for pay".to_owned(), verdict)]);
        }
    }

    #[test]
    fn foreign_rows_take_the_proof_from_sums_and_not_from_identities() {
        let others = Identities { foreign: 2, ..identities() };
        let ends = ends(&[evidence(Seen::Identities(Box::new(others))), evidence(change(100, 110, false))]);
        assert_eq!((ends[0].1, ends[3].1), (RuleVerdict::Pass, RuleVerdict::NoData));
    }

    #[test]
    fn an_account_that_was_not_read_never_passes_unless_the_target_may_do_without() {
        let unread = |from_the_start| evidence(Seen::Unread { cause: Unread::Restless, from_the_start });
        assert_eq!(ends(&[unread(true)]), [("lost<=0 for pay".to_owned(), RuleVerdict::NoData)]);
        assert_eq!(ends(&[Evidence { required: false, ..unread(true) }]), []);
        let later = Evidence { required: false, ..unread(false) };
        assert_eq!(ends(&[later])[0].1, RuleVerdict::NoData, "it was there before the load");
    }
}
