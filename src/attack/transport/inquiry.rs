//! Questions to the target outside of the load.
//!
//! In: paths. Out: whole answers. Always holds: they go the way that the users' requests go (same address, TLS, proxy),
//! one at a time over one connection, and are no part of what is measured.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use crate::attack::clock::RunClock;
use crate::attack::shared::Shared;
use crate::attack::transport::general::Recipe;
use crate::attack::transport::tls::Tls;
use crate::attack::transport::{Answer, Outgoing, Route, Transport, TransportError, Wire};
use crate::plan::connection::Connection;
use crate::plan::target::Target;
use crate::units::Micros;

/// Where questions go.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// The target.
    pub target: &'a Target,
    /// One of its addresses.
    pub address: SocketAddr,
    /// How connections are secured; `None` for a plain target.
    pub tls: Option<&'a Tls>,
    /// How users connect.
    pub connection: &'a Connection,
}

/// A client that asks.
pub struct Inquirer {
    runtime: Runtime,
    wire: Wire,
    clock: RunClock,
    target: Target,
    timeout: Micros,
    head: Vec<u8>,
}

impl Inquirer {
    /// A client that waits at most `timeout` for each answer, and connects with its first question.
    ///
    /// # Errors
    /// What the system or the client's library said.
    pub fn new(way: Way<'_>, timeout: Micros) -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let clock = RunClock::start();
        let shared = Arc::new(Shared::new(clock, 1, Arc::default()));
        let general = way.connection.is_general().then(|| Arc::new(Recipe::of(way.target, way.connection)));
        let route = Route { address: way.address, tls: way.tls.map(Tls::for_user) };
        let made = {
            // Timers are made inside a runtime.
            let _entered = runtime.enter();
            Wire::new((shared, 0), route, general.as_ref(), timeout)
        };
        let wire = made.map_err(|error| error.to_string())?;
        Ok(Self { runtime, wire, clock, target: way.target.clone(), timeout, head: Vec::new() })
    }

    /// Time since the client was made.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.clock.floor()
    }

    /// The answer to GET `path` behind the target's base path.
    ///
    /// # Errors
    /// [`TransportError`] when there is no whole answer within the timeout.
    pub fn get(&mut self, path: &str, headers: &[(String, String)]) -> Result<Answer<'_>, TransportError> {
        self.head = question(&self.target, path, headers);
        self.ask()
    }

    /// The answer to POST `path` with the JSON `body`.
    ///
    /// # Errors
    /// [`TransportError`] when there is no whole answer within the timeout.
    pub fn post(&mut self, path: &str, headers: &[(String, String)], body: &str) -> Result<Answer<'_>, TransportError> {
        self.head = begun("POST", &self.target, path, headers);
        self.head.extend(format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len()).bytes());
        self.head.extend(body.bytes());
        self.ask()
    }

    /// Waits at most so long for each answer from now on.
    pub const fn set_timeout(&mut self, timeout: Micros) {
        self.timeout = timeout;
    }

    fn ask(&mut self) -> Result<Answer<'_>, TransportError> {
        let outgoing = Outgoing { bytes: &self.head, is_head: false, since: None, timeout: self.timeout };
        self.runtime.block_on(self.wire.exchange(outgoing)).result
    }
}

/// The request that GETs `path` behind the target's base path.
pub(in crate::attack) fn question(target: &Target, path: &str, headers: &[(String, String)]) -> Vec<u8> {
    let mut head = begun("GET", target, path, headers);
    head.extend(b"\r\n");
    head
}

/// The head of a request, but for what its body adds to it.
fn begun(method: &str, target: &Target, path: &str, headers: &[(String, String)]) -> Vec<u8> {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (base, authority) = (target.base_path(), target.authority());
    let head = format!(
        "{method} {base}{path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: tollgate/{}\r\nAccept: application/json, text/plain;q=0.9, */*;q=0.8\r\n{lines}",
        env!("CARGO_PKG_VERSION")
    );
    head.into_bytes()
}
