//! Values and types as Rust source.

use num_bigint::BigInt;

use super::value::Value;
use super::{Counterexample, Happened, Input, PanicCause};
use crate::span::SourceMap;
use crate::tir::{Adt, AdtId, IntTy, Program, Ty};

/// Writes values and types as Rust would read them.
#[derive(Clone, Copy, Debug)]
pub struct Render<'a> {
    /// The program.
    pub program: &'a Program,
    /// Written before paths of the crate's items (`my_crate::`), or empty for short names.
    pub prefix: &'a str,
}

impl Render<'_> {
    /// A type; `&mut` and `&` are kept.
    pub fn ty(&self, ty: &Ty) -> String {
        let list = |ts: &[Ty]| ts.iter().map(|t| self.ty(t)).collect::<Vec<_>>().join(", ");
        match ty {
            Ty::Bool => "bool".into(),
            Ty::Char => "char".into(),
            Ty::Int(t) => t.name().into(),
            Ty::Math => "int".into(),
            Ty::Tuple(ts) if ts.len() == 1 => format!("({},)", list(ts)),
            Ty::Tuple(ts) => format!("({})", list(ts)),
            Ty::Adt(id, ts) => {
                let name = self.program.adts.get(id.0).map_or_else(String::new, |a| self.path(*id, a));
                if ts.is_empty() { name } else { format!("{name}<{}>", list(ts)) }
            }
            Ty::Ref(true, t) => format!("&mut {}", self.ty(t)),
            Ty::Ref(false, t) => format!("&{}", self.ty(t)),
            Ty::Slice(t) => format!("[{}]", self.ty(t)),
            Ty::Array(t, n) => format!("[{}; {n}]", self.ty(t)),
            Ty::Vec(t) => format!("Vec<{}>", self.ty(t)),
            Ty::Str => "str".into(),
            Ty::String => "String".into(),
            Ty::Param(name) => name.clone(),
            Ty::Opaque(name, _) if crate::opaque::is_constant(name) => name.clone(),
            // How its name is written elsewhere is not known; what it is, is told by where it goes.
            Ty::Opaque(..) => "_".into(),
            Ty::Never => "!".into(),
        }
    }

    fn path(&self, id: AdtId, adt: &Adt) -> String {
        if self.prefix.is_empty() || id == AdtId::OPTION || id == AdtId::RESULT {
            return adt.name.clone();
        }
        if id.is_of_std() {
            return adt.path.replace("core::", "std::");
        }
        format!("{}{}", self.prefix, adt.path)
    }

    /// A value of a type, as an expression.
    pub fn value(&self, ty: &Ty, v: &Value) -> String {
        match (ty, v) {
            (Ty::Opaque(name, args), Value::Opaque) => crate::opaque::evident(name, args).unwrap_or_else(|| "_".into()),
            // A literal is a reference already.
            (Ty::Ref(false, t), v) if **t == Ty::Str => self.value(t, v),
            (Ty::String, v) => match v.as_text() {
                Some(s) if s.is_empty() => "String::new()".into(),
                Some(s) => format!("String::from({s:?})"),
                None => "_".into(),
            },
            (Ty::Str, v) => v.as_text().map_or_else(|| "_".into(), |s| format!("{s:?}")),
            (Ty::Ref(false, t), v) => match &**t {
                Ty::Slice(_) if !self.prefix.is_empty() => format!("&{}[..]", self.value(t, v)),
                _ => format!("&{}", self.value(t, v)),
            },
            (Ty::Ref(true, t), v) => format!("&mut {}", self.value(t, v)),
            (Ty::Int(t), Value::Int(x)) => int(*t, x),
            (_, Value::Int(x)) => x.to_string(),
            (_, Value::Bool(b)) => b.to_string(),
            (_, Value::Char(c)) => format!("{c:?}"),
            (Ty::Tuple(ts), Value::Tuple(vs)) => {
                let parts: Vec<_> = ts.iter().zip(vs.iter()).map(|(t, v)| self.value(t, v)).collect();
                if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
            }
            (Ty::Vec(t) | Ty::Slice(t) | Ty::Array(t, _), Value::List(vs)) => {
                let open = if matches!(ty, Ty::Vec(_)) { "vec![" } else { "[" };
                if vs.len() > 4 && vs.iter().all(|v| *v == vs[0]) {
                    return format!("{open}{}; {}]", self.value(t, &vs[0]), vs.len());
                }
                format!("{open}{}]", vs.iter().map(|v| self.value(t, v)).collect::<Vec<_>>().join(", "))
            }
            (Ty::Adt(id, args), Value::Adt(_, k, vs)) => self.adt(*id, args, *k, vs),
            _ => "_".into(),
        }
    }

    fn adt(&self, id: AdtId, args: &[Ty], k: usize, vs: &[Value]) -> String {
        let Some(adt) = self.program.adts.get(id.0) else { return "_".into() };
        let Some(variant) = adt.variants.get(k) else { return "_".into() };
        let types = super::types::field_types(self.program, id, k, args).unwrap_or_default();
        let name = match id {
            AdtId::OPTION | AdtId::RESULT => variant.name.clone(),
            _ if adt.is_enum => format!("{}::{}", self.path(id, adt), variant.name),
            _ => self.path(id, adt),
        };
        let fields: Vec<String> = types.iter().zip(vs).map(|(t, v)| self.field(id, t, v)).collect();
        if fields.is_empty() {
            return name;
        }
        if id.non_zero().is_some() {
            return format!("{name}::new({}).unwrap()", fields.join(", "));
        }
        if variant.tuple_like {
            return format!("{name}({})", fields.join(", "));
        }
        let named: Vec<_> = variant.fields.iter().zip(&fields).map(|((n, _), v)| format!("{n}: {v}")).collect();
        format!("{name} {{ {} }}", named.join(", "))
    }

    /// A recursive field can only be there through a `Box`, which the typed IR leaves out.
    fn field(&self, owner: AdtId, ty: &Ty, v: &Value) -> String {
        match (ty, v) {
            (Ty::Adt(id, _), _) if *id == owner => format!("Box::new({})", self.value(ty, v)),
            (Ty::Adt(AdtId::OPTION, ts), Value::Adt(_, 1, vs)) => match (ts.first(), vs.first()) {
                (Some(t @ Ty::Adt(id, _)), Some(v)) if *id == owner => format!("Some(Box::new({}))", self.value(t, v)),
                _ => self.value(ty, v),
            },
            _ => self.value(ty, v),
        }
    }
}

