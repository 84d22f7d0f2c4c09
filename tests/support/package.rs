//! The npm package as a face: in Node, and in a page of Chromium.
//!
//! Each is one process for all tests of a program (`tests/npm/face.mjs`), to which requests go as lines and from which
//! answers come as lines. It ends when our end of the pipe does. What is missing fails with a message that says
//! what to install or to build; nothing is skipped.

use crate::faces::{Refusal, Said};
use crate::{NOW_MS, file};
use pushcart::cart::Settings;
use pushcart::id::Address;
use pushcart::rule::Zone;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;
use tokio::sync::oneshot;

/// The kind of what is said when two ways through the package do not agree. No cart ever says it.
pub const APART: &str = "apart";

/// Carts in the package, none at first.
pub struct Package {
    process: &'static Process,
    store: u64,
    options: Value,
    zones: Value,
    calls: AtomicU64,
}

impl Package {
    /// In Node.
    pub fn in_node(settings: &Settings, zones: &[Zone]) -> Self {
        static NODE: OnceLock<Process> = OnceLock::new();
        Package::new(NODE.get_or_init(|| Process::start("node")), settings, zones)
    }

    /// In a page of Chromium.
    pub fn in_chromium(settings: &Settings, zones: &[Zone]) -> Self {
        static CHROMIUM: OnceLock<Process> = OnceLock::new();
        Package::new(CHROMIUM.get_or_init(|| Process::start("chromium")), settings, zones)
    }

    fn new(process: &'static Process, settings: &Settings, zones: &[Zone]) -> Self {
        static STORES: AtomicU64 = AtomicU64::new(0);
        Package {
            process,
            store: STORES.fetch_add(1, Ordering::Relaxed),
            options: options(settings),
            zones: zones.iter().map(|zone| (zone.name.to_string(), zone.offset_s.into())).collect::<Map<_, _>>().into(),
            calls: AtomicU64::new(0),
        }
    }

    /// What this face is called in a failure.
    pub fn name(&self) -> &'static str {
        self.process.name
    }

    /// Asks for one of the verbs `change`, `show`, `totals` and `explain`.
    pub async fn ask(&self, verb: &str, address: &Address, body: Option<&str>, at: Option<&str>) -> Said {
        let mut request = json!({
            "do": verb,
            "store": self.store,
            "options": self.options,
            "zones": self.zones,
            "call": self.calls.fetch_add(1, Ordering::Relaxed) + 1,
            "nowMs": NOW_MS,
            "identifier": address.identifier(),
            "instance": address.instance(),
        });
        for (field, value) in [("body", body), ("at", at)] {
            if let Some(value) = value {
                request[field] = value.into();
            }
        }
        let answer = self.process.ask(request).await;
        if let Some(apart) = answer.get("apart") {
            let message = format!("said {}, but: {apart:#}", answer["ok"]);
            return Err(Refusal { kind: APART.into(), path: String::new(), message, reason: None });
        }
        if let Some(refused) = answer.get("refused") {
            let field = |name: &str| refused[name].as_str().unwrap_or_default().to_owned();
            let reason = refused["reason"].as_str().map(Into::into);
            return Err(Refusal { kind: field("kind"), path: field("path"), message: field("message"), reason });
        }
        match answer.get("ok") {
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            _ => panic!("{}: {}", self.name(), answer["broken"].as_str().unwrap_or("no answer")),
        }
    }
}

/// Settings, as `createCart` takes them.
fn options(settings: &Settings) -> Value {
    let Settings { limits, .. } = settings;
    let mut options = json!({
        "currency": settings.default_currency.code(),
        "rounding": settings.default_rounding.as_str(),
        "emptyCart": settings.empty_cart.as_str(),
        "lineIdentity": settings.line_identity.as_str(),
        "taxShipping": settings.tax_shipping,
        "tombstoneMs": settings.tombstone_ms,
        "maxItems": limits.items,
        "maxQuantity": limits.quantity,
        "maxCharacters": limits.characters,
        "maxBytes": limits.bytes,
        "maxDepth": limits.depth,
    });
    if let Some(ttl) = settings.ttl_ms {
        options["ttlMs"] = ttl.into();
    }
    options
}

/// Who waits for an answer, by the request's number; or why nobody gets one any more.
type Waiting = Result<HashMap<u64, oneshot::Sender<Value>>, String>;

struct Process {
    name: &'static str,
    input: Mutex<ChildStdin>,
    waiting: Arc<Mutex<Waiting>>,
    next: AtomicU64,
}

impl Process {
    fn start(place: &'static str) -> Self {
        built();
        let started = Command::new("node")
            .arg(file("npm/face.mjs"))
            .args(["--in", place])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("expected the command `node`, version 20 or later (Debian package: nodejs), found none")
            }
            Err(error) => panic!("node: {error}"),
        };
        let input = Mutex::new(child.stdin.take().expect("piped"));
        let waiting = Arc::new(Mutex::new(Ok(HashMap::new())));
        let answers = waiting.clone();
        std::thread::spawn(move || {
            let why = hand_out(&mut child, &answers);
            *lock(&answers) = Err(why);
            drop(child.wait());
        });
        let name = if place == "node" { "the package in Node" } else { "the package in Chromium" };
        Process { name, input, waiting, next: AtomicU64::new(0) }
    }

    async fn ask(&self, mut request: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        request["id"] = id.into();
        let (sender, receiver) = oneshot::channel();
        match &mut *lock(&self.waiting) {
            Ok(waiting) => drop(waiting.insert(id, sender)),
            Err(why) => panic!("{}: {why}", self.name),
        }
        // Where nobody reads any more, the thread that reads answers says why.
        drop(lock(&self.input).write_all(format!("{request}\n").as_bytes()));
        match receiver.await {
            Ok(answer) => answer,
            Err(_) => match &*lock(&self.waiting) {
                Err(why) => panic!("{}: {why}", self.name),
                Ok(_) => panic!("{}: no answer", self.name),
            },
        }
    }
}

/// Gives each answer to whoever waits for it, until there are no more; and says why not.
fn hand_out(child: &mut Child, waiting: &Mutex<Waiting>) -> String {
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let Ok(line) = line else { break };
        let Ok(answer) = serde_json::from_str::<Value>(&line) else {
            return format!("expected an answer, found {line}");
        };
        if let Some(fault) = answer["fault"].as_str() {
            return fault.into();
        }
        let waiting = match &mut *lock(waiting) {
            Ok(waiting) => answer["id"].as_u64().and_then(|id| waiting.remove(&id)),
            Err(_) => None,
        };
        if let Some(sender) = waiting {
            drop(sender.send(answer));
        }
    }
    "the process ended".into()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds that the package was built, and of the sources as they are.
fn built() {
    let module = file("../pkg/wasm/pushcart.wasm");
    let time = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    let Ok(built) = time(&module) else {
        panic!("expected the package's module in pkg/wasm, found none: run `cargo run -p pushcart-pkg`");
    };
    let mut newest: Option<(SystemTime, PathBuf)> = None;
    let mut folders = vec![file("../src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let changed = time(&path).expect("a file");
                if newest.as_ref().is_none_or(|(newest, _)| *newest < changed) {
                    newest = Some((changed, path));
                }
            }
        }
    }
    if let Some((changed, path)) = newest
        && changed > built
    {
        panic!(
            "expected pkg/wasm of the sources as they are, found {} changed since: run `cargo run -p pushcart-pkg`",
            path.display()
        );
    }
}
