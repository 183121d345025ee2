//! The endpoints of the contract.
//!
//! In: HTTP requests. Out: responses, each counted. Always holds: an order is read, booked and committed before it is
//! answered; a path no endpoint has is answered as the original's framework would.

mod accounts;
mod charges;
mod monitoring;
mod records;
mod refunds;
mod service;

pub(super) use service::Service;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::gate::LOGIN;
use super::metrics::{Observation, known_method};
use super::request::RequestError;
use super::{envelope, wall_clock};

/// The label of a path no endpoint has, as the original's framework writes it.
const UNMAPPED: &str = "/**";

/// The series an endpoint is counted in.
#[derive(Clone)]
struct Counted {
    service: Arc<Service>,
    /// The path's template: a client must not be able to make new series.
    uri: &'static str,
    /// Whether charges are sent to it.
    charges: bool,
}

/// An endpoint: its path's template and what it does.
type Endpoint = (&'static str, MethodRouter<Arc<Service>>);

/// All endpoints, counted.
pub(super) fn routes(service: &Arc<Service>) -> Router {
    let counted = |uri| from_fn_with_state(Counted { service: Arc::clone(service), uri, charges: charges(uri) }, count);
    let endpoint = |router: Router<Arc<Service>>, (uri, verbs): Endpoint| {
        router.route(uri, verbs.fallback(wrong_verb).layer(counted(uri)))
    };
    endpoints()
        .into_iter()
        .fold(Router::new(), endpoint)
        .fallback(unmapped.layer(counted(UNMAPPED)))
        .with_state(Arc::clone(service))
}

/// Whether a path's template is one that charges are sent to.
fn charges(uri: &str) -> bool {
    uri == "/api/consume/transaction" || uri.ends_with("/execute") || uri == "/api/v1/consume/records/add"
}

fn endpoints() -> [Endpoint; 30] {
    [
        ("/api/consume/transaction", post(charges::charge)),
        ("/api/v1/consume/transaction/execute", post(charges::charge)),
        ("/api/v1/consume/transactions/execute", post(charges::charge)),
        ("/api/v1/consume/transaction/{transactionNo}", get(charges::status)),
        ("/api/v1/consume/transactions/{transactionNo}", get(charges::status)),
        ("/api/v1/consume/records/add", post(charges::add_record)),
        ("/api/v1/consume/records/query", get(records::query)),
        ("/api/v1/consume/records/keys", get(records::keys)),
        ("/api/v1/consume/records/{recordId}", get(records::one)),
        ("/api/v1/consume/records/user/{userId}", get(records::of_user)),
        ("/api/v1/consume/records/{recordId}/refund", post(records::refund)),
        ("/api/v1/consume/records/{recordId}/cancel", post(records::cancel)),
        ("/api/v1/consume/account/{accountId}", get(accounts::one)),
        ("/api/v1/consume/account/{accountId}/balance", get(accounts::balance)),
        ("/api/v1/consume/account/balance/validate", get(accounts::validate)),
        ("/api/consume/recharge/add", post(accounts::recharge)),
        ("/api/v1/consume/products/available", get(accounts::products)),
        ("/api/v1/consume/statistics/overview", get(records::overview)),
        ("/api/v1/consume/refunds/apply", post(refunds::apply)),
        ("/api/v1/consume/refunds/{refundId}", get(refunds::one)),
        ("/api/v1/consume/refunds/{refundId}/approve", post(refunds::approve)),
        ("/api/v1/consume/refunds/{refundId}/execute", post(refunds::execute)),
        ("/api/v1/consume/refunds/{refundId}/cancel", post(refunds::cancel)),
        ("/api/v1/consume/refunds/{refundId}/resubmit", post(refunds::resubmit)),
        ("/api/v1/consume/refunds/by-record/{recordId}", get(refunds::of_record)),
        (LOGIN, post(accounts::log_in)),
        ("/api/consume/cache/warmup", post(accounts::warm_up)),
        ("/actuator/health", get(monitoring::health)),
        ("/actuator/info", get(monitoring::info)),
        ("/actuator/prometheus", get(monitoring::prometheus)),
    ]
}

/// Counts every answer. A client that leaves before its answer is not counted here, nor is one that was reset.
async fn count(State(counted): State<Counted>, request: Request, next: Next) -> Response {
    let begun = wall_clock::steady();
    let method = known_method(request.method().as_str());
    let Counted { service, uri, charges } = counted;
    let charges = charges && method == "POST";
    let response = if service.gate.stands_open() {
        next.run(request).await
    } else {
        match service.gate.pass(uri, request, next).await {
            Some(response) => response,
            None => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let status = response.status().as_u16();
    service.metrics.observe(Observation { method, uri, status, took: begun.elapsed(), charges });
    response
}

async fn wrong_verb(uri: Uri) -> Response {
    envelope::framework(StatusCode::METHOD_NOT_ALLOWED, uri.path())
}

async fn unmapped(uri: Uri) -> Response {
    envelope::framework(StatusCode::NOT_FOUND, uri.path())
}

/// The bytes of a body that says it is JSON.
fn json_body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Bytes, RequestError> {
    if !is_json(headers) {
        return Err(RequestError::NotJson);
    }
    body.map_err(|_| RequestError::Malformed)
}

/// `application/json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}
