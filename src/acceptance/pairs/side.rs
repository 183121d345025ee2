//! One side of a pair, read in the order of its keys.
//!
//! In: a table, its key and its columns. Out: the rows of one key after the other. Always holds: a few thousand rows are
//! in memory at a time; the rows of one key are never torn apart, though a chunk may end between them.

use std::collections::{HashMap, VecDeque};

use super::Group;
use crate::acceptance::store::{Column, Dialect, Query, Row, Store, StoreError, Table};

/// A table that is read from its first key to its last.
pub(super) struct Side {
    table: Table,
    key: Column,
    /// The column whose 0 marks a row that counts.
    live: Option<Column>,
    /// Key and compared columns, as text.
    selected: String,
    chunk: usize,
    /// Rows that were read and not yet taken.
    ahead: VecDeque<(i64, Row)>,
    /// The last key that was read whole.
    last: Option<i64>,
    is_read: bool,
}

impl Side {
    pub(super) fn new(
        dialect: Dialect,
        table: Table,
        (key, live, columns): (Column, Option<Column>, Vec<Column>),
        chunk: u32,
    ) -> Self {
        let all = std::iter::once(&key).chain(&columns);
        let selected: Vec<String> = all.map(|column| dialect.text(&column.name.to_string())).collect();
        Self {
            selected: selected.join(", "),
            table,
            key,
            live,
            chunk: chunk as usize,
            ahead: VecDeque::new(),
            last: None,
            is_read: false,
        }
    }

    /// The number of rows that count, as a value.
    pub(super) fn counting(&self) -> String {
        let live = self.live.as_ref().map_or_else(String::new, |live| format!(" WHERE {} = 0", live.name));
        format!("(SELECT COUNT(*) FROM {}{live})", self.table.name)
    }

    /// What is read, as a reader understands it.
    pub(super) fn described(&self) -> String {
        let live = self.live.as_ref().map_or_else(String::new, |live| format!(" WHERE {} = 0", live.name));
        format!("(SELECT {} FROM {}{live} ORDER BY {})", self.selected, self.table.name, self.key.name)
    }

    /// The key that comes next; `None` behind the last.
    pub(super) fn key(&mut self, store: &mut Store) -> Result<Option<i64>, StoreError> {
        if self.ahead.is_empty() && !self.is_read {
            self.read_on(store)?;
        }
        Ok(self.ahead.front().map(|(key, _)| *key))
    }

    /// The rows of the key that comes next.
    pub(super) fn take(&mut self, store: &mut Store) -> Result<Option<Group>, StoreError> {
        let Some(next) = self.key(store)? else { return Ok(None) };
        let mut group = Group::default();
        while self.ahead.front().is_some_and(|(key, _)| *key == next) {
            let row = self.ahead.pop_front().map(|(_, row)| row).unwrap_or_default();
            group.add(row);
        }
        Ok(Some(group))
    }

    /// The rows of some keys, read now.
    pub(super) fn at(&self, store: &mut Store, keys: &[i64]) -> Result<HashMap<i64, Group>, StoreError> {
        let marks = vec!["?"; keys.len()].join(", ");
        let mut query = Query::new(self.select(Some(&format!("{} IN ({marks})", self.key.name))));
        query.values = keys.iter().map(|key| (*key).into()).collect();
        let mut groups: HashMap<i64, Group> = HashMap::new();
        for (key, row) in self.keyed(store.rows(&query)?)? {
            groups.entry(key).or_default().add(row);
        }
        Ok(groups)
    }

    fn select(&self, condition: Option<&str>) -> String {
        let live = self.live.as_ref().map(|live| format!("{} = 0", live.name));
        let conditions: Vec<&str> = condition.into_iter().chain(live.as_deref()).collect();
        let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        format!("SELECT {} FROM {}{filter}", self.selected, self.table.name)
    }

    fn read_on(&mut self, store: &mut Store) -> Result<(), StoreError> {
        let behind = self.last.map(|_| format!("{} > ?", self.key.name));
        let select = self.select(behind.as_deref());
        let mut query = Query::new(format!("{select} ORDER BY {} LIMIT {}", self.key.name, self.chunk));
        query.values = self.last.iter().map(|last| (*last).into()).collect();
        let mut rows = self.keyed(store.rows(&query)?)?;
        self.is_read = rows.len() < self.chunk;
        if let Some(&(torn, _)) = rows.last().filter(|_| !self.is_read) {
            // More rows of the last key may follow: they are read with the next chunk, all of them.
            while rows.last().is_some_and(|(key, _)| *key == torn) {
                rows.pop();
            }
            if rows.is_empty() {
                return Err(StoreError::NoKey { table: self.table.name.plain().to_owned(), key: torn });
            }
        }
        self.last = rows.last().map(|(key, _)| *key).or(self.last);
        self.ahead = rows.into();
        Ok(())
    }

    /// Rows with their keys taken out of them.
    fn keyed(&self, rows: Vec<Row>) -> Result<Vec<(i64, Row)>, StoreError> {
        let keyed = rows.into_iter().map(|mut row| {
            let key = if row.is_empty() { None } else { row.remove(0) };
            let parsed = key.as_deref().and_then(|key| key.parse().ok());
            parsed.map(|key| (key, row)).ok_or_else(|| StoreError::Unusable {
                table: self.table.name.plain().to_owned(),
                column: self.key.name.plain().to_owned(),
                value: key.unwrap_or_else(|| "null".to_owned()),
                wanted: "whole number that could be a key",
            })
        });
        keyed.collect()
    }
}

impl Group {
    fn add(&mut self, row: Row) {
        self.rows += 1;
        if self.rows == 1 {
            self.row = row;
        }
    }
}
