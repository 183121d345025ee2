//! What users do, with nothing left to decide.

use crate::plan::custom::Custom;
use crate::plan::program::{Extent, Program};
use crate::sample::StepId;
use crate::scenario::check::{Expectation, Extract};
use crate::scenario::format::{Lifetime, Method, OnFailure, ThinkTime};
use crate::scenario::template::Bound;
use crate::units::Micros;

/// What is done once around the whole load; its steps are those of [`Plan::setup`](crate::plan::Plan::setup).
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// By one user, before any other begins.
    pub before: Program,
    /// By the last user, when all have ended.
    pub after: Program,
    /// The longest that both may take.
    pub time: Micros,
}

/// One traffic pattern that users play.
#[derive(Clone, Debug)]
pub struct PlannedScenario {
    /// Its name.
    pub name: String,
    /// Its share of the users.
    pub weight: u32,
    /// How long each user keeps cookies, if it does.
    pub cookies: Option<Lifetime>,
    /// How long each user keeps its connection.
    pub connection: Lifetime,
    /// From one start of an iteration to the next, for each user; closed models only.
    pub pacing: Option<Micros>,
    /// The requests of an iteration, in the file's order.
    pub steps: Vec<StepId>,
    /// What one iteration does.
    pub program: Program,
    /// What one iteration may come to.
    pub extent: Extent,
    /// What each user does once before; its steps are those of [`Plan::setup`](crate::plan::Plan::setup).
    pub on_start: Program,
    /// What each user does once behind; its steps are those of [`Plan::setup`](crate::plan::Plan::setup).
    pub on_stop: Program,
    /// The longest that both may take.
    pub setup_time: Micros,
    /// What the first failure of an iteration does.
    pub on_failure: OnFailure,
    /// Which of the plan's drawn variables it uses, in order.
    pub drawn: Vec<usize>,
    /// The slots that are emptied when an iteration begins.
    pub cleared: Vec<usize>,
    /// The feeders it draws on.
    pub feeders: Vec<usize>,
}

/// One named request.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    /// The name it is reported under; unique in the plan.
    pub name: String,
    /// Where it goes in the target's place: an index into [`Plan::elsewhere`](crate::plan::Plan::elsewhere).
    pub host: Option<usize>,
    /// The HTTP method.
    pub method: Method,
    /// Path and query, behind the target's base path.
    pub path: Bound,
    /// Headers beside `Host` and `Content-Length`.
    pub headers: Vec<(String, Bound)>,
    /// The body.
    pub body: Option<Bound>,
    /// Its longest time.
    pub timeout: Micros,
    /// What makes its answer a success.
    pub expectation: Expectation,
    /// What is taken out of its answer.
    pub extracts: Vec<Extract>,
    /// Sent by one user, who gives what it takes out to all others.
    pub shared: bool,
    /// How many redirects are followed.
    pub redirects: u32,
    /// Pause behind it.
    pub think_time: ThinkTime,
    /// The function that sends it, in the place of an HTTP request.
    pub custom: Option<Custom>,
}

/// A variable that is drawn once an iteration.
#[derive(Clone, Debug)]
pub struct DrawnVariable {
    /// Where its value is kept.
    pub slot: usize,
    /// What it is drawn from.
    pub text: Bound,
}
