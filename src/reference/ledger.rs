//! The accounts and the records, in SQL.
//!
//! In: a batch of charges. Out: for each what it took, or its refusal. Always holds: the batch is one database
//! transaction; within it a charge reads, decides and only then writes, so that a refused one has nothing to undo and
//! its neighbours stand.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;

use super::charge::{Charge, Refusal, Taken};
use super::money::Fen;
use super::options::ServeOptions;

const SCHEMA: &str = "
    CREATE TABLE consume_account (
        account_id  INTEGER PRIMARY KEY,
        balance_fen INTEGER NOT NULL CHECK (balance_fen >= 0)
    );
    CREATE TABLE consume_record (
        record_id      INTEGER PRIMARY KEY,
        transaction_no TEXT    NOT NULL UNIQUE,
        account_id     INTEGER NOT NULL,
        area_id        TEXT,
        device_id      TEXT    NOT NULL,
        amount_fen     INTEGER NOT NULL CHECK (amount_fen > 0),
        balance_fen    INTEGER NOT NULL,
        created_at_ms  INTEGER NOT NULL
    );";

const SEED: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
    INSERT INTO consume_account (account_id, balance_fen) SELECT i, ?2 FROM n";

const INSERT_RECORD: &str = "
    INSERT INTO consume_record
        (transaction_no, account_id, area_id, device_id, amount_fen, balance_fen, created_at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (transaction_no) DO NOTHING";

// One statement, so that the three figures belong to the same moment.
const OVERVIEW: &str = "
    SELECT (SELECT count(*) FROM consume_record),
           (SELECT coalesce(sum(amount_fen), 0) FROM consume_record),
           (SELECT coalesce(sum(balance_fen), 0) FROM consume_account)";

/// The figures by which a run's money is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overview {
    /// Records in the table.
    pub(super) total_count: i64,
    /// Their sum.
    pub(super) total_amount: Fen,
    /// The sum of all balances.
    pub(super) total_balance: Fen,
}

/// Creates the tables and the accounts, `1..=accounts`.
pub(super) fn create(connection: &mut Connection, options: &ServeOptions) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute(SEED, params![options.accounts, options.balance.get()])?;
    transaction.commit()
}

/// Books `charges`, in their order, in one transaction that began at `now` (wall time in milliseconds).
///
/// # Errors
/// The database's own, and then none of the batch is booked.
pub(super) fn book<'a>(
    connection: &mut Connection,
    charges: impl Iterator<Item = &'a Charge>,
    now: i64,
) -> rusqlite::Result<Vec<Result<Taken, Refusal>>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcomes = charges.map(|charge| take(&transaction, charge, now)).collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(outcomes)
}

/// Takes one charge. The only writer is this connection, so what was read still holds when it is written.
fn take(transaction: &Transaction<'_>, charge: &Charge, now: i64) -> rusqlite::Result<Result<Taken, Refusal>> {
    let Some(before) = balance(transaction, charge.account)? else {
        return Ok(Err(Refusal::AccountNotFound));
    };
    let Some(after) = before.less(charge.amount) else {
        let booked = is_booked(transaction, &charge.transaction_no)?;
        return Ok(Err(if booked { Refusal::Duplicate } else { Refusal::InsufficientBalance }));
    };
    let inserted = transaction.prepare_cached(INSERT_RECORD)?.execute(params![
        charge.transaction_no,
        charge.account,
        charge.area,
        charge.device,
        charge.amount.get(),
        after.get(),
        now
    ])?;
    if inserted == 0 {
        return Ok(Err(Refusal::Duplicate));
    }
    transaction
        .prepare_cached("UPDATE consume_account SET balance_fen = ?2 WHERE account_id = ?1")?
        .execute(params![charge.account, after.get()])?;
    Ok(Ok(Taken { before, after }))
}

/// The balance of `account`, if it exists.
pub(super) fn balance(connection: &Connection, account: i64) -> rusqlite::Result<Option<Fen>> {
    connection
        .prepare_cached("SELECT balance_fen FROM consume_account WHERE account_id = ?1")?
        .query_row([account], |row| row.get(0).map(Fen::new))
        .optional()
}

fn is_booked(connection: &Connection, transaction_no: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM consume_record WHERE transaction_no = ?1")?.exists([transaction_no])
}

/// Counts and sums, from the tables themselves.
pub(super) fn overview(connection: &Connection) -> rusqlite::Result<Overview> {
    connection.prepare_cached(OVERVIEW)?.query_row([], |row| {
        Ok(Overview {
            total_count: row.get(0)?,
            total_amount: Fen::new(row.get(1)?),
            total_balance: Fen::new(row.get(2)?),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(balance: Fen) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        create(&mut connection, &ServeOptions { accounts: 2, balance, ..ServeOptions::default() }).unwrap();
        connection
    }

    fn charge(transaction_no: &str, account: i64, yuan: i64) -> Charge {
        Charge {
            transaction_no: transaction_no.to_owned(),
            account,
            area: None,
            device: "POS001".to_owned(),
            amount: Fen::from_yuan(yuan),
        }
    }

    fn refusals(connection: &mut Connection, charges: &[Charge]) -> Vec<Option<Refusal>> {
        book(connection, charges.iter(), 0).unwrap().into_iter().map(Result::err).collect()
    }

    #[test]
    fn a_charge_takes_exactly_its_amount_and_leaves_one_record() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let outcome = book(&mut ledger, [charge("A", 1, 30)].iter(), 0).unwrap();
        assert_eq!(outcome, [Ok(Taken { before: Fen::from_yuan(100), after: Fen::from_yuan(70) })]);
        let expected =
            Overview { total_count: 1, total_amount: Fen::from_yuan(30), total_balance: Fen::from_yuan(170) };
        assert_eq!(overview(&ledger).unwrap(), expected);
    }

    #[test]
    fn a_refused_charge_does_not_undo_its_batch_neighbours() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let batch =
            [charge("A", 1, 10), charge("B", 1, 500), charge("C", 9, 10), charge("A", 2, 10), charge("D", 2, 5)];
        assert_eq!(
            refusals(&mut ledger, &batch),
            [None, Some(Refusal::InsufficientBalance), Some(Refusal::AccountNotFound), Some(Refusal::Duplicate), None]
        );
        let expected =
            Overview { total_count: 2, total_amount: Fen::from_yuan(15), total_balance: Fen::from_yuan(185) };
        assert_eq!(overview(&ledger).unwrap(), expected);
    }

    #[test]
    fn a_repeat_that_the_balance_no_longer_covers_is_still_called_a_repeat() {
        let mut ledger = ledger(Fen::from_yuan(100));
        assert_eq!(
            refusals(&mut ledger, &[charge("A", 1, 100), charge("A", 1, 100)]),
            [None, Some(Refusal::Duplicate)]
        );
    }

    #[test]
    fn a_batch_the_database_fails_books_none_of_its_charges() {
        let mut ledger = ledger(Fen::from_yuan(100));
        // A charge of nothing never passes the request's validation; the table refuses it too.
        assert!(book(&mut ledger, [charge("A", 1, 10), charge("B", 1, 0)].iter(), 0).is_err());
        assert_eq!(overview(&ledger).unwrap().total_count, 0);
        assert_eq!(balance(&ledger, 1).unwrap(), Some(Fen::from_yuan(100)));
    }
}
