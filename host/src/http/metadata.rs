//! The shop's own notes on a cart.

use super::error::Problem;
use super::exchange::{Exchange, Reply};
use pushcart::service::Request;

pub(super) async fn set(mut exchange: Exchange) -> Result<Reply, Problem> {
    let body = std::mem::take(&mut exchange.body);
    exchange.change(Request::SetMetadata(body)).await
}
