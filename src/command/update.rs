//! Update: a line's quantity, price, name or attributes.

use super::{Draft, Event, ItemFacts, LineRef, Outcome, QuantityChange, Update};
use crate::cart::{Item, Limits};
use crate::error::Result;

pub(super) fn apply(draft: &mut Draft<'_>, line: &LineRef, update: &Update) -> Result<Outcome> {
    let index = draft.require(line).map_err(|e| e.under("id"))?;
    let limits = draft.context.settings.limits;
    let item = &draft.cart.items[index];
    let price = match &update.price {
        Some(price) => price.resolve(draft.cart.currency).map_err(|e| e.under("price"))?,
        None => item.price,
    };
    if let Some(name) = &update.name {
        limits.text(name).map_err(|e| e.under("name"))?;
    }
    if let Some(attributes) = &update.attributes {
        limits.raw(attributes).map_err(|e| e.under("attributes"))?;
    }
    let mut quantity = item.quantity;
    if let Some(change) = update.quantity {
        let Some(left) = pieces(item, change, &limits)? else {
            let item = draft.take(index);
            return Ok(Outcome::Updated { id: item.id, quantity: 0 });
        };
        quantity = left;
    }
    let name = update.name.as_ref().filter(|name| **name != item.name);
    let attributes = update.attributes.as_ref().filter(|attributes| item.attributes.as_ref() != Some(attributes));
    if price != item.price || quantity != item.quantity || name.is_some() || attributes.is_some() {
        let item = &mut draft.cart.items[index];
        (item.price, item.quantity) = (price, quantity);
        if let Some(name) = name {
            item.name = name.clone();
        }
        if let Some(attributes) = attributes {
            item.attributes = Some(attributes.clone());
        }
        let facts = ItemFacts::of(item);
        draft.changed_line(&facts.id);
        draft.event(Event::ItemUpdated(facts));
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
