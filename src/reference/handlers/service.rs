//! What the endpoints share.
//!
//! In: options and a store. Out: one service for all handlers. Always holds: every answer is written in one profile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::Response;

use crate::reference::delay::Delays;
use crate::reference::faults::{Fault, Tally};
use crate::reference::gate::Gate;
use crate::reference::metrics::Metrics;
use crate::reference::options::ServeOptions;
use crate::reference::profile::EnvelopeProfile;
use crate::reference::store::{Store, StoreError};

/// One service.
pub(in crate::reference) struct Service {
    pub(in crate::reference) store: Store,
    pub(super) metrics: Metrics,
    pub(super) gate: Gate,
    pub(super) envelope: EnvelopeProfile,
    delays: Delays,
    stub: bool,
    tally: Arc<Tally>,
    /// Charges that came without a number of their own.
    numbered: AtomicU64,
}

impl Service {
    /// Over an open store, which counts its faults in the same `tally`.
    pub(in crate::reference) fn new(options: &ServeOptions, store: Store, tally: Arc<Tally>) -> Self {
        Self {
            store,
            metrics: Metrics::new(Arc::clone(&tally)),
            gate: Gate::new(options, Arc::clone(&tally)),
            envelope: options.envelope,
            delays: Delays::new(options.delay),
            stub: options.faults.stub,
            tally,
            numbered: AtomicU64::new(0),
        }
    }

    /// How long a charge takes on top.
    pub(super) async fn delay(&self) {
        let delay = self.delays.draw();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Whether charges are answered and never looked at; counts one.
    pub(super) fn is_stub(&self) -> bool {
        if self.stub {
            self.tally.count(Fault::Stub);
        }
        self.stub
    }

    /// A number for a charge that came without one.
    pub(super) fn next_number(&self) -> String {
        format!("TXN_{}", self.numbered.fetch_add(1, Ordering::Relaxed))
    }

    /// The client is told no more than the original would; the log is told why.
    pub(super) fn failed(&self, error: &StoreError) -> Response {
        log::error!("{error}");
        self.envelope.unforeseen()
    }
}
