//! `tollgate report DIR --verify`: whether a report is still what was written.

use std::process::ExitCode;

use crate::cli::args::ReportArgs;
use crate::cli::exit::CliError;
use crate::cli::put;
use crate::report;

/// Holds the folder against its list of checksums and prints every difference.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, CliError> {
    let (files, mismatches) = report::verify(&args.folder)?;
    let lines = mismatches.iter().map(|mismatch| mismatch.said(args.lang));
    let outcome = report::outcome(args.lang, &args.folder, (files, mismatches.len()));
    put(&lines.chain([outcome]).map(|line| line + "\n").collect::<String>());
    Ok(ExitCode::from(u8::from(!mismatches.is_empty())))
}
