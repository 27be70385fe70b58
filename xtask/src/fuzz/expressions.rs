//! Expressions of a wanted type.

use harmonic_translator::tir::IntTy;

use super::program::{Adt, Generator, Mode};
use super::types::{Ty, number};

/// An expression with how tightly it binds; what binds less tightly than its place allows is put into parentheses.
pub(crate) struct Expr {
    pub(crate) text: String,
    pub(crate) binds: u8,
}

/// How tightly Rust's operators bind.
pub(crate) mod binds {
    pub(crate) const ATOM: u8 = 15;
    pub(crate) const UNARY: u8 = 13;
    pub(crate) const CAST: u8 = 12;
    pub(crate) const MUL: u8 = 11;
    pub(crate) const ADD: u8 = 10;
    pub(crate) const SHIFT: u8 = 9;
    pub(crate) const AND: u8 = 8;
    pub(crate) const XOR: u8 = 7;
    pub(crate) const OR: u8 = 6;
    pub(crate) const CMP: u8 = 5;
    pub(crate) const ALL: u8 = 4;
    pub(crate) const ANY: u8 = 3;
    /// Blocks, closures, struct literals: in parentheses wherever they are operands.
    pub(crate) const BLOCK: u8 = 1;
}
use binds::*;

pub(crate) fn atom(text: impl Into<String>) -> Expr {
    Expr { text: text.into(), binds: ATOM }
}
fn block(text: impl Into<String>) -> Expr {
    Expr { text: text.into(), binds: BLOCK }
}

impl Expr {
    /// As an operand of something that binds that tightly.
    pub(crate) fn within(self, least: u8) -> String {
        if self.binds >= least { self.text } else { format!("({})", self.text) }
    }
}

impl Generator {
    /// An expression where nothing around it binds.
    pub(crate) fn text(&mut self, ty: &Ty, depth: u32, mode: Mode) -> String {
        self.expr(ty, depth, mode).text
    }
    /// An expression as a condition or a scrutinee: no struct literals or blocks but in parentheses.
    pub(crate) fn head(&mut self, ty: &Ty, depth: u32, mode: Mode) -> String {
        self.expr(ty, depth, mode).within(ANY)
    }
    /// An expression with methods: its type is known without its surroundings.
    fn receiver(&mut self, ty: &Ty, depth: u32, mode: Mode) -> String {
        if let Some(v) = self.variable(ty, mode, true) {
            return v;
        }
        match ty {
            Ty::Int(t) if self.c.one_in(2) => format!("({} as {})", self.expr(ty, depth, mode).within(CAST), t.name()),
            Ty::Int(t) => {
                let x = number(&mut self.c, *t);
                if x < 0.into() { format!("({x}{})", t.name()) } else { format!("{x}{}", t.name()) }
            }
            _ => {
                let inner = self.expr(ty, depth, mode).text;
                format!("({{ let r: {} = {inner}; r }})", ty.text())
            }
        }
    }

    /// A variable of the type, or a part of one.
    fn variable(&mut self, ty: &Ty, mode: Mode, known: bool) -> Option<String> {
        let mut found = vec![];
        for (i, v) in self.vars.iter().enumerate() {
            if self.vars[i + 1..].iter().any(|w| w.name == v.name) || (known && !v.known) {
                continue;
            }
            if mode.closure && (!v.ty.copied() || v.reference) {
                continue;
            }
            let name = if v.reference { format!("(*{})", v.name) } else { v.name.clone() };
            if v.ty == *ty {
                found.push(if ty.copied() { name.clone() } else { format!("{}.clone()", v.name) });
            }
            match &v.ty {
                Ty::Tuple(parts) => {
                    found.extend(
                        (0..parts.len()).filter(|k| parts[*k] == *ty && ty.copied()).map(|k| format!("{}.{k}", v.name)),
                    );
                }
                Ty::Array(t, n) if **t == *ty => found.push(format!("{}[{}]", v.name, self.c.below(*n))),
                Ty::Adt(a) => {
                    if let Adt::Struct(fields) = &self.adts[*a] {
                        let of = fields.iter().enumerate().filter(|(_, t)| *t == ty);
                        found.extend(of.map(|(k, _)| format!("{}.f{k}", v.name)));
                    }
                }
                _ => {}
            }
        }
        if found.is_empty() { None } else { Some(self.c.pick(&found).clone()) }
    }

