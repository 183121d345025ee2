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
    ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, WantsVerifier,
    client::WantsClientCert,
};

use crate::attack::transport::handshake::explain;
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
