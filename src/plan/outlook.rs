//! What a plan comes to, before anything is sent: arithmetic on what is written.
//!
//! In: a [`Plan`]. Out: an [`Outlook`]. Always holds: nothing is guessed of the service. Where a figure needs to know how
//! fast it answers, the gate's own limits stand for it; where nothing says, the figure is `None`.

use crate::plan::flow::Flow;
use crate::plan::program::Op;
use crate::plan::{Plan, PlannedScenario, PlannedStep, RowId, Rule};
use crate::sample::StepId;
use crate::scenario::check::{Source, Subject};
use crate::scenario::json::JsonPath;
use crate::scenario::threshold::{Limit, Metric};

/// What a plan comes to.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// How often each step is played in an iteration of its scenario, by [`StepId`].
    pub visits: Vec<Visits>,
    /// Requests of an iteration in the mean over the scenarios, by their weights.
    pub requests: f64,
    /// Iterations per second, in the mean over the window.
    pub iterations: Option<Expected>,
    /// What Little's law says.
    pub little: Option<Little>,
    /// Steps that take an amount out of a feeder.
    pub spending: Vec<Spending>,
    /// Steps whose user, device and amount come out of one feeder.
    pub repeats: Vec<Repeat>,
}

/// How often a step is played in an iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Visits {
    /// In the mean; where `exact` is false, if every condition held and every list had one value.
    pub times: f64,
    /// Whether nothing but what is written decides it.
    pub exact: bool,
}

/// Iterations per second, and how that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Iterations per second.
    pub rate: f64,
    /// Why.
    pub basis: Basis,
}

/// Where an expected rate comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Basis {
    /// The arrivals of an open model.
    Arrivals,
    /// This rule asks for it.
    AskedBy(String),
    /// Each scenario is paced.
    Paced,
}

/// Little's law: users at work = rate x time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Little {
    /// Closed: to reach the asked rate, request and pause may take so many seconds together.
    TimeLeft {
        /// Users, in the mean.
        users: f64,
        /// Requests per second that are asked for.
        rate: f64,
        /// Seconds that a request and its pause may take.
        seconds: f64,
    },
    /// Open: at the gate's limit on the mean so many users are busy.
    Busy {
        /// Requests per second.
        rate: f64,
        /// Seconds that a request takes at the limit.
        mean: f64,
        /// Users that are busy with it, or pause.
        users: f64,
    },
}

/// What a step spends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spending {
    /// The step.
    pub step: StepId,
    /// The column's mean.
    pub mean: f64,
    /// How many users the feeder has to take it from, where that is known.
    pub accounts: Option<u64>,
    /// Over the whole run, ramp-up and warm-up included; `None` where the rate is not known.
    pub total: Option<f64>,
}

/// After how many iterations the same user, device and amount come together again.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// The steps that draw them.
    pub steps: Vec<StepId>,
    /// The feeder, by its index.
    pub feeder: usize,
    /// The columns, by name.
    pub columns: Vec<String>,
    /// Iterations; `None` where that cannot be told.
    pub iterations: Option<u64>,
}

impl Outlook {
    /// Works out what `plan` comes to.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut visits = vec![Visits::default(); plan.steps.len()];
        for scenario in &plan.scenarios {
            let flow = Flow::of(&scenario.program);
            for (op, (times, exact)) in scenario.program.0.iter().zip(flow.passes()) {
                if let Op::Request(id) = op {
                    visits[usize::from(id.0)] = Visits { times, exact };
                }
            }
        }
        let weights: f64 = plan.scenarios.iter().map(|scenario| f64::from(scenario.weight)).sum();
        let of =
            |scenario: &PlannedScenario| scenario.steps.iter().map(|id| visits[usize::from(id.0)].times).sum::<f64>();
        let requests = plan.scenarios.iter().map(|s| of(s) * f64::from(s.weight) / weights).sum();
        let iterations = plan.iterations_expected(requests);
        let mut outlook =
            Self { visits, requests, iterations, little: None, spending: Vec::new(), repeats: Vec::new() };
        outlook.little = plan.little(&outlook);
        for (at, step) in (0_u16..).zip(&plan.steps) {
            outlook.spending.extend(plan.spending((StepId(at), step), &outlook));
            let Some(found) = plan.repeat(StepId(at), step) else { continue };
            let same = |known: &&mut Repeat| (known.feeder, &known.columns) == (found.feeder, &found.columns);
            match outlook.repeats.iter_mut().find(same) {
                Some(known) => known.steps.push(StepId(at)),
                None => outlook.repeats.push(found),
            }
        }
        outlook
    }

    /// Requests of `step` per second, where that can be told.
    #[must_use]
    pub fn rate_of(&self, plan: &Plan, step: StepId) -> Option<f64> {
        Some(self.iterations.as_ref()?.rate * self.share_of(plan, step))
    }

    /// Requests of `step` in an iteration, in the mean over the scenarios.
    pub(super) fn share_of(&self, plan: &Plan, step: StepId) -> f64 {
        let weights: f64 = plan.scenarios.iter().map(|scenario| f64::from(scenario.weight)).sum();
        let playing = plan.scenarios.iter().filter(|scenario| scenario.steps.contains(&step));
        playing.map(|scenario| f64::from(scenario.weight) / weights * self.visits[usize::from(step.0)].times).sum()
    }
}

