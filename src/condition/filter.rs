//! Filters: which lines a condition sees.
//!
//! `attributes.category=books;quantity>=2` as text, a list of `{"field", "op", "value"}` as data. All
//! of them must hold. What they read of a line is its own and stored: price and quantity before
//! conditions.

use super::literal::{is_plain, list, literal, write_literal, write_word};
use super::scan::Scan;
use crate::cart::Item;
use crate::error::Result;
use crate::json::{Fields, Plain, Raw, Reader, Sort, members, write_list};
use crate::money::amount::shown;
use core::cmp::Ordering;
use std::borrow::Cow;

/// The most filters of one target.
pub(crate) const FILTERS_MAX: usize = 64;

/// What is read of a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    text: Box<str>,
    of: FieldOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum FieldOf {
    Id,
    Name,
    Price,
    Quantity,
    Total,
    /// The attribute whose name begins so many bytes into the text.
    Attribute(usize),
}

/// What comes before an attribute's name, where it is written out.
const ATTRIBUTES: &str = "attributes.";

impl Field {
    /// `id`, `name`, `price`, `quantity`, `total` (price × quantity), or the attribute of any other
    /// name, with or without `attributes.` before it. An attribute inside an object is named by its path:
    /// `attributes.size.eu`.
    pub fn parse(text: &str) -> Result<Self> {
        let of = match text {
            "id" => FieldOf::Id,
            "name" => FieldOf::Name,
            "price" => FieldOf::Price,
            "quantity" => FieldOf::Quantity,
            "total" => FieldOf::Total,
            _ => FieldOf::Attribute(if text.starts_with(ATTRIBUTES) { ATTRIBUTES.len() } else { 0 }),
        };
        let name = if let FieldOf::Attribute(from) = of { &text[from..] } else { text };
        if name.trim().is_empty() {
            return Err(invalid!(
                "expected a field: id, name, price, quantity, total or an attribute's name, found {:?}",
                shown(text)
            ));
        }
        Ok(Field { text: text.into(), of })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its value in a line; null for an attribute that is not there.
    pub fn of<'i>(&self, item: &'i Item) -> Plain<'i> {
        match self.of {
            FieldOf::Id => Plain::Text(Cow::Borrowed(&item.id)),
            FieldOf::Name => Plain::Text(Cow::Borrowed(&item.name)),
            FieldOf::Price => Plain::Integer(item.price.minor()),
            FieldOf::Quantity => Plain::Integer(i64::from(item.quantity)),
            // Both are within bounds that keep their product within 64 bits.
            FieldOf::Total => Plain::Integer(item.price.minor().saturating_mul(i64::from(item.quantity))),
            FieldOf::Attribute(from) => {
                let attributes = item.attributes.as_ref();
                Plain::of_maybe(attributes.and_then(|attributes| attributes.find(&self.text[from..])))
            }
        }
    }

    fn is_money(&self) -> bool {
        matches!(self.of, FieldOf::Price | FieldOf::Total)
    }

    /// Reads a field in the text of a target: plain characters, or anything in quotes.
    pub(super) fn scan(scan: &mut Scan<'_>) -> Result<Self> {
        let before = scan.clone();
        let text = if scan.rest().starts_with(['\'', '"']) { scan.quoted()? } else { scan.run(is_plain).to_owned() };
        if text.is_empty() {
            return Err(before.expected("a field such as attributes.category"));
        }
        Field::parse(&text)
    }

    /// Appends the field as [`Field::scan`] reads it.
    pub(super) fn write(&self, out: &mut String) {
        write_word(out, &self.text);
    }
}

/// How a field and a value are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The same type and value; a missing attribute is the same as null.
    Equal,
    /// Not that.
    NotEqual,
    /// Greater: numbers by value, texts by their characters; unlike types never.
    Greater,
    /// Greater or the same.
    GreaterOrEqual,
    /// Less.
    Less,
    /// Less or the same.
    LessOrEqual,
    /// The same as a member of the list.
    In,
    /// Not that.
    NotIn,
    /// Text that contains the text, or a list that has the member.
    Contains,
    /// Not that.
    NotContains,
    /// Text that begins so.
    StartsWith,
    /// Text that ends so.
    EndsWith,
}

impl Operator {
    /// Every operator; those whose text begins with another's come before it.
    pub const ALL: [Operator; 12] = [
        Operator::NotEqual,
        Operator::GreaterOrEqual,
        Operator::LessOrEqual,
        Operator::Equal,
        Operator::Greater,
        Operator::Less,
        Operator::NotIn,
        Operator::NotContains,
        Operator::In,
        Operator::Contains,
        Operator::StartsWith,
        Operator::EndsWith,
    ];

