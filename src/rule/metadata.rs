//! The shop's notes on the cart. A key that is not there has the value null.

use super::params::Params;
use super::{Facts, Keys};
use crate::error::Result;
use crate::json::{Plain, Raw};

/// The keys of this family.
pub const KEYS: Keys = &[
    ("has-metadata", &["key"]),
    ("metadata-equals", &["key", "value"]),
    ("metadata-not-equals", &["key", "value"]),
    ("metadata-in", &["key", "values"]),
    ("metadata-contains", &["key", "contains"]),
    ("metadata-flag-true", &["key"]),
];

/// A rule about a metadata value.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    key: Box<str>,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Present,
    Equals(Raw),
    NotEquals(Raw),
    In(Vec<Raw>),
    Contains(Raw),
    On,
}

pub(super) fn read(key: &str, params: &Params) -> Result<Option<Metadata>> {
    let test = match key {
        "has-metadata" => Test::Present,
        "metadata-equals" => Test::Equals(params.value("value")?),
        "metadata-not-equals" => Test::NotEquals(params.value("value")?),
        "metadata-in" => Test::In(params.values("values")?),
        "metadata-contains" => Test::Contains(params.value("contains")?),
        "metadata-flag-true" => Test::On,
        _ => return Ok(None),
    };
    Ok(Some(Metadata { key: params.text("key")?, test }))
}

/// The value of a metadata key.
pub(super) fn of<'c>(facts: &Facts<'c>, key: &str) -> Plain<'c> {
    Plain::of_maybe(facts.cart.metadata.iter().find(|(there, _)| **there == *key).map(|(_, value)| value.as_str()))
}

impl Metadata {
    pub(super) fn holds(&self, facts: &Facts<'_>) -> bool {
        let found = of(facts, &self.key);
        let same = |value: &Raw| Plain::of(value.as_str()).same(&found);
        match &self.test {
            Test::Present => !matches!(found, Plain::Null),
            Test::Equals(value) => same(value),
            Test::NotEquals(value) => !same(value),
            Test::In(values) => values.iter().any(same),
            Test::Contains(part) => found.contains(&Plain::of(part.as_str())),
            Test::On => found.is_truthy(),
        }
    }
}
