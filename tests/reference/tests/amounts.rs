//! Worked examples, and base and book of each phase.

use super::super::number::{Rounding, decimal, exact_text};
use super::super::share::share_out;
use super::*;

#[test]
fn per_unit_and_per_item_round_differently() {
    let unit = priced(&[(333, 3)], &[condition("d -10% items@item_discount/per_unit")]);
    assert_eq!(unit["total"], 900);
    assert_eq!(
        *entry(&unit, "d"),
        json!({ "name": "d", "type": "any", "phase": "item_discount", "applied": true, "base": 999, "exact": "-99.9", "amount": -99 })
    );
    assert_eq!(priced(&[(333, 3)], &[condition("d -10% items@item_discount/per_item")])["total"], 899);
}

#[test]
fn the_worked_total() {
    let totals = priced(
        &[(10_000, 2)],
        &[
            condition("sale -10% cart@cart_subtotal/aggregate"),
            condition("service +15% cart@grand_total/aggregate"),
            condition("handling +999 cart@grand_total/aggregate"),
        ],
    );
    assert_eq!((&totals["subtotal"], &totals["fees"], &totals["total"]), (&json!(18000), &json!(3699), &json!(21699)));
    assert_eq!((&totals["discount"], &totals["savings"]), (&json!(2000), &json!(2000)));
}

#[test]
fn the_seeds_worked_totals() {
    let five = ["a -10%", "b -5%", "c +8%", "d +2%", "e +15.00"]
        .map(|each| condition(&format!("{each} cart@cart_subtotal/aggregate")));
    assert_eq!(priced(&[(10_000, 1)], &five)["total"], 10_919);
    let mut items = lines(&[(10_000, 2)]);
    items[0]["conditions"] =
        json!([{ "name": "x", "type": "t", "value": "-20%" }, { "name": "y", "type": "t", "value": "+5" }]);
    let totals = totals(&cart(items, json!([])), &terms());
    assert_eq!(totals["total"], 16_010);
    assert_eq!(entry(&totals, "y")["item"], "a");
    assert_eq!(priced(&[(5, 1)], &[condition("d -10% cart@cart_subtotal/aggregate")])["total"], 4);
}

#[test]
fn shipping_is_taxed_by_default() {
    let conditions = [condition("s +500 cart@shipping/aggregate"), condition("t +10% cart@tax/aggregate")];
    let taxed = priced(&[(10_000, 1)], &conditions);
    assert_eq!((&taxed["tax"], &taxed["total"]), (&json!(1050), &json!(11_550)));
    let untaxed =
        totals(&cart(lines(&[(10_000, 1)]), conditions.as_slice().into()), &Terms { tax_shipping: false, ..terms() });
    assert_eq!((&untaxed["tax"], &untaxed["total"]), (&json!(1000), &json!(11_500)));
}

#[test]
fn free_shipping_works_whatever_was_entered_first() {
    let free = condition("free -100% cart@shipping/aggregate");
    let flat = with("flat +500 cart@shipping/aggregate", json!({ "order": 9 }));
    let totals = priced(&[(10_000, 1)], &[free, flat]);
    assert_eq!((&totals["shipping"], &totals["total"]), (&json!(0), &json!(10_000)));
    assert_eq!(totals["breakdown"][0]["name"], "flat");
    assert_eq!(totals["lineTotals"][0]["shares"], json!({}));
}

#[test]
fn a_rate_of_shipping_is_on_the_goods_and_the_rest_on_shipping() {
    let totals = priced(
        &[(10_000, 1)],
        &[
            condition("rate +5% cart@shipping/aggregate"),
            condition("half *0.5 cart@shipping/aggregate"),
            condition("off -300 cart@shipping/aggregate"),
        ],
    );
    assert_eq!(entry(&totals, "rate")["base"], 10_000);
    assert_eq!((&entry(&totals, "half")["base"], &entry(&totals, "half")["amount"]), (&json!(500), &json!(-250)));
    assert_eq!((&entry(&totals, "off")["amount"], &entry(&totals, "off")["cutOff"]), (&json!(-250), &json!(50)));
    assert_eq!(totals["shipping"], 0);
}

