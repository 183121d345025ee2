//! The migrations and their history.
//!
//! In: the ledger's tables and a moment. Out: both families, the validator's tables, and a `flyway_schema_history` that
//! says what was run. Always holds: a row says what became of its script, which was run and timed; one script's failure
//! undoes that script.

use rusqlite::{Connection, params};

use crate::reference::wall_clock;

/// The table's columns are Flyway's own. Checksums are left out, as Flyway leaves them out of what it cannot check again.
const HISTORY: &str = "
    CREATE TABLE flyway_schema_history (
        installed_rank INTEGER PRIMARY KEY,
        version        TEXT,
        description    TEXT    NOT NULL,
        type           TEXT    NOT NULL,
        script         TEXT    NOT NULL,
        checksum       INTEGER,
        installed_by   TEXT    NOT NULL,
        installed_on   TEXT    NOT NULL,
        execution_time INTEGER NOT NULL, -- milliseconds
        success        INTEGER NOT NULL
    );
    CREATE TEMP TABLE clock (now TEXT NOT NULL);";

const RAN: &str = "
    INSERT INTO flyway_schema_history VALUES (?1, ?2, ?3, 'SQL', ?4, NULL, 'reference', ?5, ?6, ?7)";

/// A script's file name and text.
struct Script(&'static str, &'static str);

macro_rules! script {
    ($name:literal) => {
        Script($name, include_str!(concat!("migrations/", $name)))
    };
}

/// In the order of their ranks, which the documents give for the last two.
const SCRIPTS: [Script; 9] = [
    script!("V20251219__ADD_CONSUME_ENTITY_FIELDS.sql"),
    script!("V20251223__create_consume_account_table.sql"),
    script!("V20251223__create_consume_account_transaction_table.sql"),
    script!("V20251223__create_consume_record_table.sql"),
    script!("V20251223__create_account_compensation_table.sql"),
    script!("V20251223__create_seata_undo_log.sql"),
    script!("V20251223__create_dual_write_validation_tables.sql"),
    script!("V20251223__create_POSID_tables.sql"),
    script!("V20251223__migrate_to_POSID_tables.sql"),
];

/// One that alters a table which nothing creates.
const BROKEN: Script = script!("V20251226__add_qr_code_scan_time.sql");

/// Runs every script, as at `at`; with `broken` one more, which fails.
///
/// # Errors
/// The database's own, when a script fails that should not.
pub(super) fn migrate(connection: &Connection, at: i64, broken: bool) -> rusqlite::Result<()> {
    let now = wall_clock::stored(at);
    connection.execute_batch(HISTORY)?;
    connection.execute("INSERT INTO temp.clock VALUES (?1)", [&now])?;
    for (rank, script) in (1..).zip(&SCRIPTS) {
        install(connection, script, (rank, &now))?;
    }
    if broken && let Err(error) = install(connection, &BROKEN, (10, &now)) {
        log::warn!("{} failed, as --migration-failed asks for: {error}", BROKEN.0);
    }
    connection.execute_batch("DROP TABLE temp.clock")
}

/// Runs one script and writes down how it ended.
fn install(connection: &Connection, script: &Script, (rank, now): (i64, &str)) -> rusqlite::Result<()> {
    let begun = wall_clock::steady();
    let ended = run(connection, script.1);
    let took = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (version, description) = named(script.0);
    connection.execute(RAN, params![rank, version, description, script.0, now, took, ended.is_ok()])?;
    ended
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(sql)?;
    transaction.commit()
}

/// `V20251223__create_POSID_tables.sql` is version `20251223`, "create POSID tables".
fn named(file: &str) -> (&str, String) {
    let name = file.trim_start_matches('V').trim_end_matches(".sql");
    let (version, description) = name.split_once("__").unwrap_or((name, ""));
    (version, description.replace('_', " "))
}
