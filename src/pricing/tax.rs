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
pub(super) fn included(gross: i64, rate: Ratio, rates: &[Ratio]) -> Exact {
    /// Every rate's denominator divides it.
    const WHOLE: i64 = 10i64.pow(14);
    let part = |rate: &Ratio| i128::from(rate.num() * (WHOLE / rate.den()));
    let mut sum = i128::from(WHOLE);
    for other in rates {
        sum += part(other);
    }
    Exact::fraction(i128::from(gross) * part(&rate), sum)
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
    match (a, b) {
        (Matching::Some(a), Matching::Some(b)) => a == b,
        _ => a.range(of_all).is_some_and(|range| Some(range) == b.range(of_all)),
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
    amount: i64,
    shares: Vec<i64>,
}

impl<'c> Named<'c> {
    /// Notes what the conditions of a cart want to know of each other.
    pub(super) fn want(&mut self, steps: &[Step<'c>]) {
        for step in steps {
            for name in &step.does.compound_on {
                self.wanted.push(name);
                self.by_line |= step.does.target.scope() == Scope::Items;
            }
        }
    }

    /// Whether the shares of the tax of this name must be kept.
    pub(super) fn keeps(&self, name: &str) -> bool {
        self.wanted.contains(&name)
    }

    /// Notes a tax that was charged; `before` is the column of shares as it was.
    pub(super) fn note(&mut self, name: &'c str, amount: i64, before: &[i64], lines: &Lines<'_>) {
        let mut shares = Vec::new();
        if self.by_line {
            for (line, share) in lines.shares(Phase::Tax).iter().enumerate() {
                shares.push(share - before.get(line).unwrap_or(&0));
            }
        }
        self.taxes.push(Tax { name, amount, shares });
    }

    /// Adds what the named taxes add to a base: to that of the cart, or of `lines`. Those that nobody has
    /// go into `missing`.
    pub(super) fn add(
        &self,
        names: &'c [Box<str>],
        lines: Option<&Matching>,
        of_all: usize,
        missing: &mut Vec<&'c str>,
        base: &mut i64,
    ) -> Result<()> {
        for name in names {
            let mut found = false;
            for tax in &self.taxes {
                if *tax.name != **name {
                    continue;
                }
                found = true;
                let mut part = tax.amount;
                if let Some(lines) = lines {
                    part = 0;
                    for n in 0..lines.count(of_all) {
                        part += tax.shares.get(lines.nth(n)).unwrap_or(&0);
                    }
                }
                Amount::check(part)?;
                *base += part;
                Amount::check(*base)?;
            }
            if !found {
                missing.push(name);
            }
        }
        Ok(())
    }
}
