//! `tollgate score`: a result file of JMeter's, judged like a run.

use std::process::ExitCode;

use crate::cli::args::ScoreArgs;
use crate::cli::ended::Ended;
use crate::cli::exit::CliError;
use crate::cli::facts::command_line;
use crate::cli::run::{claim_folder, compact};
use crate::jmeter::jtl::{self, ScoreOptions};

/// Reads, judges and reports.
pub(super) fn score(args: &ScoreArgs) -> Result<ExitCode, CliError> {
    let scored = jtl::score(&ScoreOptions {
        file: args.file.clone(),
        thresholds: args.thresholds.clone(),
        skip_ramp: args.skip_ramp,
        columns: args.columns.clone(),
        command: command_line(),
    })?;
    // A file without samples has no time of its own.
    let time = scored.started.map_or_else(|| "empty".to_owned(), compact);
    let folder = claim_folder(args.out.as_deref(), &scored.plan, &time)?;
    let ended = Ended::of(args.lang, &scored.plan.terms(), (scored.summary, Vec::new()), folder);
    Ok(ended.tell(args.quiet))
}
