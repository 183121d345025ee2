//! What was run, as the report tells it.
//!
//! In: the plan, what the attack knows of itself, the command line. Out: the facts that a summary is folded with.
//! Always holds: the command repeats the run; nothing is measured here.

use std::env;

use jiff::Timestamp;

use crate::attack::conductor::{AttackFacts, CutShort};
use crate::attack::host;
use crate::cli::target;
use crate::plan::profile::Piece;
use crate::plan::{LoadProfile, Plan};
use crate::report::{Lang, LoadShape};
use crate::summary::caveat::Ending;
use crate::summary::{Generator, Observed, RunFacts, StageFacts, Target, WindowFacts};
use crate::units::{Micros, RatePerSec};

/// What is known of the run beside its samples.
pub(super) fn observed(run: RunFacts, target: Target, (facts, lost): (&AttackFacts, Option<Ending>)) -> Observed {
    Observed {
        run,
        target,
        window: facts.window,
        interrupted: facts.cut_short == Some(CutShort::Interrupted),
        target_lost: lost,
        users_lost: facts.users_lost,
        requests_started: facts.requests_started,
        requests_ended: facts.requests_ended,
        strain: facts.strain,
        ran_dry: match &facts.cut_short {
            Some(CutShort::FeederRanDry(feeder)) => Some(feeder.clone()),
            _ => None,
        },
        unlisted: None,
        co_located: false,
        generator: Generator {
            version: env!("CARGO_PKG_VERSION"),
            host: host::name(),
            cpus: u32::try_from(host::processors()).ok(),
            memory: host::memory(),
            ..Generator::default()
        },
    }
}

pub(super) fn run_facts(plan: &Plan, facts: &AttackFacts, command: String) -> RunFacts {
    let load = &plan.load;
    let at = |offset: Micros| {
        let micros = i64::try_from(offset.get()).unwrap_or(i64::MAX);
        facts.started_at.checked_add(jiff::SignedDuration::from_micros(micros)).map_or_else(|_| String::new(), rfc3339)
    };
    RunFacts {
        id: plan.run_id.clone(),
        scenario: plan.name.clone(),
        command: if command.contains("--seed") { command } else { format!("{command} --seed {}", plan.seed) },
        seed: plan.seed,
        model: if load.arrivals.is_some() { "open" } else { "closed" },
        users: load.users,
        iterations: load.iterations,
        stages: stages(load),
        rate: load.mean_rate().and_then(RatePerSec::new),
        ramp_up_s: load.ramp_up.as_secs_f64(),
        warm_up_s: load.warm_up.as_secs_f64(),
        run_time_s: load.run_time.as_secs_f64(),
        preflight_requests: None,
        started_at: rfc3339(facts.started_at),
        ended_at: rfc3339(facts.ended_at),
        window: WindowFacts {
            start: facts.window.map(|(open, _)| at(open)),
            end: facts.window.map(|(_, close)| at(close)),
            seconds: facts.window.and_then(|(open, close)| close.checked_sub(open)).map(Micros::as_secs_f64),
        },
    }
}

/// The load that is about to come, in the words of its report.
pub(super) fn load_in_words(plan: &Plan, lang: Lang) -> String {
    let load = &plan.load;
    let (rate, stages) = (load.mean_rate().and_then(RatePerSec::new), &stages(load));
    LoadShape { users: load.users, rate, iterations: load.iterations, stages }.in_words(lang)
}

/// The pieces of a load that changes.
fn stages(load: &LoadProfile) -> Vec<StageFacts> {
    let of = |piece: &Piece| StageFacts { from: piece.from, to: piece.to, seconds: piece.length.as_secs_f64() };
    load.changing().map_or_else(Vec::new, |profile| profile.pieces().iter().map(of).collect())
}

/// To the millisecond.
fn rfc3339(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

/// What was typed, as a shell reads it, but for `--out`: with the seed it repeats the run.
pub(super) fn command_line() -> String {
    let plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=%@,+".contains(c));
    let quoted = |word: String| if plain(&word) { word } else { format!("\"{}\"", word.replace('"', "\\\"")) };
    let host = env::var(target::VARIABLE).ok().map(|host| format!("{}={}", target::VARIABLE, quoted(host)));
    let mut words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).peekable();
    let mut typed = Vec::new();
    while let Some(word) = words.next() {
        // The folder of this run's report is taken: a repetition needs one of its own.
        match word.as_str() {
            "--out" => drop(words.next()),
            word if word.starts_with("--out=") => {}
            _ => typed.push(quoted(word)),
        }
    }
    host.into_iter().chain(["tollgate".to_owned()]).chain(typed).collect::<Vec<_>>().join(" ")
}
