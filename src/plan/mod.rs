//! A scenario with every default filled and every contradiction refused.
//!
//! In: a [`Scenario`], what the command line overrides, and the run's identity. Out: a [`Plan`] that leaves nothing to
//! decide while measuring. Always holds: every rule names a row that will be recorded, every variable has a source.

pub mod arrivals;
mod error;
mod gate;
mod steps;
pub mod target;

pub use error::PlanError;
use serde::Serialize;

use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::check::Expectation;
use crate::scenario::feeder::{Permutation, greatest_common_divisor};
use crate::scenario::format::Method;
use crate::scenario::template::Bound;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};
use arrivals::Arrivals;

/// The most users one generator drives.
const MOST_USERS: u32 = 100_000;
/// The longest ramp-up: Goose starts at least a user a day.
const LONGEST_RAMP: Micros = Micros::from_secs(12 * 3_600);
/// The shortest run time: a second, the grain of the interval series.
const SHORTEST_RUN: Micros = Micros::SECOND;

/// Everything a run needs to know.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario file's name without its ending.
    pub name: String,
    /// Names the run, in its requests and its report.
    pub run_id: String,
    /// What every random choice comes from.
    pub seed: u64,
    /// How much load, for how long.
    pub load: LoadProfile,
    /// What users do.
    pub scenarios: Vec<PlannedScenario>,
    /// Every step of every scenario, indexed by [`StepId`].
    pub steps: Vec<PlannedStep>,
    /// Where varying values come from, by name.
    pub feeders: Vec<(String, Permutation)>,
    /// The rules, each tied to the row it is judged by.
    pub gate: Vec<Rule>,
    /// Whose rules they are.
    pub gate_origin: GateOrigin,
    /// What the author should know before the run.
    pub warnings: Vec<PlanWarning>,
}

/// How much load is offered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadProfile {
    /// Virtual users, at least 1.
    pub users: u32,
    /// From the first user to the last.
    pub ramp_up: Micros,
    /// Load before measuring.
    pub warm_up: Micros,
    /// Length of the measured window.
    pub run_time: Micros,
    /// A request's longest time.
    pub timeout: Micros,
    /// The arrivals of an open model; `None` in a closed one.
    pub arrivals: Option<Arrivals>,
}

/// One traffic pattern that users play.
#[derive(Clone, Debug)]
pub struct PlannedScenario {
    /// Its name.
    pub name: String,
    /// Its share of the users.
    pub weight: u32,
    /// What one iteration does.
    pub steps: Vec<StepId>,
}

/// One named request.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    /// The name it is reported under; unique in the plan.
    pub name: String,
    /// The HTTP method.
    pub method: Method,
    /// Path and query, behind the target's base path.
    pub path: Bound,
    /// Headers beside `Host` and `Content-Length`.
    pub headers: Vec<(String, Bound)>,
    /// The body.
    pub body: Option<Bound>,
    /// What makes its answer a success.
    pub expectation: Expectation,
    /// Pause behind it.
    pub think_time: Micros,
}

/// Which requests a rule or a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowId {
    /// All requests of the loop.
    All,
    /// Whole iterations.
    Iteration,
    /// Requests of one step.
    Step(StepId),
}

/// A rule that is known to be judgeable: its step exists, its metric is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub threshold: Threshold,
    /// The row it is judged by.
    pub row: RowId,
    /// The time it reads, where its metric is one.
    pub clock: TimeClock,
}

/// A time of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeClock {
    /// First action to last byte.
    Service,
    /// Intended start to last byte; open models only.
    Response,
    /// First action to first byte.
    Ttfb,
}

/// Whose gate a run was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOrigin {
    /// The scenario's own rules, or the built-in default.
    Scenario,
    /// A rule was replaced or added on the command line.
    Custom,
}

/// Something the author should know, that refuses no run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanWarning {
    /// The users cannot be dealt out by the scenarios' weights.
    MixDistorted {
        /// Users that the weights need at least.
        needed: u32,
        /// Users there are.
        users: u32,
    },
    /// A rule of the command line asks less than the scenario's own.
    WeakerGate {
        /// The scenario's rule.
        own: String,
        /// The rule in its place.
        given: String,
    },
}

