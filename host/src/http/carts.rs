//! A cart as a whole: show, totals and why, commands, clear, destroy.

use super::error::Problem;
use super::exchange::{Exchange, Reply};
use pushcart::error::{Error, Kind};
use pushcart::json::Reader;
use pushcart::service::Request;
use pushcart::time::Timestamp;

pub(super) async fn show(exchange: Exchange) -> Result<Reply, Problem> {
    let refused = |error: Error| Problem::of(&error, false);
    let address = exchange.address().map_err(refused)?;
    match exchange.app.runtime().show(&address).await.map_err(refused)? {
        Some(answer) => exchange.conditionally(answer),
        None => {
            Err(refused(Error::new(Kind::NotFound, "expected a cart, found none under this identifier and instance")))
        }
    }
}

/// Totals are a function of the time as well as of the cart, so they are never answered with 304.
pub(super) async fn totals(exchange: Exchange) -> Result<Reply, Problem> {
    let refused = |error: Error| Problem::of(&error, false);
    let address = exchange.address().map_err(refused)?;
    let at = moment(&exchange, "at")?;
    Ok(Reply::of(exchange.app.runtime().totals(&address, at).await.map_err(refused)?))
}

/// Why a cart costs what it costs: data, or what there is to read of it.
pub(super) async fn explain(exchange: Exchange) -> Result<Reply, Problem> {
    let refused = |error: Error| Problem::of(&error, false);
    let address = exchange.address().map_err(refused)?;
    let at = moment(&exchange, "at")?;
    let as_text = match exchange.parameter("format") {
        None => exchange.wants_text(),
        Some("json") => false,
        Some("text") => true,
        Some(other) => {
            let detail = format!("format: expected json or text, found {other:?}");
            return Err(Problem::malformed("query", detail));
        }
    };
    let answer = exchange.app.runtime().explain(&address, at).await.map_err(refused)?;
    if !as_text {
        return Ok(Reply::of(answer));
    }
    let mut text = String::new();
    Reader::whole(&answer.body, |reader| {
        reader.object(|field, reader| {
            if field == "text" {
                text = reader.text()?.into_owned();
                return Ok(());
            }
            reader.raw().map(drop)
        })
    })
    .map_err(refused)?;
    Ok(Reply { body: Some(text), text: true, ..Reply::of(answer) })
}

pub(super) async fn instances(exchange: Exchange) -> Result<Reply, Problem> {
    let answer = exchange.app.runtime().instances("", &exchange.path[0]).await;
    answer.map(Reply::of).map_err(|error| Problem::of(&error, false))
}

pub(super) async fn commands(mut exchange: Exchange) -> Result<Reply, Problem> {
    let body = std::mem::take(&mut exchange.body);
    exchange.change(Request::Change(body)).await
}

pub(super) async fn clear(exchange: Exchange) -> Result<Reply, Problem> {
    exchange.change(Request::Clear).await
}

pub(super) async fn destroy(exchange: Exchange) -> Result<Reply, Problem> {
    exchange.change(Request::Destroy).await
}

/// A time in the query.
pub(super) fn moment(exchange: &Exchange, name: &'static str) -> Result<Option<Timestamp>, Problem> {
    let parse = |text| Timestamp::parse(text).map_err(|error| Problem::malformed("query", format!("{name}: {error}")));
    exchange.parameter(name).map(parse).transpose()
}
