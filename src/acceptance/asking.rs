//! Asking the service itself, one question at a time.
//!
//! In: an [`Inquirer`] and the headers that every question carries. Out: [`Reply`]s. Always holds: every failure is a
//! reply too; nothing is retried here.

use crate::acceptance::reply::{Answered, Reply, Unanswered};
use crate::attack::transport::TransportError;
use crate::attack::transport::inquiry::Inquirer;
use crate::units::Micros;

/// Asks the service.
pub struct Asking {
    client: Inquirer,
    headers: Vec<(String, String)>,
    timeout: Micros,
}

impl Asking {
    /// Asks through `client`, which waits at most `timeout` for each answer, with `headers`.
    #[must_use]
    pub const fn new(client: Inquirer, headers: Vec<(String, String)>, timeout: Micros) -> Self {
        Self { client, headers, timeout }
    }

    /// Time since the client was made.
    #[must_use]
    pub fn now(&self) -> Micros {
        self.client.now()
    }

    /// GET `path`.
    pub fn get(&mut self, path: &str) -> Reply {
        let outcome =
            self.client.get(path, &self.headers).map(|a| Answered { status: a.status, body: a.body.to_vec() });
        Reply { request: format!("GET {path}"), outcome: outcome.map_err(|error| unanswered(&error)) }
    }

    /// GET `path` of a service that answers in plain text.
    pub fn get_text(&mut self, path: &str) -> Reply {
        let mut headers = self.headers.clone();
        // Every question takes JSON, and lists of this name add up: Spring refuses its metrics to who takes JSON alone.
        headers.push(("Accept".to_owned(), "text/plain;version=0.0.4, */*;q=0.1".to_owned()));
        let outcome = self.client.get(path, &headers).map(|a| Answered { status: a.status, body: a.body.to_vec() });
        Reply { request: format!("GET {path}"), outcome: outcome.map_err(|error| unanswered(&error)) }
    }

    /// POST `body` to `path`.
    pub fn post(&mut self, path: &str, body: &str) -> Reply {
        let outcome = self.client.post(path, &self.headers, body);
        let outcome = outcome.map(|a| Answered { status: a.status, body: a.body.to_vec() });
        Reply { request: format!("POST {path} {body}"), outcome: outcome.map_err(|error| unanswered(&error)) }
    }

    /// POST `body` to `path`, and give up `after` so long.
    pub fn abandon(&mut self, path: &str, body: &str, after: Micros) -> Reply {
        self.client.set_timeout(after);
        let reply = self.post(path, body);
        self.client.set_timeout(self.timeout);
        reply
    }
}

fn unanswered(error: &TransportError) -> Unanswered {
    Unanswered { timed_out: matches!(error, TransportError::Timeout(_)), cause: error.to_string() }
}
