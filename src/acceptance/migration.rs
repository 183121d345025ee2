//! What the database looks like behind a migration.
//!
//! In: the names that an acceptance file lists. Out: what is there. Always holds: sets of names are handed on whole and
//! letter by letter; a table that is not there is an error of its own question and of no other.

use crate::acceptance::pairs::{self, PairSeen};
use crate::acceptance::patience::Patience;
use crate::acceptance::store::{Asked, Query, Row, Store, StoreError};
use crate::scenario::acceptance::migration::MigrationSection;

/// All that was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationSeen {
    /// What Flyway ran, in the order in which it did.
    pub history: Asked<Vec<Ran>>,
    /// The names of all tables, as the database compares them.
    pub tables: Asked<Vec<String>>,
    /// The listed tables that are not among them.
    pub missing: Vec<String>,
    /// The indexes of each table that the file lists.
    pub indexes: Vec<(String, Asked<Vec<String>>)>,
    /// The partitions of each table that the file lists; `None` where the store knows none.
    pub partitions: Option<Vec<(String, Asked<Partitions>)>>,
    /// The pairs.
    pub pairs: Vec<PairSeen>,
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The order in which it ran.
    pub rank: i64,
    /// Its version; none of a repeatable one.
    pub version: Option<String>,
    /// Its file.
    pub script: String,
    /// Whether it went well.
    pub success: bool,
}

/// The partitions of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partitions {
    /// Their names, in order.
    pub names: Vec<String>,
    /// The one that today's rows fall into.
    pub current: Current,
}

/// Where today's rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Current {
    /// Into a partition of their own time.
    Bounded(String),
    /// Into the one that takes everything that is left.
    CatchAll(String),
    /// Into none: they are refused.
    Nowhere,
    /// It cannot be told: the table is not partitioned by a day.
    Unknown,
}

/// Looks at everything that `section` names.
pub fn look(store: &mut Store, section: &MigrationSection, patience: &mut Patience<'_>) -> MigrationSeen {
    let tables = Asked { query: store.dialect().tables().to_owned(), answer: store.table_names() };
    let is_there = |store: &Store, wanted: &str| {
        tables.answer.as_ref().is_ok_and(|names| names.iter().any(|name| store.is_same_table(name, wanted)))
    };
    let missing = section.tables.iter().filter(|wanted| !is_there(store, wanted)).cloned().collect();
    let is_server = store.dialect().is_server();
    let indexes = section.indexes.keys().map(|table| (table.clone(), indexes(store, table))).collect();
    let partitions =
        is_server.then(|| section.partitions.keys().map(|table| (table.clone(), partitions(store, table))).collect());
    MigrationSeen {
        history: history(store, &section.history),
        missing,
        indexes,
        partitions,
        pairs: section.pairs.iter().map(|pair| pairs::look(store, pair, (section, patience))).collect(),
        tables,
    }
}

fn history(store: &mut Store, table: &str) -> Asked<Vec<Ran>> {
    let query = store.table(table).and_then(|table| {
        let columns = ["installed_rank", "version", "script", "success"].map(|name| table.column(name));
        let mut selected = Vec::new();
        for column in columns {
            selected.push(store.dialect().text(&column?.name.to_string()));
        }
        let rank = &table.column("installed_rank")?.name;
        Ok(Query::new(format!("SELECT {} FROM {} ORDER BY {rank}", selected.join(", "), table.name)))
    });
    match query {
        Ok(query) => {
            let answer = store.rows(&query).and_then(|rows| rows.iter().map(|row| ran(table, row)).collect());
            Asked { query: query.sql, answer }
        }
        Err(error) => Asked { query: format!("SELECT * FROM {table}"), answer: Err(error) },
    }
}

fn ran(table: &str, row: &Row) -> Result<Ran, StoreError> {
    let text = |at: usize| row.get(at).and_then(Option::as_deref);
    let rank = text(0).and_then(|rank| rank.parse().ok()).ok_or_else(|| StoreError::Unusable {
        table: table.to_owned(),
        column: "installed_rank".to_owned(),
        value: text(0).unwrap_or("null").to_owned(),
        wanted: "whole number",
    })?;
    let success = matches!(text(3), Some("1" | "true" | "TRUE"));
    Ok(Ran { rank, version: text(1).map(str::to_owned), script: text(2).unwrap_or_default().to_owned(), success })
}

fn indexes(store: &mut Store, table: &str) -> Asked<Vec<String>> {
    let sql = if store.dialect().is_server() {
        "SELECT DISTINCT CAST(index_name AS CHAR) FROM information_schema.statistics \
         WHERE table_schema = DATABASE() AND table_name = ?"
    } else {
        "SELECT name FROM pragma_index_list(?)"
    };
    let answer = store.table(table).and_then(|found| store.rows(&Query::new(sql).bind(found.name.plain())));
    let sorted = |rows: Vec<Row>| {
        let mut names: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
        names.sort_unstable();
        names
    };
    Asked { query: sql.replacen('?', &format!("'{table}'"), 1), answer: answer.map(sorted) }
}

/// Each partition: name, expression, upper end; and today, as the partition's own function counts days.
const PARTITIONS: &str = "SELECT CAST(partition_name AS CHAR), CAST(partition_method AS CHAR), \
     CAST(partition_expression AS CHAR), CAST(partition_description AS CHAR), CAST(TO_DAYS(CURRENT_DATE) AS CHAR), \
     CAST(UNIX_TIMESTAMP() AS CHAR), CAST(CURRENT_DATE AS CHAR), CAST(YEAR(CURRENT_DATE) AS CHAR) \
     FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = ? \
     ORDER BY partition_ordinal_position";

