//! Calls of functions in templates.
//!
//! In: an expression with its arguments bound. Out: the [`Function`] that it calls. Always holds: its name is known and its
//! arguments are good, or the error says what they should be.

use super::bound::Bound;
use super::example::example;
use super::function::Function;
use super::moment::Moment;
use super::names::did_you_mean;
use super::text::TextFunction;
use super::{Argument, Expression, TemplateError};
use crate::scenario::nearest::nearest;

/// Functions that may stand without parentheses.
pub(super) const BARE: [&str; 4] = ["uuid", "now", "timestamp", "timestamp.ms"];
/// All of them, as the documentation lists them.
const ALL: [&str; 29] = [
    "uuid",
    "now",
    "timestamp",
    "timestamp.ms",
    "random.int",
    "random.decimal",
    "random.choice",
    "random.string",
    "base64",
    "md5",
    "sha256",
    "hmac_sha256",
    "raw",
    "trim",
    "lower",
    "upper",
    "replace",
    "substring",
    "default",
    "length",
    "padded",
    "sum",
    "difference",
    "product",
    "quotient",
    "remainder",
    "part",
    "position",
    "urlencode",
];
/// The longest random text.
const MOST_LETTERS: u64 = 10_000;
/// The letters of a random text.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// Binds the call of a function; `None` when the expression names a variable.
pub(super) fn bind<'a>(
    expression: &'a Expression,
    bound: impl Fn(&'a Argument) -> Result<Bound, TemplateError>,
) -> Result<Option<Function>, TemplateError> {
    let name = expression.name.as_str();
    let Some(arguments) = &expression.arguments else {
        return Ok(if BARE.contains(&name) { plain(name) } else { None });
    };
    let mut arguments = arguments.iter().map(bound).collect::<Result<Vec<Bound>, _>>()?;
    if !ALL.contains(&name) {
        let nearest = did_you_mean(nearest(name, ALL).map(str::to_owned));
        return Err(TemplateError::UnknownFunction { name: name.to_owned(), nearest, known: ALL.join(", ") });
    }
    let refuse = |problem: String| TemplateError::Argument { text: expression.text.clone(), problem };
    let texts: Vec<Option<String>> =
        arguments.iter().map(|a| a.as_constant().map(|text| String::from_utf8_lossy(text).into_owned())).collect();
    let fixed = || {
        let fixed: Option<Vec<&str>> = texts.iter().map(Option::as_deref).collect();
        fixed.ok_or_else(|| refuse("its arguments cannot vary; write them out".to_owned()))
    };
    let function = match (name, arguments.len()) {
        ("uuid" | "timestamp" | "timestamp.ms", 0) => plain(name).ok_or_else(|| refuse(String::new()))?,
        ("now", _) => Function::Now(Moment::parse(&fixed()?).map_err(refuse)?),
        ("random.int", 2) if texts.contains(&None) => Function::Between(arguments.remove(0), arguments.remove(0)),
        ("random.int" | "random.decimal", 2) => numbers(name, &fixed()?).map_err(refuse)?,
        ("random.string", 1 | 2) => letters(&fixed()?).map_err(refuse)?,
        ("random.choice", 1..) => Function::Choice(arguments),
        ("base64", 1) => Function::Base64(arguments.remove(0)),
        ("md5", 1) => Function::Md5(arguments.remove(0)),
        ("sha256", 1) => Function::Sha256(arguments.remove(0)),
        ("raw", 1) => Function::Raw(arguments.remove(0)),
        ("hmac_sha256", 2) => Function::Hmac { base64: false, key: arguments.remove(0), text: arguments.remove(0) },
        ("hmac_sha256", 3) if texts[2].as_deref() == Some("base64") => {
            Function::Hmac { base64: true, key: arguments.remove(0), text: arguments.remove(0) }
        }
        (name, count) if TextFunction::named(name, count).is_some() => {
            let Some(function) = TextFunction::named(name, count) else { return Ok(None) };
            Function::Text(function, arguments)
        }
        _ => return Err(refuse(format!("it takes other arguments; write for example {}", example(name)))),
    };
    Ok(Some(function))
}

fn plain(name: &str) -> Option<Function> {
    Some(match name {
        "uuid" => Function::Uuid,
        "now" => Function::Now(Moment::default()),
        "timestamp" => Function::Seconds,
        "timestamp.ms" => Function::Millis,
        _ => return None,
    })
}

fn numbers(name: &str, texts: &[&str]) -> Result<Function, String> {
    let whole = name == "random.int";
    let parsed: Option<Vec<(i64, usize)>> = texts.iter().map(|text| digits(text, whole)).collect();
    let [(from, from_decimals), (to, to_decimals)] = parsed.as_deref().unwrap_or_default() else {
        let kind = if whole { "whole numbers" } else { "numbers of at most 9 decimals" };
        return Err(format!("it takes two {kind}; write for example {}", example(name)));
    };
    let decimals = *from_decimals.max(to_decimals);
    let scaled = |value: i64, of: usize| value.checked_mul(10_i64.pow((decimals - of) as u32));
    let (from, to) = (scaled(*from, *from_decimals), scaled(*to, *to_decimals));
    let range = from.zip(to).filter(|(from, to)| from.unsigned_abs().max(to.unsigned_abs()) < 1 << 62);
    let (from, to) = range.ok_or("its numbers are too large")?;
    if to < from {
        return Err("its second number lies below its first; exchange them".to_owned());
    }
    Ok(Function::Number { from, size: to.abs_diff(from) + 1, decimals })
}

/// A number without its point, and how many digits stood behind it.
fn digits(text: &str, whole: bool) -> Option<(i64, usize)> {
    let (front, back) = text.split_once('.').unwrap_or((text, ""));
    let plain = !front.is_empty() && back.bytes().all(|b| b.is_ascii_digit()) && back.len() <= 9;
    let plain = plain && (!whole || !text.contains('.')) && !text.ends_with('.');
    plain.then(|| format!("{front}{back}").parse().ok())?.map(|number| (number, back.len()))
}

fn letters(texts: &[&str]) -> Result<Function, String> {
    let length = texts[0].parse().ok().filter(|length| (1..=MOST_LETTERS).contains(length));
    let length = length.ok_or_else(|| format!("its length must lie between 1 and {MOST_LETTERS}"))?;
    let of: Box<[char]> = texts.get(1).map_or(LETTERS, |letters| letters).chars().collect();
    if of.is_empty() {
        return Err("it has no letters to draw from; write for example ${random.string(8, 'ABC123')}".to_owned());
    }
    Ok(Function::Letters(length, of))
}
