//! The OpenAPI document: paths from the table of routes, schemas from the list below.
//!
//! The schemas are written as the JSON they are, one text each, because whoever changes a shape
//! compares it with the shape on the wire and not with a builder's calls. They describe what the
//! core checks; the core does the checking.

use super::routes::{Body, ROUTES, Route};
use serde_json::{Map, Value, json};

/// The document, as JSON.
pub fn document() -> String {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str()] = operation(route);
    }
    let mut schemas: Map<String, Value> = SCHEMAS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), serde_json::from_str(text).unwrap_or_default()))
        .collect();
    schemas.insert("Rule".into(), rule());
    let presets = pushcart::condition::presets::named::PRESETS;
    schemas.insert("Preset".into(), json!({"enum": presets.iter().map(|(name, _)| *name).collect::<Vec<_>>()}));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pushcart",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One shopping cart. Amounts are whole minor units of the cart's currency within ±(2^53 - 1); times are RFC 3339 in UTC. Parts of a path are percent-encoded: any UTF-8 text is a name. Unknown fields and parameters are refused by name. A change without a condition is applied again when others changed the cart first; with one (If-Match, If-None-Match or basedOn) it is not."
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": {
                "ifMatch": header("If-Match", "Change only this version of the cart: its ETag, a list of them, or * for whichever there is. A failure is 412."),
                "ifNoneMatch": header("If-None-Match", "On a change, * means that there is no cart yet. On reading a cart, its ETag is answered with 304 while it stays."),
                "idempotencyKey": header("Idempotency-Key", "1 to 255 visible characters, new for each change: sent again with the same key, the change is made once, and the first results come back with Idempotent-Replayed: true."),
            },
            "responses": {
                "problem": {
                    "description": "A problem document (RFC 9457)",
                    "headers": {"Retry-After": {"description": "With 423, 429 and 503: seconds until trying again may help.", "schema": {"type": "integer"}}},
                    "content": {"application/problem+json": {"schema": reference("Problem")}}
                }
            },
            "securitySchemes": {"operator": {"type": "http", "scheme": "bearer", "description": "The operator's token, where one is set."}}
        },
        "security": [{"operator": []}, {}]
    })
    .to_string()
}

fn header(name: &str, doc: &str) -> Value {
    json!({"name": name, "in": "header", "required": false, "description": doc, "schema": {"type": "string"}})
}

/// A rule: a combinator, or one of the keys that the core reads, with its parameters.
fn rule() -> Value {
    let mut properties = json!({
        "all": {"type": "array", "items": reference("Rule")},
        "any": {"type": "array", "items": reference("Rule")},
        "not": reference("Rule"),
    });
    for ((key, params), (_, shapes)) in pushcart::rule::keys().zip(pushcart::rule::shapes()) {
        let plain = |param: &&str| param.trim_end_matches('?').to_owned();
        let required: Vec<String> = params.iter().filter(|param| !param.ends_with('?')).map(plain).collect();
        let shapes: Vec<(&str, &str)> = shapes.collect();
        let known: Map<String, Value> = params
            .iter()
            .map(|param| {
                let param = plain(param);
                let is = shapes.iter().find(|(name, _)| *name == param).map_or("value", |(_, is)| is);
                (param, parameter(is))
            })
            .collect();
        properties[*key] =
            json!({"type": "object", "additionalProperties": false, "required": required, "properties": known});
    }
    json!({
        "description": "all, any or not of other rules, or one key with its parameters.",
        "type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
        "properties": properties,
    })
}

