//! Sending one request.
//!
//! In: the bytes of a request. Out: an [`Exchange`] with its clock readings and the answer. Always holds: nothing of
//! one exchange is left for the next; a connection that could carry a late answer is closed.

pub mod answer;
pub mod http1;

use std::future::Future;

use answer::{MOST_BODY, MOST_HEAD};

use crate::sample::FailureClass;
use crate::units::Micros;

/// The bytes of one request.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Head and body as they are written.
    pub bytes: &'a [u8],
    /// Whether its answer has no body whatever its head says.
    pub is_head: bool,
    /// Its longest time, from its first action.
    pub timeout: Micros,
}

/// One request and what became of it. Offsets count from the run's start.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// Before the first system call.
    pub start: Micros,
    /// When a new connection was ready; `None` on a reused one.
    pub connected: Option<Micros>,
    /// First byte of the answer.
    pub first_byte: Option<Micros>,
    /// After the last system call.
    pub end: Micros,
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// The whole answer, or why there is none.
    pub result: Result<Answer<'a>, TransportError>,
}

/// A whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// Status line and headers, as they came.
    pub head: &'a [u8],
    /// The body without its framing.
    pub body: &'a [u8],
}

/// Why there is no whole answer.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum TransportError {
    #[error("no whole answer within {0}")]
    Timeout(Micros),
    #[error("cannot connect to {address}: {cause}")]
    Connect { address: std::net::SocketAddr, cause: std::io::Error },
    #[error("connection lost: {0}")]
    Cut(std::io::Error),
    #[error("connection closed {0}")]
    Closed(&'static str),
    #[error("{0}")]
    Malformed(#[from] AnswerError),
    #[error("given up because the run was interrupted")]
    Aborted,
}

impl TransportError {
    /// The class it counts under; `None` when we gave up ourselves.
    #[must_use]
    pub const fn class(&self) -> Option<FailureClass> {
        match self {
            Self::Timeout(_) => Some(FailureClass::Timeout),
            Self::Connect { .. } => Some(FailureClass::Connect),
            Self::Cut(_) | Self::Closed(_) => Some(FailureClass::Cut),
            Self::Malformed(_) => Some(FailureClass::Parse),
            Self::Aborted => None,
        }
    }
}

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

/// Sends requests one after the other on behalf of one user.
pub trait Transport: Send {
    /// Sends one request and follows it to its end: a whole answer, an error, the timeout, or an interruption.
    fn exchange(&mut self, request: Outgoing<'_>) -> impl Future<Output = Exchange<'_>> + Send;
}
