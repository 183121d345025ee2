//! HTTP/2 and proxies: the general client, driven by the command.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use support::{Ran, SUCCESS, Server, code, ok, scenario, short_run, status};

/// A service that speaks HTTP/2 by prior knowledge.
struct H2c {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

impl H2c {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let server = Self { address, connections: Arc::clone(&connections), requests: Arc::clone(&requests) };
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let (connections, requests) = (Arc::clone(&connections), Arc::clone(&requests));
                    tokio::spawn(serve(stream, connections, requests));
                }
            });
        });
        server
    }
}

async fn serve(stream: tokio::net::TcpStream, connections: Arc<AtomicU64>, requests: Arc<AtomicU64>) {
    let first = AtomicU64::new(0);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        // The money's listing is no part of the load, and nobody has one here.
        if request.uri().path().ends_with("/records/keys") {
            let mut missing = hyper::Response::new(Full::new(Bytes::new()));
            *missing.status_mut() = hyper::StatusCode::NOT_FOUND;
            return std::future::ready(Ok::<_, Infallible>(missing));
        }
        // The connection that only looks whether somebody listens sends nothing, and is not counted.
        if first.fetch_add(1, Ordering::SeqCst) == 0 {
            connections.fetch_add(1, Ordering::SeqCst);
        }
        requests.fetch_add(1, Ordering::SeqCst);
        assert_eq!(request.version(), hyper::Version::HTTP_2);
        assert_eq!(request.headers()["content-type"], "application/json");
        std::future::ready(Ok(hyper::Response::new(Full::new(Bytes::from(SUCCESS)))))
    });
    // A probe that sends nothing ends here with an error.
    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

fn failures_of(ran: &Ran) -> String {
    format!("{} {}", ran.stderr(), ran.summary()["failures"])
}

#[test]
fn http2_is_spoken_over_one_connection_a_user_and_what_it_cannot_tell_is_null() {
    let server = H2c::start();
    let url = format!("http://{}", server.address);
    let ran = short_run(&url, &["--http2", "--threshold", "failures<=0"]).run();
    let summary = ran.summary();
    assert_eq!(summary["totals"]["failures"], 0, "{}", failures_of(&ran));
    assert!(summary["totals"]["successes"].as_u64().unwrap() > 0);
    assert_eq!(ran.sent(), server.requests.load(Ordering::SeqCst), "the count equals the server's own");
    assert_eq!(server.connections.load(Ordering::SeqCst), 4, "one a user");
    for figure in ["bytes_sent", "bytes_received", "connect"] {
        assert!(summary["totals"][figure].is_null() && summary["steps"][0][figure].is_null(), "{figure}");
    }
    let html = std::fs::read_to_string(ran.report().join("report.html")).unwrap();
    assert!(html.contains("not available with this transport"));
}

#[test]
fn a_server_without_http2_fails_every_request_and_says_how() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &["--http2", "--users", "1"]).run();
    assert_eq!(ran.summary()["totals"]["successes"], 0);
    assert_eq!(ran.code(), 99, "{}", failures_of(&ran));
    let failure = &ran.summary()["failures"][0];
    assert!(failure["message"].as_str().unwrap().contains("leave --http2 out"), "{failure}");
}

#[test]
fn a_timeout_of_the_general_client_is_a_timeout() {
    let server = Server::start(|_, _| vec![support::Piece::Hang]);
    let words = ["--proxy", &server.url(), "--timeout", "200ms", "--users", "1"];
    let ran = short_run("http://service.invalid", &words).run();
    let summary = ran.summary();
    assert_eq!(summary["failures"][0]["class"], "timeout", "{}", failures_of(&ran));
    assert_eq!(ran.sent(), server.requests(), "each was sent once");
}

#[test]
fn an_answer_that_is_no_http_is_a_parse_failure_as_it_is_to_the_lean_client() {
    let server = Server::start(|_, _| {
        vec![support::Piece::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()), support::Piece::Close]
    });
    for words in [&["--users", "1"][..], &["--users", "1", "--proxy", &server.url()]] {
        let host = if words.len() > 2 { "http://service.invalid" } else { &server.url() };
        let ran = short_run(host, words).run();
        assert_eq!(ran.summary()["failures"][0]["class"], "parse", "{words:?}: {}", failures_of(&ran));
    }
}

