//! What is asked of the ledger, and what it answers.
//!
//! In: a validated request. Out: what was booked, or why it was refused. Always holds: a refusal left no trace.

use std::sync::Arc;

use super::faults::Fault;
use super::money::Fen;

/// Money to be taken off an account, under a number that is used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// Unique over all charges.
    pub(super) transaction_no: String,
    /// The user, who is also the account.
    pub(super) account: i64,
    /// Where, if the terminal said so.
    pub(super) area: Option<String>,
    /// The terminal.
    pub(super) device: String,
    /// At least one fen.
    pub(super) amount: Fen,
}

/// Money to be put on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recharge {
    /// The account, whose user has the same number.
    pub(super) account: i64,
    /// At least one fen.
    pub(super) amount: Fen,
    /// `CASH`, `WECHAT`, ...
    pub(super) way: String,
}

/// Money to be given back for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refund {
    /// The record of the charge.
    pub(super) record: i64,
    /// How much of what is left of it; `None` is all of it.
    pub(super) amount: Option<Fen>,
    /// Whether the record ends as cancelled and not as refunded.
    pub(super) cancels: bool,
}

/// A wish for money back, which somebody has to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Application {
    /// The record of the charge.
    pub(super) record: i64,
    /// Whose account it was taken from.
    pub(super) account: i64,
    /// At least one fen.
    pub(super) amount: Fen,
    /// As the user gave it.
    pub(super) reason: String,
}

/// What becomes of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It may be executed.
    Approve,
    /// It may not, unless it is submitted again.
    Reject,
    /// Its money goes back.
    Execute,
    /// It is withdrawn.
    Cancel,
    /// It waits for another decision.
    Resubmit,
}

/// One thing for the writer to book.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// Shared with the handler, which answers with it.
    Charge(Arc<Charge>),
    /// Put money on.
    Recharge(Recharge),
    /// Give money back.
    Refund(Refund),
    /// Ask for money back.
    Apply(Application),
    /// Decide on an application, by its number.
    Decide(i64, Decision),
}

/// A balance before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    /// What was there.
    pub(super) before: Fen,
    /// What is there now: never negative.
    pub(super) after: Fen,
}

/// A committed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Booked {
    /// The record, or the recharge.
    pub(super) id: i64,
    /// What it did to the account.
    pub(super) moved: Moved,
    /// When it was booked: milliseconds of wall time since 1970.
    pub(super) at: i64,
    /// What went wrong with it, on purpose.
    pub(super) fault: Option<Fault>,
}

/// Why nothing was booked.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No such account.
    #[error("账户不存在")]
    AccountNotFound,
    /// The account belongs to another user.
    #[error("用户账户不存在")]
    UserAccountNotFound,
    /// The account is frozen.
    #[error("账户已冻结")]
    AccountFrozen,
    /// The account is closed.
    #[error("账户状态异常，账户已注销")]
    AccountClosed,
    /// Less on the account than asked for.
    #[error("账户余额不足")]
    InsufficientBalance,
    /// More than one charge may take.
    #[error("单笔消费金额超出限额2000.00")]
    AmountLimit,
    /// More than the account may spend in a day.
    #[error("超出每日消费限额")]
    DailyLimit,
    /// The terminal is out of service.
    #[error("设备离线或已停用")]
    DeviceOffline,
    /// The user may not spend in this area.
    #[error("无权限在该区域消费")]
    PermissionDenied,
    /// The number was used for another charge.
    #[error("交易流水号重复，请勿重复提交")]
    Duplicate,
    /// The same user, device and amount within the minute.
    #[error("重复交易，请稍后再试")]
    Repeated,
    /// No such transaction.
    #[error("交易不存在")]
    TransactionNotFound,
    /// Cancelled, refunded, or less left of it than asked for.
    #[error("交易状态不允许此操作")]
    TransactionStatus,
}

impl Refusal {
    /// The contract's business code.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::AccountNotFound => "ACCOUNT_NOT_FOUND",
            Self::UserAccountNotFound => "USER_ACCOUNT_NOT_FOUND",
            Self::AccountFrozen => "ACCOUNT_FROZEN",
            Self::AccountClosed => "ACCOUNT_STATUS_INVALID",
            Self::InsufficientBalance => "INSUFFICIENT_BALANCE",
            Self::AmountLimit => "AMOUNT_LIMIT_EXCEEDED",
            Self::DailyLimit => "DAILY_LIMIT_EXCEEDED",
            Self::DeviceOffline => "DEVICE_OFFLINE",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Duplicate | Self::Repeated => "TRANSACTION_DUPLICATE",
            Self::TransactionNotFound => "TRANSACTION_NOT_FOUND",
            Self::TransactionStatus => "TRANSACTION_STATUS_INVALID",
        }
    }
}
