//! `acceptance.docx`: the document that people sign.
//!
//! In: the view and the pictures of the charts. Out: a Word document. Always holds: criteria stand beside measured
//! values, and the conclusion is the verdict's own sentence; the same material gives the same bytes; every text names
//! an East Asian font, so that Chinese shows in Word and LibreOffice.

pub(in crate::report) mod acceptance;
mod fit;
mod ink;
mod paper;

use super::table::{self, Column, Table};
use super::{Material, broken};
use crate::report::chart::Chart;
use crate::report::text::money::heading;
use crate::report::{Figure, ReportError, ReportView};
use paper::{Paper, Weight};

/// Its name in the folder.
pub(super) const PLACE: &str = "acceptance.docx";

/// Of the steps' cells: requests, success rate, TPS, mean, max, P95, P99. All thirteen would not fit on paper.
const STEP_CELLS: [usize; 8] = [0, 1, 4, 5, 6, 8, 11, 12];

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    let view = material.view;
    let created = view_time(&material.summary.run.ended_at);
    let mut paper = Paper::new(view.lang, &created);
    cover(&mut paper, view);
    environment(&mut paper, view);
    results(&mut paper, view);
    charts(&mut paper, material);
    troubles(&mut paper, view);
    conclusion(&mut paper, view, material.summary.target.kind == crate::summary::TargetKind::Embedded);
    let footer = format!("Tollgate {} · {}", material.summary.generator.version, view.scenario);
    paper.bytes(&footer).map_err(broken(PLACE))
}

/// A moment as the document's properties want it: whole seconds in UTC.
fn view_time(rfc3339: &str) -> String {
    let time = rfc3339.parse::<jiff::Timestamp>().unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Title, verdict and what must be read first.
fn cover(paper: &mut Paper, view: &ReportView) {
    let d = view.lang.documents();
    paper.title(d.acceptance);
    paper.centred(&view.scenario, Weight::Strong);
    paper.centred(&view.started, Weight::Small);
    paper.verdict(&view.verdict.word, &view.verdict.sentence, view.verdict.tone);
    for banner in &view.banners {
        paper.line(banner, Weight::Strong);
    }
}

/// What was tested, from where, and under which load.
fn environment(paper: &mut Paper, view: &ReportView) {
    let (p, d) = (view.lang.page(), view.lang.documents());
    let is_load = |figure: &&Figure| [p.model, p.build_up_label, p.window, p.whole_run].contains(&figure.label);
    let (load, environment): (Vec<&Figure>, Vec<&Figure>) = view.facts.iter().partition(is_load);
    let owned = |figures: Vec<&Figure>| figures.into_iter().cloned().collect::<Vec<_>>();
    paper.heading(d.environment);
    paper.pairs(&owned(environment));
    paper.heading(d.load);
    let command = Figure { label: p.command, value: view.command.clone() };
    paper.pairs(&owned(load).into_iter().chain([command]).collect::<Vec<_>>());
}

/// The criteria beside the figures, then the figures themselves.
fn results(paper: &mut Paper, view: &ReportView) {
    let (p, d) = (view.lang.page(), view.lang.documents());
    paper.heading(d.criteria);
    paper.table(&table::rules(view));
    why(paper, view);
    money(paper, view);
    paper.heading(p.totals);
    paper.pairs_abreast(&view.headline.iter().chain(&view.totals).cloned().collect::<Vec<_>>());
    if view.steps.len() > 1 {
        paper.heading(p.steps);
        paper.table(&on_paper(table::steps(view)));
        paper.line(p.steps_note, Weight::Small);
    }
    if !view.clocks.is_empty() {
        paper.heading(p.clocks);
        paper.table(&table::clocks(view));
        paper.line(p.clocks_note, Weight::Small);
    }
}

/// Why rules failed, in words and as tables.
fn why(paper: &mut Paper, view: &ReportView) {
    let w = view.lang.why();
    if !view.why.is_empty() {
        paper.heading(w.heading);
        paper.line(w.intro, Weight::Small);
    }
    for why in &view.why {
        paper.line(&view.lang.labelled(&why.rule, &why.sentence), Weight::Plain);
        paper.table(&table::why(view, why));
    }
}

/// What was booked of what was sent, and the names of those that do not agree.
fn money(paper: &mut Paper, view: &ReportView) {
    if view.money.is_empty() {
        return;
    }
    paper.heading(heading(view.lang));
    for step in &view.money {
        paper.line(&step.step, Weight::Strong);
        step.lines.iter().for_each(|line| paper.line(line, Weight::Plain));
        step.warnings.iter().for_each(|line| paper.line(line, Weight::Strong));
        for kind in &step.kinds {
            paper.line(&kind.title, Weight::Strong);
            paper.line(&kind.names, Weight::Small);
        }
    }
}

/// The columns of the steps that fit on a page.
fn on_paper(table: Table) -> Table {
    let kept = |at: &usize| STEP_CELLS.contains(at);
    let head = table.head.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, column)| column).collect();
    let row = |row: Vec<String>| row.into_iter().enumerate().filter(|(at, _)| kept(at)).map(|(_, cell)| cell).collect();
    Table { head, rows: table.rows.into_iter().map(row).collect(), tones: table.tones }
}

