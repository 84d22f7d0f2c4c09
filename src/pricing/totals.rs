//! The answer of pricing: figures, lines, and a breakdown that explains them.
//!
//! It borrows every name from the cart: a cart of 200 lines is priced without copying one id.

use crate::cart::Item;
use crate::condition::Phase;
use crate::money::{Amount, Currency, Exact};
use crate::time::Timestamp;

/// What a cart costs.
///
/// INVARIANTS: total = subtotal + shipping + fees + tax + adjustments = subtotal_without_conditions + the
/// sum of the amounts of the applied entries that are not included; the lines' nets sum to subtotal, their totals to total;
/// no figure but adjustments, discounts in `by_type` and shares is below 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals<'c> {
    /// The currency of every amount here.
    pub currency: Currency,
    /// How many pieces.
    pub quantity: i64,
    /// How many lines.
    pub lines: usize,
    /// The sum of price × quantity.
    pub subtotal_without_conditions: Amount,
    /// The goods after the phase cart_subtotal.
    pub subtotal: Amount,
    /// The reductions in the item phases and cart_subtotal, as a positive amount.
    pub discount: Amount,
    /// Shipping.
    pub shipping: Amount,
    /// Fees.
    pub fees: Amount,
    /// Tax on top of the prices.
    pub tax: Amount,
    /// Tax that the prices already contain.
    pub tax_included: Amount,
    /// The reductions after cart_subtotal that are neither of shipping nor of tax: 0 or less.
    pub adjustments: Amount,
    /// What is to be paid.
    pub total: Amount,
    /// What the reductions took off: discount - adjustments.
    pub savings: Amount,
    /// The applied amounts summed by type, in the order of first application, zeros left out.
    pub by_type: Vec<(&'c str, Amount)>,
    /// One for each line, in the cart's order.
    pub line_totals: LineTotals<'c>,
    /// One entry for each condition: those that applied, in the order of application; then those that did
    /// not, likewise; last those that have no place in it.
    pub breakdown: Vec<Entry<'c>>,
    /// From when on time alone may make it cost something else; `None` for never.
    pub valid_until: Option<Timestamp>,
}

impl Totals<'_> {
    /// The totals of a cart that does not exist.
    #[inline(never)]
    pub fn zero(currency: Currency) -> Self {
        Totals {
            currency,
            quantity: 0,
            lines: 0,
            subtotal_without_conditions: Amount::ZERO,
            subtotal: Amount::ZERO,
            discount: Amount::ZERO,
            shipping: Amount::ZERO,
            fees: Amount::ZERO,
            tax: Amount::ZERO,
            tax_included: Amount::ZERO,
            adjustments: Amount::ZERO,
            total: Amount::ZERO,
            savings: Amount::ZERO,
            by_type: Vec::new(),
            line_totals: LineTotals::default(),
            breakdown: Vec::new(),
            valid_until: None,
        }
    }
}

/// The goods after cart_subtotal.
pub(super) const GOODS: usize = 0;
/// The goods before it; empty where it changed nothing.
pub(super) const BEFORE: usize = 1;
/// The shares of cart_subtotal, which stays empty because they are in the goods, and of each phase after it; empty
/// while there are none.
pub(super) const SHARES: usize = 2;
/// While pricing: U, the price of a unit as the item phases changed it; empty until one does.
pub(super) const UNIT: usize = SHARES + Shares::PHASES;
/// While pricing: the shares of the taxable amount; empty until the phase tax begins.
pub(super) const TAXABLE: usize = UNIT + 1;
/// While pricing: a copy of a column that is its own weights.
pub(super) const SPARE: usize = TAXABLE + 1;

/// What each line costs: columns, from which a line's figures are put together when they are read.
///
/// INVARIANT: every figure that [`LineTotals::get`] puts together is within the bounds of an amount.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineTotals<'c> {
    pub(super) items: &'c [Item],
    pub(super) columns: [Vec<i64>; SPARE + 1],
}

impl<'c> LineTotals<'c> {
    /// How many lines.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True for none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What line `n` costs.
    pub fn get(&self, n: usize) -> Option<LineTotal<'c>> {
        let (item, goods) = (self.items.get(n)?, *self.columns[GOODS].get(n)?);
        let before = self.columns[BEFORE].get(n).copied().unwrap_or(goods);
        let gross = item.price.minor() * i64::from(item.quantity);
        let mut shares = Shares::of_goods(Amount::within(goods - before));
        let mut total = goods;
        for (phase, column) in self.columns[SHARES..UNIT].iter().enumerate() {
            if let Some(share) = column.get(n) {
                total += share;
                shares.set(phase, Amount::within(*share));
            }
        }
        Some(LineTotal {
            id: &item.id,
            gross: Amount::within(gross),
            item_adjustments: Amount::within(before - gross),
            net: Amount::within(goods),
            shares,
            total: Amount::within(total),
        })
    }

    /// Line by line.
    pub fn iter(&self) -> impl Iterator<Item = LineTotal<'c>> + '_ {
        (0..self.len()).filter_map(|n| self.get(n))
    }

    /// Whether every figure is within bounds.
    pub(super) fn check(&self) -> crate::error::Result<()> {
        for n in 0..self.len() {
            let mut total = Amount::ZERO;
            for column in core::iter::once(&self.columns[GOODS]).chain(&self.columns[SHARES..UNIT]) {
                if let Some(share) = column.get(n) {
                    Amount::check(*share)?;
                    total.raise(*share)?;
                }
            }
        }
        Ok(())
    }
}

