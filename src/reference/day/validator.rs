//! The validator: every ten minutes it compares what has moved in both families.
//!
//! In: a connection, and the flow up to which the last pass has looked. Out: a [`Report`] with counts and differences,
//! and its rows. Always holds: a rate is computed from the counts of its row; both families are read at one moment; an
//! account or a transaction that one side does not have counts against.
//!
//! Each pass looks at the accounts and transactions that a flow since the last pass names, in either family. Where nothing
//! has moved it looks at the latest movements again, so that a pass which found nothing wrong has looked at something.

use std::time::Duration;

use rusqlite::{Connection, Row, params};

use crate::reference::wall_clock;

/// From one pass to the next.
pub(in crate::reference) const EVERY: Duration = Duration::from_secs(600);
/// The least rate that passes, in parts of a thousand.
const LEAST: i64 = 999;
/// How many movements a quiet pass looks back at.
const LOOK_BACK: i64 = 100;
/// The most differences that one pass writes down; all are counted.
const MOST_DIFFERENCES: usize = 1_000;

const LATEST: &str = "
    SELECT max(coalesce((SELECT max(transaction_id) FROM t_consume_account_transaction), 0),
               coalesce((SELECT max(flow_id) FROM POSID_CAPITAL_FLOW), 0))";

/// Of each thing that moved: its number, and what each family says of it; null where a family does not have it.
const ACCOUNTS: &str = "
    WITH moved(id) AS (
        SELECT account_id FROM t_consume_account_transaction WHERE transaction_id > ?1 AND transaction_id <= ?2
        UNION SELECT account_id FROM POSID_CAPITAL_FLOW WHERE flow_id > ?1 AND flow_id <= ?2)
    SELECT id,
           iif(o.account_id IS NULL, NULL, json_object('user_id', o.user_id, 'account_code', o.account_code,
               'balance', o.balance, 'account_status', o.account_status)),
           iif(n.account_id IS NULL, NULL, json_object('user_id', n.user_id, 'account_code', n.account_code,
               'balance', n.balance, 'account_status', n.account_status))
    FROM moved
    LEFT JOIN t_consume_account AS o ON o.account_id = id AND o.deleted_flag = 0
    LEFT JOIN POSID_ACCOUNT AS n ON n.account_id = id AND n.deleted_flag = 0";

const TRANSACTIONS: &str = "
    WITH moved(id) AS (
        SELECT related_record_id FROM t_consume_account_transaction
        WHERE transaction_id > ?1 AND transaction_id <= ?2 AND related_record_id IS NOT NULL
        UNION SELECT related_record_id FROM POSID_CAPITAL_FLOW
        WHERE flow_id > ?1 AND flow_id <= ?2 AND related_record_id IS NOT NULL)
    SELECT id,
           iif(o.record_id IS NULL, NULL, json_object('account_id', o.account_id, 'user_id', o.user_id,
               'amount', o.amount, 'transaction_status', o.transaction_status)),
           iif(n.transaction_id IS NULL, NULL, json_object('account_id', n.account_id, 'user_id', n.user_id,
               'amount', n.amount, 'transaction_status', n.transaction_status))
    FROM moved
    LEFT JOIN t_consume_record AS o ON o.record_id = id AND o.deleted_flag = 0
    LEFT JOIN POSID_TRANSACTION AS n ON n.transaction_id = id AND n.deleted_flag = 0";

const LOG: &str = "
    INSERT INTO dual_write_validation_log
        (validation_type, total_count, consistent_count, inconsistent_count, consistency_rate, validation_status,
         validate_time, details, create_time)
    VALUES (?1, ?2, ?3, ?4, round(?5, 4), ?6, ?7, json_object('fromFlow', ?8, 'toFlow', ?9), ?7)";

/// A difference that is known and not resolved is not written down again.
const DIFFER: &str = "
    INSERT INTO dual_write_difference_record
        (data_type, data_id, old_value, new_value, difference_reason, detected_time, create_time)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6
    WHERE NOT EXISTS (SELECT 1 FROM dual_write_difference_record
                      WHERE data_type = ?1 AND data_id = ?2 AND resolved = 0)";

/// One pass over both kinds.
pub(in crate::reference) struct Report {
    at: i64,
    flows: (i64, i64),
    findings: [Findings; 2],
}

/// One pass over one kind of data.
struct Findings {
    kind: &'static str,
    total: i64,
    consistent: i64,
    differences: Vec<Difference>,
}

struct Difference {
    id: i64,
    old: Option<String>,
    new: Option<String>,
}

/// Compares what moved behind flow `seen`, as at `at` (milliseconds since 1970).
///
/// # Errors
/// The database's own.
pub(in crate::reference) fn look(connection: &Connection, seen: i64, at: i64) -> rusqlite::Result<Report> {
    let moment = connection.unchecked_transaction()?;
    let latest: i64 = moment.query_row(LATEST, [], |row| row.get(0))?;
    let after = if latest > seen { seen } else { latest.saturating_sub(LOOK_BACK).max(0) };
    let flows = (after, latest);
    let compare = |kind, sql| Findings::of(kind, &moment, (sql, flows));
    Ok(Report { at, flows, findings: [compare("account", ACCOUNTS)?, compare("transaction", TRANSACTIONS)?] })
}

impl Report {
    /// The flow up to which it has looked.
    pub(in crate::reference) fn seen(&self) -> i64 {
        self.flows.1
    }

    /// The lower of both rates.
    pub(super) fn rate(&self) -> f64 {
        self.findings.iter().map(Findings::rate).fold(1.0, f64::min)
    }

    /// Writes a row a kind, and the differences.
    ///
    /// # Errors
    /// The database's own.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let at = wall_clock::stored(self.at);
        for found in &self.findings {
            found.write(connection, &at, self.flows)?;
        }
        Ok(())
    }
}

impl Findings {
    fn of(kind: &'static str, connection: &Connection, (sql, flows): (&str, (i64, i64))) -> rusqlite::Result<Self> {
        let mut found = Self { kind, total: 0, consistent: 0, differences: Vec::new() };
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([flows.0, flows.1])?;
        while let Some(row) = rows.next()? {
            found.compare(row)?;
        }
        Ok(found)
    }

    fn compare(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.total += 1;
        if row.get_ref(1)? == row.get_ref(2)? {
            self.consistent += 1;
        } else if self.differences.len() < MOST_DIFFERENCES {
            self.differences.push(Difference { id: row.get(0)?, old: row.get(1)?, new: row.get(2)? });
        }
        Ok(())
    }

    /// Nothing compared is nothing shown: no rate of one.
    fn rate(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.consistent as f64 / self.total as f64 }
    }

    fn passes(&self) -> bool {
        self.total > 0 && self.consistent * 1_000 >= self.total * LEAST
    }

    fn write(&self, connection: &Connection, at: &str, (from, to): (i64, i64)) -> rusqlite::Result<()> {
        let status = if self.passes() { 1 } else { 2 };
        connection.prepare_cached(LOG)?.execute(params![
            self.kind,
            self.total,
            self.consistent,
            self.total - self.consistent,
            self.rate(),
            status,
            at,
            from,
            to,
        ])?;
        for difference in &self.differences {
            let Difference { id, old, new } = difference;
            let differ = params![self.kind, id, old, new, difference.reason(), at];
            connection.prepare_cached(DIFFER)?.execute(differ)?;
        }
        Ok(())
    }
}

impl Difference {
    fn reason(&self) -> &'static str {
        match (&self.old, &self.new) {
            (_, None) => "the new table does not have it",
            (None, _) => "the old table does not have it",
            _ => "the values differ",
        }
    }
}
