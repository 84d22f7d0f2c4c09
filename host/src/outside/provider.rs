//! Providers of conditions: whoever knows something about a cart's price that is not in the cart.
//!
//! All providers are asked at once before a call, each for as long as the settings allow, and what they
//! answer goes into that call alone. None of them can hold up a cart for longer, nor make it cost less by
//! being silent without a word: that one failed, or was slow, stands in the breakdown.

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::join_all;
use pushcart::error::{Error, Result};
use pushcart::id::Address;
use pushcart::service::{GivenAnswer, ProviderFailure};
use pushcart::time::Timestamp;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A provider of conditions.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its name in the breakdown. No two providers have the same.
    fn name(&self) -> &str;

    /// Its conditions for a cart, as a JSON list. What it no longer says is gone with the next call.
    ///
    /// It is dropped when its time is over, and must not keep the thread from others meanwhile. The error is
    /// for the log: the caller is told that the provider failed, and under which id the log
    /// has it.
    async fn conditions(&self, question: &Question) -> core::result::Result<String, String>;
}

/// What a provider is asked about.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which cart.
    pub address: Address,
    /// The time.
    pub now: Timestamp,
    /// The time that the price is asked for: as a rule the same.
    pub at: Timestamp,
    /// The cart as it is before the call, as the JSON that callers see, without the conditions of any
    /// provider; `None` when there is none yet.
    pub cart: Option<String>,
}

/// Asks all `providers`, and waits for none of them longer than `allowed`.
pub(crate) async fn ask(
    providers: &[Arc<dyn Provider>],
    question: &Question,
    allowed: Duration,
    id: &(dyn Fn() -> String + Sync),
) -> Vec<GivenAnswer> {
    join_all(providers.iter().map(|provider| async move {
        let asked = AssertUnwindSafe(async { provider.conditions(question).await }).catch_unwind();
        let failed = |what: &str, why: &str| {
            let id = id();
            tracing::warn!(target: "pushcart::providers", provider = provider.name(), id, why, "a provider {what}");
            Err(ProviderFailure::Failed(format!("expected conditions, found a failure; the log has it under {id}")))
        };
        let answer = match timeout(allowed, asked).await {
            Ok(Ok(Ok(conditions))) => Ok(conditions),
            Ok(Ok(Err(why))) => failed("failed", &why),
            // The panic's own message went to standard error already, by the panic hook.
            Ok(Err(_)) => failed("panicked", "a panic"),
            Err(_) => {
                tracing::warn!(target: "pushcart::providers", provider = provider.name(), allowed_ms = allowed.as_millis() as u64, "a provider was slow");
                Err(ProviderFailure::Slow)
            }
        };
        GivenAnswer { provider: provider.name().to_owned(), answer }
    }))
    .await
}

/// Refuses providers without a name, and two with the same.
pub(crate) fn check_names(providers: &[Arc<dyn Provider>]) -> Result<()> {
    for (index, provider) in providers.iter().enumerate() {
        let name = provider.name();
        if name.is_empty() || providers[..index].iter().any(|other| other.name() == name) {
            return Err(Error::invalid(format!("expected providers with a name each, found {name:?} twice or empty")));
        }
    }
    Ok(())
}
