//! Two tables that must say the same, row by row.
//!
//! In: a pair of tables. Out: how many rows each has, and how many say the same. Always holds: both are read in the order
//! of their keys, a few thousand rows at a time, without a lock and without a transaction; rows that differ are read again
//! after a while, and only what still differs counts; no row of either side is left out of the union.

mod side;

use std::cmp::Ordering;

use crate::acceptance::patience::Patience;
use crate::acceptance::store::{Asked, Column, Query, Row, Store, StoreError, Table};
use crate::scenario::acceptance::migration::{MigrationSection, PairSection};
use crate::units::Amount;
use side::Side;

/// The most rows that differ and are read again; the rest counts as it was seen.
const MOST_REREAD: usize = 100_000;
/// How many keys are read again at once.
const AT_ONCE: usize = 500;
/// The most differences that are named.
const MOST_NAMED: usize = 20;

/// What was seen of one pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairSeen {
    /// What the pair is called.
    pub name: String,
    /// The numbers of rows that count, old and new, at one moment.
    pub rows: Asked<(u64, u64)>,
    /// The full comparison.
    pub comparison: Asked<Comparison>,
}

/// A full comparison. Every key of either side is in just one of the counts but `union`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Keys that either side has.
    pub union: u64,
    /// Those whose rows say the same.
    pub equal: u64,
    /// Those whose rows differ.
    pub unequal: u64,
    /// Those that the old side alone has.
    pub only_old: u64,
    /// Those that the new side alone has.
    pub only_new: u64,
    /// Those that a side has more than once.
    pub doubled: u64,
    /// How many differed at first and were the same when they were read again.
    pub settled: u64,
    /// How many differed and were not read again, because there were too many.
    pub not_reread: u64,
    /// The first that differ.
    pub named: Vec<Difference>,
}

/// One key whose rows do not say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The key.
    pub key: i64,
    /// How.
    pub how: How,
}

/// How the rows of a key differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The new side has none.
    OnlyOld,
    /// The old side has none.
    OnlyNew,
    /// A side has more than one.
    Doubled,
    /// A column differs: its name in the old table, the old value and the new one.
    Column(String, Option<String>, Option<String>),
}

/// The rows of one key on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    rows: u64,
    /// The compared columns of its first row.
    row: Row,
}

/// A pair whose names were looked up.
struct Pair {
    old: Side,
    new: Side,
    /// Each compared column's name in the old table, and whether both sides hold numbers in it.
    columns: Vec<(String, bool)>,
}

