//! Rules that another rule implies.
//!
//! In: the rules of a closed model, its users and their pauses. Out: a warning for each rate that cannot fail while a
//! limit on the mean of all attempts holds. Always holds: nothing is named that is not implied: no successes' mean (slow
//! failures are not in it), no load that changes, no mix of scenarios that pause.
//!
//! In a closed model the users' time is spent in attempts and in pauses: `users = rate x (mean of all attempts + pause
//! of an attempt)`, the interactive response time law. So a limit on `mean-all` is a demand on the rate: with 100 users
//! that never pause, 50 ms ask for 2000 attempts a second.

use crate::plan::{LoadProfile, PlanWarning, PlannedScenario, RowId, Rule};
use crate::scenario::threshold::{Limit, Metric, Op};
use crate::units::Micros;

/// The rates that a limit on the mean of all attempts implies.
pub(super) fn warnings(gate: &[Rule], load: &LoadProfile, scenarios: &[PlannedScenario]) -> Vec<PlanWarning> {
    let of_all = || gate.iter().filter(|rule| rule.row == RowId::All);
    let mean = of_all().find_map(|rule| match (rule.threshold.metric, rule.threshold.op, rule.threshold.limit) {
        (Metric::MeanAll, Op::AtMost | Op::Below, Limit::Time(limit)) => Some((rule, limit)),
        _ => None,
    });
    let constant = load.arrivals.is_none() && load.stages.is_none() && load.iterations.is_none();
    let Some(((mean, limit), pause)) = mean.filter(|_| constant).zip(pause_of_an_attempt(scenarios)) else {
        return Vec::new();
    };
    let attempts = f64::from(load.users) / (limit.as_secs_f64() + pause);
    // A success is an attempt that the gate does not let fail; without a rule on failures nothing is known of them.
    let Some(succeed) = of_all().find_map(allowed_to_succeed) else { return Vec::new() };
    let implied = of_all().filter(|rule| match (rule.threshold.metric, rule.threshold.op, rule.threshold.limit) {
        (Metric::Tps | Metric::Throughput, Op::AtLeast, Limit::Rate(least)) => least <= attempts * succeed,
        _ => false,
    });
    let named = |rule: &Rule| PlanWarning::Implied {
        rule: rule.threshold.to_string(),
        by: mean.threshold.to_string(),
        users: load.users,
        pause: Micros::new((pause * 1e6).round() as u64),
        attempts: attempts as u64,
    };
    implied.map(named).collect()
}

/// The share of attempts that the gate wants to succeed.
fn allowed_to_succeed(rule: &Rule) -> Option<f64> {
    match (rule.threshold.metric, rule.threshold.limit) {
        (Metric::SuccessRate, Limit::Share(share)) => Some(share.fraction()),
        (Metric::ErrorRate, Limit::Share(share)) => Some(1.0 - share.fraction()),
        _ => None,
    }
}

/// The pause that comes to one attempt in the mean, in seconds, at most. `None` where it depends on how often each
/// scenario is played, or on where iterations go.
fn pause_of_an_attempt(scenarios: &[PlannedScenario]) -> Option<f64> {
    if !scenarios.iter().all(|scenario| scenario.program.is_straight()) {
        return None;
    }
    let each = |scenario: &PlannedScenario| {
        // A paced cycle is at most its work and its pacing behind each other.
        let pacing = scenario.pacing.unwrap_or(Micros::ZERO).as_secs_f64();
        (scenario.extent.pause.mean + pacing) / scenario.steps.len() as f64
    };
    match scenarios {
        [only] => Some(each(only)),
        several => several.iter().all(|scenario| each(scenario) <= 0.0).then_some(0.0),
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};
    use crate::plan::{Overrides, PlanWarning};

    fn warned(gate: &str, load: &str, steps: &str) -> Vec<(String, u64)> {
        let text = format!("gate = [{gate}]\n[load]\n{load}\n{steps}");
        let plan = resolve(&text, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
        let implied = plan.warnings.into_iter().filter_map(|warning| match warning {
            PlanWarning::Implied { rule, attempts, .. } => Some((rule, attempts)),
            _ => None,
        });
        implied.collect()
    }

    #[test]
    fn a_mean_of_all_attempts_implies_a_rate_by_littles_law() {
        let gate = "\"mean-all<=50ms\", \"throughput>=1000\", \"success-rate>=99%\"";
        assert_eq!(warned(gate, "", ONE_STEP), [("throughput>=1000".to_owned(), 2_000)]);
        let tps = |least: &str| format!("\"mean-all<=50ms\", \"tps>={least}\", \"error-rate<=1%\"");
        assert_eq!(warned(&tps("1980"), "", ONE_STEP), [("tps>=1980".to_owned(), 2_000)]);
        assert_eq!(warned(&tps("1981"), "", ONE_STEP), [], "one of a hundred may fail");
    }

    #[test]
    fn pauses_are_in_the_arithmetic() {
        let gate = |least: &str| format!("\"mean-all<=50ms for all\", \"tps>={least} for all\", \"success-rate>=99%\"");
        let load = "think_time = { uniform = [\"900ms\", \"1s\"] }";
        // 100 / (50 ms + 950 ms) = 100 a second, of which 99 succeed.
        assert_eq!(warned(&gate("99"), load, ONE_STEP), [("tps>=99 for all".to_owned(), 100)]);
        assert_eq!(warned(&gate("100"), load, ONE_STEP), []);
        let paced = TWO_STEPS.replacen("name = \"a\"\n", "name = \"a\"\npacing = \"1900ms\"\n", 1);
        assert_eq!(warned(&gate("99"), "", &paced), [("tps>=99 for all".to_owned(), 100)]);
    }

    #[test]
    fn nothing_is_named_that_is_not_implied() {
        let rates = "\"tps>=1000\", \"success-rate>=99%\"";
        assert_eq!(warned(&format!("\"mean<=50ms\", {rates}"), "", ONE_STEP), [], "slow failures are not in it");
        assert_eq!(warned("\"mean-all<=50ms\", \"tps>=1000\"", "", ONE_STEP), [], "all may fail, and fast");
        let gate = format!("\"mean-all<=50ms\", {rates}");
        assert_eq!(warned(&gate, "rate = 1100", ONE_STEP), [], "an open model");
        assert_eq!(warned(&gate, "iterations = 5", ONE_STEP), [], "users that are left over wait");
        assert_eq!(warned(&gate, "[[load.stage]]\nusers = 100\nhold = \"5s\"\n", ONE_STEP), []);
    }
}
