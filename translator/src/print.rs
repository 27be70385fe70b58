//! The typed IR as text, for `--emit typed`: Rust-like, every local with its type.

use std::fmt::Write as _;

use crate::tir::*;

/// A type as Rust writes it.
pub fn ty(program: &Program, t: &Ty) -> String {
    ty_with(&|id: AdtId| program.adts.get(id.0).map_or_else(|| format!("#{}", id.0), |a| a.name.clone()), t)
}

/// A type, given the names of types.
pub(crate) fn ty_with(name: &dyn Fn(AdtId) -> String, t: &Ty) -> String {
    let list = |ts: &[Ty]| ts.iter().map(|t| ty_with(name, t)).collect::<Vec<_>>().join(", ");
    match t {
        Ty::Bool => "bool".to_owned(),
        Ty::Char => "char".to_owned(),
        Ty::Int(i) => i.name().to_owned(),
        Ty::Math => "int".to_owned(),
        Ty::Tuple(ts) if ts.len() == 1 => format!("({},)", list(ts)),
        Ty::Tuple(ts) => format!("({})", list(ts)),
        Ty::Adt(id, args) if args.is_empty() => name(*id),
        Ty::Adt(id, args) => format!("{}<{}>", name(*id), list(args)),
        Ty::Ref(true, t) => format!("&mut {}", ty_with(name, t)),
        Ty::Ref(false, t) => format!("&{}", ty_with(name, t)),
        Ty::Slice(t) => format!("[{}]", ty_with(name, t)),
        Ty::Array(t, n) => format!("[{}; {n}]", ty_with(name, t)),
        Ty::Vec(t) => format!("Vec<{}>", ty_with(name, t)),
        Ty::Str => "str".to_owned(),
        Ty::String => "String".to_owned(),
        Ty::Param(p) if p.starts_with('?') => "_".to_owned(),
        Ty::Param(p) => p.clone(),
        Ty::Opaque(head, args) => {
            crate::opaque::shown(head, &args.iter().map(|t| ty_with(name, t)).collect::<Vec<_>>())
        }
        Ty::Never => "!".to_owned(),
    }
}

/// A whole program.
pub fn program(program: &Program) -> String {
    let mut out = String::new();
    for f in &program.functions {
        out.push_str(&function(program, f));
        out.push('\n');
    }
    out
}

/// A function with its spec, or the reasons why it is refused.
pub fn function(program: &Program, f: &Function) -> String {
    let mut p = Printer { program, f, out: String::new(), indent: 0 };
    let params: Vec<String> = f.params.iter().map(|id| format!("{}: {}", p.name(*id), p.local_ty(*id))).collect();
    for found in &f.diagnostics {
        p.line(&format!("// {}: {}", found.code, found.message));
    }
    if let Some(spec) = &f.spec {
        for e in &spec.requires {
            let text = p.text(e);
            p.line(&format!("requires {text}"));
        }
        for (pat, e) in &spec.captures {
            let text = format!("captures {} = {}", p.pat(pat), p.text(e));
            p.line(&text);
        }
        for (pat, e) in &spec.ensures {
            let pat = pat.as_ref().map_or(String::new(), |x| format!("|{}| ", p.pat(x)));
            let text = p.text(e);
            p.line(&format!("ensures {pat}{text}"));
        }
        if let Some(e) = &spec.decreases {
            let text = p.text(e);
            p.line(&format!("decreases {text}"));
        }
    }
    if f.trusted {
        p.line("trusted");
    }
    let generics = if f.generics.is_empty() { String::new() } else { format!("<{}>", f.generics.join(", ")) };
    p.line(&format!("fn {}{generics}({}) -> {}", f.path, params.join(", "), ty(program, &f.ret)));
    if let Some(body) = &f.body {
        let text = p.text(body);
        p.line(&text);
    }
    p.out
}

