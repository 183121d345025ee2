//! `[[scenario.step.check]]` and `[[scenario.step.extract]]`: what must hold of an answer, and what is taken out of it.

use regex::bytes::Regex;
use serde::Deserialize;

use crate::scenario::check::{Bounds, Part, Source, StatusSet, Subject, Test};
use crate::scenario::format::VarValue;
use crate::scenario::json::JsonPath;
use crate::scenario::template::Template;
use crate::units::Micros;

/// `[[scenario.step.check]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenCheck")]
pub struct CheckSection {
    /// What it looks at.
    pub subject: Subject,
    /// The text that it looks at, where it is none of the answer's own.
    pub value: Option<Template>,
    /// What must hold of it.
    pub test: TestSection,
    /// Whether it must not hold instead.
    pub negated: bool,
    /// How messages call it.
    pub name: String,
}

/// A test, before the templates in it are tied to their sources.
#[derive(Clone, Debug)]
pub enum TestSection {
    /// The text is this one.
    Equals(Template),
    /// The text holds this one.
    Contains(Template),
    /// Anything else.
    Ready(Test),
}

/// A check as the file gives it.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct WrittenCheck {
    /// The status is one of these.
    status: Option<StatusSet>,
    /// Looks at this text, once the step's own values have been taken out of the answer.
    value: Option<Template>,
    /// Looks at the first header of this name.
    header: Option<String>,
    /// Looks at the first value of this JSON path.
    json: Option<JsonPath>,
    /// Looks at another part of the answer than the body.
    #[serde(rename = "in")]
    place: Option<Part>,
    /// Whether there is such a header or value.
    exists: Option<bool>,
    /// The text is this one.
    equals: Option<VarValue>,
    /// The text holds this one.
    contains: Option<Template>,
    /// The text holds a match of this regular expression.
    matches: Option<String>,
    /// The number is at least this.
    at_least: Option<f64>,
    /// The number is at most this.
    at_most: Option<f64>,
    /// The number is over this.
    above: Option<f64>,
    /// The number is under this.
    below: Option<f64>,
    /// Bytes of the body, for example `<=10000`.
    size: Option<String>,
    /// Time of the answer, for example `<=200ms`.
    duration: Option<String>,
    /// Turns the check round.
    #[serde(default)]
    not: bool,
}

/// How a check may be written.
const CHECKS: &str = "write for example { json = \"$.data.status\", equals = \"SUCCESS\" }, { header = \"ETag\", exists = true }, \
     { contains = \"ok\" }, { status = 200 }, { size = \"<=10000\" } or { duration = \"<=200ms\" }";

impl TryFrom<WrittenCheck> for CheckSection {
    type Error = String;

    fn try_from(written: WrittenCheck) -> Result<Self, String> {
        let mut tests = written.tests()?;
        let subjects =
            [written.header.is_some(), written.json.is_some(), written.place.is_some(), written.value.is_some()];
        if subjects.into_iter().filter(|given| *given).count() > 1 {
            return Err(format!("a check looks at one thing, not at two of header, json, in and value; {CHECKS}"));
        }
        let (Some(test), true) = (tests.pop(), tests.is_empty()) else {
            return Err(format!("a check tests exactly one thing; {CHECKS}"));
        };
        let of_answer = matches!(test, TestSection::Ready(Test::Status(_) | Test::Size(..) | Test::Duration(..)));
        let (subject, name) = match (written.header, written.json, written.place) {
            (None, None, None) if of_answer && written.value.is_none() => (Subject::Answer, of_test(&test).to_owned()),
            _ if of_answer => return Err(format!("status, size and duration are of the whole answer; {CHECKS}")),
            (None, None, None) if written.value.is_some() => (Subject::Value, "value".to_owned()),
            (None, None, None) => (Subject::Body, "body".to_owned()),
            (Some(header), ..) => (Subject::Header(header.clone()), format!("header {header}")),
            (_, Some(path), _) => (Subject::Json(path.clone()), format!("json {path}")),
            (.., Some(part)) => (Subject::Part(part), part.name().to_owned()),
        };
        Ok(Self { value: written.value, subject, test, negated: written.not != (written.exists == Some(false)), name })
    }
}

const fn of_test(test: &TestSection) -> &'static str {
    match test {
        TestSection::Ready(Test::Status(_)) => "status",
        TestSection::Ready(Test::Size(..)) => "size",
        _ => "duration",
    }
}

