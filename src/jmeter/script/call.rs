//! Expressions of a script: names, members and calls that are known.
//!
//! In: an expression. Out: its [`Value`]. Always holds: a name, a member or a call that is not listed here is refused
//! by that name.

use super::lower::Lowering;
use super::template::Template;
use super::test::{Relation, Test};
use super::tree::Expression;
use super::value::{Value, contains};
use super::{Action, Outside, Role};
use crate::jmeter::function::{Remark, strftime};

const DAY: i64 = 86_400;

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
            Expression::Call(Some(of), name, arguments) => {
                let of = self.value(of)?;
                if matches!((&of, name.as_str()), (Value::Vars, "put") | (Value::Props, "put" | "setProperty"))
                    && let [key, value] = arguments.as_slice()
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

    fn cast(&mut self, value: Value, kind: &str) -> Result<Value, Outside> {
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

    fn made(&mut self, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
        match (name, arguments.as_slice()) {
            ("Random" | "SecureRandom", []) => Ok(Value::Random),
            ("Date", []) => Ok(Value::Moment(0)),
            ("SimpleDateFormat", [format]) => self.format(format),
            ("Header", [name, value]) => Ok(Value::Header(name.clone().template()?, value.clone().template()?)),
            ("String", [text @ Value::Text(_)]) => Ok(text.clone()),
            _ => Err(Outside::new(format!("new {name}(...)"))),
        }
    }

    /// A format of Java's, where it is fixed and known.
    fn format(&mut self, format: &Value) -> Result<Value, Outside> {
        let java = format.constant().ok_or_else(|| Outside::new("a format that varies"))?;
        let found = strftime(java).ok_or_else(|| Outside::new(format!("the format \"{java}\"")))?;
        Ok(Value::Format(found))
    }

    fn now(&mut self, format: &str, shift: i64) -> Result<Value, Outside> {
        self.out.remarks.push(Remark::Approx("times of day are in UTC, not in the machine's zone".to_owned()));
        let format = format.replace('\'', "''");
        let sign = if shift < 0 { '-' } else { '+' };
        let size = shift.unsigned_abs();
        let moved = match shift {
            0 => String::new(),
            _ if shift % DAY == 0 => format!(", '{sign}{}d'", size / DAY.unsigned_abs()),
            _ if shift % 3_600 == 0 => format!(", '{sign}{}h'", size / 3_600),
            _ => format!(", '{sign}{size}s'"),
        };
        Ok(Value::Text(Template::expression(&format!("now('{format}'{moved})"))))
    }

    fn moment(&mut self, of: Value, name: &str, arguments: &[Value]) -> Result<Value, Outside> {
        let Value::Moment(shift) = of else { return Err(unknown(&of, name)) };
        let whole = |text: Value| Value::Whole(text.template().unwrap_or_default());
        let unit = |unit: i64| -> Result<Value, Outside> {
            let by =
                arguments.first().and_then(Value::number).ok_or_else(|| Outside::new("a time moved by what varies"))?;
            let by = by.checked_mul(unit).and_then(|by| shift.checked_add(by)).filter(|by| by.unsigned_abs() < 1 << 40);
            by.map(Value::Moment).ok_or_else(|| Outside::new("a time that is too far away"))
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
                _ => Err(unknown(&Value::Moment(shift), name)),
            },
            ("getTime" | "toEpochMilli", []) if shift == 0 => Ok(Value::Whole(Template::expression("timestamp.ms"))),
            ("getEpochSecond", []) if shift == 0 => Ok(Value::Whole(Template::expression("timestamp"))),
            ("getYear", []) => self.now("%Y", shift).map(whole),
            ("getMonthValue", []) => self.now("%-m", shift).map(whole),
            ("getDayOfMonth", []) => self.now("%-d", shift).map(whole),
            _ => Err(Outside::new(format!("a time's {name}"))),
        }
    }

    fn of_class(&mut self, class: &str, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
        match (class, name, arguments.as_slice()) {
            ("UUID", "randomUUID", []) => Ok(Value::Text(Template::expression("uuid()"))),
            ("System", "currentTimeMillis", []) => Ok(Value::Whole(Template::expression("timestamp.ms"))),
            ("Integer", "parseInt" | "valueOf", [text]) | ("Long", "parseLong" | "valueOf", [text]) => {
                self.cast(text.clone(), "int")
            }
            ("Boolean", "parseBoolean" | "valueOf", [text]) => self.cast(text.clone(), "boolean"),
            ("String", "valueOf", [text]) | ("Integer" | "Long" | "Objects" | "Boolean", "toString", [text]) => {
                match text {
                    Value::Truth(_) | Value::Status | Value::Body => Ok(text.clone()),
                    text => Ok(Value::Text(text.clone().template()?)),
                }
            }
            ("String", "format", [format, rest @ ..]) => formatted(format, rest),
            ("LocalDate" | "LocalDateTime" | "ZonedDateTime" | "Instant" | "OffsetDateTime", "now", []) => {
                Ok(Value::Moment(0))
            }
            ("DateTimeFormatter", "ofPattern", [format]) => self.format(format),
            ("Base64", "getEncoder", []) => Ok(Value::Encoder),
            ("ThreadLocalRandom", "current", []) => Ok(Value::Random),
            ("RandomUtils", "nextInt", bounds @ [_, _]) => random(bounds),
            ("RandomStringUtils", "randomAlphanumeric" | "randomAlphabetic", [length]) => {
                let length = length.number().filter(|length| (1..=10_000).contains(length));
                let length = length.ok_or_else(|| Outside::new("a random text of a length that varies"))?;
                self.out.remarks.push(Remark::Approx(format!("{name} draws from small letters and digits")));
                Ok(Value::Text(Template::expression(&format!("random.string({length})"))))
            }
            ("Thread", "sleep", [millis]) => {
                let millis = millis.number().and_then(|millis| u64::try_from(millis).ok());
                self.act(Action::Pause(millis.ok_or_else(|| Outside::new("a pause whose length varies"))?));
                Ok(Value::Nothing)
            }
            _ => Err(Outside::new(format!("{class}.{name}(...)"))),
        }
    }
}

/// `getTime` of `time`, as the languages have it; other members are called by their name.
fn getter(name: &str) -> String {
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

fn unknown(of: &Value, name: &str) -> Outside {
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

fn number(text: &str) -> Result<Value, Outside> {
    let plain = text.trim_end_matches(['L', 'l', 'i', 'I', 'G', 'g']).replace('_', "");
    match plain.parse::<i64>() {
        Ok(number) => Ok(Value::whole(number)),
        Err(_) if plain.parse::<f64>().is_ok() => Ok(Value::literal(&plain)),
        Err(_) => Err(Outside::new(format!("\"{text}\""))),
    }
}

fn truth_of(value: Value) -> Result<Test, Outside> {
    match value {
        Value::Truth(test) => Ok(test),
        value => Ok(Test::Compare(value.template()?, Relation::Equal, Template::literal("true"))),
    }
}

fn base64(text: &Template) -> Value {
    Value::Text(Template::call("base64", &[text]))
}

/// `nextInt(bound)`, `nextInt(low, bound)`: the bound is never drawn.
fn random(bounds: &[Value]) -> Result<Value, Outside> {
    let numbers: Option<Vec<i64>> = bounds.iter().map(Value::number).collect();
    let (low, bound) = match numbers.as_deref() {
        Some([bound]) => (0, *bound),
        Some([low, bound]) => (*low, *bound),
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

fn text_method(of: Value, name: &str, arguments: Vec<Value>) -> Result<Value, Outside> {
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
