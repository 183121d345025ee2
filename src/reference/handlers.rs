//! The endpoints of the contract.
//!
//! In: HTTP requests. Out: responses, each counted. Always holds: a charge is read, booked and committed before it is
//! answered, and the delay comes on top.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, Request, State};
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::charge::{Charge, Refusal};
use super::metrics::{Metrics, Observation, known_method};
use super::request::RequestError;
use super::store::{Store, StoreError};
use super::{envelope, request, wall_clock};

/// The label of a path no endpoint has, as the original's framework writes it.
const UNMAPPED: &str = "/**";
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the endpoints share.
pub(super) struct Service {
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    /// How long a charge transaction takes on top.
    pub(super) delay: Duration,
}

/// The series an endpoint is counted in.
#[derive(Clone)]
struct Counted {
    service: Arc<Service>,
    /// The path's template: a client must not be able to make new series.
    uri: &'static str,
}

/// All endpoints, counted.
pub(super) fn routes(service: &Arc<Service>) -> Router {
    let counted = |uri| from_fn_with_state(Counted { service: Arc::clone(service), uri }, count);
    let endpoint = |router: Router<Arc<Service>>, (uri, verbs): (&'static str, MethodRouter<Arc<Service>>)| {
        router.route(uri, verbs.fallback(wrong_verb).layer(counted(uri)))
    };
    [
        ("/api/consume/transaction", post(charge)),
        ("/api/v1/consume/transaction/execute", post(charge)),
        ("/api/v1/consume/account/{accountId}/balance", get(balance)),
        ("/api/v1/consume/statistics/overview", get(overview)),
        ("/actuator/health", get(health)),
        ("/actuator/prometheus", get(prometheus)),
    ]
    .into_iter()
    .fold(Router::new(), endpoint)
    .fallback(unmapped.layer(counted(UNMAPPED)))
    .with_state(Arc::clone(service))
}

/// Counts every answer. A client that leaves before its answer is not counted here.
async fn count(State(counted): State<Counted>, request: Request, next: Next) -> Response {
    let begun = wall_clock::steady();
    let method = known_method(request.method().as_str());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    counted.service.metrics.observe(Observation { method, uri: counted.uri, status, took: begun.elapsed() });
    response
}

async fn wrong_verb(uri: Uri) -> Response {
    envelope::framework(StatusCode::METHOD_NOT_ALLOWED, uri.path())
}

async fn unmapped(uri: Uri) -> Response {
    envelope::framework(StatusCode::NOT_FOUND, uri.path())
}

async fn charge(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let charge = match read(&headers, body) {
        Ok(charge) => charge,
        Err(error) => {
            service.metrics.count_charge(false);
            return envelope::rejected(error, uri.path());
        }
    };
    let booked = service.store.book(charge).await;
    // Before the delay: a client that leaves in it is in this count, as its charge is in the ledger.
    service.metrics.count_charge(matches!(booked, Ok(Ok(_))));
    if !service.delay.is_zero() {
        tokio::time::sleep(service.delay).await;
    }
    match booked {
        Ok(Ok(charged)) => envelope::receipt(&charged),
        Ok(Err(refusal)) => envelope::refused(refusal),
        Err(error) => failed(&error),
    }
}

fn read(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Charge, RequestError> {
    if !is_json(headers) {
        return Err(RequestError::NotJson);
    }
    request::parse(&body.map_err(|_| RequestError::Malformed)?)
}

async fn balance(State(service): State<Arc<Service>>, account: Result<Path<i64>, PathRejection>) -> Response {
    // The original answers 500 to a path variable it cannot convert.
    let Ok(Path(account)) = account else { return envelope::unforeseen() };
    match service.store.balance(account).await {
        Ok(Some(balance)) => envelope::success(balance),
        Ok(None) => envelope::refused(Refusal::AccountNotFound),
        Err(error) => failed(&error),
    }
}

async fn overview(State(service): State<Arc<Service>>) -> Response {
    match service.store.overview().await {
        Ok(overview) => envelope::success(overview),
        Err(error) => failed(&error),
    }
}

async fn health() -> Response {
    ([(CONTENT_TYPE, "application/json")], r#"{"status":"UP"}"#).into_response()
}

async fn prometheus(State(service): State<Arc<Service>>) -> Response {
    ([(CONTENT_TYPE, PROMETHEUS_TEXT)], service.metrics.render()).into_response()
}

/// The client is told no more than the original would; the log is told why.
fn failed(error: &StoreError) -> Response {
    log::error!("{error}");
    envelope::unforeseen()
}

/// `application/json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}
