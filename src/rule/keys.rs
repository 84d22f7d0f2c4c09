//! The built-in rules, as a table: each key, what it asks, and its parameters.
//!
//! A rule is a question with operands, so that reading and judging forty keys is a table and two functions.

/// What a rule asks.
///
/// All amounts are those of the goods before conditions, so that no rule depends on what another condition
/// did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Test {
    /// All of the rules that follow it hold; of none, too.
    All,
    /// One of them holds at least; of none, not.
    Any,
    /// Nothing: it holds.
    Nothing,
    /// The cart has no line.
    Empty,
    /// What the goods cost is within the bounds.
    Subtotal,
    /// How many lines.
    Lines,
    /// How many pieces.
    Pieces,
    /// The cart's currency.
    Currency,
    /// One of the ids has a line.
    AnyId,
    /// Each of the ids has one.
    EachId,
    /// The cart's metadata has nothing under the name, or null.
    Null,
    /// It has one of the values there; a key that is not there has null.
    Metadata,
    /// Text of it contains text, or a list a member.
    Contains,
    /// It is what a shop would call switched on.
    On,
    /// The customer, as the shop noted it in metadata, has a tag: a list of them, or text with commas between.
    Tag,
    /// The cart has a condition of this name in its own list, whether or not it applies.
    Named,
    /// Likewise, of this type.
    OfType,
    /// The day of the week; bit 0 is Sunday.
    Days,
    /// From an instant to another, both in.
    Dates,
    /// From one minute of the day to another, both in; past midnight when the end is before the start.
    Minutes,
    /// Of a line, as it is stored: an attribute is one of the values; one that is not there is null.
    Attribute,
    /// So many pieces.
    Quantity,
    /// The unit price.
    Price,
    /// Price × quantity, in minor units.
    Total,
    /// A condition of this name sits on the line.
    HasCondition,
    /// The id begins so.
    Prefix,
}

impl Test {
    /// Whether it asks about a line. Under scope items that is each line; on the cart as a whole, any.
    pub(super) fn is_about_lines(self) -> bool {
        self >= Test::Attribute
    }

    /// Whether it asks about metadata. Its parameters are read from the last to the first: the name, which
    /// most of them share, comes last.
    pub(super) fn is_about_metadata(self) -> bool {
        (Test::Null..=Test::Tag).contains(&self)
    }

    pub(super) fn is_about_time(self) -> bool {
        (Test::Days..=Test::Minutes).contains(&self)
    }
}

/// How a number is written.
#[derive(Clone, Copy)]
pub(super) enum Number {
    /// A whole number of 0 or more.
    Count,
    /// An amount of 0 or more: an integer in minor units, or text in major units with a point.
    Amount,
    /// An RFC 3339 time.
    Instant,
    /// `HH:MM`
    Minute,
}

/// What a parameter is, and which operand it becomes.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    /// The lower bound.
    Least(Number),
    /// The upper bound.
    Most(Number),
    /// An amount that is above the upper bound.
    Below,
    /// Days of the week.
    Days,
    /// A time zone.
    Zone,
    /// A currency's code.
    Code,
    /// Text that is not blank: the name.
    Name,
    /// Text that is not blank: a value.
    Text,
    /// Texts, one at least: the values.
    Texts,
    /// Any value.
    Value,
    /// Any values, one at least.
    Values,
}

impl Operand {
    /// What is written for it, by the name that descriptions have for that.
    fn shape(self) -> &'static str {
        match self {
            Least(number) | Most(number) => match number {
                Count => "count",
                Amount => "amount",
                Instant => "time",
                Minute => "minute",
            },
            Below => "amount",
            Days => "days",
            Zone => "zone",
            Code => "currency",
            Name | Text => "text",
            Texts => "texts",
            Value => "value",
            Values => "values",
        }
    }
}

/// What each parameter of each key is: `count`, `amount`, `text`, `texts`, `value`, `values`, `time`, `days`,
/// `minute`, `zone` or `currency`. A parameter's name has no `?`.
pub fn shapes() -> impl Iterator<Item = (&'static str, impl Iterator<Item = (&'static str, &'static str)>)> {
    KEYS.iter().map(|key| {
        let params = key.taken.1.iter().map(|param| param.trim_end_matches('?'));
        (key.taken.0, params.zip(key.operands.iter().map(|operand| operand.shape())))
    })
}

