//! Conditions of `if` and `while`: `${status} == 'OPEN' and ${count} < 5`.
//!
//! In: text. Out: a [`Condition`] of comparisons. Always holds: what reads as a number on both sides is compared as
//! numbers, anything else as texts; texts have no order.
//!
//! ```text
//! condition  = all { "or" all }
//! all        = comparison { "and" comparison }
//! comparison = [ "not" ] operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" ) operand ]
//! operand    = "'" template "'" | template without spaces
//! ```
//!
//! An operand alone holds unless it is empty, `false` or `0`.

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::template::{Bound, Draw, Template, TemplateError};

/// What must hold, over templates (`T = Template`) or over texts tied to their sources (`T = Bound`).
#[derive(Clone, Debug, PartialEq)]
pub struct Condition<T>(Vec<Vec<Comparison<T>>>);

#[derive(Clone, Debug, PartialEq)]
struct Comparison<T> {
    negated: bool,
    left: T,
    right: Option<(Relation, T)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
    Contains,
}

const RELATIONS: [(&str, Relation); 7] = [
    ("==", Relation::Equal),
    ("!=", Relation::Unequal),
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("<", Relation::Below),
    (">", Relation::Above),
    ("contains", Relation::Contains),
];

const EXAMPLE: &str = "write for example \"${status} == 'OPEN'\"";

impl Condition<Template> {
    /// Reads `text`.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = words(text)?.into_iter().peekable();
        let mut any = vec![Vec::new()];
        loop {
            let negated = words.next_if(|word| *word == Word::Bare("not")).is_some();
            let left = words
                .next()
                .filter(|word| !word.is_sign())
                .ok_or_else(|| format!("\"{text}\" lacks a value; {EXAMPLE}"))?;
            let relation = words.peek().and_then(Word::relation);
            let right = match relation {
                None => None,
                Some(relation) => {
                    words.next();
                    let right = words.next().filter(|word| !word.is_sign());
                    Some((relation, right.ok_or_else(|| format!("\"{text}\" lacks a value; {EXAMPLE}"))?.template()?))
                }
            };
            let comparison = Comparison { negated, left: left.template()?, right };
            any.last_mut().into_iter().for_each(|all| all.push(comparison.clone()));
            match words.next() {
                None => return Ok(Self(any)),
                Some(Word::Bare("and")) => {}
                Some(Word::Bare("or")) => any.push(Vec::new()),
                Some(_) => {
                    return Err(format!("\"{text}\" has two values without a comparison between them; {EXAMPLE}"));
                }
            }
        }
    }

    /// The same with every operand bound by `bind`.
    ///
    /// # Errors
    /// Those of `bind`.
    pub fn bind(
        &self,
        bind: impl Fn(&Template) -> Result<Bound, TemplateError>,
    ) -> Result<Condition<Bound>, TemplateError> {
        let comparison = |written: &Comparison<Template>| {
            let right = written.right.as_ref().map(|(relation, text)| Ok((*relation, bind(text)?))).transpose()?;
            Ok(Comparison { negated: written.negated, left: bind(&written.left)?, right })
        };
        let all = |all: &Vec<Comparison<Template>>| all.iter().map(comparison).collect::<Result<Vec<_>, _>>();
        self.0.iter().map(all).collect::<Result<Vec<_>, _>>().map(Condition)
    }
}