impl PlannedStep {
    /// The JSON paths that its checks and extracts read.
    pub fn json_paths(&self) -> impl Iterator<Item = &JsonPath> {
        let checks = self.expectation.checks.iter().filter_map(|check| match &check.subject {
            Subject::Json(path) => Some(path),
            _ => None,
        });
        checks.chain(self.extracts.iter().filter_map(|extract| match &extract.from {
            Source::Json(path) => Some(path),
            _ => None,
        }))
    }
}

impl Plan {
    fn iterations_expected(&self, requests: f64) -> Option<Expected> {
        if let Some(rate) = self.load.mean_rate() {
            return Some(Expected { rate, basis: Basis::Arrivals });
        }
        let paced: Option<f64> = self
            .scenarios
            .iter()
            .map(|s| Some(f64::from(s.weight) / s.pacing?.as_secs_f64()))
            .sum::<Option<f64>>()
            .filter(|rate| rate.is_finite());
        if let Some(rate) = paced {
            let weights: f64 = self.scenarios.iter().map(|s| f64::from(s.weight)).sum();
            return Some(Expected { rate: self.load.mean_users() * rate / weights, basis: Basis::Paced });
        }
        let (rule, rate) = self.asked()?;
        (requests > 0.0).then(|| Expected { rate: rate / requests, basis: Basis::AskedBy(rule.threshold.to_string()) })
    }

    /// The rule on all requests that asks for a rate.
    fn asked(&self) -> Option<(&Rule, f64)> {
        let mut of_all = self.gate.iter().filter(|rule| rule.row == RowId::All);
        of_all.find_map(|rule| Some((rule, rule.threshold.least_rate()?)))
    }

    fn little(&self, outlook: &Outlook) -> Option<Little> {
        let expected = outlook.iterations.as_ref()?;
        let rate = expected.rate * outlook.requests;
        match expected.basis {
            Basis::Arrivals => {
                let mean = self.gate.iter().filter(|rule| rule.row == RowId::All).find_map(|rule| {
                    match (rule.threshold.metric, rule.threshold.limit) {
                        (Metric::Mean(_) | Metric::MeanAll, Limit::Time(limit)) => Some(limit.as_secs_f64()),
                        _ => None,
                    }
                })?;
                let weights: f64 = self.scenarios.iter().map(|s| f64::from(s.weight)).sum();
                let pause: f64 =
                    self.scenarios.iter().map(|s| s.extent.pause.mean * f64::from(s.weight) / weights).sum();
                Some(Little::Busy { rate, mean, users: rate * mean + expected.rate * pause })
            }
            Basis::AskedBy(_) => {
                let users = self.load.mean_users();
                Some(Little::TimeLeft { users, rate, seconds: users / rate })
            }
            Basis::Paced => None,
        }
    }

    fn repeat(&self, id: StepId, step: &PlannedStep) -> Option<Repeat> {
        let (feeder, user) = self.column(step, "user")?;
        let others = ["device", "amount"].map(|name| self.column(step, name));
        let mut columns = vec![user];
        columns.extend(others.iter().flatten().filter(|(other, _)| *other == feeder).map(|(_, column)| *column));
        let (_, rows) = &self.feeders[feeder];
        let names = columns.iter().map(|column| rows.column_names()[*column].to_owned()).collect();
        // One of a device and an amount at least: a user alone charges as often as it likes.
        (columns.len() > 1).then(|| Repeat {
            steps: vec![id],
            feeder,
            columns: names,
            iterations: rows.apart(&columns),
        })
    }

