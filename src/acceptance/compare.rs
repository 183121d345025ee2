//! Rows that were read back, held against the books.
//!
//! In: rows one by one, and the ledger of their step. Out: [`Identities`]. Always holds: a row is kept as one bit, so
//! memory does not grow with what is read, but for requests that something is wrong with.

use crate::acceptance::books::Ledger;
use crate::acceptance::evidence::{Identities, Named, Sent};
use crate::plan::reconcile::{AmountOf, FIRST_REHEARSED, Identity};
use crate::sample::Fate;
use crate::scenario::feeder::Feeder;
use crate::units::Amount;

/// What the rows are held against.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) identity: &'a Identity,
    /// What each request moved; `None` where rows carry no amount.
    pub(super) amount: Option<&'a AmountOf>,
    pub(super) feeders: &'a [(String, Feeder)],
}

/// The rows so far.
pub(super) struct Tally<'a> {
    expected: Expected<'a>,
    /// A bit for each request that has a row.
    seen: Vec<u64>,
    pub(super) rows: u64,
    foreign: u64,
    doubled: Vec<u64>,
    wrong_amount: Vec<u64>,
}

impl<'a> Tally<'a> {
    pub(super) const fn new(expected: Expected<'a>) -> Self {
        Self { expected, seen: Vec::new(), rows: 0, foreign: 0, doubled: Vec::new(), wrong_amount: Vec::new() }
    }

    /// Adds a row that is named `id`; whether its amount could be read where one is compared.
    pub(super) fn add(&mut self, id: &[u8], amount: Option<&[u8]>) -> bool {
        let Expected { ledger, identity, amount: source, feeders } = self.expected;
        let named = identity.sequence(id);
        // A charge of the preflight that came late: ours, and no part of the account, which begins behind the preflight.
        if named.is_some_and(|sequence| sequence >= FIRST_REHEARSED) {
            return true;
        }
        let Some(sequence) = named.filter(|sequence| ledger.fate(*sequence).is_some()) else {
            self.foreign += 1;
            return true;
        };
        self.rows += 1;
        if self.mark(sequence) {
            self.doubled.push(sequence);
        }
        let Some(source) = source else { return true };
        let Some(found) = amount.and_then(Amount::parse) else { return false };
        if source.of(sequence, feeders) != Some(found) {
            self.wrong_amount.push(sequence);
        }
        true
    }

    /// Marks a request as seen. Whether it had been before.
    fn mark(&mut self, sequence: u64) -> bool {
        let (word, bit) = ((sequence / 64) as usize, 1 << (sequence % 64));
        if word >= self.seen.len() {
            self.seen.resize(word + 1, 0);
        }
        let before = self.seen[word] & bit != 0;
        self.seen[word] |= bit;
        before
    }

    fn has(&self, sequence: u64) -> bool {
        self.seen.get((sequence / 64) as usize).is_some_and(|word| word & (1 << (sequence % 64)) != 0)
    }

    /// What all rows together show.
    pub(super) fn finish(self) -> Identities {
        let (mut lost, mut refused, mut unknown_done) = (Named::default(), Named::default(), 0);
        for (sequence, fate) in self.expected.ledger.each() {
            match (fate, self.has(sequence)) {
                (Fate::Acknowledged, false) => lost.add(sequence),
                (Fate::Refused, true) => refused.add(sequence),
                (Fate::Unknown, true) => unknown_done += 1,
                _ => {}
            }
        }
        Identities {
            identity: self.expected.identity.clone(),
            rows: self.rows,
            lost,
            refused,
            doubled: named(self.doubled),
            wrong_amount: self.expected.amount.map(|_| named(self.wrong_amount)),
            unknown_done,
            foreign: self.foreign,
            late: None,
        }
    }
}

/// Each number once, in order.
fn named(mut numbers: Vec<u64>) -> Named {
    numbers.sort_unstable();
    numbers.dedup();
    let mut named = Named::default();
    numbers.into_iter().for_each(|number| named.add(number));
    named
}

/// How many requests were sent, by what became of them.
pub(super) fn count(ledger: &Ledger) -> Sent {
    let mut sent = Sent::default();
    for (_, fate) in ledger.each() {
        match fate {
            Fate::Acknowledged => sent.acknowledged += 1,
            Fate::Refused => sent.refused += 1,
            Fate::Unknown => sent.unknown += 1,
        }
    }
    sent
}

