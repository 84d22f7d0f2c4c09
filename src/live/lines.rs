//! The stored text of a cart's lines, kept beside them.
//!
//! Writing a cart anew for each change costs as much as it has lines. Here each line's text stays where it
//! is, and only the lines that changed are written again, when somebody asks for the text.

use crate::cart::Item;
use crate::json::write_list;
use crate::wire;

/// The text `[…]` of a list of lines, and where each of them ends in it.
#[derive(Debug, Default)]
pub(super) struct LineTexts {
    text: String,
    /// One for each line of `text`.
    ends: Vec<usize>,
    /// Lines whose text is not theirs any more.
    stale: Vec<usize>,
    /// Whether `ends` says where the lines of `text` are.
    known: bool,
    /// By how much the text will have grown when it is asked for, at most.
    growth: usize,
    scratch: String,
}

impl LineTexts {
    /// The text of lines as they were stored: theirs until one of them changes.
    pub(super) fn stored(text: String) -> Self {
        LineTexts { text, ..LineTexts::default() }
    }

    /// How long the text is, at most, without writing it.
    pub(super) fn len_max(&self) -> usize {
        self.text.len() + self.growth
    }

    /// A line changed; its text may have become longer by `growth`.
    pub(super) fn changed(&mut self, line: usize, growth: usize) {
        self.growth += growth;
        if self.stale.last() != Some(&line) && !self.stale.contains(&line) {
            self.stale.push(line);
        }
    }

    /// A line went; it was at `line`.
    pub(super) fn removed(&mut self, line: usize, items: &[Item]) {
        if !self.known {
            // Where it was cannot be told, so everything is written anew.
            self.forget(items);
            return;
        }
        self.stale.retain(|stale| *stale != line);
        for stale in &mut self.stale {
            *stale -= usize::from(*stale > line);
        }
        // Lines that were added since the text was asked for are not in it yet.
        let Some(end) = self.ends.get(line).copied() else { return };
        let start = self.start(line);
        // With the comma on one of its sides, where there is one.
        let (from, to) =
            if line + 1 < self.ends.len() { (start, end + 1) } else { (start - usize::from(line > 0), end) };
        self.text.replace_range(from..to, "");
        self.ends.remove(line);
        for later in &mut self.ends[line..] {
            *later -= to - from;
        }
    }

    /// The text of `items`, whose lines are the ones that it was told about.
    pub(super) fn text(&mut self, items: &[Item]) -> &str {
        self.growth = 0;
        if !self.known && (self.text.is_empty() || !self.stale.is_empty()) {
            self.forget(items);
        }
        if self.known {
            for line in core::mem::take(&mut self.stale) {
                self.rewrite(line, items);
            }
            for item in items.iter().skip(self.ends.len()) {
                self.text.pop();
                if !self.ends.is_empty() {
                    self.text.push(',');
                }
                wire::item::write(&mut self.text, item, None);
                self.ends.push(self.text.len());
                self.text.push(']');
            }
        }
        &self.text
    }

    /// A line was added at the end, whose text is `growth` long at most. Without knowing where the lines are
    /// in the text, it could not be told from them.
    pub(super) fn added(&mut self, items: &[Item], growth: usize) {
        self.growth += growth;
        if !self.known {
            self.forget(items);
        }
    }

    /// Writes everything anew.
    fn forget(&mut self, items: &[Item]) {
        self.text.clear();
        self.ends.clear();
        self.stale.clear();
        let ends = &mut self.ends;
        // A list writes its elements one after the other, so each ends where the text does by then.
        write_list(&mut self.text, items, |out, item| {
            wire::item::write(out, item, None);
            ends.push(out.len());
        });
        self.known = true;
    }

    fn start(&self, line: usize) -> usize {
        line.checked_sub(1).map_or(1, |before| self.ends[before] + 1)
    }

    fn rewrite(&mut self, line: usize, items: &[Item]) {
        let (Some(item), Some(end)) = (items.get(line), self.ends.get(line).copied()) else { return };
        let start = self.start(line);
        self.scratch.clear();
        wire::item::write(&mut self.scratch, item, None);
        self.text.replace_range(start..end, &self.scratch);
        let length = end - start;
        if self.scratch.len() != length {
            for later in &mut self.ends[line..] {
                *later = *later - length + self.scratch.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::PurchaseRules;
    use crate::money::Amount;

    fn item(id: u32, quantity: u32) -> Item {
        Item {
            id: id.to_string().into(),
            name: "n".into(),
            price: Amount::new(5).unwrap(),
            quantity,
            attributes: None,
            conditions: Vec::new(),
            purchase: PurchaseRules::default(),
            reference: None,
        }
    }

    fn whole(items: &[Item]) -> String {
        let mut out = String::new();
        write_list(&mut out, items, |out, item| wire::item::write(out, item, None));
        out
    }

    #[test]
    fn the_text_is_that_of_the_lines_whatever_happened_to_them() {
        for begin in 0..5u32 {
            for from_storage in [false, true] {
                let mut items: Vec<Item> = (0..begin).map(|id| item(id, 1)).collect();
                let mut texts = if from_storage { LineTexts::stored(whole(&items)) } else { LineTexts::default() };
                let mut next = 100;
                texts.text(&items);
                // A fixed sequence of numbers that visits all kinds of changes at all places.
                let mut draw = 7u32 + begin;
                for step in 0..400 {
                    draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let (what, at) = (draw >> 28, (draw >> 8) as usize);
                    match what {
                        0..=5 if !items.is_empty() => {
                            let line = at % items.len();
                            items[line].quantity = (draw >> 4) % 20_000 + 1;
                            texts.changed(line, 5);
                        }
                        6..=8 if !items.is_empty() => {
                            let line = at % items.len();
                            items.remove(line);
                            texts.removed(line, &items);
                        }
                        9..=12 => {
                            items.push(item(next, 1));
                            next += 1;
                            texts.added(&items, 64);
                        }
                        _ => {
                            let most = texts.len_max();
                            assert_eq!(texts.text(&items), whole(&items), "{begin} {from_storage} {step}");
                            assert!(texts.len_max() <= most);
                        }
                    }
                }
                assert_eq!(texts.text(&items), whole(&items));
            }
        }
    }
}
