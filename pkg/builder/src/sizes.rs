//! Where a module's bytes are: functions by the module of the source they come from, and data.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;
use wasmparser::{BinaryReaderError, KnownCustom, Name, Parser, Payload};

/// How many single functions are listed.
const LARGEST: usize = 40;

/// Writes the report, as Markdown tables. The module must still hold its names.
///
/// # Errors
///
/// The bytes are not a module, or have no names.
pub fn report(module: &[u8]) -> Result<String, String> {
    let measured = Measured::of(module).map_err(|e| format!("cannot measure the module: {e}"))?;
    if measured.names.is_empty() {
        return Err("expected a module with names to measure, found none".into());
    }
    Ok(measured.print())
}

#[derive(Default)]
struct Measured {
    /// Section name and bytes, in the module's order.
    sections: Vec<(&'static str, usize)>,
    /// Bytes of each function's body, by its index among all functions.
    bodies: BTreeMap<u32, usize>,
    names: BTreeMap<u32, String>,
}

impl Measured {
    fn of(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut measured = Self::default();
        let mut imported = 0;
        let mut next = 0;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section()
                && id != 0
            {
                measured.sections.push((section(id), range.len()));
            }
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    measured.bodies.insert(imported + next, body.range().len());
                    next += 1;
                }
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(names) = custom.as_known() {
                        for name in names {
                            if let Name::Function(functions) = name? {
                                for naming in functions {
                                    let naming = naming?;
                                    let name = format!("{:#}", rustc_demangle::demangle(naming.name));
                                    measured.names.insert(naming.index, name);
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(measured)
    }

    fn print(&self) -> String {
        let mut rooms: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let mut functions: Vec<(usize, &str)> = Vec::new();
        for (index, bytes) in &self.bodies {
            let name = self.names.get(index).map_or("(no name)", String::as_str);
            let (sum, count) = rooms.entry(room(name)).or_default();
            (*sum, *count) = (*sum + bytes, *count + 1);
            functions.push((*bytes, name));
        }
        functions.sort_by(|a, b| b.cmp(a));
        let mut rooms: Vec<_> = rooms.into_iter().collect();
        rooms.sort_by_key(|(_, bytes_and_count)| Reverse(*bytes_and_count));

        let mut text = String::from("| section | bytes |\n|---|---:|\n");
        for (name, bytes) in &self.sections {
            let _ = writeln!(text, "| {name} | {bytes} |");
        }
        text.push_str("\n| code of | bytes | functions |\n|---|---:|---:|\n");
        for (room, (bytes, count)) in rooms {
            let _ = writeln!(text, "| {room} | {bytes} | {count} |");
        }
        text.push_str("\n| function | bytes |\n|---|---:|\n");
        for (bytes, name) in functions.into_iter().take(LARGEST) {
            let _ = writeln!(text, "| {} | {bytes} |", name.replace('|', "\\|"));
        }
        text
    }
}

/// The first two steps of a function's path: `pushcart::pricing`. What is implemented for a type
/// counts where the type is.
fn room(name: &str) -> String {
    let path = name.trim_start_matches(['<', '&', '[', '(']).trim_start_matches("mut ").trim_start_matches("dyn ");
    let path = path.split([' ', '<', '>', ',', '(']).next().unwrap_or(path);
    let mut steps = path.split("::").filter(|step| !step.is_empty());
    match (steps.next(), steps.next()) {
        (Some(krate), Some(module)) => format!("{krate}::{module}"),
        (Some(one), None) => one.to_owned(),
        _ => name.to_owned(),
    }
}

fn section(id: u8) -> &'static str {
    match id {
        1 => "types",
        2 => "imports",
        3 => "functions",
        4 => "tables",
        5 => "memory",
        6 => "globals",
        7 => "exports",
        8 => "start",
        9 => "elements",
        10 => "code",
        11 => "data",
        12 => "data count",
        _ => "other",
    }
}
