//! The steps that ask the service and the machine: environment, health, probes.
//!
//! In: the ground. Out: checks, judged. Always holds: what could not be asked says what it needed.

use std::path::Path;

use crate::acceptance::environment;
use crate::acceptance::probes::Prober;
use crate::attack::clock::time_of_day;
use crate::attack::host;
use crate::gate::acceptance::health::HealthSeen;
use crate::gate::acceptance::{Check, Said, health, probes};
use crate::scenario::acceptance::{EnvironmentSection, HealthSection, ProbesSection, Severity};

use super::ground::Ground;

/// What the machine has of what the file names. `folder` is where the document will lie.
pub(super) fn environment(
    section: &EnvironmentSection,
    (ground, severity): (&Ground<'_>, &Severity),
    folder: &Path,
) -> Vec<Check> {
    let seen = environment::survey(section, ground.file.folder(), host::free_disk(folder));
    crate::gate::acceptance::environment::judge(section, &seen, severity)
}

/// Whether the service says that it is up.
///
/// # Errors
/// What it needed.
pub(super) fn health(section: &HealthSection, ground: &Ground<'_>, severity: &Severity) -> Result<Vec<Check>, Said> {
    let mut asking = ground.asking()?;
    let (health, metrics) = (asking.get(&section.path), asking.get_text(&section.metrics));
    Ok(health::judge(section, &HealthSeen { health, metrics, at: time_of_day() }, severity))
}

/// Single charges before the load.
///
/// # Errors
/// What it needed.
pub(super) fn probes(section: &ProbesSection, ground: &Ground<'_>, severity: &Severity) -> Result<Vec<Check>, Said> {
    let clients = [ground.asking()?, ground.asking()?];
    Ok(probes::judge(&Prober::new(section, &ground.run_id, clients).probe(), severity))
}
