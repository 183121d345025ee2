//! TLS: whom to trust, who we are, and what a failed handshake means.
//!
//! In: a target and the files of a [`Connection`]. Out: a [`Tls`] that shakes hands. Always holds: bad files are
//! refused before any load, with path, cause and cure; every user keeps sessions of its own, so that a new user makes a
//! whole handshake, as a new client would.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, InvalidMessage,
    RootCertStore, SignatureScheme, WantsVerifier, client::WantsClientCert,
};

use crate::plan::connection::{ClientIdentity, Connection};
use crate::plan::target::Target;

/// Sessions that a user keeps, to resume one when it connects again.
const KEPT_SESSIONS: usize = 8;

/// Why a connection cannot be secured as asked.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum TlsError {
    #[error("cannot read {what} {}: {cause}; name an existing file with {option}", path.display())]
    Unreadable { what: &'static str, path: PathBuf, cause: std::io::Error, option: &'static str },
    #[error(
        "{what} {} holds none: {cause}; {option} takes PEM text, unencrypted, which begins with -----BEGIN", path.display()
    )]
    NotPem { what: &'static str, path: PathBuf, cause: String, option: &'static str },
    #[error("{what} {} cannot be used: {cause}; give another with {option}", path.display())]
    Unusable { what: &'static str, path: PathBuf, cause: String, option: &'static str },
    #[error("key {} does not belong to certificate {}: {cause}; give the pair with --cert and --key", key.display(), cert.display())]
    Mismatch { cert: PathBuf, key: PathBuf, cause: Error },
    #[error("the system's certificate authorities cannot be read: {0}; name yours with --cacert FILE")]
    NoRoots(Error),
    #[error("TLS cannot be set up for \"{host}\": {cause}; check the host's spelling")]
    Setup { host: String, cause: String },
}

/// How one user secures its connections.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files of `connection`; `None` where the target is plain.
    ///
    /// # Errors
    /// [`TlsError`], before anything is sent.
    pub fn prepare(target: &Target, connection: &Connection) -> Result<Option<Self>, TlsError> {
        if !target.is_tls() {
            return Ok(None);
        }
        let setup = |cause: String| TlsError::Setup { host: target.host().to_owned(), cause };
        let name = ServerName::try_from(target.host().to_owned()).map_err(|error| setup(error.to_string()))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| setup(error.to_string()))?;
        let trusting = trust(builder, connection, provider)?;
        let mut config = match &connection.identity {
            None => trusting.with_no_client_auth(),
            Some(identity) => identify(trusting, identity)?,
        };
        config.alpn_protocols = vec![if connection.http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        Ok(Some(Self { connector: Arc::new(config).into(), name }))
    }

    /// The same for one user, with sessions of its own.
    #[must_use]
    pub fn for_user(&self) -> Self {
        let mut config = ClientConfig::clone(self.connector.config());
        config.resumption = Resumption::in_memory_sessions(KEPT_SESSIONS);
        Self { connector: Arc::new(config).into(), name: self.name.clone() }
    }

    /// What its handshakes are made with, and whom they expect.
    pub(in crate::attack) fn parts(&self) -> (&Arc<ClientConfig>, &ServerName<'static>) {
        (self.connector.config(), &self.name)
    }

    /// Secures a connection; what went wrong and what to do about it otherwise.
    pub(super) async fn shake_hands(&self, plain: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        self.connector.connect(self.name.clone(), plain).await.map_err(|error| explain(&error))
    }
}

/// Chooses whom to trust.
fn trust(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    connection: &Connection,
    provider: Arc<CryptoProvider>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    if connection.insecure {
        let anyone = Arc::new(Anyone(provider));
        return Ok(builder.dangerous().with_custom_certificate_verifier(anyone));
    }
    let Some(path) = &connection.cacert else {
        let system = Arc::new(Verifier::new(provider).map_err(TlsError::NoRoots)?);
        return Ok(builder.dangerous().with_custom_certificate_verifier(system));
    };
    let (what, option) = ("authority file", "--cacert");
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, (what, option))? {
        let unusable = |cause: Error| TlsError::Unusable { what, path: path.clone(), cause: cause.to_string(), option };
        roots.add(certificate).map_err(unusable)?;
    }
    Ok(builder.with_root_certificates(roots))
}

