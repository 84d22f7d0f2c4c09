//! What carts were found to need of time zones and the catalogue.
//!
//! A cart says what it needs only when it is priced, so the first call costs a second round. What it
//! needed is remembered by its address: it is likely to need the same next time. To hand in too much
//! changes no price, and to hand in too little costs a round.

use super::{Catalogue, zones};
use pushcart::error::Needs;
use pushcart::id::Address;
use pushcart::rule::Zone;
use pushcart::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// For so many carts it is remembered what they need.
const CARTS_MAX: usize = 4096;
/// So many names of each kind for one cart, at most. Only names that lead somewhere are kept.
const NAMES_MAX: usize = 64;

/// What a cart needs, as far as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needed {
    zones: Vec<Box<str>>,
    definitions: Vec<Box<str>>,
    /// Names that are no zone's. They are handed in as such, so that what else is lacking is still asked for; and
    /// are not remembered, because anybody can make them up.
    strange: Vec<Box<str>>,
}

/// An offset that no zone has: the core's word for a zone that does not exist.
const NO_ZONE_OFFSET_S: i32 = i32::MAX;

impl Needed {
    /// Adds what a call was found to lack and can be had, or is known not to exist. False when there is none of it.
    pub(crate) fn add(&mut self, needs: &Needs, catalogue: &Catalogue, at: Timestamp) -> bool {
        let before = (self.zones.len(), self.definitions.len(), self.strange.len());
        for zone in &needs.zones {
            let names = if zones::look_up(zone, at).is_some() { &mut self.zones } else { &mut self.strange };
            if !names.contains(zone) {
                names.push(zone.clone());
            }
        }
        for key in &needs.definitions {
            if !self.definitions.contains(key) && catalogue.contains(key) {
                self.definitions.push(key.clone());
            }
        }
        before != (self.zones.len(), self.definitions.len(), self.strange.len())
    }

    /// The zones at a moment, and those that there are not.
    pub(crate) fn zones(&self, catalogue: &Catalogue, at: Timestamp) -> Vec<Zone> {
        let mut found: Vec<Zone> = Vec::new();
        for name in self.zones.iter().map(|name| &**name).chain(catalogue.zones(&self.definitions)) {
            if !found.iter().any(|zone| *zone.name == *name) {
                found.extend(zones::look_up(name, at));
            }
        }
        let strange = self.strange.iter().cloned();
        found.extend(strange.map(|name| Zone { name, offset_s: NO_ZONE_OFFSET_S, until: None }));
        found
    }

    /// The definitions, as JSON.
    pub(crate) fn definitions(&self, catalogue: &Catalogue) -> String {
        catalogue.hand_in(&self.definitions)
    }
}

/// What each cart needed lately.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Address, Arc<Needed>>,
    old: HashMap<Address, Arc<Needed>>,
}

impl Remembered {
    /// What this cart needed.
    pub(crate) fn get(&self, address: &Address) -> Option<Arc<Needed>> {
        let mut carts = self.lock();
        if let Some(needed) = carts.young.get(address) {
            return Some(Arc::clone(needed));
        }
        let needed = carts.old.remove(address)?;
        carts.keep(address, Arc::clone(&needed));
        Some(needed)
    }

    /// Remembers it.
    pub(crate) fn put(&self, address: &Address, mut needed: Needed) {
        needed.strange.clear();
        if needed == Needed::default() {
            return;
        }
        needed.zones.truncate(NAMES_MAX);
        needed.definitions.truncate(NAMES_MAX);
        self.lock().keep(address, Arc::new(needed));
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        // What is in it is right after every step, and matters to nobody's correctness.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, address: &Address, needed: Arc<Needed>) {
        if self.young.len() >= CARTS_MAX / 2 && !self.young.contains_key(address) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(address.clone(), needed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leads_somewhere_is_added() {
        let mut needed = Needed::default();
        let at = Timestamp::from_ms(1_795_262_400_000);
        let needs = |zones: &[&str]| Needs {
            zones: zones.iter().map(|&zone| zone.into()).collect(),
            definitions: vec!["SUMMER".into()],
        };
        assert!(!needed.add(&needs(&[]), &Catalogue::default(), at));
        assert!(needed.add(&needs(&["Mars/Olympus"]), &Catalogue::default(), at));
        assert!(needed.add(&needs(&["Mars/Olympus", "Europe/Berlin"]), &Catalogue::default(), at));
        assert!(!needed.add(&needs(&["Europe/Berlin", "Mars/Olympus"]), &Catalogue::default(), at));
        let known = |needed: &Needed| -> Vec<(Box<str>, i32)> {
            let zones = needed.zones(&Catalogue::default(), at);
            zones.into_iter().map(|zone| (zone.name, zone.offset_s)).collect()
        };
        let berlin: (Box<str>, i32) = ("Europe/Berlin".into(), 3600);
        assert_eq!(known(&needed), [berlin.clone(), ("Mars/Olympus".into(), NO_ZONE_OFFSET_S)]);

        let (remembered, address) = (Remembered::default(), Address::new("", "a", "default").unwrap());
        remembered.put(&address, needed);
        assert_eq!(known(&remembered.get(&address).unwrap()), [berlin], "nobody is remembered for what does not exist");
    }

    #[test]
    fn the_carts_that_are_remembered_are_bounded() {
        let remembered = Remembered::default();
        for n in 0..3 * CARTS_MAX {
            let needed = Needed { zones: vec!["Europe/Berlin".into()], ..Needed::default() };
            remembered.put(&Address::new("", &format!("cart {n}"), "default").unwrap(), needed);
            assert!(remembered.get(&Address::new("", "cart 0", "default").unwrap()).is_some(), "{n}");
        }
        let carts = remembered.lock();
        assert!(carts.young.len() + carts.old.len() <= CARTS_MAX);
    }
}