    /// A literal or a variable.
    fn leaf(&mut self, ty: &Ty, mode: Mode) -> Expr {
        if !self.c.one_in(4)
            && let Some(v) = self.variable(ty, mode, mode.known)
        {
            return atom(v);
        }
        match ty {
            Ty::Int(t) => {
                let x = number(&mut self.c, *t);
                // Without a suffix and with nothing that says more, it is an `i32`.
                let suffix = mode.known || x.magnitude().bits() > 30 || self.c.one_in(3);
                let text = match (x.clone(), self.c.below(8)) {
                    (x, 6) if x >= 0.into() => format!("0x{:x}", x),
                    (x, 7) if x >= 0.into() => format!("0b{:b}_", x),
                    (x, _) => x.to_string(),
                };
                let negative = text.starts_with('-');
                let text = if suffix { format!("{text}{}", t.name()) } else { text };
                Expr { text, binds: if negative { UNARY } else { ATOM } }
            }
            Ty::Bool => atom(if self.c.one_in(2) { "true" } else { "false" }),
            Ty::Char => atom(*self.c.pick(&["'a'", "'Z'", "'0'", "'\\n'", "'\\u{e9}'"])),
            _ => self.built(ty, 0, mode),
        }
    }

    /// A value of a type with parts, by its constructor.
    fn built(&mut self, ty: &Ty, depth: u32, mode: Mode) -> Expr {
        let d = depth.saturating_sub(1);
        let list = |g: &mut Self, t: &Ty, n: u32| (0..n).map(|_| g.text(t, d, mode)).collect::<Vec<_>>().join(", ");
        match ty {
            Ty::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|t| self.text(t, d, mode)).collect();
                atom(format!("({})", parts.join(", ")))
            }
            Ty::Option(t) if self.c.one_in(3) => atom(format!("None::<{}>", t.text())),
            Ty::Option(t) => atom(format!("Some({})", self.text(t, d, mode))),
            Ty::Result(t, e) => {
                let types = format!("::<{}, {}>", t.text(), e.text());
                match self.c.one_in(3) {
                    true => atom(format!("Err{types}({})", self.text(e, d, mode))),
                    false => atom(format!("Ok{types}({})", self.text(t, d, mode))),
                }
            }
            Ty::Array(t, n) if self.c.one_in(4) => atom(format!("[{}; {n}]", self.text(t, d, mode))),
            Ty::Array(t, n) => atom(format!("[{}]", list(self, t, *n))),
            Ty::Vec(t) => match self.c.below(4) {
                0 => atom(format!("Vec::<{}>::new()", t.text())),
                1 => atom(format!("vec![{}; {}]", self.text(t, d, mode), self.c.below(4))),
                _ => {
                    let n = 1 + self.c.below(3);
                    atom(format!("vec![{}]", list(self, t, n)))
                }
            },
            Ty::Adt(i) => match self.adts[*i].clone() {
                Adt::Struct(fields) => {
                    let fields: Vec<_> =
                        fields.iter().enumerate().map(|(k, t)| format!("f{k}: {}", self.text(t, d, mode))).collect();
                    block(format!("T{i} {{ {} }}", fields.join(", ")))
                }
                Adt::Enum(variants) => {
                    let k = self.c.below(variants.len() as u32) as usize;
                    let parts: Vec<_> = variants[k].iter().map(|t| self.text(t, d, mode)).collect();
                    let parts = if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
                    atom(format!("T{i}::V{k}{parts}"))
                }
            },
            _ => self.leaf(ty, mode),
        }
    }

    /// An expression of the type, at most about that deep.
    pub(crate) fn expr(&mut self, ty: &Ty, depth: u32, mode: Mode) -> Expr {
        if depth == 0 || self.spent() {
            return self.leaf(ty, mode);
        }
        let d = depth - 1;
        match self.c.below(12) {
            0 | 1 => self.leaf(ty, mode),
            2 => {
                let condition = self.head(&Ty::Bool, d, mode);
                block(format!("if {condition} {{ {} }} else {{ {} }}", self.text(ty, d, mode), self.text(ty, d, mode)))
            }
            3 => self.matched(ty, d, mode),
            4 if !mode.pure => {
                let (scope, callees) = (self.vars.len(), self.callees.len());
                let statements = self.statements(1 + d.min(1), d, mode);
                let last = self.text(ty, d, mode);
                self.vars.truncate(scope);
                self.callees.truncate(callees);
                block(format!("{{ {statements} {last} }}"))
            }
            5 => self.call(ty, d, mode).unwrap_or_else(|| self.leaf(ty, mode)),
            6 => self.out_of_container(ty, d, mode),
            _ => match ty {
                Ty::Int(t) => self.integer(*t, d, mode),
                Ty::Bool => self.boolean(d, mode),
                Ty::Char => {
                    let byte = self.receiver(&Ty::Int(IntTy::U8), d, mode);
                    match self.c.below(3) {
                        0 => Expr { text: format!("{byte} as char"), binds: CAST },
                        1 => atom(format!("char::from({byte})")),
                        _ => atom(format!("({byte} as char).to_ascii_uppercase()")),
                    }
                }
                Ty::Option(t) if matches!(**t, Ty::Int(_)) && self.c.one_in(2) => self.optional(t, d, mode),
                Ty::Vec(t) if self.c.one_in(2) => self.collected(t, d, mode),
                _ => self.built(ty, depth, mode),
            },
        }
    }

    fn matched(&mut self, ty: &Ty, d: u32, mode: Mode) -> Expr {
        let of = match self.c.below(5) {
            0 => Ty::Int(Ty::int(&mut self.c)),
            1 => Ty::Option(Box::new(Ty::plain(&mut self.c, 0))),
            2 => Ty::Tuple(vec![Ty::Bool, Ty::Int(Ty::int(&mut self.c))]),
            3 if !self.adts.is_empty() => Ty::Adt(self.c.below(self.adts.len() as u32) as usize),
            _ => Ty::Result(Box::new(Ty::plain(&mut self.c, 0)), Box::new(Ty::plain(&mut self.c, 0))),
        };
        let scrutinee = match &of {
            Ty::Int(_) => self.receiver(&of, d, mode),
            _ => self.head(&of, d, Mode { known: true, ..mode }),
        };
        let arms = self.arms(&of, &mut |g| g.text(ty, d, mode), d, mode);
        block(format!("match {scrutinee} {{ {arms} }}"))
    }

    /// The arms of a match on that type.
    pub(crate) fn arms(&mut self, of: &Ty, body: &mut dyn FnMut(&mut Self) -> String, d: u32, mode: Mode) -> String {
        let mut arms = vec![];
        let mut arm = |g: &mut Self, pattern: String, bound: &[(String, Ty)], guard: bool| {
            let scope = g.vars.len();
            for (name, ty) in bound {
                g.bind(name.clone(), ty.clone(), false);
            }
            let guard = if guard {
                format!(" if {}", g.head(&Ty::Bool, d, Mode { pure: true, ..mode }))
            } else {
                String::new()
            };
            let text = body(g);
            g.vars.truncate(scope);
            arms.push(format!("{pattern}{guard} => {{ {text} }}"));
        };
        match of {
            Ty::Int(t) => {
                let (a, b) = (number(&mut self.c, *t), number(&mut self.c, *t));
                let (a, b) = if a <= b { (a, b) } else { (b, a) };
                arm(self, format!("{a}"), &[], false);
                let x = self.name();
                match self.c.below(4) {
                    0 => arm(self, format!("{a}..={b}"), &[], false),
                    1 => arm(self, format!("{x} @ {a}..={b}"), &[(x.clone(), of.clone())], false),
                    2 => arm(self, format!("{b} | 3"), &[], true),
                    _ => arm(self, x.clone(), &[(x.clone(), of.clone())], true),
                }
                arm(self, "_".into(), &[], false);
            }
            Ty::Option(t) => {
                let x = self.name();
                if self.c.one_in(3) {
                    arm(self, format!("Some({x})"), &[(x.clone(), (**t).clone())], true);
                }
                arm(self, "None".into(), &[], false);
                arm(self, format!("Some({x})"), &[(x.clone(), (**t).clone())], false);
            }
            Ty::Result(t, e) => {
                let x = self.name();
                arm(self, format!("Ok({x})"), &[(x.clone(), (**t).clone())], false);
                arm(self, format!("Err({x})"), &[(x.clone(), (**e).clone())], false);
            }
            Ty::Tuple(parts) => {
                let x = self.name();
                arm(self, format!("(true, {x})"), &[(x.clone(), parts[1].clone())], false);
                arm(self, "(_, 0 | 7)".into(), &[], false);
                arm(self, format!("(false, {x})"), &[(x.clone(), parts[1].clone())], false);
            }
            Ty::Adt(i) => match self.adts[*i].clone() {
                Adt::Struct(fields) => {
                    let x = self.name();
                    arm(self, format!("T{i} {{ f0: {x}, .. }}"), &[(x.clone(), fields[0].clone())], true);
                    arm(self, "_".into(), &[], false);
                }
                Adt::Enum(variants) => {
                    for (k, parts) in variants.iter().enumerate() {
                        let bound: Vec<_> =
                            parts.iter().enumerate().map(|(n, t)| (format!("m{n}"), t.clone())).collect();
                        let names: Vec<_> = bound.iter().map(|b| b.0.clone()).collect();
                        let names = if names.is_empty() { String::new() } else { format!("({})", names.join(", ")) };
                        arm(self, format!("T{i}::V{k}{names}"), &bound, false);
                    }
                }
            },
            _ => arm(self, "_".into(), &[], false),
        }
        arms.join(" ")
    }

    fn binary(&mut self, ty: &Ty, op: &str, level: u8, d: u32, mode: Mode) -> Expr {
        let left = self.expr(ty, d, mode).within(level);
        // `as T <` would begin the arguments of a generic type.
        let left = if left.contains(" as ") && op.starts_with('<') { format!("({left})") } else { left };
        let right = self.expr(ty, d, Mode { known: false, ..mode }).within(level + 1);
        Expr { text: format!("{left} {op} {right}"), binds: level }
    }

    fn integer(&mut self, t: IntTy, d: u32, mode: Mode) -> Expr {
        let ty = Ty::Int(t);
        match self.c.below(16) {
            0..=4 => {
                let (op, level) = *self.c.pick(&[
                    ("+", ADD),
                    ("-", ADD),
                    ("*", MUL),
                    ("/", MUL),
                    ("%", MUL),
                    ("&", AND),
                    ("|", OR),
                    ("^", XOR),
                ]);
                self.binary(&ty, op, level, d, mode)
            }
            5 => {
                let op = *self.c.pick(&["<<", ">>"]);
                let left = self.receiver(&ty, d, mode);
                let amount = Ty::Int(Ty::int(&mut self.c));
                let amount =
                    if self.c.one_in(3) { self.receiver(&amount, d, mode) } else { self.c.below(9).to_string() };
                Expr { text: format!("{left} {op} {amount}"), binds: SHIFT }
            }
            6 if t.signed() => Expr {
                text: format!("-{}", self.expr(&ty, d, Mode { known: true, ..mode }).within(ATOM)),
                binds: UNARY,
            },
            6 => Expr {
                text: format!("!{}", self.expr(&ty, d, Mode { known: true, ..mode }).within(UNARY)),
                binds: UNARY,
            },
            7 | 8 => {
                let from = match self.c.below(8) {
                    6 => Ty::Bool,
                    7 => Ty::Char,
                    _ => Ty::Int(Ty::int(&mut self.c)),
                };
                let inner = self.expr(&from, d, Mode { known: true, ..mode }).within(CAST);
                Expr { text: format!("{inner} as {}", t.name()), binds: CAST }
            }
            9 if t == IntTy::Usize => self.counted(d, mode),
            9 => {
                let option = self.optional(&ty, d, mode).within(ATOM);
                let other = self.text(&ty, d, mode);
                match self.c.below(3) {
                    0 => atom(format!("{option}.unwrap_or({other})")),
                    1 => atom(format!("{option}.map_or({other}, |q| q / 2)")),
                    _ => atom(format!("{option}.unwrap()")),
                }
            }
            10 => self.summed(t, d, mode),
            _ => {
                let r = self.receiver(&ty, d, mode);
                let b = self.text(&ty, d, mode);
                let n = self.c.below(t.bits() + 2);
                let methods = [
                    "wrapping_add(B)",
                    "wrapping_sub(B)",
                    "wrapping_mul(B)",
                    "wrapping_neg()",
                    "wrapping_shl(N)",
                    "wrapping_shr(N)",
                    "saturating_add(B)",
                    "saturating_sub(B)",
                    "saturating_mul(B)",
                    "overflowing_add(B).0",
                    "overflowing_sub(B).0",
                    "overflowing_mul(B).0",
                    "min(B)",
                    "max(B)",
                    "rotate_left(N)",
                    "rotate_right(N)",
                    "rem_euclid(B)",
                    "div_euclid(B)",
                    "wrapping_pow(N)",
                    "saturating_pow(N)",
                    "pow(2)",
                    "clamp(1, 100)",
                    "swap_bytes()",
                    "wrapping_div(B)",
                    "wrapping_rem(B)",
                ];
                let m = *self.c.pick(&methods);
                atom(format!("{r}.{}", m.replace('N', &n.to_string()).replace('B', &b)))
            }
        }
    }

    fn optional(&mut self, t: &Ty, d: u32, mode: Mode) -> Expr {
        let Ty::Int(int) = t else { return self.built(&Ty::Option(Box::new(t.clone())), d, mode) };
        let r = self.receiver(t, d, mode);
        let b = self.text(t, d, mode);
        let n = self.c.below(int.bits() + 2);
        let methods = [
            "checked_add(B)",
            "checked_sub(B)",
            "checked_mul(B)",
            "checked_div(B)",
            "checked_rem(B)",
            "checked_neg()",
            "checked_pow(N)",
            "checked_shl(N)",
            "checked_shr(N)",
        ];
        let m = *self.c.pick(&methods);
        let option = format!("{r}.{}", m.replace('N', &n.to_string()).replace('B', &b));
        match self.c.below(5) {
            0 => atom(format!("{option}.map(|q| q ^ 1)")),
            1 => atom(format!("{option}.filter(|q| *q > 3)")),
            2 => atom(format!("{option}.and_then(|q| q.checked_add(1))")),
            _ => atom(option),
        }
    }

    fn boolean(&mut self, d: u32, mode: Mode) -> Expr {
        match self.c.below(8) {
            0..=2 => {
                let ty = if self.c.one_in(5) { Ty::plain(&mut self.c, 1) } else { Ty::Int(Ty::int(&mut self.c)) };
                let op = *self.c.pick(&["==", "<", "<=", "!=", ">", ">="]);
                let left = self.expr(&ty, d, Mode { known: true, ..mode }).within(CMP + 1);
                let left = if left.contains(" as ") && op.starts_with('<') { format!("({left})") } else { left };
                let right = self.expr(&ty, d, mode).within(CMP + 1);
                Expr { text: format!("{left} {op} {right}"), binds: CMP }
            }
            3 => {
                let op = *self.c.pick(&[("&&", ALL), ("||", ANY), ("&", AND), ("|", OR), ("^", XOR)]);
                self.binary(&Ty::Bool, op.0, op.1, d, mode)
            }
            4 => Expr { text: format!("!{}", self.expr(&Ty::Bool, d, mode).within(UNARY)), binds: UNARY },
            5 => {
                let ty = Ty::Option(Box::new(Ty::plain(&mut self.c, 0)));
                let r = self.expr(&ty, d, Mode { known: true, ..mode });
                let test = *self.c.pick(&["is_some()", "is_none()"]);
                atom(format!("{}.{test}", r.within(ATOM)))
            }
            6 => {
                let ty = Ty::Option(Box::new(Ty::Int(Ty::int(&mut self.c))));
                let r = self.head(&ty, d, Mode { known: true, ..mode });
                Expr { text: format!("matches!({r}, Some(1..=9) | None)"), binds: ATOM }
            }
            _ => match self.list(mode) {
                Some((v, Ty::Int(_))) => {
                    let n = self.c.below(9);
                    let q = *self.c.pick(&["any", "all"]);
                    let op = *self.c.pick(&["==", ">", "<="]);
                    atom(format!("{v}.iter().{q}(|q| *q {op} {n})"))
                }
                _ => self.leaf(&Ty::Bool, mode),
            },
        }
    }

    /// A list among the variables: its name and its element.
    fn list(&mut self, mode: Mode) -> Option<(String, Ty)> {
        let mut found = vec![];
        for (i, v) in self.vars.iter().enumerate() {
            if mode.closure || self.vars[i + 1..].iter().any(|w| w.name == v.name) {
                continue;
            }
            if let Ty::Vec(t) | Ty::Slice(t) | Ty::Array(t, _) = &v.ty {
                found.push((v.name.clone(), (**t).clone()));
            }
        }
        if found.is_empty() { None } else { Some(self.c.pick(&found).clone()) }
    }

    fn counted(&mut self, d: u32, mode: Mode) -> Expr {
        let Some((v, t)) = self.list(mode) else { return self.leaf(&Ty::Int(IntTy::Usize), mode) };
        match (self.c.below(4), t) {
            (1, Ty::Int(_)) => {
                let n = self.c.below(9);
                atom(format!("{v}.iter().filter(|q| **q > {n}).count()"))
            }
            (2, Ty::Int(_)) => {
                let n = self.c.below(9);
                atom(format!(
                    "{v}.iter().position(|q| *q == {n}).unwrap_or({})",
                    self.text(&Ty::Int(IntTy::Usize), d, mode)
                ))
            }
            (3, _) => atom(format!("{v}.iter().skip({}).count()", self.c.below(3))),
            _ => atom(format!("{v}.len()")),
        }
    }

    fn summed(&mut self, t: IntTy, d: u32, mode: Mode) -> Expr {
        let ty = Ty::Int(t);
        match self.list(mode) {
            Some((v, of)) if of == ty => match self.c.below(5) {
                0 => atom(format!("{v}.iter().sum::<{}>()", t.name())),
                1 => {
                    atom(format!("{v}.iter().fold({}, |p, q| p ^ *q)", self.text(&ty, d, Mode { known: true, ..mode })))
                }
                2 => atom(format!("{v}.iter().copied().max().unwrap_or({})", self.text(&ty, d, mode))),
                3 => atom(format!("{v}.iter().rev().skip(1).map(|q| q / 2).sum::<{}>()", t.name())),
                _ => {
                    let i = self.expr(&Ty::Int(IntTy::Usize), d, Mode { pure: true, ..mode }).text;
                    atom(format!("{v}[{i}]"))
                }
            },
            Some((v, Ty::Int(_))) => match self.c.below(2) {
                0 => atom(format!("{v}.iter().map(|&q| q as {0}).sum::<{0}>()", t.name())),
                _ => atom(format!("{v}.iter().fold(0{0}, |p, &q| p.wrapping_mul(3).wrapping_add(q as {0}))", t.name())),
            },
            _ => {
                let end = self.c.below(6);
                atom(format!("(0..{end}{0}).map(|q| q * 2).sum::<{0}>()", t.name()))
            }
        }
    }

    fn collected(&mut self, t: &Ty, d: u32, mode: Mode) -> Expr {
        match self.list(mode) {
            Some((v, of)) if of == *t && of.copied() => {
                let n = self.c.below(4);
                let how = *self.c.pick(&[
                    "to_vec()",
                    "iter().rev().copied().collect()",
                    "iter().copied().skip(N).collect()",
                    "iter().take(N).cloned().collect()",
                ]);
                let how =
                    how.replace('N', &n.to_string()).replace("collect()", &format!("collect::<Vec<{}>>()", t.text()));
                atom(format!("{v}.{how}"))
            }
            Some((v, Ty::Int(_))) if matches!(t, Ty::Int(_)) => {
                atom(format!("{v}.iter().map(|&q| q as {0}).collect::<Vec<{0}>>()", t.text()))
            }
            _ => self.built(&Ty::Vec(Box::new(t.clone())), d, mode),
        }
    }

    fn out_of_container(&mut self, ty: &Ty, d: u32, mode: Mode) -> Expr {
        if !ty.copied() {
            return self.built(ty, d, mode);
        }
        let option = Ty::Option(Box::new(ty.clone()));
        match self.c.below(5) {
            0 => {
                let o = self.expr(&option, d, Mode { known: true, ..mode }).within(ATOM);
                atom(format!("{o}.unwrap_or({})", self.text(ty, d, mode)))
            }
            1 => atom(format!("{}.unwrap()", self.expr(&option, d, Mode { known: true, ..mode }).within(ATOM))),
            2 if !mode.pure && matches!(self.ret, Ty::Option(_)) => {
                atom(format!("{}?", self.expr(&option, d, Mode { known: true, ..mode }).within(ATOM)))
            }
            2 | 3 if !mode.pure && matches!(self.ret, Ty::Result(..)) => {
                let Ty::Result(_, e) = self.ret.clone() else { return self.leaf(ty, mode) };
                let result = Ty::Result(Box::new(ty.clone()), e);
                atom(format!("{}?", self.expr(&result, d, Mode { known: true, ..mode }).within(ATOM)))
            }
            3 => {
                let pair = Ty::Tuple(vec![ty.clone(), Ty::plain(&mut self.c, 0)]);
                atom(format!("{}.0", self.built(&pair, d, Mode { known: true, ..mode }).within(ATOM)))
            }
            _ => {
                let condition = self.head(&Ty::Bool, d, mode);
                let inner = self.head(&option, d, Mode { known: true, ..mode });
                let x = self.name();
                let scope = self.vars.len();
                self.bind(x.clone(), ty.clone(), false);
                let then = self.text(ty, d, mode);
                self.vars.truncate(scope);
                block(format!(
                    "if let Some({x}) = {inner} {{ {then} }} else if {condition} {{ {} }} else {{ {} }}",
                    self.text(ty, d, mode),
                    self.leaf(ty, mode).text
                ))
            }
        }
    }
}
