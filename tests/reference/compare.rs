//! Product against reference, by value.

use super::json::equal;
use serde_json::Value;

/// The first field in which the product's Totals differ from the reference's, in the reference's order (the breakdown
/// first, since all else follows from it). `validUntil`, and an entry's `detail`, are the product's own and are not
/// compared.
pub fn compare(product: &Value, reference: &Value) -> Result<(), String> {
    let mut product = product.clone();
    if let Some(fields) = product.as_object_mut() {
        fields.retain(|name, _| name != "validUntil");
        for entry in fields.get_mut("breakdown").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(entry) = entry.as_object_mut() {
                entry.retain(|name, _| name != "detail");
            }
        }
    }
    differ("", &product, reference)
}

fn differ(path: &str, product: &Value, reference: &Value) -> Result<(), String> {
    let shown = if path.is_empty() { "totals" } else { path };
    match (product, reference) {
        (Value::Object(product), Value::Object(reference)) => {
            for (name, wanted) in reference {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match product.get(name) {
                    Some(found) => differ(&path, found, wanted)?,
                    None => return Err(format!("{path}: the product has nothing, the reference {wanted}")),
                }
            }
            match product.iter().find(|(name, _)| !reference.contains_key(*name)) {
                Some((name, found)) => {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    Err(format!("{path}: the product has {found}, the reference nothing"))
                }
                None => Ok(()),
            }
        }
        (Value::Array(product), Value::Array(reference)) => {
            for (at, (found, wanted)) in product.iter().zip(reference).enumerate() {
                differ(&format!("{path}[{at}]"), found, wanted)?;
            }
            if product.len() == reference.len() {
                return Ok(());
            }
            Err(format!("{shown}: the product has {} entries, the reference {}", product.len(), reference.len()))
        }
        _ if equal(product, reference) => Ok(()),
        _ => Err(format!("{shown}: the product has {product}, the reference {reference}")),
    }
}
