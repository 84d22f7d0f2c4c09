//! The HTTP face, in this process: the same server, with a clock and randomness that tests choose.

use crate::faces::{Refusal, Said};
use crate::parse;
use pushcart::id::Address;
use pushcart_host::config::{Config, Sources};
use pushcart_host::http::{App, server};
use pushcart_host::runtime::Runtime;
use tokio::sync::oneshot;

/// A server on a free port, until it is dropped.
pub struct Server {
    url: String,
    client: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Serves `runtime` with the default settings.
    pub async fn start(runtime: Runtime) -> Self {
        let config = Config::load(&Sources::default()).expect("the default settings");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server::serve(listener, App::new(runtime, config.http), async {
            drop(stopped.await);
        }));
        Server { url, client: reqwest::Client::new(), _stop: stop }
    }

    /// Sends a request to a cart, and reads the answer as every face tells it.
    pub async fn send(&self, method: &str, address: &Address, tail: &str, body: Option<&str>) -> Said {
        let encode = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let url =
            format!("{}/v1/carts/{}/{}{tail}", self.url, encode(address.identifier()), encode(address.instance()));
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        if status.is_success() {
            return Ok(Some(text));
        }
        let problem = parse(&text);
        let field = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        // Over HTTP a cart that does not exist is a status; other faces answer nothing.
        if status == 404 && tail.is_empty() {
            return Ok(None);
        }
        let reason = problem["reason"].as_str().map(Into::into);
        Err(Refusal { kind: field("kind"), path: field("path"), message: field("detail"), reason })
    }
}
