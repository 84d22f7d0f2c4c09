//! What must hold for any bytes at all: nothing panics, what is read is written and read back as the same, and what
//! has a price has one that adds up.
//!
//! Driven by mutations of the vectors (`properties/mutations.rs`) and by libFuzzer (`tests/fuzz`), which takes this file
//! as it is: it needs nothing but the core and serde_json.

use pushcart::cart::Settings;
use pushcart::condition::presets::named;
use pushcart::condition::{ConditionInput, Field, Target, Units, Value};
use pushcart::error::Kind;
use pushcart::id::{Address, Entropy};
use pushcart::json::{Raw, Reader};
use pushcart::money::Currency;
use pushcart::rule::{Problem, Rules, Zone, Zones};
use pushcart::service::{Call, Given, Options, Request, Service};
use pushcart::storage::{Memory, at_once};
use pushcart::time::Timestamp;
use pushcart::wire;
use serde_json::{Value as Json, json};

/// The most that an amount may be.
const MOST: i64 = (1 << 53) - 1;

fn currencies() -> [Currency; 3] {
    ["USD", "JPY", "BHD"].map(|code| Currency::parse(code).expect("a currency"))
}

/// Reads bytes as everything that is read from text.
pub fn parse(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    value(&text);
    target(&text);
    target(&format!("items:{text}@item_discount/per_item"));
    target(&format!("items@item_post/per_group#{text}"));
    if let Ok(field) = Field::parse(&text) {
        assert_eq!(field.as_str(), text);
    }
    // The time, as rules and `at` have it.
    if let Ok(time) = Timestamp::parse(&text) {
        assert_eq!(Timestamp::parse(&time.to_string()).as_ref(), Ok(&time), "{text}");
    }
    if let Ok(raw) = Raw::parse(&text) {
        assert_eq!(Raw::parse(raw.as_str()).as_ref(), Ok(&raw), "{text}");
        json_text(&text, &raw);
    }
    drop(wire::command::read(&Request::Change(text.clone().into_owned())));
    drop(wire::command::read(&Request::AddItems(text.clone().into_owned())));
    drop(wire::command::read(&Request::SetMetadata(text.into_owned())));
}

fn value(text: &str) {
    for currency in currencies() {
        if let Ok(value) = Value::parse(text, currency) {
            assert_eq!(Value::parse(value.as_str(), currency), Ok(value));
        }
    }
}

