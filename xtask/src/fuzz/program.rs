//! A generated program: types, functions, and inputs of the last of them.

use harmonic_translator::interp::Value;

use super::choices::Choices;
use super::types::{Ty, input};

/// Calls of each program.
pub(crate) const CALLS: usize = 6;

/// What an expression may do at its place.
#[derive(Clone, Copy, Default)]
pub(crate) struct Mode {
    /// Assigns nothing, and leaves nothing.
    pub(crate) pure: bool,
    /// In a closure that keeps copies: only what is copied.
    pub(crate) closure: bool,
    /// Its type is to be known without its surroundings.
    pub(crate) known: bool,
}

/// A type of the program.
#[derive(Clone)]
pub(crate) enum Adt {
    Struct(Vec<Ty>),
    Enum(Vec<Vec<Ty>>),
}

/// A variable.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    /// A `&mut` parameter.
    pub(crate) reference: bool,
    /// Whether its type is written where it is declared.
    pub(crate) known: bool,
}

/// How a function is called.
#[derive(Clone)]
pub(crate) enum Callee {
    /// By value.
    Plain { name: String, params: Vec<Ty>, ret: Ty },
    /// With a `&mut` first.
    Change { name: String, of: Ty, with: Ty },
    /// A closure.
    Closure { name: String, param: Ty, ret: Ty },
    /// `fn pick<T>(c: bool, x: T, y: T) -> T`
    Generic,
    /// A recursive function, with how often first.
    Recursive { name: String, ty: Ty },
    /// A trait's method, of a type of the program or of `u32`.
    Method { of: Ty, ret: Ty },
}

/// Makes one program.
pub(crate) struct Generator {
    pub(crate) c: Choices,
    pub(crate) adts: Vec<Adt>,
    pub(crate) vars: Vec<Variable>,
    pub(crate) callees: Vec<Callee>,
    /// What the function at hand returns.
    pub(crate) ret: Ty,
    /// Loops around: their labels.
    pub(crate) loops: Vec<String>,
    pub(crate) labels: u32,
    size: u32,
}

/// A program with its calls.
#[derive(Clone)]
pub(crate) struct Program {
    /// Items of a module; the function `f` is the one that is called.
    pub(crate) text: String,
    /// Arguments as Rust writes them.
    pub(crate) calls: Vec<String>,
    /// Arguments of the interpreter.
    pub(crate) values: Vec<Vec<Value>>,
    /// What it was made of.
    pub(crate) choices: Vec<u32>,
}

const NAMES: [&str; 7] = ["a", "b", "c", "x", "y", "z", "w"];

impl Generator {
    pub(crate) fn name(&mut self) -> String {
        (*self.c.pick(&NAMES)).to_owned()
    }
    pub(crate) fn bind(&mut self, name: String, ty: Ty, mutable: bool) {
        self.vars.push(Variable { name, ty, mutable, reference: false, known: true });
    }
    /// Whether the program is large enough; counts what asks.
    pub(crate) fn spent(&mut self) -> bool {
        self.size += 1;
        self.size > 260
    }

    /// A call of something that gives such a value.
    pub(crate) fn call(&mut self, ty: &Ty, d: u32, mode: Mode) -> Option<super::expressions::Expr> {
        use super::expressions::atom;
        let fits: Vec<Callee> = self
            .callees
            .iter()
            .filter(|f| match f {
                Callee::Plain { ret, .. } | Callee::Method { ret, .. } => ret == ty,
                Callee::Closure { ret, .. } => ret == ty && !mode.closure,
                Callee::Generic => ty.copied(),
                Callee::Recursive { ty: t, .. } => t == ty,
                Callee::Change { .. } => false,
            })
            .cloned()
            .collect();
        if fits.is_empty() {
            return None;
        }
        let mode = Mode { pure: true, ..mode };
        Some(atom(match self.c.pick(&fits).clone() {
            Callee::Plain { name, params, .. } => {
                let args: Vec<_> = params.iter().map(|t| self.argument(t, d, mode)).collect();
                format!("{name}({})", args.join(", "))
            }
            Callee::Closure { name, param, .. } => format!("{name}({})", self.text(&param, d, mode)),
            Callee::Generic => {
                let known = Mode { known: true, ..mode };
                let condition = self.text(&Ty::Bool, d, mode);
                format!("pick({condition}, {}, {})", self.text(ty, d, known), self.text(ty, d, mode))
            }
            Callee::Recursive { name, ty } => {
                let n = self.c.below(6);
                format!("{name}({n}, {})", self.text(&ty, d, mode))
            }
            Callee::Method { of, .. } => {
                let r = self.expr(&of, d, Mode { known: true, ..mode }).within(super::expressions::binds::ATOM);
                format!("{r}.weigh({})", self.c.below(9))
            }
            Callee::Change { .. } => return None,
        }))
    }

