//! Rules that no run of this load could meet, however fast the service is.
//!
//! In: the rules, the load and the scenarios. Out: the refusal of a rate that is out of reach, with its arithmetic, and of
//! two rules that cannot both hold. Always holds: where the answers decide how often a step is played, nothing is
//! refused; where lots are drawn, three deviations of chance are granted.

use crate::plan::compile::Gathered;
use crate::plan::flow::Flow;
use crate::plan::profile::Profile;
use crate::plan::program::Op;
use crate::plan::{LoadProfile, PlanError, PlannedScenario, RowId, Rule};
use crate::scenario::format::Spacing;
use crate::scenario::threshold::{Limit, Metric, Op as Compare, Threshold};

/// Deviations of chance that are granted.
const GRANTED: f64 = 3.0;

/// The load that rules are held against.
pub(super) struct Reach<'a> {
    pub(super) load: &'a LoadProfile,
    pub(super) scenarios: &'a [PlannedScenario],
    pub(super) gathered: &'a Gathered,
}

/// How often one row is passed, scenario by scenario.
struct Passes<'a> {
    name: String,
    each: Vec<(&'a PlannedScenario, f64)>,
}

impl Reach<'_> {
    /// Refuses the first rule that cannot hold.
    pub(super) fn check(&self, rules: &[Rule]) -> Result<(), PlanError> {
        for (at, rule) in rules.iter().enumerate() {
            if let Some(other) = rules[..at].iter().find(|other| contradicts(other, rule)) {
                let (one, two) = (other.threshold.to_string(), rule.threshold.to_string());
                return Err(PlanError::Contradictory(one, two));
            }
            let Some(limit) = rule.threshold.least_rate() else { continue };
            let checked = match rule.row {
                RowId::All => self.all((limit, rules)),
                row => self.passes(row).map_or(Ok(()), |passes| self.part(&passes, (limit, rules))),
            };
            checked.map_err(|problem| PlanError::Rule { rule: rule.threshold.to_string(), problem })?;
        }
        Ok(())
    }

    /// A rate of all requests.
    fn all(&self, (limit, gate): (f64, &[Rule])) -> Result<(), String> {
        if let Some(arrivals) = &self.load.arrivals {
            return self.offered_enough((&arrivals.rate, arrivals.spacing), limit, gate);
        }
        let most = self.load.most_per_second(self.scenarios);
        if most >= limit {
            return Ok(());
        }
        Err(format!(
            "{} users that pause as long as their steps say send at most {most:.1} requests a second, however fast the \
             service is; give more users, shorten think_time or pacing, or lower the limit",
            self.load.users
        ))
    }

    /// Refuses a rate of arrivals that leaves no room for the failures that the gate allows: at 1000/s one failure in
    /// 300,000 would fail `tps>=1000` although 1 % is allowed. Poisson arrivals need three deviations more. Stages are
    /// held by their mean over the window, as the rule is.
    fn offered_enough(&self, (rate, spacing): (&Profile, Spacing), limit: f64, gate: &[Rule]) -> Result<(), String> {
        let requests: f64 = self.scenarios.iter().map(|s| f64::from(s.weight) * s.extent.requests).sum();
        let per_arrival = requests / self.weights();
        let mut needed = limit / allowed(gate) / per_arrival;
        if spacing == Spacing::Poisson {
            needed += GRANTED * (needed / self.load.run_time.as_secs_f64()).sqrt();
        }
        let mean = rate.mean();
        if mean >= needed {
            return Ok(());
        }
        let shown = (mean * 100.0).round() / 100.0;
        if !rate.is_constant() {
            return Err(format!(
                "{shown} arrivals a second in the mean cannot hold it once failures are allowed for: it takes {needed:.1}; \
                 raise the stages' rates or lower the limit"
            ));
        }
        Err(format!(
            "{shown} arrivals a second cannot hold it once failures are allowed for: it takes {needed:.1}; write for example \
             --rate {}",
            up_to_ten(needed)
        ))
    }

    /// A rate of one step, of one group or of whole iterations.
    fn part(&self, passes: &Passes<'_>, (limit, gate): (f64, &[Rule])) -> Result<(), String> {
        let weights = self.weights();
        let an_iteration: f64 = passes.each.iter().map(|(s, times)| f64::from(s.weight) / weights * times).sum();
        let seconds = self.load.run_time.as_secs_f64();
        let chance = |mean: f64, lots: bool| if lots { GRANTED * (mean / seconds).sqrt() } else { 0.0 };
        let lots = passes.each.iter().any(|(scenario, times)| *times > 0.0 && draws_lots(scenario));
        let Some(arrivals) = &self.load.arrivals else {
            let playing = passes.each.iter().filter(|(_, times)| *times > 0.0);
            let most: f64 = playing.map(|(s, times)| self.load.most_iterations(self.scenarios, s) * times).sum();
            let most = if most.is_finite() { most + chance(most, lots) } else { most };
            return if most >= limit {
                Ok(())
            } else {
                Err(format!(
                    "{} users that pause as long as their steps say make at most {most:.1} {} a second, however fast the \
                     service is; give more users, shorten think_time or pacing, or lower the limit",
                    self.load.users, passes.name
                ))
            };
        };
        let mean = arrivals.rate.mean();
        let (offered, needed) = (mean * an_iteration, limit / allowed(gate));
        let lots = lots || arrivals.spacing == Spacing::Poisson;
        if offered + chance(offered, lots) >= needed {
            return Ok(());
        }
        Err(format!(
            "{} arrivals a second make {offered:.1} {} a second in the mean, {an_iteration:.3} of each arrival, and with the \
             failures that are allowed it takes {needed:.1}; raise the rate to {}, raise its share, or lower the limit",
            (mean * 100.0).round() / 100.0,
            passes.name,
            up_to_ten(needed / an_iteration)
        ))
    }

    /// How often a row is passed; `None` where the answers decide, or where a step is played once a user.
    fn passes(&self, row: RowId) -> Option<Passes<'_>> {
        let is_it = |op: &Op| match (row, op) {
            (RowId::Step(id), Op::Request(of)) => *of == id,
            (RowId::Group(id), Op::Begin(of)) => *of == id,
            _ => false,
        };
        let of = |scenario: &'_ PlannedScenario| {
            let flow = Flow::of(&scenario.program);
            let mut times = 0.0;
            for (_, (passes, exact)) in scenario.program.0.iter().zip(flow.passes()).filter(|(op, _)| is_it(op)) {
                if !exact || passes <= 0.0 {
                    return None;
                }
                times += passes;
            }
            Some(if row == RowId::Iteration { 1.0 } else { times })
        };
        let each: Option<Vec<_>> = self.scenarios.iter().map(|s| of(s).map(|times| (s, times))).collect();
        let name = match row {
            RowId::Step(id) => format!("requests of \"{}\"", self.gathered.steps[usize::from(id.0)].name),
            RowId::Group(id) => format!("passes of \"{}\"", self.gathered.groups[usize::from(id)]),
            RowId::Iteration | RowId::All => "iterations".to_owned(),
        };
        Some(Passes { name, each: each? })
    }

    fn weights(&self) -> f64 {
        self.scenarios.iter().map(|scenario| f64::from(scenario.weight)).sum()
    }
}

