//! What the author wrote.
//!
//! In: a scenario file. Out: a [`Scenario`], parsed and nothing more; `plan` fills its defaults and refuses its
//! contradictions. Always holds: a file that is refused is refused with its line, column, cause and cure.

pub mod check;
pub mod feeder;
pub mod format;
pub mod template;
pub mod threshold;

use std::fs;
use std::path::{Path, PathBuf};

pub use format::Scenario;

/// Why a scenario file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read scenario {}: {cause}; name an existing file with --scenario", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file says something that is no scenario.
    #[error("{}:{line}:{column}: {cause}\n  {line:>4} | {excerpt}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong, and what to write instead.
        cause: String,
        /// The line itself.
        excerpt: String,
    },
}

impl Scenario {
    /// Reads the scenario file at `path`.
    ///
    /// # Errors
    /// [`ScenarioError`] when it cannot be read or is no scenario.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            fs::read_to_string(path).map_err(|cause| ScenarioError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(&text, path)
    }

    /// Reads a scenario from `text`; `path` is only named in errors.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ScenarioError> {
        let parsed: Result<Self, toml::de::Error> = toml::from_str(text);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        parsed.map(|scenario| Self { source: text.to_owned(), folder, ..scenario }).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            malformed(text, path, offset, error.message())
        })
    }

    /// Where a file lies that the scenario names: relative paths begin beside the scenario.
    #[must_use]
    pub fn beside(&self, file: &Path) -> PathBuf {
        self.folder.join(file)
    }

    /// Line and column, from 1, of the last place in the file where `needle` stands. The last: where something is
    /// named twice, the second is the one too many.
    #[must_use]
    pub fn place_of(&self, needle: &str) -> Option<(usize, usize)> {
        self.source.rfind(needle).map(|offset| line_and_column(&self.source, offset))
    }
}

/// Where byte `offset` of `text` stands: line and column, from 1, the column in characters.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// An error at byte `offset` of `text`.
fn malformed(text: &str, path: &Path, offset: usize, cause: &str) -> ScenarioError {
    let (line, column) = line_and_column(text, offset);
    ScenarioError::Malformed {
        path: path.to_owned(),
        line,
        column,
        cause: cause.trim().replace('\n', " "),
        excerpt: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Scenario::parse(text, Path::new("scenarios/x.toml")).map(|_| ()).unwrap_err().to_string()
    }

    const STEP: &str = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n";

    #[test]
    fn a_malformed_scenario_is_refused_with_its_line_column_cause_and_cure() {
        let error = refused(&format!("[load]\nusers = 5\nramp_up = \"3\"\n{STEP}"));
        assert!(error.starts_with("scenarios/x.toml:3:11: \"3\" has no unit; write \"3s\""), "{error}");
        assert!(error.ends_with("3 | ramp_up = \"3\""), "{error}");

        let error = refused(&format!("[load]\nusres = 5\n{STEP}"));
        assert!(error.starts_with("scenarios/x.toml:2:1: unknown field `usres`, expected"), "{error}");

        let error = refused("[load\n");
        assert!(error.starts_with("scenarios/x.toml:1:"), "{error}");

        let error = refused(&format!("gate = [\"p95<=100\"]\n{STEP}"));
        assert!(error.contains("x.toml:1:8: rule \"p95<=100\""), "{error}");

        let error = refused(&format!("{STEP}body = \"${{}}\"\n"));
        assert!(error.contains("x.toml:6:8: \"${}\" names no variable"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Scenario::load(Path::new("no/such.toml")).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("no") && error.contains("such.toml") && error.contains("--scenario"), "{error}");
    }

    #[test]
    fn several_weighted_scenarios_with_several_steps_parse() {
        let text = r#"
            [[scenario]]
            name = "pay"
            weight = 3
            [[scenario.step]]
            name = "charge"
            method = "POST"
            path = "/pay"
            body = '{"n": ${sequence}}'
            think_time = "1s"
            [[scenario.step]]
            name = "look"
            path = "/balance"
            expect = [200, "3xx"]
            [[scenario]]
            name = "list"
            [[scenario.step]]
            name = "list"
            path = "/list"
        "#;
        let scenario = Scenario::parse(text, Path::new("x.toml")).unwrap();
        assert_eq!(scenario.scenarios.iter().map(|s| s.weight.get()).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(scenario.scenarios[0].steps.len(), 2);
    }
}
