//! What was run, as the report tells it.
//!
//! In: the plan, what the attack knows of itself, the command line. Out: the facts that a summary is folded with.
//! Always holds: the command repeats the run; nothing is measured here.

use std::env;

use crate::attack::conductor::{AttackFacts, CutShort};
use crate::attack::host;
use crate::cli::target;
use crate::plan::Plan;
use crate::report::record::{Machine, Standing, stages};
use crate::report::{Lang, LoadShape};
use crate::summary::caveat::Ending;
use crate::units::{Micros, RatePerSec};

/// What is known of the run `now`, beside its samples.
pub(super) fn standing(facts: &AttackFacts, (now, target_lost): (Micros, Option<Ending>)) -> Standing {
    Standing {
        now,
        started_at: facts.started_at,
        ended_at: facts.ended_at,
        window: facts.window,
        interrupted: facts.cut_short == Some(CutShort::Interrupted),
        target_lost,
        users_lost: facts.users_lost,
        requests_started: facts.requests_started,
        requests_ended: facts.requests_ended,
        strain: facts.strain,
        ran_dry: match &facts.cut_short {
            Some(CutShort::FeederRanDry(feeder)) => Some(feeder.clone()),
            _ => None,
        },
        unlisted: None,
    }
}

/// The machine and this program.
pub(super) fn machine() -> Machine {
    Machine {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: host::name(),
        cpus: u32::try_from(host::processors()).ok(),
        memory: host::memory(),
    }
}

/// The load that is about to come, in the words of its report.
pub(super) fn load_in_words(plan: &Plan, lang: Lang) -> String {
    let load = &plan.load;
    let (rate, stages) = (load.mean_rate().and_then(RatePerSec::new), &stages(load));
    LoadShape { users: load.users, rate, iterations: load.iterations, stages }.in_words(lang)
}

/// A word as shells read it. Rules stand in double quotes, which PowerShell wants too; in single ones what shells would
/// carry out within double ones.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=%@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains(['$', '`', '"', '!', '\\']) {
        format!("'{}'", word.replace('\'', "'\\''"))
    } else {
        format!("\"{word}\"")
    }
}

/// What was typed, as a shell reads it, but for `--out`: with the seed it repeats the run.
pub(super) fn command_line() -> String {
    let host = env::var(target::VARIABLE).ok().map(|host| format!("{}={}", target::VARIABLE, quoted(&host)));
    let mut words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).peekable();
    let mut typed = Vec::new();
    while let Some(word) = words.next() {
        // The folder of this run's report is taken: a repetition needs one of its own.
        match word.as_str() {
            "--out" => drop(words.next()),
            word if word.starts_with("--out=") => {}
            _ => typed.push(quoted(&word)),
        }
    }
    host.into_iter().chain(["tollgate".to_owned()]).chain(typed).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_repeated_runs_nothing_of_its_own() {
        for (word, expected) in [
            ("--users", "--users"),
            ("p95<=80ms", "\"p95<=80ms\""),
            ("", "\"\""),
            ("it's mine.toml", "\"it's mine.toml\""),
            ("a`id`.toml", "'a`id`.toml'"),
            ("C:\\My Plans\\", "'C:\\My Plans\\'"),
            ("$(id) isn't", "'$(id) isn'\\''t'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
