//! Texts for people, put together: what `format!` is for, at a fraction of its size.
//!
//! The library's formatting brings its own machinery for widths, precisions and every type there is, and each use
//! of it unrolls. Here a use is a template and a list of pieces, and one function fills them in. In a
//! template `{}` stands for a piece as it is, and `{:?}` for one in quotes, what cannot be seen in it escaped.

use std::borrow::Cow;

/// What can stand for a `{}`.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'p> {
    Text(&'p str),
    Integer(i64),
    Character(char),
}

/// Has a piece to show.
pub(crate) trait Shown {
    fn piece(&self) -> Piece<'_>;
}

/// The text that a template makes with its pieces: `text!("expected {}, found {:?}", 3, "x")`.
macro_rules! text {
    ($template:expr $(, $piece:expr)* $(,)?) => {
        $crate::text::filled($template, &[$($crate::text::Shown::piece(&$piece)),*])
    };
}

/// Appends such a text to another: `append!(out, "{}: ", name)`.
macro_rules! append {
    ($out:expr, $template:expr $(, $piece:expr)* $(,)?) => {
        $crate::text::fill($out, $template, &[$($crate::text::Shown::piece(&$piece)),*])
    };
}

/// An error of kind `invalid` with such a text.
macro_rules! invalid {
    ($template:expr $(, $piece:expr)* $(,)?) => {
        refusal!($crate::error::Kind::Invalid, $template $(, $piece)*)
    };
}

/// An error with such a text.
macro_rules! refusal {
    ($kind:expr, $template:expr $(, $piece:expr)* $(,)?) => {
        $crate::error::Error::saying($kind, $template, &[$($crate::text::Shown::piece(&$piece)),*])
    };
}

pub(crate) fn filled(template: &str, pieces: &[Piece<'_>]) -> String {
    let mut out = String::with_capacity(template.len() + 16 * pieces.len());
    fill(&mut out, template, pieces);
    out
}

pub(crate) fn fill(out: &mut String, template: &str, pieces: &[Piece<'_>]) {
    let mut rest = template;
    for piece in pieces {
        let Some((before, after)) = rest.split_once('{') else { break };
        let Some((mark, after)) = after.split_once('}') else { break };
        out.push_str(before);
        rest = after;
        match (piece, mark.is_empty()) {
            (Piece::Text(text), true) => out.push_str(text),
            (Piece::Text(text), false) => {
                out.push('"');
                text.chars().for_each(|c| escape(out, c, '"'));
                out.push('"');
            }
            (Piece::Integer(value), _) => crate::json::write_integer(out, *value),
            (Piece::Character(c), true) => out.push(*c),
            (Piece::Character(c), false) => {
                out.push('\'');
                escape(out, *c, '\'');
                out.push('\'');
            }
        }
    }
    out.push_str(rest);
}

/// What cannot be seen, or changes how what stands around it is seen: controls, blanks but the usual one, marks
/// that sit on the character before, signs of direction, private use, and what is beyond all scripts.
const UNSEEN: [(u32, u32); 14] = [
    (0x00, 0x1f),
    (0x7f, 0xa0),
    (0xad, 0xad),
    (0x300, 0x36f),
    (0x1680, 0x1680),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x3000, 0x3000),
    (0xe000, 0xf8ff),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xe0000, 0x10_ffff),
];

fn escape(out: &mut String, c: char, quote: char) {
    let short = match c {
        '\0' => '0',
        '\t' => 't',
        '\r' => 'r',
        '\n' => 'n',
        _ if c == quote || c == '\\' => c,
        _ => {
            let code = u32::from(c);
            if UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&code)) {
                out.push_str("\\u{");
                let digits = 8 - code.leading_zeros() / 4;
                for place in (0..digits.max(1)).rev() {
                    out.push(b"0123456789abcdef"[(code >> (place * 4) & 15) as usize] as char);
                }
                out.push('}');
            } else {
                out.push(c);
            }
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// How many characters a text has.
pub(crate) fn characters(text: &str) -> usize {
    text.bytes().filter(|byte| byte & 0xc0 != 0x80).count()
}

/// The whole number that digits make, if it fits.
pub(crate) fn whole(digits: &str) -> Option<u64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    let value = digits.bytes().try_fold(0u64, |value, byte| value.checked_mul(10)?.checked_add(digit(byte)?));
    value.filter(|_| !digits.is_empty())
}

