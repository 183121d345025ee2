//! `tollgate import`: a plan of JMeter's as a scenario.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::args::ImportArgs;
use crate::cli::exit::CliError;
use crate::cli::{put, say, source};

/// Translates, writes the scenario, and tells what became of each element.
pub(super) fn import(args: &ImportArgs) -> Result<ExitCode, CliError> {
    let folder = args.output.as_deref().map(|file| file.parent().unwrap_or_else(|| Path::new("")).to_owned());
    let imported = source::translate(&args.plan, &args.properties, folder)?;
    let account = if args.json {
        let json = serde_json::to_string_pretty(&imported.report);
        json.map_err(|error| CliError::System { what: "cannot write the account", cause: error.to_string() })? + "\n"
    } else {
        imported.report.text()
    };
    match (&imported.scenario, &args.output) {
        (Some(scenario), Some(file)) => {
            write_new(file, scenario)?;
            put(&account);
        }
        (Some(scenario), None) if !args.json => {
            put(scenario);
            say(account.trim_end());
        }
        _ => put(&account),
    }
    Ok(ExitCode::from(if imported.report.is_complete() { 0 } else { 2 }))
}

/// Writes a file that is not there yet: a scenario that somebody has worked on is not written over.
fn write_new(file: &Path, text: &str) -> Result<(), CliError> {
    let written = OpenOptions::new().write(true).create_new(true).open(file);
    written.and_then(|mut out| out.write_all(text.as_bytes())).map_err(|error| {
        let place = file.display();
        CliError::Usage(match error.kind() {
            ErrorKind::AlreadyExists => format!("{place} is there already; name another file with -o, or take it away"),
            _ => format!("cannot write {place}: {error}; name another file with -o"),
        })
    })
}
