//! The header fields that frame an answer.
//!
//! In: the headers of one answer. Out: how long its body is, and whether the connection may be kept. Always holds: what
//! is wrong with the framing is told, and judged only where there is a body; a head that is byte for byte that of the
//! answer before means what it meant there.

use httparse::Header;

use crate::attack::transport::answer::AnswerError;

/// The header fields that frame a body.
pub(super) struct Fields {
    pub(super) length: Option<u64>,
    pub(super) chunked: bool,
    pub(super) keep_alive: bool,
    /// What is wrong with the framing; it counts only where there is a body to be framed.
    pub(super) faulty: Option<AnswerError>,
}

/// The longest head that is remembered.
const MOST_KNOWN: usize = 1024;

/// The head of an earlier answer, and what it said. Within a second the heads of a service hardly differ, and comparing
/// is a twentieth of the work of reading.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownHead {
    /// With the blank line that ends it; empty where none is known.
    pub(super) head: Vec<u8>,
    status: u16,
    length: Option<u64>,
    chunked: bool,
    keep_alive: bool,
}

impl KnownHead {
    /// Status and fields of the answer that `read` begins with, if its head is the known one.
    pub(super) fn of(&self, read: &[u8]) -> Option<(u16, Fields)> {
        let Self { status, length, chunked, keep_alive, .. } = *self;
        let known = !self.head.is_empty() && read.starts_with(&self.head);
        known.then_some((status, Fields { length, chunked, keep_alive, faulty: None }))
    }

    /// Remembers a head in the place of the one before.
    pub(super) fn keep(&mut self, head: &[u8], (status, fields): (u16, &Fields)) {
        self.head.clear();
        if head.len() <= MOST_KNOWN && fields.faulty.is_none() {
            self.head.extend_from_slice(head);
            let Fields { length, chunked, keep_alive, .. } = *fields;
            (self.status, self.length, self.chunked, self.keep_alive) = (status, length, chunked, keep_alive);
        }
    }
}

impl Fields {
    pub(super) fn read(headers: &[Header<'_>], http_1_1: bool) -> Self {
        let mut fields = Self { length: None, chunked: false, keep_alive: http_1_1, faulty: None };
        for header in headers {
            // A switch on the length first: most headers need no comparison.
            match header.name.len() {
                14 if header.name.eq_ignore_ascii_case("content-length") => fields.content_length(header.value),
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
                    let last = tokens(header.value).last().unwrap_or_default();
                    fields.chunked = last.eq_ignore_ascii_case(b"chunked") && header.value.is_ascii();
                    // HTTP/1.0 knows no encodings: such a message is framed wrongly (RFC 9112, section 6.1).
                    if !fields.chunked || !http_1_1 {
                        let name = String::from_utf8_lossy(header.value).into_owned();
                        fields.faulty = Some(AnswerError::Encoding(name));
                    }
                }
                10 if header.name.eq_ignore_ascii_case("connection") => {
                    for token in tokens(header.value) {
                        if token.eq_ignore_ascii_case(b"close") {
                            fields.keep_alive = false;
                        } else if token.eq_ignore_ascii_case(b"keep-alive") && !http_1_1 {
                            fields.keep_alive = true;
                        }
                    }
                }
                _ => {}
            }
        }
        fields
    }

    fn content_length(&mut self, value: &[u8]) {
        let agree = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).all(|token| {
            let length = number(token);
            let earlier = self.length.or(length);
            self.length = length;
            length.is_some() && earlier == length
        });
        if !agree && !matches!(self.faulty, Some(AnswerError::Encoding(_))) {
            self.faulty = Some(AnswerError::Length(String::from_utf8_lossy(value).into_owned()));
        }
    }
}

/// The number that these digits write; `None` for anything else, and for more than fits.
fn number(digits: &[u8]) -> Option<u64> {
    let number = digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    });
    number.filter(|_| !digits.is_empty())
}

/// The members of a comma-separated list.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}
