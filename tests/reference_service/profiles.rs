//! The generations of the envelope.

use serde_json::{Value, json};
use tollgate::reference::EnvelopeProfile;

use crate::rig::{Client, Running, TRANSACTION};

async fn refused(client: &mut Client) -> (u16, Value) {
    let answer = client.charge("A", 1, "100.01").await;
    (answer.status, answer.json())
}

fn keys(body: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn the_second_generation_refuses_with_http_200_and_its_own_numbers() {
    let service = Running::set_up(|options| options.envelope = EnvelopeProfile::Http200).await;
    let mut client = service.client().await;
    let (status, body) = refused(&mut client).await;
    assert_eq!((status, &body["code"], &body["message"]), (200, &json!(107_264), &json!("账户余额不足")));
    assert_eq!(keys(&body), ["code", "data", "message", "timestamp"]);
    let invalid = client.charge("A", 1, "0").await;
    assert_eq!((invalid.status, &invalid.json()["code"]), (400, &json!(400)));
    let accepted = client.charge("A", 1, "1").await;
    assert_eq!((accepted.status, &accepted.json()["code"]), (200, &json!(200)));
    service.end().await;
}

#[tokio::test]
async fn the_first_generation_succeeds_with_code_0_and_refuses_with_http_200() {
    let service = Running::set_up(|options| options.envelope = EnvelopeProfile::CodeZero).await;
    let mut client = service.client().await;
    let (status, body) = refused(&mut client).await;
    assert_eq!((status, &body["ok"], &body["msg"]), (200, &json!(false), &json!("账户余额不足")));
    assert_eq!((&body["level"], &body["code"]), (&json!("user"), &json!(107_264)));
    assert_eq!(keys(&body), ["code", "data", "dataType", "level", "msg", "ok"]);
    let invalid = client.charge("A", 1, "0").await;
    assert_eq!((invalid.status, &invalid.json()["code"]), (200, &json!(30_001)));
    let accepted = client.charge("A", 1, "1").await.json();
    assert_eq!((&accepted["code"], &accepted["ok"], &accepted["level"]), (&json!(0), &json!(true), &Value::Null));
    assert_eq!(accepted["data"]["status"], json!("SUCCESS"));
    service.end().await;
}

#[tokio::test]
async fn no_profile_hides_a_failure_of_the_service() {
    for envelope in [EnvelopeProfile::Http400, EnvelopeProfile::Http200, EnvelopeProfile::CodeZero] {
        let service = Running::set_up(|options| options.envelope = envelope).await;
        let answer = service.client().await.send("POST", TRANSACTION, "{").await;
        assert_eq!((answer.status, &answer.json()["code"]), (500, &json!(500)), "{envelope}");
        service.end().await;
    }
}