    /// Its name on every wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::In => "in",
            Operator::NotIn => "not_in",
            Operator::Contains => "contains",
            Operator::NotContains => "not_contains",
            Operator::StartsWith => "starts_with",
            Operator::EndsWith => "ends_with",
        }
    }

    /// Reads a name; hyphens for underscores, `~` for contains and `!~` for not_contains.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.replace('-', "_");
        match &*name {
            "~" => Some(Operator::Contains),
            "!~" => Some(Operator::NotContains),
            _ => Operator::ALL.into_iter().find(|operator| operator.as_str() == name),
        }
        .ok_or_else(|| {
            let known = Operator::ALL.map(Operator::as_str).join(" ");
            invalid!("expected an operator, one of {}, found {:?}", known, shown(text))
        })
    }

    fn takes_list(self) -> bool {
        matches!(self, Operator::In | Operator::NotIn)
    }

    fn takes_plain(self) -> bool {
        !self.takes_list()
            && !matches!(self, Operator::Equal | Operator::NotEqual | Operator::Contains | Operator::NotContains)
    }

    fn is_word(self) -> bool {
        self.as_str().starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// Reads an operator in the text of a target.
    fn scan(scan: &mut Scan<'_>) -> Option<Self> {
        for (symbol, operator) in [("!~", Operator::NotContains), ("~", Operator::Contains)] {
            if scan.take(symbol) {
                return Some(operator);
            }
        }
        if let Some(operator) = Operator::ALL.into_iter().find(|it| !it.is_word() && scan.take(it.as_str())) {
            return Some(operator);
        }
        let mut ahead = scan.clone();
        let operator = Operator::parse(ahead.run(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-'))).ok()?;
        *scan = ahead;
        Some(operator)
    }
}

/// One test of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    field: Field,
    operator: Operator,
    value: Raw,
}

impl Filter {
    /// `value` is a list for `in` and `not_in`; for operators that know an order, or the ends of a text,
    /// it is a plain value.
    pub fn new(field: Field, operator: Operator, value: Raw) -> Result<Self> {
        let refused = |expected: &str| {
            let found = shown(value.as_str());
            Err(invalid!("expected {} for {} {}, found {}", expected, field.as_str(), operator.as_str(), found)
                .under("value"))
        };
        match value.sort() {
            Sort::List | Sort::Object if operator.takes_plain() => return refused("one plain value"),
            sort if operator.takes_list() && sort != Sort::List => return refused("a list such as [a,b]"),
            _ => {}
        }
        if field.is_money() {
            let fraction = |text: &str| matches!(Plain::of(text), Plain::Number(_));
            if fraction(value.as_str()) || members(value.as_str()).any(fraction) {
                return refused("whole minor units");
            }
        }
        Ok(Filter { field, operator, value })
    }

    /// What it reads.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// How it compares.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// What it compares with.
    pub fn value(&self) -> &Raw {
        &self.value
    }

    /// The test, ready to be made on any number of values.
    pub(crate) fn test(&self) -> Test<'_> {
        let list = self.operator.takes_list();
        Test {
            operator: self.operator,
            value: Plain::of(self.value.as_str()),
            members: if list { members(self.value.as_str()).map(Plain::of).collect() } else { Vec::new() },
        }
    }

    /// Whether a line passes.
    pub fn passes(&self, item: &Item) -> bool {
        self.test().passes(&self.field.of(item))
    }

    /// Reads one in the text of a target.
    fn scan(scan: &mut Scan<'_>) -> Result<Self> {
        scan.blank();
        let begin = scan.clone();
        let mut field = Field::scan(scan)?;
        let unquoted = !begin.rest().starts_with(['\'', '"']);
        let after_field = scan.clone();
        scan.blank();
        let operator = match Operator::scan(scan) {
            Some(operator) => operator,
            // A word may stand at the field without a blank between: `sizein[S,M]`.
            None => {
                *scan = after_field;
                let (shorter, operator) = unquoted
                    .then(|| glued(scan, field.as_str()))
                    .flatten()
                    .ok_or_else(|| scan.expected("an operator such as = >= in contains"))?;
                field = shorter;
                operator
            }
        };
        scan.blank();
        let before = scan.clone();
        let value = if scan.take("[") { list(scan)? } else { literal(scan, &[';', '@'])? };
        Filter::new(field, operator, value)
            .map_err(|error| invalid!("{} at character {}", error.message(), before.place()))
    }

    /// Appends the canonical text.
    fn write(&self, out: &mut String) {
        self.field.write(out);
        let word = self.operator.is_word();
        if word {
            out.push(' ');
        }
        out.push_str(self.operator.as_str());
        if word {
            out.push(' ');
        }
        if self.value.sort() == Sort::List {
            out.push('[');
            for (index, member) in members(self.value.as_str()).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_literal(out, member);
            }
            out.push(']');
        } else {
            write_literal(out, self.value.as_str());
        }
    }
}

