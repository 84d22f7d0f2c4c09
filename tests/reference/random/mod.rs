//! Random carts: everything that is legal, with a bent for what is awkward: ties, exact halves, zero prices, zero
//! weights, bounds that are just met. The same seed is the same cart on every machine.

mod condition;
mod filter;
mod rule;

pub use rule::RULES;

use super::Terms;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A small deterministic source of choices (SplitMix64).
pub struct Rng(u64);

impl Rng {
    /// The source of a seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both in.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.bits() % (high - low + 1) as u64) as i64
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: i64) -> bool {
        self.between(1, times) == 1
    }

    /// One of them.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.between(0, from.len() as i64 - 1) as usize].clone()
    }
}

const MINUTE_MS: i64 = 60_000;
const ITEM_PHASES: [&str; 3] = ["pre_item", "item_discount", "item_post"];
const CART_PHASES: [&str; 7] = ["cart_subtotal", "shipping", "taxable", "tax", "payment", "custom", "grand_total"];
const TYPES: [&str; 6] = ["discount", "tax", "shipping", "fee", "surcharge", "loyalty"];
/// Some that the terms often know, one that they never do, and those that need no terms.
const ZONES: [&str; 7] =
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Nowhere/Atall", "UTC", "+02:00", "-09:30"];

/// The terms that belong to the cart of the same seed: its moment, its zones, the setting.
pub fn random_terms(seed: u64) -> Terms {
    let mut rng = Rng::new(seed ^ 0x7e75);
    let mut zones = BTreeMap::new();
    for (zone, offset) in [("Europe/Berlin", 3600), ("America/New_York", -18_000), ("Asia/Kolkata", 19_800)] {
        if !rng.once_in(5) {
            zones.insert(zone.to_owned(), offset);
        }
    }
    // Within three weeks of the tests' day; often on the minute, or the last millisecond of one.
    let minute = 1_795_262_400_000 + rng.between(-30_000, 30_000) * MINUTE_MS;
    let into = [0, MINUTE_MS - 1, rng.between(0, MINUTE_MS - 1)];
    Terms { tax_shipping: !rng.once_in(3), at_ms: minute + rng.pick(&into), zones }
}

/// A change request that makes a random cart: currency, rounding, and a list of commands.
pub fn random_cart(seed: u64) -> Value {
    Making::new(seed).request()
}

/// The Content, as far as totals need it, of the cart that such a request makes. It knows the commands that
/// [`random_cart`] uses and none of the rules by which a cart may refuse them.
pub fn content(request: &Value) -> Value {
    let mut items: Vec<Value> = Vec::new();
    let mut conditions: Vec<Value> = Vec::new();
    let mut metadata = Map::new();
    for command in request["commands"].as_array().into_iter().flatten() {
        match command["do"].as_str() {
            Some("add") => {
                let mut item = command["item"].clone();
                item["conditions"] = item.get("conditions").cloned().unwrap_or_else(|| json!([]));
                items.push(item);
            }
            Some("addCondition") => match command.get("item") {
                Some(id) => items
                    .iter_mut()
                    .find(|item| item["id"] == *id)
                    .and_then(|item| item["conditions"].as_array_mut())
                    .expect("the line is there")
                    .push(command["condition"].clone()),
                None => conditions.push(command["condition"].clone()),
            },
            Some("setMetadata") => metadata.extend(command["values"].as_object().cloned().unwrap_or_default()),
            _ => panic!("no such command is made here: {command}"),
        }
    }
    json!({
        "currency": request["currency"], "rounding": request["rounding"],
        "items": items, "conditions": conditions, "metadata": metadata,
    })
}

/// A cart in the making: what its conditions, filters and rules can speak of.
struct Making {
    rng: Rng,
    terms: Terms,
    currency: &'static str,
    items: Vec<Value>,
    metadata: Map<String, Value>,
    /// Name, phase and rule of each group.
    groups: Vec<(String, &'static str, &'static str)>,
    /// Names of the cart's conditions in phase tax so far.
    taxes: Vec<String>,
    names: u32,
    /// The lines with a tax of that name.
    local_tax: Vec<usize>,
}

const LOCAL_TAX: &str = "Local tax";

