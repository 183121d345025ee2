//! A browser, driven over plain WebDriver: JSON over HTTP, to a driver on a port that the kernel chose.
//!
//! In: a page on disk. Out: what the browser shows, asks for and complains about. Always holds: the browser is closed
//! and the driver ended, by its id, when the test ends in whatever way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// One browser with one page.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts a browser without a window that keeps a log of its console and its requests.
    pub(crate) fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver: {error}; install chromium and chromium-driver"));
        let mut said = BufReader::new(driver.stdout.take().unwrap());
        let port = port(&mut said);
        // The rest is read away, so that the driver never blocks on a full pipe.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let mut browser = Self { driver, port, session: String::new() };
        let options = json!({"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.ask("POST", "/session", &wanted);
        session["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        browser
    }

    /// Shows a page.
    pub(crate) fn open(&self, page: &Path) -> String {
        let url = format!("file://{}", page.display());
        self.tell("/url", &json!({"url": url}));
        url
    }

    /// What a script returns that runs in the page.
    pub(crate) fn eval(&self, script: &str) -> Value {
        self.tell("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Makes the screen so wide, in pixels.
    pub(crate) fn wide(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Shows the page as on a screen that is `light` or `dark`, or as on paper.
    pub(crate) fn medium(&self, medium: &str, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.devtools("Emulation.setEmulatedMedia", &json!({"media": medium, "features": features}));
    }

    fn devtools(&self, method: &str, params: &Value) {
        self.tell("/goog/cdp/execute", &json!({"cmd": method, "params": params}));
    }

    /// Points at the middle of the first element that `selector` finds.
    pub(crate) fn point_at(&self, selector: &str) {
        self.eval(&format!("document.querySelector({selector:?}).scrollIntoView({{block: 'center'}})"));
        let found = self.tell("/element", &json!({"using": "css selector", "value": selector}));
        let moves = json!({"type": "pointerMove", "duration": 0, "x": 3, "y": 3, "origin": found});
        let pointer =
            json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [moves]});
        self.tell("/actions", &json!({"actions": [pointer]}));
    }

    /// The page printed on A4, as a PDF.
    pub(crate) fn print(&self) -> Vec<u8> {
        use base64::Engine as _;
        let printed = self.tell("/print", &json!({"page": {"width": 21.0, "height": 29.7}, "background": true}));
        base64::engine::general_purpose::STANDARD.decode(printed.as_str().unwrap()).unwrap()
    }

    /// What the console said, since it was last asked.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.log("browser").iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Every address that was asked for, since it was last asked.
    pub(crate) fn requests(&self) -> Vec<String> {
        let of = |entry: &Value| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            (message["method"] == "Network.requestWillBeSent")
                .then(|| message["params"]["request"]["url"].as_str().map(ToOwned::to_owned))?
        };
        self.log("performance").iter().filter_map(of).collect()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.tell("/se/log", &json!({"type": kind})).as_array().unwrap().clone()
    }

    fn tell(&self, command: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}{command}", self.session), body)
    }

    /// One command, on a connection of its own.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let (port, length) = (self.port, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
        write!(stream, "{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let said: Value = serde_json::from_slice(&answer(stream)).unwrap();
        let value = said["value"].clone();
        assert!(value["error"].is_null(), "{path}: {}", value["message"]);
        value
    }
}

/// The body of an answer; the driver keeps the connection, so its length tells where it ends.
fn answer(stream: TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the driver closed the connection");
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    body
}

/// Reads until the driver says its port.
fn port(said: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    while said.read_line(&mut line).unwrap() > 0 {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port.trim().trim_end_matches('.').parse().unwrap();
        }
        line.clear();
    }
    panic!("chromedriver ended without a port");
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that fails inside a command must not fail again here.
        let session = std::mem::take(&mut self.session);
        if !session.is_empty() {
            let head = format!("DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                let _sent = stream.write_all(head.as_bytes());
                // One byte of an answer says that the browser is closed.
                let _closed = stream.read(&mut [0]);
            }
        }
        let _ended = self.driver.kill();
        let _reaped = self.driver.wait();
    }
}
