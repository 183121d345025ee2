//! Connections that can be reset.
//!
//! In: a listener. Out: its connections, each with a switch that a handler can find. Always holds: once the switch is
//! thrown nothing more is written, and the peer sees a reset, not an orderly end.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The switch of one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct ResetSwitch(Arc<AtomicBool>);

impl ResetSwitch {
    /// The next write resets the connection.
    pub(super) fn throw(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Accepts connections with a switch.
pub(super) struct ResettingListener(pub(super) TcpListener);

/// A connection with a switch.
pub(super) struct Resettable {
    stream: TcpStream,
    switch: ResetSwitch,
}

impl Listener for ResettingListener {
    type Io = Resettable;
    type Addr = ResetSwitch;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        // As without the switch: where it cannot be set, answers are slow and still right.
        drop(stream.set_nodelay(true));
        let switch = ResetSwitch::default();
        (Resettable { stream, switch: switch.clone() }, switch)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        let _: SocketAddr = self.0.local_addr()?;
        Ok(ResetSwitch::default())
    }
}

impl Connected<IncomingStream<'_, ResettingListener>> for ResetSwitch {
    fn connect_info(stream: IncomingStream<'_, ResettingListener>) -> Self {
        stream.remote_addr().clone()
    }
}

impl Resettable {
    /// Lets writes through until the switch is thrown.
    fn check(&self) -> io::Result<()> {
        if self.switch.0.load(Ordering::Relaxed) {
            // With no time to linger, closing is resetting.
            self.stream.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Resettable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Resettable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
