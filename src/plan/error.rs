//! What `plan` refuses, each with its cause and its cure.

use std::path::PathBuf;

use crate::plan::steps::MOST_REDIRECTS;
use crate::plan::target::TargetError;
use crate::plan::{MOST_USERS, Overrides};
use crate::scenario::Scenario;
use crate::scenario::template::TemplateError;
use crate::units::Micros;

/// Why a scenario cannot be run.
#[derive(Debug, thiserror::Error, PartialEq)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum PlanError {
    #[error("users must lie between 1 and {MOST_USERS}, not {0}; write for example --users 100")]
    Users(u32),
    #[error("{users} users cannot play {scenarios} scenarios; give at least {scenarios} users with --users")]
    TooFewUsers { users: u32, scenarios: usize },
    #[error("ramp-up {0} is longer than a run can wait; write at most --ramp-up 12h")]
    RampUp(Micros),
    #[error(
        "run_time = \"?\": the file leaves open how long to run; write for example \"300s\", or give --run-time 300s"
    )]
    RunTimeAsked,
    #[error("run time {0} is too short to measure; write at least --run-time 1s")]
    RunTime(Micros),
    #[error("arrivals are spaced in an open model only; give a rate too, for example rate = 1020")]
    SpacingWithoutRate,
    #[error("arrivals wait in an open model only; give a rate too, for example rate = 1020, or take max_waiting out")]
    CapWithoutRate,
    #[error("max_waiting = 0 would drop every arrival that does not find a user at the very moment; write at least 1")]
    NoneWaits,
    #[error(
        "{users} users that pause {pause} an iteration can take at most {most:.1} arrivals a second, not {rate:.1}; give more users, shorten think_time, or lower the rate"
    )]
    RateOverUsers { users: u32, pause: Micros, most: f64, rate: f64 },
    #[error(
        "scenario \"{0}\" has a pacing, which is one of a closed model; in an open one the rate says when iterations start, so take one of them out"
    )]
    PacingWithRate(String),
    #[error("a run of 0 iterations measures nothing; write for example --iterations 1000")]
    NoIterations,
    #[error(
        "an iteration limit is one of a closed model; in an open one rate times run time says how many start, so take --iterations or --rate out"
    )]
    IterationsWithRate,
    #[error("the stages say it already; take {what} out")]
    BesideStages { what: &'static str, typed: bool },
    #[error(
        "the stages last no time behind the first ramp, which lies before the window; write a hold, or a second stage"
    )]
    StagesLastNoTime,
    #[error("a rate of 0 offers no load; write for example --rate 1020")]
    Rate,
    #[error("a timeout of 0 would fail every request; write for example --timeout 10s")]
    Timeout,
    #[error("the file has no [[scenario]]; write one with at least one [[scenario.step]]")]
    NoScenario,
    #[error("scenario \"{0}\" has no [[scenario.step]]; write one with a name and a path")]
    NoStep(String),
    #[error("{kind} \"{name}\" is named twice; reports and rules tell them apart by name, so rename one")]
    Twice { kind: &'static str, name: String },
    #[error("a {kind} has {problem} for a name; write a plain word")]
    BadName { kind: &'static str, name: String, problem: &'static str },
    #[error("a step has no name; write for example name = \"pay\"")]
    NoName { needle: String },
    #[error("step \"{0}\" has no path; write for example path = \"/api/pay\"")]
    NoPath(String),
    #[error("step \"{step}\" has a {first} and a {second}; a request has one body, so take one of them out")]
    TwoBodies { step: String, first: &'static str, second: &'static str },
    #[error("step \"{step}\": part \"{part}\" {problem}")]
    Part { step: String, part: String, problem: &'static str },
    #[error("step \"{step}\": path \"{path}\" must start with \"/\"; scheme and host belong in --host")]
    Path { step: String, path: String },
    #[error(
        "step \"{step}\": {part} holds a character that cannot be sent as it stands: a space, a letter outside of ASCII, \"#\" or a control character; write %20 for a space, or put the value under query = {{ name = \"value\" }}"
    )]
    Unsendable { step: String, part: String },
    #[error(
        "step \"{step}\": header \"{header}\" is no header name, or its value holds a line break or a control character"
    )]
    Header { step: String, header: String },
    #[error("step \"{step}\": header \"{header}\" is set by Tollgate itself; take it out")]
    OwnHeader { step: String, header: String },
    #[error("step \"{step}\": the scenario keeps cookies, and the step sets header \"{header}\" itself; take one out")]
    TwoCookies { step: String, header: String },
    #[error("step \"{step}\": {cause}")]
    Host { step: String, cause: TargetError },
    #[error(
        "step \"{0}\": host is drawn while the run goes on; connections are tried before it, so write a text, or a variable that is one"
    )]
    HostVaries(String),
    #[error(
        "steps have hosts of their own, which only the lean client of HTTP/1.1 reaches; take http2 and proxy out, or the hosts"
    )]
    HostsWithGeneral,
    #[error(
        "scenario \"{0}\" asks for a connection an iteration, which only the lean client of HTTP/1.1 makes; take http2 and proxy out, or the connection"
    )]
    ConnectionWithGeneral(String),
    #[error("step \"{step}\": {redirects} redirects are more than a client follows; write at most {MOST_REDIRECTS}")]
    Redirects { step: String, redirects: u32 },
    #[error("step \"{step}\", {part}: {cause}")]
    Template { step: String, part: String, cause: Box<TemplateError> },
    #[error("{part}: {cause}")]
    Structural { part: String, cause: Box<TemplateError> },
    #[error("step \"{0}\" has a timeout of 0, which would fail every request; write for example timeout = \"3s\"")]
    StepTimeout(String),
    #[error(
        "feeder \"{feeder}\" has {rows} rows, and each of {users} users needs one of its own; add rows, or give fewer users"
    )]
    TooFewRows { feeder: String, rows: u64, users: u32 },
    #[error("reconcile: {problem}")]
    Reconcile { needle: String, problem: String },
    #[error("{0}")]
    Structure(String),
    #[error("{problem}")]
    At { needle: String, problem: String },
    #[error("the scenarios have more than 65,535 steps; split the file")]
    TooManySteps,
    #[error(
        "step \"{0}\" expects a refusal but names no envelope to read it from; write for example envelope = \"consume-400\""
    )]
    RejectWithoutEnvelope(String),
    #[error("variable \"{name}\": {cause}")]
    Variable { name: String, cause: Box<TemplateError> },
    #[error(
        "\"{0}\" is no name for a variable; write letters, digits, \"_\" or \"-\", and no word that Tollgate uses itself"
    )]
    VariableName(String),
    #[error("rule \"{rule}\": {problem}")]
    Rule { rule: String, problem: String },
    #[error(
        "the file names no gate, and the built-in one is for a scenario of one step and no group; write for example gate = [\"tps>=100 for all\", \"p95<=100ms for {step}\", \"success-rate>=99%\"]"
    )]
    NoGate { step: String },
    #[error(
        "the file names no gate, and the built-in rule \"{rule}\" does not suit it: {problem}; or write a gate of its own, for example gate = [\"p95<=100ms\", \"success-rate>=99%\"]"
    )]
    BuiltInRule { rule: String, problem: String },
    #[error("the gate has no rule; a run without rules proves nothing, so name at least one")]
    EmptyGate,
    #[error(
        "insecure takes any certificate, so the authorities of cacert would be asked nothing; take one of the two out"
    )]
    InsecureWithCacert,
    #[error("the client key {} belongs to no certificate; name it with --cert FILE, or cert = in [target]", .0.display())]
    KeyWithoutCert(PathBuf),
    #[error("proxy: {0}")]
    Proxy(TargetError),
    #[error("proxy \"{0}\" is itself behind TLS, which is not supported; write http://")]
    ProxyOverTls(String),
    #[error("rules \"{0}\" and \"{1}\": no run can meet both; correct one of the two limits")]
    Contradictory(String, String),
    #[error("rules \"{0}\" and \"{1}\" are about the same metric; keep one")]
    SameMetric(String, String),
}

