//! Statements.

use harmonic_translator::tir::IntTy;

use super::expressions::binds;
use super::program::{Callee, Generator, Mode, Variable};
use super::types::Ty;

impl Generator {
    /// Some statements, in a scope that the caller closes.
    pub(crate) fn statements(&mut self, at_most: u32, d: u32, mode: Mode) -> String {
        let n = self.c.below(at_most + 1);
        let mut out = vec![];
        for _ in 0..n {
            if self.spent() {
                break;
            }
            out.push(self.statement(d, mode));
        }
        out.join("\n    ")
    }

    /// Variables that may be assigned, shadowed ones apart.
    fn assignable(&mut self, fits: impl Fn(&Ty) -> bool) -> Option<Variable> {
        let all = &self.vars;
        let hidden = |i: usize| all[i + 1..].iter().any(|w| w.name == all[i].name);
        let found: Vec<_> = (0..all.len()).filter(|i| all[*i].mutable && !hidden(*i) && fits(&all[*i].ty)).collect();
        if found.is_empty() { None } else { Some(self.vars[*self.c.pick(&found)].clone()) }
    }

    fn block(&mut self, d: u32, mode: Mode) -> String {
        let scope = self.vars.len();
        let callees = self.callees.len();
        let text = self.statements(3, d, mode);
        self.vars.truncate(scope);
        self.callees.truncate(callees);
        text
    }

    fn declaration(&mut self, d: u32, mode: Mode) -> String {
        let ty = match self.c.below(8) {
            0..=4 => Ty::Int(Ty::int(&mut self.c)),
            5 if !self.adts.is_empty() => Ty::Adt(self.c.below(self.adts.len() as u32) as usize),
            6 => Ty::Vec(Box::new(Ty::Int(Ty::int(&mut self.c)))),
            _ => Ty::plain(&mut self.c, 1),
        };
        let known = !matches!(ty, Ty::Int(_)) || self.c.one_in(2);
        let value = self.text(&ty, d, Mode { known: false, ..mode });
        let name = self.name();
        let mutable = self.c.one_in(2);
        self.vars.push(Variable { name: name.clone(), ty: ty.clone(), mutable, reference: false, known });
        let written = if known { format!(": {}", ty.text()) } else { String::new() };
        format!("let {}{name}{written} = {value};", if mutable { "mut " } else { "" })
    }

    fn assignment(&mut self, d: u32, mode: Mode) -> String {
        let Some(v) = self.assignable(|_| true) else { return self.declaration(d, mode) };
        let name = if v.reference { format!("(*{})", v.name) } else { v.name.clone() };
        match (&v.ty, self.c.below(4)) {
            (Ty::Int(_), 1 | 2) => {
                let op = *self.c.pick(&["+", "-", "*", "/", "%", "&", "|", "^"]);
                format!("{name} {op}= {};", self.text(&v.ty, d, mode))
            }
            (Ty::Int(_), 3) if v.known => {
                format!("{name} {}= {};", self.c.pick(&["<<", ">>"]).to_owned(), self.c.below(7))
            }
            (Ty::Bool, 1..) => {
                format!("{name} {}= {};", self.c.pick(&["&", "|", "^"]).to_owned(), self.text(&v.ty, d, mode))
            }
            (Ty::Array(t, n), 1..) => {
                let i = if self.c.one_in(3) {
                    self.text(&Ty::Int(IntTy::Usize), d, Mode { pure: true, known: true, ..mode })
                } else {
                    self.c.below(*n).to_string()
                };
                format!("{name}[{i}] = {};", self.text(t, d, Mode { pure: true, ..mode }))
            }
            (Ty::Tuple(parts), 1..) => {
                let k = self.c.below(parts.len() as u32) as usize;
                format!("{name}.{k} = {};", self.text(&parts[k], d, mode))
            }
            (Ty::Adt(a), 1..) => match self.adts[*a].clone() {
                super::program::Adt::Struct(fields) => {
                    let k = self.c.below(fields.len() as u32) as usize;
                    format!("{name}.f{k} = {};", self.text(&fields[k], d, mode))
                }
                super::program::Adt::Enum(_) => format!("{name} = {};", self.text(&v.ty, d, mode)),
            },
            (Ty::Vec(t), 1..) => self.vector(&name, &t.clone(), d, mode),
            _ => format!("{name} = {};", self.text(&v.ty, d, mode)),
        }
    }

    fn vector(&mut self, name: &str, t: &Ty, d: u32, mode: Mode) -> String {
        let pure = Mode { pure: true, ..mode };
        let x = self.text(t, d, pure);
        let i = match self.c.one_in(3) {
            true => self.text(&Ty::Int(IntTy::Usize), d, Mode { known: true, ..pure }),
            false => self.c.below(3).to_string(),
        };
        // What is written reads the vector, perhaps: it comes before.
        match self.c.below(12) {
            0 | 1 => format!("{{ let e: {} = {x}; {name}.push(e); }}", t.text()),
            2 => format!("{name}.pop();"),
            3 => format!("{{ let (i, e): (usize, {}) = ({i}, {x}); {name}[i] = e; }}", t.text()),
            4 => format!("{{ let i: usize = {i}; {name}.truncate(i); }}"),
            5 => format!("{{ let (i, e): (usize, {}) = ({i}, {x}); {name}.insert(i, e); }}", t.text()),
            6 => format!("{{ let i: usize = {i}; {name}.remove(i); }}"),
            7 => format!("{name}.reverse();"),
            8 => format!("{{ let i: usize = {i}; {name}.swap(i, 0); }}"),
            9 => format!("if let Some(e) = {name}.last_mut() {{ *e ^= 5; }}"),
            10 => format!("for e in {name}.iter_mut() {{ *e = e.wrapping_add(3); }}"),
            _ => format!("{name}.extend_from_slice(&[1, 2]);"),
        }
    }

