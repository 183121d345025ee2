//! `tollgate import`: a plan of JMeter's as a scenario.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::cli::args::ImportArgs;
use crate::cli::exit::CliError;
use crate::cli::{put, say};
use crate::jmeter::import::{self, ImportOptions};
use crate::jmeter::jmx::Jmx;

/// Translates, writes the scenario, and tells what became of each element.
pub(super) fn import(args: &ImportArgs) -> Result<ExitCode, CliError> {
    let jmx = Jmx::load(&args.plan)?;
    let imported = import::import(
        &jmx,
        &ImportOptions {
            file: args.plan.clone(),
            properties: properties(args)?,
            allow_partial: args.allow_partial.clone(),
            folder: args.output.as_deref().map(|file| file.parent().unwrap_or_else(|| Path::new("")).to_owned()),
        },
    );
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

/// What was typed with `-J` over what the files of `-q` say.
fn properties(args: &ImportArgs) -> Result<BTreeMap<String, String>, CliError> {
    let mut properties = BTreeMap::new();
    for file in &args.property_files {
        let text = fs::read_to_string(file).map_err(|error| {
            CliError::Usage(format!(
                "cannot read properties {}: {error}; name an existing file with -q",
                file.display()
            ))
        })?;
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
        properties.extend(lines.filter_map(|line| line.split_once('=')).map(|(name, value)| pair(name, value)));
    }
    for typed in &args.properties {
        let (name, value) = typed
            .split_once('=')
            .ok_or_else(|| CliError::Usage(format!("-J {typed} has no value; write -J {typed}=VALUE")))?;
        properties.extend([pair(name, value)]);
    }
    Ok(properties)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.trim().to_owned(), value.trim().to_owned())
}