impl PlanError {
    /// Whether the cause is a value that `typed` gave on the command line, and not the file.
    #[must_use]
    pub fn was_typed(&self, typed: &Overrides) -> bool {
        match self {
            Self::Rule { rule, .. } | Self::SameMetric(_, rule) | Self::Contradictory(_, rule) => {
                typed.thresholds.iter().any(|threshold| threshold.to_string() == *rule)
            }
            Self::Users(_) | Self::TooFewUsers { .. } => typed.users.is_some(),
            Self::RampUp(_) => typed.ramp_up.is_some(),
            Self::RunTime(_) => typed.run_time.is_some(),
            Self::Timeout => typed.timeout.is_some(),
            Self::Proxy(_) | Self::ProxyOverTls(_) => typed.connection.proxy.is_some(),
            Self::KeyWithoutCert(_) => typed.connection.key.is_some(),
            Self::InsecureWithCacert => typed.connection.insecure || typed.connection.cacert.is_some(),
            Self::Rate | Self::RateOverUsers { .. } => typed.rate.is_some(),
            Self::BesideStages { typed, .. } => *typed,
            Self::NoIterations => typed.iterations.is_some(),
            Self::IterationsWithRate => typed.iterations.is_some() || typed.rate.is_some(),
            _ => false,
        }
    }

