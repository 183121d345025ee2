//! Framing an HTTP/1.1 answer.
//!
//! In: bytes as they arrive, in pieces of any size. Out: the status, where the body lies, and whether the connection
//! may carry another request. Always holds: the same answer comes out however the bytes were split; head and body are
//! bounded. Follows RFC 9112, section 6.3.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Header, ParserConfig, Response, Status};

use crate::attack::transport::chunk::size_line;
use crate::attack::transport::fields::{Fields, KnownHead};

/// The longest head that is read.
pub const MOST_HEAD: usize = 64 * 1024;
/// The longest body that is read.
pub const MOST_BODY: usize = 16 * 1024 * 1024;
/// The longest that interim answers may be together.
const MOST_INTERIM: usize = 4 * MOST_HEAD;
/// The most that the framing of chunks may take beside their data.
const MOST_FRAMING: usize = MOST_BODY;
/// The most headers that are read.
const MOST_HEADERS: usize = 100;
/// The longest line of a chunk's size, extensions and all; and the longest trailer.
pub(super) const MOST_CHUNK_LINE: usize = 16 * 1024;

/// Why bytes are not an answer.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum AnswerError {
    #[error("the answer is not HTTP/1.1: {0}")]
    Head(httparse::Error),
    #[error("the answer's head is longer than {MOST_HEAD} bytes")]
    LongHead,
    #[error("the answer's body is longer than {MOST_BODY} bytes")]
    LongBody,
    #[error("the answer's content-length \"{0}\" is no number, or is given twice with different values")]
    Length(String),
    #[error("the answer's transfer-encoding \"{0}\" is not known")]
    Encoding(String),
    #[error("the answer's chunk size is malformed")]
    Chunk,
}

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    Partial,
    /// Whole.
    Whole,
}

/// The state of one answer being read.
#[derive(Clone, Debug)]
pub struct Framing {
    is_head: bool,
    state: State,
    status: u16,
    keep_alive: bool,
    /// Where the final head lies.
    head: Range<usize>,
    /// Where the body lies: in what was read or, for chunks, in `body`.
    span: Range<usize>,
    /// A chunked body without its framing.
    body: Vec<u8>,
    chunked: bool,
    known: KnownHead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The head begins at this offset; before it lie interim answers.
    Head { from: usize },
    /// The body ends at this offset.
    Length { until: usize },
    /// The body ends with the connection.
    Close,
    /// A chunk's size begins at this offset.
    ChunkSize { at: usize },
    /// A chunk's data begins at this offset.
    ChunkData { at: usize, length: usize },
    /// The trailer's next line begins at this offset.
    Trailer { at: usize, from: usize },
    /// The answer ends at this offset.
    Done { end: usize },
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            is_head: false,
            state: State::Head { from: 0 },
            status: 0,
            keep_alive: false,
            head: 0..0,
            span: 0..0,
            body: Vec::new(),
            chunked: false,
            known: KnownHead::default(),
        }
    }
}

impl Framing {
    /// Forgets the last answer, keeping the memory.
    pub fn restart(&mut self, is_head: bool) {
        self.body.clear();
        let (body, known) = (std::mem::take(&mut self.body), std::mem::take(&mut self.known));
        *self = Self { is_head, body, known, ..Self::default() };
    }

    /// Looks at everything read so far: `read` begins with the answer's first byte and only ever grows.
    ///
    /// # Errors
    /// [`AnswerError`] when it can no longer become an answer.
    pub fn advance(&mut self, read: &[u8]) -> Result<Progress, AnswerError> {
        loop {
            let before = self.state;
            match self.state {
                State::Head { from } => self.head(read, from)?,
                State::Length { until } if read.len() >= until => self.state = State::Done { end: until },
                State::Length { .. } => {}
                State::Close => self.until_close(read)?,
                State::ChunkSize { at } => self.chunk_size(read, at)?,
                State::ChunkData { at, length } => self.chunk_data(read, at, length)?,
                State::Trailer { at, from } => self.trailer(read, at, from)?,
                State::Done { .. } => return Ok(Progress::Whole),
            }
            if self.state == before {
                return Ok(Progress::Partial);
            }
        }
    }

    /// The connection was closed after `read`. Whether that makes the answer whole.
    pub fn closed(&mut self, read: &[u8]) -> bool {
        if self.state == State::Close {
            self.state = State::Done { end: read.len() };
        }
        matches!(self.state, State::Done { .. })
    }

