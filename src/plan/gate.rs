//! The rules of a run: the scenario's own with what was typed over them, each tied to the row it is judged by.

use crate::plan::{GateOrigin, PlanError, PlanWarning, PlannedScenario, PlannedStep, RowId, Rule};
use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::threshold::{Clock, Dimension, Limit, Metric, Op, Permille, Scope, Share, Threshold};
use crate::units::Micros;

/// The rules and where they came from.
pub(super) struct Gate {
    pub(super) rules: Vec<Rule>,
    pub(super) origin: GateOrigin,
    pub(super) weaker: Vec<PlanWarning>,
}

/// The gate of a scenario that names none.
fn default_gate() -> Vec<Threshold> {
    let rule = |metric, op, limit| Threshold { metric, op, limit, scope: Scope::Unsaid };
    vec![
        rule(Metric::Tps, Op::AtLeast, Limit::Rate(1000.0)),
        rule(Metric::Mean(Clock::Model), Op::AtMost, Limit::Time(Micros::from_millis(50))),
        rule(Metric::Percentile(Clock::Model, Permille::P95), Op::AtMost, Limit::Time(Micros::from_millis(100))),
        rule(Metric::SuccessRate, Op::AtLeast, Limit::Share(Share::percent(99))),
    ]
}

/// Resolves the gate.
pub(super) fn resolve(
    scenario: &Scenario,
    typed: &[Threshold],
    (scenarios, steps, users): (&[PlannedScenario], &[PlannedStep], u32),
) -> Result<Gate, PlanError> {
    let rows = Rows { scenarios, steps, users };
    let mut rules = rows.tie_all(&scenario.gate.clone().unwrap_or_else(default_gate))?;
    let typed = rows.tie_all(typed)?;
    let origin = if typed.is_empty() { GateOrigin::Scenario } else { GateOrigin::Custom };
    let mut weaker = Vec::new();
    for rule in typed {
        match rules.iter_mut().find(|own| own.same_question(&rule)) {
            Some(own) => {
                weaker.extend(own.weakened_by(&rule));
                *own = rule;
            }
            None => rules.push(rule),
        }
    }
    if rules.is_empty() {
        return Err(PlanError::EmptyGate);
    }
    rules.iter().try_for_each(|rule| rows.reachable(rule))?;
    Ok(Gate { rules, origin, weaker })
}

impl Rule {
    /// Whether both ask the same metric of the same requests, in the same direction.
    fn same_question(&self, other: &Self) -> bool {
        let upper = |op| matches!(op, Op::Below | Op::AtMost);
        self.row == other.row
            && self.threshold.metric == other.threshold.metric
            && upper(self.threshold.op) == upper(other.threshold.op)
    }

    fn weakened_by(&self, given: &Self) -> Option<PlanWarning> {
        let value = |rule: &Self| rule.threshold.limit.value();
        let (own, new) = (value(self), value(given));
        let weaker = match given.threshold.op {
            Op::Below => new > own,
            Op::AtMost => new > own || (new >= own && self.threshold.op == Op::Below),
            Op::Above => new < own,
            Op::AtLeast => new < own || (new <= own && self.threshold.op == Op::Above),
        };
        weaker.then(|| PlanWarning::WeakerGate { own: self.threshold.to_string(), given: given.threshold.to_string() })
    }
}

/// The rows that rules can be about.
struct Rows<'a> {
    scenarios: &'a [PlannedScenario],
    steps: &'a [PlannedStep],
    users: u32,
}

