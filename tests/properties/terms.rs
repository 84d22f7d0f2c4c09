//! A cart made by one change request under the terms of the reference, with nothing between.

use pushcart::cart::Settings;
use pushcart::error::Result;
use pushcart::id::Entropy;
use pushcart::rule::Zone;
use pushcart::service::{Call, Given, Options, Request, Service};
use pushcart::storage::{Memory, at_once};
use pushcart::time::Timestamp;
use pushcart_tests::reference::Terms;
use pushcart_tests::{address, parse};
use serde_json::Value;

/// A cart and how to ask for its price.
pub(crate) struct Priced {
    service: Service<Memory>,
    call: Call,
    /// The cart as the change answered it; null when it is gone.
    pub(crate) answer: Value,
}

impl Priced {
    /// The cart that `request` makes, which must be legal.
    pub(crate) fn new(request: &Value, terms: &Terms) -> Self {
        Priced::try_new(request, terms).unwrap_or_else(|error| panic!("{error:?} for {request}"))
    }

    /// The same of a request that may be refused.
    pub(crate) fn try_new(request: &Value, terms: &Terms) -> Result<Self> {
        let zone =
            |(name, offset): (&String, &i32)| Zone { name: name.as_str().into(), offset_s: *offset, until: None };
        let call = Call {
            address: address(),
            now: Timestamp::from_ms(terms.at_ms),
            at: None,
            entropy: Entropy([1, 2, 3, 4]),
            settings: Settings { tax_shipping: terms.tax_shipping, ..Settings::default() },
            given: Given { zones: terms.zones.iter().map(zone).collect(), ..Given::default() },
        };
        let service = Service::new(Memory::default());
        let change = Request::Change(request.to_string());
        let answer = at_once(service.change(&call, &change, &Options::default())).expect("memory never waits")?;
        let cart = parse(&answer.body)["cart"].clone();
        let answer = if cart["exists"] == false { Value::Null } else { cart };
        Ok(Priced { service, call, answer })
    }

    /// The cart as it is shown.
    pub(crate) fn show(&self) -> Value {
        let shown =
            at_once(self.service.show(&self.call)).expect("memory never waits").expect("a cart that can be shown");
        shown.map_or(Value::Null, |answer| parse(&answer.body))
    }

    /// What it costs.
    pub(crate) fn totals(&self) -> Value {
        let totals = at_once(self.service.totals(&self.call)).expect("memory never waits");
        parse(&totals.expect("totals").body)
    }
}
