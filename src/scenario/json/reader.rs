//! Reading JSON text once, without a tree.
//!
//! In: a body. Out: a node for every value, in the order in which they begin. Always holds: what `serde_json` refuses is
//! refused: broken grammar, bytes behind the value, what is no UTF-8, halves of surrogate pairs, numbers that no `f64`
//! reaches, and values in more than 127 others.

use super::outline::Node;
use super::plain::plain_length;

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

/// Goes through a body.
pub(super) struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    nodes: &'a mut Vec<Node>,
}

impl<'a> Reader<'a> {
    /// Adds to `nodes` what stands in `body`.
    pub(super) const fn new(body: &'a [u8], nodes: &'a mut Vec<Node>) -> Self {
        Self { body, at: 0, nodes }
    }

    /// Reads the body to its end; `None` where it is not JSON.
    pub(super) fn whole(&mut self) -> Option<()> {
        // Places are kept in 32 bits: no transport reads a longer body.
        u32::try_from(self.body.len()).ok()?;
        std::str::from_utf8(self.body).ok()?;
        self.space();
        self.value(Name::default(), DEPTH)?;
        self.space();
        (self.at == self.body.len()).then_some(())
    }

    fn value(&mut self, name: Name, depth: usize) -> Option<()> {
        let number = self.nodes.len();
        self.nodes.push(Node { name, start: self.at as u32, end: 0, next: 0 });
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }?;
        let next = self.nodes.len() as u32;
        let node = self.nodes.get_mut(number)?;
        (node.end, node.next) = (self.at as u32, next);
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let start = self.at as u32 + 1;
            let escaped = self.string()?;
            let name = Name { start, end: self.at as u32 - 1, escaped };
            self.space();
            self.expect(b':')?;
            self.space();
            self.value(name, depth)?;
            self.space();
            if !self.take(b',') {
                return self.expect(b'}');
            }
            self.space();
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Some(());
        }
        loop {
            self.value(Name::default(), depth)?;
            self.space();
            if !self.take(b',') {
                return self.expect(b']');
            }
            self.space();
        }
    }

    /// Past a string. Whether anything in it is escaped.
    fn string(&mut self) -> Option<bool> {
        self.expect(b'"')?;
        let mut escaped = false;
        loop {
            self.at += plain_length(&self.body[self.at..]);
            match self.peek()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
            escaped = true;
        }
        self.at += 1;
        Some(escaped)
    }

    /// Past an escape.
    fn escape(&mut self) -> Option<()> {
        let letter = *self.body.get(self.at + 1)?;
        self.at += 2;
        match letter {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => match self.unit()? {
                0xDC00..=0xDFFF => None,
                0xD800..=0xDBFF => {
                    self.word(b"\\u")?;
                    (0xDC00..=0xDFFF).contains(&self.unit()?).then_some(())
                }
                _ => Some(()),
            },
            _ => None,
        }
    }

    /// The four digits of a UTF-16 unit.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.body.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        let raised = self.take(b'e') || self.take(b'E');
        if raised {
            let _either_or_none = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let sure = !raised && self.at - start <= SURE_DIGITS;
        (sure || serde_json::from_slice::<f64>(&self.body[start..self.at]).is_ok()).then_some(())
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.body[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Past `word`, which must come next.
    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.body[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// Past `byte`, which must come next.
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// Past `byte`, if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let comes = self.peek() == Some(byte);
        self.at += usize::from(comes);
        comes
    }

    fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }
}