struct Printer<'a> {
    program: &'a Program,
    f: &'a Function,
    out: String,
    indent: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }
    fn name(&self, id: LocalId) -> String {
        let name = self.f.locals.get(id.0).map_or("?", |l| l.name.as_str());
        format!("{name}.{}", id.0)
    }
    fn local_ty(&self, id: LocalId) -> String {
        self.f.locals.get(id.0).map_or_else(|| "?".to_owned(), |l| ty(self.program, &l.ty))
    }
    fn adt(&self, id: AdtId, variant: usize) -> String {
        let Some(adt) = self.program.adts.get(id.0) else { return format!("#{}", id.0) };
        match adt.variants.get(variant) {
            Some(v) if adt.is_enum => format!("{}::{}", adt.name, v.name),
            _ => adt.name.clone(),
        }
    }
    fn lit(&self, lit: &Lit, t: &Ty) -> String {
        match (lit, t) {
            (Lit::Int(n), t) => format!("{n}{}", ty(self.program, t)),
            (Lit::Bool(b), _) => b.to_string(),
            (Lit::Char(c), _) => format!("{c:?}"),
            (Lit::Str(s), _) => format!("{s:?}"),
        }
    }
    fn pat(&self, p: &Pat) -> String {
        let list = |ps: &[Pat]| ps.iter().map(|p| self.pat(p)).collect::<Vec<_>>().join(", ");
        match &*p.kind {
            PatKind::Wild => "_".to_owned(),
            PatKind::Bind { local, by_ref, sub } => {
                let by = match by_ref {
                    None => "",
                    Some(false) => "ref ",
                    Some(true) => "ref mut ",
                };
                let sub = sub.as_ref().map_or(String::new(), |s| format!(" @ {}", self.pat(s)));
                format!("{by}{}: {}{sub}", self.name(*local), self.local_ty(*local))
            }
            PatKind::Lit(lit) => self.lit(lit, &p.ty),
            PatKind::Range { lo, hi, inclusive } => {
                let end = |l: &Option<Lit>| l.as_ref().map_or(String::new(), |l| self.lit(l, &p.ty));
                format!("{}{}{}", end(lo), if *inclusive { "..=" } else { ".." }, end(hi))
            }
            PatKind::Tuple(ps) => format!("({})", list(ps)),
            PatKind::Variant { adt, variant, fields } => format!("{}({})", self.adt(*adt, *variant), list(fields)),
            PatKind::Deref(p) => format!("&{}", self.pat(p)),
            PatKind::Or(ps) => ps.iter().map(|p| self.pat(p)).collect::<Vec<_>>().join(" | "),
            PatKind::Slice { prefix, rest, suffix } => {
                let mut parts: Vec<String> = prefix.iter().map(|p| self.pat(p)).collect();
                if let Some(rest) = rest {
                    parts.push(rest.as_ref().map_or_else(|| "..".to_owned(), |r| format!("{} @ ..", self.pat(r))));
                }
                parts.extend(suffix.iter().map(|p| self.pat(p)));
                format!("[{}]", parts.join(", "))
            }
        }
    }
    fn list(&mut self, es: &[Expr]) -> String {
        es.iter().map(|e| self.text(e)).collect::<Vec<_>>().join(", ")
    }
    fn newline(&self) -> String {
        format!("\n{}", "    ".repeat(self.indent))
    }
    fn loop_spec(&mut self, spec: &LoopSpec) -> String {
        let mut out = String::new();
        for e in &spec.maintains {
            let text = self.text(e);
            let _ = write!(out, "maintains {text}{}", self.newline());
        }
        if let Some(e) = &spec.decreases {
            let text = self.text(e);
            let _ = write!(out, "decreases {text}{}", self.newline());
        }
        out
    }
    fn iter(&mut self, iter: &ForIter) -> String {
        match iter {
            ForIter::Range { lo, hi, inclusive, rev, step } => {
                let dots = if *inclusive { "..=" } else { ".." };
                let mut out = format!("({}{dots}{})", self.text(lo), self.text(hi));
                if *rev {
                    out.push_str(".rev()");
                }
                if let Some(step) = step {
                    let _ = write!(out, ".step_by({})", self.text(step));
                }
                out
            }
            ForIter::Elements { base, by, enumerate, rev } => {
                let by = match by {
                    ElementBy::Ref => ".iter()",
                    ElementBy::RefMut => ".iter_mut()",
                    ElementBy::Value => ".into_iter()",
                };
                let rev = if *rev { ".rev()" } else { "" };
                let enumerate = if *enumerate { ".enumerate()" } else { "" };
                format!("{}{by}{rev}{enumerate}", self.text(base))
            }
        }
    }
    fn text(&mut self, e: &Expr) -> String {
        match &*e.kind {
            ExprKind::Lit(lit) => self.lit(lit, &e.ty),
            ExprKind::Local(id) => self.name(*id),
            ExprKind::Arith(op, a, b) => format!("({} {} {})", self.text(a), arith(*op), self.text(b)),
            ExprKind::Neg(a) => format!("-{}", self.text(a)),
            ExprKind::Not(a) => format!("!{}", self.text(a)),
            ExprKind::Cmp(op, a, b) => {
                let op = match op {
                    CmpOp::Eq => "==",
                    CmpOp::Ne => "!=",
                    CmpOp::Lt => "<",
                    CmpOp::Le => "<=",
                    CmpOp::Gt => ">",
                    CmpOp::Ge => ">=",
                };
                format!("({} {op} {})", self.text(a), self.text(b))
            }
            ExprKind::And(a, b) => format!("({} && {})", self.text(a), self.text(b)),
            ExprKind::Or(a, b) => format!("({} || {})", self.text(a), self.text(b)),
            ExprKind::Implies(a, b) => format!("({} ==> {})", self.text(a), self.text(b)),
            ExprKind::Let(p, a) => format!("let {} = {}", self.pat(p), self.text(a)),
            ExprKind::Cast(a) => format!("({} as {})", self.text(a), ty(self.program, &e.ty)),
            ExprKind::Tuple(es) => format!("({})", self.list(es)),
            ExprKind::Array(es) => {
                let vec = if matches!(e.ty, Ty::Vec(_)) { "vec!" } else { "" };
                format!("{vec}[{}]", self.list(es))
            }
            ExprKind::Repeat(a, n) => {
                let vec = if matches!(e.ty, Ty::Vec(_)) { "vec!" } else { "" };
                format!("{vec}[{}; {}]", self.text(a), self.text(n))
            }
            ExprKind::Construct { adt, variant, fields, order, base } => {
                let mut parts = Vec::new();
                for at in order {
                    let name = self
                        .program
                        .adts
                        .get(adt.0)
                        .and_then(|a| a.variants.get(*variant))
                        .and_then(|v| v.fields.get(*at))
                        .map_or_else(|| at.to_string(), |f| f.0.clone());
                    if let Some(Some(field)) = fields.get(*at) {
                        parts.push(format!("{name}: {}", self.text(field)));
                    }
                }
                if let Some(base) = base {
                    parts.push(format!("..{}", self.text(base)));
                }
                format!("{} {{ {} }}", self.adt(*adt, *variant), parts.join(", "))
            }
            ExprKind::Field(a, at) => {
                let name = match &a.ty {
                    Ty::Adt(id, _) => self
                        .program
                        .adts
                        .get(id.0)
                        .and_then(|adt| adt.variants.first())
                        .and_then(|v| v.fields.get(*at))
                        .map(|f| f.0.clone()),
                    _ => None,
                };
                format!("{}.{}", self.text(a), name.unwrap_or_else(|| at.to_string()))
            }
            ExprKind::Index(a, i) => format!("{}[{}]", self.text(a), self.text(i)),
            ExprKind::SliceRange { base, lo, hi, inclusive } => {
                let lo = lo.as_ref().map_or(String::new(), |e| self.text(e));
                let hi = hi.as_ref().map_or(String::new(), |e| self.text(e));
                format!("{}[{lo}{}{hi}]", self.text(base), if *inclusive { "..=" } else { ".." })
            }
            ExprKind::Deref(a) => format!("(*{})", self.text(a)),
            ExprKind::Borrow(m, a) => {
                let text = format!("{}{}", if *m { "&mut " } else { "&" }, self.text(a));
                // Where the borrow changes the type, it is shown.
                match &e.ty {
                    Ty::Ref(_, to) if **to != a.ty => format!("({text} as {})", ty(self.program, &e.ty)),
                    _ => text,
                }
            }
            ExprKind::Call(id, types, args) => {
                let path = self.program.functions.get(id.0).map_or("?", |f| f.path.as_str()).to_owned();
                let types: Vec<String> = types.iter().map(|t| ty(self.program, t)).collect();
                let types = if types.is_empty() { String::new() } else { format!("::<{}>", types.join(", ")) };
                format!("{path}{types}({})", self.list(args))
            }
            ExprKind::Std(key, args) => format!("@{key}({})", self.list(args)),
            ExprKind::Copy(a) => format!("copy {}", self.text(a)),
            ExprKind::If(c, t, f) => format!("if {} {} else {}", self.text(c), self.braced(t), self.braced(f)),
            ExprKind::Match(a, arms) => {
                let mut out = format!("match {} {{", self.text(a));
                self.indent += 1;
                for arm in arms {
                    let pat = self.pat(&arm.pat);
                    let guard = match &arm.guard {
                        Some(g) => format!(" if {}", self.text(g)),
                        None => String::new(),
                    };
                    let body = self.text(&arm.body);
                    let _ = write!(out, "{}{pat}{guard} => {body},", self.newline());
                }
                self.indent -= 1;
                let _ = write!(out, "{}}}", self.newline());
                out
            }
            ExprKind::Block { label, stmts, tail } => {
                let mut out = label.map_or(String::new(), |l| format!("'l{}: ", l.0));
                out.push('{');
                self.indent += 1;
                for stmt in stmts {
                    let text = match stmt {
                        Stmt::Let { pat, init, els } => {
                            let mut text = format!("let {}", self.pat(pat));
                            if let Some(init) = init {
                                let _ = write!(text, " = {}", self.text(init));
                            }
                            if let Some(els) = els {
                                let _ = write!(text, " else {}", self.braced(els));
                            }
                            text
                        }
                        Stmt::Expr(e) => self.text(e),
                    };
                    let _ = write!(out, "{}{text};", self.newline());
                }
                if let Some(tail) = tail {
                    let text = self.text(tail);
                    let _ = write!(out, "{}{text}", self.newline());
                }
                self.indent -= 1;
                let _ = write!(out, "{}}}", self.newline());
                out
            }
            ExprKind::Loop { id, spec, body } => {
                format!("{}'l{}: loop {}", self.loop_spec(spec), id.0, self.braced(body))
            }
            ExprKind::While { id, spec, cond, body } => {
                format!("{}'l{}: while {} {}", self.loop_spec(spec), id.0, self.text(cond), self.braced(body))
            }
            ExprKind::For { id, spec, pat, iter, body } => {
                let spec = self.loop_spec(spec);
                let pat = self.pat(pat);
                format!("{spec}'l{}: for {pat} in {} {}", id.0, self.iter(iter), self.braced(body))
            }
            ExprKind::Break(id, value) => {
                let value = value.as_ref().map_or(String::new(), |e| format!(" {}", self.text(e)));
                format!("break 'l{}{value}", id.0)
            }
            ExprKind::Continue(id) => format!("continue 'l{}", id.0),
            ExprKind::Return(value) => {
                format!("return{}", value.as_ref().map_or(String::new(), |e| format!(" {}", self.text(e))))
            }
            ExprKind::Assign(a, b) => format!("{} = {}", self.text(a), self.text(b)),
            ExprKind::AssignOp(op, a, b) => format!("{} {}= {}", self.text(a), arith(*op), self.text(b)),
            ExprKind::Panic(kind, message) => format!("panic({kind:?}, {message:?})"),
            ExprKind::Quant { all, vars, domain, body } => {
                let vars: Vec<String> =
                    vars.iter().map(|v| format!("{}: {}", self.name(*v), self.local_ty(*v))).collect();
                let domain = match domain {
                    Domain::Typed => String::new(),
                    Domain::Range { lo, hi, inclusive } => {
                        let dots = if *inclusive { "..=" } else { ".." };
                        format!(" in {}{dots}{}", self.text(lo), self.text(hi))
                    }
                    Domain::Elements(base) => format!(" in {}", self.text(base)),
                };
                let word = if *all { "forall" } else { "exists" };
                format!("({word} {}{domain}: {})", vars.join(", "), self.text(body))
            }
        }
    }
    fn braced(&mut self, e: &Expr) -> String {
        match &*e.kind {
            ExprKind::Block { .. } => self.text(e),
            _ => format!("{{ {} }}", self.text(e)),
        }
    }
}

fn arith(op: ArithOp) -> &'static str {
    match op {
        ArithOp::Add => "+",
        ArithOp::Sub => "-",
        ArithOp::Mul => "*",
        ArithOp::Div => "/",
        ArithOp::Rem => "%",
        ArithOp::BitAnd => "&",
        ArithOp::BitOr => "|",
        ArithOp::BitXor => "^",
        ArithOp::Shl => "<<",
        ArithOp::Shr => ">>",
    }
}
