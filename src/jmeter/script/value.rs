//! What an expression of a script stands for.
//!
//! In: expressions. Out: [`Value`]s over templates. Always holds: nothing is computed that the script would compute
//! while the test runs, but for what never varies.

use super::Outside;
use super::template::Template;
use super::test::{Asked, Relation, Test};

/// What an expression stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(Template),
    /// A whole number.
    Whole(Template),
    Truth(Test),
    Null,
    /// One or the other.
    Choice(Test, Box<Value>, Box<Value>),
    Vars,
    Props,
    /// `prev`, `SampleResult`.
    Answer,
    /// The text of the answer.
    Body,
    Status,
    /// How long the answer took, in milliseconds.
    Time,
    Succeeded,
    Sampler,
    Headers,
    Header(Template, Template),
    Assertion,
    Log,
    Context,
    Random,
    Encoder,
    Bytes(Template),
    /// Now, moved by so many seconds, and the format in which it is told by itself.
    Moment(i64, Option<&'static str>),
    /// A whole number divided by another, in a language where that gives decimals.
    Ratio(Template, Template),
    /// A format of `strftime`.
    Format(String),
    /// Where the second stands in the first, or a number below 0.
    Position(Box<Value>, Template),
    Class(String),
    List(Vec<Value>),
    /// What a separator divides a text into.
    Pieces(Template, String),
    /// What reads JSON.
    Slurper,
    /// Of the answer's JSON, what this path names.
    Member(String),
    /// What knows the folder of the plan.
    FileServer,
    /// The words of the element's parameters.
    Arguments,
    /// A number from 0 to below this one, of any number of decimals.
    Fraction(i64),
    /// What a call gives that nobody uses.
    Nothing,
}

impl Value {
    pub(super) fn literal(text: &str) -> Self {
        Self::Text(Template::literal(text))
    }

    pub(super) fn whole(number: i64) -> Self {
        Self::Whole(Template::literal(&number.to_string()))
    }

    pub(super) fn truth(value: bool) -> Self {
        Self::Truth(Test::Always(value))
    }

    /// How large it is, in bytes and parts.
    pub(super) fn size(&self) -> usize {
        1 + match self {
            Self::Text(text) | Self::Whole(text) | Self::Bytes(text) => text.size(),
            Self::Truth(test) => test.size(),
            Self::Choice(test, then, otherwise) => test.size() + then.size() + otherwise.size(),
            Self::Header(left, right) | Self::Ratio(left, right) => left.size() + right.size(),
            Self::Position(text, part) => text.size() + part.size(),
            Self::List(values) => values.iter().map(Self::size).sum(),
            Self::Pieces(text, separator) => text.size() + separator.len(),
            Self::Format(text) | Self::Class(text) | Self::Member(text) => text.len(),
            _ => 0,
        }
    }

    /// As the text of a variable.
    pub(super) fn template(self) -> Result<Template, Outside> {
        match self {
            Self::Text(text) | Self::Whole(text) => Ok(text),
            Self::Truth(Test::Always(value)) => Ok(Template::literal(if value { "true" } else { "false" })),
            Self::Moment(..) => Err(Outside::new("a time without a format")),
            Self::Ratio(..) => Err(Outside::new("\"/\", which gives decimals in this language,")),
            Self::Null => Err(Outside::new("null as a text")),
            Self::Body => Err(Outside::new("the answer inside of another text")),
            Self::Choice(..) | Self::Truth(_) => Err(Outside::new("a choice inside of another text")),
            Self::Status | Self::Time | Self::Succeeded => Err(Outside::new("what is told of the answer, as a text")),
            _ => Err(Outside::new("an object as a text")),
        }
    }