/// Splits an operator's word off the end of a field that stands directly before a value.
fn glued(scan: &Scan<'_>, text: &str) -> Option<(Field, Operator)> {
    if !scan.rest().starts_with(['[', '\'', '"']) {
        return None;
    }
    Operator::ALL.into_iter().filter(|operator| operator.is_word()).find_map(|operator| {
        let word = operator.as_str();
        let field = text.strip_suffix(word).or_else(|| text.strip_suffix(&*word.replace('_', "-")))?;
        Some((Field::parse(field).ok()?, operator))
    })
}

/// A filter's test with its value understood.
pub(crate) struct Test<'f> {
    operator: Operator,
    value: Plain<'f>,
    members: Vec<Plain<'f>>,
}

impl Test<'_> {
    pub(crate) fn passes(&self, found: &Plain<'_>) -> bool {
        let order = |wanted: fn(Ordering) -> bool| found.order(&self.value).is_some_and(wanted);
        let listed = || self.members.iter().any(|member| member.same(found));
        let text = |test: fn(&str, &str) -> bool| match (found, &self.value) {
            (Plain::Text(found), Plain::Text(value)) => test(found, value),
            _ => false,
        };
        match self.operator {
            Operator::Equal => found.same(&self.value),
            Operator::NotEqual => !found.same(&self.value),
            Operator::Greater => order(Ordering::is_gt),
            Operator::GreaterOrEqual => order(Ordering::is_ge),
            Operator::Less => order(Ordering::is_lt),
            Operator::LessOrEqual => order(Ordering::is_le),
            Operator::In => listed(),
            Operator::NotIn => !listed(),
            Operator::Contains => found.contains(&self.value),
            Operator::NotContains => !found.contains(&self.value),
            Operator::StartsWith => text(|found, value| found.starts_with(value)),
            Operator::EndsWith => text(|found, value| found.ends_with(value)),
        }
    }
}

/// Reads filters in the text of a target, up to its `@`.
pub(super) fn scan_list(scan: &mut Scan<'_>) -> Result<Vec<Filter>> {
    let mut filters = Vec::new();
    loop {
        if filters.len() == FILTERS_MAX {
            return Err(scan.expected(&text!("at most {} filters", FILTERS_MAX)));
        }
        filters.push(Filter::scan(scan)?);
        scan.blank();
        if !scan.take(";") {
            return Ok(filters);
        }
    }
}

/// Reads a text that is filters and nothing else.
pub(super) fn parse_list(text: &str) -> Result<Vec<Filter>> {
    let scan = &mut Scan::new(text);
    let filters = scan_list(scan)?;
    if scan.is_done() { Ok(filters) } else { Err(scan.expected("the end of the filters")) }
}

/// Reads filters as data: `[{"field": …, "op": …, "value": …}]`.
pub(crate) fn read_list(reader: &mut Reader<'_>) -> Result<Vec<Filter>> {
    let mut filters = Vec::new();
    reader.list(|_, reader| {
        if filters.len() == FILTERS_MAX {
            return Err(invalid!("expected at most {} filters, found more", FILTERS_MAX));
        }
        filters.push(read(reader)?);
        Ok(())
    })?;
    Ok(filters)
}

fn read(reader: &mut Reader<'_>) -> Result<Filter> {
    let (mut field, mut operator, mut value) = (None, None, None);
    reader.object(|name, reader| {
        let repeated = match name {
            "field" => field.replace(Field::parse(&reader.text()?)?).is_some(),
            "op" => operator.replace(Operator::parse(&reader.text()?)?).is_some(),
            "value" => value.replace(reader.raw()?).is_some(),
            _ => return Err(crate::json::unknown(&["field", "op", "value"])),
        };
        if repeated { Err(crate::json::repeated()) } else { Ok(()) }
    })?;
    let missing = |name| invalid!("expected {}, found nothing", name).because("missing").under(name);
    Filter::new(
        field.ok_or_else(|| missing("field"))?,
        operator.ok_or_else(|| missing("op"))?,
        value.ok_or_else(|| missing("value"))?,
    )
}

/// Appends filters as text.
pub(super) fn write_text_list(out: &mut String, filters: &[Filter]) {
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            out.push(';');
        }
        filter.write(out);
    }
}

/// Appends filters as data.
pub(crate) fn write_data_list(out: &mut String, filters: &[Filter]) {
    write_list(out, filters, |out, filter| {
        let mut fields = Fields::new(out);
        fields.text("field", filter.field.as_str()).text("op", filter.operator.as_str());
        fields.raw("value", filter.value.as_str()).end();
    });
}
