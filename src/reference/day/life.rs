//! The hours before the start, lived through in compressed time.
//!
//! In: a ledger with both families, a span of time, and what is to go wrong in it. Out: charges, recharges and refunds
//! with their moments, and a validation every ten minutes. Always holds: what is in the tables was booked and compared by
//! the code that books and compares afterwards; only the clock is another.

use std::sync::Arc;

use super::faults::DayFaults;
use super::validator::{self, EVERY};
use crate::reference::charge::{Charge, Order, Recharge, Refund};
use crate::reference::ledger::Ledger;
use crate::reference::money::Fen;
use crate::units::Micros;

/// Milliseconds from one validation to the next.
const PASS: i64 = EVERY.as_millis() as i64;
/// Milliseconds before a pass at which somebody pays: three times in ten minutes.
const PAYS: [i64; 3] = [480_000, 300_000, 120_000];
/// In every so many passes somebody recharges, and somebody gets money back.
const RECHARGES: i64 = 12;
const REFUNDS: i64 = 18;

/// The span that is lived: milliseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Span {
    /// The whole passes of `history` that end at `now`.
    pub(super) fn before(now: i64, history: Micros) -> Self {
        let passes = millis(history) / PASS;
        Self { from: now - passes * PASS, to: now }
    }

    fn passes(self) -> i64 {
        (self.to - self.from) / PASS
    }

    /// Whether the validator runs at `at`.
    fn validates(self, at: i64, faults: &DayFaults) -> bool {
        let (gap, middle) = (millis(faults.validator_gap), i64::midpoint(self.from, self.to));
        let in_gap = gap > 0 && (middle - gap / 2..middle + gap / 2).contains(&at);
        let stale = millis(faults.stale_validator);
        !in_gap && (stale == 0 || at <= self.to - stale)
    }
}

/// Lives through `span`. The flow up to which the validator has looked.
///
/// # Errors
/// The database's own.
pub(super) fn live(ledger: &mut Ledger, span: Span, accounts: u32, faults: &DayFaults) -> rusqlite::Result<i64> {
    let mut seen = 0;
    let mut last_record = None;
    for pass in 1..=span.passes() {
        let at = span.from + pass * PASS;
        for (turn, before) in (0..).zip(PAYS) {
            let order = pay(pass * 3 + turn, at, accounts);
            let booked = ledger.book([order].iter(), at - before)?;
            last_record = booked.into_iter().flatten().map(|booked| booked.id).next().or(last_record);
        }
        let others: Vec<_> = others(pass, accounts, last_record).collect();
        ledger.book(others.iter(), at - PASS / 10)?;
        if span.validates(at, faults) {
            let report = validator::look(ledger.connection(), seen, at)?;
            seen = report.seen();
            ledger.log(&report)?;
        }
    }
    Ok(seen)
}

/// The `n`th payment: from 5.50 to 50.50, by another account each time.
fn pay(n: i64, at: i64, accounts: u32) -> Order {
    Order::Charge(Arc::new(Charge {
        transaction_no: format!("DAY-{at}-{n}"),
        account: account(n, accounts),
        area: Some(format!("AREA{:02}", n % 8 + 1)),
        device: format!("POS{:03}", n % 40 + 1),
        amount: Fen::new(550 + n * 997 % 4_501),
    }))
}

fn others(pass: i64, accounts: u32, last_record: Option<i64>) -> impl Iterator<Item = Order> {
    let account = account(pass, accounts);
    let amount = Fen::from_yuan(100);
    let recharge =
        (pass % RECHARGES == 0).then(|| Order::Recharge(Recharge { account, amount, way: "WECHAT".to_owned() }));
    let refund = last_record
        .filter(|_| pass % REFUNDS == 0)
        .map(|record| Order::Refund(Refund { record, amount: Some(Fen::new(100)), cancels: false }));
    recharge.into_iter().chain(refund)
}

/// A prime step goes through all accounts before it comes back to the first.
fn account(n: i64, accounts: u32) -> i64 {
    n * 7_919 % i64::from(accounts) + 1
}

fn millis(span: Micros) -> i64 {
    i64::try_from(span.get() / 1_000).unwrap_or(i64::MAX)
}
