//! Framing an HTTP/1.1 answer.
//!
//! In: bytes as they arrive, in pieces of any size. Out: the status, where the body lies, and whether the connection
//! may carry another request. Always holds: the same answer comes out however the bytes were split; head and body are
//! bounded. Follows RFC 9112, section 6.3.

use std::mem::MaybeUninit;
use std::ops::Range;

use httparse::{Header, ParserConfig, Response, Status};

use super::AnswerError;

/// The longest head that is read.
pub const MOST_HEAD: usize = 64 * 1024;
/// The longest body that is read.
pub const MOST_BODY: usize = 16 * 1024 * 1024;
/// The most headers that are read.
const MOST_HEADERS: usize = 100;
/// The longest line of a chunk's size, extensions and all; and the longest trailer.
const MOST_CHUNK_LINE: usize = 8 * 1024;

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
    /// Where the head lies in what was read.
    head: Range<usize>,
    /// Where the body lies: in what was read or, for chunks, in `body`.
    span: Range<usize>,
    /// A chunked body without its framing.
    body: Vec<u8>,
    chunked: bool,
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
        }
    }
}

impl Framing {
    /// Forgets the last answer, keeping the memory.
    pub fn restart(&mut self, is_head: bool) {
        self.body.clear();
        *self = Self { is_head, body: std::mem::take(&mut self.body), ..Self::default() };
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

    /// Status line and headers; meaningful once whole.
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
        // Left uninitialised: clearing them for every answer would cost more than parsing a short head.
        let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MOST_HEADERS];
        let mut response = Response::new(&mut []);
        let parsed =
            ParserConfig::default().parse_response_with_uninit_headers(&mut response, &read[from..], &mut headers);
        let length = match parsed.map_err(AnswerError::Head)? {
            Status::Complete(length) => length,
            Status::Partial if read.len() - from > MOST_HEAD => return Err(AnswerError::LongHead),
            Status::Partial => return Ok(()),
        };
        let status = response.code.unwrap_or(0);
        // Interim answers say that the real one comes later; 101 would end HTTP on this connection.
        if (100..200).contains(&status) && status != 101 {
            self.state = State::Head { from: from + length };
            return Ok(());
        }
        self.status = status;
        self.head = from..from + length;
        let fields = Fields::read(response.headers, response.version == Some(1))?;
        self.keep_alive = fields.keep_alive;
        self.choose_framing(from + length, &fields)
    }

    fn choose_framing(&mut self, body_at: usize, fields: &Fields) -> Result<(), AnswerError> {
        self.span = body_at..body_at;
        self.state = if self.is_head || matches!(self.status, 204 | 304 | 101) {
            self.keep_alive &= self.status != 101;
            State::Done { end: body_at }
        } else if fields.chunked {
            self.chunked = true;
            // Both framings at once is how requests are smuggled: read it, but do not reuse the connection.
            self.keep_alive &= fields.length.is_none();
            State::ChunkSize { at: body_at }
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
        match httparse::parse_chunk_size(&read[at..]).map_err(|_| AnswerError::Chunk)? {
            Status::Partial if read.len() - at > MOST_CHUNK_LINE => Err(AnswerError::Chunk),
            Status::Partial => Ok(()),
            Status::Complete((line, 0)) => {
                self.state = State::Trailer { at: at + line, from: at + line };
                Ok(())
            }
            Status::Complete((line, length)) => {
                let length = usize::try_from(length).ok().filter(|l| self.body.len() + l <= MOST_BODY);
                let length = length.ok_or(AnswerError::LongBody)?;
                self.state = State::ChunkData { at: at + line, length };
                Ok(())
            }
        }
    }

    fn chunk_data(&mut self, read: &[u8], at: usize, length: usize) -> Result<(), AnswerError> {
        let end = at + length;
        match read.get(end..end + 2) {
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
        match memchr::memchr(b'\n', &read[at..]) {
            Some(0) => self.state = State::Done { end: at + 1 },
            Some(1) if read[at] == b'\r' => self.state = State::Done { end: at + 2 },
            Some(line) => self.state = State::Trailer { at: at + line + 1, from },
            None if read.len() - from > MOST_CHUNK_LINE => return Err(AnswerError::Chunk),
            None => {}
        }
        Ok(())
    }
}

/// The header fields that frame a body.
struct Fields {
    length: Option<u64>,
    chunked: bool,
    keep_alive: bool,
}

impl Fields {
    fn read(headers: &[Header<'_>], http_1_1: bool) -> Result<Self, AnswerError> {
        let mut fields = Self { length: None, chunked: false, keep_alive: http_1_1 };
        for header in headers {
            // A switch on the length first: most headers need no comparison.
            match header.name.len() {
                14 if header.name.eq_ignore_ascii_case("content-length") => fields.content_length(header.value)?,
                17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
                    let last = tokens(header.value).last().unwrap_or_default();
                    if !last.eq_ignore_ascii_case(b"chunked") {
                        return Err(AnswerError::Encoding(String::from_utf8_lossy(header.value).into_owned()));
                    }
                    fields.chunked = true;
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
        Ok(fields)
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), AnswerError> {
        let malformed = || AnswerError::Length(String::from_utf8_lossy(value).into_owned());
        for token in tokens(value) {
            let digits = std::str::from_utf8(token).ok().filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
            let length: u64 = digits.and_then(|t| t.parse().ok()).ok_or_else(malformed)?;
            if self.length.is_some_and(|earlier| earlier != length) {
                return Err(malformed());
            }
            self.length = Some(length);
        }
        if self.length.is_none() { Err(malformed()) } else { Ok(()) }
    }
}

/// The members of a comma-separated list.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `bytes` split after every `step` bytes; the connection closes behind them.
    fn read(bytes: &[u8], is_head: bool, step: usize) -> Result<Option<(u16, Vec<u8>, bool)>, AnswerError> {
        let mut framing = Framing::default();
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