impl Condition<Bound> {
    /// Whether it holds now. `scratch` is room for texts.
    pub fn holds(&self, draw: &Draw<'_>, scratch: &mut Vec<u8>) -> bool {
        self.0.iter().any(|all| all.iter().all(|one| one.holds(draw, scratch) != one.negated))
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &Bound> {
        let comparisons = self.0.iter().flatten();
        comparisons.flat_map(|comparison| {
            std::iter::once(&comparison.left).chain(comparison.right.as_ref().map(|(_, right)| right))
        })
    }
}

impl Comparison<Bound> {
    fn holds(&self, draw: &Draw<'_>, scratch: &mut Vec<u8>) -> bool {
        scratch.clear();
        self.left.write(draw, scratch);
        let middle = scratch.len();
        let Some((relation, right)) = &self.right else {
            return !matches!(scratch.as_slice(), b"" | b"false" | b"0");
        };
        right.write(draw, scratch);
        let (left, right) = scratch.split_at(middle);
        let numbers = number(left).zip(number(right));
        let ordered = |holds: fn(&f64, &f64) -> bool| numbers.is_some_and(|(left, right)| holds(&left, &right));
        match relation {
            Relation::Equal => numbers.map_or_else(|| left == right, |(left, right)| left == right),
            Relation::Unequal => numbers.map_or_else(|| left != right, |(left, right)| left != right),
            Relation::Below => ordered(f64::lt),
            Relation::AtMost => ordered(f64::le),
            Relation::Above => ordered(f64::gt),
            Relation::AtLeast => ordered(f64::ge),
            Relation::Contains => memchr::memmem::find(left, right).is_some(),
        }
    }
}

fn number(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[derive(Debug, PartialEq, Eq)]
enum Word<'a> {
    Bare(&'a str),
    Quoted(&'a str),
}

impl Word<'_> {
    fn relation(&self) -> Option<Relation> {
        let Self::Bare(word) = self else { return None };
        RELATIONS.iter().find(|(sign, _)| sign == word).map(|(_, relation)| *relation)
    }

    fn is_sign(&self) -> bool {
        self.relation().is_some() || matches!(self, Self::Bare("and" | "or" | "not"))
    }

    fn template(&self) -> Result<Template, String> {
        let (Self::Bare(text) | Self::Quoted(text)) = self;
        Template::parse(text).map_err(|error| error.to_string())
    }
}

fn words(text: &str) -> Result<Vec<Word<'_>>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            let end = rest[1..]
                .find(first)
                .ok_or_else(|| format!("\"{text}\" has a quote that is never closed; {EXAMPLE}"))?;
            words.push(Word::Quoted(&rest[1..=end]));
            rest = rest[end + 2..].trim_start();
            continue;
        }
        let sign = RELATIONS.iter().map(|(sign, _)| *sign).find(|sign| *sign != "contains" && rest.starts_with(sign));
        let length = sign.map_or_else(|| operand_length(rest), str::len);
        words.push(Word::Bare(&rest[..length]));
        rest = rest[length..].trim_start();
    }
    Ok(words)
}

/// How long the operand is that `text` begins with: to the next space or sign outside of `${...}`.
fn operand_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if depth == 0 && at > 0 && (c.is_whitespace() || matches!(c, '=' | '!' | '<' | '>')) => return at,
            _ => {}
        }
    }
    text.len()
}

impl<'de> Deserialize<'de> for Condition<Template> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::scenario::secret::Environment;
    use crate::scenario::slots::Slots;
    use crate::scenario::template::{Names, Place, Random};

    fn holds(text: &str) -> bool {
        let (variables, environment) = (BTreeMap::new(), Environment::default());
        let names = Names { run_id: "R", feeders: &[], variables: &variables, environment: &environment };
        let parsed = Condition::parse(text).unwrap();
        let bound = parsed.bind(|text| names.bind(&text.clone(), Place::Plain)).unwrap();
        let (slots, random) = (Slots::default(), Random::default());
        let draw = Draw {
            sequence: 10,
            user: 1,
            user_sequence: 0,
            rows: &[],
            feeders: &[],
            slots: &slots,
            random: &random,
            now: jiff::Timestamp::default,
        };
        bound.holds(&draw, &mut Vec::new())
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_texts_as_texts() {
        for (text, expected) in [
            ("${sequence} == 10.0", true),
            ("${sequence}==10", true),
            ("${sequence} < 9", false),
            ("'9' < '10'", true),
            ("'a' < 'b'", false),
            ("${run.id} == R", true),
            ("${run.id} != 'R'", false),
            ("'a or b' contains 'or'", true),
            ("not 'a or b' contains 'or'", false),
            ("not ${sequence} and true or not '' ", true),
            ("${user.sequence}", false),
            ("${user.id}", true),
            ("''", false),
            ("'' or ${user.id} and false or ${sequence} >= 10", true),
            ("${base64('a b')} == 'YSBi'", true),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_an_example() {
        for text in ["", "not", "not not a", "==", "a b", "a ==", "a and", "'a", "${oops == 5"] {
            let error = Condition::parse(text).unwrap_err();
            assert!(error.contains("write"), "{text}: {error}");
        }
    }
}