fn target(text: &str) {
    let Ok(target) = Target::parse(text) else { return };
    let printed = target.to_string();
    assert_eq!(Target::parse(&printed).as_ref(), Ok(&target), "{text}");
    assert_eq!(Target::parse(&printed).map(|target| target.to_string()), Ok(printed));
    // The same as data.
    let mut data = String::from(r#"{"name":"n","type":"t","value":0,"target":"#);
    target.write_data(&mut data);
    data.push('}');
    let input = Reader::whole(&data, wire::condition::read).expect("a target's data form is read");
    let condition = input.resolve(currencies()[0], false).unwrap_or_else(|e| panic!("{text}: {data}: {e:?}"));
    assert_eq!(condition.adjustment().map(|does| &does.target), Some(&target), "{text}");
}

/// Reads JSON as everything that is read from JSON.
fn json_text(text: &str, raw: &Raw) {
    if let Ok(units) = Units::parse(raw) {
        assert_eq!(Units::parse(units.raw()), Ok(units));
    }
    for (preset, _) in named::PRESETS {
        for input in named::conditions(preset, None, Some(raw), currencies()[0]).unwrap_or_default() {
            condition(&input);
        }
    }
    for currency in currencies() {
        rules(raw, currency);
        for on_item in [false, true] {
            let stored =
                |text: &str| Reader::whole(text, |reader| wire::condition::read_stored(reader, currency, on_item)).ok();
            if let Some(condition) = stored(text) {
                let mut written = String::new();
                wire::condition::write(&mut written, &condition);
                let again =
                    stored(&written).unwrap_or_else(|| panic!("{text}: what was written is not read: {written}"));
                assert_eq!(again, condition, "{text}");
            }
        }
    }
    if let Ok(input) = Reader::whole(text, wire::condition::read) {
        let mut written = String::new();
        wire::condition::write_input(&mut written, &input);
        assert_eq!(Reader::whole(&written, wire::condition::read).as_ref(), Ok(&input), "{text}");
        condition(&input);
    }
    if let Ok(item) = Reader::whole(text, wire::item::read) {
        let mut written = String::new();
        wire::item::write_input(&mut written, &item);
        assert_eq!(Reader::whole(&written, wire::item::read).as_ref(), Ok(&item), "{text}");
    }
}

fn rules(raw: &Raw, currency: Currency) {
    let stored = Rules::stored(raw, currency);
    match Rules::parse(raw, currency) {
        Ok(rules) => {
            assert_eq!(rules, stored);
            assert_eq!(Rules::parse(rules.raw(), currency).as_ref(), Ok(&rules));
            let zones = [Zone { name: "Europe/Berlin".into(), offset_s: 3600, until: None }];
            for at in [0, 1_795_262_400_000, 253_402_300_799_999, -62_135_596_800_000].map(Timestamp::from_ms) {
                for zones in [Zones(&zones), Zones(&[])] {
                    let change = rules.changes_at(at, zones);
                    assert!(change.is_none_or(|change| change > at), "{raw:?} at {at}: {change:?}");
                    rules.problem(zones);
                }
            }
        }
        Err(_) => assert!(matches!(stored.problem(Zones(&[])), Some(Problem::Unread(_)))),
    }
}

/// A condition as it may stand in a cart is written and read back as the same.
fn condition(input: &ConditionInput) {
    for currency in currencies() {
        for on_item in [false, true] {
            let Ok(condition) = input.resolve(currency, on_item) else { continue };
            let mut written = String::new();
            wire::condition::write(&mut written, &condition);
            let read = Reader::whole(&written, |reader| wire::condition::read_stored(reader, currency, on_item));
            assert_eq!(read.as_ref(), Ok(&condition), "{written}");
            let mut again = String::new();
            wire::condition::write(&mut again, &condition);
            assert_eq!(again, written);
        }
    }
}

/// Bytes as choices; when they are used up, the first of everything.
struct Choices<'d>(&'d [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    fn once_in(&mut self, times: u8) -> bool {
        self.byte() % times == times - 1
    }

    fn number(&mut self) -> i64 {
        (0..7).fold(0, |number, _| number << 8 | i64::from(self.byte())) & MOST
    }

    fn amount(&mut self) -> i64 {
        let any = self.number();
        let near = [MOST, MOST / 2, MOST / 3, MOST / 10_000, MOST / 1000, MOST / 10_000_000];
        let small = [1000, 0, 1, 5, 333, 999, 10_000, 1_000_000_007, any % 1_000_000];
        if self.once_in(3) {
            self.pick(&near)
        } else if self.once_in(3) {
            any
        } else {
            self.pick(&small)
        }
    }

    fn value(&mut self) -> String {
        const VALUES: &[&str] = &[
            "-10%",
            "+7%",
            "-100%",
            "+100%",
            "+999999999999999%",
            "-999999999999999%",
            "+0.000000000001%",
            "-0.000000000001%",
            "+33.333333333333%",
            "*0",
            "*0.9",
            "*999999999999999",
            "*0.000000000001",
            "*1.000000000001",
            "/3",
            "/0",
            "/0.000000000001",
            "/999999999999999",
            "/0.3",
        ];
        match self.byte() % 4 {
            0 => self.amount().to_string(),
            1 => format!("-{}", self.amount()),
            _ => self.pick(VALUES).into(),
        }
    }

    fn condition(&mut self, number: usize) -> Json {
        const TARGETS: &[&str] = &[
            "cart@cart_subtotal/aggregate",
            "cart@shipping/aggregate",
            "cart@taxable/aggregate",
            "cart@tax/aggregate",
            "cart@payment/aggregate",
            "cart@custom/aggregate",
            "cart@grand_total/aggregate",
            "items@pre_item/per_unit",
            "items@item_discount/per_item",
            "items@item_discount/per_group#brand",
            "items@item_post/aggregate",
            "items:brand=a@item_discount/per_unit",
            "items:quantity>=2@cart_subtotal/aggregate",
            "items:total>1000@tax/aggregate",
        ];
        let target = self.pick(TARGETS);
        let order = self.pick(&[0, 1, -1, i32::MAX, i32::MIN]);
        let name = format!("c{}", usize::from(self.byte()) % (number + 2));
        let kind = self.pick(&["discount", "tax", "fee"]);
        let mut condition =
            json!({ "name": name, "type": kind, "value": self.value(), "target": target, "order": order });
        if self.once_in(4) {
            condition["cap"] = self.amount().into();
        }
        if target.contains("@tax/") && self.once_in(3) {
            condition["value"] = self.pick(&["+19%", "+7%", "+0%", "+10000%", "+0.000000000001%"]).into();
            if self.once_in(2) {
                condition["included"] = true.into();
            } else {
                let others = ["c0", "c1", "c2", "c9"].into_iter().filter(|other| *other != name);
                condition["compoundOn"] = others.collect();
            }
        }
        if self.once_in(5) && condition.get("included").is_none() {
            // One group for each target, so that each has one phase and one rule.
            condition["group"] = target.into();
            condition["groupRule"] = "best".into();
        }
        if target.ends_with("per_unit") && self.once_in(3) {
            condition["units"] = json!({ "every": self.amount().max(1), "take": self.amount().max(1), "of": "" });
            condition["units"]["of"] = json!([{ "field": "price", "op": ">=", "value": 0 }]);
        }
        if self.once_in(5) {
            condition["rules"] = self
                .pick(&[
                    &json!({ "subtotal-at-least": { "amount": MOST } }),
                    &json!({ "not": { "item-total-at-least": { "amount": MOST } } }),
                    &json!({ "item-quantity-at-least": { "quantity": MOST } }),
                    &json!({ "any": [{ "min-quantity": { "min": 10_000_000 } }, { "always-true": {} }] }),
                ])
                .clone();
        }
        condition
    }
}

/// Makes a cart at the limits, as the bytes choose. Its Content where it is accepted; its figures add up, and what
/// was refused left no trace.
pub fn price(data: &[u8]) -> Option<Json> {
    let choices = &mut Choices(data);
    let rounding = choices.pick(&["half_up", "half_even", "floor", "ceil"]);
    let lines = if choices.once_in(64) { 50 } else { 1 + usize::from(choices.byte() % 6) };
    let mut commands = Vec::new();
    for line in 0..lines {
        let quantity = choices.pick(&[1, 2, 3, 10_000, 9_999]);
        let brand = choices.pick(&["a", "b"]);
        commands.push(json!({ "do": "add", "item": {
            "id": line.to_string(), "name": "N", "price": choices.amount(), "quantity": quantity,
            "attributes": { "brand": brand },
        } }));
    }
    for number in 0..usize::from(choices.byte() % 12) {
        let mut command = json!({ "do": "addCondition", "condition": choices.condition(number) });
        if choices.once_in(4) && command["condition"].get("group").is_none() {
            command["item"] = (usize::from(choices.byte()) % lines).to_string().into();
            let target = command["condition"]["target"].as_str().unwrap_or_default();
            // What is put on a line has a target for lines.
            if target.starts_with("cart") {
                return None;
            }
        }
        commands.push(command);
    }
    let request =
        json!({ "currency": choices.pick(&["USD", "JPY", "BHD"]), "rounding": rounding, "commands": commands });
    let call = Call {
        address: Address::new("", "user:42", "default").expect("an address"),
        now: Timestamp::from_ms(1_795_262_400_000),
        at: None,
        entropy: Entropy([1, 2, 3, 4]),
        settings: Settings::default(),
        given: Given::default(),
    };
    let service = Service::new(Memory::default());
    let change = Request::Change(request.to_string());
    match at_once(service.change(&call, &change, &Options::default())).expect("memory never waits") {
        Ok(answer) => {
            let mut answer: Json = serde_json::from_str(&answer.body).expect("an answer is JSON");
            let cart = answer["cart"].take();
            adds_up(&cart["totals"]);
            Some(cart)
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::LimitExceeded, "{error:?} for {request}");
            let shown = at_once(service.show(&call)).expect("memory never waits").expect("nothing to read is no error");
            assert!(shown.is_none(), "{request}");
            None
        }
    }
}