    /// HTTP status; meaningful once whole.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// Status line and header fields, without interim answers; meaningful once whole.
    #[must_use]
    pub fn head_of<'a>(&self, read: &'a [u8]) -> &'a [u8] {
        read.get(self.head.clone()).unwrap_or_default()
    }

    /// The body; meaningful once whole.
    #[must_use]
    pub fn body<'a>(&'a self, read: &'a [u8]) -> &'a [u8] {
        if self.chunked { &self.body } else { read.get(self.span.clone()).unwrap_or_default() }
    }

    /// Whether the connection may carry another request: the server keeps it, and sent nothing behind this answer.
    #[must_use]
    pub fn reusable(&self, read: &[u8]) -> bool {
        self.keep_alive && matches!(self.state, State::Done { end } if end == read.len())
    }

    fn head(&mut self, read: &[u8], from: usize) -> Result<(), AnswerError> {
        if let Some((status, fields)) = self.known.of(&read[from..]) {
            return self.found(status, from..from + self.known.head.len(), fields);
        }
        // Left uninitialised: clearing them for every answer would cost more than parsing a short head.
        let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MOST_HEADERS];
        let mut response = Response::new(&mut []);
        let parsed =
            ParserConfig::default().parse_response_with_uninit_headers(&mut response, &read[from..], &mut headers);
        let length = match parsed.map_err(AnswerError::Head)? {
            // Refused whole as it would be in pieces.
            Status::Complete(length) if length > MOST_HEAD => return Err(AnswerError::LongHead),
            Status::Complete(length) => length,
            Status::Partial if read.len() - from > MOST_HEAD => return Err(AnswerError::LongHead),
            Status::Partial => return Ok(()),
        };
        let status = response.code.filter(|code| *code >= 100).ok_or(AnswerError::Head(httparse::Error::Status))?;
        // Interim answers say that the real one comes later; 101 would end HTTP on this connection.
        if (100..200).contains(&status) && status != 101 {
            if from + length > MOST_INTERIM {
                return Err(AnswerError::LongHead);
            }
            self.state = State::Head { from: from + length };
            return Ok(());
        }
        let fields = Fields::read(response.headers, response.version == Some(1));
        self.known.keep(&read[from..from + length], (status, &fields));
        self.found(status, from..from + length, fields)
    }

    fn found(&mut self, status: u16, head: Range<usize>, fields: Fields) -> Result<(), AnswerError> {
        self.status = status;
        self.keep_alive = fields.keep_alive && fields.faulty.is_none();
        let body_at = head.end;
        self.head = head;
        self.choose_framing(body_at, fields)
    }

    fn choose_framing(&mut self, body_at: usize, fields: Fields) -> Result<(), AnswerError> {
        self.span = body_at..body_at;
        self.state = if self.is_head || matches!(self.status, 204 | 304 | 101) {
            self.keep_alive &= self.status != 101;
            State::Done { end: body_at }
        } else if let Some(AnswerError::Encoding(name)) = fields.faulty {
            return Err(AnswerError::Encoding(name));
        } else if fields.chunked {
            self.chunked = true;
            // Both framings at once is how requests are smuggled: read it, but do not reuse the connection.
            self.keep_alive &= fields.length.is_none();
            State::ChunkSize { at: body_at }
        } else if let Some(faulty) = fields.faulty {
            return Err(faulty);
        } else if let Some(length) = fields.length {
            let length = usize::try_from(length).ok().filter(|l| *l <= MOST_BODY).ok_or(AnswerError::LongBody)?;
            self.span = body_at..body_at + length;
            State::Length { until: body_at + length }
        } else {
            self.keep_alive = false;
            State::Close
        };
        Ok(())
    }

    fn until_close(&mut self, read: &[u8]) -> Result<(), AnswerError> {
        self.span.end = read.len();
        if self.span.len() > MOST_BODY { Err(AnswerError::LongBody) } else { Ok(()) }
    }

    fn chunk_size(&mut self, read: &[u8], at: usize) -> Result<(), AnswerError> {
        let Some((line, length)) = size_line(&read[at..])? else { return Ok(()) };
        let body_and_words = at + line - self.span.start;
        if body_and_words - self.body.len() > MOST_FRAMING {
            return Err(AnswerError::Chunk);
        }
        self.state = if length == 0 {
            State::Trailer { at: at + line, from: at + line }
        } else {
            let length = usize::try_from(length).ok().filter(|l| self.body.len().saturating_add(*l) <= MOST_BODY);
            State::ChunkData { at: at + line, length: length.ok_or(AnswerError::LongBody)? }
        };
        Ok(())
    }

    fn chunk_data(&mut self, read: &[u8], at: usize, length: usize) -> Result<(), AnswerError> {
        let end = at + length;
        match read.get(end..end + 2) {
            // What is there of the line's end must be right already, as it must when all of it is there.
            None if read.get(end).is_some_and(|byte| *byte != b'\r') => Err(AnswerError::Chunk),
            None => Ok(()),
            Some(b"\r\n") => {
                self.body.extend_from_slice(&read[at..end]);
                self.state = State::ChunkSize { at: end + 2 };
                Ok(())
            }
            Some(_) => Err(AnswerError::Chunk),
        }
    }

    fn trailer(&mut self, read: &[u8], at: usize, from: usize) -> Result<(), AnswerError> {
        let line = memchr::memchr(b'\r', &read[at..]);
        let end = line.map_or(read.len(), |line| at + line);
        if end - from > MOST_CHUNK_LINE {
            return Err(AnswerError::Chunk);
        }
        match (line, read.get(end + 1)) {
            (Some(_), Some(b'\n')) => {}
            (Some(_), Some(_)) => return Err(AnswerError::Chunk),
            _ => return Ok(()),
        }
        let next = end + 2;
        if line != Some(0) {
            self.state = State::Trailer { at: next, from };
            return Ok(());
        }
        if next - from > 2 {
            let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
            // A line, a field: a bare line feed hides none.
            let lines = memchr::memchr_iter(b'\r', &read[from..end]).count().min(MOST_HEADERS);
            httparse::parse_headers(&read[from..next], &mut fields[..lines]).map_err(AnswerError::Head)?;
        }
        self.state = State::Done { end: next };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `bytes` split after every `step` bytes; the connection closes behind them.
    fn read(bytes: &[u8], is_head: bool, step: usize) -> Result<Option<(u16, Vec<u8>, bool)>, AnswerError> {
        read_next(&mut Framing::default(), bytes, is_head, step)
    }

    /// The same behind whatever `framing` has read before.
    fn read_next(
        framing: &mut Framing,
        bytes: &[u8],
        is_head: bool,
        step: usize,
    ) -> Result<Option<(u16, Vec<u8>, bool)>, AnswerError> {
        framing.restart(is_head);
        let mut end = 0;
        while end < bytes.len() {
            end = (end + step).min(bytes.len());
            if framing.advance(&bytes[..end])? == Progress::Whole {
                // What arrived behind the answer in the same read makes the connection unusable.
                return Ok(Some((
                    framing.status(),
                    framing.body(&bytes[..end]).to_vec(),
                    framing.reusable(&bytes[..end]),
                )));
            }
        }
        Ok(framing.closed(bytes).then(|| (framing.status(), framing.body(bytes).to_vec(), framing.reusable(bytes))))
    }

    #[test]
    fn an_answer_reads_the_same_however_it_was_split() {
        let cases: &[(&str, bool, u16, &str, bool)] = &[
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, 200, "hello", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, 200, "", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhello", false, 200, "hello", true),
            ("HTTP/1.1 200 OK\r\nconnection: Close\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok", false),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok", true),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=\"y\"\r\nlo\r\n0\r\n\r\n",
                false,
                200,
                "hello",
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\nC: d\r\n\r\n",
                false,
                200,
                "ok",
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n",
                false,
                200,
                "ok",
                false,
            ),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", false, 200, "until the end", false),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
                false,
                201,
                "x",
                true,
            ),
            ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false, 204, "", true),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, 304, "", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, 200, "", true),
        ];
        for (text, is_head, status, body, reusable) in cases {
            for step in 1..=text.len() {
                let got = read(text.as_bytes(), *is_head, step).unwrap();
                assert_eq!(got, Some((*status, body.as_bytes().to_vec(), *reusable)), "{text:?} in steps of {step}");
            }
        }
    }

    #[test]
    fn an_answer_reads_the_same_whatever_was_read_before_it() {
        let texts = [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\nok",
            "HTTP/1.1 200 OK\r\n\r\nuntil the end",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
        ];
        for (first, second) in texts.iter().flat_map(|first| texts.map(|second| (first, second))) {
            for (heads, step) in [(false, true), (true, false), (false, false)].into_iter().zip([1, 7, 1000]) {
                let mut framing = Framing::default();
                let _whatever = read_next(&mut framing, first.as_bytes(), heads.0, step);
                let behind = read_next(&mut framing, second.as_bytes(), heads.1, step);
                assert_eq!(behind, read(second.as_bytes(), heads.1, step), "{second:?} behind {first:?}");
            }
        }
    }

    #[test]
    fn bytes_behind_an_answer_make_the_connection_unusable() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n";
        assert_eq!(read(text, false, text.len()).unwrap(), Some((200, b"ok".to_vec(), false)));
    }

    #[test]
    fn a_connection_that_closes_early_leaves_no_answer() {
        for text in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            assert_eq!(read(text.as_bytes(), false, 1).unwrap(), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_http_is_an_error_and_not_a_wait() {
        for text in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        ] {
            assert!(read(text.as_bytes(), false, 1).is_err(), "{text:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(MOST_HEAD));
        assert_eq!(read(endless.as_bytes(), false, endless.len()), Err(AnswerError::LongHead));
    }
}
