//! A breakdown in words: for each condition what it acted on, what it came to exactly and rounded, or why
//! it did nothing.
//!
//! Amounts are in major units here, because people read them; everything that programs read is in the
//! entries themselves.

use super::{Entry, Reason, Totals};
use crate::money::{Amount, Currency, Exact};

impl Totals<'_> {
    /// The whole breakdown, line by line, from the goods to what is to be paid.
    pub fn explain(&self) -> String {
        let mut out = String::new();
        let money = |amount| major(amount, self.currency);
        let pieces = if self.quantity == 1 { "piece" } else { "pieces" };
        let lines = if self.lines == 1 { "line" } else { "lines" };
        append!(
            &mut out,
            "goods: {} {} ({} {} in {} {})\n",
            money(self.subtotal_without_conditions),
            self.currency,
            self.quantity,
            pieces,
            self.lines,
            lines
        );
        for entry in &self.breakdown {
            out.push_str(&entry.explain(self.currency));
            out.push('\n');
        }
        let mut figure = |name: &str, amount| {
            if amount != Amount::ZERO || name == "subtotal" {
                append!(&mut out, "{}: {}\n", name, money(amount));
            }
        };
        figure("subtotal", self.subtotal);
        figure("shipping", self.shipping);
        figure("fees", self.fees);
        figure("tax", self.tax);
        figure("adjustments", self.adjustments);
        append!(&mut out, "total: {} {}\n", money(self.total), self.currency);
        if self.tax_included != Amount::ZERO {
            append!(&mut out, "of which tax: {}\n", money(self.tax_included));
        }
        if let Some(until) = self.valid_until {
            append!(&mut out, "valid until {}\n", until.to_text());
        }
        out
    }
}

impl Entry<'_> {
    /// What the condition did, or why it did nothing, in one line.
    pub fn explain(&self, currency: Currency) -> String {
        let mut out = text!("{} ({}", self.name, self.kind);
        if let Some(phase) = self.phase {
            append!(&mut out, ", {}", phase);
        }
        if let Some(item) = self.item {
            append!(&mut out, ", on {}", item);
        }
        if let Some(provider) = self.provider() {
            append!(&mut out, ", from {}", provider);
        }
        out.push_str("): ");
        if let (true, Some(base), Some(exact)) = (self.applied, self.base, self.exact) {
            let exact = exact_major(exact, currency);
            append!(&mut out, "{} of {} is {}", self.value, major(base, currency), exact);
            let rounded = major(self.amount, currency);
            if exact != rounded {
                append!(&mut out, ", which counts {}", rounded);
            }
            if let Some(cut_off) = self.cut_off {
                append!(&mut out, " (there was {} less to take from)", major(cut_off, currency));
            }
            if self.included {
                out.push_str(", contained in the prices");
            }
        } else {
            out.push_str("does not apply");
            if let Some(reason) = self.reason {
                append!(&mut out, ": {}", words(reason));
            }
            if let Some(detail) = self.detail() {
                append!(&mut out, " ({})", detail);
            }
        }
        if !self.missing().is_empty() {
            append!(&mut out, "; no earlier tax is called {}", self.missing().join(", "));
        }
        out
    }
}

const fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::RuleNotMet => "its rules do not hold",
        Reason::RuleError => "its rules cannot be judged",
        Reason::ZoneUnavailable => "the offset of its time zone is not known",
        Reason::NoMatch => "nothing in the cart matches it",
        Reason::Group => "another of its group applies",
        Reason::DivisionByZero => "it divides by 0",
        Reason::EmptyCart => "the cart is empty",
        Reason::Unsupported => "this version does not understand it",
        Reason::Inactive => "it is switched off in the catalogue",
        Reason::NotInCatalogue => "the catalogue does not have it",
        Reason::ProviderFailed => "its provider failed",
        Reason::ProviderSlow => "its provider did not answer in time",
    }
}

/// An amount in major units: `-4.00`.
fn major(amount: Amount, currency: Currency) -> String {
    exact_major(Exact::whole(amount.minor().into()), currency)
}

/// How many decimals of a number are shown that has no end.
const DECIMALS: u32 = 6;

/// An exact number of minor units in major units, with as many decimals as it needs and at least the
/// currency's.
fn exact_major(exact: Exact, currency: Currency) -> String {
    let exact = exact.scaled_down(currency.exponent());
    let mut text = exact.to_text();
    let exponent = currency.exponent() as usize;
    if text.contains('/') {
        return exact.beginning(DECIMALS) + "…";
    }
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    for place in decimals..exponent {
        text.push_str(if place == 0 { ".0" } else { "0" });
    }
    text
}
