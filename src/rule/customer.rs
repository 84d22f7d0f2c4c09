//! Who the customer is, as the shop noted it in the cart's metadata: a list of tags, or text with commas
//! between them.

use super::params::Params;
use super::{Facts, Keys, metadata};
use crate::error::Result;
use crate::json::{Plain, members};

/// The keys of this family.
pub const KEYS: Keys = &[("customer-tag", &["tag", "metadata_key?"])];

/// The customer has a tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    tag: Box<str>,
    metadata_key: Box<str>,
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Tag>> {
    if key != "customer-tag" {
        return Ok(None);
    }
    let metadata_key = match params.maybe("metadata_key") {
        Some(_) => params.text("metadata_key")?,
        None => "customer_tags".into(),
    };
    Ok(Some(Tag { tag: params.text("tag")?, metadata_key }))
}

impl Tag {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        match metadata::of(facts, &self.metadata_key) {
            Plain::Text(tags) => tags.split(',').any(|tag| tag.trim() == self.tag.trim()),
            Plain::Compound(list) => {
                members(list).any(|tag| matches!(Plain::of(tag), Plain::Text(tag) if *tag == *self.tag))
            }
            _ => false,
        }
    }
}
