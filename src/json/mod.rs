//! JSON, as small as the cart needs it: a reader that knows where it is, a writer that appends.
//!
//! A general library reads numbers into floating point, and loses where in the document an error
//! was by the time the error is understood. The cart needs neither: amounts are integers and stay
//! so, a number elsewhere is kept as the text it was, and an error collects its path on the way
//! out (see [`crate::error`]). What is left is small enough for a browser, and fast: shapes are
//! read straight from the text, with no tree between.
//!
//! - [`Reader`]: one pass over a text, shape by shape.
//! - [`Raw`]: any JSON value, checked and compacted, kept as text: attributes and metadata.
//! - [`Plain`]: such a value, compared strictly.
//! - [`Fields`], [`write_text`], [`write_integer`]: the way out.
//!
//! Shapes are not here: what an item or a condition looks like is said in [`crate::wire`].

mod plain;
mod raw;
mod read;
mod write;

pub use plain::Plain;
pub(crate) use plain::members;
pub use raw::Raw;
pub use read::{INTEGER_MAX, Reader, Sort};
pub(crate) use read::{once, repeated, required, unknown};
pub use write::{Fields, write_integer, write_list, write_text};

/// Where the first byte at or after `from` stands that JSON text cannot hold as it is: a quote, a
/// backslash or a control character; the end of `bytes` when there is none.
///
/// Eight bytes at a time: names and ids are most of what a cart reads and writes.
#[inline]
fn plain_until(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zero_byte = |x: u64| x.wrapping_sub(ONES) & !x & HIGHS;
    let hits_at = |at: usize| {
        let x = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
        let controls = x.wrapping_sub(ONES * 0x20) & !x & HIGHS;
        // A borrow can only mark bytes above a real hit, so the lowest mark is exact.
        let hits = controls | zero_byte(x ^ (ONES * 0x22)) | zero_byte(x ^ (ONES * 0x5c));
        Some((hits, at + (hits.trailing_zeros() / 8) as usize))
    };
    let mut at = from;
    while let Some((hits, found)) = hits_at(at) {
        if hits != 0 {
            return found;
        }
        at += 8;
    }
    if at > from {
        // The last eight bytes, some of them for the second time.
        return match hits_at(bytes.len() - 8) {
            Some((hits, found)) if hits != 0 => found,
            _ => bytes.len(),
        };
    }
    while bytes.get(at).is_some_and(|b| *b >= 0x20 && *b != b'"' && *b != b'\\') {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::plain_until;

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
            for (at, length) in (0..24).flat_map(|at| (at + 1..28).map(move |length| (at, length))) {
                for filler in [b'a', b'!', b'#', b'[', b']', 0x20, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut bytes = vec![filler; length];
                    bytes[at] = special;
                    assert_eq!(plain_until(&bytes, 0), at, "{special} after {filler}");
                    assert_eq!(plain_until(&bytes, at), at);
                }
            }
        }
        assert_eq!(plain_until(b"plain text, nothing else", 3), 24);
    }
}
