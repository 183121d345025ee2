//! The shape of a load: how many users or arrivals, when.
//!
//! In: what the file says and what was typed. Out: users, ramp-up, run time, and the level over the window. Always
//! holds: the ramp of the first stage is the run's ramp-up, so that the window opens at the first stage's level; the
//! stages fill the window, stretched to the run time where one is given.

use crate::plan::profile::{Piece, Profile};
use crate::plan::{Overrides, PlanError};
use crate::scenario::format::{LoadSection, RunTime, StageSection};
use crate::units::Micros;

const DEFAULT_USERS: u32 = 100;
const DEFAULT_RAMP: Micros = Micros::from_secs(10);
const DEFAULT_RUN: Micros = Micros::from_secs(300);

/// How much load there is, when.
pub(super) struct Shape {
    /// The most users there are at any time.
    pub(super) users: u32,
    pub(super) ramp_up: Micros,
    pub(super) run_time: Micros,
    /// Arrivals per second over the window, in an open model.
    pub(super) rate: Option<Profile>,
    /// Users over the window, where they change.
    pub(super) stages: Option<Profile>,
}

impl Shape {
    pub(super) fn resolve(written: &LoadSection, typed: &Overrides) -> Result<Self, PlanError> {
        let users = typed.users.or(written.users);
        let rate = typed.rate.or(written.rate);
        let ramp_up = typed.ramp_up.or(written.ramp_up);
        let run_time = match (typed.run_time, written.run_time) {
            (None, Some(RunTime::Asked)) => return Err(PlanError::RunTimeAsked),
            (None, Some(RunTime::Given(written))) => Some(written),
            (typed, _) => typed,
        };
        let Some((first, rest)) = written.stages.split_first() else {
            let run_time = run_time.unwrap_or(DEFAULT_RUN);
            return Ok(Self {
                users: users.unwrap_or(DEFAULT_USERS),
                ramp_up: ramp_up.unwrap_or(DEFAULT_RAMP),
                run_time,
                rate: rate.map(|rate| Profile::constant(rate.get(), run_time)),
                stages: None,
            });
        };
        refuse_second_truths(written, typed, *first)?;
        let profile = profile(*first, rest);
        if profile.length() == Micros::ZERO {
            return Err(PlanError::StagesLastNoTime);
        }
        let run_time = run_time.unwrap_or_else(|| profile.length());
        let profile = profile.stretched(run_time);
        // A first stage that steps is one without a word on the ramp-up.
        let own_ramp = Some(first.ramp).filter(|ramp| *ramp > Micros::ZERO);
        let ramp_up = ramp_up.or(own_ramp).unwrap_or(DEFAULT_RAMP);
        let (rate, stages) = if first.level.is_rate() { (Some(profile), None) } else { (None, Some(profile)) };
        let most = stages.as_ref().map(|stages| stages.most() as u32);
        Ok(Self { users: most.or(users).unwrap_or(DEFAULT_USERS), ramp_up, run_time, rate, stages })
    }
}

/// The level over the window. The first stage's ramp lies before it.
fn profile(first: StageSection, rest: &[StageSection]) -> Profile {
    let level = first.level.value();
    let mut pieces = vec![Piece { length: first.hold, from: level, to: level }];
    let mut from = level;
    for stage in rest {
        let to = stage.level.value();
        pieces.push(Piece { length: stage.ramp, from, to });
        pieces.push(Piece { length: stage.hold, from: to, to });
        from = to;
    }
    Profile::new(level, pieces)
}

