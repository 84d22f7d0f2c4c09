//! The carts whose pricing is measured: lines as shops have them, and five conditions, each of which
//! acts in another way.
//!
//! It needs the core and nothing else, because the guest whose instructions are counted has nothing
//! else.

use pushcart::cart::{Cart, Item, PurchaseRules};
use pushcart::condition::{Condition, ConditionInput, TargetInput, ValueInput};
use pushcart::id::{Incarnation, Revision};
use pushcart::json::Raw;
use pushcart::money::{Amount, Currency, Rounding};
use pushcart::time::Timestamp;

/// Type, value and target of the five, in the order in which they act.
pub const CONDITIONS: [(&str, &str, &str); 5] = [
    ("discount", "-10%", "items@item_discount/per_item"),
    ("voucher", "-500", "cart@cart_subtotal/aggregate"),
    ("shipping", "+599", "cart@shipping/aggregate"),
    ("tax", "+19%", "cart@tax/aggregate"),
    ("fee", "+2.5%", "cart@grand_total/aggregate"),
];

/// Unit price and pieces of line `n`: prices from 1.99 to 399.99 in no order, few pieces of each.
pub const fn line(n: usize) -> (i64, u32) {
    (199 + (n as i64 * 7919) % 39_801, 1 + n as u32 % 3)
}

/// A cart of so many lines and so many conditions: the five, again and again, each time a little
/// later.
pub fn cart(lines: usize, conditions: usize) -> Cart {
    Cart {
        id: "measured".into(),
        revision: Revision { incarnation: Incarnation::from_bits(1), version: 1 },
        currency: Currency::USD,
        rounding: Rounding::HalfUp,
        items: (0..lines).map(item).collect(),
        conditions: (0..conditions).map(condition).collect(),
        metadata: Vec::new(),
        created_at: Timestamp::from_ms(0),
        updated_at: Timestamp::from_ms(0),
        expires_at: None,
        converted: None,
    }
}

fn item(n: usize) -> Item {
    let (price, quantity) = line(n);
    let size = ["S", "M", "L", "XL"][n % 4];
    Item {
        id: format!("sku-{}", 10_000 + n).into(),
        name: format!("T-shirt, organic cotton, no. {n}").into(),
        price: Amount::new(price).expect("a small price"),
        quantity,
        attributes: Raw::parse(&format!(r#"{{"size":"{size}","colour":"blue"}}"#)).ok(),
        conditions: Vec::new(),
        purchase: PurchaseRules::default(),
        reference: None,
    }
}

fn condition(n: usize) -> Condition {
    let (kind, value, target) = CONDITIONS[n % CONDITIONS.len()];
    let mut input = ConditionInput::new(&format!("{kind} {n}"), kind, ValueInput::Text(value.into()));
    input.target = Some(TargetInput::Text(target.into()));
    input.order = (n / CONDITIONS.len()) as i32;
    input.resolve(Currency::USD, false).expect("a good condition")
}
