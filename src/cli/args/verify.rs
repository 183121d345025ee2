//! The options of `verify`.
//!
//! In: the words behind `tollgate verify`. Out: [`VerifyArgs`]. Always holds: a step that does not exist is refused with
//! the nearest one.

use std::path::PathBuf;

use clap::Args;

use crate::gate::acceptance::StepId;
use crate::report::Lang;
use crate::units::Micros;

/// Options of `verify`.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// Acceptance file
    #[arg(value_name = "FILE", default_value = "scenarios/acceptance.toml")]
    pub(in crate::cli) file: PathBuf,
    /// Target; else TOLLGATE_HOST, else the file's, else the embedded reference service
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) host: Option<String>,
    /// Virtual users of both loads [the file's own]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) users: Option<u32>,
    /// From the first user to the last, of both loads [the file's own]
    #[arg(long, value_name = "DUR")]
    pub(in crate::cli) ramp_up: Option<Micros>,
    /// Load before measuring, of both loads [the file's own]; a shorter one accepts nothing
    #[arg(long, value_name = "DUR")]
    pub(in crate::cli) warm_up: Option<Micros>,
    /// Length of the measured window, of both loads [the file's own]; a shorter one accepts nothing
    #[arg(long, value_name = "DUR")]
    pub(in crate::cli) run_time: Option<Micros>,
    /// Walk this step only: environment, migration, health, probes, load, metrics, cache, dual-write or switch
    #[arg(long, value_name = "STEP", value_parser = step)]
    pub(in crate::cli) only: Option<StepId>,
    /// Folder for the acceptance document [reports/acceptance/UTC-TIME]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Language of console and documents: en or zh
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub(in crate::cli) lang: Lang,
    /// Refuse to fall back to the embedded service: for CI
    #[arg(long)]
    pub(in crate::cli) require_target: bool,
    /// Options of `serve` for the embedded service, such as '--cache-off'. Repeatable
    #[arg(long = "serve-option", value_name = "OPTIONS", allow_hyphen_values = true)]
    pub(in crate::cli) serve_options: Vec<String>,
    /// Print one line only
    #[arg(long)]
    pub(in crate::cli) quiet: bool,
    /// Check the arithmetic of figures typed in from any report; verifies nothing else
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["only", "watch", "host", "out"])]
    pub(in crate::cli) audit: Option<PathBuf>,
    /// Go on checking for so long, such as 14d; with --only dual-write
    #[arg(long, value_name = "DUR", requires = "only")]
    pub(in crate::cli) watch: Option<Micros>,
    /// How often to check while watching
    #[arg(long, value_name = "DUR", default_value = "10m", requires = "watch")]
    pub(in crate::cli) every: Micros,
}

fn step(text: &str) -> Result<StepId, String> {
    let name = text.replace('-', "_");
    StepId::ALL.into_iter().find(|step| step.name() == name).ok_or_else(|| {
        let names: Vec<String> = StepId::ALL.iter().map(|step| step.name().replace('_', "-")).collect();
        format!("no step is called so; write one of {}", names.join(", "))
    })
}
