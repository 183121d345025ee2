//! What a run is judged by: the part of a plan that outlives it.
//!
//! In: a [`Plan`]. Out: its [`Terms`], which can be written down and read again. Always holds: folding and judging need
//! nothing else of the plan, and there is no secret in it.

use serde::{Deserialize, Serialize};

use crate::plan::{GateOrigin, LoadProfile, Plan, PlanWarning, Rule, gate};
use crate::units::Micros;

/// What a run is folded and judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The scenario file's name without its ending.
    pub name: String,
    /// Names the run.
    pub run_id: String,
    /// What every random choice comes from.
    pub seed: u64,
    /// How much load, for how long.
    pub load: LoadProfile,
    /// The rules, each tied to the row it is judged by.
    pub gate: Vec<Rule>,
    /// Whose rules they are.
    pub gate_origin: GateOrigin,
    /// What the author should know before the run.
    pub warnings: Vec<PlanWarning>,
    /// The steps' names, indexed by [`StepId`](crate::sample::StepId).
    pub steps: Vec<String>,
    /// The names of the steps of on_start and on_stop.
    pub setup: Vec<String>,
    /// The groups' names.
    pub groups: Vec<String>,
    /// Whether whole iterations are recorded apart.
    pub iterations: bool,
    /// Whether requests need the general client, which cannot count the bytes of the wire.
    pub general: bool,
    /// How many steps the service's own account is held against.
    pub reconciled: usize,
    /// The longest time that is measured: the top of the histograms.
    pub top: Micros,
}

impl Plan {
    /// What the run will be judged by.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let names = |steps: &[super::PlannedStep]| steps.iter().map(|step| step.name.clone()).collect();
        Terms {
            name: self.name.clone(),
            run_id: self.run_id.clone(),
            seed: self.seed,
            load: self.load.clone(),
            gate: self.gate.clone(),
            gate_origin: self.gate_origin,
            warnings: self.warnings.clone(),
            steps: names(&self.steps),
            setup: names(&self.setup),
            groups: self.groups.clone(),
            iterations: self.records_iterations(),
            general: self.connection.is_general(),
            reconciled: self.reconciles.len(),
            top: self.longest_measured(),
        }
    }

    /// Whether whole iterations are recorded apart: only where one differs from a request.
    #[must_use]
    pub fn records_iterations(&self) -> bool {
        self.scenarios.iter().any(|scenario| !scenario.program.is_one_request())
    }

    /// The longest time that can be measured.
    #[must_use]
    pub fn longest_measured(&self) -> Micros {
        /// Over the longest that a request or an iteration can take.
        const HEADROOM: Micros = Micros::from_secs(10);
        let load = &self.load;
        // In an open model an arrival may wait for as long as there is load.
        let wait = if load.arrivals.is_some() { load.ramp_up + load.warm_up + load.run_time } else { Micros::ZERO };
        self.longest_iteration() + wait + HEADROOM
    }
}

impl Terms {
    /// The gate's tightest limit on a time.
    #[must_use]
    pub fn tightest_latency(&self) -> Option<Micros> {
        gate::tightest_latency(&self.gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};
    use crate::units::RatePerSec;

    #[test]
    fn terms_come_back_from_their_text_as_they_went_in() {
        let open = Overrides { rate: RatePerSec::new(1_020.123_456_789), ..Overrides::default() };
        let gate =
            "gate = [\"p99.9<=1.5s for look\", \"success-rate>=99.95%\", \"tps>=333.3 for all\", \"failures<5\"]";
        for (text, overrides) in [
            (ONE_STEP.to_owned(), Overrides::default()),
            (ONE_STEP.to_owned(), open),
            (
                format!("{gate}\n[[load.stage]]\nusers = 7\nramp = \"3s\"\nhold = \"20s\"\n{TWO_STEPS}"),
                Overrides::default(),
            ),
        ] {
            let terms = resolve(&text, &overrides).unwrap_or_else(|e| panic!("{e}")).terms();
            let written = serde_json::to_string(&terms).unwrap();
            assert_eq!(serde_json::from_str::<Terms>(&written).unwrap(), terms, "{written}");
        }
    }
}
