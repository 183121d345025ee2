//! Progress while a run goes on: a bar on a terminal, a line every ten seconds elsewhere. Always on stderr.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::attack::conductor::{Stage, Tick};
use crate::cli::say;
use crate::histogram::series::IntervalCounts;
use crate::plan::LoadProfile;
use crate::report::Lang;
use crate::scenario::threshold::Permille;
use crate::units::Micros;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Micros = Micros::from_secs(10);

/// Shows how a run goes.
pub(super) struct Progress {
    display: Display,
    lang: Lang,
    planned: Micros,
}

enum Display {
    Bar(ProgressBar),
    Lines { next: Micros },
    Nothing,
}

impl Progress {
    /// A display for `load`; silent when `quiet`.
    pub(super) fn new(load: &LoadProfile, lang: Lang, quiet: bool) -> Self {
        let planned = load.ramp_up + load.warm_up + load.run_time;
        let display = if quiet {
            Display::Nothing
        } else if io::stderr().is_terminal() {
            Display::Bar(bar(planned))
        } else {
            Display::Lines { next: LINE_EVERY }
        };
        Self { display, lang, planned }
    }

    /// Shows a tick, with the last second that is over.
    pub(super) fn show(&mut self, tick: &Tick, second: Option<&IntervalCounts>, failures: u64) {
        match &mut self.display {
            Display::Nothing => {}
            Display::Bar(bar) => {
                bar.set_position(tick.now.min(self.planned).get());
                bar.set_message(line(self.lang, tick, second, failures));
            }
            Display::Lines { next } => {
                if tick.now >= *next {
                    *next = *next + LINE_EVERY;
                    let elapsed = tick.now.get() / Micros::SECOND.get();
                    let planned = self.planned.get() / Micros::SECOND.get();
                    say(&format!("{elapsed:>4} s / {planned} s  {}", line(self.lang, tick, second, failures)));
                }
            }
        }
    }

    /// Takes the display away.
    pub(super) fn finish(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }
}

fn bar(planned: Micros) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(planned.get()), ProgressDrawTarget::stderr_with_hz(5));
    // The template is fixed; were it malformed, the plain bar would stay.
    if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {bar:24.cyan/black} {wide_msg}") {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

/// Stage, users, TPS, p95 and failures in one line.
fn line(lang: Lang, tick: &Tick, second: Option<&IntervalCounts>, failures: u64) -> String {
    let tps = second.map_or(0, |second| second.successes);
    let p95 = second
        .and_then(|second| second.times.percentile(Permille::P95))
        .map_or_else(|| "-".to_owned(), |p95| format!("{:.1} ms", p95.as_millis_f64()));
    let stage = stage(lang, tick.stage);
    match lang {
        Lang::En => format!("{stage:<8}  {} users  {tps} TPS  p95 {p95}  {failures} failed", tick.users),
        Lang::Zh => format!("{stage}  用户 {}  TPS {tps}  P95 {p95}  失败 {failures}", tick.users),
    }
}

const fn stage(lang: Lang, stage: Stage) -> &'static str {
    match (lang, stage) {
        (Lang::En, Stage::RampUp) => "ramp-up",
        (Lang::En, Stage::WarmUp) => "warm-up",
        (Lang::En, Stage::Measured) => "measured",
        (Lang::En, Stage::Drain) => "drain",
        (Lang::Zh, Stage::RampUp) => "加压",
        (Lang::Zh, Stage::WarmUp) => "预热",
        (Lang::Zh, Stage::Measured) => "测量",
        (Lang::Zh, Stage::Drain) => "收尾",
    }
}
