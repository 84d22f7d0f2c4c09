//! Removes what nothing reaches any more once panics are traps: tables of functions, and data.
//!
//! A linker's output no longer tells an address from a number, so that a garbage collector has to keep every
//! function whose address is anywhere, and every byte of data. The linker still knows, and with `--emit-relocs`
//! it writes that down: each place in code or data that holds an address, and which symbol it is of.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use walrus::ir::{InstrLocId, Value, Visitor, dfs_in_order};
use walrus::{DataId, ElementItems, FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module, passes};
use wasmparser::{KnownCustom, Linking, Parser, Payload, RelocationEntry, RelocationType, SymbolInfo};

/// The argument that makes the linker write its relocations.
pub const LINKER_ARGUMENT: &str = "--emit-relocs";

/// What the linker knew, in terms of the module that was read from its output.
pub struct Addresses {
    /// What an instruction refers to by address, by the instruction's place in the linked file.
    in_code: HashMap<u32, Vec<Target>>,
    /// What the data refers to: segment, offset in it, target.
    in_data: Vec<(usize, u32, Target)>,
    /// Named pieces of data.
    pieces: Vec<Piece>,
    segments: Vec<DataId>,
    /// Where memory is initialised: no other number can be an address of data.
    memory: Range<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Target {
    Function(FunctionId),
    /// An index into `pieces`.
    Piece(usize),
}

/// A static: a segment and the bytes in it.
struct Piece {
    segment: usize,
    bytes: Range<u32>,
}

impl Addresses {
    /// Reads them out of the linked file, and takes their sections out of the module that was just read from it.
    ///
    /// # Errors
    ///
    /// The file was linked without relocations, or they do not fit it.
    pub fn take(linked: &[u8], module: &mut Module) -> Result<Self, String> {
        for section in ["linking", "reloc.CODE", "reloc.DATA"] {
            module.customs.remove_raw(section).ok_or_else(|| {
                format!("expected a module that was linked with {LINKER_ARGUMENT}, found no {section}")
            })?;
        }
        Raw::read(linked).map_err(|e| format!("cannot read the relocations: {e}"))?.fit(linked, module)
    }

    /// Empties the slots of tables whose functions nobody can name, and the data that nobody can, and removes what
    /// was only reached from there.
    ///
    /// # Errors
    ///
    /// Code that was generated after linking holds what may be an address, of which nobody wrote down whose.
    pub fn cut(&self, module: &mut Module) -> Result<(), String> {
        let reached = self.reach(module)?;
        let mut trap = FunctionBuilder::new(&mut module.types, &[], &[]);
        trap.func_body().unreachable();
        let trap = trap.finish(vec![], &mut module.funcs);
        for element in module.elements.iter_mut() {
            if let ElementItems::Functions(functions) = &mut element.items {
                for function in functions.iter_mut().filter(|function| !reached.addressed.contains(function)) {
                    *function = trap;
                }
            }
        }
        for (segment, id) in self.segments.iter().enumerate() {
            let mut kept = vec![false; module.data.get(*id).value.len()];
            // Bytes of no piece are nobody's to judge.
            let mut named = kept.clone();
            for (index, piece) in self.pieces.iter().enumerate().filter(|(_, piece)| piece.segment == segment) {
                let bytes = piece.bytes.start as usize..piece.bytes.end as usize;
                named[bytes.clone()].fill(true);
                if reached.pieces.contains(&index) {
                    kept[bytes].fill(true);
                }
            }
            let data = module.data.get_mut(*id);
            for (byte, (named, kept)) in data.value.iter_mut().zip(named.into_iter().zip(kept)) {
                if named && !kept {
                    *byte = 0;
                }
            }
            // Memory is zero before it is anything else.
            let used = data.value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            data.value.truncate(used);
        }
        passes::gc::run(module);
        Ok(())
    }

