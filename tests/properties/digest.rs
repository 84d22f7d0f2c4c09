//! The same lists of commands, natively and in the component: one digest over every answer each, and both the same. Some of
//! them on every face.

use pushcart::cart::Settings;
use pushcart::id::Address;
use pushcart_tests::faces::{Face, Faces, Said};
use pushcart_tests::reference::random::{random_cart, random_terms};
use pushcart_tests::{millions, parse};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hasher};

/// 10^3 carts in CI, 10^5 in full.
const CARTS: u64 = 1_000;

/// So many carts live at a time: the drivers keep what was there.
const STORE: u64 = 500;

struct Digest(DefaultHasher);

impl Digest {
    fn add(&mut self, said: &Said) {
        match said {
            Ok(body) => self.0.write(body.as_deref().unwrap_or("nothing").as_bytes()),
            Err(refusal) => self.0.write(format!("{refusal:?}").as_bytes()),
        }
        self.0.write_u8(0xff);
    }
}

/// A random cart's request, with offsets in the place of the zones that a host may or may not know.
fn request(seed: u64) -> Value {
    let text = random_cart(seed).to_string();
    let text = text.replace("Europe/Berlin", "+01:00").replace("America/New_York", "-05:00");
    serde_json::from_str(&text.replace("Asia/Kolkata", "+05:30")).expect("JSON")
}

/// What is done to a cart: two change requests, and a time at which it is asked for its totals between them.
struct Story {
    address: Address,
    first: String,
    at: String,
    second: String,
}

impl Story {
    fn of(seed: u64) -> Self {
        let address = Address::new("", &format!("cart:{seed}"), "default").expect("an address");
        let first = request(seed);
        // A second list onto the first: lines that are there, conditions that are replaced, and refusals.
        let mut commands = request(seed + 1)["commands"].take();
        let more = [
            json!({ "do": "removeConditionsByType", "type": "tax" }),
            json!({ "do": "update", "id": first["commands"][0]["item"]["id"], "delta": 2 }),
            json!({ "do": "clear" }),
        ];
        if let Some(commands) = commands.as_array_mut() {
            commands.extend(more.into_iter().take((seed % 4) as usize));
        }
        let at = pushcart::time::Timestamp::from_ms(random_terms(seed).at_ms).to_string();
        Story { address, first: first.to_string(), at, second: json!({ "commands": commands }).to_string() }
    }
}

async fn digest(faces: [Face; 2], seeds: std::ops::Range<u64>, digests: &mut [Digest; 2]) {
    for seed in seeds {
        let Story { address, first, at, second } = Story::of(seed);
        let mut answers: [Vec<Said>; 2] = Default::default();
        for (face, answers) in faces.iter().zip(&mut answers) {
            answers.push(face.change(&address, &first).await);
            answers.push(face.totals(&address, Some(&at)).await);
            answers.push(face.change(&address, &second).await);
            answers.push(face.show(&address).await);
        }
        assert_eq!(answers[0], answers[1], "seed {seed}\n{first}\n{second}");
        for (digest, answers) in digests.iter_mut().zip(&answers) {
            answers.iter().for_each(|said| digest.add(said));
        }
    }
}

/// Drivers in JavaScript keep values of JavaScript: 250.0 is 250 there.
fn as_javascript_writes(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(whole) if !number.is_i64() && whole.fract() == 0.0 => Value::from(whole as i64),
            _ => number.into(),
        },
        Value::Array(list) => list.into_iter().map(as_javascript_writes).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, as_javascript_writes(value))).collect(),
        other => other,
    }
}

/// Fewer carts, on every face: over HTTP, and on every way through the npm package in Node and in a browser.
#[tokio::test(flavor = "multi_thread")]
async fn every_face_says_the_same_of_random_carts() {
    let faces = Faces::all(Settings::default()).await;
    for seed in 0..if millions() { CARTS } else { CARTS / 5 } {
        let Story { address, first, at, second } = Story::of(seed);
        let [first, second] = [first, second].map(|body| as_javascript_writes(parse(&body)).to_string());
        let all_said = [
            faces.change(&address, &first).await,
            faces.totals(&address, Some(&at)).await,
            faces.explain(&address, Some(&at)).await,
            faces.change(&address, &second).await,
            faces.show(&address).await,
        ];
        for said in all_said {
            assert!(said.is_ok(), "seed {seed}: {}\n{first}\n{second}", said.unwrap_err());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_face_has_the_same_digest() {
    let carts = if millions() { CARTS * 100 } else { CARTS };
    let mut digests = [(); 2].map(|()| Digest(DefaultHasher::new()));
    for from in (0..carts).step_by(STORE as usize) {
        digest([Face::native(), Face::component()], from..(from + STORE).min(carts), &mut digests).await;
    }
    let [native, component] = digests.map(|digest| digest.0.finish());
    assert_eq!(native, component);
    println!("{carts} carts, digest {native:016x}");
}
