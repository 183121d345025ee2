//! Values that may be sent and never shown.
//!
//! In: `[secrets]`, each with the place its value is kept in. Out: the values, and a [`Masker`] that takes them out of
//! every text that is shown. Always holds: printing a [`Secret`] shows no part of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

/// The shortest secret: a shorter one would mask half of every text.
const SHORTEST: usize = 4;
/// What stands in the place of a secret.
const MASK: &str = "***";

/// Where the value of a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// In an environment variable.
    Env(String),
    /// In a file, relative to the scenario's; a line break at its end is not part of it.
    File(PathBuf),
}

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The environment of the process. Never shown: it may hold secrets that nobody declared.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} variables", self.0.len())
    }
}

impl Environment {
    /// The environment of this process; variables that are no text are left out.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl Secret {
    /// `value` as a secret; `None` where it is too short to be masked.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        (value.len() >= SHORTEST).then(|| Self(value.to_owned()))
    }

    /// The value itself, to be sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl SecretSource {
    /// Reads the value; files lie relative to `folder`. Why there is none, and what to do.
    pub(super) fn read(&self, folder: &Path, environment: &Environment) -> Result<Secret, String> {
        let value = match self {
            Self::Env(name) => environment
                .get(name)
                .map(str::to_owned)
                .ok_or_else(|| format!("the environment has no variable {name}; set it before the run"))?,
            Self::File(path) => {
                let path = folder.join(path);
                let read = std::fs::read_to_string(&path);
                read.map_err(|cause| format!("cannot read {}: {cause}; write the secret into it", path.display()))?
            }
        };
        let value = value.trim_end_matches(['\r', '\n']);
        if value.len() < SHORTEST {
            return Err(format!("a secret has at least {SHORTEST} characters; a shorter one could not be masked"));
        }
        Ok(Secret(value.to_owned()))
    }
}

/// Takes secrets out of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masker(Arc<[Secret]>);

impl Masker {
    /// Masks `secrets`, and the forms they take in a JSON string and in a URL.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms: Vec<Secret> = secrets.into_iter().flat_map(Secret::forms).collect();
        // Longest first: a secret that holds another is masked whole.
        forms.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        forms.dedup();
        Self(forms.into())
    }

    /// `text` without secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.0.iter().fold(
            text.to_owned(),
            |text, secret| {
                if text.contains(&secret.0) { text.replace(&secret.0, MASK) } else { text }
            },
        )
    }
}

impl Secret {
    /// The value as it may come back: plain, in JSON, in a URL, in the base64 of HTTP's basic credentials.
    fn forms(&self) -> Vec<Self> {
        let json = serde_json::to_string(&self.0).unwrap_or_default();
        let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let percent: String = url::form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        let spaces = percent.replace('+', "%20");
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, &self.0);
        [self.0.clone(), json, percent, spaces, base64].into_iter().map(Self).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(value: &str) -> Result<Secret, String> {
        let environment = [("TOKEN".to_owned(), value.to_owned())].into_iter().collect();
        SecretSource::Env("TOKEN".into()).read(Path::new("."), &environment)
    }

    #[test]
    fn a_secret_is_masked_in_every_form_it_may_come_back_in() {
        let secret = secret("pa ss/\"word\"").unwrap();
        let masker = Masker::new([&secret]);
        for text in
            ["got pa ss/\"word\"!", r#"got pa ss/\"word\"!"#, "got pa+ss%2F%22word%22!", "got pa%20ss%2F%22word%22!"]
        {
            assert_eq!(masker.mask(text), "got ***!");
        }
        assert_eq!(masker.mask("nothing to hide"), "nothing to hide");
        assert_eq!(format!("{secret:?} {masker:?}").matches("word").count(), 0);
    }

    #[test]
    fn a_secret_that_is_missing_or_too_short_is_refused_with_its_cure() {
        assert!(secret("abc").unwrap_err().contains("at least 4"));
        let missing = SecretSource::Env("NO".into()).read(Path::new("."), &Environment::default());
        assert!(missing.unwrap_err().contains("no variable NO; set it"));
        let missing = SecretSource::File("none.txt".into()).read(Path::new("keys"), &Environment::default());
        assert!(missing.unwrap_err().contains("none.txt"));
    }

    #[test]
    fn a_file_gives_its_text_without_the_last_line_break() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "s3cret\r\n").unwrap();
        let read = SecretSource::File("key".into()).read(folder.path(), &Environment::default()).unwrap();
        assert_eq!(read.reveal(), "s3cret");
    }
}
