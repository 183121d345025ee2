//! Charges, and what the framework says to the rest.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tollgate::reference::{ServeOptions, Server};
use tollgate::units::Micros;

use crate::rig::{OVERVIEW, Running, TRANSACTION, fen, field};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_money_adds_up_sum_of_accepted_equals_balance_decrease_equals_records() {
    let service = Running::new(5).await;
    let mut clients = Vec::new();
    for user in 0..20_i64 {
        let mut client = service.client().await;
        clients.push(tokio::spawn(async move {
            let (mut accepted, mut count) = (0, 0);
            for number in 0..40 {
                // Accounts 11 and 12 do not exist; the rest run dry; every tenth number is a repeat.
                let transaction_no = format!("T{user}-{}", number - i64::from(number % 10 == 9));
                let amount = format!("0.{:02}", 1 + (number * 7 + user) % 99);
                let answer = client.charge(&transaction_no, 1 + (user + number) % 12, &amount).await;
                if answer.status == 200 {
                    accepted += fen(field(&answer.body, "amount"));
                    count += 1;
                }
            }
            (accepted, count)
        }));
    }
    let (mut accepted, mut count) = (0, 0);
    for client in clients {
        let (more, answers) = client.await.unwrap();
        accepted += more;
        count += answers;
    }
    let mut client = service.client().await;
    let overview = client.get(OVERVIEW).await.body;
    assert!(count > 0 && count < 800, "{count} of 800 accepted: the mix must hold both");
    assert_eq!(field(&overview, "totalCount"), count.to_string());
    assert_eq!(fen(field(&overview, "totalAmount")), accepted);
    assert_eq!(10 * 500 - fen(field(&overview, "totalBalance")), accepted);
    service.end().await;
}

#[tokio::test]
async fn a_charge_is_answered_with_the_contracts_envelope() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let answer = client.charge("T1", 7, "\"30.50\"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: application/json\r\n"), "{}", answer.head);
    let body = answer.json();
    for (name, value) in [
        ("code", json!(200)),
        ("message", json!("success")),
        ("success", json!(true)),
        ("error", json!(false)),
        ("userError", json!(false)),
        ("systemError", json!(false)),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
    assert!(body["timestamp"].as_u64().unwrap() > 1_700_000_000_000);
    let data = &body["data"];
    assert_eq!((&data["transactionNo"], &data["userId"]), (&json!("T1"), &json!(7)));
    assert_eq!(data["status"], json!("SUCCESS"));
    assert_eq!(data["transactionTime"].as_str().unwrap().len(), "2025-12-23T20:59:00".len());
    for (name, text) in [("amount", "30.50"), ("balanceBefore", "100.00"), ("balanceAfter", "69.50")] {
        assert_eq!(field(&answer.body, name), text, "{name}");
    }
    assert_eq!(client.balance(7).await, "69.50");
    service.end().await;
}

#[tokio::test]
async fn all_paths_of_a_charge_book_into_one_ledger() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let body = r#"{"transactionNo":"T1","userId":1,"deviceId":"POS001","amount":1}"#;
    let paths = ["/api/v1/consume/transaction/execute", "/api/v1/consume/transactions/execute", TRANSACTION];
    for path in paths {
        assert_eq!(client.send("POST", path, body).await.status, 200, "{path}");
    }
    assert_eq!(client.balance(1).await, "99.00");
    service.end().await;
}

#[tokio::test]
async fn two_concurrent_charges_on_a_balance_for_one_give_one_success() {
    let service = Running::new(100).await;
    let (mut one, mut other) = (service.client().await, service.client().await);
    let (first, second) = tokio::join!(one.charge("A", 1, "100.00"), other.charge("B", 1, "100.00"));
    let (accepted, refused) = if first.status == 200 { (first, second) } else { (second, first) };
    assert_eq!(accepted.status, 200);
    assert_eq!(refused.refusal(), (400, 500, "账户余额不足".to_owned()));
    assert_eq!(one.balance(1).await, "0.00");
    service.end().await;
}

#[tokio::test]
async fn a_repeated_transaction_number_charges_once_and_is_answered_with_the_first_result() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let first = client.charge("A", 1, "10").await.json();
    let again = client.charge("A", 1, "10").await;
    assert_eq!((again.status, &again.json()["data"]), (200, &first["data"]));
    for (user, amount) in [(2, "10"), (1, "11")] {
        let (status, code, message) = client.charge("A", user, amount).await.refusal();
        assert_eq!((status, code), (400, 500));
        assert!(message.contains("重复"), "{message}");
    }
    assert_eq!((client.balance(1).await, client.balance(2).await), ("90.00".to_owned(), "100.00".to_owned()));
    service.end().await;
}

#[tokio::test]
async fn an_insufficient_balance_is_refused_and_leaves_no_trace() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let (status, code, message) = client.charge("A", 1, "100.01").await.refusal();
    assert_eq!((status, code), (400, 500));
    assert!(message.contains("余额不足"), "{message}");
    let overview = client.get(OVERVIEW).await.body;
    assert_eq!((field(&overview, "totalCount"), field(&overview, "totalBalance")), ("0", "1000.00"));
    // Its number is not used up either.
    assert_eq!(client.charge("A", 1, "100.00").await.status, 200);
    service.end().await;
}

