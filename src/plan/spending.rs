//! What the steps of a plan take from accounts.
//!
//! In: a step, and how often it is played. Out: a [`Spending`]. Always holds: a step that must be refused, and one that gives
//! money, take none; an amount that nobody can know before the run is left out.

use crate::plan::outlook::{Outlook, Spending};
use crate::plan::{Plan, PlannedStep};
use crate::sample::StepId;
use crate::scenario::feeder::Feeder;
use crate::scenario::template::{Bound, Outline};

/// Words in the paths of requests that give money.
const GIVING: [&str; 2] = ["recharge", "refund"];

impl Plan {
    /// What a step takes, where that is known.
    pub(super) fn spending(&self, (id, step): (StepId, &PlannedStep), outlook: &Outlook) -> Option<Spending> {
        let path = String::from_utf8_lossy(step.path.leading_literal()).to_ascii_lowercase();
        if step.expectation.reject.is_some() || GIVING.iter().any(|word| path.contains(word)) {
            return None;
        }
        let (mean, feeder) = match self.column(step, "amount") {
            Some((feeder, column)) => (self.feeders[feeder].1.mean(column)?, Some(feeder)),
            None => (amount_in(step.body.as_ref()?, &self.feeders)?, None),
        };
        let user = self.column(step, "user").filter(|(other, _)| feeder.is_none_or(|feeder| feeder == *other));
        let accounts = user.and_then(|(feeder, column)| self.feeders[feeder].1.apart(&[column]));
        let load = &self.load;
        // A ramp is half its length at the full rate.
        let before = load.ramp_up.as_secs_f64() / 2.0 + load.warm_up.as_secs_f64();
        let total = outlook.rate_of(self, id).map(|rate| {
            let window = rate * load.run_time.as_secs_f64();
            let limit = load.iterations.map(|limit| limit as f64 * outlook.share_of(self, id));
            mean * (rate * before + limit.map_or(window, |limit| limit.min(window)))
        });
        Some(Spending { step: id, mean, accounts, total })
    }
}

/// The mean of the member of a JSON body whose name begins with `amount`.
fn amount_in(body: &Bound, feeders: &[(String, Feeder)]) -> Option<f64> {
    let pieces: Vec<Outline<'_>> = body.outline().collect();
    pieces.iter().enumerate().find_map(|(at, piece)| {
        let Outline::Fixed(bytes) = piece else { return None };
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        let (_, name) = text.rsplit_once("\"amount")?;
        let value = name.split_once('"')?.1.trim_start().strip_prefix(':')?.trim_start();
        let value = value.strip_prefix('"').unwrap_or(value);
        if !value.is_empty() {
            let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
            // A number that goes on in the next piece is not known from this one.
            let goes_on = end == value.len() && pieces.get(at + 1).is_some();
            return if goes_on { None } else { value[..end].parse().ok() };
        }
        match pieces.get(at + 1)? {
            Outline::Drawn { mean } => Some(*mean),
            Outline::Column { feeder, column } => feeders[*feeder].1.mean(*column),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::resolve;

    fn means(body: &str, more: &str) -> Vec<f64> {
        let text = format!(
            "gate = [\"failures<=0\"]\n[[scenario]]\nname = \"s\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/pay\"\nbody = '{body}'\n{more}"
        );
        let plan = resolve(&text, &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
        Outlook::of(&plan).spending.iter().map(|spending| spending.mean).collect()
    }

    #[test]
    fn an_amount_is_known_where_it_is_written_or_drawn_from_a_range() {
        for (body, mean) in [
            (r#"{"amount":12.50,"x":1}"#, vec![12.5]),
            (r#"{"amount": "8" }"#, vec![8.0]),
            (r#"{"u":${user.id},"amount":${random.decimal(0.50, 5.50)}}"#, vec![3.0]),
            (r#"{"amountYuan":"${random.choice(5.00, 12.00, 10.00)}"}"#, vec![9.0]),
            (r#"{"amount":${random.int(1, 4)},"b":${random.int(1, 9)}}"#, vec![2.5]),
            (r#"{"amount":${sequence}}"#, vec![]),
            (r#"{"amount":${random.choice(a, 1)}}"#, vec![]),
            (r#"{"discount":5}"#, vec![]),
        ] {
            assert_eq!(means(body, ""), mean, "{body}");
        }
    }

    #[test]
    fn what_must_be_refused_or_gives_money_takes_none() {
        let body = r#"{"amount":12.50}"#;
        assert!(means(body, "envelope = \"consume-400\"\nexpect_reject = \"any\"\n").is_empty());
        let giving = format!(
            "[[scenario.step]]\nname = \"give\"\nmethod = \"POST\"\npath = \"/recharge/add\"\nbody = '{body}'\n"
        );
        assert_eq!(means(body, &giving), [12.5]);
    }
}
