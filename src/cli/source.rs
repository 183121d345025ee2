//! Where a run's scenario comes from: a scenario file, or a plan of JMeter's that is translated on the way.
//!
//! In: the file and the properties that were typed. Out: a [`Scenario`]. Always holds: a plan that cannot be translated
//! wholly is not run, and its account says why; neither is one that still needs something.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::PropertyArgs;
use crate::cli::exit::CliError;
use crate::cli::{builtin, say};
use crate::jmeter::import::{self, Import, ImportOptions};
use crate::jmeter::jmx::Jmx;
use crate::report::Lang;
use crate::scenario::Scenario;

/// Whether `file` is a plan of JMeter's.
pub(super) fn is_plan(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jmx"))
}

/// The scenario in `file`.
pub(super) fn read(file: &Path, properties: &PropertyArgs, (quiet, lang): (bool, Lang)) -> Result<Scenario, CliError> {
    if !is_plan(file) {
        properties.refuse_beside(file)?;
        return builtin::load(file, lang);
    }
    let folder = file.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let Import { report, scenario } = translate(file, properties, Some(folder.clone()))?;
    let Some(text) = scenario else { return Err(CliError::NotTranslated(report.text().trim_end().to_owned())) };
    if !quiet {
        say(report.text().trim_end());
    }
    // Beside the plan, where the files lie that it names.
    let name = format!("{} as a scenario", file.file_name().unwrap_or_default().to_string_lossy());
    Ok(Scenario::parse(&text, &folder.join(name))?)
}

/// Translates the plan in `file`.
pub(super) fn translate(file: &Path, typed: &PropertyArgs, folder: Option<PathBuf>) -> Result<Import, CliError> {
    let jmx = Jmx::load(file)?;
    let properties = properties(typed)?;
    let options =
        ImportOptions { file: file.to_owned(), properties, allow_partial: typed.allow_partial.clone(), folder };
    Ok(import::import(&jmx, &options))
}

impl PropertyArgs {
    /// Refuses what only a plan of JMeter's takes.
    fn refuse_beside(&self, file: &Path) -> Result<(), CliError> {
        let Self { properties, property_files, allow_partial } = self;
        if properties.is_empty() && property_files.is_empty() && allow_partial.is_empty() {
            return Ok(());
        }
        let file = file.display();
        Err(CliError::Usage(format!(
            "-J, -q and --allow-partial are for plans of JMeter's, and {file} is none; take them out"
        )))
    }
}

/// What was typed with `-J` over what the files of `-q` say.
fn properties(args: &PropertyArgs) -> Result<BTreeMap<String, String>, CliError> {
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
