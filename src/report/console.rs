//! The result on the console.
//!
//! In: a [`ReportView`]. Out: text for stdout. Always holds: the first nine lines are today's nine figures in their
//! order; columns align also where characters are two cells wide; no escape code unless colour is asked for.

use super::columns::{left, right, width};
use super::text::fill;
use super::text::money::heading;
use super::view::{CaveatGroup, Figure, ReportView, RuleView, StepView, Tone};

/// Kinds of failures on the console.
const FAILURES_SHOWN: usize = 3;

/// The whole result: figures, rules, caveats, the verdict and where the report lies.
#[must_use]
pub fn render(view: &ReportView, colour: bool) -> String {
    let paint = Paint(colour);
    let mut blocks = vec![headline(&view.headline)];
    if !view.rules.is_empty() {
        blocks.push(rules(view, paint));
    }
    if view.steps.len() > 1 {
        blocks.push(steps(view, paint));
    }
    if !view.failures.is_empty() {
        blocks.push(failures(view, paint));
    }
    if !view.money.is_empty() {
        blocks.push(money(view, paint));
    }
    blocks.extend(view.caveats.iter().map(|group| caveats(view, group, paint)));
    blocks.push(verdict(view, paint));
    blocks.join("\n")
}

/// The result in one line.
#[must_use]
pub fn one_line(view: &ReportView) -> String {
    let t = view.lang.text();
    let figures: Vec<String> =
        view.headline.iter().map(|figure| format!("{} {}", figure.label, figure.value)).collect();
    let figures = figures.join(t.list_comma);
    let blanks = [("word", view.verdict.word.as_str()), ("scenario", &view.scenario), ("figures", &figures)];
    format!("{}\n", fill(t.quiet_line, &blanks))
}

