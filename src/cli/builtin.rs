//! The scenario a run has when none was named and there is none where the default should lie.
//!
//! In: a path. Out: the scenario in it, or the one that ships, compiled in. Always holds: a file that is there is read;
//! that the built-in one is used is said.

use std::path::Path;

use crate::cli::exit::CliError;
use crate::cli::say;
use crate::report::Lang;
use crate::scenario::Scenario;

/// Where the default scenario lies in a checkout.
pub(super) const DEFAULT: &str = "scenarios/consume.toml";
/// What lies there.
const TEXT: &str = include_str!("../../scenarios/consume.toml");

/// Reads the scenario at `path`.
pub(super) fn load(path: &Path, lang: Lang) -> Result<Scenario, CliError> {
    if path != Path::new(DEFAULT) || path.exists() {
        return Ok(Scenario::load(path)?);
    }
    say(match lang {
        Lang::En => {
            "note: there is no scenarios/consume.toml here: the scenario built into this program is used; name your own with --scenario FILE"
        }
        Lang::Zh => {
            "提示：当前目录下没有 scenarios/consume.toml，将使用程序内置的场景；可用 --scenario FILE 指定自己的场景"
        }
    });
    Ok(Scenario::parse(TEXT, path)?)
}
