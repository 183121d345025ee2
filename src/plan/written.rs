//! The resolved plan as text: what a run did, with every default filled in.
//!
//! In: a [`Plan`] and its target. Out: TOML, for people and for comparing two runs. Always holds: no secret stands in it;
//! the same plan gives the same text. It is no scenario file: what varies in a path stands there by its name, and what
//! code computes as `${...}`. Values of headers, bodies and queries are left out, because authors write passwords there
//! that they never declared as secrets.

use serde::Serialize;

use crate::plan::reconcile::By;
use crate::plan::{GateOrigin, Plan, PlannedScenario, PlannedStep};
use crate::sample::StepId;
use crate::scenario::format::{Lifetime, Method, OnFailure, Spacing, ThinkTime};
use crate::units::Micros;

#[derive(Serialize)]
struct Written<'a> {
    run_id: &'a str,
    scenario_file: &'a str,
    seed: u64,
    gate_origin: GateOrigin,
    gate: Vec<String>,
    target: Target,
    load: Load,
    #[serde(rename = "feeder")]
    feeders: Vec<Feeder>,
    #[serde(rename = "scenario")]
    scenarios: Vec<Scenario>,
    #[serde(rename = "setup_step")]
    setup: Vec<Step>,
    #[serde(rename = "reconcile")]
    reconciles: Vec<Reconcile>,
}

#[derive(Serialize)]
struct Target {
    url: String,
    insecure: bool,
    http2: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<String>,
}

#[derive(Serialize)]
struct Load {
    model: &'static str,
    users: u32,
    ramp_up: String,
    warm_up: String,
    run_time: String,
    timeout: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    iterations: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrivals: Option<Spacing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_waiting: Option<u32>,
    #[serde(rename = "level", skip_serializing_if = "Vec::is_empty")]
    levels: Vec<Level>,
}

/// A straight piece of the load: users, or arrivals per second.
#[derive(Serialize)]
struct Level {
    from: f64,
    to: f64,
    lasts: String,
}

#[derive(Serialize)]
struct Feeder {
    name: String,
    columns: Vec<String>,
    rows: u64,
}

#[derive(Serialize)]
struct Scenario {
    name: String,
    weight: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Lifetime>,
    connection: Lifetime,
    on_failure: OnFailure,
    #[serde(skip_serializing_if = "Option::is_none")]
    pacing: Option<String>,
    #[serde(rename = "step")]
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    name: String,
    /// Where it goes in the target's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    body: bool,
    /// Their names.
    headers: Vec<String>,
    timeout: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    think_time: Option<String>,
    redirects: u32,
    expect: String,
    checks: Vec<String>,
}

#[derive(Serialize)]
struct Reconcile {
    step: String,
    by: String,
    settle: String,
    required: bool,
}

impl Plan {
    /// The plan of a run on `target` as TOML, secrets masked.
    #[must_use]
    pub fn written(&self, target: &str) -> String {
        let written = Written {
            run_id: &self.run_id,
            scenario_file: &self.name,
            seed: self.seed,
            gate_origin: self.gate_origin,
            gate: self.gate.iter().map(|rule| rule.threshold.to_string()).collect(),
            target: Target {
                url: self.masker.mask(target),
                insecure: self.connection.insecure,
                http2: self.connection.http2,
                proxy: self.connection.proxy.as_ref().map(|proxy| self.masker.mask(&proxy.to_string())),
                health: self.health.as_ref().map(|health| self.masker.mask(health)),
            },
            load: self.written_load(),
            feeders: self.feeders.iter().map(written_feeder).collect(),
            scenarios: self.scenarios.iter().map(|scenario| self.written_scenario(scenario)).collect(),
            setup: self.setup.iter().map(|step| self.written_step(step)).collect(),
            reconciles: self.reconciles.iter().map(written_reconcile).collect(),
        };
        // Nothing in it is without a form in TOML; were it so, the run would lose this file and no more.
        toml::to_string(&written).unwrap_or_default()
    }

    fn written_load(&self) -> Load {
        let load = &self.load;
        let rate = load.arrivals.as_ref().map(|arrivals| &arrivals.rate);
        let pieces = load.stages.as_ref().or(rate).map_or(&[][..], |profile| profile.pieces());
        let lasts = |length: Micros| length.to_string();
        Load {
            model: if load.arrivals.is_some() { "open" } else { "closed" },
            users: load.users,
            ramp_up: load.ramp_up.to_string(),
            warm_up: load.warm_up.to_string(),
            run_time: load.run_time.to_string(),
            timeout: load.timeout.to_string(),
            iterations: load.iterations,
            arrivals: load.arrivals.as_ref().map(|arrivals| arrivals.spacing),
            max_waiting: load.max_waiting,
            levels: pieces.iter().map(|p| Level { from: p.from, to: p.to, lasts: lasts(p.length) }).collect(),
        }
    }

