//! A refusal that is provoked, and is a success.
//!
//! In: an answer and what status and envelope say of it. Out: nothing where it is the refusal that was meant. Always
//! holds: a success, a server error and any other refusal are failures.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::envelope::INVALID;
use super::{CheckFailure, Reply};
use crate::sample::FailureClass;
use crate::scenario::nearest::nearest;

/// The refusals of the contract: name, the codes they have inside HTTP 200 (`consume-200`, and those the design
/// reserves), and a part of the message where the contract gives one.
const KNOWN: [(&str, &[i64], &str); 23] = [
    ("insufficient_balance", &[107_264, 4002], "余额不足"),
    ("account_not_found", &[83_364, 4001], ""),
    ("user_account_not_found", &[137_072], ""),
    ("account_frozen", &[95_698], ""),
    ("account_status_invalid", &[84_796], ""),
    ("deduct_failed", &[96_697], "扣款失败"),
    ("recharge_failed", &[116_651], ""),
    ("invalid_amount", &[102_368], ""),
    ("insufficient_stock", &[134_714], ""),
    ("transaction_execute_failed", &[76_424], ""),
    ("transaction_duplicate", &[66_806], ""),
    ("transaction_not_found", &[84_885], ""),
    ("transaction_status_invalid", &[129_451], ""),
    ("transaction_timeout", &[99_552], ""),
    ("device_offline", &[91_686], ""),
    ("daily_limit_exceeded", &[80_957, 4005], ""),
    ("amount_limit_exceeded", &[122_718, 4005], ""),
    ("permission_denied", &[45_653, 4003], ""),
    ("method_not_implemented", &[80_488], ""),
    ("consume_error", &[112_379], ""),
    ("concurrent_modification", &[95_228], ""),
    ("validation", &[], INVALID),
    ("any", &[], ""),
];

/// The refusal that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    name: String,
    codes: Cow<'static, [i64]>,
    message: Cow<'static, str>,
}

impl Reject {
    /// Whether the answer is the refusal that was meant. `judged` is what status and envelope say of it.
    pub(super) fn judge<'a>(
        &self,
        reply: &Reply<'a>,
        judged: Result<(), CheckFailure<'a>>,
    ) -> Result<(), CheckFailure<'a>> {
        let Err(failure) = judged else {
            return Err(CheckFailure::check(format!("expected the refusal {}, found a success", self.name)));
        };
        let refused = matches!(failure.class, FailureClass::BusinessReject | FailureClass::Validation);
        if refused && self.is_meant(reply.status, &failure) { Ok(()) } else { Err(failure) }
    }

    /// By its own code where the code is one of a kind; else by its message.
    fn is_meant(&self, status: u16, failure: &CheckFailure<'_>) -> bool {
        let by_code = failure.code.is_some_and(|code| self.codes.contains(&code));
        let by_message = !self.message.is_empty() && failure.message.contains(&*self.message);
        // Inside HTTP 400 the code is 400 or 500 for every refusal: without a message all of them look the same.
        let unnamed = self.message.is_empty() && (status == 400 || self.codes.is_empty());
        by_code || by_message || unnamed
    }
}