/// Whether escape codes are written.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn tone(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Close | Tone::Unsure => "33",
            Tone::Bad => "31",
        };
        self.code(text, code)
    }

    fn strong(self, text: &str) -> String {
        self.code(text, "1")
    }

    fn code(self, text: &str, code: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Labels to the left, figures to the right.
fn headline(figures: &[Figure]) -> String {
    let labels = figures.iter().map(|f| width(f.label)).max().unwrap_or(0);
    let values = figures.iter().map(|f| width(&f.value)).max().unwrap_or(0);
    figures.iter().map(|f| format!("{}  {}\n", left(f.label, labels), right(&f.value, values))).collect()
}

fn rules(view: &ReportView, paint: Paint) -> String {
    let page = view.lang.page();
    let head = [page.rule, page.observed, page.limit, page.margin].map(ToOwned::to_owned);
    let rows: Vec<[String; 4]> = view.rules.iter().map(rule_cells).collect();
    let widths: [usize; 4] =
        std::array::from_fn(|at| rows.iter().chain([&head]).map(|row| width(&row[at])).max().unwrap_or(0));
    let line = |row: &[String; 4], last: &str| {
        let [rule, observed, limit, margin] = row;
        let cells =
            [left(rule, widths[0]), right(observed, widths[1]), left(limit, widths[2]), right(margin, widths[3])];
        format!("{}  {last}\n", cells.join("  "))
    };
    let mut out = paint.strong(line(&head, page.verdict).trim_end());
    out.push('\n');
    for (rule, row) in view.rules.iter().zip(&rows) {
        out.push_str(&line(row, &paint.tone(&rule.word, rule.tone)));
    }
    out
}

fn rule_cells(rule: &RuleView) -> [String; 4] {
    [&rule.rule, &rule.observed, &rule.limit, &rule.margin].map(Clone::clone)
}

/// Steps, groups, iterations, all together, and what users do before and behind: the figures that rules are mostly
/// about; the report has the rest.
fn steps(view: &ReportView, paint: Paint) -> String {
    /// Of a step's cells: requests, success rate, TPS, mean, P95, P99.
    const SHOWN: [usize; 6] = [0, 3, 4, 5, 10, 11];
    let (t, p) = (view.lang.text(), view.lang.page());
    let head = [p.step, p.requests, p.success_rate, t.tps, p.mean, "P95", "P99"].map(ToOwned::to_owned);
    let row = |step: &StepView| -> [String; 7] {
        std::array::from_fn(|at| match at.checked_sub(1) {
            None => step.name.clone(),
            Some(cell) => step.cells[SHOWN[cell]].clone(),
        })
    };
    let rows: Vec<[String; 7]> = view.steps.iter().map(row).collect();
    let widths: [usize; 7] =
        std::array::from_fn(|at| rows.iter().chain([&head]).map(|row| width(&row[at])).max().unwrap_or(0));
    let line = |row: &[String; 7]| {
        let cell = |(at, cell): (usize, &String)| if at == 0 { left(cell, widths[0]) } else { right(cell, widths[at]) };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
    };
    let mut out = format!("{}\n", paint.strong(&line(&head)));
    rows.iter().for_each(|row| out.push_str(&format!("{}\n", line(row))));
    out
}

/// The most frequent kinds of failures; the report has them all.
fn failures(view: &ReportView, paint: Paint) -> String {
    let mut out = format!("{}\n", paint.strong(view.lang.page().failures));
    let counts = view.failures.iter().take(FAILURES_SHOWN).map(|f| width(&f.count)).max().unwrap_or(0);
    for failure in view.failures.iter().take(FAILURES_SHOWN) {
        let (count, class, id) = (right(&failure.count, counts), failure.class, failure.id);
        let place = format!("{} {}", failure.step, failure.status);
        out.push_str(&format!("  {count}  {}", view.lang.labelled(&place, &format!("{class} [{id}]"))));
        let said = if failure.message.is_empty() { "" } else { view.lang.text().clause_comma };
        out.push_str(&format!("{said}{}\n", failure.message));
    }
    let more = view.failures.len().saturating_sub(FAILURES_SHOWN);
    if more > 0 {
        out.push_str(&format!("  {}\n", fill(view.lang.text().more_kinds, &[("more", &more.to_string())])));
    }
    out
}

/// What was booked of what was sent, and the names of those that do not agree.
fn money(view: &ReportView, paint: Paint) -> String {
    let mut out = format!("{}\n", paint.strong(heading(view.lang)));
    for step in &view.money {
        let (first, rest) = step.lines.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        out.push_str(&format!("  {}\n", view.lang.labelled(&step.step, first)));
        rest.iter().for_each(|line| out.push_str(&format!("    {line}\n")));
        step.warnings.iter().for_each(|line| out.push_str(&format!("    {}\n", paint.tone(line, Tone::Unsure))));
        for kind in &step.kinds {
            out.push_str(&format!("    {}\n      {}\n", paint.tone(&kind.title, kind.tone), kind.names));
        }
    }
    out
}

fn caveats(view: &ReportView, group: &CaveatGroup, paint: Paint) -> String {
    let mut out = format!("{}\n", paint.strong(&paint.tone(group.heading, group.tone)));
    for caveat in &group.caveats {
        let name = format!("{} [{}]", caveat.title, caveat.id);
        out.push_str(&format!("  {}\n", view.lang.labelled(&name, &caveat.message)));
        out.push_str(&format!("    {}{}\n", view.lang.text().advice, caveat.advice));
    }
    out
}

fn verdict(view: &ReportView, paint: Paint) -> String {
    let t = view.lang.text();
    let mut lines: Vec<String> = view.banners.iter().map(|banner| paint.strong(banner)).collect();
    let word = paint.strong(&paint.tone(&view.verdict.word, view.verdict.tone));
    lines.extend(view.verdict.notes.iter().cloned());
    lines.push(fill(t.verdict_line, &[("word", &word), ("sentence", &view.verdict.sentence)]));
    lines.extend(view.report.iter().map(|path| fill(t.report_at, &[("path", path)])));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::text::Lang;
    use crate::report::view::view;

    fn shown(run: &fixture::Run, lang: Lang) -> String {
        render(&view(&run.summary, &run.verdict, lang), false)
    }

    #[test]
    fn the_nine_figures_come_first_in_their_order() {
        let text = shown(&fixture::failing(), Lang::Zh);
        let labels: Vec<&str> = text.lines().take(9).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(
            labels,
            [
                "总请求数",
                "成功请求数",
                "失败请求数",
                "成功率",
                "TPS",
                "平均响应时间",
                "最小响应时间",
                "最大响应时间",
                "P95响应时间"
            ]
        );
    }

    #[test]
    fn labels_align_in_chinese() {
        for lang in [Lang::En, Lang::Zh] {
            let text = shown(&fixture::passing(), lang);
            let ends: Vec<usize> = text.lines().take(9).map(width).collect();
            assert!(ends.iter().all(|end| *end == ends[0]), "{text}");
        }
    }

    #[test]
    fn the_verdict_and_the_reports_place_come_last() {
        let run = fixture::failing();
        let seen = view(&run.summary, &run.verdict, Lang::En).at(std::path::Path::new("reports/x/report.html"));
        let text = render(&seen, false);
        let last: Vec<&str> = text.lines().rev().take(2).collect();
        assert_eq!(last[0], "Report: reports/x/report.html");
        assert!(last[1].starts_with("Verdict: Fail. 1 of 4 rules failed: p95<=100ms"), "{text}");
    }

    #[test]
    fn several_steps_have_a_row_each_and_one_step_has_none() {
        let mut run = fixture::passing();
        let head = "Step ";
        assert!(!shown(&run, Lang::En).contains(head));
        let mut login = run.summary.steps[0].clone();
        login.name = Some("login".to_owned());
        run.summary.setup.push(login);
        let text = shown(&run, Lang::En);
        let rows: Vec<&str> = text.lines().skip_while(|line| !line.starts_with(head)).take(3).collect();
        assert!(rows[1].starts_with("consume "), "{text}");
        assert!(rows[2].starts_with("login (on_start/on_stop) "), "{text}");
        assert!(rows.iter().all(|row| width(row) == width(rows[0])), "{text}");
        assert!(shown(&run, Lang::Zh).contains("login (on_start/on_stop)"));
    }

    #[test]
    fn an_accounting_caveat_is_shown_with_its_advice() {
        let text = shown(&fixture::interrupted(), Lang::En);
        assert!(text.contains("Accounting caveats"), "{text}");
        assert!(text.contains("What to do: "), "{text}");
    }

    #[test]
    fn no_escape_code_unless_colour_is_asked_for() {
        let run = fixture::failing();
        let seen = view(&run.summary, &run.verdict, Lang::En);
        assert!(!render(&seen, false).contains('\u{1b}'));
        assert!(render(&seen, true).contains("\u{1b}[31mfail\u{1b}[0m"));
    }

    #[test]
    fn quiet_is_one_line() {
        let run = fixture::embedded();
        let line = one_line(&view(&run.summary, &run.verdict, Lang::Zh));
        assert_eq!(line.lines().count(), 1);
        assert!(line.starts_with("达标 (演示目标)："), "{line}");
    }
}
