//! Settings: from `pushcart.toml`, overridden by the environment, overridden by flags.
//!
//! [`table`] lists every setting once; [`source`] reads the three places by that list; here the
//! values become the types that the rest of the host works with. Nothing else in the program asks
//! the environment for anything.

pub mod kind;
pub mod print;
pub mod source;
pub mod table;

pub use source::{Effective, Mistakes, Source, Sources};

use kind::Value;
use pushcart::cart::{EmptyCart, Limits, LineIdentity, Settings};
use pushcart::money::{Currency, Rounding};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use table::SETTINGS;

/// The settings that hold.
#[derive(Clone)]
pub struct Config {
    /// Where carts are kept, as it was written; print it through [`crate::open::redacted`] only.
    pub storage: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// What the SQL drivers obey.
    pub database: Database,
    /// What the core obeys.
    pub carts: Settings,
    /// What the server obeys.
    pub http: Http,
    /// What the runtime obeys.
    pub runtime: RuntimeLimits,
    /// What prices depend on besides the carts.
    pub conditions: Conditions,
    /// How to log.
    pub log: Log,
    /// Every setting that this version has, its value, and who said so.
    pub effective: Vec<Effective>,
    /// What is not wrong but worth a word.
    pub warnings: Vec<String>,
}

/// What the SQL drivers obey.
#[derive(Clone, Debug)]
pub struct Database {
    /// The table of carts.
    pub table: String,
    /// `full` or `normal`.
    pub synchronous: String,
    /// How long to wait for another writer.
    pub busy_timeout_ms: u64,
    /// Whether opening brings the schema up to date.
    pub migrate: bool,
}

/// What the server obeys.
#[derive(Clone)]
pub struct Http {
    /// The largest body.
    pub body_bytes_max: usize,
    /// How many connections at once.
    pub connections_max: usize,
    /// For the headers of a request.
    pub header_timeout: Duration,
    /// For its body.
    pub body_timeout: Duration,
    /// For the answer.
    pub request_timeout: Duration,
    /// For what is in flight when the server stops.
    pub shutdown_timeout: Duration,
    /// Whether the shop is shown.
    pub shop: bool,
    /// Names by which a server without a token may be reached.
    pub hosts: Vec<String>,
    /// The operator's token.
    pub operator_token: Option<String>,
}

/// What the runtime obeys.
#[derive(Clone, Debug)]
pub struct RuntimeLimits {
    /// For one call.
    pub deadline: Duration,
    /// Calls at once.
    pub instances_max: usize,
    /// Memory of one call.
    pub memory_bytes_max: usize,
    /// For how many carts answers are remembered.
    pub memo_entries: usize,
}

/// What prices depend on besides the carts.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The catalogue's file.
    pub catalogue: Option<PathBuf>,
    /// The providers' names and URLs, as they were written.
    pub providers: String,
    /// How long each of them may take.
    pub provider_timeout: Duration,
}

/// How to log.
#[derive(Clone, Debug)]
pub struct Log {
    /// One JSON object per line.
    pub json: bool,
    /// How much.
    pub level: String,
}

impl Config {
    /// Reads and checks the settings.
    pub fn load(sources: &Sources) -> Result<Self, Mistakes> {
        let mut gathered = sources.gather()?;
        let effective: Vec<Effective> = SETTINGS
            .iter()
            .filter(|setting| !setting.is_not_yet())
            .map(|setting| match gathered.set.remove(setting.key) {
                Some((value, source)) => Effective { setting, value, source },
                None => Effective {
                    setting,
                    // The table's own test keeps its defaults good.
                    value: setting.kind.read(setting.default).unwrap_or(Value::Nothing),
                    source: Source::Default,
                },
            })
            .collect();
        Ok(Config::from_effective(effective, gathered.warnings))
    }

    /// Who said what a setting is.
    pub fn source(&self, key: &str) -> Option<&Source> {
        self.effective.iter().find(|entry| entry.setting.key == key).map(|entry| &entry.source)
    }