impl<'de> Deserialize<'de> for Reject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Name(String),
            Own(Own),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Own {
            code: Option<i64>,
            message: Option<String>,
        }
        let example = "write a name such as \"insufficient_balance\", { code = 4002 } or { message = \"余额不足\" }";
        let written = Written::deserialize(deserializer);
        match written.map_err(|_| de::Error::custom(format!("expect_reject names a refusal; {example}")))? {
            Written::Own(Own { code: None, message: None }) => {
                Err(de::Error::custom(format!("expect_reject names nothing; {example}")))
            }
            Written::Own(Own { code, message }) => Ok(Self {
                name: message.clone().or(code.map(|code| code.to_string())).unwrap_or_default(),
                codes: code.into_iter().collect::<Vec<_>>().into(),
                // A message that no refusal has: only the code decides.
                message: message.map_or(Cow::Borrowed("\u{0}"), Cow::Owned),
            }),
            Written::Name(name) => {
                let known = KNOWN.iter().find(|(known, _, _)| name.eq_ignore_ascii_case(known));
                let Some((name, codes, message)) = known else {
                    let near = nearest(&name, KNOWN.map(|(known, _, _)| known));
                    let near = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                    return Err(de::Error::custom(format!("unknown refusal \"{name}\"{near}; {example}")));
                };
                Ok(Self { name: (*name).to_owned(), codes: Cow::Borrowed(codes), message: Cow::Borrowed(message) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check::{Envelope, Expectation, Profile};
    use crate::scenario::json::Outline;
    use crate::units::Micros;

    #[derive(Deserialize)]
    struct File {
        reject: Reject,
    }

    fn reject(text: &str) -> Result<Reject, String> {
        toml::from_str::<File>(&format!("reject = {text}")).map(|f| f.reject).map_err(|e| e.message().to_owned())
    }

    fn class(text: &str, profile: Profile, (status, body): (u16, &str)) -> Option<FailureClass> {
        let expectation = Expectation { envelope: Some(Envelope::of(profile)), ..Expectation::default() };
        let mut outline = Outline::default();
        let reply = Reply { status, head: b"", body: outline.read(body.as_bytes()), time: Micros::ZERO };
        let judged = expectation.judge(status, reply.body);
        reject(text).unwrap().judge(&reply, judged).err().map(|failure| failure.class)
    }

    #[test]
    fn a_provoked_refusal_is_a_success_and_everything_else_is_a_failure() {
        use FailureClass::{BusinessReject, Check, ServerError, Validation};
        use Profile::{Consume200, Consume400};
        let balance = (400, r#"{"code":500,"message":"账户余额不足"}"#);
        let frozen = (400, r#"{"code":500,"message":"账户已冻结"}"#);
        for (text, profile, answer, expected) in [
            ("\"insufficient_balance\"", Consume400, balance, None),
            ("\"INSUFFICIENT_BALANCE\"", Consume400, balance, None),
            ("\"insufficient_balance\"", Consume400, frozen, Some(BusinessReject)),
            ("\"insufficient_balance\"", Consume400, (200, r#"{"code":200}"#), Some(Check)),
            ("\"insufficient_balance\"", Consume400, (500, r#"{"code":500,"message":"余额不足"}"#), Some(ServerError)),
            ("\"insufficient_balance\"", Consume200, (200, r#"{"code":107264,"message":"x"}"#), None),
            ("\"account_frozen\"", Consume200, (200, r#"{"code":107264,"message":"x"}"#), Some(BusinessReject)),
            ("\"account_frozen\"", Consume400, frozen, None),
            ("\"validation\"", Consume400, (400, r#"{"code":400,"message":"参数验证失败: 金额"}"#), None),
            (
                "\"insufficient_balance\"",
                Consume400,
                (400, r#"{"code":400,"message":"参数验证失败: x"}"#),
                Some(Validation),
            ),
            ("{ code = 4002 }", Consume200, (200, r#"{"code":4002,"message":"x"}"#), None),
            ("{ code = 4002 }", Consume200, (200, r#"{"code":4003,"message":"x"}"#), Some(BusinessReject)),
            ("{ message = \"冻结\" }", Consume400, frozen, None),
            ("\"any\"", Consume200, (200, r#"{"code":1,"message":"x"}"#), None),
        ] {
            assert_eq!(class(text, profile, answer), expected, "{text} {profile:?} {answer:?}");
        }
    }

    #[test]
    fn a_refusal_that_does_not_exist_is_refused_with_the_nearest() {
        assert!(reject("\"insuficient_balance\"").unwrap_err().contains("did you mean \"insufficient_balance\"?"));
        assert!(reject("{}").unwrap_err().contains("names nothing"));
    }
}