    /// Where in `scenario` the cause stands: line and column, from 1. `None` where it is the whole file.
    #[must_use]
    pub fn place(&self, scenario: &Scenario) -> Option<(usize, usize)> {
        let needle = self.needle()?;
        match self.anchor() {
            Some(anchor) => scenario.place_behind(&anchor, &needle),
            None => scenario.place_of(&needle),
        }
    }

    /// A text behind which the cause stands: the name of its step.
    fn anchor(&self) -> Option<String> {
        match self {
            Self::Template { step, .. } => Some(format!("\"{step}\"")),
            Self::Reconcile { .. } => Some("[[reconcile]]".to_owned()),
            _ => None,
        }
    }

    /// A text that stands in the scenario file where the cause is; `None` when the whole file is the cause.
    #[must_use]
    pub fn needle(&self) -> Option<String> {
        let quoted = |text: &str| format!("\"{text}\"");
        match self {
            Self::Users(users) | Self::TooFewUsers { users, .. } => Some(format!("users = {users}")),
            Self::RampUp(span) | Self::RunTime(span) => Some(quoted(&span.to_string())),
            Self::Timeout => Some("timeout =".to_owned()),
            Self::RunTimeAsked => Some("run_time =".to_owned()),
            Self::Proxy(_) | Self::ProxyOverTls(_) => Some("proxy =".to_owned()),
            Self::KeyWithoutCert(_) => Some("key =".to_owned()),
            Self::InsecureWithCacert => Some("insecure =".to_owned()),
            Self::Redirects { redirects, .. } => Some(format!("redirects = {redirects}")),
            Self::Rate => Some("rate =".to_owned()),
            Self::SpacingWithoutRate => Some("arrivals =".to_owned()),
            Self::CapWithoutRate | Self::NoneWaits => Some("max_waiting =".to_owned()),
            Self::RateOverUsers { .. } => Some("think_time".to_owned()),
            Self::BesideStages { .. } => Some("[load]".to_owned()),
            Self::StagesLastNoTime => Some("[[load.stage]]".to_owned()),
            Self::NoIterations | Self::IterationsWithRate => Some("iterations =".to_owned()),
            Self::PacingWithRate(_) => Some("pacing =".to_owned()),
            Self::NoStep(name) | Self::Twice { name, .. } => Some(quoted(name)),
            Self::Path { path, .. } => Some(quoted(path)),
            Self::ConnectionWithGeneral(_) => Some("connection =".to_owned()),
            Self::HostsWithGeneral => Some("host =".to_owned()),
            Self::RejectWithoutEnvelope(step)
            | Self::NoPath(step)
            | Self::StepTimeout(step)
            | Self::Host { step, .. }
            | Self::HostVaries(step)
            | Self::Part { step, .. }
            | Self::TwoBodies { step, .. }
            | Self::Unsendable { step, .. } => Some(quoted(step)),
            Self::OwnHeader { header, .. } | Self::TwoCookies { header, .. } | Self::Header { header, .. } => {
                Some(header.clone())
            }
            Self::Template { step, cause, .. } => cause.needle().or_else(|| Some(quoted(step))),
            Self::Structural { cause, .. } => cause.needle(),
            Self::Variable { name, cause } => cause.needle().or_else(|| Some(format!("{name} ="))),
            // The name in it is the first thing in quotes.
            Self::Structure(problem) => problem.split('"').nth(1).map(quoted),
            Self::TooFewRows { feeder, .. } => Some(quoted(feeder)),
            Self::Reconcile { needle, .. } => Some(needle.clone()),
            Self::VariableName(name) => Some(name.clone()),
            Self::BadName { name, .. } => Some(quoted(name)),
            Self::NoName { needle } | Self::At { needle, .. } => Some(needle.clone()),
            Self::Rule { rule, .. } | Self::SameMetric(_, rule) | Self::Contradictory(_, rule) => Some(quoted(rule)),
            Self::EmptyGate => Some("gate =".to_owned()),
            Self::NoScenario | Self::TooManySteps | Self::NoGate { .. } | Self::BuiltInRule { .. } => None,
        }
    }
}
