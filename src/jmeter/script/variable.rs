//! Variables of the plan and names of a script's own.
//!
//! In: what is set and what is read. Out: actions and templates. Always holds: a value that is drawn is drawn once; what
//! was read from a variable stays what it was.

use super::lower::{DEEPEST, Lowering};
use super::template::Template;
use super::test::Test;
use super::token::Inner;
use super::tree::Expression;
use super::value::Value;
use super::{Action, Outside, statement};
use crate::jmeter::import::plain_name;

impl Lowering<'_> {
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
        let name = name.to_owned();
        if *of == Value::Props && value.clone().template().is_ok_and(|text| text.mentions(&name)) {
            return Err(Outside::new(format!("property \"{key}\", which is counted over all users")));
        }
        self.set(&name, value)
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &str, value: Value) -> Result<(), Outside> {
        match value {
            Value::Choice(test, then, otherwise) => {
                self.draw_all()?;
                let then = self.set_inside(name, *then)?;
                let otherwise = self.set_inside(name, *otherwise)?;
                match self.told(test)?.condition()? {
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
            Value::Null => self.set(name, Value::literal("")),
            value => {
                let text = self.spelled(value).template()?;
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
            } else if own.names(name)
                && !(self.changed.contains(local) && *own == Template::expression(name))
                && *own != Template::expression(&plain_name(local))
            {
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
    pub(super) fn draw_all(&mut self) -> Result<(), Outside> {
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
    pub(super) fn own_name(&self, local: &str) -> String {
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
        match (self.locals.get(name).cloned()?, self.kinds.get(name)) {
            // A branch gave it its first value.
            (Value::Text(text), Some(true)) => Some(Value::Whole(text)),
            (value, _) => Some(value),
        }
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
            let before = self.around.names.stored.borrow().len();
            let translated = self.around.names.template(&format!("${{{code}}}"));
            let stored = self.around.names.stored.borrow_mut().split_off(before);
            stored.into_iter().for_each(|(name, value)| self.act(Action::Set(name, value)));
            self.out.remarks.extend(translated.remarks);
            return Ok(Template::written(&translated.text));
        }
        if self.depth >= DEEPEST {
            return Err(Outside::new("it is nested too deep"));
        }
        self.depth += 1;
        let value = statement::parse_expression(trimmed, true).and_then(|expression| self.value(&expression));
        self.depth -= 1;
        let value = value?;
        self.spelled(value).template()
    }
}
