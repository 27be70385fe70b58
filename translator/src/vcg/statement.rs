//! The statement of a function: what it may assume and what it must establish, from its spec and from its types.

use crate::diagnostic::Diagnostic;
use crate::fir::Def;
use crate::span::Span;
use crate::spec_to_lean::{Env as SpecEnv, Spec};
use crate::terms::{Met, Sym, Terms, ctor_name, ty_text};
use crate::tir::{AdtId, Expr, ExprKind, Function, Program, Ty};
use crate::tir_to_fir::{field_ty, refuse, value_ty};

/// The spec-level environment and the theorem's binders for the parameters of a function.
pub(crate) struct Statement {
    /// ` {P_T : Type} … (a : A) (b : B)`
    pub binders: String,
    /// Names of the parameters.
    pub params: Vec<(String, Ty)>,
    /// Preconditions: hypothesis name, proposition.
    pub pre: Vec<(String, String)>,
    /// `fun r => …`
    pub post: String,
    /// The parameters in conditions.
    pub entry: SpecEnv,
    /// What the spec captures on entry.
    pub captured: SpecEnv,
    /// Which preconditions are stated.
    pub pre_stated: Stated,
    /// Which postconditions are stated.
    pub post_stated: Stated,
}

/// A part of a pre- or postcondition.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub prop: String,
    /// The condition in the source.
    pub span: Span,
    /// What may go wrong with it, in Rust's words.
    pub what: String,
    /// Whether it is what a condition needs to have a value.
    pub need: bool,
}

/// Which conditions are stated. What holds by its form is not, nor is anything twice; as both depend on how values are
/// rendered, the choice is made once, where a function's theorem is stated, and kept wherever that theorem is used.
#[derive(Clone, Default)]
pub(crate) struct Stated(Vec<bool>);

impl Stated {
    fn of(all: &[Condition]) -> Self {
        let stated = |(i, c): (usize, &Condition)| {
            let holds = c.need && crate::words::obvious(&c.prop);
            !holds && all[..i].iter().all(|before| before.prop != c.prop)
        };
        Stated(all.iter().enumerate().map(stated).collect())
    }
    pub(super) fn among(&self, all: Vec<Condition>) -> Vec<Condition> {
        all.into_iter().zip(&self.0).filter(|(_, stated)| **stated).map(|(c, _)| c).collect()
    }
}

/// What the types of values say of them: lengths of arrays, and the invariants of the crate's types.
pub(super) struct TypeFacts<'a, 'b> {
    pub terms: &'b Terms<'a>,
    /// Whether the crate's invariants count, or lengths alone.
    pub invariants: bool,
    /// Where a fact without a place of its own is reported.
    pub at: Span,
    fresh: usize,
    within: Vec<AdtId>,
}

impl<'a, 'b> TypeFacts<'a, 'b> {
    pub fn new(terms: &'b Terms<'a>, invariants: bool, at: Span) -> Self {
        TypeFacts { terms, invariants, at, fresh: 0, within: vec![] }
    }

    /// Whether values of a type have facts at all.
    fn any(&self, ty: &Ty, within: &mut Vec<AdtId>) -> bool {
        match ty {
            Ty::Array(..) => true,
            Ty::Ref(_, t) | Ty::Slice(t) | Ty::Vec(t) => self.any(t, within),
            Ty::Tuple(ts) => ts.iter().any(|t| self.any(t, within)),
            Ty::Adt(id, args) => {
                let adt = &self.terms.prog.adts[id.0];
                if self.invariants && !adt.invariant.is_empty() {
                    return true;
                }
                if within.contains(id) {
                    return false;
                }
                within.push(*id);
                let found = adt.variants.iter().enumerate().any(|(v, variant)| {
                    (0..variant.fields.len()).any(|i| {
                        let t = field_ty(self.terms.prog, *id, v, i, args);
                        self.any(&t, within)
                    })
                });
                within.pop();
                found
            }
            _ => false,
        }
    }

    /// The facts of a value. How many there are depends on the type alone.
    pub fn of(&mut self, sym: &Sym, ty: &Ty) -> Result<Vec<Condition>, Diagnostic> {
        if !self.any(ty, &mut vec![]) {
            return Ok(vec![]);
        }
        match ty {
            Ty::Ref(_, t) => self.of(sym, t),
            Ty::Array(t, n) => {
                let length = Condition {
                    prop: format!("{} = {n}", self.terms.len(sym, ty)),
                    span: self.at,
                    what: "the length of the array".into(),
                    need: false,
                };
                let mut out = vec![length];
                out.extend(self.of_elements(sym, ty, t)?);
                Ok(out)
            }
            Ty::Slice(t) | Ty::Vec(t) => self.of_elements(sym, ty, t),
            Ty::Tuple(ts) => {
                let mut out = vec![];
                for (i, t) in ts.iter().enumerate() {
                    let part = match ts.len() {
                        1 => sym.clone(),
                        n => self.terms.field(sym.clone(), ty, None, i, n),
                    };
                    out.extend(self.of(&part, t)?);
                }
                Ok(out)
            }
            Ty::Adt(id, args) => self.of_adt(sym, ty, *id, args),
            _ => Ok(vec![]),
        }
    }

