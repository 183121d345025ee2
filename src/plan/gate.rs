//! The rules of a run: the scenario's own with what was typed over them, each tied to the row it is judged by.

use crate::plan::compile::Gathered;
use crate::plan::reach::Reach;
use crate::plan::{
    GateOrigin, LoadProfile, Plan, PlanError, PlanWarning, PlannedScenario, PlannedStep, RowId, Rule, TimeClock,
};
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
    (scenarios, gathered, load): (&[PlannedScenario], &Gathered, &LoadProfile),
) -> Result<Gate, PlanError> {
    let rows = Rows { scenarios, steps: &gathered.steps, gathered, load };
    let built_in = scenario.gate.is_none();
    let mut rules = rows.tie_all(&rows.gate_of(scenario)?).map_err(|error| own_up(error, built_in))?;
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
    Reach { load, scenarios, gathered }
        .check(&rules)
        .map_err(|error| own_up(error, built_in && origin == GateOrigin::Scenario))?;
    Ok(Gate { rules, origin, weaker })
}

/// An error of a rule that nobody wrote says so.
fn own_up(error: PlanError, built_in: bool) -> PlanError {
    match error {
        PlanError::Rule { rule, problem } if built_in => PlanError::BuiltInRule { rule, problem },
        error => error,
    }
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

impl Plan {
    /// The tightest upper limit of the gate on a time of requests.
    #[must_use]
    pub fn tightest_latency(&self) -> Option<Micros> {
        tightest_latency(&self.gate)
    }
}

pub(super) fn tightest_latency(gate: &[Rule]) -> Option<Micros> {
    let upper = gate.iter().map(|rule| &rule.threshold);
    let upper = upper.filter(|rule| matches!(rule.op, Op::AtMost | Op::Below) && rule.metric != Metric::MaxGap);
    upper.filter_map(|rule| if let Limit::Time(limit) = rule.limit { Some(limit) } else { None }).min()
}

/// The rows that rules can be about.
struct Rows<'a> {
    scenarios: &'a [PlannedScenario],
    steps: &'a [PlannedStep],
    gathered: &'a Gathered,
    load: &'a LoadProfile,
}

