//! The socket and the life of the service.
//!
//! In: options and a future that says when to end. Out: a service that answers until then. Always holds: when `run`
//! has returned, the port is free and the ledger's folder is gone.
//!
//! Ending: the listener closes, idle connections close at once, requests in flight are answered. Those that take
//! longer than the grace are left to end with the process; the ledger closes first, so they change nothing any more.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::connection::{ResetSwitch, ResettingListener};
use super::faults::Tally;
use super::handlers::{self, Service};
use super::options::{OptionsError, ServeOptions};
use super::store::{Store, StoreError};

/// How long requests in flight may take to end.
const GRACE: Duration = Duration::from_secs(1);
/// No body of the contract comes near it.
const LARGEST_BODY: usize = 64 * 1_024;

/// Why the service could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The options contradict themselves.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}: {source}; choose another with --address (port 0 takes a free one)")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// The system's own words.
        #[source]
        source: io::Error,
    },
    /// The ledger.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The accept loop ended.
    #[error("the service stopped answering: {0}")]
    Accept(#[source] io::Error),
}

/// The service, listening and not yet answering.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
    /// Whether connections are to be reset.
    resets: bool,
}

impl Server {
    /// Opens the ledger and listens. Connections wait until [`Server::run`].
    ///
    /// # Errors
    /// [`ServeError`] with what to do.
    pub async fn bind(options: ServeOptions) -> Result<Self, ServeError> {
        options.check()?;
        let address = options.address;
        let refused = |source| ServeError::Bind { address, source };
        // The port first: that it is taken should not cost a ledger.
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let resets = options.faults.reset_rate.is_some();
        let opened = spawn_blocking(move || {
            let tally = Arc::<Tally>::default();
            Store::open(&options, Arc::clone(&tally)).map(|store| Service::new(&options, store, tally))
        });
        let service = opened.await.unwrap_or(Err(StoreError::Closed))?;
        Ok(Self { listener, address, service: Arc::new(service), resets })
    }

    /// Where it listens: the port the system chose, when it was left to it.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The database of a service with a history, which another process may open to read while it runs.
    #[must_use]
    pub fn store(&self) -> Option<&Path> {
        self.service.store.dual_write().map(|_| self.service.store.file())
    }

    /// Answers until `shutdown` resolves, then ends within about a second.
    ///
    /// # Errors
    /// [`ServeError::Store`] when the ledger's folder could not be removed.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let routes = handlers::routes(&self.service).layer(DefaultBodyLimit::max(LARGEST_BODY));
        let (end, ended) = oneshot::channel::<()>();
        let ended = async move { drop(ended.await) };
        let serving = answer(self.listener, routes, self.resets, ended);
        let out_of_grace = async {
            shutdown.await;
            // Its receiver goes only with the service itself.
            let _ = end.send(());
            tokio::time::sleep(GRACE).await;
        };
        let served = tokio::select! {
            served = serving => served.map_err(ServeError::Accept),
            () = self.service.store.keep_validating() => Ok(()),
            () = out_of_grace => Ok(()),
        };
        self.service.store.close().await?;
        served
    }
}

/// Answers until `ended` resolves and the requests in flight are answered.
async fn answer(
    listener: TcpListener,
    routes: Router,
    resets: bool,
    ended: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    if resets {
        let routes = routes.into_make_service_with_connect_info::<ResetSwitch>();
        return axum::serve(ResettingListener(listener), routes).with_graceful_shutdown(ended).await;
    }
    // Answers are small: without this the system may hold them back to fill a packet. Where it cannot be set, answers
    // are slow and still right.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, routes).with_graceful_shutdown(ended).await
}
