//! The accounts and the records, in SQL.
//!
//! In: batches of orders, and questions. Out: what each order did or why it was refused; rows. Always holds: a record's
//! number is dense (no row is ever deleted), so the largest is also how many there are.
//!
//! The tables carry the names of the contract's old family, `t_consume_*`; the new family, `POSID_*`, is `day`'s, and so
//! are the contract's columns. Here amounts are whole fen and moments are milliseconds since 1970, and their columns say so.

mod booking;
mod profiles;
mod reading;
mod refunds;

pub(super) use booking::Ledger;
#[cfg(test)]
pub(super) use reading::Overview;
pub(super) use reading::Sight;

use std::ops::RangeInclusive;

use rusqlite::{Connection, Transaction, params};

use super::options::ServeOptions;
use super::rules;
use crate::units::Micros;

/// Statements kept ready by each connection.
pub(super) const PREPARED: usize = 32;

// An account knows its latest record and a record the one before it: an account's records are found without an index,
// which would cost every charge a write at a random place.
// A number is booked once; `copy` is 1 for what a fault books twice.
const SCHEMA: &str = "
    CREATE TABLE t_consume_account (
        account_id      INTEGER PRIMARY KEY,
        balance_fen     INTEGER NOT NULL CHECK (balance_fen >= 0),
        account_status  INTEGER NOT NULL DEFAULT 1, -- 0 frozen, 1 normal, 2 closed
        daily_limit_fen INTEGER,
        record_count    INTEGER NOT NULL DEFAULT 0,
        last_record_id  INTEGER
    );
    CREATE TABLE t_consume_record (
        record_id         INTEGER PRIMARY KEY,
        transaction_no    TEXT    NOT NULL,
        copy              INTEGER NOT NULL,
        account_id        INTEGER NOT NULL,
        area_id           TEXT,
        device_id         TEXT    NOT NULL,
        amount_fen        INTEGER NOT NULL CHECK (amount_fen > 0),
        balance_after_fen INTEGER NOT NULL,
        consume_time_ms   INTEGER NOT NULL,
        previous_id       INTEGER,
        consume_status    INTEGER NOT NULL DEFAULT 1, -- 1 normal, 2 refunded, 3 cancelled
        refund_amount_fen INTEGER NOT NULL DEFAULT 0,
        UNIQUE (transaction_no, copy)
    );
    CREATE TABLE t_consume_recharge (
        recharge_id       INTEGER PRIMARY KEY,
        account_id        INTEGER NOT NULL,
        amount_fen        INTEGER NOT NULL CHECK (amount_fen > 0),
        recharge_way      TEXT    NOT NULL,
        balance_after_fen INTEGER NOT NULL,
        recharge_time_ms  INTEGER NOT NULL
    );
    CREATE TABLE t_consume_refund (
        refund_id     INTEGER PRIMARY KEY,
        record_id     INTEGER NOT NULL,
        account_id    INTEGER NOT NULL,
        amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
        reason        TEXT    NOT NULL,
        refund_status TEXT    NOT NULL DEFAULT 'PENDING' -- APPROVED, REJECTED, EXECUTED, CANCELLED
    );
    CREATE INDEX idx_refund_record ON t_consume_refund (record_id);";

/// Only where charges are visible late are they looked for by their time.
const BY_TIME: &str = "CREATE INDEX idx_consume_time ON t_consume_record (consume_time_ms)";

const SEED: &str = "
    WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
    INSERT INTO t_consume_account (account_id, balance_fen, account_status, daily_limit_fen)
    SELECT i, ?3, ?4, ?5 FROM n";

/// Creates the tables and the accounts: `1..=accounts`, and without money those that provoke refusals.
pub(super) fn create(connection: &mut Connection, options: &ServeOptions) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    if options.faults.late > Micros::ZERO {
        transaction.execute_batch(BY_TIME)?;
    }
    transaction.execute(SEED, params![1, options.accounts, options.balance.get(), 1, None::<i64>])?;
    for (accounts, status, daily_limit) in
        [(rules::FROZEN, 0, None), (rules::CLOSED, 2, None), (rules::POOR, 1, None), (rules::LIMITED, 1, Some(0))]
    {
        seed_special(&transaction, &accounts, (status, daily_limit))?;
    }
    transaction.commit()
}

fn seed_special(
    transaction: &Transaction<'_>,
    accounts: &RangeInclusive<i64>,
    (status, daily_limit): (i64, Option<i64>),
) -> rusqlite::Result<()> {
    transaction.execute(SEED, params![accounts.start(), accounts.end(), 0, status, daily_limit])?;
    Ok(())
}
