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
        ("equals" | "eq", [other]) => return Ok(Value::Truth(of.compared(Relation::Equal, other.clone())?)),
        ("contains" | "includes", [part]) => return Ok(Value::Truth(contains(of, part.clone().template()?, true)?)),
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
        ("length" | "size" | "getLength" | "getSize", []) => Ok(Value::Whole(Template::call("length", &[&text]))),
        ("toString" | "intern", []) => Ok(Value::Text(text)),
        ("toInteger" | "toLong" | "intValue" | "longValue" | "parseInt", []) => Ok(Value::Whole(text)),
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
        ("split", [separator]) => match separator.constant().and_then(plain) {
            Some(separator) if !separator.is_empty() => Ok(Value::Pieces(text, separator)),
            _ => Err(Outside::new("a text divided by what varies or is no plain text")),
        },
        ("padLeft", [width, with]) if with.constant() == Some("0") => {
            Ok(Value::Text(Template::call("padded", &[&text, &width.clone().template()?])))
        }
        ("intdiv", [by]) => Value::Whole(text).computed("/", by.clone()),
        ("mod", [by]) => Value::Whole(text).computed("%", by.clone()),
        ("replaceAll", [old, new])
            if old.constant().and_then(plain).is_some() && new.constant().is_some_and(is_plain) =>
        {
            let old = Template::literal(&old.constant().and_then(plain).unwrap_or_default());
            let new = new.clone().template()?;
            Ok(Value::Text(Template::call("replace", &[&text, &old, &new])))
        }
        ("concat" | "plus", [other]) => Ok(Value::Text(text.then(other.clone().template()?))),
        ("getBytes", []) => Ok(Value::Bytes(text)),
        ("getBytes", [charset]) if charset.constant().is_some_and(|name| name.eq_ignore_ascii_case("utf-8")) => {
            Ok(Value::Bytes(text))
        }
        _ => text_test(&of, &text, (name, &arguments)),
    }
}

/// What is asked of a text.
fn text_test(of: &Value, text: &Template, (name, arguments): (&str, &[Value])) -> Result<Value, Outside> {
    match (name, arguments) {
        ("equalsIgnoreCase", [other]) => {
            let other = Template::call("lower", &[&other.clone().template()?]);
            Ok(Value::Truth(Test::Compare(Template::call("lower", &[text]), Relation::Equal, other)))
        }
        ("startsWith", [start]) if start.constant().is_some() => {
            let start = start.clone().template()?;
            let length = Template::literal(&start.as_literal().unwrap_or_default().chars().count().to_string());
            let begins = Template::call("substring", &[text, &Template::literal("0"), &length]);
            Ok(Value::Truth(Test::Compare(begins, Relation::Equal, start)))
        }
        ("endsWith", [end]) if end.constant().is_some() => {
            let end = end.clone().template()?;
            let length = Template::literal(&end.as_literal().unwrap_or_default().chars().count().to_string());
            let from = Template::call("difference", &[&Template::call("length", &[text]), &length]);
            let ends = Template::call("substring", &[text, &from]);
            Ok(Value::Truth(Test::Compare(ends, Relation::Equal, end)))
        }
        ("isBlank", []) => {
            let trimmed = Template::call("trim", &[text]);
            Ok(Value::Truth(Test::Compare(trimmed, Relation::Equal, Template::literal(""))))
        }
        _ => Err(unknown(of, name)),
    }
}

/// Whether a method asks something of the answer itself, so that a check can ask it.
pub(super) fn asks(of: &Value, name: &str) -> bool {
    let of_body = *of == Value::Body && matches!(name, "contains" | "indexOf" | "isEmpty" | "isBlank");
    let of_status = *of == Value::Status && matches!(name, "toInteger" | "startsWith");
    let of_either = matches!(of, Value::Body | Value::Status) && matches!(name, "equals" | "toString");
    of_body || of_status || of_either
}

/// A piece of what a separator divides a text into.
pub(super) fn piece(text: &Template, separator: &str, index: &Value) -> Result<Value, Outside> {
    match index.number() {
        Some(at @ 0..) => {
            let at = Template::literal(&at.to_string());
            Ok(Value::Text(Template::call("part", &[text, &Template::literal(separator), &at])))
        }
        _ => Err(Outside::new("a piece of a text by a number that varies")),
    }
}

/// Whether a regular expression means its own characters.
fn is_plain(text: &str) -> bool {
    !text.contains(['\\', '^', '$', '.', '|', '?', '*', '+', '(', ')', '[', ']', '{', '}'])
}

/// The text that a regular expression means; `None` where it means others too.
fn plain(regex: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = regex.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.push(rest.next().filter(|c| !c.is_ascii_alphanumeric())?),
            c if is_plain(c.encode_utf8(&mut [0; 4])) => out.push(c),
            _ => return None,
        }
    }
    Some(out)
}
