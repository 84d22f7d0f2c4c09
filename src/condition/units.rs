//! Units: a condition that changes so many of every so many pieces, the cheapest first.
//!
//! `{"every": 3, "take": 1}` takes one of every three pieces of the matching lines: buy two, get one
//! free. With `"of"` the pieces of other lines are counted: `{"every": 2, "take": 1, "of":
//! "id=shirt"}` takes one matching piece for every two shirts. `"max"` bounds how many are taken.

use super::filter::{self, Filter};
use crate::error::Result;
use crate::json::{Raw, Reader, Sort, once, required, unknown};

/// How many pieces are taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
    raw: Raw,
    /// How many pieces count once.
    pub(crate) every: i64,
    /// How many are taken for each time.
    pub(crate) take: i64,
    /// The lines whose pieces are counted; `None` for those that the target matches.
    pub(crate) of: Option<Vec<Filter>>,
    /// The most that are taken.
    pub(crate) max: Option<i64>,
}

impl Units {
    /// Reads units.
    pub fn parse(raw: &Raw) -> Result<Self> {
        let (mut every, mut take, mut of, mut max) = (None, None, None, None);
        Reader::whole(raw.as_str(), |reader| {
            reader.object(|name, reader| match name {
                "every" => once(&mut every, count(reader)?),
                "take" => once(&mut take, count(reader)?),
                "of" => once(&mut of, filters(reader)?),
                "max" => once(&mut max, count(reader)?),
                _ => Err(unknown(&["every", "take", "of", "max"])),
            })
        })?;
        let every = required(every, "every", "how many pieces count once")?;
        let take = required(take, "take", "how many pieces are taken for each time")?;
        if of.is_none() && take > every {
            return Err(invalid!("expected at most the {} of \"every\", found {}", every, take).under("take"));
        }
        Ok(Units { raw: raw.clone(), every, take, of, max })
    }

    /// As they were written.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// How many pieces are taken where `counted` are counted.
    pub(crate) fn taken(&self, counted: i64) -> i64 {
        let taken = (counted / self.every).saturating_mul(self.take);
        self.max.map_or(taken, |max| taken.min(max))
    }
}

fn count(reader: &mut Reader<'_>) -> Result<i64> {
    let found = reader.integer()?;
    if found < 1 {
        return Err(invalid!("expected a whole number of 1 or more, found {}", found));
    }
    Ok(found)
}

fn filters(reader: &mut Reader<'_>) -> Result<Vec<Filter>> {
    if reader.sort()? != Sort::Text {
        return filter::read_list(reader);
    }
    filter::parse_list(&reader.text()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Units> {
        Units::parse(&Raw::parse(text).unwrap())
    }

    #[test]
    fn how_many_are_taken() {
        for (text, counted, taken) in [
            (r#"{"every":3,"take":1}"#, 2, 0),
            (r#"{"every":3,"take":1}"#, 3, 1),
            (r#"{"every":3,"take":1}"#, 8, 2),
            (r#"{"every":3,"take":2,"max":3}"#, 9, 3),
            (r#"{"every":1,"take":5,"of":"id=a;price>1"}"#, 2, 10),
            (r#"{"every":1,"take":9007199254740991,"of":[]}"#, 9_007_199_254_740_991, i64::MAX),
        ] {
            assert_eq!(parse(text).unwrap().taken(counted), taken, "{text} of {counted}");
        }
    }

    #[test]
    fn a_refusal_says_where() {
        for (text, path) in [
            ("[]", ""),
            (r#"{"every":3}"#, "take"),
            (r#"{"take":3}"#, "every"),
            (r#"{"every":0,"take":1}"#, "every"),
            (r#"{"every":2,"take":3}"#, "take"),
            (r#"{"every":2,"take":1,"max":0}"#, "max"),
            (r#"{"every":2,"take":1,"of":"id"}"#, "of"),
            (r#"{"every":2,"take":1,"of":"id=a@tax/aggregate"}"#, "of"),
            (r#"{"every":2,"take":1,"of":[{}]}"#, "of[0].field"),
            (r#"{"every":2,"take":1,"off":1}"#, "off"),
        ] {
            assert_eq!(parse(text).expect_err(text).path(), path, "{text}");
        }
    }
}
