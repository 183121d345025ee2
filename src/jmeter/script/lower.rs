//! Statements of a script as actions.
//!
//! In: statements. Out: a [`Lifted`]. Always holds: a value that is drawn is drawn once, however often the script reads
//! it; a name of the script's own keeps its value when the variable it was read from changes.

use std::collections::{BTreeMap, BTreeSet};

use super::template::Template;
use super::test::{Relation, Test};
use super::tree::{Expression, Statement};
use super::value::Value;
use super::{Action, Lifted, Outside, Role, Surroundings};
use crate::jmeter::function::Remark;

/// The most statements that are read, those in front of a `return` more than once.
const MOST_STATEMENTS: usize = 500;
/// Expressions inside of texts inside of expressions.
pub(super) const DEEPEST: usize = 8;

/// Reads the statements of one script.
pub(super) struct Lowering<'a> {
    pub(super) around: Surroundings<'a>,
    pub(super) out: Lifted,
    /// Names of the script's own.
    pub(super) locals: BTreeMap<String, Value>,
    /// All that the script gives a value anywhere, as variables are called.
    pub(super) own: BTreeSet<String>,
    /// Those that a branch changes.
    pub(super) changed: BTreeSet<String>,
    /// The actions so far, those of the inmost branch last.
    pub(super) actions: Vec<Vec<Action>>,
    /// What holds where the script is.
    pub(super) path: Vec<Test>,
    failing: Vec<Test>,
    read: usize,
    /// The loops around, inmost last, each with the variable that says that it is left.
    pub(super) rounds: Vec<String>,
    /// Whether the names that a branch changes are numbers.
    pub(super) kinds: BTreeMap<String, bool>,
    /// Headers that were taken away.
    pub(super) removed: Vec<String>,
    pub(super) depth: usize,
    /// The name of the script's own that is being handed on.
    pub(super) handed: Option<String>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(around: Surroundings<'a>, statements: &[Statement]) -> Self {
        let mut changed = BTreeSet::new();
        statements.iter().for_each(|statement| changed_in(statement, false, &mut changed));
        let mut own = BTreeSet::new();
        statements.iter().for_each(|statement| statement.names(&mut own));
        Self {
            around,
            own,
            out: Lifted::default(),
            locals: BTreeMap::new(),
            changed,
            actions: vec![Vec::new()],
            path: Vec::new(),
            failing: Vec::new(),
            read: 0,
            rounds: Vec::new(),
            removed: Vec::new(),
            kinds: BTreeMap::new(),
            depth: 0,
            handed: None,
        }
    }

    pub(super) fn script(mut self, statements: &[Statement]) -> Result<Lifted, Outside> {
        self.run(statements)?;
        let kept = |name: &String| self.out.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
        if let Some(name) = self.removed.iter().find(|name| !kept(name)) {
            return Err(Outside::new(format!("the removal of header {name}")));
        }
        self.out.actions = self.actions.pop().unwrap_or_default();
        if !self.failing.is_empty() {
            self.out.checks = Test::Any(std::mem::take(&mut self.failing)).checks()?;
        }
        Ok(self.out)
    }

    pub(super) fn condition(mut self, statements: &[Statement]) -> Result<(String, Vec<Remark>), Outside> {
        let test = match self.given(statements)? {
            // JMeter compares the text with "true".
            Value::Text(text) => Test::Compare(text, Relation::Equal, Template::literal("true")),
            value => value.test()?,
        };
        let text = test.condition()?.unwrap_or_else(|always| always.to_string());
        self.no_actions()?;
        Ok((text, self.out.remarks))
    }

    pub(super) fn text(mut self, statements: &[Statement]) -> Result<(String, Vec<Remark>), Outside> {
        let text = self.given(statements)?.template()?.text();
        self.no_actions()?;
        Ok((text, self.out.remarks))
    }

    /// What the last statement gives.
    fn given(&mut self, statements: &[Statement]) -> Result<Value, Outside> {
        let (last, before) = statements.split_last().ok_or_else(|| Outside::new("code that says nothing"))?;
        self.run(before)?;
        match last {
            Statement::Expression(value) | Statement::Return(Some(value)) => self.value(value),
            Statement::Effect(code) => self.value(&Expression::Reference(code.clone())),
            _ => Err(Outside::new("code that gives no value")),
        }
    }

    fn no_actions(&self) -> Result<(), Outside> {
        match self.actions.iter().any(|actions| !actions.is_empty()) {
            true => Err(Outside::new("an expression that sets something")),
            false => Ok(()),
        }
    }

    pub(super) fn run(&mut self, statements: &[Statement]) -> Result<(), Outside> {
        for (at, statement) in statements.iter().enumerate() {
            self.read += 1;
            if self.read > MOST_STATEMENTS {
                return Err(Outside::new("it is longer than a script that is lifted"));
            }
            match statement {
                Statement::Return(_) if self.rounds.is_empty() => return Ok(()),
                Statement::Return(_) => return Err(Outside::new("\"return\" inside of a \"for\"")),
                Statement::Continue if !self.rounds.is_empty() => return Ok(()),
                Statement::Break if !self.rounds.is_empty() => {
                    self.leave();
                    return Ok(());
                }
                Statement::Break | Statement::Continue => return Err(Outside::new("\"break\" outside of a \"for\"")),
                Statement::Count(name, from, to, inner) => self.count(name, (from, to), inner)?,
                Statement::Effect(code) => self.effect(code)?,
                Statement::If(condition, then, otherwise) => {
                    let test = self.test(condition)?;
                    let rest = &statements[at + 1..];
                    if leaves(then) || leaves(otherwise) {
                        // What follows belongs to the branches, up to where one leaves.
                        return self.branch(test, &[then, rest].concat(), &[otherwise, rest].concat());
                    }
                    self.branch(test, then, otherwise)?;
                }
                Statement::Assert(expression) => {
                    let holds = self.test(expression)?;
                    self.fail(Test::Not(Box::new(holds)))?;
                }
                Statement::Declare(name, value) => {
                    let value = value.as_ref().map_or(Ok(Value::Null), |value| self.value(value))?;
                    self.handed = None;
                    self.bind(name, value)?;
                }
                Statement::Assign(target, value) => self.assign(target, value)?,
                Statement::Expression(expression) => drop(self.value(expression)?),
            }
        }
        Ok(())
    }

    fn branch(&mut self, test: Test, then: &[Statement], otherwise: &[Statement]) -> Result<(), Outside> {
        if let Test::Always(value) = test {
            return self.run(if value { then } else { otherwise });
        }
        self.draw_all()?;
        if self.path.len() >= DEEPEST {
            return Err(Outside::new("it is nested too deep"));
        }
        let locals = self.locals.clone();
        let then = self.inside(test.clone(), then)?;
        self.locals.clone_from(&locals);
        let otherwise = self.inside(Test::Not(Box::new(test.clone())), otherwise)?;
        self.locals = locals;
        let (test, then, otherwise) = match (then.is_empty(), otherwise.is_empty()) {
            (true, true) => return Ok(()),
            (true, false) => (Test::Not(Box::new(test)), otherwise, Vec::new()),
            _ => (test, then, otherwise),
        };
        match self.told(test)?.condition()? {
            Ok(condition) => self.act(Action::If(condition, then, otherwise)),
            Err(always) => (if always { then } else { otherwise }).into_iter().for_each(|action| self.act(action)),
        }
        Ok(())
    }

    pub(super) fn inside(&mut self, test: Test, statements: &[Statement]) -> Result<Vec<Action>, Outside> {
        self.path.push(test);
        self.actions.push(Vec::new());
        self.run(statements)?;
        self.draw_all()?;
        self.path.pop();
        Ok(self.actions.pop().unwrap_or_default())
    }

    pub(super) fn act(&mut self, action: Action) {
        self.actions.last_mut().into_iter().for_each(|actions| actions.push(action.clone()));
    }

    /// The answer is a failure where `test` holds, here.
    pub(super) fn fail(&mut self, test: Test) -> Result<(), Outside> {
        if !matches!(self.around.role, Role::Judge | Role::Behind) {
            return Err(Outside::new("a failure of something that is no request"));
        }
        if !self.rounds.is_empty() {
            return Err(Outside::new("a failure inside of a \"for\""));
        }
        let mut all = self.path.clone();
        all.push(test);
        // Answers are judged before what the script does is done.
        let mut set = Vec::new();
        self.actions.iter().flatten().for_each(|action| action.names(&mut set));
        if let Some(name) = set.iter().find(|name| all.iter().any(|test| test.names(name))) {
            return Err(Outside::new(format!("a failure that depends on \"{name}\", which the script sets before,")));
        }
        self.failing.push(Test::All(all));
        Ok(())
    }

    /// Gives a name of the script's own its value.
    fn bind(&mut self, name: &str, value: Value) -> Result<(), Outside> {
        if self.changed.contains(name) {
            let own = self.own_name(name);
            let counts = matches!(value, Value::Whole(_));
            if value != Value::Null && *self.kinds.entry(name.to_owned()).or_insert(counts) != counts {
                return Err(Outside::new(format!("\"{name}\", which is a number here and a text there,")));
            }
            let value = if value == Value::Null { Value::literal("") } else { value };
            self.set(&own, value)?;
            let named = Template::expression(&own);
            let counts = self.kinds.get(name).copied().unwrap_or(false);
            self.locals.insert(name.to_owned(), if counts { Value::Whole(named) } else { Value::Text(named) });
            return Ok(());
        }
        self.locals.insert(name.to_owned(), value);
        Ok(())
    }

    fn assign(&mut self, target: &Expression, value: &Expression) -> Result<(), Outside> {
        if let Expression::Name(name) = target
            && ["FailureMessage", "ResponseMessage", "ResponseCode", "IsSuccess"].contains(&name.as_str())
        {
            return match self.around.role {
                Role::Judge | Role::Sampler => Ok(()),
                _ => Err(Outside::new(format!("{name} = ..."))),
            };
        }
        let value = self.handed_on(value)?;
        match target {
            Expression::Name(name) if name == "Failure" => match value {
                Value::Truth(Test::Always(false)) => Ok(()),
                value => {
                    let test = self.settled(value).test()?;
                    self.fail(test)
                }
            },
            Expression::Name(name) => self.bind(name, value),
            Expression::Member(of, key) => {
                let of = self.value(of)?;
                self.put(&of, Value::literal(key), value)
            }
            Expression::Index(of, key) => {
                let (of, key) = (self.value(of)?, self.value(key)?);
                self.put(&of, key, value)
            }
            _ => Err(Outside::new("an assignment to what is no name")),
        }
    }
}

/// Whether a `return`, a `break` or a `continue` stands somewhere in `statements`.
pub(super) fn leaves(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Return(_) | Statement::Break | Statement::Continue => true,
        Statement::If(_, then, otherwise) => leaves(then) || leaves(otherwise),
        _ => false,
    })
}

/// The names that a branch gives another value.
fn changed_in(statement: &Statement, inside: bool, found: &mut BTreeSet<String>) {
    match statement {
        Statement::Assign(Expression::Name(name), _) if inside => drop(found.insert(name.clone())),
        Statement::If(_, then, otherwise) => {
            then.iter().chain(otherwise).for_each(|statement| changed_in(statement, true, found));
        }
        Statement::Count(.., inner) => inner.iter().for_each(|statement| changed_in(statement, true, found)),
        _ => {}
    }
}
