//! `tollgate check`: is a scenario file sound, and what will it do?
//!
//! In: scenario files. Out: the resolved plan of each on stdout, errors on stderr. Always holds: nothing is sent and
//! nothing is started; an error of one file hides no other's.

use std::path::Path;
use std::process::ExitCode;

use crate::cli::args::CheckArgs;
use crate::cli::exit::CliError;
use crate::cli::{put, run, say, source};
use crate::plan::outlook::Outlook;
use crate::plan::{Identity, Overrides, Plan};
use crate::report::Lang;

/// Checks every file. 0 when all are sound, else 2.
pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, CliError> {
    let mut code = 0;
    for file in &args.files {
        match describe(file, args) {
            Ok(text) => put(&text),
            Err(error) => {
                say(&format!("error: {error}"));
                code = code.max(error.code());
            }
        }
    }
    Ok(ExitCode::from(code))
}

fn describe(file: &Path, args: &CheckArgs) -> Result<String, CliError> {
    let lang = args.lang;
    let scenario = source::read(file, &args.properties, false)?;
    if let Some(name) = scenario.host_lacks() {
        return Err(CliError::NoHost { place: file.display().to_string(), name: name.to_owned() });
    }
    let overrides = Overrides::default();
    let name = file.file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
    // A run names itself and chooses a seed; neither changes what is told here.
    let identity = Identity { name: name.into_owned(), run_id: "RUN".to_owned(), seed: 0 };
    let plan = Plan::resolve(&scenario, &overrides, identity)
        .map_err(|cause| CliError::Plan { place: run::place(file, &overrides, (&scenario, &cause)), cause })?;
    let lines = lang.outlook(&plan, &Outlook::of(&plan));
    let sound = match lang {
        Lang::En => format!("{}: sound\n", file.display()),
        Lang::Zh => format!("{}：校验通过\n", file.display()),
    };
    Ok(lines.iter().fold(sound, |text, line| text + "  " + line + "\n"))
}
