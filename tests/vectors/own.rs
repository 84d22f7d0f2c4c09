//! Our own vectors: natively, through the component and over HTTP, with byte-equal answers.

use pushcart_tests::faces::{Face, Said};
use pushcart_tests::{address, json_file, parse};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn every_face_gives_the_same_bytes() {
    let file = json_file("vectors/own/carts.json");
    let mut failures = Vec::new();
    for case in file["cases"].as_array().expect("cases") {
        let faces = [Face::native(), Face::component(), Face::http().await];
        for (n, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
            let mut first: Option<Said> = None;
            for face in &faces {
                let found = play(face, step).await;
                let place = format!("{} ({}), step {n}, {}", case["id"], case["title"], face.name());
                match &first {
                    None => {
                        if let Err(failure) = compare(step, &found) {
                            failures.push(format!("{place}: {failure}"));
                        }
                        first = Some(found);
                    }
                    Some(first) if *first != found => {
                        failures.push(format!(
                            "{place}: differs from native\n  native: {first:?}\n  {}: {found:?}",
                            face.name()
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

async fn play(face: &Face, step: &Value) -> Said {
    let instance = |name: &Value| address().with_instance(name.as_str().unwrap_or("default")).expect("an instance");
    if let Some(change) = step.get("change") {
        face.change(&change.to_string()).await
    } else if let Some(name) = step.get("show") {
        face.show(&instance(name)).await
    } else {
        face.totals(&instance(&step["totals"])).await
    }
}

fn compare(step: &Value, found: &Said) -> Result<(), String> {
    if let Some(refused) = step.get("refused") {
        return match found {
            Err(refusal) if refused[0] == refusal.kind && (refused[1].is_null() || refused[1] == refusal.path) => {
                Ok(())
            }
            other => Err(format!("expected {refused}, found {other:?}")),
        };
    }
    let body = match found {
        Ok(Some(body)) if step.get("absent").is_none() => parse(body),
        Ok(None) if step.get("absent").is_some() => return Ok(()),
        other => return Err(format!("expected an answer, found {other:?}")),
    };
    let expected =
        step["expect"].as_object().filter(|expected| !expected.is_empty()).ok_or("a step must expect something")?;
    for (pointer, wanted) in expected {
        let value = body.pointer(pointer).unwrap_or(&Value::Null);
        if value != wanted {
            return Err(format!("{pointer}: expected {wanted}, found {value} in {body}"));
        }
    }
    Ok(())
}
