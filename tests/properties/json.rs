//! Our reader agrees with serde_json on what is JSON and what it says, but for what we refuse on
//! purpose: fields that stand twice, numbers that no reader holds, and nesting beyond bounds.

use super::cases;
use proptest::prelude::*;
use pushcart::json::Raw;
use serde_json::Value;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1.0e9..1.0e9f64).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..8).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Text that is nearly JSON: pieces of it in any order.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\\",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\ud800",
        "0",
        "-",
        "1.5",
        "1e3",
        "1E+",
        "01",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "\u{1}",
        "é",
        "\u{feff}",
        "9007199254740993",
        ".5",
        "NaN",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn every_value_comes_through(value in value()) {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let raw = Raw::parse(&pretty).unwrap();
        // Through their reader both ways: it rounds the last digit of some fractions.
        let theirs: Value = serde_json::from_str(&pretty).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(raw.as_str()).unwrap(), theirs);
        prop_assert_eq!(Raw::parse(raw.as_str()).unwrap(), raw.clone());
        prop_assert_eq!(raw.sorted().sorted(), raw.sorted());
    }

    #[test]
    fn what_is_json_is_not_a_matter_of_taste(text in nearly()) {
        let theirs = serde_json::from_str::<Value>(&text);
        match Raw::parse(&text) {
            Ok(raw) => {
                let theirs = theirs.map_err(|e| TestCaseError::fail(format!("we took {text:?}, they said {e}")))?;
                prop_assert_eq!(serde_json::from_str::<Value>(raw.as_str()).unwrap(), theirs);
            }
            Err(error) => {
                // What is refused on purpose and these pieces can spell.
                let on_purpose = error.message().contains("once") || error.reason() == Some("out_of_range");
                prop_assert!(theirs.is_err() || on_purpose, "we refused {:?}: {:?}", text, error);
            }
        }
    }
}
