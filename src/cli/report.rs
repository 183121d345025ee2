//! `tollgate report DIR`: a run's report rendered again from its journal, or held against its checksums.
//!
//! In: the folder of a run, finished or not. Out: every file but `results.jtl`, as the run itself wrote it. Always holds:
//! nothing is sent, nothing beside the folder is touched, and the journal itself stays as it is.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use crate::cli::args::ReportArgs;
use crate::cli::exit::{self, CliError};
use crate::cli::{put, say};
use crate::gate;
use crate::report::left::Left;
use crate::report::{self, ReportFolder, ReportOptions, Written, console};

/// Renders the folder again, or verifies it.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, CliError> {
    if args.verify { verify(args) } else { again(args) }
}

/// Holds the folder against its list of checksums and prints every difference.
fn verify(args: &ReportArgs) -> Result<ExitCode, CliError> {
    let lang = args.lang.unwrap_or_default();
    let (files, mismatches) = report::verify(&args.folder)?;
    let lines = mismatches.iter().map(|mismatch| mismatch.said(lang));
    let outcome = report::outcome(lang, &args.folder, (files, mismatches.len()));
    put(&lines.chain([outcome]).map(|line| line + "\n").collect::<String>());
    Ok(ExitCode::from(u8::from(!mismatches.is_empty())))
}

/// Renders every file but `results.jtl` from the journal. 0 when all were written, whatever the verdict.
fn again(args: &ReportArgs) -> Result<ExitCode, CliError> {
    let Left { opening, summary, evidence } = Left::read(&args.folder)?;
    let lang = args.lang.unwrap_or(opening.lang);
    let verdict = gate::judge_with(&summary, evidence, &opening.terms);
    let mut folder = ReportFolder::again(&args.folder)?;
    let plan = folder.write_plan(&opening.plan);
    let exit_code = exit::code_of(&summary, &verdict);
    let options = ReportOptions { lang, exit_code, seen_at: opening.seen_at };
    let Written { view, notes, failed } = report::write(folder, &summary, &verdict, &options);
    put(&if args.quiet { console::one_line(&view) } else { console::render(&view, io::stdout().is_terminal()) });
    notes.iter().for_each(|note| say(note));
    let failed: Vec<_> = plan.err().into_iter().chain(failed).collect();
    failed.iter().for_each(|error| say(&format!("error: {error}")));
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}