#[test]
fn a_compound_tax() {
    let quebec = [
        condition("GST +5% cart@tax/aggregate"),
        with("QST +9.975% cart@tax/aggregate", json!({ "compoundOn": ["GST", "HST"] })),
    ];
    let totals = priced(&[(10_000, 1)], &quebec);
    let qst = entry(&totals, "QST");
    assert_eq!((&qst["base"], &qst["exact"], &qst["amount"]), (&json!(10_500), &json!("1047.375"), &json!(1047)));
    assert_eq!(qst["missing"], json!(["HST"]));
    let mut reversed = quebec.clone();
    reversed.reverse();
    assert_eq!(entry(&priced(&[(10_000, 1)], &reversed), "QST")["missing"], json!(["GST", "HST"]), "not earlier");
}

#[test]
fn a_compound_tax_on_items_sees_the_shares_of_these_lines() {
    let totals = priced(
        &[(10_000, 1), (30_000, 1)],
        &[
            condition("GST +5% cart@tax/aggregate"),
            with("L +10% items:id=b@tax/aggregate", json!({ "compoundOn": ["GST"] })),
        ],
    );
    assert_eq!(entry(&totals, "L")["base"], 31_500);
    assert_eq!(column(&totals, "/shares/tax"), [500, 1500 + 3150]);
}

#[test]
fn an_included_tax_is_told_and_not_added() {
    let vat = with("VAT +19% cart@tax/aggregate", json!({ "included": true }));
    let totals = priced(&[(11_900, 1)], &[vat.clone(), condition("exempt -100% cart@tax/aggregate")]);
    assert_eq!((&totals["taxIncluded"], &totals["tax"], &totals["total"]), (&json!(1900), &json!(0), &json!(11_900)));
    assert_eq!(entry(&totals, "VAT")["included"], true);
    assert_eq!(totals["byType"], json!({}));

    // Two on one base share it: 12500 = 10000 + 19 % + 6 %; a third, on another base, does not.
    let other = with("W +6% items@tax/aggregate", json!({ "included": true }));
    let third = with("X +10% items:id=b@tax/aggregate", json!({ "included": true }));
    let never = with("N +50% cart@tax/aggregate", json!({ "included": true, "rules": { "always-false": {} } }));
    let totals = priced(&[(10_300, 1), (2200, 1)], &[vat, other, third, never]);
    assert_eq!(entry(&totals, "VAT")["amount"], 1900);
    assert_eq!(entry(&totals, "W")["amount"], 600);
    assert_eq!(entry(&totals, "X")["amount"], 200);
    assert_eq!(
        (&entry(&totals, "N")["reason"], &entry(&totals, "N")["included"]),
        (&json!("rule_not_met"), &json!(true))
    );
    assert_eq!(totals["taxIncluded"], 2700);
}

#[test]
fn an_exemption_removes_tax_and_nothing_else() {
    let totals = priced(
        &[(10_000, 1), (5000, 1)],
        &[
            condition("s +500 cart@shipping/aggregate"),
            condition("exempt -100% items:id=a@tax/aggregate"),
            condition("t +10% cart@tax/aggregate"),
        ],
    );
    assert_eq!(column(&totals, "/shares/tax"), [0, 517]);
    assert_eq!(entry(&totals, "exempt")["base"], 1033);
    assert_eq!((&totals["tax"], &totals["total"]), (&json!(517), &json!(16_017)));
}

