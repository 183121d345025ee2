//! The command against a service behind TLS.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use support::secured::Secured;
use support::{SUCCESS, Server, ok, scenario, short_run};

#[test]
fn a_run_over_tls_with_its_authority_passes_and_says_nothing_of_certificates() {
    let service = Secured::start("localhost");
    let ca = service.file("ca.pem");
    let ran = short_run(&service.url(), &["--threshold", "failures<=0", "--cacert", &ca.to_string_lossy()]).run();
    let summary = ran.summary();
    assert_eq!(summary["totals"]["failures"], 0, "{summary}");
    assert!(summary["totals"]["successes"].as_u64().unwrap() > 0);
    assert_eq!(summary["target"]["url"], service.url());
    assert!(!summary["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == "insecure"));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_exit_3_with_the_cure() {
    let service = Secured::start("localhost");
    let ran = short_run(&service.url(), &[]).run();
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert!(ran.stderr().contains("unknown issuer") && ran.stderr().contains("--cacert"), "{}", ran.stderr());
    assert!(!ran.report().exists());
}

#[test]
fn insecure_is_said_before_the_run_and_in_its_reports() {
    let service = Secured::start("localhost");
    let ran = short_run(&service.url(), &["--insecure", "--lang", "zh"]).run();
    assert!(ran.stderr().contains("--insecure"), "{}", ran.stderr());
    assert!(ran.stdout().contains("--insecure"), "{}", ran.stdout());
    let summary = ran.summary();
    let caveat = summary["caveats"].as_array().unwrap().iter().find(|caveat| caveat["id"] == "insecure").unwrap();
    assert_eq!(caveat["class"], "warning");
    assert!(std::fs::read_to_string(ran.report().join("report.html")).unwrap().contains("未校验服务器证书"));
}

#[test]
fn tls_files_of_a_scenario_lie_beside_it_and_bad_ones_are_exit_2() {
    let service = Secured::start("localhost");
    let text = |ca: &str| {
        let target = format!(
            "gate = [\"failures<=0\", \"tps>=1 for all\"]\n[target]\nhost = \"{}\"\ncacert = \"{ca}\"\n",
            service.url()
        );
        target + "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n"
    };
    let run = |ca: &str| {
        let file = scenario(service.folder.path(), &text(ca));
        let mut bench = support::tollgate(&["--scenario", &file, "--users", "2", "--run-time", "1s"]);
        bench.command.args(["--ramp-up", "0s", "--warm-up", "0s"]);
        bench.run()
    };
    let ran = run("ca.pem");
    assert_eq!(ran.summary()["totals"]["failures"], 0, "{}", ran.stderr());
    let ran = run("none.pem");
    assert_eq!(ran.code(), 2, "{}", ran.stderr());
    assert!(ran.stderr().contains("none.pem") && ran.stderr().contains("--cacert"), "{}", ran.stderr());
    assert!(!ran.report().exists());
}

#[test]
fn tls_options_on_a_plain_target_are_refused() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &["--insecure"]).run();
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("write https://"), "{}", ran.stderr());
    assert_eq!(server.requests(), 0);
}
