//! What stands in storage, and a list of commands applied to it but not yet saved.

use super::plan::Plan;
use crate::cart::Cart;
use crate::command::Applied;
use crate::error::Result;
use crate::id::{Address, Revision};
use crate::journal::{Journal, Key};
use crate::money::{Currency, Rounding};
use crate::pricing::{self, Terms, Totals};
use crate::record;
use crate::storage::{EndReason, Loaded, Precondition, Slot, Tombstone, Write};
use crate::time::Timestamp;
use crate::wire::{self, event::Occasion};

/// What stands at the address, read. The cart and the journal are taken out of it when a change is
/// applied; what is needed after that stands beside them.
pub(super) struct Current {
    pub(super) cart: Option<Cart>,
    pub(super) journal: Journal,
    pub(super) tombstone: Option<Tombstone>,
    /// The living cart's.
    pub(super) revision: Option<Revision>,
    pub(super) cart_id: Option<Box<str>>,
    /// When the cart last changed, or when the last one ended.
    pub(super) last_changed: Option<Timestamp>,
    /// The sizes of items, conditions and metadata as stored: a part that only shrinks is let
    /// through even when a limit was lowered below it.
    pub(super) sizes: [usize; 3],
}

impl Current {
    pub(super) fn read(loaded: Loaded) -> Result<Self> {
        Ok(match loaded {
            Loaded::Record(record) => {
                let cart = record::read(&record)?;
                Current {
                    revision: Some(cart.revision),
                    cart_id: Some(cart.id.clone()),
                    last_changed: Some(cart.updated_at),
                    cart: Some(cart),
                    tombstone: None,
                    sizes: [record.items.len(), record.conditions.len(), record.metadata.len()],
                    journal: Journal::parse(&record.journal)?,
                }
            }
            Loaded::Absent(tombstone) => Current {
                cart: None,
                journal: tombstone.as_ref().map_or(Ok(Journal::default()), |it| Journal::parse(&it.journal))?,
                revision: None,
                cart_id: None,
                last_changed: tombstone.as_ref().map(|tombstone| tombstone.ended_at),
                tombstone,
                sizes: [0; 3],
            },
        })
    }

    /// Of the cart, or of the one that ended here.
    pub(super) fn last_revision(&self) -> Option<Revision> {
        self.revision.or(self.tombstone.as_ref().map(|tombstone| tombstone.revision))
    }
}

/// A list of commands applied, not yet saved.
pub(super) struct Attempt {
    pub(super) applied: Applied,
    /// The outcomes, as JSON.
    pub(super) results: String,
    /// Of the cart that the list began with, or of the one it began.
    pub(super) currency: Currency,
    pub(super) rounding: Rounding,
}

impl Attempt {
    pub(super) fn new(applied: Applied, currency: Currency, rounding: Rounding) -> Self {
        Attempt { results: wire::content::results(&applied.outcomes), applied, currency, rounding }
    }

    /// What the cart costs now; `None` when there is none (any more).
    pub(super) fn totals<'a>(&'a self, terms: &Terms<'a>) -> Result<Option<Totals<'a>>> {
        self.applied.cart.as_ref().map(|cart| pricing::totals(cart, terms)).transpose()
    }

    /// What must be written at `address` for this to have happened.
    pub(super) fn write(
        &self,
        address: &Address,
        plan: &Plan<'_>,
        current: &mut Current,
        key: Key,
        totals: Option<&Totals<'_>>,
    ) -> Result<Write> {
        let (now, settings) = (plan.call.now, &plan.call.settings);
        let revision = self.applied.revision;
        let begins = current.revision.is_none_or(|before| before.incarnation != revision.incarnation);
        let mut journal = core::mem::take(&mut current.journal);
        if begins {
            journal = journal.inherited();
        }
        journal.push(key, revision, now, &self.applied.changed, &self.results)?;
        let made_id = self.applied.cart.as_ref().map(|cart| &cart.id).or(current.cart_id.as_ref());
        let occasion = Occasion { address, cart_id: made_id.map_or("", |id| id), revision, at: now };
        let events = wire::event::store(&self.applied.events, &occasion);
        let slot = match self.applied.cart.as_ref().zip(totals) {
            Some((cart, totals)) => {
                let record = record::write(cart, totals, journal);
                let sizes = [&record.items, &record.conditions, &record.metadata].map(String::len);
                for (part, (size, before)) in
                    ["items", "conditions", "metadata"].into_iter().zip(sizes.into_iter().zip(current.sizes))
                {
                    if size > before {
                        settings.limits.size(size).map_err(|e| e.under(part))?;
                    }
                }
                Slot::Record(record)
            }
            None => Slot::Tombstone(Tombstone {
                revision,
                reason: EndReason::Destroyed,
                successor: None,
                journal: journal.into_text(),
                ended_at: now,
                expires_at: now.plus_ms(settings.tombstone_ms),
            }),
        };
        let precondition = current.revision.map_or(Precondition::Absent, Precondition::Exactly);
        Ok(Write { address: address.clone(), precondition, slot, events })
    }
}
