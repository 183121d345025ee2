//! `[database]` and `[prometheus]`: where the witnesses are asked.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::written_span;
use crate::scenario::secret::{Environment, Secret, SecretSource};
use crate::units::Micros;

/// `[database]`: a MySQL or MariaDB server, read only; or an SQLite file where `file` is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSection {
    /// An SQLite file, relative to this one; nothing else of the section counts then but the times.
    pub file: Option<PathBuf>,
    /// The server's host.
    pub host: String,
    /// Its port.
    pub port: NonZeroU16,
    /// Its socket, instead of host and port.
    pub socket: Option<PathBuf>,
    /// Who asks: a user that may read and nothing else.
    pub user: String,
    /// The password, from an environment variable or a file.
    pub password: Option<SecretSource>,
    /// The schema.
    pub name: String,
    /// Whether the connection is secured.
    pub tls: TlsMode,
    /// PEM file of the authorities to trust, relative to this file; those of the public web without it.
    pub cacert: Option<PathBuf>,
    /// The time zone in which the service writes its moments, as `+08:00`; the server's own without it.
    pub time_zone: Option<String>,
    /// The longest that connecting may take.
    #[serde(deserialize_with = "written_span")]
    pub connect_timeout: Micros,
    /// The longest that one statement may take, at the server and here.
    #[serde(deserialize_with = "written_span")]
    pub statement_timeout: Micros,
    /// By how much the database's clock may differ from this machine's.
    #[serde(deserialize_with = "written_span")]
    pub max_clock_offset: Micros,
}

/// Whether a connection to the database is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Never.
    Disabled,
    /// Where the server can.
    #[default]
    Preferred,
    /// Always, whoever the server is.
    Required,
    /// Always, and the server's certificate must be signed by an authority.
    VerifyCa,
    /// The same, and it must name the host.
    VerifyIdentity,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self {
            file: None,
            host: "127.0.0.1".to_owned(),
            port: NonZeroU16::MIN.saturating_add(3_305),
            socket: None,
            user: "root".to_owned(),
            password: None,
            name: "ioedream".to_owned(),
            tls: TlsMode::default(),
            cacert: None,
            time_zone: None,
            connect_timeout: Micros::from_secs(10),
            statement_timeout: Micros::from_secs(60),
            max_clock_offset: Micros::from_secs(2),
        }
    }
}

impl DatabaseSection {
    /// The SQLite file at `file`, as the embedded service keeps one.
    #[must_use]
    pub fn of_file(file: PathBuf) -> Self {
        Self { file: Some(file), ..Self::default() }
    }

    /// Reads the password; a file lies relative to `folder`. `None` where none is written.
    ///
    /// # Errors
    /// Why it cannot be read, and what to do.
    pub fn secret(&self, folder: &Path, environment: &Environment) -> Result<Option<Secret>, String> {
        self.password.as_ref().map(|source| source.read(folder, environment)).transpose()
    }
}

/// `[prometheus]`: the server that scrapes the target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrometheusSection {
    /// Scheme, host, port and base path.
    pub url: String,
    /// A token sent as `Authorization: Bearer`, from an environment variable or a file.
    pub token: Option<SecretSource>,
    /// How often it scrapes the target.
    #[serde(default = "ten_seconds", deserialize_with = "written_span")]
    pub scrape: Micros,
    /// The longest that one answer may take.
    #[serde(default = "ten_seconds", deserialize_with = "written_span")]
    pub timeout: Micros,
    /// By how much its clock may differ from this machine's.
    #[serde(default = "two_seconds", deserialize_with = "written_span")]
    pub max_clock_offset: Micros,
}

impl PrometheusSection {
    /// Reads the token; a file lies relative to `folder`. `None` where none is written.
    ///
    /// # Errors
    /// Why it cannot be read, and what to do.
    pub fn secret(&self, folder: &Path, environment: &Environment) -> Result<Option<Secret>, String> {
        self.token.as_ref().map(|source| source.read(folder, environment)).transpose()
    }
}

const fn ten_seconds() -> Micros {
    Micros::from_secs(10)
}

const fn two_seconds() -> Micros {
    Micros::from_secs(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_is_the_contracts_database() {
        let section: DatabaseSection = toml::from_str("").unwrap();
        assert_eq!((section.host.as_str(), section.port.get(), section.name.as_str()), ("127.0.0.1", 3306, "ioedream"));
        assert!(section.secret(Path::new("."), &Environment::default()).unwrap().is_none());
    }

    #[test]
    fn the_password_comes_from_outside_and_cannot_be_written_down() {
        let section: DatabaseSection = toml::from_str("password = { env = \"PW\" }").unwrap();
        let environment = [("PW".to_owned(), "s3cret".to_owned())].into_iter().collect();
        assert_eq!(section.secret(Path::new("."), &environment).unwrap().unwrap().reveal(), "s3cret");
        assert!(section.secret(Path::new("."), &Environment::default()).unwrap_err().contains("PW"));
        assert!(toml::from_str::<DatabaseSection>("password = \"s3cret\"").is_err());
        assert!(toml::from_str::<DatabaseSection>("statement_timeout = 3").is_err(), "it has no unit");
    }
}