    fn looped(&mut self, d: u32, mode: Mode) -> String {
        let scope = self.vars.len();
        self.labels += 1;
        let label = format!("'l{}", self.labels);
        let head = match self.c.below(5) {
            0 | 1 => {
                let x = self.name();
                let t = Ty::int(&mut self.c);
                let (lo, hi) = (self.c.below(3), self.c.below(6));
                let range = if self.c.one_in(3) {
                    format!("{lo}..={hi}{}", t.name())
                } else {
                    format!("{lo}..{hi}{}", t.name())
                };
                let range = if self.c.one_in(3) { format!("({range}).rev()") } else { range };
                self.bind(x.clone(), Ty::Int(t), false);
                format!("{label}: for {x} in {range} {{")
            }
            2 | 3 => {
                let condition = self.head(&Ty::Bool, d, Mode { pure: true, ..mode });
                format!("let mut n{0} = 0; {label}: while n{0} < 4 && ({condition}) {{ n{0} += 1;", self.labels)
            }
            _ => format!("let mut n{0} = 0; {label}: loop {{ if n{0} == 3 {{ break; }} n{0} += 1;", self.labels),
        };
        // A loop runs its statements often; in a loop of a loop there are few.
        self.loops.push(label);
        let body = self.block(d.min(2), Mode { pure: mode.pure && self.loops.len() > 2, ..mode });
        self.loops.pop();
        self.vars.truncate(scope);
        format!("{head} {body} }}")
    }

    fn statement(&mut self, d: u32, mode: Mode) -> String {
        let less = d.saturating_sub(1);
        match self.c.below(16) {
            0..=3 => self.declaration(d, mode),
            4..=6 => self.assignment(d, mode),
            7 | 8 if d > 0 => {
                let condition = self.head(&Ty::Bool, less, mode);
                let then = self.block(less, mode);
                let otherwise = self.block(less, mode);
                format!("if {condition} {{ {then} }} else {{ {otherwise} }}")
            }
            9 | 10 if d > 0 && self.loops.len() < 2 => self.looped(less, mode),
            11 if !self.loops.is_empty() => {
                let condition = self.head(&Ty::Bool, less, Mode { pure: true, ..mode });
                let label = self.c.pick(&self.loops).clone();
                let leave = *self.c.pick(&["break", "continue"]);
                format!("if {condition} {{ {leave} {label}; }}")
            }
            11 if !mode.pure => {
                let condition = self.head(&Ty::Bool, less, mode);
                let ret = self.ret.clone();
                format!("if {condition} {{ return {}; }}", self.text(&ret, less, mode))
            }
            12 if d > 0 => {
                let of = match self.c.below(3) {
                    0 => Ty::Option(Box::new(Ty::plain(&mut self.c, 0))),
                    1 if !self.adts.is_empty() => Ty::Adt(self.c.below(self.adts.len() as u32) as usize),
                    _ => Ty::Tuple(vec![Ty::Bool, Ty::Int(Ty::int(&mut self.c))]),
                };
                let scrutinee = self.head(&of, less, Mode { known: true, ..mode });
                let arms = self.arms(&of, &mut |g| g.block(less, mode), less, mode);
                format!("match {scrutinee} {{ {arms} }}")
            }
            13 => {
                let changes: Vec<_> =
                    self.callees.iter().filter(|c| matches!(c, Callee::Change { .. })).cloned().collect();
                let Some(Callee::Change { name, of, with }) = changes.first().cloned() else {
                    return self.closure(less, mode);
                };
                match self.assignable(|t| *t == of) {
                    Some(v) if !v.reference => {
                        let q = self.text(&with, less, Mode { pure: true, ..mode });
                        format!("{{ let q: {} = {q}; {name}(&mut {}, q); }}", with.text(), v.name)
                    }
                    _ => {
                        let (value, q) = (self.text(&of, less, mode), self.text(&with, less, mode));
                        let x = self.name();
                        let text = format!(
                            "let mut {x}: {} = {value}; {{ let q: {} = {q}; {name}(&mut {x}, q); }}",
                            of.text(),
                            with.text()
                        );
                        self.bind(x, of, true);
                        text
                    }
                }
            }
            14 if !mode.pure => {
                let t = Ty::plain(&mut self.c, 0);
                let value = self.head(&Ty::Option(Box::new(t.clone())), less, Mode { known: true, ..mode });
                let ret = self.ret.clone();
                let otherwise = self.text(&ret, less, mode);
                let x = self.name();
                self.bind(x.clone(), t, false);
                format!("let Some({x}) = ({value}) else {{ return {otherwise}; }};")
            }
            15 => self.closure(less, mode),
            _ => self.declaration(d, mode),
        }
    }

    fn closure(&mut self, d: u32, mode: Mode) -> String {
        let (param, ret) = (Ty::plain(&mut self.c, 0), Ty::plain(&mut self.c, 0));
        self.labels += 1;
        let name = format!("g{}", self.labels);
        let x = self.name();
        let scope = self.vars.len();
        self.bind(x.clone(), param.clone(), false);
        let body = self.expr(&ret, d, Mode { pure: true, closure: true, ..mode }).within(binds::ANY);
        self.vars.truncate(scope);
        let text = format!("let {name} = move |{x}: {}| -> {} {{ {body} }};", param.text(), ret.text());
        self.callees.push(Callee::Closure { name, param, ret });
        text
    }
}
