//! What is published for other programs: the schema of `summary.json`, and the pipelines under `docs/ci/`.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{SUCCESS, Server, ok, short_run, status};

fn at(place: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(place)
}

fn read(place: &str) -> String {
    fs::read_to_string(at(place)).unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// The published schema, which lets keys be added, and the same with every object closed.
fn schema() -> (Value, Value) {
    let published: Value = serde_json::from_str(&read("docs/summary.schema.json")).unwrap();
    let mut closed = published.clone();
    close(&mut closed);
    (published, closed)
}

/// Forbids every key that a schema of an object does not name.
fn close(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        if object.get("properties").is_some_and(Value::is_object) && object.get("type") == Some(&"object".into()) {
            object.insert("additionalProperties".to_owned(), false.into());
        }
        object.values_mut().for_each(close);
    } else if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(close);
    }
}

fn complaints(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The committed sample, and summaries that runs of this program write.
fn samples() -> Vec<(String, Value)> {
    let mut samples = Vec::new();
    for entry in fs::read_dir(at("reports")).unwrap() {
        let path = entry.unwrap().path().join("summary.json");
        if path.parent().is_some_and(|folder| folder.ends_with("sample")) {
            let text = fs::read_to_string(&path).unwrap();
            samples.push((path.display().to_string(), serde_json::from_str(&text).unwrap()));
        }
    }
    let failing = Server::start(|number, _| match number % 3 {
        0 => status("503 Service Unavailable", r#"{"code":50301,"message":"<script>|`\u001b[0m\u202e"}"#),
        _ => ok(SUCCESS),
    });
    let answering = Server::start(|_, _| ok(SUCCESS));
    for (name, server, words) in [
        ("failing", &failing, &["--threshold", "tps>=10"][..]),
        ("open", &answering, &["--rate", "200", "--threshold", "tps>=10"]),
        ("passing", &answering, &["--threshold", "tps>=10"]),
    ] {
        samples.push((name.to_owned(), short_run(&server.url(), words).run().summary()));
    }
    samples
}

#[test]
fn every_summary_is_what_the_schema_says_and_holds_no_key_it_does_not_know() {
    let (published, closed) = schema();
    let samples = samples();
    assert!(samples.len() >= 4 && samples.iter().any(|(name, _)| name.contains("sample")), "the sample was not found");
    for (name, summary) in &samples {
        assert_eq!(complaints(&closed, summary), [""; 0], "{name}");
        let mut more = summary.clone();
        more["generator"]["a_new_key"] = 1.into();
        assert!(!complaints(&closed, &more).is_empty(), "an unknown key must be found");
        assert_eq!(complaints(&published, &more), [""; 0], "readers of the published schema keep reading newer runs");
    }
    let verdicts: BTreeSet<&str> = samples.iter().filter_map(|(_, summary)| summary["verdict"].as_str()).collect();
    assert!(verdicts.contains("pass") && verdicts.contains("fail"), "{verdicts:?}");
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let (_, closed) = schema();
    let sample: Value = serde_json::from_str(&read("reports/sample/summary.json")).unwrap();
    type Spoil = fn(&mut Value);
    let spoils: [(&str, Spoil); 6] = [
        ("a verdict of no kind", |summary| summary["verdict"] = "perhaps".into()),
        ("a share over one", |summary| summary["totals"]["success_rate"] = 1.5.into()),
        ("a count with a fraction", |summary| summary["steps"][0]["requests"] = 1.5.into()),
        ("a moment that is none", |summary| summary["run"]["started_at"] = "yesterday".into()),
        ("a key that is gone", |summary| drop(summary["totals"].as_object_mut().unwrap().remove("tps"))),
        ("a time as text", |summary| summary["totals"]["ttfb"]["p95"] = "12 ms".into()),
    ];
    for (what, spoil) in spoils {
        let mut spoiled = sample.clone();
        spoil(&mut spoiled);
        assert!(!complaints(&closed, &spoiled).is_empty(), "{what}");
    }
}

/// Every file that a run leaves, relative to its folder.
const LEFT: [&str; 11] = [
    "report.html",
    "summary.json",
    "summary.md",
    "junit.xml",
    "statistics.json",
    "final-stats.xml",
    "load-performance.json",
    "acceptance.docx",
    "latency.hlog",
    "SHA256SUMS",
    "charts/latency-over-time.png",
];

#[test]
fn the_readers_guide_names_every_file_that_a_run_leaves() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &["--threshold", "tps>=10"]).run();
    for file in LEFT {
        assert!(ran.report().join(file).is_file(), "{file}");
    }
    for guide in ["README.md", "docs/README.zh-CN.md", "docs/ci.md"] {
        let text = read(guide);
        for file in LEFT.iter().filter(|file| !file.contains('/')) {
            assert!(text.contains(&format!("`{file}`")), "{guide} does not name {file}");
        }
    }
}

