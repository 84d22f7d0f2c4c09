//! The HTTP API.
//!
//! In reading order: [`routes`] lists every route; [`exchange`] takes one request from its first
//! check to its line in the log; a file per resource says what a route asks of the cart; [`error`]
//! is the only place that chooses a status for an error; [`guard`] says who may ask; [`read`] reads
//! what stands beside the body; [`openapi`] describes it all; [`server`] keeps the connections. [`shop`] is
//! what is shown beside the API: a page that uses it.

mod carts;
mod conditions;
pub mod error;
mod exchange;
mod guard;
mod items;
pub mod listing;
mod metadata;
pub mod openapi;
mod operation;
mod read;
pub mod routes;
pub mod server;
pub mod shop;
#[cfg(test)]
mod tests;

use crate::config::{Config, Http};
use crate::runtime::Runtime;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use error::Problem;
use guard::Guard;
use pushcart::error::{Error, Kind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What every request needs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    runtime: Runtime,
    http: Http,
    guard: Guard,
    api: String,
    in_flight: AtomicUsize,
}

impl App {
    /// The application on a running cart.
    pub fn new(runtime: Runtime, http: Http) -> Self {
        let guard = Guard::new(&http);
        let api = openapi::document();
        App(Arc::new(Shared { runtime, http, guard, api, in_flight: AtomicUsize::new(0) }))
    }

    fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    fn http(&self) -> &Http {
        &self.0.http
    }

    fn guard(&self) -> &Guard {
        &self.0.guard
    }

    fn api(&self) -> &str {
        &self.0.api
    }

    /// How many requests are being answered.
    pub fn in_flight(&self) -> usize {
        self.0.in_flight.load(Ordering::Relaxed)
    }

    fn enter(&self) -> InFlight {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self.clone())
    }
}

struct InFlight(App);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Refuses to listen where anybody could change carts without a token.
pub fn check_listen(config: &Config, listen: SocketAddr) -> Result<(), Error> {
    if config.http.operator_token.is_some() || listen.ip().is_loopback() {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "expected a loopback address such as 127.0.0.1:{}, found {listen}: whoever reaches a server without a token may change every cart; set http.operator_token (PUSHCART_HTTP_OPERATOR_TOKEN) to listen there",
        listen.port()
    ))
    .under("listen"))
}

/// The router, made of the table of routes.
pub fn router(app: App) -> axum::Router {
    let mut router = axum::Router::new();
    for route in routes::ROUTES {
        let app = app.clone();
        router = router.route(
            route.path,
            on(route.method.filter(), move |request: Request<Body>| exchange::dispatch(app.clone(), route, request)),
        );
    }
    let (no_route, no_method) = (app.clone(), app);
    router
        .fallback(move |request| refuse(no_route.clone(), request, StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(move |request| refuse(no_method.clone(), request, StatusCode::METHOD_NOT_ALLOWED))
}

async fn refuse(app: App, request: Request<Body>, status: StatusCode) -> Response {
    let (parts, _) = request.into_parts();
    if status == StatusCode::NOT_FOUND
        && let Some(shown) = shop::answer(&app, &parts)
    {
        return shown;
    }
    if let Err(problem) = app.guard().admit(&parts, false, false) {
        return problem.into_response();
    }
    let problem = if status == StatusCode::NOT_FOUND {
        let detail =
            format!("expected one of the paths that /openapi.json lists, found {:?}", guard::shown(&parts.uri));
        Problem::new(status, Kind::NotFound, "route", detail)
    } else {
        let detail = format!("expected one of the methods that the header Allow lists, found {}", parts.method);
        Problem::new(status, Kind::Unsupported, "method", detail)
    };
    problem.into_response()
}
