//! What the names of a template mean.
//!
//! In: a template, the sources of values, and the place where the text will stand. Out: a [`Bound`]. Always holds: a
//! constant is escaped once, here; every name has a source, or the template is refused with the names that exist.

use std::collections::{BTreeMap, BTreeSet};

use super::bound::{Bound, Piece, Value};
use super::escape::{Escape, Place, Surroundings};
use super::function::Function;
use super::{Expression, Part, Template, TemplateError, call};
use crate::scenario::feeder::Feeder;
use crate::scenario::nearest::nearest;
use crate::scenario::secret::Environment;

/// What templates can name.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Names the run in `${run.id}`.
    pub run_id: &'a str,
    /// Feeders by name, in the plan's order.
    pub feeders: &'a [(String, Feeder)],
    /// The author's variables, and what answers give, by name.
    pub variables: &'a BTreeMap<String, Variable>,
    /// The environment, for `${env.NAME}`.
    pub environment: &'a Environment,
}

/// A variable that an author named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// Of `[vars]`: its text stands wherever its name does.
    Text(Template),
    /// A fixed text, for example a secret.
    Fixed(String),
    /// Filled in while users run: drawn at an iteration's start, or taken out of an answer.
    Slot(usize),
    /// Several values taken out of an answer, for `foreach` only.
    List(usize),
}

/// What a bound text draws on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Feeders, by their index.
    pub feeders: BTreeSet<usize>,
    /// Slots of variables.
    pub slots: BTreeSet<usize>,
}

/// Names with values that are the same for the whole run or counted by Tollgate itself.
const OWN: [&str; 5] = ["run.id", "sequence", "user.id", "user.sequence", "env.NAME"];

/// Binds one template, or the text of a variable inside one.
#[derive(Clone, Copy)]
struct Binder<'a> {
    names: Names<'a>,
    /// Variables whose text this one stands in: more than there are would have no end.
    depth: usize,
}

impl<'a> Names<'a> {
    /// Ties every name of `template` to its source, for a text that stands in `place`.
    ///
    /// # Errors
    /// [`TemplateError`], with the names that exist.
    pub fn bind(self, template: &'a Template, place: Place) -> Result<Bound, TemplateError> {
        let mut bound = Bound::default();
        let binder = Binder { names: self, depth: 0 };
        binder.bind(template, &mut Surroundings::new(place), &mut bound)?;
        Ok(bound)
    }

    /// Whether a name with a point in it means something without any feeder.
    pub(crate) fn means_else(name: &str) -> bool {
        OWN.contains(&name) || call::BARE.contains(&name) || name.starts_with("env.")
    }

    fn column(self, name: &str) -> Option<Value> {
        let (feeder_name, column_name) = name.split_once('.')?;
        let feeder = self.feeders.iter().position(|(name, _)| name == feeder_name)?;
        let column = self.feeders[feeder].1.column_named(column_name)?;
        Some(Value::Column { feeder, column })
    }

    fn unknown(self, name: &str) -> TemplateError {
        let columns = self.feeders.iter().flat_map(|(feeder, values)| {
            values.column_names().into_iter().map(move |column| format!("{feeder}.{column}"))
        });
        let own = OWN.into_iter().map(str::to_owned).chain(call::BARE.map(str::to_owned));
        let known: Vec<String> = own.chain(self.variables.keys().cloned()).chain(columns).collect();
        let nearest = did_you_mean(nearest(name, known.iter().map(String::as_str)).map(|name| format!("${{{name}}}")));
        let known: Vec<String> = known.iter().map(|name| format!("${{{name}}}")).collect();
        TemplateError::Unknown { name: name.to_owned(), nearest, known: known.join(", ") }
    }
}

/// The end of a message that names what was probably meant.
pub(super) fn did_you_mean(nearest: Option<String>) -> String {
    nearest.map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"))
}

impl<'a> Binder<'a> {
    fn bind(&self, template: &'a Template, around: &mut Surroundings, out: &mut Bound) -> Result<(), TemplateError> {
        for part in &template.0 {
            match part {
                // The text of a variable is escaped as one; the text of the template itself is the author's syntax.
                Part::Literal(text) if self.depth == 0 => {
                    around.pass(text);
                    out.push(Piece::Literal(text.as_bytes().into()));
                }
                Part::Literal(text) => out.push(constant(text, around.escape(true))),
                Part::Expression(expression) => self.expression(expression, around, out)?,
            }
        }
        Ok(())
    }

