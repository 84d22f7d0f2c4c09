//! Events: `{"id": "INCARNATION.VERSION.INDEX", "type": "cart.item.added", "at": …,
//! "identifier": …, "instance": …, "cartId": …, …}`.

use crate::command::{ConditionFacts, Event, ItemFacts};
use crate::id::{Address, Revision};
use crate::json::{Fields, write_list, write_text};
use crate::storage::StoredEvent;
use crate::time::Timestamp;

/// What all events of one change share.
pub struct Occasion<'a> {
    /// Whose cart.
    pub address: &'a Address,
    /// The cart's own id.
    pub cart_id: &'a str,
    /// The state that the change made.
    pub revision: Revision,
    /// When.
    pub at: Timestamp,
}

/// The events of one change, ready for the outbox and for the answer.
pub fn store(events: &[Event], occasion: &Occasion<'_>) -> Vec<StoredEvent> {
    (0..events.len())
        .map(|index| {
            let mut body = String::with_capacity(384);
            write(&mut body, events, index, occasion);
            StoredEvent { id: id(occasion.revision, index), kind: events[index].kind().into(), body }
        })
        .collect()
}

fn id(revision: Revision, index: usize) -> String {
    let mut out = String::with_capacity(24);
    revision.write(&mut out);
    out.push('.');
    crate::json::write_integer(&mut out, index as i64);
    out
}

fn write(out: &mut String, events: &[Event], index: usize, occasion: &Occasion<'_>) {
    let event = &events[index];
    let mut fields = Fields::new(out);
    fields.text("id", &id(occasion.revision, index)).text("type", event.kind()).time("at", occasion.at);
    if !occasion.address.owner().is_empty() {
        fields.text("owner", occasion.address.owner());
    }
    fields.text("identifier", occasion.address.identifier()).text("instance", occasion.address.instance());
    fields.text("cartId", occasion.cart_id).integer("version", occasion.revision.version as i64);
    match event {
        Event::Created | Event::Cleared | Event::Destroyed | Event::MetadataCleared => {}
        Event::ItemAdded(facts) | Event::ItemUpdated(facts) | Event::ItemRemoved(facts) => item(&mut fields, facts),
        Event::ConditionAdded { condition, item, impact } => {
            fields.with("condition", |out| write_condition(out, condition)).maybe_text("itemId", item.as_deref());
            fields.integer("impact", impact.minor());
        }
        Event::ConditionRemoved { condition, item, impact, reason } => {
            fields.with("condition", |out| write_condition(out, condition)).maybe_text("itemId", item.as_deref());
            fields.integer("impact", impact.minor()).integer("lostSavings", impact.minor().max(0));
            fields.text("reason", reason);
        }
        Event::MetadataAdded { key, value } => {
            fields.text("key", key).raw("value", value.as_str());
        }
        Event::MetadataRemoved { key } => {
            fields.text("key", key);
        }
        Event::MetadataBatchAdded { keys } => {
            fields.with("keys", |out| write_list(out, keys, |out, key| write_text(out, key)));
        }
        Event::CheckedOut { order } => {
            fields.maybe_text("order", order.as_deref());
        }
        Event::Updated => {
            fields.with("events", |out| {
                write_list(out, 0..index, |out, earlier| write_text(out, &id(occasion.revision, earlier)));
            });
        }
    }
    fields.end();
}

fn item(fields: &mut Fields<'_>, facts: &ItemFacts) {
    fields.text("itemId", &facts.id).text("itemName", &facts.name);
    fields.integer("quantity", i64::from(facts.quantity)).integer("price", facts.price.minor());
}

fn write_condition(out: &mut String, condition: &ConditionFacts) {
    let mut fields = Fields::new(out);
    fields.text("name", &condition.name).text("type", &condition.kind);
    fields.maybe_text("value", condition.value.as_deref()).maybe_text("target", condition.target.as_deref()).end();
}
