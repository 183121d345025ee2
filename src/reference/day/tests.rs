use std::sync::Arc;

use rusqlite::{Connection, types::FromSql};

use super::{Day, DayFaults, look};
use crate::reference::charge::{Charge, Order, Recharge, Refund};
use crate::reference::faults::{Faults, Tally};
use crate::reference::ledger::{self, Ledger};
use crate::reference::money::Fen;
use crate::reference::options::ServeOptions;
use crate::reference::wall_clock;
use crate::units::Micros;

/// 2025-12-23 20:59:00 UTC.
const NOW: i64 = 1_766_523_540_000;
const DAY: Micros = Micros::from_secs(86_400);
const MINUTE: i64 = 60_000;

/// A ledger that has lived.
struct Lived {
    ledger: Ledger,
    day: Day,
    tally: Arc<Tally>,
}

fn live_so(change: impl FnOnce(&mut ServeOptions)) -> Lived {
    let balance = Fen::from_yuan(10_000);
    let mut options = ServeOptions { accounts: 50, balance, history: DAY, ..ServeOptions::default() };
    change(&mut options);
    let mut connection = Connection::open_in_memory().unwrap();
    ledger::create(&mut connection, &options).unwrap();
    let tally = Arc::<Tally>::default();
    let mut ledger = Ledger::new(connection, &options, Arc::clone(&tally));
    let day = Day::live(&mut ledger, &options, (&tally, NOW)).unwrap();
    Lived { ledger, day, tally }
}

fn live_with(change: impl FnOnce(&mut DayFaults)) -> Lived {
    live_so(|options| change(&mut options.faults.day))
}

fn live() -> Lived {
    live_with(|_| {})
}

impl Lived {
    fn one<T: FromSql>(&self, sql: &str) -> T {
        self.ledger.connection().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn count(&self, from: &str) -> i64 {
        self.one(&format!("SELECT count(*) FROM {from}"))
    }

    /// Rows that one family has and the other has not, of the contract's three pairs.
    fn unequal(&self) -> i64 {
        [
            (
                "account_id, user_id, account_code, balance, account_status FROM t_consume_account",
                "account_id, user_id, account_code, balance, account_status FROM POSID_ACCOUNT",
            ),
            (
                "record_id, account_id, user_id, amount, transaction_status, consume_status, refund_amount FROM t_consume_record",
                "transaction_id, account_id, user_id, amount, transaction_status, consume_status, refund_amount FROM POSID_TRANSACTION",
            ),
            (
                "transaction_id, account_id, amount, balance_before, balance_after FROM t_consume_account_transaction",
                "flow_id, account_id, amount, balance_before, balance_after FROM POSID_CAPITAL_FLOW",
            ),
        ]
        .into_iter()
        .map(|(old, new)| {
            self.count(&format!("(SELECT {old} EXCEPT SELECT {new})"))
                + self.count(&format!("(SELECT {new} EXCEPT SELECT {old})"))
        })
        .sum()
    }

    /// Flows that do not begin where their account's last one ended, and accounts that are not where theirs did.
    fn breaks(&self) -> i64 {
        let behind = self.count(
            "(SELECT balance_before, lag(balance_after) OVER (PARTITION BY account_id ORDER BY flow_id) AS left
              FROM POSID_CAPITAL_FLOW) WHERE left IS NOT NULL AND left <> balance_before",
        );
        behind
            + self.count(
                "POSID_ACCOUNT AS a JOIN POSID_CAPITAL_FLOW AS f USING (account_id)
                 WHERE f.balance_after <> a.balance
                   AND flow_id = (SELECT max(flow_id) FROM POSID_CAPITAL_FLOW WHERE account_id = a.account_id)",
            )
    }

    /// Rows of the log but its first, and the longest time between two of one kind, in seconds.
    fn log(&self, kind: &str) -> (i64, i64) {
        let rows = format!("dual_write_validation_log WHERE validation_type = '{kind}' AND total_count > 0");
        let gaps = format!(
            "SELECT max(gap) FROM (SELECT strftime('%s', validate_time) -
                 lag(strftime('%s', validate_time)) OVER (ORDER BY log_id) AS gap FROM {rows})"
        );
        (self.count(&rows), self.one(&gaps))
    }

    fn pass(&self, at: i64) {
        let report = look(self.ledger.connection(), self.day.seen(), at).unwrap();
        self.ledger.log(&report).unwrap();
        self.day.has_seen(report.seen());
    }

    fn book(&mut self, order: Order) {
        assert!(self.ledger.book([order].iter(), NOW + MINUTE).unwrap()[0].is_ok());
    }
}

fn charge(transaction_no: &str, yuan: i64) -> Order {
    Order::Charge(Arc::new(Charge {
        transaction_no: transaction_no.to_owned(),
        account: 1,
        area: Some("AREA01".to_owned()),
        device: "POS001".to_owned(),
        amount: Fen::from_yuan(yuan),
    }))
}

