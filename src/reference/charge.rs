//! One charge: what is asked of the ledger, and what it answers.
//!
//! In: a validated request. Out: the charge as it was booked, or why it was refused. Always holds: a refusal left no
//! trace.

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

/// A balance before and after a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// What was there.
    pub(super) before: Fen,
    /// What is left: never negative.
    pub(super) after: Fen,
}

/// A committed charge.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Charged {
    /// What was asked.
    pub(super) charge: Charge,
    /// What it did to the account.
    pub(super) taken: Taken,
    /// When it was booked: milliseconds of wall time since 1970.
    pub(super) at: i64,
}

/// Why the ledger took nothing.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `ACCOUNT_NOT_FOUND`
    #[error("账户不存在")]
    AccountNotFound,
    /// `INSUFFICIENT_BALANCE`
    #[error("账户余额不足")]
    InsufficientBalance,
    /// `TRANSACTION_DUPLICATE`
    #[error("交易流水号重复，请勿重复提交")]
    Duplicate,
}
