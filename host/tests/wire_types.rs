//! The types of the wire for TypeScript: `pkg/src/wire.d.ts`, written from the schemas of the HTTP API, so that no
//! shape is described twice.
//!
//! `UPDATE=1 cargo test --package pushcart-host --test wire_types` writes the file; without it the test fails
//! where the file is not what would be written.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// What JavaScript meets; whatever these refer to comes along.
const ROOTS: &[&str] = &["ChangeRequest", "Changed", "ItemUpdate", "Explanation", "Conflict", "Preset"];

#[test]
fn the_types_of_the_package_are_those_of_the_wire() {
    let document: Value = serde_json::from_str(&pushcart_host::http::openapi::document()).unwrap();
    let written = write(document["components"]["schemas"].as_object().unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pkg/src/wire.d.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == written, "{} is not what the schemas say: run this test with UPDATE=1", path.display());
}

fn write(schemas: &Map<String, Value>) -> String {
    let mut wanted = BTreeSet::new();
    let mut open: Vec<String> = ROOTS.iter().map(|name| (*name).to_owned()).collect();
    while let Some(name) = open.pop() {
        if wanted.insert(name.clone()) {
            references(&schemas[&name], &mut open);
        }
    }
    let mut out = String::from(
        "/** What crosses every wire. Written by host/tests/wire_types.rs from the schemas of the HTTP API: change those. */\n",
    );
    for (name, schema) in schemas.iter().filter(|(name, _)| wanted.contains(*name)) {
        out.push('\n');
        doc(&mut out, schema, "");
        let body = kind(schema, "");
        if body.starts_with('{') && schema.get("oneOf").is_none() && schema.get("maxProperties").is_none() {
            let _ = writeln!(out, "export interface {name} {body}");
        } else {
            let _ = writeln!(out, "export type {name} = {body};");
        }
    }
    out.push_str("\n/** What an event can be of. */\nexport type EventType = Event[\"type\"];\n");
    out
}

fn references(schema: &Value, into: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                into.push(named(reference));
            }
            fields.values().for_each(|value| references(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, into)),
        _ => {}
    }
}

fn named(reference: &str) -> String {
    reference.rsplit('/').next().unwrap_or_default().to_owned()
}

fn doc(out: &mut String, schema: &Value, indent: &str) {
    if let Some(text) = schema.get("description").and_then(Value::as_str) {
        let _ = writeln!(out, "{indent}/** {text} */");
    }
}

fn union(members: Vec<String>) -> String {
    members.join(" | ")
}

fn all<'v>(schema: &'v Value, field: &str) -> Option<&'v Vec<Value>> {
    schema.get(field).and_then(Value::as_array)
}

/// The type of a schema.
fn kind(schema: &Value, indent: &str) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return named(reference);
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(values) = all(schema, "enum") {
        return union(values.iter().map(Value::to_string).collect());
    }
    let inner = format!("{indent}    ");
    let list = |members: &[Value]| members.iter().map(|member| kind(member, &inner)).collect::<Vec<String>>();
    match (all(schema, "allOf"), all(schema, "oneOf")) {
        (Some(parts), None) => return list(parts).join(" & "),
        (None, Some(members)) => return lines(list(members), indent),
        (Some(parts), Some(members)) => {
            return format!("{} & ({})", list(parts).join(" & "), lines(list(members), indent));
        }
        (None, None) => {}
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => "number".into(),
        Some("string") => "string".into(),
        Some("boolean") => "boolean".into(),
        Some("array") => {
            let item = kind(&schema["items"], indent);
            if item.contains([' ', '\n']) && !item.starts_with('{') {
                format!("({item})[]")
            } else {
                format!("{item}[]")
            }
        }
        Some("object") => object(schema, indent),
        _ if schema.get("properties").is_some() => object(schema, indent),
        _ => "unknown".into(),
    }
}

/// A union, one member a line when they are long.
fn lines(members: Vec<String>, indent: &str) -> String {
    if members.iter().map(String::len).sum::<usize>() < 100 {
        return union(members);
    }
    members.iter().map(|member| format!("\n{indent}  | {member}")).collect()
}

fn object(schema: &Value, indent: &str) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let values = schema.get("additionalProperties").filter(|more| more.is_object());
        return format!("Record<string, {}>", values.map_or("any".into(), |values| kind(values, indent)));
    };
    let required: Vec<&str> = all(schema, "required").into_iter().flatten().filter_map(Value::as_str).collect();
    // Exactly one of its fields: a rule.
    if schema.get("maxProperties").is_some() {
        let inner = format!("{indent}    ");
        let one = |(name, schema): (&String, &Value)| format!("{{ {}: {} }}", field(name), kind(schema, &inner));
        return lines(properties.iter().map(one).collect(), indent);
    }
    let inner = format!("{indent}  ");
    let short: Vec<String> = properties
        .iter()
        .map(|(name, schema)| {
            let maybe = if required.contains(&name.as_str()) { "" } else { "?" };
            format!("{}{maybe}: {}", field(name), kind(schema, &inner))
        })
        .collect();
    let described = properties.values().any(|schema| schema.get("description").is_some());
    if !indent.is_empty() && !described {
        return if short.is_empty() { "{}".into() } else { format!("{{ {} }}", short.join("; ")) };
    }
    let mut out = String::from("{\n");
    for (text, schema) in short.iter().zip(properties.values()) {
        doc(&mut out, schema, &inner);
        let _ = writeln!(out, "{inner}{text};");
    }
    out + indent + "}"
}

fn field(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { name.to_owned() } else { format!("{name:?}") }
}
