//! What stands before the handlers: the stall, the gateway's limit, the token, and faults that need no ledger.
//!
//! In: a request. Out: its answer, from the handler or from here. Always holds: what is turned away here has changed
//! nothing; health, metrics and the login are never turned away, and only the stall holds them up.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

use super::bucket::Bucket;
use super::connection::ResetSwitch;
use super::faults::{Fault, Stall, Tally};
use super::options::ServeOptions;
use super::profile::EnvelopeProfile;
use super::share::Every;
use super::token::Tokens;
use super::wall_clock;

/// The login, which needs no token.
pub(super) const LOGIN: &str = "/api/auth/login";

/// The one way in.
pub(super) struct Gate {
    /// Also of the login.
    pub(super) tokens: Tokens,
    require_token: bool,
    limit: Option<Bucket>,
    errors: Every,
    resets: Every,
    stall: Option<Stall>,
    /// When the first request came.
    first: OnceLock<Instant>,
    envelope: EnvelopeProfile,
    tally: Arc<Tally>,
}

/// Why a request is not let through.
enum Stopped {
    /// It is answered.
    Answered(Response),
    /// Its connection is.
    Reset(ResetSwitch),
}

impl Gate {
    /// As the options say.
    pub(super) fn new(options: &ServeOptions, tally: Arc<Tally>) -> Self {
        Self {
            tokens: Tokens::new(),
            require_token: options.require_token,
            limit: options.rate_limit.map(Bucket::new),
            errors: Every::new(options.faults.error_rate, 0),
            resets: Every::new(options.faults.reset_rate, 4),
            stall: options.faults.stall,
            first: OnceLock::new(),
            envelope: options.envelope,
            tally,
        }
    }

    /// Whether nothing is ever stopped: the common case, which must cost nothing.
    pub(super) fn stands_open(&self) -> bool {
        !(self.require_token
            || self.limit.is_some()
            || self.errors.is_set()
            || self.resets.is_set()
            || self.stall.is_some())
    }

    /// Hands the request on, or answers it here. `None` when the connection is reset: whatever is answered then is not
    /// sent. `uri` is the path's template.
    pub(super) async fn pass(&self, uri: &str, request: Request, next: Next) -> Option<Response> {
        self.sit_out_stall(true).await;
        let response = match self.stop(uri, &request) {
            None => next.run(request).await,
            Some(Stopped::Answered(response)) => response,
            Some(Stopped::Reset(switch)) => {
                switch.throw();
                return None;
            }
        };
        // An answer that was under way when the stall began is held back too; it was not held up at the door.
        self.sit_out_stall(false).await;
        Some(response)
    }

    fn stop(&self, uri: &str, request: &Request) -> Option<Stopped> {
        if uri == LOGIN || uri.starts_with("/actuator/") {
            return None;
        }
        let answered = |fault, response| {
            self.tally.count(fault);
            Some(Stopped::Answered(response))
        };
        if self.limit.as_ref().is_some_and(|limit| !limit.lets_pass(wall_clock::steady())) {
            return answered(Fault::RateLimit, self.envelope.too_many());
        }
        if self.require_token && !self.has_token(request) {
            return Some(Stopped::Answered(self.envelope.unauthorized("未登录或登录已过期，请重新登录")));
        }
        // Each counts every request, so that its picks do not depend on the other's.
        let (reset, error) = (self.resets.takes_next(), self.errors.takes_next());
        if let (true, Some(switch)) = (reset, request.extensions().get::<ConnectInfo<ResetSwitch>>()) {
            self.tally.count(Fault::Reset);
            return Some(Stopped::Reset(switch.0.clone()));
        }
        if error { answered(Fault::Error, self.envelope.unforeseen()) } else { None }
    }

    fn has_token(&self, request: &Request) -> bool {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        header.is_some_and(|value| self.tokens.knows(value))
    }

    async fn sit_out_stall(&self, at_the_door: bool) {
        let Some(stall) = self.stall else { return };
        let now = wall_clock::steady();
        let left = remaining(stall, now.saturating_duration_since(*self.first.get_or_init(|| now)));
        if left.is_zero() {
            return;
        }
        if at_the_door {
            self.tally.count(Fault::Stall);
        }
        tokio::time::sleep(left).await;
    }
}

/// How much of the stall is left at `elapsed` after the first request; zero outside it.
fn remaining(stall: Stall, elapsed: Duration) -> Duration {
    let begins = Duration::from(stall.begins);
    let ends = begins + Duration::from(stall.lasts);
    if elapsed < begins { Duration::ZERO } else { ends.saturating_sub(elapsed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_holds_what_comes_in_it_to_its_end() {
        let stall: Stall = "2s@10s".parse().unwrap();
        for (at, left) in [(0, 0), (9_999, 0), (10_000, 2_000), (11_500, 500), (12_000, 0), (20_000, 0)] {
            assert_eq!(remaining(stall, Duration::from_millis(at)), Duration::from_millis(left), "{at}");
        }
    }

    #[test]
    fn with_no_option_set_the_gate_stands_open() {
        let stands_open = |options: ServeOptions| Gate::new(&options, Arc::default()).stands_open();
        assert!(stands_open(ServeOptions::default()));
        assert!(!stands_open(ServeOptions { require_token: true, ..ServeOptions::default() }));
    }
}
