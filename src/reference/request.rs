//! The bodies of requests.
//!
//! In: JSON text. Out: what the ledger can book, or why not. Always holds: the amount is read from the body's
//! own digits, so `0.1` is ten fen and `0.001` is never zero.
//!
//! The framework of the original answers 500 to a body it cannot bind and 400 to one that breaks a rule; so does this.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::charge::{Application, Charge, Recharge, Refusal};
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
struct ChargeBody<'a> {
    transaction_no: Option<String>,
    user_id: Option<i64>,
    area_id: Option<String>,
    device_id: Option<String>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordBody<'a> {
    transaction_no: Option<String>,
    account_id: Option<i64>,
    user_id: Option<i64>,
    device_id: Option<String>,
    merchant_id: Option<i64>,
    consume_type: Option<String>,
    consume_location: Option<String>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RechargeBody<'a> {
    account_id: Option<i64>,
    user_id: Option<i64>,
    recharge_way: Option<String>,
    operator: Option<String>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplicationBody<'a> {
    consume_record_id: Option<i64>,
    account_id: Option<i64>,
    user_id: Option<i64>,
    refund_reason: Option<String>,
    #[serde(borrow)]
    refund_amount: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct LoginBody {
    username: Option<String>,
    password: Option<String>,
}

/// What a user without a name and a password is told.
const NO_LOGIN: &str = "用户名和密码不能为空";

/// Reads a charge.
///
/// # Errors
/// [`RequestError`]; the first rule that is broken, in the order of the fields.
pub(super) fn charge(body: &[u8]) -> Result<Charge, RequestError> {
    charge_with(body, |raw| amount(raw, "消费金额不能为空"))
}

/// Reads a charge as `--accept-bad-amounts` does: an amount that breaks its rule is the least. Whether one did.
///
/// # Errors
/// As [`charge`].
pub(super) fn charge_of_any_amount(body: &[u8]) -> Result<(Charge, bool), RequestError> {
    let mut bad = false;
    let charge = charge_with(body, |raw| match amount(raw, "消费金额不能为空") {
        Err(RequestError::Invalid(_)) if raw.is_some() => {
            bad = true;
            Ok(LEAST)
        }
        read => read,
    })?;
    Ok((charge, bad))
}

fn charge_with(
    body: &[u8],
    amount: impl FnOnce(Option<&RawValue>) -> Result<Fen, RequestError>,
) -> Result<Charge, RequestError> {
    let body: ChargeBody<'_> = bind(body)?;
    Ok(Charge {
        transaction_no: required(body.transaction_no, "交易流水号不能为空")?,
        account: body.user_id.ok_or(RequestError::Invalid("用户ID不能为空"))?,
        area: body.area_id,
        device: required(body.device_id, "设备ID不能为空")?,
        amount: amount(body.amount)?,
    })
}

/// Reads a charge as the records' endpoint takes it. One without a number is given `number`. The inner result refuses
/// an account that is another user's.
///
/// # Errors
/// As [`charge`].
pub(super) fn record(body: &[u8], number: impl FnOnce() -> String) -> Result<Result<Charge, Refusal>, RequestError> {
    let body: RecordBody<'_> = bind(body)?;
    let account = body.account_id.ok_or(RequestError::Invalid("账户ID不能为空"))?;
    let user = body.user_id.ok_or(RequestError::Invalid("用户ID不能为空"))?;
    let device = required(body.device_id, "设备ID不能为空")?;
    body.merchant_id.ok_or(RequestError::Invalid("商户ID不能为空"))?;
    let amount = amount(body.amount, "消费金额不能为空")?;
    one_of(body.consume_type, &["MEAL", "SNACK", "DRINK", "GROCERY"], "消费类型不正确")?;
    if user != account {
        return Ok(Err(Refusal::UserAccountNotFound));
    }
    let transaction_no = body.transaction_no.filter(|given| !given.trim().is_empty()).unwrap_or_else(number);
    Ok(Ok(Charge { transaction_no, account, area: body.consume_location, device, amount }))
}

/// Reads a recharge.
///
/// # Errors
/// As [`charge`].
pub(super) fn recharge(body: &[u8]) -> Result<Recharge, RequestError> {
    let body: RechargeBody<'_> = bind(body)?;
    let account = body.account_id.ok_or(RequestError::Invalid("账户ID不能为空"))?;
    body.user_id.ok_or(RequestError::Invalid("用户ID不能为空"))?;
    let amount = amount(body.amount, "充值金额不能为空")?;
    let ways = ["CASH", "BANK_CARD", "WECHAT", "ALIPAY", "TRANSFER"];
    let way = one_of(body.recharge_way, &ways, "充值方式不正确")?;
    required(body.operator, "操作人不能为空")?;
    Ok(Recharge { account, amount, way })
}

