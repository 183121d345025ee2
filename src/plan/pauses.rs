//! What the users' pauses keep out of reach.
//!
//! In: the load, the scenarios and their steps. Out: how many requests a second the users could send if every answer
//! took no time, and the refusal of a rate that is over it. Always holds: what is refused could not hold but by a
//! chance of one in a thousand.
//!
//! A user's cycle is at least the sum of its pauses, and at least its pacing, so its mean is at least the larger of the
//! sum of the means and the pacing. Random pauses do not forbid a rate over what their means allow, they only make it
//! unlikely: by renewal theory the cycles that `n` users end in a time `T` have the mean `nT/m` and the variance
//! `nTv/m^3`. So the reach is that mean and three deviations; the shortest pause alone would let through nearly every
//! rule that cannot hold.

use crate::plan::program::Moments;
use crate::plan::{LoadProfile, PlanError, PlannedScenario};
use crate::units::Micros;

/// Deviations of chance that are granted before a rate counts as out of reach.
const GRANTED: f64 = 3.0;

impl PlannedScenario {
    /// What a user's cycle takes at least in the mean, and its variance.
    fn cycle(&self) -> Moments {
        let pacing = Moments::of(self.pacing.unwrap_or(Micros::ZERO));
        if pacing.mean >= self.extent.pause.mean { pacing } else { self.extent.pause }
    }
}

impl LoadProfile {
    /// Requests per second of all users if every answer took no time; infinite where a scenario does not pause.
    pub(super) fn most_per_second(&self, scenarios: &[PlannedScenario]) -> f64 {
        let playing = scenarios.iter().filter(|scenario| scenario.extent.requests > 0.0);
        playing.map(|scenario| self.most_iterations(scenarios, scenario) * scenario.extent.requests).sum()
    }

    /// Iterations per second of the users of one of `scenarios` if every answer took no time; infinite where it does not
    /// pause.
    pub(super) fn most_iterations(&self, scenarios: &[PlannedScenario], scenario: &PlannedScenario) -> f64 {
        let weights: u32 = scenarios.iter().map(|scenario| scenario.weight).sum();
        let users = self.mean_users() * f64::from(scenario.weight) / f64::from(weights);
        let Moments { mean, variance } = scenario.cycle();
        if mean <= 0.0 {
            return f64::INFINITY;
        }
        let chance = (users * variance / (mean.powi(3) * self.run_time.as_secs_f64())).sqrt();
        users / mean + GRANTED * chance
    }

    /// Refuses a rate of arrivals that the users' pauses alone keep out of reach: over the mean of what the users can
    /// take, arrivals pile up for as long as the run goes on.
    pub(super) fn check_pauses(&self, scenarios: &[PlannedScenario]) -> Result<(), PlanError> {
        let Some(rate) = self.mean_rate() else { return Ok(()) };
        for scenario in scenarios {
            let pause = scenario.extent.pause.mean;
            // Users and arrivals are dealt out by the same weights, so the scenario's share cancels.
            let most = f64::from(self.users) / pause;
            if rate > most {
                let pause = Micros::new((pause * 1e6).round() as u64);
                return Err(PlanError::RateOverUsers { users: self.users, pause, most, rate });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, resolve};
    use crate::units::RatePerSec;

    fn at(load: &str, rule: &str, rate: Option<f64>) -> Result<(), String> {
        let text = format!("gate = [\"{rule}\"]\n[load]\n{load}\n{ONE_STEP}");
        let overrides = Overrides { rate: rate.and_then(RatePerSec::new), ..Overrides::default() };
        resolve(&text, &overrides).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn random_pauses_are_granted_three_deviations_of_a_run_this_long() {
        // 100 users, mean 2 s, 300 s: 50 a second, deviation sqrt(100 * 4/12 / (8 * 300)) = 0.11785.
        let load = "think_time = { uniform = [\"1s\", \"3s\"] }";
        assert_eq!(at(load, "tps>=50.3", None), Ok(()));
        let error = at(load, "tps>=50.4", None).unwrap_err();
        assert!(error.contains("at most 50.4 requests a second"), "{error}");
        assert_eq!(at("think_time = \"2s\"", "tps>=50", None), Ok(()));
        assert!(at("think_time = \"2s\"", "tps>=50.1", None).unwrap_err().contains("at most 50.0"));
    }

    #[test]
    fn a_pacing_longer_than_the_pauses_decides_alone() {
        let paced = |pacing: &str, rule: &str| {
            let text = format!(
                "gate = [\"{rule}\"]\n[load]\nthink_time = \"1s\"\n{}",
                ONE_STEP.replacen("name = \"a\"\n", &format!("name = \"a\"\npacing = \"{pacing}\"\n"), 1)
            );
            resolve(&text, &Overrides::default()).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(paced("4s", "tps>=25"), Ok(()));
        assert!(paced("4s", "tps>=26").unwrap_err().contains("at most 25.0"));
        assert_eq!(paced("500ms", "tps>=100"), Ok(()));
        assert!(paced("500ms", "tps>=101").unwrap_err().contains("at most 100.0"));
    }

    #[test]
    fn a_rate_over_what_the_mean_pause_leaves_users_for_is_refused() {
        let load = "think_time = { uniform = [\"1s\", \"3s\"] }";
        assert_eq!(at(load, "failures<=0", Some(50.0)), Ok(()));
        let error = at(load, "failures<=0", Some(51.0)).unwrap_err();
        assert!(error.contains("100 users that pause 2s an iteration can take at most 50.0"), "{error}");
    }
}
