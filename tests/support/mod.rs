//! What the tests of the command share: a small HTTP server whose every byte and pause is the test's, and the command
//! itself with its report read back.

// Each test file uses its own part of this.
#![allow(dead_code, unreachable_pub)]
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

pub mod secured;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// One piece of an answer: bytes, or a pause before the next.
#[derive(Clone, Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    Pause(Duration),
    /// Closes the connection.
    Close,
    /// Never answers, and keeps the connection.
    Hang,
}

/// What the server saw.
#[derive(Default)]
pub struct Seen {
    pub connections: AtomicU64,
    pub requests: AtomicU64,
    /// Head and body of every request.
    pub texts: Mutex<Vec<String>>,
    /// When each request was read, and on which connection, by their numbers.
    pub arrivals: Mutex<Vec<(u64, Instant)>>,
}

/// A server that answers every request with what `answer` says, until the test ends.
pub struct Server {
    pub address: SocketAddr,
    pub seen: Arc<Seen>,
}

/// A whole answer in one piece.
pub fn ok(body: &str) -> Vec<Piece> {
    status("200 OK", body)
}

pub fn status(status: &str, body: &str) -> Vec<Piece> {
    vec![Piece::Bytes(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes())]
}

/// The consume service's own word for a success.
pub const SUCCESS: &str = r#"{"code":200,"message":"success","data":{"status":"SUCCESS"},"timestamp":1}"#;

impl Server {
    /// `answer` is given the number of the request, from 0, and its text.
    pub fn start(answer: impl Fn(u64, &str) -> Vec<Piece> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let (answer, theirs) = (Arc::new(answer), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&theirs));
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// How far apart the requests of each connection were read, all connections in one list, in rising order.
    pub fn gaps(&self) -> Vec<Duration> {
        let arrivals = self.seen.arrivals.lock().unwrap();
        let mut last = std::collections::HashMap::new();
        let gap = |(connection, at): &(u64, Instant)| last.insert(*connection, *at).map(|before| *at - before);
        let mut gaps: Vec<Duration> = arrivals.iter().filter_map(gap).collect();
        gaps.sort_unstable();
        gaps
    }
}

#[allow(clippy::disallowed_methods, reason = "the server's own clock")]
fn serve(mut stream: TcpStream, seen: &Seen, answer: &(dyn Fn(u64, &str) -> Vec<Piece> + Send + Sync)) {
    stream.set_nodelay(true).unwrap();
    let mut connection = None;
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(text) = read_request(&mut reader) {
        // The default scenario asks for the money's listing, which is no part of the load and which nobody has here.
        if text.lines().next().is_some_and(|line| line.contains("/api/v1/consume/records/keys?")) {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").unwrap();
            continue;
        }
        // The connection that only looks whether somebody listens sends nothing, and is not counted.
        let connection = *connection.get_or_insert_with(|| seen.connections.fetch_add(1, Ordering::SeqCst));
        seen.arrivals.lock().unwrap().push((connection, Instant::now()));
        let number = seen.requests.fetch_add(1, Ordering::SeqCst);
        let pieces = answer(number, &text);
        seen.texts.lock().unwrap().push(text);
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) if stream.write_all(&bytes).is_err() => return,
                Piece::Bytes(_) => {}
                Piece::Pause(pause) => thread::sleep(pause),
                Piece::Close => return,
                Piece::Hang => {
                    // Until the client goes away.
                    let _ = reader.read(&mut [0]);
                    return;
                }
            }
        }
    }
}

