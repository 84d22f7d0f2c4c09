//! The catalogue of conditions: definitions that the shop keeps once, by key.
//!
//! A cart refers to one by its key, and a global one holds for every cart, so that changing it here
//! changes what all of them cost. Everything is checked before the first cart is priced, and more
//! strictly than what carts have stored: a definition that this version does not understand is refused.
//!
//! A catalogue does not change. Another one takes its place with a restart, or by
//! [`Runtime::replace_catalogue`](crate::runtime::Runtime::replace_catalogue).

use pushcart::condition::ConditionInput;
use pushcart::error::{Error, Result};
use pushcart::json::{Fields, Reader};
use pushcart::money::Currency;
use pushcart::wire;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest key, in characters.
const KEY_CHARACTERS_MAX: usize = 255;

/// A named definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its name in the catalogue.
    pub key: String,
    /// Switched on. Switched off, it stays and does nothing, and the breakdown says so.
    pub active: bool,
    /// It holds for every cart, also for one that does not refer to it.
    pub global: bool,
    /// What it does.
    pub condition: ConditionInput,
}

/// Definitions by key, checked.
#[derive(Debug, Default)]
pub struct Catalogue {
    definitions: HashMap<Box<str>, Kept>,
    /// The global ones, as they are handed in with every call: JSON objects with commas between.
    global: String,
    /// The time zones that the global ones name.
    global_zones: Vec<Box<str>>,
    globals: usize,
    /// No two catalogues of a process have the same, but for those without definitions.
    id: u64,
}

#[derive(Debug)]
struct Kept {
    json: String,
    global: bool,
    zones: Vec<Box<str>>,
}

static IDS: AtomicU64 = AtomicU64::new(1);

impl Catalogue {
    /// A catalogue of these definitions. `currency` is the installation's default one: a definition must
    /// make sense in it. In a cart of another currency one that does not is reported in the breakdown.
    ///
    /// Refused as `invalid`, with the place (`conditions[3].condition.value`): a condition that an add
    /// would refuse, an empty key, one that is there twice.
    pub fn new(definitions: Vec<Definition>, currency: Currency) -> Result<Self> {
        let mut catalogue = Catalogue { id: IDS.fetch_add(1, Ordering::Relaxed), ..Catalogue::default() };
        for (index, definition) in definitions.into_iter().enumerate() {
            catalogue.add(definition, currency).map_err(|error| error.at(index).under("conditions"))?;
        }
        Ok(catalogue)
    }

    /// Reads a catalogue: `{"conditions": [{"key": "SUMMER", "active": true, "global": false,
    /// "condition": {…}}]}`. `active` is true and `global` false when left out.
    pub fn parse(json: &str, currency: Currency) -> Result<Self> {
        let mut definitions = None;
        Reader::whole(json, |reader| {
            reader.object(|field, reader| match field {
                "conditions" => once(&mut definitions, read_definitions(reader)?),
                _ => Err(unknown("conditions")),
            })
        })?;
        let definitions =
            definitions.ok_or_else(|| Error::invalid("expected a list, found nothing").under("conditions"))?;
        Catalogue::new(definitions, currency)
    }

    fn add(&mut self, definition: Definition, currency: Currency) -> Result<()> {
        let Definition { key, active, global, condition } = definition;
        if key.is_empty() || key.chars().count() > KEY_CHARACTERS_MAX {
            let found = key.chars().count();
            return Err(Error::invalid(format!(
                "expected a key of 1 to {KEY_CHARACTERS_MAX} characters, found {found}"
            ))
            .under("key"));
        }
        if self.definitions.contains_key(key.as_str()) {
            return Err(Error::invalid(format!("expected each key once, found {key:?} twice")).under("key"));
        }
        let resolved = condition.resolve(currency, false).map_err(|error| error.under("condition"))?;
        let mut zones: Vec<Box<str>> = Vec::new();
        if let Some(rules) = resolved.adjustment().and_then(|adjustment| adjustment.rules.as_ref()) {
            rules.zones(&mut |zone: &str| {
                if !zones.iter().any(|known| **known == *zone) {
                    zones.push(zone.into());
                }
            });
        }
        let mut json = String::new();
        Fields::new(&mut json)
            .text("key", &key)
            .boolean("active", active)
            .boolean("global", global)
            .with("condition", |out| wire::condition::write_input(out, &condition))
            .end();
        if global {
            self.globals += 1;
            separate(&mut self.global);
            self.global.push_str(&json);
            self.global_zones
                .extend(zones.iter().filter(|zone| !self.global_zones.contains(zone)).cloned().collect::<Vec<_>>());
        }
        self.definitions.insert(key.into(), Kept { json, global, zones });
        Ok(())
    }