#[test]
fn a_day_has_a_validation_of_each_kind_every_ten_minutes_and_each_compared_something() {
    let lived = live();
    for kind in ["account", "transaction"] {
        assert_eq!(lived.log(kind), (144, 600), "{kind}");
    }
    assert_eq!(lived.count("dual_write_validation_log WHERE consistency_rate <> 1 OR validation_status <> 1"), 0);
    assert_eq!(lived.count("dual_write_difference_record"), 0);
    assert_eq!(lived.one::<String>("SELECT max(validate_time) FROM dual_write_validation_log"), "2025-12-23 20:59:00");
    let seed = "SELECT min(validate_time) FROM dual_write_validation_log WHERE total_count = 0";
    assert!(lived.one::<String>(seed).as_str() < "2025-12-22 20:59:00", "the seed is older than the day");
}

#[test]
fn both_families_say_the_same_and_every_flow_begins_where_the_last_one_ended() {
    let lived = live();
    assert_eq!((lived.count("t_consume_record"), lived.count("POSID_TRANSACTION")), (432, 432));
    assert_eq!(lived.count("POSID_CAPITAL_FLOW WHERE flow_type = 'RECHARGE'"), 12);
    assert_eq!(lived.count("POSID_CAPITAL_FLOW WHERE flow_type = 'REFUND'"), 8);
    assert_eq!((lived.unequal(), lived.breaks()), (0, 0));
    assert_eq!(
        lived.count("POSID_CAPITAL_FLOW"),
        lived.one::<i64>("SELECT count(DISTINCT transaction_no) FROM POSID_CAPITAL_FLOW")
    );
}

#[test]
fn fourteen_days_have_two_thousand_and_sixteen_validations_of_each_kind() {
    let lived = live_so(|options| options.history = Micros::from_secs(14 * 86_400));
    assert_eq!([lived.log("account"), lived.log("transaction")], [(2_016, 600); 2]);
}

#[test]
fn what_is_booked_behind_the_history_is_in_both_families_too() {
    let mut lived = live();
    lived.book(charge("A", 30));
    let recharge = Recharge { account: 1, amount: Fen::from_yuan(5), way: "CASH".to_owned() };
    lived.book(Order::Recharge(recharge));
    let refund = |amount, cancels| Order::Refund(Refund { record: 433, amount, cancels });
    lived.book(refund(Some(Fen::from_yuan(10)), false));
    lived.book(refund(Some(Fen::from_yuan(10)), false));
    lived.book(refund(None, false));
    assert_eq!((lived.unequal(), lived.breaks()), (0, 0));
    assert_eq!(lived.one::<String>("SELECT refund_amount FROM POSID_TRANSACTION WHERE transaction_id = 433"), "30.00");
    assert_eq!(lived.count("POSID_RECHARGE_ORDER WHERE recharge_amount = '5.00'"), 1);
    lived.pass(NOW + 10 * MINUTE);
    assert_eq!(lived.one::<i64>("SELECT total_count FROM dual_write_validation_log ORDER BY log_id DESC LIMIT 1"), 1);
}

#[test]
fn a_quiet_pass_looks_at_the_latest_movements_again() {
    let lived = live();
    lived.pass(NOW + 10 * MINUTE);
    assert!(lived.one::<i64>("SELECT total_count FROM dual_write_validation_log ORDER BY log_id DESC LIMIT 1") > 50);
}

#[test]
fn where_nothing_ever_moved_nothing_passes() {
    let lived = live_so(|options| (options.balance, options.history) = (Fen::new(0), Micros::from_secs(600)));
    assert_eq!(lived.count("t_consume_account_transaction"), 0);
    let nothing = "dual_write_validation_log WHERE total_count = 0 AND consistency_rate = 0 AND validation_status = 2";
    assert_eq!(lived.count(nothing), 2);
}

#[test]
fn dropped_writes_are_counted_found_and_written_down() {
    let lived = live_with(|faults| faults.drop_dual_write = "0.1%".parse().ok());
    assert_eq!(lived.tally.counts().find(|(name, _)| *name == "drop-dual-write"), Some(("drop-dual-write", 1)));
    assert_eq!(lived.count("t_consume_record") - lived.count("POSID_TRANSACTION"), 1);
    let failed = "dual_write_validation_log WHERE validation_status = 2 AND inconsistent_count = 1
                  AND total_count = consistent_count + inconsistent_count AND consistency_rate < 0.999";
    assert_eq!(lived.count(failed), 2, "one of each kind");
    let missing = "dual_write_difference_record WHERE data_type = 'transaction' AND resolved = 0
                   AND new_value IS NULL AND old_value LIKE '{\"account_id\":%'";
    assert_eq!(lived.count(missing), 1);
    let stale = "dual_write_difference_record WHERE data_type = 'account' AND old_value <> new_value";
    assert_eq!(lived.count(stale), 1);
}

