//! Whether the service is up and does what the scenario asks of it, before any load.
//!
//! In: an [`Attack`] that is about to begin. Out: a [`Rehearsal`]: what was sent, and what was found. Always holds: the
//! load's own counters, rows and tokens are untouched; a rehearsal judges nothing, `cli` does.
//!
//! First the health endpoint, then one iteration of each scenario by a user that is thrown away.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use crate::attack::clock::RunClock;
use crate::attack::conductor::{Attack, AttackError};
use crate::attack::script::Script;
use crate::attack::shared::{Shared, Stop};
use crate::attack::transport::general::Recipe;
use crate::attack::transport::inquiry::question;
use crate::attack::transport::{Exchange, Outgoing, Route, Transport, Wire};
use crate::attack::virtual_user::{Common, Rehearsed, VirtualUser};
use crate::plan::Plan;
use crate::sample::{FailureClass, Outcome, Sample, SampleOf, SampleSink};
use crate::scenario::feeder::{AtEnd, Feeder, Order};
use crate::scenario::secret::{CUT, Masker};
use crate::units::Micros;

/// Where a Spring service says whether it is up.
const HEALTH: &str = "/actuator/health";
/// The longest wait for the health endpoint.
const HEALTH_WAIT: Micros = Micros::from_secs(5);
/// How often it is looked whether the run was interrupted.
const TICK: Micros = Micros::from_millis(20);
/// Lines of an answer that are kept, and characters of each.
const LINES: (usize, usize) = (4, 200);

/// What a rehearsal sent and found.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// Requests, the one to the health endpoint included.
    pub requests: u64,
    /// What the health endpoint said.
    pub health: Health,
    /// Steps that did not succeed, in order.
    pub failed: Vec<FailedStep>,
    /// Steps that were not tried, because they need what no answer gave.
    pub left_out: Vec<String>,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// What the health endpoint said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Up.
    #[default]
    Up,
    /// It says something else: the answer's first lines.
    NotUp {
        /// Its path, without the base path.
        path: String,
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// The answer's first lines, or why there was none.
        said: String,
        /// Whether it is known to be the health endpoint: the scenario names it, or the answer has a status.
        is_meant: bool,
    },
}

/// A step that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// Its name.
    pub step: String,
    /// The class of the failure.
    pub class: FailureClass,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What the failure says.
    pub message: String,
    /// The answer's first lines; empty where there was none.
    pub said: String,
}

/// Rehearses on this thread.
///
/// # Errors
/// [`AttackError`] when the client cannot be set up.
pub fn rehearse(attack: &Attack<'_>) -> Result<Rehearsal, AttackError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(AttackError::Runtime)?;
    runtime.block_on(async {
        let shared = Arc::new(Shared::new(RunClock::start(), 1, Arc::default()));
        let interrupted = async {
            while attack.interrupt.try_recv().is_err() {
                tokio::time::sleep(TICK.into()).await;
            }
        };
        tokio::select! {
            () = interrupted => {
                shared.stop(Stop::Abort);
                Ok(Rehearsal { interrupted: true, ..Rehearsal::default() })
            }
            done = through(attack, &shared) => done,
        }
    })
}

/// Everything there is to try.
async fn through(attack: &Attack<'_>, shared: &Arc<Shared>) -> Result<Rehearsal, AttackError> {
    let client = |error: reqwest::Error| AttackError::Client(error.to_string());
    let general = Recipe::prepare(attack).map_err(client)?;
    let (plan, held) = without_end(attack.plan);
    let script = Arc::new(Script::new(&plan, attack.target));
    let timeout = attack.plan.load.timeout;
    let heard = Arc::new(Heard { lines: Mutex::default(), masker: attack.plan.masker.clone() });
    let transport = || {
        let route = Route { address: attack.addresses[0], tls: attack.tls.as_ref().map(|tls| tls.for_user()) };
        let wire = Wire::new((Arc::clone(shared), 0), route, general.as_ref(), timeout).map_err(client)?;
        Ok::<_, AttackError>(Overheard { wire, heard: Arc::clone(&heard) })
    };
    let speaks_http = !attack.plan.is_all_custom();
    let health = if speaks_http { health(attack, &mut transport()?).await } else { Health::Up };
    let witness = Arc::new(Witness { heard: Arc::clone(&heard), failed: Mutex::default() });
    let common = Common { shared: Arc::clone(shared), script, sink: Arc::clone(&witness) as Arc<_> };
    let mut rehearsed = Rehearsed::default();
    for scenario in 0..attack.plan.scenarios.len() {
        let elsewhere = attack
            .elsewhere
            .iter()
            .map(|host| Overheard { wire: Wire::lean((shared, 0), host, timeout), heard: Arc::clone(&heard) });
        let mut user = VirtualUser::new(&common, 0, scenario, transport()?).with_elsewhere(elsewhere.collect());
        user.rehearse(&held, &mut rehearsed).await;
    }
    let name = |of: SampleOf| match of {
        SampleOf::Step(id) => attack.plan.steps[usize::from(id.0)].name.clone(),
        SampleOf::Setup(id) => attack.plan.setup[usize::from(id.0)].name.clone(),
        SampleOf::Iteration | SampleOf::Group(_) => String::new(),
    };
    let failed = std::mem::take(&mut *witness.failed.lock().unwrap_or_else(PoisonError::into_inner));
    let masker = Masker::new(&rehearsed.secrets);
    let shown = |(of, failed): (SampleOf, FailedStep)| {
        // An answer that gives a secret is not printed: what was not taken out of it cannot be masked in it.
        let lines = if gives_secret(attack.plan, of) { 1 } else { LINES.0 };
        let said = failed.said.lines().take(lines).collect::<Vec<_>>().join("\n");
        FailedStep { step: name(of), message: masker.mask(&failed.message), said: masker.mask(&said), ..failed }
    };
    let failed = failed.into_iter().map(shown).collect();
    let left_out = rehearsed.left_out.into_iter().map(name).collect();
    Ok(Rehearsal {
        requests: shared.requests().0 + u64::from(speaks_http),
        health,
        failed,
        left_out,
        interrupted: false,
    })
}

