//! What stands before the handlers: token, limit, errors, resets, stall.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tollgate::units::RatePerSec;

use crate::rig::{Client, OVERVIEW, Running, TRANSACTION, field};

const LOGIN: &str = "/api/auth/login";

async fn log_in(client: &mut Client) -> String {
    let answer = client.send("POST", LOGIN, r#"{"username":"tester","password":"123456"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"]["accessToken"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_is_required_where_that_is_asked_for_and_the_login_gives_one() {
    let service = Running::set_up(|options| options.require_token = true).await;
    let mut client = service.client().await;
    let account = "/api/v1/consume/account/1/balance";
    for request in [TRANSACTION, "/nowhere", account] {
        let (status, code, _) = client.get(request).await.refusal();
        assert_eq!((status, code), (401, 401), "{request}");
    }
    assert_eq!(client.get("/actuator/health").await.status, 200);
    let token = log_in(&mut client).await;
    let ask = |token: &str| format!("GET {account} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n\r\n");
    assert_eq!(client.raw(&ask(&token)).await.status, 200);
    assert_eq!(client.raw(&ask("1.0123456789abcdef")).await.status, 401);
    service.end().await;
}

#[tokio::test]
async fn a_login_needs_a_name_and_the_password() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let wrong = client.send("POST", LOGIN, r#"{"username":"tester","password":"x"}"#).await.refusal();
    assert_eq!(wrong, (401, 401, "用户名或密码错误".to_owned()));
    assert_eq!(client.send("POST", LOGIN, r#"{"username":"tester"}"#).await.refusal().1, 400);
    // Without the option a token is given and not asked for.
    log_in(&mut client).await;
    assert_eq!(client.balance(1).await, "100.00");
    service.end().await;
}

#[tokio::test]
async fn more_than_the_limit_is_429_but_health_and_metrics_always_answer() {
    // So slow that the test passes within one refill.
    let service = Running::set_up(|options| options.rate_limit = RatePerSec::new(0.000_1)).await;
    let mut client = service.client().await;
    assert_eq!(client.charge("A", 1, "1").await.status, 200);
    for _ in 0..3 {
        let (status, code, _) = client.charge("B", 1, "1").await.refusal();
        assert_eq!((status, code), (429, 429));
    }
    assert_eq!(client.get("/actuator/health").await.status, 200);
    assert_eq!(client.faults("rate-limit").await, 3);
    service.end().await;
}

#[tokio::test]
async fn one_in_four_requests_fails_and_does_nothing() {
    let service = Running::set_up(|options| options.faults.error_rate = "25%".parse().ok()).await;
    let mut client = service.client().await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        statuses.push(client.charge(&number.to_string(), 1, "1").await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 500, 200, 200, 200, 500]);
    assert_eq!(client.faults("error-rate").await, 2);
    assert_eq!(field(&client.get(OVERVIEW).await.body, "totalCount"), "6");
    service.end().await;
}

#[tokio::test]
async fn a_reset_comes_after_the_request_was_read_and_does_nothing() {
    let service = Running::set_up(|options| options.faults.reset_rate = "1/3".parse().ok()).await;
    let mut resets = 0;
    for number in 0..6 {
        let mut stream = service.client().await.stream.into_inner();
        let body = format!(r#"{{"transactionNo":"{number}","userId":1,"deviceId":"POS001","amount":1}}"#);
        let length = body.len();
        let request = format!(
            "POST {TRANSACTION} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer).await {
            Ok(_) => assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer)),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                assert!(answer.is_empty());
                resets += 1;
            }
        }
    }
    assert_eq!(resets, 2);
    let mut client = service.client().await;
    assert_eq!(client.faults("reset-rate").await, 2);
    assert_eq!(client.balance(1).await, "96.00");
    service.end().await;
}

#[tokio::test]
async fn a_stall_holds_every_answer_until_it_ends() {
    let service = Running::set_up(|options| options.faults.stall = "300ms@0s".parse().ok()).await;
    let mut client = service.client().await;
    // The first request starts the stall; it is held for all of it.
    let begun = tokio::time::timeout(Duration::from_secs(10), client.get("/actuator/health")).await.unwrap();
    assert_eq!(begun.json()["status"], json!("UP"));
    let text = client.metrics().await;
    let line = text.lines().find(|line| line.contains("_seconds_max{") && line.contains("/health")).unwrap();
    let longest: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(longest >= 0.3, "{longest}");
    assert_eq!(client.faults("stall").await, 1);
    service.end().await;
}
