//! Objects and classes that scripts use: times, random numbers, formats.
//!
//! In: a class or an object with what is called of it. Out: a [`Value`]. Always holds: what would vary where the scenario
//! language wants a constant is refused.

use super::call::unknown;
use super::lower::Lowering;
use super::template::Template;
use super::test::{Relation, Test};
use super::value::Value;
use super::{Action, Outside, Role};
use crate::jmeter::function::{self, Remark};
use crate::jmeter::moment::strftime;

const DAY: i64 = 86_400;

impl Lowering<'_> {
    pub(super) fn made(&mut self, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
        match (name, arguments.as_slice()) {
            ("Random" | "SecureRandom", []) => Ok(Value::Random),
            ("Date", []) => Ok(Value::Moment(0, None)),
            ("SimpleDateFormat", [format]) => self.format(format),
            ("Header", [name, value]) => Ok(Value::Header(name.clone().template()?, value.clone().template()?)),
            ("String", [text @ (Value::Text(_) | Value::Body)]) => Ok(text.clone()),
            ("String", [Value::Bytes(text), ..]) => Ok(Value::Text(text.clone())),
            ("Integer" | "Long", [text]) => self.cast(text.clone(), "int"),
            ("JsonSlurper" | "JsonSlurperClassic" | "JSONParser" | "JsonParser", []) => Ok(Value::Slurper),
            ("JSONObject" | "JSONArray", [Value::Body]) if self.around.role != Role::Before => {
                Ok(Value::Member("$".to_owned()))
            }
            _ => Err(Outside::new(format!("new {name}(...)"))),
        }
    }

    /// A format of Java's, where it is fixed and known.
    fn format(&mut self, format: &Value) -> Result<Value, Outside> {
        let java = format.constant().ok_or_else(|| Outside::new("a format that varies"))?;
        let found = strftime(java).ok_or_else(|| Outside::new(format!("the format \"{java}\"")))?;
        Ok(Value::Format(found))
    }

    pub(super) fn now(&mut self, format: &str, shift: i64) -> Result<Value, Outside> {
        self.out.remarks.push(Remark::Approx("times of day are in UTC, not in the machine's zone".to_owned()));
        Ok(Value::Text(function::time::now(format, shift)))
    }

    pub(super) fn moment(&mut self, of: Value, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        let Value::Moment(shift, told) = of else { return Err(unknown(&of, name)) };
        let whole = |text: Value| Value::Whole(text.template().unwrap_or_default());
        let unit = |unit: i64| -> Result<Value, Outside> {
            let by =
                arguments.first().and_then(Value::number).ok_or_else(|| Outside::new("a time moved by what varies"))?;
            let by = by.checked_mul(unit).and_then(|by| shift.checked_add(by)).filter(|by| by.unsigned_abs() < 1 << 40);
            by.map(|by| Value::Moment(by, told)).ok_or_else(|| Outside::new("a time that is too far away"))
        };
        match (name, arguments) {
            ("plusDays", [_]) => unit(DAY),
            ("minusDays", [_]) => unit(-DAY),
            ("plusWeeks", [_]) => unit(7 * DAY),
            ("plusHours", [_]) => unit(3_600),
            ("minusHours", [_]) => unit(-3_600),
            ("plusMinutes", [_]) => unit(60),
            ("minusMinutes", [_]) => unit(-60),
            ("plusSeconds", [_]) => unit(1),
            ("format", [Value::Format(format)]) => self.now(format, shift),
            ("format", [format @ Value::Text(_)]) => match self.format(format)? {
                Value::Format(format) => self.now(&format, shift),
                _ => Err(unknown(&Value::Null, name)),
            },
            ("getTime" | "toEpochMilli", []) if shift == 0 => Ok(Value::Whole(Template::expression("timestamp.ms"))),
            ("getEpochSecond", []) if shift == 0 => Ok(Value::Whole(Template::expression("timestamp"))),
            ("toString", []) if told.is_some() => self.now(told.unwrap_or_default(), shift),
            ("getTimeInMillis", []) if shift == 0 => Ok(Value::Whole(Template::expression("timestamp.ms"))),
            ("minusWeeks", [_]) => unit(-7 * DAY),
            ("minusSeconds", [_]) => unit(-1),
            ("getYear", []) => self.now("%Y", shift).map(whole),
            ("getMonthValue", []) => self.now("%-m", shift).map(whole),
            ("getDayOfMonth", []) => self.now("%-d", shift).map(whole),
            _ => Err(Outside::new(format!("a time's {name}"))),
        }
    }

    pub(super) fn of_class(&mut self, class: &str, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
        match (class, name, arguments.as_slice()) {
            ("System", "getOut" | "getErr", []) => Ok(Value::Log),
            ("bsh", "getArgs", []) => Ok(Value::Arguments),
            ("File", "getSeparator", []) => Ok(Value::literal("/")),
            ("FileServer", "getFileServer", []) => Ok(Value::FileServer),
            ("JMeterContextService", "getContext", []) => Ok(Value::Context),
            ("JMeterUtils", "getJMeterProperties", []) => Ok(Value::Props),
            ("JMeterUtils", "getProperty" | "getPropDefault" | "setProperty", _) => {
                let name = if name == "setProperty" { name } else { "getProperty" };
                self.call(Value::Props, name, arguments)
            }
            ("Arrays", "asList", values) => Ok(Value::List(values.to_vec())),
            ("JSON", "parse", [Value::Body]) if self.around.role != Role::Before => Ok(Value::Member("$".to_owned())),
            ("Math", "random", []) => Ok(Value::Fraction(1)),
            ("Math", "floor", [value]) => self.cast(value.clone(), "int"),
            ("Math", "ceil", [Value::Fraction(size)]) => {
                Ok(Value::Whole(Template::expression(&format!("random.int(1, {size})"))))
            }
            ("StandardCharsets", "getUTF_8" | "getUtf_8", []) => Ok(Value::literal("UTF-8")),
            ("UUID", "randomUUID", []) => Ok(Value::Text(Template::expression("uuid()"))),
            ("System", "currentTimeMillis", []) => Ok(Value::Whole(Template::expression("timestamp.ms"))),
            ("Integer", "parseInt" | "valueOf", [text]) | ("Long", "parseLong" | "valueOf", [text]) => {
                self.cast(text.clone(), "int")
            }
            ("Boolean", "parseBoolean" | "valueOf", [text]) => self.cast(text.clone(), "boolean"),
            ("String", "valueOf", [text]) | ("Integer" | "Long" | "Objects" | "Boolean", "toString", [text]) => {
                match text {
                    Value::Truth(_) | Value::Status | Value::Body | Value::Fraction(_) => Ok(text.clone()),
                    text => Ok(Value::Text(text.clone().template()?)),
                }
            }
            ("String", "format", [format, rest @ ..]) => formatted(format, rest),
            ("LocalDate" | "LocalDateTime" | "ZonedDateTime" | "Instant" | "OffsetDateTime", "now", []) => {
                Ok(Value::Moment(0, if class == "LocalDate" { Some("%Y-%m-%d") } else { None }))
            }
            ("Calendar", "getInstance", []) => Ok(Value::Moment(0, None)),
            ("Base64", "encodeBase64String", [Value::Bytes(text)]) => {
                Ok(Value::Text(Template::call("base64", &[text])))
            }
            ("Base64", "encodeBase64", [Value::Bytes(text)]) => Ok(Value::Bytes(Template::call("base64", &[text]))),
            ("DateTimeFormatter", "ofPattern", [format]) => self.format(format),
            ("Base64", "getEncoder", []) => Ok(Value::Encoder),
            ("ThreadLocalRandom", "current", []) => Ok(Value::Random),
            ("RandomUtils", "nextInt", bounds @ [_, _]) => random(bounds),
            ("Thread", "sleep", [millis]) => {
                let millis = millis.number().and_then(|millis| u64::try_from(millis).ok());
                self.act(Action::Pause(millis.ok_or_else(|| Outside::new("a pause whose length varies"))?));
                Ok(Value::Nothing)
            }
            _ => self.of_text_class(class, name, arguments.as_slice()),
        }
    }

    /// What is called of a class that makes texts or asks of them.
    fn of_text_class(&mut self, class: &str, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        match (class, name, arguments) {
            ("StringUtils", "isEmpty" | "isBlank" | "isNotEmpty" | "isNotBlank", [Value::Null]) => {
                Ok(Value::truth(!name.starts_with("isNot")))
            }
            ("StringUtils", "isEmpty" | "isBlank" | "isNotEmpty" | "isNotBlank", [text]) => {
                let text = self.spelled(text.clone()).template()?;
                let text = if name.ends_with("Blank") { Template::call("trim", &[&text]) } else { text };
                let relation = if name.starts_with("isNot") { Relation::Unequal } else { Relation::Equal };
                Ok(Value::Truth(Test::Compare(text, relation, Template::literal(""))))
            }
            ("RandomStringUtils", "randomNumeric", [length]) => {
                let length = length.number().filter(|length| (1..=10_000).contains(length));
                let length = length.ok_or_else(|| Outside::new("a random text of a length that varies"))?;
                Ok(Value::Text(Template::expression(&format!("random.string({length}, '0123456789')"))))
            }
            ("RandomStringUtils", "random", [length, letters]) if letters.constant().is_some() => {
                let length = length.number().filter(|length| (1..=10_000).contains(length));
                let length = length.ok_or_else(|| Outside::new("a random text of a length that varies"))?;
                let letters = letters.constant().unwrap_or_default().replace("${", "$${").replace('\'', "''");
                Ok(Value::Text(Template::expression(&format!("random.string({length}, '{letters}')"))))
            }
            ("RandomStringUtils", "randomAlphanumeric" | "randomAlphabetic", [length]) => {
                let length = length.number().filter(|length| (1..=10_000).contains(length));
                let length = length.ok_or_else(|| Outside::new("a random text of a length that varies"))?;
                const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
                let digits = if name == "randomAlphanumeric" { "0123456789" } else { "" };
                Ok(Value::Text(Template::expression(&format!("random.string({length}, '{LETTERS}{digits}')"))))
            }
            ("URLEncoder", "encode", [text, ..]) => {
                let text = self.spelled(text.clone()).template()?;
                Ok(Value::Text(Template::call("raw", &[&Template::call("urlencode", &[&text])])))
            }
            ("JsonPath", "read", [Value::Body, path]) if self.around.role != Role::Before => {
                let path = path.constant().map(crate::jmeter::import::path_of);
                let path = path.filter(|path| serde_json_path::JsonPath::parse(path).is_ok());
                path.map(Value::Member).ok_or_else(|| Outside::new("a JSONPath that is none of RFC 9535"))
            }
            _ => Err(Outside::new(format!("{class}.{name}(...)"))),
        }
    }
}