    fn from_effective(effective: Vec<Effective>, warnings: Vec<String>) -> Self {
        let values = Values(&effective);
        let ms = |key| Duration::from_millis(values.number(key));
        let carts = Settings {
            limits: Limits {
                items: values.small("limits.max_items"),
                quantity: values.small("limits.max_item_quantity"),
                characters: values.small("limits.max_string_length"),
                bytes: values.small("limits.max_data_size_bytes"),
                depth: values.small("limits.max_depth"),
            },
            empty_cart: values.one_of("empty_cart_behavior", EmptyCart::ALL, EmptyCart::as_str),
            line_identity: values.one_of("items.identity", LineIdentity::ALL, LineIdentity::as_str),
            default_currency: Currency::parse(values.text("money.default_currency")).unwrap_or(Currency::USD),
            default_rounding: values.one_of("money.rounding_mode", Rounding::ALL, Rounding::as_str),
            tax_shipping: values.switch("pricing.tax_shipping"),
            ttl_ms: values.maybe_number("database.ttl").map(|seconds| seconds * 1000),
            tombstone_ms: values.number("tombstones.ttl") * 1000,
            events: values.switch("events"),
            replays_max: values.small("retry.replays_max"),
        };
        Config {
            storage: values.text("storage").to_owned(),
            listen: kind::address(values.text("listen")).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            database: Database {
                table: values.text("database.table").to_owned(),
                synchronous: values.text("database.synchronous").to_owned(),
                busy_timeout_ms: values.number("database.busy_timeout_ms"),
                migrate: values.switch("database.migrate"),
            },
            carts,
            http: Http {
                body_bytes_max: values.number("http.body_bytes_max") as usize,
                connections_max: values.number("http.connections_max") as usize,
                header_timeout: ms("http.header_timeout_ms"),
                body_timeout: ms("http.body_timeout_ms"),
                request_timeout: ms("http.request_timeout_ms"),
                shutdown_timeout: ms("http.shutdown_timeout_ms"),
                shop: values.switch("http.shop"),
                hosts: values
                    .maybe_text("http.hosts")
                    .map(|hosts| hosts.split(',').map(|host| host.trim().to_ascii_lowercase()).collect())
                    .unwrap_or_default(),
                operator_token: values.maybe_text("http.operator_token").map(str::to_owned),
            },
            runtime: RuntimeLimits {
                deadline: ms("runtime.deadline_ms"),
                instances_max: values.number("runtime.instances_max") as usize,
                memory_bytes_max: values.number("runtime.memory_bytes_max") as usize,
                memo_entries: values.number("memo.entries") as usize,
            },
            conditions: Conditions {
                catalogue: values.maybe_text("conditions.catalogue").map(PathBuf::from),
                providers: values.text("conditions.providers").to_owned(),
                provider_timeout: ms("conditions.provider_timeout_ms"),
            },
            log: Log { json: values.text("log.format") == "json", level: values.text("log.level").to_owned() },
            effective,
            warnings,
        }
    }
}

/// Typed looks at the list. A key that is not in the table is a mistake of this file alone, and
/// shows in its first test.
struct Values<'a>(&'a [Effective]);

