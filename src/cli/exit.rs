//! Every stage's error, and the exit code it ends with.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | pass |
//! | 99 | the gate failed |
//! | 98 | invalid: the run proves nothing |
//! | 2 | usage or configuration error, nothing sent |
//! | 3 | target not ready, no load sent |
//! | 130 | interrupted |
//! | 1 | anything else |

use crate::attack::conductor::AttackError;
use crate::attack::preflight::PreflightError;
use crate::attack::transport::tls::TlsError;
use crate::gate::{RunVerdict, Verdict};
use crate::jmeter::jmx::JmxError;
use crate::jmeter::jtl::JtlError;
use crate::journal::JournalError;
use crate::plan::PlanError;
use crate::plan::target::TargetError;
use crate::reference::{ChildError, ServeError};
use crate::report::ReportError;
use crate::scenario::ScenarioError;
use crate::summary::Summary;

/// Why a command did not end with a verdict.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub(super) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error("{place}{cause}")]
    Plan { place: String, cause: PlanError },
    #[error("a function is registered for step \"{name}\", and the scenario has none; name the step so")]
    NoStepForFunction { name: String },
    #[error("interrupted before any load was sent")]
    Interrupted,
    #[error("{place}{cause}")]
    Host { place: String, cause: TargetError },
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(
        "--require-target: no target is named, and the embedded service is not one; give --host or set TOLLGATE_HOST"
    )]
    NoTarget,
    #[error("--serve-option is for the embedded service, but the target is {0}; take one of the two out")]
    ServeOptionsUnused(String),
    #[error(
        "the plan cannot be run as it is; write what is refused by hand, or leave it out with --allow-partial\n{0}"
    )]
    NotTranslated(String),
    #[error("{place}: [target] host: the environment has no variable {name}; set it, or name the target with --host")]
    NoHost { place: String, name: String },
    #[error(transparent)]
    Jtl(#[from] JtlError),
    #[error(transparent)]
    Jmx(#[from] JmxError),
    #[error(
        "{users} users need {needed} open files, and this process may have {limit}; allow more, for example with \"ulimit -Hn {needed}\" or LimitNOFILE={needed}, or give fewer --users"
    )]
    OpenFiles { users: u32, needed: u64, limit: u64 },
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("{options} are for an https target, but the target is {target}; write https://, or take them out")]
    TlsOptionsUnused { options: &'static str, target: String },
    /// Before the load: the folder cannot be written to.
    #[error(transparent)]
    Out(ReportError),
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    #[error("target {target} is not ready: {causes}")]
    NotReady { target: String, causes: String },
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error(transparent)]
    Attack(#[from] AttackError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("{what}: {cause}")]
    System { what: &'static str, cause: String },
}

impl CliError {
    /// The exit code.
    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Scenario(_)
            | Self::Plan { .. }
            | Self::NoStepForFunction { .. }
            | Self::Target(_)
            | Self::Host { .. }
            | Self::NoTarget
            | Self::ServeOptionsUnused(_)
            | Self::NotTranslated(_)
            | Self::NoHost { .. }
            | Self::Jtl(_)
            | Self::Jmx(_)
            | Self::OpenFiles { .. }
            | Self::Tls(_)
            | Self::TlsOptionsUnused { .. }
            | Self::Out(_) => 2,
            Self::Preflight(_) | Self::NotReady { .. } => 3,
            Self::Interrupted => 130,
            Self::Serve(ServeError::Options(_)) => 2,
            Self::Child(_)
            | Self::Attack(_)
            | Self::Report(_)
            | Self::Journal(_)
            | Self::Serve(_)
            | Self::System { .. } => 1,
        }
    }
}

/// The exit code of a run that was judged.
pub(super) const fn code_of(summary: &Summary, verdict: &Verdict) -> u8 {
    if summary.interrupted {
        return 130;
    }
    match verdict.run {
        RunVerdict::Pass => 0,
        RunVerdict::Fail => 99,
        RunVerdict::Invalid => 98,
    }
}
