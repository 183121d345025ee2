//! The endpoints beside the charge.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::rig::{Client, OVERVIEW, Running, fen, field};

const ADD: &str = "/api/v1/consume/records/add";
const RECHARGE: &str = "/api/consume/recharge/add";

fn record(account: i64, amount: &str) -> Value {
    json!({
        "accountId": account, "userId": account, "deviceId": "POS001", "merchantId": 3, "amount": amount,
        "consumeType": "MEAL",
    })
}

async fn add(client: &mut Client, account: i64, amount: &str) -> i64 {
    let answer = client.send("POST", ADD, &record(account, amount).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"].as_i64().unwrap()
}

#[tokio::test]
async fn an_account_is_shown_with_its_balance_and_its_status() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for (account, status, balance) in
        [(1, "ACTIVE", "100.00"), (90_000_001, "FROZEN", "0.00"), (90_010_001, "CLOSED", "0.00")]
    {
        let answer = client.get(&format!("/api/v1/consume/account/{account}")).await;
        let data = &answer.json()["data"];
        assert_eq!((&data["accountId"], &data["userId"]), (&json!(account), &json!(account)));
        assert_eq!(data["status"], json!(status));
        assert_eq!(field(&answer.body, "balance"), balance);
    }
    assert_eq!(client.get("/api/v1/consume/account/11").await.refusal().2, "账户不存在");
    service.end().await;
}

#[tokio::test]
async fn a_balance_can_be_held_against_an_amount() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let covers = async |client: &mut Client, query: &str| {
        client.get(&format!("/api/v1/consume/account/balance/validate?{query}")).await
    };
    assert_eq!(covers(&mut client, "accountId=1&amount=100.00").await.json()["data"], json!(true));
    assert_eq!(covers(&mut client, "accountId=1&amount=100.01").await.json()["data"], json!(false));
    assert_eq!(covers(&mut client, "accountId=1&amount=0").await.refusal().1, 400);
    assert_eq!(covers(&mut client, "accountId=1").await.status, 500);
    service.end().await;
}

#[tokio::test]
async fn a_transaction_can_be_asked_for_by_its_number() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    client.charge("run-1", 3, "30.50").await;
    for path in ["/api/v1/consume/transaction/run-1", "/api/v1/consume/transactions/run-1"] {
        let answer = client.get(path).await;
        let data = &answer.json()["data"];
        assert_eq!((&data["transactionNo"], &data["userId"]), (&json!("run-1"), &json!(3)));
        assert_eq!((&data["status"], &data["recordId"]), (&json!("SUCCESS"), &json!(1)));
        for (name, text) in [("amount", "30.50"), ("balanceBefore", "100.00"), ("balanceAfter", "69.50")] {
            assert_eq!(field(&answer.body, name), text, "{name}");
        }
    }
    let unknown = client.get("/api/v1/consume/transaction/run-2").await.refusal();
    assert_eq!(unknown, (400, 500, "交易不存在".to_owned()));
    service.end().await;
}

#[tokio::test]
async fn a_record_that_is_added_takes_its_amount_and_answers_with_its_number() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let (one, other) = (add(&mut client, 1, "40.00").await, add(&mut client, 1, "40.00").await);
    assert_ne!(one, other);
    assert_eq!(client.balance(1).await, "20.00");
    let shown = client.get(&format!("/api/v1/consume/records/{other}")).await;
    assert_eq!(field(&shown.body, "balanceAfter"), "20.00");
    let refused = client.send("POST", ADD, &record(1, "40.00").to_string()).await.refusal();
    assert_eq!(refused, (400, 500, "扣款失败: 账户余额不足".to_owned()));
    service.end().await;
}

#[tokio::test]
async fn a_record_needs_every_required_field() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for name in ["accountId", "userId", "deviceId", "merchantId", "amount", "consumeType"] {
        let mut body = record(1, "1.00");
        body.as_object_mut().unwrap().remove(name);
        let (status, code, message) = client.send("POST", ADD, &body.to_string()).await.refusal();
        assert_eq!((status, code), (400, 400), "{name}");
        assert!(message.starts_with("参数验证失败: "), "{message}");
    }
    let mut body = record(1, "1.00");
    body["userId"] = json!(2);
    let (_, _, message) = client.send("POST", ADD, &body.to_string()).await.refusal();
    assert_eq!(message, "扣款失败: 用户账户不存在");
    assert_eq!(client.balance(1).await, "100.00");
    service.end().await;
}

