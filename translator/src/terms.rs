//! Values as Lean text: types, terms, mathematical values, the declarations of user types.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::rc::Rc;

use num_bigint::BigInt;

use crate::fir::{Arg, Cond, IExpr, Val, Var, VarInfo};
use crate::tir::{AdtId, CmpOp, Function, IntTy, Program, Ty};
use crate::tir_to_fir::{field_ty, val_ty, value_ty};

/// A value that is known as far as symbolic execution has seen it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sym {
    /// A Lean term.
    Term(String),
    /// A machine integer literal.
    Int(BigInt, IntTy),
    /// A mathematical integer (a counter, or a value computed in a spec).
    Math(String),
    Bool(bool),
    Char(char),
    Tuple(Vec<Sym>),
    Ctor {
        adt: AdtId,
        variant: usize,
        fields: Vec<Sym>,
        args: Vec<Ty>,
    },
    /// A part of a list, in a condition: the elements from one position up to another.
    Part {
        list: String,
        lo: String,
        hi: String,
    },
}

/// Renders values in an environment.
pub(crate) struct Terms<'a> {
    pub prog: &'a Program,
    pub vars: &'a [VarInfo],
    pub env: HashMap<Var, Sym>,
    /// What was rendered so far.
    pub met: Met,
}

/// Terms that are no variables and were rendered somewhere: machine integers, whose bounds are facts, and lists, whose
/// lengths are bounded. Shared by all renderings of a function; a bound variable's name has a `'` in it.
#[derive(Default, Debug)]
pub(crate) struct Rendered {
    pub ints: BTreeMap<String, IntTy>,
    pub lists: BTreeSet<String>,
}
pub(crate) type Met = Rc<RefCell<Rendered>>;