    /// The text, where it never varies.
    pub(super) fn constant(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Whole(text) => text.as_literal(),
            _ => None,
        }
    }

    /// The whole number, where it never varies.
    pub(super) fn number(&self) -> Option<i64> {
        self.constant()?.trim().parse().ok()
    }

    /// As a question by itself.
    pub(super) fn test(self) -> Result<Test, Outside> {
        let empty = || Template::literal("");
        match self {
            Self::Truth(test) => Ok(test),
            Self::Null => Ok(Test::Always(false)),
            Self::Whole(number) => Ok(Test::Compare(number, Relation::Unequal, Template::literal("0"))),
            Self::Text(text) => match text.as_literal() {
                Some(text) => Ok(Test::Always(!text.is_empty())),
                None => Ok(Test::Compare(text, Relation::Unequal, empty())),
            },
            Self::Succeeded => Ok(Test::Answer(Asked::Succeeded(true))),
            Self::Body => Ok(Test::Answer(Asked::Body(Relation::Unequal, empty()))),
            _ => Err(Outside::new("an object as a condition")),
        }
    }

    /// `self + other` and the like.
    pub(super) fn computed(self, op: &str, other: Self) -> Result<Self, Outside> {
        if let (Self::Whole(left), Self::Whole(right)) = (&self, &other) {
            return whole_of(op, left, right);
        }
        if let (Self::Fraction(size), Some(by), "*") = (&self, other.number(), op) {
            let size = size.checked_mul(by).filter(|size| *size > 0);
            return size.map(Self::Fraction).ok_or_else(|| Outside::new("a random number of no size"));
        }
        if let (Some(by), Self::Fraction(_), "*") = (self.number(), &other, op) {
            return other.computed("*", Self::whole(by));
        }
        if op != "+" {
            return Err(Outside::new(format!("\"{op}\" between what are no whole numbers")));
        }
        Ok(Self::Text(self.template()?.then(other.template()?)))
    }

    /// `self == other` and the like.
    pub(super) fn compared(self, relation: Relation, other: Self) -> Result<Test, Outside> {
        let ordered = !matches!(relation, Relation::Equal | Relation::Unequal);
        let constant = |value: &Self| value.constant().map(str::to_owned);
        match (self, other) {
            (value @ (Self::Status | Self::Time | Self::Body | Self::Position(..)), other) => {
                asked(value, relation, other)
            }
            (value, other @ (Self::Status | Self::Time | Self::Body | Self::Position(..))) => {
                asked(other, relation.mirrored(), value)
            }
            (Self::Truth(test), Self::Truth(Test::Always(value)))
            | (Self::Truth(Test::Always(value)), Self::Truth(test))
                if !ordered =>
            {
                Ok(if (relation == Relation::Equal) == value { test } else { Test::Not(Box::new(test)) })
            }
            (Self::Succeeded, Self::Truth(Test::Always(value))) if !ordered => {
                Ok(Test::Answer(Asked::Succeeded((relation == Relation::Equal) == value)))
            }
            (Self::Null, Self::Null) if !ordered => Ok(Test::Always(relation == Relation::Equal)),
            // A variable that was never set has no text.
            (Self::Null, Self::Text(text) | Self::Whole(text)) | (Self::Text(text) | Self::Whole(text), Self::Null)
                if !ordered =>
            {
                match text.as_literal() {
                    Some(_) => Ok(Test::Always(relation == Relation::Unequal)),
                    None => Ok(Test::Compare(text, relation, Template::literal(""))),
                }
            }
            (left, right) => {
                if let (Some(left), Some(right), false) = (constant(&left), constant(&right), ordered) {
                    return Ok(Test::Always((left == right) == (relation == Relation::Equal)));
                }
                if ordered && !matches!((&left, &right), (Self::Whole(_), _) | (_, Self::Whole(_))) {
                    return Err(Outside::new("an order of texts"));
                }
                Ok(Test::Compare(left.template()?, relation, right.template()?))
            }
        }
    }
}

fn whole_of(op: &str, left: &Template, right: &Template) -> Result<Value, Outside> {
    match (op, left.whole(), right.whole()) {
        ("+" | "-", None, Some(0)) => return Ok(Value::Whole(left.clone())),
        ("+", Some(0), None) => return Ok(Value::Whole(right.clone())),
        ("-", None, Some(1)) => return Ok(Value::Whole(left.one_less())),
        ("+", None, Some(1)) => return Ok(Value::Whole(left.one_more())),
        _ => {}
    }
    let numbers = |text: &Template| text.as_literal().and_then(|text| text.parse::<i64>().ok());
    let name = match op {
        "+" => "sum",
        "-" => "difference",
        "*" => "product",
        "/" => "quotient",
        _ => "remainder",
    };
    let fixed = numbers(left).zip(numbers(right)).and_then(|(left, right)| match op {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        _ => left.checked_rem(right),
    });
    Ok(fixed.map_or_else(|| Value::Whole(Template::call(name, &[left, right])), Value::whole))
}

fn asked(value: Value, relation: Relation, other: Value) -> Result<Test, Outside> {
    Ok(match value {
        Value::Position(text, part) => {
            let found = match (relation, other.number()) {
                (Relation::AtLeast, Some(0)) | (Relation::Above | Relation::Unequal, Some(-1)) => true,
                (Relation::Below, Some(0)) | (Relation::Equal, Some(-1)) => false,
                _ => return Err(Outside::new("a place inside of a text")),
            };
            contains(*text, part, found)?
        }
        // What is compared with null is there.
        Value::Body | Value::Status if other == Value::Null => Test::Always(relation == Relation::Unequal),
        Value::Body => Test::Answer(Asked::Body(relation, other.template()?)),
        Value::Status => Test::Answer(Asked::Status(relation, other.template()?)),
        _ => Test::Answer(Asked::Time(relation, other.template()?)),
    })
}

/// Whether `part` stands in `text`, or does not.
pub(super) fn contains(text: Value, part: Template, wanted: bool) -> Result<Test, Outside> {
    let relation = if wanted { Relation::Contains } else { Relation::Lacks };
    Ok(match text {
        Value::Body => Test::Answer(Asked::Body(relation, part)),
        text => Test::Compare(text.template()?, relation, part),
    })
}
