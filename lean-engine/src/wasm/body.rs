//! Rewrites function bodies for the module that they go to: calls find their callee there or through the table.

use std::collections::HashMap;

use wasm_encoder::Encode as _;
use wasmparser::Operator;

use super::CompileError;
use super::split::Plan;
use super::survey::shape;

/// Opcodes written here.
mod op {
    pub(super) const IF: u8 = 0x04;
    pub(super) const END: u8 = 0x0b;
    pub(super) const CALL: u8 = 0x10;
    pub(super) const CALL_INDIRECT: u8 = 0x11;
    pub(super) const LOCAL_GET: u8 = 0x20;
    pub(super) const LOCAL_TEE: u8 = 0x22;
    pub(super) const GLOBAL_GET: u8 = 0x23;
    pub(super) const GLOBAL_SET: u8 = 0x24;
    pub(super) const TABLE_GET: u8 = 0x25;
    pub(super) const I32_STORE8: u8 = 0x3a;
    pub(super) const I32_CONST: u8 = 0x41;
    pub(super) const EMPTY: u8 = 0x40;
    pub(super) const REF_IS_NULL: u8 = 0xd1;
}

fn push_u32(code: &mut Vec<u8>, opcode: u8, index: u32) {
    code.push(opcode);
    index.encode(code);
}

fn push_const(code: &mut Vec<u8>, value: u32) {
    code.push(op::I32_CONST);
    (value as i32).encode(code);
}

fn push_indirect(code: &mut Vec<u8>, ty: u32) {
    push_u32(code, op::CALL_INDIRECT, ty);
    code.push(0);
}

/// Code of one module in the making.
pub(super) struct Bodies<'p, 'a> {
    plan: &'p Plan<'a>,
    /// The part that this module is; 0 is the core.
    part: u16,
    /// Functions of other parts that are called here: each gets a stub, which loads its part first.
    pub(super) stubs: Vec<u32>,
    stub_of: HashMap<u32, u32>,
    /// Globals of the original module by their index here, if these differ.
    pub(super) globals: Vec<u32>,
    global_of: HashMap<u32, u32>,
    /// Bodies so far, each with its length before it.
    pub(super) code: Vec<u8>,
}

impl<'p, 'a> Bodies<'p, 'a> {
    pub(super) fn new(plan: &'p Plan<'a>, part: u16) -> Self {
        Self {
            plan,
            part,
            stubs: Vec::new(),
            stub_of: HashMap::new(),
            globals: Vec::new(),
            global_of: HashMap::new(),
            code: Vec::new(),
        }
    }

    /// Adds the body of a function, given by its index among the defined ones.
    pub(super) fn add(&mut self, defined: usize) -> Result<(), CompileError> {
        let plan = self.plan;
        let survey = &plan.survey;
        let body = survey.bodies.get(defined).ok_or_else(|| shape("a function without a body"))?;
        let (bytes, range) = (plan.bytes, body.range());
        let function = (survey.imports.len() + defined) as u32;
        let parameters = survey.parameters(function)?;

        let locals = body.get_locals_reader()?;
        let (groups, groups_start) = (locals.get_count(), locals.original_position());
        let mut fresh = parameters;
        for group in locals {
            fresh = fresh.checked_add(group?.0).ok_or_else(|| shape("too many locals"))?;
        }

        let mut reader = body.get_operators_reader()?;
        let code_start = reader.original_position();
        let mut code = Vec::with_capacity(range.len() + 16);
        if plan.instrumented {
            push_const(&mut code, defined as u32);
            push_const(&mut code, 1);
            // Alignment 0 with the bit that says that a memory index follows: memory 1, offset 0.
            code.extend_from_slice(&[op::I32_STORE8, 0x40, 1, 0]);
        }
        let mut copied = code_start;
        let mut needs_local = false;
        while !reader.eof() {
            let (operator, start) = reader.read_with_offset()?;
            let end = reader.original_position();
            let mut replace = |with: &dyn Fn(&mut Vec<u8>)| {
                code.extend_from_slice(&bytes[copied..start]);
                copied = end;
                with(&mut code);
            };
            match operator {
                Operator::Call { function_index } => {
                    let call = self.call(function_index)?;
                    replace(&|code| call.write(code));
                }
                Operator::CallIndirect { type_index, table_index: 0 } if plan.is_split() => {
                    needs_local = true;
                    replace(&|code| {
                        push_u32(code, op::LOCAL_TEE, fresh);
                        push_u32(code, op::TABLE_GET, 0);
                        plan.load_if_null(code, |code| push_u32(code, op::LOCAL_GET, fresh));
                        push_u32(code, op::LOCAL_GET, fresh);
                        push_indirect(code, type_index);
                    });
                }
                Operator::GlobalGet { global_index } if self.part != 0 => {
                    let index = self.global(global_index);
                    replace(&|code| push_u32(code, op::GLOBAL_GET, index));
                }
                Operator::GlobalSet { global_index } if self.part != 0 => {
                    let index = self.global(global_index);
                    replace(&|code| push_u32(code, op::GLOBAL_SET, index));
                }
                Operator::MemoryAtomicWait32 { memarg } | Operator::MemoryAtomicWait64 { memarg } => {
                    let which = u32::from(matches!(operator, Operator::MemoryAtomicWait64 { .. }));
                    let offset = u32::try_from(memarg.offset).map_err(|_| shape("a wait beyond 4 GiB"))?;
                    replace(&|code| {
                        push_const(code, offset);
                        push_const(code, plan.wait_slot + which);
                        push_indirect(code, plan.own_types + which);
                    });
                }
                Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } | Operator::RefFunc { .. } => {
                    return Err(shape("a tail call or a function reference"));
                }
                _ => {}
            }
        }
        code.extend_from_slice(&bytes[copied..range.end]);

