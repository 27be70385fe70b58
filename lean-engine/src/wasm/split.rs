//! Takes `lean.wasm` apart into modules that wasmtime takes, that the host can stop, and that need not all be compiled.
//!
//! - Lean's module exports 200,000 functions, more than a validator admits, so that `dlsym` finds them. Some twenty
//!   exports stay; all functions have table slots instead, recorded in the symbol file.
//! - The function table is imported instead of defined, so that the shim (`shim.rs`) and the parts can call through it.
//! - A proof run calls about a tenth of Lean. The functions that a profile names make the *core*, which set-up compiles;
//!   the others go to *parts*, which are compiled when one of their functions is first called (`parts.rs`). Their slots
//!   are null until then: every call through the table looks first, and a direct call from another module goes through a
//!   stub that looks. The idea is that of Binaryen's `wasm-split`.
//! - Very long functions, most of which initialise something once, are not for the core either: the optimising compiler
//!   takes minutes for some of them. Those that the profile names make the first parts, which set-up compiles too.
//! - `memory.atomic.wait32`/`wait64` become calls of the host: a thread that waits inside wasm could not be stopped.

use std::collections::HashMap;

use wasm_encoder::Encode as _;
use wasmparser::{ExternalKind, FunctionBody, Operator};

use super::CompileError;
use super::body::Bodies;
use super::profile::Profile;
use super::survey::{CODE, ELEMENT, EXPORT, FUNCTION, GLOBAL, IMPORT, START, Survey, TABLE, TYPE, shape};
use super::symbols::SymbolsBuilder;

/// The exports that the host calls.
const KEPT: &[&str] = &[
    "__cxa_can_catch",
    "__cxa_decrement_exception_refcount",
    "__cxa_get_exception_ptr",
    "__cxa_increment_exception_refcount",
    "__main_argc_argv",
    "__wasm_apply_data_relocs",
    "__wasm_call_ctors",
    "_emscripten_stack_restore",
    "_emscripten_tempret_set",
    "_emscripten_thread_exit",
    "_emscripten_thread_free_data",
    "_emscripten_thread_init",
    "_emscripten_tls_init",
    "emscripten_builtin_memalign",
    "emscripten_stack_get_current",
    "emscripten_stack_set_limits",
    "fflush",
    "main",
    "malloc",
    "setThrew",
];

/// Types, imports and table slots that the rewriting adds: two ways to wait, and loading.
const OWN: u32 = 3;
/// Where instrumented code imports the memory for its marks from.
pub(super) const MARKS: (&str, &str) = ("harmonic", "marks");

/// Name of the export by which the core gives a global to the parts.
pub(super) fn global_name(index: u32) -> String {
    format!("global {index}")
}

/// How to take a module apart.
pub(super) struct Options<'p> {
    /// What is core; without it, all is.
    pub(super) profile: Option<&'p Profile>,
    /// Whether each function is to mark that it was called.
    pub(super) instrumented: bool,
    /// Bytes of code in a part.
    pub(super) part_bytes: usize,
    /// Bytes of code in the longest function of the core.
    pub(super) core_function_bytes: usize,
}

impl<'p> Options<'p> {
    pub(super) fn with(profile: Option<&'p Profile>) -> Self {
        // About a second's work for the compiler.
        Self { profile, instrumented: false, part_bytes: 128 << 10, core_function_bytes: 32 << 10 }
    }
}

/// What goes where.
pub(super) struct Plan<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) survey: Survey<'a>,
    /// Whether each function is to mark that it was called.
    pub(super) instrumented: bool,
    /// Index of the first type that is added.
    pub(super) own_types: u32,
    pub(super) wait_slot: u32,
    /// The part of each defined function, 0 for the core, and its index among the functions of that module.
    places: Vec<(u16, u32)>,
    /// Functions of each module, core first.
    members: Vec<Vec<usize>>,
    early_parts: usize,
    slots: HashMap<u32, u32>,
    /// Slots beyond those of the original module, and who is in them.
    appended: Vec<u32>,
}

