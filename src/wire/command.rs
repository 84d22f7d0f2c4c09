//! Change requests: a list of commands, and what goes with it.
//!
//! `{"commands": [{"do": "add", "item": {…}}, …], "basedOn": "INCARNATION.VERSION",
//! "idempotencyKey": "…", "currency": "USD", "rounding": "half_up"}`

use super::{condition, item, map, once, required, text, unknown};
use crate::command::{Command, LineRef, QuantityChange, RepricePolicy, Update};
use crate::error::{Error, Result};
use crate::id::Revision;
use crate::json::{Fields, Raw, Reader, Sort, repeated, write_integer, write_list, write_text};
use crate::money::PriceInput;
use crate::order::first_repeated;
use crate::service::{BasedOn, Request};

/// A change request, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What to do, in order.
    pub commands: Vec<Command>,
    /// See [`BasedOn`].
    pub based_on: Option<BasedOn>,
    /// The idempotency key.
    pub key: Option<Box<str>>,
    /// The currency the caller speaks of.
    pub currency: Option<Box<str>>,
    /// The rounding the caller speaks of.
    pub rounding: Option<Box<str>>,
    origin: Origin,
}

/// In which form the commands came, for the paths of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// `commands[2].item.price`
    Commands,
    /// A list of items: `[2].price`
    Items,
    /// One thing: `price`
    One,
}

impl Change {
    /// Whether there is nothing to it but its commands.
    pub fn is_plain(&self) -> bool {
        self.based_on.is_none() && self.key.is_none() && self.currency.is_none() && self.rounding.is_none()
    }

    /// Turns the path of an error of [`crate::command::apply`], which begins with the command's
    /// index, into a path in what the caller sent.
    pub fn locate(&self, error: Error) -> Error {
        // What concerns no command (the currency, the rounding) has no index.
        if !error.path().starts_with('[') {
            return error;
        }
        match self.origin {
            Origin::Commands => error.under("commands"),
            // The short forms hold the command's body where the long form holds a command.
            Origin::Items => error.without("item"),
            Origin::One => error.without_index().without("item").without("condition").without("values"),
        }
    }
}

/// Reads a request of any form.
pub fn read(request: &Request) -> Result<Change> {
    let one = |command| Ok(short(vec![command], Origin::One));
    match request {
        Request::Change(body) => Reader::whole(body, read_change),
        Request::AddItems(body) => Reader::whole(body, |r| {
            if r.sort()? == Sort::List {
                let mut commands = Vec::new();
                r.list(|_, r| {
                    commands.push(Command::Add(Box::new(item::read(r)?)));
                    Ok(())
                })?;
                Ok(short(commands, Origin::Items))
            } else {
                one(Command::Add(Box::new(item::read(r)?)))
            }
        }),
        Request::UpdateItem { item, body } => {
            let mut line = LineRef { id: item.as_str().into(), attributes: None };
            let update = Reader::whole(body, |r| read_update(r, &mut line.attributes))?;
            one(Command::Update { line, update })
        }
        Request::RemoveItem { item } => one(Command::Remove { line: line(item) }),
        Request::AddCondition { item, body } => one(Command::AddCondition {
            condition: Box::new(Reader::whole(body, condition::read_listed)?),
            on: item.as_deref().map(line),
        }),
        Request::RemoveCondition { item, name } => {
            one(Command::RemoveCondition { name: name.as_str().into(), on: item.as_deref().map(line) })
        }
        Request::SetMetadata(body) => one(Command::SetMetadata { values: Reader::whole(body, read_values)? }),
        Request::Clear => one(Command::Clear),
        Request::Destroy => one(Command::Destroy),
    }
}

fn short(commands: Vec<Command>, origin: Origin) -> Change {
    Change { commands, based_on: None, key: None, currency: None, rounding: None, origin }
}

fn line(id: &str) -> LineRef {
    LineRef { id: id.into(), attributes: None }
}

fn read_change(reader: &mut Reader<'_>) -> Result<Change> {
    let (mut commands, mut based_on, mut key, mut currency, mut rounding) = (None, None, None, None, None);
    reader.object(|field, r| match field {
        "commands" => {
            let mut list = Vec::new();
            r.list(|_, r| {
                list.push(read_command(r)?);
                Ok(())
            })?;
            once(&mut commands, list)
        }
        "basedOn" => {
            let text = r.text()?;
            let read = if text == "absent" { BasedOn::Absent } else { BasedOn::OneOf(vec![Revision::parse(&text)?]) };
            once(&mut based_on, read)
        }
        "idempotencyKey" => once(&mut key, text(r)?),
        "currency" => once(&mut currency, text(r)?),
        "rounding" => once(&mut rounding, text(r)?),
        _ => Err(unknown(&["commands", "basedOn", "idempotencyKey", "currency", "rounding"])),
    })?;
    Ok(Change {
        commands: required(commands, "commands", "a list of commands")?,
        based_on,
        key,
        currency,
        rounding,
        origin: Origin::Commands,
    })
}

