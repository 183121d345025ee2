//! The load of a plan: defaults filled, and what measures nothing or cannot be offered refused.

use crate::plan::arrivals::Arrivals;
use crate::plan::profile::Profile;
use crate::plan::stages::Shape;
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
        let shape = Shape::resolve(written, overrides)?;
        let warm_up = overrides.warm_up.or(written.warm_up).unwrap_or(Micros::from_secs(10));
        let (ramp, spacing) = (shape.ramp_up, written.arrivals.unwrap_or_default());
        let profile = Self {
            users: shape.users,
            ramp_up: shape.ramp_up,
            arrivals: shape.rate.map(|rate| Arrivals { rate, ramp, warm_up, spacing, seed }),
            max_waiting: written.max_waiting,
            stages: shape.stages,
            warm_up,
            run_time: shape.run_time,
            iterations: overrides.iterations.or(written.iterations),
            timeout: overrides.timeout.or(written.timeout).unwrap_or(Micros::from_secs(10)),
        };
        if profile.users == 0 || profile.users > MOST_USERS {
            return Err(PlanError::Users(profile.users));
        }
        if profile.iterations == Some(0) {
            return Err(PlanError::NoIterations);
        }
        if profile.iterations.is_some() && profile.arrivals.is_some() {
            return Err(PlanError::IterationsWithRate);
        }
        if written.arrivals.is_some() && profile.arrivals.is_none() {
            return Err(PlanError::SpacingWithoutRate);
        }
        if profile.max_waiting.is_some() && profile.arrivals.is_none() {
            return Err(PlanError::CapWithoutRate);
        }
        if profile.max_waiting == Some(0) {
            return Err(PlanError::NoneWaits);
        }
        if profile.mean_rate().is_some_and(|rate| rate <= 0.0) {
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

    /// Users over the window, in the mean.
    pub(super) fn mean_users(&self) -> f64 {
        self.stages.as_ref().map_or_else(|| f64::from(self.users), Profile::mean)
    }

    /// The level over the window where it changes: users, or in an open model arrivals per second. `None` where the load
    /// is the same all through.
    #[must_use]
    pub fn changing(&self) -> Option<&Profile> {
        let rate = self.arrivals.as_ref().map(|arrivals| &arrivals.rate);
        self.stages.as_ref().or_else(|| rate.filter(|rate| !rate.is_constant()))
    }

    /// How many users there are to be at `offset` from the window's start.
    #[must_use]
    pub fn users_at(&self, offset: Micros) -> u32 {
        // A level is at most that of the users there are.
        self.stages.as_ref().map_or(self.users, |stages| stages.at(offset).round() as u32)
    }

    /// Arrivals per second over the window, in the mean; `None` in a closed model.
    #[must_use]
    pub fn mean_rate(&self) -> Option<f64> {
        self.arrivals.as_ref().map(|arrivals| arrivals.rate.mean())
    }

    /// Refuses a pacing where the arrivals say when iterations start.
    pub(super) fn check_pacing(&self, scenarios: &[PlannedScenario]) -> Result<(), PlanError> {
        let paced = scenarios.iter().find(|scenario| self.arrivals.is_some() && scenario.pacing.is_some());
        paced.map_or(Ok(()), |scenario| Err(PlanError::PacingWithRate(scenario.name.clone())))
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
        Ok((!even && self.users < needed.saturating_mul(10)).then(|| PlanWarning::MixDistorted {
            needed,
            users: self.users,
            mix: self.dealt(scenarios, divisor),
        }))
    }

    /// How many users play each scenario, and the share that its weight asks for. Each round of the deal gives a user to
    /// every scenario whose reduced weight is not used up yet.
    fn dealt(&self, scenarios: &[PlannedScenario], divisor: u64) -> Vec<(String, u32, f64)> {
        let weights: Vec<u64> = scenarios.iter().map(|scenario| u64::from(scenario.weight) / divisor).collect();
        let all: u64 = weights.iter().sum();
        let (rounds, mut rest) = (u64::from(self.users) / all, u64::from(self.users) % all);
        let mut dealt: Vec<u64> = weights.iter().map(|weight| weight * rounds).collect();
        for round in 0.. {
            for (of_one, weight) in dealt.iter_mut().zip(&weights).filter(|(_, weight)| **weight > round) {
                let takes = u64::from(rest > 0 && *weight > 0);
                *of_one += takes;
                rest -= takes;
            }
            if rest == 0 {
                break;
            }
        }
        let of = |((scenario, users), weight): ((&PlannedScenario, u64), &u64)| {
            (scenario.name.clone(), u32::try_from(users).unwrap_or(u32::MAX), *weight as f64 / all as f64)
        };
        scenarios.iter().zip(dealt).zip(&weights).map(of).collect()
    }
}
