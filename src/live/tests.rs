//! Carts in hand against the service over memory: the same requests, the same cart.

use super::*;
use crate::storage::Memory;

fn moment(n: u64) -> Moment {
    Moment { now: Timestamp::from_ms(1_795_262_400_000 + n as i64), entropy: Entropy([1, 2, 3, 4]).derive(n) }
}

fn address() -> Address {
    Address::new("", "guest", "default").unwrap()
}

/// What both ways are asked, one after the other.
struct Pair {
    shelf: Shelf,
    at: usize,
    memory: Service<Memory>,
    settings: Settings,
    calls: u64,
}

impl Pair {
    fn new(settings: Settings) -> Self {
        let shelf = Shelf::new(settings, false);
        let at = shelf.place(&address());
        Pair { shelf, at, memory: Service::new(Memory::new()), settings, calls: 0 }
    }

    fn moment(&self) -> Moment {
        moment(self.calls)
    }

    fn call(&self) -> Call {
        let moment = self.moment();
        Call {
            address: address(),
            now: moment.now,
            at: None,
            entropy: moment.entropy,
            settings: self.settings,
            given: Given::default(),
        }
    }

    /// A change on both; the events and results, or the refusals, must be the same, and the cart.
    fn change(&mut self, body: &str) {
        self.calls += 1;
        let here = self.shelf.change(self.at, body.into(), self.moment(), true);
        let there = at_once(self.memory.change(&self.call(), &Request::Change(body.into()), &Options::default()))
            .unwrap()
            .map(|answer| without_cart(&answer.body).unwrap());
        assert_eq!(here, there, "{body}");
        self.same(body);
    }

    fn quantity(&mut self, id: &str, change: QuantityChange) {
        self.calls += 1;
        let moment = self.moment();
        let here = self.shelf.change_quantity(self.at, id, change, moment.now, || moment.entropy);
        let body = match change {
            QuantityChange::To(to) => format!("{{\"quantity\":{to}}}"),
            QuantityChange::By(by) => format!("{{\"delta\":{by}}}"),
        };
        let request = Request::UpdateItem { item: id.into(), body };
        let there = at_once(self.memory.change(&self.call(), &request, &Options::default())).unwrap();
        assert_eq!(here.as_ref().map(drop), there.as_ref().map(drop), "{id} {change:?}");
        self.same(&format!("{id} {change:?}"));
    }

    fn same(&self, what: &str) {
        let here = self.shelf.show(self.at, Form::Show, None, self.moment().now).unwrap();
        let there = at_once(self.memory.show(&self.call())).unwrap().unwrap().map(|answer| answer.body);
        assert_eq!(here, there, "{what}");
    }

    /// Written down and read again, it is the same.
    fn reload(&mut self) {
        let now = self.moment().now;
        let mut text = String::new();
        self.shelf.write(&mut text, now).unwrap();
        let shelf = Shelf::new(self.settings, false);
        self.at = shelf.place(&address());
        shelf.read(Some(&text), &address(), self.moment()).unwrap();
        let mut again = String::new();
        shelf.write(&mut again, now).unwrap();
        assert_eq!(text, again);
        self.shelf = shelf;
        self.same("reloaded");
    }
}

const CONDITIONS: &str = r#"{"commands":[
    {"do":"addCondition","condition":{"name":"Sale","type":"discount","value":"-10%"}},
    {"do":"addCondition","condition":{"name":"VAT","type":"tax","value":"+19%"}},
    {"do":"addCondition","condition":{"name":"big","type":"discount","value":"-500","rules":{"subtotal-at-least":{"amount":5000}}}}]}"#;