/// What was typed over the scenario's own values.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--users`.
    pub users: Option<u32>,
    /// `--ramp-up`.
    pub ramp_up: Option<Micros>,
    /// `--warm-up`.
    pub warm_up: Option<Micros>,
    /// `--run-time`.
    pub run_time: Option<Micros>,
    /// `--timeout`.
    pub timeout: Option<Micros>,
    /// `--rate`: makes the model an open one.
    pub rate: Option<RatePerSec>,
    /// `--threshold`, in order.
    pub thresholds: Vec<Threshold>,
}

/// What tells this run from every other.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The scenario file's name without its ending.
    pub name: String,
    /// Names the run.
    pub run_id: String,
    /// What every random choice comes from.
    pub seed: u64,
}

impl Plan {
    /// Fills every default of `scenario` and refuses every contradiction.
    ///
    /// # Errors
    /// [`PlanError`], before anything is sent.
    pub fn resolve(scenario: &Scenario, overrides: &Overrides, identity: Identity) -> Result<Self, PlanError> {
        let load = LoadProfile::resolve(scenario, overrides, identity.seed)?;
        let mut feeders = Vec::new();
        for feeder in &scenario.feeders {
            steps::check_name("feeder", &feeder.name, feeders.iter().map(|(name, _): &(String, _)| name.as_str()))?;
            let mut values = feeder.permute.clone();
            values.reseed(identity.seed);
            feeders.push((feeder.name.clone(), values));
        }
        let (scenarios, steps) = steps::resolve(scenario, &identity.run_id, &feeders)?;
        let mut warnings = Vec::new();
        warnings.extend(load.mix_warning(&scenarios)?);
        let gate = gate::resolve(scenario, &overrides.thresholds, (&scenarios, &steps, &load))?;
        warnings.extend(gate.weaker);
        Ok(Self {
            name: identity.name,
            run_id: identity.run_id,
            seed: identity.seed,
            load,
            scenarios,
            steps,
            feeders,
            gate: gate.rules,
            gate_origin: gate.origin,
            warnings,
        })
    }

    /// The longest that an iteration can take: every request up to its timeout, and every pause.
    #[must_use]
    pub fn longest_iteration(&self) -> Micros {
        let step = |id: &StepId| self.load.timeout + self.steps[usize::from(id.0)].think_time;
        self.scenarios.iter().map(|scenario| scenario.steps.iter().map(step).sum()).max().unwrap_or(self.load.timeout)
    }

    /// Whether whole iterations are recorded apart: only where one differs from a request.
    #[must_use]
    pub fn records_iterations(&self) -> bool {
        self.scenarios.iter().any(|scenario| scenario.steps.len() > 1)
    }
}

impl LoadProfile {
    fn resolve(scenario: &Scenario, overrides: &Overrides, seed: u64) -> Result<Self, PlanError> {
        let written = &scenario.load;
        let ramp_up = overrides.ramp_up.or(written.ramp_up).unwrap_or(Micros::from_secs(10));
        let rate = overrides.rate.or(written.rate);
        let spacing = written.arrivals.unwrap_or_default();
        let profile = Self {
            users: overrides.users.or(written.users).unwrap_or(100),
            ramp_up,
            arrivals: rate.map(|rate| Arrivals { rate, ramp: ramp_up, spacing, seed }),
            warm_up: overrides.warm_up.or(written.warm_up).unwrap_or(Micros::from_secs(10)),
            run_time: overrides.run_time.or(written.run_time).unwrap_or(Micros::from_secs(300)),
            timeout: overrides.timeout.or(written.timeout).unwrap_or(Micros::from_secs(10)),
        };
        if profile.users == 0 || profile.users > MOST_USERS {
            return Err(PlanError::Users(profile.users));
        }
        if profile.arrivals.is_some_and(|arrivals| arrivals.rate.get() <= 0.0) {
            return Err(PlanError::Rate);
        }
        if profile.ramp_up > LONGEST_RAMP {
            return Err(PlanError::RampUp(profile.ramp_up));
        }
        if profile.run_time < SHORTEST_RUN {
            return Err(PlanError::RunTime(profile.run_time));
        }
        if profile.timeout == Micros::ZERO {
            return Err(PlanError::Timeout);
        }
        Ok(profile)
    }

