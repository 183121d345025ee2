//! The witnesses of a database, on a real MariaDB server that each test starts for itself.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

#[path = "support/mariadb.rs"]
#[allow(dead_code, unreachable_pub, reason = "what other tests share")]
mod mariadb;

use std::path::Path;

use mariadb::{MariaDb, secret, value};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tollgate::acceptance::patience::Patience;
use tollgate::acceptance::store::{Query, Store, StoreError};
use tollgate::acceptance::{database, dual_write, migration, switch};
use tollgate::attack::clock::time_of_day;
use tollgate::gate::acceptance::{
    Check, CheckVerdict, database as database_rules, dual_write as dual_rules, migration as rules,
};
use tollgate::scenario::acceptance::database::TlsMode;
use tollgate::scenario::acceptance::{DatabaseSection, DualWriteSection, MigrationSection, Severity, SwitchSection};
use tollgate::units::Micros;

fn verdict(checks: &[Check], id: &str) -> CheckVerdict {
    checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id}: {checks:#?}")).verdict
}

fn migrated(server: &MariaDb, section: &MigrationSection, meanwhile: &str) -> Vec<Check> {
    let mut pause = |_| server.write(meanwhile);
    let seen = migration::look(&mut server.store(), section, &mut Patience::new(&mut pause, &|| false));
    rules::judge(section, &seen, &Severity::default())
}

const PAIR: &str = "tables = [\"POSID_ACCOUNT\"]\n[partitions]\n[[pair]]\nname = \"account\"\nold = \"t_consume_account\"\nnew = \"POSID_ACCOUNT\"\nkey = \"account_id\"\ncolumns = [\"account_code\", \"balance\"]\n";

const ACCOUNTS: &str = "
    CREATE TABLE t_consume_account (account_id BIGINT PRIMARY KEY, account_code VARCHAR(50), balance DECIMAL(12,2), deleted_flag TINYINT NOT NULL DEFAULT 0);
    CREATE TABLE POSID_ACCOUNT (account_id BIGINT PRIMARY KEY, account_code VARCHAR(50), balance DECIMAL(15,4), deleted_flag TINYINT NOT NULL DEFAULT 0, INDEX idx_balance (balance));
    INSERT INTO t_consume_account SELECT seq, CONCAT('码', seq), seq / 4, seq % 10 = 0 FROM seq_1_to_20000;
    INSERT INTO POSID_ACCOUNT SELECT account_id, account_code, balance, 0 FROM t_consume_account WHERE deleted_flag = 0;
    CREATE TABLE flyway_schema_history (installed_rank INT PRIMARY KEY, version VARCHAR(50), script VARCHAR(1000), success TINYINT(1));
    INSERT INTO flyway_schema_history VALUES (1, '20251223', 'V20251223__create_POSID_tables.sql', 1), (2, '20251223', 'V20251223__migrate_to_POSID_tables.sql', 1);";

#[test]
#[ignore = "needs mariadb-server"]
fn a_migration_is_compared_in_full_and_each_loss_is_found() {
    let server = MariaDb::start(&[]);
    server.write(ACCOUNTS);
    let section: MigrationSection = toml::from_str(&format!("chunk = 999\n{PAIR}")).unwrap();
    let checks = migrated(&server, &section, "SELECT 1");
    for id in
        ["migration.history:scripts", "migration.tables", "migration.rows:account", "migration.consistency:account"]
    {
        assert_eq!(verdict(&checks, id), CheckVerdict::Pass, "{id}: {checks:#?}");
    }
    // Two faults, of which one is mended while the rows that differ are waited for.
    server.write("UPDATE POSID_ACCOUNT SET balance = balance + 0.01 WHERE account_id = 7; DELETE FROM POSID_ACCOUNT WHERE account_id = 19999;");
    let checks = migrated(&server, &section, "UPDATE POSID_ACCOUNT SET balance = 1.75 WHERE account_id = 7");
    assert_eq!(verdict(&checks, "migration.rows:account"), CheckVerdict::Fail);
    let consistency = checks.iter().find(|check| check.id == "migration.consistency:account").unwrap();
    assert_eq!(consistency.verdict, CheckVerdict::Fail);
    let note = &consistency.note.as_ref().unwrap().en;
    assert!(
        note.contains("17999 of 18000 equal") && note.contains("1 settled") && note.contains("19999 (old)"),
        "{note}"
    );
}

