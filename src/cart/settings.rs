//! What a shop may decide about its carts. The host reads it from its settings and hands it in
//! with every call; the core keeps none of it.

use super::Limits;
use crate::money::{Currency, Rounding};

/// The settings that the core obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// See [`Limits`].
    pub limits: Limits,
    /// What becomes of a cart whose last line went.
    pub empty_cart: EmptyCart,
    /// What makes two lines the same line.
    pub line_identity: LineIdentity,
    /// The currency of a cart whose creation names none.
    pub default_currency: Currency,
    /// The rounding of a cart whose creation names none.
    pub default_rounding: Rounding,
    /// Whether shipping is part of the taxable amount.
    pub tax_shipping: bool,
    /// How long a cart lives after its last change, in milliseconds; `None` for ever.
    pub ttl_ms: Option<u64>,
    /// How long a tombstone is kept, in milliseconds.
    pub tombstone_ms: u64,
    /// Whether changes yield events.
    pub events: bool,
    /// How often a change is applied again after a conflict before it is given up.
    pub replays_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            limits: Limits::default(),
            empty_cart: EmptyCart::Destroy,
            line_identity: LineIdentity::Id,
            default_currency: Currency::USD,
            default_rounding: Rounding::HalfUp,
            tax_shipping: true,
            ttl_ms: None,
            tombstone_ms: crate::storage::TOMBSTONE_MS,
            events: true,
            replays_max: 16,
        }
    }
}

/// What becomes of a cart when an update or a removal took its last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyCart {
    /// It is destroyed.
    Destroy,
    /// It is cleared: the record stays, with rules only.
    Clear,
    /// It stays as it is, with its conditions and metadata.
    Preserve,
}

impl EmptyCart {
    /// Every policy.
    pub const ALL: [EmptyCart; 3] = [EmptyCart::Destroy, EmptyCart::Clear, EmptyCart::Preserve];

    /// Its name in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            EmptyCart::Destroy => "destroy",
            EmptyCart::Clear => "clear",
            EmptyCart::Preserve => "preserve",
        }
    }
}

/// What makes an added item the same line as one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineIdentity {
    /// The same id.
    Id,
    /// The same id and the same attributes: two sizes of one shirt are two lines.
    IdAndAttributes,
}

impl LineIdentity {
    /// Every choice.
    pub const ALL: [LineIdentity; 2] = [LineIdentity::Id, LineIdentity::IdAndAttributes];

    /// Its name in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            LineIdentity::Id => "id",
            LineIdentity::IdAndAttributes => "id_and_attributes",
        }
    }
}
