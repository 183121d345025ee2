//! Sending one request.
//!
//! In: the bytes of a request. Out: an [`Exchange`] with its clock readings and the answer. Always holds: nothing of
//! one exchange is left for the next; a connection that could carry a late answer is closed.

pub mod answer;
mod chunk;
mod fields;
pub(in crate::attack) mod general;
mod guard;
mod handshake;
pub mod http1;
pub mod inquiry;
mod stream;
#[cfg(test)]
mod tests;
pub mod tls;
pub(in crate::attack) mod trial;
mod wire;

use std::future::Future;

use crate::sample::FailureClass;
use crate::units::Micros;
pub(in crate::attack) use stream::Route;
pub(in crate::attack) use wire::Wire;

/// The bytes of one request.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Head and body as they are written.
    pub bytes: &'a [u8],
    /// Whether its answer has no body whatever its head says.
    pub is_head: bool,
    /// When the chain of redirects began that it goes on with: the timeout counts from there. `None` for now.
    pub since: Option<Micros>,
    /// Its longest time, from its first action or from `since`.
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
    /// Status line and header fields, as they were read.
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
    #[error("cannot connect to {address} over TLS: {cause}")]
    Tls { address: std::net::SocketAddr, cause: String },
    #[error("connection lost: {0}")]
    Cut(std::io::Error),
    #[error("connection closed {0}")]
    Closed(&'static str),
    #[error("{0}")]
    Malformed(#[from] answer::AnswerError),
    #[error("{cause}")]
    General { class: FailureClass, cause: String },
    #[error("{cause}")]
    Redirect { status: u16, cause: String },
    #[error("given up because the run was interrupted")]
    Aborted,
}

impl TransportError {
    /// The class it counts under; `None` when we gave up ourselves.
    #[must_use]
    pub const fn class(&self) -> Option<FailureClass> {
        match self {
            Self::Timeout(_) => Some(FailureClass::Timeout),
            Self::Connect { .. } | Self::Tls { .. } => Some(FailureClass::Connect),
            Self::Cut(_) | Self::Closed(_) => Some(FailureClass::Cut),
            Self::Malformed(_) => Some(FailureClass::Parse),
            Self::General { class, .. } => Some(*class),
            Self::Redirect { .. } => Some(FailureClass::Status),
            Self::Aborted => None,
        }
    }

    /// The status of an answer that was read and led nowhere.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Sends requests one after the other on behalf of one user.
pub trait Transport: Send {
    /// Sends one request and follows it to its end: a whole answer, an error, the timeout, or an interruption.
    fn exchange(&mut self, request: Outgoing<'_>) -> impl Future<Output = Exchange<'_>> + Send;

    /// Gives up the connection that is kept, so that the next request makes a new one.
    fn hang_up(&mut self) {}
}