/// `nextInt(bound)`, `nextInt(low, bound)`: the bound is never drawn.
pub(super) fn random(bounds: &[Value]) -> Result<Value, Outside> {
    let numbers: Option<Vec<i64>> = bounds.iter().map(Value::number).collect();
    let (low, bound) = match (numbers.as_deref(), bounds) {
        (Some([bound]), _) => (0, *bound),
        (Some([low, bound]), _) => (*low, *bound),
        (None, [Value::Whole(bound)]) => {
            return Ok(Value::Whole(Template::call("random.int", &[&Template::literal("0"), &bound.one_less()])));
        }
        (None, [low, Value::Whole(bound)]) if low.number().is_some() || matches!(low, Value::Whole(_)) => {
            let low = low.clone().template()?;
            return Ok(Value::Whole(Template::call("random.int", &[&low, &bound.one_less()])));
        }
        _ => return Err(Outside::new("a random number whose bounds vary")),
    };
    if bound <= low {
        return Err(Outside::new("a random number between bounds that meet"));
    }
    Ok(Value::Whole(Template::expression(&format!("random.int({low}, {})", bound - 1))))
}

/// `String.format` with `%s`, `%d` and `%05d`.
fn formatted(format: &Value, arguments: &[Value]) -> Result<Value, Outside> {
    let format = format.constant().ok_or_else(|| Outside::new("a format that varies"))?;
    let (mut out, mut rest, mut given) = (Template::default(), format, arguments.iter());
    while let Some(at) = rest.find('%') {
        out = out.then(Template::literal(&rest[..at]));
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (width, kind) = (&rest[..end], rest[end..].chars().next().unwrap_or(' '));
        rest = rest.get(end + kind.len_utf8()..).unwrap_or_default();
        if kind == '%' && width.is_empty() {
            out = out.then(Template::literal("%"));
            continue;
        }
        let value = given.next().ok_or_else(|| Outside::new("a format without its value"))?.clone().template()?;
        out = out.then(match (kind, width.strip_prefix('0')) {
            ('s' | 'd', None) if width.is_empty() => value,
            ('d', Some(width)) => Template::call("padded", &[&value, &Template::literal(width)]),
            _ => return Err(Outside::new(format!("the format \"{format}\""))),
        });
    }
    Ok(Value::Text(out.then(Template::literal(rest))))
}

/// `getTime` of `time`, as the languages have it; other members are called by their name.
pub(super) fn getter(name: &str) -> String {
    const PLAIN: [&str; 6] = ["length", "size", "bytes", "trim", "toString", "encodeBase64"];
    if PLAIN.contains(&name) {
        return if name == "bytes" { "getBytes".to_owned() } else { name.to_owned() };
    }
    if name == "successful" {
        return "isSuccessful".to_owned();
    }
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| format!("get{}{}", first.to_ascii_uppercase(), letters.as_str()))
}

pub(super) fn number(text: &str) -> Result<Value, Outside> {
    let plain = text.trim_end_matches(['L', 'l', 'i', 'I', 'G', 'g']).replace('_', "");
    match plain.parse::<i64>() {
        Ok(number) => Ok(Value::whole(number)),
        Err(_) if plain.parse::<f64>().is_ok() => Ok(Value::literal(&plain)),
        Err(_) => Err(Outside::new(format!("\"{text}\""))),
    }
}
