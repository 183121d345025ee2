//! One row of a result file, whatever form the file has.
//!
//! In: texts of fields. Out: a [`Row`] that borrows them. Always holds: times are whole milliseconds, as JMeter
//! writes them.

use crate::sample::{Failure, FailureClass};

/// How the message of a transaction controller's row begins.
const TRANSACTION: &str = "Number of samples in transaction";

/// One sample, or the row that a transaction controller adds behind its samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Row<'a> {
    /// When it started, in milliseconds since 1970.
    pub(super) start: u64,
    /// First action to last byte, pauses taken out, in milliseconds.
    pub(super) elapsed: u64,
    pub(super) label: &'a str,
    /// Status, or what stands in its place when no answer came.
    pub(super) code: &'a str,
    /// Reason phrase, or what went wrong.
    pub(super) message: &'a str,
    /// What the first assertion that failed said.
    pub(super) failure: &'a str,
    pub(super) thread: &'a str,
    pub(super) url: &'a str,
    pub(super) success: bool,
    /// Bytes received, heads included; `None` where the file does not tell.
    pub(super) received: Option<u64>,
    pub(super) sent: Option<u64>,
    /// Threads that were active in the whole test; `None` where the file does not tell.
    pub(super) threads: Option<u64>,
    /// To the first byte, in milliseconds; `None` where the file does not tell.
    pub(super) latency: Option<u64>,
    /// To the connection being ready, in milliseconds; 0 on one that was reused, `None` where the file does not tell.
    pub(super) connect: Option<u64>,
    /// Samples that it stands for.
    pub(super) samples: u64,
}

impl Row<'_> {
    /// Whether it is a transaction controller's, which counts the time of samples that have rows of their own.
    pub(super) fn is_transaction(&self) -> bool {
        self.message.starts_with(TRANSACTION)
    }

    /// When it ended, in milliseconds since 1970.
    pub(super) const fn end(&self) -> u64 {
        self.start.saturating_add(self.elapsed)
    }

    /// Scheme, host and port of its address; `None` where there is none.
    pub(super) fn origin(&self) -> Option<&str> {
        let rest = self.url.find("://").map(|at| at + 3)?;
        let length = self.url[rest..].find(['/', '?', '#']).unwrap_or(self.url.len() - rest);
        Some(&self.url[..rest + length])
    }

    /// Why it failed, for a row that did.
    pub(super) fn why(&self) -> Failure<'_> {
        let status = self.code.trim().parse().ok();
        let message = if self.failure.trim().is_empty() { self.message } else { self.failure };
        Failure { class: self.class(status), status, code: None, message: message.trim() }
    }

    fn class(&self, status: Option<u16>) -> FailureClass {
        let asserted = !self.failure.trim().is_empty();
        match status {
            Some(401 | 403) => FailureClass::Auth,
            Some(404 | 405) => FailureClass::NotFound,
            Some(429) => FailureClass::RateLimited,
            Some(500..=599) => FailureClass::ServerError,
            // JMeter takes these for successes, so an assertion failed.
            Some(200..=399) => FailureClass::Check,
            Some(_) => FailureClass::Status,
            None if self.code.starts_with("Non HTTP") => without_answer(self.code, self.message),
            None if asserted => FailureClass::Check,
            None => FailureClass::Status,
        }
    }
}

/// The class of an error that came in place of an answer: JMeter names Java's exception.
fn without_answer(code: &str, message: &str) -> FailureClass {
    let named = |names: &[&str]| names.iter().any(|name| code.contains(name));
    let reset = ["NoHttpResponse", "ConnectionClosed", "SocketException", "ConnectionReset", "EOFException"];
    // A connect that timed out is a ConnectTimeoutException; some versions give a SocketTimeoutException for it.
    if named(&["ConnectTimeout"]) || message.to_ascii_lowercase().contains("connect timed out") {
        FailureClass::Connect
    } else if named(&["SocketTimeout", "TimeoutException", "InterruptedIO"]) {
        FailureClass::Timeout
    } else if named(&["HttpHostConnect", "ConnectException", "UnknownHost", "NoRouteToHost", "SSL", "BindException"]) {
        FailureClass::Connect
    } else if named(&reset) {
        FailureClass::Cut
    } else {
        FailureClass::Parse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(code: &str, message: &str, failure: &str) -> FailureClass {
        Row { code, message, failure, ..Row::default() }.why().class
    }

    #[test]
    fn failures_are_told_apart_by_what_jmeter_writes_in_their_place() {
        let java = |name: &str| format!("Non HTTP response code: {name}");
        for (code, message, failure, expected) in [
            ("200", "OK", "Test failed: text expected to contain /ok/", FailureClass::Check),
            ("503", "Service Unavailable", "", FailureClass::ServerError),
            ("401", "", "", FailureClass::Auth),
            ("404", "", "", FailureClass::NotFound),
            ("429", "", "", FailureClass::RateLimited),
            ("418", "", "", FailureClass::Status),
            ("", "", "The operation lasted too long", FailureClass::Check),
            ("", "", "", FailureClass::Status),
            (&java("java.net.SocketTimeoutException"), "Read timed out", "", FailureClass::Timeout),
            (&java("java.net.SocketTimeoutException"), "connect timed out", "", FailureClass::Connect),
            (&java("org.apache.http.conn.ConnectTimeoutException"), "", "", FailureClass::Connect),
            (&java("org.apache.http.conn.HttpHostConnectException"), "", "", FailureClass::Connect),
            (&java("java.net.UnknownHostException"), "", "", FailureClass::Connect),
            (&java("org.apache.http.NoHttpResponseException"), "", "", FailureClass::Cut),
            (&java("java.net.SocketException"), "Connection reset", "", FailureClass::Cut),
            (&java("org.apache.http.client.ClientProtocolException"), "", "", FailureClass::Parse),
        ] {
            assert_eq!(class(code, message, failure), expected, "{code} {message} {failure}");
        }
    }

    #[test]
    fn the_target_is_the_origin_of_an_address() {
        let origin = |url| Row { url, ..Row::default() }.origin().map(str::to_owned);
        assert_eq!(origin("http://a:80/b?c").as_deref(), Some("http://a:80"));
        assert_eq!(origin("https://a").as_deref(), Some("https://a"));
        assert_eq!(origin("null"), None);
    }
}
