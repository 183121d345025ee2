//! Records: asked for, given back, counted.
//!
//! In: a record's number, a user, a page. Out: records in the contract's pages, or bare identities in pages by key.
//! Always holds: a page by key costs the same wherever it lies, so that millions can be read back.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;

use super::Service;
use crate::reference::charge::{Order, Refund, Refusal};
use crate::reference::request;

/// The most identities in one page.
const MOST_KEYS: i64 = 100_000;
/// The most records in one of the contract's pages.
const MOST_RECORDS: i64 = 500;

/// Where the contract's pages are asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageQuery {
    page_num: Option<i64>,
    page_size: Option<i64>,
    user_id: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyQuery {
    after_id: Option<i64>,
    limit: Option<i64>,
}

/// The reason is required, as in the original, and not kept.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundQuery {
    #[serde(rename = "reason")]
    _reason: String,
    refund_amount: Option<String>,
}

/// `GET /api/v1/consume/records/{recordId}`
pub(super) async fn one(State(service): State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    let Ok(Path(id)) = id else { return service.envelope.unforeseen() };
    match service.store.read(move |sight| sight.record(id)).await {
        Ok(Some(record)) => service.envelope.answer(record),
        Ok(None) => service.envelope.refused(Refusal::TransactionNotFound),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/records/query?pageNum&pageSize&userId`: the newest first.
pub(super) async fn query(
    State(service): State<Arc<Service>>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else { return service.envelope.unforeseen() };
    let user = query.user_id;
    page(&service, user, query).await
}

/// `GET /api/v1/consume/records/user/{userId}?pageNum&pageSize`: the newest first.
pub(super) async fn of_user(
    State(service): State<Arc<Service>>,
    user: Result<Path<i64>, PathRejection>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Response {
    let (Ok(Path(user)), Ok(Query(query))) = (user, query) else { return service.envelope.unforeseen() };
    page(&service, Some(user), query).await
}

async fn page(service: &Service, user: Option<i64>, query: PageQuery) -> Response {
    let number = query.page_num.unwrap_or(1).max(1);
    let size = query.page_size.unwrap_or(20).clamp(1, MOST_RECORDS);
    match service.store.read(move |sight| sight.page(user, (number, size))).await {
        Ok(Some(page)) => service.envelope.answer(page),
        Ok(None) => service.envelope.refused(Refusal::UserAccountNotFound),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/records/keys?afterId&limit`: identities in the order of their numbers.
pub(super) async fn keys(
    State(service): State<Arc<Service>>,
    query: Result<Query<KeyQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else { return service.envelope.unforeseen() };
    let after = query.after_id.unwrap_or(0);
    let limit = query.limit.unwrap_or(1_000).clamp(1, MOST_KEYS);
    match service.store.read(move |sight| sight.by_key(after, limit)).await {
        Ok(page) => service.envelope.answer(page),
        Err(error) => service.failed(&error),
    }
}

/// `POST /api/v1/consume/records/{recordId}/refund?refundAmount&reason`; without an amount, all that is left.
pub(super) async fn refund(
    State(service): State<Arc<Service>>,
    uri: Uri,
    id: Result<Path<i64>, PathRejection>,
    query: Result<Query<RefundQuery>, QueryRejection>,
) -> Response {
    let (Ok(Path(record)), Ok(Query(query))) = (id, query) else { return service.envelope.unforeseen() };
    match query.refund_amount.as_deref().map(request::amount_in_query).transpose() {
        Ok(amount) => give_back(&service, Refund { record, amount, cancels: false }).await,
        Err(error) => service.envelope.rejected(error, uri.path()),
    }
}

/// `POST /api/v1/consume/records/{recordId}/cancel?reason`: gives back all that is left.
pub(super) async fn cancel(
    State(service): State<Arc<Service>>,
    id: Result<Path<i64>, PathRejection>,
    query: Result<Query<RefundQuery>, QueryRejection>,
) -> Response {
    let (Ok(Path(record)), Ok(_)) = (id, query) else { return service.envelope.unforeseen() };
    give_back(&service, Refund { record, amount: None, cancels: true }).await
}

async fn give_back(service: &Service, refund: Refund) -> Response {
    match service.store.book(Order::Refund(refund)).await {
        Ok(Ok(booked)) => service.envelope.answer(booked.id),
        Ok(Err(refusal)) => service.envelope.refused(refusal),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/statistics/overview`
pub(super) async fn overview(State(service): State<Arc<Service>>) -> Response {
    match service.store.read(|sight| sight.overview()).await {
        Ok(overview) => service.envelope.answer(overview),
        Err(error) => service.failed(&error),
    }
}