#[test]
fn a_difference_is_written_down_once_and_each_pass_counts_it() {
    let lived = live();
    let last = "SELECT max(record_id) FROM t_consume_record";
    let id: i64 = lived.one(last);
    lived.ledger.connection().execute("DELETE FROM t_consume_record WHERE record_id = ?1", [id]).unwrap();
    lived.pass(NOW + 10 * MINUTE);
    lived.pass(NOW + 20 * MINUTE);
    assert_eq!(lived.count("dual_write_validation_log WHERE inconsistent_count = 1"), 2);
    let reason: String = lived.one("SELECT difference_reason FROM dual_write_difference_record");
    assert_eq!(reason, "the old table does not have it");
}

#[test]
fn the_validator_may_have_paused_or_stopped() {
    let paused = live_with(|faults| faults.validator_gap = Micros::from_secs(7_200));
    assert_eq!(paused.log("account"), (132, 7_800));
    assert!(paused.day.validates);
    let stopped = live_with(|faults| faults.stale_validator = Micros::from_secs(3_600));
    assert_eq!(stopped.log("transaction"), (138, 600));
    assert_eq!(
        stopped.one::<String>("SELECT max(validate_time) FROM dual_write_validation_log"),
        "2025-12-23 19:59:00"
    );
    assert!(!stopped.day.validates);
}

#[test]
fn a_row_may_be_lost_or_changed_behind_the_validators_back() {
    let lost = live_with(|faults| faults.lose_row = true);
    assert_eq!((lost.count("POSID_TRANSACTION"), lost.unequal()), (431, 1));
    let changed = live_with(|faults| faults.change_row = true);
    assert_eq!((changed.count("POSID_TRANSACTION"), changed.unequal()), (432, 2), "one row, on either side");
    for lived in [lost, changed] {
        assert_eq!(lived.count("dual_write_validation_log WHERE inconsistent_count > 0"), 0);
    }
}

#[test]
fn the_history_of_migrations_is_dense_and_says_what_was_run() {
    let lived = live();
    let history = "flyway_schema_history WHERE success = 1";
    assert_eq!(
        (lived.count(history), lived.one::<i64>("SELECT max(installed_rank) FROM flyway_schema_history")),
        (9, 9)
    );
    let posid = "SELECT group_concat(installed_rank || ' ' || version || ' ' || description, '; ')
                 FROM flyway_schema_history WHERE script LIKE '%POSID%'";
    let expected = "8 20251223 create POSID tables; 9 20251223 migrate to POSID tables";
    assert_eq!(lived.one::<String>(posid), expected);
    assert_eq!(lived.count("sqlite_master WHERE type = 'table' AND name LIKE 'POSID%'"), 11);
}

#[test]
fn a_migration_may_have_failed_or_been_taken_out_and_a_table_may_be_gone() {
    let failed = live_with(|faults| faults.migration_failed = true);
    let row = "SELECT installed_rank || ' ' || success FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 1";
    assert_eq!(failed.one::<String>(row), "10 0");
    assert_eq!(failed.unequal(), 0);
    let gap = live_with(|faults| faults.migration_gap = true);
    assert_eq!(gap.count("flyway_schema_history"), 8);
    assert_eq!(gap.count("flyway_schema_history WHERE installed_rank = 8"), 0);
    let missing = live_with(|faults| faults.missing_table = true);
    assert_eq!(missing.count("sqlite_master WHERE type = 'table' AND name LIKE 'POSID%'"), 10);
}

#[test]
fn a_lost_update_is_the_same_in_both_families_and_breaks_the_chain() {
    let lost_update = "1/1".parse().ok();
    let mut lived = live_so(|options| options.faults = Faults { lost_update, ..Faults::default() });
    assert_eq!(lived.breaks(), 0, "the history is spared");
    lived.book(charge("A", 30));
    assert_eq!((lived.unequal(), lived.breaks()), (0, 1));
    lived.book(charge("B", 5));
    assert_eq!((lived.unequal(), lived.breaks()), (0, 2), "it did not begin where the last one ended");
}

#[test]
fn the_lived_moments_lie_in_the_history_and_in_order() {
    let lived = live();
    let first: String = lived.one("SELECT min(consume_time) FROM t_consume_record");
    assert_eq!(first, wall_clock::stored(NOW - 24 * 60 * MINUTE + 2 * MINUTE));
    let turned = "(SELECT consume_time, lag(consume_time) OVER (ORDER BY record_id) AS before FROM t_consume_record)
                  WHERE before > consume_time";
    assert_eq!(lived.count(turned), 0);
}
