//! What became of a request at the service, as far as the client knows.
//!
//! In: how a request ended. Out: a [`Fate`]. Always holds: what nobody said is unknown, never refused.

use super::{FailureClass, Outcome};

/// What the client knows of what a request did at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The service said that it was done.
    Acknowledged,
    /// The service said that it was not done, or was never reached.
    Refused,
    /// Sent, and nobody said: no whole answer, a server error, or an answer that says neither.
    Unknown,
}

impl Fate {
    /// What an outcome says. With `refusal_expected` a success is a refusal that was meant.
    #[must_use]
    pub const fn of(outcome: &Outcome<'_>, refusal_expected: bool) -> Self {
        use FailureClass as Class;
        match outcome {
            Outcome::Success if refusal_expected => Self::Refused,
            Outcome::Success => Self::Acknowledged,
            Outcome::Aborted => Self::Unknown,
            Outcome::Failure(failure) => match (failure.class, failure.status) {
                (Class::BusinessReject | Class::Validation | Class::Auth | Class::RateLimited, _)
                | (Class::NotFound | Class::Connect | Class::Unsent | Class::Dropped, _) => Self::Refused,
                // 408 is a server that gave up waiting: it does not say what became of what it had read.
                (Class::Status, Some(status)) if status >= 400 && status < 500 && status != 408 => Self::Refused,
                _ => Self::Unknown,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Failure;

    #[test]
    fn an_answer_that_says_neither_leaves_it_unknown_what_was_done() {
        let failed = |class, status| Outcome::Failure(Failure { class, status, code: None, message: "" });
        assert_eq!(Fate::of(&Outcome::Success, false), Fate::Acknowledged);
        assert_eq!(Fate::of(&Outcome::Success, true), Fate::Refused, "the refusal that was meant");
        for (class, status, fate) in [
            (FailureClass::BusinessReject, Some(400), Fate::Refused),
            (FailureClass::RateLimited, Some(429), Fate::Refused),
            (FailureClass::Connect, None, Fate::Refused),
            (FailureClass::Status, Some(409), Fate::Refused),
            (FailureClass::Status, Some(408), Fate::Unknown),
            (FailureClass::Status, Some(302), Fate::Unknown),
            (FailureClass::Check, Some(200), Fate::Unknown),
            (FailureClass::ServerError, Some(500), Fate::Unknown),
            (FailureClass::Timeout, None, Fate::Unknown),
            (FailureClass::Cut, None, Fate::Unknown),
        ] {
            assert_eq!(Fate::of(&failed(class, status), false), fate, "{class:?} {status:?}");
        }
        assert_eq!(Fate::of(&Outcome::Aborted, false), Fate::Unknown);
    }
}
