//! Names that may enter SQL.
//!
//! In: names as the acceptance file has them. Out: names as the database's own catalogue has them, quoted. Always holds: a
//! [`Name`] is only ever made from the catalogue's answer; a name that no schema has is an error and no query.

use std::fmt;

use super::{Dialect, Query, Row, Store, StoreError};

/// A name that the catalogue gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    plain: String,
    quote: char,
}

impl Name {
    fn new(plain: String, dialect: Dialect) -> Self {
        Self { plain, quote: if dialect.is_server() { '`' } else { '"' } }
    }

    /// As people write it.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.plain
    }
}

impl fmt::Display for Name {
    /// As SQL takes it: quoted, its own quotes doubled.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = self.quote;
        let doubled = self.plain.replace(quote, &format!("{quote}{quote}"));
        write!(f, "{quote}{doubled}{quote}")
    }
}

/// A column that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Whether it holds exact numbers, which compare by their value and not by their digits.
    pub is_number: bool,
}

/// A table that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Its columns, in order.
    pub columns: Vec<Column>,
}

impl Table {
    /// The column `wanted`, in whatever case.
    ///
    /// # Errors
    /// [`StoreError::NoColumn`].
    pub fn column(&self, wanted: &str) -> Result<&Column, StoreError> {
        let found = self.columns.iter().find(|column| column.name.plain.eq_ignore_ascii_case(wanted));
        found.ok_or_else(|| StoreError::NoColumn { table: self.name.plain.clone(), column: wanted.to_owned() })
    }
}

impl Store {
    /// Looks up the table `wanted`, letter by letter unless the server folds names.
    ///
    /// # Errors
    /// [`StoreError::NoTable`], and what asking the catalogue may end in.
    pub fn table(&mut self, wanted: &str) -> Result<Table, StoreError> {
        let sql = match self.dialect {
            Dialect::Sqlite => {
                // With generated columns, which the plainer pragma leaves out.
                "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_xinfo(m.name) c \
                 WHERE m.type IN ('table', 'view') AND m.name = ? AND c.hidden <> 1 ORDER BY c.cid"
            }
            Dialect::MySql | Dialect::MariaDb => {
                "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR) \
                 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? \
                 ORDER BY ordinal_position"
            }
        };
        let rows = self.rows(&Query::new(sql).bind(wanted))?;
        let (dialect, folds) = (self.dialect, self.folds_names);
        let is_wanted = |name: &str| name == wanted || (folds && name.eq_ignore_ascii_case(wanted));
        let mut found: Option<Table> = None;
        for row in rows {
            let Some([table, column, kind]) = texts(row) else { continue };
            if is_wanted(&table) {
                let table = found.get_or_insert_with(|| Table { name: Name::new(table, dialect), columns: Vec::new() });
                table.columns.push(Column { name: Name::new(column, dialect), is_number: is_number(&kind) });
            }
        }
        found.ok_or_else(|| StoreError::NoTable(wanted.to_owned()))
    }

    /// The names of all tables of the schema, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn table_names(&mut self) -> Result<Vec<String>, StoreError> {
        let rows = self.rows(&Query::new(self.dialect.tables()))?;
        let mut names: Vec<String> = rows.into_iter().filter_map(|row| texts(row).map(|[name]| name)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Whether two table names are one to this database.
    #[must_use]
    pub fn is_same_table(&self, one: &str, other: &str) -> bool {
        one == other || (self.folds_names && one.eq_ignore_ascii_case(other))
    }
}

impl Dialect {
    /// The query for the names of all tables.
    #[must_use]
    pub const fn tables(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
            Self::MySql | Self::MariaDb => {
                "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            }
        }
    }
}

/// The values of a row that has just so many and no null.
pub(super) fn texts<const N: usize>(row: Row) -> Option<[String; N]> {
    row.into_iter().collect::<Option<Vec<String>>>()?.try_into().ok()
}

fn is_number(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["int", "decimal", "numeric"].iter().any(|word| kind.contains(word)) && !kind.contains("point")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::tests::Written;

    #[test]
    fn names_come_from_the_catalogue_quoted_and_letter_by_letter() {
        let written =
            Written::new("CREATE TABLE \"odd \"\" name\" (a INTEGER, \"b c\" TEXT, d DECIMAL(10,2), e POINT)");
        let mut store = written.store();
        let table = store.table("odd \" name").unwrap();
        assert_eq!(table.name.to_string(), "\"odd \"\" name\"");
        assert_eq!(table.column("B C").unwrap().name.to_string(), "\"b c\"");
        let numbers: Vec<bool> = table.columns.iter().map(|column| column.is_number).collect();
        assert_eq!(numbers, [true, false, true, false]);
        assert_eq!(store.table("ODD \" name"), Err(StoreError::NoTable("ODD \" name".to_owned())));
        let refused = table.column("a; DROP TABLE t").unwrap_err();
        assert_eq!(refused.to_string(), "table odd \" name has no column a; DROP TABLE t");
    }

    #[test]
    fn generated_columns_are_columns() {
        let sql = "CREATE TABLE t (fen INTEGER, yuan TEXT GENERATED ALWAYS AS (printf('%.2f', fen / 100.0)) VIRTUAL)";
        let table = Written::new(sql).store().table("t").unwrap();
        assert_eq!(table.column("yuan").unwrap().name.plain(), "yuan");
    }

    #[test]
    fn an_underscore_in_a_name_is_no_wildcard() {
        let mut store = Written::new("CREATE TABLE POSIDXACCOUNT (a INTEGER)").store();
        assert!(store.table("POSID_ACCOUNT").is_err());
        assert_eq!(store.table_names().unwrap(), ["POSIDXACCOUNT"]);
    }

    #[test]
    fn server_names_are_quoted_by_backticks() {
        assert_eq!(Name::new("a`b".to_owned(), Dialect::MySql).to_string(), "`a``b`");
    }
}
