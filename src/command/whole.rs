//! Clear, destroy, check out: what happens to the cart as a whole.

use super::{Draft, Event, Outcome};
use crate::cart::Conversion;
use crate::condition::Condition;
use crate::error::{Error, Kind, Result};

pub(super) fn clear(draft: &mut Draft<'_>) -> Result<Outcome> {
    let cart = &mut draft.cart;
    let stays = |condition: &Condition| condition.is_dynamic();
    let cleared = !(cart.items.is_empty() && cart.conditions.iter().all(stays) && cart.metadata.is_empty());
    if cleared {
        cart.items.clear();
        cart.conditions.retain(stays);
        cart.metadata.clear();
        for part in ["items", "conditions", "metadata"] {
            draft.changed(part);
        }
        draft.event(Event::Cleared);
    }
    Ok(Outcome::Cleared { cleared })
}

pub(super) fn destroy(draft: &mut Draft<'_>) -> Result<Outcome> {
    let destroyed = draft.exists();
    if destroyed {
        draft.end();
    }
    Ok(Outcome::Destroyed { destroyed })
}

pub(super) fn check_out(draft: &mut Draft<'_>, order: Option<&str>) -> Result<Outcome> {
    if let Some(order) = order {
        draft.context.settings.limits.text(order).map_err(|e| e.under("order"))?;
    }
    if !draft.exists() {
        return Err(Error::new(Kind::NotFound, "expected a cart to check out, found none").because("cart"));
    }
    if draft.cart.items.is_empty() {
        return Err(Error::invalid("expected at least one line to check out, found none").because("empty_cart"));
    }
    let order: Option<Box<str>> = order.map(Into::into);
    draft.cart.converted = Some(Conversion { at: draft.context.now, order: order.clone() });
    draft.changed("cart");
    draft.event(Event::CheckedOut { order: order.clone() });
    Ok(Outcome::CheckedOut { order })
}