    /// Follows calls and addresses from what the module exports.
    fn reach(&self, module: &Module) -> Result<Reached, String> {
        let mut reached = Reached::default();
        let mut queue: Vec<Target> = Vec::new();
        let mut functions: HashSet<FunctionId> = HashSet::new();
        let roots = module.exports.iter().filter_map(|export| match export.item {
            walrus::ExportItem::Function(function) => Some(function),
            _ => None,
        });
        let mut calls: Vec<FunctionId> = roots.chain(module.start).collect();
        // What stands in data outside of every piece cannot be found to be dead.
        for (segment, offset, target) in &self.in_data {
            if !self.pieces.iter().any(|piece| piece.segment == *segment && piece.bytes.contains(offset)) {
                queue.push(*target);
            }
        }
        loop {
            while let Some(target) = queue.pop() {
                match target {
                    Target::Function(function) => {
                        if reached.addressed.insert(function) {
                            calls.push(function);
                        }
                    }
                    Target::Piece(index) => {
                        if reached.pieces.insert(index) {
                            let piece = &self.pieces[index];
                            let inside = self.in_data.iter().filter(|(segment, offset, _)| {
                                *segment == piece.segment && piece.bytes.contains(offset)
                            });
                            queue.extend(inside.map(|(_, _, target)| *target));
                        }
                    }
                }
            }
            let Some(function) = calls.pop() else { return Ok(reached) };
            if !functions.insert(function) {
                continue;
            }
            if let FunctionKind::Local(body) = &module.funcs.get(function).kind {
                let mut reading = Reading { addresses: self, calls: &mut calls, queue: &mut queue, stray: None };
                dfs_in_order(&mut reading, body, body.entry_block());
                if let Some(stray) = reading.stray {
                    let name = module.funcs.get(function).name.as_deref().unwrap_or("a function without a name");
                    return Err(format!("expected generated code without addresses, found {stray} in {name}"));
                }
            }
        }
    }
}

#[derive(Default)]
struct Reached {
    /// Functions whose address can be had: what an indirect call can call.
    addressed: HashSet<FunctionId>,
    pieces: BTreeSet<usize>,
}

/// Reads one function's body for calls and addresses.
struct Reading<'a> {
    addresses: &'a Addresses,
    calls: &'a mut Vec<FunctionId>,
    queue: &'a mut Vec<Target>,
    stray: Option<i32>,
}

impl<'instr> Visitor<'instr> for Reading<'_> {
    fn visit_instr(&mut self, instr: &'instr walrus::ir::Instr, at: &'instr InstrLocId) {
        if !at.is_default() {
            self.queue.extend(self.addresses.in_code.get(&at.data()).into_iter().flatten());
        } else if let walrus::ir::Instr::Const(walrus::ir::Const { value: Value::I32(number) }) = instr
            && self.addresses.memory.contains(&i64::from(*number))
        {
            self.stray = Some(*number);
        }
    }

    fn visit_function_id(&mut self, function: &FunctionId) {
        self.calls.push(*function);
    }
}

/// The linker's sections as they stand in the file.
#[derive(Default)]
struct Raw<'a> {
    symbols: Vec<SymbolInfo<'a>>,
    in_code: Vec<RelocationEntry>,
    in_data: Vec<RelocationEntry>,
    code_start: usize,
    data_start: usize,
    /// Where each segment's bytes stand in the file, and where they go in memory.
    segments: Vec<(Range<usize>, i64)>,
}

