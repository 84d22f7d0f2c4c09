//! Which conditions apply, and to which lines: filters, rules, groups, units, and taxes that depend on
//! other taxes.

use super::*;
use crate::json::{Raw, Reader};
use crate::wire;

/// The same cart with one more condition, as JSON.
fn add(mut sample: Sample, json: &str) -> Sample {
    let condition = Reader::whole(json, wire::condition::read).unwrap().resolve(Currency::USD, false);
    sample.0.conditions.push(condition.unwrap_or_else(|e| panic!("{json}: {e}")));
    sample
}

fn on(mut sample: Sample, line: usize, json: &str) -> Sample {
    let condition = Reader::whole(json, wire::condition::read).unwrap().resolve(Currency::USD, true);
    sample.0.items[line].conditions.push(condition.unwrap_or_else(|e| panic!("{json}: {e}")));
    sample
}

/// Lines of `(price, quantity, attributes)`.
fn shop(lines: &[(i64, u32, &str)]) -> Sample {
    let mut sample = cart(&lines.iter().map(|(price, quantity, _)| (*price, *quantity)).collect::<Vec<_>>());
    for (item, (.., attributes)) in sample.0.items.iter_mut().zip(lines) {
        item.attributes = Some(Raw::parse(attributes).unwrap());
    }
    sample
}

/// `(name, amount, reason)` of each entry.
fn entries<'t>(totals: &'t Totals<'_>) -> Vec<(&'t str, i64, &'t str)> {
    totals
        .breakdown
        .iter()
        .map(|entry| (entry.name, entry.amount.minor(), entry.reason.map_or("", Reason::as_str)))
        .collect()
}

