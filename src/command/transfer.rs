//! Move: a line from one cart of an identifier to another.
//!
//! The change spans two carts and is still one: [`send`] takes the line out of the first, and
//! [`receive`] puts it into the second; the service saves both in one commit.

use super::{Applied, Context, Draft, LineRef, Moved, Outcome, add};
use crate::cart::Cart;
use crate::error::{Error, Result};

pub(super) fn send(draft: &mut Draft<'_>, line: &LineRef, to: &str) -> Result<Outcome> {
    if to.is_empty() {
        return Err(Error::invalid("expected the name of an instance, found none").under("to"));
    }
    let index = draft.require(line).map_err(|e| e.under("id"))?;
    let item = draft.take(index);
    let outcome = Outcome::Moved { id: item.id.clone(), to: to.into(), quantity: item.quantity };
    draft.send(item, to);
    Ok(outcome)
}

/// Puts lines that were moved here into `cart`.
///
/// An error's path begins with the index of the command that sent the line.
pub fn receive<'m>(
    cart: Option<Cart>,
    moved: impl IntoIterator<Item = &'m Moved>,
    context: &Context<'_>,
) -> Result<Applied> {
    let mut draft = Draft::new(cart, context)?;
    for line in moved {
        add::put(&mut draft, line.item.clone(), !line.item.conditions.is_empty())
            .map_err(|e| e.under("item").at(line.command))?;
    }
    draft.finish(Vec::new())
}
