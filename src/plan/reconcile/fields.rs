//! The fields of a request, as far as they are known before it is sent.
//!
//! In: a planned step and the name of a field. Out: the field's value as bytes and places that vary, and what of it names
//! the request. Always holds: a field that is not there once is refused.

use super::Identity;
use super::resolve::refused;
use crate::plan::{PlanError, PlannedStep};
use crate::scenario::template::{Bound, Outline};

/// One byte of a request, or one value that varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Byte(u8),
    Sequence,
    Column { feeder: usize, column: usize },
    Other,
}

impl Token {
    pub(super) const fn byte(self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(byte),
            _ => None,
        }
    }

    fn is_one_of(self, bytes: &[u8]) -> bool {
        self.byte().is_some_and(|byte| bytes.contains(&byte))
    }
}

fn tokens(text: &Bound) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in text.outline() {
        match piece {
            Outline::Fixed(bytes) => tokens.extend(bytes.iter().map(|byte| Token::Byte(*byte))),
            Outline::Sequence => tokens.push(Token::Sequence),
            Outline::Column { feeder, column } => tokens.push(Token::Column { feeder, column }),
            Outline::Drawn { .. } | Outline::Other => tokens.push(Token::Other),
        }
    }
    tokens
}

/// The value of a request's field: a member of its JSON body, a name of its form or query, or a header.
pub(super) fn field_of(step: &PlannedStep, field: &str) -> Result<Vec<Token>, PlanError> {
    let body = step.body.as_ref().map(tokens).unwrap_or_default();
    let path = tokens(&step.path);
    let member: Vec<u8> = format!("\"{field}\"").into_bytes();
    let mut found: Vec<Vec<Token>> =
        places(&body, &member).filter_map(|behind| member_value(&body[behind..])).collect();
    for text in [&body, &path] {
        let name = format!("{field}=").into_bytes();
        let starts = |at: usize| at == name.len() || text[at - name.len() - 1].is_one_of(b"?&");
        found.extend(places(text, &name).filter(|at| starts(*at)).map(|behind| until(&text[behind..], b"&")));
    }
    let headers = step.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(field));
    found.extend(headers.map(|(_, value)| tokens(value)));
    match <[Vec<Token>; 1]>::try_from(found) {
        Ok([value]) => Ok(value),
        Err(found) => {
            let many = if found.is_empty() { "no" } else { "more than one" };
            let problem = format!(
                "step \"{}\" sends {many} field \"{field}\"; name one of its body, form, query or headers",
                step.name
            );
            Err(refused(&format!("\"{field}\""), &problem))
        }
    }
}

/// Where `text` goes on behind each place of `needle`.
fn places<'a>(text: &'a [Token], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let is_there =
        move |at: &usize| text[*at..*at + needle.len()].iter().map(|t| t.byte()).eq(needle.iter().map(|b| Some(*b)));
    (0..(text.len() + 1).saturating_sub(needle.len())).filter(is_there).map(move |at| at + needle.len())
}

/// What stands behind a member's name: a text without its quotes, or a number.
fn member_value(behind: &[Token]) -> Option<Vec<Token>> {
    let skip = |text: &[Token]| text.iter().take_while(|token| token.is_one_of(b" \t\r\n")).count();
    let behind = &behind[skip(behind)..];
    let behind = behind.strip_prefix(&[Token::Byte(b':')])?;
    let behind = &behind[skip(behind)..];
    Some(match behind.strip_prefix(&[Token::Byte(b'"')]) {
        Some(text) => until(text, b"\""),
        None => until(behind, b",}] \t\r\n"),
    })
}

fn until(text: &[Token], ends: &[u8]) -> Vec<Token> {
    text.iter().take_while(|token| !token.is_one_of(ends)).copied().collect()
}

/// What a request's field says: the run's id and the iteration's number, with fixed text around them.
pub(super) fn identity(step: &PlannedStep, field: &str, run_id: &str) -> Result<Identity, PlanError> {
    let value = field_of(step, field)?;
    let mut sides = value.splitn(2, |token| *token == Token::Sequence);
    let side = |side: Option<&[Token]>| {
        side.and_then(|side| String::from_utf8(side.iter().map(|token| token.byte()).collect::<Option<_>>()?).ok())
    };
    let sides = (side(sides.next()), side(sides.next()));
    match sides {
        (Some(prefix), Some(suffix)) if prefix.contains(run_id) || suffix.contains(run_id) => {
            Ok(Identity { prefix, suffix })
        }
        _ => {
            let problem = format!(
                "step \"{}\": field \"{field}\" must name each request of each run apart; \
                 write for example \"{field}\": \"${{run.id}}-${{sequence}}\"",
                step.name
            );
            Err(refused(&format!("\"{field}\""), &problem))
        }
    }
}
