//! An item.
//!
//! `{"id": "tee-m", "name": "T-shirt", "price": 1999, "quantity": 2, "attributes": {…},
//! "conditions": […], "minQuantity": 1, "maxQuantity": 10, "step": 1, "stock": 7,
//! "ref": {"type": "product", "id": "42"}}`

use super::{condition, count, map, once, required, text, unknown};
use crate::cart::{Item, ItemInput, PurchaseRules, Reference};
use crate::error::Result;
use crate::json::{Fields, Reader, Sort, write_list};
use crate::money::{Amount, Currency, PriceInput};

/// The fields of an item.
pub const FIELDS: &[&str] = &[
    "id",
    "name",
    "price",
    "quantity",
    "attributes",
    "conditions",
    "minQuantity",
    "maxQuantity",
    "step",
    "stock",
    "ref",
];

/// Reads an item as a caller gives it.
pub fn read(reader: &mut Reader<'_>) -> Result<ItemInput> {
    let mut conditions = None;
    let input = read_with(reader, &mut |r| once(&mut conditions, condition::read_list(r)?))?;
    Ok(ItemInput { conditions, ..input })
}

/// Reads an item whose conditions `read_conditions` reads.
fn read_with(
    reader: &mut Reader<'_>,
    read_conditions: &mut dyn FnMut(&mut Reader<'_>) -> Result<()>,
) -> Result<ItemInput> {
    let (mut id, mut name, mut the_price, mut quantity) = (None, None, None, None);
    let (mut attributes, mut reference) = (None, None);
    let mut purchase = PurchaseRules::default();
    reader.object(|field, r| match field {
        "id" => once(&mut id, text(r)?),
        "name" => once(&mut name, text(r)?),
        "price" => once(&mut the_price, price(r)?),
        "quantity" => once(&mut quantity, r.integer()?),
        "attributes" => once(&mut attributes, map(r)?),
        "conditions" => read_conditions(r),
        "minQuantity" => once(&mut purchase.min_quantity, count(r, 1)?),
        "maxQuantity" => once(&mut purchase.max_quantity, count(r, 1)?),
        "step" => once(&mut purchase.step, count(r, 1)?),
        "stock" => once(&mut purchase.stock, count(r, 0)?),
        "ref" => once(&mut reference, read_reference(r)?),
        _ => Err(unknown(FIELDS)),
    })?;
    Ok(ItemInput {
        id: required(id, "id", "the item's id")?,
        name: required(name, "name", "the item's name")?,
        price: required(the_price, "price", "the unit price, never left out because a missing price is not 0")?,
        quantity,
        attributes,
        conditions: None,
        purchase,
        reference,
    })
}

/// Reads an item as storage keeps it. Limits are not checked: lowering one makes nothing unreadable.
pub fn read_stored(reader: &mut Reader<'_>, currency: Currency) -> Result<Item> {
    let mut conditions = Vec::new();
    let input = read_with(reader, &mut |reader| {
        reader.list(|_, reader| {
            conditions.push(condition::read_stored(reader, currency, true)?);
            Ok(())
        })
    })?;
    let quantity = input.quantity.unwrap_or(1);
    Ok(Item {
        price: input.price.resolve(currency).map_err(|e| e.under("price"))?,
        quantity: u32::try_from(quantity)
            .ok()
            .filter(|quantity| *quantity > 0)
            .ok_or_else(|| invalid!("expected a quantity of 1 or more, found {}", quantity).under("quantity"))?,
        id: input.id,
        name: input.name,
        attributes: input.attributes,
        conditions,
        purchase: input.purchase,
        reference: input.reference,
    })
}

/// Reads a price: an integer in minor units, or text in major units with a point.
pub fn price(reader: &mut Reader<'_>) -> Result<PriceInput> {
    match reader.sort()? {
        Sort::Number => reader.integer().map(PriceInput::Minor).map_err(|error| {
            if error.reason() == Some("fraction") {
                let found = error.message().rsplit(' ').next().unwrap_or_default();
                invalid!("expected an integer in minor units (1999) or text in major units with a point (\"19.99\"), found {}", found)
                .because("fraction")
            } else {
                error
            }
        }),
        Sort::Text => text(reader).map(PriceInput::Text),
        _ => reader.integer().map(PriceInput::Minor),
    }
}

fn read_reference(reader: &mut Reader<'_>) -> Result<Reference> {
    let (mut kind, mut id) = (None, None);
    reader.object(|field, r| match field {
        "type" => once(&mut kind, text(r)?),
        "id" => once(&mut id, text(r)?),
        _ => Err(unknown(&["type", "id"])),
    })?;
    Ok(Reference { kind: required(kind, "type", "a type")?, id: required(id, "id", "an id")? })
}

/// Appends an item. `subtotal` is what a reader is told beside it, and storage is not.
pub fn write(out: &mut String, item: &Item, subtotal: Option<Amount>) {
    let mut fields = Fields::new(out);
    fields.text("id", &item.id).text("name", &item.name).integer("price", item.price.minor());
    fields.integer("quantity", i64::from(item.quantity));
    fields.maybe_integer("subtotal", subtotal.map(Amount::minor));
    if let Some(attributes) = &item.attributes {
        fields.raw("attributes", attributes.as_str());
    }
    if !item.conditions.is_empty() {
        fields.with("conditions", |out| write_list(out, &item.conditions, condition::write));
    }
    write_purchase(&mut fields, &item.purchase);
    write_reference(&mut fields, item.reference.as_ref());
    fields.end();
}

/// Appends an item as a caller gave it.
pub fn write_input(out: &mut String, item: &ItemInput) {
    let mut fields = Fields::new(out);
    fields.text("id", &item.id).text("name", &item.name).with("price", |out| write_price(out, &item.price));
    fields.maybe_integer("quantity", item.quantity);
    if let Some(attributes) = &item.attributes {
        fields.raw("attributes", attributes.as_str());
    }
    if let Some(conditions) = &item.conditions {
        fields.with("conditions", |out| write_list(out, conditions, condition::write_input));
    }
    write_purchase(&mut fields, &item.purchase);
    write_reference(&mut fields, item.reference.as_ref());
    fields.end();
}

/// Appends a price as a caller gave it.
pub fn write_price(out: &mut String, price: &PriceInput) {
    match price {
        PriceInput::Minor(minor) => crate::json::write_integer(out, *minor),
        PriceInput::Text(text) => crate::json::write_text(out, text),
    }
}

fn write_purchase(fields: &mut Fields<'_>, purchase: &PurchaseRules) {
    fields.maybe_integer("minQuantity", purchase.min_quantity.map(i64::from));
    fields.maybe_integer("maxQuantity", purchase.max_quantity.map(i64::from));
    fields.maybe_integer("step", purchase.step.map(i64::from));
    fields.maybe_integer("stock", purchase.stock.map(i64::from));
}

fn write_reference(fields: &mut Fields<'_>, reference: Option<&Reference>) {
    if let Some(reference) = reference {
        fields.with("ref", |out| {
            Fields::new(out).text("type", &reference.kind).text("id", &reference.id).end();
        });
    }
}
