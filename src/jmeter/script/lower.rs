//! Statements of a script as actions.
//!
//! In: statements. Out: a [`Lifted`]. Always holds: a value that is drawn is drawn once, however often the script reads
//! it; a name of the script's own keeps its value when the variable it was read from changes.

use std::collections::{BTreeMap, BTreeSet};

use super::template::Template;
use super::test::{Asked, Relation, Test};
use super::token::Inner;
use super::tree::{self, Expression, Statement};
use super::value::Value;
use super::{Action, Lifted, Outside, Role, Surroundings};
use crate::jmeter::function::Remark;
use crate::jmeter::import::plain_name;

/// The most statements that are read, those in front of a `return` more than once.
const MOST_STATEMENTS: usize = 500;
/// Expressions inside of texts inside of expressions.
const DEEPEST: usize = 8;

/// Reads the statements of one script.
pub(super) struct Lowering<'a> {
    pub(super) around: Surroundings<'a>,
    pub(super) out: Lifted,
    /// Names of the script's own.
    locals: BTreeMap<String, Value>,
    /// Those that a branch changes.
    changed: BTreeSet<String>,
    /// The actions so far, those of the inmost branch last.
    actions: Vec<Vec<Action>>,
    /// What holds where the script is.
    path: Vec<Test>,
    failing: Vec<Test>,
    read: usize,
    pub(super) depth: usize,
    /// The name of the script's own that is being handed on.
    handed: Option<String>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(around: Surroundings<'a>, statements: &[Statement]) -> Self {
        let mut changed = BTreeSet::new();
        statements.iter().for_each(|statement| changed_in(statement, false, &mut changed));
        Self {
            around,
            out: Lifted::default(),
            locals: BTreeMap::new(),
            changed,
            actions: vec![Vec::new()],
            path: Vec::new(),
            failing: Vec::new(),
            read: 0,
            depth: 0,
            handed: None,
        }
    }

    pub(super) fn script(mut self, statements: &[Statement]) -> Result<Lifted, Outside> {
        self.run(statements)?;
        self.out.actions = self.actions.pop().unwrap_or_default();
        if !self.failing.is_empty() {
            self.out.checks = Test::Any(std::mem::take(&mut self.failing)).checks()?;
        }
        Ok(self.out)
    }

    pub(super) fn condition(mut self, expression: &Expression) -> Result<(String, Vec<Remark>), Outside> {
        let test = match self.value(expression)? {
            // JMeter compares the text with "true".
            Value::Text(text) => Test::Compare(text, Relation::Equal, Template::literal("true")),
            value => value.test()?,
        };
        let text = test.condition()?.unwrap_or_else(|always| always.to_string());
        self.no_actions()?;
        Ok((text, self.out.remarks))
    }

    pub(super) fn text(mut self, expression: &Expression) -> Result<(String, Vec<Remark>), Outside> {
        let text = self.value(expression)?.template()?.text();
        self.no_actions()?;
        Ok((text, self.out.remarks))
    }

    fn no_actions(&self) -> Result<(), Outside> {
        match self.actions.iter().any(|actions| !actions.is_empty()) {
            true => Err(Outside::new("an expression that sets something")),
            false => Ok(()),
        }
    }

    fn run(&mut self, statements: &[Statement]) -> Result<(), Outside> {
        for (at, statement) in statements.iter().enumerate() {
            self.read += 1;
            if self.read > MOST_STATEMENTS {
                return Err(Outside::new("it is longer than a script that is lifted"));
            }
            match statement {
                Statement::Return => return Ok(()),
                Statement::If(condition, then, otherwise) => {
                    let test = self.value(condition)?.test()?;
                    let rest = &statements[at + 1..];
                    if returns(then) || returns(otherwise) {
                        // What follows belongs to the branches, up to where one returns.
                        return self.branch(test, &[then, rest].concat(), &[otherwise, rest].concat());
                    }
                    self.branch(test, then, otherwise)?;
                }
                Statement::Assert(expression) => {
                    let holds = self.value(expression)?.test()?;
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
        match test.condition()? {
            Ok(condition) => self.act(Action::If(condition, then, otherwise)),
            Err(always) => (if always { then } else { otherwise }).into_iter().for_each(|action| self.act(action)),
        }
        Ok(())
    }

    fn inside(&mut self, test: Test, statements: &[Statement]) -> Result<Vec<Action>, Outside> {
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
        let mut all = self.path.clone();
        all.push(test);
        self.failing.push(Test::All(all));
        Ok(())
    }

    /// The statuses that hold where the script is, for `setResponseOK`.
    pub(super) fn accept(&mut self) -> Result<(), Outside> {
        match self.path.as_slice() {
            [Test::Answer(Asked::Status(Relation::Equal, status))] => {
                let status = status.as_literal().and_then(|text| text.trim().parse().ok());
                self.out.statuses.push(status.ok_or_else(|| Outside::new("a status that varies"))?);
                Ok(())
            }
            _ => Err(Outside::new("setResponseOK without one status that it is for")),
        }
    }

    /// Gives a name of the script's own its value.
    fn bind(&mut self, name: &str, value: Value) -> Result<(), Outside> {
        if self.changed.contains(name) {
            let own = self.own_name(name);
            let value = if value == Value::Null { Value::literal("") } else { value };
            self.set(&own, value)?;
            let named = Template::expression(&own);
            self.locals.insert(name.to_owned(), Value::Text(named));
            return Ok(());
        }
        self.locals.insert(name.to_owned(), value);
        Ok(())
    }

    fn assign(&mut self, target: &Expression, value: &Expression) -> Result<(), Outside> {
        let value = self.handed_on(value)?;
        match target {
            Expression::Name(name) if name == "Failure" => match value {
                Value::Truth(Test::Always(false)) => Ok(()),
                value => self.fail(value.test()?),
            },
            Expression::Name(name)
                if ["FailureMessage", "ResponseMessage", "ResponseCode"].contains(&name.as_str()) =>
            {
                match self.around.role {
                    Role::Judge | Role::Sampler => Ok(()),
                    _ => Err(Outside::new(format!("{name} = ..."))),
                }
            }
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

    /// `vars.put(key, value)`, `props.put(key, value)`.
    pub(super) fn put(&mut self, of: &Value, key: Value, value: Value) -> Result<(), Outside> {
        let key = key.constant().ok_or_else(|| Outside::new("a variable whose name varies"))?.to_owned();
        let (names, what) = match of {
            Value::Vars => (&self.around.names.variables, "variable"),
            Value::Props => (&self.around.names.given_properties, "property"),
            _ => return Err(Outside::new("an assignment to a part of an object")),
        };
        let known = names.get(&key).and_then(|text| text.strip_prefix("${")).and_then(|text| text.strip_suffix('}'));
        let known = known.filter(|name| plain_name(name) == **name);
        let name = known.ok_or_else(|| Outside::new(format!("{what} \"{key}\", which something else gives too")))?;
        self.set(&name.to_owned(), value)
    }

    /// Sets a variable.
    fn set(&mut self, name: &str, value: Value) -> Result<(), Outside> {
        match value {
            Value::Choice(test, then, otherwise) => {
                self.draw_all()?;
                let then = self.set_inside(name, *then)?;
                let otherwise = self.set_inside(name, *otherwise)?;
                match test.condition()? {
                    Ok(condition) => self.act(Action::If(condition, then, otherwise)),
                    Err(always) => {
                        (if always { then } else { otherwise }).into_iter().for_each(|action| self.act(action));
                    }
                }
                Ok(())
            }
            Value::Truth(test) if !matches!(test, Test::Always(_)) => {
                let choice = Value::Choice(test, Box::new(Value::literal("true")), Box::new(Value::literal("false")));
                self.set(name, choice)
            }
            Value::Body if self.path.is_empty() && self.around.role != Role::Before => {
                self.out.bodies.push(name.to_owned());
                Ok(())
            }
            value => {
                let text = value.template()?;
                self.keep(name, &text)?;
                self.act(Action::Set(name.to_owned(), text.text()));
                Ok(())
            }
        }
    }

    fn set_inside(&mut self, name: &str, value: Value) -> Result<Vec<Action>, Outside> {
        self.actions.push(Vec::new());
        self.set(name, value)?;
        Ok(self.actions.pop().unwrap_or_default())
    }

    /// Looks after the script's own names before variable `name` becomes `text`: those that are this very text are the
    /// variable from now on, and those read from the variable keep what it was.
    fn keep(&mut self, name: &str, text: &Template) -> Result<(), Outside> {
        let mut stale = Vec::new();
        let handed = self.handed.take();
        for (local, value) in &mut self.locals {
            let (Value::Text(own) | Value::Whole(own)) = value else { continue };
            if own == text && (handed.as_ref() == Some(local) || !text.draws() && own.as_literal().is_none()) {
                *own = Template::expression(name);
            } else if own.names(name) && *own != Template::expression(&plain_name(local)) {
                stale.push(local.clone());
            }
        }
        if !stale.is_empty() && !self.path.is_empty() {
            return Err(Outside::new(format!(
                "variable \"{name}\" changes in a branch, and what was read from it is kept"
            )));
        }
        stale.into_iter().for_each(|local| self.draw(&local));
        Ok(())
    }

    /// Draws what the script's own names are to be drawn from, so that a branch finds it.
    fn draw_all(&mut self) -> Result<(), Outside> {
        let drawn = |value: &Value| matches!(value, Value::Text(text) | Value::Whole(text) if text.draws());
        let pending: Vec<String> =
            self.locals.iter().filter(|(_, value)| drawn(value)).map(|(name, _)| name.clone()).collect();
        pending.into_iter().for_each(|name| self.draw(&name));
        Ok(())
    }

    /// Makes a name of the script's own a variable.
    fn draw(&mut self, local: &str) {
        let own = self.own_name(local);
        let Some(Value::Text(text) | Value::Whole(text)) = self.locals.get_mut(local) else { return };
        let written = std::mem::replace(text, Template::expression(&own)).text();
        self.act(Action::Set(own, written));
    }

    /// A variable for a name of the script's own.
    fn own_name(&self, local: &str) -> String {
        let plain = plain_name(local);
        let taken = self.around.taken;
        if taken.keys().any(|name| plain_name(name) == plain) { format!("{plain}_own") } else { plain }
    }

    /// What a name of the script's own stands for.
    pub(super) fn local(&mut self, name: &str, whole: bool) -> Option<Value> {
        let drawn = matches!(self.locals.get(name)?, Value::Text(text) | Value::Whole(text) if text.draws());
        // Handed on as a whole it is drawn where it goes to.
        self.handed = None;
        match whole {
            true => self.handed = Some(name.to_owned()),
            false if drawn => self.draw(name),
            false => {}
        }
        self.locals.get(name).cloned()
    }

    /// What an expression stands for that is wholly given to a variable.
    pub(super) fn handed_on(&mut self, expression: &Expression) -> Result<Value, Outside> {
        if let Expression::Name(name) = expression
            && let Some(value) = self.local(name, true)
        {
            return Ok(value);
        }
        let value = self.value(expression)?;
        self.handed = None;
        Ok(value)
    }

    /// A text in quotes.
    pub(super) fn quoted(&mut self, parts: &[Inner]) -> Result<Value, Outside> {
        let mut out = Template::default();
        for part in parts {
            let next = match part {
                Inner::Plain(text) => Template::literal(text),
                Inner::Dollar(code, own) => self.dollar(code, *own)?,
            };
            out = out.then(next);
        }
        Ok(Value::Text(out))
    }

    /// `${...}`: JMeter's own first, then the language's.
    pub(super) fn dollar(&mut self, code: &str, own: bool) -> Result<Template, Outside> {
        let trimmed = code.trim();
        let is_local = own && self.locals.contains_key(trimmed);
        let is_known = trimmed.starts_with("__") || self.around.names.variables.contains_key(trimmed);
        if !own || is_known && !is_local {
            let translated = self.around.names.template(&format!("${{{code}}}"));
            self.out.remarks.extend(translated.remarks);
            return Ok(Template::written(&translated.text));
        }
        if self.depth >= DEEPEST {
            return Err(Outside::new("it is nested too deep"));
        }
        self.depth += 1;
        let value = tree::parse_expression(trimmed, true).and_then(|expression| self.value(&expression));
        self.depth -= 1;
        value?.template()
    }
}

/// Whether a `return` stands somewhere in `statements`.
fn returns(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Return => true,
        Statement::If(_, then, otherwise) => returns(then) || returns(otherwise),
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
        _ => {}
    }
}
