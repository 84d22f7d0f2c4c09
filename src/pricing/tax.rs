//! Taxes that depend on other taxes: those that the prices contain, and those on top of others.

use super::lines::Lines;
use super::steps::{Matching, Step};
use crate::condition::{Change, Phase, Scope};
use crate::error::Result;
use crate::money::{Amount, Exact, Ratio};

/// The tax of `rate` that `gross` contains, where all taxes that it contains are `rates`:
/// `gross × r / (100 + Σ r)`.
///
/// A rate is at most 100 (10,000 %), so that nothing here leaves 128 bits with fewer than 10^6 rates.
pub(super) fn included(gross: Amount, rate: Ratio, rates: &[Ratio]) -> Exact {
    /// Every rate's denominator divides it.
    const WHOLE: i64 = 10i64.pow(14);
    let part = |rate: &Ratio| i128::from(rate.num() * (WHOLE / rate.den()));
    let mut sum = i128::from(WHOLE);
    for other in rates {
        sum += part(other);
    }
    Exact::fraction(i128::from(gross.minor()) * part(&rate), sum)
}

/// The rate of a tax that is a percentage.
pub(super) fn rate(step: &Step<'_>) -> Option<Ratio> {
    match step.does.value.change() {
        Change::Percent(rate) => Some(rate),
        _ => None,
    }
}

/// Whether two sets of lines are the same.
pub(super) fn same_lines(a: &Matching, b: &Matching, of_all: usize) -> bool {
    match (a.range(of_all), b.range(of_all)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a == b,
        _ => false,
    }
}

/// The amounts of the taxes that others name in `compoundOn`.
#[derive(Clone, Default)]
pub(super) struct Named<'c> {
    wanted: Vec<&'c str>,
    /// Whether a tax on lines wants them: then their shares are kept.
    by_line: bool,
    taxes: Vec<Tax<'c>>,
}

#[derive(Clone)]
struct Tax<'c> {
    name: &'c str,
    amount: Amount,
    shares: Vec<i64>,
}

impl<'c> Named<'c> {
    /// What the conditions of a cart want to know of each other.
    pub(super) fn of(steps: &[Step<'c>]) -> Self {
        let mut named = Named::default();
        for step in steps.iter().filter(|step| !step.does.compound_on.is_empty()) {
            named.wanted.extend(step.does.compound_on.iter().map(|name| &**name));
            named.by_line |= step.does.target.scope() == Scope::Items;
        }
        named
    }

    /// Whether the shares of the tax of this name must be kept.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.wanted.contains(&name)
    }

    /// Notes a tax that was charged; `before` is the column of shares as it was.
    pub(super) fn note(&mut self, name: &'c str, amount: Amount, before: &[i64], lines: &Lines<'_>) {
        let mut shares = Vec::new();
        if self.by_line {
            let after = lines.shares(Phase::Tax);
            shares.extend(after.iter().enumerate().map(|(line, share)| share - before.get(line).unwrap_or(&0)));
        }
        self.taxes.push(Tax { name, amount, shares });
    }

    /// What the named taxes add to a base: to that of the cart, or of `lines`. Those that nobody has
    /// go into `missing`.
    pub(super) fn sum(
        &self,
        names: &'c [Box<str>],
        lines: Option<&Matching>,
        of_all: usize,
        missing: &mut Vec<&'c str>,
    ) -> Result<Amount> {
        let mut sum = Amount::ZERO;
        for name in names {
            let mut found = false;
            for tax in self.taxes.iter().filter(|tax| *tax.name == **name) {
                found = true;
                match lines {
                    None => sum = sum.plus(tax.amount)?,
                    Some(lines) => {
                        let mut part = 0i128;
                        lines.each(of_all, |line| part += i128::from(tax.shares.get(line).copied().unwrap_or(0)));
                        sum = sum.plus(Amount::from_wide(part)?)?;
                    }
                }
            }
            if !found {
                missing.push(name);
            }
        }
        Ok(sum)
    }
}
