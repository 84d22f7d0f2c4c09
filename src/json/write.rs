//! Writing: appending to a text. The same value is always the same bytes.

/// Appends `text` as a JSON text, escaped as little as JSON allows.
pub fn write_text(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    let bytes = text.as_bytes();
    let at = super::plain_until(bytes, 0);
    if at == bytes.len() {
        out.push_str(text);
    } else {
        write_escaped(out, text, at);
    }
    out.push('"');
}

/// Appends what stands between the quotes of a text whose first character to escape is at `at`.
#[cold]
fn write_escaped(out: &mut String, text: &str, mut at: usize) {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        out.push_str(&text[from..at]);
        let Some(byte) = bytes.get(at) else { break };
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => {
                out.push_str("\\u00");
                out.push(b"0123456789abcdef"[usize::from(byte >> 4)] as char);
                out.push(b"0123456789abcdef"[usize::from(byte & 15)] as char);
            }
        }
        at = super::plain_until(bytes, from);
    }
}

/// The numbers 0 to 99, two digits each.
const PAIRS: &str = "\
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// Appends a whole number.
pub fn write_integer(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    write_digits(out, value.unsigned_abs());
}

/// Two digits at a time, and in 32 bits as soon as they suffice: WebAssembly has no wide multiplication
/// by which to divide 64.
fn write_digits(out: &mut String, value: u64) {
    let Ok(value) = u32::try_from(value) else {
        write_digits(out, value / 100);
        return write_pair(out, (value % 100) as u32);
    };
    match value {
        0..10 => write_digit(out, value),
        10..100 => write_pair(out, value),
        100..1000 => {
            write_digit(out, value / 100);
            write_pair(out, value % 100);
        }
        _ => {
            if value < 10_000 {
                write_pair(out, value / 100);
            } else {
                write_digits(out, u64::from(value / 10_000));
                write_pair(out, value / 100 % 100);
            }
            write_pair(out, value % 100);
        }
    }
}

fn write_digit(out: &mut String, digit: u32) {
    out.push(char::from(b'0' + digit as u8));
}

#[inline]
fn write_pair(out: &mut String, pair: u32) {
    let at = pair as usize * 2;
    out.push_str(&PAIRS[at..at + 2]);
}

/// Appends a list, one element after the other.
pub fn write_list<T>(out: &mut String, elements: impl IntoIterator<Item = T>, mut element: impl FnMut(&mut String, T)) {
    out.push('[');
    for (index, value) in elements.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        element(out, value);
    }
    out.push(']');
}

/// An object being written, field by field. A field without a value is left out, not null.
pub struct Fields<'o> {
    out: &'o mut String,
    first: bool,
}

impl<'o> Fields<'o> {
    /// Opens an object at the end of `out`.
    pub fn new(out: &'o mut String) -> Self {
        out.push('{');
        Fields { out, first: true }
    }

    /// More fields of an object that was opened before, and has some.
    pub(crate) fn going_on(out: &'o mut String) -> Self {
        Fields { out, first: false }
    }

    /// A field whose value `value` appends. The name must need no escape.
    pub fn with(&mut self, name: &str, value: impl FnOnce(&mut String)) -> &mut Self {
        value(self.begin(name));
        self
    }

    #[inline(never)]
    fn begin(&mut self, name: &str) -> &mut String {
        if !core::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    /// A field with any name.
    pub fn named(&mut self, name: &str, value: impl FnOnce(&mut String)) -> &mut Self {
        if !core::mem::take(&mut self.first) {
            self.out.push(',');
        }
        write_text(self.out, name);
        self.out.push(':');
        value(self.out);
        self
    }

    /// A text field.
    #[inline(never)]
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.with(name, |out| write_text(out, value))
    }

    /// A text field, left out when there is no value.
    #[inline(never)]
    pub fn maybe_text(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.text(name, value);
        }
        self
    }

    /// An integer field.
    #[inline(never)]
    pub fn integer(&mut self, name: &str, value: i64) -> &mut Self {
        self.with(name, |out| write_integer(out, value))
    }

    /// An integer field, left out when there is no value.
    #[inline(never)]
    pub fn maybe_integer(&mut self, name: &str, value: Option<i64>) -> &mut Self {
        if let Some(value) = value {
            self.integer(name, value);
        }
        self
    }

    /// A boolean field.
    pub fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        self.with(name, |out| out.push_str(if value { "true" } else { "false" }))
    }

    /// A field whose value is JSON already.
    #[inline(never)]
    pub fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        self.with(name, |out| out.push_str(json))
    }

    /// A time field, RFC 3339.
    pub fn time(&mut self, name: &str, value: crate::time::Timestamp) -> &mut Self {
        self.with(name, |out| {
            out.push('"');
            value.write(out);
            out.push('"');
        })
    }

    /// Closes the object.
    pub fn end(&mut self) {
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_whole() {
        for value in [0, -1, 9, 10, 99, 100, 101, -999, 1000, 1005, 65_536, i64::MAX, i64::MIN] {
            let mut out = String::new();
            write_integer(&mut out, value);
            assert_eq!(out, value.to_string());
        }
    }
}
