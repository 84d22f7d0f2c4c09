//! Where a condition acts: `scope@phase/application`.
//!
//! As text and as data; on canonical text, reading and writing are inverse. Hyphens are read for
//! underscores, which are what is written.

use crate::error::{Error, Kind, Result};
use crate::json::Raw;
use crate::money::amount::shown;
use core::fmt;

/// Where a condition acts.
///
/// INVARIANT: a combination that means something. Item phases have scope items; scope items stands in
/// item phases, cart_subtotal and tax; outside the item phases the application is aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// What it sees: the cart as a whole, or lines.
    pub scope: Scope,
    /// When it acts, and on which book.
    pub phase: Phase,
    /// How often it acts there.
    pub application: Application,
}

/// A target as a caller gave it.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetInput {
    /// `scope[:filters]@phase/application[#field]`
    Text(Box<str>),
    /// The same as data.
    Data {
        /// See [`Target::scope`].
        scope: Box<str>,
        /// See [`Target::phase`].
        phase: Box<str>,
        /// See [`Target::application`].
        application: Box<str>,
        /// Which lines; `None` and the empty list for all.
        filters: Option<Raw>,
        /// The field whose values make groups.
        group_by: Option<Box<str>>,
    },
}

/// A name that is read with hyphens for underscores, from a closed list.
macro_rules! names {
    ($(#[$about:meta])* $type:ident ($what:literal) { $($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$doc])* $name),+ }

        impl $type {
            /// All of them, in the order of the specification.
            pub const ALL: [$type; [$($text),+].len()] = [$($type::$name),+];

            /// The name on every wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($type::$name => $text),+ }
            }

            /// Reads a name, hyphens for underscores.
            pub fn parse(text: &str) -> Result<Self> {
                Self::ALL.into_iter().find(|name| same(name.as_str(), text)).ok_or_else(|| {
                    let known = [$($text),+].join(", ");
                    Error::invalid(format!(concat!("expected ", $what, ", one of {}, found {:?}"), known, shown(text)))
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// What a condition sees.
    Scope ("a scope") {
        /// The cart as a whole.
        Cart = "cart",
        /// Its lines.
        Items = "items",
    }
}

names! {
    /// When a condition acts. The phase alone decides base and book.
    Phase ("a phase") {
        /// On lines, first.
        PreItem = "pre_item",
        /// On lines, where discounts on items stand.
        ItemDiscount = "item_discount",
        /// On lines, last.
        ItemPost = "item_post",
        /// On the goods.
        CartSubtotal = "cart_subtotal",
        /// On shipping; a rate is on the goods.
        Shipping = "shipping",
        /// On the taxable amount.
        Taxable = "taxable",
        /// On tax; a rate is on the taxable amount.
        Tax = "tax",
        /// On what is to be paid, untaxed.
        Payment = "payment",
        /// The same, after it.
        Custom = "custom",
        /// The same, last.
        GrandTotal = "grand_total",
    }
}

names! {
    /// How often a condition acts in its phase.
    Application ("an application") {
        /// On the price of each unit.
        PerUnit = "per_unit",
        /// On the amount of each line.
        PerItem = "per_item",
        /// On the sum of the lines of each value of a field.
        PerGroup = "per_group",
        /// Once, on the sum.
        Aggregate = "aggregate",
    }
}

impl Phase {
    /// True for the phases that act on lines.
    pub const fn is_item(self) -> bool {
        matches!(self, Phase::PreItem | Phase::ItemDiscount | Phase::ItemPost)
    }
}

/// Whether `text` is `name`, but for hyphens.
fn same(name: &str, text: &str) -> bool {
    name.len() == text.len() && name.bytes().zip(text.bytes()).all(|(n, t)| n == t || (n == b'_' && t == b'-'))
}

impl Target {
    /// A target on the cart as a whole.
    pub(crate) const fn cart(phase: Phase) -> Self {
        Target { scope: Scope::Cart, phase, application: Application::Aggregate }
    }

    /// The target of a condition on a line that names none: `items@item_discount/per_unit`.
    pub(crate) const fn line() -> Self {
        Target { scope: Scope::Items, phase: Phase::ItemDiscount, application: Application::PerUnit }
    }

    /// The target of a condition of this type on the cart that names none.
    pub fn default_for(kind: &str) -> Self {
        Target::cart(match kind {
            "shipping" => Phase::Shipping,
            "tax" => Phase::Tax,
            "fee" | "surcharge" => Phase::GrandTotal,
            _ => Phase::CartSubtotal,
        })
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self> {
        Parts::of_text(text)?.check()
    }

    /// Appends the canonical text.
    pub fn write(&self, out: &mut String) {
        out.push_str(self.scope.as_str());
        out.push('@');
        out.push_str(self.phase.as_str());
        out.push('/');
        out.push_str(self.application.as_str());
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}/{}", self.scope, self.phase, self.application)
    }
}

impl TargetInput {
    /// The target; on a line, scope cart means `items@item_discount/per_unit`.
    pub fn resolve(&self, on_item: bool) -> Result<Target> {
        let parts = match self {
            TargetInput::Text(text) => Parts::of_text(text)?,
            TargetInput::Data { scope, phase, application, filters, group_by } => Parts {
                scope: Scope::parse(scope).map_err(|e| e.under("scope"))?,
                filtered: filters.as_ref().is_some_and(|filters| !filters.is_empty()),
                phase: Phase::parse(phase).map_err(|e| e.under("phase"))?,
                application: Application::parse(application).map_err(|e| e.under("application"))?,
                grouped: group_by.is_some(),
            },
        };
        if on_item && parts.scope == Scope::Cart {
            return Ok(Target::line());
        }
        parts.check()
    }
}

/// What a target says, before it is known to mean something.
struct Parts {
    scope: Scope,
    filtered: bool,
    phase: Phase,
    application: Application,
    grouped: bool,
}

impl Parts {
    fn of_text(text: &str) -> Result<Self> {
        let text = text.trim();
        let refused = || {
            Error::invalid(format!(
                "expected a target such as \"cart@cart_subtotal/aggregate\", found {:?}",
                shown(text)
            ))
        };
        let scope_end = text.find([':', '@']).ok_or_else(refused)?;
        let (scope, rest) = text.split_at(scope_end);
        let filtered = rest.starts_with(':');
        // A filter's literal may hold any character: the phase begins after the last '@'.
        let (_, rest) = rest.rsplit_once('@').ok_or_else(refused)?;
        let (phase, rest) = rest.split_once('/').ok_or_else(refused)?;
        let (application, field) = match rest.split_once('#') {
            Some((application, field)) => (application, Some(field)),
            None => (rest, None),
        };
        Ok(Parts {
            scope: Scope::parse(scope)?,
            filtered,
            phase: Phase::parse(phase)?,
            application: Application::parse(application)?,
            grouped: field.is_some(),
        })
    }

    fn check(self) -> Result<Target> {
        let Parts { scope, filtered, phase, application, grouped } = self;
        let refused = |expected: &str| {
            Err(Error::invalid(format!("expected {expected}, found {scope}@{phase}/{application}")).because("target"))
        };
        if phase.is_item() && scope != Scope::Items {
            return refused("scope items in an item phase");
        }
        if scope == Scope::Items && !phase.is_item() && !matches!(phase, Phase::CartSubtotal | Phase::Tax) {
            return refused("scope items in an item phase, cart_subtotal or tax only");
        }
        if !phase.is_item() && application != Application::Aggregate {
            return refused("application aggregate outside the item phases");
        }
        let unsupported = |what: &str| {
            let expected =
                format!("expected a target without {what}, which this build does not evaluate yet, found {what}");
            Err(Error::new(Kind::Unsupported, expected))
        };
        if filtered {
            return unsupported("filters");
        }
        if grouped || application == Application::PerGroup {
            return unsupported("groups");
        }
        Ok(Target { scope, phase, application })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_is_read_and_written_back() {
        let mut legal = 0;
        for scope in Scope::ALL {
            for phase in Phase::ALL {
                for application in Application::ALL {
                    let text = format!("{scope}@{phase}/{application}");
                    let hyphens = text.replace('_', "-");
                    match Target::parse(&text) {
                        Ok(target) => {
                            legal += 1;
                            let mut out = String::new();
                            target.write(&mut out);
                            assert_eq!(out, text);
                            assert_eq!(target.to_string(), text);
                            assert_eq!(Target::parse(&hyphens).unwrap(), target);
                        }
                        Err(error) => {
                            assert!(Target::parse(&hyphens).is_err_and(|e| e.kind() == error.kind()), "{text}")
                        }
                    }
                }
            }
        }
        // 3 item phases × 3 applications, cart_subtotal and tax on lines, 7 phases on the cart.
        assert_eq!(legal, 9 + 2 + 7);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for text in [
            "",
            "invalid",
            "subtotal",
            "cart@",
            "cart@cart_subtotal",
            "cart@cart_subtotal/",
            "@cart_subtotal/aggregate",
            "Cart@tax/aggregate",
            "custom@custom/aggregate",
            "cart@item_discount/per_unit",
            "items@shipping/aggregate",
            "items@grand_total/aggregate",
            "cart@tax/per_item",
            "items@tax/per_unit",
            "items@cart_subtotal/per_group",
            "cart@somewhen/aggregate",
            "cart@tax/once",
        ] {
            assert_eq!(Target::parse(text).expect_err(text).kind(), Kind::Invalid, "{text}");
        }
        for text in [
            "items:attributes.category=electronics;quantity>=2@item_discount/per-item#seller",
            "items:name='a@b/c'@item_discount/per_item",
            "items@item_discount/per_group#attributes.brand",
            "items@item_discount/per_group",
            "items@item_discount/per_item#brand",
        ] {
            assert_eq!(Target::parse(text).expect_err(text).kind(), Kind::Unsupported, "{text}");
        }
    }

    #[test]
    fn on_a_line_scope_cart_means_the_line() {
        let input = |text: &str| TargetInput::Text(text.into());
        assert_eq!(input("cart@cart_subtotal/aggregate").resolve(true).unwrap(), Target::line());
        assert_eq!(input("cart@cart_subtotal/aggregate").resolve(false).unwrap(), Target::cart(Phase::CartSubtotal));
        assert_eq!(input("items@tax/aggregate").resolve(true).unwrap().to_string(), "items@tax/aggregate");
        assert!(input("cart@nowhere/aggregate").resolve(true).is_err());
        let data = TargetInput::Data {
            scope: "items".into(),
            phase: "item-post".into(),
            application: "per-item".into(),
            filters: Some(Raw::parse("[]").unwrap()),
            group_by: None,
        };
        assert_eq!(data.resolve(false).unwrap().to_string(), "items@item_post/per_item");
    }
}
