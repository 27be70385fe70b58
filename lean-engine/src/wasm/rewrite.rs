//! Rewrites `lean.wasm` into a module that wasmtime takes and that the host can stop.
//!
//! - Lean's module exports 200,000 functions, more than a validator admits, so that `dlsym` finds them. Some thirty
//!   exports stay; the rest become table slots, recorded in the symbol file.
//! - The function table is imported instead of defined, so that the shim (`shim.rs`) can call through it.
//! - `memory.atomic.wait32`/`wait64` become calls of the host: a thread that waits inside wasm could not be stopped.

use std::collections::HashMap;

use wasm_encoder::Encode as _;
use wasmparser::{
    BinaryReader, ElementItems, ElementKind, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef,
};

use super::CompileError;
use super::symbols::SymbolsBuilder;

/// The exports that the host calls.
const KEPT: &[&str] = &[
    "__cxa_can_catch",
    "__cxa_decrement_exception_refcount",
    "__cxa_get_exception_ptr",
    "__cxa_increment_exception_refcount",
    "__indirect_function_table",
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
    "memory",
    "setThrew",
];

/// The rewritten module and what the other parts need to know about it.
pub(super) struct Rewritten {
    pub(super) module: Vec<u8>,
    pub(super) symbols: SymbolsBuilder,
    /// Table slots of the functions that the shim calls; 0 (never a function) if the module has none.
    pub(super) stack_get: u32,
    pub(super) stack_restore: u32,
    pub(super) set_threw: u32,
}

/// What the first pass over the module collects.
#[derive(Default)]
struct Survey<'a> {
    types: u32,
    imports: Vec<&'a str>,
    imported_globals: u32,
    globals: Vec<Option<i32>>,
    exports: Vec<(&'a str, ExternalKind, u32)>,
    slots: HashMap<u32, u32>,
    table_min: Option<u32>,
    has_elements: bool,
}

fn shape(what: &str) -> CompileError {
    CompileError::Shape(what.to_owned())
}

