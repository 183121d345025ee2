//! `summary.md`: the page's tables, for pasting into tickets, merge requests and step summaries.
//!
//! In: the view. Out: GitHub's Markdown. Always holds: what others wrote stays text: no cell ends a column, opens a
//! tag, a link or a code span; the file is complete without the charts.

use super::Material;
use super::table::{self, Column, Table};
use crate::report::text::{fill, money::heading};
use crate::report::{ReportError, ReportView, WhyView};

/// Its name in the folder.
pub(super) const PLACE: &str = "summary.md";

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    Ok(text(material.view).into_bytes())
}

/// The document.
pub(in crate::report) fn text(view: &ReportView) -> String {
    let (t, p, d) = (view.lang.text(), view.lang.page(), view.lang.documents());
    let mut out = format!("# {}\n\n{}\n\n", view.lang.labelled(t.document, &plain(&view.scenario)), view.started);
    out.push_str(&verdict(view));
    let w = view.lang.why();
    let why = (!view.why.is_empty()).then(|| (w.heading, why(view)));
    let clocks = (!view.clocks.is_empty())
        .then(|| (p.clocks, format!("{}\n{}\n", laid_out(&table::clocks(view)), p.clocks_note)));
    let rules = (p.rules, laid_out(&table::rules(view)));
    let sections = [
        (p.tested, tested(view)),
        (
            p.totals,
            laid_out(&table::pairs(&view.headline, Column::Figures))
                + "\n"
                + &laid_out(&table::pairs(&view.totals, Column::Figures)),
        ),
        (p.caveats, caveats(view)),
        (p.steps, format!("{}\n{}\n", laid_out(&table::steps(view)), p.steps_note)),
        (p.failures, failures(view)),
        (p.generator, laid_out(&table::pairs(&view.generator, Column::Words))),
    ];
    let all = [rules].into_iter().chain(why).chain(sections).chain(clocks).chain(money(view));
    for (heading, body) in all {
        out.push_str(&format!("\n## {heading}\n\n{body}"));
    }
    out.push_str(&format!("\n{}\n", fill(d.definitions_in, &[("page", "report.html")])));
    out
}

fn verdict(view: &ReportView) -> String {
    let banners = view.banners.iter().map(|banner| format!("> **{}**\n\n", plain(banner)));
    let notes = view.verdict.notes.iter().map(|note| format!("\n{}\n", plain(note)));
    let word = format!("**{}**", plain(&view.verdict.word));
    let blanks = [("word", word.as_str()), ("sentence", &plain(&view.verdict.sentence))];
    let verdict = fill(view.lang.text().verdict_line, &blanks) + "\n";
    banners.chain([verdict]).chain(notes).collect()
}

/// Why each rule that does not hold failed: in words, and as a table.
fn why(view: &ReportView) -> String {
    let one = |why: &WhyView| {
        let line = view.lang.labelled(&code(&why.rule), &plain(&why.sentence));
        format!("\n{line}\n\n{}", laid_out(&table::why(view, why)))
    };
    [format!("{}\n", view.lang.why().intro)].into_iter().chain(view.why.iter().map(one)).collect()
}

fn tested(view: &ReportView) -> String {
    let facts = laid_out(&table::pairs(&view.facts, Column::Words));
    format!("{facts}\n{}\n", view.lang.labelled(view.lang.page().command, &code(&view.command)))
}

fn caveats(view: &ReportView) -> String {
    let t = view.lang.text();
    if view.caveats.is_empty() {
        return format!("{}\n", t.no_caveats);
    }
    let groups = view.caveats.iter().map(|group| {
        let line = |c: &crate::report::CaveatView| {
            let name = format!("**{}** `{}`", c.title, c.id);
            let (message, advice) = (plain(&c.message), plain(&c.advice));
            // The advice begins a line of its own, which belongs to the item and reads well in the source too.
            format!("- {}{}\n  {}{advice}\n", view.lang.labelled(&name, &message), t.full_stop, t.advice)
        };
        let caveats: String = group.caveats.iter().map(line).collect();
        format!("{}\n\n{caveats}", group.heading)
    });
    groups.collect::<Vec<_>>().join("\n")
}

fn failures(view: &ReportView) -> String {
    if view.failures.is_empty() {
        format!("{}\n", view.lang.page().no_failures)
    } else {
        let times = laid_out(&table::failure_times(view));
        let times = format!("\n{}\n\n{times}", view.lang.page().failure_times_note);
        // Arrivals that were never sent took no time.
        let note = format!("\n{}\n", view.lang.page().failures_note);
        laid_out(&table::failures(view)) + &note + if view.failure_times.is_empty() { "" } else { &times }
    }
}

/// The money, where any is reconciled.
fn money(view: &ReportView) -> Option<(&'static str, String)> {
    let step = |step: &crate::report::MoneyView| {
        let lines = step.lines.iter().chain(&step.warnings).map(|line| format!("- {}\n", plain(line)));
        let kinds = step.kinds.iter().map(|kind| {
            format!("- {}\n", view.lang.labelled(&format!("**{}**", plain(&kind.title)), &plain(&kind.names)))
        });
        format!("**{}**\n\n{}", plain(&step.step), lines.chain(kinds).collect::<String>())
    };
    let steps: Vec<String> = view.money.iter().map(step).collect();
    (!steps.is_empty()).then(|| (heading(view.lang), steps.join("\n")))
}

