//! The faces of one cart: the same requests, the same clock and randomness, the same bytes back.

use crate::{NOW_MS, Native, entropy};
use pushcart::error::{Error, Result};
use pushcart::id::{Address, Entropy};
use pushcart::service::{Answer, Options, Request};
use pushcart::storage::Memory;
use pushcart::time::Timestamp;
use pushcart_host::runtime::{COMPONENT, CodeCache, Runtime, RuntimeConfig, Surroundings};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that stands, and randomness that counts calls.
#[derive(Debug, Default)]
pub struct Counted(AtomicU64);

impl Surroundings for Counted {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(NOW_MS)
    }

    fn entropy(&self) -> Entropy {
        entropy(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// A refusal, as every face can tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind.
    pub kind: String,
    /// The path.
    pub path: String,
    /// The message.
    pub message: String,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal { kind: error.kind().as_str().into(), path: error.path().into(), message: error.message().into() }
    }
}

/// What a face says: the JSON, nothing because there is no cart, or a refusal.
pub type Said = std::result::Result<Option<String>, Refusal>;

fn said(answer: Result<Option<Answer>>) -> Said {
    Ok(answer?.map(|answer| answer.body))
}

/// One way to the cart.
pub enum Face {
    /// The core, in this process.
    Native(Box<Native>),
    /// The component, in a runtime.
    Component(Runtime),
    /// The component, behind a server.
    Http(crate::server::Server),
}

impl Face {
    /// The core and the memory driver.
    pub fn native() -> Self {
        Face::Native(Box::new(Native::new(Default::default())))
    }

    /// The component and the memory driver.
    pub fn component() -> Self {
        Face::Component(runtime())
    }

    /// A server over the component and the memory driver.
    pub async fn http() -> Self {
        Face::Http(crate::server::Server::start(runtime()).await)
    }

    /// What this face is called in a failure.
    pub fn name(&self) -> &'static str {
        match self {
            Face::Native(_) => "native",
            Face::Component(_) => "component",
            Face::Http(_) => "http",
        }
    }

    /// A change request, as JSON.
    pub async fn change(&self, address: &Address, body: &str) -> Said {
        let (request, options) = (Request::Change(body.into()), Options::default());
        match self {
            Face::Native(native) => said(native.change(address, &request, &options).map(Some)),
            Face::Component(runtime) => said(runtime.change(address, request, options).await.map(Some)),
            Face::Http(server) => server.send("POST", address, "/commands", Some(body)).await,
        }
    }

    /// Shows a cart.
    pub async fn show(&self, address: &Address) -> Said {
        match self {
            Face::Native(native) => said(native.show(address)),
            Face::Component(runtime) => said(runtime.show(address).await),
            Face::Http(server) => server.send("GET", address, "", None).await,
        }
    }

    /// What a cart costs; with `at`, an RFC 3339 time, by the rules at that time.
    pub async fn totals(&self, address: &Address, at: Option<&str>) -> Said {
        let time = at.map(|at| Timestamp::parse(at).expect("a time"));
        match self {
            Face::Native(native) => said(native.totals_at(address, time).map(Some)),
            Face::Component(runtime) => said(runtime.totals(address, time).await.map(Some)),
            Face::Http(server) => {
                let tail = at.map_or("/totals".into(), |at| format!("/totals?at={at}"));
                server.send("GET", address, &tail, None).await
            }
        }
    }
}

/// The component over an empty memory driver, with counted surroundings.
pub fn runtime() -> Runtime {
    let config = RuntimeConfig {
        surroundings: Arc::new(Counted::default()),
        code_cache: CodeCache::default(),
        ..RuntimeConfig::default()
    };
    Runtime::new(COMPONENT, Arc::new(Memory::default()), config).expect("the component that was built with the host")
}
