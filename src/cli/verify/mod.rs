//! `tollgate verify`: the whole acceptance, walked step by step.
//!
//! In: an acceptance file, and a target. Out: one document with every step's evidence, the reports of both loads inside
//! it, and an exit code. Always holds: a step that cannot run says what it needed, and the walk goes on; the document is
//! written also where the walk was interrupted.

mod audit;
mod data;
mod document;
mod ground;
mod load;
mod soak;
mod step;
mod walk;
mod watch;

use std::process::ExitCode;

use crate::attack::clock::time_of_day;
use crate::cli::args::VerifyArgs;
use crate::cli::exit::CliError;
use crate::cli::interruptions;
use crate::cli::run::compact;
use crate::scenario::acceptance::AcceptanceFile;

use document::Place;
use ground::Prepared;

/// Walks the acceptance and writes its document.
pub(super) fn verify(args: &VerifyArgs) -> Result<ExitCode, CliError> {
    if let Some(figures) = &args.audit {
        return audit::audit(figures, args.lang);
    }
    let file = AcceptanceFile::load(&args.file)?;
    let prepared = Prepared::new(args, &file)?;
    let started_at = time_of_day();
    if let Some(span) = args.watch {
        watch::check(args, span)?;
        let interrupt = interruptions()?;
        return watch::watch(&prepared.stand((args, &file), started_at, &interrupt)?, span);
    }
    let place = Place::claim(args, &compact(started_at))?;
    let interrupt = interruptions()?;
    let ground = prepared.stand((args, &file), started_at, &interrupt)?;
    let walked = walk::walk(&ground, place.path())?;
    document::conclude(&ground, walked, place)
}