    /// How many definitions there are.
    pub fn len(&self) -> usize {
        self.definitions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    /// How many of them hold for every cart.
    pub fn globals(&self) -> usize {
        self.globals
    }

    /// Whether there is a definition of this key.
    pub fn contains(&self, key: &str) -> bool {
        self.definitions.contains_key(key)
    }

    /// What tells this catalogue from every other of the process.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The time zones that the global definitions and those of `keys` name.
    pub(crate) fn zones<'a>(&'a self, keys: &'a [Box<str>]) -> impl Iterator<Item = &'a str> {
        let named = keys.iter().filter_map(|key| self.definitions.get(key)).flat_map(|kept| &kept.zones);
        self.global_zones.iter().chain(named).map(|zone| &**zone)
    }

    /// The global definitions and those of `keys`, as a JSON list; empty for none.
    pub(crate) fn hand_in(&self, keys: &[Box<str>]) -> String {
        let named = || keys.iter().filter_map(|key| self.definitions.get(key)).filter(|kept| !kept.global);
        if self.global.is_empty() && named().next().is_none() {
            return String::new();
        }
        let bytes = self.global.len() + 2 + named().map(|kept| kept.json.len() + 1).sum::<usize>();
        let mut out = String::with_capacity(bytes);
        out.push('[');
        out.push_str(&self.global);
        for kept in named() {
            if out.len() > 1 {
                out.push(',');
            }
            out.push_str(&kept.json);
        }
        out.push(']');
        out
    }
}

fn separate(list: &mut String) {
    if !list.is_empty() {
        list.push(',');
    }
}

fn read_definitions(reader: &mut Reader<'_>) -> Result<Vec<Definition>> {
    let mut definitions = Vec::new();
    reader.list(|_, reader| {
        let (mut key, mut active, mut global, mut condition) = (None, None, None, None);
        reader.object(|field, reader| match field {
            "key" => once(&mut key, reader.text()?.into_owned()),
            "active" => once(&mut active, reader.boolean()?),
            "global" => once(&mut global, reader.boolean()?),
            "condition" => once(&mut condition, wire::condition::read(reader)?),
            _ => Err(unknown("key, active, global, condition")),
        })?;
        definitions.push(Definition {
            key: key.ok_or_else(|| Error::invalid("expected the definition's key, found nothing").under("key"))?,
            active: active.unwrap_or(true),
            global: global.unwrap_or(false),
            condition: condition
                .ok_or_else(|| Error::invalid("expected a condition, found nothing").under("condition"))?,
        });
        Ok(())
    })?;
    Ok(definitions)
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::invalid("expected the field once, found it twice")),
    }
}

fn unknown(known: &str) -> Error {
    Error::invalid(format!("expected one of the fields {known}, found another"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Catalogue> {
        Catalogue::parse(json, Currency::USD)
    }

    const GOOD: &str = r#"{"conditions": [
        {"key": "VAT", "global": true, "condition": {"name": "VAT", "type": "tax", "value": "+19%"}},
        {"key": "NIGHT", "global": true, "active": false, "condition": {"name": "Night", "type": "fee", "value": 100,
            "rules": {"time-window": {"start": "22:00", "end": "05:59", "zone": "Europe/Berlin"}}}},
        {"key": "SUMMER", "condition": {"name": "Summer", "type": "discount", "value": "-10%",
            "rules": {"day-of-week": {"days": ["sat"], "zone": "Asia/Tokyo"}}}}]}"#;

    #[test]
    fn what_is_handed_in_is_the_global_and_what_was_asked_for() {
        let catalogue = parse(GOOD).unwrap();
        assert_eq!((catalogue.len(), catalogue.globals()), (3, 2));
        let keys = |names: &[&str]| names.iter().map(|&name| name.into()).collect::<Vec<Box<str>>>();
        for (asked, handed_in, zones) in [
            (keys(&[]), vec!["VAT", "NIGHT"], vec!["Europe/Berlin"]),
            (keys(&["SUMMER", "VAT", "nothing"]), vec!["VAT", "NIGHT", "SUMMER"], vec!["Europe/Berlin", "Asia/Tokyo"]),
        ] {
            let json = catalogue.hand_in(&asked);
            let definitions = pushcart::wire::outside::read_catalogue(&json, Currency::USD).unwrap();
            let found: Vec<&str> = definitions.iter().map(|definition| &*definition.key).collect();
            assert_eq!(found, handed_in);
            assert!(definitions.iter().all(|definition| definition.condition.adjustment().is_some()));
            assert_eq!(catalogue.zones(&asked).collect::<Vec<_>>(), zones);
        }
        assert_eq!(Catalogue::default().hand_in(&keys(&["SUMMER"])), "");
        assert_eq!(parse(r#"{"conditions": []}"#).unwrap().hand_in(&[]), "");
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_place() {
        let one = |definition: &str| format!(r#"{{"conditions": [{definition}]}}"#);
        let sale = r#"{"name": "Sale", "type": "discount", "value": "-10%"}"#;
        for (json, path, says) in [
            ("[]".to_owned(), "", "an object"),
            ("{}".to_owned(), "conditions", "a list"),
            (r#"{"condition": []}"#.to_owned(), "condition", "conditions"),
            (one(&format!(r#"{{"condition": {sale}}}"#)), "conditions[0].key", "key"),
            (one(&format!(r#"{{"key": "", "condition": {sale}}}"#)), "conditions[0].key", "1 to 255"),
            (one(r#"{"key": "A"}"#), "conditions[0].condition", "a condition"),
            (one(&format!(r#"{{"key": "A", "on": true, "condition": {sale}}}"#)), "conditions[0].on", "active"),
            (one(&format!(r#"{{"key": "A", "active": 1, "condition": {sale}}}"#)), "conditions[0].active", "a boolean"),
            (
                one(&format!(r#"{{"key": "A", "condition": {sale}}}, {{"key": "A", "condition": {sale}}}"#)),
                "conditions[1].key",
                "twice",
            ),
            (
                one(r#"{"key": "A", "condition": {"name": "x", "type": "discount", "value": "ten"}}"#),
                "conditions[0].condition.value",
                "expected",
            ),
            (
                one(
                    r#"{"key": "A", "condition": {"name": "x", "type": "discount", "value": "-1%", "rules": {"moon": {}}}}"#,
                ),
                "conditions[0].condition.rules.moon",
                "expected",
            ),
        ] {
            let error = parse(&json).unwrap_err();
            assert!(error.path().starts_with(path), "{json}: {error:?}");
            assert!(error.message().contains(says), "{json}: {error:?}");
        }
    }
}
