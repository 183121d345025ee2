//! What is written down of a run beside its counts.
//!
//! In: what is known before the load, and what is known of it while it goes on and when it has ended. Out: two records of
//! JSON, and what a summary is folded with. Always holds: nothing else is needed to render a report; there is no secret in
//! either.

use std::borrow::Cow;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::instrument::{Strain, UserTime};
use crate::plan::profile::Piece;
use crate::plan::{LoadProfile, Terms};
use crate::report::Lang;
use crate::summary::caveat::{Ending, Unlisted};
use crate::summary::{Calibration, Generator, Observed, RunFacts, StageFacts, Target, WindowFacts};
use crate::units::{Micros, RatePerSec};

/// What is known before the load.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opening {
    /// What the run is judged by.
    pub terms: Terms,
    /// The plan as `run.toml` shows it.
    pub plan: String,
    /// The command that was typed.
    pub command: String,
    /// In which language it is reported.
    pub lang: Lang,
    /// The run's folder as other programs see it.
    pub seen_at: PathBuf,
    /// Against what.
    pub target: Target,
    /// Addresses that took no connection before the load, each with the cause.
    pub refused: Vec<String>,
    /// Whether the target runs on the same machine.
    pub co_located: bool,
    /// The machine.
    pub machine: Machine,
    /// What the harness reached against a null server.
    pub calibration: Option<Calibration>,
    /// Whether that was asked for and could not be measured.
    pub calibration_failed: bool,
    /// Requests of the preflight; `None` where there was none.
    pub preflight_requests: Option<u64>,
}

/// The machine that generated the load, and the program that ran on it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// Tollgate's version.
    pub version: String,
    /// Host name.
    pub host: Option<String>,
    /// Processors the process may use.
    pub cpus: Option<u32>,
    /// Memory in bytes.
    pub memory: Option<u64>,
}

/// What is known of a run beside its counts, at any moment and when it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The moment, from the run's start.
    pub now: Micros,
    /// When the first user was started.
    pub started_at: Timestamp,
    /// When the last request had ended; before that the moment itself.
    pub ended_at: Timestamp,
    /// The window: as it was when the run has ended, as it is planned before.
    pub window: Option<(Micros, Micros)>,
    /// Whether the run was interrupted from outside.
    pub interrupted: bool,
    /// How the target ended, if it is known to have gone.
    pub target_lost: Option<Ending>,
    /// The feeder that had no row left.
    pub ran_dry: Option<String>,
    /// Samples that are not in the run's `results.jtl`.
    pub unlisted: Option<Unlisted>,
    /// Users that panicked or never started.
    pub users_lost: u32,
    /// Requests begun, by the users' own count.
    pub requests_started: u64,
    /// Requests ended, by the users' own count.
    pub requests_ended: u64,
    /// How strained the generator was.
    pub strain: Strain,
}

impl Standing {
    /// The same of a run that was not heard of behind this moment, and of which so many `samples` were counted: what was
    /// on its way is not told of by anybody.
    #[must_use]
    pub fn broken_off(self, samples: u64) -> Self {
        let until = |(open, close): (Micros, Micros)| (open, close.min(self.now));
        Self {
            window: self.window.map(until).filter(|(open, close)| open < close),
            interrupted: true,
            requests_started: samples,
            requests_ended: samples,
            // Requests and waits are added up when they end, and against the whole window: it is not known yet.
            strain: Strain { user_time: UserTime::default(), ..self.strain },
            ..self
        }
    }
}

impl Opening {
    /// What a run was, that ended as `standing` says.
    #[must_use]
    pub fn observed(&self, standing: Standing) -> Observed {
        let Machine { version, host, cpus, memory } = self.machine.clone();
        Observed {
            run: RunFacts {
                preflight_requests: self.preflight_requests,
                ..run_facts(&self.terms, &standing, &self.command)
            },
            target: Target { refused: self.refused.clone(), ..self.target.clone() },
            window: standing.window,
            interrupted: standing.interrupted,
            target_lost: standing.target_lost,
            ran_dry: standing.ran_dry,
            unlisted: standing.unlisted,
            users_lost: standing.users_lost,
            requests_started: standing.requests_started,
            requests_ended: standing.requests_ended,
            strain: standing.strain,
            co_located: self.co_located,
            generator: Generator {
                version: Cow::Owned(version),
                calibration: self.calibration,
                calibration_failed: self.calibration_failed,
                host,
                cpus,
                memory,
                ..Generator::default()
            },
        }
    }
}

fn run_facts(terms: &Terms, standing: &Standing, command: &str) -> RunFacts {
    let (load, window) = (&terms.load, standing.window);
    let at = |offset: Micros| {
        let micros = i64::try_from(offset.get()).unwrap_or(i64::MAX);
        let moment = standing.started_at.checked_add(SignedDuration::from_micros(micros));
        moment.map_or_else(|_| String::new(), rfc3339)
    };
    RunFacts {
        id: terms.run_id.clone(),
        scenario: terms.name.clone(),
        command: if command.contains("--seed") {
            command.to_owned()
        } else {
            format!("{command} --seed {}", terms.seed)
        },
        seed: terms.seed,
        model: if load.arrivals.is_some() { "open" } else { "closed" },
        users: load.users,
        iterations: load.iterations,
        stages: stages(load),
        rate: load.mean_rate().and_then(RatePerSec::new),
        ramp_up_s: load.ramp_up.as_secs_f64(),
        warm_up_s: load.warm_up.as_secs_f64(),
        preflight_requests: None,
        run_time_s: load.run_time.as_secs_f64(),
        started_at: rfc3339(standing.started_at),
        ended_at: rfc3339(standing.ended_at),
        window: WindowFacts {
            start: window.map(|(open, _)| at(open)),
            end: window.map(|(_, close)| at(close)),
            seconds: window.and_then(|(open, close)| close.checked_sub(open)).map(Micros::as_secs_f64),
        },
    }
}

/// The pieces of a load that changes.
#[must_use]
pub fn stages(load: &LoadProfile) -> Vec<StageFacts> {
    let of = |piece: &Piece| StageFacts { from: piece.from, to: piece.to, seconds: piece.length.as_secs_f64() };
    load.changing().map_or_else(Vec::new, |profile| profile.pieces().iter().map(of).collect())
}

/// To the millisecond.
fn rfc3339(moment: Timestamp) -> String {
    format!("{moment:.3}")
}
