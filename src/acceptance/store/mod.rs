//! A database that is read: MySQL, MariaDB, or an SQLite file.
//!
//! In: queries whose names were looked up and whose values are bound. Out: rows of texts, as the database writes them.
//! Always holds: nothing is ever written; every statement ends within its time; no password is in a query, an error or a
//! row.

mod catalogue;
mod dialect;
mod mysql;
mod sqlite;

use std::path::Path;

pub use catalogue::{Column, Name, Table};
pub use dialect::Dialect;

use crate::scenario::acceptance::database::DatabaseSection;
use crate::scenario::secret::Secret;
use crate::units::Micros;

/// A row: each value as text, `None` for null.
pub type Row = Vec<Option<String>>;

/// Why a database said nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no connection.
    #[error("cannot reach the database {place}: {cause}; see [database], and that the server runs and takes this user")]
    Unreachable {
        /// Where it was looked for.
        place: String,
        /// The database's own words, or the system's.
        cause: String,
    },
    /// A query was refused.
    #[error("the database refused: {0}")]
    Refused(String),
    /// A query took too long.
    #[error("the database did not answer within {0}; raise [database] statement_timeout, or ask when it is idle")]
    Slow(Micros),
    /// There is no such table, or this user may not see it.
    #[error("there is no table {0}, or this user may not read it")]
    NoTable(String),
    /// There is no such column.
    #[error("table {table} has no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A value is not of the kind that its use needs.
    #[error("{column} of {table} holds \"{value}\", which is no {wanted}")]
    Unusable {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What was found.
        value: String,
        /// What it should have been.
        wanted: &'static str,
    },
    /// More rows share one key than are read at once.
    #[error("more rows of {table} share the key {key} than are read at once; it is no key")]
    NoKey {
        /// The table.
        table: String,
        /// The key.
        key: i64,
    },
    /// Nobody wanted to wait any longer.
    #[error("interrupted")]
    Interrupted,
}

/// A value that is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Whole(i64),
    /// A text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A query and the values that are bound in it, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The SQL, with `?` for each value.
    pub sql: String,
    /// The values.
    pub values: Vec<Value>,
}

impl Query {
    /// A query that binds nothing yet.
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), values: Vec::new() }
    }

    /// The same, with one more value.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

/// What was asked, and what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<T> {
    /// The query, as a reader would repeat it.
    pub query: String,
    /// The answer, or why there is none.
    pub answer: Result<T, StoreError>,
}

/// An open database.
pub struct Store {
    backend: Backend,
    dialect: Dialect,
    /// Whether the server keeps table names without regard to their case.
    folds_names: bool,
}

enum Backend {
    File(sqlite::File),
    Server(Box<mysql::Server>),
}

impl Store {
    /// Opens the database of `section`; its files lie relative to `folder`.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub fn open(section: &DatabaseSection, folder: &Path, password: Option<&Secret>) -> Result<Self, StoreError> {
        if let Some(file) = &section.file {
            let file = sqlite::File::open(&folder.join(file), section.statement_timeout)?;
            return Ok(Self { backend: Backend::File(file), dialect: Dialect::Sqlite, folds_names: false });
        }
        let server = Box::new(mysql::Server::new(section, folder, password)?);
        let mut store = Self { backend: Backend::Server(server), dialect: Dialect::MySql, folds_names: false };
        let said = store.rows(&Query::new("SELECT CAST(VERSION() AS CHAR), CAST(@@lower_case_table_names AS CHAR)"))?;
        let said = said.into_iter().next().unwrap_or_default();
        let text = |at: usize| said.get(at).cloned().flatten().unwrap_or_default();
        store.dialect = Dialect::of_version(&text(0));
        store.folds_names = text(1) != "0";
        if let Backend::Server(server) = &mut store.backend {
            server.limit_statements(store.dialect)?;
        }
        Ok(store)
    }

    /// How it speaks.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Every row that `query` gives.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rows(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        match &mut self.backend {
            Backend::File(file) => file.rows(query),
            Backend::Server(server) => server.rows(query),
        }
    }

    /// The one whole number that `query` gives.
    ///
    /// # Errors
    /// [`StoreError`]; a missing row, a null and a text are refused too.
    pub fn number(&mut self, query: &Query) -> Result<i64, StoreError> {
        let rows = self.rows(query)?;
        let value = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        let number = value.as_deref().and_then(|text| text.parse().ok());
        number.ok_or_else(|| StoreError::Unusable {
            table: "the answer".to_owned(),
            column: query.sql.clone(),
            value: value.unwrap_or_else(|| "nothing".to_owned()),
            wanted: "whole number",
        })
    }

    /// `query` as it is repeated by hand, with its answer as a whole number of at least 0.
    #[must_use]
    pub fn count(&mut self, query: &Query) -> Asked<u64> {
        let answer = self.number(query).map(|number| u64::try_from(number).unwrap_or(0));
        Asked { query: query.sql.clone(), answer }
    }
}

