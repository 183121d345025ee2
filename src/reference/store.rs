//! The ledger's folder, its connections and its writer.
//!
//! In: orders and questions. Out: committed answers. Always holds: the folder is temporary and is gone when the store
//! is closed; reads see every charge that was answered before they began.
//!
//! Reads have a connection of their own: in WAL mode they never wait for the writer, nor it for them.
//!
//! `synchronous = OFF` leaves syncing to the system. The death of the process loses nothing by it; a crash of the whole
//! machine could, and would also end the run and with it the reason for this ledger. With `NORMAL` each checkpoint
//! syncs, and one charge in fifty waits 20 ms for the disk: a stall of the machine at hand, not of the service shown.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::charge::Order;
use super::day::{self, Counts, Day};
use super::faults::Tally;
use super::ledger::{self, Ledger, Sight};
use super::options::ServeOptions;
use super::wall_clock;
use super::writer::{self, Answer, Command};
use crate::units::Micros;

/// The database's file in the store's folder.
const FILE: &str = "consume.db";

const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -65536;";

/// Why the ledger could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No temporary folder.
    #[error("no temporary folder for the ledger: {0}; set TMPDIR (TEMP on Windows) to a folder that can be written")]
    Folder(#[source] io::Error),
    /// The database refused.
    #[error("the ledger could not be {doing}: {source}; see that the temporary folder has space")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The database's own words.
        #[source]
        source: rusqlite::Error,
    },
    /// No thread for the writer.
    #[error("the ledger's writer could not be started: {0}")]
    Thread(#[source] io::Error),
    /// The order was not booked.
    #[error("the order was not booked: the ledger has ended or its database failed; the log says which")]
    NotBooked,
    /// The order was booked, and the service fails all the same because it was asked to.
    #[error("the charge was booked and then failed, as --fail-after-commit asks for")]
    FailedAfterCommit,
    /// The store is closed.
    #[error("the ledger has ended; start the service again")]
    Closed,
    /// The folder stays behind.
    #[error("the ledger's temporary folder could not be removed: {0}; remove it by hand")]
    Removal(#[source] io::Error),
}

/// The ledger, open.
pub(super) struct Store {
    commands: mpsc::Sender<Command>,
    reader: Arc<Mutex<Option<Connection>>>,
    owned: Mutex<Option<Owned>>,
    /// How many milliseconds a charge stays invisible.
    late: i64,
    file: PathBuf,
    day: Option<Day>,
}

/// What is left to be ended.
struct Owned {
    writer: JoinHandle<()>,
    folder: TempDir,
}

impl Store {
    /// Creates the folder, the tables and the accounts, lives through the history, and starts the writer. Blocks for
    /// some ten milliseconds, or some hundred where there is a history. Faults are counted in `tally`.
    pub(super) fn open(options: &ServeOptions, tally: Arc<Tally>) -> Result<Self, StoreError> {
        let folder = tempfile::Builder::new().prefix("tollgate-serve-").tempdir().map_err(StoreError::Folder)?;
        let file = folder.path().join(FILE);
        let created = |source| StoreError::Database { doing: "created", source };
        let mut connection = Connection::open(&file).map_err(created)?;
        connection.execute_batch(PRAGMAS).map_err(created)?;
        ledger::create(&mut connection, options).map_err(created)?;
        let mut ledger = Ledger::new(connection, options, Arc::clone(&tally));
        let lived = |source| StoreError::Database { doing: "given its history", source };
        let day = (options.history > Micros::ZERO)
            .then(|| Day::live(&mut ledger, options, (&tally, wall_clock::now_millis())).map_err(lived))
            .transpose()?;
        let reader = open_to_read(&file).map_err(created)?;
        let (commands, writer) = writer::start(ledger).map_err(StoreError::Thread)?;
        Ok(Self {
            commands,
            reader: Arc::new(Mutex::new(Some(reader))),
            owned: Mutex::new(Some(Owned { writer, folder })),
            late: options.faults.late.as_millis_f64() as i64,
            file,
            day,
        })
    }

    /// Books an order. The answer comes after the commit.
    pub(super) async fn book(&self, order: Order) -> Result<Answer, StoreError> {
        let (tell, told) = oneshot::channel();
        self.commands.send(Command::Book(order, tell)).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::NotBooked)
    }

    /// Asks the reading connection, off the workers that serve.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Sight<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = Arc::clone(&self.reader);
        let up_to = if self.late == 0 { i64::MAX } else { wall_clock::now_millis() - self.late };
        let answer = spawn_blocking(move || {
            lock(&reader).as_ref().ok_or(StoreError::Closed).and_then(|connection| {
                let sight = Sight::up_to(connection, up_to);
                ask(sight).map_err(|source| StoreError::Database { doing: "read", source })
            })
        });
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The database, which another process may open to read while the service runs.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// What the dual write counts, where there is one.
    pub(super) fn dual_write(&self) -> Option<&Counts> {
        self.day.as_ref().map(|day| &*day.counts)
    }

    /// Validates every ten minutes, until it is dropped. Never ends by itself.
    pub(super) async fn keep_validating(&self) {
        if !self.day.as_ref().is_some_and(|day| day.validates) {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(day::EVERY).await;
            if let Err(error) = self.validate(wall_clock::now_millis()).await {
                log::error!("the validator: {error}");
            }
        }
    }

    /// One pass of the validator, as at `at` (milliseconds since 1970). It reads on a connection of its own, so that no
    /// charge waits for it; the writer writes down what it found.
    pub(super) async fn validate(&self, at: i64) -> Result<(), StoreError> {
        let Some(day) = &self.day else { return Ok(()) };
        let (file, seen) = (self.file.clone(), day.seen());
        let failed = |source| StoreError::Database { doing: "validated", source };
        let looked = spawn_blocking(move || day::look(&open_to_read(&file)?, seen, at)).await;
        let report = looked.map_err(|_| StoreError::Closed)?.map_err(failed)?;
        let seen = report.seen();
        let (tell, told) = oneshot::channel();
        self.commands.send(Command::Log(report, tell)).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?.map_err(failed)?;
        day.has_seen(seen);
        Ok(())
    }

    /// Books what waits, ends the writer and removes the folder.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let Some(owned) = lock(&self.owned).take() else { return Ok(()) };
        // It fails only when the writer has ended already.
        let _ = self.commands.send(Command::Close).await;
        let reader = Arc::clone(&self.reader);
        spawn_blocking(move || end(owned, &reader)).await.unwrap_or(Ok(()))
    }
}