#[tokio::test]
async fn millions_of_identities_can_be_read_page_by_page_and_each_comes_once() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for number in 0..25 {
        client.charge(&format!("run-\\\"{number}"), 1, "1.25").await;
    }
    let (mut after, mut seen, mut pages) = (0, HashSet::new(), 0);
    loop {
        let answer = client.get(&format!("/api/v1/consume/records/keys?afterId={after}&limit=10")).await;
        let page = answer.json()["data"].clone();
        for row in page["list"].as_array().unwrap() {
            assert_eq!((&row["userId"], &row["amount"]), (&json!(1), &json!(1.25)));
            assert!(seen.insert(row["transactionNo"].as_str().unwrap().to_owned()), "{row}");
        }
        (after, pages) = (page["nextId"].as_i64().unwrap(), pages + 1);
        if page["hasNext"] == json!(false) {
            break;
        }
    }
    assert_eq!((seen.len(), pages, after), (25, 3, 25));
    assert!((0..25).all(|number| seen.contains(&format!("run-\"{number}"))));
    let beyond = client.get("/api/v1/consume/records/keys?afterId=25").await.json();
    assert_eq!(beyond["data"], json!({"list": [], "nextId": 25, "hasNext": false}));
    assert_eq!(client.get("/api/v1/consume/records/keys?afterId=x").await.status, 500);
    service.end().await;
}

#[tokio::test]
async fn a_page_that_ends_with_the_last_record_says_that_there_is_no_more() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for number in 0..10 {
        client.charge(&number.to_string(), 1, "1").await;
    }
    let page = client.get("/api/v1/consume/records/keys?limit=10").await.json()["data"].clone();
    assert_eq!((page["list"].as_array().unwrap().len(), &page["hasNext"]), (10, &json!(false)));
    service.end().await;
}

#[tokio::test]
async fn records_come_in_the_contracts_pages_newest_first_for_all_and_for_one_user() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    for number in 1..=9 {
        client.charge(&number.to_string(), 1 + number % 2, "1").await;
    }
    let numbers = |page: &Value| -> Vec<String> {
        let list = page["list"].as_array().unwrap();
        list.iter().map(|record| record["transactionNo"].as_str().unwrap().to_owned()).collect()
    };
    let all = client.get("/api/v1/consume/records/query?pageNum=2&pageSize=4").await.json()["data"].clone();
    assert_eq!(numbers(&all), ["5", "4", "3", "2"]);
    assert_eq!((&all["total"], &all["pages"]), (&json!(9), &json!(3)));
    assert_eq!((&all["hasNext"], &all["hasPrev"]), (&json!(true), &json!(true)));

    for path in ["/api/v1/consume/records/user/2?pageSize=3", "/api/v1/consume/records/query?userId=2&pageSize=3"] {
        let first = client.get(path).await.json()["data"].clone();
        assert_eq!(numbers(&first), ["9", "7", "5"], "{path}");
        assert_eq!((&first["total"], &first["hasNext"]), (&json!(5), &json!(true)));
    }
    let last = client.get("/api/v1/consume/records/user/2?pageSize=3&pageNum=2").await.json()["data"].clone();
    assert_eq!(numbers(&last), ["3", "1"]);
    assert_eq!(last["hasNext"], json!(false));
    assert_eq!(client.get("/api/v1/consume/records/user/3").await.json()["data"]["total"], json!(0));
    assert_eq!(client.get("/api/v1/consume/records/user/99").await.refusal().1, 400);
    service.end().await;
}

