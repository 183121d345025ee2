//! Scripts as tokens.
//!
//! In: text. Out: [`Token`]s, lines told apart, comments gone. Always holds: every text has tokens, or a reason.

use super::Outside;

/// The most tokens of a script.
const MOST: usize = 20_000;
/// The longer first.
const SIGNS: [&str; 47] = [
    "===", "!==", "<=>", "==~", "...", "..<", "..", "==", "!=", "<=", ">=", "&&", "||", "?:", "?.", "++", "--", "+=",
    "-=", "*=", "/=", "=~", "->", "<<", ">>", "**", "(", ")", "[", "]", "{", "}", ",", ".", "?", ":", "=", "<", ">",
    "+", "-", "*", "/", "%", "!", "&", "|",
];

/// A part of a text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inner {
    Plain(String),
    /// What stands in `${...}`, and whether the language itself would replace it.
    Dollar(String, bool),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(Vec<Inner>),
    /// `${...}` outside of quotes.
    Reference(String),
    Number(String),
    Sign(&'static str),
    /// The end of a line, or a `;`.
    Line,
}

/// Takes a script apart.
pub(super) fn tokens(text: &str, interpolates: bool) -> Result<Vec<Token>, Outside> {
    let mut reader = Reader { rest: text, interpolates };
    let mut out = Vec::new();
    while let Some(token) = reader.next()? {
        if out.len() >= MOST {
            return Err(Outside::new("it is longer than a script that is lifted"));
        }
        out.push(token);
    }
    Ok(out)
}

struct Reader<'t> {
    rest: &'t str,
    interpolates: bool,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<Token>, Outside> {
        loop {
            let trimmed = self.rest.trim_start_matches([' ', '\t', '\r', '\u{feff}', '\u{a0}']);
            self.rest = trimmed;
            if let Some(comment) = trimmed.strip_prefix("//") {
                self.rest = &comment[comment.find('\n').unwrap_or(comment.len())..];
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                let end = comment.find("*/").ok_or_else(|| Outside::new("a comment that is never closed"))?;
                self.rest = &comment[end + 2..];
            } else {
                break;
            }
        }
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let token = match first {
            '\n' | ';' => {
                self.rest = &self.rest[1..];
                Token::Line
            }
            '\'' | '"' => self.quoted(first)?,
            '$' if self.rest.starts_with("${") => Token::Reference(self.dollar()?),
            c if c.is_ascii_digit() => Token::Number(self.number()),
            c if c.is_alphabetic() || matches!(c, '_' | '$') => {
                Token::Word(self.while_of(|c| c.is_alphanumeric() || c == '_' || c == '$'))
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| self.rest.starts_with(**sign));
                let sign = sign.ok_or_else(|| Outside::new(format!("\"{first}\"")))?;
                self.rest = &self.rest[sign.len()..];
                Token::Sign(sign)
            }
        };
        Ok(Some(token))
    }

    /// A number; a point that begins a range or a call is no part of it.
    fn number(&mut self) -> String {
        let mut number = self.while_of(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut behind = self.rest.chars();
        if behind.next() == Some('.') && behind.next().is_some_and(|c| c.is_ascii_digit()) {
            self.rest = &self.rest[1..];
            number.push('.');
            number.push_str(&self.while_of(|c| c.is_ascii_alphanumeric() || c == '_'));
        }
        number
    }

    fn while_of(&mut self, goes_on: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !goes_on(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn quoted(&mut self, quote: char) -> Result<Token, Outside> {
        let thrice = [quote; 3].iter().collect::<String>();
        let close = if self.rest.starts_with(&thrice) { thrice } else { quote.to_string() };
        self.rest = &self.rest[close.len()..];
        let own = self.interpolates && quote == '"';
        let (mut parts, mut plain) = (Vec::new(), String::new());
        loop {
            if let Some(rest) = self.rest.strip_prefix(close.as_str()) {
                self.rest = rest;
                break;
            }
            let mut rest = self.rest.chars();
            match rest.next() {
                None => return Err(Outside::new("a quote that is never closed")),
                Some('\n') if close.len() == 1 => return Err(Outside::new("a quote that is never closed")),
                Some('\\') => {
                    plain.push(escaped(rest.next().ok_or_else(|| Outside::new("a quote that is never closed"))?)?);
                    self.rest = rest.as_str();
                }
                Some('$') if self.rest.starts_with("${") => {
                    parts.extend(Some(Inner::Plain(std::mem::take(&mut plain))));
                    parts.push(Inner::Dollar(self.dollar()?, own));
                }
                Some('$') if own && rest.as_str().starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                    self.rest = rest.as_str();
                    parts.extend(Some(Inner::Plain(std::mem::take(&mut plain))));
                    parts.push(Inner::Dollar(self.while_of(|c| c.is_alphanumeric() || c == '_'), true));
                }
                Some(other) => {
                    plain.push(other);
                    self.rest = rest.as_str();
                }
            }
        }
        parts.push(Inner::Plain(plain));
        parts.retain(|part| !matches!(part, Inner::Plain(text) if text.is_empty()));
        Ok(Token::Text(parts))
    }

    /// What stands in `${...}`, braces and quotes inside of it counted.
    fn dollar(&mut self) -> Result<String, Outside> {
        let inner = &self.rest["${".len()..];
        let (mut depth, mut quote) = (0_usize, None);
        for (at, c) in inner.char_indices() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '{') => depth += 1,
                (None, '}') if depth > 0 => depth -= 1,
                (None, '}') => {
                    self.rest = &inner[at + 1..];
                    return Ok(inner[..at].to_owned());
                }
                _ => {}
            }
        }
        Err(Outside::new("\"${\" that is never closed"))
    }
}

fn escaped(c: char) -> Result<char, Outside> {
    match c {
        'n' => Ok('\n'),
        't' => Ok('\t'),
        'r' => Ok('\r'),
        '\\' | '\'' | '"' | '$' | '/' => Ok(c),
        other => Err(Outside::new(format!("\"\\{other}\" in a text"))),
    }
}
