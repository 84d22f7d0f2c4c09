//! Gives what crosses between module and JavaScript short names, on both sides. The generated ones are long and hold
//! hashes; nobody reads them, and every browser would load them twice.

use std::collections::HashMap;
use walrus::{ExportId, Module};

/// What the JavaScript needs under its own name.
const KEPT: [&str; 1] = ["memory"];

/// The one name for where imports come from.
const IMPORTS: &str = "js";

/// Shortens the names of imports and exports in the module and in its JavaScript, and removes exports that the
/// JavaScript does not use.
///
/// # Errors
///
/// The JavaScript does not look as it was expected to: an import that it does not define exactly once.
pub fn shorten(module: &mut Module, javascript: &str) -> Result<String, String> {
    let mut names = Short::default();
    let mut exports: HashMap<String, (String, ExportId, usize)> = HashMap::new();
    for export in module.exports.iter().filter(|export| !KEPT.contains(&export.name.as_str())) {
        exports.insert(export.name.clone(), (names.next(), export.id(), 0));
    }
    let mut imports: HashMap<String, (String, usize)> = HashMap::new();
    let mut from = None;
    for import in module.imports.iter_mut() {
        if *from.get_or_insert_with(|| import.module.clone()) != import.module {
            return Err(format!("expected imports from {from:?} alone, found one from {:?}", import.module));
        }
        imports.insert(import.name.clone(), (names.next(), 0));
        (import.name, import.module) = (imports[&import.name].0.clone(), IMPORTS.into());
    }

    let mut text = String::with_capacity(javascript.len());
    let mut rest = javascript;
    while let Some(start) = rest.find(is_word) {
        let (before, word_on) = rest.split_at(start);
        let (word, after) = word_on.split_at(word_on.find(|c| !is_word(c)).unwrap_or(word_on.len()));
        text.push_str(before);
        if text.ends_with("wasm.")
            && let Some((short, _, uses)) = exports.get_mut(word)
        {
            *uses += 1;
            text.push_str(short);
        } else if after.starts_with(':')
            && let Some((short, uses)) = imports.get_mut(word)
        {
            *uses += 1;
            text.push_str(short);
        } else {
            text.push_str(word);
        }
        rest = after;
    }
    text.push_str(rest);

    if let Some((name, (_, uses))) = imports.iter().find(|(_, (_, uses))| *uses != 1) {
        return Err(format!("expected JavaScript that defines the import {name} once, found it {uses} times"));
    }
    if let Some(from) = from {
        let (old, new) = (format!("\"{from}\""), format!("\"{IMPORTS}\""));
        if text.matches(&old).count() != 1 {
            return Err(format!("expected JavaScript that names {old} once, found {}", text.matches(&old).count()));
        }
        text = text.replace(&old, &new);
    }
    for (short, id, uses) in exports.into_values() {
        if uses == 0 {
            module.exports.delete(id);
        } else {
            module.exports.get_mut(id).name = short;
        }
    }
    Ok(text)
}

/// The generated types without the members that have other names now.
pub fn shorten_types(types: &str) -> String {
    let mut inside = false;
    let lines = types.lines().filter(|line| {
        inside = (inside || line.starts_with("export interface InitOutput")) && !line.starts_with('}');
        !inside || !line.trim_start().starts_with("readonly ") || KEPT.iter().any(|kept| line.contains(kept))
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// a, b, … z, aa, ab, …
#[derive(Default)]
struct Short(usize);

impl Short {
    fn next(&mut self) -> String {
        let mut number = self.0;
        self.0 += 1;
        let mut name = Vec::new();
        loop {
            name.insert(0, b'a' + (number % 26) as u8);
            if number < 26 {
                return name.into_iter().map(char::from).collect();
            }
            number = number / 26 - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::FunctionBuilder;

    /// Imports `__wbg_now_123`, exports `total` and `unused`.
    fn module() -> Module {
        let mut module = Module::default();
        let kind = module.types.add(&[], &[]);
        module.add_import_func("./pushcart_bg.js", "__wbg_now_123", kind);
        for name in ["total", "unused"] {
            let mut function = FunctionBuilder::new(&mut module.types, &[], &[]);
            function.func_body();
            let function = function.finish(vec![], &mut module.funcs);
            module.exports.add(name, function);
        }
        module
    }

    #[test]
    fn both_sides_have_the_same_short_names() {
        let mut module = module();
        let text = shorten(
            &mut module,
            r#"total() { return wasm.total() + wasm.memory; } const i = { __wbg_now_123: () => 1 }; ({ "./pushcart_bg.js": i })"#,
        )
        .unwrap();
        assert_eq!(text, r#"total() { return wasm.a() + wasm.memory; } const i = { c: () => 1 }; ({ "js": i })"#);
        let exports: Vec<_> = module.exports.iter().map(|export| export.name.as_str()).collect();
        assert_eq!(exports, ["a"]);
        let import = module.imports.iter().next().unwrap();
        assert_eq!((import.module.as_str(), import.name.as_str()), ("js", "c"));
    }

    #[test]
    fn javascript_that_looks_otherwise_is_refused() {
        let error = shorten(&mut module(), r#"({ "./pushcart_bg.js": {} })"#).unwrap_err();
        assert_eq!(error, "expected JavaScript that defines the import __wbg_now_123 once, found it 0 times");
    }

    #[test]
    fn names_go_on_after_z() {
        let mut names = Short::default();
        let all: Vec<String> = (0..703).map(|_| names.next()).collect();
        assert_eq!([&all[0], &all[25], &all[26], &all[701], &all[702]], ["a", "z", "aa", "zz", "aaa"]);
    }

    #[test]
    fn types_lose_what_has_another_name() {
        let types = "export interface InitOutput {\n  readonly memory: WebAssembly.Memory;\n  readonly total: () => void;\n}\nexport class Cart {\n  readonly total: number;\n}\n";
        assert_eq!(
            shorten_types(types),
            "export interface InitOutput {\n  readonly memory: WebAssembly.Memory;\n}\nexport class Cart {\n  readonly total: number;\n}\n"
        );
    }
}