    /// Goose deals users out one by one, so fewer users than the reduced weights add up to distort the mix.
    fn mix_warning(&self, scenarios: &[PlannedScenario]) -> Result<Option<PlanWarning>, PlanError> {
        if usize::try_from(self.users).unwrap_or(usize::MAX) < scenarios.len() {
            return Err(PlanError::TooFewUsers { users: self.users, scenarios: scenarios.len() });
        }
        let divisor =
            scenarios.iter().fold(0, |divisor, s| greatest_common_divisor(divisor, u64::from(s.weight))).max(1);
        let rounds: u64 = scenarios.iter().map(|scenario| u64::from(scenario.weight) / divisor).sum();
        let needed = u32::try_from(rounds).unwrap_or(u32::MAX);
        // In an open model arrivals are dealt out by weight, whatever the users.
        let even = self.arrivals.is_some() || self.users.is_multiple_of(needed);
        // Over ten rounds of the deal the mix is within a tenth of what was asked for.
        Ok((!even && self.users < needed.saturating_mul(10))
            .then_some(PlanWarning::MixDistorted { needed, users: self.users }))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::*;

    pub(crate) const ONE_STEP: &str =
        "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\n";
    pub(crate) const TWO_STEPS: &str = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\n[[scenario.step]]\nname = \"look\"\npath = \"/look\"\n";

    pub(crate) fn resolve(text: &str, overrides: &Overrides) -> Result<Plan, PlanError> {
        let scenario = Scenario::parse(text, Path::new("x.toml")).unwrap_or_else(|e| panic!("{e}"));
        let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
        Plan::resolve(&scenario, overrides, identity)
    }

    fn refusal(text: &str, overrides: &Overrides) -> String {
        resolve(text, overrides).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_scenario_that_says_nothing_of_load_runs_as_the_documentation_says() {
        let plan = resolve(ONE_STEP, &Overrides::default()).unwrap();
        assert_eq!(plan.load.users, 100);
        assert_eq!(plan.load.ramp_up, Micros::from_secs(10));
        assert_eq!(plan.load.warm_up, Micros::from_secs(10));
        assert_eq!(plan.load.run_time, Micros::from_secs(300));
        assert_eq!(plan.load.timeout, Micros::from_secs(10));
        let gate: Vec<String> = plan.gate.iter().map(|rule| rule.threshold.to_string()).collect();
        assert_eq!(gate, ["tps>=1000", "mean<=50ms", "p95<=100ms", "success-rate>=99%"]);
    }

    #[test]
    fn what_was_typed_wins_over_the_file() {
        let text = format!("[load]\nusers = 5\nrun_time = \"60s\"\n{ONE_STEP}");
        let overrides = Overrides { users: Some(7), ..Overrides::default() };
        let plan = resolve(&text, &overrides).unwrap();
        assert_eq!((plan.load.users, plan.load.run_time), (7, Micros::from_secs(60)));
    }

    #[test]
    fn load_that_measures_nothing_is_refused() {
        let users = |users| Overrides { users: Some(users), ..Overrides::default() };
        assert!(refusal(ONE_STEP, &users(0)).contains("not 0"));
        assert!(refusal(ONE_STEP, &users(1_000_000)).contains("between 1 and"));
        let short = Overrides { run_time: Some(Micros::from_millis(500)), ..Overrides::default() };
        assert!(refusal(ONE_STEP, &short).contains("500ms is too short"));
        let ramp = Overrides { ramp_up: Some(Micros::from_secs(90_000)), ..Overrides::default() };
        assert!(refusal(ONE_STEP, &ramp).contains("at most --ramp-up 12h"));
        let timeout = Overrides { timeout: Some(Micros::ZERO), ..Overrides::default() };
        assert!(refusal(ONE_STEP, &timeout).contains("timeout of 0"));
    }

    #[test]
    fn users_that_cannot_be_dealt_out_by_weight_are_warned_of() {
        let text = format!(
            "gate = [\"failures<=0\"]\n{}weight = 3\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n[[scenario]]\nname = \"b\"\n[[scenario.step]]\nname = \"t\"\npath = \"/\"\n",
            "[[scenario]]\nname = \"a\"\n"
        );
        let users = |users| Overrides { users: Some(users), ..Overrides::default() };
        let warnings = |n| resolve(&text, &users(n)).map(|plan| plan.warnings).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(warnings(2), [PlanWarning::MixDistorted { needed: 4, users: 2 }]);
        assert_eq!(warnings(4), []);
        assert_eq!(warnings(100), []);
        assert!(refusal(&text, &users(1)).contains("1 users cannot play 2 scenarios"));
    }
}
