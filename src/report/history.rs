//! `history.jsonl`: one line a run, beside the runs' folders.
//!
//! In: a summary and its verdict. Out: a line of JSON behind the others. Always holds: a line is whole or absent,
//! whoever else appends at the same time; a line that a power cut tore spoils only itself.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Serialize;

use crate::gate::{RunVerdict, Verdict};
use crate::plan::GateOrigin;
use crate::summary::{Summary, TargetKind};
use crate::units::{Millis, RatePerSec, Ratio};

/// Its name beside the runs' folders.
pub const PLACE: &str = "history.jsonl";

/// What is kept of a run to see a trend by.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    folder: &'a str,
    scenario: &'a str,
    started_at: &'a str,
    verdict: RunVerdict,
    exit_code: u8,
    gate: GateOrigin,
    target: &'a str,
    kind: TargetKind,
    model: &'static str,
    users: u32,
    rate: Option<RatePerSec>,
    window_s: Option<f64>,
    requests: u64,
    failures: u64,
    success_rate: Option<Ratio>,
    tps: Option<RatePerSec>,
    mean: Option<Millis>,
    p95: Option<Millis>,
    p99: Option<Millis>,
    version: &'a str,
}

/// The line of a run whose report lies in `folder`, with its line break.
///
/// # Errors
/// When a figure cannot be written as JSON.
pub fn line(summary: &Summary, verdict: &Verdict, (folder, exit_code): (&str, u8)) -> serde_json::Result<String> {
    let (run, totals) = (&summary.run, &summary.totals);
    let time = totals.model_time();
    let line = Line {
        id: &run.id,
        folder,
        scenario: &run.scenario,
        started_at: &run.started_at,
        verdict: verdict.run,
        exit_code,
        gate: verdict.gate,
        target: &summary.target.url,
        kind: summary.target.kind,
        model: run.model,
        users: run.users,
        rate: run.rate,
        window_s: run.window.seconds,
        requests: totals.requests,
        failures: totals.failed_attempts(),
        success_rate: totals.success_rate,
        tps: totals.tps,
        mean: time.mean,
        p95: time.p95,
        p99: time.p99,
        version: &summary.generator.version,
    };
    serde_json::to_string(&line).map(|text| text + "\n")
}

/// Appends `line` to the file at `path`.
///
/// # Errors
/// What the system says: the file cannot be opened, locked or written.
pub fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    // Held until the file is closed: runs of other processes wait for their turn.
    file.lock()?;
    let torn = ends_amid_a_line(&mut file)?;
    let text = if torn { format!("\n{line}") } else { line.to_owned() };
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn ends_amid_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_line_says_which_run_how_it_ended_and_its_figures() {
        let run = fixture::failing();
        let text = line(&run.summary, &run.verdict, ("20251223T205900Z", 99)).unwrap();
        assert_eq!(text.lines().count(), 1);
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&json["verdict"], &json["exit_code"], &json["folder"]),
            (&"fail".into(), &99.into(), &"20251223T205900Z".into())
        );
        assert_eq!((&json["requests"], &json["rate"]), (&456_789.into(), &Value::Null));
    }

    #[test]
    fn lines_of_many_runs_at_once_are_all_whole() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(PLACE);
        let run = fixture::passing();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (path, run) = (&path, &run);
                scope.spawn(move || {
                    for _ in 0..25 {
                        append(path, &line(&run.summary, &run.verdict, (&"x".repeat(number * 900), 0)).unwrap())
                            .unwrap();
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count(), 200);
        assert_eq!(text.lines().count(), 200);
    }

    #[test]
    fn a_torn_line_spoils_only_itself() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join(PLACE);
        std::fs::write(&path, "{\"id\":\"a\"}\n{\"id\":\"b").unwrap();
        append(&path, "{\"id\":\"c\"}\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"id\":\"a\"}\n{\"id\":\"b\n{\"id\":\"c\"}\n");
    }
}
