//! `tollgate check`: is a scenario file sound, and what will it do?
//!
//! In: scenario files, and the options that a run would be given. Out: the resolved plan of each on stdout, errors on stderr. Always holds: nothing is sent and
//! nothing is started; an error of one file hides no other's.

use std::path::Path;
use std::process::ExitCode;

use crate::attack::transport::tls::Tls;
use crate::cli::args::{CheckArgs, check_serve_words};
use crate::cli::exit::CliError;
use crate::cli::{put, run, say, source, target};
use crate::plan::outlook::Outlook;
use crate::plan::{Identity, Plan};
use crate::report::Lang;

/// Checks every file. 0 when all are sound, else 2.
pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, CliError> {
    let mut code = 0;
    for file in &args.files {
        match describe(args, file) {
            Ok(text) => put(&text),
            Err(error) => {
                say(&format!("error: {error}"));
                code = code.max(error.code());
            }
        }
    }
    Ok(ExitCode::from(code))
}

fn describe(args: &CheckArgs, file: &Path) -> Result<String, CliError> {
    let scenario = source::read(file, &args.properties, (false, args.lang))?;
    if let Some(name) = scenario.host_lacks().filter(|_| args.plan.host.is_none()) {
        return Err(CliError::NoHost { place: file.display().to_string(), name: name.to_owned() });
    }
    let overrides = args.plan.overrides();
    let name = file.file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
    // A run names itself and chooses a seed; neither changes what is told here.
    let identity = Identity { name: name.into_owned(), run_id: "RUN".to_owned(), seed: 0 };
    let plan = Plan::resolve(&scenario, &overrides, identity)
        .map_err(|cause| CliError::Plan { place: run::place(file, &overrides, (&scenario, &cause)), cause })?;
    let target = target::named(args.plan.host.as_deref(), (file, &scenario))?;
    match &target {
        Some((target, _)) => drop(Tls::prepare(target, &plan.connection)?),
        None => {
            let words = scenario.target.serve.iter().flat_map(|options| options.split_whitespace());
            let words: Vec<String> = words.map(str::to_owned).collect();
            check_serve_words(&words)
                .map_err(|error| CliError::Usage(format!("{}: [target] serve: {error}", file.display())))?;
        }
    }
    let target = match (&target, args.lang) {
        (Some((target, origin)), Lang::En) => format!("{target} (by {origin})"),
        (Some((target, origin)), Lang::Zh) => format!("{target}（来自 {origin}）"),
        (None, Lang::En) => "the embedded reference service, for demonstration; name yours with --host".to_owned(),
        (None, Lang::Zh) => "内置参考服务，仅供演示；可用 --host 指定目标".to_owned(),
    };
    let sound = match args.lang {
        Lang::En => format!("{}: sound\n", file.display()),
        Lang::Zh => format!("{}：校验通过\n", file.display()),
    };
    let sections = args.lang.outlook(&plan, &target, &Outlook::of(&plan));
    Ok(sections.iter().fold(sound, |text, section| text + &section.printed()))
}
