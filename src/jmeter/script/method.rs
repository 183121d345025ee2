//! What is called of an object.
//!
//! In: a [`Value`], a name, arguments. Out: a [`Value`]. Always holds: a method that is not listed here is refused by its name.

use super::call::unknown;
use super::known::random;
use super::list::{list_method, member_method};
use super::lower::Lowering;
use super::template::Template;
use super::test::{Relation, Test};
use super::texts::{asks, base64, piece, text_method, truth_of};
use super::value::Value;
use super::{Outside, Role};
use crate::jmeter::function::Remark;

impl Lowering<'_> {
    /// A value that never changes as what it is.
    pub(super) fn known(&self, value: Value) -> Value {
        match &value {
            Value::Text(text) | Value::Whole(text) => {
                self.around.names.known(text).map_or_else(|| value.clone(), |known| Value::literal(&known))
            }
            _ => value,
        }
    }

    pub(super) fn cast(&mut self, value: Value, kind: &str) -> Result<Value, Outside> {
        let value = self.settled(value);
        match kind {
            // A list of whatever kind.
            _ if matches!(value, Value::List(_)) => Ok(value),
            "int" | "long" | "Integer" | "Long" | "short" | "double" | "Double" | "float" | "Float" => match value {
                Value::Status | Value::Time => Ok(value),
                Value::Fraction(size) if !kind.to_ascii_lowercase().starts_with(['d', 'f']) => {
                    Ok(Value::Whole(Template::expression(&format!("random.int(0, {})", size - 1))))
                }
                Value::Ratio(left, right) if !kind.to_ascii_lowercase().starts_with(['d', 'f']) => {
                    Value::Whole(left).computed("/", Value::Whole(right))
                }
                // What is a whole number stays one; of any other nothing is computed.
                Value::Whole(_) => Ok(value),
                value if kind.to_ascii_lowercase().starts_with(['d', 'f']) => match value.number() {
                    Some(number) => Ok(Value::whole(number)),
                    None => Err(Outside::new(format!("\"{kind}\""))),
                },
                value => Ok(Value::Whole(value.template()?)),
            },
            "String" => match value {
                Value::Status | Value::Body | Value::Truth(_) => Ok(value),
                value => Ok(Value::Text(value.template()?)),
            },
            "boolean" | "Boolean" => Ok(Value::Truth(truth_of(value)?)),
            other => Err(Outside::new(format!("\"as {other}\""))),
        }
    }

    /// `vars.get(key)`, `props.get(key)`.
    pub(super) fn get(&mut self, of: &Value, key: &Value) -> Result<Value, Outside> {
        let names = self.around.names;
        let Some(key) = key.constant() else {
            let key = key.clone().template()?;
            let found = names.by_name(&key).filter(|_| *of == Value::Vars);
            let (text, remark) = found.ok_or_else(|| Outside::new("a variable whose name varies"))?;
            self.out.remarks.extend(remark);
            return Ok(Value::Text(text));
        };
        let known = match of {
            Value::Vars => names.variables.contains_key(key) || key.starts_with("START.") || key.starts_with("JMeter"),
            _ => names.properties.contains_key(key) || names.given_properties.contains_key(key),
        };
        if !known {
            return Ok(Value::Null);
        }
        let text = if *of == Value::Vars { format!("${{{key}}}") } else { format!("${{__P({key})}}") };
        let translated = names.template(&text);
        if let Some(Remark::Refused(_, cause)) = translated.remarks.iter().find(|r| matches!(r, Remark::Refused(..))) {
            return Err(Outside::new(cause.clone()));
        }
        self.out.remarks.extend(translated.remarks);
        Ok(Value::Text(Template::written(&translated.text)))
    }

    pub(super) fn call(&mut self, of: Value, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
        match (&of, name, arguments.as_slice()) {
            (Value::Vars | Value::Props, ..) => self.of_variables(&of, name, &arguments),
            (Value::Answer, ..) => self.answer(name, &arguments),
            (Value::List(list), ..) => list_method(list, name, &arguments),
            (Value::Slurper, "parseText" | "parse", [Value::Body]) if self.around.role != Role::Before => {
                Ok(Value::Member("$".to_owned()))
            }
            (Value::Member(path), ..) => match member_method(path, name, &arguments) {
                Some(found) => found,
                None => {
                    let text = self.settled(of.clone());
                    self.call(text, name, arguments)
                }
            },
            (Value::Pieces(text, separator), "getAt" | "get", [index]) => piece(text, separator, index),
            (Value::Arguments, "getAt", [index]) => {
                let words = self.around.parameters(self.around.names);
                piece(&words, " ", index)
            }
            (Value::FileServer, "getBaseDir", []) => Ok(Value::literal(&self.around.names.folder())),
            (Value::Assertion, "setFailure", [failed]) => {
                match failed.clone().test()? {
                    Test::Always(false) => {}
                    test => self.fail(test)?,
                }
                Ok(Value::Nothing)
            }
            (Value::Assertion, "setFailureMessage" | "setError", [_]) | (Value::Log, ..) => Ok(Value::Nothing),
            (Value::Context | Value::Sampler | Value::Headers, ..) => self.of_context(&of, name, &arguments),
            (Value::Class(class), ..) => {
                let class = class.clone();
                self.of_class(&class, name, arguments)
            }
            (Value::Random, "nextInt", bounds) => random(bounds),
            (Value::Random, "nextDouble" | "nextFloat", []) => Ok(Value::Fraction(1)),
            (Value::Format(_), "setTimeZone", [_]) | (Value::Format(_), "setLenient", [_]) => Ok(Value::Nothing),
            (Value::Format(format), "format", [Value::Moment(shift, _)]) => self.now(format, *shift),
            (Value::Moment(..), ..) => self.moment(of, name, &arguments),
            (Value::Encoder, "encodeToString", [Value::Bytes(text)]) => Ok(base64(text)),
            (Value::Bytes(text), "encodeBase64", []) => Ok(base64(text)),
            (Value::Position(..), ..) => Err(unknown(&of, name)),
            (Value::Fraction(_) | Value::Ratio(..), "intValue" | "longValue" | "toInteger" | "toLong", []) => {
                self.cast(of, "int")
            }
            (Value::Body | Value::Text(_) | Value::Whole(_) | Value::Status, ..) => {
                let of = if asks(&of, name) { of } else { self.spelled(of) };
                text_method(of, name, arguments)
            }
            (Value::Truth(_), "toString", []) => Ok(of),
            _ => Err(unknown(&of, name)),
        }
    }

    /// What is called of `vars` and `props`.
    fn of_variables(&mut self, of: &Value, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        match (of, name, arguments) {
            (Value::Vars, "get", [key]) => self.get(of, key),
            (Value::Vars, "getIteration", []) if self.around.names.passes => {
                Err(Outside::new("the number of an iteration in groups one after the other"))
            }
            (Value::Vars, "getIteration", []) => Ok(Value::Whole(Template::call(
                "sum",
                &[&Template::expression("user.sequence"), &Template::literal("1")],
            ))),
            (Value::Vars, "remove", [key]) => {
                self.put(of, key.clone(), Value::literal(""))?;
                Ok(Value::Nothing)
            }
            (Value::Vars | Value::Props, "put" | "setProperty", [key, value]) => {
                self.put(of, key.clone(), value.clone())?;
                Ok(Value::Nothing)
            }
            (Value::Vars | Value::Props, "containsKey", [key]) => {
                let value = self.get(of, key)?;
                value.compared(Relation::Unequal, Value::Null).map(Value::Truth)
            }
            (Value::Props, "get" | "getProperty", [key]) => self.get(of, key),
            (Value::Props, "get" | "getProperty", [key, default]) => match self.get(of, key)? {
                Value::Null => Ok(default.clone()),
                given => {
                    Ok(Value::Text(Template::call("default", &[&given.template()?, &default.clone().template()?])))
                }
            },
            _ => Err(unknown(of, name)),
        }
    }

    /// What is called of `ctx`, of the sampler and of its headers.
    fn of_context(&mut self, of: &Value, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        match (of, name, arguments) {
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
            (Value::Headers, "removeHeaderNamed", [name]) if name.constant().is_some() => {
                // It is there again at the end, or the script is refused.
                self.removed.extend(name.constant().map(str::to_owned));
                Ok(Value::Nothing)
            }
            _ => Err(unknown(of, name)),
        }
    }

    fn header(&mut self, name: &Template, value: &Template) -> Result<Value, Outside> {
        let name = name.as_literal().ok_or_else(|| Outside::new("a header whose name varies"))?;
        self.out.headers.push((name.to_owned(), value.text()));
        Ok(Value::Nothing)
    }
}
