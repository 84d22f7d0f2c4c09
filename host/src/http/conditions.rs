//! Conditions on a cart and on its lines.

use super::error::Problem;
use super::exchange::{Exchange, Reply};
use pushcart::service::Request;

pub(super) async fn add(mut exchange: Exchange) -> Result<Reply, Problem> {
    let body = std::mem::take(&mut exchange.body);
    exchange.change(Request::AddCondition { item: None, body }).await
}

pub(super) async fn remove(mut exchange: Exchange) -> Result<Reply, Problem> {
    let name = exchange.path.swap_remove(2);
    exchange.change(Request::RemoveCondition { item: None, name }).await
}

pub(super) async fn add_to_item(mut exchange: Exchange) -> Result<Reply, Problem> {
    let (item, body) = (exchange.path.swap_remove(2), std::mem::take(&mut exchange.body));
    exchange.change(Request::AddCondition { item: Some(item), body }).await
}

pub(super) async fn remove_from_item(mut exchange: Exchange) -> Result<Reply, Problem> {
    let (name, item) = (exchange.path.swap_remove(3), exchange.path.swap_remove(2));
    exchange.change(Request::RemoveCondition { item: Some(item), name }).await
}
