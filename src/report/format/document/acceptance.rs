//! `acceptance.docx` of a whole acceptance: the document that people sign.
//!
//! In: an [`AcceptanceView`]. Out: a Word document. Always holds: the boxed result comes first, then every step's
//! evidence, then the lines to sign on; the same view gives the same bytes.

use super::paper::{Paper, Weight};
use crate::report::acceptance::{AcceptanceView, StepView};
use crate::report::format::broken;
use crate::report::format::table::{Column, Table};
use crate::report::text::{Lang, fill};
use crate::report::{ReportError, Tone};

/// Its name in the folder.
const PLACE: &str = "acceptance.docx";

/// The document's bytes.
pub(in crate::report) fn render(view: &AcceptanceView) -> Result<Vec<u8>, ReportError> {
    let (a, d) = (view.lang.acceptance(), view.lang.documents());
    let mut paper = Paper::new(view.lang, &created(view));
    paper.title(a.title);
    paper.centred(&view.started, Weight::Small);
    view.banners.iter().for_each(|banner| paper.line(banner, Weight::Strong));
    result(&mut paper, view);
    paper.heading(a.subject);
    paper.pairs(&view.facts);
    view.loads.iter().for_each(|load| paper.line(&view.lang.labelled(load.title, &load.report), Weight::Plain));
    paper.line(a.money, Weight::Small);
    paper.heading(a.evidence);
    view.steps.iter().for_each(|step| evidence(&mut paper, view.lang, step));
    paper.heading(a.history);
    paper.line(&view.history, Weight::Plain);
    if !view.past.is_empty() {
        paper.table(&past(view));
    }
    paper.heading(d.signatures);
    paper.line(d.signed_by, Weight::Plain);
    paper.lines_to_sign(&signatures(view.lang));
    paper.bytes(&format!("Tollgate {} · {}", view.version, a.kind)).map_err(broken(PLACE))
}

/// `2025-12-23 20:59:00 UTC` as the document's properties want it.
fn created(view: &AcceptanceView) -> String {
    view.started.replace(" UTC", "Z").replace(' ', "T")
}

/// The boxed result: a table whose last row is the conclusion.
fn result(paper: &mut Paper, view: &AcceptanceView) {
    let a = view.lang.acceptance();
    paper.verdict(&fill(a.overall, &[("conclusion", view.conclusion)]), &view.counts, view.tone);
    view.held_back.iter().for_each(|line| paper.line(line, Weight::Strong));
    for group in &view.groups {
        let head = vec![(a.check, Column::Words), (a.observed, Column::Words), ("", Column::Words)];
        let rows = group.lines.iter().map(|line| vec![line.label.clone(), line.text.clone(), line.mark.to_owned()]);
        let tones: Vec<Tone> = group.lines.iter().map(|line| line.tone).collect();
        let table = Table { head, rows: rows.collect(), tones };
        paper.titled_table((group.title, group.word), group.tone, &table);
    }
}

fn evidence(paper: &mut Paper, lang: Lang, step: &StepView) {
    let whole = checks(lang, step);
    // Seven columns would not fit on paper: queries and notes follow below.
    let kept = |at: &usize| ![1, 3, 6].contains(at);
    let only =
        |row: Vec<String>| row.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, cell)| cell).collect();
    let head = whole.head.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, cell)| cell).collect();
    let table = Table { head, rows: whole.rows.into_iter().map(only).collect(), tones: whole.tones };
    paper.titled_table((step.title, step.word), step.tone, &table);
    paper.line("", Weight::Small);
    // What was asked for several checks at once stands there once.
    for together in step.checks.chunk_by(|one, other| one.query == other.query) {
        let ids: Vec<&str> = together.iter().map(|check| check.id.as_str()).collect();
        if !together[0].query.is_empty() {
            paper.line(&lang.labelled(&ids.join(lang.text().list_comma), &together[0].query), Weight::Small);
        }
        for check in together.iter().filter(|check| !check.note.is_empty()) {
            paper.line(&lang.labelled(&check.title, &check.note), Weight::Small);
        }
    }
}

/// Every check of a step: check, query, measured, window, limit, verdict, note.
pub(in crate::report) fn checks(lang: Lang, step: &StepView) -> Table {
    let a = lang.acceptance();
    let head = vec![
        (a.check, Column::Words),
        (a.query, Column::Code),
        (a.observed, Column::Words),
        (a.window, Column::Words),
        (a.limit, Column::Words),
        (a.verdict, Column::Words),
        (a.note, Column::Words),
    ];
    let row = |check: &crate::report::acceptance::CheckView| {
        let verdict = format!("{} ({})", check.word, check.severity);
        vec![
            check.title.clone(),
            check.query.clone(),
            check.observed.clone(),
            check.window.clone(),
            check.limit.clone(),
            verdict,
            check.note.clone(),
        ]
    };
    Table {
        head,
        rows: step.checks.iter().map(row).collect(),
        tones: step.checks.iter().map(|check| check.tone).collect(),
    }
}

/// Earlier runs.
pub(in crate::report) fn past(view: &AcceptanceView) -> Table {
    let a = view.lang.acceptance();
    let head =
        vec![(a.when, Column::Words), (a.scenario, Column::Words), (a.verdict, Column::Words), ("", Column::Code)];
    Table { head, rows: view.past.iter().map(|past| past.to_vec()).collect(), tones: Vec::new() }
}

/// The lines to sign on.
pub(in crate::report) fn signatures(lang: Lang) -> Table {
    let d = lang.documents();
    let rows = [d.tester, d.developer, d.acceptor]
        .map(|role| vec![role.to_owned(), String::new(), String::new(), String::new()]);
    let head = [d.role, d.name, d.signature, d.date].map(|name| (name, Column::Words));
    Table { head: head.to_vec(), rows: rows.to_vec(), tones: Vec::new() }
}
