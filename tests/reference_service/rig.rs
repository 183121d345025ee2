//! A service to drive, and a client that drives it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tollgate::reference::{Delay, Fen, ServeError, ServeOptions, Server};
use tollgate::units::Micros;

pub(crate) const TRANSACTION: &str = "/api/consume/transaction";
pub(crate) const OVERVIEW: &str = "/api/v1/consume/statistics/overview";

/// A service on a port of its own, ended by the test.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// The database, where there is a history.
    pub(crate) store: Option<PathBuf>,
    pub(crate) end: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    pub(crate) async fn with(accounts: u32, yuan: i64, delay: Micros) -> Self {
        let delay = Delay::Fixed(delay);
        Self::start(ServeOptions { delay, accounts, balance: Fen::from_yuan(yuan), ..ServeOptions::default() }).await
    }

    /// Ten accounts of 100.00, no delay, and what else is said.
    pub(crate) async fn set_up(change: impl FnOnce(&mut ServeOptions)) -> Self {
        let delay = Delay::Fixed(Micros::ZERO);
        let mut options = ServeOptions { delay, accounts: 10, balance: Fen::from_yuan(100), ..ServeOptions::default() };
        change(&mut options);
        Self::start(options).await
    }

    pub(crate) async fn start(mut options: ServeOptions) -> Self {
        options.address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(options).await.unwrap();
        let (address, store) = (server.local_addr(), server.store().map(Path::to_owned));
        let (end, ended) = oneshot::channel::<()>();
        let served = tokio::spawn(server.run(async move { drop(ended.await) }));
        Self { address, store, end, served }
    }

    pub(crate) async fn new(yuan: i64) -> Self {
        Self::with(10, yuan, Micros::ZERO).await
    }

    pub(crate) async fn client(&self) -> Client {
        Client { stream: BufReader::new(TcpStream::connect(self.address).await.unwrap()) }
    }

    pub(crate) async fn end(self) {
        self.end.send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }
}

pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// HTTP status, code inside, message.
    pub(crate) fn refusal(&self) -> (u16, u64, String) {
        let body = self.json();
        assert_eq!(body["success"], json!(false));
        assert_eq!(body["data"], Value::Null);
        (self.status, body["code"].as_u64().unwrap(), body["message"].as_str().unwrap().to_owned())
    }
}

impl Client {
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.raw(&request).await
    }

    pub(crate) async fn raw(&mut self, request: &str) -> Answer {
        self.stream.get_mut().write_all(request.as_bytes()).await.unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.stream.read_line(&mut head).await.unwrap(), 0, "closed after {head:?}");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        let status = head[9..12].parse().unwrap();
        Answer { status, head, body: String::from_utf8(body).unwrap() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub(crate) async fn charge(&mut self, transaction_no: &str, user: i64, amount: &str) -> Answer {
        let body = format!(
            r#"{{"transactionNo":"{transaction_no}","userId":{user},"areaId":"A1","deviceId":"POS001","amount":{amount}}}"#
        );
        self.send("POST", TRANSACTION, &body).await
    }

    pub(crate) async fn balance(&mut self, account: i64) -> String {
        let answer = self.get(&format!("/api/v1/consume/account/{account}/balance")).await;
        assert_eq!(answer.status, 200);
        field(&answer.body, "data").to_owned()
    }

    /// The figure of a series, by its whole name.
    pub(crate) async fn series(&mut self, name: &str) -> Option<f64> {
        let metrics = self.metrics().await;
        let figure = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(figure.parse().unwrap())
    }

    /// How often the service says it committed a fault.
    pub(crate) async fn faults(&mut self, name: &str) -> u64 {
        let metrics = self.metrics().await;
        let series = format!("tollgate_reference_faults_total{{fault=\"{name}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
    }

    pub(crate) async fn metrics(&mut self) -> String {
        self.get("/actuator/prometheus").await.body
    }
}

/// A number as it is written, which a parser would not tell.
pub(crate) fn field<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body.split_once(&format!("\"{name}\":")).unwrap();
    rest.split([',', '}']).next().unwrap()
}

pub(crate) fn fen(text: &str) -> i64 {
    text.parse::<Fen>().unwrap().get()
}
