//! What an acceptance needs of its database, before it asks anything.
//!
//! In: an open store, and the tables that will be read. Out: what it is, what this user may do, and how far its clock is
//! off. Always holds: of a grant only its privileges are kept, for a grant may carry a password's hash.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::acceptance::store::{Asked, Query, Store, StoreError};
use crate::scenario::acceptance::dual_write::DualWriteSection;
use crate::scenario::acceptance::migration::MigrationSection;
use crate::scenario::acceptance::switch::SwitchSection;

/// What reading asks for, and what does no harm: everything else is more than an acceptance needs.
const HARMLESS: [&str; 6] = ["USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REFERENCES"];

/// All that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct DatabaseSeen {
    /// What the server says it is.
    pub version: Asked<String>,
    /// Tables that are there and cannot be read, and why.
    pub unreadable: Vec<(String, StoreError)>,
    /// How many of the tables that will be read can be.
    pub readable: u64,
    /// The privileges beyond reading; `None` where the store knows no privileges.
    pub excess: Option<Asked<Vec<String>>>,
    /// How far its clock is ahead of this machine's, in seconds, and how long the question took.
    pub clock: Asked<ClockSeen>,
}

/// A clock against this machine's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockSeen {
    /// Seconds ahead; negative behind.
    pub ahead: f64,
    /// Seconds between question and answer: the offset is uncertain by half of them.
    pub took: f64,
}

impl ClockSeen {
    /// The offset of a clock that said `theirs` (seconds since 1970) to a question of this machine's.
    #[must_use]
    pub fn between(asked: Timestamp, theirs: f64, answered: Timestamp) -> Self {
        let seconds = |at: Timestamp| at.as_microsecond() as f64 / 1e6;
        let (asked, answered) = (seconds(asked), seconds(answered));
        Self { ahead: theirs - (asked + answered) / 2.0, took: answered - asked }
    }
}

/// The tables that the sections read, each once.
#[must_use]
pub fn tables_of(
    migration: Option<&MigrationSection>,
    dual_write: Option<&DualWriteSection>,
    switch: Option<&SwitchSection>,
) -> Vec<String> {
    let mut tables = BTreeSet::new();
    if let Some(section) = migration {
        tables.insert(section.history.clone());
        tables.extend(section.pairs.iter().flat_map(|pair| [pair.old.clone(), pair.new.clone()]));
    }
    if let Some(section) = dual_write {
        tables.extend([section.log.clone(), section.differences.clone()]);
        tables.extend(section.flows.iter().flat_map(|flow| [flow.table.clone(), flow.accounts.clone()]));
    }
    if let Some(section) = switch {
        tables.extend(section.tables.iter().flat_map(|pair| [pair.old.clone(), pair.new.clone()]));
    }
    tables.into_iter().collect()
}

/// Looks at the database; `now` is this machine's clock.
pub fn look(store: &mut Store, tables: &[String], now: &dyn Fn() -> Timestamp) -> DatabaseSeen {
    let (mut unreadable, mut readable) = (Vec::new(), 0);
    for table in tables {
        let found = store
            .table(table)
            .and_then(|found| store.rows(&Query::new(format!("SELECT 1 FROM {} LIMIT 1", found.name))).map(|_| ()));
        match found {
            Ok(()) => readable += 1,
            Err(error) => unreadable.push((table.clone(), error)),
        }
    }
    let is_server = store.dialect().is_server();
    DatabaseSeen {
        version: version(store),
        unreadable,
        readable,
        excess: is_server.then(|| excess(store)),
        clock: clock(store, now),
    }
}

fn version(store: &mut Store) -> Asked<String> {
    let query = if store.dialect().is_server() { "SELECT CAST(VERSION() AS CHAR)" } else { "SELECT sqlite_version()" };
    let rows = store.rows(&Query::new(query));
    let first = rows.map(|rows| rows.into_iter().next().and_then(|row| row.into_iter().next()?).unwrap_or_default());
    Asked { query: query.to_owned(), answer: first }
}

fn clock(store: &mut Store, now: &dyn Fn() -> Timestamp) -> Asked<ClockSeen> {
    let query = store.dialect().now();
    let asked = now();
    let rows = store.rows(&Query::new(query));
    let answered = now();
    let answer = rows.and_then(|rows| {
        let text = rows.into_iter().next().and_then(|row| row.into_iter().next()?).unwrap_or_default();
        let seconds = text.parse().map_err(|_| StoreError::Refused(format!("its clock says \"{text}\"")))?;
        Ok(ClockSeen::between(asked, seconds, answered))
    });
    Asked { query: query.to_owned(), answer }
}

fn excess(store: &mut Store) -> Asked<Vec<String>> {
    let query = "SHOW GRANTS";
    let answer = store.rows(&Query::new(query)).map(|rows| {
        let grants = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        let all: BTreeSet<String> = grants.flat_map(|grant| privileges(&grant)).collect();
        all.into_iter().filter(|one| !HARMLESS.contains(&one.as_str())).collect()
    });
    Asked { query: query.to_owned(), answer }
}

/// The privileges of a grant, without their columns. A role that is granted has none of its own here: what it brings is
/// in grants of its own.
fn privileges(grant: &str) -> Vec<String> {
    let Some(rest) = grant.strip_prefix("GRANT ") else { return Vec::new() };
    let Some((list, _)) = rest.split_once(" ON ") else { return Vec::new() };
    let mut depth = 0_u32;
    let plain: String = list
        .chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && *c != ')'
        })
        .collect();
    plain.split(',').map(|one| one.trim().to_ascii_uppercase()).filter(|one| !one.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::tests::Written;

    #[test]
    fn privileges_come_without_columns_and_without_the_passwords_hash() {
        let told =
            privileges("GRANT SELECT (`a`, `b`), INSERT, SHOW VIEW ON `io`.* TO `u`@`%` IDENTIFIED BY PASSWORD '*ABC'");
        assert_eq!(told, ["SELECT", "INSERT", "SHOW VIEW"]);
        assert_eq!(privileges("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`"), ["ALL PRIVILEGES"]);
        assert_eq!(privileges("GRANT `reader` TO `u`@`%`"), Vec::<String>::new());
    }

    #[test]
    fn a_table_that_cannot_be_read_is_named_with_its_cause() {
        let written = Written::new("CREATE TABLE a (x INTEGER)");
        let tables = ["a".to_owned(), "b".to_owned()];
        let at = "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap();
        let seen = look(&mut written.store(), &tables, &|| at);
        assert_eq!((seen.readable, seen.excess.is_none()), (1, true));
        assert_eq!(seen.unreadable, [("b".to_owned(), StoreError::NoTable("b".to_owned()))]);
        assert!(seen.version.answer.unwrap().starts_with('3'));
        assert!(seen.clock.answer.is_ok());
    }

    #[test]
    fn a_clock_is_compared_with_the_middle_of_the_question() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(ClockSeen::between(at(100), 105.0, at(104)), ClockSeen { ahead: 3.0, took: 4.0 });
    }

    #[test]
    fn the_tables_of_all_sections_are_asked_for_once() {
        let tables = tables_of(
            Some(&MigrationSection::default()),
            Some(&DualWriteSection::default()),
            Some(&SwitchSection::default()),
        );
        assert_eq!(tables.iter().filter(|name| *name == "POSID_TRANSACTION").count(), 1);
        assert_eq!(tables.len(), 9, "{tables:?}");
    }
}
