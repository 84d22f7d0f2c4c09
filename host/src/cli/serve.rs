//! `pushcart serve`: the HTTP server, from its start to its last answer.

use super::exit::{Failure, UNEXPECTED};
use super::say;
use crate::config::{Config, Source};
use crate::http::{App, check_listen, server, shop};
use crate::open;
use pushcart::error::{Error, Kind};
use serde_json::json;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// What `serve` takes.
#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Where to listen, such as 127.0.0.1:8080; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
}

pub(super) async fn run(config: &Config, as_json: bool) -> Result<(), Failure> {
    if let Err(error) = check_listen(config, config.listen) {
        return Err(Failure::Usage(error.to_string()));
    }
    // Asked for first, so that a signal during the start is not lost.
    let stop = stop_signal()?;
    let driver = open::open(config).await?;
    let runtime = open::start(config, driver.clone())?;
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        Error::new(
            Kind::Unavailable,
            format!("expected to listen on {}, found: {error}; --listen takes another address", config.listen),
        )
    })?;
    let address = listener.local_addr()?;
    let lives = driver.capabilities().durable != pushcart::storage::Durable::Nothing;
    say(&if as_json { started_json(config, address) } else { started(config, address, lives) })?;
    server::serve(listener, App::new(runtime, config.http.clone()), stop).await?;
    driver.close().await;
    tracing::info!(target: "pushcart::http", "stopped");
    Ok(())
}

fn started_json(config: &Config, address: SocketAddr) -> String {
    let started = json!({"listening": url(address), "storage": open::redacted(&config.storage), "token": config.http.operator_token.is_some()});
    format!("{started}\n")
}

fn started(config: &Config, address: SocketAddr, lives: bool) -> String {
    let url = url(address);
    let mut out = format!("Pushcart {} listens on {url}\n", env!("CARGO_PKG_VERSION"));
    let end = if lives { "" } else { " and die with this process." };
    if config.http.shop {
        if shop::is_here() {
            let _ = writeln!(out, "The shop is at {url}/");
        } else {
            out.push_str("This program has no shop: www/ was not beside its source, and PUSHCART_SHOP named none.\n");
        }
    }
    let _ = writeln!(out, "Carts are kept in {}{end}", open::redacted(&config.storage));
    let mut authorization = String::new();
    if config.http.operator_token.is_some() {
        // The token itself is never printed; a variable that holds it is as good.
        let variable = match config.source("http.operator_token") {
            Some(Source::Variable(name)) => name,
            _ => "TOKEN",
        };
        authorization = format!(" -H \"authorization: Bearer ${variable}\"");
        let _ = writeln!(out, "Callers must send the operator's token; below it is taken from ${variable}.");
    } else {
        out.push_str("No operator token is set: every program on this machine may change every cart, and nobody else can call.\n");
    }
    let _ = writeln!(
        out,
        "Try it:\n  curl -sS {url}/v1/carts/user:42/default/items{authorization} -H 'content-type: application/json' -d '{{\"id\":\"tee-m\",\"name\":\"T-shirt\",\"price\":1999,\"quantity\":2}}'"
    );
    out
}

/// The URL under which this machine reaches the server.
fn url(address: SocketAddr) -> String {
    let reached = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(reached, address.port()))
}

/// Ends at the first signal to stop. The second stops the process where it is.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!(target: "pushcart::http", "asked to stop; finishing what is in flight");
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            std::process::exit(UNEXPECTED.into());
        });
    })
}

/// Ends at the first signal to stop. The second stops the process where it is.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        tokio::spawn(async {
            let _ = tokio::signal::ctrl_c().await;
            std::process::exit(UNEXPECTED.into());
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn the_start_says_what_matters_and_no_secret() {
        let config = |flags: &[(&str, &str)]| {
            let flags =
                flags.iter().map(|(key, value)| (key.to_string(), value.to_string(), "--set".to_owned())).collect();
            Config::load(&Sources { flags, ..Sources::default() }).unwrap()
        };
        let trusting = started(&config(&[("storage", "memory:")]), "127.0.0.1:8080".parse().unwrap(), false);
        assert!(trusting.contains("memory: and die with this process"), "{trusting}");
        assert!(trusting.contains("curl -sS http://127.0.0.1:8080/v1/carts/"), "{trusting}");
        assert!(trusting.contains("No operator token"), "{trusting}");
        assert!(trusting.contains("The shop is at http://127.0.0.1:8080/\n"), "{trusting}");
        let without = config(&[("http.shop", "false")]);
        let without = started(&without, without.listen, true);
        assert!(!without.contains("shop"), "{without}");
        let closed = config(&[("http.operator_token", "correct-horse-battery"), ("listen", "0.0.0.0:80")]);
        let said = started(&closed, closed.listen, true) + &started_json(&closed, closed.listen);
        assert!(!said.contains("correct-horse"), "{said}");
        assert!(said.contains("http://127.0.0.1:80/"), "{said}");
        assert!(check_listen(&closed, closed.listen).is_ok());
        let open = config(&[("listen", "0.0.0.0:80")]);
        assert!(check_listen(&open, open.listen).unwrap_err().message().contains("http.operator_token"));
    }
}
