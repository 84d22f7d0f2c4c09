//! Why a cart costs what it costs: `{"currency": …, "total": …, "text": "…", "steps": [{…, "text": "…"}]}`.
//!
//! A step is an entry of the breakdown with its value and a sentence; `text` is all of it to read.

use crate::json::{Fields, write_list};
use crate::pricing::Totals;

/// Appends the explanation of `totals`.
pub fn write(out: &mut String, totals: &Totals<'_>) {
    let mut fields = Fields::new(out);
    fields
        .text("currency", totals.currency.code())
        .integer("subtotalWithoutConditions", totals.subtotal_without_conditions.minor())
        .integer("total", totals.total.minor())
        .with("steps", |out| {
            write_list(out, &totals.breakdown, |out, entry| {
                let mut fields = Fields::new(out);
                super::totals::entry_fields(&mut fields, entry);
                if !entry.value.is_empty() {
                    fields.text("value", entry.value);
                }
                fields.text("text", &entry.explain(totals.currency)).end();
            });
        })
        .text("text", &totals.explain())
        .end();
}
