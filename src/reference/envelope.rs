//! What the service answers with: the contract's envelope, and the framework's own body where no handler was reached.
//!
//! In: data or a refusal. Out: an HTTP response in the profile of the service. Always holds: which status and which
//! number say what is `profile`'s to know; here they are only written down.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::charge::Refusal;
use super::profile::EnvelopeProfile;
use super::request::RequestError;
use super::wall_clock;

/// What the original says to whatever it did not foresee.
const UNFORESEEN: &str = "系统运行时异常，请稍后重试";

/// The third generation's fields; its getters show up as four flags.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Third<'a, T> {
    code: u32,
    message: &'a str,
    data: Option<T>,
    timestamp: i64,
    success: bool,
    error: bool,
    user_error: bool,
    system_error: bool,
}

/// The second generation's fields.
#[derive(Serialize)]
struct Second<'a, T> {
    code: u32,
    message: &'a str,
    data: Option<T>,
    timestamp: i64,
}

/// The first generation's fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct First<'a, T> {
    code: u32,
    level: Option<&'a str>,
    ok: bool,
    msg: &'a str,
    data: Option<T>,
    data_type: u8,
}

impl<'a, T: Serialize> Third<'a, T> {
    fn new(code: u32, message: &'a str, data: Option<T>) -> Self {
        Self {
            code,
            message,
            data,
            timestamp: wall_clock::now_millis(),
            success: code == 200,
            error: code != 200,
            user_error: (400..500).contains(&code),
            system_error: code >= 500,
        }
    }
}

#[derive(Serialize)]
struct FrameworkError<'a> {
    timestamp: String,
    status: u16,
    error: &'a str,
    path: &'a str,
}

impl EnvelopeProfile {
    /// HTTP 200 with `data`.
    pub(super) fn answer(self, data: impl Serialize) -> Response {
        let message = if self == Self::CodeZero { "操作成功" } else { "success" };
        self.write((StatusCode::OK, self.success()), message, Some(data))
    }

    /// A business refusal.
    pub(super) fn refused(self, refusal: Refusal) -> Response {
        self.failure(self.refusal(refusal.code()), &refusal.to_string())
    }

    /// A refused charge as the records' endpoint words it: always the same code, the reason in the message.
    pub(super) fn deduction_failed(self, refusal: Refusal) -> Response {
        self.failure(self.refusal("DEDUCT_FAILED"), &format!("扣款失败: {refusal}"))
    }

    /// A body that breaks a rule is a validation failure; one that cannot be bound is 500; one that is not JSON never
    /// reaches the handler of the original.
    pub(super) fn rejected(self, error: RequestError, path: &str) -> Response {
        match error {
            RequestError::NotJson => framework(StatusCode::UNSUPPORTED_MEDIA_TYPE, path),
            RequestError::Invalid(rule) => self.failure(self.validation(), &format!("参数验证失败: {rule}")),
            RequestError::Malformed => self.unforeseen(),
        }
    }

    /// HTTP 500, code 500: the ledger failed, or the request could not be bound.
    pub(super) fn unforeseen(self) -> Response {
        self.failure((StatusCode::INTERNAL_SERVER_ERROR, 500), UNFORESEEN)
    }

    /// HTTP 401, code 401, as the gateway says it.
    pub(super) fn unauthorized(self, message: &str) -> Response {
        self.failure((StatusCode::UNAUTHORIZED, 401), message)
    }

    /// HTTP 429, code 429.
    pub(super) fn too_many(self) -> Response {
        self.failure((StatusCode::TOO_MANY_REQUESTS, 429), "请求过于频繁，请稍后重试")
    }

    fn failure(self, said: (StatusCode, u32), message: &str) -> Response {
        self.write(said, message, None::<()>)
    }

    fn write<T: Serialize>(self, (status, code): (StatusCode, u32), message: &str, data: Option<T>) -> Response {
        match self {
            Self::Http400 => (status, Json(Third::new(code, message, data))).into_response(),
            Self::Http200 => {
                let timestamp = wall_clock::now_millis();
                (status, Json(Second { code, message, data, timestamp })).into_response()
            }
            Self::CodeZero => {
                let ok = code == self.success();
                let level = if ok { None } else { Some("user") };
                (status, Json(First { code, level, ok, msg: message, data, data_type: 1 })).into_response()
            }
        }
    }
}

/// The framework's body for what no handler takes: 404, 405, 415.
pub(super) fn framework(status: StatusCode, path: &str) -> Response {
    let body = FrameworkError {
        timestamp: wall_clock::iso(wall_clock::now_millis()),
        status: status.as_u16(),
        error: status.canonical_reason().unwrap_or_default(),
        path,
    };
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_follow_the_code() {
        let flags = |code| {
            let envelope = Third::<()>::new(code, "", None);
            [envelope.success, envelope.error, envelope.user_error, envelope.system_error]
        };
        assert_eq!(flags(200), [true, false, false, false]);
        assert_eq!(flags(400), [false, true, true, false]);
        assert_eq!(flags(500), [false, true, false, true]);
    }

    #[test]
    fn an_envelope_has_the_contracts_fields_and_an_explicit_null() {
        let mut envelope = Third::<()>::new(500, "账户余额不足", None);
        envelope.timestamp = 1;
        assert_eq!(
            serde_json::to_string(&envelope).unwrap(),
            r#"{"code":500,"message":"账户余额不足","data":null,"timestamp":1,"success":false,"error":true,"userError":false,"systemError":true}"#
        );
    }
}
