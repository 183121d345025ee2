//! A fault for each check that can block, through `tollgate verify` itself: it fails its check, and the whole with it.
//!
//! Without the fault the same checks pass: `verify.rs` walks the whole file on a service that has none.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/walked.rs"]
mod walked;

use std::collections::BTreeSet;
use std::fs;

use tollgate::scenario::acceptance::severity::CHECKS;
use walked::{Edit, Serving, Walked, root};

/// What is wrong, and which check finds it.
struct Fault {
    /// The step that is walked.
    step: &'static str,
    /// Options of `serve`; empty where nothing is wrong with the service.
    serve: &'static str,
    /// More words of `verify`.
    words: &'static [&'static str],
    /// What is wrong with what the acceptance file asks for.
    edits: &'static [Edit],
    /// The check that finds it: a rule, or a rule of one subject.
    check: &'static str,
    /// How it ends.
    end: &'static str,
}

/// A fault of the service, found by `check`.
const fn serve(step: &'static str, serve: &'static str, check: &'static str) -> Fault {
    Fault { step, serve, words: &[], edits: &[], check, end: "fail" }
}

/// Something that the acceptance file asks for and is not so.
const fn asked(step: &'static str, edits: &'static [Edit], check: &'static str) -> Fault {
    Fault { step, serve: "", words: &[], edits, check, end: "fail" }
}

/// Something that cannot be asked: it is not known to be wrong, and blocks all the same.
const fn unreachable(edits: &'static [Edit], check: &'static str) -> Fault {
    Fault { step: "environment", serve: "", words: &[], edits, check, end: "blocked" }
}

const SHORT: &[&str] = &["--ramp-up", "1s", "--warm-up", "1s", "--run-time", "3s"];
const SOAK: &[&str] = &["--watch", "2s", "--every", "1s"];
const SWITCH: &str = "\n[switch]\n";
const INDEX: Edit =
    ("\n[migration]\n", "\n[migration]\nindexes = { POSID_TRANSACTION = [\"POSID_TRANSACTION_idx_consume_time\"] }\n");

const FAULTS: [Fault; 39] = [
    asked(
        "environment",
        &[("# tools = [\"java\", \"mvn\"]", "tools = [\"cargo\", \"no-such-tool\"]")],
        "environment.tools",
    ),
    asked(
        "environment",
        &[("# files = [\"../backup/ioedream.sql\"]", "files = [\"no-such.sql\"]")],
        "environment.files",
    ),
    asked("environment", &[("# ports = [\"127.0.0.1:6379\"]", "ports = [\"127.0.0.1:1\"]")], "environment.ports"),
    asked("environment", &[("free_mib = 1\n", "free_mib = 1000000000000\n")], "environment.disk"),
    unreachable(&[(SWITCH, "\n[database]\nport = 1\nuser = \"nobody\"\n[switch]\n")], "environment.database"),
    unreachable(&[(SWITCH, "\n[prometheus]\nurl = \"http://127.0.0.1:1\"\n[switch]\n")], "environment.prometheus"),
    serve("migration", "--migration-failed", "migration.history:failed"),
    serve("migration", "--migration-gap", "migration.history:scripts"),
    serve("migration", "--migration-gap", "migration.history:gaps"),
    serve("migration", "--missing-table", "migration.tables"),
    Fault { edits: &[INDEX], ..serve("migration", "--missing-index", "migration.indexes:POSID_TRANSACTION") },
    serve("migration", "--lose-row", "migration.rows:record"),
    serve("migration", "--lose-row", "migration.consistency:record"),
    serve("migration", "--change-row", "migration.consistency:record"),
    serve("health", "--health-down", "health.status"),
    serve("health", "--health-down", "health.components:db"),
    serve("probes", "--duplicate-charges", "probes.same_number"),
    serve("probes", "--overdraw", "probes.concurrent"),
    serve("probes", "--accept-bad-amounts", "probes.refused"),
    serve("probes", "--no-status-query", "probes.timed_out"),
    serve("load", "--error-rate 20%", "load.deciding:success-rate>=99%"),
    serve("load", "--error-rate 20%", "load.verdict"),
    serve("load", "--lose 1/50", "load.money"),
    serve("load", "--lose 1/50", "load.read_back"),
    serve("metrics", "--uncounted 99%", "metrics.count"),
    serve("metrics", "--uncounted 99%", "metrics.rule:tps"),
    serve("cache", "--cache-off", "cache.total"),
    serve("cache", "--cache-off", "cache.l1"),
    serve("dual-write", "--validator-gap 2h", "dual_write.rows"),
    serve("dual-write", "--validator-gap 2h", "dual_write.gap"),
    serve("dual-write", "--drop-dual-write 1%", "dual_write.status"),
    serve("dual-write", "--drop-dual-write 1%", "dual_write.min"),
    serve("dual-write", "--drop-dual-write 50%", "dual_write.mean"),
    serve("dual-write", "--drop-dual-write 1%", "dual_write.unresolved"),
    serve("dual-write", "--lost-update 1%", "dual_write.invariants:flow.balances"),
    Fault { words: SOAK, ..serve("dual-write", "--stale-validator", "dual_write.soak_share") },
    Fault { words: SOAK, ..serve("dual-write", "--stale-validator", "dual_write.soak_clean") },
    serve("switch", "--validator-gap 2h", "switch.ready:account.gap"),
    // It lived eight days, so that each whole day has new rows; and goes on writing into the old tables.
    Fault {
        edits: &[("--history 24h", "--history 192h"), (SWITCH, "\n[switch]\nswitched = true\n")],
        ..serve("switch", "", "switch.writes:record.old")
    },
];

