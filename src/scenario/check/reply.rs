//! What an answer says, as checks and extracts read it.

use crate::scenario::json::Document;
use crate::units::Micros;

/// A whole answer.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// Status line and headers, as they came.
    pub head: &'a [u8],
    /// The body without its framing.
    pub body: Document<'a>,
    /// First action to last byte.
    pub time: Micros,
}

/// The values of every header called `name` in an answer's head, in order.
pub fn headers<'a, 's>(head: &'a [u8], name: &'s str) -> impl Iterator<Item = &'a [u8]> + use<'a, 's> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    lines.filter_map(move |line| {
        let colon = memchr::memchr(b':', line)?;
        line[..colon].eq_ignore_ascii_case(name.as_bytes()).then(|| line[colon + 1..].trim_ascii())
    })
}

/// A part of an answer beside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Status line and header fields, as they were read.
    Headers,
    /// The words behind the status.
    Reason,
}

impl Part {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Reason => "reason",
        }
    }
}

impl<'a> Reply<'a> {
    /// A part of it; the body without one.
    #[must_use]
    pub fn part(&self, part: Option<Part>) -> &'a [u8] {
        match part {
            None => self.body.bytes(),
            Some(Part::Headers) => self.head,
            Some(Part::Reason) => {
                let line = self.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
                line.splitn(3, |byte| *byte == b' ').nth(2).unwrap_or_default().trim_ascii()
            }
        }
    }

    /// The values of every header called `name`, in order.
    pub fn headers<'s>(&self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + use<'a, 's> {
        headers(self.head, name)
    }

    /// The value that the answer gives the cookie called `name`.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a [u8]> {
        self.headers("set-cookie").find_map(|cookie| {
            let pair = cookie.split(|byte| *byte == b';').next()?;
            let equals = memchr::memchr(b'=', pair)?;
            (pair[..equals].trim_ascii() == name.as_bytes()).then(|| pair[equals + 1..].trim_ascii())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_behind_a_status_are_a_part_of_the_answer() {
        let reply = |head| Reply { status: 404, head, body: Document::unread(b"gone"), time: Micros::ZERO };
        assert_eq!(reply(b"HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n").part(Some(Part::Reason)), b"Not Found");
        assert_eq!(reply(b"HTTP/1.1 404\r\n\r\n").part(Some(Part::Reason)), b"");
        assert_eq!(reply(b"HTTP/1.1 404\r\n\r\n").part(None), b"gone");
    }

    #[test]
    fn headers_and_cookies_are_found_by_name() {
        let head = b"HTTP/1.1 200 OK\r\nX-A:  one \r\nSet-Cookie: a=1; Path=/\r\nx-a: two\r\nSet-Cookie: JSESSIONID=x=y; HttpOnly\r\n\r\n";
        let reply = Reply { status: 200, head, body: Document::unread(b""), time: Micros::ZERO };
        assert_eq!(reply.headers("x-A").collect::<Vec<_>>(), [b"one", b"two"]);
        assert_eq!(reply.cookie("JSESSIONID"), Some(&b"x=y"[..]));
        assert_eq!(reply.cookie("b"), None);
        assert_eq!(reply.headers("HTTP/1.1 200 OK").count(), 0);
    }
}
