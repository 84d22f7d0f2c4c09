//! Answers that still hold, so that an unchanged cart need not be priced again.
//!
//! A memo is told everything that an answer depends on, and keeps no clock: the caller has loaded the
//! record (which is the truth), and asks whether the answer for exactly this record, these terms and
//! this moment is known. What it forgets costs time and nothing else.
//!
//! Whatever an answer depends on besides the moment stands in [`Basis`]. The moment is a span: from the
//! one it was computed for to the one from which time alone may change it.

use super::Answer;
use crate::id::{Address, Revision};
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was asked about a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The cart with its totals.
    Show,
    /// The totals.
    Totals,
    /// Why they are what they are.
    Explain,
}

impl Form {
    const COUNT: usize = 3;
}

/// What an answer depends on besides its address, its form and the moment. Two answers of the same basis
/// are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The cart's state.
    pub revision: Revision,
    /// A hash of the record's content, so that data which was damaged behind the store's back is read,
    /// and found damaged, instead of being taken for what it was.
    pub content: u64,
    /// A hash of everything else: settings, catalogue, what providers answered.
    pub terms: u64,
}

/// Answers, their number and bytes bounded.
///
/// Two generations: what is asked for moves to the young one, and when that is full, the old one is
/// forgotten as a whole and the young one becomes it.
#[derive(Debug)]
pub struct Memo {
    young: Generation,
    old: Generation,
    carts_max: usize,
    bytes_max: usize,
}

#[derive(Debug, Default)]
struct Generation {
    carts: BTreeMap<Address, [Option<Kept>; Form::COUNT]>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    basis: Basis,
    from: Timestamp,
    answer: Arc<Answer>,
}

impl Kept {
    fn holds(&self, basis: &Basis, at: Timestamp) -> bool {
        self.basis == *basis && self.from <= at && self.answer.valid_until.is_none_or(|until| at < until)
    }
}

impl Memo {
    /// A memo of answers for at most `carts_max` carts, their JSON at most `bytes_max` bytes.
    pub fn new(carts_max: usize, bytes_max: usize) -> Self {
        Memo { young: Generation::default(), old: Generation::default(), carts_max, bytes_max }
    }

    /// The answer that holds at `at`, if it is known.
    pub fn get(&mut self, address: &Address, form: Form, basis: &Basis, at: Timestamp) -> Option<Arc<Answer>> {
        if let Some(kept) = self.young.get(address, form) {
            return kept.holds(basis, at).then(|| Arc::clone(&kept.answer));
        }
        let kept = self.old.get(address, form).filter(|kept| kept.holds(basis, at))?.clone();
        let answer = Arc::clone(&kept.answer);
        self.keep(address, form, kept);
        Some(answer)
    }

    /// Remembers an answer that was computed for `from`, and holds until its own `valid_until`.
    pub fn put(&mut self, address: &Address, form: Form, basis: Basis, from: Timestamp, answer: Arc<Answer>) {
        self.keep(address, form, Kept { basis, from, answer });
    }

