//! The service's own account of a run: read before the load, and behind it once it stands still.
//!
//! In: what the plan reconciles, a client, and behind the load the books. Out: [`Evidence`] of each. Always holds: the
//! first reading comes before the first request; the last one is a whole reading of an account that stood still for as
//! long as was asked, so rows that come late, or behind a later key, are in it.

use std::thread;

use crate::acceptance::books::{Books, Ledger};
use crate::acceptance::compare::{Expected, Tally, count, sums};
use crate::acceptance::evidence::{Change, Evidence, Identities, Seen, Sent, Unread};
use crate::acceptance::reading::{Read, Reader};
use crate::attack::transport::inquiry::Inquirer;
use crate::plan::Plan;
use crate::plan::reconcile::{By, Figure, Listing, Reconcile};
use crate::units::{Amount, Micros};

/// How often an account is looked at that is to stand still.
const LOOK: Micros = Micros::from_millis(200);
/// How long an account may go on moving, beside the time that it must stand still.
const MOST_MOVING: Micros = Micros::from_secs(60);

/// One account, read before the load.
pub struct Witness<'a> {
    plan: &'a Plan,
    reconcile: &'a Reconcile,
    before: Result<Before, Unread>,
}

#[derive(Clone, Copy)]
enum Before {
    /// The last key of a listing.
    Key(u64),
    /// The number itself.
    Number(Amount),
}

/// Reads every account that `plan` names, before the load. `stop` says whether nobody wants to wait any more.
pub fn first<'a>(plan: &'a Plan, client: &mut Inquirer, stop: &dyn Fn() -> bool) -> Vec<Witness<'a>> {
    let read = |reconcile: &'a Reconcile| {
        let mut reader = Reader { client, headers: &reconcile.headers, stop };
        let before = match &reconcile.by {
            By::Identity(listing) => reader.last_key(listing).map(Before::Key),
            By::Sum(figure) => resting(&mut reader, figure, reconcile.settle).map(Before::Number),
        };
        Witness { plan, reconcile, before }
    };
    plan.reconciles.iter().map(read).collect()
}

/// The number, if it stands still while nobody sends anything: one that others move proves nothing.
fn resting(reader: &mut Reader<'_>, figure: &Figure, settle: Micros) -> Result<Amount, Unread> {
    let (number, begun) = (reader.number(figure)?, reader.client.now());
    while reader.client.now() < begun + settle {
        thread::sleep(LOOK.into());
        if reader.number(figure)? != number {
            return Err(Unread::Restless);
        }
    }
    Ok(number)
}

impl Witness<'_> {
    /// Why the account could not be read, and whose it is; `None` when it was.
    #[must_use]
    pub fn trouble(&self) -> Option<(&str, &Unread)> {
        self.before.as_ref().err().map(|cause| (self.reconcile.name.as_str(), cause))
    }

    /// The longest that the last reading waits for an account that stands still at once.
    #[must_use]
    pub const fn settle(&self) -> Option<Micros> {
        match &self.before {
            Ok(_) => Some(self.reconcile.settle),
            Err(_) => None,
        }
    }

    /// Reads the account again behind the load, and holds it against the books.
    pub fn second(self, client: &mut Inquirer, books: &Books, stop: &dyn Fn() -> bool) -> Evidence {
        let Self { plan, reconcile, before } = self;
        let from_the_start = before.is_err();
        let ledger = books.ledger(reconcile.step);
        let mut reader = Reader { client, headers: &reconcile.headers, stop };
        let seen = match (before, &reconcile.by, ledger) {
            (_, _, Some(ledger)) if ledger.overflowed() => Err(Unread::TooMany),
            (Ok(Before::Key(after)), By::Identity(listing), Some(ledger)) => {
                let account = Account { plan, reconcile, listing, ledger, after };
                account.read(&mut reader).map(|seen| Seen::Identities(Box::new(seen)))
            }
            (Ok(Before::Number(before)), By::Sum(figure), Some(ledger)) => {
                let expected = sums(ledger, reconcile.amount.as_ref(), &plan.feeders);
                change(&mut reader, (figure, reconcile.settle), before, expected).map(Seen::Change)
            }
            (Err(cause), ..) => Err(cause),
            // A ledger is kept of every step that is reconciled.
            (Ok(_), ..) => Err(Unread::TooMany),
        };
        Evidence {
            step: reconcile.name.clone(),
            by: match &reconcile.by {
                By::Identity(listing) => Some(listing.field.clone()),
                By::Sum(_) => None,
            },
            required: reconcile.required,
            sent: ledger.map_or_else(Sent::default, count),
            seen: seen.unwrap_or_else(|cause| Seen::Unread { cause, from_the_start }),
        }
    }
}