    fn argument(&mut self, ty: &Ty, d: u32, mode: Mode) -> String {
        let Ty::Slice(t) = ty else { return self.text(ty, d, mode) };
        let array = Ty::Array(t.clone(), 1 + self.c.below(3));
        format!("&{}", self.expr(&array, d, Mode { known: true, ..mode }).within(super::expressions::binds::UNARY))
    }

    fn types(&mut self) -> String {
        let mut out = String::new();
        for i in 0..self.c.below(3) as usize {
            out.push_str("#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]\n");
            let fields = |g: &mut Self, least: u32| {
                (0..least + g.c.below(3)).map(|_| Ty::plain(&mut g.c, 1)).collect::<Vec<_>>()
            };
            if self.c.one_in(2) {
                let variants: Vec<_> = (0..2 + self.c.below(2)).map(|_| fields(self, 0)).collect();
                let texts = variants.iter().enumerate().map(|(k, parts)| match parts.is_empty() {
                    true => format!("V{k}"),
                    false => format!("V{k}({})", parts.iter().map(Ty::text).collect::<Vec<_>>().join(", ")),
                });
                out.push_str(&format!("pub enum T{i} {{ {} }}\n", texts.collect::<Vec<_>>().join(", ")));
                self.adts.push(Adt::Enum(variants));
            } else {
                let fields = fields(self, 1);
                let texts: Vec<_> = fields.iter().enumerate().map(|(k, t)| format!("pub f{k}: {}", t.text())).collect();
                out.push_str(&format!("pub struct T{i} {{ {} }}\n", texts.join(", ")));
                self.adts.push(Adt::Struct(fields));
            }
        }
        out
    }

    /// A type of parameters and results.
    fn any(&mut self) -> Ty {
        match self.c.below(6) {
            4 if !self.adts.is_empty() => Ty::Adt(self.c.below(self.adts.len() as u32) as usize),
            5 => Ty::Vec(Box::new(Ty::Int(Ty::int(&mut self.c)))),
            _ => Ty::plain(&mut self.c, 1),
        }
    }

    fn parameters(&mut self, types: &[Ty]) -> String {
        let mut out = vec![];
        self.vars.clear();
        for (i, t) in types.iter().enumerate() {
            let name = format!("p{i}");
            let mutable = !matches!(t, Ty::Slice(_)) && self.c.one_in(3);
            out.push(format!("{}{name}: {}", if mutable { "mut " } else { "" }, t.text()));
            self.bind(name, t.clone(), mutable);
        }
        out.join(", ")
    }

    fn body(&mut self, ret: &Ty, statements: u32, d: u32) -> String {
        self.ret = ret.clone();
        let callees = self.callees.len();
        let statements = self.statements(statements, d, Mode::default());
        let text = format!("{{\n    {statements}\n    {}\n}}\n", self.text(ret, d, Mode::default()));
        self.callees.truncate(callees);
        text
    }

