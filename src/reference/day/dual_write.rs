//! The second family: every movement of the ledger is written to the old tables' flow and to the new tables.
//!
//! In: what the ledger has just booked, in its own transaction. Out: the old family's flow; the new family's
//! transaction, flow, recharge and account. Always holds: both families are committed together, or neither is, but for
//! the share of movements that an option drops.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::counts::Counts;
use super::faults::DayFaults;
use super::validator::Report;
use crate::reference::charge::{Charge, Moved, Recharge};
use crate::reference::faults::{Fault, Tally};
use crate::reference::money::Fen;
use crate::reference::share::Every;
use crate::reference::wall_clock;

const OLD_FLOW: &str = "
    INSERT INTO t_consume_account_transaction
        (account_id, user_id, transaction_type, transaction_no, business_no, amount, balance_before, balance_after,
         related_record_id, related_order_no, transaction_time, create_time, update_time)
    VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10)";

const NEW_FLOW: &str = "
    INSERT INTO POSID_CAPITAL_FLOW
        (flow_id, account_id, flow_type, amount, balance_before, balance_after, related_record_id, related_order_no,
         transaction_no, create_time)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const NEW_TRANSACTION: &str = "
    INSERT INTO POSID_TRANSACTION
        (transaction_id, account_id, user_id, user_name, device_id, amount, consume_mode, consume_type, payment_method,
         order_no, transaction_no, consume_time, consume_location, create_time, update_time)
    VALUES (?1, ?2, ?2, ?3, ?4, ?5, 'FIXED_AMOUNT', 'MEAL', 'BALANCE', ?6, ?7, ?8, ?9, ?8, ?8)";

const NEW_RECHARGE: &str = "
    INSERT INTO POSID_RECHARGE_ORDER
        (recharge_id, account_id, user_id, recharge_no, recharge_amount, payment_method, order_status, pay_time,
         success_time, create_time, update_time)
    VALUES (?1, ?2, ?2, ?3, ?4, ?5, 3, ?6, ?6, ?6, ?6)";

/// What was given back is read from the old family, so that both say the same of it.
const NEW_REFUND: &str = "
    UPDATE POSID_TRANSACTION SET (consume_status, refund_amount, refund_status, refund_time, update_time) =
        (SELECT consume_status, refund_amount, 1 + (refund_amount_fen = amount_fen), ?2, ?2
         FROM t_consume_record WHERE record_id = ?1)
    WHERE transaction_id = ?1";

const NEW_BALANCE: &str = "
    UPDATE POSID_ACCOUNT SET balance = ?2, version = version + 1, update_time = ?3,
        last_consume_time = iif(?4 = 'CONSUME', ?3, last_consume_time),
        last_recharge_time = iif(?4 = 'RECHARGE', ?3, last_recharge_time)
    WHERE account_id = ?1";

/// Writes movements to both families.
pub(in crate::reference) struct DualWrite {
    dropped: Every,
    counts: Arc<Counts>,
    tally: Arc<Tally>,
}