fn charts(paper: &mut Paper, material: &Material<'_>) {
    let p = material.view.lang.page();
    paper.heading(p.charts);
    for (picture, number) in material.pictures.iter().zip(1_u32..) {
        paper.picture(&picture.png, number);
        let Chart { title, caption, .. } = &picture.chart;
        let title = material.view.lang.labelled(&format!("{} {number}", p.figure), title);
        paper.line(&material.view.lang.sentences(&title, caption), Weight::Small);
    }
}

/// Failures and caveats.
fn troubles(paper: &mut Paper, view: &ReportView) {
    let (t, p) = (view.lang.text(), view.lang.page());
    paper.heading(p.failures);
    if view.failures.is_empty() {
        paper.line(p.no_failures, Weight::Plain);
    } else {
        paper.table(&table::failures(view));
    }
    if !view.failure_times.is_empty() {
        paper.line(p.failure_times_note, Weight::Small);
        paper.table(&table::failure_times(view));
    }
    paper.heading(p.caveats);
    if view.caveats.is_empty() {
        paper.line(t.no_caveats, Weight::Plain);
    }
    for group in &view.caveats {
        paper.line(group.heading, Weight::Strong);
        for caveat in &group.caveats {
            let line = view.lang.labelled(&format!("{} [{}]", caveat.title, caveat.id), &caveat.message);
            paper.line(&line, Weight::Plain);
            paper.line(&format!("{}{}", t.advice, caveat.advice), Weight::Small);
        }
    }
    paper.heading(p.generator);
    paper.pairs(&view.generator);
}

