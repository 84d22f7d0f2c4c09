//! What a setting may be: the kinds of values, how each is read, and what is said when it cannot be.
//!
//! A value comes from three places: from a file it has a type, from the environment and from flags
//! it is text. Both ways end in the same check, so that no place allows what another refuses. A
//! refusal says what was expected; what was found is added only where it is no secret.

use std::fmt;
use std::net::SocketAddr;

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Where carts are kept. May hold a password, so it is never printed as it is.
    Storage,
    /// An address and a port to listen on.
    Address,
    /// A whole number, both ends in.
    Count {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A span of seconds; 0 or `none` for ever.
    Seconds {
        /// The most.
        max: u64,
    },
    /// On or off.
    Switch,
    /// One of a list of words.
    OneOf(&'static [&'static str]),
    /// A code of ISO 4217.
    Currency,
    /// A name that is written into SQL as it is.
    SqlName,
    /// Names or addresses of hosts, with commas between.
    Hosts,
    /// A file.
    Path,
    /// Providers of conditions: their names and URLs.
    Providers,
    /// Something that is not shown: 16 to 512 visible characters.
    Secret,
    /// A setting of the systems that Pushcart replaces, for a part that this version does not have.
    /// The text says which part.
    NotYet(&'static str),
}

/// A value that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// None: no secret, no hosts, for ever.
    Nothing,
    /// Text of any kind.
    Text(String),
    /// A number.
    Number(u64),
    /// On or off.
    Switch(bool),
}

/// The shortest secret that is taken: 16 characters of a random text are 80 bits or more.
const SECRET_CHARACTERS_MIN: usize = 16;

impl Kind {
    /// Reads a value that came as text. The error says what was expected.
    pub fn read(self, text: &str) -> Result<Value, String> {
        let value = match self {
            Kind::Count { .. } => text.parse().ok().map(Value::Number),
            Kind::Seconds { .. } if text == "none" => Some(Value::Nothing),
            Kind::Seconds { .. } => text.parse().ok().map(Value::Number),
            Kind::Switch => match text {
                "true" | "1" => Some(Value::Switch(true)),
                "false" | "0" => Some(Value::Switch(false)),
                _ => None,
            },
            _ => Some(Value::Text(text.into())),
        };
        value.and_then(|value| self.check(value)).ok_or_else(|| self.refusal(text))
    }

    /// Judges a value that had a type already.
    pub fn check(self, value: Value) -> Option<Value> {
        let good = match (self, &value) {
            (Kind::Count { min, max }, Value::Number(found)) => (min..=max).contains(found),
            (Kind::Seconds { .. }, Value::Nothing | Value::Number(0)) => return Some(Value::Nothing),
            (Kind::Seconds { max }, Value::Number(found)) => *found <= max,
            (Kind::Switch, Value::Switch(_)) => true,
            (Kind::Storage, Value::Text(text)) => crate::open::Location::parse(text).is_ok(),
            (Kind::Address, Value::Text(text)) => address(text).is_some(),
            (Kind::OneOf(words), Value::Text(text)) => words.contains(&text.as_str()),
            (Kind::Currency, Value::Text(text)) => pushcart::money::Currency::parse(text).is_ok(),
            (Kind::SqlName, Value::Text(text)) => sql_name(text),
            (Kind::Hosts, Value::Text(text)) if text.is_empty() => return Some(Value::Nothing),
            (Kind::Hosts, Value::Text(text)) => text.split(',').all(|host| host_name(host.trim())),
            (Kind::Path | Kind::Providers, Value::Text(text)) if text.trim().is_empty() => return Some(Value::Nothing),
            (Kind::Path, Value::Text(text)) => !text.contains('\0'),
            (Kind::Providers, Value::Text(text)) => crate::outside::parse_list(text).is_ok(),
            (Kind::Secret, Value::Text(text)) if text.is_empty() => return Some(Value::Nothing),
            (Kind::Secret, Value::Text(text)) => {
                (SECRET_CHARACTERS_MIN..=512).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
            }
            _ => false,
        };
        good.then_some(value)
    }

    /// What was expected and, unless it may be a secret, what was found.
    pub fn refusal(self, found: &str) -> String {
        match self {
            Kind::Secret => format!("expected {self}; what was found is not shown"),
            // The storage's own words are better, and leave out what may be a password.
            Kind::Storage => match crate::open::Location::parse(found) {
                Err(error) => error.message().to_owned(),
                Ok(_) => format!("expected {self}"),
            },
            // What was found may hold a password.
            Kind::Providers => match crate::outside::parse_list(found) {
                Err(error) => error.message().to_owned(),
                Ok(_) => format!("expected {self}"),
            },
            Kind::NotYet(part) => {
                format!("this setting belongs to {part}, which this version does not have; take it out")
            }
            _ => format!("expected {self}, found {found:?}"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Storage => write!(f, "a storage URL: {}", crate::open::known()),
            Kind::Address => f.write_str("an address and a port such as 127.0.0.1:8080"),
            Kind::Count { min, max } => write!(f, "a whole number from {min} to {max}"),
            Kind::Seconds { max } => write!(f, "a whole number of seconds up to {max}, or 0 or \"none\" for ever"),
            Kind::Switch => f.write_str("true or false"),
            Kind::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Kind::Currency => f.write_str("a currency code of ISO 4217 such as USD"),
            Kind::SqlName => f.write_str("1 to 63 letters, digits and underscores that do not start with a digit"),
            Kind::Hosts => f.write_str("names of hosts with commas between, such as shop.example,10.0.0.7"),
            Kind::Path => f.write_str("the path of a file"),
            Kind::Providers => {
                f.write_str("NAME=http://HOST/PATH, with commas between; in a file also a table of them")
            }
            Kind::Secret => write!(f, "{SECRET_CHARACTERS_MIN} to 512 visible ASCII characters"),
            Kind::NotYet(part) => write!(f, "nothing yet: it belongs to {part}"),
        }
    }
}

/// Reads an address to listen on; `localhost` stands for 127.0.0.1.
pub(super) fn address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?))),
        None => text.parse().ok(),
    }
}

fn sql_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && text.len() <= 63
}

fn host_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    !text.is_empty() && text.len() <= 255 && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_within_their_bounds_only() {
        let count = Kind::Count { min: 1, max: 10 };
        assert_eq!(count.read("10"), Ok(Value::Number(10)));
        for text in ["0", "11", "-1", "1.0", "", "ten"] {
            assert!(count.read(text).is_err(), "{text}");
        }
        let seconds = Kind::Seconds { max: 100 };
        assert_eq!(seconds.read("none"), Ok(Value::Nothing));
        assert_eq!(seconds.read("0"), Ok(Value::Nothing));
        assert_eq!(seconds.read("7"), Ok(Value::Number(7)));
        assert_eq!(Kind::Address.read("localhost:80"), Ok(Value::Text("localhost:80".into())));
        for text in ["localhost", "8080", "127.0.0.1", "example.com:80"] {
            assert!(Kind::Address.read(text).is_err(), "{text}");
        }
        for text in ["", "1carts", "carts; DROP TABLE carts", "a.b", "é", &"a".repeat(64)] {
            assert!(Kind::SqlName.read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let message = Kind::Secret.read("hunter2").unwrap_err();
        assert!(!message.contains("hunter2"), "{message}");
    }
}
