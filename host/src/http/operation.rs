//! What those who run the server ask: does it live, is it ready, what can it do.

use super::error::{self, Problem};
use super::exchange::{Exchange, Reply};
use axum::http::StatusCode;
use pushcart::error::Kind;
use pushcart::json::Fields;

pub(super) async fn alive(_: Exchange) -> Result<Reply, Problem> {
    Ok(Reply::json(r#"{"status":"ok"}"#.into()))
}

/// Anybody may ask this, so why storage does not answer goes to the log alone.
pub(super) async fn ready(exchange: Exchange) -> Result<Reply, Problem> {
    let driver = exchange.app.runtime().driver();
    match driver.ready().await {
        Ok(()) => Ok(Reply::json(format!(r#"{{"status":"ok","storage":"{}"}}"#, driver.name()))),
        Err(error) => {
            tracing::error!(target: "pushcart::http", storage = driver.name(), %error, "not ready");
            let mut problem = Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                Kind::Unavailable,
                "not_ready",
                "expected storage to answer, found that it does not",
            );
            problem.retry_after_ms = Some(1000);
            Err(problem)
        }
    }
}

pub(super) async fn api(exchange: Exchange) -> Result<Reply, Problem> {
    Ok(Reply::json(exchange.app.api().to_owned()))
}

/// Where the `type` of every problem document leads.
pub(super) async fn problem(exchange: Exchange) -> Result<Reply, Problem> {
    let kind = &exchange.path[0];
    let Some((title, advice)) = error::about(kind) else {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            Kind::NotFound,
            "route",
            "expected a kind of problem, found another word",
        ));
    };
    let mut out = String::new();
    Fields::new(&mut out)
        .text("type", &format!("/problems/{kind}"))
        .text("title", title)
        .text("kind", kind)
        .text("advice", advice)
        .end();
    Ok(Reply::json(out))
}