/// A table with its pipes.
pub(in crate::report) fn laid_out(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = line(table.head.iter().map(|(name, _)| plain(name)).collect());
    let rule = line(
        table
            .head
            .iter()
            .map(|(_, column)| if *column == Column::Figures { "---:" } else { "---" }.to_owned())
            .collect(),
    );
    let cell = |(text, (_, column)): (&String, &(&str, Column))| {
        if *column == Column::Code { code(text) } else { plain(text) }
    };
    let rows = table.rows.iter().map(|row| line(row.iter().zip(&table.head).map(cell).collect()));
    [head, rule].into_iter().chain(rows).collect()
}

/// Text that Markdown shows as it is. GitHub's also makes links of bare addresses.
pub(in crate::report) fn plain(text: &str) -> String {
    escaped(text).replace("://", ":\\//").replace("www.", "www\\.")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' => out.extend(['\\', c]),
            // Server text must neither become a link nor call anybody.
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

/// A code span; plain text where a backtick of its own would end it, or where a careless reader would see a tag.
fn code(text: &str) -> String {
    let tag =
        text.split('<').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)));
    if text.is_empty() || text.contains('`') || tag { plain(text) } else { format!("`{}`", text.replace('|', "\\|")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::format::tests;
    use crate::report::text::Lang;
    use crate::report::view::view;

    /// The cells of every line that is part of a table, at unescaped pipes.
    fn tables(text: &str) -> Vec<Vec<Vec<String>>> {
        let mut tables: Vec<Vec<Vec<String>>> = vec![Vec::new()];
        for line in text.lines() {
            let Some(inside) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
                tables.push(Vec::new());
                continue;
            };
            let mut cells = vec![String::new()];
            let mut escaped = false;
            for c in inside.chars() {
                match (c, escaped) {
                    ('|', false) => cells.push(String::new()),
                    (c, _) => cells.last_mut().unwrap().push(c),
                }
                escaped = c == '\\' && !escaped;
            }
            tables.last_mut().unwrap().push(cells.iter().map(|cell| cell.trim().to_owned()).collect());
        }
        tables.retain(|table| !table.is_empty());
        tables
    }

    #[test]
    fn every_table_is_as_wide_as_its_head_even_where_text_is_hostile() {
        for lang in [Lang::En, Lang::Zh] {
            let mut run = fixture::hostile();
            run.summary.failures[1].message = "a | b \\| c `d` | **e** [f](http://g) www.h.example @all".to_owned();
            run.verdict.rules[1].rule = "p95 | `x`".to_owned();
            let text = tests::text(&run, lang, render);
            let tables = tables(&text);
            assert_eq!(tables.len(), 8, "{text}");
            for table in &tables {
                assert!(table.iter().all(|row| row.len() == table[0].len()), "{table:?}");
            }
            assert!(!text.contains("<script") && !text.contains("[f]("), "{text}");
            // GitHub makes links of these by itself.
            assert!(!text.contains("http://g") && !text.contains("www.h"), "{text}");
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'));
        }
    }

    #[test]
    fn every_figure_of_the_page_is_in_a_table() {
        for lang in [Lang::En, Lang::Zh] {
            let run = fixture::failing();
            let seen = view(&run.summary, &run.verdict, lang);
            let tables = tables(&tests::text(&run, lang, render));
            let rules = &tables[0];
            assert_eq!(rules.len(), 2 + seen.rules.len());
            for (row, rule) in rules[2..].iter().zip(&seen.rules) {
                assert_eq!(row[0], format!("`{}`", rule.rule));
                assert_eq!((&row[1], &row[3], &row[5]), (&rule.observed, &rule.limit, &rule.word));
            }
            let pairs = |at: usize| tables[at][2..].iter().map(|row| row[1].clone()).collect::<Vec<_>>();
            assert_eq!(pairs(3), seen.headline.iter().map(|figure| figure.value.clone()).collect::<Vec<_>>());
            assert_eq!(tables[1].len(), 2 + seen.why[0].rows.len());
            assert_eq!(tables[1][2][2], seen.why[0].rows[0].share);
            assert_eq!(tables[5][2][1..], seen.steps[0].cells);
            assert_eq!(tables[6].len(), 2 + seen.failures.len());
        }
    }

    #[test]
    fn an_advice_is_apart_from_what_it_is_about() {
        for (lang, advice) in [(Lang::En, ".\n  What to do: "), (Lang::Zh, "。\n  建议：")] {
            let run = fixture::embedded();
            let text = tests::text(&run, lang, render);
            assert!(!run.summary.caveats.is_empty());
            assert_eq!(text.matches(advice).count(), run.summary.caveats.len(), "{text}");
        }
    }

    #[test]
    fn a_run_without_rules_failures_or_caveats_says_so() {
        let mut run = fixture::passing();
        run.summary.failures.clear();
        run.summary.caveats.clear();
        let text = tests::text(&run, Lang::Zh, render);
        assert!(text.contains(Lang::Zh.text().no_caveats) && text.contains(Lang::Zh.page().no_failures), "{text}");
    }
}