impl<'a> Raw<'a> {
    fn read(linked: &'a [u8]) -> wasmparser::Result<Self> {
        let mut raw = Self::default();
        // Relocations name their section by its place among all.
        let (mut section, mut code, mut data) = (0, u32::MAX, u32::MAX);
        for payload in Parser::new(0).parse_all(linked) {
            let payload = payload?;
            match &payload {
                Payload::CodeSectionStart { range, .. } => (code, raw.code_start) = (section, range.start),
                Payload::DataSection(segments) => {
                    (data, raw.data_start) = (section, segments.range().start);
                    for segment in segments.clone() {
                        let segment = segment?;
                        let mut address = 0;
                        if let wasmparser::DataKind::Active { offset_expr, .. } = segment.kind
                            && let wasmparser::Operator::I32Const { value } =
                                offset_expr.get_operators_reader().read()?
                        {
                            address = i64::from(value);
                        }
                        raw.segments.push((segment.range.end - segment.data.len()..segment.range.end, address));
                    }
                }
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Linking(linking) => {
                        for subsection in linking.subsections() {
                            if let Linking::SymbolTable(symbols) = subsection? {
                                raw.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                            }
                        }
                    }
                    KnownCustom::Reloc(relocations) => {
                        let entries = relocations.entries().into_iter().collect::<Result<Vec<_>, _>>()?;
                        if relocations.section_index() == code {
                            raw.in_code = entries;
                        } else if relocations.section_index() == data {
                            raw.in_data = entries;
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
            section += u32::from(payload.as_section().is_some());
        }
        Ok(raw)
    }

    fn fit(self, linked: &[u8], module: &Module) -> Result<Addresses, String> {
        let functions: Vec<FunctionId> = module.funcs.iter().map(walrus::Function::id).collect();
        let mut pieces = Vec::new();
        // By symbol.
        let targets: Vec<Option<Target>> = self
            .symbols
            .iter()
            .map(|symbol| match symbol {
                SymbolInfo::Func { index, .. } => functions.get(*index as usize).copied().map(Target::Function),
                SymbolInfo::Data { symbol: Some(piece), .. } => {
                    pieces.push(Piece {
                        segment: piece.index as usize,
                        bytes: piece.offset..piece.offset.saturating_add(piece.size),
                    });
                    Some(Target::Piece(pieces.len() - 1))
                }
                _ => None,
            })
            .collect();
        let segments: Vec<DataId> = module.data.iter().map(walrus::Data::id).collect();
        if segments.len() != self.segments.len() {
            return Err(format!("expected {} segments of data, found {}", self.segments.len(), segments.len()));
        }
        for piece in &pieces {
            let room = self.segments.get(piece.segment).map_or(0, |(bytes, _)| bytes.len());
            if piece.bytes.end as usize > room {
                return Err(format!("expected a piece of data within its segment, found one to {}", piece.bytes.end));
            }
        }

        let mut places: Vec<u32> = module
            .funcs
            .iter_local()
            .flat_map(|(_, body): (_, &LocalFunction)| body.instruction_mapping.iter().map(|(_, at)| at.data()))
            .collect();
        places.sort_unstable();
        let mut in_code: HashMap<u32, Vec<Target>> = HashMap::new();
        for entry in &self.in_code {
            let at = self.code_start + entry.offset as usize;
            if let Some(target) = address(entry, at, linked, &self.symbols, &targets)? {
                let next = places.partition_point(|place| *place as usize <= at);
                let place =
                    next.checked_sub(1).ok_or_else(|| format!("expected an instruction at {at}, found none"))?;
                in_code.entry(places[place]).or_default().push(target);
            }
        }
        let mut in_data = Vec::new();
        for entry in &self.in_data {
            let at = self.data_start + entry.offset as usize;
            let segment = self.segments.iter().position(|(bytes, _)| bytes.contains(&at));
            let segment = segment.ok_or_else(|| format!("expected data at {at}, found none"))?;
            if let Some(target) = address(entry, at, linked, &self.symbols, &targets)? {
                in_data.push((segment, (at - self.segments[segment].0.start) as u32, target));
            }
        }
        let start = self.segments.iter().map(|(_, address)| *address).min().unwrap_or_default();
        let end = self.segments.iter().map(|(bytes, address)| address + bytes.len() as i64).max().unwrap_or_default();
        Ok(Addresses { in_code, in_data, pieces, segments, memory: start..end })
    }
}

/// What a relocation refers to, if that is an address; checked against what stands in the file.
fn address(
    entry: &RelocationEntry,
    at: usize,
    linked: &[u8],
    symbols: &[SymbolInfo<'_>],
    targets: &[Option<Target>],
) -> Result<Option<Target>, String> {
    use RelocationType::{
        FunctionIndexLeb, GlobalIndexLeb, MemoryAddrI32, MemoryAddrLeb, MemoryAddrSleb, TableIndexI32, TableIndexSleb,
        TableNumberLeb, TypeIndexLeb,
    };
    match entry.ty {
        // A call. The module was read with them, so that they only serve as a test of everything else.
        FunctionIndexLeb => {
            let written = wasmparser::BinaryReader::new(linked.get(at..).unwrap_or_default(), at).read_var_u32();
            match (written, symbols.get(entry.index as usize)) {
                (Ok(written), Some(SymbolInfo::Func { index, .. })) if written == *index => Ok(None),
                (written, symbol) => Err(format!("expected a call of {symbol:?} at {at}, found {written:?}")),
            }
        }
        TypeIndexLeb | GlobalIndexLeb | TableNumberLeb => Ok(None),
        TableIndexSleb | TableIndexI32 | MemoryAddrLeb | MemoryAddrSleb | MemoryAddrI32 => {
            // A symbol without a place, such as the end of memory, keeps nothing.
            Ok(targets.get(entry.index as usize).copied().flatten())
        }
        other => Err(format!("expected relocations of a 32-bit module that stays where it is, found {other:?}")),
    }
}
