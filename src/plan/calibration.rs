//! The plan of a calibration: the same users and bodies, for a second, against a server that does nothing.
//!
//! In: the plan of a run. Out: the plan that measures the harness's floor (open, at the rate that is asked of the
//! service) and the one that measures its ceiling (closed, as fast as it can). Always holds: what is sent is what the
//! run will send; pauses are left out, and nothing is expected of the answers but a success of the envelope.

use crate::plan::arrivals::Arrivals;
use crate::plan::connection::Connection;
use crate::plan::profile::Profile;
use crate::plan::program::Program;
use crate::plan::{Around, LoadProfile, Plan};
use crate::scenario::check::{Envelope, Expectation};
use crate::scenario::format::{Spacing, ThinkTime};
use crate::units::Micros;

/// Load that is thrown away before each measurement.
const DISCARDED: Micros = Micros::from_millis(500);
/// How long each measurement takes.
const MEASURED: Micros = Micros::SECOND;
/// The rate of the floor where neither the plan nor its gate names one.
const QUIET_RATE: f64 = 100.0;

impl Plan {
    /// The plan that measures how slow the harness itself is at the rate that is asked of the service.
    #[must_use]
    pub fn for_floor(&self) -> Self {
        let arrivals = Arrivals {
            rate: Profile::constant(self.rate_asked(), MEASURED),
            ramp: Micros::ZERO,
            warm_up: DISCARDED,
            spacing: Spacing::Constant,
            seed: self.seed,
        };
        self.calibrating(Some(arrivals))
    }

    /// The plan that measures how fast the harness is at best.
    #[must_use]
    pub fn for_ceiling(&self) -> Self {
        self.calibrating(None)
    }

    /// The code that a success carries in its envelope, where steps ask for one.
    #[must_use]
    pub fn envelope_code(&self) -> Option<i64> {
        self.steps.iter().find_map(|step| step.expectation.envelope.map(Envelope::success))
    }

    fn rate_asked(&self) -> f64 {
        let limits = self.gate.iter().filter_map(|rule| rule.threshold.least_rate());
        let offered = self.load.arrivals.as_ref().map(|arrivals| arrivals.rate.most());
        offered.into_iter().chain(limits).max_by(f64::total_cmp).unwrap_or(QUIET_RATE)
    }

    fn calibrating(&self, arrivals: Option<Arrivals>) -> Self {
        let code = self.envelope_code();
        let mut plan = self.clone();
        let (iterations, stages) = (None, None);
        let (ramp_up, warm_up, run_time) = (Micros::ZERO, DISCARDED, MEASURED);
        plan.load = LoadProfile { ramp_up, warm_up, run_time, iterations, stages, arrivals, ..plan.load };
        for scenario in &mut plan.scenarios {
            scenario.pacing = None;
            // Answers decide nothing here: each step once, in the file's order.
            scenario.program = Program::of_requests(&scenario.steps);
            (scenario.on_start, scenario.on_stop) = (Program::default(), Program::default());
            let time = plan.load.timeout;
            scenario.extent.time = scenario.steps.iter().map(|_| time).sum();
        }
        // The null server speaks plain HTTP/1.1, and there is no proxy before it.
        plan.connection = Connection::default();
        plan.around = Around::default();
        plan.elsewhere.clear();
        for step in &mut plan.steps {
            step.host = None;
            step.think_time = ThinkTime::default();
            step.custom = None;
            // The null server says nothing but success: nothing is taken out of its answers.
            step.extracts.clear();
            // One server cannot send two codes; steps that ask for another are taken at any.
            let envelope = step.expectation.envelope.filter(|envelope| Some(envelope.success()) == code);
            step.expectation = Expectation { envelope, ..Expectation::default() };
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, resolve};
    use crate::scenario::json::Outline;

    #[test]
    fn a_calibration_sends_what_the_run_will_send_without_its_pauses() {
        let text = format!(
            "gate = [\"tps>=40\"]\n[load]\nusers = 7\nramp_up = \"30s\"\nthink_time = \"100ms\"\n{ONE_STEP}expect = 404\nenvelope = {{ code = 7 }}\n"
        );
        let plan = resolve(&text, &Overrides::default()).unwrap();
        let (floor, ceiling) = (plan.for_floor(), plan.for_ceiling());
        assert_eq!(floor.load.arrivals.as_ref().map(|arrivals| arrivals.rate.mean()), Some(40.0), "the gate's rate");
        assert_eq!(ceiling.load.arrivals, None);
        assert_eq!(plan.envelope_code(), Some(7));
        for calibration in [floor, ceiling] {
            assert_eq!((calibration.load.users, calibration.load.ramp_up), (7, Micros::ZERO));
            let step = &calibration.steps[0];
            assert_eq!(step.think_time, ThinkTime::default());
            assert!(step.expectation.judge(200, Outline::default().read(br#"{"code":7}"#)).is_ok());
            assert_eq!(step.path, plan.steps[0].path);
        }
    }

    #[test]
    fn a_gate_without_a_rate_is_calibrated_at_a_quiet_one() {
        let text = format!("gate = [\"failures<=0\"]\n{ONE_STEP}");
        let plan = resolve(&text, &Overrides::default()).unwrap();
        assert_eq!(plan.for_floor().load.mean_rate(), Some(QUIET_RATE));
    }
}
