//! Random conditions: where they act and what they do.

use super::{CART_PHASES, ITEM_PHASES, LOCAL_TAX, Making, TYPES};
use serde_json::{Map, Value, json};

impl Making {
    /// A line's own condition. A tax may have the same name on several lines.
    pub(super) fn own_condition(&mut self, line: usize) -> Value {
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
    pub(super) fn condition(&mut self, own: bool) -> Value {
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
        // It stays in its group only if that is the group's phase.
        let in_group = !lands_on_units || matches!(group, Some((_, "item_discount", _)));
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
    pub(super) fn target(&mut self, for_items: bool, phase: &str, application: &str) -> Value {
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

    /// Buy X, get Y.
    pub(super) fn units(&mut self) -> Value {
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
    pub(super) fn rate(&mut self) -> Value {
        let rate = self.rng.pick(&["5", "7", "9.975", "10", "19", "50", "0.5", "8.875", "33.333333", "100"]);
        if self.rng.once_in(3) { json!({ "percent": rate }) } else { format!("+{rate}%").into() }
    }

    /// Any value, and whether it is a positive percentage.
    pub(super) fn value(&mut self) -> (Value, bool) {
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
}