/// Says who we are.
fn identify(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    ClientIdentity { cert, key }: &ClientIdentity,
) -> Result<ClientConfig, TlsError> {
    let chain = certificates(cert, ("client certificate", "--cert"))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| bad_pem(error, key, ("client key", "--key")))?;
    builder.with_client_auth_cert(chain, private).map_err(|cause| TlsError::Mismatch {
        cert: cert.clone(),
        key: key.clone(),
        cause,
    })
}

fn certificates(
    path: &Path,
    (what, option): (&'static str, &'static str),
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read.map_err(|error| bad_pem(error, path, (what, option)))? {
        none if none.is_empty() => Err(bad_pem(pem::Error::NoItemsFound, path, (what, option))),
        some => Ok(some),
    }
}

fn bad_pem(error: pem::Error, path: &Path, (what, option): (&'static str, &'static str)) -> TlsError {
    let path = path.to_owned();
    match error {
        pem::Error::Io(cause) => TlsError::Unreadable { what, path, cause, option },
        pem::Error::NoItemsFound => {
            TlsError::NotPem { what, path, cause: "nothing of its kind was found".into(), option }
        }
        other => TlsError::NotPem { what, path, cause: other.to_string(), option },
    }
}

/// Takes any certificate: for `--insecure`, which is said aloud in every report.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What a failed handshake means, and what to do about it.
pub(in crate::attack) fn explain(error: &std::io::Error) -> String {
    match tls_error(error) {
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the handshake; ask its log why".to_owned()
        }
        None => error.to_string(),
        Some(Error::InvalidCertificate(certificate)) => explain_certificate(certificate),
        Some(Error::AlertReceived(alert)) => explain_alert(*alert),
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "the server does not speak TLS on this port; write http:// for a plain target, or name its TLS port"
                .to_owned()
        }
        Some(other) => other.to_string(),
    }
}

/// What an error behind the handshake means, if it is the server's late word on the handshake.
pub(super) fn explain_late(error: &std::io::Error) -> Option<String> {
    match tls_error(error)? {
        Error::AlertReceived(alert) if is_about_a_certificate(*alert) => Some(explain_alert(*alert)),
        // Any other word behind the handshake ends a connection that a request was written to: it may have been served.
        _ => None,
    }
}

/// Whether an alert refuses the client's certificate, or the lack of one: no request was looked at then.
const fn is_about_a_certificate(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::AccessDenied
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::CertificateRequired
            | A::UnknownCA
    )
}

fn tls_error(error: &std::io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn explain_certificate(error: &CertificateError) -> String {
    use CertificateError as C;
    match error {
        C::UnknownIssuer => "the server's certificate was issued by an authority that is not trusted here (unknown \
                             issuer); name the authority's certificate with --cacert FILE"
            .to_owned(),
        C::BadSignature => {
            "the server's certificate was issued by an authority of the same name as one trusted here, with \
                            another key; name the right one's certificate with --cacert FILE"
                .to_owned()
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            format!("wrong name: {error}; name the target by a host that its certificate is for")
        }
        C::Expired | C::ExpiredContext { .. } => {
            format!("the server's certificate has expired ({error}); renew it, or set this machine's clock right")
        }
        C::NotValidYet | C::NotValidYetContext { .. } => {
            format!("the server's certificate is not valid yet ({error}); set this machine's clock right")
        }
        C::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows an authority's certificate as its own (a self-signed one made with CA:TRUE); make one \
             without, or test with --insecure"
                .to_owned()
        }
        other => format!("the server's certificate is refused: {other}; have it issued anew, or test with --insecure"),
    }
}

fn explain_alert(alert: AlertDescription) -> String {
    use AlertDescription as A;
    let advice = match alert {
        A::CertificateRequired => "it asks for a client certificate; give one with --cert FILE and --key FILE",
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::DecryptError
        | A::AccessDenied => "it refuses our client certificate; give one that it trusts with --cert and --key",
        A::HandshakeFailure => {
            "it asks for a client certificate (--cert and --key), or shares no cipher or version with us"
        }
        A::ProtocolVersion => "it speaks no TLS 1.2 or 1.3",
        A::UnrecognisedName => "it does not know the host's name; name the target as the server does",
        A::NoApplicationProtocol => "it does not speak the HTTP version asked for: give --http2, or leave it out",
        _ => "ask its log why",
    };
    format!("the server refused with the TLS alert {alert:?}: {advice}")
}