/// A rule's parameter.
fn parameter(is: &str) -> Value {
    match is {
        "count" => json!({"type": "integer", "minimum": 0}),
        "amount" => reference("Price"),
        "texts" => json!({"type": "array", "minItems": 1, "items": {"type": "string"}}),
        "values" => json!({"type": "array", "minItems": 1, "items": {}}),
        "days" => json!({
            "type": "array", "minItems": 1, "description": "sat, saturday or 6; Sunday is 0.",
            "items": {"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 0, "maximum": 6}]},
        }),
        "time" => reference("Time"),
        "minute" => json!({"type": "string", "description": "HH:MM", "pattern": "^[0-9]{2}:[0-9]{2}$"}),
        "zone" => {
            json!({"type": "string", "description": "Of the IANA's names, such as Europe/Berlin; UTC when left out."})
        }
        "text" | "currency" => json!({"type": "string"}),
        _ => json!({}),
    }
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn operation(route: &Route) -> Value {
    let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> =
        names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect();
    for parameter in route.query {
        let (sort, format) = parameter.schema;
        let mut schema = json!({"type": sort});
        if !format.is_empty() {
            schema["format"] = format.into();
        }
        parameters.push(json!({"name": parameter.name, "in": "query", "required": false, "description": parameter.doc, "schema": schema}));
    }
    let conditional = route.change || route.name == "showCart";
    for name in
        ["ifMatch", "ifNoneMatch"].into_iter().filter(|_| conditional).chain(route.change.then_some("idempotencyKey"))
    {
        parameters.push(json!({"$ref": format!("#/components/parameters/{name}")}));
    }
    let mut responses = Map::new();
    for (status, schema, doc) in route.answers {
        let mut response = json!({"description": doc});
        if !schema.is_empty() {
            response["content"] = json!({"application/json": {"schema": reference(schema)}});
            if route.text {
                response["content"]["text/plain"] = json!({"schema": {"type": "string"}});
            }
        }
        if conditional {
            response["headers"] = json!({"ETag": {"description": "The cart's state: \"INCARNATION.VERSION\"; left out when there is no cart.", "schema": {"type": "string"}}});
        }
        responses.insert(status.to_string(), response);
    }
    responses.insert("default".into(), json!({"$ref": "#/components/responses/problem"}));
    let mut operation = json!({"operationId": route.name, "summary": route.summary, "parameters": parameters});
    if let Body::Json(schema) = route.body {
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": reference(schema)}}});
    }
    operation["responses"] = responses.into();
    if route.open {
        operation["security"] = json!([]);
    }
    operation
}

/// The shapes on the wire.
const SCHEMAS: &[(&str, &str)] = &[
    ("Any", "{}"),
    (
        "Amount",
        r#"{"type": "integer", "minimum": -9007199254740991, "maximum": 9007199254740991, "description": "Minor units of the cart's currency."}"#,
    ),
    (
        "Price",
        r#"{"description": "Minor units, or text with a point in major units: \"19.99\".", "oneOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740991}, {"type": "string", "pattern": "^[0-9]+\\.[0-9]+$"}]}"#,
    ),
    (
        "Time",
        r##"{"type": "string", "format": "date-time", "description": "RFC 3339 in UTC: 2026-11-21T12:00:00.000Z"}"##,
    ),
    (
        "Reference",
        r##"{"type": "object", "description": "What the line stands for in the shop's own data.", "required": ["type", "id"], "additionalProperties": false, "properties": {"type": {"type": "string"}, "id": {"type": "string"}}}"##,
    ),
    (
        "Where",
        r#"{"type": "object", "description": "Where lines are told apart by id and attributes: the attributes of the line that is meant."}"#,
    ),
    (
        "ItemInput",
        r##"{"type": "object", "description": "A thing on its way into the cart.", "required": ["id", "name", "price"], "additionalProperties": false, "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 255, "description": "What makes it the same thing again."}, "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "price": {"$ref": "#/components/schemas/Price", "description": "Of one piece."}, "quantity": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1, "description": "Pieces; 1 when left out."},
        "attributes": {"type": "object", "description": "Size, colour, weight: what conditions' filters and rules may ask for."}, "conditions": {"type": "array", "description": "Conditions on this line. Left out, those on the line stay.", "items": {"$ref": "#/components/schemas/ConditionInput"}},
        "minQuantity": {"type": "integer", "minimum": 1, "description": "The least that can be bought of it."}, "maxQuantity": {"type": "integer", "minimum": 1, "description": "The most."}, "step": {"type": "integer", "minimum": 1, "description": "Only whole multiples of it."}, "stock": {"type": "integer", "minimum": 0, "description": "How many there are."},
        "ref": {"$ref": "#/components/schemas/Reference"}}}"##,
    ),
    (
        "ItemOrItems",
        r##"{"oneOf": [{"$ref": "#/components/schemas/ItemInput"}, {"type": "array", "items": {"$ref": "#/components/schemas/ItemInput"}}]}"##,
    ),
    (
        "ItemUpdate",
        r##"{"type": "object", "additionalProperties": false, "description": "quantity is absolute, delta is relative; at most one of them.", "properties": {
        "quantity": {"type": "integer"}, "delta": {"type": "integer"}, "price": {"$ref": "#/components/schemas/Price"}, "name": {"type": "string", "minLength": 1, "maxLength": 255}, "attributes": {"type": "object"}, "where": {"$ref": "#/components/schemas/Where"}}}"##,
    ),
    (
        "Item",
        r##"{"type": "object", "description": "A line of the cart.", "required": ["id", "name", "price", "quantity", "subtotal"], "properties": {
        "id": {"type": "string"}, "name": {"type": "string"}, "price": {"$ref": "#/components/schemas/Amount", "description": "Of one piece, in minor units."}, "quantity": {"type": "integer", "minimum": 1, "description": "Pieces."},
        "attributes": {"type": "object"}, "conditions": {"type": "array", "description": "Those on this line.", "items": {"$ref": "#/components/schemas/Condition"}},
        "minQuantity": {"type": "integer"}, "maxQuantity": {"type": "integer"}, "step": {"type": "integer"}, "stock": {"type": "integer"},
        "ref": {"$ref": "#/components/schemas/Reference"}, "subtotal": {"$ref": "#/components/schemas/Amount", "description": "The pieces' price after the conditions that act on lines."}}}"##,
    ),
    (
        "Filter",
        r#"{"type": "object", "required": ["field", "op", "value"], "additionalProperties": false, "properties": {
        "field": {"type": "string"}, "op": {"enum": ["=", "!=", ">", ">=", "<", "<=", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with"]}, "value": {}}}"#,
    ),
    (
        "Target",
        r##"{"description": "As text, scope[:filters]@phase/application[#field], or as data.", "oneOf": [{"type": "string"}, {"type": "object", "required": ["scope", "phase", "application"], "additionalProperties": false, "properties": {
        "scope": {"enum": ["cart", "items"]}, "filters": {"type": "array", "items": {"$ref": "#/components/schemas/Filter"}},
        "phase": {"enum": ["pre_item", "item_discount", "item_post", "cart_subtotal", "shipping", "taxable", "tax", "payment", "custom", "grand_total"]},
        "application": {"enum": ["per_unit", "per_item", "per_group", "aggregate"]}, "groupBy": {"type": "string"}}}]}"##,
    ),
    (
        "ConditionValue",
        r##"{"description": "As text, such as -10%, +7%, -500, +5.00, *0.9 or /2, as a whole number of minor units, or as data.", "oneOf": [{"type": "string"}, {"type": "integer"},
        {"type": "object", "required": ["percent"], "additionalProperties": false, "properties": {"percent": {"type": "string"}}},
        {"type": "object", "required": ["amount"], "additionalProperties": false, "properties": {"amount": {"description": "Minor units, or text with a point in major units.", "oneOf": [{"type": "integer"}, {"type": "string"}]}}},
        {"type": "object", "required": ["factor"], "additionalProperties": false, "properties": {"factor": {"type": "string"}}},
        {"type": "object", "required": ["divisor"], "additionalProperties": false, "properties": {"divisor": {"type": "string"}}}]}"##,
    ),
    (
        "ConditionInput",
        r##"{"type": "object", "description": "A named adjustment: a discount, a tax, shipping, a fee.", "required": ["name", "type", "value"], "additionalProperties": false, "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 255, "description": "Unique where it is put; the same name replaces."}, "type": {"type": "string", "minLength": 1, "maxLength": 255, "description": "A label, by which totals are summed; discount, tax, shipping, fee and surcharge also choose a target."}, "value": {"$ref": "#/components/schemas/ConditionValue"},
        "target": {"$ref": "#/components/schemas/Target", "description": "On what it acts; left out, what its type says."}, "order": {"type": "integer", "description": "Within a phase, lower first; 0 when left out."}, "attributes": {"type": "object"},
        "cap": {"type": "integer", "minimum": 0, "description": "The most that it may change, in minor units."}, "included": {"type": "boolean", "description": "A tax that the prices contain."}, "compoundOn": {"type": "array", "description": "Names of earlier taxes that join its base.", "items": {"type": "string"}},
        "group": {"type": "string", "description": "Of a group only one applies."}, "groupRule": {"enum": ["exclusive", "best"], "description": "Which one: the first by order, or the best for the shopper."}, "units": {"$ref": "#/components/schemas/Units"}, "rules": {"$ref": "#/components/schemas/Rule", "description": "When it holds; left out, always."}}}"##,
    ),
    (
        "Units",
        r##"{"description": "On how many pieces it acts: take of every so many, the cheapest first; of counts the pieces of other lines, max bounds them.", "type": "object", "required": ["every", "take"], "additionalProperties": false, "properties": {
        "every": {"type": "integer", "minimum": 1}, "take": {"type": "integer", "minimum": 1}, "max": {"type": "integer", "minimum": 1},
        "of": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Filter"}}]}}}"##,
    ),
    (
        "ConditionReference",
        r#"{"description": "What the catalogue says under a key. Without a name, it has the definition's.", "type": "object", "required": ["catalogue"], "additionalProperties": false, "properties": {"name": {"type": "string"}, "catalogue": {"type": "string", "minLength": 1}}}"#,
    ),
    (
        "ListedCondition",
        r##"{"description": "On a cart a condition itself or one of the catalogue; on an item a condition itself.", "oneOf": [{"$ref": "#/components/schemas/ConditionInput"}, {"$ref": "#/components/schemas/ConditionReference"}]}"##,
    ),
    (
        "Condition",
        r##"{"description": "As it was put on, value and target as canonical text; or a reference to the catalogue, which has a catalogue and no value.", "type": "object", "required": ["name", "type"], "properties": {
        "name": {"type": "string"}, "type": {"type": "string"}, "catalogue": {"type": "string"}, "units": {"$ref": "#/components/schemas/Units"}, "value": {"$ref": "#/components/schemas/ConditionValue"}, "target": {"$ref": "#/components/schemas/Target"},
        "order": {"type": "integer"}, "attributes": {"type": "object"}, "cap": {"type": "integer"}, "included": {"type": "boolean"}, "compoundOn": {"type": "array", "items": {"type": "string"}},
        "group": {"type": "string"}, "groupRule": {"enum": ["exclusive", "best"]}, "rules": {"$ref": "#/components/schemas/Rule"}}}"##,
    ),
    ("Metadata", r#"{"type": "object", "description": "Values of any kind; null removes."}"#),
    (
        "Command",
        r##"{"type": "object", "required": ["do"], "oneOf": [
        {"additionalProperties": false, "required": ["do", "item"], "properties": {"do": {"const": "add"}, "item": {"$ref": "#/components/schemas/ItemInput"}}},
        {"additionalProperties": false, "required": ["do", "id"], "properties": {"do": {"const": "update"}, "id": {"type": "string"}, "quantity": {"type": "integer"}, "delta": {"type": "integer"}, "price": {"$ref": "#/components/schemas/Price"}, "name": {"type": "string"}, "attributes": {"type": "object"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do", "id"], "properties": {"do": {"const": "remove"}, "id": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do"], "properties": {"do": {"const": "clear"}}},
        {"additionalProperties": false, "required": ["do"], "properties": {"do": {"const": "destroy"}}},
        {"additionalProperties": false, "required": ["do", "condition"], "properties": {"do": {"const": "addCondition"}, "condition": {"$ref": "#/components/schemas/ListedCondition"}, "item": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do", "preset"], "properties": {"do": {"const": "addPreset"}, "preset": {"$ref": "#/components/schemas/Preset"}, "name": {"type": "string"}, "with": {"type": "object"}, "item": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do", "name"], "properties": {"do": {"const": "removeCondition"}, "name": {"type": "string"}, "item": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do", "type"], "properties": {"do": {"const": "removeConditionsByType"}, "type": {"type": "string"}, "item": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do"], "properties": {"do": {"const": "clearConditions"}, "item": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}},
        {"additionalProperties": false, "required": ["do", "values"], "properties": {"do": {"const": "setMetadata"}, "values": {"$ref": "#/components/schemas/Metadata"}}},
        {"additionalProperties": false, "required": ["do"], "properties": {"do": {"const": "clearMetadata"}}},
        {"additionalProperties": false, "required": ["do", "prices"], "properties": {"do": {"const": "reprice"}, "prices": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Price"}}, "policy": {"enum": ["refresh", "keep", "ask"]}}},
        {"additionalProperties": false, "required": ["do"], "properties": {"do": {"const": "checkOut"}, "order": {"type": "string"}}},
        {"additionalProperties": false, "required": ["do", "id", "to"], "properties": {"do": {"const": "move"}, "id": {"type": "string"}, "to": {"type": "string"}, "where": {"$ref": "#/components/schemas/Where"}}}
        ], "properties": {"do": {"type": "string"}}, "discriminator": {"propertyName": "do"}}"##,
    ),
    (
        "ChangeRequest",
        r##"{"type": "object", "required": ["commands"], "additionalProperties": false, "properties": {
        "commands": {"type": "array", "items": {"$ref": "#/components/schemas/Command"}},
        "basedOn": {"type": "string", "description": "absent, or INCARNATION.VERSION"}, "idempotencyKey": {"type": "string", "minLength": 1, "maxLength": 255},
        "currency": {"type": "string"}, "rounding": {"enum": ["half_up", "half_even", "floor", "ceil"]}}}"##,
    ),
    (
        "LineTotals",
        r##"{"type": "object", "description": "What a line costs.", "required": ["id", "gross", "itemAdjustments", "net", "shares", "total"], "properties": {
        "id": {"type": "string"}, "gross": {"$ref": "#/components/schemas/Amount", "description": "Price times quantity."}, "itemAdjustments": {"$ref": "#/components/schemas/Amount", "description": "What conditions on lines changed."}, "net": {"$ref": "#/components/schemas/Amount", "description": "Its part of the subtotal."},
        "shares": {"type": "object", "description": "Its share of what each later phase changed.", "additionalProperties": {"$ref": "#/components/schemas/Amount"}}, "total": {"$ref": "#/components/schemas/Amount", "description": "Its part of the total."}}}"##,
    ),
    (
        "BreakdownEntry",
        r##"{"type": "object", "description": "What a condition did, or why it did nothing.", "required": ["name", "type", "amount", "applied"], "properties": {
        "name": {"type": "string"}, "type": {"type": "string"}, "item": {"type": "string", "description": "The line, of a condition on a line."}, "provider": {"type": "string", "description": "Who provided it."}, "phase": {"type": "string"}, "base": {"$ref": "#/components/schemas/Amount", "description": "What it was computed on."},
        "exact": {"type": "string", "description": "Before rounding: a decimal if it ends within 12 places, else n/d."}, "amount": {"$ref": "#/components/schemas/Amount", "description": "What it changed."}, "cutOff": {"$ref": "#/components/schemas/Amount", "description": "What it did not take, since nothing was left."},
        "applied": {"type": "boolean"}, "included": {"type": "boolean", "description": "The prices contain it: it is in no sum."}, "missing": {"type": "array", "description": "Taxes that it compounds on and that are not there.", "items": {"type": "string"}},
        "reason": {"description": "Why it did not apply.", "enum": ["rule_not_met", "rule_error", "zone_unavailable", "no_match", "group", "division_by_zero", "empty_cart", "unsupported", "inactive", "not_in_catalogue", "provider_failed", "provider_slow"]},
        "detail": {"type": "string", "description": "What there is to say about the reason: the zone, the mistake, the group."}}}"##,
    ),
    (
        "Explanation",
        r##"{"type": "object", "required": ["currency", "subtotalWithoutConditions", "total", "steps", "text"], "properties": {
        "currency": {"type": "string"}, "subtotalWithoutConditions": {"$ref": "#/components/schemas/Amount"}, "total": {"$ref": "#/components/schemas/Amount"},
        "steps": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/BreakdownEntry"}, {"type": "object", "required": ["text"], "properties": {"value": {"type": "string"}, "text": {"type": "string"}}}]}},
        "text": {"type": "string", "description": "All of it to read."}}}"##,
    ),
    (
        "Totals",
        r##"{"type": "object", "description": "What a cart costs, all in minor units. total = subtotal + shipping + fees + tax + adjustments.", "required": ["currency", "quantity", "lines", "subtotalWithoutConditions", "subtotal", "discount", "shipping", "fees", "tax", "taxIncluded", "adjustments", "total", "savings", "byType", "lineTotals", "breakdown"], "properties": {
        "currency": {"type": "string", "description": "ISO 4217."}, "quantity": {"type": "integer", "description": "Pieces."}, "lines": {"type": "integer"},
        "subtotalWithoutConditions": {"$ref": "#/components/schemas/Amount", "description": "Prices times quantities."}, "subtotal": {"$ref": "#/components/schemas/Amount", "description": "The goods after their discounts."}, "discount": {"$ref": "#/components/schemas/Amount", "description": "How much the goods were reduced: 0 or more."},
        "shipping": {"$ref": "#/components/schemas/Amount"}, "fees": {"$ref": "#/components/schemas/Amount"}, "tax": {"$ref": "#/components/schemas/Amount", "description": "On top of the prices."}, "taxIncluded": {"$ref": "#/components/schemas/Amount", "description": "Contained in the prices: in no sum."},
        "adjustments": {"$ref": "#/components/schemas/Amount", "description": "Reductions after the goods: 0 or less."}, "total": {"$ref": "#/components/schemas/Amount", "description": "What is to be paid."}, "savings": {"$ref": "#/components/schemas/Amount", "description": "What the shopper does not pay: discount and adjustments."},
        "byType": {"type": "object", "description": "What conditions changed, by their type.", "additionalProperties": {"$ref": "#/components/schemas/Amount"}},
        "lineTotals": {"type": "array", "items": {"$ref": "#/components/schemas/LineTotals"}}, "breakdown": {"type": "array", "description": "One entry per condition, in the order in which they act.", "items": {"$ref": "#/components/schemas/BreakdownEntry"}},
        "validUntil": {"description": "From when on time alone may make it cost something else; left out for never.", "type": "string", "format": "date-time"}}}"##,
    ),
    (
        "Content",
        r##"{"type": "object", "description": "A cart as its readers see it.", "required": ["identifier", "instance", "id", "version", "incarnation", "currency", "rounding", "items", "conditions", "metadata", "totals", "createdAt", "updatedAt"], "properties": {
        "owner": {"type": "string"}, "identifier": {"type": "string", "description": "Whose cart."}, "instance": {"type": "string", "description": "Which of theirs."}, "id": {"type": "string"}, "version": {"type": "integer", "minimum": 1}, "incarnation": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
        "currency": {"type": "string"}, "rounding": {"enum": ["half_up", "half_even", "floor", "ceil"]},
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}, "conditions": {"type": "array", "items": {"$ref": "#/components/schemas/Condition"}},
        "metadata": {"type": "object"}, "totals": {"$ref": "#/components/schemas/Totals"},
        "createdAt": {"$ref": "#/components/schemas/Time"}, "updatedAt": {"$ref": "#/components/schemas/Time"}, "expiresAt": {"$ref": "#/components/schemas/Time"},
        "convertedAt": {"$ref": "#/components/schemas/Time", "description": "When it was checked out; it is read-only since."}, "order": {"type": "string", "description": "The shop's reference to the order."}}}"##,
    ),
    ("NoCart", r#"{"type": "object", "required": ["exists"], "properties": {"exists": {"const": false}}}"#),
    (
        "EventCondition",
        r#"{"type": "object", "description": "Value and target are left out where the catalogue says them.", "required": ["name", "type"], "properties": {"name": {"type": "string"}, "type": {"type": "string"}, "value": {"type": "string"}, "target": {"type": "string"}}}"#,
    ),
    (
        "EventFacts",
        r##"{"type": "object", "required": ["id", "at", "identifier", "instance", "cartId", "version"], "description": "What every event says.", "properties": {
        "id": {"type": "string", "description": "INCARNATION.VERSION.INDEX: the same event always has the same id."}, "at": {"$ref": "#/components/schemas/Time"}, "owner": {"type": "string"}, "identifier": {"type": "string", "description": "Whose cart."}, "instance": {"type": "string", "description": "Which of theirs."},
        "cartId": {"type": "string"}, "version": {"type": "integer", "description": "Of the cart after the change."}}}"##,
    ),
    (
        "Event",
        r##"{"description": "What happened. cart.updated closes every change.", "allOf": [{"$ref": "#/components/schemas/EventFacts"}], "oneOf": [
        {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["cart.created", "cart.cleared", "cart.destroyed", "cart.metadata.cleared"]}}},
        {"type": "object", "required": ["type", "itemId", "itemName", "quantity", "price"], "properties": {"type": {"enum": ["cart.item.added", "cart.item.updated", "cart.item.removed"]}, "itemId": {"type": "string"}, "itemName": {"type": "string"}, "quantity": {"type": "integer", "description": "Pieces on the line after the event; of a line that went, before."}, "price": {"$ref": "#/components/schemas/Amount", "description": "Of one piece."}}},
        {"type": "object", "required": ["type", "condition", "impact"], "properties": {"type": {"const": "cart.condition.added"}, "condition": {"$ref": "#/components/schemas/EventCondition"}, "impact": {"$ref": "#/components/schemas/Amount", "description": "By how much the total changed."}}},
        {"type": "object", "required": ["type", "condition", "impact", "lostSavings", "reason"], "properties": {"type": {"const": "cart.condition.removed"}, "condition": {"$ref": "#/components/schemas/EventCondition"}, "impact": {"$ref": "#/components/schemas/Amount", "description": "By how much the total changed."}, "lostSavings": {"$ref": "#/components/schemas/Amount", "description": "What the shopper pays more since."}, "reason": {"enum": ["removed", "type_removed", "cleared"]}}},
        {"type": "object", "required": ["type", "itemId", "condition", "impact"], "properties": {"type": {"const": "cart.item.condition.added"}, "itemId": {"type": "string"}, "condition": {"$ref": "#/components/schemas/EventCondition"}, "impact": {"$ref": "#/components/schemas/Amount", "description": "By how much the total changed."}}},
        {"type": "object", "required": ["type", "itemId", "condition", "impact", "lostSavings", "reason"], "properties": {"type": {"const": "cart.item.condition.removed"}, "itemId": {"type": "string"}, "condition": {"$ref": "#/components/schemas/EventCondition"}, "impact": {"$ref": "#/components/schemas/Amount", "description": "By how much the total changed."}, "lostSavings": {"$ref": "#/components/schemas/Amount", "description": "What the shopper pays more since."}, "reason": {"enum": ["removed", "type_removed", "cleared"]}}},
        {"type": "object", "required": ["type", "key", "value"], "properties": {"type": {"const": "cart.metadata.added"}, "key": {"type": "string"}, "value": {}}},
        {"type": "object", "required": ["type", "key"], "properties": {"type": {"const": "cart.metadata.removed"}, "key": {"type": "string"}}},
        {"type": "object", "required": ["type", "keys"], "properties": {"type": {"const": "cart.metadata.batch_added"}, "keys": {"type": "array", "items": {"type": "string"}}}},
        {"type": "object", "required": ["type"], "properties": {"type": {"const": "cart.checked_out"}, "order": {"type": "string", "description": "The shop's reference."}}},
        {"type": "object", "required": ["type", "events"], "properties": {"type": {"const": "cart.updated"}, "events": {"type": "array", "description": "The ids of the change's other events.", "items": {"type": "string"}}}}
        ], "discriminator": {"propertyName": "type"}}"##,
    ),
    (
        "Outcome",
        r##"{"type": "object", "required": ["do"], "description": "What came of a command. Its other fields depend on the command.", "properties": {
        "do": {"type": "string"}, "id": {"type": "string"}, "name": {"type": "string"}, "to": {"type": "string"}, "order": {"type": "string"},
        "quantity": {"type": "integer"}, "added": {"description": "Of add, how many pieces; of addPreset, the names of its conditions.", "oneOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}]}, "cleared": {"type": "boolean"}, "destroyed": {"type": "boolean"}, "replaced": {"type": "boolean"},
        "removed": {"oneOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}, "set": {"type": "array", "items": {"type": "string"}},
        "policy": {"enum": ["refresh", "keep", "ask"]}, "applied": {"type": "boolean"},
        "changed": {"type": "array", "items": {"type": "object", "required": ["id", "old", "new", "quantity"], "properties": {"id": {"type": "string"}, "old": {"$ref": "#/components/schemas/Amount"}, "new": {"$ref": "#/components/schemas/Amount"}, "quantity": {"type": "integer"}}}},
        "missing": {"type": "array", "items": {"type": "string"}}}}"##,
    ),
    (
        "Changed",
        r##"{"type": "object", "required": ["cart", "events", "results"], "properties": {
        "cart": {"oneOf": [{"$ref": "#/components/schemas/Content"}, {"$ref": "#/components/schemas/NoCart"}]},
        "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}}, "results": {"type": "array", "description": "One per command.", "items": {"$ref": "#/components/schemas/Outcome"}},
        "replayed": {"const": true, "description": "The change was made before, under the same key: these are its first results."}}}"##,
    ),
    (
        "Instances",
        r#"{"type": "object", "required": ["identifier", "instances", "count"], "properties": {"identifier": {"type": "string"}, "instances": {"type": "array", "items": {"type": "string"}}, "count": {"type": "integer"}}}"#,
    ),
    (
        "Listed",
        r##"{"type": "object", "required": ["identifier", "instance", "version", "incarnation", "currency", "quantity", "lines", "total", "updatedAt"], "properties": {
        "identifier": {"type": "string"}, "instance": {"type": "string"}, "version": {"type": "integer"}, "incarnation": {"type": "string"}, "currency": {"type": "string"},
        "quantity": {"type": "integer"}, "lines": {"type": "integer"}, "total": {"$ref": "#/components/schemas/Amount"},
        "updatedAt": {"$ref": "#/components/schemas/Time"}, "expiresAt": {"$ref": "#/components/schemas/Time"}, "convertedAt": {"$ref": "#/components/schemas/Time"}}}"##,
    ),
    (
        "Listing",
        r##"{"type": "object", "required": ["carts"], "properties": {"carts": {"type": "array", "items": {"$ref": "#/components/schemas/Listed"}}, "next": {"type": "string", "description": "Where the next page goes on; left out on the last."}}}"##,
    ),
    (
        "Health",
        r#"{"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}, "storage": {"type": "string"}}}"#,
    ),
    (
        "Kind",
        r#"{"enum": ["invalid", "not_found", "conflict", "limit_exceeded", "currency_mismatch", "not_purchasable", "lock_timeout", "unavailable", "unsupported", "corrupt", "unauthorized", "unexpected"]}"#,
    ),
    (
        "ProblemKind",
        r##"{"type": "object", "required": ["type", "title", "kind", "advice"], "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "kind": {"$ref": "#/components/schemas/Kind"}, "advice": {"type": "string"}}}"##,
    ),
    (
        "Conflict",
        r##"{"type": "object", "required": ["attemptedVersion", "currentVersion", "versionDifference", "minor", "incarnationChanged", "changed", "safeToRetry", "suggestions"], "properties": {
        "attemptedVersion": {"type": "integer"}, "currentVersion": {"type": "integer"}, "versionDifference": {"type": "integer"}, "minor": {"type": "boolean"}, "incarnationChanged": {"type": "boolean"},
        "changed": {"type": "array", "items": {"type": "string"}}, "lastChangedAt": {"$ref": "#/components/schemas/Time"}, "safeToRetry": {"type": "boolean"},
        "suggestions": {"type": "array", "items": {"enum": ["retry_with_refresh", "merge_changes", "reload_cart", "manual_resolution_required"]}}}}"##,
    ),
    (
        "Problem",
        r##"{"type": "object", "required": ["type", "title", "status", "kind", "detail"], "properties": {
        "type": {"type": "string", "format": "uri-reference"}, "title": {"type": "string"}, "status": {"type": "integer"}, "kind": {"$ref": "#/components/schemas/Kind"},
        "detail": {"type": "string", "description": "What was expected and what was found."}, "path": {"type": "string", "description": "Where in the request: commands[2].item.price"},
        "reason": {"type": "string", "description": "The cause in one word."}, "id": {"type": "string", "description": "Under which id the operator's log has the details."},
        "retryAfterMs": {"type": "integer"}, "conflict": {"$ref": "#/components/schemas/Conflict"}}}"##,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use pushcart::error::Kind;

    #[test]
    fn every_schema_is_json_and_every_reference_leads_somewhere() {
        for (name, text) in SCHEMAS {
            serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let document = document();
        for reference in document.split("\"$ref\":\"#/").skip(1) {
            let pointer = format!("/{}", reference.split('"').next().unwrap());
            let parsed: Value = serde_json::from_str(&document).unwrap();
            assert!(parsed.pointer(&pointer).is_some(), "{pointer}");
        }
    }

    fn schema(name: &str) -> Value {
        serde_json::from_str(SCHEMAS.iter().find(|(known, _)| *known == name).unwrap().1).unwrap()
    }

    fn properties(schema: &Value) -> Vec<&str> {
        let mut names: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_the_core_reads_is_what_is_described() {
        let sorted = |names: &[&'static str]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        assert_eq!(properties(&schema("ItemInput")), sorted(pushcart::wire::item::FIELDS));
        assert_eq!(properties(&schema("ConditionInput")), sorted(pushcart::wire::condition::FIELDS));
        let command = schema("Command");
        let described = command["oneOf"].as_array().unwrap();
        assert_eq!(described.len(), pushcart::wire::command::COMMANDS.len());
        for (schema, (name, fields)) in described.iter().zip(pushcart::wire::command::COMMANDS) {
            assert_eq!(schema["properties"]["do"]["const"], *name);
            assert_eq!(properties(schema), sorted(&[&["do"], *fields].concat()), "{name}");
        }
    }

    #[test]
    fn reasons_are_those_of_the_core() {
        let reasons: Vec<&str> = pushcart::pricing::Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(schema("BreakdownEntry")["properties"]["reason"]["enum"], json!(reasons));
    }

    #[test]
    fn events_are_those_of_the_core() {
        let source = include_str!("../../../src/command/event.rs");
        let mut named: Vec<&str> =
            source.split("=> \"cart.").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let event = schema("Event");
        let types = event["oneOf"].as_array().unwrap().iter().flat_map(|member| {
            let is = &member["properties"]["type"];
            is["enum"].as_array().cloned().unwrap_or_else(|| vec![is["const"].clone()])
        });
        let types: Vec<String> = types.map(|it| it.as_str().unwrap().trim_start_matches("cart.").to_owned()).collect();
        let mut described: Vec<&str> = types.iter().map(String::as_str).collect();
        named.sort_unstable();
        described.sort_unstable();
        assert_eq!(described, named);
    }

    #[test]
    fn kinds_are_those_of_the_core() {
        let mut kinds: Vec<&str> = Kind::ALL.map(Kind::as_str).to_vec();
        kinds.push(crate::http::error::UNEXPECTED);
        assert_eq!(schema("Kind")["enum"], json!(kinds));
    }
}
