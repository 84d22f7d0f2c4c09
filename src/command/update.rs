//! Update: a line's quantity, price, name or attributes.

use super::{Draft, Event, ItemFacts, LineRef, Outcome, QuantityChange, Update};
use crate::cart::{Item, Limits};
use crate::error::Result;

pub(super) fn apply(draft: &mut Draft<'_>, line: &LineRef, update: &Update) -> Result<Outcome> {
    let index = draft.require(line).map_err(|e| e.under("id"))?;
    let limits = draft.context.settings.limits;
    let mut item = draft.cart.items[index].clone();
    if let Some(price) = &update.price {
        item.price = price.resolve(draft.cart.currency).map_err(|e| e.under("price"))?;
    }
    if let Some(name) = &update.name {
        limits.text(name).map_err(|e| e.under("name"))?;
        item.name = name.clone();
    }
    if let Some(attributes) = &update.attributes {
        limits.raw(attributes).map_err(|e| e.under("attributes"))?;
        item.attributes = Some(attributes.clone());
    }
    if let Some(change) = update.quantity {
        let Some(quantity) = pieces(&item, change, &limits)? else {
            let item = draft.take(index);
            return Ok(Outcome::Updated { id: item.id, quantity: 0 });
        };
        item.quantity = quantity;
    }
    let quantity = item.quantity;
    if item != draft.cart.items[index] {
        draft.changed_line(&item.id);
        draft.event(Event::ItemUpdated(ItemFacts::of(&item)));
        draft.cart.items[index] = item;
    }
    Ok(Outcome::Updated { id: line.id.clone(), quantity })
}

/// How many pieces a line holds after `change`; `None` when it goes.
pub(crate) fn pieces(item: &Item, change: QuantityChange, limits: &Limits) -> Result<Option<u32>> {
    let (field, wanted) = match change {
        QuantityChange::To(to) if to < 0 => {
            return Err(invalid!("expected a quantity of 0 or more, found {}", to).under("quantity"));
        }
        QuantityChange::To(to) => ("quantity", to),
        QuantityChange::By(by) => ("delta", i64::from(item.quantity).saturating_add(by)),
    };
    if wanted <= 0 {
        return Ok(None);
    }
    let quantity = limits.pieces(wanted).map_err(|e| e.under(field))?;
    item.purchase.check(quantity).map_err(|e| e.under(field))?;
    Ok(Some(quantity))
}
