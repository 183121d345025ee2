//! What scripts ask, as conditions and as checks.
//!
//! In: comparisons joined by and, or and not. Out: a condition of the scenario language, or entries of `check`. Always
//! holds: the result holds exactly where the question does; one that would grow beyond [`MOST`] is refused.

use super::Outside;
use super::template::Template;
use crate::jmeter::import::written_text;

/// The most comparisons of a condition.
const MOST: usize = 64;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Always(bool),
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare(Template, Relation, Template),
    /// Of the answer, in a script that judges it.
    Answer(Asked),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
    Contains,
    Lacks,
}

/// What is asked of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The body holds this, or is this.
    Body(Relation, Template),
    Status(Relation, Template),
    /// Milliseconds.
    Time(Relation, Template),
    Succeeded(bool),
}

impl Relation {
    pub(super) const fn of(sign: &str) -> Option<Self> {
        Some(match sign.as_bytes() {
            b"==" => Self::Equal,
            b"!=" => Self::Unequal,
            b"<" => Self::Below,
            b"<=" => Self::AtMost,
            b">" => Self::Above,
            b">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// Its opposite.
    const fn turned(self) -> Self {
        match self {
            Self::Equal => Self::Unequal,
            Self::Unequal => Self::Equal,
            Self::Below => Self::AtLeast,
            Self::AtLeast => Self::Below,
            Self::Above => Self::AtMost,
            Self::AtMost => Self::Above,
            Self::Contains => Self::Lacks,
            Self::Lacks => Self::Contains,
        }
    }

    /// The same with both sides exchanged.
    pub(super) const fn mirrored(self) -> Self {
        match self {
            Self::Below => Self::Above,
            Self::Above => Self::Below,
            Self::AtLeast => Self::AtMost,
            Self::AtMost => Self::AtLeast,
            other => other,
        }
    }
}

impl Test {
    /// The same without `Not`: turned round where `negated`.
    fn plain(&self, negated: bool) -> Self {
        let all = |tests: &[Self]| tests.iter().map(|test| test.plain(negated)).collect();
        match self {
            Self::Always(value) => Self::Always(*value != negated),
            Self::All(tests) if negated => Self::Any(all(tests)),
            Self::Any(tests) if negated => Self::All(all(tests)),
            Self::All(tests) => Self::All(all(tests)),
            Self::Any(tests) => Self::Any(all(tests)),
            Self::Not(test) => test.plain(!negated),
            Self::Compare(left, relation, right) => {
                let relation = if negated { relation.turned() } else { *relation };
                Self::Compare(left.clone(), relation, right.clone())
            }
            Self::Answer(asked) if negated => Self::Answer(asked.turned()),
            Self::Answer(asked) => Self::Answer(asked.clone()),
        }
    }

    /// How large it is, in bytes and parts.
    pub(super) fn size(&self) -> usize {
        1 + match self {
            Self::Always(_) | Self::Answer(Asked::Succeeded(_)) => 0,
            Self::All(tests) | Self::Any(tests) => tests.iter().map(Self::size).sum(),
            Self::Not(test) => test.size(),
            Self::Compare(left, _, right) => left.size() + right.size(),
            Self::Answer(Asked::Body(_, text) | Asked::Status(_, text) | Asked::Time(_, text)) => text.size(),
        }
    }

    /// Whether it names variable `name`.
    pub(super) fn names(&self, name: &str) -> bool {
        match self {
            Self::Always(_) | Self::Answer(Asked::Succeeded(_)) => false,
            Self::All(tests) | Self::Any(tests) => tests.iter().any(|test| test.names(name)),
            Self::Not(test) => test.names(name),
            Self::Compare(left, _, right) => left.names(name) || right.names(name),
            Self::Answer(Asked::Body(_, text) | Asked::Status(_, text) | Asked::Time(_, text)) => text.names(name),
        }
    }

    /// As alternatives of comparisons that hold together. No alternative: never. An empty one: always.
    fn alternatives(&self) -> Result<Vec<Vec<Self>>, Outside> {
        let too_many = || Outside::new("a condition of too many parts");
        let alternatives = match self {
            Self::Always(true) => vec![Vec::new()],
            Self::Always(false) => Vec::new(),
            Self::Any(tests) => {
                let mut out = Vec::new();
                for test in tests {
                    out.extend(test.alternatives()?);
                    if out.len() > MOST {
                        return Err(too_many());
                    }
                }
                out
            }
            Self::All(tests) => {
                let mut out: Vec<Vec<Self>> = vec![Vec::new()];
                for test in tests {
                    let next = test.alternatives()?;
                    if out.len() * next.len() > MOST {
                        return Err(too_many());
                    }
                    let join =
                        |one: &Vec<Self>| next.iter().map(|other| [one.as_slice(), other].concat()).collect::<Vec<_>>();
                    out = out.iter().flat_map(join).collect();
                }
                out
            }
            other => vec![vec![other.clone()]],
        };
        Ok(if alternatives.iter().any(Vec::is_empty) { vec![Vec::new()] } else { alternatives })
    }

    /// As a condition; `Err` of a truth where it always or never holds.
    pub(super) fn condition(&self) -> Result<Result<String, bool>, Outside> {
        let alternatives = self.plain(false).alternatives()?;
        match alternatives.as_slice() {
            [] => return Ok(Err(false)),
            [all] if all.is_empty() => return Ok(Err(true)),
            _ => {}
        }
        let mut any = Vec::new();
        for all in &alternatives {
            let all: Result<Vec<String>, Outside> = all.iter().map(Self::comparison).collect();
            let all = all?.join(" and ");
            if !any.contains(&all) {
                any.push(all);
            }
        }
        Ok(Ok(any.join(" or ")))
    }

    fn comparison(&self) -> Result<String, Outside> {
        let Self::Compare(left, relation, right) = self else {
            return Err(Outside::new("a question about the answer outside of an assertion"));
        };
        let operand = |of: &Template| of.operand().ok_or_else(|| Outside::new("a text with quotes of both kinds"));
        let (left, right) = (operand(left)?, operand(right)?);
        let sign = match relation {
            Relation::Equal => "==",
            Relation::Unequal => "!=",
            Relation::Below => "<",
            Relation::AtMost => "<=",
            Relation::Above => ">",
            Relation::AtLeast => ">=",
            Relation::Contains => "contains",
            Relation::Lacks => return Ok(format!("not {left} contains {right}")),
        };
        Ok(format!("{left} {sign} {right}"))
    }

    /// The checks of an answer that fails where this holds.
    pub(super) fn checks(&self) -> Result<Vec<String>, Outside> {
        let mut checks = Vec::new();
        for failing in self.plain(false).alternatives()? {
            if let Some(statuses) = one_of(&failing) {
                checks.push(statuses);
                continue;
            }
            match failing.as_slice() {
                [] => return Err(Outside::new("an assertion that always fails")),
                // What failed already needs no check.
                [Self::Answer(Asked::Succeeded(false))] => {}
                [Self::Answer(asked)] => checks.push(asked.turned().check()?),
                [Self::Compare(left, relation, right)] => checks.push(value_check(left, relation.turned(), right)?),
                _ => return Err(Outside::new("an assertion that fails where several things come together")),
            }
        }
        Ok(checks)
    }
}

/// The check of an answer that fails where its status is none of several.
fn one_of(failing: &[Test]) -> Option<String> {
    let status = |test: &Test| match test {
        Test::Answer(Asked::Status(Relation::Unequal, text)) => {
            text.whole().filter(|status| (100..600).contains(status)).map(|status| status.to_string())
        }
        _ => None,
    };
    let statuses = failing.iter().map(status).collect::<Option<Vec<String>>>()?;
    (statuses.len() > 1).then(|| format!("{{ status = [{}] }}", statuses.join(", ")))
}

/// A check of a text.
fn value_check(left: &Template, relation: Relation, right: &Template) -> Result<String, Outside> {
    let (value, other) = (written_text(&left.text()), right.text());
    let text = written_text(&other);
    let bound = |key: &str| match other.parse::<f64>() {
        Ok(_) => Ok(format!("{key} = {other}")),
        Err(_) => Err(Outside::new("an assertion that compares with a number that varies")),
    };
    let test = match relation {
        Relation::Equal => format!("equals = {text}"),
        Relation::Unequal => format!("equals = {text}, not = true"),
        Relation::Contains => format!("contains = {text}"),
        Relation::Lacks => format!("contains = {text}, not = true"),
        Relation::Below => bound("below")?,
        Relation::AtMost => bound("at_most")?,
        Relation::Above => bound("above")?,
        Relation::AtLeast => bound("at_least")?,
    };
    Ok(format!("{{ value = {value}, {test} }}"))
}

impl Asked {
    fn turned(&self) -> Self {
        match self {
            Self::Body(relation, text) => Self::Body(relation.turned(), text.clone()),
            Self::Status(relation, text) => Self::Status(relation.turned(), text.clone()),
            Self::Time(relation, text) => Self::Time(relation.turned(), text.clone()),
            Self::Succeeded(good) => Self::Succeeded(!good),
        }
    }

    fn check(&self) -> Result<String, Outside> {
        let unknown = || Outside::new("a question about the answer that no check asks");
        let number = |text: &Template| text.as_literal().and_then(|text| text.trim().parse::<u64>().ok());
        Ok(match self {
            Self::Body(relation, text) => {
                let text = written_text(&text.text());
                match relation {
                    Relation::Equal => format!("{{ equals = {text} }}"),
                    Relation::Unequal => format!("{{ equals = {text}, not = true }}"),
                    Relation::Contains => format!("{{ contains = {text} }}"),
                    Relation::Lacks => format!("{{ contains = {text}, not = true }}"),
                    _ => return Err(unknown()),
                }
            }
            Self::Status(relation, text) => {
                let status = number(text).filter(|status| (100..600).contains(status)).ok_or_else(unknown)?;
                match relation {
                    Relation::Equal => format!("{{ status = {status} }}"),
                    Relation::Unequal => format!("{{ status = {status}, not = true }}"),
                    _ => return Err(unknown()),
                }
            }
            Self::Time(relation, text) => {
                let millis = number(text).ok_or_else(unknown)?;
                match relation {
                    Relation::AtMost => format!("{{ duration = \"<={millis}ms\" }}"),
                    Relation::Below => format!("{{ duration = \"<={}ms\" }}", millis.saturating_sub(1)),
                    Relation::AtLeast => format!("{{ duration = \">={millis}ms\" }}"),
                    Relation::Above => format!("{{ duration = \">={}ms\" }}", millis.saturating_add(1)),
                    _ => return Err(unknown()),
                }
            }
            Self::Succeeded(_) => return Err(unknown()),
        })
    }
}