/// The modules, and what the other parts of the engine need to know about them.
pub(super) struct Split {
    pub(super) core: Vec<u8>,
    pub(super) parts: Vec<Vec<u8>>,
    /// How many of the parts, from the first on, hold functions that the profile names.
    pub(super) early_parts: usize,
    pub(super) symbols: SymbolsBuilder,
    /// Table slots of the functions that the shim calls; 0 (never a function) if the module has none.
    pub(super) stack_get: u32,
    pub(super) stack_restore: u32,
    pub(super) set_threw: u32,
}

/// Takes a module apart. Linear in the module's size.
pub(super) fn split(bytes: &[u8], options: &Options<'_>) -> Result<Split, CompileError> {
    let plan = Plan::new(bytes, options)?;
    let mut symbols = SymbolsBuilder::default();
    let survey = &plan.survey;
    for (index, (name, _)) in survey.imports.iter().enumerate() {
        symbols.import(name, plan.slot(index as u32)?);
    }
    for (name, kind, index) in &survey.exports {
        match kind {
            ExternalKind::Func => symbols.export(name, plan.slot(*index)?),
            ExternalKind::Global => {
                let own = (*index as usize).checked_sub(survey.imported_globals);
                if let Some(Some(address)) = own.and_then(|i| survey.addresses.get(i)) {
                    symbols.export(name, *address as u32);
                }
            }
            _ => {}
        }
    }
    symbols.wait_slot = plan.wait_slot;
    symbols.slot_parts = plan.slot_parts()?;

    let mut parts = Vec::new();
    let mut shared = Vec::new();
    for part in 1..plan.members.len() {
        let (module, globals) = plan.part_module(part as u16)?;
        parts.push(module);
        shared.extend(globals);
    }
    shared.sort_unstable();
    shared.dedup();
    let core = plan.core_module(&shared)?;
    let slot_of = |name: &str| {
        let function = survey.exports.iter().find(|e| e.0 == name && e.1 == ExternalKind::Func)?.2;
        plan.slot(function).ok()
    };
    Ok(Split {
        core,
        parts,
        early_parts: plan.early_parts,
        stack_get: slot_of("emscripten_stack_get_current").unwrap_or(0),
        stack_restore: slot_of("_emscripten_stack_restore").unwrap_or(0),
        set_threw: slot_of("setThrew").unwrap_or(0),
        symbols,
    })
}

impl<'a> Plan<'a> {
    fn new(bytes: &'a [u8], options: &Options<'_>) -> Result<Self, CompileError> {
        let survey = Survey::of(bytes)?;
        let profile = options.profile.filter(|p| p.describes(&survey));
        let mut places = vec![(0u16, 0u32); survey.functions.len()];
        let mut members = vec![Vec::new()];
        let mut early_parts = 0;
        if let Some(profile) = profile {
            let kept = |name: &str| KEPT.contains(&name);
            let exported = survey.exports.iter().filter(|e| e.1 == ExternalKind::Func && kept(e.0)).map(|e| e.2);
            let mut forced: Vec<usize> = exported.chain(survey.start).filter_map(|f| survey.defined(f)).collect();
            forced.sort_unstable();
            let hot = |defined| profile.holds(defined);
            let mut late = Vec::new();
            let mut part = Filling { part: 0, bytes: 0, most: options.part_bytes };
            for (defined, body) in survey.bodies.iter().enumerate() {
                if forced.binary_search(&defined).is_ok() || touches_segments(body)? {
                    continue;
                }
                let bytes = body.range().len();
                if !hot(defined) {
                    late.push((defined, bytes));
                } else if bytes > options.core_function_bytes {
                    part.place(bytes, places.get_mut(defined))?;
                }
            }
            early_parts = usize::from(part.part);
            part.bytes = usize::MAX;
            for (defined, bytes) in late {
                part.place(bytes, places.get_mut(defined))?;
            }
            members.resize(usize::from(part.part) + 1, Vec::new());
        }
        for (defined, place) in places.iter_mut().enumerate() {
            let Some(all) = members.get_mut(usize::from(place.0)) else { continue };
            let imports = if place.0 == 0 { survey.imports.len() } else { 0 };
            place.1 = (imports + all.len()) as u32;
            all.push(defined);
        }
        let mut slots: HashMap<u32, u32> = survey.elements.iter().map(|(slot, function)| (*function, *slot)).collect();
        let mut appended = Vec::new();
        let imports = 0..survey.imports.len() as u32;
        let defined = members.iter().flatten().map(|d| (survey.imports.len() + d) as u32);
        for function in imports.chain(defined) {
            slots.entry(function).or_insert_with(|| {
                appended.push(function);
                survey.table_min + appended.len() as u32 - 1
            });
        }
        let wait_slot = survey.table_min + appended.len() as u32;
        let own_types = survey.types.len() as u32;
        let instrumented = options.instrumented;
        Ok(Self { bytes, survey, instrumented, own_types, wait_slot, places, members, early_parts, slots, appended })
    }

