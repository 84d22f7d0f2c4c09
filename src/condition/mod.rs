//! Conditions: named adjustments of what a cart costs.
//!
//! - [`value`]: how much: percentages, amounts, factors, divisors;
//! - [`target`] and [`filter`]: where: scope, lines, phase, application;
//! - [`units`]: on how many pieces;
//! - [`outside`]: conditions that do not stand in the cart: a catalogue's and a provider's;
//! - [`presets`]: the usual ones, ready made.
//!
//! When a condition holds is said in [`crate::rule`]. A condition here is data. What it does to a cart
//! is decided in [`crate::pricing`] alone.

pub mod filter;
mod literal;
pub mod outside;
pub mod presets;
mod scan;
pub mod target;
pub mod units;
pub mod value;

pub use filter::{Field, Filter, Operator};
pub use outside::{Answer, Definition, Outside, Provided};
pub use target::{Application, Phase, Scope, Target, TargetInput};
pub use units::Units;
pub use value::{Change, Value, ValueInput};

use crate::error::{Error, Kind, Result};
use crate::json::Raw;
use crate::money::amount::shown;
use crate::money::{Amount, Currency};
use crate::rule::Rules;
use std::sync::Arc;

/// A named adjustment, as it stands in a list of conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Unique in its list.
    pub name: Box<str>,
    /// A label: discount, tax, shipping, fee, surcharge, … It chose the target when none was given,
    /// and is what `byType` sums by; it decides nothing else.
    pub kind: Box<str>,
    /// What it does, or where that is said.
    pub body: Body,
}

/// What a condition does, or where that is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// It says so itself. Shared, because lines are copied, and nobody changes what a condition does.
    Own(Arc<Adjustment>),
    /// The catalogue's definition of this key says so.
    Catalogue(Box<str>),
    /// It was stored by a version that knew more, or less: kept as it is, and not applied.
    Unread {
        /// The condition as it is stored.
        raw: Raw,
        /// What was not understood.
        why: Box<str>,
    },
}

/// What a condition does.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjustment {
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
    /// A tax that the prices already contain.
    pub included: bool,
    /// Names of earlier taxes whose amounts join the base.
    pub compound_on: Vec<Box<str>>,
    /// The group of which one condition applies.
    pub group: Option<Group>,
    /// On how many pieces it acts; `None` for all.
    pub units: Option<Units>,
    /// When it holds; `None` for always.
    pub rules: Option<Rules>,
}

/// A group of conditions of which one applies. It is one for the whole cart, its lines' conditions
/// included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: Box<str>,
    /// Which of those that hold applies.
    pub rule: GroupRule,
}

/// Which condition of a group applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupRule {
    /// The first in the order of application.
    #[default]
    Exclusive,
    /// The one whose amount is lowest when the first of them would act.
    Best,
}

impl GroupRule {
    /// Every rule.
    pub const ALL: [GroupRule; 2] = [GroupRule::Exclusive, GroupRule::Best];

    /// Its name on every wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            GroupRule::Exclusive => "exclusive",
            GroupRule::Best => "best",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.as_str() == text)
            .ok_or_else(|| invalid!("expected exclusive or best, found {:?}", shown(text)))
    }
}

impl Condition {
    /// A condition that says itself what it does.
    pub fn own(name: &str, kind: &str, adjustment: Adjustment) -> Self {
        Condition { name: name.into(), kind: kind.into(), body: Body::Own(Arc::new(adjustment)) }
    }

    /// What it does, when it says so itself.
    pub fn adjustment(&self) -> Option<&Adjustment> {
        match &self.body {
            Body::Own(adjustment) => Some(adjustment),
            Body::Catalogue(_) | Body::Unread { .. } => None,
        }
    }

    /// Whether it has rules, so that emptying the cart leaves it.
    pub fn is_dynamic(&self) -> bool {
        match &self.body {
            Body::Own(adjustment) => adjustment.rules.is_some(),
            Body::Catalogue(_) => false,
            Body::Unread { raw, .. } => raw.field("rules").is_some(),
        }
    }
}

