//! Refunds as they are shown.
//!
//! In: a refund's number, or its record's. Out: rows. Always holds: what is shown is committed.

use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::Sight;
use crate::reference::money::Fen;

const REFUND: &str = "
    SELECT refund_id, record_id, account_id, amount_fen, reason, refund_status FROM t_consume_refund ";

/// A refund as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::reference) struct RefundRow {
    refund_id: i64,
    consume_record_id: i64,
    account_id: i64,
    user_id: i64,
    refund_amount: Fen,
    refund_reason: String,
    refund_status: String,
}

impl Sight<'_> {
    /// A refund by its number.
    pub(in crate::reference) fn refund(&self, id: i64) -> rusqlite::Result<Option<RefundRow>> {
        self.connection.prepare_cached(&format!("{REFUND} WHERE refund_id = ?1"))?.query_row([id], refund).optional()
    }

    /// The refunds of a record, oldest first.
    pub(in crate::reference) fn refunds_of(&self, record: i64) -> rusqlite::Result<Vec<RefundRow>> {
        let mut statement =
            self.connection.prepare_cached(&format!("{REFUND} WHERE record_id = ?1 ORDER BY refund_id"))?;
        statement.query_map([record], refund)?.collect()
    }
}

fn refund(row: &Row<'_>) -> rusqlite::Result<RefundRow> {
    let account: i64 = row.get(2)?;
    Ok(RefundRow {
        refund_id: row.get(0)?,
        consume_record_id: row.get(1)?,
        account_id: account,
        user_id: account,
        refund_amount: Fen::new(row.get(3)?),
        refund_reason: row.get(4)?,
        refund_status: row.get(5)?,
    })
}
