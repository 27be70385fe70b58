//! From resolved syntax to the typed IR: bidirectional inference with unification, one function at a time.

mod arrays;
mod by_example;

mod calls;
mod chain;
mod check;
mod closure;
mod coerce;
mod consts;
mod consume;
mod expr;
mod finish;
mod function;
mod inline;
mod instances;
mod iter;
mod known;
mod macros;
mod method;
mod mut_parts;
mod non_zero;
mod ops;
mod pattern;
mod ranges;
mod spec;
mod stmt;
mod text;
mod unify;
mod user_ops;
mod written_out;

use std::cell::RefCell;
use std::collections::HashMap;

use num_bigint::BigInt;
use syn::spanned::Spanned;

use crate::cfg_set::CfgSet;
use crate::crate_loader::{Module, span_in};
use crate::diagnostic::Diagnostic;
use crate::layout::Boxes;
use crate::resolve::{Bound, Crate, ModId, R, TypeScope};
use crate::span::{FileId, Span};
use crate::tir::*;
use unify::Vars;

pub(crate) use consts::{array_length, discriminant};

/// Infers a whole crate.
pub(crate) fn program(root: &Module, cfg: &CfgSet, errors: &mut Vec<Diagnostic>) -> Program {
    let krate = crate::resolve::resolve(root, cfg);
    let mut functions: Vec<Function> = (0..krate.fns.len()).map(|index| function::function(&krate, index)).collect();
    instances::instantiate(&krate, &mut functions);
    refuse_callers(&mut functions);
    let adts = (0..krate.adts.len()).map(|index| function::adt(&krate, AdtId(index), errors)).collect();
    let boxes = Boxes::of(root, krate.boxes_anything.get(), &krate.adts.iter().map(|a| a.name.as_str()).collect());
    Program { adts, functions, boxes }
}