    fn of_elements(&mut self, list: &Sym, ty: &Ty, t: &Ty) -> Result<Vec<Condition>, Diagnostic> {
        if !self.any(t, &mut vec![]) {
            return Ok(vec![]);
        }
        self.fresh += 1;
        let k = format!("e'{}", self.fresh);
        let element = Sym::Term(format!("{}.val[Int.toNat {k}]!", self.terms.term(list, ty)));
        let len = self.terms.len(list, ty);
        let parts = self.of(&element, t)?;
        let each = |c: Condition| Condition {
            prop: format!("(∀ ({k} : Int), 0 ≤ {k} → ({k} < {len} → ({})))", c.prop),
            ..c
        };
        Ok(parts.into_iter().map(each).collect())
    }

    fn of_adt(&mut self, sym: &Sym, ty: &Ty, id: AdtId, args: &[Ty]) -> Result<Vec<Condition>, Diagnostic> {
        let prog: &'a Program = self.terms.prog;
        let adt = &prog.adts[id.0];
        if self.within.contains(&id) {
            let why = format!("`{}` contains itself and has an invariant or an array in it, which is", adt.path);
            return Err(refuse("H0610", format!("{why} not supported"), self.at));
        }
        self.within.push(id);
        let mut out = vec![];
        if adt.is_enum {
            // One fact, whatever is known of the value: lists of facts must agree in length.
            let mut arms = String::new();
            let mut first = None;
            for (v, variant) in adt.variants.iter().enumerate() {
                let mut names = String::new();
                let mut props = vec![];
                for i in 0..variant.fields.len() {
                    self.fresh += 1;
                    let name = format!("f'{}", self.fresh);
                    names.push_str(&format!(" {name}"));
                    let t = field_ty(prog, id, v, i, args);
                    for c in self.of(&Sym::Term(name), &value_ty(&t))? {
                        // The field is a name, wherever this is rendered.
                        if c.need && crate::words::obvious(&c.prop) {
                            continue;
                        }
                        props.push(format!("({})", c.prop));
                        first.get_or_insert(c);
                    }
                }
                let props = if props.is_empty() { "True".to_string() } else { props.join(" ∧ ") };
                arms.push_str(&format!(" | ({}{names}) => {props}", ctor_name(prog, id, v)));
            }
            if let Some(c) = first {
                let value = self.terms.term(sym, ty);
                out.push(Condition { prop: format!("(match (generalizing := false) {value} with{arms})"), ..c });
            }
        } else {
            for i in 0..adt.variants[0].fields.len() {
                let t = field_ty(prog, id, 0, i, args);
                let part = self.terms.field(sym.clone(), ty, Some(id), i, 0);
                out.extend(self.of(&part, &value_ty(&t))?);
            }
        }
        self.within.pop();
        if self.invariants && !adt.invariant.is_empty() {
            if !adt.params.is_empty() {
                let why = format!("the invariant of the generic type `{}` is not supported", adt.path);
                return Err(refuse("H0610", why, self.at));
            }
            let spec = Spec::new(self.terms, &adt.invariant_locals);
            let env: SpecEnv = [(0, sym.clone())].into();
            for e in &adt.invariant {
                let p = spec.prop(e, &env)?;
                let what = format!("the invariant of `{}` may not hold", adt.name);
                let part = format!("a part of the invariant of `{}` may have no value", adt.name);
                let needs = p.needs.into_iter();
                out.extend(needs.map(|prop| Condition { prop, span: e.span, what: part.clone(), need: true }));
                out.push(Condition { prop: p.it, span: e.span, what, need: false });
            }
        }
        Ok(out)
    }
}

/// All of the precondition's parts in an environment: what the types say, then what each condition needs and the condition.
pub(super) fn preconditions(
    spec: &Spec<'_, '_>,
    f: &Function,
    env: &SpecEnv,
    params: &[(Sym, Ty)],
) -> Result<Vec<Condition>, Diagnostic> {
    let mut out: Vec<Condition> = vec![];
    let mut types = TypeFacts::new(spec.terms, true, f.sig_span);
    for (s, ty) in params {
        out.extend(types.of(s, ty)?);
    }
    for r in f.spec.iter().flat_map(|s| &s.requires).flat_map(conjuncts) {
        let p = spec.prop(r, env)?;
        let what = format!("this call may not meet a `requires` of `{}`", f.path);
        // What a precondition needs is part of it: a caller must establish it, too.
        let needs = p.needs.into_iter().map(|prop| (prop, true));
        for (prop, need) in needs.chain([(p.it, false)]) {
            out.push(Condition { prop, span: r.span, what: what.clone(), need });
        }
    }
    Ok(out)
}

/// The parts of `a && b`, each of them a hypothesis or an obligation of its own: what the right one needs to have a value
/// may rest on the left one, which stands beside it.
fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &*e.kind {
        ExprKind::And(a, b) if !matches!(&*a.kind, ExprKind::Let(..)) => [conjuncts(a), conjuncts(b)].concat(),
        _ => vec![e],
    }
}

