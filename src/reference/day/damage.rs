//! What is broken in the store once its history is lived.
//!
//! In: the faults. Out: rows, tables and indexes that are gone or changed. Always holds: the validator does not know: what
//! is broken here lies behind it, and only a full comparison finds it.

use rusqlite::Connection;

use super::faults::DayFaults;

const OLDEST: &str = "WHERE transaction_id = (SELECT min(transaction_id) FROM POSID_TRANSACTION)";

/// Breaks what `faults` name.
///
/// # Errors
/// The database's own.
pub(super) fn break_down(connection: &Connection, faults: &DayFaults) -> rusqlite::Result<()> {
    for (asked, sql) in [
        (faults.lose_row, format!("DELETE FROM POSID_TRANSACTION {OLDEST}")),
        (faults.change_row, format!("UPDATE POSID_TRANSACTION SET amount = '0.01' {OLDEST}")),
        (faults.missing_table, "DROP TABLE POSID_SUBSIDY_FLOW".to_owned()),
        (faults.missing_index, "DROP INDEX POSID_TRANSACTION_idx_consume_time".to_owned()),
        (
            faults.migration_gap,
            "DELETE FROM flyway_schema_history WHERE script = 'V20251223__create_POSID_tables.sql'".to_owned(),
        ),
    ] {
        if asked {
            connection.execute_batch(&sql)?;
        }
    }
    Ok(())
}
