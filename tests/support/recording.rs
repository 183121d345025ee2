//! A small server that writes down what it is asked, in order.
//!
//! In: requests over HTTP/1.1, connections kept. Out: [`Heard`] of each. Always holds: answers depend on the path and on
//! the cookie alone, so that two clients that ask the same are told the same.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A request as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Method and path.
    pub(crate) line: String,
    /// Headers that a plan sets or that follow from it, sorted, names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

/// The server. It ends with the process.
pub(crate) struct Recording {
    /// Where it listens.
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<(Instant, Heard)>>>,
}

/// The type of a form.
const FORM: &str = "application/x-www-form-urlencoded";
/// Headers that every client chooses for itself.
const OF_THE_CLIENT: [&str; 5] = ["host", "connection", "user-agent", "content-length", "accept-encoding"];

impl Recording {
    /// Listens on a free port of this machine.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard: Arc<Mutex<Vec<(Instant, Heard)>>> = Arc::default();
        let kept = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = Arc::clone(&kept);
                thread::spawn(move || while answer(&stream, &heard).is_some() {});
            }
        });
        Self { port, heard }
    }

    /// What was asked since the last call.
    pub(crate) fn take(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap()).into_iter().map(|(_, heard)| heard).collect()
    }

    /// The times between one request and the next, since the last call.
    #[allow(dead_code, reason = "not every test looks at times")]
    pub(crate) fn take_gaps(&self) -> Vec<Duration> {
        let heard = std::mem::take(&mut *self.heard.lock().unwrap());
        heard.windows(2).map(|two| two[1].0 - two[0].0).collect()
    }
}

/// Answers one request; nothing when the client has gone.
fn answer(mut stream: &TcpStream, heard: &Mutex<Vec<(Instant, Heard)>>) -> Option<()> {
    let mut reader = Kept { stream };
    let mut lines = Vec::new();
    loop {
        let line = reader.line()?;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let at = Instant::now();
    let (first, rest) = lines.split_first()?;
    let mut headers: Vec<(String, String)> = rest
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let length = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.stream.read_exact(&mut body).ok()?;
    let line = first.trim_end_matches(" HTTP/1.1").to_owned();
    let (status, extra, text) = told(&line, header("cookie").as_deref());
    headers.retain(|(name, _)| !OF_THE_CLIENT.contains(&name.as_str()));
    // A form is in UTF-8, whether its type says so or not.
    for (_, value) in headers.iter_mut().filter(|(name, value)| name == "content-type" && value.starts_with(FORM)) {
        FORM.clone_into(value);
    }
    // In which order a client's cookies stand is its own affair.
    for (_, value) in headers.iter_mut().filter(|(name, _)| name == "cookie") {
        let mut cookies: Vec<&str> = value.split("; ").collect();
        cookies.sort_unstable();
        *value = cookies.join("; ");
    }
    headers.sort();
    let mut body = String::from_utf8_lossy(&body).into_owned();
    // What stands between the parts of a body is the client's own affair too.
    for (_, value) in headers.iter_mut().filter(|(name, _)| name == "content-type") {
        if let Some((kind, boundary)) = value.clone().split_once("; boundary=") {
            body = body.replace(boundary, "BOUNDARY");
            kind.clone_into(value);
        }
    }
    if headers.iter().any(|(_, value)| value == FORM) {
        body = spaced(&body);
    }
    let line = match line.split_once('?') {
        Some((path, query)) => format!("{path}?{}", spaced(query)),
        None => line,
    };
    heard.lock().unwrap().push((at, Heard { line, headers, body }));
    let length = text.len();
    // What answers a HEAD has no body, whatever its head says.
    let text = if first.starts_with("HEAD ") { "" } else { text };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n{extra}\r\n{text}")
        .ok()
}

/// A form or a query with the one of the two ways to write a space.
fn spaced(form: &str) -> String {
    form.replace('+', "%20")
}

/// Reads lines without reading beyond them.
struct Kept<'s> {
    stream: &'s TcpStream,
}

impl Kept<'_> {
    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut one = BufReader::with_capacity(1, self.stream);
        one.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
        Some(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

/// Status, further headers and body.
fn told(line: &str, cookie: Option<&str>) -> (&'static str, &'static str, &'static str) {
    let path = line.split_once(' ').map_or("", |(_, path)| path);
    match path.split('?').next().unwrap_or_default() {
        "/items" => ("200 OK", "", r#"{"state": "OPEN", "items": [{"id": 11}, {"id": 12}, {"id": 13}]}"#),
        "/text" => ("200 OK", "", "page=12 of 40, name=tea, <b>milk-tea</b>"),
        "/missing" => ("404 Not Found", "", "no"),
        "/sign-in" => ("200 OK", "Set-Cookie: sid=s1; Path=/; HttpOnly\r\nSet-Cookie: theme=dark\r\n", "ok"),
        "/sign-out" => ("200 OK", "Set-Cookie: sid=out; Path=/\r\n", "ok"),
        "/redirect" => ("302 Found", "Location: /landed?from=1\r\n", ""),
        _ if cookie.is_some() => ("200 OK", "", "with a cookie"),
        _ => ("200 OK", "", "ok"),
    }
}
