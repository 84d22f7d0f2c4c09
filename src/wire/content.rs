//! What a cart looks like to its readers, and the answer to a change.

use super::{condition, item, outcome, totals};
use crate::cart::Cart;
use crate::command::Outcome;
use crate::id::Address;
use crate::json::{Fields, write_integer, write_list};
use crate::pricing::Totals;
use crate::storage::StoredEvent;

/// How long the JSON of a cart will about be: enough that it seldom grows while it is written.
pub fn capacity(cart: &Cart) -> usize {
    1024 + cart.items.len() * 384 + cart.conditions.len() * 384 + cart.metadata.len() * 64
}

/// Appends a cart with its totals.
pub fn write(out: &mut String, address: &Address, cart: &Cart, the_totals: &Totals<'_>) {
    let mut fields = Fields::new(out);
    if !address.owner().is_empty() {
        fields.text("owner", address.owner());
    }
    fields.text("identifier", address.identifier()).text("instance", address.instance());
    fields.text("id", &cart.id).integer("version", cart.revision.version as i64);
    fields.with("incarnation", |out| {
        out.push('"');
        cart.revision.incarnation.write(out);
        out.push('"');
    });
    fields.text("currency", cart.currency.code()).text("rounding", cart.rounding.as_str());
    fields.with("items", |out| {
        write_list(out, cart.items.iter().zip(the_totals.line_totals.iter()), |out, (line, its)| {
            // Both are within bounds, and so is their sum: it was checked when it was computed.
            let subtotal = its.gross.plus(its.item_adjustments).ok();
            item::write(out, line, subtotal);
        });
    });
    fields.with("conditions", |out| write_list(out, &cart.conditions, condition::write));
    fields.with("metadata", |out| {
        let mut map = Fields::new(out);
        for (key, value) in &cart.metadata {
            map.named(key, |out| out.push_str(value.as_str()));
        }
        map.end();
    });
    fields.with("totals", |out| totals::write(out, the_totals));
    fields.time("createdAt", cart.created_at).time("updatedAt", cart.updated_at);
    if let Some(expires_at) = cart.expires_at {
        fields.time("expiresAt", expires_at);
    }
    if let Some(conversion) = &cart.converted {
        fields.time("convertedAt", conversion.at).maybe_text("order", conversion.order.as_deref());
    }
    fields.end();
}

/// Appends the answer to a change. `cart` is `None` when there is none (any more).
pub fn write_change(
    out: &mut String,
    address: &Address,
    cart: Option<(&Cart, &Totals<'_>)>,
    events: &[StoredEvent],
    results: &str,
    replayed: bool,
) {
    let mut fields = Fields::new(out);
    fields.with("cart", |out| match cart {
        Some((cart, totals)) => write(out, address, cart, totals),
        None => out.push_str("{\"exists\":false}"),
    });
    write_done_fields(&mut fields, events, results, replayed);
    fields.end();
}

/// Appends what came of a change, without the cart.
pub fn write_done(out: &mut String, events: &[StoredEvent], results: &str) {
    let mut fields = Fields::new(out);
    write_done_fields(&mut fields, events, results, false);
    fields.end();
}

fn write_done_fields(fields: &mut Fields<'_>, events: &[StoredEvent], results: &str, replayed: bool) {
    fields.with("events", |out| write_list(out, events, |out, event| out.push_str(&event.body)));
    fields.raw("results", results);
    if replayed {
        fields.boolean("replayed", true);
    }
}

/// The outcomes of a list of commands, as JSON.
pub fn results(outcomes: &[Outcome]) -> String {
    let mut out = String::with_capacity(outcomes.len() * 80 + 2);
    write_list(&mut out, outcomes, outcome::write);
    out
}

/// Appends the instances of an identifier.
pub fn write_instances(out: &mut String, identifier: &str, instances: &[String]) {
    Fields::new(out)
        .text("identifier", identifier)
        .with("instances", |out| write_list(out, instances, |out, name| crate::json::write_text(out, name)))
        .with("count", |out| write_integer(out, instances.len() as i64))
        .end();
}
