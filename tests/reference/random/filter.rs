//! Random filters: every operator on every field, mostly with values that some line has.

use super::Making;
use serde_json::{Value, json};

impl Making {
    pub(super) fn field(&mut self) -> &'static str {
        self.rng.pick(&[
            "id",
            "name",
            "price",
            "quantity",
            "total",
            "category",
            "attributes.category",
            "attributes.size",
            "weight",
            "attributes.tags",
            "attributes.onSale",
            "brand.name",
            "attributes.brand",
            "attributes.absent",
        ])
    }

    /// A line's own value of the field, or near it, or something of another type.
    pub(super) fn near(&mut self, field: &str) -> Value {
        let other = [json!("1"), json!(1), json!(true), json!(null), json!(0), json!("M"), json!(1000)];
        let other = self.rng.pick(&other);
        if self.items.is_empty() || self.rng.once_in(5) {
            return other;
        }
        let item = self.rng.pick(&self.items);
        match field.strip_prefix("attributes.").unwrap_or(field) {
            "total" => (item["price"].as_i64().unwrap_or(0) * item["quantity"].as_i64().unwrap_or(0)).into(),
            name @ ("id" | "name" | "price" | "quantity") => item[name].clone(),
            "brand.name" => self.rng.pick(&[json!("Acme"), json!("Whole"), json!(null)]),
            name => item["attributes"].get(name).cloned().unwrap_or(Value::Null),
        }
    }

    pub(super) fn filters(&mut self) -> Value {
        (0..self.rng.between(1, 2)).map(|_| self.filter()).collect()
    }

    pub(super) fn filter(&mut self) -> Value {
        let field = self.field();
        let value = self.near(field);
        // Each operator with a value of the type that it takes.
        let op = self.rng.pick(&[
            "=",
            "!=",
            ">",
            ">=",
            "<",
            "<=",
            "in",
            "not_in",
            "contains",
            "not_contains",
            "starts_with",
            "ends_with",
        ]);
        let value = match op {
            "in" | "not_in" => {
                let also = self.near(field);
                json!([value, also])
            }
            ">" | ">=" | "<" | "<=" if !value.is_number() && !value.is_string() => json!(250),
            "contains" | "not_contains" => match &value {
                Value::Array(list) if !list.is_empty() => list[0].clone(),
                Value::String(text) => text.chars().skip(1).take(2).collect::<String>().into(),
                _ => json!("sale"),
            },
            "starts_with" => value.as_str().map_or(json!("t"), |text| text.chars().take(2).collect::<String>().into()),
            "ends_with" => value
                .as_str()
                .map_or(json!("t"), |text| text.chars().last().map(String::from).unwrap_or_default().into()),
            _ => value,
        };
        // An empty text is in every text; a blank one is awkward to nobody's use.
        let value = if value == json!("") { json!("t") } else { value };
        json!({ "field": field, "op": op, "value": value })
    }

    pub(super) fn filter_text(&mut self) -> String {
        let texts = [
            "category = books",
            "category=\"books\"",
            "attributes.category!=toys",
            "size in [S,M]",
            "size not-in [M, \"extra large\"]",
            "price>=333",
            "price < 1000;quantity > 1",
            "total <= 1998",
            "tags ~ sale",
            "attributes.tags !~ 'sale'",
            "name contains \"Mug\"",
            "id starts_with tee",
            "name ends_with 'large'",
            "onSale = true",
            "category = null",
            "weight = 250",
            "category = \"1\"",
            "brand.name = Acme",
            "attributes.category in [1, \"1\", null]",
            "name = 'Mug, large'",
            "category = 'it\\'s; not @ here'",
        ];
        if self.rng.once_in(2) { String::new() } else { format!(":{}", self.rng.pick(&texts)) }
    }
}
