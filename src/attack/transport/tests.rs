//! The lean client over TLS, against servers whose certificates are made here.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::general::{General, Recipe};
use super::http1::Http1;
use super::tls::Tls;
use super::{Exchange, Outgoing, Route, Transport, TransportError};
use crate::attack::clock::RunClock;
use crate::attack::preflight;
use crate::attack::shared::Shared;
use crate::plan::connection::{ClientIdentity, Connection};
use crate::plan::target::Target;
use crate::sample::FailureClass;
use crate::units::Micros;

const REQUEST: Outgoing<'static> = Outgoing {
    bytes: b"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    is_head: false,
    since: None,
    timeout: Micros::from_secs(5),
};
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// An authority, and the folder that its files lie in.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        Self::named("Authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Self { issuer, folder: tempfile::tempdir().unwrap() };
        authority.write("ca.pem", &authority.issuer.pem());
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// A certificate for `names`, and its key.
    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A client certificate as files.
    fn client(&self) -> ClientIdentity {
        let (cert, key) = self.issue(&["client"], |_| ());
        ClientIdentity { cert: self.write("me.pem", &cert.pem()), key: self.write("me.key", &key.serialize_pem()) }
    }

    fn trusted(&self) -> Connection {
        Connection { cacert: Some(self.path("ca.pem")), ..Connection::default() }
    }

    /// A server's side, which asks for a client certificate of `clients` where there is one.
    fn server(&self, names: &[&str], clients: Option<&Self>) -> TlsAcceptor {
        self.server_with(self.issue(names, |_| ()), clients)
    }

    fn server_with(&self, (cert, key): (rcgen::Certificate, KeyPair), clients: Option<&Self>) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.issuer.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![cert.der().clone()], key).unwrap()))
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn tls(address: SocketAddr, connection: &Connection) -> Tls {
    let target = Target::parse(&format!("https://localhost:{}", address.port()), "test").unwrap();
    Tls::prepare(&target, connection).unwrap_or_else(|e| panic!("{e}")).unwrap()
}

fn client(address: SocketAddr, connection: &Connection) -> Http1 {
    let shared = Arc::new(Shared::new(RunClock::start(), 1, Arc::default()));
    let tls = Some(tls(address, connection).for_user());
    Http1::new(shared, 0, Route { address, tls }, Micros::from_secs(5))
}

async fn read_request(stream: &mut TlsStream<TcpStream>) {
    stream.read_exact(&mut vec![0; REQUEST.bytes.len()]).await.unwrap();
}

async fn take(listener: &TcpListener, acceptor: &TlsAcceptor) -> TlsStream<TcpStream> {
    let (tcp, _) = listener.accept().await.unwrap();
    let mut stream = acceptor.accept(tcp).await.unwrap();
    read_request(&mut stream).await;
    stream
}

/// Answers one request after the other until the client goes.
async fn serve(listener: &TcpListener, acceptor: &TlsAcceptor) {
    let mut stream = take(listener, acceptor).await;
    loop {
        stream.write_all(ANSWER).await.unwrap();
        if stream.read_exact(&mut vec![0; REQUEST.bytes.len()]).await.is_err() {
            return;
        }
    }
}

/// The one thing that a client with `connection` is told by a server that it cannot agree with.
async fn told(acceptor: TlsAcceptor, connection: &Connection) -> (String, FailureClass) {
    let (listener, address) = listener().await;
    let mut client = client(address, connection);
    let server = async {
        let (tcp, _) = listener.accept().await.unwrap();
        // It fails here or there, as the version has it; what counts is what the client is told.
        if let Ok(mut stream) = acceptor.accept(tcp).await {
            let _ = stream.read(&mut [0; 64]).await;
        }
    };
    let (exchange, ()) = tokio::join!(client.exchange(REQUEST), server);
    let error = exchange.result.unwrap_err();
    (error.to_string(), error.class().unwrap())
}

/// What preflight says of a server behind `acceptor`.
async fn preflight_of(acceptor: TlsAcceptor, connection: Connection) -> Result<(), String> {
    let (listener, address) = listener().await;
    let server = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        if let Ok(mut stream) = acceptor.accept(tcp).await {
            let _ = stream.read(&mut [0; 64]).await;
        }
    });
    let reached = tokio::task::spawn_blocking(move || {
        let tls = tls(address, &connection);
        let target = Target::parse(&format!("https://127.0.0.1:{}", address.port()), "test").unwrap();
        preflight::reach(&target, Some(&tls), Micros::from_secs(5)).map(|_| ()).map_err(|error| error.to_string())
    });
    let reached = reached.await.unwrap();
    server.await.unwrap();
    reached
}

