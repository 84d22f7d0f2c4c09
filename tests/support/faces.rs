//! The faces of one cart: the same requests, the same clock and randomness, the same bytes back.

use crate::package::Package;
use crate::{NOW_MS, Native, entropy};
use futures_util::future::join_all;
use pushcart::cart::Settings;
use pushcart::error::{Error, Result};
use pushcart::id::{Address, Entropy};
use pushcart::rule::Zone;
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
    /// The cause in one word.
    pub reason: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal {
            kind: error.kind().as_str().into(),
            path: error.path().into(),
            message: error.message().into(),
            reason: error.reason().map(Into::into),
        }
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
    /// The npm package, in Node or in a browser.
    Package(Package),
}

impl Face {
    /// The core and the memory driver.
    pub fn native() -> Self {
        Face::Native(Box::new(Native::new(Default::default())))
    }

    /// The component and the memory driver.
    pub fn component() -> Self {
        Face::Component(runtime(Settings::default()))
    }

    /// What this face is called in a failure.
    pub fn name(&self) -> &'static str {
        match self {
            Face::Native(_) => "native",
            Face::Component(_) => "component",
            Face::Http(_) => "http",
            Face::Package(package) => package.name(),
        }
    }

    /// A change request, as JSON.
    pub async fn change(&self, address: &Address, body: &str) -> Said {
        let (request, options) = (Request::Change(body.into()), Options::default());
        match self {
            Face::Native(native) => said(native.change(address, &request, &options).map(Some)),
            Face::Component(runtime) => said(runtime.change(address, request, options).await.map(Some)),
            Face::Http(server) => server.send("POST", address, "/commands", Some(body)).await,
            Face::Package(package) => package.ask("change", address, Some(body), None).await,
        }
    }

    /// Shows a cart.
    pub async fn show(&self, address: &Address) -> Said {
        match self {
            Face::Native(native) => said(native.show(address)),
            Face::Component(runtime) => said(runtime.show(address).await),
            Face::Http(server) => server.send("GET", address, "", None).await,
            Face::Package(package) => package.ask("show", address, None, None).await,
        }
    }

    /// What a cart costs; with `at`, an RFC 3339 time, by the rules at that time.
    pub async fn totals(&self, address: &Address, at: Option<&str>) -> Said {
        match self {
            Face::Native(native) => said(native.totals_at(address, time(at)).map(Some)),
            Face::Component(runtime) => said(runtime.totals(address, time(at)).await.map(Some)),
            Face::Http(server) => server.send("GET", address, &tail("totals", at), None).await,
            Face::Package(package) => package.ask("totals", address, None, at).await,
        }
    }

    /// Why a cart costs that.
    pub async fn explain(&self, address: &Address, at: Option<&str>) -> Said {
        match self {
            Face::Native(native) => said(native.explain_at(address, time(at)).map(Some)),
            Face::Component(runtime) => said(runtime.explain(address, time(at)).await.map(Some)),
            Face::Http(server) => server.send("GET", address, &tail("explain", at), None).await,
            Face::Package(package) => package.ask("explain", address, None, at).await,
        }
    }
}

fn time(at: Option<&str>) -> Option<Timestamp> {
    at.map(|at| Timestamp::parse(at).expect("a time"))
}

fn tail(what: &str, at: Option<&str>) -> String {
    at.map_or(format!("/{what}"), |at| format!("/{what}?at={at}"))
}

/// All faces, each with carts of its own. What is asked of them is asked of all, and all must say the same.
pub struct Faces(Vec<Face>);

/// What all faces said, or how they differ.
pub type AllSaid = std::result::Result<Said, String>;

impl Faces {
    /// Every face there is, with no carts yet.
    pub async fn all(settings: Settings) -> Self {
        Faces::knowing(settings, &[]).await
    }

    /// The same, where those that are told of time zones are told of these.
    pub async fn knowing(settings: Settings, zones: &[Zone]) -> Self {
        let native = Native::new(settings);
        native.know_zones(zones.to_vec());
        Faces(vec![
            Face::Native(Box::new(native)),
            Face::Component(runtime(settings)),
            Face::Http(crate::server::Server::start(runtime(settings)).await),
            Face::Package(Package::in_node(&settings, zones)),
            Face::Package(Package::in_chromium(&settings, zones)),
        ])
    }

    async fn ask(&self, ask: impl AsyncFn(&Face) -> Said) -> AllSaid {
        let mut said = join_all(self.0.iter().map(|face| ask(face))).await.into_iter();
        let first = said.next().expect("a face");
        for (face, other) in self.0.iter().skip(1).zip(said) {
            if other != first {
                let name = face.name();
                return Err(format!("{name} differs from native\n  native: {first:?}\n  {name}: {other:?}"));
            }
        }
        Ok(first)
    }

    /// A change request, as JSON.
    pub async fn change(&self, address: &Address, body: &str) -> AllSaid {
        self.ask(async |face| face.change(address, body).await).await
    }

    /// Shows a cart.
    pub async fn show(&self, address: &Address) -> AllSaid {
        self.ask(async |face| face.show(address).await).await
    }

    /// What a cart costs.
    pub async fn totals(&self, address: &Address, at: Option<&str>) -> AllSaid {
        self.ask(async |face| face.totals(address, at).await).await
    }

    /// Why it costs that.
    pub async fn explain(&self, address: &Address, at: Option<&str>) -> AllSaid {
        self.ask(async |face| face.explain(address, at).await).await
    }
}

/// All faces, by the settings of their carts: a file's cases need few.
#[derive(Default)]
pub struct Shops(Vec<(Settings, Faces)>);

impl Shops {
    /// The faces with these settings.
    pub async fn with(&mut self, settings: Settings) -> &Faces {
        let known = self.0.iter().position(|(its, _)| *its == settings);
        let at = match known {
            Some(at) => at,
            None => {
                self.0.push((settings, Faces::all(settings).await));
                self.0.len() - 1
            }
        };
        &self.0[at].1
    }
}

/// The component over an empty memory driver, with counted surroundings.
pub fn runtime(settings: Settings) -> Runtime {
    let config = RuntimeConfig {
        settings,
        surroundings: Arc::new(Counted::default()),
        code_cache: CodeCache::default(),
        ..RuntimeConfig::default()
    };
    Runtime::new(COMPONENT, Arc::new(Memory::default()), config).expect("the component that was built with the host")
}
