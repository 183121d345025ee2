//! The load of a plan: defaults filled, and what measures nothing or cannot be offered refused.

use crate::plan::arrivals::Arrivals;
use crate::plan::{LoadProfile, MOST_USERS, Overrides, PlanError, PlanWarning, PlannedScenario};
use crate::scenario::Scenario;
use crate::scenario::feeder::greatest_common_divisor;
use crate::units::Micros;

/// The longest ramp-up: Goose starts at least a user a day.
const LONGEST_RAMP: Micros = Micros::from_secs(12 * 3_600);
/// The shortest run time: a second, the grain of the interval series.
const SHORTEST_RUN: Micros = Micros::SECOND;

impl LoadProfile {
    pub(super) fn resolve(scenario: &Scenario, overrides: &Overrides, seed: u64) -> Result<Self, PlanError> {
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
        if written.arrivals.is_some() && rate.is_none() {
            return Err(PlanError::SpacingWithoutRate);
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

    /// Refuses a rate that the users' pauses alone keep out of reach.
    pub(super) fn check_pauses(&self, scenarios: &[PlannedScenario]) -> Result<(), PlanError> {
        let Some(arrivals) = self.arrivals else { return Ok(()) };
        for scenario in scenarios {
            let pause = scenario.extent.pause;
            // Users and arrivals are dealt out by the same weights, so the scenario's share cancels.
            let (rate, most) = (arrivals.rate.get(), f64::from(self.users) / pause.as_secs_f64());
            if rate > most {
                return Err(PlanError::RateOverUsers { users: self.users, pause, most, rate });
            }
        }
        Ok(())
    }

    /// Goose deals users out one by one, so fewer users than the reduced weights add up to distort the mix.
    pub(super) fn mix_warning(&self, scenarios: &[PlannedScenario]) -> Result<Option<PlanWarning>, PlanError> {
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
