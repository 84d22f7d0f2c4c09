//! What carts are created with: one object of names and plain values, unknown names refused.
//!
//! serde takes the object apart, and judges nothing: its own refusals say neither where nor what instead, and
//! bring the library's formatting with them.

use super::surroundings;
use crate::cart::{EmptyCart, LineIdentity, Settings};
use crate::error::{Error, Result};
use crate::id::Address;
use crate::money::{Currency, Rounding};
use core::fmt;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use wasm_bindgen::JsValue;

/// Understood.
pub(super) struct Options {
    /// Whose carts: the instance is of no account.
    pub(super) whose: Address,
    pub(super) settings: Settings,
    /// What the core lacks is asked for instead of told in the breakdown.
    pub(super) asks: bool,
}

const NAMES: &[&str] = &[
    "owner",
    "identifier",
    "currency",
    "rounding",
    "emptyCart",
    "lineIdentity",
    "taxShipping",
    "ttlMs",
    "tombstoneMs",
    "maxItems",
    "maxQuantity",
    "maxCharacters",
    "maxBytes",
    "maxDepth",
    "asks",
];

impl Options {
    pub(super) fn read(value: JsValue) -> Result<Self> {
        let given = if value.is_undefined() || value.is_null() {
            Fields(Vec::new())
        } else if value.is_object() {
            serde_wasm_bindgen::from_value(value).map_err(|_| not_an_object())?
        } else {
            return Err(not_an_object());
        };
        Self::of(given).map_err(|error| error.under("options"))
    }

    fn of(given: Fields) -> Result<Self> {
        let (mut settings, mut asks) = (Settings::default(), false);
        let (mut owner, mut identifier) = (String::new(), String::from("guest"));
        for (name, value) in given.0 {
            if matches!(value, Plain::Nothing) {
                continue;
            }
            let limits = &mut settings.limits;
            let done = match &*name {
                "owner" => value.text().map(|text| owner = text),
                "identifier" => value.text().map(|text| identifier = text),
                "currency" => {
                    value.text().and_then(|code| Currency::parse(&code)).map(|it| settings.default_currency = it)
                }
                "rounding" => {
                    value.text().and_then(|name| Rounding::parse(&name)).map(|it| settings.default_rounding = it)
                }
                "emptyCart" => value.one_of(&EmptyCart::ALL, EmptyCart::as_str).map(|it| settings.empty_cart = it),
                "lineIdentity" => {
                    value.one_of(&LineIdentity::ALL, LineIdentity::as_str).map(|it| settings.line_identity = it)
                }
                "taxShipping" => value.boolean().map(|it| settings.tax_shipping = it),
                "asks" => value.boolean().map(|it| asks = it),
                "ttlMs" => value.whole().map(|ms| settings.ttl_ms = Some(ms)),
                "tombstoneMs" => value.whole().map(|ms| settings.tombstone_ms = ms),
                "maxItems" => value.limit(&mut limits.items),
                "maxQuantity" => value.limit(&mut limits.quantity),
                "maxCharacters" => value.limit(&mut limits.characters),
                "maxBytes" => value.limit(&mut limits.bytes),
                "maxDepth" => value.limit(&mut limits.depth),
                _ => Err(crate::json::unknown(NAMES)),
            };
            done.map_err(|error| error.under(&name))?;
        }
        Ok(Options { whose: Address::new(&owner, &identifier, "default")?, settings, asks })
    }
}

#[cold]
fn not_an_object() -> Error {
    Error::invalid("expected an object of options, found something else").under("options")
}

/// The fields of an object, in its order.
struct Fields(Vec<(String, Plain)>);

/// A value, as far as an option can have it.
enum Plain {
    Nothing,
    Text(String),
    Number(f64),
    Boolean(bool),
    Other,
}

impl Plain {
    fn text(self) -> Result<String> {
        match self {
            Plain::Text(text) => Ok(text),
            _ => Err(Error::invalid("expected text, found something else")),
        }
    }

    fn boolean(self) -> Result<bool> {
        match self {
            Plain::Boolean(boolean) => Ok(boolean),
            _ => Err(Error::invalid("expected true or false, found something else")),
        }
    }

    /// A whole number from 1 on.
    fn whole(self) -> Result<u64> {
        let whole = if let Plain::Number(number) = self { surroundings::whole(number) } else { None };
        match whole {
            Some(whole) if whole > 0 => Ok(whole.unsigned_abs()),
            _ => Err(Error::invalid("expected a whole number of 1 or more, found something else")),
        }
    }

    fn limit(self, limit: &mut u32) -> Result<()> {
        *limit = u32::try_from(self.whole()?).unwrap_or(u32::MAX);
        Ok(())
    }

    fn one_of<T: Copy>(self, all: &[T], as_str: fn(T) -> &'static str) -> Result<T> {
        let found = self.text()?;
        let known: Vec<&str> = all.iter().map(|one| as_str(*one)).collect();
        let at = known.iter().position(|name| *name == found).and_then(|at| all.get(at));
        at.copied().ok_or_else(|| Error::invalid(text!("expected one of {}, found {:?}", known.join(", "), found)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Taker)
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        deserializer.deserialize_any(PlainTaker)
    }
}

struct Taker;

impl<'de> Visitor<'de> for Taker {
    type Value = Fields;

    fn expecting(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> core::result::Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

struct PlainTaker;

impl<'de> Visitor<'de> for PlainTaker {
    type Value = Plain;

    fn expecting(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> core::result::Result<Plain, E> {
        Ok(Plain::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> core::result::Result<Plain, E> {
        Ok(Plain::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> core::result::Result<Plain, E> {
        Ok(Plain::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> core::result::Result<Plain, E> {
        Ok(Plain::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> core::result::Result<Plain, E> {
        Ok(Plain::Text(value.into()))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> core::result::Result<Plain, E> {
        Ok(Plain::Other)
    }

    fn visit_unit<E>(self) -> core::result::Result<Plain, E> {
        Ok(Plain::Nothing)
    }

    fn visit_none<E>(self) -> core::result::Result<Plain, E> {
        Ok(Plain::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> core::result::Result<Plain, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Plain::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> core::result::Result<Plain, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Plain::Other)
    }
}
