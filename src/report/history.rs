//! `history.jsonl`: one line a run, beside the runs' folders.
//!
//! In: a summary and its verdict. Out: a line of JSON behind the others. Always holds: a line is whole or absent,
//! whoever else appends at the same time; a line that a power cut tore spoils only itself.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::gate::{RunVerdict, Verdict};
use crate::plan::GateOrigin;
use crate::report::neutral::neutral;
use crate::report::text::Lang;
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

/// An earlier run, as the history has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Past {
    /// Names it.
    pub id: String,
    /// Where its report lies, beside the history.
    pub folder: String,
    /// What it played.
    pub scenario: String,
    /// When it began.
    #[serde(deserialize_with = "moment")]
    pub started_at: Timestamp,
    /// `pass`, `fail` or `invalid`.
    pub verdict: String,
    /// Against what.
    pub target: String,
    /// Whose that was.
    pub kind: String,
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

impl Past {
    /// When, what, how it ended, and where its report lies.
    pub(super) fn cells(&self, lang: Lang) -> [String; 4] {
        let t = lang.text();
        let word = match self.verdict.as_str() {
            "pass" => t.run_pass,
            "fail" => t.run_fail,
            "invalid" => t.run_invalid,
            other => other,
        };
        let when = self.started_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        [when, neutral(&self.scenario), neutral(word), neutral(&self.folder)]
    }
}

/// The runs of `scenario` against `target` in the seven days before `now`, newest first. Runs on the embedded service are
/// against one target, whichever port it took. A line that is torn or of another shape is none.
#[must_use]
pub fn recent(texts: &[String], now: Timestamp, (scenario, target): (&str, (&str, TargetKind))) -> Vec<Past> {
    let (url, embedded) = (target.0, target.1 == TargetKind::Embedded);
    let since = now.saturating_sub(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MIN);
    let lines = texts.iter().flat_map(|text| text.lines());
    let mut past: Vec<Past> = lines
        .filter_map(|line| serde_json::from_str::<Past>(line).ok())
        .filter(|past| past.scenario == scenario && past.started_at >= since && past.started_at <= now)
        .filter(|past| if embedded { past.kind == "embedded" } else { past.kind != "embedded" && past.target == url })
        .collect();
    past.sort_by(|a, b| b.started_at.cmp(&a.started_at).then_with(|| a.id.cmp(&b.id)));
    past.dedup_by(|a, b| a.id == b.id);
    past
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
    fn the_last_seven_days_of_one_scenario_and_target_are_counted_with_their_verdicts() {
        let line = |id: &str, day: u32, verdict: &str, target: &str, kind: &str| {
            format!(
                r#"{{"id":"{id}","folder":"f","scenario":"pay","started_at":"2025-12-{day:02}T00:00:00Z","verdict":"{verdict}","target":"{target}","kind":"{kind}"}}"#
            )
        };
        let texts = [
            [line("a", 20, "fail", "http://x", "external"), line("b", 21, "fail", "http://x", "external")].join("\n"),
            [
                line("b", 21, "fail", "http://x", "external"),
                line("c", 22, "pass", "http://x", "external"),
                line("old", 10, "pass", "http://x", "external"),
                line("other", 22, "pass", "http://y", "external"),
                line("own", 22, "pass", "http://127.0.0.1:1", "embedded"),
                "{\"id\":\"torn".to_owned(),
            ]
            .join("\n"),
        ];
        let now: Timestamp = "2025-12-23T00:00:00Z".parse().unwrap();
        let ids = |target| recent(&texts, now, ("pay", target)).into_iter().map(|past| past.id).collect::<Vec<_>>();
        assert_eq!(ids(("http://x", TargetKind::External)), ["c", "b", "a"], "newest first, each once");
        assert_eq!(ids(("http://127.0.0.1:2", TargetKind::Embedded)), ["own"]);
        assert_eq!(recent(&texts, now, ("other", ("http://x", TargetKind::External))), []);
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