    /// Whether some functions are not in the core.
    pub(super) fn is_split(&self) -> bool {
        self.members.len() > 1
    }

    pub(super) fn load_slot(&self) -> u32 {
        self.wait_slot + 2
    }

    pub(super) fn part(&self, defined: usize) -> Result<u16, CompileError> {
        self.places.get(defined).map(|p| p.0).ok_or_else(|| shape("a call of a function that is not there"))
    }

    pub(super) fn index_in_part(&self, defined: usize) -> Result<u32, CompileError> {
        self.places.get(defined).map(|p| p.1).ok_or_else(|| shape("a call of a function that is not there"))
    }

    /// A function's index in its own module; imports keep theirs.
    fn index(&self, function: u32) -> Result<u32, CompileError> {
        self.survey.defined(function).map_or(Ok(function), |defined| self.index_in_part(defined))
    }

    /// Functions of a module, its imports included and its stubs not.
    pub(super) fn functions_in(&self, part: u16) -> u32 {
        let imports = if part == 0 { self.survey.imports.len() } else { 0 };
        (imports + self.members.get(usize::from(part)).map_or(0, Vec::len)) as u32
    }

    pub(super) fn slot(&self, function: u32) -> Result<u32, CompileError> {
        self.slots.get(&function).copied().ok_or_else(|| shape("an index of a function that is not there"))
    }

    /// The part of a function, imports counting as the core's.
    fn home(&self, function: u32) -> Result<u16, CompileError> {
        self.survey.defined(function).map_or(Ok(0), |defined| self.part(defined))
    }

    /// All filled slots, in order.
    fn filled(&self) -> impl Iterator<Item = (u32, u32)> + use<'_, 'a> {
        let appended = self.appended.iter().enumerate();
        let base = self.survey.table_min;
        self.survey.elements.iter().copied().chain(appended.map(move |(k, f)| (base + k as u32, *f)))
    }

    /// The part that each slot belongs to; the table is as long as this list.
    fn slot_parts(&self) -> Result<Vec<u16>, CompileError> {
        let mut parts = vec![0; (self.wait_slot + OWN) as usize];
        for (slot, function) in self.filled() {
            let part = parts.get_mut(slot as usize).ok_or_else(|| shape("an element outside the table"))?;
            *part = self.home(function)?;
        }
        Ok(parts)
    }

    fn types(&self, out: &mut Vec<u8>) -> Result<(), CompileError> {
        let mut data = vec![];
        let mut more = vec![];
        for expected in [0x7f, 0x7e] {
            // (address i32, expected, timeout i64, offset i32) -> i32
            more.extend_from_slice(&[0x60, 4, 0x7f, expected, 0x7e, 0x7f, 1, 0x7f]);
        }
        // (slot i32) -> ()
        more.extend_from_slice(&[0x60, 1, 0x7f, 0]);
        self.extended(TYPE, OWN, &more, &mut data)?;
        section(TYPE, &data, out);
        Ok(())
    }

    /// A section of the original with more entries at its end.
    fn extended(&self, id: u8, more: u32, entries: &[u8], out: &mut Vec<u8>) -> Result<(), CompileError> {
        let range = self.survey.sections.iter().find(|s| s.0 == id).map(|s| s.1.clone());
        let raw = range.and_then(|r| self.bytes.get(r)).ok_or_else(|| shape("a section is missing"))?;
        let mut reader = wasmparser::BinaryReader::new(raw, 0);
        let count = reader.read_var_u32()?;
        (count + more).encode(out);
        out.extend_from_slice(&raw[reader.current_position()..]);
        out.extend_from_slice(entries);
        Ok(())
    }

