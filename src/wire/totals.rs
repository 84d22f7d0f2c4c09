//! Totals as JSON.
//!
//! Written only: nobody may send totals. Figures that a cart cannot have are 0, never left out, so
//! that a reader needs no second case.

use crate::json::{Fields, write_integer, write_list, write_text};
use crate::money::Amount;
use crate::pricing::{Entry, LineTotal, Totals};

/// Appends `totals`.
pub fn write(out: &mut String, totals: &Totals<'_>) {
    let mut fields = Fields::new(out);
    fields
        .text("currency", totals.currency.code())
        .integer("quantity", totals.quantity)
        .integer("lines", totals.lines as i64);
    for (name, amount) in [
        ("subtotalWithoutConditions", totals.subtotal_without_conditions),
        ("subtotal", totals.subtotal),
        ("discount", totals.discount),
        ("shipping", totals.shipping),
        ("fees", totals.fees),
        ("tax", totals.tax),
        ("taxIncluded", totals.tax_included),
        ("adjustments", totals.adjustments),
        ("total", totals.total),
        ("savings", totals.savings),
    ] {
        fields.integer(name, amount.minor());
    }
    fields
        .with("byType", |out| {
            let mut types = Fields::new(out);
            for (kind, amount) in &totals.by_type {
                types.named(kind, |out| write_integer(out, amount.minor()));
            }
            types.end();
        })
        .with("lineTotals", |out| write_list(out, totals.line_totals.iter(), line))
        .with("breakdown", |out| write_list(out, &totals.breakdown, entry));
    if let Some(valid_until) = totals.valid_until {
        fields.time("validUntil", valid_until);
    }
    fields.end();
}

fn line(out: &mut String, line: LineTotal<'_>) {
    Fields::new(out)
        .text("id", line.id)
        .integer("gross", line.gross.minor())
        .integer("itemAdjustments", line.item_adjustments.minor())
        .integer("net", line.net.minor())
        .with("shares", |out| {
            let mut shares = Fields::new(out);
            for (phase, share) in line.shares.iter() {
                shares.integer(phase.as_str(), share.minor());
            }
            shares.end();
        })
        .integer("total", line.total.minor())
        .end();
}

fn entry(out: &mut String, entry: &Entry<'_>) {
    let mut fields = Fields::new(out);
    entry_fields(&mut fields, entry);
    fields.end();
}

/// Appends the fields of an entry.
pub(super) fn entry_fields(fields: &mut Fields<'_>, entry: &Entry<'_>) {
    fields
        .text("name", entry.name)
        .text("type", entry.kind)
        .maybe_text("item", entry.item)
        .maybe_text("provider", entry.provider())
        .maybe_text("phase", entry.phase.map(|phase| phase.as_str()))
        .maybe_integer("base", entry.base.map(Amount::minor));
    if let Some(exact) = entry.exact {
        fields.with("exact", |out| {
            out.push('"');
            exact.write(out);
            out.push('"');
        });
    }
    fields.integer("amount", entry.amount.minor()).maybe_integer("cutOff", entry.cut_off.map(Amount::minor));
    if entry.included {
        fields.boolean("included", true);
    }
    if !entry.missing().is_empty() {
        fields.with("missing", |out| write_list(out, entry.missing(), |out, name| write_text(out, name)));
    }
    fields
        .boolean("applied", entry.applied)
        .maybe_text("reason", entry.reason.map(|reason| reason.as_str()))
        .maybe_text("detail", entry.detail());
}
