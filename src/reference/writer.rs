//! The one thread that writes: group commit.
//!
//! In: orders, over a bounded channel. Out: each one's answer, after its batch is committed. Always holds: an answer
//! that is never sent belongs to an order that was never booked.
//!
//! A commit costs the same for one order as for a hundred, so the thread takes all that wait and commits them
//! together. Nobody waits for a batch to fill: while one is being committed the next one gathers.

use std::io;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use super::charge::{Booked, Order, Refusal};
use super::day::Report;
use super::ledger::Ledger;
use super::wall_clock;

/// Orders that may wait for the writer; more wait in their own tasks.
const WAITING: usize = 1_024;
/// The most orders in one transaction.
const BATCH: usize = 512;

/// What became of an order.
pub(super) type Answer = Result<Booked, Refusal>;

/// What the writer is told.
pub(super) enum Command {
    /// Book this and tell.
    Book(Order, oneshot::Sender<Answer>),
    /// Write a validation down and tell.
    Log(Report, oneshot::Sender<rusqlite::Result<()>>),
    /// Book what came before, then end.
    Close,
}

/// Starts the writer on its ledger. It ends at [`Command::Close`], or when every sender is gone.
pub(super) fn start(ledger: Ledger) -> io::Result<(mpsc::Sender<Command>, JoinHandle<()>)> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let thread = thread::Builder::new().name("ledger-writer".to_owned()).spawn(move || write(ledger, receiver))?;
    Ok((sender, thread))
}

fn write(mut ledger: Ledger, mut receiver: mpsc::Receiver<Command>) {
    let mut commands = Vec::with_capacity(BATCH);
    let mut batch = Vec::with_capacity(BATCH);
    let mut open = true;
    while open && receiver.blocking_recv_many(&mut commands, BATCH) > 0 {
        for command in commands.drain(..) {
            match command {
                Command::Book(order, answer) => batch.push((order, answer)),
                // Whoever asked may have gone.
                Command::Log(report, told) => drop(told.send(ledger.log(&report))),
                Command::Close => open = false,
            }
        }
        commit(&mut ledger, &mut batch);
    }
}

/// Books the batch and answers it. When the database fails, the answers are dropped unsent, which is an answer too.
fn commit(ledger: &mut Ledger, batch: &mut Vec<(Order, oneshot::Sender<Answer>)>) {
    if batch.is_empty() {
        return;
    }
    let at = wall_clock::now_millis();
    match ledger.book(batch.iter().map(|(order, _)| order), at) {
        Ok(outcomes) => {
            for ((_, answer), outcome) in batch.drain(..).zip(outcomes) {
                // A client that has gone does not take its answer; its charge stands all the same.
                let _ = answer.send(outcome);
            }
        }
        Err(error) => {
            log::error!("a batch of {} orders was not booked: {error}", batch.len());
            batch.clear();
        }
    }
}
