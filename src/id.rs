//! Who, which, and which life of it: the names a cart is found by.
//!
//! Every name is parsed once, here, and is valid ever after. Names are compared by their bytes:
//! no folding, no trimming, no normalisation, so that no two of them ever meet.

use crate::error::{Error, Kind, Result};
use crate::text::{characters, whole};
use core::fmt;

/// The longest identifier, instance or owner, in Unicode code points.
pub const NAME_CODE_POINTS_MAX: usize = 255;

/// A cart's address: whose it is, and which of theirs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    owner: Box<str>,
    identifier: Box<str>,
    instance: Box<str>,
}

impl Address {
    /// The cart `instance` of `identifier`, of the tenant `owner` (empty by default).
    ///
    /// Refused: an identifier or instance that is empty or longer than 255 code points, an owner
    /// that is longer.
    pub fn new(owner: &str, identifier: &str, instance: &str) -> Result<Self> {
        if !owner.is_empty() {
            name("owner", owner)?;
        }
        name("identifier", identifier)?;
        name("instance", instance)?;
        Ok(Address { owner: owner.into(), identifier: identifier.into(), instance: instance.into() })
    }

    /// The tenant; empty where there is only one.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Whose cart: `guest:…`, `user:…` or anything else.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Which cart of theirs: `default`, `wishlist`, …
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Another cart of the same identifier.
    pub fn with_instance(&self, instance: &str) -> Result<Self> {
        Address::new(&self.owner, &self.identifier, instance)
    }

    /// The same instance of another identifier.
    pub fn with_identifier(&self, identifier: &str) -> Result<Self> {
        Address::new(&self.owner, identifier, &self.instance)
    }
}

fn name(what: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(invalid!("expected 1 to {} characters, found none", NAME_CODE_POINTS_MAX).under(what));
    }
    // Bytes bound code points from above, so the common case counts nothing.
    if text.len() > NAME_CODE_POINTS_MAX {
        let found = characters(text);
        if found > NAME_CODE_POINTS_MAX {
            return Err(refusal!(
                Kind::LimitExceeded,
                "expected at most {} characters, found {}",
                NAME_CODE_POINTS_MAX,
                found
            )
            .under(what));
        }
    }
    Ok(())
}

/// One life of a cart: random, new at each creation.
///
/// It keeps version 5 of a cart that was destroyed from matching version 5 of its successor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(u64);

impl Incarnation {
    /// The incarnation with these bits.
    pub const fn from_bits(bits: u64) -> Self {
        Incarnation(bits)
    }

    /// Its bits.
    pub const fn as_bits(self) -> u64 {
        self.0
    }

    /// Reads 16 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let bits = text.bytes().try_fold(0u64, |bits, byte| Some(bits << 4 | u64::from(digit(byte)?)))?;
        (text.len() == 16).then_some(Incarnation(bits))
    }

    /// Appends the 16 hexadecimal digits.
    pub fn write(self, out: &mut String) {
        write_hex(out, self.0);
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Exactly one state of a cart: an incarnation and a version. Written `9f2c….3`.
///
/// The version is 1 when the cart is created and rises by one with each committed change.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Revision {
    /// The life of the cart.
    pub incarnation: Incarnation,
    /// Its version within that life.
    pub version: u64,
}

impl Revision {
    /// Reads `INCARNATION.VERSION`.
    pub fn parse(text: &str) -> Result<Self> {
        text.split_once('.')
            .and_then(|(incarnation, version)| {
                let version = whole(version).filter(|_| !version.starts_with('0'))?;
                Some(Revision { incarnation: Incarnation::parse(incarnation)?, version })
            })
            .ok_or_else(|| {
                Error::malformed(text!(
                    "expected \"INCARNATION.VERSION\" as an earlier answer gave it, found {:?}",
                    text
                ))
            })
    }

    /// Appends `INCARNATION.VERSION`.
    pub fn write(self, out: &mut String) {
        self.incarnation.write(out);
        out.push('.');
        crate::json::write_integer(out, self.version as i64);
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.incarnation, self.version)
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Randomness handed to a call: 128 bits for a cart's id, 64 for an incarnation, 64 for the rest.
///
/// The core draws nothing itself, so that the same call gives the same answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entropy(pub [u64; 4]);

impl Entropy {
    /// A cart's id: 32 hexadecimal digits.
    pub fn cart_id(&self) -> Box<str> {
        let mut out = String::with_capacity(32);
        write_hex(&mut out, self.0[0]);
        write_hex(&mut out, self.0[1]);
        out.into_boxed_str()
    }

    /// An incarnation.
    pub fn incarnation(&self) -> Incarnation {
        Incarnation(self.0[2])
    }

    /// A number for everything that need not be secret: the internal key of a change, jitter.
    pub fn token(&self) -> u64 {
        self.0[3]
    }

    /// Fresh entropy derived from this one: for the second cart that one call creates.
    #[must_use]
    pub fn derive(&self, n: u64) -> Entropy {
        Entropy(core::array::from_fn(|i| mix(self.0[i] ^ mix(n.wrapping_mul(4).wrapping_add(i as u64 + 1)))))
    }
}

/// The finaliser of splitmix64: every input bit reaches every output bit.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(crate) fn write_hex(out: &mut String, bits: u64) {
    for shift in (0..16).rev() {
        out.push(b"0123456789abcdef"[(bits >> (shift * 4) & 15) as usize] as char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_takes_any_text_of_1_to_255_code_points() {
        for identifier in ["user:42", "a/b", "\0", "é", "😀", "Alice ", &"漢".repeat(255)] {
            assert!(Address::new("", identifier, "default").is_ok(), "{identifier}");
        }
        assert_eq!(Address::new("", "", "default").unwrap_err().path(), "identifier");
        assert_eq!(Address::new("", "x", &"i".repeat(256)).unwrap_err().kind(), Kind::LimitExceeded);
    }

    #[test]
    fn a_revision_reads_only_what_it_writes() {
        let revision = Revision { incarnation: Incarnation::from_bits(0x9f2c), version: 3 };
        assert_eq!(revision.to_string(), "0000000000009f2c.3");
        assert_eq!(Revision::parse("0000000000009f2c.3").unwrap(), revision);
        for text in
            ["", "9f2c.3", "0000000000009f2c.", "0000000000009f2c.03", "0000000000009F2C.3", "0000000000009f2c.-1"]
        {
            assert!(Revision::parse(text).is_err(), "{text}");
        }
    }
}
