//! Faults of the money: what is acknowledged, what is stored, and what the service says it did.

use serde_json::{Value, json};
use tollgate::reference::{Delay, Share};
use tollgate::units::Micros;

use crate::rig::{Client, OVERVIEW, Running, field};

fn share(text: &str) -> Option<Share> {
    text.parse().ok()
}

/// Charges twenty times 1.00 on account 1; the statuses.
async fn charge_twenty(client: &mut Client) -> Vec<u16> {
    let mut statuses = Vec::new();
    for number in 0..20 {
        statuses.push(client.charge(&format!("T{number}"), 1, "1").await.status);
    }
    statuses
}

/// Every number in the table, in order.
async fn stored(client: &mut Client) -> Vec<String> {
    let page = client.get("/api/v1/consume/records/keys").await.json();
    let list = page["data"]["list"].as_array().unwrap().clone();
    list.iter().map(|row| row["transactionNo"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lost_charges_are_acknowledged_and_nowhere_found() {
    let service = Running::set_up(|options| options.faults.lose = share("1/10")).await;
    let mut client = service.client().await;
    assert_eq!(charge_twenty(&mut client).await, [200; 20]);
    let stored = stored(&mut client).await;
    assert_eq!(stored.len(), 18);
    assert!(!stored.contains(&"T9".to_owned()) && !stored.contains(&"T19".to_owned()));
    assert_eq!(client.get("/api/v1/consume/transaction/T9").await.refusal().2, "交易不存在");
    assert_eq!((client.balance(1).await.as_str(), client.faults("lose").await), ("82.00", 2));
    service.end().await;
}

#[tokio::test]
async fn doubled_charges_are_stored_and_taken_twice() {
    let service = Running::set_up(|options| options.faults.double = share("1/10")).await;
    let mut client = service.client().await;
    assert_eq!(charge_twenty(&mut client).await, [200; 20]);
    let mut stored = stored(&mut client).await;
    assert_eq!(stored.len(), 22);
    stored.dedup();
    assert_eq!(stored.len(), 20, "a copy stands behind its original");
    assert_eq!((client.balance(1).await.as_str(), client.faults("double").await), ("78.00", 2));
    let page = client.get("/api/v1/consume/records/user/1?pageSize=100").await.json();
    assert_eq!((&page["data"]["total"], page["data"]["list"].as_array().unwrap().len()), (&json!(22), 22));
    service.end().await;
}

#[tokio::test]
async fn a_charge_that_fails_after_the_commit_is_stored_and_answered_with_500() {
    let service = Running::set_up(|options| options.faults.fail_after_commit = share("1/10")).await;
    let mut client = service.client().await;
    let statuses = charge_twenty(&mut client).await;
    assert_eq!(statuses.iter().filter(|status| **status == 500).count(), 2);
    assert!(statuses.iter().all(|status| [200, 500].contains(status)));
    assert_eq!(stored(&mut client).await.len(), 20);
    assert_eq!((client.balance(1).await.as_str(), client.faults("fail-after-commit").await), ("80.00", 2));
    service.end().await;
}

#[tokio::test]
async fn a_late_charge_is_acknowledged_and_seen_by_no_question_yet() {
    // An hour: the test ends before the charge can be seen.
    let service = Running::set_up(|options| options.faults.late = Micros::from_secs(3_600)).await;
    let mut client = service.client().await;
    assert_eq!(client.charge("A", 1, "60").await.status, 200);
    assert_eq!(client.balance(1).await, "100.00");
    assert!(stored(&mut client).await.is_empty());
    assert_eq!(client.get("/api/v1/consume/transaction/A").await.status, 400);
    assert_eq!(client.get("/api/v1/consume/records/1").await.status, 400);
    for path in ["/api/v1/consume/records/user/1", "/api/v1/consume/records/query"] {
        let page = client.get(path).await.json();
        assert_eq!((&page["data"]["total"], &page["data"]["list"]), (&json!(0), &json!([])), "{path}");
    }
    let overview = client.get(OVERVIEW).await.body;
    assert_eq!((field(&overview, "totalCount"), field(&overview, "totalBalance")), ("0", "1000.00"));
    // It is there all the same: what is left does not cover another.
    assert_eq!(client.charge("B", 1, "60").await.refusal().2, "账户余额不足");
    assert_eq!(client.faults("late").await, 1);
    service.end().await;
}

#[tokio::test]
async fn a_late_charge_shows_in_the_end() {
    let service = Running::set_up(|options| options.faults.late = Micros::from_millis(20)).await;
    let mut client = service.client().await;
    client.charge("A", 1, "60").await;
    let mut asked = 0;
    while client.balance(1).await != "40.00" {
        asked += 1;
        assert!(asked < 1_000_000, "the charge never showed");
    }
    assert_eq!(stored(&mut client).await, ["A"]);
    service.end().await;
}

#[tokio::test]
async fn a_stub_answers_success_with_nothing_in_it_and_does_nothing() {
    let service = Running::set_up(|options| options.faults.stub = true).await;
    let mut client = service.client().await;
    let answer = client.charge("A", 1, "60").await;
    let body = answer.json();
    assert_eq!((answer.status, &body["code"]), (200, &json!(200)));
    assert!(body["data"].as_object().unwrap().values().all(Value::is_null), "{body}");
    assert!(stored(&mut client).await.is_empty());
    assert_eq!((client.balance(1).await.as_str(), client.faults("stub").await), ("100.00", 1));
    service.end().await;
}

#[tokio::test]
async fn a_delay_may_be_drawn_and_never_leaves_its_span() {
    let service = Running::set_up(|options| {
        options.delay = Delay::Uniform { from: Micros::from_millis(50), to: Micros::from_millis(60) };
    })
    .await;
    let mut client = service.client().await;
    client.charge("A", 1, "1").await;
    let text = client.metrics().await;
    let line = text.lines().find(|line| line.contains("_seconds_max{") && line.contains("transaction")).unwrap();
    let longest: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(longest >= 0.05, "{longest}");
    service.end().await;
}
