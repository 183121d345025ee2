//! Checks on an answer's headers, body, size and time.
//!
//! In: a [`Reply`]. Out: nothing, or a message that says what was expected and what was found. Always holds: a check
//! that holds allocates nothing, unless its path parses the body.

use regex::bytes::Regex;

use super::{CheckFailure, Part, Reply, StatusSet};
use crate::scenario::json::{self, JsonPath};
use crate::scenario::template::{Bound, Draw};
use crate::units::Micros;

/// The longest found value that a message shows, in bytes.
const SHOWN: usize = 80;

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it looks at.
    pub subject: Subject,
    /// The text it looks at, where that is none of the answer's own.
    pub value: Option<Bound>,
    /// What must hold of it.
    pub test: Test,
    /// Whether it must not hold instead.
    pub negated: bool,
    /// How messages call it: `json $.data.status`.
    pub name: String,
}

/// What a check looks at.
#[derive(Clone, Debug)]
pub enum Subject {
    /// The body as it stands.
    Body,
    /// The first header of this name.
    Header(String),
    /// The first value that a path names.
    Json(JsonPath),
    /// Another part than the body.
    Part(Part),
    /// The status, the size or the time: the test says which.
    Answer,
    /// The check's own text, once values have been taken out of the answer.
    Value,
}

/// What must hold.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is there.
    Exists,
    /// Its text is this one.
    Equals(Bound),
    /// Its text holds this one.
    Contains(Bound),
    /// Its text matches.
    Matches(Regex),
    /// It is a number in these bounds.
    Number(Bounds),
    /// The status is one of these.
    Status(StatusSet),
    /// The body has at least and at most so many bytes.
    Size(usize, usize),
    /// The answer took at least and at most so long.
    Duration(Micros, Micros),
}

/// Bounds of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Inclusive.
    pub at_least: Option<f64>,
    /// Inclusive.
    pub at_most: Option<f64>,
    /// Exclusive.
    pub above: Option<f64>,
    /// Exclusive.
    pub below: Option<f64>,
}

impl Bounds {
    fn hold(self, value: f64) -> bool {
        self.at_least.is_none_or(|limit| value >= limit)
            && self.at_most.is_none_or(|limit| value <= limit)
            && self.above.is_none_or(|limit| value > limit)
            && self.below.is_none_or(|limit| value < limit)
    }

    fn text(self) -> String {
        let bounds = [(">=", self.at_least), ("<=", self.at_most), (">", self.above), ("<", self.below)];
        let bounds = bounds.iter().filter_map(|(sign, limit)| limit.map(|limit| format!("{sign} {limit}")));
        format!("a number {}", bounds.collect::<Vec<_>>().join(" and "))
    }
}

impl Check {
    /// Holds an answer against the check. `scratch` is room for texts.
    pub(super) fn examine<'a>(
        &self,
        reply: &Reply<'_>,
        draw: &Draw<'_>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), CheckFailure<'a>> {
        match &self.subject {
            Subject::Body => self.text(Some(reply.body.bytes()), draw, scratch),
            Subject::Header(name) => self.text(reply.headers(name).next(), draw, scratch),
            Subject::Part(part) => self.text(Some(reply.part(Some(*part))), draw, scratch),
            Subject::Json(path) => path.first(reply.body, |value| self.json(value, draw, scratch)),
            Subject::Answer => self.answer(reply),
            // Its text is not known yet.
            Subject::Value => Ok(()),
        }
    }

    /// Whether it looks up anything in a JSON body.
    pub(super) fn looks_up(&self) -> bool {
        matches!(&self.subject, Subject::Json(path) if path.is_scanned())
    }

