//! An SQLite file, read only.
//!
//! In: queries. Out: rows of texts. Always holds: the file is opened read only and is never created; a statement is ended
//! by SQLite itself when its time is over.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::{Query, Row, StoreError, Value};
use crate::attack::clock::RunClock;
use crate::units::Micros;

/// How many of SQLite's own steps pass between two looks at the clock: well under a millisecond.
const STEPS: i32 = 10_000;
/// How long a file that somebody else holds is waited for.
const BUSY: Duration = Duration::from_secs(5);

/// An open file.
pub(super) struct File {
    connection: Connection,
    clock: RunClock,
    /// When the statement that runs is over.
    deadline: Arc<AtomicU64>,
    limit: Micros,
}

impl File {
    pub(super) fn open(path: &Path, limit: Micros) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (clock, deadline) = (RunClock::start(), Arc::new(AtomicU64::new(u64::MAX)));
        let opened = Connection::open_with_flags(path, flags).and_then(|mut connection| {
            connection.busy_timeout(BUSY)?;
            let theirs = Arc::clone(&deadline);
            let is_over = move || clock.floor().get() > theirs.load(Ordering::Relaxed);
            connection.progress_handler(STEPS, Some(is_over))?;
            // Reads the header: a file that is no database is refused here.
            connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |_| Ok(()))?;
            Ok(connection)
        });
        let unreachable = |cause: rusqlite::Error| StoreError::Unreachable {
            place: path.display().to_string(),
            cause: cause.to_string(),
        };
        Ok(Self { connection: opened.map_err(unreachable)?, clock, deadline, limit })
    }

    pub(super) fn rows(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.deadline.store((self.clock.floor() + self.limit).get(), Ordering::Relaxed);
        let rows = self.read(query);
        self.deadline.store(u64::MAX, Ordering::Relaxed);
        rows.map_err(|cause| match cause.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => StoreError::Slow(self.limit),
            _ => StoreError::Refused(cause.to_string()),
        })
    }

    fn read(&self, query: &Query) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(&query.sql)?;
        let width = statement.column_count();
        let values = query.values.iter().map(|value| match value {
            Value::Whole(number) => rusqlite::types::Value::Integer(*number),
            Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
        });
        let mut rows = statement.query(params_from_iter(values))?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            read.push((0..width).map(|at| row.get_ref(at).map(text)).collect::<rusqlite::Result<Row>>()?);
        }
        Ok(read)
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}
