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
use crate::summary::{Generator, Observed, RunFacts, StageFacts, Target, WindowFacts};
use crate::units::{Micros, RatePerSec};

/// What is known of the run beside its samples. A target may be found lost during the run or only behind it.
pub(super) fn observed(run: RunFacts, target: Target, (facts, lost): (&AttackFacts, Option<String>)) -> Observed {
    let lost_under_load = match &facts.cut_short {
        Some(CutShort::ByObserver(how)) => Some(how.clone()),
        _ => lost,
    };
    Observed {
        run,
        target,
        window: facts.window,
        interrupted: facts.cut_short == Some(CutShort::Interrupted),
        target_lost: lost_under_load,
        users_lost: facts.users_lost,
        requests_started: facts.requests_started,
        requests_ended: facts.requests_ended,
        strain: facts.strain,
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
        started_at: rfc3339(facts.started_at),
        ended_at: rfc3339(facts.ended_at),
        window: WindowFacts {
            start: facts.window.map(|(open, _)| at(open)),
            end: facts.window.map(|(_, close)| at(close)),
            seconds: facts.window.and_then(|(open, close)| close.checked_sub(open)).map(Micros::as_secs_f64),
        },
    }
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