/// The same with a minus before it, or none.
pub(crate) fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => 0i64.checked_sub_unsigned(whole(digits)?),
        None => i64::try_from(whole(text)?).ok(),
    }
}

/// Whether `part` stands in `text`, in time that grows with both and no faster (Knuth, Morris and Pratt).
pub(crate) fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    // How much of the part's beginning each beginning of it ends with.
    let mut borders = vec![0; part.len()];
    let follow = |mut matched: usize, byte: u8, borders: &[usize]| {
        while matched > 0 && part.get(matched) != Some(&byte) {
            matched = borders[matched - 1];
        }
        matched + usize::from(part.get(matched) == Some(&byte))
    };
    for at in 1..part.len() {
        borders[at] = follow(borders[at - 1], part[at], &borders);
    }
    let mut matched = 0;
    part.is_empty()
        || text.iter().any(|byte| {
            matched = follow(matched, *byte, &borders);
            matched == part.len()
        })
}

impl<T: Shown + ?Sized> Shown for &T {
    fn piece(&self) -> Piece<'_> {
        (**self).piece()
    }
}

impl Shown for str {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self)
    }
}

impl Shown for String {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self)
    }
}

impl Shown for Box<str> {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self)
    }
}

impl Shown for Cow<'_, str> {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self)
    }
}

impl Shown for char {
    fn piece(&self) -> Piece<'_> {
        Piece::Character(*self)
    }
}

impl Shown for i64 {
    fn piece(&self) -> Piece<'_> {
        Piece::Integer(*self)
    }
}

impl Shown for i32 {
    fn piece(&self) -> Piece<'_> {
        Piece::Integer(i64::from(*self))
    }
}

impl Shown for u32 {
    fn piece(&self) -> Piece<'_> {
        Piece::Integer(i64::from(*self))
    }
}

impl Shown for usize {
    fn piece(&self) -> Piece<'_> {
        Piece::Integer(*self as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_library_reads_them() {
        for text in ["", "0", "-0", "007", "-", "1x", "--1", "9223372036854775807", "9223372036854775808"] {
            assert_eq!(integer(text), text.parse().ok(), "{text}");
        }
        for text in ["-9223372036854775808", "-9223372036854775809", "18446744073709551616"] {
            assert_eq!(integer(text), text.parse().ok(), "{text}");
            assert_eq!(whole(text), text.parse().ok(), "{text}");
        }
        assert_eq!(whole("18446744073709551615"), Some(u64::MAX));
        assert_eq!(characters("aé漢😀"), 4);
    }

    #[test]
    fn a_part_is_found_wherever_it_stands() {
        let mut texts = vec![String::new()];
        for length in 1..=7 {
            texts.extend(
                (0..1 << length).map(|bits| (0..length).map(|n| if bits >> n & 1 == 1 { 'a' } else { 'b' }).collect()),
            );
        }
        for text in &texts {
            for part in texts.iter().filter(|part| part.len() < 5) {
                assert_eq!(contains(text, part), text.contains(part.as_str()), "{part} in {text}");
            }
        }
    }

    #[test]
    fn a_template_is_filled_in_order() {
        assert_eq!(text!("a {} {:?} {}", "b", "c\"'\n\u{7}", -3), format!("a {} {:?} {}", "b", "c\"'\n\u{7}", -3));
        assert_eq!(text!("{:?}{}{:?}", 'x', 'y', '\''), "'x'y'\\''");
        assert_eq!(text!("nothing"), "nothing");
    }

    #[test]
    fn quotes_are_those_of_the_library() {
        let all = ('\0'..='\u{24f}').chain('\u{300}'..='\u{36f}').chain('\u{2000}'..='\u{206f}');
        let all = all.chain(['é', '漢', '😀', '\u{feff}', '\u{e000}', '\u{10ffff}', '\u{202e}', '\u{a0}', '\u{3000}']);
        for c in all.filter(|c| !matches!(c, '\u{2064}'..='\u{2065}')) {
            let text = String::from(c);
            assert_eq!(text!("{:?} {:?}", text, c), format!("{text:?} {c:?}"), "{:x}", u32::from(c));
        }
    }
}
