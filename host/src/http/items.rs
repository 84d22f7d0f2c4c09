//! The lines of a cart.

use super::error::Problem;
use super::exchange::{Exchange, Reply};
use axum::http::StatusCode;
use pushcart::service::Request;

pub(super) async fn add(mut exchange: Exchange) -> Result<Reply, Problem> {
    let body = std::mem::take(&mut exchange.body);
    exchange.change(Request::AddItems(body)).await
}

pub(super) async fn update(mut exchange: Exchange) -> Result<Reply, Problem> {
    let request = Request::UpdateItem { item: exchange.path.swap_remove(2), body: std::mem::take(&mut exchange.body) };
    exchange.change(request).await
}

/// Answers 204 whether the line was there or not: what the caller wanted holds either way.
pub(super) async fn remove(mut exchange: Exchange) -> Result<Reply, Problem> {
    let request = Request::RemoveItem { item: exchange.path.swap_remove(2) };
    let reply = exchange.change(request).await?;
    Ok(Reply { status: StatusCode::NO_CONTENT, body: None, ..reply })
}
