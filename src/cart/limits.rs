//! How large a cart may get. Checked when something is put in, never when it is read back, so that
//! lowering a limit makes no stored cart unreadable.

use crate::error::{Error, Kind, Result};
use crate::json::Raw;

/// The limits, all settable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines in a cart.
    pub items: u32,
    /// Pieces in a line.
    pub quantity: u32,
    /// Characters in an id or a name.
    pub characters: u32,
    /// Bytes of the JSON of all items, of all conditions, and of all metadata, each.
    pub bytes: u32,
    /// Levels that attributes and metadata may nest.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { items: 1000, quantity: 10_000, characters: 255, bytes: 1 << 20, depth: 32 }
    }
}

impl Limits {
    /// An id or a name: not blank, not too long.
    pub fn text(&self, text: &str) -> Result<()> {
        if text.trim().is_empty() {
            return Err(invalid!(
                "expected 1 to {} characters that are not all blank, found {:?}",
                self.characters,
                text
            ));
        }
        if text.len() > self.characters as usize {
            let found = crate::text::characters(text);
            if found > self.characters as usize {
                return Err(exceeded(
                    "characters",
                    text!("expected at most {} characters, found {}", self.characters, found),
                ));
            }
        }
        Ok(())
    }

    /// Attributes or a metadata value: not nested too deep, not too large.
    pub fn raw(&self, raw: &Raw) -> Result<()> {
        self.size(raw.len())?;
        let found = raw.depth();
        if found > self.depth {
            return Err(exceeded("depth", text!("expected at most {} levels of nesting, found {}", self.depth, found)));
        }
        Ok(())
    }

    /// The size of a part of the cart.
    pub fn size(&self, found: usize) -> Result<()> {
        if found > self.bytes as usize {
            return Err(exceeded("bytes", text!("expected at most {} bytes, found {}", self.bytes, found)));
        }
        Ok(())
    }

    /// The number of lines.
    pub fn lines(&self, found: usize) -> Result<()> {
        if found > self.items as usize {
            return Err(exceeded("items", text!("expected at most {} lines, found {}", self.items, found)));
        }
        Ok(())
    }

    /// The pieces in a line: 1 to the limit.
    pub fn pieces(&self, found: i64) -> Result<u32> {
        if found < 1 {
            return Err(invalid!("expected a quantity of 1 or more, found {}", found));
        }
        if found > i64::from(self.quantity) {
            return Err(exceeded(
                "quantity",
                text!("expected a quantity of at most {}, found {}", self.quantity, found),
            ));
        }
        Ok(found as u32)
    }
}

#[cold]
fn exceeded(limit: &'static str, message: String) -> Error {
    Error::new(Kind::LimitExceeded, message).because(limit)
}