#[test]
#[ignore = "needs mariadb-server"]
fn partitions_and_indexes_are_read_by_name_and_todays_partition_is_known() {
    let server = MariaDb::start(&[]);
    server.write(ACCOUNTS);
    let table = |name: &str, last: &str| {
        format!(
            "CREATE TABLE {name} (id BIGINT, create_time DATETIME NOT NULL, PRIMARY KEY (id, create_time)) PARTITION BY RANGE (TO_DAYS(create_time)) (PARTITION p202501 VALUES LESS THAN (TO_DAYS('2025-02-01')){last}, PARTITION p_future VALUES LESS THAN MAXVALUE);"
        )
    };
    server.write(&table("late", ""));
    server.write(&table("sound", ", PARTITION p_now VALUES LESS THAN (TO_DAYS('2999-01-01'))"));
    let text = PAIR.replace(
        "[partitions]\n",
        "[indexes]\nPOSID_ACCOUNT = [\"PRIMARY\", \"IDX_BALANCE\", \"uk_code\"]\n[partitions]\nlate = [\"p202501\", \"p202512\"]\nsound = []\nPOSID_ACCOUNT = []\n",
    );
    let checks = migrated(&server, &toml::from_str(&text).unwrap(), "SELECT 1");
    use CheckVerdict::{Fail, NoData, Pass, Warn};
    assert_eq!(verdict(&checks, "migration.partitions:late"), Fail, "p202512 is not there");
    assert_eq!(verdict(&checks, "migration.current_month:late"), Warn);
    assert_eq!(verdict(&checks, "migration.partitions:sound"), Pass);
    assert_eq!(verdict(&checks, "migration.current_month:sound"), Pass);
    assert_eq!(verdict(&checks, "migration.partitions:POSID_ACCOUNT"), Fail, "it is not partitioned");
    assert_eq!(verdict(&checks, "migration.current_month:POSID_ACCOUNT"), NoData);
    let indexes = checks.iter().find(|check| check.id == "migration.indexes:POSID_ACCOUNT").unwrap();
    assert_eq!(indexes.note.as_ref().unwrap().en, "missing: uk_code");
}

const LOG: &str = "CREATE TABLE dual_write_validation_log (log_id BIGINT AUTO_INCREMENT PRIMARY KEY, validation_type VARCHAR(50), total_count INT, consistent_count INT, inconsistent_count INT, consistency_rate DECIMAL(5,4), validation_status TINYINT, validate_time DATETIME);
    CREATE TABLE dual_write_difference_record (difference_id BIGINT PRIMARY KEY, resolved TINYINT);";

/// A day of validations whose moments are this expression's, less ten minutes each.
fn day_of(now: &str) -> String {
    format!(
        "INSERT INTO dual_write_validation_log (validation_type, total_count, consistent_count, inconsistent_count, consistency_rate, validation_status, validate_time)
         SELECT 'account', 1000, 1000, 0, 1.0, 1, {now} - INTERVAL (144 - seq) * 600 + 30 SECOND FROM seq_1_to_144;"
    )
}

fn dual_write_checks(store: &mut Store) -> Vec<Check> {
    let section: DualWriteSection = toml::from_str("flow = []\n[[type]]\nname = \"account\"").unwrap();
    let mut pause = |_| {};
    let seen = dual_write::look(store, &section, &mut Patience::new(&mut pause, &|| false));
    dual_rules::judge(&section, &seen, &Severity::default())
}