/// Every command's name and its fields beside `do`.
pub const COMMANDS: &[(&str, &[&str])] = &[
    ("add", &["item"]),
    ("update", &["id", "where", "quantity", "delta", "price", "name", "attributes"]),
    ("remove", &["id", "where"]),
    ("clear", &[]),
    ("destroy", &[]),
    ("addCondition", &["condition", "item", "where"]),
    ("addPreset", &["preset", "name", "with", "item", "where"]),
    ("removeCondition", &["name", "item", "where"]),
    ("removeConditionsByType", &["type", "item", "where"]),
    ("clearConditions", &["item", "where"]),
    ("setMetadata", &["values"]),
    ("clearMetadata", &[]),
    ("reprice", &["prices", "policy"]),
    ("checkOut", &["order"]),
    ("move", &["id", "where", "to"]),
];

/// The fields of one command, whichever they are. `item` is an item for `add` and a line's id for
/// the condition commands; `do` may stand anywhere in the object, so it is read as what it is.
#[derive(Default)]
struct Parts {
    the_item: Option<crate::cart::ItemInput>,
    on: Option<Box<str>>,
    id: Option<Box<str>>,
    whose: Option<Raw>,
    quantity: Option<i64>,
    delta: Option<i64>,
    price: Option<PriceInput>,
    name: Option<Box<str>>,
    attributes: Option<Raw>,
    condition: Option<crate::condition::ListedInput>,
    preset: Option<Box<str>>,
    with: Option<Raw>,
    policy: Option<Box<str>>,
    kind: Option<Box<str>>,
    values: Option<Vec<(Box<str>, Option<Raw>)>>,
    prices: Option<Vec<(Box<str>, PriceInput)>>,
    order: Option<Box<str>>,
    to: Option<Box<str>>,
}

/// Reads one command.
pub fn read_command(reader: &mut Reader<'_>) -> Result<Command> {
    let mut name: Option<Box<str>> = None;
    let mut seen: Vec<Box<str>> = Vec::new();
    let mut parts = Parts::default();
    reader.object(|field, r| {
        if field != "do" {
            seen.push(field.into());
        }
        match field {
            "do" => once(&mut name, text(r)?),
            "item" => {
                if r.sort()? == Sort::Text {
                    once(&mut parts.on, text(r)?)
                } else {
                    once(&mut parts.the_item, item::read(r)?)
                }
            }
            "id" => once(&mut parts.id, text(r)?),
            "where" => once(&mut parts.whose, map(r)?),
            "quantity" => once(&mut parts.quantity, r.integer()?),
            "delta" => once(&mut parts.delta, r.integer()?),
            "price" => once(&mut parts.price, item::price(r)?),
            "name" => once(&mut parts.name, text(r)?),
            "attributes" => once(&mut parts.attributes, map(r)?),
            "condition" => once(&mut parts.condition, condition::read_listed(r)?),
            "preset" => once(&mut parts.preset, text(r)?),
            "with" => once(&mut parts.with, map(r)?),
            "policy" => once(&mut parts.policy, text(r)?),
            "type" => once(&mut parts.kind, text(r)?),
            "values" => once(&mut parts.values, read_values(r)?),
            "prices" => once(&mut parts.prices, read_prices(r)?),
            "order" => once(&mut parts.order, text(r)?),
            "to" => once(&mut parts.to, text(r)?),
            _ => Err(unknown(&["do", "and what the command takes"])),
        }
    })?;
    let name = required(name, "do", "the command's name")?;
    let Some((name, fields)) = COMMANDS.iter().find(|(known, _)| **known == *name) else {
        let known: Vec<&str> = COMMANDS.iter().map(|(known, _)| *known).collect();
        return Err(invalid!("expected one of {}, found {:?}", known.join(", "), name).under("do"));
    };
    if let Some(field) = seen.iter().find(|field| !fields.contains(&&***field)) {
        return Err(unknown(if fields.is_empty() { &["do"] } else { fields }).under(field));
    }
    build(name, parts)
}