    /// For how many carts anything is kept, at most.
    pub fn len(&self) -> usize {
        self.young.carts.len() + self.old.carts.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn keep(&mut self, address: &Address, form: Form, kept: Kept) {
        let bytes = weight(address, &kept);
        // Half for each generation; an answer that would push out most others is not worth it.
        let (carts_max, bytes_max) = (self.carts_max.div_ceil(2), self.bytes_max / 2);
        if self.carts_max == 0 || bytes > bytes_max / 4 {
            self.young.take(address, form);
            return;
        }
        let full = self.young.bytes + bytes > bytes_max
            || (self.young.carts.len() >= carts_max && !self.young.carts.contains_key(address));
        if full {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.take(address, form);
        self.young.bytes += bytes;
        self.young.carts.entry(address.clone()).or_default()[form as usize] = Some(kept);
    }
}

impl Generation {
    fn get(&self, address: &Address, form: Form) -> Option<&Kept> {
        self.carts.get(address)?[form as usize].as_ref()
    }

    fn take(&mut self, address: &Address, form: Form) {
        if let Some(kept) = self.carts.get_mut(address).and_then(|forms| forms[form as usize].take()) {
            self.bytes -= weight(address, &kept);
        }
    }
}

fn weight(address: &Address, kept: &Kept) -> usize {
    let names = address.owner().len() + address.identifier().len() + address.instance().len();
    kept.answer.body.len() + names + size_of::<Kept>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Incarnation;

    fn address(name: &str) -> Address {
        Address::new("", name, "default").unwrap()
    }

    fn basis(incarnation: u64, version: u64) -> Basis {
        Basis { revision: Revision { incarnation: Incarnation::from_bits(incarnation), version }, content: 7, terms: 9 }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    fn answer(body: &str, until: Option<i64>) -> Arc<Answer> {
        Arc::new(Answer { valid_until: until.map(at), ..Answer::shown(body.into()) })
    }

    #[test]
    fn an_answer_holds_for_what_it_was_computed_for_and_nothing_else() {
        let mut memo = Memo::new(8, 1 << 20);
        memo.put(&address("a"), Form::Totals, basis(1, 3), at(100), answer("x", Some(200)));
        let known = |memo: &mut Memo, name: &str, form, basis: Basis, ms| {
            memo.get(&address(name), form, &basis, at(ms)).map(|answer| answer.body.clone())
        };
        assert_eq!(known(&mut memo, "a", Form::Totals, basis(1, 3), 100).as_deref(), Some("x"));
        assert_eq!(known(&mut memo, "a", Form::Totals, basis(1, 3), 199).as_deref(), Some("x"));
        for (name, form, basis, ms) in [
            ("b", Form::Totals, basis(1, 3), 150),
            ("a", Form::Show, basis(1, 3), 150),
            ("a", Form::Explain, basis(1, 3), 150),
            ("a", Form::Totals, basis(1, 4), 150),
            ("a", Form::Totals, basis(2, 3), 150),
            ("a", Form::Totals, Basis { content: 8, ..basis(1, 3) }, 150),
            ("a", Form::Totals, Basis { terms: 8, ..basis(1, 3) }, 150),
            ("a", Form::Totals, basis(1, 3), 99),
            ("a", Form::Totals, basis(1, 3), 200),
        ] {
            assert_eq!(known(&mut memo, name, form, basis, ms), None, "{name} {form:?} {basis:?} {ms}");
        }
        memo.put(&address("a"), Form::Totals, basis(1, 4), at(100), answer("y", None));
        assert_eq!(known(&mut memo, "a", Form::Totals, basis(1, 4), i64::MAX).as_deref(), Some("y"));
        assert_eq!(known(&mut memo, "a", Form::Totals, basis(1, 3), 150), None);
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let mut memo = Memo::new(4, 1 << 20);
        for n in 0..100 {
            let name = format!("cart {n}");
            memo.put(&address(&name), Form::Show, basis(1, 1), at(0), answer("x", None));
            memo.put(&address("hot"), Form::Show, basis(1, 1), at(0), answer("hot", None));
            assert!(memo.get(&address("hot"), Form::Show, &basis(1, 1), at(1)).is_some());
            assert!(memo.len() <= 4, "{}", memo.len());
        }
        assert!(memo.get(&address("cart 0"), Form::Show, &basis(1, 1), at(1)).is_none());
    }

    #[test]
    fn an_older_answer_never_stands_behind_a_newer_one() {
        // The newer one is in the young generation; the older one must not be found in the old one.
        let mut memo = Memo::new(4, 1 << 20);
        memo.put(&address("a"), Form::Show, basis(1, 1), at(0), answer("old", None));
        memo.put(&address("b"), Form::Show, basis(1, 1), at(0), answer("b", None));
        memo.put(&address("c"), Form::Show, basis(1, 1), at(0), answer("c", None));
        memo.put(&address("a"), Form::Show, basis(1, 2), at(0), answer("new", None));
        let found = memo.get(&address("a"), Form::Show, &basis(1, 2), at(1)).unwrap();
        assert_eq!(found.body, "new");
        assert!(memo.get(&address("a"), Form::Show, &basis(1, 1), at(1)).is_none());
    }

    #[test]
    fn bytes_are_bounded_and_counted() {
        let mut memo = Memo::new(1000, 64 * 1024);
        let large = "x".repeat(4000);
        for n in 0..200 {
            memo.put(&address(&format!("cart {}", n % 40)), Form::Show, basis(1, n), at(0), answer(&large, None));
            let counted: usize = [&memo.young, &memo.old]
                .iter()
                .flat_map(|generation| &generation.carts)
                .flat_map(|(address, forms)| forms.iter().flatten().map(|kept| weight(address, kept)))
                .sum();
            assert_eq!(counted, memo.young.bytes + memo.old.bytes);
            assert!(counted <= 64 * 1024, "{counted}");
        }
        let huge = "x".repeat(60_000);
        memo.put(&address("huge"), Form::Show, basis(1, 1), at(0), answer(&huge, None));
        assert!(memo.get(&address("huge"), Form::Show, &basis(1, 1), at(1)).is_none());
        let mut off = Memo::new(0, 1 << 20);
        off.put(&address("a"), Form::Show, basis(1, 1), at(0), answer("x", None));
        assert!(off.is_empty());
    }
}
