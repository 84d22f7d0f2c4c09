//! Cuts off what only a panic needs: a panic in the module is a fault of ours and ends in a trap
//! either way, so its text, and the machinery that writes it, need not be carried to every browser.

use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module, passes};

/// Functions whose call is the end of the module's life, by the beginning of their demangled names.
/// None of them ever returns.
const PANICS: [&str; 12] = [
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already",
    "core::slice::index::slice_",
    "core::str::slice_error_fail",
    "alloc::raw_vec::handle_error",
    "alloc::alloc::handle_alloc_error",
    "std::panicking::",
    "std::alloc::",
    "__rustc::rust_",
];

/// Turns every function of [`PANICS`] into a trap, and removes what nothing reaches any more.
///
/// # Errors
///
/// None was found: the standard library calls them something else now, and the list is out of date.
pub fn snip(module: &mut Module) -> Result<(), String> {
    let panics: Vec<FunctionId> =
        module.funcs.iter().filter(|f| f.name.as_deref().is_some_and(is_panic)).map(|f| f.id()).collect();
    if panics.is_empty() {
        return Err("expected the module to hold panics of the standard library, found none by their names".into());
    }
    for id in panics {
        let function = module.funcs.get(id);
        if !matches!(function.kind, FunctionKind::Local(_)) {
            continue;
        }
        let (parameters, results) = module.types.params_results(function.ty());
        let (parameters, results) = (parameters.to_vec(), results.to_vec());
        let mut trap = FunctionBuilder::new(&mut module.types, &parameters, &results);
        trap.func_body().unreachable();
        let parameters = parameters.into_iter().map(|kind| module.locals.add(kind)).collect();
        let trap = trap.local_func(parameters);
        module.funcs.get_mut(id).kind = FunctionKind::Local(trap);
    }
    passes::gc::run(module);
    Ok(())
}

fn is_panic(name: &str) -> bool {
    let name = format!("{:#}", rustc_demangle::demangle(name));
    PANICS.iter().any(|panic| name.starts_with(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `core::panicking::panic_fmt`, as the linker leaves its name.
    const PANIC: &str = "_ZN4core9panicking9panic_fmt17h0123456789abcdefE";

    /// An exported function that calls `callee`, which calls one that nobody else does.
    fn module(callee: &str) -> Module {
        let mut module = Module::default();
        let mut text = FunctionBuilder::new(&mut module.types, &[], &[]);
        text.name("writes a text".into()).func_body();
        let text = text.finish(vec![], &mut module.funcs);
        let mut called = FunctionBuilder::new(&mut module.types, &[], &[]);
        called.name(callee.into()).func_body().call(text).unreachable();
        let called = called.finish(vec![], &mut module.funcs);
        let mut caller = FunctionBuilder::new(&mut module.types, &[], &[]);
        caller.name("add".into()).func_body().call(called);
        let caller = caller.finish(vec![], &mut module.funcs);
        module.exports.add("add", caller);
        module
    }

    fn names(module: &Module) -> Vec<&str> {
        let mut names: Vec<_> = module.funcs.iter().filter_map(|function| function.name.as_deref()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_only_a_panic_reaches_is_gone() {
        let mut module = module(PANIC);
        assert_eq!(names(&module), [PANIC, "add", "writes a text"]);
        snip(&mut module).unwrap();
        assert_eq!(names(&module), [PANIC, "add"]);
    }

    #[test]
    fn names_that_moved_are_noticed() {
        let mut module = module("core::ending::end");
        assert!(snip(&mut module).unwrap_err().contains("found none"));
        assert_eq!(names(&module), ["add", "core::ending::end", "writes a text"]);
    }
}
