//! The boxed result on the console, as today's acceptance log prints it.
//!
//! In: an [`AcceptanceView`]. Out: text for stdout. Always holds: the box is the same with and without colour; what must
//! be read first stands above it.

use super::view::{AcceptanceView, BoxGroup};
use crate::report::text::fill;
use crate::report::view::Tone;

/// The line of the log's box.
const RULE: &str = "========================================";

/// The whole result.
#[must_use]
pub fn render(view: &AcceptanceView, colour: bool) -> String {
    let t = view.lang.acceptance();
    let mut out = String::new();
    for banner in &view.banners {
        out.push_str(&format!("{}\n", paint(banner, Tone::Close, colour)));
    }
    if !view.banners.is_empty() {
        out.push('\n');
    }
    out.push_str(&format!("{RULE}\n{}\n{RULE}\n\n", t.title));
    for group in &view.groups {
        out.push_str(&self::group(group, colour));
        out.push('\n');
    }
    let conclusion = overall(view);
    out.push_str(&format!("{RULE}\n{}\n{RULE}\n\n{}\n", paint(&conclusion, view.tone, colour), view.counts));
    view.held_back.iter().for_each(|line| out.push_str(&format!("{line}\n")));
    out.push_str(&format!("{}\n", view.history));
    out
}

/// The result in one line.
#[must_use]
pub fn one_line(view: &AcceptanceView) -> String {
    let banners: String = view.banners.iter().map(|banner| format!("{banner} ")).collect();
    let held_back: String = view.held_back.iter().map(|line| format!(" {line}")).collect();
    format!("{banners}{}{held_back}\n", overall(view))
}

/// The box's last line, with its sign.
fn overall(view: &AcceptanceView) -> String {
    let conclusion = format!("{} {}", view.sign, view.conclusion);
    fill(view.lang.acceptance().overall, &[("conclusion", &conclusion)])
}

fn group(group: &BoxGroup, colour: bool) -> String {
    let mut out = match group.word {
        "" => format!("{}:\n", group.title),
        word => format!("{}: {}\n", group.title, paint(&format!("{} {word}", group.sign), group.tone, colour)),
    };
    for line in &group.lines {
        out.push_str(&format!("  - {}: {} {}\n", line.label, line.text, paint(line.mark, line.tone, colour)));
    }
    out
}

fn paint(text: &str, tone: Tone, colour: bool) -> String {
    let code = match tone {
        Tone::Good => "32",
        Tone::Close | Tone::Unsure => "33",
        Tone::Bad => "31",
    };
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
