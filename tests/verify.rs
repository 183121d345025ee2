//! `tollgate verify` through the command: the whole walk on the embedded service, other targets, the audit, the documents.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/walked.rs"]
mod walked;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;
use walked::{Serving, Walked, root};

#[test]
fn the_walk_on_the_embedded_service_passes_as_a_demonstration_and_leaves_the_documents() {
    let walked = Walked::of(&["--lang", "zh"]);
    assert_eq!(walked.output.status.code(), Some(0), "{}", walked.said());
    let stdout = walked.stdout();
    for line in [
        "本次在内置参考服务上以短时负载演示：仅展示工具，不构成任何验收。",
        "消费服务生产环境验收结果",
        "数据库迁移: ✅ 通过",
        "  - POSID表创建: 11/11 ✓",
        "服务启动: ✅ 通过\n  - 服务状态: UP ✓",
        "性能测试: ✅ 通过\n  - TPS: ",
        "双写一致性: ✅ 通过",
        "总体结论: ✅ 全部检查通过（仅为演示，不构成验收）",
    ] {
        assert!(stdout.contains(line), "{line}\n{}", walked.said());
    }
    let json = walked.json();
    assert_eq!((&json["verdict"], &json["target"]["kind"]), (&"pass".into(), &"embedded".into()));
    let names: Vec<&str> = json["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["environment", "migration", "health", "probes", "load", "metrics", "cache", "dual_write", "switch"]
    );
    assert_eq!(json["runs"].as_array().unwrap().len(), 2);
    assert_eq!(json["runs"][0]["run"]["model"], "open");
    assert_eq!(json["runs"][1]["run"]["model"], "closed");
    assert_eq!(walked.ends("load.window"), ["skipped"]);
    assert_eq!(walked.ends("load.read_back"), ["pass"]);
    assert_eq!(walked.ends("metrics.count"), ["pass"]);
    assert_eq!(walked.ends("cache.l2"), ["pass"], "both definitions of its rate have something to count");
    for rule in ["migration.partitions", "migration.current_month", "environment.read_only"] {
        assert_eq!(walked.ends(rule), ["skipped"], "SQLite has none, and it blocks nothing");
    }
    let schema: Value = serde_json::from_str(&tollgate::report::acceptance::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(wrong, Vec::<String>::new());
    for document in
        ["acceptance.html", "acceptance.md", "acceptance.docx", "load/report.html", "load-parity/report.html"]
    {
        assert!(walked.out().join(document).is_file(), "{document}");
    }
    let whole =
        Command::new(env!("CARGO_BIN_EXE_tollgate")).arg("report").arg(walked.out()).arg("--verify").output().unwrap();
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stdout));
    // Both loads are in the history, so that a rerun until green is seen.
    let history = fs::read_to_string(walked.folder.path().join("history.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 2);
}

#[test]
fn a_stub_is_found_by_the_money_and_missing_metrics_are_no_data() {
    let stub = Walked::of(&["--only", "load", "--serve-option", "--stub"]);
    assert_ne!(stub.output.status.code(), Some(0), "{}", stub.said());
    assert!(stub.ends("load.read_back").iter().all(|end| end != "pass"), "{:?}", stub.checks());
    let bare = Walked::of(&["--only", "metrics", "--serve-option", "--metrics-missing"]);
    assert_eq!(bare.output.status.code(), Some(98), "{}", bare.said());
    assert_eq!(bare.ends("metrics.count"), ["no_data"]);
}

#[test]
fn a_target_that_nobody_listens_on_blocks_its_steps_and_the_document_says_what_they_needed() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let walked = Walked::of(&["--host", &format!("http://127.0.0.1:{port}"), "--only", "health"]);
    assert_eq!(walked.output.status.code(), Some(3), "{}", walked.said());
    assert_eq!(walked.json()["verdict"], "invalid");
    assert!(walked.stdout().contains("needs a target that answers"), "{}", walked.said());
}