#[tokio::test]
async fn recharges_refunds_and_cancellations_are_in_the_sums() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let recharge = json!({"accountId": 1, "userId": 1, "amount": "50.00", "rechargeWay": "WECHAT", "operator": "test"});
    assert_eq!(client.send("POST", RECHARGE, &recharge.to_string()).await.status, 200);
    let (one, other) = (add(&mut client, 1, "60").await, add(&mut client, 1, "70").await);
    let refund = format!("/api/v1/consume/records/{one}/refund?reason=cold&refundAmount=");
    assert_eq!(client.send("POST", &format!("{refund}20.00"), "").await.status, 200);
    assert_eq!(client.send("POST", &format!("{refund}40.01"), "").await.refusal().1, 400);
    assert_eq!(client.send("POST", &format!("{refund}0.001"), "").await.refusal().1, 400);
    let cancel = format!("/api/v1/consume/records/{other}/cancel?reason=late");
    assert_eq!(client.send("POST", &cancel, "").await.status, 200);
    assert_eq!(client.send("POST", &cancel, "").await.refusal().2, "交易状态不允许此操作");
    assert_eq!(client.send("POST", "/api/v1/consume/records/9/cancel?reason=x", "").await.refusal().2, "交易不存在");
    // A required parameter that is missing is 500, as in the original.
    assert_eq!(client.send("POST", &format!("/api/v1/consume/records/{one}/cancel"), "").await.status, 500);

    let shown = client.get(&format!("/api/v1/consume/records/{other}")).await.json();
    assert_eq!(shown["data"]["status"], json!("CANCELLED"));
    let overview = client.get(OVERVIEW).await.body;
    let figure = |name: &str| fen(field(&overview, name));
    assert_eq!((figure("totalAmount"), figure("totalRefunded"), figure("totalRecharged")), (13_000, 9_000, 5_000));
    assert_eq!(figure("totalBalance"), 100_000 + 5_000 + 9_000 - 13_000);
    service.end().await;
}

#[tokio::test]
async fn a_recharge_is_validated_and_its_refusal_has_no_reason() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let recharge = |account: i64, way: &str| {
        json!({"accountId": account, "userId": account, "amount": 5, "rechargeWay": way, "operator": "t"}).to_string()
    };
    assert_eq!(client.send("POST", RECHARGE, &recharge(1, "GOLD")).await.refusal().1, 400);
    let unknown = client.send("POST", RECHARGE, &recharge(99, "CASH")).await.refusal();
    assert_eq!(unknown, (500, 500, "系统运行时异常，请稍后重试".to_owned()));
    service.end().await;
}

#[tokio::test]
async fn products_and_the_programs_name_can_be_asked_for() {
    let service = Running::new(100).await;
    let mut client = service.client().await;
    let products = client.get("/api/v1/consume/products/available").await;
    assert_eq!(field(&products.body, "price"), "5.00");
    assert_eq!(client.get("/actuator/info").await.json()["app"]["name"], json!("tollgate-reference"));
    service.end().await;
}

#[tokio::test]
async fn each_refusal_can_be_provoked_by_data_alone() {
    let service = Running::new(5_000).await;
    let mut client = service.client().await;
    for (user, area, device, amount, code, message) in [
        (11, "AREA01", "POS001", "1", 500, "账户不存在"),
        (90_000_001, "AREA01", "POS001", "1", 500, "账户已冻结"),
        (90_010_100, "AREA01", "POS001", "1", 400, "账户状态异常，账户已注销"),
        (90_020_050, "AREA01", "POS001", "0.01", 500, "账户余额不足"),
        (90_030_001, "AREA01", "POS001", "0.01", 500, "超出每日消费限额"),
        (1, "AREA90", "POS001", "1", 500, "无权限在该区域消费"),
        (1, "AREA01", "POS999", "1", 500, "设备离线或已停用"),
        (1, "AREA01", "POS001", "2000.01", 500, "单笔消费金额超出限额2000.00"),
    ] {
        let body = format!(
            r#"{{"transactionNo":"A","userId":{user},"areaId":"{area}","deviceId":"{device}","amount":{amount}}}"#
        );
        let refusal = client.send("POST", "/api/consume/transaction", &body).await.refusal();
        assert_eq!(refusal, (400, code, message.to_owned()));
    }
    assert_eq!(field(&client.get(OVERVIEW).await.body, "totalCount"), "0");
    service.end().await;
}

#[tokio::test]
async fn the_same_user_device_and_amount_within_a_minute_can_be_refused() {
    let service = Running::set_up(|options| options.refuse_repeats = true).await;
    let mut client = service.client().await;
    assert_eq!(client.charge("A", 1, "1").await.status, 200);
    // The minute of the clock may turn once between three requests, not twice.
    let (second, third) = (client.charge("B", 1, "1").await, client.charge("C", 1, "1").await);
    let refused = if second.status == 200 { third } else { second };
    assert_eq!(refused.refusal(), (400, 500, "重复交易，请稍后再试".to_owned()));
    assert_eq!(client.charge("D", 1, "1.01").await.status, 200);
    service.end().await;
}
