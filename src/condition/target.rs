//! Where a condition acts: `scope[:filters]@phase/application[#field]`.
//!
//! As text and as data; on canonical text, reading and writing are inverse. Hyphens are read for
//! underscores, which are what is written.

use super::filter::{self, Field, Filter};
use super::scan::Scan;
use crate::error::Result;
use crate::json::{Fields, Raw, Reader};
use crate::money::amount::shown;
use crate::text::{Piece, Shown};
use core::fmt;

/// Where a condition acts.
///
/// INVARIANT: a combination that means something. Item phases have scope items; scope items stands in
/// item phases, cart_subtotal and tax; outside the item phases the application is aggregate; filters
/// stand on scope items; per_group has a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    scope: Scope,
    phase: Phase,
    application: Application,
    filters: Vec<Filter>,
    group_by: Option<Field>,
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
                    invalid!(concat!("expected ", $what, ", one of {}, found {:?}"), known, shown(text))
                })
            }
        }

        impl Shown for $type {
            fn piece(&self) -> Piece<'_> {
                Piece::Text(self.as_str())
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

/// Targets by name: the ones that most conditions have.
pub const PRESETS: [(&str, &str); 8] = [
    ("cart subtotal", "cart@cart_subtotal/aggregate"),
    ("cart grand total", "cart@grand_total/aggregate"),
    ("cart shipping", "cart@shipping/aggregate"),
    ("cart taxable", "cart@taxable/aggregate"),
    ("cart tax", "cart@tax/aggregate"),
    ("items per item", "items@item_discount/per_item"),
    ("items pre item", "items@pre_item/aggregate"),
    ("custom aggregate", "cart@custom/aggregate"),
];

impl Target {
    /// A target on the cart as a whole.
    pub(crate) const fn cart(phase: Phase) -> Self {
        Target { scope: Scope::Cart, phase, application: Application::Aggregate, filters: Vec::new(), group_by: None }
    }

    /// The target of a condition on a line that names none: `items@item_discount/per_unit`.
    pub(crate) const fn line() -> Self {
        Target {
            scope: Scope::Items,
            phase: Phase::ItemDiscount,
            application: Application::PerUnit,
            filters: Vec::new(),
            group_by: None,
        }
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

    /// The target of a name in [`PRESETS`]; underscores and hyphens may stand for the blanks.
    pub fn preset(name: &str) -> Result<Self> {
        let plain = name.replace(['_', '-'], " ");
        match PRESETS.iter().find(|(known, _)| **known == plain) {
            Some((_, text)) => Target::parse(text),
            None => {
                let known = PRESETS.map(|(name, _)| name).join(", ");
                Err(invalid!("expected one of {}, found {:?}", known, shown(name)))
            }
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self> {
        Target::of_text(text)?.check()
    }

    /// What it sees: the cart as a whole, or lines.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// When it acts, and on which book.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// How often it acts there.
    pub const fn application(&self) -> Application {
        self.application
    }

    /// Which lines it sees: those that pass all of these.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// The field whose values make the groups of per_group. per_unit and per_item may name one too, to
    /// no effect: the lines of each group are changed one by one all the same.
    pub fn group_by(&self) -> Option<&Field> {
        self.group_by.as_ref()
    }

    /// The canonical text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// Appends the canonical text.
    pub fn write(&self, out: &mut String) {
        out.push_str(self.scope.as_str());
        if !self.filters.is_empty() {
            out.push(':');
            filter::write_text_list(out, &self.filters);
        }
        out.push('@');
        out.push_str(self.phase.as_str());
        out.push('/');
        out.push_str(self.application.as_str());
        if let Some(field) = &self.group_by {
            out.push('#');
            field.write(out);
        }
    }

    /// Appends the data form, as JSON: `{"scope": …, "filters": […], "phase": …, "application": …,
    /// "groupBy": …}`.
    pub fn write_data(&self, out: &mut String) {
        let mut fields = Fields::new(out);
        fields.text("scope", self.scope.as_str());
        if !self.filters.is_empty() {
            fields.with("filters", |out| filter::write_data_list(out, &self.filters));
        }
        fields.text("phase", self.phase.as_str()).text("application", self.application.as_str());
        fields.maybe_text("groupBy", self.group_by.as_ref().map(Field::as_str)).end();
    }

    /// Appends the canonical text as JSON.
    pub(crate) fn write_json(&self, out: &mut String) {
        if self.filters.is_empty() && self.group_by.is_none() {
            // Names alone need no escapes.
            out.push('"');
            self.write(out);
            out.push('"');
        } else {
            crate::json::write_text(out, &self.to_text());
        }
    }

    /// Reads the text form without asking whether it means something.
    fn of_text(text: &str) -> Result<Self> {
        let text = text.trim();
        let scan = &mut Scan::new(text);
        let shape = |scan: &Scan<'_>, what: &str| {
            scan.expected(&text!("{} of a target such as \"cart@cart_subtotal/aggregate\"", what))
        };
        let begin = scan.clone();
        let scope = scan.until(&[':', '@']);
        if scan.is_done() || scope.is_empty() {
            return Err(shape(&begin, "the scope"));
        }
        let scope = named(&begin, Scope::parse(scope))?;
        let filters = if scan.take(":") { filter::scan_list(scan)? } else { Vec::new() };
        if !scan.take("@") {
            return Err(shape(scan, "'@' and the phase"));
        }
        let begin = scan.clone();
        let phase = scan.until(&['/']);
        if scan.is_done() {
            return Err(shape(scan, "'/' and the application"));
        }
        let phase = named(&begin, Phase::parse(phase))?;
        scan.take("/");
        let begin = scan.clone();
        let application = named(&begin, Application::parse(scan.until(&['#'])))?;
        let group_by = if scan.take("#") { Some(Field::scan(scan)?) } else { None };
        if !scan.is_done() {
            return Err(scan.expected("the end of the target"));
        }
        Ok(Target { scope, phase, application, filters, group_by })
    }

    fn check(self) -> Result<Target> {
        let refused =
            |expected: &str| Err(invalid!("expected {}, found {}", expected, self.to_text()).because("target"));
        let (phase, scope, application) = (self.phase, self.scope, self.application);
        if phase.is_item() && scope != Scope::Items {
            return refused("scope items in an item phase");
        }
        if scope == Scope::Items && !phase.is_item() && !matches!(phase, Phase::CartSubtotal | Phase::Tax) {
            return refused("scope items in an item phase, cart_subtotal or tax only");
        }
        if !phase.is_item() && application != Application::Aggregate {
            return refused("application aggregate outside the item phases");
        }
        if scope == Scope::Cart && !self.filters.is_empty() {
            return refused("filters on scope items only");
        }
        match (application, &self.group_by) {
            (Application::PerGroup, None) => refused("a field to group by, such as per_group#brand"),
            (Application::Aggregate, Some(_)) => refused("application per_group with a field to group by"),
            _ => Ok(self),
        }
    }
}

/// A name's refusal with the place where it stands.
fn named<T>(begin: &Scan<'_>, name: Result<T>) -> Result<T> {
    name.map_err(|error| invalid!("{} at character {}", error.message(), begin.place()))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl TargetInput {
    /// The target; on a line, scope cart means `items@item_discount/per_unit`.
    pub fn resolve(&self, on_item: bool) -> Result<Target> {
        let target = match self {
            TargetInput::Text(text) => Target::of_text(text)?,
            TargetInput::Data { scope, phase, application, filters, group_by } => Target {
                scope: Scope::parse(scope).map_err(|e| e.under("scope"))?,
                filters: match filters {
                    Some(filters) => {
                        Reader::whole(filters.as_str(), filter::read_list).map_err(|e| e.under("filters"))?
                    }
                    None => Vec::new(),
                },
                phase: Phase::parse(phase).map_err(|e| e.under("phase"))?,
                application: Application::parse(application).map_err(|e| e.under("application"))?,
                group_by: match group_by {
                    Some(field) => Some(Field::parse(field).map_err(|e| e.under("groupBy"))?),
                    None => None,
                },
            },
        };
        if on_item && target.scope == Scope::Cart {
            return Ok(Target::line());
        }
        target.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn canonical_text_is_read_and_written_back() {
        let mut legal = 0;
        for scope in Scope::ALL {
            for phase in Phase::ALL {
                for application in Application::ALL {
                    let field = if application == Application::PerGroup { "#brand" } else { "" };
                    let text = format!("{scope}@{phase}/{application}{field}");
                    let hyphens = text.replace('_', "-");
                    match Target::parse(&text) {
                        Ok(target) => {
                            legal += 1;
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
        // 3 item phases × 4 applications, cart_subtotal and tax on lines, 7 phases on the cart.
        assert_eq!(legal, 12 + 2 + 7);
        for text in [
            "items:attributes.category=electronics;quantity>=2@item_discount/per_item#seller",
            r#"items:name="a@b/c;#,]\"\\\n"@item_discount/per_item"#,
            "items:size in [S,M,\"42\",42,true,\"true\",null,'']@tax/aggregate",
            "items:tags contains sale;name not_contains \"red shirt\"@cart_subtotal/aggregate",
            "items:id starts_with sku-;id ends_with .x@pre_item/per_unit",
            "items:price<1000;total>=2000;quantity!=1;weight<=1.5;x>-2@item_post/aggregate",
            r#"items:"attributes.shoe size"=42@item_discount/per_group#"é""#,
            "items:size not_in []@item_discount/per_unit",
            "items:a=[1,b]@item_discount/per_unit",
            r#"items:a={"w":[1,{"x":"@;"}]};b in [[1,"a"],{},c]@item_discount/per_unit"#,
        ] {
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_spellings_mean_the_same() {
        for (text, canonical) in [
            (
                "items: size  in  [ S , 'M' ] ; quantity >= 2 @tax/aggregate",
                "items:size in [S,M];quantity>=2@tax/aggregate",
            ),
            ("items:size not-in[S]@tax/aggregate", "items:size not_in [S]@tax/aggregate"),
            ("items:sizein[S]@tax/aggregate", "items:size in [S]@tax/aggregate"),
            ("items:sizenot-in[S]@tax/aggregate", "items:size not_in [S]@tax/aggregate"),
            (
                "items:name~red shirt;name!~'blue'@tax/aggregate",
                "items:name contains \"red shirt\";name not_contains blue@tax/aggregate",
            ),
            ("items:a='x'@tax/aggregate", "items:a=x@tax/aggregate"),
            ("items:a=\"1\"@tax/aggregate", "items:a=\"1\"@tax/aggregate"),
            ("items:a=007@tax/aggregate", "items:a=007@tax/aggregate"),
            ("  items@item-discount/per-unit ", "items@item_discount/per_unit"),
        ] {
            assert_eq!(Target::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).to_string(), canonical);
        }
    }

    #[test]
    fn what_means_nothing_is_refused_and_the_refusal_says_where() {
        for (text, expected) in [
            ("", "the scope of a target such as \"cart@cart_subtotal/aggregate\" at character 1"),
            ("invalid", "at character 1"),
            ("@cart_subtotal/aggregate", "at character 1"),
            ("cart@", "at character 6"),
            ("cart@cart_subtotal", "at character 19"),
            ("cart@cart_subtotal/", "an application, one of"),
            ("Cart@tax/aggregate", "at character 1"),
            ("custom@custom/aggregate", "a scope, one of cart, items"),
            ("cart@item_discount/per_unit", "scope items in an item phase"),
            ("items@shipping/aggregate", "scope items in an item phase, cart_subtotal or tax only"),
            ("items@grand_total/aggregate", "scope items"),
            ("cart@tax/per_item", "application aggregate"),
            ("items@tax/per_unit", "application aggregate"),
            ("items@cart_subtotal/per_group#brand", "application aggregate"),
            ("items@item_discount/per_group", "a field to group by"),
            ("items@item_discount/aggregate#brand", "application per_group"),
            ("items@item_discount/per_group#", "a field such as attributes.category at character 31"),
            ("items@item_discount/per_group#a b", "the end of the target at character 32"),
            ("cart:id=1@tax/aggregate", "filters on scope items"),
            ("cart@somewhen/aggregate", "at character 6"),
            ("cart@tax/once", "at character 10"),
            ("items:@tax/aggregate", "a field such as attributes.category at character 7"),
            ("items:=1@tax/aggregate", "at character 7"),
            ("items:a@tax/aggregate", "an operator such as = >= in contains at character 8"),
            ("items:a=@tax/aggregate", "a value, '' for empty text at character 9"),
            ("items:a=1;@tax/aggregate", "at character 11"),
            ("items:a='x@tax/aggregate", "the closing quote at character 25"),
            ("items:a=\"\\x\"@tax/aggregate", "after a backslash at character 11"),
            ("items:a in x@tax/aggregate", "a list such as [a,b]"),
            ("items:a in [x@tax/aggregate", "at character 28"),
            ("items:a={\"x\":@tax/aggregate", "in the value at character 9"),
            ("items:a>[1]@tax/aggregate", "one plain value for a >, found [1] at character 9"),
            ("items:price>=10.50@tax/aggregate", "whole minor units for price >=, found 10.50 at character 14"),
            ("items:a=b@c@tax/aggregate", "a phase, one of"),
            ("items:attributes.=1@tax/aggregate", "a field"),
        ] {
            let error = Target::parse(text).expect_err(text);
            assert_eq!(error.kind(), Kind::Invalid, "{text}");
            assert!(error.message().contains(expected), "{text}: {error}");
        }
        let many = format!("items:{}@tax/aggregate", vec!["a=1"; filter::FILTERS_MAX + 1].join(";"));
        assert!(Target::parse(&many).is_err_and(|e| e.message().contains("at most 64 filters")));
    }

    #[test]
    fn on_a_line_scope_cart_means_the_line() {
        let input = |text: &str| TargetInput::Text(text.into());
        assert_eq!(input("cart@cart_subtotal/aggregate").resolve(true).unwrap(), Target::line());
        assert_eq!(input("cart@cart_subtotal/aggregate").resolve(false).unwrap(), Target::cart(Phase::CartSubtotal));
        assert_eq!(input("items@tax/aggregate").resolve(true).unwrap().to_string(), "items@tax/aggregate");
        assert!(input("cart@nowhere/aggregate").resolve(true).is_err());
    }

    #[test]
    fn data_and_text_mean_the_same() {
        let data = |filters: &str, group_by: Option<&str>| {
            TargetInput::Data {
                scope: "items".into(),
                phase: "item-post".into(),
                application: if group_by.is_some() { "per-group" } else { "per-item" }.into(),
                filters: Some(Raw::parse(filters).unwrap()),
                group_by: group_by.map(Into::into),
            }
            .resolve(false)
        };
        assert_eq!(data("[]", None).unwrap().to_string(), "items@item_post/per_item");
        let filters =
            r#"[{"field":"attributes.a","op":"not-in","value":[1.50,"1",null]},{"field":"price","op":"~","value":""}]"#;
        let text = "items:attributes.a not_in [1.50,\"1\",null];price contains ''@item_post/per_group#attributes.b";
        let target = data(filters, Some("attributes.b")).unwrap();
        assert_eq!(target.to_string(), text);
        assert_eq!(Target::parse(text).unwrap(), target);
        let mut out = String::new();
        filter::write_data_list(&mut out, target.filters());
        assert_eq!(out, filters.replace("not-in", "not_in").replace('~', "contains"));
        for (filters, path) in [
            ("{}", "filters"),
            (r#"[{"field":"a","op":"="}]"#, "filters[0].value"),
            (r#"[{"field":" ","op":"=","value":1}]"#, "filters[0].field"),
            (r#"[{"field":"a","op":"==","value":1}]"#, "filters[0].op"),
            (r#"[{"field":"a","op":"<","value":{}}]"#, "filters[0].value"),
            (r#"[{"field":"a","op":"=","value":1},{"field":"a","op":"in","value":"x"}]"#, "filters[1].value"),
            (r#"[{"field":"a","operator":"=","value":1}]"#, "filters[0].operator"),
            (r#"[{"field":"total","op":"in","value":[1,2.5]}]"#, "filters[0].value"),
        ] {
            assert_eq!(data(filters, None).expect_err(filters).path(), path, "{filters}");
        }
    }

    #[test]
    fn presets_are_targets() {
        for (name, text) in PRESETS {
            assert_eq!(Target::preset(name).unwrap().to_string(), text);
            assert_eq!(Target::preset(&name.replace(' ', "_")).unwrap().to_string(), text);
        }
        assert!(Target::preset("moon").is_err());
    }
}
