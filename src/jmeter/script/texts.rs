//! Methods of texts and numbers.
//!
//! In: a text and what is called of it. Out: a [`Value`]. Always holds: a method that is not listed here is refused by its
//! name.

use super::Outside;
use super::call::unknown;
use super::template::Template;
use super::test::{Relation, Test};
use super::value::{Value, contains};

pub(super) fn truth_of(value: Value) -> Result<Test, Outside> {
    match value {
        Value::Truth(test) => Ok(test),
        value => Ok(Test::Compare(value.template()?, Relation::Equal, Template::literal("true"))),
    }
}

pub(super) fn base64(text: &Template) -> Value {
    Value::Text(Template::call("base64", &[text]))
}

pub(super) fn text_method(of: Value, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
    if of == Value::Status && matches!(name, "toInteger" | "toString") {
        return Ok(of);
    }
    match (name, arguments.as_slice()) {
        ("equals", [other]) => return Ok(Value::Truth(of.compared(Relation::Equal, other.clone())?)),
        ("contains", [part]) => return Ok(Value::Truth(contains(of, part.clone().template()?, true)?)),
        ("indexOf", [part]) => return Ok(Value::Position(Box::new(of), part.clone().template()?)),
        ("isEmpty" | "isBlank", []) if of == Value::Body => {
            return Ok(Value::Truth(Value::Body.compared(Relation::Equal, Value::literal(""))?));
        }
        ("toString", []) if of == Value::Body => return Ok(of),
        _ => {}
    }
    let text = of.clone().template()?;
    let called = |name: &str| Ok(Value::Text(Template::call(name, &[&text])));
    match (name, arguments.as_slice()) {
        ("trim" | "strip", []) => called("trim"),
        ("toLowerCase", []) => called("lower"),
        ("toUpperCase", []) => called("upper"),
        ("length" | "size" | "getLength", []) => Ok(Value::Whole(Template::call("length", &[&text]))),
        ("toString" | "intern", []) => Ok(Value::Text(text)),
        ("toInteger" | "toLong" | "intValue" | "longValue", []) => Ok(Value::Whole(text)),
        ("isEmpty", []) => Ok(Value::Truth(Test::Compare(text, Relation::Equal, Template::literal("")))),
        ("toBoolean", []) => Ok(Value::Truth(truth_of(Value::Text(text))?)),
        ("take", [count]) if count.number().is_some() => {
            Ok(Value::Text(Template::call("substring", &[&text, &Template::literal("0"), &count.clone().template()?])))
        }
        ("substring", [from]) => Ok(Value::Text(Template::call("substring", &[&text, &from.clone().template()?]))),
        ("substring", [from, to]) => {
            let (from, to) = (from.clone().template()?, to.clone().template()?);
            Ok(Value::Text(Template::call("substring", &[&text, &from, &to])))
        }
        ("replace", [old, new]) => {
            let (old, new) = (old.clone().template()?, new.clone().template()?);
            Ok(Value::Text(Template::call("replace", &[&text, &old, &new])))
        }
        ("replaceAll", [old, new]) if old.constant().is_some_and(is_plain) && new.constant().is_some_and(is_plain) => {
            let (old, new) = (old.clone().template()?, new.clone().template()?);
            Ok(Value::Text(Template::call("replace", &[&text, &old, &new])))
        }
        ("concat" | "plus", [other]) => Ok(Value::Text(text.then(other.clone().template()?))),
        ("getBytes", []) => Ok(Value::Bytes(text)),
        ("getBytes", [charset]) if charset.constant().is_some_and(|name| name.eq_ignore_ascii_case("utf-8")) => {
            Ok(Value::Bytes(text))
        }
        _ => Err(unknown(&of, name)),
    }
}

/// Whether a regular expression means its own characters.
fn is_plain(text: &str) -> bool {
    !text.contains(['\\', '^', '$', '.', '|', '?', '*', '+', '(', ')', '[', ']', '{', '}'])
}
