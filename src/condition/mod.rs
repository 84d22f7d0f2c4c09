//! Conditions: named adjustments of what a cart costs.
//!
//! - [`value`]: how much: percentages, amounts, factors, divisors;
//! - [`target`]: where: scope, phase, application.
//!
//! A condition here is data. What it does to a cart is decided in [`crate::pricing`] alone.

pub mod target;
pub mod value;

pub use target::{Application, Phase, Scope, Target, TargetInput};
pub use value::{Change, Value, ValueInput};

use crate::error::{Error, Kind, Result};
use crate::json::Raw;
use crate::money::{Amount, Currency};

/// A named adjustment.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Unique in its list.
    pub name: Box<str>,
    /// A label: discount, tax, shipping, fee, surcharge, … It chose the target when none was given,
    /// and is what `byType` sums by; it decides nothing else.
    pub kind: Box<str>,
    /// How much.
    pub value: Value,
    /// Where.
    pub target: Target,
    /// Lower acts first within a phase; ties act in the order of insertion.
    pub order: i32,
    /// The shop's own data: a JSON object.
    pub attributes: Option<Raw>,
    /// The most that one change may be, up or down.
    pub cap: Option<Amount>,
}

/// A condition as a caller gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionInput {
    /// See [`Condition::name`].
    pub name: Box<str>,
    /// See [`Condition::kind`].
    pub kind: Box<str>,
    /// See [`Condition::value`].
    pub value: ValueInput,
    /// Left out, it follows the type.
    pub target: Option<TargetInput>,
    /// See [`Condition::order`].
    pub order: i32,
    /// See [`Condition::attributes`].
    pub attributes: Option<Raw>,
    /// See [`Condition::cap`].
    pub cap: Option<i64>,
    /// When the condition holds.
    pub rules: Option<Raw>,
    /// True for a tax that the prices already contain.
    pub included: bool,
    /// Names of earlier taxes that join the base.
    pub compound_on: Vec<Box<str>>,
    /// The group of which one condition applies.
    pub group: Option<Box<str>>,
    /// Which one: `exclusive` or `best`.
    pub group_rule: Option<Box<str>>,
}

impl ConditionInput {
    /// A condition that says no more than it must.
    pub fn new(name: &str, kind: &str, value: ValueInput) -> Self {
        ConditionInput {
            name: name.into(),
            kind: kind.into(),
            value,
            target: None,
            order: 0,
            attributes: None,
            cap: None,
            rules: None,
            included: false,
            compound_on: Vec::new(),
            group: None,
            group_rule: None,
        }
    }

    /// The condition in a cart of `currency`; `on_item` when it is put on a line.
    ///
    /// Limits on the length of names are the command's business.
    pub fn resolve(&self, currency: Currency, on_item: bool) -> Result<Condition> {
        let named = |text: &str, field: &str| match text.trim() {
            "" => Err(Error::invalid(format!("expected text that is not blank, found {text:?}")).under(field)),
            _ => Ok(()),
        };
        named(&self.name, "name")?;
        named(&self.kind, "type")?;
        let cap = self.cap.map(|cap| {
            if cap < 0 {
                return Err(Error::invalid(format!("expected a cap of 0 or more minor units, found {cap}")));
            }
            Amount::new(cap)
        });
        let target = match &self.target {
            Some(target) => target.resolve(on_item).map_err(|e| e.under("target"))?,
            None if on_item => Target::line(),
            None => Target::default_for(&self.kind),
        };
        self.supported()?;
        Ok(Condition {
            name: self.name.clone(),
            kind: self.kind.clone(),
            value: self.value.resolve(currency).map_err(|e| e.under("value"))?,
            target,
            order: self.order,
            attributes: self.attributes.clone(),
            cap: cap.transpose().map_err(|e| e.under("cap"))?,
        })
    }

    /// Refuses what pricing does not evaluate yet: to store it and not to act on it would be a lie
    /// about the total.
    fn supported(&self) -> Result<()> {
        let asked = [
            ("rules", self.rules.is_some()),
            ("included", self.included),
            ("compoundOn", !self.compound_on.is_empty()),
            ("group", self.group.is_some()),
            ("groupRule", self.group_rule.is_some()),
        ];
        match asked.into_iter().find(|(_, asked)| *asked) {
            Some((field, _)) => {
                let message = format!(
                    "expected a condition without {field}, which this build does not evaluate yet, found one with it"
                );
                Err(Error::new(Kind::Unsupported, message).under(field))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(kind: &str) -> ConditionInput {
        ConditionInput::new("x", kind, ValueInput::Text("-10%".into()))
    }

    #[test]
    fn without_a_target_the_type_decides() {
        for (kind, target) in [
            ("discount", "cart@cart_subtotal/aggregate"),
            ("shipping", "cart@shipping/aggregate"),
            ("tax", "cart@tax/aggregate"),
            ("fee", "cart@grand_total/aggregate"),
            ("surcharge", "cart@grand_total/aggregate"),
            ("loyalty", "cart@cart_subtotal/aggregate"),
        ] {
            assert_eq!(input(kind).resolve(Currency::USD, false).unwrap().target.to_string(), target);
            assert_eq!(
                input(kind).resolve(Currency::USD, true).unwrap().target.to_string(),
                "items@item_discount/per_unit"
            );
        }
    }

    #[test]
    fn a_refusal_says_where() {
        let refused = |change: &dyn Fn(&mut ConditionInput)| {
            let mut input = input("tax");
            change(&mut input);
            let error = input.resolve(Currency::USD, false).unwrap_err();
            (error.kind(), error.path().to_owned())
        };
        assert_eq!(refused(&|c| c.name = " ".into()), (Kind::Invalid, "name".into()));
        assert_eq!(refused(&|c| c.kind = "".into()), (Kind::Invalid, "type".into()));
        assert_eq!(refused(&|c| c.cap = Some(-1)), (Kind::Invalid, "cap".into()));
        assert_eq!(refused(&|c| c.cap = Some(1 << 53)), (Kind::LimitExceeded, "cap".into()));
        assert_eq!(refused(&|c| c.value = ValueInput::Text("ten".into())), (Kind::Invalid, "value".into()));
        assert_eq!(refused(&|c| c.value = ValueInput::Factor("ten".into())), (Kind::Invalid, "value.factor".into()));
        assert_eq!(
            refused(&|c| c.target = Some(TargetInput::Text("invalid".into()))),
            (Kind::Invalid, "target".into())
        );
        assert_eq!(
            refused(&|c| c.target = Some(TargetInput::Text("items:id=1@tax/aggregate".into()))),
            (Kind::Unsupported, "target".into())
        );
        assert_eq!(refused(&|c| c.rules = Some(Raw::parse("{}").unwrap())), (Kind::Unsupported, "rules".into()));
        assert_eq!(refused(&|c| c.included = true), (Kind::Unsupported, "included".into()));
        assert_eq!(refused(&|c| c.compound_on = vec!["GST".into()]), (Kind::Unsupported, "compoundOn".into()));
        assert_eq!(refused(&|c| c.group = Some("sales".into())), (Kind::Unsupported, "group".into()));
    }
}