    /// The column that the step's body takes from a feeder, by the beginning of its name.
    pub(super) fn column(&self, step: &PlannedStep, name: &str) -> Option<(usize, usize)> {
        let columns = step.body.as_ref()?.columns();
        columns.into_iter().find(|(feeder, column)| {
            self.feeders[*feeder].1.column_names()[*column].to_ascii_lowercase().starts_with(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::resolve;

    fn outlook(text: &str) -> (Plan, Outlook) {
        let plan = resolve(text, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
        let outlook = Outlook::of(&plan);
        (plan, outlook)
    }

    const CHARGE: &str = "[[feeder]]\nname = \"c\"\npermute = [{ column = \"userId\", from = 1, to = 10 }, { column = \"deviceId\", from = 1, to = 4 }, { column = \"amount\", from = \"1.00\", to = \"3.00\" }, { column = \"area\", from = 1, to = 8 }]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/pay\"\nbody = '{\"userId\":${c.userId},\"deviceId\":${c.deviceId},\"amount\":${c.amount}}'\n";

    #[test]
    fn steps_are_passed_as_often_as_the_structures_say() {
        let step = |name: &str| format!("name = \"{name}\"\npath = \"/{name}\"\n");
        let text = format!(
            "gate = [\"failures<=0\"]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\n{}extract = [{{ var = \"x\", json = \"$.x\" }}]\n[[scenario.step]]\npick = \"weighted\"\n[[scenario.step.step]]\nweight = 3\n{}[[scenario.step.step]]\nrepeat = 4\n[[scenario.step.step.step]]\n{}[[scenario.step]]\nif = \"${{x}}\"\n[[scenario.step.step]]\n{}[[scenario.step.else]]\n{}[[scenario.step]]\nonce = true\n{}[[scenario.step]]\n{}",
            step("a"),
            step("b"),
            step("c"),
            step("d"),
            step("e"),
            step("f"),
            step("g"),
        );
        let (_, outlook) = outlook(&text);
        let times: Vec<(f64, bool)> = outlook.visits.iter().map(|v| (v.times, v.exact)).collect();
        let expected = [(1.0, true), (0.75, true), (1.0, true), (1.0, false), (0.0, false), (0.0, true), (1.0, true)];
        assert_eq!(times, expected);
    }

    #[test]
    fn a_closed_model_is_expected_at_the_rate_that_its_gate_asks_for() {
        let (_, outlook) = outlook(CHARGE);
        assert_eq!(outlook.iterations.map(|e| (e.rate, e.basis)), Some((1000.0, Basis::AskedBy("tps>=1000".into()))));
        assert_eq!(outlook.little, Some(Little::TimeLeft { users: 100.0, rate: 1000.0, seconds: 0.1 }));
        // 1000 a second for 5 + 10 + 300 s of 2.00 each.
        assert_eq!(
            outlook.spending,
            [Spending { step: StepId(0), mean: 2.0, accounts: Some(10), total: Some(630_000.0) }]
        );
        assert_eq!(outlook.repeats[0].iterations, Some(10 * 4 * 201), "the area is no part of it");
    }

    #[test]
    fn an_iteration_limit_bounds_what_a_run_spends() {
        let (_, outlook) = outlook(&format!("[load]\niterations = 1000\nwarm_up = \"1s\"\nramp_up = \"0s\"\n{CHARGE}"));
        // A second of 1000, then 1000 in all.
        assert_eq!(outlook.spending[0].total, Some(4_000.0));
    }

    #[test]
    fn an_open_model_keeps_as_many_users_busy_as_its_limit_on_the_mean_allows() {
        let (_, outlook) = outlook(&format!("gate = [\"mean<=50ms\"]\n[load]\nrate = 1020\n{CHARGE}"));
        assert_eq!(outlook.little, Some(Little::Busy { rate: 1020.0, mean: 0.05, users: 51.0 }));
    }

    #[test]
    fn what_nothing_says_is_not_guessed() {
        let (_, outlook) = outlook(&format!("gate = [\"failures<=0\"]\n{CHARGE}"));
        assert_eq!((outlook.iterations, outlook.little), (None, None));
        assert_eq!(outlook.spending[0].total, None);
        let swapped = CHARGE.replacen(
            "column = \"userId\", from = 1, to = 10",
            "column = \"x\", from = 1, to = 3 }, { column = \"userId\", from = 1, to = 10",
            1,
        );
        let (_, outlook) = super::tests::outlook(&swapped);
        assert_eq!(outlook.repeats[0].iterations, None, "columns behind another");
    }
}