/// A store that was never closed, as when a start fails half way. Nobody holds it, so nothing waits in the channel.
impl Drop for Store {
    fn drop(&mut self) {
        if let Some(owned) = lock(&self.owned).take()
            && self.commands.try_send(Command::Close).is_ok()
        {
            // There is nobody left to tell.
            let _ = end(owned, &self.reader);
        }
    }
}

/// Windows removes no file that is open, so both connections go first.
fn end(owned: Owned, reader: &Mutex<Option<Connection>>) -> Result<(), StoreError> {
    if owned.writer.join().is_err() {
        log::error!("the ledger's writer ended by a panic");
    }
    drop(lock(reader).take());
    owned.folder.close().map_err(StoreError::Removal)
}

fn open_to_read(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.set_prepared_statement_cache_capacity(ledger::PREPARED);
    Ok(connection)
}

/// No code panics while it holds these locks; were it to, the connection is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::charge::{Charge, Refusal};
    use crate::reference::ledger::Overview;
    use crate::reference::money::Fen;

    fn open(yuan: i64) -> Store {
        let options = ServeOptions { accounts: 3, balance: Fen::from_yuan(yuan), ..ServeOptions::default() };
        Store::open(&options, Arc::default()).unwrap()
    }

    fn charge(transaction_no: impl ToString, account: i64, yuan: i64) -> Order {
        Order::Charge(Arc::new(Charge {
            transaction_no: transaction_no.to_string(),
            account,
            area: Some("A1".to_owned()),
            device: "POS001".to_owned(),
            amount: Fen::from_yuan(yuan),
        }))
    }

    async fn overview(store: &Store) -> Overview {
        store.read(|sight| sight.overview()).await.unwrap()
    }

    fn file(store: &Store) -> std::path::PathBuf {
        lock(&store.owned).as_ref().unwrap().folder.path().join(FILE)
    }

    #[tokio::test]
    async fn the_answer_comes_only_after_commit() {
        let store = open(100);
        let witness = open_to_read(&file(&store)).unwrap();
        for number in 0..50 {
            store.book(charge(number, 1, 1)).await.unwrap().unwrap();
            assert_eq!(Sight::of_all(&witness).overview().unwrap().total_count, number + 1);
        }
    }

    #[tokio::test]
    async fn two_concurrent_charges_on_a_balance_for_one_give_one_success() {
        for _ in 0..20 {
            let store = open(100);
            let (one, other) = tokio::join!(store.book(charge("A", 1, 100)), store.book(charge("B", 1, 100)));
            let mut outcomes = [one.unwrap().map(|_| ()), other.unwrap().map(|_| ())];
            outcomes.sort_by_key(Result::is_err);
            assert_eq!(outcomes, [Ok(()), Err(Refusal::InsufficientBalance)]);
            assert_eq!(overview(&store).await.total_balance, Fen::from_yuan(200));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn more_charges_than_the_channel_holds_are_all_answered() {
        let store = Arc::new(open(1_000_000));
        let charges: Vec<_> = (0..3_000)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.book(charge(number, 1 + number % 3, 1)).await.unwrap().unwrap() })
            })
            .collect();
        for charge in charges {
            charge.await.unwrap();
        }
        let overview = overview(&store).await;
        assert_eq!((overview.total_count, overview.total_amount), (3_000, Fen::from_yuan(3_000)));
    }

    #[tokio::test]
    async fn the_folder_is_gone_when_the_store_is_closed_and_charges_are_refused() {
        let store = open(100);
        let file = file(&store);
        assert!(file.exists());
        store.close().await.unwrap();
        assert!(!file.parent().unwrap().exists());
        assert!(matches!(store.book(charge("A", 1, 1)).await, Err(StoreError::Closed)));
        assert!(matches!(store.read(|sight| sight.account(1)).await, Err(StoreError::Closed)));
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_pass_of_the_validator_is_written_down_behind_the_charges_before_it() {
        let history = Micros::from_secs(3_600);
        let options = ServeOptions { accounts: 3, balance: Fen::from_yuan(100), history, ..ServeOptions::default() };
        let store = Store::open(&options, Arc::default()).unwrap();
        store.book(charge("A", 1, 1)).await.unwrap().unwrap();
        store.validate(1_766_523_540_000).await.unwrap();
        let witness = open_to_read(store.file()).unwrap();
        let rows = "SELECT group_concat(validation_type || ' ' || total_count || ' ' || validation_status, ', ')
                    FROM dual_write_validation_log WHERE validate_time = '2025-12-23 20:59:00'";
        let rows: String = witness.query_row(rows, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, "account 1 1, transaction 1 1");
        drop(witness);
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn without_a_history_there_is_nothing_to_validate() {
        let store = open(100);
        store.validate(1_766_523_540_000).await.unwrap();
        let witness = open_to_read(&file(&store)).unwrap();
        let tables = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'dual_write%' OR name LIKE 'POSID%'";
        assert_eq!(witness.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }

    #[test]
    fn a_store_that_is_dropped_takes_its_folder_along() {
        let store = open(100);
        let file = file(&store);
        drop(store);
        assert!(!file.parent().unwrap().exists());
    }
}
