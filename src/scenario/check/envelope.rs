//! The JSON envelope around every answer of the consume service.
//!
//! In: a status and a body. Out: nothing for a success, or the refusal with the class the contract gives it. Always
//! holds: the fields are read without building a tree or allocating, and an unreadable envelope is no success.
//!
//! The service speaks three dialects, by its generation:
//!
//! | name | success | business refusals come as |
//! |---|---|---|
//! | `consume-400` | HTTP 2xx, `code` 200 | HTTP 400, `code` 400 or 500 |
//! | `consume-200` | HTTP 2xx, `code` 200 | HTTP 200, any other `code` |
//! | `consume-0` | HTTP 2xx, `code` 0, `ok` not false | HTTP 200, any other `code`; the message is in `msg` |
//!
//! In all three, `data.success` must not be false and a text in `data.status` must be `SUCCESS`, where they are there.
//! An envelope that gives one of these fields twice is unreadable.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::{CheckFailure, class_of, excerpt, shortened};
use crate::sample::FailureClass;
use crate::scenario::json::{Document, Value};

/// What the service says when it did not foresee what happened, whatever the status.
const UNFORESEEN: [&str; 2] = ["系统繁忙", "系统运行时异常"];
/// How a refusal of the request's form begins.
pub(super) const INVALID: &str = "参数验证失败";

/// The envelope of a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The top-level `code` of a success.
    code: i64,
    profile: Option<Profile>,
}

/// A dialect of the consume service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Success code 200, business refusals as HTTP 400.
    Consume400,
    /// Success code 200, business refusals as HTTP 200.
    Consume200,
    /// Success code 0, business refusals as HTTP 200.
    Consume0,
}

/// The field that explains a refusal.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, alias = "msg")]
    message: Cow<'a, str>,
}

impl Envelope {
    /// The `code` of a success.
    #[must_use]
    pub const fn success(self) -> i64 {
        self.code
    }

    /// An envelope whose success has this `code`.
    #[must_use]
    pub const fn code(code: i64) -> Self {
        Self { code, profile: None }
    }

    /// The envelope of a dialect.
    #[must_use]
    pub const fn of(profile: Profile) -> Self {
        let code = if matches!(profile, Profile::Consume0) { 0 } else { 200 };
        Self { code, profile: Some(profile) }
    }

    /// The dialect, where one was named.
    #[must_use]
    pub const fn profile(self) -> Option<Profile> {
        self.profile
    }

    /// Whether the answer is a success; `expected` if its status is one of a success.
    pub(super) fn judge(self, (status, expected): (u16, bool), body: Document<'_>) -> Result<(), CheckFailure<'_>> {
        match self.read(body) {
            Some((code, good)) if expected && good && code == self.code => Ok(()),
            Some((code, _)) => Err(self.refusal(status, code, body.bytes())),
            None if expected => Err(CheckFailure {
                class: FailureClass::Parse,
                code: None,
                message: Cow::Owned(format!("no envelope with a numeric code in: {}", excerpt(body.bytes()))),
            }),
            None => Err(CheckFailure { class: class_of(status), code: None, message: excerpt(body.bytes()) }),
        }
    }

    /// The envelope's code, and whether the rest of it speaks of a success.
    fn read(self, body: Document<'_>) -> Option<(i64, bool)> {
        let fields = body.root().filter(|root| root.is_object())?;
        let number = |value: Value<'_>| std::str::from_utf8(value.json()).ok()?.parse().ok();
        if self.profile.is_none() {
            let [code] = fields.members(["code"]).ok()?;
            return Some((number(code?)?, true));
        }
        let [code, ok, data] = fields.members(["code", "ok", "data"]).ok()?;
        Some((number(code?)?, speaks_of_success(ok, data)?))
    }

    /// The class of a refusal that came in an envelope.
    fn refusal(self, status: u16, code: i64, body: &[u8]) -> CheckFailure<'_> {
        let message = serde_json::from_slice::<Message<'_>>(body).map_or_else(|_| excerpt(body), |e| e.message);
        let class = match class_of(status) {
            FailureClass::Status if status < 300 || status == 400 => self.class_inside(code, &message),
            other => other,
        };
        CheckFailure { class, code: Some(code), message: shortened(message) }
    }

    /// The class of a refusal whose status says nothing of it.
    fn class_inside(self, code: i64, message: &str) -> FailureClass {
        match code {
            _ if message.starts_with(INVALID) => FailureClass::Validation,
            401 | 403 if self.profile.is_some() => FailureClass::Auth,
            429 if self.profile.is_some() => FailureClass::RateLimited,
            _ if self.profile.is_some() && UNFORESEEN.iter().any(|text| message.starts_with(text)) => {
                FailureClass::ServerError
            }
            _ => FailureClass::BusinessReject,
        }
    }
}

