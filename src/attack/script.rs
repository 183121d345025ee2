//! A plan made ready for one target: what every user of the run shares.
//!
//! In: a plan and a target. Out: for each step the bytes around what varies. Always holds: writing a request
//! allocates nothing once the buffers have grown; only feeders and shared steps of on_start change while users run.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::plan::custom::Custom;
use crate::plan::target::Target;
use crate::plan::{Plan, PlannedScenario, PlannedStep};
use crate::sample::StepId;
use crate::scenario::check::{Expectation, Extract};
use crate::scenario::format::{Method, ThinkTime};
use crate::scenario::slots::Slot;
use crate::scenario::template::{Bound, Draw};
use crate::units::Micros;

/// A plan made ready for one target.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) plan: Plan,
    /// The steps of iterations.
    pub(super) steps: Vec<ScriptStep>,
    /// The steps of on_start and on_stop.
    pub(super) setup: Vec<ScriptStep>,
    pub(super) target: Target,
    pub(super) records_iterations: bool,
    /// The slots whose values appear in no output.
    pub(super) secret_slots: Vec<usize>,
    /// What became of the set-up, once a user has played it.
    pub(super) before: Mutex<Option<Prepared>>,
    /// Rows drawn of each feeder.
    drawn_rows: Box<[AtomicU64]>,
}

/// Slots and their values, once a user got them for all.
pub(super) type SharedValues = Mutex<Option<Vec<(usize, Vec<u8>)>>>;

/// What became of the set-up: the values it took, or `None` where it failed.
pub(super) type Prepared = Option<Vec<(usize, Slot)>>;

#[derive(Debug)]
pub(super) struct ScriptStep {
    /// Everything before the body's length, or the whole head of a request without a body.
    head: Bound,
    body: Option<Bound>,
    pub(super) is_head: bool,
    pub(super) expectation: Expectation,
    pub(super) extracts: Vec<Extract>,
    /// Whether anything is looked up in the answer's JSON.
    pub(super) looks_up: bool,
    pub(super) timeout: Micros,
    /// How many redirects are followed.
    pub(super) redirects: u32,
    /// The host it goes to, where that is not the target.
    pub(super) host: Option<usize>,
    /// Whether it is one HTTP request to the target and no more: no redirects, no host and no function of its own.
    pub(super) is_plain: bool,
    /// The function that sends it.
    pub(super) custom: Option<Custom>,
    pub(super) think_time: ThinkTime,
    /// For a step that one user sends for all: the values it gave, once it did.
    pub(super) shared: Option<SharedValues>,
    /// The step's number, where books are kept of its requests.
    pub(super) booked: Option<StepId>,
}

impl Script {
    pub(super) fn new(plan: &Plan, target: &Target) -> Self {
        let made = |step: &PlannedStep| {
            // A host that a step names, and that is the target after all, needs no connection of its own.
            let host = step.host.filter(|at| plan.elsewhere[*at] != *target);
            ScriptStep::new(step, host.map_or(target, |at| &plan.elsewhere[at]), host)
        };
        let mut steps: Box<[ScriptStep]> = plan.steps.iter().map(made).collect();
        for id in plan.reconciles.iter().map(|reconcile| reconcile.step) {
            steps[usize::from(id.0)].booked = Some(id);
        }
        Self {
            steps: steps.into(),
            setup: plan.setup.iter().map(made).collect(),
            target: target.clone(),
            before: Mutex::default(),
            records_iterations: plan.records_iterations(),
            secret_slots: secret_slots(plan),
            drawn_rows: plan.feeders.iter().map(|_| AtomicU64::new(0)).collect(),
            plan: plan.clone(),
        }
    }

    /// The target, or the host that a step names in its place.
    pub(super) fn target_of(&self, host: Option<usize>) -> &Target {
        host.map_or(&self.target, |at| &self.plan.elsewhere[at])
    }

    /// Which of the hosts that this plan names is the one at `origin`: the target is `Some(None)`.
    pub(super) fn host_at(&self, is_it: impl Fn(&Target) -> bool) -> Option<Option<usize>> {
        if is_it(&self.target) {
            return Some(None);
        }
        self.plan.elsewhere.iter().position(is_it).map(Some)
    }

    /// The scenario that a user plays.
    pub(super) fn scenario(&self, index: usize) -> &PlannedScenario {
        &self.plan.scenarios[index]
    }

    /// How many rows of a feeder had been drawn before this one.
    pub(super) fn next_row(&self, feeder: usize) -> u64 {
        self.drawn_rows[feeder].fetch_add(1, Ordering::Relaxed)
    }
}

/// The slots of extracts that are secret.
fn secret_slots(plan: &Plan) -> Vec<usize> {
    let extracts = plan.steps.iter().chain(&plan.setup).flat_map(|step| &step.extracts);
    extracts.filter(|extract| extract.secret).map(|extract| extract.slot).collect()
}

impl ScriptStep {
    fn new(step: &PlannedStep, target: &Target, host: Option<usize>) -> Self {
        let mut head = Bound::default();
        head.push_literal(&format!("{} {}", step.method.name(), target.base_path()));
        head.append(&step.path);
        head.push_literal(&format!(" HTTP/1.1\r\nHost: {}\r\n", target.authority()));
        if !step.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
            head.push_literal(concat!("User-Agent: tollgate/", env!("CARGO_PKG_VERSION"), "\r\n"));
        }
        for (name, value) in &step.headers {
            head.push_literal(&format!("{name}: "));
            head.append(value);
            head.push_literal("\r\n");
        }
        head.push_literal(match (&step.body, step.method.announces_body()) {
            (Some(_), _) => "Content-Length: ",
            (None, true) => "Content-Length: 0\r\n\r\n",
            (None, false) => "\r\n",
        });
        Self {
            head,
            body: step.body.clone(),
            is_head: step.method == Method::Head,
            expectation: step.expectation.clone(),
            extracts: step.extracts.clone(),
            looks_up: step.expectation.looks_up() || step.extracts.iter().any(Extract::looks_up),
            timeout: step.timeout,
            redirects: step.redirects,
            host,
            is_plain: step.redirects == 0 && step.custom.is_none() && host.is_none(),
            custom: step.custom.clone(),
            think_time: step.think_time,
            shared: step.shared.then(Mutex::default),
            booked: None,
        }
    }

    /// Whether it has a body.
    pub(super) const fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Writes the request for one iteration into `out`.
    pub(super) fn write(&self, draw: &Draw<'_>, body: &mut Vec<u8>, out: &mut Vec<u8>) {
        out.clear();
        self.head.write(draw, out);
        if let Some(template) = &self.body {
            body.clear();
            template.write(draw, body);
            out.extend_from_slice(itoa::Buffer::new().format(body.len()).as_bytes());
            out.extend_from_slice(b"\r\n\r\n");
            out.extend_from_slice(body);
        }
    }
}