/// Refuses what would say a second time, and differently, what the stages say.
fn refuse_second_truths(written: &LoadSection, typed: &Overrides, first: StageSection) -> Result<(), PlanError> {
    let by_rate = first.level.is_rate();
    let said_twice = [
        (!by_rate && typed.users.is_some(), "--users", true),
        (!by_rate && written.users.is_some(), "[load] users", false),
        (typed.rate.is_some(), "--rate", true),
        (written.rate.is_some(), "[load] rate", false),
        (written.ramp_up.is_some() && first.ramp > Micros::ZERO, "[load] ramp_up, or the first stage's ramp", false),
        (!by_rate && typed.iterations.is_some(), "--iterations", true),
        (!by_rate && written.iterations.is_some(), "[load] iterations", false),
    ];
    let twice = said_twice.into_iter().find(|(twice, ..)| *twice);
    twice.map_or(Ok(()), |(_, what, typed)| Err(PlanError::BesideStages { what, typed }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::plan::tests::{ONE_STEP, resolve};

    const USERS: &str = "[[load.stage]]\nusers = 10\nramp = \"5s\"\nhold = \"20s\"\n\
                         [[load.stage]]\nusers = 40\nramp = \"10s\"\nhold = \"30s\"\n[[load.stage]]\nusers = 0\nhold = \"5s\"\n";
    const RATES: &str = "[[load.stage]]\nrate = 100\nhold = \"10s\"\n[[load.stage]]\nrate = 300\nramp = \"10s\"\n";

    fn plan(load: &str, typed: &Overrides) -> Result<Plan, String> {
        let text = format!("gate = [\"failures<=0\"]\n[load]\n{load}{ONE_STEP}");
        resolve(&text, typed).map_err(|error| error.to_string())
    }

    #[test]
    fn stages_fill_the_window_behind_the_first_ramp() {
        let load = plan(USERS, &Overrides::default()).unwrap().load;
        assert_eq!((load.users, load.ramp_up), (40, Micros::from_secs(5)));
        assert_eq!(load.run_time, Micros::from_secs(65));
        let levels = [0, 19, 25, 30, 59, 60, 100].map(|secs| load.users_at(Micros::from_secs(secs)));
        assert_eq!(levels, [10, 10, 25, 40, 40, 0, 0]);
    }

    #[test]
    fn a_run_time_stretches_the_stages_to_it() {
        let long = Overrides { run_time: Some(Micros::from_secs(130)), ..Overrides::default() };
        let load = plan(USERS, &long).unwrap().load;
        let levels = [0, 39, 50, 60, 119, 120].map(|secs| load.users_at(Micros::from_secs(secs)));
        assert_eq!(levels, [10, 10, 25, 40, 40, 0]);
    }

    #[test]
    fn stages_of_a_rate_leave_the_users_to_the_load() {
        let load = plan(&format!("users = 7\n{RATES}"), &Overrides::default()).unwrap().load;
        assert_eq!((load.users, load.ramp_up, load.run_time), (7, Micros::from_secs(10), Micros::from_secs(20)));
        assert_eq!(load.mean_rate(), Some(150.0));
        assert_eq!(load.users_at(Micros::from_secs(5)), 7);
    }

    #[test]
    fn what_the_stages_say_is_not_said_a_second_time() {
        let users = Overrides { users: Some(5), ..Overrides::default() };
        let rate = Overrides { rate: crate::units::RatePerSec::new(5.0), ..Overrides::default() };
        let limit = Overrides { iterations: Some(5), ..Overrides::default() };
        let none = Overrides::default();
        for (load, typed, part) in [
            (USERS.to_owned(), &users, "take --users out"),
            (USERS.to_owned(), &rate, "take --rate out"),
            (RATES.to_owned(), &rate, "take --rate out"),
            (USERS.to_owned(), &limit, "take --iterations out"),
            (format!("users = 5\n{USERS}"), &none, "take [load] users out"),
            (format!("rate = 5\n{RATES}"), &none, "take [load] rate out"),
            (format!("ramp_up = \"5s\"\n{USERS}"), &none, "take [load] ramp_up, or the first stage's ramp out"),
        ] {
            let error = plan(&load, typed).map(|_| ()).unwrap_err();
            assert!(error.contains(part), "{load}: {error}");
        }
        let ramp = Overrides { ramp_up: Some(Micros::SECOND), ..Overrides::default() };
        assert_eq!(plan(USERS, &ramp).unwrap().load.ramp_up, Micros::SECOND, "what was typed wins");
        let error = plan("[[load.stage]]\nusers = 5\nramp = \"5s\"\n", &none).map(|_| ()).unwrap_err();
        assert!(error.contains("no time behind the first ramp"), "{error}");
    }

    #[test]
    fn a_rate_is_held_against_the_gate_by_its_mean() {
        let text = format!("gate = [\"tps>=151\"]\n[load]\n{RATES}{ONE_STEP}");
        let error = resolve(&text, &Overrides::default()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("150 arrivals a second in the mean cannot hold it"), "{error}");
        let text = text.replace("tps>=151", "tps>=150");
        assert!(resolve(&text, &Overrides::default()).is_ok());
        let users = format!("gate = [\"tps>=27\"]\n[load]\nthink_time = \"1s\"\n{USERS}{ONE_STEP}");
        let error = resolve(&users, &Overrides::default()).map(|_| ()).unwrap_err().to_string();
        // (10 * 20 + 25 * 10 + 40 * 30) / 65 s
        assert!(error.contains("at most 25.4"), "{error}");
    }
}
