//! What a written report promises.

use std::fs;

use super::*;
use crate::report::fixture::Run;

fn write_to(run: &Run, out: &Path) -> Result<ReportView, ReportError> {
    let options = ReportOptions { lang: Lang::En, exit_code: 0 };
    ReportFolder::claim(out).and_then(|folder| write(folder, &run.summary, &run.verdict, &options))
}

/// Every file below `folder`, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_report_is_a_page_a_summary_and_three_charts_twice() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let view = write_to(&fixture::passing(), &out).unwrap();
    let names: Vec<String> =
        files(&out).iter().map(|path| path.strip_prefix(&out).unwrap().to_string_lossy().replace('\\', "/")).collect();
    assert_eq!(
        names,
        [
            "charts/latency-distribution.png",
            "charts/latency-distribution.svg",
            "charts/latency-over-time.png",
            "charts/latency-over-time.svg",
            "charts/throughput-over-time.png",
            "charts/throughput-over-time.svg",
            "report.html",
            "summary.json",
        ]
    );
    assert_eq!(view.report, Some(out.join("report.html").display().to_string()));
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    write_to(&fixture::failing(), &one).unwrap();
    write_to(&fixture::failing(), &two).unwrap();
    for (a, b) in files(&one).iter().zip(&files(&two)) {
        assert!(fs::read(a).unwrap() == fs::read(b).unwrap(), "{}", a.display());
    }
}

#[test]
fn a_folder_that_holds_a_report_is_not_overwritten() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let run = fixture::passing();
    write_to(&run, &out).unwrap();
    let before = fs::read(out.join("report.html")).unwrap();
    assert!(matches!(write_to(&run, &out), Err(ReportError::Occupied { .. })));
    assert_eq!(fs::read(out.join("report.html")).unwrap(), before);
}

#[test]
fn an_empty_run_still_renders() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    write_to(&fixture::interrupted(), &out).unwrap();
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("Invalid") && page.contains("nothing was measured"));
}
