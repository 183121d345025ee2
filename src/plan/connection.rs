//! How users connect: whom they trust and who they say they are.
//!
//! In: `[target]` of the scenario, and what was typed over it. Out: a [`Connection`]. Always holds: a key belongs to a
//! certificate; a path of the scenario is read from beside the scenario file. No file is opened here.

use std::path::{Path, PathBuf};

use crate::plan::target::Target;
use crate::plan::{Overrides, PlanError};
use crate::scenario::Scenario;

/// How users connect to a target over TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The authorities to trust, instead of the system's.
    pub cacert: Option<PathBuf>,
    /// The client's own certificate.
    pub identity: Option<ClientIdentity>,
    /// Whether any server certificate is taken.
    pub insecure: bool,
    /// Whether requests go over HTTP/2.
    pub http2: bool,
    /// The proxy that requests go through.
    pub proxy: Option<Target>,
}

/// A client certificate and its private key. Both may lie in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate, and those between it and its authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What was typed over `[target]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOverrides {
    /// `--cacert`.
    pub cacert: Option<PathBuf>,
    /// `--cert`.
    pub cert: Option<PathBuf>,
    /// `--key`.
    pub key: Option<PathBuf>,
    /// `--insecure`.
    pub insecure: bool,
    /// `--http2`.
    pub http2: bool,
    /// `--proxy`.
    pub proxy: Option<String>,
}

impl ConnectionOverrides {
    /// Whether anything was typed that has a meaning with TLS only.
    #[must_use]
    pub const fn any_tls(&self) -> bool {
        self.cacert.is_some() || self.cert.is_some() || self.key.is_some() || self.insecure
    }
}

impl Connection {
    /// Whether requests need the general client: it counts no bytes of the wire, and cannot tell connecting apart.
    #[must_use]
    pub const fn is_general(&self) -> bool {
        self.http2 || self.proxy.is_some()
    }

    pub(super) fn resolve(scenario: &Scenario, overrides: &Overrides) -> Result<Self, PlanError> {
        let (typed, written) = (&overrides.connection, &scenario.target);
        let choose = |typed: &Option<PathBuf>, written: &Option<PathBuf>| {
            typed.clone().or_else(|| written.as_deref().map(|path: &Path| scenario.beside(path)))
        };
        let key = choose(&typed.key, &written.key);
        let identity = match (choose(&typed.cert, &written.cert), key) {
            (Some(cert), key) => Some(ClientIdentity { key: key.unwrap_or_else(|| cert.clone()), cert }),
            (None, Some(key)) => return Err(PlanError::KeyWithoutCert(key)),
            (None, None) => None,
        };
        let insecure = typed.insecure || written.insecure;
        // What is typed takes the place of what is written, but two of one place contradict each other.
        let verifies = typed.cacert.is_some() || (written.cacert.is_some() && !typed.insecure);
        if insecure && verifies {
            return Err(PlanError::InsecureWithCacert);
        }
        Ok(Self {
            cacert: choose(&typed.cacert, &written.cacert),
            identity,
            insecure,
            http2: typed.http2 || written.http2,
            proxy: proxy(typed.proxy.as_deref(), written.proxy.as_deref())?,
        })
    }
}

fn proxy(typed: Option<&str>, written: Option<&str>) -> Result<Option<Target>, PlanError> {
    let named = typed.map(|text| (text, "--proxy")).or(written.map(|text| (text, "[target] proxy")));
    let Some((text, origin)) = named else { return Ok(None) };
    let proxy = Target::parse(text, origin).map_err(PlanError::Proxy)?;
    if proxy.is_tls() {
        return Err(PlanError::ProxyOverTls(text.to_owned()));
    }
    Ok(Some(proxy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::{ONE_STEP, resolve};

    #[test]
    fn files_of_the_scenario_lie_beside_it_and_typed_ones_win() {
        let text = format!("[target]\ncacert = \"ca.pem\"\ncert = \"me.pem\"\n{ONE_STEP}");
        let overrides = Overrides {
            connection: ConnectionOverrides { key: Some("typed.key".into()), ..ConnectionOverrides::default() },
            ..Overrides::default()
        };
        let scenario = Scenario::parse(&text, Path::new("plans/x.toml")).unwrap();
        let connection = Connection::resolve(&scenario, &overrides).unwrap();
        assert_eq!(connection.cacert, Some(Path::new("plans").join("ca.pem")));
        let cert = Path::new("plans").join("me.pem");
        assert_eq!(connection.identity, Some(ClientIdentity { cert, key: "typed.key".into() }));
        assert!(!connection.insecure);
    }

    #[test]
    fn an_authority_that_would_be_asked_nothing_is_refused() {
        let resolved = |written: &str, connection: ConnectionOverrides| {
            let overrides = Overrides { connection, ..Overrides::default() };
            resolve(&format!("[target]\n{written}\n{ONE_STEP}"), &overrides).map(|plan| plan.connection.insecure)
        };
        let (insecure, cacert) = (
            || ConnectionOverrides { insecure: true, ..ConnectionOverrides::default() },
            || ConnectionOverrides { cacert: Some("ca.pem".into()), ..ConnectionOverrides::default() },
        );
        let both = ConnectionOverrides { insecure: true, ..cacert() };
        for (written, typed) in [
            ("cacert = \"ca.pem\"\ninsecure = true", ConnectionOverrides::default()),
            ("insecure = true", cacert()),
            ("", both),
        ] {
            assert_eq!(resolved(written, typed), Err(PlanError::InsecureWithCacert), "{written}");
        }
        assert_eq!(resolved("cacert = \"ca.pem\"", insecure()), Ok(true), "typed for once");
        assert_eq!(resolved("", cacert()), Ok(false));
    }

    #[test]
    fn one_file_may_hold_certificate_and_key_but_a_key_alone_is_refused() {
        let plan = resolve(&format!("[target]\ncert = \"me.pem\"\n{ONE_STEP}"), &Overrides::default()).unwrap();
        assert_eq!(plan.connection.identity, Some(ClientIdentity { cert: "me.pem".into(), key: "me.pem".into() }));
        let error = resolve(&format!("[target]\nkey = \"me.key\"\n{ONE_STEP}"), &Overrides::default()).unwrap_err();
        assert!(error.to_string().contains("--cert"), "{error}");
    }
}