/// A key of the table.
pub(super) struct Key {
    /// Its name and its parameters; `?` stands after one that may be left out.
    pub(super) taken: (&'static str, &'static [&'static str]),
    /// What each parameter is.
    pub(super) operands: &'static [Operand],
    pub(super) test: Test,
    /// Whether it holds where the test does not.
    pub(super) negated: bool,
}

macro_rules! keys {
    ($($key:literal [$($param:literal: $operand:expr),*] $($not:ident)? => $test:ident;)+) => {
        &[$(Key {
            taken: ($key, &[$($param),*]),
            operands: &[$($operand),*],
            test: Test::$test,
            negated: keys!(@ $($not)?),
        }),+]
    };
    (@ not) => { true };
    (@) => { false };
}

use Number::{Amount, Count, Instant, Minute};
use Operand::{Below, Code, Days, Least, Most, Name, Text, Texts, Value, Values, Zone};

/// `total-…` are other names of `subtotal-…`. Lines are counted by `items`, pieces by `quantity`.
pub(super) const KEYS: &[Key] = keys! {
    "always-true" [] => Nothing;
    "always-false" [] not => Nothing;
    "subtotal-at-least" ["amount": Least(Amount)] => Subtotal;
    "subtotal-below" ["amount": Below] => Subtotal;
    "subtotal-between" ["min": Least(Amount), "max": Most(Amount)] => Subtotal;
    "total-at-least" ["amount": Least(Amount)] => Subtotal;
    "total-below" ["amount": Below] => Subtotal;
    "total-between" ["min": Least(Amount), "max": Most(Amount)] => Subtotal;
    "currency-is" ["currency": Code] => Currency;
    "has-any-item" [] not => Empty;
    "min-items" ["min": Least(Count)] => Lines;
    "max-items" ["max": Most(Count)] => Lines;
    "min-quantity" ["min": Least(Count)] => Pieces;
    "max-quantity" ["max": Most(Count)] => Pieces;
    "has-item" ["id": Text] => AnyId;
    "missing-item" ["id": Text] not => AnyId;
    "item-list-includes-any" ["ids": Texts] => AnyId;
    "item-list-includes-all" ["ids": Texts] => EachId;
    "has-metadata" ["key": Name] not => Null;
    "metadata-equals" ["key": Name, "value": Value] => Metadata;
    "metadata-not-equals" ["key": Name, "value": Value] not => Metadata;
    "metadata-in" ["key": Name, "values": Values] => Metadata;
    "metadata-contains" ["key": Name, "contains": Value] => Contains;
    "metadata-flag-true" ["key": Name] => On;
    "customer-tag" ["tag": Text, "metadata_key?": Name] => Tag;
    "day-of-week" ["days": Days, "zone?": Zone] => Days;
    "date-window" ["start": Least(Instant), "end": Most(Instant)] => Dates;
    "time-window" ["start": Least(Minute), "end": Most(Minute), "zone?": Zone] => Minutes;
    "item-attribute-equals" ["attribute": Name, "value": Value] => Attribute;
    "item-attribute-in" ["attribute": Name, "values": Values] => Attribute;
    "item-quantity-at-least" ["quantity": Least(Count)] => Quantity;
    "item-quantity-at-most" ["quantity": Most(Count)] => Quantity;
    "item-price-at-least" ["amount": Least(Amount)] => Price;
    "item-price-at-most" ["amount": Most(Amount)] => Price;
    "item-total-at-least" ["amount": Least(Amount)] => Total;
    "item-total-at-most" ["amount": Most(Amount)] => Total;
    "item-has-condition" ["condition": Name] => HasCondition;
    "item-id-prefix" ["prefix": Name] => Prefix;
    "cart-condition-exists" ["condition": Name] => Named;
    "cart-condition-type-exists" ["type": Name] => OfType;
};

/// Every built-in key with its parameters, family by family; `?` stands after one that may be left out.
pub fn keys() -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> {
    KEYS.iter().map(|key| &key.taken)
}
