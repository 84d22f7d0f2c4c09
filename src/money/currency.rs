//! ISO 4217 currencies and their exponents.

use crate::error::Result;
use crate::text::{Piece, Shown};
use core::fmt;

/// A currency: its three-letter code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(&'static str);

impl Currency {
    /// US dollars, the default of the settings.
    pub const USD: Currency = Currency("USD");

    /// Reads a code of ISO 4217, upper-case. An unknown code is refused: its exponent is unknown.
    pub fn parse(code: &str) -> Result<Self> {
        find(code)
            .map(|(code, _)| Currency(code))
            .ok_or_else(|| invalid!("expected a currency code of ISO 4217 such as \"USD\", found {:?}", code))
    }

    /// The code: `USD`.
    pub fn code(&self) -> &'static str {
        self.0
    }

    /// How many decimals a major unit has: 2 for USD, 0 for JPY, 3 for BHD.
    pub fn exponent(self) -> u32 {
        find(self.0).map_or(2, |(_, exponent)| exponent)
    }
}

impl Shown for Currency {
    fn piece(&self) -> Piece<'_> {
        Piece::Text(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The codes whose exponent is not 2, then all others, each as one text so that the table costs
/// three bytes a currency. Metals, testing and "no currency" codes are left out: they have no minor
/// unit.
const EXPONENT_0: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const EXPONENT_3: &str = "BHD IQD JOD KWD LYD OMR TND";
const EXPONENT_4: &str = "CLF UYW";
const EXPONENT_2: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

/// A code as its table has it, and its exponent.
fn find(code: &str) -> Option<(&'static str, u32)> {
    if code.len() != 3 {
        return None;
    }
    if code == "USD" {
        return Some(("USD", 2));
    }
    for (table, exponent) in [(EXPONENT_2, 2), (EXPONENT_0, 0), (EXPONENT_3, 3), (EXPONENT_4, 4)] {
        if let Some(entry) = table.as_bytes().chunks(4).position(|entry| entry[..3] == *code.as_bytes()) {
            return table.get(entry * 4..entry * 4 + 3).map(|code| (code, exponent));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_have_their_exponent_and_others_are_refused() {
        for (code, exponent) in [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("ZWG", 2)] {
            assert_eq!(Currency::parse(code).unwrap().exponent(), exponent);
        }
        for code in ["", "usd", "US", "USDX", "XXX", "XAU", " US", "E D"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }
}