    /// Holds the check's own text against it.
    pub(super) fn examine_value<'a>(&self, draw: &Draw<'_>, scratch: &mut Vec<u8>) -> Result<(), CheckFailure<'a>> {
        let Some(value) = &self.value else { return Ok(()) };
        let mut text = Vec::new();
        value.write(draw, &mut text);
        self.text(Some(&text), draw, scratch)
    }

    /// Of the text of a JSON value.
    fn json<'a>(&self, value: Option<&[u8]>, draw: &Draw<'_>, scratch: &mut Vec<u8>) -> Result<(), CheckFailure<'a>> {
        let plain = value.filter(|json| json.first() != Some(&b'"') || memchr::memchr(b'\\', json).is_none());
        match plain {
            Some([b'"', inner @ .., b'"']) => self.text(Some(inner), draw, scratch),
            Some(json) => self.text(Some(json), draw, scratch),
            None => {
                let text = value.map(|json| {
                    let mut text = Vec::new();
                    json::write_text(json, &mut text);
                    text
                });
                self.text(text.as_deref(), draw, scratch)
            }
        }
    }

    fn text<'a>(&self, found: Option<&[u8]>, draw: &Draw<'_>, scratch: &mut Vec<u8>) -> Result<(), CheckFailure<'a>> {
        scratch.clear();
        if let Test::Equals(text) | Test::Contains(text) = &self.test {
            text.write(draw, scratch);
        }
        let holds = found.is_some_and(|found| match &self.test {
            Test::Exists => true,
            Test::Equals(_) => found == scratch.as_slice(),
            Test::Contains(_) => memchr::memmem::find(found, scratch).is_some(),
            Test::Matches(regex) => regex.is_match(found),
            Test::Number(bounds) => number(found).is_some_and(|value| bounds.hold(value)),
            _ => false,
        });
        if holds != self.negated {
            return Ok(());
        }
        let wanted = String::from_utf8_lossy(scratch);
        let expected = match &self.test {
            Test::Exists => "a value".to_owned(),
            Test::Equals(_) => format!("\"{wanted}\""),
            Test::Contains(_) => format!("a text with \"{wanted}\""),
            Test::Matches(regex) => format!("a match of /{regex}/"),
            Test::Number(bounds) => bounds.text(),
            _ => String::new(),
        };
        let found = found.map_or_else(|| "nothing".to_owned(), |found| format!("\"{}\"", shown(found)));
        Err(self.failed(&expected, &found))
    }

    fn answer<'a>(&self, reply: &Reply<'_>) -> Result<(), CheckFailure<'a>> {
        let size = reply.body.bytes().len();
        let holds = match &self.test {
            Test::Status(statuses) => statuses.contains(reply.status),
            Test::Size(least, most) => (*least..=*most).contains(&size),
            Test::Duration(least, most) => (*least..=*most).contains(&reply.time),
            _ => false,
        };
        if holds != self.negated {
            return Ok(());
        }
        let (expected, found) = match &self.test {
            Test::Status(statuses) => (statuses.to_string(), reply.status.to_string()),
            Test::Size(least, usize::MAX) => (format!("at least {least} bytes"), size.to_string()),
            Test::Size(0, most) => (format!("at most {most} bytes"), size.to_string()),
            Test::Size(least, most) => (format!("{least} to {most} bytes"), size.to_string()),
            Test::Duration(Micros::ZERO, most) => (format!("at most {most}"), reply.time.to_string()),
            Test::Duration(least, _) => (format!("at least {least}"), reply.time.to_string()),
            _ => (String::new(), String::new()),
        };
        Err(self.failed(&expected, &found))
    }

    fn failed<'a>(&self, expected: &str, found: &str) -> CheckFailure<'a> {
        let not = if self.negated { "not " } else { "" };
        CheckFailure::check(format!("{}: expected {not}{expected}, found {found}", self.name))
    }
}

fn number(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

fn shown(text: &[u8]) -> String {
    let cut = text.len() > SHOWN;
    let text = String::from_utf8_lossy(&text[..text.len().min(SHOWN)]);
    if cut { format!("{text}…") } else { text.into_owned() }
}
