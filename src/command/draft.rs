//! A cart while a list of commands is being applied to it.

use super::{Applied, Context, Event, ItemFacts, LineRef, Moved, Outcome};
use crate::cart::{Cart, EmptyCart, Item};
use crate::error::{ConflictReport, Error, Kind, Result};
use crate::id::Revision;
use crate::money::Amount;
use crate::pricing;

/// How many parts a change names one by one.
const PARTS_MAX: usize = 32;

/// The cart in the making.
///
/// INVARIANT: `cart` is what a reader would see if the list ended here; while `exists` is false it
/// is a blank that nobody sees.
pub(super) struct Draft<'c> {
    pub(super) cart: Cart,
    pub(super) context: &'c Context<'c>,
    /// The index of the command being applied.
    pub(super) command: usize,
    exists: bool,
    created: bool,
    /// The state the list began with, if there was a cart.
    began_as: Option<Revision>,
    /// The last line went by an update, a removal or a move.
    emptied: bool,
    events: Vec<Event>,
    changed: Vec<String>,
    moved: Vec<Moved>,
}

impl<'c> Draft<'c> {
    pub(super) fn new(cart: Option<Cart>, context: &'c Context<'c>) -> Result<Self> {
        let (began_as, exists) = (cart.as_ref().map(|cart| cart.revision), cart.is_some());
        let cart = match cart {
            Some(cart) => {
                agree(context, &cart)?;
                cart
            }
            None => blank(context),
        };
        Ok(Draft {
            cart,
            context,
            command: 0,
            exists,
            created: false,
            began_as,
            emptied: false,
            events: Vec::new(),
            changed: Vec::new(),
            moved: Vec::new(),
        })
    }

    /// Whether there is a cart at this point of the list.
    pub(super) fn exists(&self) -> bool {
        self.exists
    }

    /// Refuses a cart that was checked out: it is read-only.
    pub(super) fn writable(&self) -> Result<()> {
        let Some(conversion) = &self.cart.converted else { return Ok(()) };
        let version = self.cart.revision.version;
        Err(Error::conflict(
            text!("expected an open cart, found one that was checked out at {}", conversion.at.to_text()),
            ConflictReport {
                attempted_version: version,
                current_version: version,
                incarnation_changed: false,
                changed: vec!["cart".into()],
                last_changed_ms: Some(self.cart.updated_at.as_ms()),
                safe_to_retry: false,
            },
        )
        .because("converted"))
    }

    /// Makes sure there is a cart to put something into.
    pub(super) fn open(&mut self) {
        if !self.exists {
            self.exists = true;
            self.created = true;
            self.changed("cart");
            self.event(Event::Created);
        }
    }

    /// Ends the cart. What follows in the list begins a new one.
    pub(super) fn end(&mut self) {
        self.exists = false;
        self.created = false;
        self.emptied = false;
        self.changed("cart");
        self.event(Event::Destroyed);
        self.cart = blank(self.context);
    }

    pub(super) fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Notes a part that changed. Past [`PARTS_MAX`] of them only the kinds of parts are kept: a
    /// conflict report with a thousand lines helps nobody.
    pub(super) fn changed(&mut self, part: &str) {
        let kind = |part: &str| part.split('.').next().unwrap_or_default().to_owned();
        if self.changed.len() >= PARTS_MAX {
            let mut kinds: Vec<String> = self.changed.iter().map(|part| kind(part)).collect();
            kinds.dedup();
            self.changed = Vec::new();
            kinds.iter().for_each(|kind| self.changed(kind));
        }
        let kind = kind(part);
        if !self.changed.iter().any(|known| *known == *part || *known == kind) {
            self.changed.push(part.into());
        }
    }

    pub(super) fn changed_line(&mut self, id: &str) {
        self.changed(&["items.", id].concat());
    }

    /// Where the line is; `None` when there is none.
    pub(super) fn find(&self, line: &LineRef) -> Result<Option<usize>> {
        let mut with_id = self.cart.items.iter().enumerate().filter(|(_, item)| item.id == line.id);
        if let Some(attributes) = &line.attributes {
            let wanted = attributes.sorted();
            return Ok(with_id
                .find(|(_, item)| item.attributes.as_ref().is_some_and(|found| found.sorted() == wanted))
                .map(|(index, _)| index));
        }
        let first = with_id.next();
        if first.is_some() && with_id.next().is_some() {
            return Err(invalid!(
                "expected the line's attributes as \"where\", because several lines have the id {:?}",
                line.id
            )
            .because("ambiguous_line"));
        }
        Ok(first.map(|(index, _)| index))
    }

