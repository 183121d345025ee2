//! Expressions of a script: names, members and calls that are known.
//!
//! In: an expression. Out: its [`Value`]. Always holds: a name, a member or a call that is not listed here is refused
//! by that name.

use super::known::{getter, number, random};
use super::lower::Lowering;
use super::template::Template;
use super::test::{Relation, Test};
use super::texts::{base64, text_method, truth_of};
use super::tree::Expression;
use super::value::Value;
use super::{Outside, Role};

impl Lowering<'_> {
    /// What `expression` stands for.
    pub(super) fn value(&mut self, expression: &Expression) -> Result<Value, Outside> {
        match expression {
            Expression::Text(parts) => self.quoted(parts),
            Expression::Reference(code) => self.reference(code),
            Expression::Number(text) => number(text),
            Expression::Name(name) => self.named(name),
            Expression::Not(inner) => Ok(Value::Truth(Test::Not(Box::new(self.value(inner)?.test()?)))),
            Expression::Minus(inner) => Value::whole(0).computed("-", self.value(inner)?),
            Expression::Binary(sign, left, right) => self.binary(sign, left, right),
            Expression::Choice(condition, then, otherwise) => {
                let test = self.value(condition)?.test()?;
                let (then, otherwise) = (self.value(then)?, self.value(otherwise)?);
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
                    _ => Err(Outside::new("an element of a list")),
                }
            }
            Expression::Member(of, name) => {
                let of = self.value(of)?;
                match of {
                    Value::Vars | Value::Props => self.get(&of, &Value::literal(name)),
                    of => self.call(of, &getter(name), Vec::new()),
                }
            }
            Expression::New(name, arguments) => {
                let arguments = self.values(arguments)?;
                self.made(name, arguments)
            }
            Expression::Call(Some(of), name, arguments) => self.called(of, name, arguments),
            Expression::Call(None, name, arguments) => match name.as_str() {
                "println" | "print" => Ok(Value::Nothing),
                "sleep" => {
                    let arguments = self.values(arguments)?;
                    self.call(Value::Class("Thread".to_owned()), "sleep", arguments)
                }
                other => Err(Outside::new(format!("{other}(...)"))),
            },
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
        if of == Value::Log {
            return Ok(Value::Nothing);
        }
        let arguments = self.values(arguments)?;
        self.call(of, name, arguments)
    }

    fn values(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, Outside> {
        expressions.iter().map(|expression| self.value(expression)).collect()
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
            "log" | "OUT" | "out" => Value::Log,
            "ctx" => Value::Context,
            "ResponseCode" => Value::Status,
            "UUID" | "System" | "Integer" | "Long" | "String" | "LocalDate" | "LocalDateTime" | "ZonedDateTime"
            | "Instant" | "DateTimeFormatter" | "Base64" | "ThreadLocalRandom" | "RandomUtils" | "Thread" | "Math"
            | "RandomStringUtils" | "Boolean" | "OffsetDateTime" | "Objects" | "StringUtils" => {
                Value::Class(name.to_owned())
            }
            other => return Err(Outside::new(format!("\"{other}\""))),
        })
    }

    fn binary(&mut self, sign: &str, left: &Expression, right: &Expression) -> Result<Value, Outside> {
        if matches!(sign, "&&" | "||") {
            let tests = vec![self.value(left)?.test()?, self.value(right)?.test()?];
            return Ok(Value::Truth(if sign == "&&" { Test::All(tests) } else { Test::Any(tests) }));
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        if sign == "?:" {
            return match left {
                Value::Null => Ok(right),
                // An answer has a text, if an empty one.
                Value::Body if right.constant() == Some("") => Ok(Value::Body),
                left => Ok(Value::Text(Template::call("default", &[&left.template()?, &right.template()?]))),
            };
        }
        match Relation::of(sign) {
            Some(relation) => Ok(Value::Truth(left.compared(relation, right)?)),
            None => left.computed(sign, right),
        }
    }

    pub(super) fn cast(&mut self, value: Value, kind: &str) -> Result<Value, Outside> {
        match kind {
            "int" | "long" | "Integer" | "Long" | "short" => Ok(match value {
                Value::Status | Value::Time => value,
                value => Value::Whole(value.template()?),
            }),
            "String" => match value {
                Value::Status | Value::Body => Ok(value),
                value => Ok(Value::Text(value.template()?)),
            },
            "boolean" | "Boolean" => Ok(Value::Truth(truth_of(value)?)),
            other => Err(Outside::new(format!("\"as {other}\""))),
        }
    }

    /// `vars.get(key)`, `props.get(key)`.
    fn get(&mut self, of: &Value, key: &Value) -> Result<Value, Outside> {
        let key = key.constant().ok_or_else(|| Outside::new("a variable whose name varies"))?;
        let names = self.around.names;
        let known = match of {
            Value::Vars => names.variables.contains_key(key),
            _ => names.properties.contains_key(key) || names.given_properties.contains_key(key),
        };
        if !known {
            return Ok(Value::Null);
        }
        let text = if *of == Value::Vars { format!("${{{key}}}") } else { format!("${{__P({key})}}") };
        let translated = names.template(&text);
        self.out.remarks.extend(translated.remarks);
        Ok(Value::Text(Template::written(&translated.text)))
    }

    fn call(&mut self, of: Value, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
        match (&of, name, arguments.as_slice()) {
            (Value::Vars, "get", [key]) => self.get(&of, key),
            (Value::Vars, "getIteration", []) => Ok(Value::Whole(Template::call(
                "sum",
                &[&Template::expression("user.sequence"), &Template::literal("1")],
            ))),
            (Value::Vars, "remove", [key]) => {
                self.put(&of, key.clone(), Value::literal(""))?;
                Ok(Value::Nothing)
            }
            (Value::Props, "get" | "getProperty", [key]) => self.get(&of, key),
            (Value::Props, "get" | "getProperty", [key, default]) => match self.get(&of, key)? {
                Value::Null => Ok(default.clone()),
                given => {
                    Ok(Value::Text(Template::call("default", &[&given.template()?, &default.clone().template()?])))
                }
            },
            (Value::Answer, ..) => self.answer(name, &arguments),
            (Value::Assertion, "setFailure", [failed]) => {
                match failed.clone().test()? {
                    Test::Always(false) => {}
                    test => self.fail(test)?,
                }
                Ok(Value::Nothing)
            }
            (Value::Assertion, "setFailureMessage" | "setError", [_]) | (Value::Log, ..) => Ok(Value::Nothing),
            (Value::Context, "getThreadNum", []) => Ok(Value::Whole(Template::call(
                "difference",
                &[&Template::expression("user.id"), &Template::literal("1")],
            ))),
            (Value::Context, "getVariables", []) => Ok(Value::Vars),
            (Value::Context, "getProperties", []) => Ok(Value::Props),
            (Value::Context, "getPreviousResult", []) => Ok(Value::Answer),
            (Value::Context, "getCurrentSampler", []) => Ok(Value::Sampler),
            (Value::Sampler, "getHeaderManager", []) if self.around.role == Role::Before => Ok(Value::Headers),
            (Value::Headers, "add", [Value::Header(name, value)]) => self.header(name, value),
            (Value::Class(class), ..) => {
                let class = class.clone();
                self.of_class(&class, name, arguments)
            }
            (Value::Random, "nextInt", bounds) => random(bounds),
            (Value::Format(format), "format", [Value::Moment(shift)]) => self.now(format, *shift),
            (Value::Moment(_), ..) => self.moment(of, name, &arguments),
            (Value::Encoder, "encodeToString", [Value::Bytes(text)]) => Ok(base64(text)),
            (Value::Bytes(text), "encodeBase64", []) => Ok(base64(text)),
            (Value::Body | Value::Text(_) | Value::Whole(_) | Value::Status | Value::Position(..), ..) => {
                text_method(of, name, arguments)
            }
            (Value::Truth(_), "toString", []) => Ok(of),
            _ => Err(unknown(&of, name)),
        }
    }

    fn answer(&mut self, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        let sampler = self.around.role == Role::Sampler;
        match (name, arguments) {
            (_, _) if self.around.role == Role::Before => Err(Outside::new("an answer before its request")),
            ("getResponseDataAsString", []) if !sampler => Ok(Value::Body),
            ("getResponseCode", []) if !sampler => Ok(Value::Status),
            ("getTime", []) if !sampler => Ok(Value::Time),
            ("isSuccessful" | "getSuccessful", []) if !sampler => Ok(Value::Succeeded),
            ("setIgnore", []) if sampler => Ok(Value::Nothing),
            ("setResponseOK", []) if self.around.role == Role::Judge => self.accept().map(|()| Value::Nothing),
            ("setSuccessful", [Value::Truth(Test::Always(true))]) if sampler => Ok(Value::Nothing),
            ("setSuccessful", [Value::Truth(Test::Always(false))]) if !sampler => {
                self.fail(Test::Always(true)).map(|()| Value::Nothing)
            }
            ("setResponseMessage", [_]) => Ok(Value::Nothing),
            (
                "setResponseData"
                | "setResponseCode"
                | "setResponseOK"
                | "setResponseCodeOK"
                | "setSampleLabel"
                | "setDataType"
                | "setContentType"
                | "setSamplerData"
                | "setBytes"
                | "setResponseHeaders"
                | "setDataEncoding"
                | "setResponseMessageOK",
                _,
            ) if sampler => Ok(Value::Nothing),
            _ => Err(Outside::new(format!("the answer's {name}"))),
        }
    }

    fn header(&mut self, name: &Template, value: &Template) -> Result<Value, Outside> {
        let name = name.as_literal().ok_or_else(|| Outside::new("a header whose name varies"))?;
        self.out.headers.push((name.to_owned(), value.text()));
        Ok(Value::Nothing)
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