#[test]
fn an_allocation_by_largest_remainder() {
    let totals = priced(&[(333, 1), (333, 1), (334, 1)], &[condition("d -100 cart@cart_subtotal/aggregate")]);
    assert_eq!(column(&totals, "/shares/cart_subtotal"), [-33, -33, -34]);
    let q = |n: &[i64]| n.iter().map(|n| decimal(&n.to_string()).unwrap()).collect::<Vec<_>>();
    let shares =
        |amount: i64, weights: &[i64], quantities: &[i64]| share_out(&q(&[amount])[0], &q(weights), &q(quantities));
    assert_eq!(shares(10, &[1, 1, 1], &[1, 1, 1]), q(&[4, 3, 3]), "ties to the earlier line");
    assert_eq!(shares(-10, &[0, 0], &[1, 3]), q(&[-3, -7]), "quantities where no line weighs");
    assert_eq!(shares(1, &[0, 5], &[9, 1]), q(&[0, 1]));
}

#[test]
fn four_ways_to_round() {
    let cases = [
        ("2.5", [3, 2, 2, 3]),
        ("-2.5", [-3, -2, -3, -2]),
        ("3.5", [4, 4, 3, 4]),
        ("-0.5", [-1, 0, -1, 0]),
        ("2.4", [2, 2, 2, 3]),
        ("-2.6", [-3, -3, -3, -2]),
        ("7", [7, 7, 7, 7]),
    ];
    for (exact, rounded) in cases {
        for (mode, wanted) in
            [Rounding::HalfUp, Rounding::HalfEven, Rounding::Floor, Rounding::Ceil].into_iter().zip(rounded)
        {
            let found = mode.round(&decimal(exact).unwrap());
            assert_eq!(found, decimal(&wanted.to_string()).unwrap(), "{exact} {mode:?}");
        }
    }
}

#[test]
fn exact_is_a_decimal_or_a_fraction() {
    let third = decimal("1").unwrap() / decimal("3").unwrap();
    for (number, text) in [
        (third.clone(), "1/3"),
        (-third, "-1/3"),
        (decimal("-399.80").unwrap(), "-399.8"),
        (decimal("599").unwrap(), "599"),
        (decimal("0.000000000001").unwrap(), "0.000000000001"),
        (decimal("0.0000000000005").unwrap(), "1/2000000000000"),
        (decimal("0").unwrap(), "0"),
    ] {
        assert_eq!(exact_text(&number), text);
    }
    assert_eq!(decimal("1e3"), decimal("1000"));
}

#[test]
fn factors_and_divisors() {
    let totals = priced(
        &[(1000, 1)],
        &[
            condition("f *1.15 cart@cart_subtotal/aggregate"),
            condition("d /3 cart@cart_subtotal/aggregate"),
            condition("z /0 cart@cart_subtotal/aggregate"),
        ],
    );
    assert_eq!(entry(&totals, "f")["amount"], 150);
    assert_eq!((&entry(&totals, "d")["exact"], &entry(&totals, "d")["amount"]), (&json!("-2300/3"), &json!(-767)));
    assert_eq!(
        *entry(&totals, "z"),
        json!({ "name": "z", "type": "any", "phase": "cart_subtotal", "applied": false, "amount": 0, "reason": "division_by_zero" })
    );
}

#[test]
fn a_percentage_is_exact_and_a_currency_has_its_scale() {
    assert_eq!(priced(&[(1_000_000, 1)], &[condition("NYC +8.875% cart@tax/aggregate")])["tax"], 88_750);
    for (currency, wanted) in [("USD", 500), ("BHD", 5000), ("JPY", 5)] {
        let mut cart = cart(lines(&[(0, 1)]), json!([condition("f +5.00 cart@grand_total/aggregate")]));
        cart["currency"] = currency.into();
        assert_eq!(totals(&cart, &terms())["total"], wanted, "{currency}");
    }
}

