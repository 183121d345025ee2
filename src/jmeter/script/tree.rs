//! What scripts are made of.
//!
//! In: nothing; `statement` and `operand` read them. Out: statements and expressions. Always holds: their depth is bounded.

use std::collections::BTreeSet;

use super::Given;
use super::token::Inner;
use crate::jmeter::import::plain_name;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Text(Vec<Inner>),
    /// `${...}` outside of quotes.
    Reference(String),
    Number(String),
    Name(String),
    Member(Box<Expression>, String),
    Call(Option<Box<Expression>>, String, Vec<Expression>),
    Index(Box<Expression>, Box<Expression>),
    List(Vec<Expression>),
    New(String, Vec<Expression>),
    Not(Box<Expression>),
    Minus(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// Condition, value, and what it is otherwise.
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    /// To a type.
    Cast(Box<Expression>, String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Expression(Expression),
    /// A name of the script's own.
    Declare(String, Option<Expression>),
    Assign(Expression, Expression),
    If(Expression, Vec<Statement>, Vec<Statement>),
    Assert(Expression),
    /// With what it gives.
    Return(Option<Expression>),
    /// A name that counts from the first up to before the second, and what is done each time.
    Count(String, Expression, Bound, Vec<Statement>),
    Break,
    Continue,
    /// `${...}` that stands alone: a function with an effect.
    Effect(String),
}

/// Where a `for` ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    /// It is played up to before this one.
    pub(super) before: Expression,
    /// The fewest rounds of a range that counts up: with fewer it counts down. A `for` of three parts plays none then.
    pub(super) fewest: Option<i64>,
}

impl Statement {
    /// Whether it only writes to a log.
    pub(super) fn only_tells(&self) -> bool {
        let Self::Expression(Expression::Call(of, name, _)) = self else { return false };
        match of.as_deref() {
            None => matches!(name.as_str(), "println" | "print"),
            Some(of) => matches!(object(of), "log" | "out" | "OUT" | "console") || name == "printStackTrace",
        }
    }

    /// Adds the names of the script's own that it gives a value, as variables are called.
    pub(super) fn names(&self, found: &mut BTreeSet<String>) {
        match self {
            Self::Assign(Expression::Name(name), _) | Self::Declare(name, _) => {
                found.insert(plain_name(name));
            }
            Self::If(_, then, otherwise) => then.iter().chain(otherwise).for_each(|inner| inner.names(found)),
            Self::Count(name, .., inner) => {
                found.insert(plain_name(name));
                inner.iter().for_each(|inner| inner.names(found));
            }
            _ => {}
        }
    }

    /// Adds the variables and properties it sets under plain names.
    pub(super) fn given(&self, found: &mut Vec<Given>) {
        match self {
            Self::If(_, then, otherwise) => then.iter().chain(otherwise).for_each(|inner| inner.given(found)),
            Self::Count(.., inner) => inner.iter().for_each(|inner| inner.given(found)),
            Self::Expression(Expression::Call(Some(of), name, arguments)) => {
                let Some(Expression::Text(parts)) = arguments.first() else { return };
                let [Inner::Plain(key)] = parts.as_slice() else { return };
                match (object(of), name.as_str()) {
                    ("vars" | "getVariables" | "variables", "put") => found.push(Given::Variable(key.clone())),
                    ("props" | "JMeterUtils" | "getProperties" | "getJMeterProperties", "put" | "setProperty") => {
                        found.push(Given::Property(key.clone()));
                    }
                    _ => {}
                }
            }
            Self::Assign(target, _) => {
                let (of, key) = match target {
                    Expression::Member(of, key) => (of, key.clone()),
                    Expression::Index(of, key) => match &**key {
                        Expression::Text(parts) => match parts.as_slice() {
                            [Inner::Plain(key)] => (of, key.clone()),
                            _ => return,
                        },
                        _ => return,
                    },
                    _ => return,
                };
                match &**of {
                    Expression::Name(of) if of == "vars" => found.push(Given::Variable(key)),
                    Expression::Name(of) if of == "props" => found.push(Given::Property(key)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// What an object is called by: its name, or the call that gives it.
fn object(of: &Expression) -> &str {
    match of {
        Expression::Name(name) | Expression::Call(_, name, _) | Expression::Member(_, name) => name,
        _ => "",
    }
}
