//! Which line has an id, without looking through all of them.

use crate::cart::Item;

/// Below so many lines, looking through them is as fast.
const LINES_MIN: usize = 8;

/// A table of the lines by the hash of their ids; made when it is needed.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Line + 1, or 0 for an empty place. Twice as many places as lines, or more.
    places: Vec<u32>,
    /// How many lines stand in it.
    lines: usize,
    /// The line that was found last: most changes are of the same line as the one before.
    last: usize,
    /// Whether two lines have one id (their attributes differ then); `None` until somebody looked.
    twins: Option<bool>,
}

impl Index {
    /// Lines moved: the table says nothing any more.
    pub(super) fn forget(&mut self) {
        *self = Index { places: core::mem::take(&mut self.places), ..Index::default() };
        self.places.clear();
    }

    /// The line of that id; none as long as any two lines have the same.
    pub(super) fn find(&mut self, id: &str, items: &[Item]) -> Option<usize> {
        if self.twins.is_none() {
            self.look(items);
        }
        if self.twins == Some(true) {
            return None;
        }
        if items.get(self.last).is_some_and(|item| *item.id == *id) {
            return Some(self.last);
        }
        let found = if items.len() < LINES_MIN {
            items.iter().position(|item| *item.id == *id)
        } else {
            self.look_up(id, items)
        }?;
        self.last = found;
        Some(found)
    }

    fn look_up(&mut self, id: &str, items: &[Item]) -> Option<usize> {
        self.look(items);
        let place = self.place(id, items);
        (*self.places.get(place)? as usize).checked_sub(1)
    }

    /// Puts the lines into the table that came since the last time. Lines are added at the end.
    fn look(&mut self, items: &[Item]) {
        if self.places.len() < items.len() * 2 {
            self.places.clear();
            self.places.resize((items.len() * 4).next_power_of_two(), 0);
            self.lines = 0;
        }
        let mut twins = self.twins == Some(true);
        while let Some(item) = items.get(self.lines) {
            let place = self.place(&item.id, items);
            if let Some(place) = self.places.get_mut(place) {
                twins |= *place != 0;
                *place = self.lines as u32 + 1;
            }
            self.lines += 1;
        }
        self.twins = Some(twins);
    }

    /// Where the id stands, or would.
    fn place(&self, id: &str, items: &[Item]) -> usize {
        let mask = self.places.len().wrapping_sub(1);
        let mut place = hash(id) as usize & mask;
        while let Some(line) = self.places.get(place).filter(|line| **line != 0) {
            if items.get(*line as usize - 1).is_some_and(|item| *item.id == *id) {
                break;
            }
            place = (place + 1) & mask;
        }
        place
    }
}

/// FNV-1a. Whoever chose ids that collide would slow down the own page and nothing else.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::PurchaseRules;
    use crate::money::Amount;

    fn item(id: &str) -> Item {
        Item {
            id: id.into(),
            name: "n".into(),
            price: Amount::ZERO,
            quantity: 1,
            attributes: None,
            conditions: Vec::new(),
            purchase: PurchaseRules::default(),
            reference: None,
        }
    }

    #[test]
    fn every_line_is_found_and_no_other() {
        let mut index = Index::default();
        let mut items = Vec::new();
        for n in 0..300 {
            items.push(item(&format!("sku-{n}")));
            for probe in [0, n / 2, n] {
                assert_eq!(index.find(&format!("sku-{probe}"), &items), Some(probe), "{n}");
            }
            assert_eq!(index.find(&format!("sku-{}", n + 1), &items), None);
        }
        items.remove(17);
        index.forget();
        assert_eq!(index.find("sku-17", &items), None);
        assert_eq!(index.find("sku-18", &items), Some(17));
        items.push(item("sku-0"));
        index.forget();
        assert_eq!(index.find("sku-0", &items), None, "there are two");
    }
}
