//! What a written report promises.

use std::fs;

use super::*;
use crate::report::fixture::Run;

fn write_to(run: &Run, out: &Path) -> Result<Written, ReportError> {
    write_in(run, out, Lang::En)
}

fn write_in(run: &Run, out: &Path, lang: Lang) -> Result<Written, ReportError> {
    let options = ReportOptions { lang, exit_code: 0, seen_at: "reports/x".into() };
    let written = ReportFolder::claim(out).map(|folder| write(folder, &run.summary, &run.verdict, &options))?;
    assert!(written.failed.is_empty(), "{:?}", written.failed);
    Ok(written)
}

/// Every file below `folder`, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_report_is_a_page_documents_the_shapes_of_others_and_each_chart_twice() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("run");
    let view = write_to(&fixture::passing(), &out).unwrap().view;
    let names: Vec<String> =
        files(&out).iter().map(|path| path.strip_prefix(&out).unwrap().to_string_lossy().replace('\\', "/")).collect();
    assert_eq!(
        names,
        [
            "SHA256SUMS",
            "acceptance.docx",
            "charts/failures-over-time.png",
            "charts/failures-over-time.svg",
            "charts/latency-distribution.png",
            "charts/latency-distribution.svg",
            "charts/latency-heatmap.png",
            "charts/latency-heatmap.svg",
            "charts/latency-over-time.png",
            "charts/latency-over-time.svg",
            "charts/latency-percentiles.png",
            "charts/latency-percentiles.svg",
            "charts/throughput-over-time.png",
            "charts/throughput-over-time.svg",
            "final-stats.xml",
            "junit.xml",
            "latency.hlog",
            "load-performance.json",
            "report.html",
            "statistics.json",
            "summary.json",
            "summary.md",
        ]
    );
    assert_eq!(verify(&out).unwrap(), (names.len() - 1, vec![]), "the list names every file but itself");
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

#[test]
fn no_document_holds_what_no_reader_should_see() {
    let place = tempfile::tempdir().unwrap();
    for lang in [Lang::En, Lang::Zh] {
        let out = place.path().join(lang.to_string());
        let mut run = fixture::hostile();
        run.summary.interrupted = true;
        write_in(&run, &out, lang).unwrap();
        // JSON escapes control characters and keeps what it was given; a package of its own is tested where it is made.
        let shown = |path: &PathBuf| {
            path.extension().is_some_and(|e| ["html", "md", "xml", "hlog", "svg"].iter().any(|k| e == *k))
        };
        let texts: Vec<PathBuf> = files(&out).into_iter().filter(shown).collect();
        assert_eq!(texts.len(), 11, "{texts:?}");
        for path in texts {
            let text = fs::read_to_string(&path).unwrap();
            let hidden = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(hidden, None, "{}", path.display());
            let markup = path.extension().is_some_and(|e| e != "hlog") && text.contains("<script>alert");
            assert!(!markup, "{}", path.display());
        }
    }
}

#[test]
fn a_report_in_chinese_says_where_its_pictures_could_not_be() {
    let place = tempfile::tempdir().unwrap();
    let written = write_in(&fixture::passing(), &place.path().join("run"), Lang::Zh).unwrap();
    let expected: &[&str] = if Fonts::of(Lang::Zh).is_some() { &[] } else { &[Lang::Zh.documents().english_charts] };
    assert_eq!(written.notes, expected);
    let svg = fs::read_to_string(place.path().join("run").join("charts").join("latency-over-time.svg")).unwrap();
    assert!(svg.contains("响应时间趋势"), "SVG needs no font");
}
