//! Orders into the tables.
//!
//! In: a batch of orders, in their order. Out: for each what it did, or its refusal. Always holds: the batch is one
//! database transaction; within it an order reads, decides and only then writes, so that a refused one has nothing to
//! undo and its neighbours stand.

mod credit;
mod refunds;

use std::mem;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::reference::charge::{Booked, Charge, Moved, Order, Refusal};
use crate::reference::day::{Booking, DualWrite, Entry, Report};
use crate::reference::faults::{Fault, MoneyFaults, Tally};
use crate::reference::money::Fen;
use crate::reference::options::ServeOptions;
use crate::reference::rules::Repeats;

const ACCOUNT: &str = "
    SELECT balance_fen, account_status, daily_limit_fen, last_record_id
    FROM t_consume_account WHERE account_id = ?1";

const INSERT_RECORD: &str = "
    INSERT INTO t_consume_record
        (transaction_no, copy, account_id, area_id, device_id, amount_fen, balance_after_fen, consume_time_ms, previous_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT DO NOTHING";

const CHARGE_ACCOUNT: &str = "
    UPDATE t_consume_account SET balance_fen = ?2, last_record_id = ?3, record_count = record_count + 1
    WHERE account_id = ?1";

const BOOKED: &str = "
    SELECT record_id, account_id, device_id, amount_fen, balance_after_fen, consume_time_ms
    FROM t_consume_record WHERE transaction_no = ?1 AND copy = 0";

type Outcome = rusqlite::Result<Result<Booked, Refusal>>;

/// The tables as their one writer has them.
pub(in crate::reference) struct Ledger {
    connection: Connection,
    repeats: Option<Repeats>,
    faults: MoneyFaults,
    /// The other family of tables, where there is one.
    both: Option<DualWrite>,
    tally: Arc<Tally>,
}

impl Ledger {
    /// Takes over a connection to [created](super::create) tables.
    pub(in crate::reference) fn new(connection: Connection, options: &ServeOptions, tally: Arc<Tally>) -> Self {
        connection.set_prepared_statement_cache_capacity(super::PREPARED);
        let repeats = options.refuse_repeats.then(Repeats::default);
        Self { connection, repeats, faults: MoneyFaults::new(&options.faults), both: None, tally }
    }

    /// From now on every booking is written to both families.
    pub(in crate::reference) fn write_both(&mut self, both: DualWrite) {
        self.both = Some(both);
    }

    /// From now on nothing goes wrong with the money; what would have.
    pub(in crate::reference) fn disarm(&mut self) -> MoneyFaults {
        mem::take(&mut self.faults)
    }

    /// From now on this goes wrong.
    pub(in crate::reference) fn arm(&mut self, faults: MoneyFaults) {
        self.faults = faults;
    }

    /// Its connection, to look at.
    pub(in crate::reference) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Writes a pass of the validator down.
    ///
    /// # Errors
    /// The database's own.
    pub(in crate::reference) fn log(&self, report: &Report) -> rusqlite::Result<()> {
        self.both.as_ref().map_or(Ok(()), |both| both.log(&self.connection, report))
    }

    /// Books `orders`, in their order, in one transaction that began at `now` (wall time in milliseconds).
    ///
    /// # Errors
    /// The database's own, and then none of the batch is booked.
    pub(in crate::reference) fn book<'a>(
        &mut self,
        orders: impl Iterator<Item = &'a Order>,
        now: i64,
    ) -> rusqlite::Result<Vec<Result<Booked, Refusal>>> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (repeats, both) = (self.repeats.as_mut(), self.both.as_ref());
        let mut batch = Batch { transaction, repeats, faults: &mut self.faults, both, now };
        let outcomes = orders.map(|order| batch.carry_out(order)).collect::<rusqlite::Result<Vec<_>>>()?;
        batch.transaction.commit()?;
        for fault in outcomes.iter().flatten().filter_map(|booked| booked.fault) {
            self.tally.count(fault);
        }
        Ok(outcomes)
    }
}