impl Rows<'_> {
    /// The scenario's own gate, or the built-in one where it can be meant.
    fn gate_of(&self, scenario: &Scenario) -> Result<Vec<Threshold>, PlanError> {
        match (&scenario.gate, self.steps) {
            (Some(gate), _) => Ok(gate.clone()),
            (None, [_]) if self.gathered.groups.is_empty() => Ok(default_gate()),
            (None, steps) => {
                Err(PlanError::NoGate { step: steps.first().map_or_else(String::new, |s| s.name.clone()) })
            }
        }
    }

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
        let problem = self.unmeasured(threshold.metric).or_else(|| pointless(threshold));
        let row = match problem {
            Some(problem) => Err(problem),
            None => self.row(threshold),
        };
        row.map(|row| Rule { threshold: threshold.clone(), row, clock: self.clock(threshold.metric) })
            .map_err(|problem| PlanError::Rule { rule: threshold.to_string(), problem })
    }

    /// The time a metric reads in this model.
    const fn clock(&self, metric: Metric) -> TimeClock {
        let open = self.load.arrivals.is_some();
        match metric {
            Metric::TtfbMean | Metric::TtfbPercentile(_) => TimeClock::Ttfb,
            Metric::Mean(clock) | Metric::Min(clock) | Metric::Max(clock) | Metric::Percentile(clock, _) => match clock
            {
                Clock::Model if open => TimeClock::Response,
                Clock::Response => TimeClock::Response,
                Clock::Model | Clock::Service => TimeClock::Service,
            },
            _ => TimeClock::Service,
        }
    }

    /// Why a run of this model has no such metric.
    fn unmeasured(&self, metric: Metric) -> Option<String> {
        let open = self.load.arrivals.is_some();
        match metric {
            Metric::MaxGap if open => {
                Some("a gap is one of a closed model; in an open one lateness is in the response time".into())
            }
            Metric::Mean(Clock::Response)
            | Metric::Min(Clock::Response)
            | Metric::Max(Clock::Response)
            | Metric::Percentile(Clock::Response, _)
                if !open =>
            {
                Some(
                    "a closed model has no intended start and so no response time; write it without \"response-\""
                        .into(),
                )
            }
            _ => None,
        }
    }

    fn row(&self, threshold: &Threshold) -> Result<RowId, String> {
        match &threshold.scope {
            Scope::All => Ok(RowId::All),
            Scope::Step(_) | Scope::Iteration if threshold.metric == Metric::MaxGap => {
                Err("a gap is one of the whole run; write it without \"for\"".into())
            }
            // An iteration of one step is its request, and is not recorded twice.
            Scope::Iteration if self.scenarios.iter().all(|s| s.program.is_one_request()) => Ok(RowId::All),
            Scope::Iteration => Ok(RowId::Iteration),
            Scope::Step(name) => self.step_named(name),
            Scope::Unsaid
                if (self.steps.len() == 1 && self.gathered.groups.is_empty()) || sums_over_steps(threshold.metric) =>
            {
                Ok(RowId::All)
            }
            Scope::Unsaid => Err(format!(
                "with {} steps it is ambiguous; write \"{threshold} for {}\" (one step), \"{threshold} for iteration\" \
                 (whole iterations) or \"{threshold} for all\" (all requests together)",
                self.steps.len(),
                self.steps[0].name
            )),
        }
    }

    fn step_named(&self, name: &str) -> Result<RowId, String> {
        if let Some(group) = (0..).zip(&self.gathered.groups).find(|(_, group)| *group == name) {
            return Ok(RowId::Group(group.0));
        }
        if self.gathered.setup.iter().any(|step| step.name == name) {
            return Err("a step of on_start or on_stop is shown apart and judged by no rule".to_owned());
        }
        let at = self.steps.iter().position(|step| step.name == name).ok_or_else(|| {
            let steps = self.steps.iter().map(|step| &step.name).chain(&self.gathered.groups);
            let known: Vec<String> = steps.map(|name| format!("\"{name}\"")).collect();
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
        let error = refusal(TWO_STEPS, &[]);
        assert!(
            error.starts_with("the file names no gate, and the built-in one is for a scenario of one step"),
            "{error}"
        );
        assert!(error.contains("\"p95<=100ms for pay\""), "{error}");
    }

    #[test]
    fn a_built_in_rule_that_does_not_suit_the_load_is_not_blamed_on_the_author() {
        let text = format!("[load]\nthink_time = \"1s\"\n{ONE_STEP}");
        let error = refusal(&text, &[]);
        assert!(
            error.starts_with("the file names no gate, and the built-in rule \"tps>=1000\" does not suit it"),
            "{error}"
        );
        let error = refusal(&format!("gate = [\"tps>=1000\"]\n{text}"), &[]);
        assert!(error.starts_with("rule \"tps>=1000\": 100 users"), "{error}");
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
    fn a_rate_that_leaves_no_room_for_allowed_failures_is_refused_with_the_rate_to_use() {
        let at = |rate: f64, load: &str| {
            let overrides = Overrides { rate: crate::units::RatePerSec::new(rate), ..Overrides::default() };
            resolve(&format!("[load]\n{load}\n{ONE_STEP}"), &overrides).map(|_| ()).map_err(|e| e.to_string())
        };
        assert!(at(1_000.0, "").unwrap_err().contains("--rate 1020"));
        assert_eq!(at(1_020.0, ""), Ok(()));
        assert!(at(1_011.0, "arrivals = \"poisson\"").unwrap_err().contains("--rate 1020"));
    }

    #[test]
    fn in_an_open_model_a_bare_time_is_the_response_time() {
        let overrides = Overrides { rate: crate::units::RatePerSec::new(1_020.0), ..typed(&["service-p95<=50ms"]) };
        let plan = resolve(ONE_STEP, &overrides).unwrap();
        let clocks: Vec<TimeClock> = plan.gate.iter().map(|rule| rule.clock).collect();
        let (response, service) = (TimeClock::Response, TimeClock::Service);
        assert_eq!(
            clocks,
            [service, response, response, service, service],
            "tps, mean, p95, success-rate, service-p95"
        );
        assert_eq!(resolve(ONE_STEP, &typed(&[])).unwrap().gate[2].clock, service);
    }

    #[test]
    fn a_band_needs_two_rules_on_one_metric() {
        let plan = resolve(ONE_STEP, &typed(&["tps<=9000"])).unwrap();
        assert_eq!(plan.gate.len(), 5, "an upper limit on tps does not replace the lower one");
    }
}