fn books() -> Sample {
    shop(&[
        (1000, 1, r#"{"category":"books","brand":"a"}"#),
        (333, 3, r#"{"category":"toys","brand":"b"}"#),
        (500, 2, r#"{"category":"books","brand":"b"}"#),
        (250, 1, "{}"),
    ])
}

#[test]
fn only_matching_lines_are_changed() {
    let sample = add(
        books(),
        r#"{"name":"s","type":"discount","value":"-10%","target":"items:category=books@item_discount/per_item"}"#,
    );
    assert_eq!(nets(&sample.priced()), [900, 999, 900, 250]);
    let sample = add(
        books(),
        r#"{"name":"s","type":"discount","value":"-101","target":"items:category=books@item_discount/aggregate"}"#,
    );
    // 101 over 1000 and 1000: the odd one goes to the earlier line.
    assert_eq!(nets(&sample.priced()), [949, 999, 950, 250]);
    let sample = add(
        books(),
        r#"{"name":"s","type":"discount","value":"-5000","target":"items:brand=b@cart_subtotal/aggregate"}"#,
    );
    let totals = sample.priced();
    assert_eq!(nets(&totals), [1000, 0, 0, 250]);
    assert_eq!(entry(&totals, 0), (1999, "-5000".into(), -1999, 3001));
    let sample =
        add(books(), r#"{"name":"t","type":"tax","value":"7%","target":"items:category=books@tax/aggregate"}"#);
    let totals = sample.priced();
    assert_eq!(entry(&totals, 0), (2000, "140".into(), 140, 0));
    assert_eq!(totals.line_totals.iter().map(|line| line.total.minor()).collect::<Vec<_>>(), [1070, 999, 1070, 250]);
}

#[test]
fn groups_of_lines_are_changed_one_by_one() {
    let sample = add(
        books(),
        r#"{"name":"g","type":"discount","value":"-10%","cap":150,"target":"items@item_discount/per_group#brand"}"#,
    );
    let totals = sample.priced();
    // a: 1000 → -100. b: 999 + 1000 → -199.9, -200, capped at 150: 75, 75. None: 250 → -25.
    assert_eq!(nets(&totals), [900, 924, 925, 225]);
    assert_eq!(entry(&totals, 0), (3249, "-324.9".into(), -275, 0));
    let fixed = add(
        books(),
        r#"{"name":"g","type":"fee","value":"+100","target":"items:price<1000@item_post/per_group#category"}"#,
    );
    let totals = fixed.priced();
    assert_eq!(entry(&totals, 0), (2249, "300".into(), 300, 0));
    assert_eq!(nets(&totals), [1000, 1099, 1100, 350]);
}

#[test]
fn rules_about_lines_choose_lines() {
    let json = r#"{"name":"s","type":"discount","value":"-50%","target":"items@item_discount/per_item",
        "rules":{"all":[{"min-items":{"min":2}},{"item-quantity-at-least":{"quantity":2}},{"not":{"item-attribute-equals":{"attribute":"category","value":"toys"}}}]}}"#;
    assert_eq!(nets(&add(books(), json).priced()), [1000, 999, 500, 250]);
    // On a line's own condition they are about that line.
    let own = r#"{"name":"s","type":"discount","value":"-50%","rules":{"item-quantity-at-least":{"quantity":2}}}"#;
    let sample = on(on(books(), 0, own), 2, own);
    let totals = sample.priced();
    assert_eq!(nets(&totals), [1000, 999, 500, 250]);
    assert_eq!(entries(&totals), [("s", -500, ""), ("s", 0, "rule_not_met")]);
}

#[test]
fn what_does_not_hold_says_why() {
    let zone = r#"{"name":"z","type":"d","value":"-1","rules":{"any":[{"always-true":{}},{"day-of-week":{"days":[1],"zone":"A/B"}}]}}"#;
    let sample = add(books(), zone);
    let sample = add(sample, r#"{"name":"r","type":"d","value":"-1","rules":{"min-items":{"min":9}}}"#);
    let sample = add(sample, r#"{"name":"n","type":"d","value":"-1","target":"items:category=cars@tax/aggregate"}"#);
    let sample = add(sample, r#"{"name":"0","type":"d","value":"/0"}"#);
    let sample = add(
        sample,
        r#"{"name":"u","type":"d","value":"-1%","target":"items:category=toys@item_discount/per_unit","units":{"every":4,"take":1}}"#,
    );
    let totals = sample.priced();
    assert_eq!(
        entries(&totals),
        [
            ("u", 0, "no_match"),
            ("z", 0, "zone_unavailable"),
            ("r", 0, "rule_not_met"),
            ("0", 0, "division_by_zero"),
            ("n", 0, "no_match")
        ]
    );
    assert_eq!(totals.breakdown[1].detail(), Some("A/B"));
    assert_eq!(totals.total.minor(), 3249);
    let mut nothing = sample;
    nothing.0.items.clear();
    assert!(nothing.priced().breakdown.iter().all(|entry| entry.reason == Some(Reason::EmptyCart)));
}

#[test]
fn of_a_group_one_applies() {
    let group = |rule: &str| {
        let member = |name: &str, value: &str, order: i32, rules: &str| {
            format!(
                r#"{{"name":"{name}","type":"discount","value":"{value}","order":{order},"group":"sales","groupRule":"{rule}"{rules}}}"#
            )
        };
        let sample = add(books(), &member("half, but not now", "-50%", 0, r#","rules":{"always-false":{}}"#));
        let sample = add(sample, &member("ten", "-10%", 1, ""));
        let sample = add(sample, &member("five hundred", "-500", 2, ""));
        add(sample, &member("five hundred again", "-500", 2, ""))
    };
    let sample = group("exclusive");
    let none = ("half, but not now", 0, "rule_not_met");
    assert_eq!(
        entries(&sample.priced()),
        [("ten", -325, ""), none, ("five hundred", 0, "group"), ("five hundred again", 0, "group")]
    );
    let sample = group("best");
    let totals = sample.priced();
    assert_eq!(
        entries(&totals),
        [("five hundred", -500, ""), none, ("ten", 0, "group"), ("five hundred again", 0, "group")]
    );
    assert_eq!(totals.breakdown[2].detail(), Some("sales"));
}

#[test]
fn a_group_is_one_for_lines_and_cart() {
    let member = r#"{"name":"m","type":"discount","value":"-10%","target":"items@item_discount/per_item","group":"g"}"#;
    let sample = add(on(on(books(), 0, member), 1, member), member);
    assert_eq!(entries(&sample.priced()), [("m", -100, ""), ("m", 0, "group"), ("m", 0, "group")]);
}

#[test]
fn the_best_is_chosen_when_the_first_would_act() {
    // When the first of them acts there is 3249: -9 % is -292, so -300 is chosen, although what acts before it
    // leaves less.
    let sample = add(books(), r#"{"name":"a","type":"d","value":"-9%","order":0,"group":"g","groupRule":"best"}"#);
    let sample = add(sample, r#"{"name":"x","type":"d","value":"-3200","order":1}"#);
    let sample = add(sample, r#"{"name":"b","type":"d","value":"-300","order":2,"group":"g","groupRule":"best"}"#);
    assert_eq!(entries(&sample.priced()), [("x", -3200, ""), ("b", -49, ""), ("a", 0, "group")]);
}

#[test]
fn buy_two_get_one() {
    let free = |every: i64, take: i64, more: &str| {
        format!(
            r#"{{"name":"f","type":"discount","value":"-100%","target":"items@item_discount/per_unit","units":{{"every":{every},"take":{take}{more}}}}}"#
        )
    };
    for (quantity, amount) in [(1, 0), (2, 0), (3, -100), (5, -100), (6, -200), (8, -200), (9, -300)] {
        let sample = add(cart(&[(100, quantity)]), &free(3, 1, ""));
        assert_eq!(sample.priced().breakdown[0].amount.minor(), amount, "{quantity}");
    }
    // Across lines the cheapest go first.
    let sample = add(cart(&[(300, 2), (100, 1), (200, 3)]), &free(3, 1, ""));
    assert_eq!(nets(&sample.priced()), [600, 0, 400]);
    let sample = add(cart(&[(300, 2), (100, 1), (200, 3)]), &free(3, 1, r#","max":1"#));
    assert_eq!(nets(&sample.priced()), [600, 0, 600]);
    // One mug for every two shirts.
    let other = r#"{"name":"f","type":"discount","value":"-50%","target":"items:id='1'@item_discount/per_unit","units":{"every":2,"take":1,"of":"id='0'"}}"#;
    let sample = add(cart(&[(2000, 5), (333, 3)]), other);
    let totals = sample.priced();
    assert_eq!(entry(&totals, 0), (666, "-333".into(), -334, 0));
    assert_eq!(nets(&totals), [10_000, 665]);
    // The unit price is another only when all pieces were taken.
    for (quantity, then) in [(1, 100), (2, 100 + 20)] {
        let sample = add(
            cart(&[(200, quantity)]),
            r#"{"name":"h","type":"d","value":"-50%","order":0,"target":"items@item_discount/per_unit","units":{"every":1,"take":1,"max":1}}"#,
        );
        let sample =
            add(sample, r#"{"name":"t","type":"d","value":"-10%","order":1,"target":"items@item_post/per_unit"}"#);
        let totals = sample.priced();
        let second = totals.breakdown[1].base.unwrap().minor();
        assert_eq!(second, if quantity == 1 { then } else { 400 }, "{quantity}");
    }
}

#[test]
fn taxes_that_prices_contain_share_them() {
    let vat = |name: &str, percent: &str, target: &str| {
        format!(r#"{{"name":"{name}","type":"tax","value":"{percent}%","target":"{target}","included":true}}"#)
    };
    let sample = add(cart(&[(11_900, 1)]), &vat("VAT", "19", "cart@tax/aggregate"));
    let totals = sample.priced();
    assert_eq!((totals.total.minor(), totals.tax.minor(), totals.tax_included.minor()), (11_900, 0, 1900));
    assert_eq!(entry(&totals, 0), (11_900, "1900".into(), 1900, 0));
    assert!(totals.by_type.is_empty());
    // Two on one base, one of which is on lines that are all lines; one on other lines; an exemption changes none.
    let sample = add(cart(&[(6000, 1), (6000, 1)]), &vat("a", "10", "cart@tax/aggregate"));
    let sample = add(sample, &vat("b", "10", "items:quantity=1@tax/aggregate"));
    let sample = add(sample, &vat("c", "20", "items:id='1'@tax/aggregate"));
    let sample = add(sample, r#"{"name":"off","type":"tax","value":"-100%"}"#);
    let totals = sample.priced();
    assert_eq!(entry(&totals, 0), (12_000, "1000".into(), 1000, 0));
    assert_eq!(entry(&totals, 1), (12_000, "1000".into(), 1000, 0));
    assert_eq!(entry(&totals, 2), (6000, "1000".into(), 1000, 0));
    assert_eq!(totals.tax_included.minor(), 3000);
    // The widest and the finest rates there may be, together.
    let mut widest = cart(&[(Amount::MAX.minor(), 1)]);
    for n in 0..50 {
        let percent = if n % 2 == 0 { format!("{}.{n:011}", 9999 - n) } else { format!("0.0000000000{n:02}") };
        widest = add(widest, &vat(&format!("t{n}"), &percent, "cart@tax/aggregate"));
    }
    assert!(widest.priced().tax_included < Amount::MAX);
}

#[test]
fn taxes_on_taxes() {
    let sample = add(cart(&[(10_000, 1)]), r#"{"name":"GST","type":"tax","value":"5%"}"#);
    let sample = add(sample, r#"{"name":"QST","type":"tax","value":"9.975%","order":1,"compoundOn":["GST","PST"]}"#);
    let totals = sample.priced();
    assert_eq!(entry(&totals, 1), (10_500, "1047.375".into(), 1047, 0));
    assert_eq!(totals.breakdown[1].missing(), ["PST"]);
    // Not earlier is as good as absent.
    let sample = add(cart(&[(10_000, 1)]), r#"{"name":"QST","type":"tax","value":"10%","compoundOn":["GST"]}"#);
    let sample = add(sample, r#"{"name":"GST","type":"tax","value":"5%","order":1}"#);
    let totals = sample.priced();
    assert_eq!(entry(&totals, 0), (10_000, "1000".into(), 1000, 0));
    assert_eq!(totals.breakdown[0].missing(), ["GST"]);
    // On lines: their shares of the tax.
    let sample = add(cart(&[(1000, 1), (3000, 1)]), r#"{"name":"GST","type":"tax","value":"10%"}"#);
    let sample = add(
        sample,
        r#"{"name":"QST","type":"tax","value":"10%","order":1,"target":"items:id='1'@tax/aggregate","compoundOn":["GST"]}"#,
    );
    assert_eq!(entry(&sample.priced(), 1), (3300, "330".into(), 330, 0));
}

#[test]
fn an_explanation_reads_like_one() {
    let sample = add(books(), r#"{"name":"Sale","type":"discount","value":"-10%"}"#);
    let sample = add(sample, r#"{"name":"Old sale","type":"discount","value":"-5%","rules":{"always-false":{}}}"#);
    let sample = add(sample, r#"{"name":"Post","type":"shipping","value":"+599"}"#);
    let sample = add(sample, r#"{"name":"VAT","type":"tax","value":"19%","compoundOn":["GST"]}"#);
    let third = add(cart(&[(1000, 1)]), r#"{"name":"third","type":"t","value":"/3"}"#);
    assert_eq!(
        third.priced().explain().lines().nth(1),
        Some("third (t, cart_subtotal): /3 of 10.00 is -6.666666…, which counts -6.67")
    );
    assert_eq!(
        sample.priced().explain(),
        "goods: 32.49 USD (7 pieces in 4 lines)\n\
         Sale (discount, cart_subtotal): -10% of 32.49 is -3.249, which counts -3.25\n\
         Post (shipping, shipping): +599 of 0.00 is 5.99\n\
         VAT (tax, tax): 19% of 35.23 is 6.6937, which counts 6.69; no earlier tax is called GST\n\
         Old sale (discount, cart_subtotal): does not apply: its rules do not hold\n\
         subtotal: 29.24\nshipping: 5.99\ntax: 6.69\ntotal: 41.92 USD\n"
    );
}