impl<'a> Values<'a> {
    fn value(&self, key: &str) -> &'a Value {
        match self.0.iter().find(|entry| entry.setting.key == key) {
            Some(entry) => &entry.value,
            None => panic!("the table of settings has no {key}"),
        }
    }

    fn maybe_text(&self, key: &str) -> Option<&'a str> {
        match self.value(key) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> &'a str {
        self.maybe_text(key).unwrap_or_default()
    }

    fn maybe_number(&self, key: &str) -> Option<u64> {
        match self.value(key) {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn number(&self, key: &str) -> u64 {
        self.maybe_number(key).unwrap_or_default()
    }

    fn small(&self, key: &str) -> u32 {
        u32::try_from(self.number(key)).unwrap_or(u32::MAX)
    }

    fn switch(&self, key: &str) -> bool {
        matches!(self.value(key), Value::Switch(true))
    }

    fn one_of<T: Copy, const N: usize>(&self, key: &str, all: [T; N], name: impl Fn(T) -> &'static str) -> T {
        all.into_iter().find(|choice| name(*choice) == self.text(key)).unwrap_or(all[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn sources(file: Option<&str>, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Sources {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = file.map(|text| {
            let path = std::env::temp_dir().join(format!("pushcart-settings-{}-{count}.toml", std::process::id()));
            std::fs::write(&path, text).unwrap();
            path
        });
        Sources {
            file: path,
            environment: environment.iter().map(|(k, v)| (OsString::from(k), OsString::from(v))).collect(),
            flags: flags.iter().map(|(k, v)| (k.to_string(), v.to_string(), format!("--{k}"))).collect(),
        }
    }

    fn mistakes(sources: &Sources) -> Vec<String> {
        let strip = |line: String| {
            line.rsplit_once('/')
                .map_or(line.clone(), |(_, rest)| rest.split_once(".toml").unwrap_or(("", rest)).1.to_owned())
        };
        Config::load(sources).err().expect("a mistake").0.into_iter().map(strip).collect()
    }

    #[test]
    fn defaults_are_those_of_the_core_and_the_table() {
        let config = Config::load(&sources(Some(""), &[], &[])).unwrap();
        assert_eq!(config.carts, Settings { ttl_ms: Some(2_592_000_000), ..Settings::default() });
        assert_eq!(config.storage, "sqlite:carts.db");
        assert_eq!(config.http.operator_token, None);
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn an_unknown_key_stops_with_line_and_advice() {
        let found = mistakes(&sources(Some("# shop\n[limits]\nmax_items = 5\nmax_item_quantit = 7\n"), &[], &[]));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with(":4: "), "{found:?}");
        assert!(found[0].contains("\"limits.max_item_quantit\"; did you mean limits.max_item_quantity?"), "{found:?}");
    }

    #[test]
    fn every_mistake_of_a_file_is_reported_at_once() {
        let text = "storage = \"mongodb://u:hunter2@h/db\"\nlisten = 8080\nevents = \"yes\"\n[limits]\nmax_items = 0\n[cache]\nlocking = true\n[database]\nttl = \"1 day\"\n";
        let found = mistakes(&sources(Some(text), &[], &[]));
        let lines: Vec<&str> = found.iter().map(|line| &line[..3]).collect();
        assert_eq!(lines, [":1:", ":2:", ":3:", ":5:", ":7:", ":9:"], "{found:#?}");
        assert!(!found[0].contains("hunter2"), "{found:#?}");
        assert!(found[4].contains("Redis"), "{found:#?}");
    }

    #[test]
    fn broken_toml_names_its_line() {
        let found = mistakes(&sources(Some("storage = \"memory:\"\nlisten = \n"), &[], &[]));
        assert!(found[0].starts_with(":2: "), "{found:?}");
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let file = "listen = \"127.0.0.1:1\"\n[limits]\nmax_items = 1\nmax_depth = 1\n";
        let environment =
            [("PUSHCART_LISTEN", "127.0.0.1:2"), ("PUSHCART_LIMITS_MAX_ITEMS", "2"), ("CART_STORAGE", "memory:")];
        let config = Config::load(&sources(Some(file), &environment, &[("listen", "127.0.0.1:3")])).unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.carts.limits.items, 2);
        assert_eq!(config.carts.limits.depth, 1);
        assert_eq!(config.storage, "memory:");
        assert_eq!(config.source("listen"), Some(&Source::Flag("--listen".into())));
        assert_eq!(config.source("storage"), Some(&Source::Variable("CART_STORAGE".into())));
        assert!(matches!(config.source("limits.max_depth"), Some(Source::File { line: 4, .. })));
    }

    #[test]
    fn the_environment_is_checked_too() {
        let found = mistakes(&sources(
            Some(""),
            &[
                ("PUSHCART_LIMITS_MAX_ITEM", "5"),
                ("PUSHCART_EVENTS", "maybe"),
                ("PUSHCART_STORAGE", "memory:"),
                ("CART_STORAGE", "sqlite:a.db"),
                ("PUSHCART_SERVICE_HOST", "10.0.0.1"),
                ("PUSHCART_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
                ("PUSHCART_HTTP_OPERATOR_TOKEN", ""),
            ],
            &[],
        ));
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(found.iter().any(|line| line.contains("did you mean PUSHCART_LIMITS_MAX_ITEMS?")), "{found:#?}");
        let config = Config::load(&sources(Some(""), &[("FUSE_STORE", "cache")], &[])).unwrap();
        assert_eq!(config.warnings.len(), 1);
    }

    #[test]
    fn providers_are_a_list_or_a_table() {
        let list = "[conditions]\nproviders = \"vouchers=http://127.0.0.1:9000/v, quotes=http://ship.local/\"\n";
        let table = "[conditions.providers]\nvouchers = \"http://127.0.0.1:9000/v\"\nquotes = \"http://ship.local/\"\n";
        for text in [list, table] {
            let config = Config::load(&sources(Some(text), &[], &[])).unwrap();
            let found = crate::outside::parse_list(&config.conditions.providers).unwrap();
            assert_eq!(
                found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
                ["vouchers", "quotes"],
                "{text}"
            );
        }
        let found = mistakes(&sources(
            Some("[conditions]\nproviders = \"v=http://u:hunter2@h/\"\nprovider_timeout_ms = 0\n"),
            &[],
            &[],
        ));
        assert!(found[0].contains("a user in it") && found[1].starts_with(":3:"), "{found:#?}");
        assert!(!found[0].contains("hunter2"), "{found:#?}");
        let found = mistakes(&sources(Some("[conditions.providers]\nv = 1\n"), &[], &[]));
        assert!(found[0].starts_with(":1:"), "{found:#?}");
        let environment = [("PUSHCART_CONDITIONS_CATALOGUE", "shop.json"), ("PUSHCART_MEMO_ENTRIES", "0")];
        let config = Config::load(&sources(Some(""), &environment, &[])).unwrap();
        assert_eq!(config.conditions.catalogue, Some("shop.json".into()));
        assert_eq!(config.runtime.memo_entries, 0);
    }

    #[test]
    fn a_cart_lives_for_ever_when_told_so() {
        for text in
            ["[database]\nttl = 0\n", "[database]\nttl = \"none\"\n", "database.ttl = 0\n", "database = { ttl = 0 }\n"]
        {
            assert_eq!(Config::load(&sources(Some(text), &[], &[])).unwrap().carts.ttl_ms, None, "{text}");
        }
    }

    #[test]
    fn a_named_file_must_be_there() {
        let missing = Sources { file: Some("/nonexistent/pushcart.toml".into()), ..Sources::default() };
        assert!(Config::load(&missing).is_err());
    }
}