#[tokio::test]
async fn requests_go_over_one_kept_tls_connection_and_its_handshake_is_connect_time() {
    let authority = Authority::new();
    let acceptor = authority.server(&["localhost"], None);
    let (listener, address) = listener().await;
    let mut client = client(address, &authority.trusted());
    let exchanges = async {
        let first = client.exchange(REQUEST).await;
        assert_eq!(first.result.as_ref().unwrap().body, b"ok");
        assert!(first.connected.is_some_and(|connected| connected <= first.end));
        assert_eq!((first.bytes_sent, first.bytes_received), (REQUEST.bytes.len() as u64, ANSWER.len() as u64));
        // The session tickets that came behind the handshake are no answer, and close nothing.
        let second = client.exchange(REQUEST).await;
        assert!(second.result.is_ok());
        assert_eq!(second.connected, None, "reused");
        drop(client);
    };
    tokio::join!(serve(&listener, &acceptor), exchanges);
}

#[tokio::test]
async fn a_large_request_and_a_large_answer_pass_whole() {
    let authority = Authority::new();
    let acceptor = authority.server(&["localhost"], None);
    let (listener, address) = listener().await;
    let mut client = client(address, &authority.trusted());
    let mut request = b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n".to_vec();
    request.resize(request.len() + 1_000_000, b'x');
    let server = async {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(tcp).await.unwrap();
        let mut read = vec![0; request.len()];
        stream.read_exact(&mut read).await.unwrap();
        assert!(read == request);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await.unwrap();
        stream.write_all(&vec![b'y'; 1_000_000]).await.unwrap();
        stream.flush().await.unwrap();
        stream
    };
    let exchange = async {
        let exchange = client
            .exchange(Outgoing { bytes: &request, is_head: false, since: None, timeout: Micros::from_secs(5) })
            .await;
        assert_eq!(exchange.bytes_sent, request.len() as u64);
        assert!(exchange.result.unwrap().body == vec![b'y'; 1_000_000]);
    };
    tokio::join!(server, exchange);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_is_a_failure_to_connect_with_its_cure() {
    let (authority, other, namesake) = (Authority::new(), Authority::named("Other"), Authority::new());
    let unknown = told(authority.server(&["localhost"], None), &other.trusted()).await;
    assert!(unknown.0.contains("unknown issuer") && unknown.0.contains("--cacert"), "{unknown:?}");
    let anew = told(authority.server(&["localhost"], None), &namesake.trusted()).await;
    assert!(anew.0.contains("same name") && anew.0.contains("--cacert"), "{anew:?}");
    let named = told(authority.server(&["elsewhere.example"], None), &authority.trusted()).await;
    assert!(named.0.contains("wrong name") && named.0.contains("elsewhere.example"), "{named:?}");
    let old = authority.issue(&["localhost"], |params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    });
    let expired = told(authority.server_with(old, None), &authority.trusted()).await;
    assert!(expired.0.contains("has expired"), "{expired:?}");
    let own = authority.issue(&["localhost"], |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    let as_own = told(authority.server_with(own, None), &authority.trusted()).await;
    assert!(as_own.0.contains("CA:TRUE"), "{as_own:?}");
    for (message, class) in [unknown, anew, named, expired, as_own] {
        assert_eq!(class, FailureClass::Connect, "{message}");
    }
}

#[tokio::test]
async fn insecure_takes_what_nobody_vouches_for() {
    let authority = Authority::new();
    let acceptor = authority.server(&["elsewhere.example"], None);
    let (listener, address) = listener().await;
    let mut client = client(address, &Connection { insecure: true, ..Connection::default() });
    let exchange = async {
        assert!(client.exchange(REQUEST).await.result.is_ok());
        drop(client);
    };
    tokio::join!(serve(&listener, &acceptor), exchange);
}

#[tokio::test]
async fn a_client_certificate_that_is_asked_for_is_given() {
    let authority = Authority::new();
    let acceptor = authority.server(&["localhost"], Some(&authority));
    let (listener, address) = listener().await;
    let with = Connection { identity: Some(authority.client()), ..authority.trusted() };
    let mut client = client(address, &with);
    let exchange = async {
        assert!(client.exchange(REQUEST).await.result.is_ok());
        drop(client);
    };
    tokio::join!(serve(&listener, &acceptor), exchange);
    assert_eq!(preflight_of(authority.server(&["localhost"], Some(&authority)), with).await, Ok(()));
}

#[tokio::test]
async fn a_missing_or_unwelcome_client_certificate_is_named_before_any_load() {
    let (authority, other) = (Authority::new(), Authority::new());
    let missing =
        preflight_of(authority.server(&["localhost"], Some(&authority)), authority.trusted()).await.unwrap_err();
    assert!(missing.contains("asks for a client certificate") && missing.contains("--cert"), "{missing}");
    let stranger = Connection { identity: Some(other.client()), ..authority.trusted() };
    let unwelcome = preflight_of(authority.server(&["localhost"], Some(&authority)), stranger).await.unwrap_err();
    assert!(unwelcome.contains("refuses our client certificate"), "{unwelcome}");
    let (_, class) = told(authority.server(&["localhost"], Some(&authority)), &authority.trusted()).await;
    assert!(matches!(class, FailureClass::Connect | FailureClass::Cut), "{class:?}");
}

#[tokio::test]
async fn preflight_tells_a_wrong_certificate_and_a_plain_port() {
    let (authority, other) = (Authority::new(), Authority::named("Other"));
    assert_eq!(preflight_of(authority.server(&["localhost"], None), authority.trusted()).await, Ok(()));
    let error = preflight_of(authority.server(&["localhost"], None), other.trusted()).await.unwrap_err();
    assert!(error.contains("is not ready: TLS with 127.0.0.1") && error.contains("unknown issuer"), "{error}");
    let (listener, address) = listener().await;
    let mut client = client(address, &authority.trusted());
    let plain = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        tcp
    };
    let (exchange, _tcp) = tokio::join!(client.exchange(REQUEST), plain);
    let error = exchange.result.unwrap_err().to_string();
    assert!(error.contains("does not speak TLS"), "{error}");
}

