//! Accounts, recharges, products and the login.
//!
//! In: an account's number, a recharge, a name and a password. Out: balances, a recharge's number, a token. Always
//! holds: a recharge is committed before it is answered.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::{Service, json_body};
use crate::reference::charge::{Order, Refusal};
use crate::reference::money::Fen;
use crate::reference::{envelope, request, wall_clock};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ValidateQuery {
    account_id: i64,
    amount: String,
}

/// What can be bought. The contract's stock is not kept: a charge names an amount, not a product.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    product_id: u32,
    product_name: &'static str,
    price: Fen,
}

const PRODUCTS: [Product; 4] = [
    Product { product_id: 1, product_name: "早餐套餐", price: Fen::new(500) },
    Product { product_id: 2, product_name: "午餐套餐", price: Fen::new(1_200) },
    Product { product_id: 3, product_name: "晚餐套餐", price: Fen::new(1_000) },
    Product { product_id: 4, product_name: "饮料", price: Fen::new(350) },
];

/// What a login is answered with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    access_token: String,
    token_type: &'static str,
}

/// `GET /api/v1/consume/account/{accountId}`
pub(super) async fn one(State(service): State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    // The original answers 500 to a path variable it cannot convert.
    let Ok(Path(id)) = id else { return service.envelope.unforeseen() };
    match service.store.read(move |sight| sight.account(id)).await {
        Ok(Some(account)) => service.envelope.answer(account),
        Ok(None) => service.envelope.refused(Refusal::AccountNotFound),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/account/{accountId}/balance`: a bare number.
pub(super) async fn balance(State(service): State<Arc<Service>>, id: Result<Path<i64>, PathRejection>) -> Response {
    let Ok(Path(id)) = id else { return service.envelope.unforeseen() };
    match service.store.read(move |sight| sight.account(id)).await {
        Ok(Some(account)) => service.envelope.answer(account.balance),
        Ok(None) => service.envelope.refused(Refusal::AccountNotFound),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/account/balance/validate?accountId&amount`: whether the balance covers the amount.
pub(super) async fn validate(
    State(service): State<Arc<Service>>,
    uri: Uri,
    query: Result<Query<ValidateQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(ValidateQuery { account_id, amount })) = query else { return service.envelope.unforeseen() };
    let amount = match request::amount_in_query(&amount) {
        Ok(amount) => amount,
        Err(error) => return service.envelope.rejected(error, uri.path()),
    };
    match service.store.read(move |sight| sight.account(account_id)).await {
        Ok(Some(account)) => service.envelope.answer(account.balance >= amount),
        Ok(None) => service.envelope.refused(Refusal::AccountNotFound),
        Err(error) => service.failed(&error),
    }
}

/// `POST /api/consume/recharge/add`. Every refusal is 500 without a reason, as in the original.
pub(super) async fn recharge(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let recharge = match json_body(&headers, body).and_then(|body| request::recharge(&body)) {
        Ok(recharge) => recharge,
        Err(error) => return service.envelope.rejected(error, uri.path()),
    };
    match service.store.book(Order::Recharge(recharge)).await {
        Ok(Ok(booked)) => service.envelope.answer(booked.id),
        Ok(Err(_)) => service.envelope.unforeseen(),
        Err(error) => service.failed(&error),
    }
}

/// `GET /api/v1/consume/products/available`
pub(super) async fn products(State(service): State<Arc<Service>>) -> Response {
    service.envelope.answer(PRODUCTS)
}

/// What a warm-up is answered with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WarmedUp {
    warmed_up_keys: usize,
    warm_up_time: String,
}

/// `POST /api/consume/cache/warmup`: loads what the cache holds. Without a history there is no cache to warm.
pub(super) async fn warm_up(State(service): State<Arc<Service>>, uri: Uri) -> Response {
    let Some(cache) = &service.accounts else { return envelope::framework(StatusCode::NOT_FOUND, uri.path()) };
    let begun = wall_clock::steady();
    let most = cache.capacity();
    match service.store.read(move |sight| sight.profiles(most)).await {
        Ok(profiles) => {
            profiles.iter().for_each(|(account, profile)| cache.keep(*account, *profile));
            let warm_up_time = format!("{:.3}s", begun.elapsed().as_secs_f64());
            service.envelope.answer(WarmedUp { warmed_up_keys: profiles.len(), warm_up_time })
        }
        Err(error) => service.failed(&error),
    }
}

/// `POST /api/auth/login`
pub(super) async fn log_in(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (_, password) = match json_body(&headers, body).and_then(|body| request::login(&body)) {
        Ok(login) => login,
        Err(error) => return service.envelope.rejected(error, uri.path()),
    };
    match service.gate.tokens.log_in(&password) {
        Some(access_token) => service.envelope.answer(Token { access_token, token_type: "Bearer" }),
        None => service.envelope.unauthorized("用户名或密码错误"),
    }
}
