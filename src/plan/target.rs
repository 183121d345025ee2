//! Where requests go.
//!
//! In: a URL as people type it. Out: a [`Target`] with its parts apart. Always holds: the scheme is one that can be
//! sent to, and there is a host and a port.

use std::fmt;

use url::{Host, Url};

/// Scheme, host, port and base path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    tls: bool,
    host: String,
    port: u16,
    /// As it stands in the `Host` header.
    authority: String,
    /// Begins with `/` and does not end with one; empty for the root.
    base_path: String,
}

/// Why a text is not a target.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum TargetError {
    #[error("the target from {origin} is empty; set it to a URL such as http://127.0.0.1:8094, or unset it")]
    Empty { origin: &'static str },
    #[error("\"{text}\" ({origin}) is not a URL: {cause}; write for example http://127.0.0.1:8094")]
    Malformed { text: String, origin: &'static str, cause: String },
    #[error("\"{text}\" ({origin}): scheme \"{scheme}\" cannot be sent to; write http:// or https://")]
    Scheme { text: String, origin: &'static str, scheme: String },
    #[error(
        "\"{text}\" ({origin}): a target has no {part}; steps name their own path and query, headers their own credentials"
    )]
    Superfluous { text: String, origin: &'static str, part: &'static str },
}

impl TargetError {
    /// Where the text came from.
    #[must_use]
    pub const fn origin(&self) -> &'static str {
        match self {
            Self::Empty { origin }
            | Self::Malformed { origin, .. }
            | Self::Scheme { origin, .. }
            | Self::Superfluous { origin, .. } => origin,
        }
    }
}

/// A URL as an error may show it: a user and a password are refused, and not printed.
fn without_credentials(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let authority = rest.find(['/', '?', '#']).map_or(rest, |end| &rest[..end]);
    match authority.rfind('@') {
        Some(at) if scheme.is_empty() => format!("***{}", &rest[at..]),
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => text.to_owned(),
    }
}

impl Target {
    /// Reads `text`, which came from `origin` (named in errors).
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn parse(text: &str, origin: &'static str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetError::Empty { origin });
        }
        let shown = without_credentials(text);
        let malformed = |cause: &str| TargetError::Malformed { text: shown.clone(), origin, cause: cause.to_owned() };
        if !text.contains("://") {
            return Err(malformed("it has no scheme"));
        }
        let url = Url::parse(text).map_err(|error| malformed(&error.to_string()))?;
        let tls = url.scheme() == "https";
        if !tls && url.scheme() != "http" {
            return Err(TargetError::Scheme { text: shown, origin, scheme: url.scheme().to_owned() });
        }
        let superfluous = |part| TargetError::Superfluous { text: shown.clone(), origin, part };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(superfluous("query"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(superfluous("user or password"));
        }
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(malformed("it has no host")),
        };
        let port =
            url.port_or_known_default().filter(|port| *port != 0).ok_or_else(|| malformed("port 0 is no port"))?;
        let bracketed = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| bracketed.to_owned(), |port| format!("{bracketed}:{port}"));
        Ok(Self { tls, host, port, authority, base_path: url.path().trim_end_matches('/').to_owned() })
    }

    /// Whether requests go over TLS.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// `http` or `https`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// Name or address to connect to.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port to connect to.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What the `Host` header carries.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What stands before every step's path: empty, or `/base`.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme(), self.authority, self.base_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_refused_and_not_printed() {
        for text in
            ["http://u:s3cret@h", "http://u:s3cret@h:99999/", "http://u:s3cret@h?x=1", "ftp://u:s3cret@h", "u:s3cret@h"]
        {
            let error = Target::parse(text, "--host").unwrap_err().to_string();
            assert!(!error.contains("s3cret") && error.contains("***@h"), "{error}");
        }
    }

    #[test]
    fn a_target_is_a_url_with_optional_base_path() {
        let target = Target::parse("http://pay.example:8094/consume/", "--host").unwrap();
        assert_eq!((target.host(), target.port(), target.base_path()), ("pay.example", 8094, "/consume"));
        assert_eq!(target.authority(), "pay.example:8094");
        assert_eq!(target.to_string(), "http://pay.example:8094/consume");
        let target = Target::parse("https://pay.example/", "--host").unwrap();
        assert_eq!((target.port(), target.authority(), target.is_tls()), (443, "pay.example", true));
        assert_eq!(target.to_string(), "https://pay.example");
        let target = Target::parse("http://[::1]:80/", "--host").unwrap();
        assert_eq!((target.host(), target.authority(), target.base_path()), ("::1", "[::1]", ""));
    }

    #[test]
    fn what_is_no_target_is_refused_with_a_cure() {
        for (text, part) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("localhost:8094", "no scheme"),
            ("http://", "not a URL"),
            ("http://a:99999", "not a URL"),
            ("http://a:0", "port 0"),
            ("ftp://a", "\"ftp\" cannot be sent to"),
            ("http://a/?x=1", "query"),
            ("http://me:pw@a/", "password"),
        ] {
            let error = Target::parse(text, "--host").unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("--host"), "{text}: {error}");
        }
    }
}