/// What comes of two requests, when `behind` is done to the connection between them.
async fn second_request(
    authority: &Authority,
    behind: impl AsyncFnOnce(TlsStream<TcpStream>) -> Option<TlsStream<TcpStream>>,
) -> Option<Micros> {
    let acceptor = authority.server(&["localhost"], None);
    let (listener, address) = listener().await;
    let mut client = client(address, &authority.trusted());
    let (received, answered) = tokio::sync::oneshot::channel();
    let server = async {
        let mut stream = take(&listener, &acceptor).await;
        stream.write_all(ANSWER).await.unwrap();
        stream.flush().await.unwrap();
        answered.await.unwrap();
        let _kept = behind(stream).await;
        serve(&listener, &acceptor).await;
    };
    let exchanges = async {
        assert!(client.exchange(REQUEST).await.result.is_ok());
        received.send(()).unwrap();
        // Until what the server did has arrived: the socket is asked, and nothing is taken from it.
        let Some(super::stream::Stream::Tls(stream)) = client.kept() else { panic!("not kept") };
        stream.get_ref().0.readable().await.unwrap();
        let second = client.exchange(REQUEST).await;
        assert!(second.result.is_ok(), "{second:?}");
        let connected = second.connected;
        drop(client);
        connected
    };
    tokio::join!(server, exchanges).1
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_or_holds_unasked_bytes_is_replaced() {
    let authority = Authority::new();
    let closed = second_request(&authority, async |mut stream| {
        stream.shutdown().await.unwrap();
        None
    });
    assert!(closed.await.is_some(), "closed with close_notify");
    let cut = second_request(&authority, async |stream| {
        drop(stream.into_inner().0);
        None
    });
    assert!(cut.await.is_some(), "closed without");
    let unasked = second_request(&authority, async |mut stream| {
        stream.write_all(ANSWER).await.unwrap();
        stream.flush().await.unwrap();
        Some(stream)
    });
    assert!(unasked.await.is_some(), "an answer that nobody asked for");
}

/// The exchange with a server that sends `answer` and closes, with or without TLS's own word for it.
async fn closing(answer: &[u8], close_notify: bool, check: impl FnOnce(Exchange<'_>)) {
    let authority = Authority::new();
    let acceptor = authority.server(&["localhost"], None);
    let (listener, address) = listener().await;
    let mut client = client(address, &authority.trusted());
    let server = async {
        let mut stream = take(&listener, &acceptor).await;
        stream.write_all(answer).await.unwrap();
        stream.flush().await.unwrap();
        if close_notify {
            stream.shutdown().await.unwrap();
        }
    };
    let (exchange, ()) = tokio::join!(client.exchange(REQUEST), server);
    check(exchange);
}

#[tokio::test]
async fn a_body_until_the_close_is_whole_only_with_a_close_notify() {
    let endless = b"HTTP/1.1 200 OK\r\n\r\nall of it";
    closing(endless, true, |exchange| assert_eq!(exchange.result.unwrap().body, b"all of it")).await;
    closing(endless, false, |exchange| {
        let error = exchange.result.unwrap_err();
        assert!(matches!(&error, TransportError::Cut(_)), "{error}");
        assert!(error.to_string().contains("close_notify"), "{error}");
    })
    .await;
    closing(ANSWER, false, |exchange| assert!(exchange.result.is_ok(), "its length says that it is whole")).await;
}

/// Serves HTTP/2 on one connection, and sends bodies back.
async fn serve_http2(listener: &TcpListener, acceptor: &TlsAcceptor) {
    let (tcp, _) = listener.accept().await.unwrap();
    let stream = acceptor.accept(tcp).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let service = hyper::service::service_fn(async |request: hyper::Request<hyper::body::Incoming>| {
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/pay"));
        assert_eq!(request.headers()["x-run"], "r");
        let body = http_body_util::BodyExt::collect(request.into_body()).await?.to_bytes();
        let answer = hyper::Response::builder().status(201).header("set-cookie", "a=1");
        Ok::<_, hyper::Error>(answer.body(http_body_util::Full::new(body)).unwrap())
    });
    let server = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
    // The client goes when it has what it came for.
    let _ = server.serve_connection(hyper_util::rt::TokioIo::new(stream), service).await;
}

#[tokio::test]
async fn http2_over_tls_carries_the_same_request_on_one_connection() {
    let authority = Authority::new();
    let mut acceptor = authority.server(&["localhost"], None);
    let mut config = ServerConfig::clone(acceptor.config());
    config.alpn_protocols = vec![b"h2".to_vec()];
    acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listener().await;
    let connection = Connection { http2: true, ..authority.trusted() };
    let target = Target::parse(&format!("https://localhost:{}", address.port()), "test").unwrap();
    let shared = Arc::new(Shared::new(RunClock::start(), 1, Arc::default()));
    let route = Route { address, tls: Some(tls(address, &connection)) };
    let recipe = Arc::new(Recipe::of(&target, &connection));
    let mut client = General::new((shared, 0), route, recipe, Micros::from_secs(5)).unwrap();
    let bytes = b"POST /pay HTTP/1.1\r\nHost: h\r\nX-Run: r\r\nContent-Length: 2\r\n\r\nhi";
    let exchanges = async {
        for _ in 0..2 {
            let exchange =
                client.exchange(Outgoing { bytes, is_head: false, since: None, timeout: Micros::from_secs(5) }).await;
            let answer = exchange.result.unwrap();
            assert_eq!((answer.status, answer.body), (201, &b"hi"[..]));
            assert!(answer.head.starts_with(b"HTTP/1.1 201\r\n"));
            assert!(String::from_utf8_lossy(answer.head).contains("set-cookie: a=1\r\n"), "for the user's jar");
            assert!(exchange.first_byte.is_some_and(|first| exchange.start <= first && first <= exchange.end));
        }
        drop(client);
    };
    tokio::join!(serve_http2(&listener, &acceptor), exchanges);
}

#[test]
fn files_that_cannot_be_used_are_refused_with_path_cause_and_cure() {
    let authority = Authority::new();
    let target = Target::parse("https://localhost", "test").unwrap();
    let refusal = |connection: &Connection| Tls::prepare(&target, connection).map(|_| ()).unwrap_err().to_string();
    let cacert = |path: PathBuf| Connection { cacert: Some(path), ..Connection::default() };
    let client = authority.client();
    let with = |cert: &PathBuf, key: &PathBuf| Connection {
        identity: Some(ClientIdentity { cert: cert.clone(), key: key.clone() }),
        ..authority.trusted()
    };
    let stranger = KeyPair::generate().unwrap().serialize_pem();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (connection, path, part) in [
        (cacert(authority.path("none.pem")), "none.pem", "with --cacert"),
        (cacert(authority.write("text.pem", "no certificate")), "text.pem", "-----BEGIN"),
        (cacert(authority.write("broken.pem", broken)), "broken.pem", "cannot be used"),
        (with(&client.cert, &client.cert), "me.pem", "--key"),
        (with(&client.key, &client.key), "me.key", "--cert"),
        (with(&client.cert, &authority.path("none.key")), "none.key", "cannot read client key"),
        (with(&client.cert, &authority.write("other.key", &stranger)), "other.key", "does not belong"),
    ] {
        let error = refusal(&connection);
        assert!(error.contains(path) && error.contains(part), "{error}");
    }
    assert!(Tls::prepare(&Target::parse("http://h", "test").unwrap(), &cacert("none".into())).unwrap().is_none());
}