    fn written_scenario(&self, scenario: &PlannedScenario) -> Scenario {
        let step = |StepId(at): &StepId| self.steps.get(usize::from(*at)).map(|step| self.written_step(step));
        Scenario {
            name: self.masker.mask(&scenario.name),
            weight: scenario.weight,
            cookies: scenario.cookies,
            connection: scenario.connection,
            on_failure: scenario.on_failure,
            pacing: scenario.pacing.map(|pacing| pacing.to_string()),
            steps: scenario.steps.iter().filter_map(step).collect(),
        }
    }

    /// A step's path, without the values of its query.
    fn written_path(&self, step: &PlannedStep) -> String {
        let whole = self.masker.mask(&step.path.sketch(&self.feeders));
        whole.split_once('?').map_or(whole.clone(), |(path, _)| format!("{path}?..."))
    }

    fn written_step(&self, step: &PlannedStep) -> Step {
        let expectation = &step.expectation;
        // A request of code is known by its name alone.
        let http = step.custom.is_none();
        Step {
            name: step.name.clone(),
            host: step.host.and_then(|host| self.elsewhere.get(host)).map(|host| self.masker.mask(&host.to_string())),
            method: http.then_some(step.method),
            path: http.then(|| self.written_path(step)),
            body: step.body.is_some(),
            headers: step.headers.iter().map(|(name, _)| name.clone()).collect(),
            timeout: step.timeout.to_string(),
            think_time: pause(step.think_time),
            redirects: step.redirects,
            expect: expectation.status.to_string(),
            checks: expectation.checks.iter().map(|check| self.masker.mask(&check.name)).collect(),
        }
    }
}

fn pause(time: ThinkTime) -> Option<String> {
    match time {
        ThinkTime::Constant(Micros::ZERO) => None,
        ThinkTime::Constant(time) => Some(time.to_string()),
        ThinkTime::Uniform { min, max } => Some(format!("uniform from {min} to {max}")),
        ThinkTime::Lognormal { median, p95 } => Some(format!("lognormal, median {median}, p95 {p95}")),
        ThinkTime::Normal { mean, deviation } => Some(format!("normal, mean {mean}, deviation {deviation}")),
    }
}

fn written_feeder((name, feeder): &(String, crate::scenario::feeder::Feeder)) -> Feeder {
    let columns = feeder.column_names().into_iter().map(str::to_owned).collect();
    Feeder { name: name.clone(), columns, rows: feeder.period() }
}

fn written_reconcile(reconcile: &super::reconcile::Reconcile) -> Reconcile {
    Reconcile {
        step: reconcile.name.clone(),
        by: match &reconcile.by {
            By::Identity(listing) => format!("identity {}", listing.field),
            By::Sum(figure) => format!("sum {}", figure.value),
        },
        settle: reconcile.settle.to_string(),
        required: reconcile.required,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::{Identity, Overrides};
    use crate::scenario::Scenario;
    use crate::scenario::secret::Environment;
    use crate::units::RatePerSec;

    #[test]
    fn every_default_is_filled_in_and_no_secret_stands_there() {
        let text = "[secrets]\nkey = { env = \"KEY\" }\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/pay?n=${sequence}\"\nheaders = { authorization = \"Bearer ${key}\" }\nbody = '{\"key\":\"${key}\"}'\n";
        let environment: Environment = [("KEY".to_owned(), "planted-secret".to_owned())].into_iter().collect();
        let scenario = Scenario::parse_in(text, Path::new("x.toml"), environment).unwrap();
        let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
        let overrides = Overrides { rate: RatePerSec::new(1_020.0), ..Overrides::default() };
        let plan = Plan::resolve(&scenario, &overrides, identity).unwrap();
        let written = plan.written("http://localhost:1");
        assert!(!written.contains("planted-secret"), "{written}");
        let parsed: toml::Table = written.parse().unwrap();
        assert_eq!(parsed["load"]["run_time"].as_str(), Some("300s"));
        assert_eq!(parsed["load"]["level"][0]["to"].as_float(), Some(1_020.0));
        assert_eq!(parsed["gate"].as_array().map(Vec::len), Some(4));
        let step = &parsed["scenario"][0]["step"][0];
        assert_eq!(step["path"].as_str(), Some("/pay?..."));
        assert!(step["headers"].to_string().contains("uthorization") && !written.contains("Bearer"), "{written}");
    }
}
