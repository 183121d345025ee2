//! What a written report promises.

use std::fs;

use super::*;
use crate::report::fixture::Run;

fn written(run: &Run, out: &Path) -> WrittenReport {
    write(out, &run.summary, &run.verdict, &ReportOptions { lang: Lang::En, exit_code: 0 }).unwrap()
}

#[test]
fn a_report_is_a_page_a_summary_and_three_charts_twice() {
    let place = tempfile::tempdir().unwrap();
    let report = written(&fixture::passing(), &place.path().join("run"));
    for file in [
        "summary.json",
        "report.html",
        "charts/latency-over-time.svg",
        "charts/latency-over-time.png",
        "charts/throughput-over-time.svg",
        "charts/throughput-over-time.png",
        "charts/latency-distribution.svg",
        "charts/latency-distribution.png",
    ] {
        assert!(report.folder.join(file).is_file(), "{file}");
    }
    assert_eq!(report.files.len(), 8);
    assert_eq!(report.view.report, Some(report.page.display().to_string()));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing partial is left");
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    let first = written(&fixture::failing(), &one);
    let second = written(&fixture::failing(), &two);
    for (a, b) in first.files.iter().zip(&second.files) {
        assert!(fs::read(a).unwrap() == fs::read(b).unwrap(), "{}", a.display());
    }
}

#[test]
fn a_folder_that_holds_a_report_is_not_overwritten() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let run = fixture::passing();
    written(&run, &out);
    let before = fs::read(out.join("report.html")).unwrap();
    let options = ReportOptions { lang: Lang::Zh, exit_code: 0 };
    assert!(matches!(write(&out, &run.summary, &run.verdict, &options), Err(ReportError::Occupied { .. })));
    assert_eq!(fs::read(out.join("report.html")).unwrap(), before);
}

#[test]
fn an_empty_run_still_renders() {
    let place = tempfile::tempdir().unwrap();
    let report = written(&fixture::interrupted(), &place.path().join("run"));
    let page = fs::read_to_string(&report.page).unwrap();
    assert!(page.contains("Invalid") && page.contains("nothing was measured"));
}