impl Making {
    fn new(seed: u64) -> Making {
        let mut rng = Rng::new(seed);
        let currency = rng.pick(&["USD", "JPY", "BHD"]);
        let mut groups = Vec::new();
        for number in 0..rng.between(0, 3) {
            let phase = if rng.once_in(2) { rng.pick(&ITEM_PHASES) } else { rng.pick(&CART_PHASES) };
            groups.push((format!("group {number}"), phase, rng.pick(&["exclusive", "best"])));
        }
        let terms = random_terms(seed);
        Making {
            rng,
            terms,
            currency,
            items: Vec::new(),
            metadata: Map::new(),
            groups,
            taxes: vec!["GST".to_owned(), LOCAL_TAX.to_owned()],
            names: 0,
            local_tax: Vec::new(),
        }
    }

    fn request(mut self) -> Value {
        let mut commands = Vec::new();
        if self.rng.once_in(2) {
            commands.push(self.set_metadata());
        }
        // Once in a while a cart without lines.
        let lines = if self.rng.once_in(40) { 0 } else { self.rng.between(1, 7) };
        let all_free = self.rng.once_in(20);
        for number in 0..lines {
            let mut item = self.item(number, all_free);
            self.items.push(item.clone());
            if self.rng.once_in(5) {
                item["conditions"] = json!([self.own_condition(number as usize)]);
            }
            commands.push(json!({ "do": "add", "item": item }));
        }
        for _ in 0..self.rng.between(0, 12) {
            if !self.items.is_empty() && self.rng.once_in(4) {
                let line = self.rng.between(0, lines - 1) as usize;
                let condition = self.own_condition(line);
                let id = &self.items[line]["id"];
                commands.push(json!({ "do": "addCondition", "condition": condition, "item": id }));
            } else {
                let condition = self.condition(false);
                commands.push(json!({ "do": "addCondition", "condition": condition }));
            }
        }
        let rounding = self.rng.pick(&["half_up", "half_even", "floor", "ceil"]);
        json!({ "currency": self.currency, "rounding": rounding, "commands": commands })
    }

    fn set_metadata(&mut self) -> Value {
        let tags = self.rng.pick(&[json!(["vip", "staff"]), json!("vip, press"), json!([]), json!("svip"), json!(7)]);
        self.metadata.insert("customer_tags".into(), tags.clone());
        self.metadata.insert("tags".into(), self.rng.pick(&[json!(["press"]), tags]));
        let gift =
            [json!(true), json!(false), json!(0), json!("0"), json!("false"), json!("yes"), json!([]), json!({"a": 1})];
        self.metadata.insert("gift".into(), self.rng.pick(&gift));
        let note = [json!("a gift"), json!(1), json!(1.0), json!("1"), json!(["a", 1]), json!({"a": 1, "b": [null]})];
        self.metadata.insert("note".into(), self.rng.pick(&note));
        json!({ "do": "setMetadata", "values": self.metadata })
    }

    fn item(&mut self, number: i64, free: bool) -> Value {
        let rng = &mut self.rng;
        // Few distinct small prices make ties and exact halves; a zero price now and then; and large ones.
        let any = rng.between(0, 1_000_000);
        let price =
            if free { 0 } else { rng.pick(&[0, 1, 3, 5, 15, 25, 50, 333, 333, 334, 999, 1000, 1999, 10_000, any]) };
        let many = rng.between(1, 40);
        let mut attributes = Map::new();
        let category = rng.pick(&[json!("books"), json!("toys"), json!("Bücher"), json!(null), json!(1), json!("1")]);
        let size = rng.pick(&[json!("S"), json!("M"), json!("extra large")]);
        let weight = rng.pick(&[json!(0), json!(250), json!(250.0), json!(2.5e2), json!(0.1)]);
        let tags =
            rng.pick(&[json!(["new", "sale"]), json!(["sale", 1]), json!([{"a": 1, "b": 2}]), json!("new;sale")]);
        let on_sale = rng.pick(&[json!(true), json!(false), json!(1)]);
        let nested = rng.pick(&[json!({"name": "Acme", "rank": 1}), json!({"name": "Zeta"}), json!("Acme")]);
        for (name, value) in [
            ("category", category),
            ("size", size),
            ("weight", weight),
            ("tags", tags),
            ("onSale", on_sale),
            ("brand", nested),
        ] {
            if !rng.once_in(4) {
                attributes.insert(name.into(), value);
            }
        }
        if rng.once_in(6) {
            attributes.insert("brand.name".into(), "Whole".into());
        }
        let name = rng.pick(&["T-shirt", "Mug", "Mug, large", "Buch"]);
        let prefix = rng.pick(&["tee", "mug"]);
        let quantity = rng.pick(&[1, 1, 2, 3, 10, many]);
        json!({ "id": format!("{prefix}-{number}"), "name": name, "price": price, "quantity": quantity, "attributes": attributes })
    }
}