fn build(name: &str, parts: Parts) -> Result<Command> {
    let whose = parts.whose;
    let by_id =
        |id: Option<Box<str>>, attributes| required(id, "id", "a line's id").map(|id| LineRef { id, attributes });
    let on = |on: Option<Box<str>>, attributes| on.map(|id| LineRef { id, attributes });
    let wrong_item = |expected: &str| invalid!("expected {}", expected).under("item");
    if name == "add" && parts.on.is_some() {
        return Err(wrong_item("an object, found text"));
    }
    if name != "add" && parts.the_item.is_some() {
        return Err(wrong_item("a line's id as text, found an object"));
    }
    Ok(match name {
        "add" => Command::Add(Box::new(required(parts.the_item, "item", "an item")?)),
        "update" => Command::Update {
            line: by_id(parts.id, whose)?,
            update: update(parts.quantity, parts.delta, parts.price, parts.name, parts.attributes)?,
        },
        "remove" => Command::Remove { line: by_id(parts.id, whose)? },
        "clear" => Command::Clear,
        "destroy" => Command::Destroy,
        "addCondition" => Command::AddCondition {
            condition: Box::new(required(parts.condition, "condition", "a condition")?),
            on: on(parts.on, whose),
        },
        "addPreset" => {
            let preset = required(parts.preset, "preset", "the preset's name")?;
            Command::AddPreset { preset, name: parts.name, with: parts.with, on: on(parts.on, whose) }
        }
        "removeCondition" => Command::RemoveCondition {
            name: required(parts.name, "name", "the condition's name")?,
            on: on(parts.on, whose),
        },
        "removeConditionsByType" => Command::RemoveConditionsByType {
            kind: required(parts.kind, "type", "a type of conditions")?,
            on: on(parts.on, whose),
        },
        "clearConditions" => Command::ClearConditions { on: on(parts.on, whose) },
        "setMetadata" => Command::SetMetadata { values: required(parts.values, "values", "an object of values")? },
        "clearMetadata" => Command::ClearMetadata,
        "reprice" => Command::Reprice {
            prices: required(parts.prices, "prices", "an object of ids and prices")?,
            policy: match parts.policy {
                Some(policy) => RepricePolicy::parse(&policy).map_err(|e| e.under("policy"))?,
                None => RepricePolicy::default(),
            },
        },
        "checkOut" => Command::CheckOut { order: parts.order },
        _ => Command::Move { line: by_id(parts.id, whose)?, to: required(parts.to, "to", "an instance")? },
    })
}

fn update(
    quantity: Option<i64>,
    delta: Option<i64>,
    price: Option<PriceInput>,
    name: Option<Box<str>>,
    attributes: Option<Raw>,
) -> Result<Update> {
    let quantity = match (quantity, delta) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("expected quantity or delta, found both").under("delta"));
        }
        (Some(to), None) => Some(QuantityChange::To(to)),
        (None, Some(by)) => Some(QuantityChange::By(by)),
        (None, None) => None,
    };
    Ok(Update { quantity, price, name, attributes })
}

fn read_update(reader: &mut Reader<'_>, whose: &mut Option<Raw>) -> Result<Update> {
    let (mut quantity, mut delta, mut price, mut name, mut attributes) = (None, None, None, None, None);
    reader.object(|field, r| match field {
        "where" => once(whose, map(r)?),
        "quantity" => once(&mut quantity, r.integer()?),
        "delta" => once(&mut delta, r.integer()?),
        "price" => once(&mut price, item::price(r)?),
        "name" => once(&mut name, text(r)?),
        "attributes" => once(&mut attributes, map(r)?),
        _ => Err(unknown(&["quantity", "delta", "price", "name", "attributes", "where"])),
    })?;
    update(quantity, delta, price, name, attributes)
}

fn read_values(reader: &mut Reader<'_>) -> Result<Vec<(Box<str>, Option<Raw>)>> {
    let mut values: Vec<(Box<str>, Option<Raw>)> = Vec::new();
    read_map(reader, &mut values, |r| if r.null()? { Ok(None) } else { r.raw().map(Some) })?;
    Ok(values)
}

fn read_prices(reader: &mut Reader<'_>) -> Result<Vec<(Box<str>, PriceInput)>> {
    let mut prices: Vec<(Box<str>, PriceInput)> = Vec::new();
    read_map(reader, &mut prices, item::price)?;
    Ok(prices)
}

