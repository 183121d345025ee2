//! What an acceptance reads of the service: its store, its health, its metrics and its cache.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tollgate::reference::{EmbeddedService, ServeOptions};
use tollgate::units::Micros;

use crate::rig::{Client, OVERVIEW, Running, TRANSACTION, field};

const WARM_UP: &str = "/api/consume/cache/warmup";
const DAY: Micros = Micros::from_secs(86_400);

async fn lived(change: impl FnOnce(&mut ServeOptions)) -> Running {
    Running::set_up(|options| {
        options.history = DAY;
        options.balance = "10000.00".parse().unwrap();
        change(options);
    })
    .await
}

fn open(store: &Path) -> Connection {
    Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn count(store: &Connection, from: &str) -> i64 {
    store.query_row(&format!("SELECT count(*) FROM {from}"), [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn the_store_can_be_read_while_the_service_charges() {
    let service = lived(|_| {}).await;
    let store = open(service.store.as_deref().unwrap());
    let before = count(&store, "POSID_TRANSACTION");
    let mut client = service.client().await;
    for number in 1..=20 {
        assert_eq!(client.charge(&format!("T{number}"), number % 10 + 1, "1.50").await.status, 200);
        assert_eq!(count(&store, "POSID_TRANSACTION"), before + number, "both families are there at the answer");
    }
    assert_eq!(count(&store, "t_consume_record"), before + 20);
    assert_eq!(count(&store, "POSID_TRANSACTION WHERE transaction_no = 'T7' AND amount = '1.50'"), 1);
    assert_eq!(client.series("dual_write_movements_total{family=\"old\"}").await, Some((452 + 20).into()));
    assert_eq!(client.series("dual_write_movements_total{family=\"new\"}").await, Some((452 + 20).into()));
    drop(store);
    service.end().await;
}

#[test]
fn the_child_says_where_its_store_is_and_another_process_reads_it() {
    let program = Path::new(env!("CARGO_BIN_EXE_tollgate"));
    let words = ["--history", "24h", "--accounts", "50"].map(str::to_owned);
    let child = EmbeddedService::start(program, &words).unwrap();
    let file = child.store().unwrap().to_owned();
    let store = open(&file);
    assert_eq!(count(&store, "dual_write_validation_log WHERE validation_type = 'transaction'"), 144);
    let columns = "pragma_table_xinfo('t_consume_account') WHERE name IN ('user_id', 'account_code', 'balance')";
    assert_eq!(count(&store, columns), 3);
    drop(store);
    child.stop();
    assert!(!file.exists());
}

#[tokio::test]
async fn without_a_history_there_is_one_family_no_store_to_read_and_no_cache() {
    let service = Running::new(100).await;
    assert_eq!(service.store, None);
    let mut client = service.client().await;
    client.charge("A", 1, "1").await;
    let metrics = client.metrics().await;
    assert!(!metrics.contains("cache_") && !metrics.contains("dual_write_"), "{metrics}");
    assert_eq!(client.send("POST", WARM_UP, "").await.status, 404);
    service.end().await;
}

#[tokio::test]
async fn a_dropped_write_is_acknowledged_counted_and_missing_in_the_new_family_alone() {
    let service = lived(|options| options.faults.day.drop_dual_write = "1/1".parse().ok()).await;
    let store = open(service.store.as_deref().unwrap());
    let mut client = service.client().await;
    assert_eq!(client.charge("A", 1, "1").await.status, 200);
    assert_eq!((count(&store, "t_consume_record"), count(&store, "POSID_TRANSACTION")), (433, 0));
    assert_eq!(client.faults("drop-dual-write").await, 453);
    assert_eq!(client.series("dual_write_consistency_rate").await, Some(0.0));
    drop(store);
    service.end().await;
}

#[tokio::test]
async fn health_names_its_components_and_how_long_the_service_is_up() {
    let service = lived(|_| {}).await;
    let mut client = service.client().await;
    let answer = client.get("/actuator/health").await;
    let body = answer.json();
    assert_eq!((answer.status, &body["status"]), (200, &json!("UP")));
    for component in ["db", "ping", "process"] {
        assert_eq!(body["components"][component]["status"], json!("UP"), "{component}");
    }
    assert!(body["components"]["process"]["details"]["uptimeSeconds"].as_u64().is_some(), "{body}");
    assert!(client.series("process_uptime_seconds").await.unwrap() >= 0.0);
    service.end().await;
}

#[tokio::test]
async fn health_may_be_down_while_charges_succeed() {
    let service = Running::set_up(|options| options.faults.health_down = true).await;
    let mut client = service.client().await;
    let answer = client.get("/actuator/health").await;
    let body = answer.json();
    assert_eq!((answer.status, &body["status"]), (503, &json!("DOWN")));
    assert_eq!(body["components"]["db"]["status"], json!("DOWN"));
    assert_eq!(client.charge("A", 1, "1").await.status, 200);
    service.end().await;
}

/// Charges every account `times` times.
async fn charge_all(client: &mut Client, times: i64) {
    for number in 0..10 * times {
        assert_eq!(client.charge(&format!("T{number}"), number % 10 + 1, "1").await.status, 200);
    }
}

#[tokio::test]
async fn the_first_charge_of_an_account_misses_the_cache_and_the_next_ones_hit() {
    let service = lived(|_| {}).await;
    let mut client = service.client().await;
    assert_eq!(client.series("consume_cache_hit_rate").await, None, "nothing was looked up yet");
    charge_all(&mut client, 4).await;
    assert_eq!(client.series("consume_cache_gets_total").await, Some(40.0));
    assert_eq!(client.series("consume_cache_misses_total").await, Some(10.0));
    assert_eq!(client.series("consume_cache_l1_hits_total").await, Some(30.0));
    assert_eq!(client.series("consume_cache_hit_rate").await, Some(0.75));
    service.end().await;
}

#[tokio::test]
async fn a_warmed_cache_misses_nothing() {
    let service = lived(|_| {}).await;
    let mut client = service.client().await;
    let answer = client.send("POST", WARM_UP, "").await.json();
    assert_eq!(answer["data"]["warmedUpKeys"], json!(10 + 4 * 100), "the special accounts too");
    assert!(answer["data"]["warmUpTime"].as_str().unwrap().ends_with('s'));
    charge_all(&mut client, 1).await;
    assert_eq!(client.series("consume_cache_misses_total").await, Some(0.0));
    assert_eq!(client.series("consume_cache_l1_hit_rate").await, Some(1.0));
    service.end().await;
}

#[tokio::test]
async fn a_cache_that_is_off_misses_everything_and_refuses_nothing_else() {
    let service = lived(|options| options.faults.day.cache_off = true).await;
    let mut client = service.client().await;
    client.send("POST", WARM_UP, "").await;
    charge_all(&mut client, 2).await;
    assert_eq!(client.series("consume_cache_misses_total").await, Some(20.0));
    assert_eq!(client.series("consume_cache_hit_rate").await, Some(0.0));
    service.end().await;
}

#[tokio::test]
async fn refusals_are_the_same_behind_the_cache() {
    let service = lived(|_| {}).await;
    let mut client = service.client().await;
    let before = field(&client.get(OVERVIEW).await.body, "totalCount").to_owned();
    for (user, message) in [
        (11, "账户不存在"),
        (90_000_001, "账户已冻结"),
        (90_010_001, "账户状态异常，账户已注销"),
        (90_020_001, "账户余额不足"),
        (90_030_001, "超出每日消费限额"),
    ] {
        for _ in 0..2 {
            assert_eq!(client.charge("A", user, "1").await.refusal().2, message);
        }
    }
    assert_eq!(field(&client.get(OVERVIEW).await.body, "totalCount"), before);
    service.end().await;
}

#[tokio::test]
async fn the_contracts_series_are_counted_from_the_charges() {
    let service = lived(|_| {}).await;
    let mut client = service.client().await;
    charge_all(&mut client, 1).await;
    client.charge("X", 1, "0.001").await;
    assert_eq!(client.series("consume_transaction_total").await, Some(11.0));
    assert_eq!(client.series("consume_transaction_error_total").await, Some(1.0));
    assert_eq!(client.series("consume_response_time_count").await, Some(11.0));
    assert_eq!(client.series("consume_response_time_bucket{le=\"+Inf\"}").await, Some(11.0));
    assert!(client.series("consume_response_time_sum").await.unwrap() > 0.0);
    assert_eq!(client.series("dual_write_consistency_rate").await, Some(1.0));
    assert_eq!(client.series("dual_write_validations_total").await, Some(144.0));
    service.end().await;
}

#[tokio::test]
async fn only_the_process_may_be_shown() {
    let service = lived(|options| options.faults.metrics_missing = true).await;
    let mut client = service.client().await;
    client.charge("A", 1, "1").await;
    let metrics = client.metrics().await;
    assert!(metrics.lines().all(|line| line.contains("process_") || line.contains("tollgate_")), "{metrics}");
    assert!(client.series("process_start_time_seconds").await.is_some());
    service.end().await;
}

#[tokio::test]
async fn charge_requests_may_be_left_out_of_the_counters() {
    let service = Running::set_up(|options| options.faults.uncounted = "1/4".parse().ok()).await;
    let mut client = service.client().await;
    for number in 0..8 {
        client.send("POST", TRANSACTION, &format!("{{\"transactionNo\":\"{number}\"}}")).await;
    }
    assert_eq!(client.series("consume_transaction_total").await, Some(6.0));
    assert_eq!(client.faults("uncounted").await, 2);
    service.end().await;
}
