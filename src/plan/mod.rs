//! A scenario with every default filled and every contradiction refused.
//!
//! In: a [`Scenario`], what the command line overrides, and the run's identity. Out: a [`Plan`] that leaves nothing to
//! decide while measuring. Always holds: every rule names a row that will be recorded, every variable has a source.

pub mod arrivals;
mod assign;
mod calibration;
mod choices;
mod compile;
pub mod connection;
pub mod custom;
mod error;
mod feeders;
mod flow;
mod gate;
mod hosts;
mod implied;
mod kind;
mod load;
pub mod outlook;
mod pauses;
mod planned;
pub mod profile;
pub mod program;
pub mod random;
mod reach;
pub mod reconcile;
mod request;
mod spending;
mod stages;
mod steps;
pub mod target;
mod terms;
mod think;
mod variables;
mod warning;
mod written;

pub use error::PlanError;
pub use planned::{Around, DrawnVariable, PlannedScenario, PlannedStep};
use std::collections::BTreeMap;
pub use terms::Terms;
pub use warning::PlanWarning;

use serde::{Deserialize, Serialize};

use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::feeder::Feeder;
use crate::scenario::secret::Masker;
use crate::scenario::template::Names;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};
use arrivals::Arrivals;
use connection::{Connection, ConnectionOverrides};
use profile::Profile;
use reconcile::Against;
use target::Target;

/// The most users one generator drives.
const MOST_USERS: u32 = 100_000;
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
    /// How users connect.
    pub connection: Connection,
    /// Where the service says whether it is up, where the scenario names it.
    pub health: Option<String>,
    /// What users do.
    pub scenarios: Vec<PlannedScenario>,
    /// Every step of every scenario, indexed by [`StepId`].
    pub steps: Vec<PlannedStep>,
    /// Every step of on_start and on_stop, indexed by [`StepId`] among themselves.
    pub setup: Vec<PlannedStep>,
    /// What is done once, before and behind the load.
    pub around: Around,
    /// The groups' names.
    pub groups: Vec<String>,
    /// Where steps send that name a host of their own.
    pub elsewhere: Vec<Target>,
    /// Counters that a user's loops need.
    pub counters: usize,
    /// Where varying values come from, by name.
    pub feeders: Vec<(String, Feeder)>,
    /// Variables drawn at each iteration's start, in this order.
    pub drawn: Vec<DrawnVariable>,
    /// Slots that a user's variables need.
    pub slots: usize,
    /// Takes the secrets out of whatever is shown.
    pub masker: Masker,
    /// The rules, each tied to the row it is judged by.
    pub gate: Vec<Rule>,
    /// Whose rules they are.
    pub gate_origin: GateOrigin,
    /// What must add up at the service.
    pub reconciles: Vec<reconcile::Reconcile>,
    /// What the author should know before the run.
    pub warnings: Vec<PlanWarning>,
}

/// How much load is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadProfile {
    /// Virtual users, at least 1; the most there are at any time.
    pub users: u32,
    /// From the first user to the last.
    pub ramp_up: Micros,
    /// Load before measuring.
    pub warm_up: Micros,
    /// Length of the measured window.
    pub run_time: Micros,
    /// A request's longest time.
    pub timeout: Micros,
    /// Iterations in the window, at least 1, if they end it before the run time does; closed models only.
    pub iterations: Option<u64>,
    /// Users over the window, where they change; closed models only.
    pub stages: Option<Profile>,
    /// The arrivals of an open model; `None` in a closed one.
    pub arrivals: Option<Arrivals>,
    /// How many arrivals may wait for a free user, at least 1; one more is dropped. `None`: all wait.
    #[serde(default)]
    pub max_waiting: Option<u32>,
}

/// Which requests a rule or a row is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowId {
    /// All requests of the loop.
    #[default]
    All,
    /// Whole iterations.
    Iteration,
    /// Requests of one step.
    Step(StepId),
    /// Whole passes through one group, an index into [`Plan::groups`].
    Group(u16),
}

/// A rule that is known to be judgeable: its step exists, its metric is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// As it was written.
    pub threshold: Threshold,
    /// The row it is judged by.
    pub row: RowId,
    /// The time it reads, where its metric is one.
    pub clock: TimeClock,
}

/// A time of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeClock {
    /// First action to last byte.
    Service,
    /// Intended start to last byte; open models only.
    Response,
    /// First action to first byte.
    Ttfb,
}

