//! Add: pieces of a thing, onto its line or onto a new one.

use super::{Draft, Event, ItemFacts, Outcome};
use crate::cart::{Item, ItemInput, LineIdentity};
use crate::condition::Condition;
use crate::error::{Error, Result};

pub(super) fn apply(draft: &mut Draft<'_>, input: &ItemInput) -> Result<Outcome> {
    let item = check(draft, input).map_err(|e| e.under("item"))?;
    let id = item.id.clone();
    let added = item.quantity;
    let quantity = put(draft, item, input.conditions.is_some()).map_err(|e| e.under("item"))?;
    Ok(Outcome::Added { id, quantity, added })
}

/// The line that `input` asks for, as if it were the only one.
fn check(draft: &Draft<'_>, input: &ItemInput) -> Result<Item> {
    let limits = &draft.context.settings.limits;
    limits.text(&input.id).map_err(|e| e.under("id"))?;
    limits.text(&input.name).map_err(|e| e.under("name"))?;
    let price = input.price.resolve(draft.cart.currency).map_err(|e| e.under("price"))?;
    let quantity = limits.pieces(input.quantity.unwrap_or(1)).map_err(|e| e.under("quantity"))?;
    if let Some(attributes) = &input.attributes {
        limits.raw(attributes).map_err(|e| e.under("attributes"))?;
    }
    let mut conditions: Vec<Condition> = Vec::new();
    for (index, condition) in input.conditions.iter().flatten().enumerate() {
        let in_place = |e: Error| e.at(index).under("conditions");
        let condition = super::conditions::check(draft, condition, true).map_err(in_place)?;
        if conditions.iter().any(|other| other.name == condition.name) {
            let error = invalid!("expected each name once, found {:?} again", condition.name);
            return Err(in_place(error.under("name")));
        }
        let of_line =
            |line: Option<usize>, _: &Condition| line.is_some_and(|line| draft.cart.items[line].id == input.id);
        super::conditions::check_group(draft, &condition, &conditions, &of_line).map_err(in_place)?;
        conditions.push(condition);
    }
    Ok(Item {
        id: input.id.clone(),
        name: input.name.clone(),
        price,
        quantity,
        attributes: input.attributes.clone(),
        conditions,
        purchase: input.purchase,
        reference: input.reference.clone(),
    })
}

/// Puts a checked line into the cart, and says how many pieces its line then holds.
///
/// On a line that is there the quantities sum. What the new one says of name, price and attributes
/// wins; the conditions stay unless it `brings_conditions`; what it leaves out stays as it is.
pub(super) fn put(draft: &mut Draft<'_>, item: Item, brings_conditions: bool) -> Result<u32> {
    let limits = draft.context.settings.limits;
    let there = draft.cart.items.iter().position(|line| same_line(draft, line, &item));
    let (purchase, held) = match there {
        Some(index) => {
            let line = &draft.cart.items[index];
            (line.purchase.updated(item.purchase), line.quantity)
        }
        None => (item.purchase, 0),
    };
    let quantity = limits.pieces(i64::from(held) + i64::from(item.quantity)).map_err(|e| e.under("quantity"))?;
    purchase.check(quantity).map_err(|e| e.under("quantity"))?;
    if there.is_none() {
        limits.lines(draft.cart.items.len() + 1)?;
    }
    draft.open();
    draft.changed_line(&item.id);
    let index = match there {
        Some(index) => {
            let line = &mut draft.cart.items[index];
            line.name = item.name;
            line.price = item.price;
            line.quantity = quantity;
            line.purchase = purchase;
            line.attributes = item.attributes.or(line.attributes.take());
            line.reference = item.reference.or(line.reference.take());
            if brings_conditions {
                line.conditions = item.conditions;
            }
            index
        }
        None => {
            draft.cart.items.push(item);
            draft.cart.items.len() - 1
        }
    };
    let facts = ItemFacts::of(&draft.cart.items[index]);
    draft.event(Event::ItemAdded(facts));
    Ok(quantity)
}

fn same_line(draft: &Draft<'_>, line: &Item, item: &Item) -> bool {
    line.id == item.id
        && match draft.context.settings.line_identity {
            LineIdentity::Id => true,
            LineIdentity::IdAndAttributes => {
                let sorted =
                    |item: &Item| item.attributes.as_ref().filter(|raw| !raw.is_empty()).map(|raw| raw.sorted());
                sorted(line) == sorted(item)
            }
        }
}