#[test]
#[ignore = "needs mariadb-server"]
fn a_day_is_a_day_on_a_server_eight_hours_ahead() {
    let server = MariaDb::start(&["--default-time-zone=+08:00"]);
    server.write(LOG);
    server.write(&day_of("NOW()"));
    let mut store = server.store();
    assert_eq!(
        value(&mut store, "SELECT CAST(@@session.time_zone AS CHAR)").unwrap(),
        "+08:00",
        "the session keeps the server's"
    );
    let checks = dual_write_checks(&mut store);
    assert!(checks.iter().all(|check| check.verdict == CheckVerdict::Pass), "{checks:#?}");
    // What the client library does by itself: the same log is eight hours off.
    let utc = DatabaseSection { time_zone: Some("+00:00".into()), ..server.section() };
    let mut store = Store::open(&utc, Path::new("."), Some(&secret("admin-secret"))).unwrap();
    let checks = dual_write_checks(&mut store);
    assert_eq!(verdict(&checks, "dual_write.rows:account"), CheckVerdict::NoData, "{checks:#?}");
}

#[test]
#[ignore = "needs mariadb-server"]
fn a_service_in_another_time_zone_than_its_database_is_told_and_can_be_written_down() {
    let server = MariaDb::start(&["--default-time-zone=+00:00"]);
    server.write(LOG);
    server.write(&day_of("CONVERT_TZ(NOW(), '+00:00', '+08:00')"));
    let checks = dual_write_checks(&mut server.store());
    let rows = checks.iter().find(|check| check.id == "dual_write.rows:account").unwrap();
    assert!(rows.verdict == CheckVerdict::NoData && rows.note.as_ref().unwrap().en.contains("time_zone"), "{rows:?}");
    let shanghai = DatabaseSection { time_zone: Some("+08:00".into()), ..server.section() };
    let mut store = Store::open(&shanghai, Path::new("."), Some(&secret("admin-secret"))).unwrap();
    let checks = dual_write_checks(&mut store);
    assert!(checks.iter().all(|check| check.verdict == CheckVerdict::Pass), "{checks:#?}");
}

#[test]
#[ignore = "needs mariadb-server"]
fn flows_and_days_are_judged_as_on_sqlite() {
    let server = MariaDb::start(&[]);
    server.write(
        "CREATE TABLE POSID_ACCOUNT (account_id BIGINT PRIMARY KEY, balance DECIMAL(12,2));
         CREATE TABLE POSID_CAPITAL_FLOW (flow_id BIGINT PRIMARY KEY, account_id BIGINT, amount DECIMAL(10,2), balance_before DECIMAL(10,2), balance_after DECIMAL(10,2), transaction_no VARCHAR(64), create_time DATETIME);
         INSERT INTO POSID_ACCOUNT SELECT seq, 30 FROM seq_1_to_3000;
         INSERT INTO POSID_CAPITAL_FLOW SELECT seq, 1 + (seq - 1) % 3000, -10, 60 - 10 * ((seq - 1) DIV 3000), 50 - 10 * ((seq - 1) DIV 3000), seq, NOW() - INTERVAL 1 + seq % 3 DAY FROM seq_1_to_9000;
         CREATE TABLE t_consume_account_transaction (create_time DATETIME);",
    );
    let section: DualWriteSection = toml::from_str("type = []\n[[flow]]\n").unwrap();
    let look = || {
        let mut pause = |_| {};
        let seen = dual_write::look(&mut server.store(), &section, &mut Patience::new(&mut pause, &|| false));
        dual_rules::judge(&section, &seen, &Severity::default())
    };
    let all = ["arithmetic", "chain", "amounts", "negative", "balances", "unique"];
    let checks = look();
    for rule in all {
        assert_eq!(verdict(&checks, &format!("dual_write.invariants:flow.{rule}")), CheckVerdict::Pass, "{checks:#?}");
    }
    server.write("UPDATE POSID_CAPITAL_FLOW SET transaction_no = '1' WHERE flow_id = 8000; UPDATE POSID_ACCOUNT SET balance = 31 WHERE account_id = 17");
    let checks = look();
    let broken: Vec<&str> = all
        .into_iter()
        .filter(|rule| verdict(&checks, &format!("dual_write.invariants:flow.{rule}")) == CheckVerdict::Fail)
        .collect();
    assert_eq!(broken, ["balances", "unique"]);

    let section: SwitchSection = toml::from_str(
        "days = 4\n[[table]]\nname = \"flow\"\nold = \"t_consume_account_transaction\"\nnew = \"POSID_CAPITAL_FLOW\"",
    )
    .unwrap();
    let seen = switch::look(&mut server.store(), &section);
    assert_eq!(seen[0].new_by_day.answer, Ok(vec![3_000, 3_000, 3_000, 0]));
    assert_eq!(seen[0].old_last_day.answer, Ok(0));
}

