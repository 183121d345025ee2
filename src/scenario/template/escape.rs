//! Keeping a value inside the place where it stands.
//!
//! In: bytes that were just appended to a request. Out: the same bytes, rewritten in place where the request's syntax
//! would read them otherwise. Always holds: bytes that need no rewriting are looked at once and not moved.

use crate::scenario::json::plain_length;

/// Where a text stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The path of the URL; values are percent-encoded. Behind a `?` the text goes on as [`Self::Query`].
    Path,
    /// The query of the URL, or a form: values are percent-encoded.
    Query,
    /// The value of a header: values keep no line break or other control character.
    Header,
    /// A JSON body: inside quotes values are escaped as JSON strings, outside they stand as they are.
    Json,
    /// Anything else: values stand as they are.
    Plain,
}

/// How the value of one expression is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    None,
    Percent,
    /// Percent, but what an author wrote as a constant keeps its slashes.
    PercentConstant,
    Header,
    JsonString,
}

/// Follows the literal text of a template, to know what stands around its next expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings {
    place: Place,
    in_string: bool,
    escaped: bool,
}

impl Surroundings {
    pub(super) const fn new(place: Place) -> Self {
        Self { place, in_string: false, escaped: false }
    }

    /// Goes past literal text.
    pub(super) fn pass(&mut self, text: &str) {
        match self.place {
            Place::Path if text.contains('?') => self.place = Place::Query,
            Place::Json => text.bytes().for_each(|byte| self.pass_json(byte)),
            _ => {}
        }
    }

    const fn pass_json(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ => {}
        }
    }

    /// How a value that stands here is rewritten; `constant` if an author wrote it.
    pub(super) const fn escape(self, constant: bool) -> Escape {
        match self.place {
            Place::Path if constant => Escape::PercentConstant,
            Place::Path | Place::Query => Escape::Percent,
            Place::Header => Escape::Header,
            Place::Json if self.in_string => Escape::JsonString,
            Place::Json | Place::Plain => Escape::None,
        }
    }
}

impl Escape {
    /// How many bytes `byte` becomes.
    const fn width(self, byte: u8) -> usize {
        match self {
            Self::Percent if !unreserved(byte) => 3,
            Self::PercentConstant if !unreserved(byte) && byte != b'/' => 3,
            Self::JsonString => match byte {
                b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
                0..0x20 => 6,
                _ => 1,
            },
            _ => 1,
        }
    }

    /// Rewrites what stands in `out` from `from` on.
    pub(super) fn apply(self, out: &mut Vec<u8>, from: usize) {
        match self {
            Self::None => return,
            Self::Header => {
                out[from..].iter_mut().filter(|byte| byte.is_ascii_control()).for_each(|byte| *byte = b' ');
                return;
            }
            Self::JsonString if plain_length(&out[from..]) == out.len() - from => return,
            _ => {}
        }
        let wider: usize = out[from..].iter().map(|byte| self.width(*byte) - 1).sum();
        if wider == 0 {
            return;
        }
        let mut read = out.len();
        out.resize(read + wider, 0);
        let mut write = out.len();
        // From the end: what has not been read yet is never written over.
        while read > from {
            read -= 1;
            let byte = out[read];
            let width = self.width(byte);
            write -= width;
            self.put(byte, &mut out[write..write + width]);
        }
    }

    fn put(self, byte: u8, into: &mut [u8]) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
        match into {
            [one] => *one = byte,
            [percent, first, second] => [*percent, *first, *second] = [b'%', high, low],
            [slash, short] => {
                let letter = match byte {
                    b'\n' => b'n',
                    b'\r' => b'r',
                    b'\t' => b't',
                    other => other,
                };
                [*slash, *short] = [b'\\', letter];
            }
            long => long.copy_from_slice(&[b'\\', b'u', b'0', b'0', high, low]),
        }
    }
}

/// The characters that a URL never encodes (RFC 3986, section 2.3).
const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(escape: Escape, text: &str) -> String {
        let mut out = b"before ".to_vec();
        out.extend_from_slice(text.as_bytes());
        escape.apply(&mut out, 7);
        String::from_utf8(out.split_off(7)).unwrap()
    }

    #[test]
    fn a_value_cannot_leave_the_place_it_stands_in() {
        assert_eq!(escaped(Escape::Percent, "a/b?c=d&é"), "a%2Fb%3Fc%3Dd%26%C3%A9");
        assert_eq!(escaped(Escape::PercentConstant, "/api v1"), "/api%20v1");
        assert_eq!(escaped(Escape::Header, "a\r\nX: b"), "a  X: b");
        assert_eq!(escaped(Escape::None, "\"\r\n"), "\"\r\n");
    }

    proptest! {
        #[test]
        fn any_text_survives_a_json_string(text: String) {
            let json = format!("\"{}\"", escaped(Escape::JsonString, &text));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
