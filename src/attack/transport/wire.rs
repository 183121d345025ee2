//! The transport of one user: the lean client, or the general one.
//!
//! In: where requests go, and what the plan asks for. Out: exchanges. Always holds: the choice is made once a user, and
//! the lean client's way costs one branch more than it would alone.

use std::sync::Arc;

use crate::attack::conductor::Elsewhere;
use crate::attack::shared::Shared;
use crate::attack::transport::general::{General, Recipe};
use crate::attack::transport::http1::Http1;
use crate::attack::transport::tls::Tls;
use crate::attack::transport::{Exchange, Outgoing, Route, Transport};
use crate::units::Micros;

/// One user's transport.
#[allow(clippy::large_enum_variant, reason = "the lean client is the common one, and lies where its user lies")]
pub(in crate::attack) enum Wire {
    /// HTTP/1.1, measured to the byte.
    Lean(Http1),
    /// HTTP/2, or through a proxy.
    General(Box<General>),
}

impl Wire {
    /// The transport of the user in a seat.
    ///
    /// # Errors
    /// When the general client cannot be set up, which is tried before any load.
    pub(in crate::attack) fn new(
        (shared, seat): (Arc<Shared>, usize),
        route: Route,
        recipe: Option<&Arc<Recipe>>,
        timeout: Micros,
    ) -> Result<Self, reqwest::Error> {
        match recipe {
            None => Ok(Self::Lean(Http1::new(shared, seat, route, timeout))),
            Some(recipe) => {
                Ok(Self::General(Box::new(General::new((shared, seat), route, Arc::clone(recipe), timeout)?)))
            }
        }
    }
}

impl Wire {
    /// The transport of the user in a seat to a host beside the target.
    pub(in crate::attack) fn lean((shared, seat): (&Arc<Shared>, usize), host: &Elsewhere, timeout: Micros) -> Self {
        let address = host.addresses[seat % host.addresses.len()];
        let route = Route { address, tls: host.tls.as_ref().map(Tls::for_user) };
        Self::Lean(Http1::new(Arc::clone(shared), seat, route, timeout))
    }
}

impl Transport for Wire {
    async fn exchange(&mut self, request: Outgoing<'_>) -> Exchange<'_> {
        match self {
            Self::Lean(lean) => lean.exchange(request).await,
            // Boxed, so that the lean client's users do not carry the room for it.
            Self::General(general) => Box::pin(general.exchange(request)).await,
        }
    }

    fn hang_up(&mut self) {
        if let Self::Lean(lean) = self {
            lean.hang_up();
        }
    }
}
