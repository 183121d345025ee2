//! HTTP/1.1 over one keep-alive connection, plain or TLS, driven in the user's own task.
//!
//! In: the bytes of a request. Out: an [`Exchange`]. Always holds: at most one connection a user, closed after any
//! error; a request that may have reached the server is never sent twice.
//!
//! A request costs one write, one read and three clock readings where the answer comes in one piece. There is no
//! pool, no URL parsing and no spawned task: a general client costs a third more CPU a request.

use std::pin::pin;
use std::sync::Arc;

use crate::attack::clock::RunClock;
use crate::attack::shared::Shared;
use crate::attack::transport::answer::{Framing, Progress};
use crate::attack::transport::guard::Guard;
use crate::attack::transport::stream::Stream;
use crate::attack::transport::{Answer, Exchange, Outgoing, Route, Transport, TransportError};
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
    route: Route,
    stream: Option<Stream>,
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

impl Http1 {
    /// A client for the user in `seat`, which connects along `route` with its first request.
    pub(in crate::attack) fn new(shared: Arc<Shared>, seat: usize, route: Route, timeout: Micros) -> Self {
        let clock = shared.clock;
        Self {
            connection: Connection {
                clock,
                route,
                stream: None,
                read: Vec::with_capacity(READ_ROOM),
                framing: Framing::default(),
                times: Times::default(),
            },
            guard: Guard::new(shared, seat, timeout),
        }
    }
}

#[cfg(test)]
impl Http1 {
    /// The connection that is kept for the next request.
    pub(super) const fn kept(&self) -> Option<&Stream> {
        self.connection.stream.as_ref()
    }
}