    fn table_import(&self, out: &mut Vec<u8>) {
        "env".encode(out);
        "__indirect_function_table".encode(out);
        out.extend_from_slice(&[1, 0x70, 0]);
        (self.wait_slot + OWN).encode(out);
    }

    fn function_section(&self, part: u16, stubs: &[u32], out: &mut Vec<u8>) -> Result<(), CompileError> {
        let members = self.members.get(usize::from(part)).map_or(&[][..], Vec::as_slice);
        let mut data = vec![];
        ((members.len() + stubs.len()) as u32).encode(&mut data);
        for defined in members {
            self.survey.functions.get(*defined).copied().unwrap_or_default().encode(&mut data);
        }
        for stub in stubs {
            self.survey.type_of(*stub)?.encode(&mut data);
        }
        section(FUNCTION, &data, out);
        Ok(())
    }

    /// The slots that a module fills when it is instantiated, as segments of consecutive slots.
    fn element_section(&self, part: u16, out: &mut Vec<u8>) -> Result<(), CompileError> {
        let mut mine = Vec::new();
        for (slot, function) in self.filled() {
            if self.home(function)? == part {
                mine.push((slot, self.index(function)?));
            }
        }
        mine.sort_by_key(|(slot, _)| *slot);
        let runs: Vec<_> = mine.chunk_by(|a, b| a.0 + 1 == b.0).collect();
        let mut data = vec![];
        (runs.len() as u32).encode(&mut data);
        for run in runs {
            data.extend_from_slice(&[0, 0x41]);
            (run.first().map_or(0, |r| r.0) as i32).encode(&mut data);
            data.push(0x0b);
            (run.len() as u32).encode(&mut data);
            run.iter().for_each(|(_, index)| index.encode(&mut data));
        }
        section(ELEMENT, &data, out);
        Ok(())
    }

    /// A part, and the globals of the core that it uses.
    fn part_module(&self, part: u16) -> Result<(Vec<u8>, Vec<u32>), CompileError> {
        let mut bodies = Bodies::new(self, part);
        let members = self.members.get(usize::from(part)).map_or(&[][..], Vec::as_slice);
        for defined in members {
            bodies.add(*defined)?;
        }
        bodies.finish()?;

        let mut out = b"\0asm\x01\0\0\0".to_vec();
        self.types(&mut out)?;
        let (module, name, memory) = self.survey.memory.ok_or_else(|| shape("it imports no memory"))?;
        let mut data = vec![];
        (2 + bodies.globals.len() as u32).encode(&mut data);
        module.encode(&mut data);
        name.encode(&mut data);
        data.push(2);
        write_memory(&memory, &mut data)?;
        self.table_import(&mut data);
        for global in &bodies.globals {
            let ty = self.survey.globals.get(*global as usize).ok_or_else(|| shape("a global that is not there"))?;
            "core".encode(&mut data);
            global_name(*global).as_str().encode(&mut data);
            let value = match ty.content_type {
                wasmparser::ValType::I32 => 0x7f,
                wasmparser::ValType::I64 => 0x7e,
                wasmparser::ValType::F32 => 0x7d,
                wasmparser::ValType::F64 => 0x7c,
                _ => return Err(shape("a global that is no number")),
            };
            data.extend_from_slice(&[3, value, u8::from(ty.mutable)]);
        }
        section(IMPORT, &data, &mut out);
        self.function_section(part, &bodies.stubs, &mut out)?;
        self.element_section(part, &mut out)?;
        code_section(members.len() + bodies.stubs.len(), &bodies.code, &mut out);
        Ok((out, bodies.globals))
    }

