//! A cursor over the text of a target, whose refusals say at which character they stand.

use crate::error::{Error, Result};
use crate::money::amount::shown;
use crate::text::characters;

/// A cursor over one text.
#[derive(Clone)]
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Scan { text, at: 0 }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn blank(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Steps over `what`, if it comes next.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    /// What comes before the first of `stops`, or all that is left.
    pub(super) fn until(&mut self, stops: &[char]) -> &'t str {
        let rest = self.rest();
        let (before, _) = rest.split_at(rest.find(stops).unwrap_or(rest.len()));
        self.at += before.len();
        before
    }

    /// What comes as long as `goes_on` says so.
    pub(super) fn run(&mut self, goes_on: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let (run, _) = rest.split_at(rest.find(|c| !goes_on(c)).unwrap_or(rest.len()));
        self.at += run.len();
        run
    }

    /// Steps over the next `bytes` bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
    }

    /// Steps back over the last `bytes` bytes.
    pub(super) fn back(&mut self, bytes: usize) {
        self.at = self.at.saturating_sub(bytes);
    }

    /// Text in single or double quotes, with backslash escapes.
    pub(super) fn quoted(&mut self) -> Result<String> {
        let quote = if self.take("'") { '\'' } else { '"' };
        if quote == '"' && !self.take("\"") {
            return Err(self.expected("a quote"));
        }
        let mut out = String::new();
        loop {
            out.push_str(self.until(&[quote, '\\']));
            if self.take("\\") {
                let before = self.clone();
                match self.rest().chars().next() {
                    Some(c @ ('\\' | '\'' | '"')) => out.push(c),
                    Some('n') => out.push('\n'),
                    Some('r') => out.push('\r'),
                    Some('t') => out.push('\t'),
                    _ => return Err(before.expected("one of \\\\ \\' \\\" \\n \\r \\t after a backslash")),
                }
                self.at += 1;
            } else if self.rest().is_empty() {
                return Err(self.expected("the closing quote"));
            } else {
                self.at += 1;
                return Ok(out);
            }
        }
    }

    /// Where the cursor stands: the first character is number 1.
    pub(super) fn place(&self) -> usize {
        characters(&self.text[..self.at]) + 1
    }

    /// The refusal of what comes next.
    #[cold]
    pub(super) fn expected(&self, what: &str) -> Error {
        let place = self.place();
        match self.rest() {
            "" => {
                invalid!("expected {} at character {}, found the end of {:?}", what, place, shown(self.text))
            }
            rest => {
                let found: String = rest.chars().take(20).collect();
                invalid!("expected {} at character {}, found {:?}", what, place, found)
            }
        }
    }
}
