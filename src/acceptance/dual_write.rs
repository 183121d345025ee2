//! What the validator of the dual write left.
//!
//! In: its log, its differences, and the flows. Out: rows as they stand, and their ages as the database tells them. Always
//! holds: a row is handed on with its own letters and counts; nothing is averaged here, and a rate is never believed.

use crate::acceptance::flows::{self, FlowsSeen};
use crate::acceptance::patience::Patience;
use crate::acceptance::store::{Asked, Query, Row, Store, StoreError};
use crate::scenario::acceptance::dual_write::DualWriteSection;
use crate::units::{Amount, Micros};

/// The most rows of the log that are read: a month of a dozen types, every ten minutes.
const MOST_ROWS: usize = 100_000;

/// All that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct DualWriteSeen {
    /// The log of the window.
    pub log: LogSeen,
    /// How many differences nobody resolved.
    pub unresolved: Asked<u64>,
    /// The flows, by their section's name.
    pub flows: Vec<(String, Asked<FlowsSeen>)>,
}

/// The log of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSeen {
    /// How far back.
    pub window: Micros,
    /// Its rows, in their order.
    pub rows: Asked<Vec<LogRow>>,
}

/// One validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// `validation_type`, letter by letter.
    pub kind: String,
    /// How many seconds ago; negative in the future.
    pub age: i64,
    /// How many rows were compared.
    pub total: i64,
    /// How many said the same.
    pub consistent: i64,
    /// How many did not.
    pub inconsistent: i64,
    /// The rate that was written, 0 to 1.
    pub rate: Option<Amount>,
    /// 1 passed.
    pub status: i64,
    /// Whether it is the first row that the log ever had, and compared nothing: the seed.
    pub is_seed: bool,
}

/// Looks at everything that `section` names.
pub fn look(store: &mut Store, section: &DualWriteSection, patience: &mut Patience<'_>) -> DualWriteSeen {
    DualWriteSeen {
        log: log(store, &section.log, section.window),
        unresolved: unresolved(store, &section.differences),
        flows: section.flows.iter().map(|flow| (flow.name.clone(), flows::look(store, flow, patience))).collect(),
    }
}

/// The log of the last `window`.
pub fn log(store: &mut Store, table: &str, window: Micros) -> LogSeen {
    let seconds = i64::try_from(window.get() / 1_000_000).unwrap_or(i64::MAX);
    let (query, answer) = match log_query(store, table) {
        Ok(query) => {
            let query = query.bind(seconds);
            let rows = store.rows(&query).and_then(|rows| rows.iter().map(|row| parse(table, row)).collect());
            let shown = query.sql.replacen('?', &seconds.to_string(), 1);
            (shown, rows.and_then(whole))
        }
        Err(error) => (format!("SELECT * FROM {table}"), Err(error)),
    };
    LogSeen { window, rows: Asked { query, answer } }
}

/// A log that is cut off proves nothing.
fn whole(rows: Vec<LogRow>) -> Result<Vec<LogRow>, StoreError> {
    if rows.len() < MOST_ROWS {
        return Ok(rows);
    }
    Err(StoreError::Refused(format!("the log has more than {MOST_ROWS} rows in the window")))
}

fn log_query(store: &mut Store, table: &str) -> Result<Query, StoreError> {
    let dialect = store.dialect();
    let table = store.table(table)?;
    let [id, kind, at] = ["log_id", "validation_type", "validate_time"].map(|name| table.column(name));
    let (id, at) = (&id?.name, &at?.name);
    let mut selected = vec![dialect.text(&kind?.name.to_string()), dialect.text(&dialect.age(at))];
    for column in ["total_count", "consistent_count", "inconsistent_count", "consistency_rate", "validation_status"] {
        selected.push(dialect.text(&table.column(column)?.name.to_string()));
    }
    let (name, within) = (&table.name, dialect.is_within(at));
    selected.push(dialect.text(&format!("CASE WHEN {id} = (SELECT MIN({id}) FROM {name}) THEN 1 ELSE 0 END")));
    let selected = selected.join(", ");
    Ok(Query::new(format!("SELECT {selected} FROM {name} WHERE {within} ORDER BY {id} LIMIT {MOST_ROWS}")))
}

