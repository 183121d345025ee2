//! `tollgate report DIR --verify`: whether a report is still what was written.

use std::process::ExitCode;

use crate::cli::args::ReportArgs;
use crate::cli::exit::CliError;
use crate::cli::put;
use crate::report::{self, Lang};

/// Holds the folder against its list of checksums and prints every difference.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, CliError> {
    let (files, mismatches) = report::verify(&args.folder)?;
    let lines: String = mismatches.iter().map(|mismatch| format!("{mismatch}\n")).collect();
    let folder = args.folder.display();
    let end = match (args.lang, mismatches.len()) {
        (Lang::En, 0) => format!("{folder}: all {files} files are as they were written\n"),
        (Lang::En, n) => format!("{folder}: {n} differences; this is not the report that was written\n"),
        (Lang::Zh, 0) => format!("{folder}：{files} 个文件均与生成时一致\n"),
        (Lang::Zh, n) => format!("{folder}：共 {n} 处差异，已不是生成时的报告\n"),
    };
    put(&(lines + &end));
    Ok(ExitCode::from(u8::from(!mismatches.is_empty())))
}
