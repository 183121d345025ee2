//! The chain of a refund.

use serde_json::json;

use crate::rig::{Client, Running};

const REFUNDS: &str = "/api/v1/consume/refunds";

/// Applies for so much of record 1, as user 1; the refund's number.
async fn apply(client: &mut Client, amount: &str) -> u64 {
    let answer = client.send("POST", &format!("{REFUNDS}/apply"), &application(1, amount)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"].as_u64().unwrap()
}

fn application(user: i64, amount: &str) -> String {
    json!({"consumeRecordId": 1, "accountId": user, "userId": user, "refundAmount": amount, "refundReason": "cold"})
        .to_string()
}

async fn step(client: &mut Client, refund: u64, step: &str) -> u16 {
    client.send("POST", &format!("{REFUNDS}/{refund}/{step}"), "").await.status
}

async fn state(client: &mut Client, refund: u64) -> String {
    let shown = client.get(&format!("{REFUNDS}/{refund}")).await.json();
    shown["data"]["refundStatus"].as_str().unwrap().to_owned()
}

/// A service on which user 1 has been charged 60.00 of 100.00.
async fn charged() -> (Running, Client) {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    assert_eq!(client.charge("A", 1, "60").await.status, 200);
    (service, client)
}

#[tokio::test]
async fn money_goes_back_when_an_approved_refund_is_executed_and_only_once() {
    let (service, mut client) = charged().await;
    let refund = apply(&mut client, "25.50").await;
    assert_eq!(step(&mut client, refund, "execute").await, 400, "nobody has approved it");
    assert_eq!(step(&mut client, refund, "approve?approved=true&approveReason=ok").await, 200);
    assert_eq!(client.balance(1).await, "40.00", "not yet");
    assert_eq!(step(&mut client, refund, "execute").await, 200);
    assert_eq!((client.balance(1).await.as_str(), state(&mut client, refund).await.as_str()), ("65.50", "EXECUTED"));
    for again in ["execute", "cancel", "approve?approved=true"] {
        assert_eq!(step(&mut client, refund, again).await, 400, "{again}");
    }
    assert_eq!(client.balance(1).await, "65.50");
    service.end().await;
}

#[tokio::test]
async fn a_rejected_refund_may_be_submitted_again_or_withdrawn() {
    let (service, mut client) = charged().await;
    let refund = apply(&mut client, "1").await;
    assert_eq!(step(&mut client, refund, "approve?approved=false").await, 200);
    assert_eq!(step(&mut client, refund, "execute").await, 400);
    assert_eq!(step(&mut client, refund, "resubmit").await, 200);
    assert_eq!(state(&mut client, refund).await, "PENDING");
    assert_eq!(step(&mut client, refund, "cancel").await, 200);
    assert_eq!((state(&mut client, refund).await.as_str(), client.balance(1).await.as_str()), ("CANCELLED", "40.00"));
    service.end().await;
}

#[tokio::test]
async fn refunds_of_one_record_give_back_no_more_than_it_took() {
    let (service, mut client) = charged().await;
    let (one, other) = (apply(&mut client, "40").await, apply(&mut client, "40").await);
    for refund in [one, other] {
        assert_eq!(step(&mut client, refund, "approve?approved=true").await, 200);
    }
    assert_eq!(step(&mut client, one, "execute").await, 200);
    assert_eq!(step(&mut client, other, "execute").await, 400);
    assert_eq!((client.balance(1).await.as_str(), state(&mut client, other).await.as_str()), ("80.00", "APPROVED"));
    let of_record = client.get(&format!("{REFUNDS}/by-record/1")).await.json();
    assert_eq!(of_record["data"].as_array().unwrap().len(), 2);
    service.end().await;
}

#[tokio::test]
async fn what_cannot_be_refunded_is_refused() {
    let (service, mut client) = charged().await;
    for (user, amount, message) in [
        (1, "60.01", "交易状态不允许此操作"),
        (2, "1", "用户账户不存在"),
        (1, "0.001", "参数验证失败: 金额最多两位小数"),
    ] {
        let answer = client.send("POST", &format!("{REFUNDS}/apply"), &application(user, amount)).await;
        assert_eq!(answer.refusal().2, message);
    }
    assert_eq!(client.get(&format!("{REFUNDS}/9")).await.refusal().2, "交易不存在");
    assert_eq!(client.send("POST", &format!("{REFUNDS}/9/execute"), "").await.refusal().2, "交易不存在");
    service.end().await;
}
