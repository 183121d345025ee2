//! The body of a charge request.
//!
//! In: JSON text. Out: a [`Charge`] the ledger can book, or why not. Always holds: the amount is read from the body's
//! own digits, so `0.1` is ten fen and `0.001` is never zero.
//!
//! The framework of the original answers 500 to a body it cannot bind and 400 to one that breaks a rule; so does this.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::charge::Charge;
use super::money::{Fen, FenError};

/// The most one charge may take.
const MOST: Fen = Fen::from_yuan(1_000_000_000);
/// The least.
const LEAST: Fen = Fen::new(1);

/// Why a body is not a charge.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum RequestError {
    /// Its content type says that it is something else.
    #[error("the body is not announced as JSON")]
    NotJson,
    /// Not JSON, or a field of the wrong kind.
    #[error("the body cannot be bound")]
    Malformed,
    /// A field that breaks its rule; the text says which, in the language of the contract.
    #[error("{0}")]
    Invalid(&'static str),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    transaction_no: Option<String>,
    user_id: Option<i64>,
    area_id: Option<String>,
    device_id: Option<String>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
}

/// Reads a charge.
///
/// # Errors
/// [`RequestError`]; the first rule that is broken, in the order of the fields.
pub(super) fn parse(body: &[u8]) -> Result<Charge, RequestError> {
    let body: Body<'_> = serde_json::from_slice(body).map_err(|_| RequestError::Malformed)?;
    Ok(Charge {
        transaction_no: required(body.transaction_no, "交易流水号不能为空")?,
        account: body.user_id.ok_or(RequestError::Invalid("用户ID不能为空"))?,
        area: body.area_id,
        device: required(body.device_id, "设备ID不能为空")?,
        amount: amount(body.amount.ok_or(RequestError::Invalid("消费金额不能为空"))?)?,
    })
}

fn required(text: Option<String>, or: &'static str) -> Result<String, RequestError> {
    text.filter(|text| !text.trim().is_empty()).ok_or(RequestError::Invalid(or))
}

/// The amount as it was written, with or without quotes.
fn amount(raw: &RawValue) -> Result<Fen, RequestError> {
    let raw = raw.get();
    let text = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    if raw.starts_with(['{', '[', 't', 'f']) {
        return Err(RequestError::Malformed);
    }
    match text.parse() {
        Ok(fen) if fen < LEAST => Err(RequestError::Invalid("消费金额不能小于0.01")),
        Ok(fen) if fen > MOST => Err(RequestError::Invalid("消费金额不能大于1000000000.00")),
        Ok(fen) => Ok(fen),
        Err(FenError::TooFine) => Err(RequestError::Invalid("消费金额最多两位小数")),
        Err(FenError::TooLarge) => Err(RequestError::Invalid("消费金额不能大于1000000000.00")),
        Err(FenError::NotADecimal) => Err(RequestError::Invalid("消费金额必须是十进制数")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_amount(amount: &str) -> Result<Fen, RequestError> {
        let body = format!(r#"{{"transactionNo":"A","userId":7,"deviceId":"POS001","amount":{amount}}}"#);
        parse(body.as_bytes()).map(|charge| charge.amount)
    }

    #[test]
    fn amounts_are_exact_as_numbers_and_as_strings() {
        for (text, fen) in [("0.01", 1), ("\"10.50\"", 1050), ("10.5", 1050), ("1000000000.00", 100_000_000_000)] {
            assert_eq!(with_amount(text), Ok(Fen::new(fen)), "{text}");
        }
        // 0.29 * 100 is 28.999... in floats.
        assert_eq!(with_amount("0.29"), Ok(Fen::new(29)));
    }

    #[test]
    fn amounts_below_a_cent_or_with_three_decimals_are_refused() {
        for text in [
            "0",
            "0.00",
            "-1",
            "0.001",
            "10.001",
            "0.010000000000000000000000001",
            "1000000000.01",
            "1e30",
            "\"abc\"",
            "\"\"",
            "99999999999999999999",
        ] {
            assert!(matches!(with_amount(text), Err(RequestError::Invalid(_))), "{text}: {:?}", with_amount(text));
        }
    }

    #[test]
    fn an_amount_that_is_no_number_at_all_cannot_be_bound() {
        for text in ["{}", "[1]", "true", "nonsense"] {
            assert_eq!(with_amount(text), Err(RequestError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_required_field_that_is_missing_null_or_blank_is_named() {
        let message = |body: &str| parse(body.as_bytes()).unwrap_err().to_string();
        assert_eq!(message("{}"), "交易流水号不能为空");
        assert_eq!(message(r#"{"transactionNo":" "}"#), "交易流水号不能为空");
        assert_eq!(message(r#"{"transactionNo":"A","userId":null}"#), "用户ID不能为空");
        assert_eq!(message(r#"{"transactionNo":"A","userId":1,"deviceId":""}"#), "设备ID不能为空");
        assert_eq!(message(r#"{"transactionNo":"A","userId":1,"deviceId":"D","amount":null}"#), "消费金额不能为空");
    }

    #[test]
    fn fields_the_service_does_not_know_are_ignored() {
        let body = br#"{"transactionNo":"A","userId":1,"deviceId":"D","areaId":"X","amount":1,"consumeMode":"FIXED"}"#;
        assert_eq!(parse(body).map(|charge| charge.area), Ok(Some("X".to_owned())));
    }
}
