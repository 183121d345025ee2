//! The end of a verification: the document, the history, the console.
//!
//! In: what the walk found. Out: files, the boxed result on stdout, and an exit code. Always holds: the result is printed
//! even where the document cannot be written; each load is a line of the history beside the acceptance.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::attack::clock::time_of_day;
use crate::cli::args::VerifyArgs;
use crate::cli::exit::CliError;
use crate::cli::{put, say};
use crate::gate::RunVerdict;
use crate::gate::acceptance::overall;
use crate::report::ReportFolder;
use crate::report::acceptance::{self, Acceptance, Load};
use crate::report::history::{self, Past};
use crate::summary::Target;

use super::ground::{Ground, shown};
use super::load::Played;
use super::walk::Walked;

/// The acceptance's folder, claimed.
pub(super) struct Place(ReportFolder);

impl Place {
    /// Claims the folder that was typed, else one of `time`.
    pub(super) fn claim(args: &VerifyArgs, time: &str) -> Result<Self, CliError> {
        let claimed = args.out.as_deref().map_or_else(
            || {
                let parent = Path::new("reports").join("acceptance");
                let names = (1..1_000).map(|n| if n == 1 { time.to_owned() } else { format!("{time}-{n}") });
                ReportFolder::claim_new(names.map(|name| parent.join(name)))
            },
            ReportFolder::claim,
        );
        claimed.map(Self).map_err(CliError::Out)
    }

    /// Claims a folder for the document of a soak, in the soak's own.
    pub(super) fn within(folder: &Path) -> Result<Self, CliError> {
        let names = (1..1_000).map(|n| if n == 1 { "document".to_owned() } else { format!("document-{n}") });
        ReportFolder::claim_new(names.map(|name| folder.join(name))).map(Self).map_err(CliError::Out)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where the history lies.
    fn history(&self) -> PathBuf {
        self.path().with_file_name(history::PLACE)
    }
}

/// Judges, writes and prints.
pub(super) fn conclude(ground: &Ground<'_>, walked: Walked, place: Place) -> Result<ExitCode, CliError> {
    let Walked { steps, loads, interrupted, .. } = walked;
    let verdict = match overall(&steps) {
        RunVerdict::Pass if interrupted => RunVerdict::Invalid,
        verdict => verdict,
    };
    let exit_code = exit_code(verdict, interrupted, ground.is_reachable());
    let past = past(ground, &loads, &place);
    let mut all = Vec::with_capacity(loads.len());
    for (role, played) in &loads {
        let folder = played.folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        all.push(Load { decides: *role == "deciding", folder, summary: played.json()? });
    }
    let acceptance = Acceptance {
        verdict,
        exit_code,
        target: Target::of(ground.serving.target.to_string(), ground.kind),
        file: shown(&ground.args.file),
        started_at: ground.started_at,
        ended_at: time_of_day(),
        steps,
        loads: all,
        history: past,
        only: ground.args.only,
        interrupted,
        version: env!("CARGO_PKG_VERSION"),
    };
    let (lang, history) = (ground.args.lang, place.history());
    let written = acceptance::write(place.0, &acceptance, lang);
    let view = acceptance::view(&acceptance, lang);
    let colour = io::stdout().is_terminal();
    put(&if ground.args.quiet { acceptance::one_line(&view) } else { acceptance::render(&view, colour) });
    let page = written?;
    if !ground.args.quiet {
        put(&acceptance::document_at(lang, &page));
    }
    remember(&history, &loads, &page);
    Ok(ExitCode::from(exit_code))
}

/// As `run` ends: interrupted before all else, and 3 where nobody listens at the target.
const fn exit_code(verdict: RunVerdict, interrupted: bool, reachable: bool) -> u8 {
    match (interrupted, reachable, verdict) {
        (true, ..) => 130,
        (_, _, RunVerdict::Fail) => 99,
        (_, false, RunVerdict::Invalid) => 3,
        (_, true, RunVerdict::Invalid) => 98,
        (_, _, RunVerdict::Pass) => 0,
    }
}

/// Earlier runs of the deciding scenario: beside this acceptance, and where `run` keeps them.
fn past(ground: &Ground<'_>, loads: &[(&'static str, Played)], place: &Place) -> Vec<Past> {
    let Some((_, played)) = loads.first() else { return Vec::new() };
    let scenario = &played.summary.run.scenario;
    let beside = place.history();
    let of_runs = beside.parent().and_then(Path::parent).map(|root| root.join(scenario).join(history::PLACE));
    let texts: Vec<String> =
        [Some(beside), of_runs].into_iter().flatten().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let target = ground.serving.target.to_string();
    history::recent(&texts, ground.started_at, (scenario, (&target, ground.kind)))
}

/// Adds each load to the history beside the acceptance.
fn remember(history: &Path, loads: &[(&'static str, Played)], page: &Path) {
    let name =
        page.parent().and_then(Path::file_name).map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    for (_, played) in loads {
        let load = played.folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let folder = format!("{name}/{load}");
        let line =
            history::line(&played.summary, &played.verdict, (&folder, played.exit_code)).map_err(io::Error::other);
        if let Err(error) = line.and_then(|line| history::append(history, &line)) {
            say(&format!("warning: the load is not in {}: {error}", history.display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acceptance_ends_as_a_run_does() {
        use RunVerdict::{Fail, Invalid, Pass};
        assert_eq!(exit_code(Pass, false, true), 0);
        assert_eq!((exit_code(Fail, false, true), exit_code(Fail, false, false)), (99, 99));
        assert_eq!((exit_code(Invalid, false, true), exit_code(Invalid, false, false)), (98, 3));
        assert_eq!(exit_code(Fail, true, true), 130);
    }
}
