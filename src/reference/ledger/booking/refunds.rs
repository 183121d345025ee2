//! The chain of a refund: applied for, decided, executed.
//!
//! In: an application or a decision, within a batch. Out: the refund's number, or the refusal. Always holds: money moves in
//! the execution alone, once; a step that the refund's state does not allow changes nothing.

use rusqlite::{OptionalExtension, params};

use super::{Batch, Outcome};
use crate::reference::charge::{Application, Booked, Decision, Moved, Refund, Refusal};
use crate::reference::money::Fen;

const RECORD: &str = "
    SELECT account_id, amount_fen - refund_amount_fen, consume_status FROM t_consume_record WHERE record_id = ?1";

const APPLY: &str = "
    INSERT INTO t_consume_refund (record_id, account_id, amount_fen, reason) VALUES (?1, ?2, ?3, ?4)";

const APPLIED: &str = "
    SELECT record_id, account_id, amount_fen, refund_status FROM t_consume_refund WHERE refund_id = ?1";

impl Decision {
    /// The states in which it can be taken, and the one it leads to.
    const fn step(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Approve => (&["PENDING"], "APPROVED"),
            Self::Reject => (&["PENDING"], "REJECTED"),
            Self::Execute => (&["APPROVED"], "EXECUTED"),
            Self::Cancel => (&["PENDING", "APPROVED", "REJECTED"], "CANCELLED"),
            Self::Resubmit => (&["REJECTED"], "PENDING"),
        }
    }
}

impl Batch<'_> {
    /// Holds an application against its record, and keeps it.
    pub(super) fn apply(&self, application: &Application) -> Outcome {
        let found: Option<(i64, i64, i64)> = self
            .transaction
            .prepare_cached(RECORD)?
            .query_row([application.record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((account, left, status)) = found else { return Ok(Err(Refusal::TransactionNotFound)) };
        if account != application.account {
            return Ok(Err(Refusal::UserAccountNotFound));
        }
        if status != 1 || application.amount.get() > left {
            return Ok(Err(Refusal::TransactionStatus));
        }
        let id = self.transaction.prepare_cached(APPLY)?.insert(params![
            application.record,
            account,
            application.amount.get(),
            application.reason,
        ])?;
        self.unmoved(id, account)
    }

    /// Takes a refund one step on.
    pub(super) fn decide(&self, refund: i64, decision: Decision) -> Outcome {
        let found: Option<(i64, i64, i64, String)> = self
            .transaction
            .prepare_cached(APPLIED)?
            .query_row([refund], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((record, account, amount, status)) = found else { return Ok(Err(Refusal::TransactionNotFound)) };
        let (from, to) = decision.step();
        if !from.contains(&status.as_str()) {
            return Ok(Err(Refusal::TransactionStatus));
        }
        let done = if decision == Decision::Execute {
            self.refund(Refund { record, amount: Some(Fen::new(amount)), cancels: false })?
        } else {
            self.unmoved(refund, account)?
        };
        if done.is_ok() {
            let set = "UPDATE t_consume_refund SET refund_status = ?2 WHERE refund_id = ?1";
            self.transaction.prepare_cached(set)?.execute(params![refund, to])?;
        }
        Ok(done.map(|booked| Booked { id: refund, ..booked }))
    }

    /// A step that moved no money.
    fn unmoved(&self, id: i64, account: i64) -> Outcome {
        let Some(balance) = self.balance(account)? else { return Ok(Err(Refusal::AccountNotFound)) };
        Ok(Ok(Booked { id, moved: Moved { before: balance, after: balance }, at: self.now, fault: None }))
    }
}
