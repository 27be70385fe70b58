//! What a WebAssembly module contains, as far as `split.rs` takes it apart.

use std::ops::Range;

use wasmparser::{
    ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, GlobalType, MemoryType, Operator, Parser, Payload,
    TypeRef,
};

use super::CompileError;

/// The parts of a module, by reference into its bytes.
#[derive(Default)]
pub(super) struct Survey<'a> {
    pub(super) types: Vec<FuncType>,
    /// Imported functions: name and type.
    pub(super) imports: Vec<(&'a str, u32)>,
    /// The memory, which the module imports under this name.
    pub(super) memory: Option<(&'a str, &'a str, MemoryType)>,
    /// All globals, imported ones first.
    pub(super) globals: Vec<GlobalType>,
    pub(super) imported_globals: usize,
    /// Values of the defined globals that are `i32` constants: addresses of exported data.
    pub(super) addresses: Vec<Option<i32>>,
    /// Types of the defined functions.
    pub(super) functions: Vec<u32>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) exports: Vec<(&'a str, ExternalKind, u32)>,
    /// Table slots and the functions in them.
    pub(super) elements: Vec<(u32, u32)>,
    pub(super) table_min: u32,
    pub(super) start: Option<u32>,
    /// Sections in their order, those that are made anew included.
    pub(super) sections: Vec<(u8, Range<usize>)>,
}

pub(super) fn shape(what: &str) -> CompileError {
    CompileError::Shape(what.to_owned())
}

impl<'a> Survey<'a> {
    /// Reads the module. Linear in its size; bodies are not looked into.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, CompileError> {
        let mut s = Self::default();
        let mut table = None;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                s.sections.push((id, range));
            }
            match payload {
                Payload::TypeSection(types) => {
                    for ty in types.into_iter_err_on_gc_types() {
                        s.types.push(ty?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(ty) => s.imports.push((import.name, ty)),
                            TypeRef::Global(ty) => s.globals.push(ty),
                            TypeRef::Memory(ty) => s.memory = Some((import.module, import.name, ty)),
                            _ => return Err(shape("an import that is no function, global or memory")),
                        }
                    }
                    s.imported_globals = s.globals.len();
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions {
                        s.functions.push(ty?);
                    }
                }
                Payload::TableSection(tables) => {
                    for found in tables {
                        let initial = found?.ty.initial;
                        let initial = u32::try_from(initial).map_err(|_| shape("its table is too large"))?;
                        if table.replace(initial).is_some() {
                            return Err(shape("it has more than one table"));
                        }
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        let global = global?;
                        s.globals.push(global.ty);
                        s.addresses.push(match global.init_expr.get_operators_reader().read()? {
                            Operator::I32Const { value } => Some(value),
                            Operator::RefFunc { .. } => return Err(shape("a global that holds a function")),
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
                Payload::StartSection { func, .. } => s.start = Some(func),
                Payload::ElementSection(segments) => {
                    for segment in segments {
                        s.read_elements(segment?)?;
                    }
                }
                Payload::CodeSectionEntry(body) => s.bodies.push(body),
                _ => {}
            }
        }
        s.table_min = table.ok_or_else(|| shape("it has no function table"))?;
        if s.elements.is_empty() {
            return Err(shape("it has no element segment"));
        }
        if s.functions.len() != s.bodies.len() {
            return Err(shape("not as many bodies as functions"));
        }
        Ok(s)
    }

    fn read_elements(&mut self, segment: wasmparser::Element<'a>) -> Result<(), CompileError> {
        let ElementKind::Active { offset_expr, .. } = segment.kind else {
            return Err(shape("an element segment that is not written at the start"));
        };
        let Operator::I32Const { value: offset } = offset_expr.get_operators_reader().read()? else {
            return Err(shape("an element segment at an offset that is not constant"));
        };
        let ElementItems::Functions(functions) = segment.items else {
            return Err(shape("an element segment of expressions"));
        };
        for (k, function) in functions.into_iter().enumerate() {
            self.elements.push((offset as u32 + k as u32, function?));
        }
        Ok(())
    }

    /// Type of a function, imported or defined.
    pub(super) fn type_of(&self, function: u32) -> Result<u32, CompileError> {
        let index = function as usize;
        match index.checked_sub(self.imports.len()) {
            None => self.imports.get(index).map(|i| i.1),
            Some(defined) => self.functions.get(defined).copied(),
        }
        .ok_or_else(|| shape("a function without a type"))
    }

    /// How many parameters a function has.
    pub(super) fn parameters(&self, function: u32) -> Result<u32, CompileError> {
        let ty = self.types.get(self.type_of(function)? as usize);
        Ok(ty.ok_or_else(|| shape("a function of a type that is not there"))?.params().len() as u32)
    }

    /// Index among the defined functions; `None` for an import.
    pub(super) fn defined(&self, function: u32) -> Option<usize> {
        (function as usize).checked_sub(self.imports.len())
    }
}

/// Section numbers of the specification.
pub(super) const TYPE: u8 = 1;
pub(super) const IMPORT: u8 = 2;
pub(super) const FUNCTION: u8 = 3;
pub(super) const TABLE: u8 = 4;
pub(super) const GLOBAL: u8 = 6;
pub(super) const EXPORT: u8 = 7;
pub(super) const START: u8 = 8;
pub(super) const ELEMENT: u8 = 9;
pub(super) const CODE: u8 = 10;
