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

/// Every code with its exponent, as one text so that the table costs four bytes a currency. Metals, testing
/// and "no currency" codes are left out: they have no minor unit.
const EXPONENTS: &str = "AED2AFN2ALL2AMD2AOA2ARS2AUD2AWG2AZN2BAM2BBD2BDT2BGN2BHD3BIF0BMD2BND2BOB2BOV2BRL2BSD2BTN2BWP2BYN2BZD2CAD2CDF2CHE2CHF2CHW2CLF4CLP0CNY2COP2COU2CRC2CUP2CVE2CZK2DJF0DKK2DOP2DZD2EGP2ERN2ETB2EUR2FJD2FKP2GBP2GEL2GHS2GIP2GMD2GNF0GTQ2GYD2HKD2HNL2HTG2HUF2IDR2ILS2INR2IQD3IRR2ISK0JMD2JOD3JPY0KES2KGS2KHR2KMF0KPW2KRW0KWD3KYD2KZT2LAK2LBP2LKR2LRD2LSL2LYD3MAD2MDL2MGA2MKD2MMK2MNT2MOP2MRU2MUR2MVR2MWK2MXN2MXV2MYR2MZN2NAD2NGN2NIO2NOK2NPR2NZD2OMR3PAB2PEN2PGK2PHP2PKR2PLN2PYG0QAR2RON2RSD2RUB2RWF0SAR2SBD2SCR2SDG2SEK2SGD2SHP2SLE2SOS2SRD2SSP2STN2SVC2SYP2SZL2THB2TJS2TMT2TND3TOP2TRY2TTD2TWD2TZS2UAH2UGX0USD2USN2UYI0UYU2UYW4UZS2VED2VES2VND0VUV0WST2XAF0XCD2XCG2XOF0XPF0YER2ZAR2ZMW2ZWG2";

/// A code as the table has it, and its exponent.
fn find(code: &str) -> Option<(&'static str, u32)> {
    if code == "USD" {
        return Some(("USD", 2));
    }
    let known = |entry: &[u8]| entry[..3] == *code.as_bytes();
    let place = EXPONENTS.as_bytes().chunks_exact(4).position(known)? * 4;
    Some((EXPONENTS.get(place..place + 3)?, u32::from(EXPONENTS.as_bytes()[place + 3] - b'0')))
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
