//! Whether rows go where a switch sent them.
//!
//! In: old tables and the new ones that took over. Out: how many rows each whole day brought, and how many the old tables
//! still took. Always holds: days are the database's own, and today, which is not over, is none of them.

use crate::acceptance::store::{Asked, Query, Row, Store, StoreError, Table};
use crate::scenario::acceptance::switch::{SwitchSection, SwitchTable};

/// The last day in seconds.
const DAY: i64 = 86_400;

/// What was seen of one pair of tables.
#[derive(Clone, Debug, PartialEq)]
pub struct WritesSeen {
    /// What the pair is called.
    pub name: String,
    /// Rows of the new table on each of the days before today, yesterday first.
    pub new_by_day: Asked<Vec<u64>>,
    /// Rows that the old table took in the last 24 hours.
    pub old_last_day: Asked<u64>,
}

/// Looks at every table of `section`.
pub fn look(store: &mut Store, section: &SwitchSection) -> Vec<WritesSeen> {
    section.tables.iter().map(|tables| writes(store, tables, section.days)).collect()
}

fn writes(store: &mut Store, tables: &SwitchTable, days: u16) -> WritesSeen {
    let by_day = store.table(&tables.new).and_then(|table| by_day(store, &table, &tables.new_time));
    let new_by_day = match by_day {
        Ok(query) => Asked {
            answer: store.rows(&query.clone().bind(i64::from(days))).map(|rows| spread(&rows, days)),
            query: query.sql.replacen('?', &days.to_string(), 1),
        },
        Err(error) => Asked { query: tables.new.clone(), answer: Err(error) },
    };
    let last_day = store.table(&tables.old).and_then(|table| last_day(store, &table, &tables.old_time));
    let old_last_day = match last_day {
        Ok(query) => {
            let seen = store.count(&query.clone().bind(DAY));
            Asked { query: query.sql.replacen('?', &DAY.to_string(), 1), ..seen }
        }
        Err(error) => Asked { query: tables.old.clone(), answer: Err(error) },
    };
    WritesSeen { name: tables.name.clone(), new_by_day, old_last_day }
}

fn by_day(store: &Store, table: &Table, time: &str) -> Result<Query, StoreError> {
    let (dialect, time) = (store.dialect(), &table.column(time)?.name);
    let (day, within) = (dialect.days_ago(time), dialect.is_on_the_days_before(time));
    let (day, rows) = (dialect.text(&format!("({day})")), dialect.text("COUNT(*)"));
    Ok(Query::new(format!("SELECT {day} AS day, {rows} FROM {} WHERE {within} GROUP BY day", table.name)))
}

fn last_day(store: &Store, table: &Table, time: &str) -> Result<Query, StoreError> {
    let within = store.dialect().is_within(&table.column(time)?.name);
    Ok(Query::new(format!("SELECT COUNT(*) FROM {} WHERE {within}", table.name)))
}

/// The rows of each day, yesterday first; a day that nothing tells of had none.
fn spread(rows: &[Row], days: u16) -> Vec<u64> {
    let mut spread = vec![0; usize::from(days)];
    for row in rows {
        let number = |at: usize| row.get(at)?.as_deref()?.parse::<u64>().ok();
        if let (Some(day), Some(count)) = (number(0), number(1))
            && let Some(of_day) = usize::try_from(day).ok().and_then(|day| spread.get_mut(day.checked_sub(1)?))
        {
            *of_day += count;
        }
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::tests::Written;

    #[test]
    fn each_whole_day_has_its_rows_and_today_is_none_of_them() {
        let written = Written::new(
            "CREATE TABLE n (create_time TEXT); CREATE TABLE o (made INTEGER);
             INSERT INTO n VALUES (datetime('now')), (datetime('now', 'start of day', '-1 seconds')),
                (datetime('now', 'start of day', '-1 days')), (datetime('now', 'start of day', '-3 days')),
                (datetime('now', '-9 days'));
             INSERT INTO o VALUES ((strftime('%s', 'now') - 3600) * 1000), ((strftime('%s', 'now') - 90000) * 1000);",
        );
        let section: SwitchSection =
            toml::from_str("days = 3\n[[table]]\nname = \"a\"\nold = \"o\"\nnew = \"n\"\nold_time = \"made\"\n")
                .unwrap();
        let seen = look(&mut written.store(), &section);
        assert_eq!(seen[0].new_by_day.answer, Ok(vec![2, 0, 1]), "{}", seen[0].new_by_day.query);
        assert_eq!(seen[0].old_last_day.answer, Ok(1));
    }

    #[test]
    fn a_table_that_was_dropped_is_told_and_not_taken_for_empty() {
        let seen = look(&mut Written::new("").store(), &SwitchSection::default());
        assert_eq!(seen[0].old_last_day.answer, Err(StoreError::NoTable("t_consume_record".into())));
    }
}
