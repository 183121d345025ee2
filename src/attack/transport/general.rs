//! HTTP/2, and HTTP through a proxy, on a general client.
//!
//! In: the bytes of an HTTP/1.1 request. Out: an [`Exchange`] whose connect time and wire bytes are unknown. Always
//! holds: one connection a user, left behind after any error; a request is never sent twice; nothing is decompressed.
//!
//! One connection a user, although HTTP/2 could carry all users on one: so many clients are what is simulated, and only
//! so is a run comparable with one over HTTP/1.1.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Proxy, Request, Url};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::attack::clock::RunClock;
use crate::attack::conductor::Attack;
use crate::attack::shared::Shared;
use crate::attack::transport::answer::{AnswerError, MOST_BODY};
use crate::attack::transport::guard::Guard;
use crate::attack::transport::handshake::explain;
use crate::attack::transport::{Answer, Exchange, Outgoing, Route, Transport, TransportError};
use crate::plan::connection::Connection;
use crate::plan::target::Target;
use crate::sample::FailureClass;
use crate::units::Micros;

/// The most headers of a request.
const MOST_HEADERS: usize = 100;

/// What every user's client is made from.
pub(in crate::attack) struct Recipe {
    target: Target,
    http2: bool,
    proxy: Option<Target>,
}

/// One user's client.
pub(in crate::attack) struct General {
    recipe: Arc<Recipe>,
    route: Route,
    client: Client,
    guard: Guard,
    clock: RunClock,
    read: Read,
    /// Whether the server has ever answered this user.
    answered: bool,
}

/// The answer being read, kept outside its future so that a timeout does not lose what is known of it.
#[derive(Debug, Default)]
struct Read {
    status: u16,
    head: Vec<u8>,
    body: Vec<u8>,
    first_byte: Option<Micros>,
    end: Option<Micros>,
}

impl Recipe {
    /// What the attack's plan asks for; `None` where the lean client does. One client is made on trial.
    pub(in crate::attack) fn prepare(attack: &Attack<'_>) -> Result<Option<Arc<Self>>, reqwest::Error> {
        let connection = &attack.plan.connection;
        if !connection.is_general() {
            return Ok(None);
        }
        let recipe = Self::of(attack.target, connection);
        for address in &attack.addresses {
            recipe.client(&Route { address: *address, tls: attack.tls.clone() })?;
        }
        Ok(Some(Arc::new(recipe)))
    }

    pub(super) fn of(target: &Target, connection: &Connection) -> Self {
        Self { target: target.clone(), http2: connection.http2, proxy: connection.proxy.clone() }
    }

    fn client(&self, route: &Route) -> Result<Client, reqwest::Error> {
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            .no_gzip()
            .no_proxy();
        // A plain target needs no authorities; left to itself the client would read the system's for every user.
        let tls = route.tls.as_ref().map_or_else(trusting_nobody, |tls| Some(ClientConfig::clone(tls.parts().0)));
        if let Some(tls) = tls {
            builder = builder.tls_backend_preconfigured(tls);
        }
        builder = if self.http2 { builder.http2_prior_knowledge() } else { builder.http1_only() };
        builder = match &self.proxy {
            Some(proxy) => builder.proxy(Proxy::all(proxy.to_string())?),
            // Users are spread over the target's addresses, as the lean client's are.
            None => builder.resolve_to_addrs(self.target.host(), &[SocketAddr::new(route.address.ip(), 0)]),
        };
        builder.build()
    }
}

impl General {
    /// A client for the user in a seat, which connects with its first request.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub(in crate::attack) fn new(
        (shared, seat): (Arc<Shared>, usize),
        route: Route,
        recipe: Arc<Recipe>,
        timeout: Micros,
    ) -> Result<Self, reqwest::Error> {
        let client = recipe.client(&route)?;
        let clock = shared.clock;
        let guard = Guard::new(shared, seat, timeout);
        Ok(Self { recipe, route, client, guard, clock, read: Read::default(), answered: false })
    }
}