#[test]
#[ignore = "needs mariadb-server"]
fn grants_are_told_without_their_hash_and_a_reader_is_enough() {
    let server = MariaDb::start(&[]);
    server.write(ACCOUNTS);
    server.write(
        "CREATE USER reader IDENTIFIED BY 'reader-secret'; GRANT SELECT ON ioedream.* TO reader;
         CREATE USER writer IDENTIFIED BY 'reader-secret'; GRANT SELECT, INSERT, DROP ON ioedream.* TO writer;
         CREATE USER partial IDENTIFIED BY 'reader-secret'; GRANT SELECT ON ioedream.POSID_ACCOUNT TO partial;",
    );
    let tables = ["POSID_ACCOUNT".to_owned(), "t_consume_account".to_owned()];
    let checks = |user: &str| {
        let section = server.section_of(user);
        let mut store = Store::open(&section, Path::new("."), Some(&secret("reader-secret"))).unwrap();
        let seen = database::look(&mut store, &tables, &time_of_day);
        assert!(!format!("{seen:?}").contains('*'), "no hash is kept: {seen:?}");
        database_rules::judge(&section, &Ok(seen), &Severity::default())
    };
    let reader = checks("reader");
    assert!(reader.iter().all(|check| check.verdict == CheckVerdict::Pass), "{reader:#?}");
    let writer = checks("writer");
    let excess = writer.iter().find(|check| check.id == "environment.read_only").unwrap();
    assert_eq!(excess.verdict, CheckVerdict::Warn);
    assert!(excess.note.as_ref().unwrap().en.contains("DROP, INSERT"), "{excess:?}");
    let partial = checks("partial");
    assert_eq!(verdict(&partial, "environment.privileges"), CheckVerdict::Fail);
}

