//! What came of each command: `{"do": "add", "id": "tee-m", "quantity": 3, "added": 2}`.

use crate::command::{Outcome, RepricePolicy};
use crate::json::{Fields, write_list, write_text};

/// Appends one outcome.
pub fn write(out: &mut String, outcome: &Outcome) {
    fn names(fields: &mut Fields<'_>, field: &str, names: &[Box<str>]) {
        fields.with(field, |out| write_list(out, names, |out, name| write_text(out, name)));
    }
    let mut fields = Fields::new(out);
    match outcome {
        Outcome::Added { id, quantity, added } => {
            fields.text("do", "add").text("id", id);
            fields.integer("quantity", i64::from(*quantity)).integer("added", i64::from(*added));
        }
        Outcome::Updated { id, quantity } => {
            fields.text("do", "update").text("id", id).integer("quantity", i64::from(*quantity));
            fields.boolean("removed", *quantity == 0);
        }
        Outcome::Removed { id, removed } => {
            fields.text("do", "remove").text("id", id).boolean("removed", *removed);
        }
        Outcome::Cleared { cleared } => {
            fields.text("do", "clear").boolean("cleared", *cleared);
        }
        Outcome::Destroyed { destroyed } => {
            fields.text("do", "destroy").boolean("destroyed", *destroyed);
        }
        Outcome::ConditionAdded { name, replaced } => {
            fields.text("do", "addCondition").text("name", name).boolean("replaced", *replaced);
        }
        Outcome::PresetAdded { names: added } => {
            fields.text("do", "addPreset");
            names(&mut fields, "added", added);
        }
        Outcome::ConditionsRemoved { command, names: removed } => {
            fields.text("do", command);
            names(&mut fields, "removed", removed);
        }
        Outcome::MetadataSet { set, removed } => {
            fields.text("do", "setMetadata");
            names(&mut fields, "set", set);
            names(&mut fields, "removed", removed);
        }
        Outcome::MetadataCleared { removed } => {
            fields.text("do", "clearMetadata");
            names(&mut fields, "removed", removed);
        }
        Outcome::Repriced { policy, changed, missing } => {
            fields.text("do", "reprice").text("policy", policy.as_str());
            fields.with("changed", |out| {
                write_list(out, changed, |out, line| {
                    let mut fields = Fields::new(out);
                    fields.text("id", &line.id).integer("old", line.old.minor()).integer("new", line.new.minor());
                    fields.integer("quantity", i64::from(line.quantity)).end();
                });
            });
            names(&mut fields, "missing", missing);
            fields.boolean("applied", *policy == RepricePolicy::Refresh);
        }
        Outcome::CheckedOut { order } => {
            fields.text("do", "checkOut").maybe_text("order", order.as_deref());
        }
        Outcome::Moved { id, to, quantity } => {
            fields.text("do", "move").text("id", id).text("to", to).integer("quantity", i64::from(*quantity));
        }
    }
    fields.end();
}