/// What the ledger booked.
pub(in crate::reference) enum Booking<'a> {
    /// A charge.
    Charge(&'a Charge),
    /// A recharge.
    Recharge(&'a Recharge),
    /// Money given back for a record, and what is left of that.
    Refund(Fen),
}

/// A booking as the ledger has it.
#[derive(Clone, Copy)]
pub(in crate::reference) struct Entry {
    /// The record's number, or the recharge's.
    pub(in crate::reference) id: i64,
    pub(in crate::reference) account: i64,
    /// What it is said to have done to the account.
    pub(in crate::reference) moved: Moved,
    /// What the account has now, which differs where an update was lost.
    pub(in crate::reference) left: Fen,
    /// When it was booked: milliseconds since 1970.
    pub(in crate::reference) at: i64,
}

/// An entry as both families write it.
struct Line {
    kind: &'static str,
    /// The transaction's number, and the business's.
    numbers: (String, String),
    amount: Fen,
    before: String,
    after: String,
    /// Its record and the record's order.
    record: Option<(i64, String)>,
    at: String,
}

impl DualWrite {
    /// Drops what `faults` say, from the first movement on.
    pub(super) fn new(faults: &DayFaults, counts: Arc<Counts>, tally: Arc<Tally>) -> Self {
        // The last phase takes its first early, so that a small share shows in a history of a few hundred movements.
        Self { dropped: Every::new(faults.drop_dual_write, 7), counts, tally }
    }

    /// Writes a booking to both families, on the connection whose transaction holds it.
    ///
    /// # Errors
    /// The database's own.
    pub(in crate::reference) fn write(
        &self,
        connection: &Connection,
        booking: &Booking<'_>,
        entry: Entry,
    ) -> rusqlite::Result<()> {
        let line = Line::of(booking, entry);
        let flow = write_old(connection, entry.account, &line)?;
        self.counts.old.add();
        if self.dropped.takes_next() {
            self.tally.count(Fault::DropDualWrite);
            return Ok(());
        }
        write_new_flow(connection, (flow, entry.account), &line)?;
        match booking {
            Booking::Charge(charge) => write_new_transaction(connection, (entry, charge), &line)?,
            Booking::Recharge(recharge) => write_new_recharge(connection, (entry, recharge), &line)?,
            Booking::Refund(_) => {
                connection.prepare_cached(NEW_REFUND)?.execute(params![entry.id, line.at])?;
            }
        }
        let mut balance = connection.prepare_cached(NEW_BALANCE)?;
        balance.execute(params![entry.account, entry.left.to_string(), line.at, line.kind])?;
        self.counts.new.add();
        Ok(())
    }

    /// Writes a pass of the validator down, in one transaction.
    ///
    /// # Errors
    /// The database's own.
    pub(in crate::reference) fn log(&self, connection: &Connection, report: &Report) -> rusqlite::Result<()> {
        let transaction = connection.unchecked_transaction()?;
        report.write(&transaction)?;
        transaction.commit()?;
        self.counts.validated(report.rate());
        Ok(())
    }
}

impl Line {
    fn of(booking: &Booking<'_>, Entry { id, moved, at, .. }: Entry) -> Self {
        let order = || format!("ORD{id}");
        let (kind, numbers, record) = match booking {
            Booking::Charge(charge) => ("CONSUME", (charge.transaction_no.clone(), order()), Some((id, order()))),
            Booking::Recharge(_) => ("RECHARGE", (format!("RCG{id}"), format!("RCG{id}")), None),
            // What is left is less each time, so that the number is one refund's alone.
            Booking::Refund(left) => ("REFUND", (format!("RFD{id}-{}", left.get()), order()), Some((id, order()))),
        };
        Self {
            kind,
            numbers,
            amount: Fen::new(moved.after.get() - moved.before.get()),
            before: moved.before.to_string(),
            after: moved.after.to_string(),
            record,
            at: wall_clock::stored(at),
        }
    }

    fn record(&self) -> Option<i64> {
        self.record.as_ref().map(|(id, _)| *id)
    }

    fn order(&self) -> Option<&str> {
        self.record.as_ref().map(|(_, order)| order.as_str())
    }
}

fn write_old(connection: &Connection, account: i64, line: &Line) -> rusqlite::Result<i64> {
    connection.prepare_cached(OLD_FLOW)?.insert(params![
        account,
        line.kind,
        line.numbers.0,
        line.numbers.1,
        line.amount.to_string(),
        line.before,
        line.after,
        line.record(),
        line.order(),
        line.at,
    ])
}

fn write_new_flow(connection: &Connection, (flow, account): (i64, i64), line: &Line) -> rusqlite::Result<()> {
    connection.prepare_cached(NEW_FLOW)?.execute(params![
        flow,
        account,
        line.kind,
        line.amount.to_string(),
        line.before,
        line.after,
        line.record(),
        line.order(),
        line.numbers.0,
        line.at,
    ])?;
    Ok(())
}

fn write_new_transaction(
    connection: &Connection,
    (entry, charge): (Entry, &Charge),
    line: &Line,
) -> rusqlite::Result<()> {
    connection.prepare_cached(NEW_TRANSACTION)?.execute(params![
        entry.id,
        entry.account,
        format!("U{}", entry.account),
        charge.device,
        charge.amount.to_string(),
        line.numbers.1,
        line.numbers.0,
        line.at,
        charge.area,
    ])?;
    Ok(())
}

fn write_new_recharge(
    connection: &Connection,
    (entry, recharge): (Entry, &Recharge),
    line: &Line,
) -> rusqlite::Result<()> {
    connection.prepare_cached(NEW_RECHARGE)?.execute(params![
        entry.id,
        entry.account,
        line.numbers.0,
        recharge.amount.to_string(),
        recharge.way,
        line.at,
    ])?;
    Ok(())
}
