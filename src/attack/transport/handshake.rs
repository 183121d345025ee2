//! What a failed handshake means, and what to do about it.
//!
//! In: the error of a connection over TLS. Out: words with a cure. Always holds: only a refused certificate is a failure
//! to connect once a request has been written.

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

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
