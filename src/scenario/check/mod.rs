//! Whether an answer is a success.
//!
//! In: a [`Reply`] and what must hold of it. Out: nothing, or why the answer failed and as which class. Always holds:
//! an answer whose envelope cannot be read is never a success; what holds allocates nothing.
//!
//! `status`: which statuses; `envelope`: the consume service's own code, and how its refusals are classed; `reject`: a
//! refusal that is the success; `content`: checks on headers, body, size and time; `extract`: values taken out.

mod content;
mod envelope;
mod extract;
mod reject;
mod reply;
mod status;

use std::borrow::Cow;

pub use content::{Bounds, Check, Subject, Test};
pub use envelope::{Envelope, Profile};
pub use extract::{Extract, Source, Which};
pub use reject::Reject;
pub use reply::{Part, Reply, headers};
pub use status::StatusSet;

use crate::sample::FailureClass;
use crate::scenario::json::Document;
use crate::scenario::template::Draw;

/// The longest part of a message that is kept.
const MESSAGE_CHARS: usize = 200;

/// What must hold of an answer.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The statuses of a success.
    pub status: StatusSet,
    /// The envelope of a success.
    pub envelope: Option<Envelope>,
    /// The refusal that is a success, where one is provoked.
    pub reject: Option<Reject>,
    /// What else must hold.
    pub checks: Vec<Check>,
}

/// Why an answer failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure<'a> {
    /// The class it counts under.
    pub class: FailureClass,
    /// The envelope's own code.
    pub code: Option<i64>,
    /// What the answer said.
    pub message: Cow<'a, str>,
}

impl CheckFailure<'_> {
    /// A check that did not hold.
    pub(crate) fn check(message: String) -> Self {
        Self { class: FailureClass::Check, code: None, message: shortened(Cow::Owned(message)) }
    }
}

impl Expectation {
    /// Holds an answer against everything that must hold of it. `draw` fills in what checks compare with; `scratch` is
    /// room to do so.
    ///
    /// # Errors
    /// [`CheckFailure`] of the first that does not hold.
    pub fn examine<'a>(
        &self,
        reply: &Reply<'a>,
        draw: &Draw<'_>,
        scratch: &mut Vec<u8>,
    ) -> Result<(), CheckFailure<'a>> {
        let judged = self.judge(reply.status, reply.body);
        match &self.reject {
            Some(reject) => reject.judge(reply, judged)?,
            None => judged?,
        }
        self.checks.iter().try_for_each(|check| check.examine(reply, draw, scratch))
    }

    /// Holds the texts of checks against them that look at variables, once these are filled.
    ///
    /// # Errors
    /// [`CheckFailure`] of the first that does not hold.
    pub fn examine_values<'a>(&self, draw: &Draw<'_>, scratch: &mut Vec<u8>) -> Result<(), CheckFailure<'a>> {
        self.checks.iter().try_for_each(|check| check.examine_value(draw, scratch))
    }

    /// Holds status and envelope against what must hold of them.
    ///
    /// # Errors
    /// [`CheckFailure`] with the class the contract of the consume service gives it.
    pub fn judge<'a>(&self, status: u16, body: Document<'a>) -> Result<(), CheckFailure<'a>> {
        let as_expected = self.status.contains(status);
        match self.envelope {
            Some(envelope) => envelope.judge((status, as_expected), body),
            None if as_expected => Ok(()),
            None => Err(CheckFailure { class: class_of(status), code: None, message: excerpt(body.bytes()) }),
        }
    }

    /// Whether it looks up anything in a JSON body.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        self.envelope.is_some() || self.checks.iter().any(Check::looks_up)
    }
}

/// The class that a status alone names.
const fn class_of(status: u16) -> FailureClass {
    match status {
        401 | 403 => FailureClass::Auth,
        404 | 405 => FailureClass::NotFound,
        429 => FailureClass::RateLimited,
        500..=599 => FailureClass::ServerError,
        _ => FailureClass::Status,
    }
}

