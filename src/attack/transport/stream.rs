//! One connection: plain, or under TLS.
//!
//! In: a [`Route`] to connect along. Out: bytes written and read. Always holds: it is ready for the first byte of a
//! request when it is returned, the TLS handshake included; the plain one costs what a bare socket costs.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::attack::transport::TransportError;
use crate::attack::transport::handshake::explain_late;
use crate::attack::transport::tls::Tls;

/// Where a user's connections go.
#[derive(Clone)]
pub(in crate::attack) struct Route {
    pub(in crate::attack) address: SocketAddr,
    /// How the connection is secured; `None` for a plain one.
    pub(in crate::attack) tls: Option<Tls>,
}

/// An open connection.
pub(super) enum Stream {
    Plain(TcpStream),
    /// Boxed: a TLS session is a kilobyte, and a plain user has none.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects, and shakes hands where the route is secured.
    pub(super) async fn connect(route: &Route) -> Result<Self, TransportError> {
        let address = route.address;
        let failed = |cause| TransportError::Connect { address, cause };
        let plain = TcpStream::connect(address).await.map_err(failed)?;
        plain.set_nodelay(true).map_err(failed)?;
        match &route.tls {
            None => Ok(Self::Plain(plain)),
            Some(tls) => match tls.shake_hands(plain).await {
                Ok(stream) => Ok(Self::Tls(Box::new(stream))),
                Err(cause) => Err(TransportError::Tls { address, cause }),
            },
        }
    }

    /// Whether the server has neither closed it nor sent anything unasked.
    pub(super) async fn still_open(&mut self) -> bool {
        match self {
            Self::Plain(stream) => {
                // Asks what the event loop already knows; a system call only where something has arrived.
                matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
            // What has arrived may be a session ticket, which is no answer: only the session can tell.
            Self::Tls(stream) => {
                let (mut byte, stream) = ([0], &mut **stream);
                poll_fn(|cx| {
                    Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut ReadBuf::new(&mut byte)).is_pending())
                })
                .await
            }
        }
    }

    /// Whether a request whose write failed may have reached the server although no byte of it was counted: under TLS
    /// the count is of what the session took, not of what the system did.
    pub(super) const fn may_have_sent(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Writes some of `bytes`; how many.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            // There is nearly always room for a request: it is written before anybody waits for that.
            Self::Plain(stream) => match stream.try_write(bytes) {
                Err(full) if full.kind() == io::ErrorKind::WouldBlock => {
                    poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, bytes)).await
                }
                written => written,
            },
            Self::Tls(stream) => poll_fn(|cx| Pin::new(&mut **stream).poll_write(cx, bytes)).await,
        }
    }

    /// Hands everything written to the system.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => stream.flush().await,
        }
    }

    /// Reads what is there into the room of `into`; how many bytes, 0 at the connection's end.
    pub(super) async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read_buf(into).await,
            Self::Tls(stream) => stream.read_buf(into).await,
        }
    }

    /// What the first read of a new connection failed with: a TLS 1.3 server refuses a client's certificate only there.
    pub(super) fn refused(&self, address: SocketAddr, cause: io::Error) -> TransportError {
        let refusal = match self {
            Self::Plain(_) => None,
            Self::Tls(_) => explain_late(&cause),
        };
        refusal.map_or(TransportError::Cut(cause), |cause| TransportError::Tls { address, cause })
    }
}