#[test]
fn a_shorter_window_on_a_real_target_is_printed_everywhere_and_accepts_nothing() {
    let serving = Serving::start(&["--history", "24h", "--refuse-repeats"]);
    let walked = Walked::of(&[
        "--host",
        &serving.url,
        "--only",
        "load",
        "--warm-up",
        "1s",
        "--run-time",
        "3s",
        "--ramp-up",
        "1s",
    ]);
    assert_eq!(walked.output.status.code(), Some(98), "{}", walked.said());
    assert_eq!(walked.ends("load.window"), ["blocked"]);
    let note = "warm-up 1 s of 60 s, window 3 s of 300 s; this run accepts nothing";
    assert!(walked.stdout().contains(note), "{}", walked.said());
    for document in ["acceptance.html", "acceptance.md", "acceptance.json"] {
        let text = fs::read_to_string(walked.out().join(document)).unwrap();
        assert!(text.contains(note), "{document}");
    }
}

#[test]
#[cfg(unix)]
fn a_soak_that_is_stopped_says_how_to_go_on_and_does() {
    let folder = tempfile::tempdir().unwrap();
    // Stopped while it waits for its second check.
    let stopped = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.arg("verify").arg(root().join("scenarios/acceptance.toml")).args(["--only", "dual-write", "--out"]);
        command.arg(folder.path()).args(["--watch", "2h", "--every", "1h"]).env_remove("TOLLGATE_HOST");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(line.starts_with("soak: 1 of 3 checks, 0 missed") && line.contains("next at"), "{line}");
        let kill = format!("kill -INT {}", child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("start it again with the same words") && !rest.contains("error:"), "{rest}");
        fs::read_to_string(folder.path().join("soak.jsonl")).unwrap()
    };
    let (begun, again) = (stopped(), stopped());
    assert_eq!((begun.lines().count(), &again), (2, &begun), "it goes on where it was");
}

#[test]
fn figures_that_cannot_all_be_true_are_told_and_fail() {
    let audit = |lang: &str| {
        let file = root().join("docs/audit-example.toml");
        Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["verify", "--audit"])
            .arg(file)
            .args(["--lang", lang])
            .output()
            .unwrap()
    };
    let (en, zh) = (audit("en"), audit("zh"));
    assert_eq!((en.status.code(), zh.status.code()), (Some(99), Some(99)));
    let said = String::from_utf8(en.stdout).unwrap();
    assert!(said.contains("300,000 requests in 300 s are 1,000.00 a second, not 1,234.56 TPS"), "{said}");
    assert!(said.contains("leave 45.8 ms per request unexplained"), "{said}");
    assert!(String::from_utf8(zh.stdout).unwrap().contains("这些数据不可能同时成立"));
}

#[test]
fn the_published_schema_of_acceptance_json_is_current() {
    let (kept, current) = (root().join("docs/acceptance.schema.json"), tollgate::report::acceptance::schema());
    // To write it anew: TOLLGATE_BLESS=1.
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(&kept, &current).unwrap();
    }
    let kept = fs::read_to_string(kept).unwrap().replace("\r\n", "\n");
    assert!(kept == current, "run the tests once with TOLLGATE_BLESS=1, and commit docs/acceptance.schema.json");
}

#[test]
fn every_check_and_every_section_is_documented() {
    let text = fs::read_to_string(root().join("docs/acceptance.md")).unwrap();
    for (check, blocks) in tollgate::scenario::acceptance::severity::CHECKS {
        let line = text.lines().find(|line| line.starts_with(&format!("| `{check}` |")));
        let line = line.unwrap_or_else(|| panic!("docs/acceptance.md does not tell of {check}"));
        assert!(line.ends_with(if blocks { "| blocks |" } else { "| warns |" }), "{line}");
    }
    for section in ["target", "severity", "database", "prometheus", "environment", "migration", "health", "probes"] {
        assert!(text.contains(&format!("`[{section}]`")), "{section}");
    }
}

#[test]
fn a_mistake_in_the_acceptance_file_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acceptance.toml");
    fs::write(&path, "[laod]\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tollgate")).arg("verify").arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("acceptance.toml:1:2: unknown field `laod`") && said.contains("did you mean `load`?"),
        "{said}"
    );
}