/// A condition as a caller gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionInput {
    /// See [`Condition::name`].
    pub name: Box<str>,
    /// See [`Condition::kind`].
    pub kind: Box<str>,
    /// See [`Adjustment::value`].
    pub value: ValueInput,
    /// Left out, it follows the type.
    pub target: Option<TargetInput>,
    /// See [`Adjustment::order`].
    pub order: i32,
    /// See [`Adjustment::attributes`].
    pub attributes: Option<Raw>,
    /// See [`Adjustment::cap`].
    pub cap: Option<i64>,
    /// See [`Adjustment::included`].
    pub included: bool,
    /// See [`Adjustment::compound_on`].
    pub compound_on: Vec<Box<str>>,
    /// See [`Group::name`].
    pub group: Option<Box<str>>,
    /// See [`Group::rule`]; left out, exclusive.
    pub group_rule: Option<Box<str>>,
    /// See [`Adjustment::units`].
    pub units: Option<Raw>,
    /// See [`Adjustment::rules`].
    pub rules: Option<Raw>,
}

/// The most that an included tax may be: 10,000 %. It keeps the sum of any number of them exact.
const INCLUDED_PERCENT_MAX: i64 = 10_000;

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
            included: false,
            compound_on: Vec::new(),
            group: None,
            group_rule: None,
            units: None,
            rules: None,
        }
    }

    /// The condition in a cart of `currency`; `on_item` when it is put on a line.
    ///
    /// Limits on the length of names are the command's business.
    pub fn resolve(&self, currency: Currency, on_item: bool) -> Result<Condition> {
        let rules = self.rules.as_ref().map(|raw| Rules::parse(raw, currency)).transpose();
        self.with_rules(rules.map_err(|e| e.under("rules"))?, currency, on_item)
    }

    /// The same of a condition that was stored: rules that this version does not know are kept.
    pub fn resolve_stored(&self, currency: Currency, on_item: bool) -> Result<Condition> {
        self.with_rules(self.rules.as_ref().map(|raw| Rules::stored(raw, currency)), currency, on_item)
    }

    fn with_rules(&self, rules: Option<Rules>, currency: Currency, on_item: bool) -> Result<Condition> {
        let named = |text: &str, field: &str| match text.trim() {
            "" => Err(invalid!("expected text that is not blank, found {:?}", text).under(field)),
            _ => Ok(()),
        };
        named(&self.name, "name")?;
        named(&self.kind, "type")?;
        let cap = self.cap.map(|cap| {
            if cap < 0 {
                return Err(invalid!("expected a cap of 0 or more minor units, found {}", cap));
            }
            Amount::new(cap)
        });
        let target = match &self.target {
            Some(target) => target.resolve(on_item).map_err(|e| e.under("target"))?,
            None if on_item => Target::line(),
            None => Target::default_for(&self.kind),
        };
        let value = self.value.resolve(currency).map_err(|e| e.under("value"))?;
        self.check_tax(&value, &target)?;
        let units = self.units.as_ref().map(|raw| {
            if target.application() != Application::PerUnit {
                let message = text!("expected units on application per_unit only, found them on {}", target.to_text());
                return Err(Error::invalid(message));
            }
            Units::parse(raw)
        });
        Ok(Condition::own(
            &self.name,
            &self.kind,
            Adjustment {
                value,
                target,
                order: self.order,
                attributes: self.attributes.clone(),
                cap: cap.transpose().map_err(|e| e.under("cap"))?,
                included: self.included,
                compound_on: self.compound_on.clone(),
                group: self.group()?,
                units: units.transpose().map_err(|e| e.under("units"))?,
                rules,
            },
        ))
    }

    /// `included` and `compoundOn` are about rates of tax.
    fn check_tax(&self, value: &Value, target: &Target) -> Result<()> {
        let field = match (self.included, self.compound_on.is_empty()) {
            (false, true) => return Ok(()),
            (true, true) => "included",
            (false, false) => "compoundOn",
            (true, false) => {
                let message = "expected a tax that is included or one that is compound, found both";
                return Err(Error::invalid(message).under("compoundOn"));
            }
        };
        let refused = |expected: &str, found: &str| {
            Err(invalid!("expected {} with {}, found {}", expected, field, found).under(field))
        };
        if target.phase() != Phase::Tax {
            return refused("a target in phase tax", &target.to_text());
        }
        if self.included && self.group_rule.as_deref() == Some(GroupRule::Best.as_str()) {
            // Which of them is best would depend on which others there are.
            return refused("groupRule exclusive", GroupRule::Best.as_str());
        }
        match value.change() {
            Change::Percent(rate) if rate.num() >= 0 => {
                let most = i128::from(rate.den()) * i128::from(INCLUDED_PERCENT_MAX / 100);
                if self.included && i128::from(rate.num()) > most {
                    return refused("at most 10000%", value.as_str());
                }
            }
            _ => return refused("a percentage of 0 or more", value.as_str()),
        }
        let mut names = self.compound_on.iter().enumerate();
        if let Some((index, _)) = names.find(|(index, name)| self.compound_on[..*index].contains(name)) {
            return Err(Error::invalid("expected each name once, found it again").at(index).under(field));
        }
        if let Some(index) = self.compound_on.iter().position(|name| *name == self.name) {
            return Err(Error::invalid("expected other taxes, found its own name").at(index).under(field));
        }
        Ok(())
    }

    fn group(&self) -> Result<Option<Group>> {
        let rule = self.group_rule.as_deref().map(GroupRule::parse).transpose().map_err(|e| e.under("groupRule"))?;
        match (&self.group, rule) {
            (None, Some(_)) => {
                Err(Error::invalid("expected groupRule beside a group, found it alone").under("groupRule"))
            }
            (None, None) => Ok(None),
            (Some(name), _) if name.trim().is_empty() => {
                Err(invalid!("expected text that is not blank, found {:?}", name).under("group"))
            }
            (Some(name), rule) => Ok(Some(Group { name: name.clone(), rule: rule.unwrap_or_default() })),
        }
    }
}

