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

use std::path::PathBuf;

use crate::attack::conductor::AttackError;
use crate::attack::preflight::PreflightError;
use crate::gate::{RunVerdict, Verdict};
use crate::plan::PlanError;
use crate::plan::target::TargetError;
use crate::reference::{ChildError, ServeError};
use crate::report::ReportError;
use crate::scenario::ScenarioError;
use crate::summary::Summary;

/// Why a command did not end with a verdict.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub(super) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error("{}: {cause}", path.display())]
    Plan { path: PathBuf, cause: PlanError },
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(
        "--require-target: no target is named, and the embedded service is not one; give --host or set TOLLGATE_HOST"
    )]
    NoTarget,
    #[error("--serve-option is for the embedded service, but the target is {0}; take one of the two out")]
    ServeOptionsUnused(String),
    #[error("--out {}: the folder already holds files; name another, or empty it", .0.display())]
    OutNotEmpty(PathBuf),
    #[error("--out {}: {cause}; name a folder that can be written", path.display())]
    OutUnwritable { path: PathBuf, cause: std::io::Error },
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error(transparent)]
    Attack(#[from] AttackError),
    #[error(transparent)]
    Report(#[from] ReportError),
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
            | Self::Target(_)
            | Self::NoTarget
            | Self::ServeOptionsUnused(_)
            | Self::OutNotEmpty(_)
            | Self::OutUnwritable { .. } => 2,
            Self::Preflight(_) => 3,
            Self::Serve(ServeError::Options(_)) => 2,
            Self::Child(_) | Self::Attack(_) | Self::Report(_) | Self::Serve(_) | Self::System { .. } => 1,
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
