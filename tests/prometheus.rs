//! The witness of Prometheus, on a real server that scrapes the reference service.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tollgate::acceptance::metrics::{self, LoadFacts, Reads, Source, Unseen, Witnesses};
use tollgate::acceptance::prometheus::{Prometheus, Span};
use tollgate::acceptance::series::Scrape;
use tollgate::attack::clock::time_of_day;
use tollgate::gate::acceptance::{CheckVerdict, database, metrics as rules};
use tollgate::reference::EmbeddedService;
use tollgate::scenario::acceptance::{CacheSection, MetricsSection, PrometheusSection, Severity};

/// How long Prometheus may take to have scraped for the first time.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often it scrapes.
const SCRAPE: &str = "500ms";
/// How long charges are sent.
const SENDING: Duration = Duration::from_secs(8);

/// A server of the test's own. Dropping it ends it, by its own id.
struct Server {
    child: Child,
    _folder: tempfile::TempDir,
    url: String,
}

impl Server {
    fn start(target: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("tollgate-prom-").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "global:\n  scrape_interval: {SCRAPE}\n  scrape_timeout: {SCRAPE}\nscrape_configs:\n  - job_name: consume-service\n    metrics_path: /actuator/prometheus\n    static_configs:\n      - targets: ['{target}']\n"
        );
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("prometheus is not installed: apt-get install prometheus");
        Self { child, _folder: folder, url: format!("http://127.0.0.1:{port}") }
    }

    fn section(&self) -> PrometheusSection {
        toml::from_str(&format!("url = \"{}\"\nscrape = \"{SCRAPE}\"", self.url)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A whole answer of the service.
fn ask(address: &str, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn charge(address: &str, number: u64) {
    let account = 1 + number % 500;
    let body = format!(
        "{{\"transactionNo\":\"P-{number}\",\"userId\":{account},\"areaId\":\"A1\",\"deviceId\":\"POS001\",\"amount\":1.00}}"
    );
    let answer = ask(address, "POST /api/consume/transaction", &body);
    assert!(answer.contains("\"code\":200"), "{answer}");
}

fn scrape(address: &str) -> Scrape {
    Scrape::parse(&ask(address, "GET /actuator/prometheus", "")).unwrap()
}

/// Asks until Prometheus has scraped the service.
#[allow(clippy::disallowed_methods, reason = "a deadline for another process")]
fn wait_for_first_scrape(prometheus: &mut Prometheus) {
    let deadline = Instant::now() + PATIENCE;
    let is_up = |prometheus: &mut Prometheus| {
        let up = prometheus.at("up", time_of_day()).unwrap_or_default();
        up.iter().any(|series| series.samples.last().is_some_and(|(_, value)| *value == 1.0))
    };
    while !is_up(prometheus) {
        assert!(Instant::now() < deadline, "it never scraped the service");
        std::thread::yield_now();
    }
}

/// Rules of every kind, where so many charges a second are sent.
fn written_rules(rate: f64) -> String {
    format!(
        "[[rule]]\nname = \"tps\"\ncounter = \"consume_transaction_total\"\nlimit = \">= {}\"\n\
         [[rule]]\nname = \"errors\"\ncounter = \"consume_transaction_error_total\"\nper = \"consume_transaction_total\"\nlimit = \"<= 0.01\"\n\
         [[rule]]\nname = \"up\"\nquery = \"up\"\nlimit = \">= 1\"\n\
         [[rule]]\nname = \"promql\"\nquery = \"sum(rate(consume_transaction_total[${{window}}]))\"\nlimit = \">= 1\"\n\
         [[rule]]\nname = \"absent\"\nquery = \"no_such_series\"\nlimit = \">= 1\"\n\
         [[rule]]\nname = \"nan\"\nquery = \"rate(consume_transaction_error_total[1m]) / rate(consume_transaction_error_total[1m])\"\nlimit = \"<= 1\"\n\
         [[rule]]\nname = \"malformed\"\nquery = \"sum(\"\nlimit = \"<= 1\"\n",
        rate * 0.5
    )
}

#[test]
#[ignore = "needs prometheus"]
#[allow(clippy::disallowed_methods, reason = "charges are sent for a while")]
fn prometheus_tells_of_the_window_what_was_sent_in_it() {
    let service = EmbeddedService::start(Path::new(env!("CARGO_BIN_EXE_tollgate")), &[]).unwrap();
    let address = service.url().trim_start_matches("http://").to_owned();
    // A counter without a first value has no increase in its first scrape.
    charge(&address, 0);
    let server = Server::start(&address);
    let section = server.section();
    let mut prometheus = Prometheus::new(&section, None).unwrap();
    wait_for_first_scrape(&mut prometheus);

    let clock = prometheus.clock(&time_of_day);
    let checks = database::judge_prometheus(&section, &clock, &Severity::default());
    assert!(checks.iter().all(|check| check.verdict == CheckVerdict::Pass), "{checks:#?}");

    let before = scrape(&address);
    let (start, begun, mut sent) = (time_of_day(), Instant::now(), 0);
    while begun.elapsed() < SENDING {
        sent += 1;
        charge(&address, sent);
        std::thread::sleep(Duration::from_millis(5));
    }
    let span = Span { start, end: time_of_day() };
    let reads = Reads { before: Ok(before), after: Ok(scrape(&address)) };
    let rate = sent as f64 / span.seconds();
    let load = LoadFacts {
        span,
        window: span,
        answered: sent,
        unknown: 0,
        succeeded: sent,
        tps: rate,
        mean_ms: 1_000.0,
        clock_moved: false,
    };

    let metrics_section: MetricsSection = toml::from_str(&written_rules(rate)).unwrap();
    let mut witnesses = Witnesses { reads: &reads, prometheus: Some(&mut prometheus), load };
    let seen = metrics::look(&metrics_section, &mut witnesses);
    assert_eq!(seen.requests.value, Ok(sent as f64), "the two reads count just what was sent");
    let counted = seen.rules[0].value.clone().unwrap();
    let off = (counted - rate).abs() / rate;
    assert!(off <= seen.rules[0].tolerance, "{counted} of {rate} a second, off by {off}");
    assert_eq!((seen.rules[0].source, seen.rules[1].value.clone()), (Source::Prometheus, Ok(0.0)));
    assert!((seen.rules[3].value.clone().unwrap() - rate).abs() / rate <= seen.rules[0].tolerance);
    assert!(matches!(seen.rules[4].value, Err(Unseen::Missing(_))), "{:?}", seen.rules[4]);
    assert!(matches!(seen.rules[5].value, Err(Unseen::Missing(_))), "nothing by nothing: {:?}", seen.rules[5]);
    assert!(matches!(seen.rules[6].value, Err(Unseen::Prometheus(_))), "{:?}", seen.rules[6]);

    let checks = rules::judge(&metrics_section, (&seen, &load), &Severity::default());
    let verdict = |id: &str| checks.iter().find(|check| check.id == id).unwrap().verdict;
    for id in
        ["metrics.count", "metrics.tps", "metrics.mean", "metrics.rule:tps", "metrics.rule:errors", "metrics.rule:up"]
    {
        assert_eq!(verdict(id), CheckVerdict::Pass, "{id}: {checks:#?}");
    }
    assert_eq!(
        (verdict("metrics.rule:absent"), verdict("metrics.rule:nan")),
        (CheckVerdict::NoData, CheckVerdict::NoData)
    );
    assert_eq!(verdict("metrics.rule:malformed"), CheckVerdict::Blocked);

    let cache = metrics::look_at_cache(
        &CacheSection { misses: "no_such_total".into(), ..CacheSection::default() },
        &mut witnesses,
    );
    assert_eq!(cache.misses.value, Err(Unseen::Missing("no_such_total".into())));
    service.stop();
}