    fn core_module(&self, shared: &[u32]) -> Result<Vec<u8>, CompileError> {
        let mut bodies = Bodies::new(self, 0);
        let members = self.members.first().map_or(&[][..], Vec::as_slice);
        for defined in members {
            bodies.add(*defined)?;
        }
        bodies.finish()?;
        let mut out = b"\0asm\x01\0\0\0".to_vec();
        for (id, range) in &self.survey.sections {
            match *id {
                TYPE => self.types(&mut out)?,
                IMPORT => {
                    let (mut data, mut more) = (vec![], vec![]);
                    self.table_import(&mut more);
                    if self.instrumented {
                        MARKS.0.encode(&mut more);
                        MARKS.1.encode(&mut more);
                        let pages = (self.survey.functions.len() / 65536 + 1) as u32;
                        more.extend_from_slice(&[2, 3]);
                        pages.encode(&mut more);
                        pages.encode(&mut more);
                    }
                    self.extended(IMPORT, 1 + u32::from(self.instrumented), &more, &mut data)?;
                    section(IMPORT, &data, &mut out);
                }
                FUNCTION => self.function_section(0, &bodies.stubs, &mut out)?,
                TABLE | 0 => {}
                GLOBAL => section(GLOBAL, &self.bytes[range.clone()], &mut out),
                EXPORT => {
                    let mut data = vec![];
                    let kept = |e: &&(&str, ExternalKind, u32)| e.1 == ExternalKind::Func && KEPT.contains(&e.0);
                    let kept: Vec<_> = self.survey.exports.iter().filter(kept).collect();
                    ((kept.len() + shared.len()) as u32).encode(&mut data);
                    for (name, _, function) in kept {
                        name.encode(&mut data);
                        data.push(0);
                        self.index(*function)?.encode(&mut data);
                    }
                    for global in shared {
                        global_name(*global).as_str().encode(&mut data);
                        data.push(3);
                        global.encode(&mut data);
                    }
                    section(EXPORT, &data, &mut out);
                }
                START => {
                    let defined = self.survey.start.and_then(|f| self.survey.defined(f));
                    let mut data = vec![];
                    self.index_in_part(defined.ok_or_else(|| shape("it starts with an import"))?)?.encode(&mut data);
                    section(START, &data, &mut out);
                }
                ELEMENT => self.element_section(0, &mut out)?,
                CODE => code_section(members.len() + bodies.stubs.len(), &bodies.code, &mut out),
                id => section(id, &self.bytes[range.clone()], &mut out),
            }
        }
        Ok(out)
    }
}

/// Fills parts one after the other.
struct Filling {
    part: u16,
    bytes: usize,
    most: usize,
}

impl Filling {
    fn place(&mut self, bytes: usize, place: Option<&mut (u16, u32)>) -> Result<(), CompileError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > self.most || self.part == 0 {
            self.bytes = bytes;
            self.part = self.part.checked_add(1).ok_or_else(|| shape("it is too large"))?;
        }
        if let Some(place) = place {
            place.0 = self.part;
        }
        Ok(())
    }
}

/// Whether a function uses data or element segments, which only the core has.
fn touches_segments(body: &FunctionBody<'_>) -> Result<bool, CompileError> {
    // These operators share a prefix byte, so a look at the bytes spares reading most bodies.
    if !body.as_bytes().contains(&0xfc) {
        return Ok(false);
    }
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        if matches!(
            reader.read()?,
            Operator::MemoryInit { .. }
                | Operator::DataDrop { .. }
                | Operator::TableInit { .. }
                | Operator::ElemDrop { .. }
                | Operator::TableCopy { .. }
                | Operator::TableGrow { .. }
                | Operator::TableFill { .. }
                | Operator::TableSize { .. }
        ) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write_memory(memory: &wasmparser::MemoryType, out: &mut Vec<u8>) -> Result<(), CompileError> {
    let pages = |n: u64| u32::try_from(n).map_err(|_| shape("a memory beyond 4 GiB"));
    let (initial, maximum) = (pages(memory.initial)?, memory.maximum.map(pages).transpose()?);
    out.push(u8::from(maximum.is_some()) | u8::from(memory.shared) << 1);
    initial.encode(out);
    if let Some(maximum) = maximum {
        maximum.encode(out);
    }
    Ok(())
}

fn section(id: u8, data: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    data.encode(out);
}

fn code_section(count: usize, bodies: &[u8], out: &mut Vec<u8>) {
    let mut head = vec![];
    (count as u32).encode(&mut head);
    out.push(CODE);
    ((head.len() + bodies.len()) as u32).encode(out);
    out.extend_from_slice(&head);
    out.extend_from_slice(bodies);
}
