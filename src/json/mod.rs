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
//! - [`Fields`], [`write_text`], [`write_integer`]: the way out.
//!
//! Shapes are not here: what an item or a condition looks like is said in [`crate::wire`].

mod raw;
mod read;
mod write;

pub use raw::Raw;
pub use read::{Reader, Sort, INTEGER_MAX};
pub use write::{write_integer, write_list, write_text, Fields};