fn survey(bytes: &[u8]) -> Result<Survey<'_>, CompileError> {
    let mut s = Survey::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(types) => s.types = types.into_iter_err_on_gc_types().count() as u32,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(_) => s.imports.push(import.name),
                        TypeRef::Global(_) => s.imported_globals += 1,
                        TypeRef::Table(_) => return Err(shape("it imports a table")),
                        _ => {}
                    }
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    if s.table_min.is_some() {
                        return Err(shape("it has more than one table"));
                    }
                    let initial = table?.ty.initial;
                    s.table_min = Some(u32::try_from(initial).map_err(|_| shape("its table is too large"))?);
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    s.globals.push(match global?.init_expr.get_operators_reader().read()? {
                        Operator::I32Const { value } => Some(value),
                        _ => None,
                    });
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    s.exports.push((export.name, export.kind, export.index));
                }
            }
            Payload::ElementSection(segments) => {
                s.has_elements = true;
                for segment in segments {
                    let segment = segment?;
                    let ElementKind::Active { offset_expr, .. } = segment.kind else { continue };
                    let Operator::I32Const { value: offset } = offset_expr.get_operators_reader().read()? else {
                        continue;
                    };
                    if let ElementItems::Functions(functions) = segment.items {
                        for (k, function) in functions.into_iter().enumerate() {
                            s.slots.insert(function?, offset as u32 + k as u32);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(s)
}

/// Rewrites the module.
pub(super) fn rewrite(bytes: &[u8]) -> Result<Rewritten, CompileError> {
    let mut s = survey(bytes)?;
    let table_min = s.table_min.ok_or_else(|| shape("it has no function table"))?;
    if !s.has_elements {
        return Err(shape("it has no element segment"));
    }

    // Every import and every export gets a slot.
    let mut appended = vec![];
    let mut symbols = SymbolsBuilder::default();
    {
        let slots = &mut s.slots;
        let mut slot = |function: u32| {
            *slots.entry(function).or_insert_with(|| {
                appended.push(function);
                table_min + appended.len() as u32 - 1
            })
        };
        for (index, name) in s.imports.iter().enumerate() {
            symbols.import(name, slot(index as u32));
        }
        for (name, kind, index) in &s.exports {
            match kind {
                ExternalKind::Func => symbols.export(name, slot(*index)),
                ExternalKind::Global => {
                    let own = index.checked_sub(s.imported_globals).and_then(|i| s.globals.get(i as usize));
                    if let Some(Some(address)) = own {
                        symbols.export(name, *address as u32);
                    }
                }
                _ => {}
            }
        }
    }
    symbols.wait_slot = table_min + appended.len() as u32;
    symbols.table_size = symbols.wait_slot + 2;

    let module = emit(bytes, &s, table_min, &appended, &symbols)?;
    let slot_of = |name: &str| s.exports.iter().find(|e| e.0 == name).and_then(|e| s.slots.get(&e.2)).copied();
    Ok(Rewritten {
        module,
        stack_get: slot_of("emscripten_stack_get_current").unwrap_or(0),
        stack_restore: slot_of("_emscripten_stack_restore").unwrap_or(0),
        set_threw: slot_of("setThrew").unwrap_or(0),
        symbols,
    })
}

fn emit(
    bytes: &[u8],
    s: &Survey<'_>,
    table_min: u32,
    appended: &[u32],
    symbols: &SymbolsBuilder,
) -> Result<Vec<u8>, CompileError> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(b"\0asm\x01\0\0\0");
    let waits = Waits { slot: symbols.wait_slot, first_type: s.types };
    let mut code = Vec::new();
    let mut bodies_left = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(types) => {
                let mut data = vec![];
                with_more(&bytes[types.range()], 2, &mut data)?;
                for expected in [0x7f, 0x7e] {
                    // (address i32, expected, timeout i64, offset i32) -> i32
                    data.extend_from_slice(&[0x60, 4, 0x7f, expected, 0x7e, 0x7f, 1, 0x7f]);
                }
                section(1, &data, &mut out);
            }
            Payload::ImportSection(imports) => {
                let mut data = vec![];
                with_more(&bytes[imports.range()], 1, &mut data)?;
                "env".encode(&mut data);
                "__indirect_function_table".encode(&mut data);
                data.extend_from_slice(&[1, 0x70, 0]);
                symbols.table_size.encode(&mut data);
                section(2, &data, &mut out);
            }
            Payload::TableSection(_) | Payload::CustomSection(_) => {}
            Payload::ExportSection(_) => {
                let kept: Vec<_> = s.exports.iter().filter(|e| KEPT.contains(&e.0)).collect();
                let mut data = vec![];
                (kept.len() as u32).encode(&mut data);
                for (name, kind, index) in kept {
                    name.encode(&mut data);
                    data.push(match kind {
                        ExternalKind::Func => 0,
                        ExternalKind::Table => 1,
                        ExternalKind::Memory => 2,
                        ExternalKind::Global => 3,
                        _ => return Err(shape("an export of unknown kind")),
                    });
                    index.encode(&mut data);
                }
                section(7, &data, &mut out);
            }
            Payload::ElementSection(segments) => {
                let mut data = vec![];
                with_more(&bytes[segments.range()], 1, &mut data)?;
                data.extend_from_slice(&[0, 0x41]);
                (table_min as i32).encode(&mut data);
                data.push(0x0b);
                appended.encode(&mut data);
                section(9, &data, &mut out);
            }
            Payload::CodeSectionStart { count, range, .. } => {
                code.reserve(range.len() + 4096);
                count.encode(&mut code);
                bodies_left = count;
            }
            Payload::CodeSectionEntry(body) => {
                waits.rewrite_body(bytes, &body, &mut code)?;
                bodies_left -= 1;
                if bodies_left == 0 {
                    section(10, &std::mem::take(&mut code), &mut out);
                }
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    section(id, &bytes[range], &mut out);
                }
            }
        }
    }
    Ok(out)
}

fn section(id: u8, data: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    data.encode(out);
}

/// Copies a section's content with its leading count raised.
fn with_more(raw: &[u8], more: u32, out: &mut Vec<u8>) -> Result<(), CompileError> {
    let mut reader = BinaryReader::new(raw, 0);
    let count = reader.read_var_u32()?;
    (count + more).encode(out);
    out.extend_from_slice(&raw[reader.current_position()..]);
    Ok(())
}

/// The replacement of waits.
struct Waits {
    slot: u32,
    first_type: u32,
}

impl Waits {
    fn rewrite_body(&self, bytes: &[u8], body: &FunctionBody<'_>, out: &mut Vec<u8>) -> Result<(), CompileError> {
        let range = body.range();
        let raw = &bytes[range.clone()];
        // The two opcodes are rare, so a look at the bytes spares reading most bodies.
        if !raw.windows(2).any(|w| w[0] == 0xfe && (w[1] == 1 || w[1] == 2)) {
            raw.encode(out);
            return Ok(());
        }
        let mut new = Vec::with_capacity(raw.len() + 32);
        let mut copied = range.start;
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let (operator, start) = reader.read_with_offset()?;
            let (which, memarg) = match operator {
                Operator::MemoryAtomicWait32 { memarg } => (0, memarg),
                Operator::MemoryAtomicWait64 { memarg } => (1, memarg),
                _ => continue,
            };
            new.extend_from_slice(&bytes[copied..start]);
            copied = reader.original_position();
            let offset = u32::try_from(memarg.offset).map_err(|_| shape("a wait beyond 4 GiB"))?;
            for constant in [offset, self.slot + which] {
                new.push(0x41);
                (constant as i32).encode(&mut new);
            }
            new.push(0x11);
            (self.first_type + which).encode(&mut new);
            new.push(0);
        }
        new.extend_from_slice(&bytes[copied..range.end]);
        new.as_slice().encode(out);
        Ok(())
    }
}