    /// Where the line is, or `not_found`.
    pub(super) fn require(&self, line: &LineRef) -> Result<usize> {
        self.find(line)?.ok_or_else(|| {
            refusal!(Kind::NotFound, "expected a line with the id {:?}, found none", line.id).because("line")
        })
    }

    /// Takes a line out.
    pub(super) fn take(&mut self, index: usize) -> Item {
        let item = self.cart.items.remove(index);
        self.emptied |= self.cart.items.is_empty();
        self.changed_line(&item.id);
        self.event(Event::ItemRemoved(ItemFacts::of(&item)));
        item
    }

    pub(super) fn send(&mut self, item: Item, to: &str) {
        self.moved.push(Moved { item, to: to.into(), command: self.command });
    }

    /// What the cart costs at this point of the list.
    pub(super) fn total(&self) -> Result<Amount> {
        Ok(pricing::totals(&self.cart, &self.context.terms)?.total)
    }

    /// Closes the list: the empty-cart policy, the version, the closing event.
    pub(super) fn finish(mut self, outcomes: Vec<Outcome>) -> Result<Applied> {
        if self.exists && self.emptied && self.cart.items.is_empty() {
            match self.context.settings.empty_cart {
                EmptyCart::Destroy => self.end(),
                EmptyCart::Clear => {
                    super::whole::clear(&mut self)?;
                }
                EmptyCart::Preserve => {}
            }
        }
        let now = self.context.now;
        let next = |revision: Revision| Revision { version: revision.version + 1, ..revision };
        let unchanged = self.changed.is_empty() || (!self.exists && self.began_as.is_none());
        if unchanged {
            return Ok(Applied {
                revision: self.cart.revision,
                cart: self.exists.then_some(self.cart),
                events: Vec::new(),
                outcomes,
                changed: Vec::new(),
                created: false,
                moved: self.moved,
            });
        }
        self.cart.revision = next(self.cart.revision);
        self.cart.updated_at = now;
        self.cart.expires_at = self.context.settings.ttl_ms.map(|ttl| now.plus_ms(ttl));
        // A list that only ended a cart is the last change of that cart's life.
        let revision = match self.began_as {
            Some(began_as) if !self.exists => next(began_as),
            _ => self.cart.revision,
        };
        self.event(Event::Updated);
        if !self.context.settings.events {
            self.events.clear();
        }
        Ok(Applied {
            cart: self.exists.then_some(self.cart),
            events: self.events,
            outcomes,
            changed: self.changed,
            revision,
            created: self.created,
            moved: self.moved,
        })
    }
}

fn blank(context: &Context<'_>) -> Cart {
    Cart {
        id: context.entropy.cart_id(),
        revision: Revision { incarnation: context.entropy.incarnation(), version: 0 },
        currency: context.currency.unwrap_or(context.settings.default_currency),
        rounding: context.rounding.unwrap_or(context.settings.default_rounding),
        items: Vec::new(),
        conditions: Vec::new(),
        metadata: Vec::new(),
        created_at: context.now,
        updated_at: context.now,
        expires_at: None,
        converted: None,
    }
}

/// A cart has one currency and one rounding; a caller who names others speaks of another cart.
fn agree(context: &Context<'_>, cart: &Cart) -> Result<()> {
    if let Some(wanted) = context.currency.filter(|wanted| *wanted != cart.currency) {
        return Err(refusal!(
            Kind::CurrencyMismatch,
            "expected the cart's currency {}, found {}",
            cart.currency,
            wanted
        )
        .under("currency"));
    }
    if let Some(wanted) = context.rounding.filter(|wanted| *wanted != cart.rounding) {
        return Err(refusal!(
            Kind::CurrencyMismatch,
            "expected the cart's rounding {}, found {}",
            cart.rounding.as_str(),
            wanted.as_str()
        )
        .under("rounding"));
    }
    Ok(())
}