/// What a function hands back, for its postcondition.
pub(super) struct Exit<'a> {
    pub entry: &'a SpecEnv,
    pub captured: &'a SpecEnv,
    /// The result with the final values of `&mut` parameters behind it.
    pub result: &'a Sym,
    pub ret: &'a Ty,
    /// Indices of the `&mut` parameters.
    pub muts: &'a [usize],
}

/// All of the postcondition's parts.
pub(super) fn postconditions(spec: &Spec<'_, '_>, f: &Function, exit: &Exit<'_>) -> Result<Vec<Condition>, Diagnostic> {
    let mut env = exit.entry.clone();
    env.extend(exit.captured.iter().map(|(k, v)| (*k, v.clone())));
    let n = 1 + exit.muts.len();
    let part = |i: usize| {
        if n == 1 { exit.result.clone() } else { spec.terms.field(exit.result.clone(), exit.ret, None, i, n) }
    };
    for (i, m) in exit.muts.iter().enumerate() {
        env.insert(f.params[*m].0, part(i + 1));
    }
    let value = part(0);
    let mut types = TypeFacts::new(spec.terms, true, f.sig_span);
    let mut out = types.of(&value, &value_ty(&f.ret))?;
    for m in exit.muts {
        let p = f.params[*m].0;
        if let Some(s) = env.get(&p) {
            out.extend(types.of(s, &value_ty(&f.locals[p].ty))?);
        }
        // A slice has the length it had: nothing that is done through a `&mut [T]` changes it.
        if let (Ty::Ref(true, t), Some(before), Some(after)) = (&f.locals[p].ty, exit.entry.get(&p), env.get(&p))
            && matches!(**t, Ty::Slice(_))
        {
            let ty = value_ty(t);
            let prop = format!("{} = {}", spec.terms.len(after, &ty), spec.terms.len(before, &ty));
            let what = "the length of a slice behind `&mut`".into();
            out.push(Condition { prop, span: f.sig_span, what, need: false });
        }
    }
    for (_, e) in f.spec.iter().flat_map(|s| &s.captures) {
        let what = "this capture may have no value".to_string();
        for prop in spec.value(e, exit.entry)?.needs {
            out.push(Condition { prop, span: e.span, what: what.clone(), need: false });
        }
    }
    for (i, (pat, e)) in f.spec.iter().flat_map(|s| &s.ensures).enumerate() {
        let mut env = env.clone();
        if let Some(p) = pat {
            spec.bind(p, value.clone(), &value_ty(&f.ret), &mut env)?;
        }
        let part = "a part of this `ensures` may have no value".to_string();
        let whole = format!("`ensures` {} may not hold", i + 1);
        for e in conjuncts(e) {
            let p = spec.prop(e, &env)?;
            let needs =
                p.needs.into_iter().map(|prop| Condition { prop, span: e.span, what: part.clone(), need: true });
            out.extend(needs);
            out.push(Condition { prop: p.it, span: e.span, what: whole.clone(), need: false });
        }
    }
    Ok(out)
}

/// The statement of a function's theorem.
pub(super) fn statement(prog: &Program, def: &Def, met: &Met) -> Result<Statement, Diagnostic> {
    let f = &prog.functions[def.id.0];
    let terms = Terms { met: met.clone(), ..Terms::new(prog, &def.vars) };
    let spec = Spec::new(&terms, &f.locals);
    let mut binders = crate::fir_to_lean::generics(f);
    let (mut entry, mut params, mut syms) = (SpecEnv::new(), vec![], vec![]);
    for (p, v) in f.params.iter().zip(&def.params) {
        let info = &def.vars[*v];
        binders.push_str(&format!(" ({} : {})", info.name, ty_text(prog, &info.ty)));
        entry.insert(p.0, Sym::Term(info.name.clone()));
        params.push((info.name.clone(), info.ty.clone()));
        syms.push((Sym::Term(info.name.clone()), info.ty.clone()));
    }
    let pre = preconditions(&spec, f, &entry, &syms)?;
    let pre_stated = Stated::of(&pre);
    let pre = pre_stated.among(pre).into_iter().enumerate().map(|(i, c)| (format!("h_req{i}"), c.prop)).collect();
    let mut captured = SpecEnv::new();
    for (pat, e) in f.spec.iter().flat_map(|s| &s.captures) {
        // That it has a value is among the postconditions.
        let v = spec.value(e, &entry)?;
        spec.bind(pat, v.it, &value_ty(&e.ty), &mut captured)?;
    }
    let result = Sym::Term("r".into());
    let exit = Exit { entry: &entry, captured: &captured, result: &result, ret: &def.ret, muts: &def.muts };
    let post = postconditions(&spec, f, &exit)?;
    let post_stated = Stated::of(&post);
    let post = post_stated.among(post);
    let text = if post.is_empty() {
        "True".to_string()
    } else {
        post.iter().map(|c| format!("({})", c.prop)).collect::<Vec<_>>().join(" ∧ ")
    };
    Ok(Statement { binders, params, pre, post: format!("fun r => {text}"), entry, captured, pre_stated, post_stated })
}