/// Whether nothing in an envelope but its code speaks of a refusal; `None` where that cannot be read.
fn speaks_of_success(ok: Option<Value<'_>>, data: Option<Value<'_>>) -> Option<bool> {
    let ok = match ok.map(Value::json) {
        None | Some(b"true" | b"null") => true,
        Some(b"false") => false,
        Some(_) => return None,
    };
    let Some(data) = data.filter(|data| data.is_object()) else { return Some(ok) };
    let [success, status] = data.members(["success", "status"]).ok()?;
    let succeeded = success.is_none_or(|success| success.json() != b"false");
    // A status that is a number is the record's, and says nothing of the request.
    let named = status.is_none_or(|status| !status.is_text() || status.says("SUCCESS"));
    Some(ok && succeeded && named)
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Name(String),
            Code(Code),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Code {
            code: i64,
        }
        let known = "write \"consume-400\", \"consume-200\", \"consume-0\" or { code = 200 }";
        let written = Written::deserialize(deserializer);
        match written.map_err(|_| de::Error::custom(format!("an envelope has a name or a code; {known}")))? {
            Written::Code(Code { code }) => Ok(Self::code(code)),
            Written::Name(name) => match name.as_str() {
                "consume-400" => Ok(Self::of(Profile::Consume400)),
                "consume-200" => Ok(Self::of(Profile::Consume200)),
                "consume-0" => Ok(Self::of(Profile::Consume0)),
                _ => Err(de::Error::custom(format!("unknown envelope \"{name}\"; {known}"))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::json::Outline;

    fn class(profile: Profile, status: u16, body: &str) -> Option<FailureClass> {
        let expected = (200..300).contains(&status);
        let mut outline = Outline::default();
        let judged = Envelope::of(profile).judge((status, expected), outline.read(body.as_bytes()));
        judged.err().map(|failure| failure.class)
    }

    #[test]
    fn an_envelope_that_says_two_things_or_none_is_no_success() {
        for body in [
            r#"{"code":500,"code":200}"#,
            r#"{"code":200,"data":{"status":"FAILED"},"data":null}"#,
            r#"{"code":200,"data":{"success":false,"success":true}}"#,
            r#"{"code":200,"ok":"no"}"#,
            r#"{"code":"200"}"#,
            r#"{"code":200.0}"#,
            r#"{"code":200,"data":{"status":"SUCC"#,
            r#"{"code":200} and more"#,
            "[200]",
            "200",
        ] {
            assert_eq!(class(Profile::Consume400, 200, body), Some(FailureClass::Parse), "{body}");
        }
        let failed = r#"{"code":200,"data":{"success":"yes","status":"FAILED"}}"#;
        assert_eq!(class(Profile::Consume400, 200, failed), Some(FailureClass::BusinessReject));
        let escaped = r#"{"code":200,"data":{"status":"SUCCESS"}}"#;
        assert_eq!(class(Profile::Consume400, 200, escaped), None);
    }

    #[test]
    fn each_dialect_knows_its_own_success_and_classes_its_refusals() {
        use FailureClass::{Auth, BusinessReject, Parse, RateLimited, ServerError, Validation};
        use Profile::{Consume0, Consume200, Consume400};
        for (profile, status, body, expected) in [
            (Consume400, 200, r#"{"code":200,"message":"success","data":null}"#, None),
            (Consume400, 200, r#"{"code":200,"data":{"status":"SUCCESS","code":500}}"#, None),
            (Consume400, 200, r#"{"code":200,"data":{"status":"FAILED"}}"#, Some(BusinessReject)),
            (Consume400, 200, r#"{"code":200,"data":{"status":1}}"#, None),
            (Consume400, 200, r#"{"code":200,"data":{"success":false}}"#, Some(BusinessReject)),
            (Consume400, 400, r#"{"code":500,"message":"账户余额不足"}"#, Some(BusinessReject)),
            (Consume400, 400, r#"{"code":400,"message":"参数验证失败: 金额"}"#, Some(Validation)),
            (Consume400, 400, r#"{"code":401,"message":"未登录"}"#, Some(Auth)),
            (Consume400, 500, r#"{"code":500,"message":"系统繁忙，请稍后重试"}"#, Some(ServerError)),
            (Consume200, 200, r#"{"code":107264,"message":"余额不足"}"#, Some(BusinessReject)),
            (Consume200, 200, r#"{"code":500,"message":"系统运行时异常，请稍后重试"}"#, Some(ServerError)),
            (Consume200, 200, r#"{"code":429,"message":"x"}"#, Some(RateLimited)),
            (Consume0, 200, r#"{"code":0,"ok":true,"msg":"","data":5}"#, None),
            (Consume0, 200, r#"{"code":0,"ok":false,"msg":"no"}"#, Some(BusinessReject)),
            (Consume0, 200, r#"{"code":200,"message":"success"}"#, Some(BusinessReject)),
            (Consume0, 200, "[]", Some(Parse)),
        ] {
            assert_eq!(class(profile, status, body), expected, "{profile:?} {status} {body}");
        }
        let mut outline = Outline::default();
        let body = outline.read(br#"{"code":1,"msg":"no money"}"#);
        let failure = Envelope::of(Consume0).judge((200, true), body).unwrap_err();
        assert_eq!(failure.message, "no money");
    }
}
