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

/// An outline that had more nodes gives its memory back before it is used again: there is one a user.
const KEPT_NODES: usize = 16_384;

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
        if self.0.capacity() > KEPT_NODES {
            // Room that a rare large body took is given back.
            self.0.shrink_to(0);
        }
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

    /// Its members of these names, found in one pass.
    ///
    /// # Errors
    /// [`Twice`] where it has several of one name.
    pub fn members<const N: usize>(self, names: [&str; N]) -> Result<[Option<Self>; N], Twice> {
        let mut found = [None; N];
        for (at, written) in self.names() {
            for (name, found) in names.iter().zip(&mut found) {
                if self.document.is_called(written, name) && found.replace(Self { at, ..self }).is_some() {
                    return Err(Twice);
                }
            }
        }
        Ok(found)
    }

    /// Its last member called `name`.
    fn member(self, name: &str) -> Option<Self> {
        let called = self.names().filter(|(_, written)| self.document.is_called(written, name));
        called.last().map(|(at, _)| Self { at, ..self })
    }

    /// Where its members stand, and what they are called. Of an array or a text none: a name may be empty.
    fn names(self) -> impl Iterator<Item = (usize, &'a Name)> {
        let nodes = self.document.nodes;
        let end = if self.is_object() { nodes[self.at].next as usize } else { 0 };
        let mut next = self.at + 1;
        std::iter::from_fn(move || {
            let (at, node) = (next, nodes.get(next).filter(|_| next < end)?);
            next = node.next as usize;
            Some((at, &node.name))
        })
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