    fn expression(
        &self,
        expression: &'a Expression,
        around: &mut Surroundings,
        out: &mut Bound,
    ) -> Result<(), TemplateError> {
        if let Some(item) = self.item(expression)? {
            out.push_function(item, *around);
            return Ok(());
        }
        if let Some(function) = call::bind(expression, |argument| self.argument(argument))? {
            out.push_function(function, *around);
            return Ok(());
        }
        let name = expression.name.as_str();
        match name {
            "sequence" => out.push(Piece::Value(Value::Sequence, Escape::None)),
            "user.sequence" => out.push(Piece::Value(Value::UserSequence, Escape::None)),
            "user.id" => out.push(Piece::Value(Value::User, Escape::None)),
            "run.id" => out.push(constant(self.names.run_id, around.escape(true))),
            _ => return self.named(name, around, out),
        }
        Ok(())
    }

    /// `list.item(index)`, if that is what it says.
    fn item(&self, expression: &'a Expression) -> Result<Option<Function>, TemplateError> {
        let list = expression.name.strip_suffix(".item").and_then(|list| self.names.variables.get(list));
        let (Some(Variable::List(slot)), Some([index])) = (list, expression.arguments.as_deref()) else {
            return Ok(None);
        };
        Ok(Some(Function::Item(*slot, self.argument(index)?)))
    }

    fn named(&self, name: &'a str, around: &mut Surroundings, out: &mut Bound) -> Result<(), TemplateError> {
        if let Some(name) = name.strip_prefix("env.") {
            let value = self.names.environment.get(name);
            let value = value.ok_or_else(|| TemplateError::NoEnvironment { name: name.to_owned() })?;
            out.push(constant(value, around.escape(true)));
            return Ok(());
        }
        match self.names.variables.get(name) {
            Some(Variable::Text(template)) => return self.variable(name, template, (around, out)),
            Some(Variable::Fixed(text)) => out.push(constant(text, around.escape(false))),
            Some(Variable::Slot(slot)) => out.push(Piece::Value(Value::Slot(*slot), around.escape(false))),
            Some(Variable::List(_)) => {
                let problem = format!(
                    "a list has no text; write ${{{name}.count}}, ${{{name}.item(0)}}, or foreach = \"{name}\""
                );
                return Err(TemplateError::Argument { text: format!("${{{name}}}"), problem });
            }
            None => {
                let column = self.names.column(name).ok_or_else(|| self.names.unknown(name))?;
                out.push(Piece::Value(column, around.escape(false)));
            }
        }
        Ok(())
    }

    /// The text of a variable in the place of its name.
    fn variable(
        &self,
        name: &'a str,
        template: &'a Template,
        (around, out): (&mut Surroundings, &mut Bound),
    ) -> Result<(), TemplateError> {
        if self.depth > self.names.variables.len() {
            return Err(TemplateError::ThroughItself { name: name.to_owned(), chain: "at length".to_owned() });
        }
        Binder { depth: self.depth + 1, ..*self }.bind(template, around, out)
    }

    /// An argument, before it is known what becomes of it: nothing is escaped yet.
    fn argument(&self, argument: &'a super::Argument) -> Result<Bound, TemplateError> {
        if let Some(text) = argument.template.as_literal().filter(|_| !argument.quoted) {
            let names_something = self.names.variables.contains_key(text) || self.names.column(text).is_some();
            if names_something || OWN.contains(&text) {
                let problem = format!("it would be the text itself; write ${{{text}}} for its value, or '{text}'");
                return Err(TemplateError::Argument { text: text.to_owned(), problem });
            }
        }
        let mut bound = Bound::default();
        self.bind(&argument.template, &mut Surroundings::new(Place::Plain), &mut bound)?;
        Ok(bound)
    }
}

/// A value that is known now.
fn constant(text: &str, escape: Escape) -> Piece {
    let mut bytes = text.as_bytes().to_vec();
    escape.apply(&mut bytes, 0);
    Piece::Literal(bytes.into())
}

impl Template {
    /// Every name that stands in it, functions by theirs.
    pub(crate) fn names(&self) -> Vec<&str> {
        let expressions = self.0.iter().filter_map(|part| match part {
            Part::Expression(expression) => Some(expression),
            Part::Literal(_) => None,
        });
        expressions
            .flat_map(|expression| {
                let arguments = expression.arguments.iter().flatten();
                let inner = arguments.flat_map(|argument| argument.template.names());
                std::iter::once(expression.name.as_str()).chain(inner)
            })
            .collect()
    }

    /// Whether the name is of a function that draws a new value each time it is asked.
    pub(crate) fn is_drawn(name: &str) -> bool {
        matches!(name, "uuid" | "now" | "timestamp" | "timestamp.ms") || name.starts_with("random.")
    }
}