/// Walks `step` through the command as `user`, who knows the password; its exit code, and how `check` ended.
fn verified(server: &MariaDb, (step, user): (&str, &str), check: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("acceptance.toml"), folder.path().join("out"));
    let (database, port) = ("password = { env = \"PW\" }\ntls = \"disabled\"", server.port);
    let text = format!(
        "[database]\nport = {port}\nuser = \"{user}\"\n{database}\n[environment]\nfree_mib = 1\n[migration]\ntables = [\"sound\"]\npartitions = {{ sound = [] }}\n[[migration.pair]]\nname = \"account\"\nold = \"t_consume_account\"\nnew = \"POSID_ACCOUNT\"\nkey = \"account_id\"\ncolumns = [\"balance\"]\n"
    );
    std::fs::write(&file, text).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.arg("verify").arg(&file).args(["--only", step, "--serve-option", "--accounts 10"]).arg("--out").arg(&out);
    let output = command.env("PW", "reader-secret").env_remove("TOLLGATE_HOST").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = std::fs::read_to_string(out.join("acceptance.json")).unwrap_or_else(|e| panic!("{e}: {said}"));
    assert!(!said.contains("reader-secret") && !json.contains("reader-secret"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut checks = json["steps"].as_array().unwrap().iter().flat_map(|step| step["checks"].as_array().unwrap());
    let found = checks.find(|found| found["id"] == check).unwrap_or_else(|| panic!("no {check}: {said}"));
    (output.status.code(), found["verdict"].as_str().unwrap().to_owned())
}

#[test]
#[ignore = "needs mariadb-server"]
fn the_command_fails_on_what_only_a_server_has() {
    let server = MariaDb::start(&[]);
    server.write(ACCOUNTS);
    server.write(
        "CREATE TABLE sound (id BIGINT, create_time DATETIME NOT NULL, PRIMARY KEY (id, create_time)) PARTITION BY RANGE (TO_DAYS(create_time)) (PARTITION p_now VALUES LESS THAN (TO_DAYS('2999-01-01')));
         CREATE USER reader IDENTIFIED BY 'reader-secret'; GRANT SELECT ON ioedream.* TO reader;
         CREATE USER partial IDENTIFIED BY 'reader-secret'; GRANT SELECT ON ioedream.POSID_ACCOUNT TO partial;
         CREATE USER other IDENTIFIED BY 'other-secret'; GRANT SELECT ON ioedream.* TO other;",
    );
    let of = |code, verdict: &str| (Some(code), verdict.to_owned());
    let partitions = |user| verified(&server, ("migration", user), "migration.partitions:sound");
    let privileges = |user| verified(&server, ("environment", user), "environment.privileges");
    assert_eq!((partitions("reader"), privileges("reader")), (of(0, "pass"), of(0, "pass")));
    assert_eq!(privileges("partial"), of(99, "fail"));
    assert_eq!(verified(&server, ("environment", "other"), "environment.database"), of(98, "blocked"));
    server.write("ALTER TABLE sound REMOVE PARTITIONING");
    assert_eq!(partitions("reader"), of(99, "fail"));
}

#[test]
#[ignore = "needs mariadb-server"]
fn a_session_can_only_read_and_its_statements_end() {
    let server = MariaDb::start(&[]);
    server.write("CREATE TABLE t (a INT)");
    let section = DatabaseSection { statement_timeout: Micros::from_millis(300), ..server.section() };
    let mut store = Store::open(&section, Path::new("."), Some(&secret("admin-secret"))).unwrap();
    let refused = store.rows(&Query::new("INSERT INTO t VALUES (1)"));
    assert!(matches!(&refused, Err(StoreError::Refused(cause)) if cause.contains("READ ONLY")), "{refused:?}");
    let slow = store.rows(&Query::new("SELECT CAST(COUNT(*) AS CHAR) FROM seq_1_to_100000000 a, seq_1_to_100000000 b"));
    assert_eq!(slow, Err(StoreError::Slow(Micros::from_millis(300))));
    assert_eq!(
        store.number(&Query::new("SELECT CAST(COUNT(*) AS CHAR) FROM t")),
        Ok(0),
        "the connection still answers"
    );
    assert_eq!(value(&mut store, "SELECT CAST(@@sql_mode LIKE '%PIPES_AS_CONCAT%' AS CHAR)").as_deref(), Some("0"));
    assert_eq!(value(&mut store, "SELECT CAST(0 || 0 AS CHAR)").as_deref(), Some("0"), "|| is or");
}

#[test]
#[ignore = "needs mariadb-server"]
fn a_wrong_password_is_unreachable_and_stands_in_no_message() {
    let server = MariaDb::start(&[]);
    let opened = Store::open(&server.section(), Path::new("."), Some(&secret("wrong-secret"))).map(|_| ());
    let error = opened.unwrap_err();
    assert!(matches!(&error, StoreError::Unreachable { cause, .. } if cause.contains("Access denied")), "{error}");
    assert!(!format!("{error} {error:?}").contains("wrong-secret"));
}

/// An authority and a server's certificate for localhost, as files.
fn certificates(folder: &Path) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

#[test]
#[ignore = "needs mariadb-server"]
fn a_secured_connection_trusts_the_authority_that_is_named_and_no_other() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    certificates(folder.path());
    certificates(other.path());
    let file = |option: &str, name: &str| format!("--ssl-{option}={}", folder.path().join(name).display());
    let server = MariaDb::start(&[&file("cert", "cert.pem"), &file("key", "key.pem")]);
    server.write("CREATE USER reader IDENTIFIED BY 'reader-secret' REQUIRE SSL; GRANT SELECT ON ioedream.* TO reader");
    let section = |host: &str, tls| DatabaseSection {
        host: host.to_owned(),
        tls,
        cacert: Some("ca.pem".into()),
        ..server.section_of("reader")
    };
    let open = |section: &DatabaseSection, folder: &Path| Store::open(section, folder, Some(&secret("reader-secret")));
    let mut store = open(&section("localhost", TlsMode::VerifyIdentity), folder.path()).unwrap();
    let cipher = store.rows(&Query::new("SHOW SESSION STATUS LIKE 'Ssl_cipher'")).unwrap();
    assert!(cipher[0][1].as_deref().is_some_and(|cipher| cipher.starts_with("TLS")), "{cipher:?}");
    for (section, folder) in [
        (section("localhost", TlsMode::VerifyIdentity), other.path()),
        (section("127.0.0.1", TlsMode::VerifyIdentity), folder.path()),
        (section("localhost", TlsMode::Disabled), folder.path()),
    ] {
        let refused = open(&section, folder).map(|_| ());
        assert!(matches!(refused, Err(StoreError::Unreachable { .. })), "{section:?}");
    }
}

