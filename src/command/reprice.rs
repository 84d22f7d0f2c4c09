//! Reprice: new unit prices for lines, with what changed; or what would change.

use super::{Draft, Event, ItemFacts, Outcome, RepricePolicy, Repriced};
use crate::error::Result;
use crate::money::PriceInput;

pub(super) fn apply(
    draft: &mut Draft<'_>,
    prices: &[(Box<str>, PriceInput)],
    policy: RepricePolicy,
) -> Result<Outcome> {
    let (mut changed, mut missing) = (Vec::new(), Vec::new());
    for (id, price) in prices {
        let new = price.resolve(draft.cart.currency).map_err(|e| e.under(id).under("prices"))?;
        let mut found = false;
        for index in 0..draft.cart.items.len() {
            let item = &mut draft.cart.items[index];
            if item.id != *id {
                continue;
            }
            found = true;
            if item.price == new {
                continue;
            }
            changed.push(Repriced { id: id.clone(), old: item.price, new, quantity: item.quantity });
            if policy == RepricePolicy::Refresh {
                item.price = new;
                let facts = ItemFacts::of(item);
                draft.changed_line(id);
                draft.event(Event::ItemUpdated(facts));
            }
        }
        if !found {
            missing.push(id.clone());
        }
    }
    Ok(Outcome::Repriced { policy, changed, missing })
}