/// Looks at one pair, waiting with `patience` before rows that differ are read again.
pub fn look(
    store: &mut Store,
    section: &PairSection,
    (all, patience): (&MigrationSection, &mut Patience<'_>),
) -> PairSeen {
    let pair = Pair::look_up(store, section, all.chunk);
    let (rows, comparison) = match pair {
        Ok(mut pair) => {
            let counting = Query::new(format!("SELECT {}, {}", pair.old.counting(), pair.new.counting()));
            let rows = Asked { answer: counted(store, &counting), query: counting.sql };
            let query = pair.described();
            let answer = pair.compare(store).and_then(|first| pair.reread(store, first, (all, patience)));
            (rows, Asked { query, answer })
        }
        Err(error) => {
            let query = format!("{} = {}", section.old, section.new);
            (Asked { query: query.clone(), answer: Err(error.clone()) }, Asked { query, answer: Err(error) })
        }
    };
    PairSeen { name: section.name.clone(), rows, comparison }
}

/// One statement reads one state of the database: both numbers are of the same moment.
fn counted(store: &mut Store, counting: &Query) -> Result<(u64, u64), StoreError> {
    let rows = store.rows(counting)?;
    let counts: Option<Vec<u64>> =
        rows.first().and_then(|row| row.iter().map(|value| value.as_ref()?.parse().ok()).collect());
    match counts.as_deref() {
        Some([old, new]) => Ok((*old, *new)),
        _ => Err(StoreError::Refused("it did not count the rows".to_owned())),
    }
}

/// The first reading: what the keys showed, and which of them are to be read again.
struct First {
    seen: Comparison,
    differing: Vec<i64>,
}

impl Pair {
    fn look_up(store: &mut Store, section: &PairSection, chunk: u32) -> Result<Self, StoreError> {
        let (old, new) = (store.table(&section.old)?, store.table(&section.new)?);
        let mut columns = Vec::new();
        let (mut of_old, mut of_new) = (Vec::new(), Vec::new());
        for (in_old, in_new) in section.compared() {
            let (one, other) = (old.column(in_old)?, new.column(in_new)?);
            columns.push((one.name.plain().to_owned(), one.is_number && other.is_number));
            of_old.push(one.clone());
            of_new.push(other.clone());
        }
        let dialect = store.dialect();
        let side = |table: Table, key: &str, columns: Vec<Column>| -> Result<Side, StoreError> {
            let key = table.column(key)?.clone();
            let live = section.deleted.as_deref().and_then(|flag| table.column(flag).ok().cloned());
            Ok(Side::new(dialect, table, (key, live, columns), chunk))
        };
        let (old, new) = (side(old, &section.key, of_old)?, side(new, section.key_of_new(), of_new)?);
        Ok(Self { old, new, columns })
    }

    /// What is done, as a reader understands it.
    fn described(&self) -> String {
        format!("{} = {}", self.old.described(), self.new.described())
    }

    fn compare(&mut self, store: &mut Store) -> Result<First, StoreError> {
        let (mut seen, mut differing) = (Comparison::default(), Vec::new());
        loop {
            let (old, new) = (self.old.key(store)?, self.new.key(store)?);
            let order = match (old, new) {
                (None, None) => return Ok(First { seen, differing }),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.cmp(&new),
            };
            let key = if order == Ordering::Greater { new } else { old }.unwrap_or_default();
            let old = if order == Ordering::Greater { None } else { self.old.take(store)? };
            let new = if order == Ordering::Less { None } else { self.new.take(store)? };
            match self.differs(old.as_ref(), new.as_ref()) {
                Some(how) if differing.len() >= MOST_REREAD => seen.count(key, how),
                Some(_) => differing.push(key),
                None => seen.equal(),
            }
        }
    }

    /// Reads what differed again, after a while.
    fn reread(
        &self,
        store: &mut Store,
        First { mut seen, differing }: First,
        (section, patience): (&MigrationSection, &mut Patience<'_>),
    ) -> Result<Comparison, StoreError> {
        seen.not_reread = seen.union - seen.equal;
        if !differing.is_empty() {
            patience.wait(section.reread_after)?;
        }
        for keys in differing.chunks(AT_ONCE) {
            patience.check()?;
            let (old, new) = (self.old.at(store, keys)?, self.new.at(store, keys)?);
            for key in keys {
                match (old.get(key), new.get(key)) {
                    // Both sides have taken it away: it is no key any more.
                    (None, None) => seen.settled += 1,
                    (old, new) => match self.differs(old, new) {
                        Some(how) => seen.count(*key, how),
                        None => {
                            seen.settled += 1;
                            seen.equal();
                        }
                    },
                }
            }
        }
        Ok(seen)
    }

    fn differs(&self, old: Option<&Group>, new: Option<&Group>) -> Option<How> {
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) => (old, new),
            (Some(_), None) => return Some(How::OnlyOld),
            (None, _) => return Some(How::OnlyNew),
        };
        if old.rows > 1 || new.rows > 1 {
            return Some(How::Doubled);
        }
        let mut values = old.row.iter().zip(&new.row).zip(&self.columns);
        values
            .find(|((old, new), (_, is_number))| !is_same(old.as_deref(), new.as_deref(), *is_number))
            .map(|((old, new), (column, _))| How::Column(column.clone(), old.clone(), new.clone()))
    }
}

/// Whether two values are one. Numbers compare by their value: `10.0` is `10.00`; texts by every byte.
fn is_same(old: Option<&str>, new: Option<&str>, is_number: bool) -> bool {
    if old == new {
        return true;
    }
    let number = |text: Option<&str>| text.filter(|_| is_number).and_then(|text| Amount::parse(text.as_bytes()));
    matches!((number(old), number(new)), (Some(old), Some(new)) if old == new)
}

impl Comparison {
    fn equal(&mut self) {
        self.union += 1;
        self.equal += 1;
    }

    fn count(&mut self, key: i64, how: How) {
        self.union += 1;
        *match &how {
            How::OnlyOld => &mut self.only_old,
            How::OnlyNew => &mut self.only_new,
            How::Doubled => &mut self.doubled,
            How::Column(..) => &mut self.unequal,
        } += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(Difference { key, how });
        }
    }
}

#[cfg(test)]
mod tests;