/// A function that calls a refused one is refused.
fn refuse_callers(functions: &mut [Function]) {
    loop {
        let bad: Vec<bool> = functions.iter().map(|f| !f.diagnostics.is_empty()).collect();
        let mut changed = false;
        for at in 0..functions.len() {
            if bad[at] {
                continue;
            }
            let call = check::calls(&functions[at]).into_iter().find(|(id, _)| bad[id.0]);
            if let Some((callee, span)) = call {
                let mut found = crate::tir_to_fir::calls_unsupported(&functions[callee.0].path, span);
                found.help = functions[callee.0].diagnostics.first().map(|d| format!("its reason: {}", d.message));
                functions[at].diagnostics.push(found);
                functions[at].body = None;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// What a name stands for in a body.
#[derive(Clone, Copy, Debug)]
enum Binding {
    Local(LocalId),
    /// A reference to this local: the variable of an iterator condition, which hands out references.
    Borrowed(LocalId),
    /// A closure that is only called.
    Closure(usize),
}

/// What is wanted of an expression.
#[derive(Clone, Debug)]
enum Expect {
    /// Nothing is known.
    Nothing,
    /// Probably this type.
    Hint(Ty),
    /// It is converted to this type.
    Coerce(Ty),
}
impl Expect {
    fn ty(&self) -> Option<&Ty> {
        match self {
            Expect::Nothing => None,
            Expect::Hint(t) | Expect::Coerce(t) => Some(t),
        }
    }
}

/// A loop or labelled block around the expression that is being inferred.
struct Frame {
    label: Option<String>,
    id: LoopId,
    is_loop: bool,
    /// What `break` gives (`loop` and labelled blocks).
    ty: Option<Ty>,
    /// Whether a `break` was seen.
    broken: bool,
}

/// The state of inferring one function.
struct Fcx<'k, 'a> {
    krate: &'k Crate<'a>,
    scope: ModId,
    file: FileId,
    generics: Vec<String>,
    bounds: Vec<(String, String)>,
    /// Bounds by traits of whose methods nothing is known.
    foreign: Vec<(String, Bound, Span)>,
    /// What type parameters stand for, in an instance.
    known: Vec<(String, Ty)>,
    self_ty: Option<Ty>,
    impl_index: Option<usize>,
    ret: Ty,
    locals: Vec<Local>,
    names: Vec<HashMap<String, Binding>>,
    vars: Vars,
    frames: Vec<Frame>,
    next_loop: usize,
    /// Whether this is a condition: mathematical integers, quantifiers, no effects.
    in_spec: bool,
    /// Why `return` and `?` are not allowed here.
    no_return: bool,
    /// Types of what the body boxes.
    boxed: Vec<Ty>,
    /// How deeply the expression at hand is nested.
    depth: usize,
    /// Closures that have a name.
    closures: Vec<std::rc::Rc<closure::Named>>,
    /// What the body assigns to.
    assigned: std::rc::Rc<closure::Assignments>,
    /// Functions whose bodies are being written out.
    inlining: Vec<usize>,
    /// Calls of closures so far.
    inlined: usize,
    /// How many expansions of macros lie around the expression at hand.
    expanding: usize,
    /// Expansions of macros so far.
    expansions: usize,
}

/// Nesting of the user's expressions that is followed; a chain of operators nests to the left.
const MAX_NESTING: usize = 500;

impl<'k, 'a> Fcx<'k, 'a> {
    fn new(krate: &'k Crate<'a>, scope: ModId, file: FileId) -> Self {
        Fcx {
            krate,
            scope,
            file,
            generics: Vec::new(),
            bounds: Vec::new(),
            foreign: Vec::new(),
            known: Vec::new(),
            self_ty: None,
            impl_index: None,
            ret: Ty::unit(),
            locals: Vec::new(),
            names: vec![HashMap::new()],
            vars: Vars::default(),
            frames: Vec::new(),
            next_loop: 0,
            in_spec: false,
            no_return: false,
            boxed: Vec::new(),
            depth: 0,
            closures: Vec::new(),
            assigned: std::rc::Rc::default(),
            inlining: Vec::new(),
            inlined: 0,
            expanding: 0,
            expansions: 0,
        }
    }

    fn span(&self, node: &impl Spanned) -> Span {
        span_in(self.file, node.span())
    }

    /// The code of an error of the spec, or of a refusal in code.
    fn code(&self, in_spec: &'static str, in_code: &'static str) -> &'static str {
        if self.in_spec { in_spec } else { in_code }
    }

    fn expr(&self, kind: ExprKind, ty: Ty, span: Span) -> Expr {
        Expr { kind: Box::new(kind), ty, span }
    }
    fn unit_value(&self, span: Span) -> Expr {
        self.expr(ExprKind::Tuple(vec![]), Ty::unit(), span)
    }
    fn bool_value(&self, value: bool, span: Span) -> Expr {
        self.expr(ExprKind::Lit(Lit::Bool(value)), Ty::Bool, span)
    }
    fn int_value(&self, value: impl Into<BigInt>, ty: Ty, span: Span) -> Expr {
        self.expr(ExprKind::Lit(Lit::Int(value.into())), ty, span)
    }
    fn local_value(&self, id: LocalId, span: Span) -> Expr {
        self.expr(ExprKind::Local(id), self.locals[id.0].ty.clone(), span)
    }

    fn new_local(&mut self, name: &str, ty: Ty, mutable: bool, span: Span) -> LocalId {
        let name = crate::by_example::hygiene::written(name).to_owned();
        self.locals.push(Local { name, ty, mutable, span });
        LocalId(self.locals.len() - 1)
    }
    fn bind(&mut self, name: &str, binding: Binding) {
        if let Some(scope) = self.names.last_mut() {
            scope.insert(name.to_owned(), binding);
        }
    }
    fn lookup(&self, name: &str) -> Option<Binding> {
        self.names.iter().rev().find_map(|s| s.get(name)).copied()
    }
    /// Runs with a scope of its own.
    fn scoped<T>(&mut self, run: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        self.names.push(HashMap::new());
        let out = run(self);
        self.names.pop();
        out
    }
    fn new_loop_id(&mut self) -> LoopId {
        self.next_loop += 1;
        LoopId(self.next_loop - 1)
    }

    /// Lowers a type that is written in the body.
    fn lower_ty(&mut self, ty: &syn::Type) -> R<Ty> {
        let mut vars = std::mem::take(&mut self.vars);
        let out = {
            let mut hole = || vars.fresh();
            let hole: &mut dyn FnMut() -> Ty = &mut hole;
            let hole = RefCell::new(hole);
            let scope = TypeScope {
                krate: self.krate,
                scope: self.scope,
                file: self.file,
                generics: &self.generics,
                self_ty: self.self_ty.as_ref(),
                known: &self.known,
                projections: None,
                impl_index: self.impl_index,
                in_spec: self.in_spec,
                kept: false,
                hole: Some(&hole),
            };
            scope.lower(ty)
        };
        self.vars = vars;
        out
    }

    fn fresh(&mut self) -> Ty {
        self.vars.fresh()
    }
    /// The type with its outermost variable replaced, if known.
    fn shallow(&self, ty: &Ty) -> Ty {
        self.vars.shallow(ty)
    }
    /// Whether this is an instance of a generic function.
    fn is_instance(&self) -> bool {
        !self.known.is_empty()
    }
    /// Whether a bound may give a type parameter a method of this name that is not the one known here.
    fn may_be_foreign(&self, param: &str, name: &str) -> bool {
        self.foreign.iter().any(|(p, bound, _)| p == param && self.krate.may_have_method(bound, name))
    }
    fn has_bound(&self, param: &str, any_of: &[&str]) -> bool {
        self.bounds.iter().any(|(p, b)| p == param && any_of.contains(&b.as_str()))
    }
}
