//! Loops that count, and statements that are functions of JMeter's.
//!
//! In: statements. Out: actions. Always holds: a loop ends, its bounds are known when it begins, and what follows a `break`
//! is not done.

use super::lower::Lowering;
use super::template::Template;
use super::test::Test;
use super::tree::{Bound, Expression, Statement};
use super::value::Value;
use super::{Action, Outside};
use crate::jmeter::function::Remark;

/// The most rounds that the scenario language plays.
const MOST_ROUNDS: i64 = 10_000;

impl Lowering<'_> {
    /// `for`, from the first up to before the second.
    pub(super) fn count(
        &mut self,
        name: &str,
        (from, to): (&Expression, &Bound),
        inner: &[Statement],
    ) -> Result<(), Outside> {
        let first = self.value(from)?.number().ok_or_else(|| Outside::new("a \"for\" that begins at what varies"))?;
        let fewest = to.fewest;
        let to = self.value(&to.before)?;
        let Value::Whole(rounds) = self.settled(to).computed("-", Value::whole(first))? else {
            return Err(Outside::new("a \"for\" that ends at what is no whole number"));
        };
        let rounds = match rounds.whole() {
            Some(known) if known > MOST_ROUNDS => return Err(Outside::new("a \"for\" of more than 10,000 rounds")),
            Some(known) if fewest.is_some_and(|fewest| known < fewest) => {
                return Err(Outside::new("a \"for\" that counts down"));
            }
            Some(known) => known.max(0).to_string(),
            None => {
                if fewest.is_some() {
                    let told = "a range that ends below its begin has no rounds, where the script counts down";
                    self.out.remarks.push(Remark::Approx(told.to_owned()));
                }
                rounds.text()
            }
        };
        self.draw_all()?;
        let counter = self.own_name(name);
        let number = Template::expression(&counter);
        let number = match first {
            0 => number,
            first => Template::call("sum", &[&number, &Template::literal(&first.to_string())]),
        };
        let done = breaks(inner).then(|| self.own_name(&format!("{name}_done")));
        let locals = self.locals.clone();
        self.locals.insert(name.to_owned(), Value::Whole(number));
        self.rounds.push(done.clone().unwrap_or_default());
        let actions = self.inside(Test::Always(true), inner);
        self.rounds.pop();
        self.locals = locals;
        let mut actions = actions?;
        if actions.is_empty() {
            return Ok(());
        }
        if let Some(done) = done {
            self.act(Action::Set(done.clone(), String::new()));
            actions = vec![Action::If(format!("${{{done}}} == ''"), actions, Vec::new())];
        }
        self.act(Action::Repeat(rounds, counter, actions));
        Ok(())
    }

    /// Says that the inmost loop is left.
    pub(super) fn leave(&mut self) {
        let done = self.rounds.last().cloned().unwrap_or_default();
        self.act(Action::Set(done, "1".to_owned()));
    }

    /// A function of JMeter's that stands alone: what it stores is set.
    pub(super) fn effect(&mut self, code: &str) -> Result<(), Outside> {
        if !code.trim().starts_with("__") {
            return Err(Outside::new(format!("\"${{{code}}}\" as a statement")));
        }
        self.dollar(code, false).map(drop)
    }
}

/// Whether a `break` of this very loop stands in `statements`.
fn breaks(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Break => true,
        Statement::If(_, then, otherwise) => breaks(then) || breaks(otherwise),
        _ => false,
    })
}