#[test]
fn a_plain_target_is_asked_for_through_the_proxy_by_its_whole_url() {
    let proxy = Server::start(|_, _| ok(SUCCESS));
    let folder = tempfile::tempdir().unwrap();
    let text = format!("gate = [\"failures<=0\", \"tps>=1 for all\"]\n[target]\nproxy = \"{}\"\n", proxy.url());
    let steps = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/x?y=1\"\n";
    let file = scenario(folder.path(), &(text + steps));
    let ran = short_run("http://service.invalid:81", &["--scenario", &file]).run();
    assert_eq!(ran.summary()["totals"]["failures"], 0, "{}", failures_of(&ran));
    assert_eq!(ran.sent(), proxy.requests());
    let texts = proxy.seen.texts.lock().unwrap();
    assert!(
        texts.iter().all(|text| text.starts_with("GET http://service.invalid:81/x?y=1 HTTP/1.1\r\n")),
        "{:?}",
        texts[0]
    );
    assert!(ran.summary()["totals"]["connect"].is_null());
}

#[test]
fn a_secured_target_is_tunnelled_to_and_a_refused_tunnel_is_a_failure_to_connect() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&asked);
    let proxy = Server::start(move |_, text| {
        theirs.lock().unwrap().push(text.lines().next().unwrap().to_owned());
        status("403 Forbidden", "")
    });
    let ran = short_run("https://service.invalid", &["--proxy", &proxy.url(), "--users", "1", "--insecure"]).run();
    assert_eq!(ran.summary()["failures"][0]["class"], "connect", "{}", failures_of(&ran));
    assert_eq!(asked.lock().unwrap()[0], "CONNECT service.invalid:443 HTTP/1.1");
}

#[test]
fn what_cannot_be_dialled_is_refused() {
    for (words, part) in [
        (&["--proxy", "https://p:1", "--host", "http://h"][..], "behind TLS"),
        (&["--proxy", "p:1", "--host", "http://h"], "--proxy"),
        (&["--http2"], "embedded service"),
    ] {
        let ran = support::tollgate(words).run();
        assert_eq!(code(ran.output.status), 2, "{}", ran.stderr());
        assert!(ran.stderr().contains(part), "{}", ran.stderr());
    }
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = short_run("http://service.invalid", &["--proxy", &format!("http://{gone}")]).run();
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
}

/// Passes a tunnel on, byte for byte.
fn tunnel(listener: &TcpListener, to: SocketAddr) {
    for client in listener.incoming().map_while(Result::ok) {
        thread::spawn(move || {
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let Some(request) = support::read_request(&mut reader) else { return };
            assert!(request.starts_with("CONNECT pay.example:443 HTTP/1.1"), "{request}");
            let server = TcpStream::connect(to).unwrap();
            let mut client = client;
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut up, mut down, mut back) = (server.try_clone().unwrap(), server, client);
            thread::spawn(move || {
                let _ = std::io::copy(&mut down, &mut back);
            });
            let _ = std::io::copy(&mut reader.by_ref(), &mut up);
        });
    }
}

#[test]
fn tls_goes_through_the_tunnel_with_the_targets_own_certificate() {
    let service = support::secured::Secured::start("pay.example");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (proxy, to) = (listener.local_addr().unwrap(), service.address);
    thread::spawn(move || tunnel(&listener, to));
    let ca = service.file("ca.pem");
    let words = ["--proxy", &format!("http://{proxy}"), "--cacert", &ca.to_string_lossy()];
    let ran = short_run("https://pay.example", &words).run();
    assert_eq!(ran.summary()["totals"]["failures"], 0, "{}", failures_of(&ran));
    assert!(ran.summary()["totals"]["successes"].as_u64().unwrap() > 0);
}