impl Rows<'_> {
    fn tie_all(&self, thresholds: &[Threshold]) -> Result<Vec<Rule>, PlanError> {
        let mut rules: Vec<Rule> = Vec::new();
        for threshold in thresholds {
            let rule = self.tie(threshold)?;
            if let Some(other) = rules.iter().find(|other| other.same_question(&rule)) {
                return Err(PlanError::SameMetric(other.threshold.to_string(), rule.threshold.to_string()));
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn tie(&self, threshold: &Threshold) -> Result<Rule, PlanError> {
        let problem = unmeasured(threshold.metric).or_else(|| pointless(threshold));
        let row = match problem {
            Some(problem) => Err(problem),
            None => self.row(threshold),
        };
        row.map(|row| Rule { threshold: threshold.clone(), row })
            .map_err(|problem| PlanError::Rule { rule: threshold.to_string(), problem })
    }

    /// Refuses a rate that the users' pauses alone keep out of reach.
    fn reachable(&self, rule: &Rule) -> Result<(), PlanError> {
        let threshold = &rule.threshold;
        let (Metric::Tps | Metric::Throughput, Op::AtLeast | Op::Above, Limit::Rate(limit), RowId::All) =
            (threshold.metric, threshold.op, threshold.limit, rule.row)
        else {
            return Ok(());
        };
        let weights: u32 = self.scenarios.iter().map(|scenario| scenario.weight).sum();
        let most: f64 = self.scenarios.iter().map(|scenario| self.most_per_second(scenario, weights)).sum();
        if most >= limit {
            return Ok(());
        }
        let problem = format!(
            "{} users that pause as long as their steps say send at most {most:.1} requests a second, however fast the \
             service is; give more users, shorten think_time, or lower the limit",
            self.users
        );
        Err(PlanError::Rule { rule: threshold.to_string(), problem })
    }

    /// Requests per second of a scenario's share of the users if every answer took no time.
    #[allow(clippy::cast_precision_loss)]
    fn most_per_second(&self, scenario: &PlannedScenario, weights: u32) -> f64 {
        let pause: Micros = scenario.steps.iter().map(|id| self.steps[usize::from(id.0)].think_time).sum();
        let users = f64::from(self.users) * f64::from(scenario.weight) / f64::from(weights);
        if pause == Micros::ZERO { f64::INFINITY } else { users * scenario.steps.len() as f64 / pause.as_secs_f64() }
    }

    fn row(&self, threshold: &Threshold) -> Result<RowId, String> {
        match &threshold.scope {
            Scope::All => Ok(RowId::All),
            Scope::Step(_) | Scope::Iteration if threshold.metric == Metric::MaxGap => {
                Err("a gap is one of the whole run; write it without \"for\"".into())
            }
            // An iteration of one step is its request, and is not recorded twice.
            Scope::Iteration if self.scenarios.iter().all(|s| s.steps.len() == 1) => Ok(RowId::All),
            Scope::Iteration => Ok(RowId::Iteration),
            Scope::Step(name) => self.step_named(name),
            Scope::Unsaid if self.steps.len() == 1 || sums_over_steps(threshold.metric) => Ok(RowId::All),
            Scope::Unsaid => Err(format!(
                "with {} steps it is ambiguous; write \"{threshold} for {}\" (one step), \"{threshold} for iteration\" \
                 (whole iterations) or \"{threshold} for all\" (all requests together)",
                self.steps.len(),
                self.steps[0].name
            )),
        }
    }

    fn step_named(&self, name: &str) -> Result<RowId, String> {
        let at = self.steps.iter().position(|step| step.name == name).ok_or_else(|| {
            let known: Vec<String> = self.steps.iter().map(|step| format!("\"{}\"", step.name)).collect();
            format!("there is no step \"{name}\"; the steps are {}", known.join(", "))
        })?;
        // The only step's requests are all requests: one row, counted once.
        Ok(if self.steps.len() == 1 { RowId::All } else { RowId::Step(StepId(u16::try_from(at).unwrap_or(u16::MAX))) })
    }
}

/// Metrics that mean the same however many steps there are.
const fn sums_over_steps(metric: Metric) -> bool {
    matches!(metric, Metric::SuccessRate | Metric::ErrorRate | Metric::Failures | Metric::MaxGap)
}

/// Why a closed-model run has no such metric.
fn unmeasured(metric: Metric) -> Option<String> {
    let response = |clock| clock == Clock::Response;
    match metric {
        Metric::Mean(clock) | Metric::Min(clock) | Metric::Max(clock) | Metric::Percentile(clock, _)
            if response(clock) =>
        {
            Some("a closed model has no intended start and so no response time; write it without \"response-\"".into())
        }
        _ => None,
    }
}

/// Why a rule can never fail, or never hold.
fn pointless(threshold: &Threshold) -> Option<String> {
    let limit = threshold.limit.value();
    let share = threshold.metric.dimension() == Dimension::Share;
    let (never, always) = match threshold.op {
        Op::Below => (limit <= 0.0, false),
        Op::AtMost => (limit <= 0.0 && threshold.metric.dimension() == Dimension::Time, share && limit >= 1.0),
        Op::Above => (share && limit >= 1.0, false),
        Op::AtLeast => (false, limit <= 0.0),
    };
    match (never, always) {
        (true, _) => Some("it can never hold; choose a limit that some run could meet".into()),
        (_, true) => Some("it holds whatever happens; choose a limit that some run could miss".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};

    fn typed(rules: &[&str]) -> Overrides {
        let thresholds = rules.iter().map(|rule| rule.parse().unwrap_or_else(|e| panic!("{e}"))).collect();
        Overrides { thresholds, ..Overrides::default() }
    }

    fn refusal(text: &str, rules: &[&str]) -> String {
        resolve(text, &typed(rules)).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_typed_rule_replaces_the_scenarios_own_for_the_same_metric_and_step() {
        let plan = resolve(ONE_STEP, &typed(&["p95<=80ms", "p99<=200ms for pay", "tps>=1000 for all"])).unwrap();
        let rules: Vec<String> = plan.gate.iter().map(|rule| rule.threshold.to_string()).collect();
        assert_eq!(rules, ["tps>=1000 for all", "mean<=50ms", "p95<=80ms", "success-rate>=99%", "p99<=200ms for pay"]);
        assert_eq!(plan.gate_origin, GateOrigin::Custom);
        assert_eq!(plan.warnings, []);
    }

    #[test]
    fn a_weaker_rule_is_warned_of() {
        let plan = resolve(ONE_STEP, &typed(&["p95<=200ms", "tps>=10"])).unwrap();
        let weaker = |own: &str, given: &str| PlanWarning::WeakerGate { own: own.into(), given: given.into() };
        assert_eq!(plan.warnings, [weaker("p95<=100ms", "p95<=200ms"), weaker("tps>=1000", "tps>=10")]);
        assert_eq!(resolve(ONE_STEP, &typed(&["tps>1000"])).unwrap().warnings, []);
    }

    #[test]
    fn a_bare_rule_on_several_steps_names_the_three_ways_out() {
        for rule in ["tps>=10", "mean<=50ms", "p95<=100ms", "throughput>=10", "max<=1s", "ttfb-p95<=50ms"] {
            let text = format!("gate = [\"{rule}\"]\n{TWO_STEPS}");
            let error = refusal(&text, &[]);
            for way in ["for pay", "for iteration", "for all"] {
                assert!(error.contains(&format!("{rule} {way}")), "{error}");
            }
        }
        let text =
            format!("gate = [\"success-rate>=99%\", \"p95<=1s for look\", \"mean<=1s for iteration\"]\n{TWO_STEPS}");
        let rows: Vec<RowId> = resolve(&text, &typed(&[])).unwrap().gate.iter().map(|rule| rule.row).collect();
        assert_eq!(rows, [RowId::All, RowId::Step(StepId(1)), RowId::Iteration]);
    }

    #[test]
    fn the_default_gate_is_for_a_scenario_of_one_step() {
        assert!(refusal(TWO_STEPS, &[]).contains("rule \"tps>=1000\": with 2 steps it is ambiguous"));
    }

    #[test]
    fn rules_that_can_never_be_judged_or_missed_are_refused_before_any_load() {
        for (rule, part) in [
            ("p95<=1s for nobody", "the steps are \"pay\""),
            ("response-p95<=1s", "no intended start"),
            ("max-gap<=1s for pay", "of the whole run"),
            ("mean<=0ms", "can never hold"),
            ("failures<0", "can never hold"),
            ("success-rate>100%", "can never hold"),
            ("tps>=0", "holds whatever happens"),
            ("error-rate<=100%", "holds whatever happens"),
        ] {
            let error = refusal(ONE_STEP, &[rule]);
            assert!(error.contains(part), "{rule}: {error}");
        }
        assert!(refusal(ONE_STEP, &["p95<=1s", "service-p95<=1s", "p95<90ms"]).contains("same metric"));
        assert!(refusal(&format!("gate = []\n{ONE_STEP}"), &[]).contains("no rule"));
    }

    #[test]
    fn a_rate_that_the_users_pauses_keep_out_of_reach_is_refused_with_the_arithmetic() {
        let text = format!("[load]\nthink_time = \"500ms\"\n{ONE_STEP}");
        let error = refusal(&text, &[]);
        assert!(
            error.contains("tps>=1000") && error.contains("100 users") && error.contains("at most 200.0"),
            "{error}"
        );
        assert!(resolve(&text, &typed(&["tps>=200"])).is_ok());
    }

    #[test]
    fn a_band_needs_two_rules_on_one_metric() {
        let plan = resolve(ONE_STEP, &typed(&["tps<=9000"])).unwrap();
        assert_eq!(plan.gate.len(), 5, "an upper limit on tps does not replace the lower one");
    }
}