fn partitions(store: &mut Store, table: &str) -> Asked<Partitions> {
    let found = store.table(table);
    let answer = found.and_then(|found| store.rows(&Query::new(PARTITIONS).bind(found.name.plain())));
    let query = PARTITIONS.replacen('?', &format!("'{table}'"), 1);
    Asked { query, answer: answer.map(|rows| fold(&rows)) }
}

/// The partitions that the rows tell of. A table without any has one row, of nulls.
fn fold(rows: &[Row]) -> Partitions {
    let text = |row: &Row, at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let named: Vec<&Row> = rows.iter().filter(|row| !text(row, 0).is_empty()).collect();
    let names = named.iter().map(|row| text(row, 0)).collect();
    let mut current = if named.is_empty() { Current::Unknown } else { Current::Nowhere };
    for row in named {
        let (name, end) = (text(row, 0), text(row, 3));
        if end.eq_ignore_ascii_case("MAXVALUE") {
            current = Current::CatchAll(name);
            break;
        }
        match is_below(row, &end) {
            Some(true) => {
                current = Current::Bounded(name);
                break;
            }
            Some(false) => {}
            None => return Partitions { names, current: Current::Unknown },
        }
    }
    Partitions { names, current }
}

/// Whether today lies below a partition's upper end; `None` where that cannot be told.
fn is_below(row: &Row, end: &str) -> Option<bool> {
    let text = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
    let (method, expression) = (text(1).to_ascii_uppercase(), text(2).to_ascii_lowercase());
    let number = |text: &str| text.parse::<i64>().ok();
    if method == "RANGE COLUMNS" && !expression.contains(',') {
        let day = end.trim_matches('\'').get(..10)?;
        let is_day =
            day.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
        return is_day.then(|| text(6) < day);
    }
    let today = match expression.split('(').next()? {
        "to_days" => number(text(4))?,
        "unix_timestamp" => number(text(5))?,
        "year" => number(text(7))?,
        _ => return None,
    };
    (method == "RANGE").then_some(today < number(end)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::tests::Written;

    fn row(name: &str, kind: (&str, &str), end: &str) -> Row {
        [name, kind.0, kind.1, end, "739941", "1766000000", "2025-12-18", "2025"]
            .map(|text| Some(text.to_owned()))
            .into()
    }

    const BY_DAY: (&str, &str) = ("RANGE", "to_days(`create_time`)");

    #[test]
    fn today_falls_into_the_first_partition_that_ends_behind_it() {
        let rows = [row("p1", BY_DAY, "739941"), row("p2", BY_DAY, "739942"), row("p_future", BY_DAY, "MAXVALUE")];
        let seen = fold(&rows);
        assert_eq!(seen.names, ["p1", "p2", "p_future"]);
        assert_eq!(seen.current, Current::Bounded("p2".into()), "an upper end is not part of its partition");
        assert_eq!(
            fold(&[row("p1", BY_DAY, "739941"), row("p_future", BY_DAY, "MAXVALUE")]).current,
            Current::CatchAll("p_future".into())
        );
        assert_eq!(fold(&[row("p1", BY_DAY, "739941")]).current, Current::Nowhere);
    }

    #[test]
    fn other_ways_to_partition_by_a_day_are_known_and_the_rest_is_unknown() {
        let current = |kind, end| fold(&[row("p", kind, end)]).current;
        let inside = Current::Bounded("p".into());
        assert_eq!(current(("RANGE COLUMNS", "`create_time`"), "'2025-12-19'"), inside);
        assert_eq!(current(("RANGE COLUMNS", "`create_time`"), "'2025-12-18 00:00:00'"), Current::Nowhere);
        assert_eq!(current(("RANGE", "unix_timestamp(`at`)"), "1766000001"), inside);
        assert_eq!(current(("RANGE", "year(`at`)"), "2026"), inside);
        assert_eq!(current(("HASH", "`id`"), "4"), Current::Unknown);
        assert_eq!(current(("RANGE", "`id`"), "4"), Current::Unknown);
        let none: Row = vec![None; 8];
        assert_eq!(fold(&[none]), Partitions { names: Vec::new(), current: Current::Unknown });
    }

    #[test]
    fn the_history_comes_in_its_order_with_its_failures() {
        let written = Written::new(
            "CREATE TABLE flyway_schema_history (installed_rank INTEGER, version TEXT, script TEXT, success INTEGER);
             INSERT INTO flyway_schema_history VALUES (2, '20251223', 'b.sql', 0), (1, '1', 'a.sql', 1), (3, NULL, 'R__c.sql', 1);",
        );
        let seen = history(&mut written.store(), "flyway_schema_history").answer.unwrap();
        let told: Vec<(i64, bool)> = seen.iter().map(|ran| (ran.rank, ran.success)).collect();
        assert_eq!(told, [(1, true), (2, false), (3, true)]);
        assert_eq!((seen[0].version.as_deref(), seen[2].version.as_deref()), (Some("1"), None));
    }

    #[test]
    fn tables_are_a_set_of_names_and_no_number() {
        let written = Written::new(
            "CREATE TABLE POSID_ACCOUNT (a INTEGER); CREATE TABLE posid_area (a INTEGER); CREATE INDEX i ON POSID_ACCOUNT (a);",
        );
        let section: MigrationSection = toml::from_str(
            "tables = [\"POSID_ACCOUNT\", \"POSID_AREA\"]\npair = []\n[indexes]\nPOSID_ACCOUNT = [\"i\"]\n",
        )
        .unwrap();
        let mut pause = |_| {};
        let seen = look(&mut written.store(), &section, &mut Patience::new(&mut pause, &|| false));
        assert_eq!(seen.missing, ["POSID_AREA"]);
        assert_eq!(seen.indexes[0].1.answer, Ok(vec!["i".to_owned()]));
        assert!(seen.partitions.is_none() && seen.history.answer.is_err());
    }
}
