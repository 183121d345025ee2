//! A plan made ready for one target: what every user of the run shares and nobody changes.
//!
//! In: a plan and a target. Out: for each step the bytes around what varies. Always holds: writing a request
//! allocates nothing once the buffers have grown.

use crate::plan::target::Target;
use crate::plan::{Plan, PlannedStep};
use crate::sample::StepId;
use crate::scenario::check::Expectation;
use crate::scenario::feeder::Permutation;
use crate::scenario::format::{Method, ThinkTime};
use crate::scenario::template::{Bound, Draw};
use crate::units::Micros;

/// A plan made ready for one target: what every user of the run shares and nobody changes.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) steps: Vec<ScriptStep>,
    pub(super) scenarios: Vec<Vec<StepId>>,
    /// Each scenario's pacing.
    pub(super) pacing: Vec<Option<Micros>>,
    pub(super) seed: u64,
    /// Which scenarios' users keep cookies.
    pub(super) cookies: Vec<bool>,
    pub(super) target: Target,
    pub(super) feeders: Vec<(String, Permutation)>,
    pub(super) records_iterations: bool,
}

#[derive(Debug)]
pub(super) struct ScriptStep {
    /// Everything before the body's length, or the whole head of a request without a body.
    head: Bound,
    body: Option<Bound>,
    pub(super) is_head: bool,
    pub(super) expectation: Expectation,
    /// How many redirects are followed.
    pub(super) redirects: u32,
    pub(super) think_time: ThinkTime,
}

impl Script {
    pub(super) fn new(plan: &Plan, target: &Target) -> Self {
        Self {
            steps: plan.steps.iter().map(|step| ScriptStep::new(step, target)).collect(),
            scenarios: plan.scenarios.iter().map(|scenario| scenario.steps.clone()).collect(),
            pacing: plan.scenarios.iter().map(|scenario| scenario.pacing).collect(),
            seed: plan.seed,
            cookies: plan.scenarios.iter().map(|scenario| scenario.cookies).collect(),
            target: target.clone(),
            feeders: plan.feeders.clone(),
            records_iterations: plan.records_iterations(),
        }
    }
}

impl ScriptStep {
    fn new(step: &PlannedStep, target: &Target) -> Self {
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
            redirects: step.redirects,
            think_time: step.think_time,
        }
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
