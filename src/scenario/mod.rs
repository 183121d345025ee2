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
mod place;
pub mod secret;
pub mod slots;
pub mod template;
pub mod threshold;
mod wording;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use feeder::{Layout, Table};
pub use format::Scenario;
use format::{FeederSection, StepSection};
use place::line_and_column;
use secret::Environment;
use template::{Names, Place, Template, Variable};
use wording::plainly;

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
        let bytes = fs::read(path).map_err(|cause| ScenarioError::Unreadable { path: path.to_owned(), cause })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            malformed(&text, path, at, "from here on the file is no UTF-8; save it as UTF-8")
        })?;
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
            let cause = match error.message().starts_with("unknown field") && is_acceptance(text) {
                true => "this is an acceptance file, and no scenario; walk it with tollgate verify FILE".to_owned(),
                false => plainly(error.message(), line_at(text, offset)),
            };
            malformed(text, path, offset, &cause)
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut scenario = Self { source: text.to_owned(), folder, environment, ..parsed };
        scenario.read_outside(path)?;
        Ok(scenario)
    }

    /// A variable of the environment that the target's host needs and that is not set.
    #[must_use]
    pub fn host_lacks(&self) -> Option<&str> {
        let (_, behind) = self.target.host.as_ref()?.split_once("${env.")?;
        Some(behind.split('}').next().unwrap_or(behind))
    }

    /// Puts the environment into the target's host, as far as it goes: what is not set may yet be given otherwise.
    fn read_host(&mut self) {
        let Some(host) = &self.target.host else { return };
        let mut parts = host.split("${env.");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let value = part.split_once('}').and_then(|(name, rest)| Some((self.environment.get(name)?, rest)));
            match value {
                Some((value, rest)) => out.extend([value, rest]),
                None => out.extend(["${env.", part]),
            }
        }
        self.target.host = Some(out);
    }

    /// Reads what the file names and does not hold.
    fn read_outside(&mut self, path: &Path) -> Result<(), ScenarioError> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        for (name, source) in &self.secrets {
            let value = source.read(&folder, &self.environment).map_err(|problem| {
                let at = self.offset_behind("[secrets]", &format!("{name} ="));
                malformed(&self.source, path, at.unwrap_or(0), &format!("secret \"{name}\": {problem}"))
            })?;
            self.secret_values.insert(name.clone(), value);
        }
        self.fill_host(path)?;
        let named: Vec<PathBuf> = self.steps().flat_map(StepSection::files).cloned().collect();
        for file in named {
            let read = fs::read(folder.join(&file)).map_err(|cause| {
                let problem = format!("cannot read {}: {cause}; paths are relative to this file", file.display());
                self.refused(path, &format!("\"{}\"", file.display()), &problem)
            })?;
            self.files.insert(file, read);
        }
        self.read_tables(path, &folder)
    }

    /// Fills in what the target's host takes from the environment or from the file's own texts.
    fn fill_host(&mut self, path: &Path) -> Result<(), ScenarioError> {
        self.read_host();
        let left = self.target.host.as_deref().filter(|host| host.contains("${") && self.host_lacks().is_none());
        let Some(host) = left else { return Ok(()) };
        let refused = |cause: &str| self.refused(path, "host =", cause);
        let texts = self.vars.iter().map(|(name, value)| (name.clone(), Variable::Text(value.0.clone())));
        let variables: BTreeMap<String, Variable> = texts.collect();
        let template = Template::parse(host).map_err(|cause| refused(&cause.to_string()))?;
        let names = Names { run_id: "", feeders: &[], variables: &variables, environment: &self.environment };
        let bound = names.bind(&template, Place::Plain).map_err(|cause| refused(&cause.to_string()))?;
        let varies = "the target's host is known before the run; write a text, or ${env.NAME}";
        let text = bound.as_constant().ok_or_else(|| refused(varies))?;
        self.target.host = Some(String::from_utf8_lossy(text).into_owned());
        Ok(())
    }

    fn read_tables(&mut self, path: &Path, folder: &Path) -> Result<(), ScenarioError> {
        for feeder in &self.feeders {
            let quoted = format!("\"{}\"", feeder.name);
            let sources =
                [feeder.permute.is_some(), feeder.count.is_some(), feeder.file.is_some(), feeder.rows.is_some()];
            if sources.into_iter().filter(|given| *given).count() != 1 {
                let problem = format!(
                    "feeder {quoted} has its rows from exactly one of permute, file, rows and count; write one of them"
                );
                return Err(self.refused(path, &quoted, &problem));
            }
            let read = match (&feeder.rows, &feeder.file) {
                (Some(rows), _) => Table::of(feeder.columns.clone().unwrap_or_default(), rows)
                    .map_err(|cause| self.refused(path, &quoted, &format!("rows of feeder {quoted}: {cause}")))?,
                (None, Some(file)) => self.table(path, (feeder, &folder.join(file)))?,
                (None, None) => continue,
            };
            self.tables.insert(feeder.name.clone(), Arc::new(read));
        }
        Ok(())
    }

    /// The rows of a feeder's file.
    fn table(&self, path: &Path, (feeder, file): (&FeederSection, &Path)) -> Result<Table, ScenarioError> {
        let delimiter = feeder.delimiter.map_or(Ok(b','), u8::try_from);
        let delimiter = delimiter.map_err(|_| {
            self.refused(path, "delimiter =", "the delimiter is no single byte; write for example \";\"")
        })?;
        let layout = Layout { columns: feeder.columns.clone(), delimiter, skip_first_line: feeder.skip_first_line };
        Table::read(file, &layout).map_err(|cause| {
            let written = feeder.file.as_deref().unwrap_or(file).display();
            self.refused(path, &format!("\"{written}\""), &format!("feeder file {written}: {cause}"))
        })
    }

    /// An error at the last place where `needle` stands.
    fn refused(&self, path: &Path, needle: &str, cause: &str) -> ScenarioError {
        malformed(&self.source, path, place::last(&self.source, needle).unwrap_or(0), cause)
    }

    /// Where a file lies that the scenario names: relative paths begin beside the scenario.
    #[must_use]
    pub fn beside(&self, file: &Path) -> PathBuf {
        self.folder.join(file)
    }

    /// Line and column, from 1, of the last place in the file where `needle` stands, outside of comments and however it
    /// is spaced.
    #[must_use]
    pub fn place_of(&self, needle: &str) -> Option<(usize, usize)> {
        place::last(&self.source, needle).map(|offset| line_and_column(&self.source, offset))
    }

    /// Like [`Self::place_of`], but the first place behind where `anchor` last stands, if there is one.
    #[must_use]
    pub fn place_behind(&self, anchor: &str, needle: &str) -> Option<(usize, usize)> {
        self.offset_behind(anchor, needle).map(|offset| line_and_column(&self.source, offset))
    }

    fn offset_behind(&self, anchor: &str, needle: &str) -> Option<usize> {
        let from = place::last(&self.source, anchor).unwrap_or(0);
        let behind = place::first(&self.source[from..], needle).map(|at| from + at);
        behind.or_else(|| place::last(&self.source, needle))
    }
}

/// Whether a file that is no scenario is the other kind of file there is.
fn is_acceptance(text: &str) -> bool {
    toml::from_str::<acceptance::AcceptanceFile>(text).is_ok()
}

/// The line in which byte `offset` of `text` lies.
fn line_at(text: &str, offset: usize) -> &str {
    text.lines().nth(line_and_column(text, offset).0 - 1).unwrap_or_default()
}

/// An error at byte `offset` of `text`.
fn malformed(text: &str, path: &Path, offset: usize, cause: &str) -> ScenarioError {
    let (line, column) = line_and_column(text, offset);
    ScenarioError::Malformed {
        path: path.to_owned(),
        line,
        column,
        cause: cause.trim().replace('\n', " "),
        excerpt: secret::unsaid(text, line),
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

        let error = refused("");
        assert!(error.contains("x.toml:1:1: the file has no [[scenario]]; write one"), "{error}");

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
    fn a_file_of_another_encoding_is_told_where_it_begins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        fs::write(&path, b"# gate\nname = \"\xb2\xe2\"\n").unwrap();
        let error = Scenario::load(&path).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("x.toml:2:9: from here on the file is no UTF-8; save it as UTF-8"), "{error}");
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
