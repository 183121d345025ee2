//! What the endpoints share.
//!
//! In: options and a store. Out: one service for all handlers. Always holds: every answer is written in one profile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::response::Response;

use crate::reference::cache::{AccountCache, Profile};
use crate::reference::charge::Charge;
use crate::reference::delay::Delays;
use crate::reference::faults::{Fault, Faults, Tally};
use crate::reference::gate::Gate;
use crate::reference::metrics::Metrics;
use crate::reference::options::ServeOptions;
use crate::reference::profile::EnvelopeProfile;
use crate::reference::request::{self, RequestError};
use crate::reference::share::Every;
use crate::reference::store::{Store, StoreError};
use crate::units::Micros;

/// One service.
pub(in crate::reference) struct Service {
    pub(in crate::reference) store: Store,
    pub(super) metrics: Metrics,
    pub(super) gate: Gate,
    pub(super) envelope: EnvelopeProfile,
    /// What is known of accounts, where there is a history.
    pub(super) accounts: Option<AccountCache>,
    pub(super) faults: Faults,
    uncounted: Every,
    delays: Delays,
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
            accounts: (options.history > Micros::ZERO).then(|| AccountCache::new(options.faults.day.cache_off)),
            faults: options.faults.clone(),
            uncounted: Every::new(options.faults.uncounted, 0),
            delays: Delays::new(options.delay),
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
        if self.faults.stub {
            self.tally.count(Fault::Stub);
        }
        self.faults.stub
    }

    /// A charge as its body says it.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub(super) fn read_charge(&self, body: &[u8]) -> Result<Charge, RequestError> {
        if !self.faults.accept_bad_amounts {
            return request::charge(body);
        }
        let (charge, bad) = request::charge_of_any_amount(body)?;
        if bad {
            self.tally.count(Fault::AcceptBadAmounts);
        }
        Ok(charge)
    }

    /// Counts a charge request, unless it is one that no counter is to have.
    pub(super) fn count_charge(&self, succeeded: bool) {
        if self.uncounted.takes_next() {
            self.tally.count(Fault::Uncounted);
        } else {
            self.metrics.count_charge(succeeded);
        }
    }

    /// Whether a status is asked for in vain; counts one.
    pub(super) fn hides_status(&self) -> bool {
        if self.faults.no_status_query {
            self.tally.count(Fault::NoStatusQuery);
        }
        self.faults.no_status_query
    }

    /// What is known of an account, from the cache or else from the ledger; `None` when it does not exist.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) async fn profile(&self, cache: &AccountCache, account: i64) -> Result<Option<Profile>, StoreError> {
        if let Some(profile) = cache.get(account) {
            return Ok(Some(profile));
        }
        let profile = self.store.read(move |sight| sight.profile(account)).await?;
        profile.into_iter().for_each(|profile| cache.keep(account, profile));
        Ok(profile)
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
