//! Charges and their status.
//!
//! In: a charge in one of the contract's two forms, or a transaction's number. Out: a receipt, a record's number, a
//! refusal. Always holds: a charge is committed before it is answered, and the delay comes on top.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;

use super::{Service, json_body};
use crate::reference::cache::Profile;
use crate::reference::charge::{Booked, Charge, Order, Refusal};
use crate::reference::faults::Fault;
use crate::reference::money::Fen;
use crate::reference::store::StoreError;
use crate::reference::{envelope, request, rules, wall_clock};

/// What a charge that was booked is answered with. A stub's fields are all null.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt<'a> {
    transaction_no: Option<&'a str>,
    record_id: Option<i64>,
    user_id: Option<i64>,
    amount: Option<Fen>,
    balance_before: Option<Fen>,
    balance_after: Option<Fen>,
    status: Option<&'static str>,
    transaction_time: Option<String>,
}

/// `POST /api/consume/transaction` and `.../transaction/execute`.
pub(super) async fn charge(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if service.is_stub() {
        service.delay().await;
        return service.envelope.answer(Receipt::default());
    }
    let charge = match json_body(&headers, body).and_then(|body| service.read_charge(&body)) {
        Ok(charge) => Arc::new(charge),
        Err(error) => {
            service.count_charge(false);
            return service.envelope.rejected(error, uri.path());
        }
    };
    match book(&service, Ok(Arc::clone(&charge))).await {
        Ok(Ok(booked)) => service.envelope.answer(receipt(&charge, &booked)),
        Ok(Err(refusal)) => service.envelope.refused(refusal),
        Err(error) => service.failed(&error),
    }
}

/// `POST /api/v1/consume/records/add`: the record's number is all it answers.
pub(super) async fn add_record(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if service.is_stub() {
        service.delay().await;
        return service.envelope.answer(None::<i64>);
    }
    let read = json_body(&headers, body).and_then(|body| request::record(&body, || service.next_number()));
    let charge = match read {
        Ok(charge) => charge.map(Arc::new),
        Err(error) => {
            service.count_charge(false);
            return service.envelope.rejected(error, uri.path());
        }
    };
    match book(&service, charge).await {
        Ok(Ok(booked)) => service.envelope.answer(booked.id),
        Ok(Err(refusal)) => service.envelope.deduction_failed(refusal),
        Err(error) => service.failed(&error),
    }
}

/// `GET .../transaction/{transactionNo}`
pub(super) async fn status(
    State(service): State<Arc<Service>>,
    uri: Uri,
    transaction_no: Result<Path<String>, PathRejection>,
) -> Response {
    if service.hides_status() {
        return envelope::framework(StatusCode::NOT_FOUND, uri.path());
    }
    let Ok(Path(transaction_no)) = transaction_no else { return service.envelope.unforeseen() };
    match service.store.read(move |sight| sight.transaction(&transaction_no)).await {
        Ok(Some(record)) => service.envelope.answer(record),
        Ok(None) => service.envelope.refused(Refusal::TransactionNotFound),
        Err(error) => service.failed(&error),
    }
}

/// Holds a charge against the rules, books it, counts it, and takes the time that a charge takes.
async fn book(service: &Service, charge: Result<Arc<Charge>, Refusal>) -> Result<Result<Booked, Refusal>, StoreError> {
    let admitted = match charge.and_then(|charge| rules::refuse(&charge).map_or(Ok(charge), Err)) {
        Ok(charge) => know(service, charge).await,
        refused => Ok(refused),
    };
    let booked = match admitted {
        Ok(Ok(charge)) => service.store.book(Order::Charge(charge)).await,
        Ok(Err(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error),
    };
    let booked = match booked {
        Ok(Ok(Booked { fault: Some(Fault::FailAfterCommit), .. })) => Err(StoreError::FailedAfterCommit),
        booked => booked,
    };
    // Before the delay: a client that leaves in it is in this count, as its charge is in the ledger.
    service.count_charge(matches!(booked, Ok(Ok(_))));
    service.delay().await;
    booked
}

/// Refuses what the account's profile alone refuses, where profiles are kept.
async fn know(service: &Service, charge: Arc<Charge>) -> Result<Result<Arc<Charge>, Refusal>, StoreError> {
    let Some(cache) = &service.accounts else { return Ok(Ok(charge)) };
    let profile = service.profile(cache, charge.account).await?;
    Ok(match profile.map(Profile::refuse) {
        None => Err(Refusal::AccountNotFound),
        Some(Some(refusal)) => Err(refusal),
        Some(None) => Ok(charge),
    })
}

fn receipt<'a>(charge: &'a Charge, booked: &Booked) -> Receipt<'a> {
    Receipt {
        transaction_no: Some(&charge.transaction_no),
        record_id: Some(booked.id),
        user_id: Some(charge.account),
        amount: Some(charge.amount),
        balance_before: Some(booked.moved.before),
        balance_after: Some(booked.moved.after),
        status: Some("SUCCESS"),
        transaction_time: Some(wall_clock::date_time(booked.at)),
    }
}
