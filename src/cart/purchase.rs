//! How many pieces of a thing may be bought at once.

use crate::error::{Kind, Result};

/// The purchase rules of an item; each counts what the cart already holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PurchaseRules {
    /// At least so many.
    pub min_quantity: Option<u32>,
    /// At most so many.
    pub max_quantity: Option<u32>,
    /// Only multiples of this.
    pub step: Option<u32>,
    /// How many there are. A rule, not a reservation.
    pub stock: Option<u32>,
}

impl PurchaseRules {
    /// These rules, with what `newer` says put over them.
    #[must_use]
    pub fn updated(self, newer: PurchaseRules) -> Self {
        PurchaseRules {
            min_quantity: newer.min_quantity.or(self.min_quantity),
            max_quantity: newer.max_quantity.or(self.max_quantity),
            step: newer.step.or(self.step),
            stock: newer.stock.or(self.stock),
        }
    }

    /// Whether a line may hold `quantity` pieces. The reason is that of the first rule that refuses:
    /// stock, minimum, maximum, step.
    pub fn check(&self, quantity: u32) -> Result<()> {
        let refuse = |reason, expected: String| {
            Err(refusal!(Kind::NotPurchasable, "expected {}, found {}", expected, quantity).because(reason))
        };
        if let Some(stock) = self.stock.filter(|stock| quantity > *stock) {
            return refuse("insufficient_stock", text!("at most the {} in stock", stock));
        }
        if let Some(min) = self.min_quantity.filter(|min| quantity < *min) {
            return refuse("below_minimum", text!("a quantity of at least {}", min));
        }
        if let Some(max) = self.max_quantity.filter(|max| quantity > *max) {
            return refuse("above_maximum", text!("a quantity of at most {}", max));
        }
        if let Some(step) = self.step.filter(|step| *step > 0 && !quantity.is_multiple_of(*step)) {
            return refuse("not_a_multiple", text!("a multiple of {}", step));
        }
        Ok(())
    }
}
