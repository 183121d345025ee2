//! Refunds that are applied for, decided and executed.
//!
//! In: an application, or a refund's number and a decision. Out: the refund's number, or the refund. Always holds: a step
//! is committed before it is answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::{Service, json_body};
use crate::reference::charge::{Decision, Order, Refusal};
use crate::reference::request;

#[derive(Deserialize)]
pub(super) struct ApproveQuery {
    approved: bool,
}

/// `POST /api/v1/consume/refunds/apply`
pub(super) async fn apply(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match json_body(&headers, body).and_then(|body| request::application(&body)) {
        Ok(Ok(application)) => book(&service, Order::Apply(application)).await,
        Ok(Err(refusal)) => service.envelope.refused(refusal),
        Err(error) => service.envelope.rejected(error, uri.path()),
    }
}

/// `POST /api/v1/consume/refunds/{refundId}/approve?approved&approveReason`; the reason is not kept.
pub(super) async fn approve(
    State(service): State<Arc<Service>>,
    id: Result<Path<i64>, PathRejection>,
    query: Result<Query<ApproveQuery>, QueryRejection>,
) -> Response {
    let (Ok(Path(id)), Ok(Query(query))) = (id, query) else { return service.envelope.unforeseen() };
    let decision = if query.approved { Decision::Approve } else { Decision::Reject };
    book(&service, Order::Decide(id, decision)).await
}

/// `POST /api/v1/consume/refunds/{refundId}/execute`
pub(super) async fn execute(service: State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    decide(&service, id, Decision::Execute).await
}

/// `POST /api/v1/consume/refunds/{refundId}/cancel`
pub(super) async fn cancel(service: State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    decide(&service, id, Decision::Cancel).await
}

/// `POST /api/v1/consume/refunds/{refundId}/resubmit`
pub(super) async fn resubmit(service: State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    decide(&service, id, Decision::Resubmit).await
}

/// `GET /api/v1/consume/refunds/{refundId}`
pub(super) async fn one(State(service): State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    let Ok(Path(id)) = id else { return service.envelope.unforeseen() };
    match service.store.read(move |sight| sight.refund(id)).await {
        Ok(Some(refund)) => service.envelope.answer(refund),
        Ok(None) => service.envelope.refused(Refusal::TransactionNotFound),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/refunds/by-record/{recordId}`: oldest first.
pub(super) async fn of_record(State(service): State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    let Ok(Path(id)) = id else { return service.envelope.unforeseen() };
    match service.store.read(move |sight| sight.refunds_of(id)).await {
        Ok(refunds) => service.envelope.answer(refunds),
        Err(error) => service.failed(&error),
    }
}

async fn decide(service: &Service, id: Result<Path<i64>, PathRejection>, decision: Decision) -> Response {
    let Ok(Path(id)) = id else { return service.envelope.unforeseen() };
    book(service, Order::Decide(id, decision)).await
}

async fn book(service: &Service, order: Order) -> Response {
    match service.store.book(order).await {
        Ok(Ok(booked)) => service.envelope.answer(booked.id),
        Ok(Err(refusal)) => service.envelope.refused(refusal),
        Err(error) => service.failed(&error),
    }
}
