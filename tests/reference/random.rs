//! Random carts: everything that is legal, with a bent for what is awkward: ties, exact halves, zero prices, zero
//! weights, bounds that are just met. The same seed is the same cart on every machine.

use super::Terms;
use super::time::instant_text;
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

    /// A line's own condition. A tax may have the same name on several lines.
    fn own_condition(&mut self, line: usize) -> Value {
        let mut condition = self.condition(true);
        let target = condition.get("target").map(Value::to_string).unwrap_or_default();
        let is_tax = target.contains("@tax") || target.contains("\"phase\":\"tax\"");
        if is_tax && !self.local_tax.contains(&line) {
            self.local_tax.push(line);
            condition["name"] = LOCAL_TAX.into();
        }
        condition
    }

    /// A condition of the cart, or of a line (`own`).
    fn condition(&mut self, own: bool) -> Value {
        self.names += 1;
        let name =
            if self.names == 1 || self.rng.once_in(3) { self.rng.pick(&["GST", "VAT", "Sale", "Ship"]) } else { "c" };
        let name = if name == "c" || self.names > 1 { format!("{name} {}", self.names) } else { name.to_owned() };
        let kind = self.rng.pick(&TYPES);
        let group =
            if self.groups.is_empty() || !self.rng.once_in(3) { None } else { Some(self.rng.pick(&self.groups)) };
        let mut condition = Map::new();
        condition.insert("name".into(), name.as_str().into());
        condition.insert("type".into(), kind.into());

        // Where: in a group, in the group's phase.
        let mut phase = match &group {
            Some((_, phase, _)) => *phase,
            None if own && self.rng.once_in(2) => "item_discount",
            None if self.rng.once_in(3) => self.rng.pick(&ITEM_PHASES),
            None => self.rng.pick(&CART_PHASES),
        };
        let for_items =
            ITEM_PHASES.contains(&phase) || (["cart_subtotal", "tax"].contains(&phase) && (own || self.rng.once_in(2)));
        // What a line's own condition cannot be: it lands on its units, as it does without any target.
        let lands_on_units = own && (!for_items || (phase == "item_discount" && self.rng.once_in(3)));
        let in_group = !(lands_on_units && !matches!(group, Some((_, "item_discount", _)))) && group.is_some();
        let mut application = "aggregate";
        if lands_on_units {
            phase = "item_discount";
            application = "per_unit";
            if self.rng.once_in(2) {
                condition.insert("target".into(), "cart@cart_subtotal/aggregate".into());
            }
        } else {
            if ITEM_PHASES.contains(&phase) {
                application = self.rng.pick(&["per_unit", "per_unit", "per_item", "per_group", "aggregate"]);
            }
            let default = match kind {
                "shipping" => "shipping",
                "tax" => "tax",
                "fee" | "surcharge" => "grand_total",
                _ => "cart_subtotal",
            };
            if for_items || phase != default || self.rng.once_in(2) {
                condition.insert("target".into(), self.target(for_items, phase, application));
            }
        }

        // What.
        let included = phase == "tax" && self.rng.once_in(3) && !matches!(group, Some((_, _, "best")));
        let (value, rate) =
            if included || (phase == "tax" && self.rng.once_in(2)) { (self.rate(), true) } else { self.value() };
        condition.insert("value".into(), value);
        if included {
            condition.insert("included".into(), true.into());
        } else if phase == "tax" && rate && self.rng.once_in(2) {
            let mut names = vec![self.rng.pick(&self.taxes), self.rng.pick(&self.taxes)];
            names.dedup();
            names.retain(|each| *each != name && !(own && each == LOCAL_TAX));
            if !names.is_empty() {
                condition.insert("compoundOn".into(), names.into());
            }
        }
        if phase == "tax" && !own {
            self.taxes.push(name);
        }
        if !self.rng.once_in(3) {
            condition.insert("order".into(), self.rng.between(-2, 3).into());
        }
        if self.rng.once_in(5) {
            let any = self.rng.between(0, 2000);
            condition.insert("cap".into(), self.rng.pick(&[0, 1, 100, any]).into());
        }
        if let (Some((group, _, rule)), true) = (group, in_group) {
            condition.insert("group".into(), group.into());
            if rule == "best" || self.rng.once_in(2) {
                condition.insert("groupRule".into(), rule.into());
            }
        }
        if application == "per_unit" && !lands_on_units && self.rng.once_in(3) {
            condition.insert("units".into(), self.units());
        }
        if self.rng.once_in(3) {
            condition.insert("rules".into(), self.rule(3));
        }
        if self.rng.once_in(10) {
            condition.insert("attributes".into(), json!({ "campaign": "autumn" }));
        }
        condition.into()
    }

    /// Text or data, with hyphens now and then.
    fn target(&mut self, for_items: bool, phase: &str, application: &str) -> Value {
        let scope = if for_items { "items" } else { "cart" };
        let group_by = (application == "per_group").then(|| self.field());
        if !for_items || self.rng.once_in(3) {
            let hyphens = self.rng.once_in(4);
            let written = |text: &str| if hyphens { text.replace('_', "-") } else { text.to_owned() };
            let filters = if for_items { self.filter_text() } else { String::new() };
            let grouping = group_by.map(|field| format!("#{field}")).unwrap_or_default();
            return format!("{scope}{filters}@{}/{}{grouping}", written(phase), written(application)).into();
        }
        let mut target = json!({ "scope": scope, "phase": phase, "application": application });
        if self.rng.once_in(2) {
            target["filters"] = self.filters();
        }
        if let Some(field) = group_by {
            target["groupBy"] = field.into();
        }
        target
    }

    fn field(&mut self) -> &'static str {
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
    fn near(&mut self, field: &str) -> Value {
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

    fn filters(&mut self) -> Value {
        (0..self.rng.between(1, 2)).map(|_| self.filter()).collect()
    }

    fn filter(&mut self) -> Value {
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

    fn filter_text(&mut self) -> String {
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

    fn units(&mut self) -> Value {
        let every = self.rng.between(1, 4);
        let take = self.rng.between(1, every);
        let mut units = json!({ "every": every, "take": take });
        if self.rng.once_in(3) {
            units["of"] = self.filters();
        }
        if self.rng.once_in(4) {
            units["max"] = self.rng.between(1, 3).into();
        }
        units
    }

    /// A positive percentage.
    fn rate(&mut self) -> Value {
        let rate = self.rng.pick(&["5", "7", "9.975", "10", "19", "50", "0.5", "8.875", "33.333333", "100"]);
        if self.rng.once_in(3) { json!({ "percent": rate }) } else { format!("+{rate}%").into() }
    }

    /// Any value, and whether it is a positive percentage.
    fn value(&mut self) -> (Value, bool) {
        match self.rng.between(0, 9) {
            0..=1 => (self.rate(), true),
            2..=4 => {
                let percent = self.rng.pick(&["5", "10", "12.5", "15", "25", "33.333333", "50", "100", "150", "0"]);
                (
                    if self.rng.once_in(3) {
                        json!({ "percent": format!("-{percent}") })
                    } else {
                        format!("-{percent}%").into()
                    },
                    false,
                )
            }
            5..=7 => {
                let any = self.rng.between(0, 3000);
                let amount = self.rng.pick(&[0, 1, 2, 7, 100, 499, 500, 999, any]);
                let signed = if self.rng.once_in(2) { amount } else { -amount };
                let value = match (self.rng.between(0, 3), self.currency) {
                    (0, _) => json!({ "amount": signed }),
                    (1, "USD") => {
                        format!("{}{}.{:02}", if signed < 0 { "-" } else { "+" }, amount / 100, amount % 100).into()
                    }
                    (1, "BHD") => {
                        format!("{}{}.{:03}", if signed < 0 { "-" } else { "+" }, amount / 1000, amount % 1000).into()
                    }
                    _ => format!("{signed:+}").into(),
                };
                (value, false)
            }
            8 => {
                let factor = self.rng.pick(&["0.9", "1.15", "0", "0.333333", "1", "1.5", "0.5", "2"]);
                (if self.rng.once_in(3) { json!({ "factor": factor }) } else { format!("*{factor}").into() }, false)
            }
            _ => {
                let divisor = self.rng.pick(&["2", "3", "0", "1.25", "7", "0.5", "1"]);
                (if self.rng.once_in(3) { json!({ "divisor": divisor }) } else { format!("/{divisor}").into() }, false)
            }
        }
    }

    /// A rule tree; half of its leaves are bent towards what is just met.
    fn rule(&mut self, depth: i64) -> Value {
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

    fn parameters(&mut self, key: &str) -> Value {
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

    fn key(&mut self) -> &'static str {
        self.rng.pick(&["customer_tags", "gift", "note", "absent"])
    }

    fn noted(&mut self, key: &str) -> Value {
        let other = self.rng.pick(&[json!(null), json!(1), json!("1"), json!({"b": [null], "a": 1.0})]);
        if self.rng.once_in(2) { other } else { self.metadata.get(key).cloned().unwrap_or(Value::Null) }
    }

    /// Parameters of a rule about time, in some zone; `make` gets the minute of the day there.
    fn in_zone(&mut self, make: impl FnOnce(&mut Rng, i64) -> Value) -> Value {
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
