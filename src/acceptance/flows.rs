//! What must hold of each account's flows, which row equality cannot show: a lost update is the same on both sides.
//!
//! In: a table of flows and the accounts that they move. Out: how many flows break which rule. Always holds: every amount
//! is exact; flows are read in the order of their keys, a few thousand at a time; of each account one balance is kept.

use std::collections::HashMap;

use crate::acceptance::patience::Patience;
use crate::acceptance::store::{Asked, Name, Query, Row, Store, StoreError, Table};
use crate::scenario::acceptance::dual_write::{FlowSection, Sign};
use crate::units::{Amount, Micros};

/// How many rows are read at once.
const CHUNK: usize = 5_000;
/// The most breaches of one kind that are named.
const MOST_NAMED: usize = 10;
/// The most accounts that are looked at again.
const MOST_REREAD: usize = 10_000;
/// After how long they are: a flow and its balance may have been read at two moments.
const REREAD_AFTER: Micros = Micros::from_secs(5);

/// What was seen of one table of flows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowsSeen {
    /// How many flows there are.
    pub flows: u64,
    /// How many accounts they are of.
    pub accounts: u64,
    /// Flows whose balance behind is not the balance before and the amount.
    pub arithmetic: Broken,
    /// Flows whose balance before is not the balance behind the account's flow before it.
    pub chain: Broken,
    /// Flows that move nothing, or less than nothing where every flow is a charge.
    pub amounts: Broken,
    /// Flows that leave an account below nothing.
    pub negative: Broken,
    /// Accounts whose balance is not that behind their last flow.
    pub balances: Broken,
    /// Values that are there more than once and should not be; `None` where no column is unique.
    pub doubled: Option<Broken>,
}

/// How many break a rule, and which: keys of flows, of accounts, or values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub named: Vec<String>,
}

impl Broken {
    fn add(&mut self, which: impl ToString) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(which.to_string());
        }
    }
}

/// The last flow of an account.
#[derive(Clone, Copy)]
struct Last {
    after: Amount,
}

/// A table of flows whose names were looked up.
struct Flows<'a> {
    section: &'a FlowSection,
    table: Table,
    accounts: Table,
}

/// Looks at every flow of `section`, and at the accounts.
pub fn look(store: &mut Store, section: &FlowSection, patience: &mut Patience<'_>) -> Asked<FlowsSeen> {
    let query = format!(
        "SELECT {}, {}, {}, {}, {} FROM {} ORDER BY {}",
        section.key, section.account, section.amount, section.before, section.after, section.table, section.key
    );
    let answer = Flows::look_up(store, section).and_then(|flows| flows.read(store, patience));
    Asked { query, answer }
}

impl<'a> Flows<'a> {
    fn look_up(store: &mut Store, section: &'a FlowSection) -> Result<Self, StoreError> {
        let (table, accounts) = (store.table(&section.table)?, store.table(&section.accounts)?);
        for column in [&section.account_key, &section.balance] {
            accounts.column(column)?;
        }
        for column in [&section.key, &section.account, &section.amount, &section.before, &section.after] {
            table.column(column)?;
        }
        if let Some(unique) = &section.unique {
            table.column(unique)?;
        }
        Ok(Self { section, table, accounts })
    }

    fn read(&self, store: &mut Store, patience: &mut Patience<'_>) -> Result<FlowsSeen, StoreError> {
        let (mut seen, mut last_of) = (FlowsSeen::default(), HashMap::new());
        let mut reader = Reader::of(&self.table, &self.section.key)?;
        let section = self.section;
        let columns = [&section.account, &section.amount, &section.before, &section.after];
        while let Some(rows) = reader.chunk(store, &columns.map(String::as_str))? {
            patience.check()?;
            for (key, row) in rows {
                self.add(&mut seen, &mut last_of, (key, &row))?;
            }
        }
        seen.accounts = last_of.len() as u64;
        seen.balances = self.balances(store, &last_of, patience)?;
        seen.doubled = self.section.unique.as_deref().map(|unique| self.doubled(store, unique)).transpose()?;
        Ok(seen)
    }

    fn add(
        &self,
        seen: &mut FlowsSeen,
        last_of: &mut HashMap<i64, Last>,
        (key, row): (i64, &Row),
    ) -> Result<(), StoreError> {
        let amount = |at, column| self.amount(row, (at, column));
        let account = whole(&self.table, &self.section.account, row.first())?;
        let moved = amount(1, &self.section.amount)?;
        let (before, after) = (amount(2, &self.section.before)?, amount(3, &self.section.after)?);
        let (rises_by, is_sound) = match self.section.sign {
            Sign::Signed => (moved, moved != Amount::ZERO),
            Sign::Charge => (-moved, moved > Amount::ZERO),
        };
        seen.flows += 1;
        if after != before + rises_by {
            seen.arithmetic.add(key);
        }
        if !is_sound {
            seen.amounts.add(key);
        }
        if after < Amount::ZERO {
            seen.negative.add(key);
        }
        let earlier = last_of.insert(account, Last { after });
        if earlier.is_some_and(|earlier| earlier.after != before) {
            seen.chain.add(key);
        }
        Ok(())
    }