/// Whether a secret is taken out of the step's answers.
fn gives_secret(plan: &Plan, of: SampleOf) -> bool {
    let step = match of {
        SampleOf::Step(id) => plan.steps.get(usize::from(id.0)),
        SampleOf::Setup(id) => plan.setup.get(usize::from(id.0)),
        SampleOf::Iteration | SampleOf::Group(_) => None,
    };
    step.is_some_and(|step| step.extracts.iter().any(|extract| extract.secret))
}

/// The plan with feeders that never end, and which of them would: a step that takes a row of theirs takes it from the
/// run.
fn without_end(plan: &Plan) -> (Plan, Vec<usize>) {
    let (mut plan, mut held) = (plan.clone(), Vec::new());
    for (at, (_, feeder)) in plan.feeders.iter_mut().enumerate() {
        if let Feeder::File(file) = feeder
            && matches!(file.order, Order::Sequential | Order::EachUser)
            && file.at_end == AtEnd::Stop
        {
            file.at_end = AtEnd::Recycle;
            held.push(at);
        }
    }
    (plan, held)
}

/// Asks the health endpoint.
async fn health(attack: &Attack<'_>, transport: &mut Overheard) -> Health {
    #[derive(Deserialize)]
    struct Status {
        status: String,
    }
    let (target, named) = (attack.target, attack.plan.health.as_deref());
    let path = named.unwrap_or(HEALTH);
    let request = question(target, path, &[]);
    let timeout = attack.plan.load.timeout.min(HEALTH_WAIT);
    let outgoing = Outgoing { bytes: &request, is_head: false, since: None, timeout };
    let (status, said, told) = match transport.exchange(outgoing).await.result {
        Err(error) => (None, error.to_string(), None),
        Ok(answer) => {
            let told = serde_json::from_slice::<Status>(answer.body).ok().map(|told| told.status);
            (Some(answer.status), first_lines((answer.head, answer.body), &attack.plan.masker), told)
        }
    };
    if told.as_deref() == Some("UP") && status.is_some_and(|status| (200..300).contains(&status)) {
        return Health::Up;
    }
    // A service of another make may answer anything there; one that tells a status in words is of this make.
    Health::NotUp { path: path.to_owned(), status, said, is_meant: named.is_some() || told.is_some() }
}

/// The first lines of the answer that was read last.
struct Heard {
    lines: Mutex<String>,
    masker: Masker,
}

/// A transport that keeps what was answered.
struct Overheard {
    wire: Wire,
    heard: Arc<Heard>,
}

impl Transport for Overheard {
    async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
        let exchange = self.wire.exchange(request).await;
        let said = exchange.result.as_ref().map(|answer| first_lines((answer.head, answer.body), &self.heard.masker));
        *self.heard.lines.lock().unwrap_or_else(PoisonError::into_inner) = said.unwrap_or_default();
        exchange
    }
}

/// Keeps what failed.
struct Witness {
    heard: Arc<Heard>,
    failed: Mutex<Vec<(SampleOf, FailedStep)>>,
}

impl SampleSink for Witness {
    fn record(&self, sample: &Sample<'_>) {
        let Outcome::Failure(failure) = sample.outcome else { return };
        let failed = FailedStep {
            step: String::new(),
            class: failure.class,
            status: failure.status,
            message: failure.message.to_owned(),
            said: self.heard.lines.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).push((sample.of, failed));
    }
}

/// The status line, and the first lines of the body, each cut short.
/// Masked before it is cut: a secret may have lines of its own.
fn first_lines((head, body): (&[u8], &[u8]), masker: &Masker) -> String {
    let (head, body) = (masker.mask(&String::from_utf8_lossy(head)), masker.mask(&String::from_utf8_lossy(body)));
    let lines = head.lines().take(1).chain(body.lines().filter(|line| !line.trim().is_empty()));
    let cut = |line: &str| {
        let shown: Vec<char> = line.trim_end().chars().filter(|c| !c.is_control()).take(LINES.1 + 1).collect();
        let mark = if shown.len() > LINES.1 { CUT } else { "" };
        shown.iter().take(LINES.1).collect::<String>() + mark
    };
    lines.take(LINES.0).map(cut).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::secret::Secret;

    #[test]
    fn the_first_lines_of_an_answer_are_short_and_hold_nothing_a_terminal_obeys() {
        let body = format!("{}\n\n\u{1b}[31mred\n3\n4\n5", "x".repeat(500));
        let none = Masker::new(&[]);
        let said = first_lines((b"HTTP/1.1 403 Forbidden\r\nA: b\r\n\r\n", body.as_bytes()), &none);
        assert_eq!(said, format!("HTTP/1.1 403 Forbidden\n{}…\n[31mred\n3", "x".repeat(200)));
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_before_its_lines_are_cut() {
        let key = "-----BEGIN KEY-----\nc2VjcmV0\n-----END KEY-----";
        let secrets = [Secret::of(key).unwrap()];
        let body = format!("you sent {key}");
        let said = first_lines((b"HTTP/1.1 400 Bad Request\r\n\r\n", body.as_bytes()), &Masker::new(&secrets));
        assert!(said.contains("you sent") && !said.contains("c2VjcmV0"), "{said}");
    }
}
