//! `[target]`: the service that is verified.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::secret::{Environment, SecretSource};

/// `[target]`. The loads' own scenarios say how connections are secured.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Where to send, when neither `--host` nor `TOLLGATE_HOST` says; without any, the embedded reference service.
    pub host: Option<String>,
    /// Options of `serve` for the embedded service; another target has no use for them.
    #[serde(default)]
    pub serve: Vec<String>,
    /// Headers of every request but those of the loads, whose scenarios have their own.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderValue>,
}

/// A header's value: as it is written, or kept outside of the file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HeaderValue {
    /// As it is written.
    Plain(String),
    /// In an environment variable or in a file.
    Secret(SecretSource),
}

impl TargetSection {
    /// The headers with their values; files lie relative to `folder`.
    ///
    /// # Errors
    /// Which header has none, why, and what to do.
    pub fn headers(&self, folder: &Path) -> Result<Vec<(String, String)>, String> {
        let environment = Environment::of_process();
        let value = |(name, value): (&String, &HeaderValue)| match value {
            HeaderValue::Plain(text) => Ok((name.clone(), text.clone())),
            HeaderValue::Secret(source) => {
                let secret =
                    source.read(folder, &environment).map_err(|problem| format!("header \"{name}\": {problem}"))?;
                Ok((name.clone(), secret.reveal().to_owned()))
            }
        };
        self.headers.iter().map(value).collect()
    }
}
