//! Reprice: new unit prices for lines, with what changed.

use super::{Draft, Event, ItemFacts, Outcome};
use crate::error::Result;
use crate::money::PriceInput;

pub(super) fn apply(draft: &mut Draft<'_>, prices: &[(Box<str>, PriceInput)]) -> Result<Outcome> {
    let (mut changed, mut missing) = (Vec::new(), Vec::new());
    for (id, price) in prices {
        let price = price.resolve(draft.cart.currency).map_err(|e| e.under(id).under("prices"))?;
        let mut found = false;
        for index in 0..draft.cart.items.len() {
            let item = &mut draft.cart.items[index];
            if item.id != *id {
                continue;
            }
            found = true;
            if item.price != price {
                changed.push((id.clone(), item.price, price));
                item.price = price;
                let facts = ItemFacts::of(item);
                draft.changed_line(id);
                draft.event(Event::ItemUpdated(facts));
            }
        }
        if !found {
            missing.push(id.clone());
        }
    }
    Ok(Outcome::Repriced { changed, missing })
}
