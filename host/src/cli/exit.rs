//! How a command ends: its exit code, and what it says when it failed.
//!
//! | code | |
//! |---|---|
//! | 0 | done |
//! | 1 | something that nobody foresaw |
//! | 2 | the command line or the settings are wrong |
//! | 3 | `invalid` |
//! | 4 | `not_found` |
//! | 5 | `conflict` |
//! | 6 | `limit_exceeded` |
//! | 7 | `currency_mismatch` |
//! | 8 | `not_purchasable` |
//! | 9 | `lock_timeout` |
//! | 10 | `unavailable` |
//! | 11 | `unsupported` |
//! | 12 | `corrupt` |
//! | 13 | `unauthorized` |
//! | 14 | `migrate --check`: the schema is not up to date |

use crate::config::Mistakes;
use crate::http::error::{Problem, about};
use pushcart::error::{Error, Kind};
use std::io::{self, Write};

/// Something that nobody foresaw.
pub const UNEXPECTED: u8 = 1;
/// The command line or the settings are wrong.
pub const USAGE: u8 = 2;
/// The schema is not up to date.
pub const BEHIND: u8 = 14;

/// The exit code of a kind of error.
pub fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Invalid => 3,
        Kind::NotFound => 4,
        Kind::Conflict => 5,
        Kind::LimitExceeded => 6,
        Kind::CurrencyMismatch => 7,
        Kind::NotPurchasable => 8,
        Kind::LockTimeout => 9,
        Kind::Unavailable => 10,
        Kind::Unsupported => 11,
        Kind::Corrupt => 12,
        Kind::Unauthorized => 13,
    }
}

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The settings are wrong.
    Settings(Mistakes),
    /// The command line is wrong in a way that only its meaning shows.
    Usage(String),
    /// An error of the cart or its storage.
    Error(Error),
    /// What was to be said could not be.
    Output(io::Error),
    /// It was said already; only the code is left.
    Said(u8),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(error)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Failure::Settings(mistakes)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

/// Says on standard error why a command failed, and answers its exit code.
pub fn end(failure: &Failure, json: bool) -> u8 {
    let (code, text, problem) = match failure {
        Failure::Said(code) => return *code,
        // Whoever reads our output has seen enough: `pushcart … | head`.
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return 0,
        Failure::Output(error) => {
            let text = format!("expected to read and write, found: {error}");
            (UNEXPECTED, text.clone(), Problem::of(&Error::new(Kind::Unavailable, text), false))
        }
        Failure::Settings(mistakes) => {
            let error = Error::invalid(mistakes.to_string()).because("settings");
            (USAGE, mistakes.to_string(), Problem::of(&error, false))
        }
        Failure::Usage(text) => {
            (USAGE, text.clone(), Problem::of(&Error::malformed(text.clone()).because("usage"), false))
        }
        Failure::Error(error) => {
            let advice = about(error.kind().as_str()).map_or("", |(_, advice)| advice);
            (code(error.kind()), format!("{error}\n{}: {advice}", error.kind()), Problem::of(error, false))
        }
    };
    let text = if json { problem.to_json() } else { format!("error: {}", super::text::plain_lines(&text)) };
    // When even this cannot be said, the code still can.
    let _ = writeln!(io::stderr(), "{text}");
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        let mut codes: Vec<u8> = Kind::ALL.map(code).to_vec();
        codes.extend([0, UNEXPECTED, USAGE, BEHIND]);
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
