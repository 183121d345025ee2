//! What the author wrote.
//!
//! In: a scenario file. Out: a [`Scenario`], parsed and nothing more; `plan` fills its defaults and refuses its
//! contradictions. Always holds: a file that is refused is refused with its line, column, cause and cure.

pub mod acceptance;
pub mod check;
pub mod condition;
pub mod feeder;
pub mod format;
pub mod json;
mod nearest;
pub mod secret;
pub mod slots;
pub mod template;
pub mod threshold;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use feeder::Table;
pub use format::Scenario;
use format::{ScenarioSection, StepSection};
use secret::Environment;

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
    /// The acceptance file cannot be read.
    #[error("cannot read acceptance file {}: {cause}; name an existing one: tollgate verify FILE", path.display())]
    NoAcceptance {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The figures cannot be read.
    #[error("cannot read figures {}: {cause}; name an existing file with --audit", path.display())]
    NoAudit {
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

    /// Reads a scenario from `text`, with the environment and the files it names; these lie relative to `path`, which
    /// is named in errors.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ScenarioError> {
        Self::parse_in(text, path, Environment::of_process())
    }

    /// Like [`Self::parse`], in a given environment.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`].
    pub fn parse_in(text: &str, path: &Path, environment: Environment) -> Result<Self, ScenarioError> {
        let parsed: Result<Self, toml::de::Error> = toml::from_str(text);
        let parsed = parsed.map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            malformed(text, path, offset, &with_nearest_key(error.message()))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut scenario = Self { source: text.to_owned(), folder, environment, ..parsed };
        scenario.read_outside(path)?;
        Ok(scenario)
    }

    /// Reads what the file names and does not hold.
    fn read_outside(&mut self, path: &Path) -> Result<(), ScenarioError> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        for (name, source) in &self.secrets {
            let value = source.read(&folder, &self.environment).map_err(|problem| {
                self.refused(path, &format!("{name} ="), &format!("secret \"{name}\": {problem}"))
            })?;
            self.secret_values.insert(name.clone(), value);
        }
        let steps = self.scenarios.iter().flat_map(ScenarioSection::flat);
        let named: Vec<PathBuf> = steps.flat_map(StepSection::files).cloned().collect();
        for file in named {
            let read = fs::read(folder.join(&file)).map_err(|cause| {
                let problem = format!("cannot read {}: {cause}; paths are relative to this file", file.display());
                self.refused(path, &format!("\"{}\"", file.display()), &problem)
            })?;
            self.files.insert(file, read);
        }
        self.read_tables(path, &folder)
    }

    fn read_tables(&mut self, path: &Path, folder: &Path) -> Result<(), ScenarioError> {
        for feeder in &self.feeders {
            let quoted = format!("\"{}\"", feeder.name);
            let file = match (&feeder.permute, &feeder.file) {
                (Some(_), None) => continue,
                (None, Some(file)) => file,
                _ => {
                    let problem = format!("feeder {quoted} has a permute or a file; write one of the two");
                    return Err(self.refused(path, &quoted, &problem));
                }
            };
            let delimiter = feeder.delimiter.map_or(Ok(b','), u8::try_from);
            let delimiter = delimiter.map_err(|_| {
                self.refused(path, "delimiter =", "the delimiter is no single byte; write for example \";\"")
            })?;
            let read = Table::read(&folder.join(file), feeder.columns.as_deref(), delimiter);
            let table = read.map_err(|cause| {
                let problem = format!("feeder file {}: {cause}", file.display());
                self.refused(path, &format!("\"{}\"", file.display()), &problem)
            })?;
            self.tables.insert(feeder.name.clone(), Arc::new(table));
        }
        Ok(())
    }

    /// An error at the last place where `needle` stands.
    fn refused(&self, path: &Path, needle: &str, cause: &str) -> ScenarioError {
        malformed(&self.source, path, self.source.rfind(needle).unwrap_or(0), cause)
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

    /// Like [`Self::place_of`], but the first place behind where `anchor` last stands, if there is one.
    #[must_use]
    pub fn place_behind(&self, anchor: &str, needle: &str) -> Option<(usize, usize)> {
        let from = self.source.rfind(anchor)?;
        let behind = self.source[from..].find(needle).map(|at| line_and_column(&self.source, from + at));
        behind.or_else(|| self.place_of(needle))
    }
}

/// An error of an unknown key, with the known one it is nearest to.
fn with_nearest_key(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown =
        words.next().filter(|_| message.starts_with("unknown field") || message.starts_with("unknown variant"));
    match unknown.and_then(|word| nearest::nearest(word, words)) {
        Some(known) => format!("{message}; did you mean `{known}`?"),
        None => message.to_owned(),
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