/// What a line costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTotal<'c> {
    /// The line's id.
    pub id: &'c str,
    /// Price × quantity.
    pub gross: Amount,
    /// What the item phases changed.
    pub item_adjustments: Amount,
    /// The line's part of the subtotal: gross, item adjustments and its share of cart_subtotal.
    pub net: Amount,
    /// Its shares of the phases after the item phases.
    pub shares: Shares,
    /// Its part of the total: net and its shares of the phases after cart_subtotal.
    pub total: Amount,
}

/// A line's shares of the phases after the item phases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares([Amount; Shares::PHASES]);

impl Shares {
    /// How many phases follow the item phases.
    pub(super) const PHASES: usize = Phase::ALL.len() - Phase::CartSubtotal as usize;

    /// A share of cart_subtotal, which is the first of the phases here, and no other yet.
    pub(super) fn of_goods(share: Amount) -> Self {
        let mut shares = Shares::default();
        shares.set(0, share);
        shares
    }

    /// Sets the share of a phase, counted from cart_subtotal.
    pub(super) fn set(&mut self, phase: usize, share: Amount) {
        if let Some(of_phase) = self.0.get_mut(phase) {
            *of_phase = share;
        }
    }

    /// The share of a phase; 0 for an item phase.
    pub fn get(&self, phase: Phase) -> Amount {
        (phase as usize)
            .checked_sub(Phase::CartSubtotal as usize)
            .and_then(|column| self.0.get(column))
            .copied()
            .unwrap_or_default()
    }

    /// The shares that are not 0, in the order of the phases.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, Amount)> + '_ {
        Phase::ALL.into_iter().map(|phase| (phase, self.get(phase))).filter(|(_, share)| *share != Amount::ZERO)
    }
}

/// What one condition did, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'c> {
    /// The condition's name.
    pub name: &'c str,
    /// Its type.
    pub kind: &'c str,
    /// Its value as text; empty where it is not known.
    pub value: &'c str,
    /// The id of the line that it sits on; `None` for the cart.
    pub item: Option<&'c str>,
    /// Its phase, where it is known.
    pub phase: Option<Phase>,
    /// What it acted on: per unit, item or group the sum over them.
    pub base: Option<Amount>,
    /// Its change of the base before rounding, cap and cut.
    pub exact: Option<Exact>,
    /// Its change as it counts.
    pub amount: Amount,
    /// What the cut at 0 took away, as a positive amount.
    pub cut_off: Option<Amount>,
    /// A tax that the prices contain: its amount is part of them, and of no sum.
    pub included: bool,
    /// Whether it acted. An entry that did may have amount 0.
    pub applied: bool,
    /// Why it did not.
    pub reason: Option<Reason>,
    /// What most entries have nothing of.
    pub notes: Option<Box<Notes<'c>>>,
}

/// What there is to say of some entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes<'c> {
    /// Who provided it; `None` for one that stands in the cart or the catalogue.
    pub provider: Option<&'c str>,
    /// Names in `compoundOn` that no earlier tax has.
    pub missing: Vec<&'c str>,
    /// What there is to say about the reason: the zone, the mistake, the group.
    pub detail: Option<&'c str>,
}

impl<'c> Entry<'c> {
    /// The entry of a condition that has done nothing yet.
    pub(super) fn blank(name: &'c str, kind: &'c str) -> Self {
        Entry {
            name,
            kind,
            value: "",
            item: None,
            phase: None,
            base: None,
            exact: None,
            amount: Amount::ZERO,
            cut_off: None,
            included: false,
            applied: false,
            reason: None,
            notes: None,
        }
    }

    /// See [`Notes::provider`].
    pub fn provider(&self) -> Option<&'c str> {
        self.notes.as_ref().and_then(|notes| notes.provider)
    }

    /// See [`Notes::missing`].
    pub fn missing(&self) -> &[&'c str] {
        self.notes.as_ref().map_or(&[], |notes| &notes.missing)
    }

    /// See [`Notes::detail`].
    pub fn detail(&self) -> Option<&'c str> {
        self.notes.as_ref().and_then(|notes| notes.detail)
    }
}

/// Declares [`Reason`] with the name of each on every wire.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Why a condition did not apply.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name),+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),+];

            /// Its name on every wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $text),+ }
            }
        }
    };
}

reasons! {
    /// Its rules do not hold.
    RuleNotMet = "rule_not_met",
    /// One of its rules cannot be judged: this version does not know it.
    RuleError = "rule_error",
    /// The offset of a time zone that its rules name is not known.
    ZoneUnavailable = "zone_unavailable",
    /// No line passes its filters, or there are too few pieces for its units.
    NoMatch = "no_match",
    /// Another condition of its group applies.
    Group = "group",
    /// Its value divides by 0.
    DivisionByZero = "division_by_zero",
    /// The cart has no lines.
    EmptyCart = "empty_cart",
    /// It was stored, or provided, in a form that this version does not know.
    Unsupported = "unsupported",
    /// The catalogue has it switched off.
    Inactive = "inactive",
    /// The catalogue does not have it.
    NotInCatalogue = "not_in_catalogue",
    /// Its provider failed.
    ProviderFailed = "provider_failed",
    /// Its provider did not answer in time.
    ProviderSlow = "provider_slow",
}
