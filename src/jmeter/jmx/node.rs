//! XML read without losing anything a plan may hold.
//!
//! In: bytes. Out: a tree of [`Node`]s, each with its line. Always holds: bytes that are no XML end in a [`Flaw`] with
//! line and column, never in a panic, and nesting is bounded; references to characters that XML forbids are read, as
//! JMeter's parser reads them.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::jmeter::text::unescaped;

/// Deeper than any plan that a tool can show.
const DEEPEST: usize = 400;

/// An XML element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) tag: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Everything that stands in it beside its children, as one text.
    pub(super) text: String,
    pub(super) children: Vec<Node>,
    /// Where it begins, from 1.
    pub(super) line: usize,
}

/// Why bytes are no XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) cause: String,
}

impl Node {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads the one element that `text` holds.
pub(super) fn parse(text: &str) -> Result<Node, Flaw> {
    let mut reader = Reader::from_str(text);
    let mut place = Place { text, offset: 0, line: 1 };
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    loop {
        let before = position(&reader);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(before);
            flaw(text, at, error.to_string())
        })?;
        let line = place.line_at(before);
        let closed = match event {
            Event::Start(start) => {
                open.push(node(&start, line).map_err(|cause| flaw(text, before, cause))?);
                None
            }
            Event::Empty(start) => Some(node(&start, line).map_err(|cause| flaw(text, before, cause))?),
            Event::End(_) => open.pop(),
            Event::Text(part) => add_text(&mut open, &unescaped(&String::from_utf8_lossy(&part))),
            Event::CData(part) => add_text(&mut open, &String::from_utf8_lossy(&part)),
            Event::GeneralRef(name) => {
                let text_of = reference(&name).map_err(|cause| flaw(text, before, cause))?;
                add_text(&mut open, &text_of)
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => None,
        };
        if open.len() > DEEPEST {
            return Err(flaw(text, before, format!("elements are nested over {DEEPEST} deep")));
        }
        match (closed, open.last_mut()) {
            (Some(node), Some(parent)) => parent.children.push(node),
            (Some(_), None) if root.is_some() => {
                return Err(flaw(text, before, "there is more than one outermost element".to_owned()));
            }
            (Some(node), None) => root = Some(node),
            (None, _) => {}
        }
    }
    if let Some(node) = open.last() {
        return Err(flaw(text, text.len(), format!("the file ends inside <{}> of line {}", node.tag, node.line)));
    }
    root.ok_or_else(|| flaw(text, text.len(), "there is no element".to_owned()))
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Adds to the text of the innermost open element.
fn add_text(open: &mut [Node], text: &str) -> Option<Node> {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
    None
}

fn reference(name: &BytesRef<'_>) -> Result<String, String> {
    let raw = format!("&{};", String::from_utf8_lossy(name));
    let text = unescaped(&raw).into_owned();
    if text == raw { Err(format!("{raw} names no character")) } else { Ok(text) }
}

fn node(start: &BytesStart<'_>, line: usize) -> Result<Node, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("an attribute cannot be read: {error}"))?;
        attributes.push((text(attribute.key.as_ref()), unescaped(&text(&attribute.value)).into_owned()));
    }
    Ok(Node { tag: text(start.name().as_ref()), attributes, line, ..Node::default() })
}

/// Line and column of a byte, both from 1, the column in characters.
fn flaw(text: &str, at: usize, cause: String) -> Flaw {
    let before = &text[..text.floor_char_boundary(at.min(text.len()))];
    let since = before.rfind('\n').map_or(0, |at| at + 1);
    Flaw { line: before.matches('\n').count() + 1, column: before[since..].chars().count() + 1, cause }
}

/// Counts lines as the reader goes on.
struct Place<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl Place<'_> {
    fn line_at(&mut self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let passed = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.offset = self.offset.max(offset);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_forbids_are_read_as_jmeter_reads_them() {
        let node = parse("<a b=\"&#x1f;&lt;\">x&#x0;y&amp;<![CDATA[<z>]]></a>").unwrap();
        assert_eq!(node.attribute("b"), Some("\u{1f}<"));
        assert_eq!(node.text, "x\0y&<z>");
    }

    #[test]
    fn every_element_knows_its_line() {
        let node = parse("<?xml version=\"1.0\"?>\n<a>\n  <b/>\n\n  <c\n d=\"1\"><e/></c></a>").unwrap();
        let lines = [node.line, node.children[0].line, node.children[1].line, node.children[1].children[0].line];
        assert_eq!(lines, [2, 3, 5, 6]);
    }

    #[test]
    fn what_is_no_xml_is_refused_with_its_place() {
        let deep = "<a>".repeat(10_000);
        for (text, line, column, part) in [
            ("", 1, 1, "no element"),
            ("<a>\n<b>\n</a>", 3, 1, "expected `</b>`"),
            ("<a>\n  <b>", 2, 6, "ends inside <b> of line 2"),
            ("<a/><b/>", 1, 5, "more than one"),
            ("<a>&nbsp;</a>", 1, 4, "&nbsp; names no character"),
            ("<a b=1/>", 1, 1, "attribute"),
            (deep.as_str(), 1, 1_201, "over 400 deep"),
        ] {
            let flaw = parse(text).unwrap_err();
            let shown = &text[..text.len().min(40)];
            assert!(flaw.cause.contains(part), "{shown}: {flaw:?}");
            assert_eq!((flaw.line, flaw.column), (line, column), "{shown}: {flaw:?}");
        }
    }
}
