//! What carts are created with: one object, read by serde, unknown names refused.

use crate::cart::{EmptyCart, Limits, LineIdentity, Settings};
use crate::error::{Error, Result};
use crate::id::Address;
use crate::money::{Currency, Rounding};
use serde::Deserialize;
use wasm_bindgen::JsValue;

/// As JavaScript gives them.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Given {
    owner: Option<String>,
    identifier: Option<String>,
    currency: Option<String>,
    rounding: Option<String>,
    empty_cart: Option<String>,
    line_identity: Option<String>,
    tax_shipping: Option<bool>,
    ttl_ms: Option<f64>,
    tombstone_ms: Option<f64>,
    max_items: Option<f64>,
    max_quantity: Option<f64>,
    max_characters: Option<f64>,
    max_bytes: Option<f64>,
    max_depth: Option<f64>,
    asks: Option<bool>,
}

/// Understood.
pub(super) struct Options {
    /// Whose carts: the instance is of no account.
    pub(super) whose: Address,
    pub(super) settings: Settings,
    /// What the core lacks is asked for instead of told in the breakdown.
    pub(super) asks: bool,
}

impl Options {
    pub(super) fn read(value: JsValue) -> Result<Self> {
        let given = if value.is_undefined() || value.is_null() {
            Given::default()
        } else {
            serde_wasm_bindgen::from_value::<Given>(value)
                .map_err(|error| Error::invalid(error.to_string()).under("options"))?
        };
        given.understand().map_err(|error| error.under("options"))
    }
}

impl Given {
    fn understand(self) -> Result<Options> {
        let mut settings = Settings::default();
        if let Some(code) = self.currency {
            settings.default_currency = Currency::parse(&code).map_err(|error| error.under("currency"))?;
        }
        if let Some(name) = self.rounding {
            settings.default_rounding = Rounding::parse(&name).map_err(|error| error.under("rounding"))?;
        }
        if let Some(name) = self.empty_cart {
            settings.empty_cart = one_of("emptyCart", &name, EmptyCart::ALL, EmptyCart::as_str)?;
        }
        if let Some(name) = self.line_identity {
            settings.line_identity = one_of("lineIdentity", &name, LineIdentity::ALL, LineIdentity::as_str)?;
        }
        settings.tax_shipping = self.tax_shipping.unwrap_or(settings.tax_shipping);
        if let Some(ms) = self.ttl_ms {
            settings.ttl_ms = Some(whole("ttlMs", ms)?);
        }
        if let Some(ms) = self.tombstone_ms {
            settings.tombstone_ms = whole("tombstoneMs", ms)?;
        }
        let Limits { items, quantity, characters, bytes, depth } = &mut settings.limits;
        for (name, given, limit) in [
            ("maxItems", self.max_items, items),
            ("maxQuantity", self.max_quantity, quantity),
            ("maxCharacters", self.max_characters, characters),
            ("maxBytes", self.max_bytes, bytes),
            ("maxDepth", self.max_depth, depth),
        ] {
            if let Some(given) = given {
                *limit = u32::try_from(whole(name, given)?).unwrap_or(u32::MAX);
            }
        }
        let whose = Address::new(
            self.owner.as_deref().unwrap_or_default(),
            self.identifier.as_deref().unwrap_or("guest"),
            "default",
        )?;
        Ok(Options { whose, settings, asks: self.asks.unwrap_or(false) })
    }
}

fn one_of<T, const N: usize>(field: &str, name: &str, all: [T; N], as_str: fn(T) -> &'static str) -> Result<T>
where
    T: Copy,
{
    all.into_iter().find(|known| as_str(*known) == name).ok_or_else(|| {
        let known = all.map(as_str).join(", ");
        Error::invalid(["expected one of ", &known, ", found ", name].concat()).under(field)
    })
}

/// A whole number from 1 on.
fn whole(field: &str, given: f64) -> Result<u64> {
    super::surroundings::whole(given)
        .filter(|whole| *whole > 0)
        .map(i64::unsigned_abs)
        .ok_or_else(|| Error::invalid("expected a whole number of 1 or more").under(field))
}