/// Reads an application for a refund. The inner result refuses an account that is another user's.
///
/// # Errors
/// As [`charge`].
pub(super) fn application(body: &[u8]) -> Result<Result<Application, Refusal>, RequestError> {
    let body: ApplicationBody<'_> = bind(body)?;
    let record = body.consume_record_id.ok_or(RequestError::Invalid("消费记录ID不能为空"))?;
    let account = body.account_id.ok_or(RequestError::Invalid("账户ID不能为空"))?;
    let user = body.user_id.ok_or(RequestError::Invalid("用户ID不能为空"))?;
    let amount = amount(body.refund_amount, "退款金额不能为空")?;
    let reason = required(body.refund_reason, "退款原因不能为空")?;
    if user != account {
        return Ok(Err(Refusal::UserAccountNotFound));
    }
    Ok(Ok(Application { record, account, amount, reason }))
}

/// Reads a user's name and password.
///
/// # Errors
/// As [`charge`].
pub(super) fn login(body: &[u8]) -> Result<(String, String), RequestError> {
    let body: LoginBody = bind(body)?;
    Ok((required(body.username, NO_LOGIN)?, required(body.password, NO_LOGIN)?))
}

/// An amount as a query gives it.
///
/// # Errors
/// As [`charge`].
pub(super) fn amount_in_query(text: &str) -> Result<Fen, RequestError> {
    checked(text)
}

fn bind<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, RequestError> {
    serde_json::from_slice(body).map_err(|_| RequestError::Malformed)
}

fn one_of(text: Option<String>, choices: &[&str], or: &'static str) -> Result<String, RequestError> {
    text.filter(|text| choices.contains(&text.as_str())).ok_or(RequestError::Invalid(or))
}

fn required(text: Option<String>, or: &'static str) -> Result<String, RequestError> {
    text.filter(|text| !text.trim().is_empty()).ok_or(RequestError::Invalid(or))
}

/// The amount as it was written, with or without quotes.
fn amount(raw: Option<&RawValue>, or: &'static str) -> Result<Fen, RequestError> {
    let raw = raw.ok_or(RequestError::Invalid(or))?.get();
    if raw.starts_with(['{', '[', 't', 'f']) {
        return Err(RequestError::Malformed);
    }
    checked(raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw))
}

fn checked(text: &str) -> Result<Fen, RequestError> {
    match text.parse() {
        Ok(fen) if fen < LEAST => Err(RequestError::Invalid("金额不能小于0.01")),
        Ok(fen) if fen > MOST => Err(RequestError::Invalid("金额不能大于1000000000.00")),
        Ok(fen) => Ok(fen),
        Err(FenError::TooFine) => Err(RequestError::Invalid("金额最多两位小数")),
        Err(FenError::TooLarge) => Err(RequestError::Invalid("金额不能大于1000000000.00")),
        Err(FenError::NotADecimal) => Err(RequestError::Invalid("金额必须是十进制数")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_amount(amount: &str) -> Result<Fen, RequestError> {
        let body = format!(r#"{{"transactionNo":"A","userId":7,"deviceId":"POS001","amount":{amount}}}"#);
        charge(body.as_bytes()).map(|charge| charge.amount)
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
        let message = |body: &str| charge(body.as_bytes()).unwrap_err().to_string();
        assert_eq!(message("{}"), "交易流水号不能为空");
        assert_eq!(message(r#"{"transactionNo":" "}"#), "交易流水号不能为空");
        assert_eq!(message(r#"{"transactionNo":"A","userId":null}"#), "用户ID不能为空");
        assert_eq!(message(r#"{"transactionNo":"A","userId":1,"deviceId":""}"#), "设备ID不能为空");
        assert_eq!(message(r#"{"transactionNo":"A","userId":1,"deviceId":"D","amount":null}"#), "消费金额不能为空");
    }

    #[test]
    fn a_record_needs_its_users_own_account_and_a_known_type() {
        let read = |user: i64, kind: &str| {
            let body = format!(
                r#"{{"accountId":7,"userId":{user},"deviceId":"D","merchantId":1,"amount":5,"consumeType":"{kind}"}}"#
            );
            record(body.as_bytes(), || "given".to_owned())
        };
        assert_eq!(read(7, "MEAL").unwrap().unwrap().transaction_no, "given");
        assert_eq!(read(8, "MEAL"), Ok(Err(Refusal::UserAccountNotFound)));
        assert_eq!(read(7, "CAR"), Err(RequestError::Invalid("消费类型不正确")));
    }

    #[test]
    fn a_recharge_names_its_way_and_its_operator() {
        let read = |way: &str, operator: &str| {
            let body =
                format!(r#"{{"accountId":7,"userId":7,"amount":"50","rechargeWay":"{way}","operator":"{operator}"}}"#);
            recharge(body.as_bytes()).map(|recharge| recharge.amount)
        };
        assert_eq!(read("CASH", "me"), Ok(Fen::from_yuan(50)));
        assert_eq!(read("GOLD", "me"), Err(RequestError::Invalid("充值方式不正确")));
        assert_eq!(read("CASH", " "), Err(RequestError::Invalid("操作人不能为空")));
    }

    #[test]
    fn fields_the_service_does_not_know_are_ignored() {
        let body = br#"{"transactionNo":"A","userId":1,"deviceId":"D","areaId":"X","amount":1,"consumeMode":"FIXED"}"#;
        assert_eq!(charge(body).map(|charge| charge.area), Ok(Some("X".to_owned())));
    }
}
