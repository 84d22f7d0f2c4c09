//! Random rules: every key, mostly at the bound where it turns.

use super::{Making, Rng, TYPES, ZONES};
use crate::reference::time::instant_text;
use serde_json::{Value, json};

impl Making {
    /// A rule tree; half of its leaves are bent towards what is just met.
    pub(super) fn rule(&mut self, depth: i64) -> Value {
        if depth > 0 && self.rng.once_in(3) {
            let parts = self.rng.between(1, 3);
            return match self.rng.between(0, 2) {
                0 => json!({ "all": (0..parts).map(|_| self.rule(depth - 1)).collect::<Vec<_>>() }),
                1 => json!({ "any": (0..parts).map(|_| self.rule(depth - 1)).collect::<Vec<_>>() }),
                _ => json!({ "not": self.rule(depth - 1) }),
            };
        }
        let key = self.rng.pick(&RULES);
        json!({ (key): self.parameters(key) })
    }

    pub(super) fn parameters(&mut self, key: &str) -> Value {
        let lines = self.items.len() as i64;
        let figure = |item: &Value, name: &str| item[name].as_i64().unwrap_or(0);
        let quantity: i64 = self.items.iter().map(|item| figure(item, "quantity")).sum();
        let plain: i64 = self.items.iter().map(|item| figure(item, "price") * figure(item, "quantity")).sum();
        let around = self.rng.between(-1, 1);
        let item = if self.items.is_empty() {
            json!({ "id": "none", "price": 1, "quantity": 1 })
        } else {
            self.rng.pick(&self.items)
        };
        let id = if self.rng.once_in(3) { json!("absent") } else { item["id"].clone() };
        match key {
            "min-items" => json!({ "min": (lines + around).max(0) }),
            "max-items" => json!({ "max": (lines + around).max(0) }),
            "min-quantity" => json!({ "min": (quantity + around).max(0) }),
            "max-quantity" => json!({ "max": (quantity + around).max(0) }),
            "subtotal-at-least" | "subtotal-below" | "total-at-least" | "total-below" => {
                json!({ "amount": (plain + around).max(0) })
            }
            "subtotal-between" | "total-between" => {
                let low = (plain + around).max(0);
                json!({ "min": low, "max": low + self.rng.between(0, 1) })
            }
            "has-item" | "missing-item" => json!({ "id": id }),
            "item-list-includes-any" | "item-list-includes-all" => json!({ "ids": [id, item["id"]] }),
            "has-metadata" | "metadata-flag-true" => json!({ "key": self.key() }),
            "metadata-equals" | "metadata-not-equals" => {
                let key = self.key();
                json!({ "key": key, "value": self.noted(key) })
            }
            "metadata-in" => {
                let key = self.key();
                json!({ "key": key, "values": [self.noted(key), "x"] })
            }
            "metadata-contains" => {
                let part = self.rng.pick(&[json!("gift"), json!("a"), json!(1), json!(1.0), json!("vip")]);
                json!({ "key": self.key(), "contains": part })
            }
            "customer-tag" => {
                let mut parameters = json!({ "tag": self.rng.pick(&["vip", "press", "staff"]) });
                if self.rng.once_in(2) {
                    parameters["metadata_key"] = self.rng.pick(&["tags", "note", "absent"]).into();
                }
                parameters
            }
            "currency-is" => json!({ "currency": self.rng.pick(&["USD", "JPY", "BHD"]) }),
            "cart-condition-exists" => {
                let number = self.rng.between(1, i64::from(self.names));
                let name = self.rng.pick(&["GST", "Sale", "c"]);
                json!({ "condition": if self.rng.once_in(2) { name.to_owned() } else { format!("{name} {number}") } })
            }
            "cart-condition-type-exists" => json!({ "type": self.rng.pick(&TYPES) }),
            "day-of-week" => self.in_zone(|rng, _| {
                json!({ "days": match rng.between(0, 2) {
                    0 => json!(["sat", "sun"]),
                    1 => json!(["monday", "tuesday", "wednesday", "thu"]),
                    _ => json!([rng.between(0, 13), "friday"]),
                } })
            }),
            "date-window" => {
                let at = self.terms.at_ms;
                let start = at + self.rng.pick(&[-86_400_000, -1, 0, 1]);
                let end = start.max(at) + self.rng.pick(&[0, 0, 1, 86_400_000]);
                let (start, end) = if self.rng.once_in(4) { (start - 86_400_000, at - 1) } else { (start, end) };
                json!({ "start": instant_text(start.min(end)), "end": instant_text(end) })
            }
            "time-window" => self.in_zone(|rng, minute| {
                let clock = |minute: i64| format!("{:02}:{:02}", minute.rem_euclid(1440) / 60, minute.rem_euclid(60));
                let start = minute + rng.pick(&[-120, -1, 0, 1]);
                let end = minute + rng.pick(&[-1, 0, 1, 120, 600]);
                json!({ "start": clock(start), "end": clock(end) })
            }),
            "item-attribute-equals" => {
                let name = self.rng.pick(&["category", "size", "brand.name", "absent", "weight", "tags"]);
                json!({ "attribute": name, "value": self.near(name) })
            }
            "item-attribute-in" => {
                let name = self.rng.pick(&["category", "size", "brand.name", "absent", "onSale"]);
                json!({ "attribute": name, "values": [self.near(name), self.near(name)] })
            }
            "item-quantity-at-least" | "item-quantity-at-most" => {
                json!({ "quantity": (figure(&item, "quantity") + around).max(0) })
            }
            "item-price-at-least" | "item-price-at-most" => {
                json!({ "amount": (figure(&item, "price") + around).max(0) })
            }
            "item-total-at-least" | "item-total-at-most" => {
                json!({ "amount": (figure(&item, "price") * figure(&item, "quantity") + around).max(0) })
            }
            "item-has-condition" => {
                json!({ "condition": format!("c {}", self.rng.between(1, i64::from(self.names))) })
            }
            "item-id-prefix" => json!({ "prefix": self.rng.pick(&["tee", "mug-", "x"]) }),
            _ => json!({}),
        }
    }

