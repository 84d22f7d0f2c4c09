//! What the host knows that prices depend on: time zones, the catalogue, the providers' answers.
//!
//! The host cannot know beforehand which zones a cart names, or which definitions it refers to. So
//! it hands in what it has, and where that is not enough the call ends with an error that says what is
//! missing ([`crate::error::Needs`]); the host adds it and calls again. Nothing was changed meanwhile.

use crate::cart::Cart;
use crate::condition::{Answer, ListedInput, Outside, Provided};
use crate::error::{Error, Needs, Result};
use crate::money::Currency;
use crate::pricing;
use crate::rule::Zone;
use crate::wire;

/// What the host hands in with a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The time zones that it has looked up, at the time that is asked about.
    pub zones: Vec<Zone>,
    /// Definitions of the catalogue, as JSON: the global ones, and those that were asked for. Empty for
    /// none.
    pub catalogue: String,
    /// What the providers answered, in the order they were asked.
    pub provided: Vec<GivenAnswer>,
    /// The catalogue has no other definitions than those, so there is nothing to ask for.
    pub whole_catalogue: bool,
    /// Whether the host can be asked for more. If not, what is missing is told in the breakdown.
    pub asks: bool,
}

/// What a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    /// Which.
    pub provider: String,
    /// Its conditions as JSON, or how it failed.
    pub answer: core::result::Result<String, ProviderFailure>,
}

/// How a provider failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderFailure {
    /// It did not answer in time.
    Slow,
    /// It answered with an error; what may be said about it.
    Failed(String),
}

impl Given {
    /// What stands outside a cart of `currency`.
    pub(crate) fn outside(&self, currency: Currency) -> Result<Outside> {
        let mut outside = Outside::default();
        if !self.catalogue.is_empty() {
            outside.catalogue =
                wire::outside::read_catalogue(&self.catalogue, currency).map_err(|error| error.under("catalogue"))?;
        }
        for given in &self.provided {
            let answer = match &given.answer {
                Ok(json) => match wire::outside::read_answer(json, currency) {
                    Ok(conditions) => Answer::Conditions(conditions),
                    Err(error) => Answer::Failed(text!("its answer cannot be read: {}", error.to_text()).into()),
                },
                Err(ProviderFailure::Slow) => Answer::Slow,
                Err(ProviderFailure::Failed(why)) => Answer::Failed(why.as_str().into()),
            };
            outside.provided.push(Provided { provider: given.provider.as_str().into(), answer });
        }
        Ok(outside)
    }

    /// Fails with what the cart, and what is about to be put into it, need and the host has not handed
    /// in.
    pub(crate) fn suffices<'l>(
        &self,
        cart: Option<&Cart>,
        coming: impl Iterator<Item = &'l ListedInput>,
        outside: &Outside,
    ) -> Result<()> {
        if !self.asks {
            return Ok(());
        }
        let mut needs = Needs::default();
        let mut definition = |key: &str| {
            if !self.whole_catalogue
                && outside.definition(key).is_none()
                && !needs.definitions.iter().any(|known| **known == *key)
            {
                needs.definitions.push(key.into());
            }
        };
        for input in coming {
            if let ListedInput::Catalogue { key, .. } = input {
                definition(key);
            }
        }
        if let Some(cart) = cart {
            pricing::catalogue_keys(cart, &mut definition);
            pricing::zones(cart, outside, |zone| {
                // One that was looked up and is not known is not asked for again.
                if !self.zones.iter().any(|known| *known.name == *zone)
                    && !needs.zones.iter().any(|known| **known == *zone)
                {
                    needs.zones.push(zone.into());
                }
            });
        }
        if needs.zones.is_empty() && needs.definitions.is_empty() { Ok(()) } else { Err(Error::needing(needs)) }
    }
}