        let mut head = Vec::with_capacity(16);
        (groups + u32::from(needs_local)).encode(&mut head);
        head.extend_from_slice(&bytes[groups_start..code_start]);
        if needs_local {
            head.extend_from_slice(&[1, 0x7f]);
        }
        ((head.len() + code.len()) as u32).encode(&mut self.code);
        self.code.extend_from_slice(&head);
        self.code.extend_from_slice(&code);
        Ok(())
    }

    fn call(&mut self, function: u32) -> Result<Call, CompileError> {
        let plan = self.plan;
        let Some(defined) = plan.survey.defined(function) else {
            return Ok(if self.part == 0 { Call::Direct(function) } else { self.through_table(function)? });
        };
        let home = plan.part(defined)?;
        if home == self.part {
            return Ok(Call::Direct(plan.index_in_part(defined)?));
        }
        if home == 0 {
            // The core's functions are in the table from the start.
            return self.through_table(function);
        }
        let base = plan.functions_in(self.part);
        let stubs = &mut self.stubs;
        Ok(Call::Direct(*self.stub_of.entry(function).or_insert_with(|| {
            stubs.push(function);
            base + stubs.len() as u32 - 1
        })))
    }

    fn through_table(&self, function: u32) -> Result<Call, CompileError> {
        Ok(Call::Table { slot: self.plan.slot(function)?, ty: self.plan.survey.type_of(function)? })
    }

    fn global(&mut self, original: u32) -> u32 {
        let globals = &mut self.globals;
        *self.global_of.entry(original).or_insert_with(|| {
            globals.push(original);
            globals.len() as u32 - 1
        })
    }

    /// Writes the bodies of the stubs, after all others.
    pub(super) fn finish(&mut self) -> Result<(), CompileError> {
        for function in self.stubs.clone() {
            let ty = self.plan.survey.type_of(function)?;
            let slot = self.plan.slot(function)?;
            let parameters = self.plan.survey.parameters(function)?;
            let mut code = vec![0];
            push_const(&mut code, slot);
            push_u32(&mut code, op::TABLE_GET, 0);
            self.plan.load_if_null(&mut code, |code| push_const(code, slot));
            for parameter in 0..parameters {
                push_u32(&mut code, op::LOCAL_GET, parameter);
            }
            push_const(&mut code, slot);
            push_indirect(&mut code, ty);
            code.push(op::END);
            code.as_slice().encode(&mut self.code);
        }
        Ok(())
    }
}

/// How a callee is reached.
enum Call {
    Direct(u32),
    Table { slot: u32, ty: u32 },
}

impl Call {
    fn write(&self, code: &mut Vec<u8>) {
        match *self {
            Self::Direct(index) => push_u32(code, op::CALL, index),
            Self::Table { slot, ty } => {
                push_const(code, slot);
                push_indirect(code, ty);
            }
        }
    }
}

impl Plan<'_> {
    /// With a table entry on the stack: if it is null, has the host load the part that the slot belongs to.
    fn load_if_null(&self, code: &mut Vec<u8>, slot: impl Fn(&mut Vec<u8>)) {
        code.extend_from_slice(&[op::REF_IS_NULL, op::IF, op::EMPTY]);
        slot(code);
        push_const(code, self.load_slot());
        push_indirect(code, self.own_types + 2);
        code.push(op::END);
    }
}