/// How long an account has stood still.
struct Rest {
    begun: Micros,
    /// When it was last seen to have moved.
    moved: Micros,
    settle: Micros,
}

impl Rest {
    const fn begin(now: Micros, settle: Micros) -> Self {
        Self { begun: now, moved: now, settle }
    }

    fn is_still(&self, now: Micros) -> bool {
        now >= self.moved + self.settle
    }

    /// Whether it has moved for longer than anybody waits.
    fn is_hopeless(&self, now: Micros) -> bool {
        now > self.begun + self.settle + MOST_MOVING
    }

    /// How long behind the first reading it last moved.
    fn late(&self) -> Micros {
        self.moved.saturating_sub(self.begun)
    }
}

/// A listing, and what it is held against.
struct Account<'a> {
    plan: &'a Plan,
    reconcile: &'a Reconcile,
    listing: &'a Listing,
    ledger: &'a Ledger,
    after: u64,
}

impl Account<'_> {
    fn whole(&self, reader: &mut Reader<'_>) -> Result<(Identities, Read), Unread> {
        let amount = self.listing.amount.as_ref().and(self.reconcile.amount.as_ref());
        let (identity, feeders) = (&self.listing.identity, self.plan.feeders.as_slice());
        let mut tally = Tally::new(Expected { ledger: self.ledger, identity, amount, feeders });
        let read = reader.rows(self.listing, self.after, &mut |(id, amount)| tally.add(id, amount))?;
        Ok((tally.finish(), read))
    }

    /// Reads all, waits until nothing comes any more, and reads all again: a row may have come behind a later key.
    fn read(&self, reader: &mut Reader<'_>) -> Result<Identities, Unread> {
        let (first, mut known) = self.whole(reader)?;
        let mut rest = Rest::begin(reader.client.now(), self.reconcile.settle);
        loop {
            while !rest.is_still(reader.client.now()) {
                thread::sleep(LOOK.min(self.reconcile.settle).into());
                let fresh = reader.rows(self.listing, known.last, &mut |_| true)?;
                if fresh.rows > 0 {
                    rest.moved = reader.client.now();
                    known = Read { rows: known.rows + fresh.rows, last: fresh.last };
                }
                if rest.is_hopeless(reader.client.now()) {
                    break;
                }
            }
            let (seen, read) = self.whole(reader)?;
            if read != known && !rest.is_hopeless(reader.client.now()) {
                (known, rest.moved) = (read, reader.client.now());
                continue;
            }
            if read != known && seen.foreign == 0 {
                return Err(Unread::Restless);
            }
            let late = seen.rows.saturating_sub(first.rows);
            return Ok(Identities { late: (late > 0).then(|| (late, rest.late())), ..seen });
        }
    }
}

/// Reads the number until it stands still.
fn change(
    reader: &mut Reader<'_>,
    (figure, settle): (&Figure, Micros),
    before: Amount,
    (acknowledged, unknown): (Amount, Amount),
) -> Result<Change, Unread> {
    let first = reader.number(figure)?;
    let (mut after, mut rest) = (first, Rest::begin(reader.client.now(), settle));
    while !rest.is_still(reader.client.now()) {
        thread::sleep(LOOK.min(settle).into());
        let number = reader.number(figure)?;
        if number != after {
            (after, rest.moved) = (number, reader.client.now());
        }
        if rest.is_hopeless(reader.client.now()) {
            return Err(Unread::Restless);
        }
    }
    let late = (after != first).then(|| (if figure.falls { first - after } else { after - first }, rest.late()));
    Ok(Change { before, after, least: acknowledged, most: acknowledged + unknown, falls: figure.falls, late })
}