/// Checks whose fault needs more than the embedded service, and the test that commits it: file and name.
const ELSEWHERE: [(&str, &str, &str); 4] = [
    ("environment.privileges", "mariadb.rs", "the_command_fails_on_what_only_a_server_has"),
    ("migration.partitions", "mariadb.rs", "the_command_fails_on_what_only_a_server_has"),
    ("load.window", "verify.rs", "a_shorter_window_on_a_real_target_is_printed_everywhere_and_accepts_nothing"),
    ("dual_write.soak_length", "verify_faults.rs", "a_short_soak_of_a_real_target_accepts_nothing"),
];

/// Walks once for each fault of `step`, and looks at all that it breaks.
fn found(step: &str) {
    let faults: Vec<&Fault> = FAULTS.iter().filter(|fault| fault.step == step).collect();
    assert!(!faults.is_empty(), "{step}");
    let is_same =
        |one: &Fault, other: &Fault| (one.serve, one.words, one.edits) == (other.serve, other.words, other.edits);
    let mut walks: Vec<&Fault> = Vec::new();
    for fault in &faults {
        if !walks.iter().any(|walk| is_same(walk, fault)) {
            walks.push(fault);
        }
    }
    for walk in walks {
        let walked = committed(walk);
        let what = format!("{step} {} {:?}: {:?}\n{}", walk.serve, walk.edits, walked.checks(), walked.said());
        let (code, whole) = if walk.end == "fail" { (99, "fail") } else { (98, "invalid") };
        assert_eq!(
            (walked.output.status.code(), walked.json()["verdict"].as_str()),
            (Some(code), Some(whole)),
            "{what}"
        );
        for fault in faults.iter().filter(|fault| is_same(walk, fault)) {
            assert!(walked.ends(fault.check).iter().any(|end| end == fault.end), "{}: {what}", fault.check);
        }
    }
}

/// A walk of the fault's step, with short loads.
fn committed(fault: &Fault) -> Walked {
    let mut words = vec!["--only", fault.step];
    if !fault.serve.is_empty() {
        words.extend(["--serve-option", fault.serve]);
    }
    words.extend(fault.words.iter().chain(SHORT));
    Walked::with(fault.edits, &words)
}

#[test]
fn what_is_missing_around_the_service_fails_its_check_and_the_whole() {
    found("environment");
}

#[test]
fn what_is_wrong_with_the_migration_fails_its_check_and_the_whole() {
    found("migration");
}

#[test]
fn a_service_that_is_down_fails_its_checks_and_the_whole() {
    found("health");
}

#[test]
fn a_promise_that_is_not_kept_fails_its_probe_and_the_whole() {
    found("probes");
}

#[test]
fn what_is_wrong_under_load_fails_its_check_and_the_whole() {
    found("load");
}

#[test]
fn what_the_server_does_not_count_fails_its_check_and_the_whole() {
    found("metrics");
}

#[test]
fn a_cache_that_keeps_nothing_fails_its_checks_and_the_whole() {
    found("cache");
}

#[test]
fn what_is_wrong_with_the_dual_write_fails_its_check_and_the_whole() {
    found("dual-write");
}

#[test]
fn a_switch_too_early_or_by_half_fails_its_check_and_the_whole() {
    found("switch");
}

#[test]
fn what_is_asked_of_the_surroundings_and_is_so_passes() {
    let edits = [
        ("# tools = [\"java\", \"mvn\"]", "tools = [\"cargo\"]"),
        ("# files = [\"../backup/ioedream.sql\"]", "files = [\"consume-open.toml\"]"),
    ];
    let walked = Walked::with(&edits, &["--only", "environment"]);
    assert_eq!(walked.output.status.code(), Some(0), "{}", walked.said());
    assert_eq!([walked.ends("environment.tools"), walked.ends("environment.files")], [["pass"], ["pass"]]);
    let walked = Walked::with(&[INDEX], &["--only", "migration"]);
    assert_eq!(walked.ends("migration.indexes"), ["pass"], "{}", walked.said());
}

#[test]
fn after_a_switch_every_whole_day_that_was_lived_has_its_rows() {
    let fault = FAULTS.iter().find(|fault| fault.check == "switch.writes:record.old").unwrap();
    let walked = committed(fault);
    assert_eq!(walked.ends("switch.writes:record.new"), ["pass"], "{}", walked.said());
    let one_day = Walked::with(&fault.edits[1..], &["--only", "switch"]);
    assert_eq!(one_day.ends("switch.writes:record.new"), ["fail"], "six of seven days have none: {}", one_day.said());
}

#[test]
fn a_short_soak_of_a_real_target_accepts_nothing() {
    let serving = Serving::start(&[]);
    let walked = Walked::of(&["--host", &serving.url, "--only", "dual-write", "--watch", "1s", "--every", "1s"]);
    assert_eq!(walked.output.status.code(), Some(98), "{}", walked.said());
    assert_eq!(walked.ends("dual_write.soak_length"), ["blocked"]);
}

#[test]
fn every_check_that_can_block_has_a_fault() {
    let rule = |check: &'static str| check.split(':').next().unwrap_or(check);
    let here = FAULTS.iter().map(|fault| rule(fault.check));
    let tested: BTreeSet<&str> = here.chain(ELSEWHERE.iter().map(|(check, _, _)| *check)).collect();
    let blocking: BTreeSet<&str> = CHECKS.iter().filter(|(_, blocks)| *blocks).map(|(check, _)| *check).collect();
    assert_eq!(tested, blocking);
    for (check, file, name) in ELSEWHERE {
        let text = fs::read_to_string(root().join("tests").join(file)).unwrap();
        assert!(
            text.contains(&format!("#[test]\nfn {name}()")) || text.contains(&format!("\"]\nfn {name}()")),
            "{check}"
        );
    }
}