/// Reads an object of any names. Whether one is repeated is looked at when all of them are known, and comes
/// before whatever is wrong after it.
fn read_map<T>(
    reader: &mut Reader<'_>,
    values: &mut Vec<(Box<str>, T)>,
    value: impl Fn(&mut Reader<'_>) -> Result<T>,
) -> Result<()> {
    let mut names: Vec<Box<str>> = Vec::new();
    let read = reader.object(|name, r| {
        names.push(name.into());
        values.push((name.into(), value(r)?));
        Ok(())
    });
    match first_repeated(names.len(), &|n| &names[n]) {
        Some(again) => Err(repeated().under(&names[again])),
        None => read,
    }
}

/// Appends a list of commands in one canonical form.
pub fn write_commands(out: &mut String, commands: &[Command]) {
    write_list(out, commands, write_command);
}

fn write_command(out: &mut String, command: &Command) {
    fn line(fields: &mut Fields<'_>, id: &str, line: &LineRef) {
        fields.text(id, &line.id);
        if let Some(attributes) = &line.attributes {
            fields.raw("where", attributes.as_str());
        }
    }
    fn on(fields: &mut Fields<'_>, place: Option<&LineRef>) {
        if let Some(place) = place {
            line(fields, "item", place);
        }
    }
    let mut fields = Fields::new(out);
    match command {
        Command::Add(input) => {
            fields.text("do", "add").with("item", |out| item::write_input(out, input));
        }
        Command::Update { line: place, update } => {
            fields.text("do", "update");
            line(&mut fields, "id", place);
            match update.quantity {
                Some(QuantityChange::To(to)) => fields.integer("quantity", to),
                Some(QuantityChange::By(by)) => fields.integer("delta", by),
                None => &mut fields,
            };
            if let Some(price) = &update.price {
                fields.with("price", |out| item::write_price(out, price));
            }
            fields.maybe_text("name", update.name.as_deref());
            if let Some(attributes) = &update.attributes {
                fields.raw("attributes", attributes.as_str());
            }
        }
        Command::Remove { line: place } => {
            fields.text("do", "remove");
            line(&mut fields, "id", place);
        }
        Command::Clear => {
            fields.text("do", "clear");
        }
        Command::Destroy => {
            fields.text("do", "destroy");
        }
        Command::AddCondition { condition, on: place } => {
            fields.text("do", "addCondition").with("condition", |out| condition::write_listed(out, condition));
            on(&mut fields, place.as_ref());
        }
        Command::AddPreset { preset, name, with, on: place } => {
            fields.text("do", "addPreset").text("preset", preset).maybe_text("name", name.as_deref());
            if let Some(with) = with {
                fields.raw("with", with.as_str());
            }
            on(&mut fields, place.as_ref());
        }
        Command::RemoveCondition { name, on: place } => {
            fields.text("do", "removeCondition").text("name", name);
            on(&mut fields, place.as_ref());
        }
        Command::RemoveConditionsByType { kind, on: place } => {
            fields.text("do", "removeConditionsByType").text("type", kind);
            on(&mut fields, place.as_ref());
        }
        Command::ClearConditions { on: place } => {
            fields.text("do", "clearConditions");
            on(&mut fields, place.as_ref());
        }
        Command::SetMetadata { values } => {
            fields.text("do", "setMetadata").with("values", |out| {
                let mut map = Fields::new(out);
                for (key, value) in values {
                    map.named(key, |out| out.push_str(value.as_ref().map_or("null", |value| value.as_str())));
                }
                map.end();
            });
        }
        Command::ClearMetadata => {
            fields.text("do", "clearMetadata");
        }
        Command::Reprice { prices, policy } => {
            fields.text("do", "reprice").with("prices", |out| {
                let mut map = Fields::new(out);
                for (id, price) in prices {
                    map.named(id, |out| item::write_price(out, price));
                }
                map.end();
            });
            if *policy != RepricePolicy::Refresh {
                fields.text("policy", policy.as_str());
            }
        }
        Command::CheckOut { order } => {
            fields.text("do", "checkOut").maybe_text("order", order.as_deref());
        }
        Command::Move { line: place, to } => {
            fields.text("do", "move");
            line(&mut fields, "id", place);
            fields.text("to", to);
        }
    }
    fields.end();
}

/// Appends what a request was based on, canonically.
pub fn write_based_on(out: &mut String, based_on: Option<&BasedOn>) {
    match based_on {
        None => out.push_str("null"),
        Some(BasedOn::Absent) => write_text(out, "absent"),
        Some(BasedOn::Exists) => write_text(out, "exists"),
        Some(BasedOn::OneOf(revisions)) => write_list(out, revisions, |out, revision| {
            out.push('"');
            revision.incarnation.write(out);
            out.push('"');
            out.push(':');
            write_integer(out, revision.version as i64);
        }),
    }
}
