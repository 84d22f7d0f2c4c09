//! Turns panics into traps. A panic in the module is a fault of ours and ends it either way, so its text, and the
//! machinery that writes it, need not be carried to every browser.

use std::collections::HashSet;
use walrus::ir::{Instr, InstrSeqId};
use walrus::{FunctionId, FunctionKind, LocalFunction, Module};

/// Where panics begin, by the beginning of the functions' demangled names. None of them ever returns; who only calls
/// them does not either, and needs no name here.
const PANICS: [&str; 6] = [
    "core::panicking::panic",
    "core::panicking::assert_failed",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::handle_error",
    "std::panicking::",
    "__rustc::rust_begin_unwind",
];

/// Makes a trap of every function of [`PANICS`], of every call of one, and so on of whoever can do nothing else. What
/// was only computed to be handed to them goes too.
///
/// # Errors
///
/// None was found: the standard library calls them something else now, and the list is out of date.
pub fn snip(module: &mut Module) -> Result<(), String> {
    let mut traps: HashSet<FunctionId> = module
        .funcs
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| module.funcs.get(*id).name.as_deref().is_some_and(is_panic))
        .collect();
    if traps.is_empty() {
        return Err("expected the module to hold panics of the standard library, found none by their names".into());
    }
    for id in &traps {
        let body = local(module, *id);
        let entry = body.entry_block();
        body.block_mut(entry).instrs.clear();
        trap(body, entry, 0);
    }
    loop {
        let before = traps.len();
        let ids: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
        for id in ids {
            if shorten(local(module, id), &traps) {
                traps.insert(id);
            }
        }
        if traps.len() == before {
            return Ok(());
        }
    }
}

fn is_panic(name: &str) -> bool {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    PANICS.iter().any(|panic| name.starts_with(panic))
}

fn local(module: &mut Module, id: FunctionId) -> &mut LocalFunction {
    match &mut module.funcs.get_mut(id).kind {
        FunctionKind::Local(body) => body,
        _ => unreachable!("only local functions were listed"),
    }
}

/// Ends every sequence of instructions at its first call of a trap, and says whether the function is one itself now.
fn shorten(body: &mut LocalFunction, traps: &HashSet<FunctionId>) -> bool {
    let entry = body.entry_block();
    let mut queue = vec![entry];
    while let Some(seq) = queue.pop() {
        let end = body.block(seq).iter().position(|(instr, _)| match instr {
            Instr::Call(call) => traps.contains(&call.func),
            Instr::Unreachable(_) => true,
            _ => false,
        });
        if let Some(end) = end {
            // Whatever has no effect but on the stack, locals and memory has none at all before a trap.
            let before = &body.block(seq).instrs[..end];
            let kept = before.iter().rposition(|(instr, _)| !is_quiet(instr)).map_or(0, |last| last + 1);
            trap(body, seq, kept);
        }
        for (instr, _) in body.block(seq).iter() {
            match instr {
                Instr::Block(block) => queue.push(block.seq),
                Instr::Loop(block) => queue.push(block.seq),
                Instr::IfElse(branch) => queue.extend([branch.consequent, branch.alternative]),
                _ => {}
            }
        }
    }
    matches!(body.block(entry).instrs.as_slice(), [(Instr::Unreachable(_), _)])
}

fn trap(body: &mut LocalFunction, seq: InstrSeqId, kept: usize) {
    body.block_mut(seq).instrs.truncate(kept);
    body.builder_mut().instr_seq(seq).unreachable();
}

/// Whether nobody can see that an instruction was left out, when a trap follows.
fn is_quiet(instr: &Instr) -> bool {
    matches!(
        instr,
        Instr::Const(_)
            | Instr::LocalGet(_)
            | Instr::LocalSet(_)
            | Instr::LocalTee(_)
            | Instr::GlobalGet(_)
            | Instr::GlobalSet(_)
            | Instr::Binop(_)
            | Instr::Unop(_)
            | Instr::Select(_)
            | Instr::Drop(_)
            | Instr::Load(_)
            | Instr::Store(_)
            | Instr::MemoryCopy(_)
            | Instr::MemoryFill(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use walrus::FunctionBuilder;

    /// `core::panicking::panic_fmt`, as the linker leaves its name.
    const PANIC: &str = "_ZN4core9panicking9panic_fmt17h0123456789abcdefE";

    /// `add`, which calls `checks`, which calls `callee` if its argument is 0; `callee` calls `writes a text`.
    fn module(callee: &str) -> Module {
        let mut module = Module::default();
        let mut text = FunctionBuilder::new(&mut module.types, &[walrus::ValType::I32], &[]);
        text.name("writes a text".into()).func_body();
        let argument = module.locals.add(walrus::ValType::I32);
        let text = text.finish(vec![argument], &mut module.funcs);

        let mut called = FunctionBuilder::new(&mut module.types, &[walrus::ValType::I32], &[]);
        let argument = module.locals.add(walrus::ValType::I32);
        called.name(callee.into()).func_body().local_get(argument).call(text).unreachable();
        let called = called.finish(vec![argument], &mut module.funcs);

        let mut fails = FunctionBuilder::new(&mut module.types, &[], &[]);
        fails.name("fails".into()).func_body().i32_const(7).call(called);
        let fails = fails.finish(vec![], &mut module.funcs);

        let mut checks = FunctionBuilder::new(&mut module.types, &[walrus::ValType::I32], &[]);
        let argument = module.locals.add(walrus::ValType::I32);
        checks.name("checks".into()).func_body().local_get(argument).if_else(
            None,
            |_| {},
            |otherwise| {
                otherwise.i32_const(1).drop().call(fails);
            },
        );
        let checks = checks.finish(vec![argument], &mut module.funcs);
        module.exports.add("add", checks);
        module
    }

    fn names(module: &mut Module) -> Vec<String> {
        walrus::passes::gc::run(module);
        let mut names: Vec<_> = module.funcs.iter().filter_map(|function| function.name.clone()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_only_a_panic_reaches_is_gone_and_the_check_stays() {
        let mut module = module(PANIC);
        assert_eq!(names(&mut module), [PANIC, "checks", "fails", "writes a text"]);
        snip(&mut module).unwrap();
        assert_eq!(names(&mut module), ["checks"]);
        let text = wasmparser_print(&mut module);
        assert_eq!(text, ["LocalGet", "If", "Else", "Unreachable", "End", "End"]);
    }

    #[test]
    fn names_that_moved_are_noticed() {
        let mut module = module("core::ending::end");
        assert!(snip(&mut module).unwrap_err().contains("found none"));
        assert_eq!(names(&mut module), ["checks", "core::ending::end", "fails", "writes a text"]);
    }

    /// The names of the instructions of the only function.
    fn wasmparser_print(module: &mut Module) -> Vec<String> {
        let bytes = module.emit_wasm();
        let mut found = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            if let wasmparser::Payload::CodeSectionEntry(body) = payload.unwrap() {
                for operator in body.get_operators_reader().unwrap() {
                    let shown = format!("{:?}", operator.unwrap());
                    found.push(shown.split([' ', '{']).next().unwrap().to_owned());
                }
            }
        }
        found
    }
}
