//! Putting things in order: one sort for the whole crate.
//!
//! The library's sorts are made anew for every type that is sorted, several kilobytes each, which a browser has
//! to fetch. This one is made once, because it sorts places: what stands at them is the caller's business.

/// The numbers below `length` in the order that `before` says, which may not depend on when it is asked.
/// What is alike stays as it was.
pub(crate) fn order(length: usize, before: &mut dyn FnMut(usize, usize) -> bool) -> Vec<usize> {
    let mut list: Vec<usize> = (0..length).collect();
    let mut merged = list.clone();
    let mut width = 1;
    while width < length {
        let mut from = 0;
        while from < length {
            let middle = length.min(from + width);
            let to = length.min(middle + width);
            let (mut left, mut right) = (from, middle);
            for place in &mut merged[from..to] {
                let takes_right = left == middle || (right < to && before(list[right], list[left]));
                let next = if takes_right { &mut right } else { &mut left };
                *place = list[*next];
                *next += 1;
            }
            from = to;
        }
        core::mem::swap(&mut list, &mut merged);
        width *= 2;
    }
    list
}

/// The first of `length` texts that stood before.
pub(crate) fn first_repeated<'t>(length: usize, text: &dyn Fn(usize) -> &'t str) -> Option<usize> {
    let sorted = order(length, &mut |a, b| text(a) < text(b));
    let repeated = sorted.windows(2).filter(|pair| text(pair[0]) == text(pair[1])).map(|pair| pair[1]);
    repeated.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stable_and_sorts_any_length() {
        for length in 0..70usize {
            let key = |n: usize| n * 7919 % 5;
            let mut expected: Vec<usize> = (0..length).collect();
            expected.sort_by_key(|n| key(*n));
            assert_eq!(order(length, &mut |a, b| key(a) < key(b)), expected);
        }
    }

    #[test]
    fn the_first_that_stood_before_is_found() {
        let first = |texts: &[&'static str]| first_repeated(texts.len(), &|n| texts[n]);
        assert_eq!(first(&["b", "a", "c", "a", "b", "b"]), Some(3));
        assert_eq!(first(&["b", "a"]), None);
        assert_eq!(first(&[]), None);
    }
}
