//! The shim: a small module that turns emscripten's exceptions, which live in JavaScript, into wasm's own.
//!
//! Emscripten compiles a C++ call that may throw to an imported `invoke_*`, with the callee's table slot first. Served
//! by the host, these 450,000 calls for one `omega` made a run 3.3 times slower than a `try_table` inside wasm does.

use wasm_encoder::{
    BlockType, Catch, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, HeapType,
    ImportSection, Instruction as I, RefType, TableType, TagKind, TagSection, TagType, TypeSection, ValType,
};
use wasmparser::{FuncType, Parser, Payload, TypeRef};

use super::CompileError;
use super::split::Split;

/// Imports that end in a throw, after the host has done its book-keeping.
const THROWING: &[&str] = &[
    "__cxa_throw",
    "__cxa_rethrow",
    "__cxa_rethrow_primary_exception",
    "__resumeException",
    "_emscripten_throw_longjmp",
];

/// Whether the shim, not the host, serves this import.
pub(super) fn is_served(name: &str) -> bool {
    name.starts_with("invoke_") || THROWING.contains(&name)
}

fn served_imports(bytes: &[u8]) -> Result<Vec<(String, FuncType)>, CompileError> {
    let mut types = vec![];
    let mut served = vec![];
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(index) = import.ty
                        && is_served(import.name)
                    {
                        let ty = types.get(index as usize);
                        let ty = ty.ok_or_else(|| CompileError::Shape("an import without a type".into()))?;
                        served.push((import.name.to_owned(), ty.clone()));
                    }
                }
            }
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(served)
}

fn value_type(ty: &wasmparser::ValType) -> Result<ValType, CompileError> {
    Ok(match ty {
        wasmparser::ValType::I32 => ValType::I32,
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        _ => return Err(CompileError::Shape("an invoke with a value that is no number".into())),
    })
}

/// Types that every shim has, in the order of their indices.
const GET: u32 = 0;
const SET: u32 = 1;
const SET_TWO: u32 = 2;
const NOTHING: u32 = 3;

/// Builds the shim for the imports of a module (`bytes`: the original one).
pub(super) fn shim_module(bytes: &[u8], split: &Split) -> Result<Vec<u8>, CompileError> {
    let served = served_imports(bytes)?;
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    let (mut functions, mut exports, mut code) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    types.ty().function([], [ValType::I32]);
    types.ty().function([ValType::I32], []);
    types.ty().function([ValType::I32, ValType::I32], []);
    types.ty().function([], []);
    let mut next_type = 4;
    for (index, (name, ty)) in served.iter().enumerate() {
        let host = index as u32;
        let params = ty.params().iter().map(value_type).collect::<Result<Vec<_>, _>>()?;
        let results = ty.results().iter().map(value_type).collect::<Result<Vec<_>, _>>()?;
        types.ty().function(params.clone(), results.clone());
        let own_type = next_type;
        next_type += 1;
        imports.import("host", name, EntityType::Function(own_type));
        functions.function(own_type);
        exports.export(name, ExportKind::Func, served.len() as u32 + host);
        if name.starts_with("invoke_") {
            let callee_params = params.get(1..).unwrap_or_default();
            types.ty().function(callee_params.to_vec(), results.clone());
            code.function(&invoke(&params, &results, next_type, host, split));
            next_type += 1;
        } else {
            code.function(&throwing(params.len() as u32, host));
        }
    }
    let table = TableType {
        element_type: RefType::FUNCREF,
        minimum: split.symbols.slot_parts.len() as u64,
        maximum: None,
        table64: false,
        shared: false,
    };
    imports.import("env", "__indirect_function_table", EntityType::Table(table));
    let mut tags = TagSection::new();
    tags.tag(TagType { kind: TagKind::Exception, func_type_idx: NOTHING });
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&imports).section(&functions).section(&tags).section(&exports).section(&code);
    Ok(module.finish())
}

/// Book-keeping in the host, then a throw.
fn throwing(params: u32, host: u32) -> Function {
    let mut f = Function::new([]);
    for i in 0..params {
        f.instruction(&I::LocalGet(i));
    }
    f.instruction(&I::Call(host));
    f.instruction(&I::Throw(0));
    f.instruction(&I::End);
    f
}

/// Calls the slot in the first parameter with the others; an exception restores the stack and sets the `threw` flag.
fn invoke(params: &[ValType], results: &[ValType], callee: u32, host: u32, split: &Split) -> Function {
    let count = params.len() as u32;
    let stack = count;
    let block = results.first().map_or(BlockType::Empty, |r| BlockType::Result(*r));
    let mut f = Function::new([(1, ValType::I32)]);
    let indirect = |f: &mut Function, slot: u32, type_index: u32| {
        f.instruction(&I::I32Const(slot as i32));
        f.instruction(&I::CallIndirect { type_index, table_index: 0 });
    };
    indirect(&mut f, split.stack_get, GET);
    f.instruction(&I::LocalSet(stack));
    f.instruction(&I::Block(BlockType::Empty));
    f.instruction(&I::TryTable(block, vec![Catch::All { label: 0 }].into()));
    // JavaScript forgives a callee of another type; the host adapts such a call (it happens at start only). An empty slot
    // goes there too: the host loads the part that it belongs to.
    f.instruction(&I::LocalGet(0));
    f.instruction(&I::TableGet(0));
    f.instruction(&I::RefTestNonNull(HeapType::Concrete(callee)));
    f.instruction(&I::If(block));
    for i in 1..count {
        f.instruction(&I::LocalGet(i));
    }
    f.instruction(&I::LocalGet(0));
    f.instruction(&I::CallIndirect { type_index: callee, table_index: 0 });
    f.instruction(&I::Else);
    for i in 0..count {
        f.instruction(&I::LocalGet(i));
    }
    f.instruction(&I::Call(host));
    f.instruction(&I::End);
    f.instruction(&I::End);
    f.instruction(&I::Return);
    f.instruction(&I::End);
    f.instruction(&I::LocalGet(stack));
    indirect(&mut f, split.stack_restore, SET);
    f.instruction(&I::I32Const(1));
    f.instruction(&I::I32Const(0));
    indirect(&mut f, split.set_threw, SET_TWO);
    if let Some(result) = results.first() {
        f.instruction(&match result {
            ValType::I64 => I::I64Const(0),
            ValType::F32 => I::F32Const(0.0f32.into()),
            ValType::F64 => I::F64Const(0.0f64.into()),
            _ => I::I32Const(0),
        });
    }
    f.instruction(&I::End);
    f
}
