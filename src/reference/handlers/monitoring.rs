//! Health and metrics, as the original's framework shows them.
//!
//! In: nothing. Out: whether the service is up, component by component; everything it counts. Always holds: the database
//! is asked each time, not remembered; 200 is up and 503 is down.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Service;
use crate::reference::wall_clock;

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /actuator/health`
pub(super) async fn health(State(service): State<Arc<Service>>) -> Response {
    let reads = service.store.read(|sight| sight.answers()).await.is_ok();
    let up = reads && !service.faults.health_down;
    let (status, said) = if up { (StatusCode::OK, "UP") } else { (StatusCode::SERVICE_UNAVAILABLE, "DOWN") };
    let started = service.metrics.started_at();
    let seconds = (wall_clock::now_millis() - started) / 1_000;
    let components: Value = json!({
        "db": {"status": said, "details": {"database": "SQLite"}},
        "ping": {"status": "UP"},
        "process": {"status": "UP", "details": {"startTime": wall_clock::iso(started), "uptimeSeconds": seconds}},
    });
    (status, Json(json!({"status": said, "components": components}))).into_response()
}

/// `GET /actuator/info`
pub(super) async fn info() -> Response {
    let text = concat!(r#"{"app":{"name":"tollgate-reference","version":""#, env!("CARGO_PKG_VERSION"), r#""}}"#);
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

/// `GET /actuator/prometheus`
pub(super) async fn prometheus(State(service): State<Arc<Service>>) -> Response {
    let mut text = service.metrics.render();
    // Writing to a string cannot fail.
    let _ = service.accounts.as_ref().map_or(Ok(()), |accounts| accounts.write(&mut text));
    let _ = service.store.dual_write().map_or(Ok(()), |counts| counts.write(&mut text));
    if service.faults.metrics_missing {
        text = of_the_process(&text);
    }
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response()
}

/// The series of the process and of the faults, and no others.
fn of_the_process(text: &str) -> String {
    let own = |line: &&str| line.contains("process_") || line.contains("tollgate_reference_");
    text.lines().filter(own).flat_map(|line| [line, "\n"]).collect()
}