    fn amount(&self, row: &Row, (at, column): (usize, &str)) -> Result<Amount, StoreError> {
        decimal(&self.table, column, row.get(at))
    }

    /// The accounts whose balance is not that behind their last flow, at two looks.
    fn balances(
        &self,
        store: &mut Store,
        last_of: &HashMap<i64, Last>,
        patience: &mut Patience<'_>,
    ) -> Result<Broken, StoreError> {
        let mut broken = Broken::default();
        let mut doubtful = Vec::new();
        let mut reader = Reader::of(&self.accounts, &self.section.account_key)?;
        while let Some(rows) = reader.chunk(store, &[self.section.balance.as_str()])? {
            patience.check()?;
            for (account, row) in rows {
                let balance = decimal(&self.accounts, &self.section.balance, row.first())?;
                match last_of.get(&account) {
                    Some(last) if last.after != balance && doubtful.len() < MOST_REREAD => doubtful.push(account),
                    Some(last) if last.after != balance => broken.add(account),
                    _ => {}
                }
            }
        }
        if !doubtful.is_empty() {
            patience.wait(REREAD_AFTER)?;
        }
        for account in doubtful {
            if !self.agrees_now(store, account)? {
                broken.add(account);
            }
        }
        Ok(broken)
    }

    /// Whether an account's balance is that behind its last flow, both read in one statement.
    fn agrees_now(&self, store: &mut Store, account: i64) -> Result<bool, StoreError> {
        let section = self.section;
        let dialect = store.dialect();
        let of_flow = |column: &str| self.table.column(column).map(|column| column.name.clone());
        let of_account = |column: &str| self.accounts.column(column).map(|column| column.name.clone());
        let after = dialect.text(&of_flow(&section.after)?.to_string());
        let balance = dialect.text(&of_account(&section.balance)?.to_string());
        let sql = format!(
            "SELECT (SELECT {balance} FROM {} WHERE {} = ?), (SELECT {after} FROM {} WHERE {} = ? ORDER BY {} DESC LIMIT 1)",
            self.accounts.name,
            of_account(&section.account_key)?,
            self.table.name,
            of_flow(&section.account)?,
            of_flow(&section.key)?
        );
        let rows = store.rows(&Query::new(sql).bind(account).bind(account))?;
        let row = rows.first().map(Vec::as_slice).unwrap_or_default();
        let balance = decimal(&self.accounts, &section.balance, row.first())?;
        Ok(balance == decimal(&self.table, &section.after, row.get(1))?)
    }

    fn doubled(&self, store: &mut Store, unique: &str) -> Result<Broken, StoreError> {
        let (column, table) = (&self.table.column(unique)?.name, &self.table.name);
        let groups = format!(
            "SELECT {column} AS v FROM {table} WHERE {column} IS NOT NULL GROUP BY {column} HAVING COUNT(*) > 1"
        );
        let count = store.number(&Query::new(format!("SELECT COUNT(*) FROM ({groups}) d")))?;
        let value = store.dialect().text("v");
        let named = store.rows(&Query::new(format!("SELECT {value} FROM ({groups} LIMIT {MOST_NAMED}) d")))?;
        let named = named.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
        Ok(Broken { count: u64::try_from(count).unwrap_or(0), named })
    }
}

/// A reader of a table in the order of its key.
struct Reader<'a> {
    table: &'a Table,
    key: &'a Name,
    last: Option<i64>,
    is_read: bool,
}

impl<'a> Reader<'a> {
    fn of(table: &'a Table, key: &str) -> Result<Self, StoreError> {
        Ok(Self { table, key: &table.column(key)?.name, last: None, is_read: false })
    }

    /// The next rows: key and `columns`. `None` behind the last.
    fn chunk(&mut self, store: &mut Store, columns: &[&str]) -> Result<Option<Vec<(i64, Row)>>, StoreError> {
        if self.is_read {
            return Ok(None);
        }
        let dialect = store.dialect();
        let mut selected = vec![dialect.text(&self.key.to_string())];
        for column in columns {
            selected.push(dialect.text(&self.table.column(column)?.name.to_string()));
        }
        let behind = if self.last.is_some() { format!(" WHERE {} > ?", self.key) } else { String::new() };
        let (selected, table, key) = (selected.join(", "), &self.table.name, self.key);
        let mut query = Query::new(format!("SELECT {selected} FROM {table}{behind} ORDER BY {key} LIMIT {CHUNK}"));
        query.values = self.last.iter().map(|last| (*last).into()).collect();
        let rows = store.rows(&query)?;
        self.is_read = rows.len() < CHUNK;
        let mut keyed = Vec::with_capacity(rows.len());
        for mut row in rows {
            let key = whole(self.table, self.key.plain(), row.first())?;
            row.remove(0);
            // Two rows of one key that a chunk's end tears apart would lose one of them.
            if self.last == Some(key) {
                return Err(StoreError::NoKey { table: self.table.name.plain().to_owned(), key });
            }
            self.last = Some(key);
            keyed.push((key, row));
        }
        Ok(Some(keyed))
    }
}

