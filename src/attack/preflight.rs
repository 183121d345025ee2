//! Whether the target answers, before any load.
//!
//! In: a target. Out: the addresses that took a connection and, over TLS, shook hands. Always holds: no request is sent.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::attack::conductor::Elsewhere;
use crate::attack::transport::tls::{Tls, TlsError};
use crate::attack::transport::trial;
use crate::plan::Plan;
use crate::plan::target::Target;
use crate::units::Micros;

/// The longest wait for one address to take a connection.
const LONGEST_WAIT: Micros = Micros::from_secs(5);

/// Why no load was sent.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum PreflightError {
    #[error("target {target} is not ready: cannot resolve \"{host}\": {cause}; check the host's spelling and the DNS")]
    Unresolved { target: String, host: String, cause: io::Error },
    #[error("target {target} is not ready: {tried}; start the service, or name another with --host")]
    Unreachable { target: String, tried: String },
    #[error("target {target} is not ready: {tried}")]
    Untrusted { target: String, tried: String },
    #[error("{0}")]
    Tls(#[from] TlsError),
}

/// The addresses of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Those that took a connection; at least one.
    pub taken: Vec<SocketAddr>,
    /// Those that did not, with the cause.
    pub refused: Vec<String>,
    /// Whether all of them that took one are this machine's own.
    pub local: bool,
}

/// Resolves the target once, connects to each of its addresses and shakes hands where it is secured, waiting at most
/// `timeout` (and 5 s) for each.
///
/// # Errors
/// [`PreflightError`] when no address can be used, with what was tried.
pub fn reach(target: &Target, tls: Option<&Tls>, timeout: Micros) -> Result<Addresses, PreflightError> {
    let unresolved =
        |cause| PreflightError::Unresolved { target: target.to_string(), host: target.host().to_owned(), cause };
    let mut addresses: Vec<SocketAddr> =
        (target.host(), target.port()).to_socket_addrs().map_err(unresolved)?.collect();
    addresses.sort_unstable();
    addresses.dedup();
    let wait = Duration::from(timeout.min(LONGEST_WAIT));
    let mut shaken_off = false;
    let mut reached = Addresses { taken: Vec::new(), refused: Vec::new(), local: true };
    for address in addresses {
        match TcpStream::connect_timeout(&address, wait) {
            Err(cause) => reached.refused.push(format!("connecting to {address} failed: {cause}")),
            Ok(tcp) => {
                // A connection to oneself has one address at both ends.
                let own = tcp.local_addr().is_ok_and(|own| own.ip() == address.ip());
                match tls.map_or(Ok(()), |tls| trial::shake_hands(tls, tcp, wait)) {
                    Ok(()) => {
                        reached.taken.push(address);
                        reached.local &= own;
                    }
                    Err(cause) => {
                        shaken_off = true;
                        reached.refused.push(format!("TLS with {address} failed: {cause}"));
                    }
                }
            }
        }
    }
    if reached.taken.is_empty() {
        let none = reached.refused.is_empty();
        let tried = if none { "its name has no address".to_owned() } else { reached.refused.join("; ") };
        let target = target.to_string();
        return Err(if shaken_off {
            PreflightError::Untrusted { target, tried }
        } else {
            PreflightError::Unreachable { target, tried }
        });
    }
    Ok(reached)
}

/// Resolves and tries every host beside the target that steps of `plan` send to.
///
/// # Errors
/// [`PreflightError`] for the first that cannot be used.
pub fn reach_elsewhere(plan: &Plan) -> Result<Vec<Elsewhere>, PreflightError> {
    let reached = plan.elsewhere.iter().map(|target| {
        let tls = Tls::prepare(target, &plan.connection)?;
        let addresses = reach(target, tls.as_ref(), plan.load.timeout)?.taken;
        Ok(Elsewhere { addresses, tls })
    });
    reached.collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_target_that_nobody_listens_on_is_named_with_what_was_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let target = Target::parse(&format!("http://{address}/base"), "--host").unwrap();
        let reached = reach(&target, None, Micros::SECOND).unwrap();
        assert_eq!(reached, Addresses { taken: vec![address], refused: Vec::new(), local: true });
        drop(listener);
        let error = reach(&target, None, Micros::SECOND).unwrap_err().to_string();
        assert!(error.contains(&format!("http://{address}/base")), "{error}");
        assert!(error.contains(&format!("connecting to {address} failed")), "{error}");
    }

    #[test]
    fn a_name_that_does_not_resolve_is_told() {
        let target = Target::parse("http://no-such-host.invalid:1", "--host").unwrap();
        let error = reach(&target, None, Micros::SECOND).unwrap_err().to_string();
        assert!(error.contains("cannot resolve \"no-such-host.invalid\""), "{error}");
    }
}