pub fn read_request(reader: &mut impl BufRead) -> Option<String> {
    let mut text = String::new();
    let mut length = 0;
    loop {
        let from = text.len();
        if reader.read_line(&mut text).ok()? == 0 {
            return None;
        }
        let line = text[from..].trim_end();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(text + &String::from_utf8_lossy(&body))
}

/// A folder for one run, and the command to be run in it.
pub struct Bench {
    no_calibrate: Option<&'static str>,
    no_preflight: Option<&'static str>,
    pub folder: tempfile::TempDir,
    pub command: Command,
}

/// What a run left.
pub struct Ran {
    pub output: Output,
    pub folder: tempfile::TempDir,
}

/// The command on the crate's own scenario, short enough for a test.
pub fn tollgate(words: &[&str]) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TOLLGATE_HOST").args(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Bench::new(folder, command)
}

/// A short run against `url`, judged by `rules` instead of the scenario's own.
pub fn short_run(url: &str, words: &[&str]) -> Bench {
    let mut bench =
        tollgate(&["--host", url, "--users", "4", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "1s"]);
    bench.command.args(words);
    bench
}

impl Bench {
    /// Neither calibrates nor sends a request before the load.
    pub fn new(folder: tempfile::TempDir, command: Command) -> Self {
        Self { folder, command, no_calibrate: Some("--no-calibrate"), no_preflight: Some("--no-preflight") }
    }

    /// Tries the service and the scenario before the load, as a user's run does.
    pub fn preflighting(self) -> Self {
        Self { no_preflight: None, ..self }
    }

    /// Calibrates as a user's run does; takes four seconds more.
    pub fn calibrating(self) -> Self {
        Self { no_calibrate: None, ..self }
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("report")
    }

    pub fn run(mut self) -> Ran {
        let out = self.out();
        let output =
            self.command.args(self.no_calibrate).args(self.no_preflight).arg("--out").arg(out).output().unwrap();
        Ran { output, folder: self.folder }
    }

    pub fn spawn(mut self) -> Running {
        let out = self.out();
        let child = self.command.args(self.no_calibrate).args(self.no_preflight).arg("--out").arg(out).spawn().unwrap();
        Running { child, folder: self.folder }
    }
}

/// A run that goes on.
pub struct Running {
    pub child: Child,
    pub folder: tempfile::TempDir,
}

impl Running {
    /// Reads stderr until a line holds `part`, and returns that line.
    pub fn wait_for_line(&mut self, part: &str) -> String {
        let mut reader = BufReader::new(self.child.stderr.take().unwrap());
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 0 {
            if line.contains(part) {
                // The rest is read away, so that the run never blocks on a full pipe.
                thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
                return line;
            }
            line.clear();
        }
        panic!("the run ended without saying {part:?}");
    }

    pub fn signal(&self, name: &str) {
        signal(name, self.child.id());
    }

    pub fn finish(self) -> Ran {
        let output = self.child.wait_with_output().unwrap();
        Ran { output, folder: self.folder }
    }
}

impl Ran {
    pub fn code(&self) -> i32 {
        code(self.output.status)
    }

    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    pub fn report(&self) -> PathBuf {
        self.folder.path().join("report")
    }

    pub fn summary(&self) -> Value {
        let path = self.report().join("summary.json");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}\n{}", path.display(), self.stderr()));
        serde_json::from_str(&text).unwrap()
    }

    /// Everything the run sent, inside and outside the window.
    pub fn sent(&self) -> u64 {
        let totals = &self.summary()["totals"];
        totals["requests"].as_u64().unwrap() + totals["outside_window"].as_u64().unwrap()
    }
}

/// Sends a signal, through the shell's own `kill`.
pub fn signal(name: &str, process: u32) {
    assert!(Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status().unwrap().success());
}

/// Waits for a condition that is bound to come.
#[allow(clippy::disallowed_methods, reason = "a deadline, so that a broken run fails instead of hanging")]
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "waited a minute for {what}");
        thread::yield_now();
    }
}

pub fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// The body of a GET, over a connection of its own.
pub fn get(address: &str, path: &str) -> Value {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Writes a scenario of one step into `folder`.
pub fn scenario(folder: &Path, text: &str) -> String {
    let path = folder.join("scenario.toml");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}