#[cfg(test)]
pub(in crate::acceptance) mod tests {
    use super::*;

    /// An SQLite file with tables, to be read by a store and written to by the test.
    pub(in crate::acceptance) struct Written {
        pub(in crate::acceptance) connection: rusqlite::Connection,
        folder: tempfile::TempDir,
    }

    impl Written {
        pub(in crate::acceptance) fn new(sql: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let connection = rusqlite::Connection::open(folder.path().join("a.db")).unwrap();
            connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
            connection.execute_batch(sql).unwrap();
            Self { connection, folder }
        }

        pub(in crate::acceptance) fn store(&self) -> Store {
            Store::open(&DatabaseSection::of_file("a.db".into()), self.folder.path(), None).unwrap()
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_unreachable_and_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let opened = Store::open(&DatabaseSection::of_file("none.db".into()), folder.path(), None);
        assert!(matches!(opened.map(|_| ()), Err(StoreError::Unreachable { place, .. }) if place.contains("none.db")));
        assert!(!folder.path().join("none.db").exists());
    }

    #[test]
    fn what_is_bound_is_a_value_and_never_sql() {
        let written = Written::new("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), (NULL)");
        let mut store = written.store();
        let ask = |store: &mut Store, value: &str| store.rows(&Query::new("SELECT a FROM t WHERE a = ?").bind(value));
        assert_eq!(ask(&mut store, "x").unwrap(), [vec![Some("x".to_owned())]]);
        assert!(ask(&mut store, "x' OR '1' = '1").unwrap().is_empty());
        let nulls = store.rows(&Query::new("SELECT a FROM t WHERE a IS NULL")).unwrap();
        assert_eq!(nulls, [vec![None]]);
    }

    #[test]
    fn nothing_can_be_written() {
        let written = Written::new("CREATE TABLE t (a TEXT)");
        let mut store = written.store();
        let refused = store.rows(&Query::new("INSERT INTO t VALUES ('x')"));
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(store.number(&Query::new("SELECT COUNT(*) FROM t")), Ok(0));
    }

    #[test]
    fn a_statement_that_never_ends_is_ended() {
        let written = Written::new("CREATE TABLE t (a TEXT)");
        let section =
            DatabaseSection { statement_timeout: Micros::from_millis(50), ..DatabaseSection::of_file("a.db".into()) };
        let mut store = Store::open(&section, written.folder.path(), None).unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";
        assert_eq!(store.rows(&Query::new(endless)), Err(StoreError::Slow(Micros::from_millis(50))));
        assert_eq!(store.number(&Query::new("SELECT 1")), Ok(1), "the next one has its own time");
    }

    #[test]
    fn an_answer_that_is_no_number_is_refused() {
        let mut store = Written::new("CREATE TABLE t (a TEXT)").store();
        for sql in ["SELECT a FROM t", "SELECT NULL", "SELECT 'many'"] {
            assert!(matches!(store.number(&Query::new(sql)), Err(StoreError::Unusable { .. })), "{sql}");
        }
    }
}
