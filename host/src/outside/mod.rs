//! What prices depend on besides the cart, and the cart's own code cannot know: time zones, the
//! catalogue of conditions, and what providers of conditions answer.
//!
//! - [`Catalogue`]: definitions that the shop keeps once, from a file or made by whoever embeds us;
//! - [`Provider`]: a voucher service, a shipping quote: asked before a call, within a time of its own;
//! - [`HttpProvider`]: such a provider behind a URL;
//! - [`zones`]: offsets, from tables that are built in;
//! - `needed`: what each cart was found to need, so that most calls have it at once.
//!
//! The runtime hands these in; see [`pushcart::service::Given`].

mod catalogue;
mod http;
mod needed;
mod provider;
pub mod zones;

pub use catalogue::{Catalogue, Definition};
pub use http::HttpProvider;
pub(crate) use http::parse_list;
pub(crate) use needed::Remembered;
pub use provider::{Provider, Question};
pub(crate) use provider::{ask, check_names};
