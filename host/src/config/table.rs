//! The one table of settings.
//!
//! Reading the file, the environment and the flags, printing what holds, and the reference all walk
//! over this list, so that a setting is added by adding a row here and a field in [`super::Config`].

use super::kind::Kind;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its one name: `limits.max_items`.
    pub key: &'static str,
    /// Other names that a file may use, kept for those who come from older systems.
    pub aliases: &'static [&'static str],
    /// Other names in the environment, kept likewise.
    pub environment: &'static [&'static str],
    /// What it may be.
    pub kind: Kind,
    /// What holds when nobody says anything, as text; empty for nothing.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
}

impl Setting {
    /// The name in the environment that follows from the key: `PUSHCART_LIMITS_MAX_ITEMS`.
    pub fn variable(&self) -> String {
        format!("PUSHCART_{}", self.key.to_ascii_uppercase().replace('.', "_"))
    }

    /// True when its value must not be shown.
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Secret
    }

    /// True when this version has no use for it.
    pub fn is_not_yet(&self) -> bool {
        matches!(self.kind, Kind::NotYet(_))
    }
}

const YEAR_S: u64 = 366 * 86_400;

macro_rules! settings {
    ($($key:literal $(= [$($alias:literal),*])? $(env [$($env:literal),*])?, $kind:expr, $default:literal, $doc:literal;)*) => {
        &[$(Setting { key: $key, aliases: &[$($($alias),*)?], environment: &[$($($env),*)?], kind: $kind, default: $default, doc: $doc }),*]
    };
}

