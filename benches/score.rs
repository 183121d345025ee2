//! How fast `tollgate score` reads, and in how much memory: `cargo bench --bench score [-- ROWS]`.
//!
//! The result files are made here and not kept: CSV rows as JMeter 5 writes them, and XML samples, a fifth as many.
//! Printed are rows a second of the whole work (both readings, counting, folding) and the most memory that was held.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench ends where it panics"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use tollgate::jmeter::jtl::{ScoreOptions, score};
use tollgate::units::Micros;

const ROWS: u64 = 10_000_000;
const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,\
                      bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";

fn main() {
    // `cargo bench` passes --bench; `cargo test --benches` passes nothing, and gets a small file.
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let rows = typed.iter().find_map(|word| word.parse().ok());
    let rows = rows.unwrap_or(if typed.iter().any(|word| word == "--bench") { ROWS } else { 10_000 });
    let place = tempfile::tempdir().unwrap();
    measure("CSV", rows, &place.path().join("results.jtl"), csv);
    measure("XML", rows / 5, &place.path().join("results.xml"), xml);
    println!("most memory held: {}", peak());
}

/// Writes row number `n`.
type WriteRow = fn(&mut BufWriter<File>, u64);

fn measure(form: &str, rows: u64, path: &Path, row: WriteRow) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(file, "{}", if form == "XML" { "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">" } else { HEADER })
        .unwrap();
    (0..rows).for_each(|n| row(&mut file, n));
    if form == "XML" {
        writeln!(file, "</testResults>").unwrap();
    }
    file.flush().unwrap();
    let options = ScoreOptions {
        file: path.to_owned(),
        thresholds: vec!["tps>=1".parse().unwrap()],
        skip_ramp: Micros::ZERO,
        columns: None,
        command: String::new(),
    };
    let (begun, used) = (Instant::now(), processor_seconds());
    let scored = score(&options).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    // On a machine with other work the time of day says little; the work is done on one thread.
    let used = processor_seconds().zip(used).map_or(seconds, |(after, before)| after - before);
    assert_eq!(scored.summary.totals.requests, rows);
    let bytes = path.metadata().unwrap().len();
    println!(
        "{form}: {rows} rows of {} bytes in {seconds:.2} s, {used:.2} s of them on a processor: {:.0} rows a second of it",
        bytes / rows.max(1),
        rows as f64 / used.max(0.01)
    );
    std::fs::remove_file(path).unwrap();
}

/// Start and elapsed of row `n`: 5,000 a second, ended in order, with a tail.
fn times(n: u64) -> (u64, u64) {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let elapsed = 10 + mixed % 40 + if mixed.is_multiple_of(97) { mixed % 1_500 } else { 0 };
    (1_700_000_000_000 + n / 5 + 2_000 - elapsed, elapsed)
}

fn csv(file: &mut BufWriter<File>, n: u64) {
    let ((start, elapsed), label) = (times(n), ["login", "search", "pay", "logout"][(n % 4) as usize]);
    let (code, message, good) = if n % 1_000 == 7 { (503, "Service Unavailable", false) } else { (200, "OK", true) };
    let thread = n % 100 + 1;
    writeln!(
        file,
        "{start},{elapsed},{label},{code},{message},Thread Group 1-{thread},text,{good},,268,412,100,100,\
         http://127.0.0.1:8094/api/{label},{},0,0",
        elapsed - 1
    )
    .unwrap();
}

fn xml(file: &mut BufWriter<File>, n: u64) {
    let ((start, elapsed), label) = (times(n), ["login", "search", "pay", "logout"][(n % 4) as usize]);
    let (code, message, good) = if n % 1_000 == 7 { (503, "Service Unavailable", false) } else { (200, "OK", true) };
    let thread = n % 100 + 1;
    writeln!(
        file,
        "<httpSample t=\"{elapsed}\" it=\"0\" lt=\"{}\" ct=\"0\" ts=\"{start}\" s=\"{good}\" lb=\"{label}\" \
         rc=\"{code}\" rm=\"{message}\" tn=\"Thread Group 1-{thread}\" dt=\"text\" by=\"268\" sby=\"412\" ng=\"100\" \
         na=\"100\">\n  <java.net.URL>http://127.0.0.1:8094/api/{label}</java.net.URL>\n</httpSample>",
        elapsed - 1
    )
    .unwrap();
}

/// Processor time of this process, where the system tells, in hundredths of a second.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

/// The most memory that this process held, where the system tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}
