//! A TLS handshake on trial, before any load.
//!
//! In: a connection and a [`Tls`]. Out: nothing, or what is wrong with the certificates of either side. Always holds:
//! no request is sent.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, ProtocolVersion, SignatureScheme};

use crate::attack::transport::handshake::explain;
use crate::attack::transport::tls::Tls;

/// How long a server that asked for a client certificate is given to refuse it: TLS 1.3 answers only behind the
/// handshake, and a server that is content may say nothing.
const LATE_REFUSAL: Duration = Duration::from_secs(1);

/// Shakes hands over `tcp`, waiting at most `wait` for each message.
///
/// # Errors
/// What went wrong, and what to do about it.
pub(in crate::attack) fn shake_hands(tls: &Tls, mut tcp: TcpStream, wait: Duration) -> Result<(), String> {
    let (config, name) = tls.parts();
    let asked = Arc::new(Asked { inner: Arc::clone(&config.client_auth_cert_resolver), asked: AtomicBool::new(false) });
    let mut config = ClientConfig::clone(config);
    config.client_auth_cert_resolver = Arc::clone(&asked) as Arc<_>;
    let mut session = ClientConnection::new(config.into(), name.clone()).map_err(|error| error.to_string())?;
    let shaken = (|| {
        tcp.set_read_timeout(Some(wait))?;
        tcp.set_write_timeout(Some(wait))?;
        while session.is_handshaking() {
            session.complete_io(&mut tcp)?;
        }
        if asked.asked.load(Ordering::Relaxed) && session.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            tcp.set_read_timeout(Some(LATE_REFUSAL))?;
            hear_out(&mut session, &mut tcp)?;
        }
        session.send_close_notify();
        session.complete_io(&mut tcp).map(|_| ())
    })();
    shaken.map_err(|error: io::Error| match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("the server did not finish the handshake within {wait:?}; is this its TLS port?")
        }
        _ => explain(&error),
    })
}

/// Reads what the server says of our certificate. Silence, and anything but a refusal, is consent.
fn hear_out(session: &mut ClientConnection, tcp: &mut TcpStream) -> io::Result<()> {
    match session.read_tls(tcp) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(_) => session.process_new_packets().map(|_| ()).map_err(io::Error::other),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Notes whether the server asks for a client certificate.
#[derive(Debug)]
struct Asked {
    inner: Arc<dyn ResolvesClientCert>,
    asked: AtomicBool,
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, authorities: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.inner.resolve(authorities, schemes)
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}