impl Transport for Http1 {
    async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
        let Self { connection, guard } = self;
        let clock = connection.clock;
        let start = clock.floor();
        connection.restart(request.is_head);
        let (since, timeout) = (request.since.unwrap_or(start), request.timeout);
        let result = {
            // Pinned here and borrowed there: a future handed over by value is copied on the way.
            let round_trip = pin!(connection.round_trip(request.bytes));
            guard.watch((since, timeout), round_trip).await
        };
        let times = connection.times;
        let end = times.end.unwrap_or_else(|| clock.ceil());
        // The answer may have been whole before the timer was looked at, and still be too late.
        let late = end > since + timeout;
        let result = if late { result.and(Err(TransportError::Timeout(timeout))) } else { result };
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
                head: connection.framing.head_of(&connection.read),
                body: connection.framing.body(&connection.read),
            }),
        }
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
        let untouched = self.times.sent == 0 && !self.stream.as_ref().is_some_and(Stream::may_have_sent);
        if reused && untouched && matches!(written, Err(TransportError::Cut(_))) {
            self.stream = None;
            written = self.send(request).await;
        }
        written?;
        self.receive().await
    }

    /// Whether there is a kept connection, and the server has neither closed it nor sent anything unasked.
    async fn still_open(&mut self) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        let open = stream.still_open().await;
        if !open {
            self.stream = None;
        }
        open
    }

    async fn send(&mut self, request: &[u8]) -> Result<(), TransportError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                // Boxed, so that the requests after the first do not carry the room for a handshake.
                let stream = Box::pin(Stream::connect(&self.route)).await?;
                self.times.connected = Some(self.clock.ceil());
                none.insert(stream)
            }
        };
        let mut left = request;
        while !left.is_empty() {
            let count = stream.write(left).await.map_err(TransportError::Cut)?;
            if count == 0 {
                return Err(TransportError::Closed("while the request was written"));
            }
            self.times.sent += count as u64;
            left = &left[count..];
        }
        stream.flush().await.map_err(TransportError::Cut)
    }

    async fn receive(&mut self) -> Result<(), TransportError> {
        let Some(stream) = &mut self.stream else { return Err(TransportError::Closed("before the answer")) };
        loop {
            if self.read.capacity() - self.read.len() < READ_ROOM / 2 {
                self.read.reserve(READ_ROOM.max(self.read.len()));
            }
            let count = match stream.read(&mut self.read).await {
                Ok(count) => count,
                Err(cause) if self.times.connected.is_some() && self.read.is_empty() => {
                    return Err(stream.refused(self.route.address, cause));
                }
                Err(cause) => return Err(TransportError::Cut(cause)),
            };
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::attack::shared::Stop;

    const REQUEST: Outgoing<'static> = Outgoing {
        bytes: b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi",
        is_head: false,
        since: None,
        timeout: Micros::from_secs(5),
    };
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    fn client(address: SocketAddr) -> (Http1, Arc<Shared>) {
        let shared = Arc::new(Shared::new(RunClock::start(), 1, Arc::default()));
        (Http1::new(Arc::clone(&shared), 0, Route { address, tls: None }, Micros::from_secs(5)), shared)
    }

    /// Takes one connection and reads one request from it.
    async fn take(listener: &TcpListener) -> TcpStream {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        stream
    }

    async fn read_request(stream: &mut TcpStream) {
        stream.read_exact(&mut vec![0; REQUEST.bytes.len()]).await.unwrap();
    }

    #[tokio::test]
    async fn one_connection_carries_request_after_request() {
        let (listener, address) = listener().await;
        let (mut client, _) = client(address);
        let server = async {
            let mut stream = take(&listener).await;
            stream.write_all(ANSWER).await.unwrap();
            read_request(&mut stream).await;
            stream.write_all(ANSWER).await.unwrap();
            stream
        };
        let exchanges = async {
            let first = client.exchange(REQUEST).await;
            assert_eq!(
                first.result.as_ref().unwrap(),
                &Answer { status: 200, head: &ANSWER[..ANSWER.len() - 2], body: b"ok" }
            );
            assert!(first.connected.is_some_and(|connected| first.start <= connected && connected <= first.end));
            assert_eq!((first.bytes_sent, first.bytes_received), (REQUEST.bytes.len() as u64, ANSWER.len() as u64));
            let second = client.exchange(REQUEST).await;
            assert_eq!(second.connected, None, "reused");
            assert!(second.result.is_ok());
        };
        tokio::join!(server, exchanges);
    }

    #[tokio::test]
    async fn a_kept_connection_that_the_server_closed_is_replaced_before_anything_is_written() {
        let (listener, address) = listener().await;
        let (mut client, _) = client(address);
        let server = async {
            let mut stream = take(&listener).await;
            stream.write_all(ANSWER).await.unwrap();
            drop(stream);
            let mut stream = take(&listener).await;
            stream.write_all(ANSWER).await.unwrap();
            stream
        };
        let exchanges = async {
            assert!(client.exchange(REQUEST).await.result.is_ok());
            // Until the close has arrived.
            let Some(Stream::Plain(stream)) = &client.connection.stream else { panic!("not plain") };
            stream.readable().await.unwrap();
            let second = client.exchange(REQUEST).await;
            assert!(second.result.is_ok());
            assert!(second.connected.is_some());
        };
        tokio::join!(server, exchanges);
    }

    #[tokio::test]
    async fn a_request_that_was_written_and_then_cut_is_never_sent_again() {
        let (listener, address) = listener().await;
        let (mut client, _) = client(address);
        let server = async { drop(take(&listener).await) };
        let ((), exchange) = tokio::join!(server, client.exchange(REQUEST));
        assert!(matches!(exchange.result, Err(TransportError::Closed("before the answer began"))), "{exchange:?}");
        let again = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(again.is_err(), "a second connection was made");
    }

    #[tokio::test(start_paused = true)]
    async fn the_timeout_is_of_the_whole_request_and_closes_the_connection() {
        let (listener, address) = listener().await;
        let (mut client, _) = client(address);
        let server = async {
            let mut stream = take(&listener).await;
            // A byte now and then does not extend it.
            for byte in ANSWER {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
            }
            panic!("the client read on behind its timeout");
        };
        let exchange = async {
            let exchange = client.exchange(REQUEST).await;
            assert!(matches!(exchange.result, Err(TransportError::Timeout(_))), "{exchange:?}");
            let took = exchange.end.saturating_sub(exchange.start);
            assert!((Micros::from_secs(5)..Micros::from_millis(5_100)).contains(&took), "{took}");
            assert!(exchange.first_byte.is_some());
            drop(client);
        };
        tokio::join!(server, exchange);
    }

    #[tokio::test]
    async fn an_interruption_gives_up_at_once() {
        let (listener, address) = listener().await;
        let (mut client, shared) = client(address);
        let server = async {
            let stream = take(&listener).await;
            shared.stop(Stop::Abort);
            stream
        };
        let (_stream, exchange) = tokio::join!(server, client.exchange(REQUEST));
        assert!(matches!(exchange.result, Err(TransportError::Aborted)), "{exchange:?}");
    }

    #[tokio::test]
    async fn nobody_listening_is_a_failure_to_connect() {
        let (listener, address) = listener().await;
        drop(listener);
        let (mut client, _) = client(address);
        let exchange = client.exchange(REQUEST).await;
        let error = exchange.result.unwrap_err();
        assert!(matches!(error, TransportError::Connect { .. }), "{error}");
        assert_eq!(exchange.bytes_sent, 0);
    }
}