impl Transport for General {
    async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
        let Self { recipe, route, client, guard, clock, read, answered } = self;
        read.restart();
        let start = clock.floor();
        let (since, timeout) = (request.since.unwrap_or(start), request.timeout);
        let result = {
            let work = pin!(async {
                let request = parse(request.bytes, &recipe.target)?;
                read.receive(client, request, *clock).await
            });
            guard.watch((since, timeout), work).await
        };
        let end = read.end.unwrap_or_else(|| clock.ceil());
        let late = end > since + timeout;
        let result = if late { result.and(Err(TransportError::Timeout(timeout))) } else { result };
        *answered |= read.first_byte.is_some();
        let result = if recipe.http2 && !*answered { result.map_err(doubting_http2) } else { result };
        if result.as_ref().is_err_and(|error| error.class() != Some(FailureClass::Connect)) {
            // A late answer must find nobody: the next request has a connection of its own.
            if let Ok(fresh) = recipe.client(route) {
                *client = fresh;
            }
        }
        let read = &self.read;
        Exchange {
            start,
            connected: None,
            first_byte: read.first_byte,
            end,
            bytes_sent: 0,
            bytes_received: 0,
            result: result.map(|()| Answer { status: read.status, head: &read.head, body: &read.body }),
        }
    }
}

impl Read {
    fn restart(&mut self) {
        self.head.clear();
        self.body.clear();
        (self.first_byte, self.end) = (None, None);
    }

    async fn receive(&mut self, client: &Client, request: Request, clock: RunClock) -> Result<(), TransportError> {
        let mut response = client.execute(request).await.map_err(|error| failure(&error))?;
        self.first_byte = Some(clock.ceil());
        self.status = response.status().as_u16();
        self.head.extend_from_slice(format!("HTTP/1.1 {}\r\n", self.status).as_bytes());
        for (name, value) in response.headers() {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                self.head.extend_from_slice(part);
            }
        }
        self.head.extend_from_slice(b"\r\n");
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if self.body.len() + chunk.len() > MOST_BODY {
                return Err(AnswerError::LongBody.into());
            }
            self.body.extend_from_slice(&chunk);
        }
        self.end = Some(clock.ceil());
        Ok(())
    }
}

/// For plain targets.
fn trusting_nobody() -> Option<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    Some(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The request that `bytes` say, to be sent to `target`.
fn parse(bytes: &[u8], target: &Target) -> Result<Request, TransportError> {
    let malformed = |cause: String| TransportError::General { class: FailureClass::Parse, cause };
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut fields);
    let status = parsed.parse(bytes).map_err(|error| malformed(format!("the request cannot be sent: {error}")))?;
    let httparse::Status::Complete(body_at) = status else { return Err(malformed("the request has no end".into())) };
    let url = format!("{}://{}{}", target.scheme(), target.authority(), parsed.path.unwrap_or("/"));
    let url = Url::parse(&url).map_err(|error| malformed(format!("{url} is no URL: {error}")))?;
    let method = Method::from_bytes(parsed.method.unwrap_or("GET").as_bytes());
    let mut request = Request::new(method.map_err(|error| malformed(error.to_string()))?, url);
    for field in parsed.headers {
        // The client writes these two itself.
        if ["host", "content-length"].iter().any(|own| field.name.eq_ignore_ascii_case(own)) {
            continue;
        }
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|error| malformed(error.to_string()))?;
        let value = HeaderValue::from_bytes(field.value).map_err(|error| malformed(error.to_string()))?;
        request.headers_mut().append(name, value);
    }
    if body_at < bytes.len() {
        *request.body_mut() = Some(bytes[body_at..].to_vec().into());
    }
    Ok(request)
}

/// What went wrong, down to its root, and the class it counts under.
fn failure(error: &reqwest::Error) -> TransportError {
    let mut class = if error.is_connect() { FailureClass::Connect } else { FailureClass::Cut };
    let mut root: &(dyn Error + 'static) = error;
    while let Some(source) = root.source() {
        root = source;
        // What arrived is no HTTP: the lean client calls that by the same name.
        if root.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            class = FailureClass::Parse;
        }
        if let Some(io) = root.downcast_ref::<std::io::Error>() {
            return TransportError::General { class, cause: format!("{error}: {}", explain(io)) };
        }
    }
    TransportError::General { class, cause: format!("{error}: {root}") }
}

/// What to do where a server that takes connections has never answered over HTTP/2.
fn doubting_http2(error: TransportError) -> TransportError {
    match error {
        TransportError::General { class: FailureClass::Cut, cause } => TransportError::General {
            class: FailureClass::Cut,
            cause: format!("{cause}; the server does not seem to speak HTTP/2: leave --http2 out"),
        },
        other => other,
    }
}