#[tokio::test]
async fn an_unknown_account_is_refused() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let unknown = (400, 500, "账户不存在".to_owned());
    assert_eq!(client.charge("A", 11, "1").await.refusal(), unknown);
    assert_eq!(client.get("/api/v1/consume/account/11/balance").await.refusal(), unknown);
    assert_eq!(client.get("/api/v1/consume/account/x/balance").await.refusal().0, 500);
    service.end().await;
}

#[tokio::test]
async fn amounts_below_a_cent_or_with_three_decimals_are_refused() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for amount in ["0", "0.001", "10.005", "-1", "\"10.005\"", "1000000000.01", "null"] {
        let (status, code, message) = client.charge("A", 1, amount).await.refusal();
        assert_eq!((status, code), (400, 400), "{amount}");
        assert!(message.starts_with("参数验证失败: "), "{message}");
    }
    assert_eq!(client.balance(1).await, "100.00");
    service.end().await;
}

#[tokio::test]
async fn a_body_that_cannot_be_bound_is_500() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for body in ["", "{", "[]", "not json", r#"{"userId":"seven"}"#] {
        let refusal = client.send("POST", TRANSACTION, body).await.refusal();
        assert_eq!(refusal, (500, 500, "系统运行时异常，请稍后重试".to_owned()), "{body}");
    }
    service.end().await;
}

#[tokio::test]
async fn what_no_handler_takes_has_the_frameworks_own_body() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let missing = client.get("/api/consume/record/list?page=1").await;
    assert_eq!(missing.status, 404);
    let body = missing.json();
    assert_eq!(body["path"], json!("/api/consume/record/list"));
    assert_eq!((&body["status"], &body["error"]), (&json!(404), &json!("Not Found")));
    assert_eq!(body.get("code"), None);

    let wrong = client.get(TRANSACTION).await;
    assert_eq!(wrong.status, 405);
    assert!(wrong.head.contains("allow: POST\r\n"), "{}", wrong.head);
    assert_eq!(wrong.json()["error"], json!("Method Not Allowed"));

    let form = format!("POST {TRANSACTION} HTTP/1.1\r\nhost: test\r\ncontent-length: 3\r\n\r\na=b");
    assert_eq!(client.raw(&form).await.status, 415);
    service.end().await;
}

#[tokio::test]
async fn metrics_count_every_answer_by_template_and_status() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for number in 0..3 {
        client.charge(&number.to_string(), 1, "1").await;
    }
    client.charge("0", 2, "1").await;
    client.charge("9", 1, "0").await;
    client.balance(1).await;
    client.balance(2).await;
    client.get("/nowhere").await;
    client.get(TRANSACTION).await;
    let text = client.metrics().await;
    for line in [
        "consume_transaction_total 5",
        "consume_transaction_error_total 2",
        r#"http_server_requests_seconds_count{method="POST",outcome="SUCCESS",status="200",uri="/api/consume/transaction"} 3"#,
        r#"http_server_requests_seconds_count{method="POST",outcome="CLIENT_ERROR",status="400",uri="/api/consume/transaction"} 2"#,
        r#"http_server_requests_seconds_count{method="GET",outcome="SUCCESS",status="200",uri="/api/v1/consume/account/{accountId}/balance"} 2"#,
        r#"http_server_requests_seconds_count{method="GET",outcome="CLIENT_ERROR",status="404",uri="/**"} 1"#,
        r#"http_server_requests_seconds_count{method="GET",outcome="CLIENT_ERROR",status="405",uri="/api/consume/transaction"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    service.end().await;
}

#[tokio::test]
async fn health_is_up_and_metrics_are_prometheus_text() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    assert_eq!(client.get("/actuator/health").await.json()["status"], json!("UP"));
    let metrics = client.get("/actuator/prometheus").await;
    assert!(metrics.head.contains("content-type: text/plain; version=0.0.4"), "{}", metrics.head);
    service.end().await;
}

#[tokio::test]
async fn the_delay_is_part_of_a_charge_and_of_nothing_else() {
    let service = Running::with(1, 100, Micros::from_millis(300)).await;
    let mut client = service.client().await;
    client.charge("A", 1, "1").await;
    client.balance(1).await;
    let text = client.metrics().await;
    let longest = |uri: &str| -> f64 {
        let line = text.lines().find(|line| line.contains("_seconds_max{") && line.contains(uri)).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(longest(TRANSACTION) >= 0.3);
    assert!(longest("/balance") < 0.3);
    service.end().await;
}

#[tokio::test]
async fn ending_waits_neither_for_idle_connections_nor_for_slow_requests() {
    let service = Running::with(1, 100, Micros::from_secs(3_600)).await;
    let mut slow = service.client().await;
    let body = r#"{"transactionNo":"A","userId":1,"deviceId":"POS001","amount":1}"#;
    let length = body.len();
    let head = format!(
        "POST {TRANSACTION} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {length}"
    );
    slow.stream.get_mut().write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut idle = service.client().await;
    idle.get("/actuator/health").await;
    let untouched = service.client().await;
    let address = service.address;
    tokio::time::timeout(Duration::from_secs(10), service.end()).await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    drop((slow, idle, untouched));
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let service = Running::new(1).await;
    let options = ServeOptions { address: service.address, ..ServeOptions::default() };
    let error = Server::bind(options).await.err().unwrap();
    assert!(error.to_string().contains(&service.address.to_string()), "{error}");
    service.end().await;
}
