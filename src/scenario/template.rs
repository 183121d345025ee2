//! Text with variables in it: `{"userId": ${charge.userId}}`.
//!
//! In: what stands in the file. Out: a [`Template`] of literal pieces and names; [`Template::resolve`] ties the names
//! to their sources once, and [`Bound::write`] fills them in without allocating. Always holds: a bound template has
//! no unknown name.

use crate::scenario::feeder::Permutation;

/// A text with named variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Written>);

/// One piece as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Written {
    Literal(String),
    Name(String),
}

/// A text whose variables are tied to their sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound(Vec<Piece>);

/// One piece of a bound text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Box<[u8]>),
    /// The iteration's number, unique in the run.
    Sequence,
    /// A column of the iteration's row in a feeder.
    Column {
        feeder: usize,
        column: usize,
    },
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
    /// A name that nothing provides.
    #[error("unknown variable \"${{{name}}}\"; known are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// What could stand there.
        known: String,
    },
}

/// What a template's names can mean.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Names the run in `${run.id}`.
    pub run_id: &'a str,
    /// Feeders by name, in the plan's order.
    pub feeders: &'a [(String, Permutation)],
}

/// The varying values of one iteration.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// The iteration's number, from 0.
    pub sequence: u64,
    /// The iteration's row in each feeder.
    pub rows: &'a [u64],
    /// The feeders themselves, in the plan's order.
    pub feeders: &'a [(String, Permutation)],
}

impl Template {
    /// Reads `text`; `$${` stands for the characters `${`.
    ///
    /// # Errors
    /// [`TemplateError::Unclosed`] and [`TemplateError::Empty`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                literal.push_str(&rest[..at]);
                literal.push('{');
                rest = &rest[at + 2..];
                continue;
            }
            literal.push_str(&rest[..at]);
            let end = rest[at..].find('}').ok_or(TemplateError::Unclosed)?;
            let name = rest[at + 2..at + end].trim();
            if name.is_empty() {
                return Err(TemplateError::Empty);
            }
            if !literal.is_empty() {
                pieces.push(Written::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Written::Name(name.to_owned()));
            rest = &rest[at + end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Written::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// The literal text before the first variable.
    #[must_use]
    pub fn leading_literal(&self) -> &str {
        match self.0.first() {
            Some(Written::Literal(text)) => text,
            _ => "",
        }
    }

    /// Whether any literal part holds a character for which `found` is true.
    pub fn any_literal_char(&self, found: impl Fn(char) -> bool) -> bool {
        self.0.iter().any(|piece| matches!(piece, Written::Literal(text) if text.contains(&found)))
    }

    /// Ties every name to its source.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`], with the names that exist.
    pub fn resolve(&self, names: Names<'_>) -> Result<Bound, TemplateError> {
        let pieces: Result<Vec<Piece>, TemplateError> = self.0.iter().map(|piece| names.bind(piece)).collect();
        let mut bound = Bound::default();
        pieces?.into_iter().for_each(|piece| bound.push(piece));
        Ok(bound)
    }
}

impl Names<'_> {
    fn bind(self, piece: &Written) -> Result<Piece, TemplateError> {
        let name = match piece {
            Written::Literal(text) => return Ok(Piece::Literal(text.as_bytes().into())),
            Written::Name(name) => name.as_str(),
        };
        match name {
            "sequence" => Ok(Piece::Sequence),
            "run.id" => Ok(Piece::Literal(self.run_id.as_bytes().into())),
            _ => self.column(name).ok_or_else(|| TemplateError::Unknown { name: name.to_owned(), known: self.known() }),
        }
    }

    fn column(self, name: &str) -> Option<Piece> {
        let (feeder_name, column_name) = name.split_once('.')?;
        let feeder = self.feeders.iter().position(|(name, _)| name == feeder_name)?;
        let column = self.feeders[feeder].1.column_named(column_name)?;
        Some(Piece::Column { feeder, column })
    }

    fn known(self) -> String {
        let columns = self
            .feeders
            .iter()
            .flat_map(|(feeder, values)| values.column_names().map(move |column| format!("${{{feeder}.{column}}}")));
        ["${run.id}".to_owned(), "${sequence}".to_owned()].into_iter().chain(columns).collect::<Vec<_>>().join(", ")
    }
}

impl Bound {
    /// Appends fixed bytes.
    pub fn push_literal(&mut self, text: &str) {
        self.push(Piece::Literal(text.as_bytes().into()));
    }

    /// Appends another bound text.
    pub fn append(&mut self, other: &Self) {
        other.0.iter().cloned().for_each(|piece| self.push(piece));
    }

    /// Appends a piece, joining neighbouring literals so that each is copied at once.
    fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Literal(last)), Piece::Literal(next)) => *last = [&**last, &*next].concat().into(),
            (_, piece) => self.0.push(piece),
        }
    }

    /// Appends the text for one iteration to `out`. Allocates nothing once `out` has grown.
    pub fn write(&self, draw: &Draw<'_>, out: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text),
                Piece::Sequence => out.extend_from_slice(itoa::Buffer::new().format(draw.sequence).as_bytes()),
                Piece::Column { feeder, column } => draw.feeders[*feeder].1.write(*column, draw.rows[*feeder], out),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> Result<Bound, TemplateError> {
        Template::parse(text)?.resolve(Names { run_id: "R7", feeders: &[] })
    }

    fn written(text: &str, sequence: u64) -> String {
        let mut out = Vec::new();
        bound(text).unwrap().write(&Draw { sequence, rows: &[], feeders: &[] }, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn variables_are_filled_in_where_they_stand() {
        assert_eq!(written("T-${run.id}-${ sequence }!", 42), "T-R7-42!");
        assert_eq!(written("no variables, only $ and { and }", 0), "no variables, only $ and { and }");
        assert_eq!(written("$${sequence}", 1), "${sequence}");
    }

    #[test]
    fn neighbouring_literals_become_one_piece() {
        assert_eq!(bound("a${run.id}b").unwrap().0.len(), 1);
    }

    #[test]
    fn an_unknown_or_unclosed_variable_is_an_error_that_names_the_known_ones() {
        let error = bound("${nobody}").unwrap_err().to_string();
        assert!(error.contains("${nobody}") && error.contains("${sequence}"), "{error}");
        assert_eq!(Template::parse("${oops"), Err(TemplateError::Unclosed));
        assert_eq!(Template::parse("${ }"), Err(TemplateError::Empty));
    }
}