fn whole(table: &Table, column: &str, value: Option<&Option<String>>) -> Result<i64, StoreError> {
    let value = value.and_then(Option::as_deref);
    value.and_then(|text| text.parse().ok()).ok_or_else(|| unusable(table, (column, value), "whole number"))
}

fn decimal(table: &Table, column: &str, value: Option<&Option<String>>) -> Result<Amount, StoreError> {
    let value = value.and_then(Option::as_deref);
    let parsed = value.and_then(|text| Amount::parse(text.as_bytes()));
    parsed.ok_or_else(|| unusable(table, (column, value), "amount"))
}

fn unusable(table: &Table, (column, value): (&str, Option<&str>), wanted: &'static str) -> StoreError {
    StoreError::Unusable {
        table: table.name.plain().to_owned(),
        column: column.to_owned(),
        value: value.unwrap_or("null").to_owned(),
        wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acceptance::store::tests::Written;

    const TABLES: &str = "
        CREATE TABLE POSID_ACCOUNT (account_id INTEGER PRIMARY KEY, balance DECIMAL(12,2));
        CREATE TABLE POSID_CAPITAL_FLOW (flow_id INTEGER PRIMARY KEY, account_id INTEGER, amount DECIMAL(10,2),
            balance_before DECIMAL(10,2), balance_after DECIMAL(10,2), transaction_no TEXT);
        INSERT INTO POSID_ACCOUNT VALUES (1, '70.50'), (2, '5'), (3, '1');
        INSERT INTO POSID_CAPITAL_FLOW VALUES
            (1, 1, '-10', '100', '90', 'A'), (2, 2, '5', '0', '5', 'B'), (3, 1, '-19.50', '90', '70.50', 'C');";

    fn look_at(sql: &str, meanwhile: &str, section: &FlowSection) -> Result<FlowsSeen, StoreError> {
        let written = Written::new(&format!("{TABLES}{sql}"));
        let mut pause = |_| written.connection.execute_batch(meanwhile).unwrap();
        look(&mut written.store(), section, &mut Patience::new(&mut pause, &|| false)).answer
    }

    fn seen(sql: &str) -> FlowsSeen {
        look_at(sql, "", &FlowSection::default()).unwrap()
    }

    #[test]
    fn sound_flows_break_nothing() {
        let seen = seen("");
        let expected = FlowsSeen { flows: 3, accounts: 2, doubled: Some(Broken::default()), ..FlowsSeen::default() };
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_lost_update_breaks_the_chain_though_each_flow_is_sound() {
        let seen = seen(
            "INSERT INTO POSID_CAPITAL_FLOW VALUES (4, 1, '-10', '90', '80', 'D'); UPDATE POSID_ACCOUNT SET balance = 80 WHERE account_id = 1;",
        );
        assert_eq!(seen.chain, Broken { count: 1, named: vec!["4".into()] });
        assert_eq!((seen.arithmetic.count, seen.balances.count), (0, 0));
    }

    #[test]
    fn each_breach_is_counted_where_it_belongs() {
        let seen = seen(
            "INSERT INTO POSID_CAPITAL_FLOW VALUES (4, 2, '0', '5', '5', 'A'), (5, 2, '-6', '5', '-1', NULL), (6, 2, '1', '-1', '1', NULL);",
        );
        assert_eq!(seen.amounts.named, ["4"]);
        assert_eq!(seen.negative.named, ["5"]);
        assert_eq!(seen.arithmetic.named, ["6"]);
        assert_eq!(seen.doubled.unwrap(), Broken { count: 1, named: vec!["A".into()] }, "nulls are no values");
        assert_eq!(seen.balances.named, ["2"]);
    }

    #[test]
    fn a_charge_is_positive_and_takes_away() {
        let section = FlowSection { sign: Sign::Charge, ..FlowSection::default() };
        let charges = "UPDATE POSID_CAPITAL_FLOW SET amount = -amount;";
        let seen = look_at(charges, "", &section).unwrap();
        assert_eq!((seen.arithmetic.count, seen.amounts.named), (0, vec!["2".to_owned()]), "flow 2 gives");
    }

    #[test]
    fn a_balance_that_agrees_when_it_is_looked_at_again_is_sound() {
        let late = "INSERT INTO POSID_CAPITAL_FLOW VALUES (4, 2, '2', '5', '7', 'D')";
        let seen = look_at("UPDATE POSID_ACCOUNT SET balance = 7 WHERE account_id = 2;", late, &FlowSection::default());
        assert_eq!(seen.unwrap().balances.count, 0);
    }

    #[test]
    fn an_amount_that_cannot_be_read_is_told_and_not_taken_for_nothing() {
        let error =
            look_at("UPDATE POSID_CAPITAL_FLOW SET amount = NULL WHERE flow_id = 2;", "", &FlowSection::default());
        assert!(matches!(error, Err(StoreError::Unusable { value, .. }) if value == "null"));
    }
}