/// The beginning of a body, for the report.
fn excerpt(body: &[u8]) -> Cow<'_, str> {
    shortened(String::from_utf8_lossy(&body[..body.len().min(MESSAGE_CHARS * 4)]))
}

fn shortened(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.char_indices().nth(MESSAGE_CHARS) {
        None => text,
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::scenario::json::Outline;

    fn consume() -> Expectation {
        Expectation { envelope: Some(Envelope::code(200)), ..Expectation::default() }
    }

    fn class(expectation: &Expectation, status: u16, body: &str) -> Option<FailureClass> {
        expectation.judge(status, Outline::default().read(body.as_bytes())).err().map(|failure| failure.class)
    }

    #[test]
    fn http_200_with_a_failing_envelope_is_a_failure() {
        let body = r#"{"code":107264,"message":"账户余额不足","data":{"code":200}}"#;
        let mut outline = Outline::default();
        let failure = consume().judge(200, outline.read(body.as_bytes())).unwrap_err();
        assert_eq!(failure.class, FailureClass::BusinessReject);
        assert_eq!(failure.code, Some(107_264));
        assert_eq!(failure.message, "账户余额不足");
    }

    #[test]
    fn the_envelopes_own_code_counts_and_not_one_inside_its_data() {
        assert_eq!(class(&consume(), 200, r#"{"data":{"code":500},"message":"success","code":200}"#), None);
        assert_eq!(
            class(&consume(), 200, r#"{"data":{"code":200},"message":"x","code":500}"#),
            Some(FailureClass::BusinessReject)
        );
    }

    #[test]
    fn refusals_fall_into_the_classes_of_the_contract() {
        for (status, body, expected) in [
            (400, r#"{"code":500,"message":"账户余额不足"}"#, FailureClass::BusinessReject),
            (400, r#"{"code":400,"message":"参数验证失败: 金额"}"#, FailureClass::Validation),
            (401, r#"{"code":401,"message":"no"}"#, FailureClass::Auth),
            (403, "", FailureClass::Auth),
            (404, r#"{"timestamp":"x","status":404}"#, FailureClass::NotFound),
            (405, "", FailureClass::NotFound),
            (429, "", FailureClass::RateLimited),
            (500, r#"{"code":500,"message":"系统繁忙，请稍后重试"}"#, FailureClass::ServerError),
            (302, "", FailureClass::Status),
            (200, "", FailureClass::Parse),
            (200, "<html>", FailureClass::Parse),
            (200, r#"{"message":"no code"}"#, FailureClass::Parse),
        ] {
            assert_eq!(class(&consume(), status, body), Some(expected), "{status} {body}");
        }
    }

    #[test]
    fn an_unexpected_status_fails_even_with_a_good_envelope() {
        assert_eq!(class(&consume(), 500, r#"{"code":200,"message":"success"}"#), Some(FailureClass::ServerError));
        assert_eq!(class(&consume(), 302, r#"{"code":200}"#), Some(FailureClass::Status));
    }

    #[test]
    fn expected_statuses_read_as_people_write_them() {
        #[derive(Deserialize)]
        struct File {
            expect: StatusSet,
        }
        let set = |text: &str| toml::from_str::<File>(&format!("expect = {text}")).map(|f| f.expect);
        assert!(set("\"2xx\"").unwrap().contains(204));
        assert!(set("[200, \"4xx\"]").unwrap().contains(404));
        assert!(!set("404").unwrap().contains(200));
        for bad in ["\"6xx\"", "\"ok\"", "99", "[]"] {
            assert!(set(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let body = "余".repeat(1000);
        let failure = Expectation::default().judge(500, Document::unread(body.as_bytes())).unwrap_err();
        assert_eq!(failure.message.chars().count(), MESSAGE_CHARS + 1);
    }
}