#[test]
fn a_cap_and_a_cut_are_two_things() {
    let capped = with("d -50% cart@cart_subtotal/aggregate", json!({ "cap": 300 }));
    let totals = priced(&[(1000, 1)], &[capped, with("e -9999 cart@cart_subtotal/aggregate", json!({ "cap": 800 }))]);
    assert_eq!((&entry(&totals, "d")["amount"], entry(&totals, "d").get("cutOff")), (&json!(-300), None));
    assert_eq!((&entry(&totals, "e")["amount"], &entry(&totals, "e")["cutOff"]), (&json!(-700), &json!(100)));
    let each = priced(&[(100, 3)], &[with("d -50% items@pre_item/per_unit", json!({ "cap": 10 }))]);
    assert_eq!(each["total"], 270, "a cap limits each unit's change");
}

#[test]
fn item_phases_keep_unit_and_line_apart() {
    // per_item leaves the unit alone, so that the unit's discount may be more than the line has left.
    let totals = priced(
        &[(100, 2)],
        &[condition("line -150 items@pre_item/per_item"), condition("unit -60% items@item_discount/per_unit")],
    );
    let unit = entry(&totals, "unit");
    assert_eq!(
        (&unit["base"], &unit["exact"], &unit["amount"], &unit["cutOff"]),
        (&json!(200), &json!("-120"), &json!(-50), &json!(70))
    );
    assert_eq!(totals["total"], 0);
    let twice = priced(&[(100, 2)], &[condition("u -150 items@pre_item/per_unit")]);
    assert_eq!((&twice["total"], &entry(&twice, "u")["cutOff"]), (&json!(0), &json!(100)));
}

#[test]
fn aggregate_and_groups_share_out() {
    let mut items = lines(&[(100, 1), (200, 1), (100, 3)]);
    items[0]["attributes"] = json!({ "brand": "x" });
    items[2]["attributes"] = json!({ "brand": "x" });
    let of = |target: &str| totals(&cart(items.clone(), json!([condition(&format!("d -10 {target}"))])), &terms());
    assert_eq!(column(&of("items@item_post/aggregate"), "/itemAdjustments"), [-2, -3, -5]);
    let grouped = of("items@item_post/per_group#attributes.brand");
    assert_eq!(column(&grouped, "/itemAdjustments"), [-3, -10, -7], "2.5 and 7.5: the tie to the earlier line");
    assert_eq!(entry(&grouped, "d")["exact"], "-20");
    assert_eq!(column(&of("items@item_post/per_item"), "/itemAdjustments"), [-10, -10, -10]);
    assert_eq!(column(&of("items@item_post/per_unit"), "/itemAdjustments"), [-10, -10, -30]);
}

#[test]
fn cart_subtotal_on_items_is_cut_at_their_sum() {
    let totals = priced(&[(100, 1), (500, 1)], &[condition("d -300 items:id=a@cart_subtotal/aggregate")]);
    assert_eq!((&entry(&totals, "d")["amount"], &entry(&totals, "d")["cutOff"]), (&json!(-100), &json!(200)));
    assert_eq!(column(&totals, "/net"), [0, 500]);
}

#[test]
fn taxable_moves_the_base_of_tax() {
    let up = priced(
        &[(10_000, 1)],
        &[condition("wrap +1000 cart@taxable/aggregate"), condition("t +10% cart@tax/aggregate")],
    );
    assert_eq!((&up["fees"], &up["tax"], &up["total"]), (&json!(1000), &json!(1100), &json!(12_100)));
    let down =
        priced(&[(10_000, 1)], &[condition("off -10% cart@taxable/aggregate"), condition("t +10% cart@tax/aggregate")]);
    assert_eq!((&down["adjustments"], &down["tax"], &down["total"]), (&json!(-1000), &json!(900), &json!(9900)));
    assert_eq!((&down["discount"], &down["savings"]), (&json!(0), &json!(1000)));
}