/// The identities of totals, and their bounds.
fn adds_up(totals: &Json) {
    let integer = |value: &Json| {
        let found = value.as_i64().unwrap_or_else(|| panic!("{value} is no integer in {totals}"));
        assert!((-MOST..=MOST).contains(&found), "{found} in {totals}");
        i128::from(found)
    };
    let figure = |name: &str| integer(&totals[name]);
    let sum = |list: &str, field: &str| -> i128 {
        totals[list].as_array().into_iter().flatten().map(|entry| integer(&entry[field])).sum()
    };
    let total = figure("total");
    let books = ["subtotal", "shipping", "fees", "tax"];
    assert!(books.iter().all(|book| figure(book) >= 0) && total >= 0, "{totals}");
    assert_eq!(total, books.iter().map(|book| figure(book)).sum::<i128>() + figure("adjustments"), "{totals}");
    let counted = totals["breakdown"].as_array().into_iter().flatten().filter(|entry| entry["included"] != true);
    let changes: i128 = counted.map(|entry| integer(&entry["amount"])).sum();
    assert_eq!(total, figure("subtotalWithoutConditions") + changes, "{totals}");
    assert_eq!(figure("subtotal"), sum("lineTotals", "net"), "{totals}");
    assert_eq!(total, sum("lineTotals", "total"), "{totals}");
}
