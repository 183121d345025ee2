//! Questions to the tables.
//!
//! In: a connection and the moment up to which charges are visible. Out: rows, counts and sums. Always holds: one
//! answer's figures belong to one moment, and an account's balance, records and the sums agree about what is visible.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::reference::money::Fen;
use crate::reference::wall_clock;

// One statement, so that the figures belong to the same moment.
const OVERVIEW: &str = "
    SELECT r.n, r.amount, (SELECT coalesce(sum(balance_fen), 0) FROM t_consume_account) + r.unseen, r.refunded,
           (SELECT coalesce(sum(amount_fen), 0) FROM t_consume_recharge)
    FROM (SELECT count(*) FILTER (WHERE consume_time_ms <= ?1) AS n,
                 coalesce(sum(amount_fen) FILTER (WHERE consume_time_ms <= ?1), 0) AS amount,
                 coalesce(sum(amount_fen) FILTER (WHERE consume_time_ms > ?1), 0) AS unseen,
                 coalesce(sum(refund_amount_fen), 0) AS refunded
          FROM t_consume_record) AS r";

const ACCOUNT: &str = "
    SELECT balance_fen, account_status, record_count FROM t_consume_account WHERE account_id = ?1";

const UNSEEN: &str = "
    SELECT count(*), coalesce(sum(amount_fen), 0) FROM t_consume_record
    WHERE consume_time_ms > ?2 AND account_id = ?1";

const RECORD: &str = "
    SELECT record_id, transaction_no, account_id, area_id, device_id, amount_fen, balance_after_fen, consume_time_ms,
           consume_status, refund_amount_fen
    FROM t_consume_record ";

const BY_KEY: &str = "
    SELECT record_id, transaction_no, account_id, amount_fen FROM t_consume_record
    WHERE record_id > ?1 AND consume_time_ms <= ?2 ORDER BY record_id LIMIT ?3";

// From an account's latest record back to the one before it.
const CHAIN: &str = "
    WITH RECURSIVE chain(id, previous, at) AS (
        SELECT record_id, previous_id, consume_time_ms FROM t_consume_record
        WHERE record_id = (SELECT last_record_id FROM t_consume_account WHERE account_id = ?1)
        UNION ALL
        SELECT record_id, previous_id, consume_time_ms FROM t_consume_record, chain WHERE record_id = chain.previous
    )
    SELECT id FROM chain WHERE at <= ?2 LIMIT ?3 OFFSET ?4";

/// The figures by which a run's money is proven: `balances at the start + recharged + refunded - amount = balance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::reference) struct Overview {
    /// Records in the table.
    pub(in crate::reference) total_count: i64,
    /// Their sum, whatever was refunded of it.
    pub(in crate::reference) total_amount: Fen,
    /// The sum of all balances.
    pub(in crate::reference) total_balance: Fen,
    /// What was given back.
    pub(in crate::reference) total_refunded: Fen,
    /// What was put on.
    pub(in crate::reference) total_recharged: Fen,
}

/// An account as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::reference) struct Account {
    account_id: i64,
    user_id: i64,
    /// In yuan.
    pub(in crate::reference) balance: Fen,
    status: &'static str,
    #[serde(skip)]
    records: i64,
}

/// A record as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::reference) struct Record {
    record_id: i64,
    transaction_no: String,
    account_id: i64,
    user_id: i64,
    area_id: Option<String>,
    device_id: String,
    amount: Fen,
    balance_before: Option<Fen>,
    balance_after: Fen,
    refund_amount: Fen,
    status: &'static str,
    transaction_time: String,
}

/// One page of records, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::reference) struct Page {
    list: Vec<Record>,
    total: i64,
    page_num: i64,
    page_size: i64,
    pages: i64,
    has_next: bool,
    has_prev: bool,
}

/// One page of identities, oldest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::reference) struct KeyPage {
    list: Box<RawValue>,
    next_id: i64,
    has_next: bool,
}

/// What can be seen: the tables, up to a moment.
pub(in crate::reference) struct Sight<'a> {
    pub(super) connection: &'a Connection,
    /// Charges after it (wall time in milliseconds) are not visible yet.
    up_to: i64,
}

impl<'a> Sight<'a> {
    /// Of everything that is booked.
    #[cfg(test)]
    pub(in crate::reference) const fn of_all(connection: &'a Connection) -> Self {
        Self { connection, up_to: i64::MAX }
    }

    /// Of what was booked by `up_to`.
    pub(in crate::reference) const fn up_to(connection: &'a Connection, up_to: i64) -> Self {
        Self { connection, up_to }
    }

    /// Counts and sums, from the tables themselves.
    pub(in crate::reference) fn overview(&self) -> rusqlite::Result<Overview> {
        self.connection.prepare_cached(OVERVIEW)?.query_row([self.up_to], |row| {
            Ok(Overview {
                total_count: row.get(0)?,
                total_amount: Fen::new(row.get(1)?),
                total_balance: Fen::new(row.get(2)?),
                total_refunded: Fen::new(row.get(3)?),
                total_recharged: Fen::new(row.get(4)?),
            })
        })
    }