fn is_name(term: &str) -> bool {
    term.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// `n` as a Lean literal.
pub(crate) fn lit(n: &BigInt) -> String {
    if n.sign() == num_bigint::Sign::Minus { format!("({n})") } else { n.to_string() }
}

/// A string literal, as its bytes.
pub(crate) fn str_text(s: &str) -> String {
    let bytes: Vec<String> = s.bytes().map(|b| format!("MInt.lit .u8 {b} rfl")).collect();
    format!("(Slice.mk ([{}] : List (MInt .u8)) (Nat.le_of_ble_eq_true rfl))", bytes.join(", "))
}

/// Lean's name of an integer type's constructor.
pub(crate) fn int_name(t: IntTy) -> String {
    format!(".{}", t.name())
}

/// A path as a Lean identifier. No two paths share one: `::` becomes `''`, other characters that an identifier may not hold
/// become their number between primes, and Rust's own identifiers have no prime.
fn lean_ident(path: &str) -> String {
    let mut out = String::new();
    for (i, segment) in path.split("::").enumerate() {
        if i > 0 {
            out.push_str("''");
        }
        for c in segment.chars() {
            if c.is_ascii_alphanumeric() || c == '_' {
                out.push(c);
            } else {
                let _ = write!(out, "'{:x}'", u32::from(c));
            }
        }
    }
    out
}

/// Lean name of a function of the crate.
pub(crate) fn fn_name(path: &str) -> String {
    format!("fn_{}", lean_ident(path))
}

/// Type arguments by name, for those that no argument tells: Lean would look for them in vain.
pub(crate) fn type_arguments(prog: &Program, f: &Function, types: &[Ty]) -> String {
    fn tells(ty: &Ty, name: &str) -> bool {
        match ty {
            Ty::Param(param) => param == name,
            Ty::Tuple(all) | Ty::Adt(_, all) | Ty::Opaque(_, all) => all.iter().any(|t| tells(t, name)),
            Ty::Ref(_, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => tells(t, name),
            Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Math | Ty::Str | Ty::String | Ty::Never => false,
        }
    }
    let told = |name: &str| f.params.iter().any(|p| tells(&f.locals[p.0].ty, name));
    let untold = f.generics.iter().zip(types).filter(|(name, _)| !told(name));
    untold.map(|(name, ty)| format!(" (P_{name} := {})", ty_text(prog, ty))).collect()
}

/// The same in a statement of the function itself.
pub(crate) fn own_type_arguments(prog: &Program, f: &Function) -> String {
    let own: Vec<Ty> = f.generics.iter().cloned().map(Ty::Param).collect();
    type_arguments(prog, f, &own)
}

pub(crate) fn adt_name(prog: &Program, adt: AdtId) -> String {
    match adt {
        AdtId::OPTION => "Option".into(),
        AdtId::RESULT => "Harmonic.Result".into(),
        _ => format!("T_{}", lean_ident(&prog.adts[adt.0].path)),
    }
}

pub(crate) fn ctor_name(prog: &Program, adt: AdtId, variant: usize) -> String {
    match (adt, variant) {
        (AdtId::OPTION, 0) => "Option.none".into(),
        (AdtId::OPTION, _) => "Option.some".into(),
        (AdtId::RESULT, 0) => "Harmonic.Result.ok".into(),
        (AdtId::RESULT, _) => "Harmonic.Result.err".into(),
        _ => {
            let a = &prog.adts[adt.0];
            format!("{}.v_{}", adt_name(prog, adt), lean_ident(&a.variants[variant].name))
        }
    }
}

fn field_name(prog: &Program, adt: AdtId, field: usize) -> String {
    format!("f_{}", lean_ident(&prog.adts[adt.0].variants[0].fields[field].0))
}

/// A type.
pub(crate) fn ty_text(prog: &Program, ty: &Ty) -> String {
    match ty {
        Ty::Bool => "Bool".into(),
        Ty::Char => "Char".into(),
        Ty::Int(t) => format!("(MInt {})", int_name(*t)),
        Ty::Math => "Int".into(),
        Ty::Tuple(ts) if ts.is_empty() => "Unit".into(),
        Ty::Tuple(ts) => format!("({})", ts.iter().map(|t| ty_text(prog, t)).collect::<Vec<_>>().join(" × ")),
        Ty::Adt(a, ts) => {
            let args: String = ts.iter().map(|t| format!(" {}", ty_text(prog, t))).collect();
            format!("({}{args})", adt_name(prog, *a))
        }
        Ty::Ref(_, t) => ty_text(prog, t),
        Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => format!("(Slice {})", ty_text(prog, t)),
        Ty::Str | Ty::String => ty_text(prog, &Ty::text()),
        Ty::Param(p) => format!("P_{p}"),
        Ty::Opaque(name, args) => opaque_text(prog, name, args),
        Ty::Never => "Unit".into(),
    }
}

/// A type that is not looked into: its name and its arguments, which are no more than names themselves.
fn opaque_text(prog: &Program, name: &str, args: &[Ty]) -> String {
    let args: Vec<String> = args.iter().map(|t| named_text(prog, t)).collect();
    // A statement is read as text in places, where quotation marks and the like would not be expected.
    format!("(Opaque \"{}\" [{}])", lean_ident(name), args.join(", "))
}

/// A type where it is part of a name. Types that are printed alike elsewhere, as they have the same values, are different here;
/// and a type may be part of the name of a type that it contains.
fn named_text(prog: &Program, ty: &Ty) -> String {
    let named = |name: &str, args: &[Ty]| opaque_text(prog, name, args);
    match ty {
        Ty::Adt(id, args) => named(&prog.adts[id.0].path, args),
        Ty::Tuple(parts) => named("()", parts),
        Ty::Ref(_, t) => named("&", std::slice::from_ref(t)),
        Ty::Slice(t) => named("[]", std::slice::from_ref(t)),
        Ty::Array(t, n) => named(&format!("[; {n}]"), std::slice::from_ref(t)),
        Ty::Vec(t) => named("Vec", std::slice::from_ref(t)),
        Ty::Str => named("str", &[]),
        Ty::String => named("std::string::String", &[]),
        Ty::Opaque(name, args) => named(name, args),
        Ty::Bool | Ty::Char | Ty::Int(_) | Ty::Math | Ty::Param(_) | Ty::Never => ty_text(prog, ty),
    }
}

/// Declarations of a user type: the type, its eliminator, the eliminator's rules.
pub(crate) fn adt_text(prog: &Program, adt: AdtId) -> String {
    let a = &prog.adts[adt.0];
    let name = adt_name(prog, adt);
    let params: String = a.params.iter().map(|p| format!(" (P_{p} : Type)")).collect();
    let mut out = String::new();
    if a.is_enum || a.variants.len() != 1 {
        let _ = writeln!(out, "inductive {name}{params} where");
        for (i, v) in a.variants.iter().enumerate() {
            let fields: String = v
                .fields
                .iter()
                .enumerate()
                .map(|(j, (_, t))| format!(" (a{j} : {})", ty_text(prog, &value_ty(t))))
                .collect();
            let _ = writeln!(out, "  | {}{fields}", ctor_name(prog, adt, i).rsplit('.').next().unwrap_or_default());
        }
        let _ = writeln!(out, "deriving DecidableEq, Inhabited");
    } else {
        let _ = writeln!(out, "structure {name}{params} where");
        let _ = writeln!(out, "  v_{} ::", lean_ident(&a.variants[0].name));
        for (j, (_, t)) in a.variants[0].fields.iter().enumerate() {
            let _ = writeln!(out, "  {} : {}", field_name(prog, adt, j), ty_text(prog, &value_ty(t)));
        }
        let _ = writeln!(out, "deriving DecidableEq, Inhabited");
    }
    if a.is_enum {
        out.push_str(&elim_text(prog, adt));
    }
    out
}

/// The eliminator of an enum (also of `Option` and `Result`) with its rules.
pub(crate) fn elim_text(prog: &Program, adt: AdtId) -> String {
    let a = &prog.adts[adt.0];
    let name = adt_name(prog, adt);
    let elim = elim_name(prog, adt);
    let implicit: String = a.params.iter().map(|p| format!(" {{P_{p} : Type}}")).collect();
    let applied: String = a.params.iter().map(|p| format!(" P_{p}")).collect();
    let arms: Vec<(String, Vec<String>, Vec<String>)> = a
        .variants
        .iter()
        .enumerate()
        .map(|(i, v)| {
            let names: Vec<String> = (0..v.fields.len()).map(|j| format!("a{j}")).collect();
            let tys: Vec<String> = v.fields.iter().map(|(_, t)| ty_text(prog, &value_ty(t))).collect();
            (ctor_name(prog, adt, i), names, tys)
        })
        .collect();
    let fun_ty = |tys: &[String], ret: &str| {
        if tys.is_empty() { format!("Unit → {ret}") } else { format!("{} → {ret}", tys.join(" → ")) }
    };
    let call = |i: usize, names: &[String]| {
        if names.is_empty() { format!("c{i} ()") } else { format!("c{i} {}", names.join(" ")) }
    };
    let binder = |ret: &str, open: char, close: char| -> String {
        arms.iter().enumerate().map(|(i, (_, _, tys))| format!(" {open}c{i} : {}{close}", fun_ty(tys, ret))).collect()
    };
    let cs: String = (0..arms.len()).map(|i| format!(" c{i}")).collect();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "def {elim}{implicit} {{β : Type}} (x : {name}{applied}){} : β :=\n  match x with",
        binder("β", '(', ')')
    );
    for (i, (ctor, names, _)) in arms.iter().enumerate() {
        let _ = writeln!(
            out,
            "  | {ctor}{} => {}",
            names.iter().map(|n| format!(" {n}")).collect::<String>(),
            call(i, names)
        );
    }
    let _ = write!(
        out,
        "theorem {elim}_holds{implicit} {{β : Type}} {{x : {name}{applied}}}{} {{P : β → Prop}}",
        binder("Outcome β", '{', '}')
    );
    for (i, (ctor, names, _)) in arms.iter().enumerate() {
        let all = if names.is_empty() { String::new() } else { format!("∀ {}, ", names.join(" ")) };
        let args: String = names.iter().map(|n| format!(" {n}")).collect();
        let _ = write!(out, "\n    (h{i} : {all}x = {ctor}{args} → ({}).holds P)", call(i, names));
    }
    let _ = writeln!(out, " : ({elim} x{cs}).holds P := by\n  cases x with");
    for (i, (ctor, names, _)) in arms.iter().enumerate() {
        let short = ctor.rsplit('.').next().unwrap_or_default();
        let args: String = names.iter().map(|n| format!(" {n}")).collect();
        let _ = writeln!(out, "  | {short}{args} => exact h{i}{args} rfl");
    }
    for (i, (ctor, names, _)) in arms.iter().enumerate() {
        let tys: String = names.iter().zip(&arms[i].2).map(|(n, t)| format!(" {{{n} : {t}}}")).collect();
        let args: String = names.iter().map(|n| format!(" {n}")).collect();
        let _ = writeln!(
            out,
            "theorem {elim}_c{i}{implicit} {{β : Type}}{tys}{} {{P : β → Prop}} (h : ({}).holds P) : ({elim} ({ctor}{args}){cs}).holds P := h",
            binder("Outcome β", '{', '}'),
            call(i, names)
        );
    }
    // What `partial_fixpoint` needs to look into the eliminator.
    let _ = write!(
        out,
        "@[partial_fixpoint_monotone] theorem {elim}_mono{implicit} {{β γ : Type}} [Lean.Order.PartialOrder γ] (x : {name}{applied})"
    );
    for (i, (_, _, tys)) in arms.iter().enumerate() {
        let _ = write!(out, " (c{i} : γ → {})", fun_ty(tys, "Outcome β"));
    }
    for (i, (_, names, _)) in arms.iter().enumerate() {
        let ns = if names.is_empty() { "(_ : Unit)".into() } else { names.join(" ") };
        let app = if names.is_empty() { " ()".to_string() } else { names.iter().map(|n| format!(" {n}")).collect() };
        let _ = write!(out, "\n    (h{i} : ∀ {ns}, Lean.Order.monotone (fun g => c{i} g{app}))");
    }
    let gs: String = (0..arms.len()).map(|i| format!(" (c{i} g)")).collect();
    let _ = writeln!(out, " :\n    Lean.Order.monotone (fun g => {elim} x{gs}) := by\n  cases x with");
    for (i, (ctor, names, _)) in arms.iter().enumerate() {
        let short = ctor.rsplit('.').next().unwrap_or_default();
        let args: String = names.iter().map(|n| format!(" {n}")).collect();
        let app = if names.is_empty() { " ()".to_string() } else { args.clone() };
        let _ = writeln!(out, "  | {short}{args} => exact h{i}{app}");
    }
    out
}

pub(crate) fn elim_name(prog: &Program, adt: AdtId) -> String {
    match adt {
        AdtId::OPTION => "Harmonic.optionElim".into(),
        AdtId::RESULT => "Harmonic.resultElim".into(),
        _ => format!("{}.elim", adt_name(prog, adt)),
    }
}

impl<'a> Terms<'a> {
    pub fn new(prog: &'a Program, vars: &'a [VarInfo]) -> Self {
        Terms { prog, vars, env: HashMap::new(), met: Met::default() }
    }

    pub fn sym(&self, v: &Val) -> Sym {
        match v {
            Val::Var(x) => self.env.get(x).cloned().unwrap_or_else(|| Sym::Term(self.vars[*x].name.clone())),
            Val::Int(n, t) => Sym::Int(n.clone(), *t),
            Val::Bool(b) => Sym::Bool(*b),
            Val::Char(c) => Sym::Char(*c),
            Val::Str(s) => Sym::Term(str_text(s)),
            Val::Tuple(vs) => Sym::Tuple(vs.iter().map(|v| self.sym(v)).collect()),
            Val::Ctor { adt, args, variant, fields } => Sym::Ctor {
                adt: *adt,
                variant: *variant,
                args: args.clone(),
                fields: fields.iter().map(|v| self.sym(v)).collect(),
            },
            Val::Field(b, adt, i) => {
                let ty = val_ty(self.prog, self.vars, b);
                self.field(self.sym(b), &ty, Some(*adt), *i, 0)
            }
            Val::Proj(b, i, n) => {
                let ty = val_ty(self.prog, self.vars, b);
                self.field(self.sym(b), &ty, None, *i, *n)
            }
        }
    }

    /// Field `i` of a struct or component `i` of a tuple of `n`.
    pub fn field(&self, base: Sym, ty: &Ty, adt: Option<AdtId>, i: usize, n: usize) -> Sym {
        match base {
            Sym::Tuple(mut vs) if i < vs.len() => vs.swap_remove(i),
            Sym::Ctor { mut fields, .. } if i < fields.len() => fields.swap_remove(i),
            base => {
                let t = self.term(&base, ty);
                match adt {
                    Some(a) => Sym::Term(format!("{t}.{}", field_name(self.prog, a, i))),
                    None => Sym::Term(format!("{t}{}", proj(i, n))),
                }
            }
        }
    }

    /// A value as a Lean term (an atom).
    pub fn term(&self, s: &Sym, ty: &Ty) -> String {
        match s {
            Sym::Term(t) => t.clone(),
            Sym::Int(n, t) => format!("(MInt.lit {} {} rfl)", int_name(*t), lit(n)),
            Sym::Math(m) => match ty.peel() {
                Ty::Int(t) => format!("(MInt.ofInt {} {m})", int_name(*t)),
                _ => m.clone(),
            },
            Sym::Bool(b) => b.to_string(),
            Sym::Char(c) => format!("(Char.ofNat {})", *c as u32),
            Sym::Part { list, lo, hi } => format!("(Harmonic.Slice.sub {list} {lo} {hi})"),
            Sym::Tuple(vs) if vs.is_empty() => "()".into(),
            Sym::Tuple(vs) => {
                let tys: Vec<Ty> = match ty.peel() {
                    Ty::Tuple(ts) => ts.clone(),
                    _ => vec![Ty::Never; vs.len()],
                };
                format!(
                    "({})",
                    vs.iter()
                        .enumerate()
                        .map(|(i, v)| self.term(v, tys.get(i).unwrap_or(&Ty::Never)))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            }
            Sym::Ctor { adt, variant, fields, args } => {
                let name = ctor_name(self.prog, *adt, *variant);
                let fs: String = fields
                    .iter()
                    .enumerate()
                    .map(|(i, f)| format!(" {}", self.term(f, &field_ty(self.prog, *adt, *variant, i, args))))
                    .collect();
                let t = ty_text(self.prog, &Ty::Adt(*adt, args.clone()));
                format!("({name}{fs} : {t})")
            }
        }
    }

    /// The mathematical value of a machine integer, a character or a counter.
    pub fn int(&self, s: &Sym, ty: &Ty) -> String {
        match (s, ty.peel()) {
            (Sym::Int(n, _), _) => format!("({n} : Int)"),
            (Sym::Math(m), _) => m.clone(),
            (Sym::Char(c), _) => format!("({} : Int)", *c as u32),
            (s, Ty::Char) => format!("({}.toNat : Int)", self.term(s, ty)),
            (s, Ty::Math) => self.term(s, ty),
            (s, Ty::Int(t)) => {
                let term = self.term(s, ty);
                if !is_name(&term) && !term.contains('\'') {
                    self.met.borrow_mut().ints.insert(term.clone(), *t);
                }
                format!("{term}.val")
            }
            (s, _) => self.term(s, ty),
        }
    }

    pub fn prop_of_bool(&self, s: &Sym) -> String {
        match s {
            Sym::Bool(b) => format!("{b} = true"),
            s => format!("{} = true", self.term(s, &Ty::Bool)),
        }
    }

    pub fn iexpr(&self, e: &IExpr) -> String {
        match e {
            IExpr::Of(v) => self.int(&self.sym(v), &val_ty(self.prog, self.vars, v)),
            IExpr::Lit(n) => format!("({n} : Int)"),
            IExpr::Bin(c, a, b) => format!("({} {c} {})", self.iexpr(a), self.iexpr(b)),
            IExpr::Len(v) => self.len(&self.sym(v), &val_ty(self.prog, self.vars, v)),
            IExpr::Size(v) => self.size(&self.sym(v), &val_ty(self.prog, self.vars, v)),
            IExpr::OfBool(v) => format!("(if {} then (1 : Int) else 0)", self.prop_of_bool(&self.sym(v))),
            IExpr::Discriminant(v, adt) => {
                let ty = val_ty(self.prog, self.vars, v);
                let arms: String = self.prog.adts[adt.0]
                    .variants
                    .iter()
                    .map(|v| {
                        if v.fields.is_empty() {
                            format!(" (fun _ => ({} : Int))", v.discriminant)
                        } else {
                            " (fun _ => (0 : Int))".into()
                        }
                    })
                    .collect();
                format!("({} {}{arms})", elim_name(self.prog, *adt), self.term(&self.sym(v), &ty))
            }
        }
    }

    pub fn len(&self, s: &Sym, ty: &Ty) -> String {
        let term = self.term(s, ty);
        self.list(&term);
        format!("({term}.val.length : Int)")
    }

    /// How much a value is made of (Lean's `sizeOf`: one for its constructor, and its parts).
    pub fn size(&self, s: &Sym, ty: &Ty) -> String {
        format!("(sizeOf {} : Int)", self.term(s, ty))
    }

    /// Takes note of a list's term.
    fn list(&self, term: &str) {
        if !is_name(term) && !term.contains('\'') {
            self.met.borrow_mut().lists.insert(term.to_string());
        }
    }

    pub fn cond(&self, c: &Cond) -> String {
        match c {
            Cond::Cmp(op, a, b) => format!("{} {} {}", self.iexpr(a), cmp(*op), self.iexpr(b)),
            Cond::Eq(eq, a, b) => {
                let ty = val_ty(self.prog, self.vars, a);
                let ty = if let Val::Ctor { .. } | Val::Tuple(_) | Val::Bool(_) = a {
                    val_ty(self.prog, self.vars, b)
                } else {
                    ty
                };
                format!(
                    "{} {} {}",
                    self.term(&self.sym(a), &ty),
                    if *eq { "=" } else { "≠" },
                    self.term(&self.sym(b), &ty)
                )
            }
            Cond::Order(op, a, b) => {
                let ty = val_ty(self.prog, self.vars, a);
                format!("{} {} {}", self.term(&self.sym(a), &ty), cmp(*op), self.term(&self.sym(b), &ty))
            }
            Cond::True(v) => self.prop_of_bool(&self.sym(v)),
        }
    }

    /// An operation's argument: as the term that the definition takes, and as what `{a}` stands for in templates.
    pub fn arg(&self, a: &Arg) -> (String, String) {
        match a {
            Arg::Val(v) => {
                let ty = val_ty(self.prog, self.vars, v);
                let s = self.sym(v);
                let term = self.term(&s, &ty);
                if crate::tir_to_fir::element(&ty).is_some() {
                    self.list(&term);
                }
                let shown =
                    if matches!(ty, Ty::Int(_) | Ty::Char | Ty::Math) { self.int(&s, &ty) } else { term.clone() };
                (term, shown)
            }
            // A bare literal may also be wanted as a natural number.
            Arg::Int(IExpr::Lit(n)) => (lit(n), lit(n)),
            Arg::Int(e) => {
                let e = self.iexpr(e);
                (e.clone(), e)
            }
            Arg::List(vs, t) => {
                let items: Vec<String> = vs.iter().map(|v| self.term(&self.sym(v), t)).collect();
                let l = format!("([{}] : List {})", items.join(", "), ty_text(self.prog, t));
                (l.clone(), l)
            }
        }
    }
}

pub(crate) fn cmp(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "=",
        CmpOp::Ne => "≠",
        CmpOp::Lt => "<",
        CmpOp::Le => "≤",
        CmpOp::Gt => ">",
        CmpOp::Ge => "≥",
    }
}

/// Projection to component `i` of `n` of Lean's nested pairs.
pub(crate) fn proj(i: usize, n: usize) -> String {
    if n <= 1 {
        return String::new();
    }
    let mut out = ".2".repeat(i);
    if i + 1 < n {
        out.push_str(".1");
    }
    out
}

/// Fills a template: `{a}`, `{a!}` (as a term), `{t.min}`, `{t.max}`, `{t.mod}`, `{t.bits}`, `{t.wrap E}`, `{T}`.
pub(crate) fn fill(
    template: &str,
    t: Option<IntTy>,
    lookup: &dyn Fn(&str, bool) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let body = &rest[at + 1..];
        let mut depth = 1;
        let end = body
            .char_indices()
            .find(|(_, c)| {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                depth == 0
            })
            .map(|(i, _)| i)
            .ok_or_else(|| format!("unbalanced braces in `{template}`"))?;
        let name = &body[..end];
        rest = &body[end + 1..];
        let need = || t.ok_or_else(|| format!("`{template}` needs an integer type"));
        let half = |t: IntTy| BigInt::from(1) << (t.bits() - 1);
        let text = match name {
            "T" => t.map_or("the type", IntTy::name).to_string(),
            "t" => format!("IntTy.{}", need()?.name()),
            "t.min" => lit(&need()?.min()),
            "t.max" => lit(&need()?.max()),
            "t.mod" => (BigInt::from(1) << need()?.bits()).to_string(),
            "t.bits" => need()?.bits().to_string(),
            _ => match name.strip_prefix("t.wrap ") {
                Some(inner) => {
                    let n = match lookup(inner, false) {
                        Some(arg) => arg,
                        None => fill(inner, t, lookup)?,
                    };
                    let t = need()?;
                    let m = BigInt::from(1) << t.bits();
                    if t.signed() { format!("(({n} + {h}) % {m} - {h})", h = half(t)) } else { format!("({n} % {m})") }
                }
                None => {
                    let (name, term) = name.strip_suffix('!').map_or((name, false), |n| (n, true));
                    lookup(name, term).ok_or_else(|| format!("`{template}` names `{name}`, which is nothing"))?
                }
            },
        };
        out.push_str(&text);
    }
    out.push_str(rest);
    Ok(out)
}
