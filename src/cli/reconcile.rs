//! The money of a run: the service's own account read before the load and behind it.
//!
//! In: the plan, and the way to the target. Out: a sink that keeps the books, and at the end the evidence. Always holds:
//! a plan that reconciles nothing costs nothing; what could not be read is said at once, and stands in the evidence.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::acceptance::books::{Bookkeeper, Books};
use crate::acceptance::evidence::Evidence;
use crate::acceptance::witness::{self, Witness};
use crate::attack::transport::inquiry::{Inquirer, Way};
use crate::cli::exit::CliError;
use crate::cli::say;
use crate::plan::Plan;
use crate::plan::reconcile::By;
use crate::report::{Lang, text::money};
use crate::sample::SampleSink;
use crate::units::Micros;

/// The least that an answer is waited for: a page of rows is no charge.
const PATIENCE: Micros = Micros::from_secs(30);

/// What was read before the load, and the books that are kept during it.
pub(super) struct Money<'a> {
    open: Option<Open<'a>>,
    lang: Lang,
}

struct Open<'a> {
    client: Inquirer,
    witnesses: Vec<Witness<'a>>,
    books: Arc<Books>,
}

impl<'a> Money<'a> {
    /// Reads what `plan` reconciles, before the load.
    pub(super) fn first(
        plan: &'a Plan,
        way: Way<'_>,
        (interrupt, lang): (&Receiver<()>, Lang),
    ) -> Result<Self, CliError> {
        if plan.reconciles.is_empty() {
            return Ok(Self { open: None, lang });
        }
        let system = |cause| CliError::System { what: "cannot set up the client that reads the money", cause };
        let mut client = Inquirer::new(way, plan.load.timeout.max(PATIENCE)).map_err(system)?;
        let stopped = Cell::new(false);
        let stop = || stopped.get() || interrupt.try_recv().is_ok_and(|()| !stopped.replace(true));
        let witnesses = witness::first(plan, &mut client, &stop);
        if stopped.get() {
            return Err(CliError::Interrupted);
        }
        for (step, cause) in witnesses.iter().filter_map(Witness::trouble) {
            say(&money::unread_warning(lang, step, cause));
        }
        Ok(Self { open: Some(Open { client, witnesses, books: Arc::new(Books::of(plan)) }), lang })
    }

    /// `sink`, with the books kept in front of it.
    pub(super) fn sink(&self, sink: Arc<dyn SampleSink>) -> Arc<dyn SampleSink> {
        match &self.open {
            Some(open) => Arc::new(Bookkeeper { sink, books: Arc::clone(&open.books) }),
            None => sink,
        }
    }

    /// At most `most` of the requests of `plan` that were acknowledged and have a name, chosen at random: how each is
    /// named.
    pub(super) fn acknowledged(&self, plan: &Plan, most: usize) -> Vec<String> {
        let Some(open) = &self.open else { return Vec::new() };
        let named = plan.reconciles.iter().find_map(|reconcile| match &reconcile.by {
            By::Identity(listing) => Some((&listing.identity, open.books.ledger(reconcile.step)?)),
            By::Sum(_) => None,
        });
        let Some((identity, ledger)) = named else { return Vec::new() };
        ledger.acknowledged(most, plan.seed).into_iter().map(|sequence| identity.name(sequence)).collect()
    }

    /// Reads again behind the load. A message in `interrupt` ends the waiting.
    pub(super) fn second(self, interrupt: &Receiver<()>, quiet: bool) -> Vec<Evidence> {
        let Some(Open { mut client, witnesses, books }) = self.open else { return Vec::new() };
        if let Some(settle) = witnesses.iter().filter_map(Witness::settle).max().filter(|_| !quiet) {
            say(&money::reading_back(self.lang, settle));
        }
        let stopped = Cell::new(false);
        let stop = || stopped.get() || interrupt.try_recv().is_ok_and(|()| !stopped.replace(true));
        witnesses.into_iter().map(|witness| witness.second(&mut client, &books, &stop)).collect()
    }
}