/// Whether how often a step is played is drawn.
fn draws_lots(scenario: &PlannedScenario) -> bool {
    scenario.program.0.iter().any(|op| matches!(op, Op::Pick(_)))
}

/// The share of attempts that the gate wants to succeed, at least 1 %.
fn allowed(gate: &[Rule]) -> f64 {
    let of_all = gate.iter().find_map(|rule| match (rule.threshold.metric, rule.threshold.limit) {
        (Metric::SuccessRate, Limit::Share(share)) => Some(share.fraction()),
        _ => None,
    });
    of_all.unwrap_or(1.0).max(0.01)
}

fn up_to_ten(rate: f64) -> f64 {
    (rate / 10.0).ceil() * 10.0
}

/// Whether two rules leave nothing that both allow: a lower limit over an upper one on the same figure, or more successes
/// than answers.
fn contradicts(one: &Rule, other: &Rule) -> bool {
    let (lower, upper) = match (is_upper(&one.threshold), is_upper(&other.threshold)) {
        (false, true) => (one, other),
        (true, false) => (other, one),
        _ => return false,
    };
    let (least, most) = (lower.threshold.limit.value(), upper.threshold.limit.value());
    let strict = lower.threshold.op == Compare::Above || upper.threshold.op == Compare::Below;
    let same_row = lower.row == upper.row;
    let same = match (lower.threshold.metric, upper.threshold.metric) {
        // All requests are at least those of a step.
        (Metric::Tps, Metric::Tps | Metric::Throughput) | (Metric::Throughput, Metric::Throughput) => {
            same_row || (matches!(lower.row, RowId::Step(_)) && upper.row == RowId::All)
        }
        (lower_metric, upper_metric) => same_row && lower_metric == upper_metric,
    };
    same && (least > most || (strict && least >= most))
}