/// The most memory that this process has ever held, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1_024
}

/// A million rows a side, or as many as `TOLLGATE_COMPARE_ROWS` says; `docs/performance.md` has what was measured.
#[test]
#[ignore = "needs mariadb-server"]
#[cfg(target_os = "linux")]
#[allow(clippy::disallowed_methods, reason = "the time is printed and not judged")]
fn a_long_comparison_needs_no_more_memory_than_a_short_one() {
    let rows: u64 = std::env::var("TOLLGATE_COMPARE_ROWS").map_or(300_000, |rows| rows.parse().unwrap());
    let server = MariaDb::start(&["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]);
    server.write(&format!(
        "CREATE TABLE t_consume_account (account_id BIGINT PRIMARY KEY, account_code VARCHAR(50), balance DECIMAL(12,2));
         CREATE TABLE POSID_ACCOUNT (account_id BIGINT PRIMARY KEY, account_code VARCHAR(50), balance DECIMAL(12,2));
         INSERT INTO t_consume_account SELECT seq, CONCAT('ACC', seq), seq / 4 FROM seq_1_to_{rows};
         INSERT INTO POSID_ACCOUNT SELECT seq, CONCAT('ACC', seq), seq / 4 FROM seq_1_to_{rows};
         UPDATE POSID_ACCOUNT SET balance = 0 WHERE account_id = {rows};"
    ));
    let section: MigrationSection = toml::from_str(PAIR).unwrap();
    let mut store = server.store();
    let (before, begun) = (peak_mib(), std::time::Instant::now());
    let mut pause = |_| {};
    let patience = (&section, &mut Patience::new(&mut pause, &|| false));
    let seen = tollgate::acceptance::pairs::look(&mut store, &section.pairs[0], patience);
    let (took, grown) = (begun.elapsed(), peak_mib() - before);
    println!("{rows} rows a side: {:.1} s, {grown} MiB more than before", took.as_secs_f64());
    let comparison = seen.comparison.answer.unwrap();
    assert_eq!((comparison.union, comparison.equal, comparison.unequal), (rows, rows - 1, 1));
    assert!(grown < 20, "{grown} MiB: all rows of one side alone would be {} MiB", rows * 150 / 1_048_576);
}