    fn helpers(&mut self) -> String {
        let mut out = String::new();
        for i in 0..self.c.below(4) {
            let name = format!("h{i}");
            match self.c.below(5) {
                0 | 1 => {
                    let ret = self.any();
                    let params: Vec<_> = (0..1 + self.c.below(2))
                        .map(|_| match self.c.below(4) {
                            3 => Ty::Slice(Box::new(Ty::Int(Ty::int(&mut self.c)))),
                            _ => Ty::plain(&mut self.c, 1),
                        })
                        .collect();
                    let list = self.parameters(&params);
                    let body = self.body(&ret, 2, 2);
                    out.push_str(&format!("pub fn {name}({list}) -> {} {body}", ret.text()));
                    self.callees.push(Callee::Plain { name, params, ret });
                }
                2 => {
                    let (of, with) = (self.any(), Ty::plain(&mut self.c, 0));
                    self.vars.clear();
                    let by = Variable { name: "p".into(), ty: of.clone(), mutable: true, reference: true, known: true };
                    self.vars.push(by);
                    self.bind("q".into(), with.clone(), false);
                    self.ret = Ty::Bool;
                    let statements = self.statements(2, 2, Mode { pure: true, ..Mode::default() });
                    let value = self.text(&of, 2, Mode::default());
                    out.push_str(&format!(
                        "pub fn {name}(p: &mut {}, q: {}) -> bool {{\n    {statements}\n    *p = {value};\n    true\n}}\n",
                        of.text(),
                        with.text()
                    ));
                    self.callees.push(Callee::Change { name, of, with });
                }
                3 => {
                    let ty = Ty::plain(&mut self.c, 1);
                    self.vars.clear();
                    self.bind("n".into(), Ty::Int(harmonic_translator::tir::IntTy::U8), false);
                    self.bind("p".into(), ty.clone(), false);
                    self.ret = ty.clone();
                    let value = self.text(&ty, 3, Mode { pure: true, ..Mode::default() });
                    out.push_str(&format!(
                        "pub fn {name}(n: u8, p: {0}) -> {0} {{\n    if n == 0 {{ p }} else {{ {name}(n - 1, {value}) }}\n}}\n",
                        ty.text()
                    ));
                    self.callees.push(Callee::Recursive { name, ty });
                }
                _ if !out.contains("fn pick") && self.c.one_in(2) => {
                    out.push_str("pub fn pick<T: Copy>(c: bool, x: T, y: T) -> T { if c { x } else { y } }\n");
                    self.callees.push(Callee::Generic);
                }
                _ if !out.contains("trait Weigh") => {
                    let ret = Ty::Int(Ty::int(&mut self.c));
                    out.push_str(&format!("pub trait Weigh {{ fn weigh(self, n: u8) -> {}; }}\n", ret.text()));
                    let mut of = vec![Ty::Int(harmonic_translator::tir::IntTy::U32)];
                    of.extend((0..self.adts.len()).map(Ty::Adt));
                    for t in of {
                        self.vars.clear();
                        self.bind("self".into(), t.clone(), false);
                        self.bind("n".into(), Ty::Int(harmonic_translator::tir::IntTy::U8), false);
                        self.ret = ret.clone();
                        let value = self.text(&ret, 2, Mode { pure: true, ..Mode::default() });
                        out.push_str(&format!(
                            "impl Weigh for {} {{ fn weigh(self, n: u8) -> {} {{ {value} }} }}\n",
                            t.text(),
                            ret.text()
                        ));
                        self.callees.push(Callee::Method { of: t, ret: ret.clone() });
                    }
                }
                _ => {}
            }
        }
        out
    }
}

/// The program of some choices.
pub(crate) fn program(choices: Choices) -> Program {
    let mut g = Generator {
        c: choices,
        adts: vec![],
        vars: vec![],
        callees: vec![],
        ret: Ty::Bool,
        loops: vec![],
        labels: 0,
        size: 0,
    };
    let params: Vec<Ty> = (0..1 + g.c.below(3))
        .map(|_| match g.c.below(5) {
            4 => Ty::Slice(Box::new(Ty::Int(Ty::int(&mut g.c)))),
            3 => Ty::Vec(Box::new(Ty::Int(Ty::int(&mut g.c)))),
            _ => Ty::plain(&mut g.c, 1),
        })
        .collect();
    let (mut calls, mut values) = (vec![], vec![]);
    for _ in 0..CALLS {
        let (texts, call): (Vec<_>, Vec<_>) = params.iter().map(|t| input(&mut g.c, t)).unzip();
        calls.push(texts.join(", "));
        values.push(call);
    }
    let types = g.types();
    let helpers = g.helpers();
    g.size = 0;
    let ret = g.any();
    let list = g.parameters(&params);
    let statements = 1 + g.c.below(5);
    let body = g.body(&ret, statements, 3);
    let text = format!("{types}{helpers}#[spec]\npub fn f({list}) -> {} {body}", ret.text());
    Program { text, calls, values, choices: g.c.made() }
}
