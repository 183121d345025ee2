//! Reading JSON text once, without a tree.
//!
//! In: a body. Out: a node for every value, in the order in which they begin. Always holds: what `serde_json` refuses is
//! refused: broken grammar, bytes behind the value, what is no UTF-8, halves of surrogate pairs, numbers that no `f64`
//! reaches, and values in more than 127 others.

use super::outline::Node;
use super::plain::{digits_length, plain_length};

/// How many objects and arrays may stand in one another.
const DEPTH: usize = 127;
/// The length up to which a number without an exponent is in range.
const SURE_DIGITS: usize = 300;

/// Where the name of a member stands, without its quotes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Name {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) escaped: bool,
}

/// Goes through a body. Places are handed on and not kept, so that they stay in registers.
pub(super) struct Reader<'a> {
    body: &'a [u8],
    nodes: &'a mut Vec<Node>,
}

impl<'a> Reader<'a> {
    /// Adds to `nodes` what stands in `body`.
    pub(super) const fn new(body: &'a [u8], nodes: &'a mut Vec<Node>) -> Self {
        Self { body, nodes }
    }

    /// Reads the body to its end; `None` where it is not JSON.
    pub(super) fn whole(&mut self) -> Option<()> {
        // Places are kept in 32 bits: no transport reads a longer body.
        u32::try_from(self.body.len()).ok()?;
        std::str::from_utf8(self.body).ok()?;
        let end = self.value(past_space(self.body, 0), Name::default(), DEPTH)?;
        (past_space(self.body, end) == self.body.len()).then_some(())
    }

    /// Past the value at `at`.
    fn value(&mut self, at: usize, name: Name, depth: usize) -> Option<usize> {
        let first = *self.body.get(at)?;
        let number = self.nodes.len();
        let node = |end: usize, next: usize| Node { name, start: at as u32, end: end as u32, next: next as u32 };
        if let b'{' | b'[' = first {
            self.nodes.push(node(at, number));
            let depth = depth.checked_sub(1)?;
            let end = if first == b'{' { self.object(at, depth)? } else { self.array(at, depth)? };
            let next = self.nodes.len();
            *self.nodes.get_mut(number)? = node(end, next);
            return Some(end);
        }
        let end = match first {
            b'"' => past_string(self.body, at)?.0,
            b't' => past_word(self.body, at, b"true")?,
            b'f' => past_word(self.body, at, b"false")?,
            b'n' => past_word(self.body, at, b"null")?,
            _ => past_number(self.body, at)?,
        };
        self.nodes.push(node(end, number + 1));
        Some(end)
    }

    fn object(&mut self, at: usize, depth: usize) -> Option<usize> {
        let mut at = past_space(self.body, at + 1);
        if self.body.get(at) == Some(&b'}') {
            return Some(at + 1);
        }
        loop {
            let (end, escaped) = past_string(self.body, at)?;
            let name = Name { start: at as u32 + 1, end: end as u32 - 1, escaped };
            at = past_space(self.body, past_byte(self.body, past_space(self.body, end), b':')?);
            at = past_space(self.body, self.value(at, name, depth)?);
            match self.body.get(at)? {
                b',' => at = past_space(self.body, at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn array(&mut self, at: usize, depth: usize) -> Option<usize> {
        let mut at = past_space(self.body, at + 1);
        if self.body.get(at) == Some(&b']') {
            return Some(at + 1);
        }
        loop {
            at = past_space(self.body, self.value(at, Name::default(), depth)?);
            match self.body.get(at)? {
                b',' => at = past_space(self.body, at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }
}

/// Past the string at `at`, and whether anything in it is escaped.
fn past_string(body: &[u8], at: usize) -> Option<(usize, bool)> {
    let from = past_byte(body, at, b'"')?;
    let end = from + plain_length(&body[from..]);
    if body.get(end) == Some(&b'"') { Some((end + 1, false)) } else { Some((past_escaped(body, end)?, true)) }
}

/// Past the string that goes on at `at` with an escape, if with anything. Apart, so that strings without one cost less.
#[cold]
#[inline(never)]
fn past_escaped(body: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match body.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at = past_escape(body, at)?,
            _ => return None,
        }
        at += plain_length(&body[at..]);
    }
}

/// Past the escape at `at`.
fn past_escape(body: &[u8], at: usize) -> Option<usize> {
    match body.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => match unit(body, at + 2)? {
            0xDC00..=0xDFFF => None,
            0xD800..=0xDBFF => {
                let second = past_word(body, at + 6, b"\\u")?;
                (0xDC00..=0xDFFF).contains(&unit(body, second)?).then_some(second + 4)
            }
            _ => Some(at + 6),
        },
        _ => None,
    }
}

/// The UTF-16 unit whose four digits stand at `at`.
fn unit(body: &[u8], at: usize) -> Option<u32> {
    let digits = body.get(at..at + 4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

fn past_number(body: &[u8], start: usize) -> Option<usize> {
    let at = start + usize::from(body[start] == b'-');
    let mut at = if body.get(at) == Some(&b'0') { at + 1 } else { past_digits(body, at)? };
    if body.get(at) == Some(&b'.') {
        at = past_digits(body, at + 1)?;
    }
    let raised = matches!(body.get(at), Some(b'e' | b'E'));
    if raised {
        let signed = matches!(body.get(at + 1), Some(b'+' | b'-'));
        at = past_digits(body, at + 1 + usize::from(signed))?;
    }
    let sure = !raised && at - start <= SURE_DIGITS;
    (sure || serde_json::from_slice::<f64>(&body[start..at]).is_ok()).then_some(at)
}

/// Past the digits at `at`, of which there must be one.
fn past_digits(body: &[u8], at: usize) -> Option<usize> {
    let count = digits_length(body.get(at..)?);
    (count > 0).then_some(at + count)
}

fn past_space(body: &[u8], mut at: usize) -> usize {
    while matches!(body.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Past `word`, which must stand at `at`.
fn past_word(body: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    body.get(at..)?.starts_with(word).then_some(at + word.len())
}

/// Past `byte`, which must stand at `at`.
fn past_byte(body: &[u8], at: usize, byte: u8) -> Option<usize> {
    (body.get(at) == Some(&byte)).then_some(at + 1)
}
