//! Who the customer is, as the shop noted it in the cart's metadata: a list of tags, or text with commas
//! between them.

use super::{Args, Facts, Is, Row, metadata, on_cart};
use crate::json::{Plain, members};

/// The keys of this family.
pub(super) const KEYS: &[Row] = &[on_cart(
    ("customer-tag", &["tag", "metadata_key?"]),
    &[("metadata_key", Is::MaybeText("customer_tags")), ("tag", Is::Text)],
    has_tag,
)];

fn has_tag(args: &Args, facts: &Facts<'_>) -> bool {
    let wanted = args.text(1);
    match metadata::of(facts, args.text(0)) {
        Plain::Text(tags) => tags.split(',').any(|tag| tag.trim() == wanted.trim()),
        Plain::Compound(list) => members(list).any(|tag| matches!(Plain::of(tag), Plain::Text(tag) if *tag == *wanted)),
        _ => false,
    }
}
