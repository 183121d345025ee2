//! Values taken out of an answer.
//!
//! In: a [`Reply`]. Out: the variable filled, or why it cannot be. Always holds: a value that is not there leaves its
//! variable empty, never with what an earlier answer gave.

use regex::bytes::Regex;

use super::{CheckFailure, Part, Reply};
use crate::scenario::json::{self, JsonPath};
use crate::scenario::slots::Slots;

/// One value to take out.
#[derive(Clone, Debug)]
pub struct Extract {
    /// The variable's name, for messages.
    pub name: String,
    /// Where it is kept.
    pub slot: usize,
    /// Where it stands.
    pub from: Source,
    /// Which of several.
    pub which: Which,
    /// What it is where the answer has none; without it, that is a failure.
    pub default: Option<String>,
    /// Whether it appears in no output.
    pub secret: bool,
}

/// Where a value stands in an answer.
#[derive(Clone, Debug)]
pub enum Source {
    /// In the JSON body.
    Json(JsonPath),
    /// In the body or another part, as this group of the match; without one as the first group that took part, or the
    /// whole match where there is none.
    Regex(Regex, Option<usize>, Option<Part>),
    /// In the header of this name.
    Header(String),
    /// In the cookie of this name.
    Cookie(String),
}

/// Which of several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one, counted from 0.
    One(usize),
    /// All, as a list; its count is kept in this slot.
    All {
        /// Where the count is kept.
        count: usize,
    },
}

impl Extract {
    /// Fills the variable.
    ///
    /// # Errors
    /// [`CheckFailure`] when the value is not there and has no default.
    pub fn take<'a>(&self, reply: &Reply<'_>, slots: &mut Slots) -> Result<(), CheckFailure<'a>> {
        self.forget(slots);
        let mut seen = 0;
        self.from.each(reply, |write| {
            let wanted = match self.which {
                Which::One(index) => index == seen,
                Which::All { .. } => true,
            };
            if wanted {
                slots.push(self.slot, write);
            }
            seen += 1;
            !wanted || self.which != Which::One(seen - 1)
        });
        let mut count = slots.count(self.slot);
        // A list may be empty by its author's leave.
        let may_be_empty = self.default.as_deref() == Some("") && matches!(self.which, Which::All { .. });
        if let (0, Some(default), false) = (count, &self.default, may_be_empty) {
            slots.push(self.slot, |out| out.extend_from_slice(default.as_bytes()));
            count = 1;
        }
        if let Which::All { count: slot } = self.which {
            slots.set(slot, |out| out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes()));
        }
        if count > 0 || may_be_empty { Ok(()) } else { Err(CheckFailure::check(self.missing())) }
    }

    /// Whether it looks up anything in a JSON body.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        matches!(&self.from, Source::Json(path) if path.is_scanned())
    }

    /// Empties the variable.
    pub fn forget(&self, slots: &mut Slots) {
        slots.clear(self.slot);
        if let Which::All { count } = self.which {
            slots.clear(count);
        }
    }

    fn missing(&self) -> String {
        let place = match &self.from {
            Source::Json(path) => format!("json {path}"),
            Source::Regex(regex, ..) => format!("a match of /{regex}/"),
            Source::Header(name) => format!("header {name}"),
            Source::Cookie(name) => format!("cookie {name}"),
        };
        format!("{}: expected {place} in the answer, found nothing", self.name)
    }
}

impl Source {
    /// Calls `each` with every value, as something that writes it, until that returns false.
    fn each<'a>(&self, reply: &Reply<'a>, mut each: impl FnMut(&mut dyn FnMut(&mut Vec<u8>)) -> bool) {
        let mut plain = |value: &[u8]| each(&mut |out: &mut Vec<u8>| out.extend_from_slice(value));
        match self {
            Self::Json(path) => {
                path.each(reply.body, |value| each(&mut |out: &mut Vec<u8>| json::write_text(value, out)))
            }
            Self::Regex(regex, group, part) => {
                // The lines of a head end in a carriage return, which is no part of what they say.
                let told = |found: regex::bytes::Match<'_>| match part {
                    None => plain(found.as_bytes()),
                    Some(_) => plain(found.as_bytes().trim_ascii_end()),
                };
                if *group == Some(0) || regex.captures_len() == 1 {
                    regex.find_iter(reply.part(*part)).all(told);
                } else {
                    let of = |found: regex::bytes::Captures<'a>| match group {
                        Some(group) => found.get(*group),
                        None => found.iter().skip(1).flatten().next(),
                    };
                    regex.captures_iter(reply.part(*part)).filter_map(of).all(told);
                }
            }
            Self::Header(name) => {
                reply.headers(name).all(plain);
            }
            Self::Cookie(name) => {
                reply.cookie(name).map(plain);
            }
        }
    }
}