/// Whose gate a run was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOrigin {
    /// The scenario's own rules, or the built-in default.
    Scenario,
    /// A rule was replaced or added on the command line.
    Custom,
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
    /// `--iterations`.
    pub iterations: Option<u64>,
    /// `--rate`: makes the model an open one.
    pub rate: Option<RatePerSec>,
    /// How users connect.
    pub connection: ConnectionOverrides,
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
        let feeders = feeders::resolve(scenario, load.users, identity.seed)?;
        let variables = BTreeMap::new();
        let environment = &scenario.environment;
        let names = Names { run_id: &identity.run_id, feeders: &feeders, variables: &variables, environment };
        let steps::Steps { scenarios, gathered, around, drawn } = steps::resolve(scenario, &load, names)?;
        let reconciles = Against { scenario, scenarios: &scenarios, steps: &gathered.steps, names }.resolve()?;
        let mut warnings = Vec::new();
        warnings.extend(load.mix_warning(&scenarios)?);
        load.check_pacing(&scenarios)?;
        load.check_pauses(&scenarios)?;
        let gate = gate::resolve(scenario, &overrides.thresholds, (&scenarios, &gathered, &load))?;
        warnings.extend(gate.weaker);
        warnings.extend((!scenario.left_out.is_empty()).then(|| PlanWarning::PartialImport(scenario.left_out.clone())));
        warnings.extend(implied::warnings(&gate.rules, &load, &scenarios));
        let plan = Self {
            name: identity.name,
            run_id: identity.run_id,
            seed: identity.seed,
            load,
            connection: Connection::resolve(scenario, overrides)?,
            health: scenario.target.health.clone(),
            scenarios,
            steps: gathered.steps,
            setup: gathered.setup,
            around,
            groups: gathered.groups,
            elsewhere: gathered.elsewhere,
            counters: gathered.counters,
            feeders,
            drawn,
            slots: gathered.slots,
            masker: Masker::new(scenario.secret_values.values()),
            gate: gate.rules,
            gate_origin: gate.origin,
            reconciles,
            warnings,
        };
        plan.check_hosts().map(|()| plan)
    }

    /// The longest that an iteration can take: every request up to its timeout, and every pause.
    #[must_use]
    pub fn longest_iteration(&self) -> Micros {
        self.scenarios.iter().map(|scenario| scenario.extent.time).max().unwrap_or(self.load.timeout)
    }

    /// The longest that a user's on_start and on_stop may take, tried three times with a second between.
    #[must_use]
    pub fn longest_setup(&self) -> Micros {
        let longest = self.scenarios.iter().map(|scenario| scenario.setup_time).max().unwrap_or(Micros::ZERO);
        let longest = longest + self.around.time;
        if longest == Micros::ZERO { longest } else { longest + longest + longest + Micros::from_secs(2) }
    }

    /// The longest time of any request.
    #[must_use]
    pub fn longest_timeout(&self) -> Micros {
        self.steps.iter().chain(&self.setup).map(|step| step.timeout).max().unwrap_or(self.load.timeout)
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
    fn a_rate_that_the_plan_cannot_offer_is_refused() {
        let at = |rate: f64| Overrides { rate: RatePerSec::new(rate), ..Overrides::default() };
        let pausing = format!("gate = [\"failures<=0\"]\n[load]\nthink_time = \"1s\"\n{ONE_STEP}");
        assert!(refusal(&pausing, &at(101.0)).contains("100 users that pause 1s an iteration can take at most 100.0"));
        assert!(resolve(&pausing, &at(100.0)).is_ok());
        assert!(refusal(ONE_STEP, &at(0.0)).contains("offers no load"));
        let paced = ONE_STEP.replacen("name = \"a\"\n", "name = \"a\"\npacing = \"2s\"\n", 1);
        let paced = format!("gate = [\"failures<=0\"]\n{paced}");
        assert!(refusal(&paced, &at(100.0)).contains("scenario \"a\" has a pacing, which is one of a closed model"));
        assert!(resolve(&paced, &Overrides::default()).is_ok());
        let limited = format!("gate = [\"failures<=0\"]\n[load]\niterations = 5\n{ONE_STEP}");
        assert!(refusal(&limited, &at(100.0)).contains("take --iterations or --rate out"));
        let none = Overrides { iterations: Some(0), ..Overrides::default() };
        assert!(refusal(ONE_STEP, &none).contains("0 iterations measures nothing"));
        let spaced = format!("[load]\narrivals = \"poisson\"\n{ONE_STEP}");
        assert!(refusal(&spaced, &Overrides::default()).contains("open model only"));
    }

    #[test]
    fn users_that_cannot_be_dealt_out_by_weight_are_warned_of() {
        let text = format!(
            "gate = [\"failures<=0\"]\n{}weight = 3\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n[[scenario]]\nname = \"b\"\n[[scenario.step]]\nname = \"t\"\npath = \"/\"\n",
            "[[scenario]]\nname = \"a\"\n"
        );
        let users = |users| Overrides { users: Some(users), ..Overrides::default() };
        let warnings = |n| resolve(&text, &users(n)).map(|plan| plan.warnings).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            warnings(2),
            [PlanWarning::MixDistorted {
                needed: 4,
                users: 2,
                mix: vec![("a".into(), 1, 0.75), ("b".into(), 1, 0.25)]
            }]
        );
        let PlanWarning::MixDistorted { mix, .. } = &warnings(7)[0] else { panic!("another warning") };
        // A round of four, and of the next a, b and a.
        assert_eq!(mix.iter().map(|(_, users, _)| *users).collect::<Vec<_>>(), [5, 2]);
        assert_eq!(warnings(4), []);
        assert_eq!(warnings(100), []);
        assert!(refusal(&text, &users(1)).contains("1 users cannot play 2 scenarios"));
    }
}
