//! Where every value of a JSON body stands, found in one pass.
//!
//! In: a body. Out: a [`Document`], in which any number of paths is looked up without reading the body again. Always
//! holds: a body that is not JSON to its last byte has no values at all, and what is JSON is what `serde_json` takes for
//! it; of two members of one name the last counts; nothing is allocated once the memory has grown, unless the name of a
//! member is written with escapes.

use super::Segment;
use super::reader::{Name, Reader};

/// Remembers where the values of a body stand. Its memory is used again for the next body.
#[derive(Clone, Debug, Default)]
pub struct Outline(Vec<Node>);

/// A body, and where its values stand.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    bytes: &'a [u8],
    /// In the order in which they begin; none where the body was not read, or is not JSON.
    nodes: &'a [Node],
}

/// A value of a body.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    document: Document<'a>,
    at: usize,
}

/// A member that there is more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twice;

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// What it is called in its object; empty in an array.
    pub(super) name: Name,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The number of the first node behind it and what it holds.
    pub(super) next: u32,
}

impl Outline {
    /// Reads a body.
    pub fn read<'a>(&'a mut self, body: &'a [u8]) -> Document<'a> {
        self.0.clear();
        if Reader::new(body, &mut self.0).whole().is_none() {
            self.0.clear();
        }
        Document { bytes: body, nodes: &self.0 }
    }
}

impl<'a> Document<'a> {
    /// A body in which nothing is looked up.
    #[must_use]
    pub const fn unread(bytes: &'a [u8]) -> Self {
        Self { bytes, nodes: &[] }
    }

    /// The body as it came.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The value that the body is.
    #[must_use]
    pub fn root(self) -> Option<Value<'a>> {
        (!self.nodes.is_empty()).then_some(Value { document: self, at: 0 })
    }

    /// The value that a plain path names.
    pub(super) fn find(self, segments: &[Segment]) -> Option<Value<'a>> {
        segments.iter().try_fold(self.root()?, |value, segment| match segment {
            Segment::Member(name) => value.member(name),
            Segment::Index(index) => value.element(*index),
        })
    }

    /// The first node in `at..end` that is called `name`, of those that stand beside the one at `at`.
    fn named(self, mut at: usize, end: usize, name: &str) -> Option<usize> {
        while at < end {
            let node = &self.nodes[at];
            if self.is_called(&node.name, name) {
                return Some(at);
            }
            at = node.next as usize;
        }
        None
    }

    fn is_called(self, written: &Name, name: &str) -> bool {
        let Name { start, end, escaped } = *written;
        let (start, end) = (start as usize, end as usize);
        if escaped {
            return is_written(&self.bytes[start - 1..end + 1], name);
        }
        // Lengths first: most names differ there.
        end - start == name.len() && &self.bytes[start..end] == name.as_bytes()
    }
}

impl<'a> Value<'a> {
    /// As it stands in the body.
    #[must_use]
    pub fn json(self) -> &'a [u8] {
        let Node { start, end, .. } = self.document.nodes[self.at];
        &self.document.bytes[start as usize..end as usize]
    }

    /// Whether it has members.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.begins_with(b'{')
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.begins_with(b'"')
    }

    /// Whether it is this text.
    #[must_use]
    pub fn says(self, text: &str) -> bool {
        is_written(self.json(), text)
    }

    /// Its member called `name`, where it has one.
    ///
    /// # Errors
    /// [`Twice`] where it has several.
    pub fn sole(self, name: &str) -> Result<Option<Self>, Twice> {
        let Some(first) = self.next_member(self.at, name) else { return Ok(None) };
        if self.next_member(first.at, name).is_some() { Err(Twice) } else { Ok(Some(first)) }
    }

    /// Its last member called `name`.
    fn member(self, name: &str) -> Option<Self> {
        let mut last = self.next_member(self.at, name)?;
        while let Some(next) = self.next_member(last.at, name) {
            last = next;
        }
        Some(last)
    }

    /// Its first member called `name` behind the one at `at`; of all where that is itself.
    fn next_member(self, at: usize, name: &str) -> Option<Self> {
        let Self { document, at: own } = self;
        let end = document.nodes[own].next as usize;
        let from = if at == own { own + 1 } else { document.nodes[at].next as usize };
        // Nothing in an array or a text is called anything, but a name may be empty.
        let at = if self.is_object() { document.named(from, end, name)? } else { return None };
        Some(Self { document, at })
    }

    fn element(self, index: usize) -> Option<Self> {
        let Self { document, at: own } = self;
        let (mut at, end) = (own + 1, document.nodes[own].next as usize);
        for _ in 0..index {
            at = document.nodes.get(at).filter(|_| at < end)?.next as usize;
        }
        (at < end && self.begins_with(b'[')).then_some(Self { document, at })
    }

    fn begins_with(self, byte: u8) -> bool {
        self.document.bytes.get(self.document.nodes[self.at].start as usize) == Some(&byte)
    }
}

/// Whether a JSON string is how `text` is written.
fn is_written(json: &[u8], text: &str) -> bool {
    let [b'"', inner @ .., b'"'] = json else { return false };
    inner == text.as_bytes()
        || (memchr::memchr(b'\\', inner).is_some() && serde_json::from_slice::<String>(json).is_ok_and(|is| is == text))
}
