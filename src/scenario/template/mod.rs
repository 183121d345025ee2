//! Text with variables and functions in it: `{"userId": ${charge.userId}, "id": "${uuid()}"}`.
//!
//! In: what stands in the file. Out: a [`Template`] of literal pieces and expressions (`parse`); [`Names::bind`] ties
//! each expression to its source once (`names`, `function`), for the [`Place`] where the text will stand (`escape`);
//! [`Bound::write`] fills them in without allocating (`bound`). Always holds: a bound template has no unknown name,
//! and what is filled in cannot end the JSON string, the path segment or the header that it stands in.
//!
//! The grammar:
//!
//! ```text
//! template   = { text | "$${" | "${" expression "}" }        "$${" is the characters "${" themselves
//! expression = name | name "(" [ argument { "," argument } ] ")"
//! argument   = template without "," "(" ")", trimmed | "'" template "'" | '"' template '"'
//! ```
//!
//! An argument is a template too: `base64(abc)` encodes the three letters, `base64(${token})` what `token` holds. In
//! quotes, the quote itself is written twice.

mod bound;
mod call;
mod digits;
mod escape;
mod example;
mod function;
mod moment;
mod names;
mod parse;
mod random;
mod text;

pub use bound::{Bound, Draw, Outline};
pub use escape::Place;
pub use names::{Names, Uses, Variable};
pub use random::Random;

/// A text with named variables and functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// One part as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Expression(Expression),
}

/// `${...}`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expression {
    name: String,
    /// `None` where there are no parentheses.
    arguments: Option<Vec<Argument>>,
    /// As it stands in the file.
    text: String,
}

/// What stands between the parentheses of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Argument {
    template: Template,
    quoted: bool,
}

/// Why a text is not a template, or cannot be bound.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateError {
    /// `${` without its `}`.
    #[error("\"${{\" is never closed; write \"${{name}}\", or \"$${{\" for the characters themselves")]
    Unclosed,
    /// `${}`.
    #[error("\"${{}}\" names no variable; write for example \"${{sequence}}\"")]
    Empty,
    /// Parentheses or quotes that do not match.
    #[error("\"{text}\" is no call: {problem}; write for example \"${{random.int(1, 10)}}\"")]
    Call {
        /// The expression so far.
        text: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A name that nothing provides.
    #[error("unknown variable \"${{{name}}}\"{nearest}; known are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// `; did you mean ...`, or nothing.
        nearest: String,
        /// What could stand there.
        known: String,
    },
    /// A function that does not exist.
    #[error("unknown function \"{name}\"{nearest}; known are {known}")]
    UnknownFunction {
        /// The name.
        name: String,
        /// `; did you mean ...`, or nothing.
        nearest: String,
        /// What could stand there.
        known: String,
    },
    /// A function called with what it cannot take.
    #[error("\"{text}\": {problem}")]
    Argument {
        /// The expression.
        text: String,
        /// What is wrong, and what to write instead.
        problem: String,
    },
    /// An environment variable that is not set.
    #[error("\"${{env.{name}}}\": the environment has no variable {name}; set it, or write the value under [vars]")]
    NoEnvironment {
        /// Its name.
        name: String,
    },
    /// A variable whose value needs itself.
    #[error("it is defined through itself ({chain}); give one of them a value of its own")]
    ThroughItself {
        /// The variable.
        name: String,
        /// `a -> b -> a`.
        chain: String,
    },
    /// A variable that is drawn at an iteration's start, from what is only known later.
    #[error(
        "it draws a value at the iteration's start but needs \"{extracted}\", which an answer gives later; write the text where it is used"
    )]
    DrawsTooEarly {
        /// The variable.
        name: String,
        /// What it needs.
        extracted: String,
    },
}