/// What was acknowledged and what is unknown: the sums of their amounts, or their numbers where no amount is known.
pub(super) fn sums(ledger: &Ledger, source: Option<&AmountOf>, feeders: &[(String, Feeder)]) -> (Amount, Amount) {
    let (mut acknowledged, mut unknown) = (Amount::ZERO, Amount::ZERO);
    for (sequence, fate) in ledger.each() {
        let amount = source.map_or(Some(Amount::whole(1)), |source| source.of(sequence, feeders));
        match fate {
            Fate::Acknowledged => acknowledged += amount.unwrap_or_default(),
            Fate::Unknown => unknown += amount.unwrap_or_default(),
            Fate::Refused => {}
        }
    }
    (acknowledged, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::reconcile::By;
    use crate::plan::tests::resolve;
    use crate::plan::{Overrides, Plan};

    fn plan() -> Plan {
        let text = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/p\"\nbody = '{\"no\":\"${run.id}-${sequence}\",\"amount\":2.5}'\n[[reconcile]]\nby = \"no\"\namount = \"amount\"\n[reconcile.list]\npath = \"/k?${after}\"\nitems = \"$\"\nkey = \"$.k\"\nid = \"$.i\"\namount = \"$.a\"\n";
        resolve(text, &Overrides::default()).unwrap()
    }

    fn ledger(fates: &[Fate]) -> Ledger {
        let ledger = Ledger::default();
        for (sequence, fate) in fates.iter().enumerate() {
            ledger.sent(sequence as u64);
            ledger.settled(sequence as u64, *fate);
        }
        ledger
    }

    fn compared(fates: &[Fate], rows: &[(&str, &str)]) -> Identities {
        let (plan, ledger) = (plan(), ledger(fates));
        let By::Identity(list) = &plan.reconciles[0].by else { panic!() };
        let amount = plan.reconciles[0].amount.as_ref();
        let mut tally =
            Tally::new(Expected { ledger: &ledger, identity: &list.identity, amount, feeders: &plan.feeders });
        for (id, amount) in rows {
            assert!(tally.add(id.as_bytes(), Some(amount.as_bytes())));
        }
        tally.finish()
    }

    use Fate::{Acknowledged, Refused, Unknown};

    fn one(number: u64) -> Named {
        Named { count: 1, numbers: vec![number] }
    }

    #[test]
    fn books_that_agree_name_nobody() {
        let seen = compared(&[Acknowledged, Refused, Unknown, Unknown], &[("R-0", "2.50"), ("R-3", "2.5")]);
        assert_eq!((seen.lost.count, seen.doubled.count, seen.refused.count), (0, 0, 0));
        assert_eq!(seen.wrong_amount, Some(Named::default()));
        assert_eq!((seen.rows, seen.unknown_done, seen.foreign), (2, 1, 0));
    }

    #[test]
    fn each_kind_of_disagreement_names_its_request() {
        let seen = compared(
            &[Acknowledged, Acknowledged, Refused, Unknown, Acknowledged],
            &[
                ("R-1", "2.5"),
                ("R-1", "2.5"),
                ("R-2", "2.5"),
                ("R-3", "2.5"),
                ("R-3", "2.5"),
                ("R-3", "2.5"),
                ("R-4", "9"),
            ],
        );
        assert_eq!((seen.lost, seen.refused, seen.wrong_amount), (one(0), one(2), Some(one(4))));
        assert_eq!(seen.doubled, Named { count: 2, numbers: vec![1, 3] }, "unknown ones are charged once at most, too");
    }

    #[test]
    fn rows_of_others_and_of_requests_that_were_never_sent_are_foreign() {
        let seen = compared(&[Acknowledged], &[("R-0", "2.5"), ("Q-0", "1"), ("R-1", "2.5"), ("", "0")]);
        assert_eq!((seen.rows, seen.foreign, seen.lost.count), (1, 3, 0));
    }

    #[test]
    fn a_charge_of_the_preflight_that_came_late_is_no_foreign_row() {
        let seen = compared(&[Acknowledged], &[("R-1000000000000", "2.5"), ("R-0", "2.5"), ("R-1000001000000", "2.5")]);
        assert_eq!((seen.rows, seen.foreign, seen.lost.count, seen.doubled.count), (1, 0, 0, 0));
    }

    #[test]
    fn sums_lie_between_what_was_acknowledged_and_what_may_have_been_done() {
        let (plan, ledger) = (plan(), ledger(&[Acknowledged, Acknowledged, Unknown, Refused]));
        let amount = plan.reconciles[0].amount.as_ref();
        assert_eq!(sums(&ledger, amount, &plan.feeders), (Amount::whole(5), Amount::parse(b"2.5").unwrap()));
        assert_eq!(sums(&ledger, None, &plan.feeders), (Amount::whole(2), Amount::whole(1)));
        assert_eq!(count(&ledger), Sent { acknowledged: 2, refused: 1, unknown: 1 });
    }
}