/// Every setting, in the order of the reference.
pub const SETTINGS: &[Setting] = settings! {
    "storage" env ["CART_STORAGE"], Kind::Storage, "sqlite:carts.db",
        "Where carts are kept. Carts in `memory:` die with the process.";
    "listen", Kind::Address, "127.0.0.1:8080",
        "Where `pushcart serve` listens. Port 0 takes any free port. Without `http.operator_token` only loopback addresses are allowed.";
    "empty_cart_behavior", Kind::OneOf(&["destroy", "clear", "preserve"]), "destroy",
        "What becomes of a cart when an update or a removal took its last line.";
    "events", Kind::Switch, "true",
        "Whether changes yield events.";

    "database.table", Kind::SqlName, "carts",
        "The table of carts; other tables take its name as their beginning.";
    "database.ttl", Kind::Seconds { max: 100 * YEAR_S }, "2592000",
        "How long a cart lives after its last change.";
    "database.synchronous", Kind::OneOf(&["full", "normal"]), "full",
        "SQLite: `full` keeps every answered change through a loss of power; `normal` may lose the last ones then, and is faster.";
    "database.busy_timeout_ms", Kind::Count { min: 0, max: 60_000 }, "5000",
        "SQLite: how long to wait for another process that is writing.";

    "database.migrate", Kind::Switch, "true",
        "Whether opening a database brings its schema up to date. When false, `pushcart migrate` does, and a database that lags behind is refused.";

    "money.default_currency", Kind::Currency, "USD",
        "The currency of a cart whose creation names none.";
    "money.rounding_mode", Kind::OneOf(&["half_up", "half_even", "floor", "ceil"]), "half_up",
        "The rounding of a cart whose creation names none.";

    "pricing.tax_shipping", Kind::Switch, "true",
        "Whether shipping is part of the taxable amount.";

    "conditions.catalogue", Kind::Path, "",
        "A JSON file of conditions that carts refer to by key, and of global ones that hold for every cart: `{\"conditions\": [{\"key\": \"SUMMER\", \"active\": true, \"global\": false, \"condition\": {…}}]}`. It is read at the start, and a mistake in it stops the start; a change takes a restart.";
    "conditions.providers", Kind::Providers, "",
        "Who is asked for conditions before a cart is priced, in the order in which they are to act: each is sent `POST` with `{\"identifier\", \"instance\", \"at\", \"cart\"}` and answers with a JSON list of conditions. Plain HTTP, answers of at most 256 KiB.";
    "conditions.provider_timeout_ms", Kind::Count { min: 1, max: 60_000 }, "250",
        "How long a provider may take; later, the breakdown says `provider_slow` and its conditions are left out.";

    "items.identity", Kind::OneOf(&["id", "id_and_attributes"]), "id",
        "What makes an added item the same line as one that is there.";

    "limits.max_items", Kind::Count { min: 1, max: 100_000 }, "1000",
        "Lines in a cart.";
    "limits.max_item_quantity", Kind::Count { min: 1, max: 1_000_000_000 }, "10000",
        "Pieces in a line.";
    "limits.max_data_size_bytes", Kind::Count { min: 1024, max: 64 << 20 }, "1048576",
        "Bytes of the JSON of all items, of all conditions and of all metadata, each.";
    "limits.max_string_length", Kind::Count { min: 1, max: 65_536 }, "255",
        "Characters of an id or a name.";
    "limits.max_depth", Kind::Count { min: 1, max: 100 }, "32",
        "Levels that attributes and metadata may nest.";

    "retry.replays_max", Kind::Count { min: 0, max: 1000 }, "16",
        "How often a change that names no version is applied again when others changed the cart first.";
    "tombstones.ttl", Kind::Count { min: 60, max: YEAR_S }, "86400",
        "How many seconds an ended cart is remembered, so that a late retry is recognised.";

    "memo.entries", Kind::Count { min: 0, max: 10_000_000 }, "1024",
        "For how many carts answers are remembered, up to 16 KiB each on average. An answer is given again only while the cart's record, the catalogue and the providers' answers are the same and no rule about time may have changed it; 0 switches that off.";

    "http.body_bytes_max", Kind::Count { min: 1024, max: 256 << 20 }, "1048576",
        "The largest request body.";
    "http.connections_max", Kind::Count { min: 1, max: 1_000_000 }, "1024",
        "How many connections are served at once; more wait to be accepted.";
    "http.header_timeout_ms", Kind::Count { min: 10, max: 600_000 }, "10000",
        "How long a connection may take to send a request's headers, and stay idle between requests.";
    "http.body_timeout_ms", Kind::Count { min: 10, max: 600_000 }, "10000",
        "How long a request's body may take to arrive.";
    "http.request_timeout_ms", Kind::Count { min: 10, max: 600_000 }, "10000",
        "How long an answer may take once the request is here.";
    "http.shutdown_timeout_ms", Kind::Count { min: 0, max: 600_000 }, "10000",
        "How long requests in flight may take to end after a signal to stop.";
    "http.shop", Kind::Switch, "true",
        "Whether `pushcart serve` shows the shop at `/`: a page on the npm package. With `http.operator_token` its visitors' carts stay in their browsers, for a page has no token.";
    "http.hosts", Kind::Hosts, "",
        "Names under which callers may reach a server without a token, beside `localhost` and loopback addresses. Protects against web pages that point their own name at this machine.";
    "http.operator_token", Kind::Secret, "",
        "Callers must send it as `Authorization: Bearer …`. Without one the server trusts its callers, and listens on loopback addresses only.";

    "runtime.deadline_ms", Kind::Count { min: 10, max: 600_000 }, "5000",
        "How long one call of the cart may take, storage and repetitions included.";
    "runtime.instances_max", Kind::Count { min: 1, max: 100_000 }, "128",
        "How many calls of the cart run at once.";
    "runtime.memory_bytes_max", Kind::Count { min: 4 << 20, max: 4 << 30 }, "67108864",
        "How much memory one call of the cart may use.";

    "log.format", Kind::OneOf(&["text", "json"]), "text",
        "The form of the log on standard error.";
    "log.level", Kind::OneOf(&["off", "error", "warn", "info", "debug", "trace"]), "info",
        "How much is logged.";

    "session.key", Kind::NotYet("the session driver of browsers"), "", "Root key of the session driver.";
    "cache.prefix", Kind::NotYet("the Redis driver"), "", "Prefix of keys.";
    "cache.ttl", Kind::NotYet("the Redis driver"), "", "Seconds until a cart in the cache ends.";
    "cache.store", Kind::NotYet("the Redis driver"), "", "Name of the connection.";
    "cache.locking" = ["cache_locking"] env ["CART_CACHE_LOCKING"], Kind::NotYet("the Redis driver"), "", "Whether carts are locked.";
    "cache.lock_timeout" = ["lock_timeout"] env ["CART_LOCK_TIMEOUT"], Kind::NotYet("the Redis driver"), "", "Seconds to wait for a lock.";
    "database.connection", Kind::NotYet("the drivers for database servers; `storage` names the database"), "", "Name of the connection.";
    "database.conditions_table", Kind::NotYet("a catalogue of conditions in the database; `conditions.catalogue` names a file"), "", "Table of conditions.";
    "database.json_column_type", Kind::NotYet("the drivers for database servers"), "", "Column type of JSON.";
    "database.lock_for_update", Kind::NotYet("the drivers for database servers"), "", "Whether rows are locked when read.";
    "migration.auto_migrate_on_login", Kind::NotYet("merging carts"), "", "Whether a guest's cart is merged at login.";
    "migration.merge_strategy", Kind::NotYet("merging carts"), "", "How carts are merged.";
    "owner.enabled", Kind::NotYet("shops with several owners"), "", "Whether carts have owners.";
    "owner.include_global", Kind::NotYet("shops with several owners"), "", "Whether carts without owner are seen by all.";
    "owner.auto_assign_on_create", Kind::NotYet("shops with several owners"), "", "Whether new carts get the current owner.";
    "performance.lazy_pipeline", Kind::NotYet("another way to remember totals; here `memo.entries` says for how many carts"), "", "Whether totals are remembered.";
    "breaker.store" env ["FUSE_STORE"], Kind::NotYet("the circuit breaker"), "", "Where breakers keep their state.";
    "breaker.cache.store" env ["FUSE_CACHE_STORE"], Kind::NotYet("the circuit breaker"), "", "Name of the breakers' connection.";
    "breaker.cache.prefix" env ["FUSE_CACHE_PREFIX"], Kind::NotYet("the circuit breaker"), "", "Prefix of the breakers' keys.";
};