/// The verdict once more, and the lines to sign on.
fn conclusion(paper: &mut Paper, view: &ReportView, embedded: bool) {
    let (t, d) = (view.lang.text(), view.lang.documents());
    paper.heading(d.conclusion);
    let verdict = [("word", view.verdict.word.as_str()), ("sentence", &view.verdict.sentence)];
    paper.line(&crate::report::text::fill(t.verdict_line, &verdict), Weight::Strong);
    for note in &view.verdict.notes {
        paper.line(note, Weight::Plain);
    }
    if embedded {
        paper.line(d.accepts_nothing, Weight::Strong);
    }
    paper.heading(d.signatures);
    paper.lead(d.signed_by);
    let rows = [d.tester, d.developer, d.acceptor]
        .map(|role| vec![role.to_owned(), String::new(), String::new(), String::new()]);
    let head = [d.role, d.name, d.signature, d.date].map(|name| (name, Column::Words));
    paper.lines_to_sign(&Table { head: head.to_vec(), rows: rows.to_vec(), tones: Vec::new() });
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use resvg::usvg::roxmltree::Document;

    use super::*;
    use crate::acceptance::evidence::{Evidence, Identities, Named, Seen, Sent};
    use crate::report::fixture::{self, Run};
    use crate::report::format::tests;
    use crate::report::text::Lang;
    use crate::report::view::view;

    /// A part of the package.
    fn part(docx: &[u8], name: &str) -> String {
        let mut package = zip::ZipArchive::new(Cursor::new(docx)).unwrap();
        let mut text = String::new();
        package.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// The text of every paragraph, cells of tables included.
    fn paragraphs(docx: &[u8]) -> Vec<String> {
        let xml = part(docx, "word/document.xml");
        let document = Document::parse(&xml).unwrap();
        let paragraphs = document.descendants().filter(|node| node.tag_name().name() == "p");
        let text = |node: resvg::usvg::roxmltree::Node<'_, '_>| {
            node.descendants().filter(|n| n.tag_name().name() == "t").filter_map(|n| n.text()).collect::<String>()
        };
        paragraphs.map(text).collect()
    }

    fn docx(run: &Run, lang: Lang) -> Vec<u8> {
        tests::rendered(run, lang, render)
    }

    #[test]
    fn criteria_stand_beside_measured_values_and_end_in_lines_to_sign() {
        for lang in [Lang::En, Lang::Zh] {
            let run = fixture::failing();
            let seen = view(&run.summary, &run.verdict, lang);
            let texts = paragraphs(&docx(&run, lang));
            let at =
                |text: &str| texts.iter().position(|t| t == text).unwrap_or_else(|| panic!("no {text}: {texts:?}"));
            for rule in &seen.rules {
                let row = at(&rule.rule);
                let cells = [
                    &rule.rule,
                    &rule.observed,
                    rule.interval.as_ref().unwrap(),
                    &rule.limit,
                    &rule.margin,
                    &rule.word,
                ];
                assert!(texts[row..].iter().zip(cells).all(|(text, cell)| text == cell), "{:?}", &texts[row..row + 6]);
            }
            let (d, p) = (lang.documents(), lang.page());
            let order = [
                d.acceptance,
                d.environment,
                d.load,
                d.criteria,
                p.charts,
                p.caveats,
                d.conclusion,
                d.signatures,
                d.acceptor,
            ];
            // The last of its name: a column may be called as a section is.
            let last = |heading: &&str| texts.iter().rposition(|t| t == heading).unwrap();
            let places: Vec<usize> = order.iter().map(last).collect();
            assert!(places.is_sorted(), "{places:?}");
            assert!(texts[last(&d.conclusion) + 1].contains(&seen.verdict.sentence));
        }
    }

    #[test]
    fn the_lines_to_sign_their_head_and_the_sentence_above_them_share_a_page() {
        let xml = part(&docx(&fixture::failing(), Lang::En), "word/document.xml");
        let document = Document::parse(&xml).unwrap();
        let paragraphs: Vec<_> = document.descendants().filter(|node| node.tag_name().name() == "p").collect();
        let text = |node: &resvg::usvg::roxmltree::Node<'_, '_>| {
            node.descendants().filter(|n| n.tag_name().name() == "t").filter_map(|n| n.text()).collect::<String>()
        };
        let first = paragraphs.iter().rposition(|p| text(p) == Lang::En.documents().signatures).unwrap();
        // Heading, sentence, head and three lines of four cells; behind them only what ends the document.
        let kept =
            |p: &resvg::usvg::roxmltree::Node<'_, '_>| p.descendants().any(|n| n.tag_name().name() == "keepNext");
        assert!(
            paragraphs[first..first + 18].iter().all(kept),
            "{:?}",
            paragraphs[first..].iter().map(text).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_charts_are_the_very_pictures_of_the_folder() {
        let run = fixture::passing();
        let (bytes, pictures) = tests::drawn(&run, Lang::En, render);
        let mut package = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let media: Vec<String> = package
            .file_names()
            .filter(|name| name.starts_with("word/media/") && name.ends_with("png"))
            .map(ToOwned::to_owned)
            .collect();
        assert_eq!(media.len(), pictures.len());
        for picture in &pictures {
            let same = |name: &String| {
                let mut found = Vec::new();
                package.by_name(name).unwrap().read_to_end(&mut found).unwrap();
                found == picture.png
            };
            assert!(media.iter().any(same), "{}", picture.chart.name);
        }
    }

    #[test]
    fn requests_that_do_not_agree_are_named_and_the_rest_is_counted() {
        const RECONCILED: &str = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/pay\"\njson = { no = \"${run.id}-${sequence}\" }\n[[reconcile]]\nby = \"no\"\n[reconcile.list]\npath = \"/k?a=${after}&l=${limit}\"\nitems = \"$.l\"\nkey = \"$.k\"\nid = \"$.i\"\n";
        let plan = crate::plan::tests::resolve(RECONCILED, &crate::plan::Overrides::default()).unwrap();
        let crate::plan::reconcile::By::Identity(listing) = &plan.reconciles[0].by else { panic!("by identity") };
        let seen = Identities {
            identity: listing.identity.clone(),
            rows: 70,
            lost: Named { count: 30, numbers: (0..30).collect() },
            doubled: Named::default(),
            refused: Named::default(),
            wrong_amount: None,
            unknown_done: 0,
            foreign: 0,
            late: None,
        };
        let sent = Sent { acknowledged: 100, refused: 0, unknown: 0 };
        let (step, by) = ("pay".to_owned(), Some("no".to_owned()));
        let mut run = fixture::passing();
        run.verdict.evidence =
            vec![Evidence { step, by, required: true, sent, seen: Seen::Identities(Box::new(seen)) }];
        for (lang, more) in [(Lang::En, "10 more"), (Lang::Zh, "10")] {
            let texts = paragraphs(&docx(&run, lang));
            let names = texts.iter().find(|text| text.contains("R-19")).unwrap_or_else(|| panic!("{texts:?}"));
            assert!(names.starts_with("R-0") && !names.contains("R-20") && names.contains(more), "{names}");
            assert!(texts.iter().any(|text| text == heading(lang)), "{texts:?}");
        }
        assert!(!paragraphs(&docx(&fixture::passing(), Lang::En)).iter().any(|text| text == heading(Lang::En)));
    }

    #[test]
    fn rendering_twice_gives_the_same_bytes() {
        let run = fixture::failing();
        assert!(docx(&run, Lang::Zh) == docx(&run, Lang::Zh));
    }

    #[test]
    fn an_east_asian_font_is_named_for_every_text() {
        for (lang, font) in [(Lang::En, "SimSun"), (Lang::Zh, "宋体")] {
            let styles = part(&docx(&fixture::passing(), lang), "word/styles.xml");
            let document = Document::parse(&styles).unwrap();
            let defaults = document.descendants().find(|node| node.tag_name().name() == "docDefaults").unwrap();
            let fonts = defaults.descendants().find(|node| node.tag_name().name() == "rFonts").unwrap();
            assert!(fonts.attributes().any(|a| a.name() == "eastAsia" && a.value() == font), "{styles}");
        }
    }

    #[test]
    fn a_demonstration_accepts_nothing_and_hostile_text_stays_text() {
        let texts = paragraphs(&docx(&fixture::embedded(), Lang::Zh)).concat();
        assert!(texts.contains("本报告仅演示工具，不能作为验收依据。"));
        assert!(!paragraphs(&docx(&fixture::passing(), Lang::Zh)).concat().contains("本报告仅演示工具"));
        let texts = paragraphs(&docx(&fixture::hostile(), Lang::En)).concat();
        assert!(texts.contains("<script>") && !texts.contains('\u{202e}') && texts.contains("<U+202E>"));
    }

    #[test]
    fn a_run_of_several_steps_shows_them_and_an_empty_run_still_renders() {
        let mut run = fixture::passing();
        let mut second = run.summary.steps[0].clone();
        second.name = Some("balance".to_owned());
        run.summary.steps.push(second);
        assert!(paragraphs(&docx(&run, Lang::En)).contains(&"balance".to_owned()));
        assert!(paragraphs(&docx(&fixture::interrupted(), Lang::En)).contains(&"n/a".to_owned()));
    }

    #[test]
    #[ignore = "needs libreoffice"]
    fn libreoffice_opens_it_and_prints_every_page() {
        let folder = tempfile::tempdir().unwrap();
        for lang in [Lang::En, Lang::Zh] {
            let name = format!("acceptance-{lang}");
            std::fs::write(
                folder.path().join(format!("{name}.docx")),
                tests::drawn(&fixture::failing(), lang, render).0,
            )
            .unwrap();
            let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
            let output = std::process::Command::new("soffice")
                .args([&profile, "--headless", "--convert-to", "pdf", &format!("{name}.docx")])
                .current_dir(folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{said}");
            let pdf =
                std::fs::read(folder.path().join(format!("{name}.pdf"))).unwrap_or_else(|e| panic!("{e}: {said}"));
            assert!(pdf.starts_with(b"%PDF") && pdf.len() > 50_000, "{} bytes: {said}", pdf.len());
        }
    }
}