/// A condition for the cart as a caller gave it: whole, or by the catalogue.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly all are of the first kind; on 32 bits it is not large")]
pub enum ListedInput {
    /// Whole.
    Own(ConditionInput),
    /// The catalogue's definition of a key.
    Catalogue {
        /// The name here; left out, the definition's.
        name: Option<Box<str>>,
        /// The key.
        key: Box<str>,
    },
}

impl From<ConditionInput> for ListedInput {
    fn from(input: ConditionInput) -> Self {
        ListedInput::Own(input)
    }
}

impl ListedInput {
    /// The condition in a cart of `currency`, where the host's catalogue is in `outside`.
    pub fn resolve(&self, currency: Currency, outside: &Outside) -> Result<Condition> {
        match self {
            ListedInput::Own(input) => input.resolve(currency, false),
            ListedInput::Catalogue { name, key } => match outside.definition(key) {
                Some(definition) => Ok(Condition {
                    name: name.clone().unwrap_or_else(|| definition.condition.name.clone()),
                    kind: definition.condition.kind.clone(),
                    body: Body::Catalogue(key.clone()),
                }),
                None => Err(refusal!(
                    Kind::NotFound,
                    "expected a definition in the catalogue, found none with the key {:?}",
                    shown(key)
                )
                .because("definition")
                .under("catalogue")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(kind: &str) -> ConditionInput {
        ConditionInput::new("x", kind, ValueInput::Text("-10%".into()))
    }

    fn target(input: ConditionInput, on_item: bool) -> String {
        input.resolve(Currency::USD, on_item).unwrap().adjustment().unwrap().target.to_string()
    }

    #[test]
    fn without_a_target_the_type_decides() {
        for (kind, expected) in [
            ("discount", "cart@cart_subtotal/aggregate"),
            ("shipping", "cart@shipping/aggregate"),
            ("tax", "cart@tax/aggregate"),
            ("fee", "cart@grand_total/aggregate"),
            ("surcharge", "cart@grand_total/aggregate"),
            ("loyalty", "cart@cart_subtotal/aggregate"),
        ] {
            assert_eq!(target(input(kind), false), expected);
            assert_eq!(target(input(kind), true), "items@item_discount/per_unit");
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
        let rate = || ValueInput::Text("5%".into());
        let at = |text: &str| Some(TargetInput::Text(text.into()));
        let raw = |text: &str| Some(Raw::parse(text).unwrap());
        type Case<'c> = (&'c dyn Fn(&mut ConditionInput), &'c str);
        let cases: &[Case<'_>] = &[
            (&|c| c.name = " ".into(), "name"),
            (&|c| c.kind = "".into(), "type"),
            (&|c| c.cap = Some(-1), "cap"),
            (&|c| c.value = ValueInput::Text("ten".into()), "value"),
            (&|c| c.value = ValueInput::Factor("ten".into()), "value.factor"),
            (&|c| c.target = at("invalid"), "target"),
            (&|c| c.rules = raw("{}"), "rules"),
            (&|c| c.rules = raw(r#"{"all":[{"not":{"min-items":{"min":"2"}}}]}"#), "rules.all[0].not.min-items.min"),
            // The value is a reduction.
            (&|c| c.included = true, "included"),
            (&|c| c.compound_on = vec!["GST".into()], "compoundOn"),
            (
                &|c| {
                    c.value = ValueInput::Text("10001%".into());
                    c.included = true;
                },
                "included",
            ),
            (
                &|c| {
                    c.value = rate();
                    c.included = true;
                    c.group = Some("taxes".into());
                    c.group_rule = Some("best".into());
                },
                "included",
            ),
            (
                &|c| {
                    c.value = rate();
                    c.included = true;
                    c.target = at("cart@taxable/aggregate");
                },
                "included",
            ),
            (
                &|c| {
                    c.value = rate();
                    c.compound_on = vec!["GST".into(), "x".into()];
                },
                "compoundOn[1]",
            ),
            (
                &|c| {
                    c.value = rate();
                    c.compound_on = vec!["GST".into(), "GST".into()];
                },
                "compoundOn[1]",
            ),
            (
                &|c| {
                    c.value = rate();
                    c.included = true;
                    c.compound_on = vec!["GST".into()];
                },
                "compoundOn",
            ),
            (&|c| c.group_rule = Some("best".into()), "groupRule"),
            (&|c| c.group = Some(" ".into()), "group"),
            (
                &|c| {
                    c.group = Some("a".into());
                    c.group_rule = Some("worst".into());
                },
                "groupRule",
            ),
            (&|c| c.units = raw(r#"{"every":2,"take":1}"#), "units"),
            (
                &|c| {
                    c.units = raw(r#"{"every":2}"#);
                    c.target = at("items@item_discount/per_unit");
                },
                "units.take",
            ),
        ];
        for (change, path) in cases {
            assert_eq!(refused(change), (Kind::Invalid, (*path).into()));
        }
        assert_eq!(refused(&|c| c.cap = Some(1 << 53)), (Kind::LimitExceeded, "cap".into()));
    }

    #[test]
    fn rules_of_another_version_are_kept_when_they_were_stored() {
        let mut input = input("discount");
        input.rules = Some(Raw::parse(r#"{"moon-phase":{"is":"full"}}"#).unwrap());
        assert_eq!(input.resolve(Currency::USD, false).unwrap_err().path(), "rules.moon-phase");
        let condition = input.resolve_stored(Currency::USD, false).unwrap();
        let rules = condition.adjustment().unwrap().rules.as_ref().unwrap();
        assert_eq!(Some(rules.raw()), input.rules.as_ref());
        assert!(matches!(rules.problem(crate::rule::Zones::default()), Some(crate::rule::Problem::Unread(_))));
    }
}
