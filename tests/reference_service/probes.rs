//! What single charges prove of the service, and the faults by which each proof fails.

use tokio::io::AsyncWriteExt;
use tollgate::units::Micros;

use crate::rig::{OVERVIEW, Running, TRANSACTION, field};

const STATUS: &str = "/api/v1/consume/transaction/";

#[tokio::test]
async fn one_number_sent_twice_charges_once() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let (first, second) = (client.charge("A", 1, "30").await, client.charge("A", 1, "30").await);
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(field(&first.body, "recordId"), field(&second.body, "recordId"));
    assert_eq!(client.balance(1).await, "70.00");
    service.end().await;
}

#[tokio::test]
async fn one_number_may_be_booked_as_often_as_it_is_sent() {
    for refuse_repeats in [false, true] {
        let service = Running::set_up(|options| {
            options.faults.duplicate_charges = true;
            options.refuse_repeats = refuse_repeats;
        })
        .await;
        let mut client = service.client().await;
        for _ in 0..3 {
            assert_eq!(client.charge("A", 1, "30").await.status, 200);
        }
        assert_eq!(client.balance(1).await, "10.00");
        assert_eq!(field(&client.get(OVERVIEW).await.body, "totalCount"), "3");
        assert_eq!(client.faults("duplicate-charges").await, 2);
        service.end().await;
    }
}

#[tokio::test]
async fn two_charges_at_once_on_a_balance_for_one_give_one_success_and_balance_0() {
    let service = Running::new(100).await;
    let (mut one, mut other) = (service.client().await, service.client().await);
    let (one, other) = tokio::join!(one.charge("A", 1, "100.00"), other.charge("B", 1, "100.00"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(service.client().await.balance(1).await, "0.00");
    service.end().await;
}

#[tokio::test]
async fn both_may_succeed_where_updates_overwrite_each_other() {
    let service = Running::set_up(|options| options.faults.overdraw = true).await;
    let (mut one, mut other) = (service.client().await, service.client().await);
    let (one, other) = tokio::join!(one.charge("A", 1, "100.00"), other.charge("B", 1, "100.00"));
    assert_eq!((one.status, other.status), (200, 200));
    let mut client = service.client().await;
    assert_eq!((client.balance(1).await.as_str(), client.faults("overdraw").await), ("0.00", 1));
    assert_eq!(field(&client.get(OVERVIEW).await.body, "totalAmount"), "200.00");
    service.end().await;
}

#[tokio::test]
async fn amounts_that_break_their_rule_are_refused_and_take_nothing() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for amount in ["0.001", "-1", "0", "1000000000000"] {
        let (status, code, message) = client.charge("A", 1, amount).await.refusal();
        assert_eq!((status, code), (400, 400), "{amount}");
        assert!(message.starts_with("参数验证失败: "), "{message}");
    }
    assert_eq!(client.balance(1).await, "100.00");
    service.end().await;
}

#[tokio::test]
async fn amounts_that_break_their_rule_may_be_charged_as_a_fen() {
    let service = Running::set_up(|options| options.faults.accept_bad_amounts = true).await;
    let mut client = service.client().await;
    for (number, amount) in ["0.001", "-1", "1000000000000"].into_iter().enumerate() {
        assert_eq!(client.charge(&format!("T{number}"), 1, amount).await.status, 200, "{amount}");
    }
    assert_eq!(client.charge("good", 1, "2").await.status, 200);
    assert_eq!((client.balance(1).await.as_str(), client.faults("accept-bad-amounts").await), ("97.97", 3));
    // What cannot be read at all is no amount.
    assert_eq!(
        client.send("POST", TRANSACTION, r#"{"transactionNo":"N","userId":1,"deviceId":"D"}"#).await.status,
        400
    );
    service.end().await;
}

#[tokio::test]
async fn a_charge_that_nobody_waited_for_is_found_by_its_number() {
    let service = Running::with(10, 100, Micros::from_secs(3_600)).await;
    let mut hasty = service.client().await;
    let body = r#"{"transactionNo":"A","userId":1,"deviceId":"POS001","amount":30}"#;
    let length = body.len();
    let request = format!(
        "POST {TRANSACTION} HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    hasty.stream.get_mut().write_all(request.as_bytes()).await.unwrap();
    let mut client = service.client().await;
    let mut asked = 0;
    let found = loop {
        let answer = client.get(&format!("{STATUS}A")).await;
        if answer.status == 200 {
            break answer;
        }
        asked += 1;
        assert!(asked < 100_000, "{}", answer.body);
    };
    assert_eq!((field(&found.body, "transactionNo"), field(&found.body, "amount")), ("\"A\"", "30.00"));
    drop(hasty);
    assert_eq!(client.balance(1).await, "70.00");
    service.end().await;
}

#[tokio::test]
async fn the_status_of_a_charge_may_be_nowhere() {
    let service = Running::set_up(|options| options.faults.no_status_query = true).await;
    let mut client = service.client().await;
    assert_eq!(client.charge("A", 1, "1").await.status, 200);
    for path in [STATUS, "/api/v1/consume/transactions/"] {
        assert_eq!(client.get(&format!("{path}A")).await.status, 404);
    }
    assert_eq!(client.faults("no-status-query").await, 2);
    service.end().await;
}

#[tokio::test]
async fn a_lost_update_is_recorded_and_leaves_the_balance() {
    let service = Running::set_up(|options| options.faults.lost_update = "1/2".parse().ok()).await;
    let mut client = service.client().await;
    for number in 0..4 {
        assert_eq!(client.charge(&format!("T{number}"), 1, "10").await.status, 200);
    }
    assert_eq!((client.balance(1).await.as_str(), client.faults("lost-update").await), ("80.00", 2));
    assert_eq!(field(&client.get(OVERVIEW).await.body, "totalAmount"), "40.00");
    service.end().await;
}
