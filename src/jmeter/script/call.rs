//! Expressions of a script: names, members and calls that are known.
//!
//! In: an expression. Out: its [`Value`]. Always holds: a name, a member or a call that is not listed here is refused
//! by that name.

use super::answer::OF_OWN_SAMPLE;
use super::known::{getter, number};
use super::list::{item, member};
use super::lower::Lowering;
use super::template::Template;
use super::test::{Relation, Test};
use super::tree::Expression;
use super::value::Value;
use super::{Outside, Role};

/// The largest value of an expression, in bytes: each step of a script may double one.
const LARGEST: usize = 65_536;

impl Lowering<'_> {
    /// What `expression` stands for.
    pub(super) fn value(&mut self, expression: &Expression) -> Result<Value, Outside> {
        let value = self.evaluated(expression)?;
        if value.size() > LARGEST { Err(Outside::new("a value of more than 64 kB")) } else { Ok(value) }
    }

    fn evaluated(&mut self, expression: &Expression) -> Result<Value, Outside> {
        match expression {
            Expression::Text(parts) => self.quoted(parts),
            Expression::Reference(code) => self.reference(code),
            Expression::Number(text) => number(text),
            Expression::Name(name) => self.named(name),
            Expression::Not(inner) => Ok(Value::Truth(Test::Not(Box::new(self.test(inner)?)))),
            Expression::Minus(inner) => Value::whole(0).computed("-", self.value(inner)?),
            Expression::List(values) => Ok(Value::List(self.values(values)?)),
            Expression::Binary(sign, left, right) => self.binary(sign, left, right),
            Expression::Choice(condition, then, otherwise) => {
                let test = self.test(condition)?;
                let (then, otherwise) = (self.value(then)?, self.value(otherwise)?);
                let (then, otherwise) = (self.settled(then), self.settled(otherwise));
                Ok(match test {
                    Test::Always(true) => then,
                    Test::Always(false) => otherwise,
                    test => Value::Choice(test, Box::new(then), Box::new(otherwise)),
                })
            }
            Expression::Cast(inner, kind) => {
                let inner = self.value(inner)?;
                self.cast(inner, kind)
            }
            Expression::Index(of, key) => {
                let (of, key) = (self.value(of)?, self.value(key)?);
                match of {
                    Value::Vars | Value::Props => self.get(&of, &key),
                    Value::List(list) => item(&list, &key),
                    Value::Pieces(..) | Value::Arguments | Value::Member(_) => self.call(of, "getAt", vec![key]),
                    _ => Err(Outside::new("an element of a list")),
                }
            }
            Expression::Member(of, name) => {
                let of = self.value(of)?;
                match of {
                    Value::Vars | Value::Props => self.get(&of, &Value::literal(name)),
                    Value::Member(path) => Ok(member(&path, name)),
                    of => self.call(of, &getter(name), Vec::new()),
                }
            }
            Expression::New(name, arguments) => {
                let arguments = self.values(arguments)?;
                self.made(name, arguments)
            }
            Expression::Call(Some(of), name, arguments) => self.called(of, name, arguments),
            Expression::Call(None, name, arguments) => self.free(name, arguments),
        }
    }

    /// A call of what stands by itself.
    fn free(&mut self, name: &str, arguments: &[Expression]) -> Result<Value, Outside> {
        match name {
            "println" | "print" => Ok(Value::Nothing),
            "empty" | "size" | "parseInt" | "Number" | "String" | "parseFloat" if arguments.len() == 1 => {
                let value = self.value(&arguments[0])?;
                let value = self.settled(value);
                match name {
                    "empty" => value.compared(Relation::Equal, Value::Null).map(Value::Truth),
                    "size" => self.call(value, "size", Vec::new()),
                    "String" => self.cast(value, "String"),
                    _ => self.cast(value, "int"),
                }
            }
            "sleep" => {
                let arguments = self.values(arguments)?;
                self.call(Value::Class("Thread".to_owned()), "sleep", arguments)
            }
            other => Err(Outside::new(format!("{other}(...)"))),
        }
    }

    /// A call of something of an object.
    fn called(&mut self, of: &Expression, name: &str, arguments: &[Expression]) -> Result<Value, Outside> {
        let of = self.value(of)?;
        if matches!((&of, name), (Value::Vars, "put") | (Value::Props, "put" | "setProperty"))
            && let [key, value] = arguments
        {
            let (key, value) = (self.value(key)?, self.handed_on(value)?);
            self.put(&of, key, value)?;
            return Ok(Value::Nothing);
        }
        let told = of == Value::Answer && self.around.role == Role::Sampler && OF_OWN_SAMPLE.contains(&name);
        if of == Value::Log || told || of == Value::Assertion && name != "setFailure" {
            return Ok(Value::Nothing);
        }
        let arguments = self.values(arguments)?;
        self.call(of, name, arguments)
    }

    fn values(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, Outside> {
        expressions
            .iter()
            .map(|expression| {
                let value = self.value(expression)?;
                Ok(match value {
                    value @ Value::Position(..) => self.spelled(value),
                    value => self.settled(value),
                })
            })
            .collect()
    }

    /// `${...}` outside of quotes: a text that is read as code once it is known.
    fn reference(&mut self, code: &str) -> Result<Value, Outside> {
        let text = self.dollar(code, false)?;
        Ok(match text.as_literal() {
            Some("true") => Value::truth(true),
            Some("false") => Value::truth(false),
            Some(plain) => match plain.trim().parse() {
                Ok(number) => Value::whole(number),
                Err(_) => return Err(Outside::new(format!("\"{plain}\" as code"))),
            },
            // A number, or it would be no code.
            None => Value::Whole(text),
        })
    }

    fn named(&mut self, name: &str) -> Result<Value, Outside> {
        if let Some(value) = self.local(name, false) {
            return Ok(value);
        }
        Ok(match name {
            "true" => Value::truth(true),
            "false" => Value::truth(false),
            "null" => Value::Null,
            "vars" => Value::Vars,
            "props" => Value::Props,
            "prev" | "SampleResult" | "sampleResult" => Value::Answer,
            "sampler" => Value::Sampler,
            "AssertionResult" => Value::Assertion,
            "log" | "OUT" | "out" | "console" => Value::Log,
            "args" => Value::Arguments,
            "Parameters" => Value::Text(self.around.parameters(self.around.names)),
            "ctx" => Value::Context,
            "ResponseCode" => Value::Status,
            "data" | "ResponseData" if matches!(self.around.role, Role::Behind | Role::Judge) => Value::Body,
            "UUID"
            | "System"
            | "Integer"
            | "Long"
            | "String"
            | "LocalDate"
            | "LocalDateTime"
            | "ZonedDateTime"
            | "Instant"
            | "DateTimeFormatter"
            | "Base64"
            | "ThreadLocalRandom"
            | "RandomUtils"
            | "Thread"
            | "Math"
            | "RandomStringUtils"
            | "Boolean"
            | "OffsetDateTime"
            | "Objects"
            | "StringUtils"
            | "JSON"
            | "JsonPath"
            | "FileServer"
            | "File"
            | "JMeterUtils"
            | "JMeterContextService"
            | "Arrays"
            | "Double"
            | "bsh"
            | "Calendar"
            | "URLEncoder"
            | "StandardCharsets"
            | "Collections" => Value::Class(name.to_owned()),
            other => return Err(Outside::new(format!("\"{other}\""))),
        })
    }

    fn binary(&mut self, sign: &str, left: &Expression, right: &Expression) -> Result<Value, Outside> {
        if matches!(sign, "&&" | "||") {
            let tests = vec![self.test(left)?, self.test(right)?];
            return Ok(Value::Truth(if sign == "&&" { Test::All(tests) } else { Test::Any(tests) }));
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        let (left, right) = (self.settled(left), self.settled(right));
        if sign == "?:" {
            return match left {
                // A number of values is there, if it is 0.
                Value::Text(count) | Value::Whole(count) if count.is_count() && right.number() == Some(0) => {
                    Ok(Value::Whole(count))
                }
                Value::Null => Ok(right),
                // An answer has a text, if an empty one.
                Value::Body if right.constant() == Some("") => Ok(Value::Body),
                left => Ok(Value::Text(Template::call("default", &[&left.template()?, &right.template()?]))),
            };
        }
        match Relation::of(sign) {
            Some(relation) => {
                let right = if matches!(left, Value::Time | Value::Status) { self.known(right) } else { right };
                let left = if matches!(right, Value::Time | Value::Status) { self.known(left) } else { left };
                Ok(Value::Truth(left.compared(relation, right)?))
            }
            None => {
                let (left, right) = (self.spelled(left), self.spelled(right));
                let even =
                    left.number().zip(right.number()).is_some_and(|(left, right)| left.checked_rem(right) == Some(0));
                if let ("/", false, false, Value::Whole(left), Value::Whole(right)) =
                    (sign, self.around.divides_whole, even, &left, &right)
                {
                    return Ok(Value::Ratio(left.clone(), right.clone()));
                }
                left.computed(sign, right)
            }
        }
    }
}

pub(super) fn unknown(of: &Value, name: &str) -> Outside {
    let what = match of {
        Value::Null => "a variable that nothing gives a value: its",
        Value::Vars => "vars.",
        Value::Props => "props.",
        Value::Context => "ctx.",
        Value::Sampler => "sampler.",
        Value::Text(_) | Value::Whole(_) => "a text's",
        _ => "an object's",
    };
    let space = if what.ends_with('.') { "" } else { " " };
    Outside::new(format!("{what}{space}{name}"))
}
