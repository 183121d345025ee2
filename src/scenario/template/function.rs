//! The functions of templates.
//!
//! In: an expression with its arguments bound. Out: a [`Function`] whose arguments are known to be good. Always holds:
//! what a function draws comes from the iteration's [`Random`](super::Random) or from the clock, and nothing else.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::bound::{Bound, Draw, write_number};
use super::digits::{encode_in_place, replace_with_hex, write_decimal, write_uuid};
use super::example::example;
use super::moment::Moment;
use super::names::did_you_mean;
use super::text::TextFunction;
use super::{Argument, Expression, TemplateError};
use crate::scenario::nearest::nearest;

/// Functions that may stand without parentheses.
pub(super) const BARE: [&str; 4] = ["uuid", "now", "timestamp", "timestamp.ms"];
/// All of them, as the documentation lists them.
const ALL: [&str; 26] = [
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
];
/// The longest random text.
const MOST_LETTERS: u64 = 10_000;
/// The letters of a random text.
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A function with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Function {
    Uuid,
    /// `from`, `from + 1`, ... of `size` numbers, the last `decimals` digits behind a point.
    Number {
        from: i64,
        size: u64,
        decimals: usize,
    },
    Letters(u64),
    Choice(Vec<Bound>),
    Now(Moment),
    Seconds,
    Millis,
    Base64(Bound),
    Md5(Bound),
    Sha256(Bound),
    Hmac {
        key: Bound,
        text: Bound,
        base64: bool,
    },
    /// What stands between its parentheses, escaped nowhere.
    Raw(Bound),
    /// A text or a whole number made of others.
    Text(TextFunction, Vec<Bound>),
}

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
        ("random.int" | "random.decimal", 2) => numbers(name, &fixed()?).map_err(refuse)?,
        ("random.string", 1) => letters(&fixed()?).map_err(refuse)?,
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
    length.map(Function::Letters).ok_or_else(|| format!("its length must lie between 1 and {MOST_LETTERS}"))
}

impl Function {
    /// The texts it is computed from.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &Bound> {
        let (first, second, rest): (Option<&Bound>, Option<&Bound>, &[Bound]) = match self {
            Self::Base64(text) | Self::Md5(text) | Self::Sha256(text) | Self::Raw(text) => (Some(text), None, &[]),
            Self::Hmac { key, text, .. } => (Some(key), Some(text), &[]),
            Self::Choice(texts) | Self::Text(_, texts) => (None, None, texts),
            _ => (None, None, &[]),
        };
        first.into_iter().chain(second).chain(rest)
    }

    /// Whether it gives the same text every time.
    pub(super) fn is_constant(&self) -> bool {
        let computed =
            matches!(self, Self::Base64(_) | Self::Md5(_) | Self::Sha256(_) | Self::Hmac { .. } | Self::Text(..));
        computed && self.arguments().all(|text| text.as_constant().is_some())
    }

    /// Whether it gives nothing but ASCII letters, digits, `-` and `.`, whatever it draws.
    pub(super) const fn is_plain(&self) -> bool {
        let drawn = matches!(self, Self::Uuid | Self::Number { .. } | Self::Letters(_) | Self::Seconds | Self::Millis);
        drawn || matches!(self, Self::Md5(_) | Self::Sha256(_) | Self::Hmac { base64: false, .. })
    }

    /// Appends what a constant function gives.
    pub(super) fn write_constant(&self, out: &mut Vec<u8>) {
        self.compute(|text, out| out.extend_from_slice(text.as_constant().unwrap_or_default()), out);
    }

    /// Appends what it gives this time.
    pub(super) fn write(&self, draw: &Draw<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Uuid => write_uuid(draw, out),
            Self::Number { from, size, decimals } => {
                let offset = i64::try_from(draw.random.below(*size)).unwrap_or(i64::MAX);
                write_decimal(from.saturating_add(offset), *decimals, out);
            }
            Self::Letters(count) => out.extend((0..*count).map(|_| LETTERS[draw.random.below(36) as usize])),
            Self::Choice(texts) => texts[draw.random.below(texts.len() as u64) as usize].write(draw, out),
            Self::Now(moment) => moment.write((draw.now)(), out),
            Self::Seconds => write_number((draw.now)().as_second(), out),
            Self::Millis => write_number((draw.now)().as_millisecond(), out),
            _ => self.compute(|text, out| text.write(draw, out), out),
        }
    }

    /// Writes the arguments behind `out`, and puts what is computed of them in their place.
    fn compute(&self, write: impl Fn(&Bound, &mut Vec<u8>), out: &mut Vec<u8>) {
        let from = out.len();
        match self {
            Self::Base64(text) => {
                write(text, out);
                encode_in_place(out, from);
            }
            Self::Md5(text) => {
                write(text, out);
                let digest = Md5::digest(&out[from..]);
                replace_with_hex(out, from, &digest);
            }
            Self::Sha256(text) => {
                write(text, out);
                let digest = Sha256::digest(&out[from..]);
                replace_with_hex(out, from, &digest);
            }
            Self::Text(function, texts) => function.apply(texts, write, out),
            Self::Hmac { key, text, base64 } => {
                write(key, out);
                let middle = out.len();
                write(text, out);
                // A key of any length is a good one.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&out[from..middle]) else { return };
                mac.update(&out[middle..]);
                let digest = mac.finalize().into_bytes();
                if *base64 {
                    out.truncate(from);
                    out.extend_from_slice(&digest);
                    encode_in_place(out, from);
                } else {
                    replace_with_hex(out, from, &digest);
                }
            }
            _ => {}
        }
    }
}
