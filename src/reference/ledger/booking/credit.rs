//! Money put on an account, and money given back.
//!
//! In: a recharge or a refund, within a batch. Out: what it did, or its refusal. Always holds: no record gives back more
//! than it took.

use rusqlite::{OptionalExtension, params};

use super::{Batch, Outcome};
use crate::reference::charge::{Booked, Moved, Recharge, Refund, Refusal};
use crate::reference::day::{Booking, Entry};
use crate::reference::money::Fen;

const INSERT_RECHARGE: &str = "
    INSERT INTO t_consume_recharge (account_id, amount_fen, recharge_way, balance_after_fen, recharge_time_ms)
    VALUES (?1, ?2, ?3, ?4, ?5)";

const REFUNDABLE: &str = "
    SELECT account_id, amount_fen - refund_amount_fen, consume_status FROM t_consume_record WHERE record_id = ?1";

const REFUND_RECORD: &str = "
    UPDATE t_consume_record SET refund_amount_fen = refund_amount_fen + ?2, consume_status = ?3 WHERE record_id = ?1";

impl Batch<'_> {
    pub(super) fn recharge(&self, recharge: &Recharge) -> Outcome {
        let Some(before) = self.balance(recharge.account)? else { return Ok(Err(Refusal::AccountNotFound)) };
        let Some(after) = before.plus(recharge.amount) else { return Ok(Err(Refusal::AmountLimit)) };
        self.transaction.prepare_cached(INSERT_RECHARGE)?.execute(params![
            recharge.account,
            recharge.amount.get(),
            recharge.way,
            after.get(),
            self.now
        ])?;
        let id = self.transaction.last_insert_rowid();
        self.set_balance(recharge.account, after)?;
        let moved = Moved { before, after };
        let entry = Entry { id, account: recharge.account, moved, left: after, at: self.now };
        self.write_both(&Booking::Recharge(recharge), entry)?;
        Ok(Ok(Booked { id, moved, at: self.now, fault: None }))
    }

    pub(super) fn refund(&self, refund: Refund) -> Outcome {
        let found: Option<(i64, i64, i64)> = self
            .transaction
            .prepare_cached(REFUNDABLE)?
            .query_row([refund.record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((account, refundable, status)) = found else { return Ok(Err(Refusal::TransactionNotFound)) };
        let refundable = Fen::new(refundable);
        let amount = refund.amount.unwrap_or(refundable);
        let Some(before) = self.balance(account)? else { return Ok(Err(Refusal::AccountNotFound)) };
        let (1, true, Some(after)) = (status, amount <= refundable, before.plus(amount)) else {
            return Ok(Err(Refusal::TransactionStatus));
        };
        let status = if refund.cancels { 3 } else { 1 + i64::from(amount == refundable) };
        self.transaction.prepare_cached(REFUND_RECORD)?.execute(params![refund.record, amount.get(), status])?;
        self.set_balance(account, after)?;
        let moved = Moved { before, after };
        let entry = Entry { id: refund.record, account, moved, left: after, at: self.now };
        let still = Fen::new(refundable.get() - amount.get());
        self.write_both(&Booking::Refund(still), entry)?;
        Ok(Ok(Booked { id: refund.record, moved, at: self.now, fault: None }))
    }

    pub(super) fn balance(&self, account: i64) -> rusqlite::Result<Option<Fen>> {
        self.transaction
            .prepare_cached("SELECT balance_fen FROM t_consume_account WHERE account_id = ?1")?
            .query_row([account], |row| row.get(0).map(Fen::new))
            .optional()
    }

    pub(super) fn set_balance(&self, account: i64, balance: Fen) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached("UPDATE t_consume_account SET balance_fen = ?2 WHERE account_id = ?1")?
            .execute(params![account, balance.get()])?;
        Ok(())
    }
}