/// The setting with this key or alias.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key || setting.aliases.contains(&key))
}

/// The key that was probably meant, if one is close enough.
pub fn nearest(key: &str) -> Option<&'static str> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let usable = || SETTINGS.iter().filter(|setting| !setting.is_not_yet()).map(|setting| setting.key);
    // The right name in the wrong section is a likelier slip than any misspelling.
    if let Some(moved) = usable().find(|known| last(known) == last(key)) {
        return Some(moved);
    }
    let (distance, best) = usable().map(|known| (distance(known, key), known)).min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(best.len() / 4)).then_some(best)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushcart::cart::{EmptyCart, LineIdentity};
    use pushcart::money::Rounding;

    #[test]
    fn names_are_unique_and_defaults_are_good() {
        let mut names = Vec::new();
        for setting in SETTINGS {
            names.push(setting.key.to_owned());
            names.extend(setting.aliases.iter().map(|&alias| alias.to_owned()));
            names.push(setting.variable());
            names.extend(setting.environment.iter().map(|&name| name.to_owned()));
            if !setting.is_not_yet() && !setting.default.is_empty() {
                setting.kind.read(setting.default).unwrap_or_else(|error| panic!("{}: {error}", setting.key));
            }
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn words_are_those_of_the_core() {
        let words = |key: &str| match find(key).unwrap().kind {
            Kind::OneOf(words) => words.to_vec(),
            _ => panic!("{key}"),
        };
        assert_eq!(words("money.rounding_mode"), Rounding::ALL.map(Rounding::as_str));
        assert_eq!(words("empty_cart_behavior"), EmptyCart::ALL.map(EmptyCart::as_str));
        assert_eq!(words("items.identity"), LineIdentity::ALL.map(LineIdentity::as_str));
    }

    #[test]
    fn advice_names_what_was_probably_meant() {
        assert_eq!(nearest("limits.max_item"), Some("limits.max_items"));
        assert_eq!(nearest("max_items"), Some("limits.max_items"));
        assert_eq!(nearest("storgae"), Some("storage"));
        assert_eq!(nearest("colour"), None);
    }
}
