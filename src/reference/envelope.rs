//! What the service answers with: the contract's envelope, and the framework's own body where no handler was reached.
//!
//! In: data or a refusal. Out: an HTTP response. Always holds: the HTTP status and the `code` inside are independent,
//! as in the original: a business refusal is HTTP 400 with code 500.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::charge::{Charged, Refusal};
use super::money::Fen;
use super::request::RequestError;
use super::wall_clock;

/// What the original says to whatever it did not foresee.
const UNFORESEEN: &str = "系统运行时异常，请稍后重试";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, T> {
    code: u16,
    message: &'a str,
    data: Option<T>,
    timestamp: i64,
    success: bool,
    error: bool,
    user_error: bool,
    system_error: bool,
}

impl<'a, T: Serialize> Envelope<'a, T> {
    fn new(code: u16, message: &'a str, data: Option<T>) -> Self {
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

/// What a charge that was booked is answered with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt<'a> {
    transaction_no: &'a str,
    user_id: i64,
    amount: Fen,
    balance_before: Fen,
    balance_after: Fen,
    status: &'static str,
    transaction_time: String,
}

#[derive(Serialize)]
struct FrameworkError<'a> {
    timestamp: String,
    status: u16,
    error: &'a str,
    path: &'a str,
}

/// 200 with `data`.
pub(super) fn success(data: impl Serialize) -> Response {
    Json(Envelope::new(200, "success", Some(data))).into_response()
}

/// 200 with the receipt of a charge.
pub(super) fn receipt(charged: &Charged) -> Response {
    success(Receipt {
        transaction_no: &charged.charge.transaction_no,
        user_id: charged.charge.account,
        amount: charged.charge.amount,
        balance_before: charged.taken.before,
        balance_after: charged.taken.after,
        status: "SUCCESS",
        transaction_time: wall_clock::date_time(charged.at),
    })
}

/// A business refusal: HTTP 400, code 500.
pub(super) fn refused(refusal: Refusal) -> Response {
    failure(StatusCode::BAD_REQUEST, 500, &refusal.to_string())
}

/// A body that breaks a rule is HTTP 400 with code 400; one that cannot be bound is 500 twice; one that is not JSON
/// never reaches the handler of the original.
pub(super) fn rejected(error: RequestError, path: &str) -> Response {
    match error {
        RequestError::NotJson => framework(StatusCode::UNSUPPORTED_MEDIA_TYPE, path),
        RequestError::Invalid(rule) => failure(StatusCode::BAD_REQUEST, 400, &format!("参数验证失败: {rule}")),
        RequestError::Malformed => unforeseen(),
    }
}

/// HTTP 500, code 500: the ledger failed, or the request could not be bound.
pub(super) fn unforeseen() -> Response {
    failure(StatusCode::INTERNAL_SERVER_ERROR, 500, UNFORESEEN)
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

fn failure(status: StatusCode, code: u16, message: &str) -> Response {
    (status, Json(Envelope::<()>::new(code, message, None))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_follow_the_code() {
        let flags = |code| {
            let envelope = Envelope::<()>::new(code, "", None);
            [envelope.success, envelope.error, envelope.user_error, envelope.system_error]
        };
        assert_eq!(flags(200), [true, false, false, false]);
        assert_eq!(flags(400), [false, true, true, false]);
        assert_eq!(flags(500), [false, true, false, true]);
    }

    #[test]
    fn an_envelope_has_the_contracts_fields_and_an_explicit_null() {
        let mut envelope = Envelope::<()>::new(500, "账户余额不足", None);
        envelope.timestamp = 1;
        assert_eq!(
            serde_json::to_string(&envelope).unwrap(),
            r#"{"code":500,"message":"账户余额不足","data":null,"timestamp":1,"success":false,"error":true,"userError":false,"systemError":true}"#
        );
    }
}