impl WrittenCheck {
    fn tests(&self) -> Result<Vec<TestSection>, String> {
        let mut tests: Vec<TestSection> = Vec::new();
        tests.extend(self.status.clone().map(|statuses| TestSection::Ready(Test::Status(statuses))));
        tests.extend(self.exists.map(|_| TestSection::Ready(Test::Exists)));
        tests.extend(self.equals.clone().map(|value| TestSection::Equals(value.0)));
        tests.extend(self.contains.clone().map(TestSection::Contains));
        if let Some(pattern) = &self.matches {
            tests.push(TestSection::Ready(Test::Matches(regex(pattern)?)));
        }
        let Self { at_least, at_most, above, below, .. } = *self;
        let bounds = Bounds { at_least, at_most, above, below };
        if bounds != Bounds::default() {
            tests.push(TestSection::Ready(Test::Number(bounds)));
        }
        if let Some(text) = &self.size {
            let size =
                |text: &str| text.parse().map_err(|_| format!("size \"{text}\" is no number of bytes; {CHECKS}"));
            let (least, most) = bounded(text, size)?;
            tests.push(TestSection::Ready(Test::Size(least.unwrap_or(0), most.unwrap_or(usize::MAX))));
        }
        if let Some(text) = &self.duration {
            let time = |text: &str| Micros::parse_with_unit(text).map_err(|error| error.to_string());
            let (least, most) = bounded(text, time)?;
            let (least, most) = (least.unwrap_or(Micros::ZERO), most.unwrap_or(Micros::new(u64::MAX)));
            tests.push(TestSection::Ready(Test::Duration(least, most)));
        }
        Ok(tests)
    }
}

/// Lower and upper bound of `<=5` or `>=5`.
fn bounded<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<(Option<T>, Option<T>), String> {
    if let Some(limit) = text.trim().strip_prefix("<=") {
        return Ok((None, Some(parse(limit.trim())?)));
    }
    match text.trim().strip_prefix(">=") {
        Some(limit) => Ok((Some(parse(limit.trim())?), None)),
        None => Err(format!("\"{text}\" has no \"<=\" or \">=\" before it; {CHECKS}")),
    }
}

fn regex(pattern: &str) -> Result<Regex, String> {
    let short = |error: regex::Error| error.to_string().lines().last().unwrap_or_default().to_owned();
    Regex::new(pattern).map_err(|error| format!("\"{pattern}\" is no regular expression: {}", short(error)))
}

/// `[[scenario.step.extract]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenExtract")]
pub struct ExtractSection {
    /// What templates call it.
    pub name: String,
    /// Where it stands.
    pub from: Source,
    /// Which of several, from 0; `None` for all of them.
    pub index: Option<usize>,
    /// What it is where the answer has none.
    pub default: Option<String>,
    /// Whether it appears in no output.
    pub secret: bool,
}

/// An extract as the file gives it.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::scenario) struct WrittenExtract {
    /// What templates call it.
    var: String,
    /// The JSON path it stands at.
    json: Option<JsonPath>,
    /// The regular expression that finds it in the body.
    regex: Option<String>,
    /// The group of the regular expression; without it the first one that took part, or the whole match of one without.
    group: Option<usize>,
    /// Where the regular expression looks, in the body's place.
    #[serde(rename = "in")]
    place: Option<Part>,
    /// The header it stands in.
    header: Option<String>,
    /// The cookie it stands in.
    cookie: Option<String>,
    /// Which of several, from 0.
    index: Option<usize>,
    /// Takes all of them, as a list for `foreach`.
    #[serde(default)]
    all: bool,
    /// What it is where the answer has none.
    default: Option<String>,
    /// Whether it appears in no output, as a login's token should not.
    #[serde(default)]
    secret: bool,
}

const EXTRACTS: &str =
    "write for example { var = \"token\", json = \"$.data.accessToken\" }, or regex, header or cookie";

impl TryFrom<WrittenExtract> for ExtractSection {
    type Error = String;

    fn try_from(written: WrittenExtract) -> Result<Self, String> {
        let mut sources = Vec::new();
        sources.extend(written.json.map(Source::Json));
        sources.extend(written.header.map(Source::Header));
        sources.extend(written.cookie.map(Source::Cookie));
        if let Some(pattern) = &written.regex {
            let regex = regex(pattern)?;
            let groups = regex.captures_len() - 1;
            if let Some(group) = written.group.filter(|group| *group > groups) {
                return Err(format!("\"{pattern}\" has {groups} groups, and none of number {group}"));
            }
            sources.push(Source::Regex(regex, written.group, written.place));
        } else if written.place.is_some() {
            return Err(format!("\"in\" says where a regular expression looks, and there is none; {EXTRACTS}"));
        }
        let (Some(from), true) = (sources.pop(), sources.is_empty()) else {
            return Err(format!("an extract takes from exactly one place; {EXTRACTS}"));
        };
        if written.all && written.index.is_some() {
            return Err("an extract takes one value by its index, or all of them; take one of the two out".to_owned());
        }
        let index = (!written.all).then(|| written.index.unwrap_or(0));
        Ok(Self { name: written.var, from, index, default: written.default, secret: written.secret })
    }
}