fn parse(table: &str, row: &Row) -> Result<LogRow, StoreError> {
    let text = |at: usize| row.get(at).and_then(Option::as_deref);
    let number = |at: usize, column: &str| {
        let parsed = text(at).and_then(|text| text.parse::<i64>().ok());
        parsed.ok_or_else(|| StoreError::Unusable {
            table: table.to_owned(),
            column: column.to_owned(),
            value: text(at).unwrap_or("null").to_owned(),
            wanted: "whole number",
        })
    };
    let total = number(2, "total_count")?;
    Ok(LogRow {
        kind: text(0).unwrap_or_default().to_owned(),
        age: number(1, "validate_time")?,
        total,
        consistent: number(3, "consistent_count")?,
        inconsistent: number(4, "inconsistent_count")?,
        rate: text(5).and_then(|rate| Amount::parse(rate.as_bytes())),
        status: number(6, "validation_status")?,
        is_seed: total == 0 && text(7) == Some("1"),
    })
}

/// How many differences nobody resolved.
fn unresolved(store: &mut Store, table: &str) -> Asked<u64> {
    let query = store.table(table).and_then(|table| {
        let resolved = &table.column("resolved")?.name;
        Ok(Query::new(format!("SELECT COUNT(*) FROM {} WHERE {resolved} = 0 OR {resolved} IS NULL", table.name)))
    });
    match query {
        Ok(query) => store.count(&query),
        Err(error) => Asked { query: format!("SELECT COUNT(*) FROM {table} WHERE resolved = 0"), answer: Err(error) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::tests::Written;

    const LOG: &str = "CREATE TABLE dual_write_validation_log (log_id INTEGER PRIMARY KEY, validation_type TEXT,
        total_count INTEGER, consistent_count INTEGER, inconsistent_count INTEGER, consistency_rate DECIMAL(5,4),
        validation_status INTEGER, validate_time);
        INSERT INTO dual_write_validation_log VALUES (1, 'account', 0, 0, 0, '1.0000', 1, datetime('now', '-23 hours'));";

    fn read(sql: &str) -> Vec<LogRow> {
        let written = Written::new(&format!("{LOG}{sql}"));
        log(&mut written.store(), "dual_write_validation_log", Micros::from_secs(86_400)).rows.answer.unwrap()
    }

    #[test]
    fn rows_of_the_window_come_with_their_age_counts_and_letters() {
        let rows = read(
            "INSERT INTO dual_write_validation_log VALUES
                (2, 'account', 1000, 999, 1, 0.999, 1, datetime('now', '-2 hours')),
                (3, 'ACCOUNT', 5, 5, 0, NULL, 2, (CAST(strftime('%s', 'now') AS INTEGER) - 60) * 1000),
                (4, 'account', 5, 5, 0, 1, 1, datetime('now', '-25 hours')),
                (5, 'account', 5, 5, 0, 1, 1, datetime('now', '+1 hour'));",
        );
        let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, ["account", "account", "ACCOUNT", "account"], "the one of 25 hours ago is out");
        assert!(rows[0].is_seed && !rows[1].is_seed);
        assert!((7_199..7_210).contains(&rows[1].age) && (59..70).contains(&rows[2].age), "{rows:?}");
        assert!(rows[3].age < -3_500, "a moment in the future is handed on as one");
        assert_eq!((rows[1].rate.unwrap().to_string().as_str(), rows[2].rate, rows[2].status), ("0.999", None, 2));
    }

    #[test]
    fn a_log_that_is_not_there_or_lacks_a_column_says_so() {
        let mut store = Written::new("CREATE TABLE l (log_id INTEGER, validation_type TEXT)").store();
        let missing = log(&mut store, "no_log", Micros::SECOND).rows.answer;
        assert_eq!(missing, Err(StoreError::NoTable("no_log".into())));
        assert!(matches!(log(&mut store, "l", Micros::SECOND).rows.answer, Err(StoreError::NoColumn { .. })));
    }

    #[test]
    fn a_difference_that_nobody_marked_is_unresolved() {
        let written = Written::new(
            "CREATE TABLE dual_write_difference_record (difference_id INTEGER, resolved INTEGER);
             INSERT INTO dual_write_difference_record VALUES (1, 0), (2, 1), (3, NULL);",
        );
        let seen = unresolved(&mut written.store(), "dual_write_difference_record");
        assert_eq!(seen.answer, Ok(2));
    }
}
