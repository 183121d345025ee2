//! Options for plans of JMeter's.
//!
//! In: the command line. Out: properties, and the file of a run that is named by itself. Always holds: a run has one file.

use std::path::PathBuf;

use clap::Args;

use super::RunArgs;

/// What a plan of JMeter's is translated with.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct PropertyArgs {
    /// A property of a JMeter plan, as name=value. Repeatable
    #[arg(short = 'J', value_name = "NAME=VALUE")]
    pub(in crate::cli) properties: Vec<String>,
    /// A file of properties of a JMeter plan. Repeatable
    #[arg(short = 'q', value_name = "FILE")]
    pub(in crate::cli) property_files: Vec<PathBuf>,
    /// Ids of what may be left out of a JMeter plan, such as JMX105; every result then says so
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(in crate::cli) allow_partial: Vec<String>,
}

/// Options of `run`, with the file by itself.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct RunFileArgs {
    /// Scenario file or plan of JMeter's, in the place of --scenario
    #[arg(value_name = "FILE", conflicts_with = "scenario")]
    file: Option<PathBuf>,
    #[command(flatten)]
    run: RunArgs,
}

impl RunFileArgs {
    /// Without a file of its own.
    pub(super) const fn of(run: RunArgs) -> Self {
        Self { file: None, run }
    }

    /// The options, with the file that was named.
    pub(in crate::cli) fn into_run(self) -> RunArgs {
        let Self { file, run } = self;
        let scenario = file.unwrap_or_else(|| run.scenario.clone());
        RunArgs { scenario, ..run }
    }
}