/// Bounds are written by name, other numbers in decimal.
fn int(t: IntTy, x: &BigInt) -> String {
    if t.bits() > 8 {
        if *x == t.max() {
            return format!("{}::MAX", t.name());
        }
        if t.signed() && *x == t.min() {
            return format!("{}::MIN", t.name());
        }
    }
    x.to_string()
}

impl Input {
    /// The value as a Rust expression, without the reference of the parameter's type.
    pub fn expression(&self, program: &Program) -> String {
        Render { program, prefix: "" }.value(self.ty.peel(), &self.value)
    }
}

impl Counterexample {
    /// The inputs on one line: `x = 3, v = [1, 2]`.
    pub fn inputs_line(&self, program: &Program) -> String {
        let parts: Vec<_> = self.inputs.iter().map(|i| format!("{} = {}", i.name, i.expression(program))).collect();
        parts.join(", ")
    }

    /// One sentence, lower case, without a full stop: what happens with these inputs.
    pub fn what_happened(&self, program: &Program, sources: &SourceMap) -> String {
        let function = program.functions.get(self.function.0);
        let show = |v: &Value| match function {
            Some(f) => {
                let types: Vec<_> = f.generics.iter().cloned().zip(self.type_args.iter().cloned()).collect();
                Render { program, prefix: "" }.value(&super::machine::substitute(&f.ret, &types), v)
            }
            None => "_".into(),
        };
        match &self.happened {
            Happened::Panicked(info) => {
                let (line, _) = sources.line_column(info.span.file, info.span.lo);
                let what = match info.cause {
                    PanicCause::Macro(_) if info.message.is_empty() => "explicit panic".to_string(),
                    _ => info.message.clone(),
                };
                format!("panics at line {line}: {what}")
            }
            Happened::DidNotReturn { proven: true, steps, .. } => {
                format!("never returns: after {steps} steps a state repeats")
            }
            Happened::DidNotReturn { steps, .. } => format!("did not return within {steps} steps"),
            Happened::EnsuresFalse { span, returned, .. } => {
                format!("returns {}, which violates `{}`", show(returned), one_line(sources.snippet(*span)))
            }
            Happened::InvariantFalse { broken, span, parameter, returned } => {
                let condition = one_line(sources.snippet(*span));
                let name = program.adts.get(broken.adt.0).map_or("", |a| a.name.as_str());
                let exit = parameter.and_then(|p| Some((self.inputs.get(p)?, self.exits.get(p)?.as_ref()?)));
                match exit {
                    Some((input, value)) => {
                        let value = Render { program, prefix: "" }.value(input.ty.peel(), value);
                        format!("leaves `{}` as {value}, which violates `{condition}` of `{name}`", input.name)
                    }
                    None => format!("returns {}, which violates `{condition}` of `{name}`", show(returned)),
                }
            }
            Happened::EnsuresUndefined { span, returned, info, .. } => format!(
                "returns {}, for which `{}` is not defined: {}",
                show(returned),
                one_line(sources.snippet(*span)),
                info.message
            ),
        }
    }
}

/// Source on one line.
pub(crate) fn one_line(s: &str) -> String {
    s.split_whitespace().collect::<Vec<_>>().join(" ")
}