    /// An account, if it exists.
    pub(in crate::reference) fn account(&self, id: i64) -> rusqlite::Result<Option<Account>> {
        let (unseen, held_back) = self.unseen(id)?;
        let account = |row: &Row<'_>| {
            let status = match row.get(1)? {
                0 => "FROZEN",
                1 => "ACTIVE",
                _ => "CLOSED",
            };
            let balance = Fen::new(row.get::<_, i64>(0)? + held_back);
            let records = row.get::<_, i64>(2)? - unseen;
            Ok(Account { account_id: id, user_id: id, balance, status, records })
        };
        self.connection.prepare_cached(ACCOUNT)?.query_row([id], account).optional()
    }

    /// How many charges of an account are not visible yet, and their sum.
    fn unseen(&self, account: i64) -> rusqlite::Result<(i64, i64)> {
        if self.up_to == i64::MAX {
            return Ok((0, 0));
        }
        let mut statement = self.connection.prepare_cached(UNSEEN)?;
        statement.query_row([account, self.up_to], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The record of a transaction.
    pub(in crate::reference) fn transaction(&self, transaction_no: &str) -> rusqlite::Result<Option<Record>> {
        self.connection
            .prepare_cached(&format!("{RECORD} WHERE transaction_no = ?1 AND copy = 0 AND consume_time_ms <= ?2"))?
            .query_row(params![transaction_no, self.up_to], record)
            .optional()
    }

    /// A record by its number.
    pub(in crate::reference) fn record(&self, id: i64) -> rusqlite::Result<Option<Record>> {
        self.connection
            .prepare_cached(&format!("{RECORD} WHERE record_id = ?1 AND consume_time_ms <= ?2"))?
            .query_row([id, self.up_to], record)
            .optional()
    }

    /// Up to `limit` identities with numbers over `after`, in their order. The cost does not depend on where.
    pub(in crate::reference) fn by_key(&self, after: i64, limit: i64) -> rusqlite::Result<KeyPage> {
        let mut statement = self.connection.prepare_cached(BY_KEY)?;
        // One more than asked for tells whether there is more.
        let mut rows = statement.query([after, self.up_to, limit.saturating_add(1)])?;
        let mut list = Vec::from(*b"[");
        let (mut next_id, mut has_next) = (after, false);
        for number in 0.. {
            let Some(row) = rows.next()? else { break };
            has_next = number == limit;
            if has_next {
                break;
            }
            next_id = row.get(0)?;
            identity(row, next_id, &mut list)?;
        }
        if list.last() == Some(&b',') {
            list.pop();
        }
        list.push(b']');
        Ok(KeyPage { list: raw(list)?, next_id, has_next })
    }

    /// The page's records of one account, or of all; `None` when the account does not exist.
    pub(in crate::reference) fn page(&self, of: Option<i64>, page: (i64, i64)) -> rusqlite::Result<Option<Page>> {
        let (page_num, page_size) = page;
        let offset = (page_num - 1).saturating_mul(page_size);
        let (total, list) = match of {
            None => self.latest(page_size, offset)?,
            Some(id) => {
                let Some(account) = self.account(id)? else { return Ok(None) };
                (account.records, self.chain(id, (page_size, offset))?)
            }
        };
        let pages = (total + page_size - 1) / page_size;
        let (has_next, has_prev) = (page_num < pages, page_num > 1);
        Ok(Some(Page { list, total, page_num, page_size, pages, has_next, has_prev }))
    }

    /// The numbers are dense: the largest visible one is the total, and a page lies at a known distance from it.
    fn latest(&self, size: i64, offset: i64) -> rusqlite::Result<(i64, Vec<Record>)> {
        let newest =
            "SELECT record_id FROM t_consume_record WHERE consume_time_ms <= ?1 ORDER BY record_id DESC LIMIT 1";
        let newest = self.connection.prepare_cached(newest)?.query_row([self.up_to], |row| row.get(0)).optional()?;
        let total: i64 = newest.unwrap_or(0);
        let mut statement = self
            .connection
            .prepare_cached(&format!("{RECORD} WHERE record_id <= ?1 ORDER BY record_id DESC LIMIT ?2"))?;
        let list = statement.query_map([total.saturating_sub(offset), size], record)?.collect::<Result<_, _>>()?;
        Ok((total, list))
    }

    fn chain(&self, account: i64, (size, offset): (i64, i64)) -> rusqlite::Result<Vec<Record>> {
        let mut statement = self.connection.prepare_cached(CHAIN)?;
        let ids = statement.query_map([account, self.up_to, size, offset], |row| row.get(0))?;
        let found = ids.map(|id| self.record(id?)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(found.into_iter().flatten().collect())
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let account: i64 = row.get(2)?;
    let (amount, balance_after) = (Fen::new(row.get(5)?), Fen::new(row.get(6)?));
    let status = match row.get(8)? {
        1 => "SUCCESS",
        2 => "REFUNDED",
        _ => "CANCELLED",
    };
    Ok(Record {
        record_id: row.get(0)?,
        transaction_no: row.get(1)?,
        account_id: account,
        user_id: account,
        area_id: row.get(3)?,
        device_id: row.get(4)?,
        amount,
        balance_before: balance_after.plus(amount),
        balance_after,
        refund_amount: Fen::new(row.get(9)?),
        status,
        transaction_time: wall_clock::date_time(row.get(7)?),
    })
}

/// Appends one identity and a comma.
fn identity(row: &Row<'_>, id: i64, out: &mut Vec<u8>) -> rusqlite::Result<()> {
    use std::io::Write as _;
    let (account, amount): (i64, i64) = (row.get(2)?, row.get(3)?);
    let number = row.get_ref(1)?.as_str()?;
    let written = write!(out, "{{\"recordId\":{id},\"transactionNo\":")
        .and_then(|()| serde_json::to_writer(&mut *out, number).map_err(Into::into))
        .and_then(|()| write!(out, ",\"userId\":{account},\"amount\":{}}},", Fen::new(amount)));
    written.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn raw(json: Vec<u8>) -> rusqlite::Result<Box<RawValue>> {
    let text = String::from_utf8(json).map_err(|error| rusqlite::Error::Utf8Error(0, error.utf8_error()))?;
    RawValue::from_string(text).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
