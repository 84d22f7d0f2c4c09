//! Carts for a reader: tables, amounts in major units.
//!
//! Names come from shoppers, and a terminal obeys some characters: everything that is printed here
//! goes through [`plain`].

use pushcart::money::Currency;
use serde_json::Value;
use std::fmt::Write;

/// Text without anything that a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Marks that turn the direction of writing let a name look like another.
        if c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for a text of several lines of our own.
pub(super) fn plain_lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// An amount in major units: `-19.99`.
pub(super) fn amount(minor: i64, currency: &str) -> String {
    let exponent = Currency::parse(currency).map_or(2, Currency::exponent) as usize;
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = exponent + 1);
    let (whole, rest) = digits.split_at(digits.len() - exponent);
    let sign = if minor < 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// Rows below a heading; the columns in `right` end where their heading ends.
fn table(heading: &[&str], right: &[usize], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let heading: Vec<String> = heading.iter().map(|&name| name.to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&heading).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            let gap = if column == 0 { "" } else { "  " };
            let _ = if right.contains(&column) {
                write!(line, "{gap}{pad}{cell}")
            } else {
                write!(line, "{gap}{cell}{pad}")
            };
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        Value::Null => String::new(),
        other => plain(&other.to_string()),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A cart as an answer has it.
pub(super) fn cart(cart: &Value) -> String {
    if cart["exists"] == false {
        return "The cart is gone.\n".into();
    }
    let currency = cart["currency"].as_str().unwrap_or_default();
    let mut out = format!(
        "{} / {}   version {}.{}   {currency}   {}\n\n",
        text(&cart["identifier"]),
        text(&cart["instance"]),
        text(&cart["incarnation"]),
        text(&cart["version"]),
        text(&cart["rounding"])
    );
    let money = |value: &Value| value.as_i64().map_or_else(String::new, |minor| amount(minor, currency));
    let rows: Vec<Vec<String>> = list(&cart["items"])
        .iter()
        .map(|item| {
            vec![
                text(&item["id"]),
                text(&item["name"]),
                text(&item["quantity"]),
                money(&item["price"]),
                money(&item["subtotal"]),
            ]
        })
        .collect();
    if rows.is_empty() {
        out.push_str("No items.\n");
    } else {
        out.push_str(&table(&["id", "name", "quantity", "price", "subtotal"], &[2, 3, 4], &rows));
    }
    if !list(&cart["conditions"]).is_empty() {
        let _ = write!(out, "\n{}", conditions(&cart["conditions"]));
    }
    if cart["metadata"].as_object().is_some_and(|metadata| !metadata.is_empty()) {
        let _ = write!(out, "\n{}", metadata(&cart["metadata"]));
    }
    let _ = write!(out, "\n{}", totals(&cart["totals"]));
    out
}

/// A list of conditions.
pub(super) fn conditions(conditions: &Value) -> String {
    let rows: Vec<Vec<String>> = list(conditions)
        .iter()
        .map(|condition| {
            let rules = if condition["rules"].is_null() { "" } else { "with rules" };
            vec![
                text(&condition["name"]),
                text(&condition["type"]),
                text(&condition["value"]),
                text(&condition["target"]),
                rules.into(),
            ]
        })
        .collect();
    if rows.is_empty() {
        "No conditions.\n".into()
    } else {
        table(&["condition", "type", "value", "target", ""], &[2], &rows)
    }
}

/// Metadata.
pub(super) fn metadata(metadata: &Value) -> String {
    let rows: Vec<Vec<String>> =
        metadata.as_object().into_iter().flatten().map(|(key, value)| vec![plain(key), text(value)]).collect();
    if rows.is_empty() { "No metadata.\n".into() } else { table(&["metadata", "value"], &[], &rows) }
}

/// Totals: the sums that are not 0, the total, and why.
pub(super) fn totals(totals: &Value) -> String {
    let currency = totals["currency"].as_str().unwrap_or_default();
    let names = [
        ("subtotal", "subtotal"),
        ("shipping", "shipping"),
        ("fees", "fees"),
        ("tax", "tax"),
        ("adjustments", "adjustments"),
        ("total", "total"),
        ("taxIncluded", "(tax in the prices)"),
        ("savings", "(saved)"),
    ];
    let rows: Vec<Vec<String>> = names
        .iter()
        .filter_map(|(field, name)| Some((*field, *name, totals[*field].as_i64()?)))
        .filter(|(field, _, minor)| *minor != 0 || matches!(*field, "subtotal" | "total"))
        .map(|(_, name, minor)| vec![name.to_owned(), amount(minor, currency)])
        .collect();
    let mut out = table(&["totals", currency], &[1], &rows);
    let entries: Vec<Vec<String>> = list(&totals["breakdown"])
        .iter()
        .map(|entry| {
            let change = amount(entry["amount"].as_i64().unwrap_or(0), currency);
            vec![text(&entry["name"]), text(&entry["phase"]), change, text(&entry["reason"])]
        })
        .collect();
    if !entries.is_empty() {
        let _ = write!(out, "\n{}", table(&["breakdown", "phase", currency, ""], &[2], &entries));
    }
    out
}

/// An explanation: its own words.
pub(super) fn explanation(found: &Value) -> String {
    plain_lines(found["text"].as_str().unwrap_or_default()) + "\n"
}

/// The instances of an identifier, one a line.
pub(super) fn instances(found: &Value) -> String {
    list(&found["instances"]).iter().map(|name| text(name) + "\n").collect()
}

/// A page of carts.
pub(super) fn listing(page: &Value) -> String {
    let rows: Vec<Vec<String>> = list(&page["carts"])
        .iter()
        .map(|cart| {
            let currency = cart["currency"].as_str().unwrap_or_default();
            let total = amount(cart["total"].as_i64().unwrap_or(0), currency);
            let total = format!("{total} {currency}");
            vec![
                text(&cart["identifier"]),
                text(&cart["instance"]),
                text(&cart["quantity"]),
                total,
                text(&cart["updatedAt"]),
            ]
        })
        .collect();
    if rows.is_empty() {
        return "No carts.\n".into();
    }
    let mut out = table(&["identifier", "instance", "pieces", "total", "last change"], &[2, 3], &rows);
    if let Some(next) = page["next"].as_str() {
        let _ = writeln!(out, "\nThere are more: --after {}", plain(next));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        for (minor, currency, shown) in [
            (1999, "USD", "19.99"),
            (-5, "USD", "-0.05"),
            (0, "USD", "0.00"),
            (1999, "JPY", "1999"),
            (0, "JPY", "0"),
            (1999, "BHD", "1.999"),
            (-9_007_199_254_740_991, "USD", "-90071992547409.91"),
        ] {
            assert_eq!(amount(minor, currency), shown);
        }
    }

    #[test]
    fn a_terminal_gets_nothing_to_obey() {
        let shown = cart(&json!({"identifier": "a\u{1b}[2J", "instance": "b\r\n", "currency": "USD", "items": [
            {"id": "x", "name": "\u{202e}evil\u{7}", "quantity": 1, "price": 1, "subtotal": 1}], "totals": {"currency": "USD", "total": 1}}));
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
    }

    #[test]
    fn a_cart_is_a_table() {
        let shown = cart(
            &json!({"identifier": "user:42", "instance": "default", "incarnation": "9f2c", "version": 3, "currency": "USD", "rounding": "half_up",
            "items": [{"id": "tee-m", "name": "T-shirt", "quantity": 2, "price": 1999, "subtotal": 3998}], "conditions": [], "metadata": {},
            "totals": {"currency": "USD", "subtotal": 3998, "discount": 0, "total": 3998}}),
        );
        let expected = "user:42 / default   version 9f2c.3   USD   half_up\n\nid     name     quantity  price  subtotal\ntee-m  T-shirt         2  19.99     39.98\n\ntotals      USD\nsubtotal  39.98\ntotal     39.98\n";
        assert_eq!(shown, expected);
    }
}