impl TemplateError {
    /// A text that stands in the scenario file where the cause is.
    #[must_use]
    pub fn needle(&self) -> Option<String> {
        match self {
            Self::Unknown { name, .. } => Some(format!("${{{name}}}")),
            Self::NoEnvironment { name } => Some(format!("${{env.{name}}}")),
            Self::UnknownFunction { name, .. } => Some(format!("${{{name}(")),
            Self::Argument { text, .. } | Self::Call { text, .. } => Some(text.clone()),
            Self::ThroughItself { name, .. } | Self::DrawsTooEarly { name, .. } => Some(format!("{name} =")),
            Self::Unclosed | Self::Empty => None,
        }
    }
}

impl Template {
    /// The text itself, where nothing varies in it.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self(if text.is_empty() { Vec::new() } else { vec![Part::Literal(text.to_owned())] })
    }

    /// The literal text before the first expression.
    #[must_use]
    pub fn leading_literal(&self) -> &str {
        match self.0.first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// The whole text, when nothing varies in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether any literal part holds a character for which `found` is true.
    pub fn any_literal_char(&self, found: impl Fn(char) -> bool) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Literal(text) if text.contains(&found)))
    }

    /// Appends fixed text.
    pub fn push_literal(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Part::Literal(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Part::Literal(text.to_owned())),
        }
    }

    /// The same with its literal parts percent-encoded.
    #[must_use]
    pub fn percent_encoded(&self) -> Self {
        let mut encoded = Self(Vec::new());
        for part in &self.0 {
            match part {
                Part::Literal(text) => {
                    let mut bytes = text.as_bytes().to_vec();
                    escape::Escape::Percent.apply(&mut bytes, 0);
                    encoded.push_literal(&String::from_utf8_lossy(&bytes));
                }
                Part::Expression(_) => encoded.0.push(part.clone()),
            }
        }
        encoded
    }

    /// Appends what another template says.
    pub fn append(&mut self, other: &Self) {
        for part in &other.0 {
            match part {
                Part::Literal(text) => self.push_literal(text),
                Part::Expression(_) => self.0.push(part.clone()),
            }
        }
    }
}

/// A JSON body from a value of the file: every string in it is a template. One that is wholly a `${raw(...)}` stands
/// without quotes.
///
/// # Errors
/// [`TemplateError`] when a string is none.
pub fn json_body(value: &toml::Value) -> Result<Template, TemplateError> {
    let mut body = Template(Vec::new());
    write_json(value, &mut body)?;
    Ok(body)
}

fn write_json(value: &toml::Value, body: &mut Template) -> Result<(), TemplateError> {
    match value {
        toml::Value::String(text) => return write_json_string(text, body),
        toml::Value::Array(values) => {
            body.push_literal("[");
            for (at, value) in values.iter().enumerate() {
                body.push_literal(if at > 0 { "," } else { "" });
                write_json(value, body)?;
            }
            body.push_literal("]");
        }
        toml::Value::Table(table) => {
            body.push_literal("{");
            for (at, (name, value)) in table.iter().enumerate() {
                body.push_literal(if at > 0 { "," } else { "" });
                write_json_string(name, body)?;
                body.push_literal(":");
                write_json(value, body)?;
            }
            body.push_literal("}");
        }
        toml::Value::Datetime(moment) => body.push_literal(&format!("\"{moment}\"")),
        toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
            body.push_literal(&value.to_string());
        }
    }
    Ok(())
}

fn write_json_string(text: &str, body: &mut Template) -> Result<(), TemplateError> {
    let template = Template::parse(text)?;
    if let [Part::Expression(Expression { name, arguments: Some(_), .. })] = template.0.as_slice()
        && name == "raw"
    {
        body.append(&template);
        return Ok(());
    }
    body.push_literal("\"");
    for part in &template.0 {
        match part {
            Part::Literal(text) => {
                let quoted = serde_json::Value::from(text.as_str()).to_string();
                body.push_literal(&quoted[1..quoted.len() - 1]);
            }
            Part::Expression(_) => body.0.push(part.clone()),
        }
    }
    body.push_literal("\"");
    Ok(())
}

#[cfg(test)]
mod tests;