/// A pipeline as a document.
fn yaml(place: &str) -> Value {
    serde_saphyr::from_str(&read(place)).unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// The command of a pipeline that runs the gate.
fn gate<'a>(commands: impl Iterator<Item = &'a str>) -> &'a str {
    let mut commands = commands.filter(|command| command.contains("--require-target"));
    let command = commands.next().unwrap_or_else(|| panic!("no command runs the gate"));
    assert!(command.contains("--out reports/nightly") && !command.contains("|| true"), "{command}");
    command
}

#[test]
fn the_github_workflow_keeps_the_report_of_a_run_that_failed() {
    let workflow = yaml("docs/ci/github-actions.yml");
    assert!(workflow["on"]["schedule"][0]["cron"].is_string(), "{workflow}");
    let steps = workflow["jobs"]["gate"]["steps"].as_array().unwrap();
    gate(steps.iter().filter_map(|step| step["run"].as_str()));
    let upload = steps
        .iter()
        .find(|step| step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/upload-artifact@")))
        .unwrap();
    assert_eq!((upload["if"].as_str(), upload["with"]["path"].as_str()), (Some("always()"), Some("reports/nightly/")));
}

#[test]
fn the_gitlab_pipeline_hands_each_file_to_its_reader() {
    let pipeline = yaml("docs/ci/gitlab-ci.yml");
    let job = &pipeline["load-gate"];
    gate(job["script"].as_array().unwrap().iter().filter_map(Value::as_str));
    let artifacts = &job["artifacts"];
    assert_eq!(artifacts["when"], "always");
    assert_eq!(artifacts["reports"]["junit"], "reports/nightly/junit.xml");
    assert_eq!(artifacts["reports"]["load_performance"], "reports/nightly/load-performance.json");
    assert!(artifacts["paths"].as_array().unwrap().contains(&"reports/nightly/".into()), "charts are artifacts too");
    assert!(job["allow_failure"].is_null(), "a gate that may fail is none");
}

#[test]
fn the_jenkins_pipeline_hands_each_file_to_its_reader() {
    let text = read("docs/ci/Jenkinsfile");
    let mut open = Vec::new();
    let (mut quote, mut before) = (None, ' ');
    for c in text.lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n").chars() {
        match (quote, c) {
            (Some(mark), c) if c == mark && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '{' | '(' | '[') => open.push(c),
            (None, '}' | ')' | ']') => {
                let opened = match c {
                    '}' => '{',
                    ')' => '(',
                    _ => '[',
                };
                assert_eq!(open.pop(), Some(opened), "brackets are balanced");
            }
            _ => {}
        }
        before = c;
    }
    assert!(open.is_empty() && quote.is_none(), "{open:?}");
    for part in ["pipeline {", "agent ", "triggers {", "cron(", "stages {", "post {", "always {"] {
        assert!(text.contains(part), "{part}");
    }
    let lines = text.lines().map(str::trim);
    gate(lines.filter(|line| line.starts_with("sh ")));
    let always = text.split_once("always {").unwrap().1;
    for reader in [
        "junit testResults: 'reports/nightly/junit.xml'",
        "sourceDataFiles: 'reports/nightly/final-stats.xml'",
        "archiveArtifacts",
    ] {
        assert!(always.contains(reader), "{reader}");
    }
}