const fn is_upper(threshold: &Threshold) -> bool {
    matches!(threshold.op, Compare::Below | Compare::AtMost)
}

#[cfg(test)]
mod tests {
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};

    fn refused(gate: &str, load: &str, steps: &str) -> Option<String> {
        let text = format!("gate = [{gate}]\n[load]\n{load}\n{steps}");
        resolve(&text, &Overrides::default()).err().map(|error| error.to_string())
    }

    /// One arrival in four looks, and a tenth of those that pay refund.
    const MIX: &str = "[[scenario]]\nname = \"pay\"\nweight = 3\n[[scenario.step]]\npick = \"weighted\"\n[[scenario.step.step]]\nname = \"charge\"\nweight = 9\npath = \"/\"\n[[scenario.step.step]]\ngroup = \"refund\"\n[[scenario.step.step.step]]\nname = \"give back\"\npath = \"/\"\n[[scenario]]\nname = \"look\"\n[[scenario.step]]\nname = \"look\"\npath = \"/\"\n";

    #[test]
    fn two_rules_that_leave_nothing_between_them_are_refused_together() {
        for (gate, steps) in [
            ("\"tps>=3000\", \"tps<=2000\"", ONE_STEP),
            ("\"tps<=2000\", \"tps>=3000\"", ONE_STEP),
            ("\"tps>=3000\", \"throughput<=2000\"", ONE_STEP),
            ("\"min>=100ms\", \"min<100ms\"", ONE_STEP),
            ("\"tps>=300 for pay\", \"tps<=200 for all\"", TWO_STEPS),
        ] {
            let said = refused(gate, "", steps).unwrap_or_else(|| panic!("{gate} is accepted"));
            assert!(said.contains("no run can meet both"), "{said}");
        }
        assert_eq!(refused("\"tps>=2000\", \"tps<=3000\"", "", ONE_STEP), None);
        assert_eq!(refused("\"tps>=2000\", \"tps<=2000\"", "", ONE_STEP), None);
        assert_eq!(refused("\"tps<=200 for pay\", \"tps>=300 for all\"", "", TWO_STEPS), None);
    }

    #[test]
    fn a_rate_of_one_step_is_held_against_its_share_of_the_arrivals() {
        let at = |rule: &str| refused(&format!("\"{rule}\", \"success-rate>=99%\""), "rate = 1000", MIX);
        assert_eq!(at("tps>=247 for look"), None);
        let said = at("tps>=248 for look").unwrap();
        assert!(said.contains("1000 arrivals a second make 250.0 requests of \"look\" a second in the mean"), "{said}");
        assert!(
            said.contains("0.250 of each arrival") && said.contains("it takes 250.5; raise the rate to 1010"),
            "{said}"
        );
        // Lots are drawn: 675 a second in the mean, and three deviations of 300 s, which is 4.5.
        assert_eq!(at("throughput>=672 for charge"), None);
        assert!(at("throughput>=674 for charge").unwrap().contains("675.0 requests of \"charge\""));
        assert!(at("tps>=80 for refund").unwrap().contains("75.0 passes of \"refund\""));
        assert!(at("tps>=1000 for iteration").unwrap().contains("1000.0 iterations a second"));
    }

    #[test]
    fn a_rate_of_one_step_is_held_against_its_users_pauses() {
        let at = |rule: &str| refused(&format!("\"{rule}\""), "users = 100\nthink_time = \"1s\"", TWO_STEPS);
        assert_eq!(at("tps>=50 for look"), None);
        let said = at("tps>=51 for look").unwrap();
        assert!(said.contains("100 users") && said.contains("at most 50.0 requests of \"look\" a second"), "{said}");
        assert!(at("tps>=51 for iteration").is_some());
        assert_eq!(refused("\"tps>=9999 for look\"", "", TWO_STEPS), None, "users that never pause may send anything");
    }

    #[test]
    fn where_the_answers_decide_nothing_is_refused() {
        let steps = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/\"\nextract = [{ var = \"x\", json = \"$.x\" }]\n[[scenario.step]]\nwhile = \"${x}\"\n[[scenario.step.step]]\nname = \"again\"\npath = \"/\"\n";
        assert_eq!(refused("\"tps>=5000 for again\"", "rate = 100", steps), None);
        assert!(refused("\"tps>=5000 for pay\"", "rate = 100", steps).is_some());
    }
}
