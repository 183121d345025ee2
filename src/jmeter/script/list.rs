//! Lists that a script writes out, and members of the answer's JSON.
//!
//! In: a list or a path, and what is asked of it. Out: a [`Value`]. Always holds: a value of a list is found by its number
//! or drawn evenly; a member that cannot be named by a path is refused.

use super::Outside;
use super::template::Template;
use super::test::{Relation, Test};
use super::value::Value;

/// What is called of a list.
pub(super) fn list_method(list: &[Value], name: &str, arguments: &[Value]) -> Result<Value, Outside> {
    match (name, arguments) {
        ("size" | "getLength" | "getSize" | "length", []) => Ok(Value::whole(list.len() as i64)),
        ("contains", [wanted]) => {
            let equal = |value: &Value| wanted.clone().compared(Relation::Equal, value.clone());
            list.iter().map(equal).collect::<Result<Vec<Test>, _>>().map(|tests| Value::Truth(Test::Any(tests)))
        }
        ("get" | "getAt", [index]) => item(list, index),
        ("shuffled" | "asImmutable" | "toArray" | "toList", []) if list.len() < 2 => Ok(Value::List(list.to_vec())),
        _ => Err(Outside::new(format!("a list's {name}"))),
    }
}

/// A value of a list, by its number from 0.
pub(super) fn item(list: &[Value], index: &Value) -> Result<Value, Outside> {
    let texts = || list.iter().cloned().map(Value::template).collect::<Result<Vec<Template>, _>>();
    if let Some(at) = index.number() {
        let found = usize::try_from(at).ok().and_then(|at| list.get(at));
        return found.cloned().ok_or_else(|| Outside::new("a value of a list that has fewer"));
    }
    let Value::Whole(index) = index else { return Err(Outside::new("a value of a list by what is no number")) };
    let texts = texts()?;
    if index.text() == format!("${{random.int(0, {})}}", list.len().wrapping_sub(1)) {
        return Ok(Value::Text(Template::call("random.choice", &texts.iter().collect::<Vec<_>>())));
    }
    let plain: Option<Vec<&str>> = texts.iter().map(Template::as_literal).collect();
    let plain = plain.ok_or_else(|| Outside::new("a value of a list whose values vary, by a number that varies"))?;
    let separator = ["|", ";", "~", "\u{1f}"].into_iter().find(|sign| !plain.iter().any(|text| text.contains(sign)));
    let separator = separator.ok_or_else(|| Outside::new("a list of such texts"))?;
    let pieces = [&Template::literal(&plain.join(separator)), &Template::literal(separator), index];
    Ok(Value::Text(Template::call("part", &pieces)))
}

/// A member of the JSON that `path` names.
pub(super) fn member(path: &str, name: &str) -> Value {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    let begins = !name.starts_with(|c: char| c.is_ascii_digit());
    let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
    Value::Member(if plain && begins { format!("{path}.{name}") } else { format!("{path}['{quoted}']") })
}

/// What is called of a member of the answer's JSON; `None` where it is called of its text.
pub(super) fn member_method(path: &str, name: &str, arguments: &[Value]) -> Option<Result<Value, Outside>> {
    const GETTERS: [&str; 10] = [
        "get",
        "getAt",
        "opt",
        "getString",
        "optString",
        "getInt",
        "getLong",
        "getJSONObject",
        "getJSONArray",
        "getAsJsonObject",
    ];
    match (name, arguments) {
        (getter, [index]) if GETTERS.contains(&getter) || index.number().is_some() && getter == "getAt" => {
            Some(match (index, index.number(), index.constant()) {
                (Value::Whole(_), Some(at @ 0..), _) => Ok(Value::Member(format!("{path}[{at}]"))),
                (Value::Text(_), _, Some(key)) => Ok(member(path, key)),
                _ => Err(Outside::new("a member of JSON whose name varies")),
            })
        }
        ("toString" | "asText" | "getAsString" | "getAsText", []) => Some(Ok(Value::Member(path.to_owned()))),
        (
            "has" | "containsKey" | "size" | "each" | "find" | "findAll" | "collect" | "keySet" | "length"
            | "getLength" | "getSize",
            _,
        ) => Some(Err(Outside::new(format!("JSON's {name}")))),
        _ => None,
    }
}