    pub(super) fn key(&mut self) -> &'static str {
        self.rng.pick(&["customer_tags", "gift", "note", "absent"])
    }

    pub(super) fn noted(&mut self, key: &str) -> Value {
        let other = self.rng.pick(&[json!(null), json!(1), json!("1"), json!({"b": [null], "a": 1.0})]);
        if self.rng.once_in(2) { other } else { self.metadata.get(key).cloned().unwrap_or(Value::Null) }
    }

    /// Parameters of a rule about time, in some zone; `make` gets the minute of the day there.
    pub(super) fn in_zone(&mut self, make: impl FnOnce(&mut Rng, i64) -> Value) -> Value {
        let zone = if self.rng.once_in(3) { None } else { Some(self.rng.pick(&ZONES)) };
        let known = zone.and_then(|zone| self.terms.zones.get(zone).copied());
        let offset = match zone {
            Some("+02:00") => 7200,
            Some("-09:30") => -34_200,
            _ => known.map_or(0, i64::from),
        };
        let mut parameters = make(&mut self.rng, (self.terms.at_ms / 1000 + offset).rem_euclid(86_400) / 60);
        if let Some(zone) = zone {
            parameters["zone"] = zone.into();
        }
        parameters
    }
}

/// The forty keys.
pub const RULES: [&str; 40] = [
    "always-true",
    "always-false",
    "has-any-item",
    "min-items",
    "max-items",
    "min-quantity",
    "max-quantity",
    "subtotal-at-least",
    "subtotal-below",
    "subtotal-between",
    "total-at-least",
    "total-below",
    "total-between",
    "has-item",
    "missing-item",
    "item-list-includes-any",
    "item-list-includes-all",
    "has-metadata",
    "metadata-equals",
    "metadata-not-equals",
    "metadata-in",
    "metadata-contains",
    "metadata-flag-true",
    "customer-tag",
    "currency-is",
    "cart-condition-exists",
    "cart-condition-type-exists",
    "day-of-week",
    "date-window",
    "time-window",
    "item-attribute-equals",
    "item-attribute-in",
    "item-quantity-at-least",
    "item-quantity-at-most",
    "item-price-at-least",
    "item-price-at-most",
    "item-total-at-least",
    "item-total-at-most",
    "item-has-condition",
    "item-id-prefix",
];