#[test]
fn both_ways_give_the_same_cart_and_the_same_refusals() {
    for settings in [
        Settings::default(),
        Settings { line_identity: LineIdentity::IdAndAttributes, ttl_ms: Some(1_000_000), ..Settings::default() },
        Settings {
            empty_cart: crate::cart::EmptyCart::Preserve,
            limits: crate::cart::Limits { items: 6, bytes: 700, ..Default::default() },
            ..Settings::default()
        },
    ] {
        let mut pair = Pair::new(settings);
        let mut draw = 11u32;
        for step in 0..1500u32 {
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (what, which, n) = (draw >> 27, (draw >> 20) % 9, i64::from((draw >> 10) % 40));
            let id = format!("sku-{which}");
            match what {
                0..=6 => pair.change(&format!(
                    r#"{{"commands":[{{"do":"add","item":{{"id":"{id}","name":"N{n}","price":{},"quantity":{}}}}}]}}"#,
                    n * 37,
                    n - 1
                )),
                7 => pair.change(&format!(
                    r#"{{"commands":[{{"do":"add","item":{{"id":"{id}","name":"a\"b","price":"1.{n:02}","attributes":{{"n":{}}},"maxQuantity":30}}}}]}}"#,
                    n % 3
                )),
                8..=13 => pair.quantity(&id, QuantityChange::To(n - 2)),
                14..=18 => pair.quantity(&id, QuantityChange::By(n - 20)),
                19 | 20 => pair.change(&format!(r#"{{"commands":[{{"do":"remove","id":"{id}"}}]}}"#)),
                21 => pair.change(&format!(r#"{{"commands":[{{"do":"update","id":"{id}","price":{},"name":"new"}}]}}"#, n * 11)),
                22 => pair.change(&format!(
                    r#"{{"commands":[{{"do":"add","item":{{"id":"{id}","name":"N","price":7}}}},{{"do":"update","id":"{id}","quantity":-1}}]}}"#
                )),
                23 => pair.change(CONDITIONS),
                24 => pair.change(r#"{"commands":[{"do":"setMetadata","values":{"note":"gift","__proto__":1}}]}"#),
                25 => pair.change(&format!(
                    r#"{{"commands":[{{"do":"add","item":{{"id":"{id}","name":"N","price":9007199254740991,"quantity":{n}}}}}]}}"#
                )),
                26 => pair.change(r#"{"commands":[{"do":"add","item":{"id":"x","name":"N","price":1.5}}]}"#),
                27 if step % 7 == 0 => pair.change(r#"{"commands":[{"do":"clear"}]}"#),
                28 if step % 5 == 0 => pair.change(r#"{"commands":[{"do":"removeCondition","name":"VAT"}]}"#),
                29 => pair.change(&format!(
                    r#"{{"commands":[{{"do":"add","item":{{"id":"{id}","name":"N","price":1}}}}],"idempotencyKey":"k{}"}}"#,
                    n % 5
                )),
                30 => pair.change(&format!(r#"{{"commands":[{{"do":"move","id":"{id}","to":"wishlist"}}]}}"#)),
                _ => pair.reload(),
            }
        }
    }
}

#[test]
fn a_conflict_report_names_what_quick_changes_changed() {
    let shelf = Shelf::new(Settings::default(), false);
    let at = shelf.place(&address());
    let add = r#"{"commands":[{"do":"add","item":{"id":"a","name":"A","price":1}},{"do":"add","item":{"id":"b","name":"B","price":1}}]}"#;
    shelf.change(at, add.into(), moment(1), false).unwrap();
    let based_on = shelf.revision(at, moment(1).now).unwrap().to_string();
    for n in 2..5 {
        shelf.change_quantity(at, "b", QuantityChange::To(n), moment(2).now, || unreachable!()).unwrap();
    }
    let body = format!(r#"{{"commands":[{{"do":"remove","id":"a"}}],"basedOn":"{based_on}"}}"#);
    let error = shelf.change(at, body, moment(3), false).unwrap_err();
    assert_eq!(error.report().unwrap().changed, ["items.b"]);
}

#[test]
fn what_is_not_ours_is_told_and_nothing_is_replaced() {
    let shelf = Shelf::new(Settings::default(), false);
    let at = shelf.place(&address());
    let add = r#"{"commands":[{"do":"add","item":{"id":"a","name":"A","price":1}}]}"#;
    shelf.change(at, add.into(), moment(1), false).unwrap();
    for (text, reason) in [
        ("not json", "foreign"),
        ("[1,2]", "foreign"),
        (r#"{"default":7}"#, "unreadable"),
        (r#"{"default":{"format":9}}"#, "newer"),
        (r#"{"default":{"format":1,"items":[]}}"#, "unreadable"),
        (r#"{"default":{"items":[{"id":3}]}}"#, "unreadable"),
    ] {
        let error = shelf.read(Some(text), &address(), moment(2)).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (Kind::Corrupt, Some(reason)), "{text}: {error:?}");
        assert_eq!(shelf.counts(at, moment(2).now), (1, 1));
    }
    shelf.read(None, &address(), moment(2)).unwrap();
    assert_eq!(shelf.counts(at, moment(2).now), (0, 0));
}

#[test]
fn an_expired_cart_is_not_there() {
    let shelf = Shelf::new(Settings { ttl_ms: Some(10), ..Settings::default() }, false);
    let at = shelf.place(&address());
    let add = r#"{"commands":[{"do":"add","item":{"id":"a","name":"A","price":1}}]}"#;
    shelf.change(at, add.into(), moment(0), false).unwrap();
    assert_eq!(shelf.counts(at, moment(9).now), (1, 1));
    assert_eq!(shelf.counts(at, moment(10).now), (0, 0));
    let error = shelf.change_quantity(at, "a", QuantityChange::To(2), moment(10).now, || Entropy([0; 4])).unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
}
