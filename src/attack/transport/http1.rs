//! HTTP/1.1 over one keep-alive connection, driven in the user's own task.
//!
//! In: the bytes of a request. Out: an [`Exchange`]. Always holds: at most one connection a user, closed after any
//! error; a request that may have reached the server is never sent twice.
//!
//! A request costs one write, one read and three clock readings where the answer comes in one piece. There is no
//! pool, no URL parsing and no spawned task: a general client costs a third more CPU a request.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep_until};

use crate::attack::clock::RunClock;
use crate::attack::shared::{Shared, Stop};
use crate::attack::transport::answer::{Framing, Progress};
use crate::attack::transport::{Answer, Exchange, Outgoing, Transport, TransportError};
use crate::units::Micros;

/// Room for an answer that most services fit into.
const READ_ROOM: usize = 8 * 1024;
/// Memory that a user keeps between answers at most.
const KEPT_ROOM: usize = 256 * 1024;

/// One user's client.
pub(in crate::attack) struct Http1 {
    connection: Connection,
    guard: Guard,
}

/// The connection and the answer being read from it.
struct Connection {
    clock: RunClock,
    address: SocketAddr,
    stream: Option<TcpStream>,
    /// Everything read of the current answer.
    read: Vec<u8>,
    framing: Framing,
    times: Times,
}

/// What is known of the current exchange, kept outside its future so that a timeout does not lose it.
#[derive(Clone, Copy, Debug, Default)]
struct Times {
    connected: Option<Micros>,
    first_byte: Option<Micros>,
    end: Option<Micros>,
    sent: u64,
}

/// Ends an exchange at its timeout or when the run is interrupted.
struct Guard {
    shared: Arc<Shared>,
    seat: usize,
    timeout: Micros,
    /// Set to the deadline of some earlier request, and moved only when it fires or is too late: a timer that is set
    /// anew for every request costs more than the check.
    timer: Pin<Box<Sleep>>,
}

impl Http1 {
    /// A client for the user in `seat`, which connects to `address` with its first request.
    pub(in crate::attack) fn new(shared: Arc<Shared>, seat: usize, address: SocketAddr, timeout: Micros) -> Self {
        let clock = shared.clock;
        let timer = Box::pin(sleep_until(clock.instant(timeout)));
        Self {
            connection: Connection {
                clock,
                address,
                stream: None,
                read: Vec::with_capacity(READ_ROOM),
                framing: Framing::default(),
                times: Times::default(),
            },
            guard: Guard { shared, seat, timeout, timer },
        }
    }
}

impl Transport for Http1 {
    async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
        let Self { connection, guard } = self;
        let clock = connection.clock;
        let start = clock.floor();
        connection.restart(request.is_head);
        let result = guard.watch(start, connection.round_trip(request.bytes)).await;
        let times = connection.times;
        let end = times.end.unwrap_or_else(|| clock.ceil());
        if result.is_err() || !connection.framing.reusable(&connection.read) {
            connection.stream = None;
        }
        let connection = &self.connection;
        Exchange {
            start,
            connected: times.connected,
            first_byte: times.first_byte,
            end,
            bytes_sent: times.sent,
            bytes_received: connection.read.len() as u64,
            result: result.map(|()| Answer {
                status: connection.framing.status(),
                body: connection.framing.body(&connection.read),
            }),
        }
    }
}

impl Guard {
    /// Runs `work` until it ends, `start + timeout` passes, or the run is interrupted.
    async fn watch<T>(
        &mut self,
        start: Micros,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let deadline = self.shared.clock.instant(start + self.timeout);
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(result) = work.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            if self.shared.poll_at_least(self.seat, Stop::Abort, cx) {
                return Poll::Ready(Err(TransportError::Aborted));
            }
            while self.timer.as_mut().poll(cx).is_ready() {
                if self.timer.deadline() >= deadline {
                    return Poll::Ready(Err(TransportError::Timeout(self.timeout)));
                }
                self.timer.as_mut().reset(deadline);
            }
            Poll::Pending
        })
        .await
    }
}

impl Connection {
    fn restart(&mut self, is_head: bool) {
        self.read.clear();
        if self.read.capacity() > KEPT_ROOM {
            self.read.shrink_to(READ_ROOM);
        }
        self.framing.restart(is_head);
        self.times = Times::default();
    }

    /// Writes `request` and reads its answer.
    async fn round_trip(&mut self, request: &[u8]) -> Result<(), TransportError> {
        let reused = self.still_open().await;
        let mut written = self.send(request).await;
        // The server closed the kept connection before it took a byte: that request was never sent.
        if reused && self.times.sent == 0 && matches!(written, Err(TransportError::Cut(_))) {
            self.stream = None;
            written = self.send(request).await;
        }
        written?;
        self.receive().await
    }

    /// Whether there is a kept connection, and the server has neither closed it nor sent anything unasked.
    async fn still_open(&mut self) -> bool {
        let Some(stream) = &self.stream else { return false };
        // Asks what the event loop already knows; a system call only where something has arrived.
        let arrived = poll_fn(|cx| Poll::Ready(stream.poll_read_ready(cx).is_ready())).await;
        let open =
            !arrived || matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        if !open {
            self.stream = None;
        }
        open
    }

    async fn send(&mut self, request: &[u8]) -> Result<(), TransportError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let address = self.address;
                let failed = |cause| TransportError::Connect { address, cause };
                let stream = TcpStream::connect(address).await.map_err(failed)?;
                stream.set_nodelay(true).map_err(failed)?;
                self.times.connected = Some(self.clock.ceil());
                none.insert(stream)
            }
        };
        let mut left = request;
        while !left.is_empty() {
            let count = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, left)).await.map_err(TransportError::Cut)?;
            if count == 0 {
                return Err(TransportError::Closed("while the request was written"));
            }
            self.times.sent += count as u64;
            left = &left[count..];
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<(), TransportError> {
        let Some(stream) = &mut self.stream else { return Err(TransportError::Closed("before the answer")) };
        loop {
            if self.read.capacity() - self.read.len() < READ_ROOM / 2 {
                self.read.reserve(READ_ROOM.max(self.read.len()));
            }
            let count = stream.read_buf(&mut self.read).await.map_err(TransportError::Cut)?;
            if count == 0 {
                return if self.framing.closed(&self.read) {
                    self.times.end = Some(self.clock.ceil());
                    Ok(())
                } else if self.read.is_empty() {
                    Err(TransportError::Closed("before the answer began"))
                } else {
                    Err(TransportError::Closed("in the middle of the answer"))
                };
            }
            let first = self.times.first_byte.is_none();
            let first_byte = *self.times.first_byte.get_or_insert_with(|| self.clock.ceil());
            if self.framing.advance(&self.read)? == Progress::Whole {
                // One read brought it all: its one clock reading is both the first byte's and the last's.
                self.times.end = Some(if first { first_byte } else { self.clock.ceil() });
                return Ok(());
            }
        }
    }
}
