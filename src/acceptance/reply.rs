//! One question to the service, and what came of it.
//!
//! In: an answer, or why there was none. Out: a [`Reply`]. Always holds: what was not answered is neither accepted nor
//! refused.

use crate::scenario::json::{JsonPath, Outline};
use crate::units::{Amount, Micros};

/// Characters of an answer that are kept for people.
const KEPT: usize = 200;

/// One question, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Method, path and body as they were sent, without headers.
    pub request: String,
    /// The answer, or why there was none.
    pub outcome: Result<Answered, Unanswered>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there was no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Whether it did not come in time.
    pub timed_out: bool,
    /// What the client said.
    pub cause: String,
}

impl Reply {
    /// HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|answered| answered.status)
    }

    /// Whether the service said that it was done: 2xx, and `success` in the envelope. `None` without an answer.
    #[must_use]
    pub fn accepted(&self, success: i64) -> Option<bool> {
        let answered = self.outcome.as_ref().ok()?;
        Some((200..300).contains(&answered.status) && answered.code() == Some(success))
    }

    /// Whether the service refused it as a service should: with a client's error, or with another code in the envelope
    /// of a success.
    #[must_use]
    pub fn refused(&self, success: i64) -> bool {
        let refused = |answered: &Answered| match answered.status {
            200..300 => answered.code().is_some_and(|code| code != success),
            status => (400..500).contains(&status),
        };
        self.outcome.as_ref().is_ok_and(refused)
    }

    /// Whether it did not come in time.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.outcome.as_ref().is_err_and(|unanswered| unanswered.timed_out)
    }

    /// The first value at `path`, a text without its quotes.
    #[must_use]
    pub fn value(&self, path: &JsonPath) -> Option<String> {
        let answered = self.outcome.as_ref().ok()?;
        let mut outline = Outline::default();
        let body = outline.read(&answered.body);
        let found = path.first(body, |found| found.map(|json| String::from_utf8_lossy(json).into_owned()))?;
        Some(found.trim_matches('"').to_owned())
    }

    /// The amount at `path`.
    #[must_use]
    pub fn amount(&self, path: &JsonPath) -> Option<Amount> {
        Amount::parse(self.value(path)?.as_bytes())
    }

    /// Status and first characters, or why there was no answer.
    #[must_use]
    pub fn said(&self) -> String {
        match &self.outcome {
            Ok(answered) => {
                let text = String::from_utf8_lossy(&answered.body);
                let kept: String = text.chars().take(KEPT).collect();
                format!("HTTP {} {kept}", answered.status)
            }
            Err(unanswered) => unanswered.cause.clone(),
        }
    }
}

impl Answered {
    /// The envelope's code.
    fn code(&self) -> Option<i64> {
        #[derive(serde::Deserialize)]
        struct Envelope {
            code: i64,
        }
        serde_json::from_slice::<Envelope>(&self.body).ok().map(|envelope| envelope.code)
    }
}

/// What the probes found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The code of a success in the envelope.
    pub success: i64,
    /// One transactionNo sent twice.
    pub same_number: Twice,
    /// Same user, device and amount under two numbers, within one minute of the clock.
    pub repeat: Twice,
    /// Two charges of the whole balance at once.
    pub concurrent: Concurrent,
    /// Amounts that no charge may have.
    pub refused: Vec<Outrageous>,
    /// A charge whose answer was not waited for.
    pub timed_out: Abandoned,
}

/// Two charges, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// Whose money.
    pub account: u64,
    /// Of each.
    pub amount: Amount,
    /// The two.
    pub replies: [Reply; 2],
    /// What the balance fell by; `None` where it could not be read.
    pub taken: Option<Amount>,
}

/// Two charges at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrent {
    /// Whose money.
    pub account: u64,
    /// Of each, and the whole balance before.
    pub amount: Amount,
    /// The two; or why the balance could not be brought to the amount.
    pub replies: Result<[Reply; 2], String>,
    /// The balance behind them.
    pub left: Option<Amount>,
}

/// A charge of an amount that must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outrageous {
    /// Whose money it was not to be.
    pub account: u64,
    /// As it was written.
    pub amount: &'static str,
    /// What came of it.
    pub reply: Reply,
    /// What the balance fell by.
    pub taken: Option<Amount>,
}

/// A charge whose answer was not waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abandoned {
    /// Whose money.
    pub account: u64,
    /// How much.
    pub amount: Amount,
    /// After how long it was given up.
    pub gave_up: Micros,
    /// The charge: not answered, unless the service was faster.
    pub reply: Reply,
    /// The last question for its status.
    pub asked: Reply,
    /// When it was found, counted from giving up; `None` when it was not.
    pub found: Option<Micros>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { request: "POST /pay".into(), outcome: Ok(Answered { status, body: body.as_bytes().to_vec() }) }
    }

    #[test]
    fn a_success_is_one_by_status_and_by_envelope() {
        assert_eq!(reply(200, r#"{"code":200}"#).accepted(200), Some(true));
        assert_eq!(reply(200, r#"{"code":107264}"#).accepted(200), Some(false));
        assert_eq!(reply(400, r#"{"code":200}"#).accepted(200), Some(false));
        assert_eq!(reply(200, "ok").accepted(200), Some(false));
    }

    #[test]
    fn a_crash_and_silence_are_no_refusals() {
        assert!(reply(400, "").refused(200) && reply(200, r#"{"code":5}"#).refused(200));
        assert!(!reply(500, r#"{"code":500}"#).refused(200) && !reply(200, "").refused(200));
        let silent = Unanswered { timed_out: true, cause: "no whole answer within 1s".into() };
        let silent = Reply { request: String::new(), outcome: Err(silent) };
        assert_eq!((silent.accepted(200), silent.refused(200), silent.timed_out()), (None, false, true));
    }
}