#[test]
fn the_last_phases_are_untaxed_and_custom_comes_before_grand_total() {
    let totals = priced(
        &[(10_000, 1)],
        &[
            condition("g -100% cart@grand_total/aggregate"),
            condition("c +10% cart@custom/aggregate"),
            condition("p -2% cart@payment/aggregate"),
            condition("more -1 cart@grand_total/aggregate"),
        ],
    );
    let names: Vec<_> = totals["breakdown"].as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["p", "c", "g", "more"]);
    assert_eq!((&entry(&totals, "g")["base"], &totals["total"]), (&json!(10_780), &json!(0)));
    assert_eq!(entry(&totals, "more")["cutOff"], 1);
    assert_eq!(totals["lineTotals"][0]["shares"], json!({ "payment": -200, "custom": 980, "grand_total": -10_780 }));
}

#[test]
fn order_then_owner_then_insertion() {
    let mut items = lines(&[(100, 1), (100, 1)]);
    let own = |name: &str, order: i64| json!([{ "name": name, "type": "any", "value": "-1", "order": order }]);
    items[0]["conditions"] = own("first line", 1);
    items[1]["conditions"] = own("second line", 1);
    let conditions = json!([
        with("later -1 items@item_discount/per_unit", json!({ "order": 1 })),
        with("latest -1 items@item_discount/per_unit", json!({ "order": 1 })),
        condition("early -1 items@item_discount/per_unit"),
    ]);
    let totals = totals(&cart(items, conditions), &terms());
    let names: Vec<_> = totals["breakdown"].as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["early", "first line", "second line", "later", "latest"]);
    assert_eq!(column(&totals, "/net"), [96, 96]);
}

#[test]
fn the_example_of_the_wire() {
    let mut wire = cart(
        vec![json!({ "id": "tee-m", "name": "T-shirt", "price": 1999, "quantity": 2 })],
        json!([
            { "name": "Old sale", "type": "discount", "value": "-5%", "rules": { "always-false": {} } },
            { "name": "Sale", "type": "discount", "value": "-10%" },
            { "name": "Standard", "type": "shipping", "value": "+5.99" },
            { "name": "VAT", "type": "tax", "value": "+19%" },
        ]),
    );
    wire["rounding"] = "half_up".into();
    let example = json!({"currency":"USD","quantity":2,"lines":1,"subtotalWithoutConditions":3998,"subtotal":3598,"discount":400,"shipping":599,"fees":0,"tax":797,"taxIncluded":0,"adjustments":0,"total":4994,"savings":400,"byType":{"discount":-400,"shipping":599,"tax":797},"lineTotals":[{"id":"tee-m","gross":3998,"itemAdjustments":0,"net":3598,"shares":{"cart_subtotal":-400,"shipping":599,"tax":797},"total":4994}],"breakdown":[{"name":"Sale","type":"discount","phase":"cart_subtotal","base":3998,"exact":"-399.8","amount":-400,"applied":true},{"name":"Standard","type":"shipping","phase":"shipping","base":0,"exact":"599","amount":599,"applied":true},{"name":"VAT","type":"tax","phase":"tax","base":4197,"exact":"797.43","amount":797,"applied":true},{"name":"Old sale","type":"discount","phase":"cart_subtotal","amount":0,"applied":false,"reason":"rule_not_met"}]});
    super::super::compare(&example, &totals(&wire, &terms())).unwrap();
}

#[test]
fn an_empty_cart_costs_nothing() {
    let totals = priced(&[], &[with("f /0 cart@grand_total/aggregate", json!({ "rules": { "nonsense": {} } }))]);
    assert_eq!((&totals["total"], &totals["lines"]), (&json!(0), &json!(0)));
    assert_eq!(entry(&totals, "f")["reason"], "empty_cart");
}

#[test]
fn free_goods_weigh_by_quantity() {
    let totals = priced(
        &[(0, 1), (0, 3)],
        &[condition("s +101 cart@shipping/aggregate"), condition("t +10% cart@tax/aggregate")],
    );
    assert_eq!(column(&totals, "/shares/shipping"), [25, 76]);
    assert_eq!(column(&totals, "/shares/tax"), [2, 8]);
}
