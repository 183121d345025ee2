//! The page: one file that carries everything it shows.
//!
//! In: a [`ReportView`] and the charts. Out: HTML. Always holds: foreign text is escaped; the page loads nothing and
//! runs nothing but its own script, and holds the browser to that.

use askama::Template;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::ReportError;
use super::chart::{self, Chart};
use super::format::{Material, Picture};
use super::text::money::heading;
use super::text::{Definitions, PageText, Text, WhyText};
use super::view::{ReportView, RuleView, Tone};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    view: &'a ReportView,
    t: &'static Text,
    p: &'static PageText,
    definitions: &'static Definitions,
    figures: Vec<Plate<'a>>,
    w: &'static WhyText,
    /// Shows values where a reader points.
    script: &'static str,
    /// What the browser knows the script by.
    script_hash: String,
    dark_charts: String,
    /// The heading of the part about money.
    money: &'static str,
}

/// Shows values where a reader points. The page is complete without it.
const SCRIPT: &str = include_str!("../../templates/report.js");

/// A chart with its title, caption and values.
struct Plate<'a> {
    svg: String,
    chart: &'a Chart,
}

/// The page of `view`.
///
/// # Errors
/// [`ReportError::Page`] when the template cannot be filled in.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    page(material.view, material.pictures.iter().map(|Picture { chart, .. }| chart)).map(String::into_bytes)
}

fn page<'a>(view: &ReportView, charts: impl Iterator<Item = &'a Chart>) -> Result<String, ReportError> {
    let page = Page {
        view,
        t: view.lang.text(),
        p: view.lang.page(),
        w: view.lang.why(),
        definitions: view.lang.definitions(),
        figures: charts.map(|chart| Plate { svg: chart.inline(), chart }).collect(),
        dark_charts: chart::dark_rules(),
        money: heading(view.lang),
        script: SCRIPT,
        script_hash: base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT)),
    };
    page.render().map_err(ReportError::Page)
}

impl Tone {
    /// Its style class.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Close => "close",
            Self::Bad => "bad",
            Self::Unsure => "unsure",
        }
    }
}

impl RuleView {
    /// The margin with a true minus sign; on the console it stays what spreadsheets read.
    fn typeset_margin(&self) -> String {
        self.margin.replace('-', "\u{2212}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{self, Run};
    use crate::report::text::Lang;
    use crate::report::view::view;
    use crate::summary::confidence::{SecondRecord, Seconds};

    fn page(run: &Run, lang: Lang) -> String {
        let charts = chart::draw(&run.summary, &run.verdict.rules, lang).unwrap();
        super::page(&view(&run.summary, &run.verdict, lang), charts.iter()).unwrap()
    }

    #[test]
    fn hostile_text_stays_text() {
        let page = page(&fixture::hostile(), Lang::En);
        assert!(!page.contains("<script>alert") && !page.contains("<img"));
        assert_eq!(page.matches("<script").count(), 1, "its own");
        assert!(page.contains("&#60;script&#62;"));
        assert!(page.chars().all(|c| c == '\n' || !c.is_control()));
        assert!(!page.contains('\u{202e}'));
    }

    #[test]
    fn the_page_names_no_address_it_would_load() {
        for lang in [Lang::En, Lang::Zh] {
            let page = page(&fixture::failing(), lang);
            for loading in [" src=", " href=", "url(", "@import", "<link", "<iframe", "<object", "xmlns", "import("] {
                assert!(!page.contains(loading), "{loading}");
            }
            let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script));
            let policy = format!(
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; \
                 form-action 'none'"
            );
            assert!(page.contains(&policy), "{policy}");
        }
    }

    #[test]
    fn the_verdict_comes_before_the_rules_and_both_before_the_charts() {
        let page = page(&fixture::embedded(), Lang::En);
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
        let order = [
            "4 of 4 rules hold",
            "Demonstration: the target",
            "id=\"rules\"",
            "id=\"tested\"",
            "id=\"totals\"",
            "id=\"caveats\"",
            "id=\"charts\"",
            "id=\"steps\"",
            "id=\"failures\"",
            "id=\"definitions\"",
            "id=\"calibration\"",
        ];
        let places: Vec<usize> = order.iter().map(|text| at(text)).collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn the_page_of_300_seconds_is_under_a_megabyte() {
        // Each second with other times, all over four decades: hardly a cell of the heatmap is like the one above it.
        let mut run = fixture::failing();
        let edge = |second: u32, n: u32| 1_000 + n * 40 + (second * 7_919 + n * 104_729) % 37 + n * n * 11;
        let times = |second: u32| -> Vec<(u32, u32)> {
            (0..900).map(|n| (edge(second, n), 1 + (second * 31 + n * 17) % 40)).collect()
        };
        let second = |second| (SecondRecord { second, ..SecondRecord::default() }, times(second));
        run.summary.seconds = Seconds::of_all((0..300).map(second));
        for lang in [Lang::En, Lang::Zh] {
            let size = page(&run, lang).len();
            assert!(size < 1_000_000, "{lang}: {size} bytes");
        }
    }

    #[test]
    fn the_page_of_a_day_is_under_a_megabyte() {
        let day = fixture::day();
        for lang in [Lang::En, Lang::Zh] {
            let size = page(&day, lang).len();
            assert!(size < 1_000_000, "{lang}: {size} bytes");
        }
    }

    #[test]
    fn every_figure_of_the_console_is_on_the_page() {
        for lang in [Lang::En, Lang::Zh] {
            let run = fixture::failing();
            let page = page(&run, lang);
            let seen = view(&run.summary, &run.verdict, lang);
            for figure in &seen.headline {
                assert!(page.contains(figure.label) && page.contains(&figure.value), "{figure:?}");
            }
            for rule in &seen.rules {
                assert!(page.contains(&rule.observed) && page.contains(&rule.limit), "{rule:?}");
            }
        }
    }
}
