//! Whether an answer is a success.
//!
//! In: a status and a body. Out: nothing, or why the answer failed and as which class. Always holds: an answer whose
//! envelope cannot be read is never a success.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::sample::FailureClass;

/// The longest part of a message that is kept.
const MESSAGE_CHARS: usize = 200;

/// The statuses of a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusSet(Vec<(u16, u16)>);

/// The JSON envelope `{"code": ..., "message": ..., "data": ...}` around every answer of the consume service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The top-level `code` of a success.
    pub code: i64,
}

/// What must hold of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Expectation {
    /// The statuses of a success.
    pub status: StatusSet,
    /// The envelope of a success.
    pub envelope: Option<Envelope>,
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

/// The field of an envelope that decides; everything else is skipped without building a tree or allocating.
#[derive(Deserialize)]
struct EnvelopeCode {
    code: i64,
}

/// The field that explains a refusal.
#[derive(Deserialize)]
struct EnvelopeMessage<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
}

impl Default for StatusSet {
    fn default() -> Self {
        Self(vec![(200, 299)])
    }
}

impl StatusSet {
    /// Whether `status` is one of a success.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }

    fn range(text: &str) -> Option<(u16, u16)> {
        if let Some(class) = text.strip_suffix("xx") {
            let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
            return Some((class * 100, class * 100 + 99));
        }
        let status = text.parse().ok().filter(|status| (100..=599).contains(status))?;
        Some((status, status))
    }
}

impl<'de> Deserialize<'de> for StatusSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(Status),
            Several(Vec<Status>),
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Status {
            Number(u16),
            Text(String),
        }
        let written = match Written::deserialize(deserializer)? {
            Written::One(status) => vec![status],
            Written::Several(statuses) => statuses,
        };
        if written.is_empty() {
            return Err(de::Error::custom("expect is empty; write for example expect = \"2xx\""));
        }
        let ranges: Result<Vec<_>, _> = written
            .into_iter()
            .map(|status| match status {
                Status::Number(number) => number.to_string(),
                Status::Text(text) => text,
            })
            .map(|text| Self::range(&text).ok_or(text))
            .collect();
        ranges.map(Self).map_err(|text| {
            de::Error::custom(format!("\"{text}\" is not a status; write for example 200, \"2xx\" or [200, 404]"))
        })
    }
}

impl Expectation {
    /// Holds an answer against what must hold of it.
    ///
    /// # Errors
    /// [`CheckFailure`] with the class the contract of the consume service gives it.
    pub fn judge<'a>(&self, status: u16, body: &'a [u8]) -> Result<(), CheckFailure<'a>> {
        let as_expected = self.status.contains(status);
        let Some(wanted) = self.envelope else {
            if as_expected {
                return Ok(());
            }
            return Err(CheckFailure { class: class_of(status), code: None, message: excerpt(body) });
        };
        match serde_json::from_slice::<EnvelopeCode>(body) {
            Ok(envelope) if as_expected && envelope.code == wanted.code => Ok(()),
            Ok(envelope) => Err(refusal(status, envelope.code, body)),
            Err(_) if as_expected => Err(CheckFailure {
                class: FailureClass::Parse,
                code: None,
                message: Cow::Owned(format!("no envelope with a numeric code in: {}", excerpt(body))),
            }),
            Err(_) => Err(CheckFailure { class: class_of(status), code: None, message: excerpt(body) }),
        }
    }
}

/// The class of a refusal that came in an envelope. A service may refuse with HTTP 200 or 400.
fn refusal(status: u16, code: i64, body: &[u8]) -> CheckFailure<'_> {
    let message = serde_json::from_slice::<EnvelopeMessage<'_>>(body).map_or_else(|_| excerpt(body), |e| e.message);
    let class = match class_of(status) {
        FailureClass::Status | FailureClass::Check if status < 300 || status == 400 => {
            if message.starts_with("参数验证失败") {
                FailureClass::Validation
            } else {
                FailureClass::BusinessReject
            }
        }
        other => other,
    };
    CheckFailure { class, code: Some(code), message: shortened(message) }
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
    use super::*;

    fn consume() -> Expectation {
        Expectation { status: StatusSet::default(), envelope: Some(Envelope { code: 200 }) }
    }

    fn class(expectation: &Expectation, status: u16, body: &str) -> Option<FailureClass> {
        expectation.judge(status, body.as_bytes()).err().map(|failure| failure.class)
    }

    #[test]
    fn http_200_with_a_failing_envelope_is_a_failure() {
        let body = r#"{"code":107264,"message":"账户余额不足","data":{"code":200}}"#;
        let failure = consume().judge(200, body.as_bytes()).unwrap_err();
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
        let failure = Expectation::default().judge(500, body.as_bytes()).unwrap_err();
        assert_eq!(failure.message.chars().count(), MESSAGE_CHARS + 1);
    }
}