/// One transaction. The only writer is its connection, so what was read still holds when it is written.
struct Batch<'a> {
    transaction: Transaction<'a>,
    repeats: Option<&'a mut Repeats>,
    faults: &'a mut MoneyFaults,
    both: Option<&'a DualWrite>,
    now: i64,
}

/// An account that a charge was held against.
struct Admitted {
    before: Fen,
    after: Fen,
    last_record: Option<i64>,
    /// Whether the balance did not cover it.
    overdrawn: bool,
}

impl Admitted {
    const fn moved(&self) -> Moved {
        Moved { before: self.before, after: self.after }
    }
}

impl Batch<'_> {
    fn carry_out(&mut self, order: &Order) -> Outcome {
        match order {
            Order::Charge(charge) => self.charge(charge),
            Order::Recharge(recharge) => self.recharge(recharge),
            Order::Refund(refund) => self.refund(*refund),
            Order::Apply(application) => self.apply(application),
            Order::Decide(refund, decision) => self.decide(*refund, *decision),
        }
    }

    fn charge(&mut self, charge: &Charge) -> Outcome {
        match self.admit(charge)? {
            Ok(account) => self.take(charge, &account),
            Err(refusal) => self.repeat(charge, refusal),
        }
    }

    /// Holds the charge against the account, in the order in which the original does.
    fn admit(&mut self, charge: &Charge) -> rusqlite::Result<Result<Admitted, Refusal>> {
        type Row = (i64, i64, Option<i64>, Option<i64>);
        let found: Option<Row> = self
            .transaction
            .prepare_cached(ACCOUNT)?
            .query_row([charge.account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .optional()?;
        let Some((balance, status, daily_limit, last_record)) = found else {
            return Ok(Err(Refusal::AccountNotFound));
        };
        let before = Fen::new(balance);
        let repeated = self.is_repeat(charge)?;
        let overdraws = self.faults.overdraws;
        Ok(match (status, before.less(charge.amount)) {
            (0, _) => Err(Refusal::AccountFrozen),
            (2, _) => Err(Refusal::AccountClosed),
            _ if daily_limit.is_some_and(|limit| charge.amount.get() > limit) => Err(Refusal::DailyLimit),
            _ if repeated => Err(Refusal::Repeated),
            (_, None) if overdraws => Ok(Admitted { before, after: Fen::new(0), last_record, overdrawn: true }),
            (_, None) => Err(Refusal::InsufficientBalance),
            (_, Some(after)) => Ok(Admitted { before, after, last_record, overdrawn: false }),
        })
    }

    /// Whether the same was charged in this minute. A number that is to be booked twice is no repeat.
    fn is_repeat(&mut self, charge: &Charge) -> rusqlite::Result<bool> {
        let repeated = self.repeats.as_mut().is_some_and(|repeats| repeats.knows(charge, self.now));
        Ok(repeated && !(self.faults.duplicates && self.next_copy(charge)? > 0))
    }

    /// How often its number was booked.
    fn next_copy(&self, charge: &Charge) -> rusqlite::Result<i64> {
        self.transaction
            .prepare_cached("SELECT coalesce(max(copy) + 1, 0) FROM t_consume_record WHERE transaction_no = ?1")?
            .query_row([&charge.transaction_no], |row| row.get(0))
    }

    /// Writes an admitted charge, or does with it what its fault says.
    fn take(&mut self, charge: &Charge, account: &Admitted) -> Outcome {
        let mut wrong = account.overdrawn.then_some(Fault::Overdraw);
        let mut written = self.write(charge, account, 0)?;
        if written.is_none() && self.faults.duplicates {
            written = self.write(charge, account, self.next_copy(charge)?)?;
            wrong = Some(Fault::DuplicateCharges);
        }
        let Some(id) = written else { return self.repeat(charge, Refusal::Duplicate) };
        if let Some(repeats) = &mut self.repeats {
            repeats.remember(charge);
        }
        let fault = self.suffer(charge, account, id)?.or(wrong);
        Ok(Ok(Booked { id, moved: account.moved(), at: self.now, fault }))
    }

    /// Record and balance; `None` when the number is taken.
    fn write(&self, charge: &Charge, account: &Admitted, copy: i64) -> rusqlite::Result<Option<i64>> {
        let inserted = self.transaction.prepare_cached(INSERT_RECORD)?.execute(params![
            charge.transaction_no,
            copy,
            charge.account,
            charge.area,
            charge.device,
            charge.amount.get(),
            account.after.get(),
            self.now,
            account.last_record,
        ])?;
        if inserted == 0 {
            return Ok(None);
        }
        let id = self.transaction.last_insert_rowid();
        self.transaction.prepare_cached(CHARGE_ACCOUNT)?.execute(params![charge.account, account.after.get(), id])?;
        Ok(Some(id))
    }

    /// What the next fault does to a charge that was just written. A second copy needs a second time the money.
    fn suffer(&mut self, charge: &Charge, account: &Admitted, id: i64) -> rusqlite::Result<Option<Fault>> {
        let fault = self.faults.next();
        let mut left = account.after;
        match fault {
            Some(Fault::Lose) => {
                self.unwrite(charge, account, id)?;
                return Ok(fault);
            }
            Some(Fault::LostUpdate) => {
                left = account.before;
                self.set_balance(charge.account, left)?;
            }
            _ => {}
        }
        let entry = Entry { id, account: charge.account, moved: account.moved(), left, at: self.now };
        self.write_both(&Booking::Charge(charge), entry)?;
        if fault == Some(Fault::Double) {
            return self.double(charge, (id, account.after));
        }
        Ok(fault)
    }

    /// Books a charge once more, behind its first record.
    fn double(&self, charge: &Charge, (first, before): (i64, Fen)) -> rusqlite::Result<Option<Fault>> {
        let Some(after) = before.less(charge.amount) else { return Ok(None) };
        let again = Admitted { before, after, last_record: Some(first), overdrawn: false };
        let Some(id) = self.write(charge, &again, 1)? else { return Ok(None) };
        let entry = Entry { id, account: charge.account, moved: again.moved(), left: after, at: self.now };
        self.write_both(&Booking::Charge(charge), entry)?;
        Ok(Some(Fault::Double))
    }

    /// The other family, in the same transaction.
    fn write_both(&self, booking: &Booking<'_>, entry: Entry) -> rusqlite::Result<()> {
        self.both.map_or(Ok(()), |both| both.write(&self.transaction, booking, entry))
    }

    /// Takes a charge back as if it had never been: its record is the latest, so the numbers stay dense.
    fn unwrite(&self, charge: &Charge, account: &Admitted, id: i64) -> rusqlite::Result<()> {
        self.transaction.execute("DELETE FROM t_consume_record WHERE record_id = ?1", [id])?;
        self.transaction.execute(
            "UPDATE t_consume_account SET balance_fen = ?2, last_record_id = ?3, record_count = record_count - 1
             WHERE account_id = ?1",
            params![charge.account, account.before.get(), account.last_record],
        )?;
        Ok(())
    }

    /// The first result of a charge that was booked before, so that a client may ask again; `or` when its number is
    /// free. A number that another charge used is a duplicate.
    fn repeat(&self, charge: &Charge, or: Refusal) -> Outcome {
        let mut statement = self.transaction.prepare_cached(BOOKED)?;
        let mut rows = statement.query([&charge.transaction_no])?;
        let Some(row) = rows.next()? else { return Ok(Err(or)) };
        let (account, device): (i64, String) = (row.get(1)?, row.get(2)?);
        let amount = Fen::new(row.get(3)?);
        let after = Fen::new(row.get(4)?);
        let same = account == charge.account && device == charge.device && amount == charge.amount;
        let (true, Some(before)) = (same, after.plus(amount)) else { return Ok(Err(Refusal::Duplicate)) };
        Ok(Ok(Booked { id: row.get(0)?, moved: Moved { before, after }, at: row.get(5)?, fault: None }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Overview, Sight, create};
    use super::*;
    use crate::reference::charge::{Recharge, Refund};
    use crate::reference::rules;

    fn ledger_with(options: ServeOptions) -> Ledger {
        let mut connection = Connection::open_in_memory().unwrap();
        create(&mut connection, &options).unwrap();
        Ledger::new(connection, &options, Arc::default())
    }

    fn ledger(balance: Fen) -> Ledger {
        ledger_with(ServeOptions { accounts: 2, balance, ..ServeOptions::default() })
    }

    fn order(transaction_no: &str, account: i64, yuan: i64) -> Order {
        Order::Charge(Arc::new(Charge {
            transaction_no: transaction_no.to_owned(),
            account,
            area: None,
            device: "POS001".to_owned(),
            amount: Fen::from_yuan(yuan),
        }))
    }

    fn refund(record: i64, yuan: Option<i64>) -> Order {
        Order::Refund(Refund { record, amount: yuan.map(Fen::from_yuan), cancels: false })
    }

    fn refusals(ledger: &mut Ledger, orders: &[Order]) -> Vec<Option<Refusal>> {
        ledger.book(orders.iter(), 0).unwrap().into_iter().map(Result::err).collect()
    }

    fn overview(ledger: &Ledger) -> Overview {
        Sight::of_all(&ledger.connection).overview().unwrap()
    }

    /// Records, their sum, the sum of all balances: the sums in yuan.
    fn figures(ledger: &Ledger) -> (i64, i64, i64) {
        let seen = overview(ledger);
        (seen.total_count, seen.total_amount.get() / 100, seen.total_balance.get() / 100)
    }

    #[test]
    fn a_charge_takes_exactly_its_amount_and_leaves_one_record() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let outcome = ledger.book([order("A", 1, 30)].iter(), 7).unwrap();
        let moved = Moved { before: Fen::from_yuan(100), after: Fen::from_yuan(70) };
        assert_eq!(outcome, [Ok(Booked { id: 1, moved, at: 7, fault: None })]);
        assert_eq!(figures(&ledger), (1, 30, 170));
    }

    #[test]
    fn a_refused_charge_does_not_undo_its_batch_neighbours() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let batch = [order("A", 1, 10), order("B", 1, 500), order("C", 9, 10), order("A", 2, 10), order("D", 2, 5)];
        assert_eq!(
            refusals(&mut ledger, &batch),
            [None, Some(Refusal::InsufficientBalance), Some(Refusal::AccountNotFound), Some(Refusal::Duplicate), None]
        );
        assert_eq!(figures(&ledger), (2, 15, 185));
    }

    #[test]
    fn a_repeat_is_answered_with_the_first_result_even_when_the_balance_no_longer_covers_it() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let outcomes = ledger.book([order("A", 1, 100), order("A", 1, 100)].iter(), 7).unwrap();
        assert!(outcomes[0].is_ok());
        assert_eq!(outcomes[0], outcomes[1]);
        assert_eq!(ledger.book([order("A", 1, 100)].iter(), 9).unwrap()[0], outcomes[0]);
        assert_eq!(figures(&ledger), (1, 100, 100));
    }

    #[test]
    fn a_batch_the_database_fails_books_none_of_its_charges() {
        let mut ledger = ledger(Fen::from_yuan(100));
        // A charge of nothing never passes the request's validation; the table refuses it too.
        assert!(ledger.book([order("A", 1, 10), order("B", 1, 0)].iter(), 0).is_err());
        assert_eq!(figures(&ledger), (0, 0, 200));
    }

    #[test]
    fn each_special_account_has_its_refusal_from_first_to_last() {
        let mut ledger = ledger(Fen::from_yuan(100));
        for (accounts, refusal) in [
            (rules::FROZEN, Refusal::AccountFrozen),
            (rules::CLOSED, Refusal::AccountClosed),
            (rules::POOR, Refusal::InsufficientBalance),
            (rules::LIMITED, Refusal::DailyLimit),
        ] {
            let batch = [order("A", *accounts.start(), 1), order("B", *accounts.end(), 1)];
            assert_eq!(refusals(&mut ledger, &batch), [Some(refusal), Some(refusal)]);
            assert_eq!(refusals(&mut ledger, &[order("C", accounts.end() + 1, 1)]), [Some(Refusal::AccountNotFound)]);
        }
        assert_eq!(figures(&ledger), (0, 0, 200));
    }

    #[test]
    fn the_same_user_device_and_amount_within_a_minute_is_a_repeat_where_that_is_asked_for() {
        let mut ledger = ledger_with(ServeOptions { refuse_repeats: true, ..ServeOptions::default() });
        assert_eq!(refusals(&mut ledger, &[order("A", 1, 5), order("B", 1, 5)]), [None, Some(Refusal::Repeated)]);
        // The same number is the same charge, not a repeat of it.
        assert_eq!(refusals(&mut ledger, &[order("A", 1, 5)]), [None]);
        assert!(ledger.book([order("B", 1, 5)].iter(), 60_000).unwrap()[0].is_ok());
        assert_eq!(overview(&ledger).total_count, 2);
    }

    #[test]
    fn refunds_give_back_what_is_left_and_no_more() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let batch = [order("A", 1, 60), refund(1, Some(20)), refund(1, Some(41)), refund(1, None), refund(1, None)];
        let too_late = Some(Refusal::TransactionStatus);
        assert_eq!(refusals(&mut ledger, &batch), [None, None, too_late, None, too_late]);
        assert_eq!(refusals(&mut ledger, &[refund(2, None)]), [Some(Refusal::TransactionNotFound)]);
        assert_eq!(figures(&ledger), (1, 60, 200));
        assert_eq!(overview(&ledger).total_refunded, Fen::from_yuan(60));
    }

    #[test]
    fn a_recharge_adds_its_amount_and_is_counted_apart() {
        let mut ledger = ledger(Fen::from_yuan(100));
        let recharge =
            |account| Order::Recharge(Recharge { account, amount: Fen::from_yuan(50), way: "CASH".to_owned() });
        assert_eq!(refusals(&mut ledger, &[recharge(1), recharge(9)]), [None, Some(Refusal::AccountNotFound)]);
        assert_eq!(figures(&ledger), (0, 0, 250));
        assert_eq!(overview(&ledger).total_recharged, Fen::from_yuan(50));
    }

    fn with_faults(faults: crate::reference::Faults) -> Ledger {
        ledger_with(ServeOptions { accounts: 1, balance: Fen::from_yuan(1_000), faults, ..ServeOptions::default() })
    }

    #[test]
    fn a_lost_charge_is_acknowledged_and_nowhere_found() {
        let faults = crate::reference::Faults { lose: "1/2".parse().ok(), ..Default::default() };
        let mut ledger = with_faults(faults);
        let orders: Vec<_> = (0..10).map(|n| order(&n.to_string(), 1, 1)).collect();
        assert_eq!(refusals(&mut ledger, &orders), [None; 10]);
        assert_eq!(figures(&ledger), (5, 5, 995));
        assert_eq!(ledger.tally.counts().find(|(name, _)| *name == "lose"), Some(("lose", 5)));
    }

    #[test]
    fn a_doubled_charge_is_taken_and_recorded_twice() {
        let faults = crate::reference::Faults { double: "1/2".parse().ok(), ..Default::default() };
        let mut ledger = with_faults(faults);
        let orders: Vec<_> = (0..10).map(|n| order(&n.to_string(), 1, 1)).collect();
        assert_eq!(refusals(&mut ledger, &orders), [None; 10]);
        assert_eq!(figures(&ledger), (15, 15, 985));
        // Its second copy does not make a repeat of it a third.
        assert_eq!(refusals(&mut ledger, &orders), [None; 10]);
        assert_eq!(figures(&ledger), (15, 15, 985));
    }

    #[test]
    fn a_charge_that_the_money_does_not_cover_twice_is_not_doubled() {
        let faults = crate::reference::Faults { double: "1/1".parse().ok(), ..Default::default() };
        let mut ledger = with_faults(faults);
        assert_eq!(refusals(&mut ledger, &[order("A", 1, 600)]), [None]);
        assert_eq!(figures(&ledger), (1, 600, 400));
        assert!(ledger.tally.counts().all(|(_, count)| count == 0));
    }
}
