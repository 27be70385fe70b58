//! Random inputs of a type, and random changes to them.

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};

use super::int_ops;
use super::machine::Machine;
use super::rng::Rng;
use super::types::{edge_ints, field_types, simplest};
use super::value::Value;
use super::walk;
use crate::tir::{Expr, ExprKind, FnId, Function, IntTy, Lit, Pat, PatKind, Program, Ty};

/// Longest collection that is usually made.
const USUAL_LENGTH: usize = 5;

/// A source of values.
pub(crate) struct Generator<'p> {
    pub(crate) program: &'p Program,
    pub(crate) rng: Rng,
    /// Numbers that the function, its callees and its spec mention, with neighbours.
    pub(crate) constants: Vec<BigInt>,
    /// Strings that they mention.
    texts: Vec<String>,
    /// Numbers that failed comparisons of `requires` asked for lately.
    pub(crate) wanted: Vec<BigInt>,
}

impl<'p> Generator<'p> {
    pub(crate) fn new(program: &'p Program, f: FnId, seed: u64) -> Generator<'p> {
        let (constants, texts) = constants(program, f);
        Generator { program, rng: Rng::new(seed), constants, texts, wanted: Vec::new() }
    }

    pub(crate) fn int(&mut self, t: IntTy) -> BigInt {
        let x = match self.rng.below(12) {
            0..=3 => BigInt::from(self.rng.below(6)),
            4 => BigInt::from(self.rng.below(40)) - 20,
            5 | 6 => self.rng.pick(&edge_ints(t)).cloned().unwrap_or_default(),
            7 | 8 => match self.rng.pick(&self.constants) {
                Some(c) => c.clone(),
                None => BigInt::from(self.rng.below(6)),
            },
            9 => match self.rng.pick(&self.wanted) {
                Some(c) => c.clone(),
                None => t.max() - self.rng.below(4),
            },
            _ => {
                // A number of random width.
                let bits = 1 + self.rng.below(t.bits() as usize);
                let raw = BigInt::from(self.rng.next()) << 64 | BigInt::from(self.rng.next());
                let x: BigInt = raw % (BigInt::one() << bits);
                if t.signed() && self.rng.one_in(2) { -x } else { x }
            }
        };
        int_ops::wrap(t, &x)
    }

    /// A random value; `None` when the type has none that can be made.
    pub(crate) fn value(&mut self, ty: &Ty, depth: usize) -> Option<Value> {
        if depth > 10 {
            return simplest(self.program, ty, 0);
        }
        Some(match ty {
            Ty::Bool => Value::Bool(self.rng.one_in(2)),
            Ty::Char => match self.rng.below(4) {
                0 => Value::Char(char::from(b'0' + u8::try_from(self.rng.below(10)).unwrap_or(0))),
                1 => Value::Char(char::from(u8::try_from(self.rng.below(128)).unwrap_or(0))),
                2 => Value::Char(
                    char::from_u32(u32::try_from(self.rng.below(0x11_0000)).unwrap_or(0)).unwrap_or('\u{e000}'),
                ),
                _ => Value::Char(char::from(b'a' + u8::try_from(self.rng.below(26)).unwrap_or(0))),
            },
            Ty::Int(t) => Value::Int(self.int(*t)),
            Ty::Math => Value::int(self.rng.below(41)),
            Ty::Tuple(ts) => Value::tuple(ts.iter().map(|t| self.value(t, depth + 1)).collect::<Option<_>>()?),
            Ty::Array(t, n) => {
                let n = usize::try_from(*n).ok().filter(|n| *n <= 4096)?;
                Value::list(self.elements(t, n, depth)?)
            }
            Ty::Slice(t) | Ty::Vec(t) => {
                let n = if self.rng.one_in(12) { self.rng.below(14) } else { self.rng.below(USUAL_LENGTH + 1) };
                let n = if depth > 3 { n.min(2) } else { n };
                Value::list(self.elements(t, n, depth)?)
            }
            Ty::Ref(_, t) => self.value(t, depth)?,
            Ty::Adt(id, args) => {
                let n = self.program.adts.get(id.0)?.variants.len();
                if n == 0 {
                    return None;
                }
                // Recursive types must end: deep down the simplest variant is taken.
                let k = self.rng.below(n);
                let types = field_types(self.program, *id, k, args)?;
                let fields: Option<Vec<_>> = types.iter().map(|t| self.value(t, depth + 2)).collect();
                match fields {
                    Some(fields) => Value::adt(*id, k, fields),
                    None => simplest(self.program, ty, 0)?,
                }
            }
            Ty::Str | Ty::String => self.text(),
            Ty::Param(_) | Ty::Opaque(..) | Ty::Never => return simplest(self.program, ty, 0),
        })
    }

    /// A string: one that is mentioned, perhaps changed a little, or one of any characters, most of them ASCII.
    fn text(&mut self) -> Value {
        let mentioned = if self.rng.one_in(2) { self.rng.pick(&self.texts).cloned() } else { None };
        let keeps = mentioned.is_some() && self.rng.one_in(2);
        let mut chars: Vec<char> = mentioned.unwrap_or_default().chars().collect();
        if !keeps {
            if !chars.is_empty() && self.rng.one_in(2) {
                chars.remove(self.rng.below(chars.len()));
            }
            for _ in 0..self.rng.below(USUAL_LENGTH + 1) {
                // A number that is compared with a byte of it may be wanted.
                let wanted = match self.rng.below(3) {
                    0 => self.rng.pick(&self.constants).and_then(|n| n.to_u8()).filter(u8::is_ascii).map(char::from),
                    _ => None,
                };
                let c = match (wanted, self.value(&Ty::Char, 10)) {
                    (Some(c), _) | (None, Some(Value::Char(c))) => c,
                    _ => 'a',
                };
                chars.insert(self.rng.below(chars.len() + 1), c);
            }
        }
        Value::text(&chars.into_iter().collect::<String>())
    }

    fn elements(&mut self, t: &Ty, n: usize, depth: usize) -> Option<Vec<Value>> {
        if n == 0 {
            return Some(vec![]);
        }
        let style = self.rng.below(8);
        let mut items = Vec::with_capacity(n);
        let first = self.value(t, depth + 1)?;
        for i in 0..n {
            items.push(match (style, t) {
                (0, _) => first.clone(),
                // Few distinct small values: duplicates, near misses.
                (1..=3, Ty::Int(k)) => Value::Int(int_ops::wrap(*k, &BigInt::from(self.rng.below(4)))),
                (4, Ty::Int(k)) => Value::Int(int_ops::wrap(*k, &BigInt::from(i))),
                _ => self.value(t, depth + 1)?,
            });
        }
        if matches!(style, 2 | 5) {
            self.sort(&mut items);
        }
        Some(items)
    }

    fn sort(&self, items: &mut [Value]) {
        let m = Machine::new(self.program, super::Limits::default());
        items.sort_by(|a, b| m.compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
    }

    /// Changes one random part of the inputs.
    pub(crate) fn mutate(&mut self, inputs: &mut [Value], types: &[Ty]) {
        // A number taken from elsewhere in the inputs relates parameters to each other.
        let mut numbers = Vec::new();
        inputs.iter().for_each(|v| collect_numbers(v, &mut numbers, 64));
        let total: usize = inputs.iter().map(Value::size).sum();
        let mut at = self.rng.below(total);
        for (v, t) in inputs.iter_mut().zip(types) {
            let size = v.size();
            if at < size {
                self.mutate_at(v, t, at, &numbers);
                return;
            }
            at -= size;
        }
    }

    fn mutate_at(&mut self, v: &mut Value, ty: &Ty, at: usize, numbers: &[BigInt]) {
        if let Ty::Ref(_, t) = ty {
            return self.mutate_at(v, t, at, numbers);
        }
        if matches!(ty, Ty::Str | Ty::String) {
            *v = self.text();
            return;
        }
        if at > 0 {
            let types: Vec<Ty> = match (ty, &*v) {
                (Ty::Tuple(ts), _) => ts.clone(),
                (Ty::Array(t, _) | Ty::Slice(t) | Ty::Vec(t), Value::List(c)) => vec![(**t).clone(); c.len()],
                (Ty::Adt(id, args), Value::Adt(_, k, _)) => {
                    field_types(self.program, *id, *k, args).unwrap_or_default()
                }
                _ => vec![],
            };
            let mut at = at - 1;
            for (c, t) in v.children_mut().into_iter().flatten().zip(&types) {
                let size = c.size();
                if at < size {
                    return self.mutate_at(c, t, at, numbers);
                }
                at -= size;
            }
            return;
        }
        match (ty, &mut *v) {
            (Ty::Int(t), Value::Int(x)) => *x = self.mutate_int(*t, x, numbers),
            (Ty::Bool, Value::Bool(b)) => *b = !*b,
            (Ty::Slice(t) | Ty::Vec(t), Value::List(_)) => self.mutate_list(v, t, None, numbers),
            (Ty::Array(t, n), Value::List(_)) => self.mutate_list(v, t, usize::try_from(*n).ok(), numbers),
            _ => {
                if let Some(new) = self.value(ty, 4) {
                    *v = new;
                }
            }
        }
    }

    fn mutate_int(&mut self, t: IntTy, x: &BigInt, numbers: &[BigInt]) -> BigInt {
        let y = match self.rng.below(10) {
            0 => x + 1,
            1 => x - 1,
            2 => x + (BigInt::one() << self.rng.below(t.bits() as usize)),
            3 => x - (BigInt::one() << self.rng.below(t.bits() as usize)),
            4 | 5 => self.rng.pick(&self.wanted).cloned().unwrap_or_else(|| x / 2),
            6 => self.rng.pick(numbers).cloned().unwrap_or_default() + self.rng.below(3) - 1,
            7 => x / 2,
            _ => self.int(t),
        };
        if int_ops::fits(t, &y) { y } else { self.int(t) }
    }

    fn mutate_list(&mut self, v: &mut Value, t: &Ty, fixed: Option<usize>, numbers: &[BigInt]) {
        let Value::List(_) = v else { return };
        let choice = self.rng.below(if fixed.is_some() { 5 } else { 11 });
        let length = match self.rng.below(2) {
            0 => self.rng.pick(&self.wanted).cloned(),
            _ => self.rng.pick(numbers).cloned(),
        };
        let fresh = self.value(t, 2);
        let n = v.children().map_or(0, <[Value]>::len);
        let (a, b) = (self.rng.below(n), self.rng.below(n));
        let Some(items) = v.children_mut() else { return };
        match choice {
            0 => self.sort(items),
            1 => {
                self.sort(items);
                items.reverse();
            }
            2 if n > 0 => {
                let x = items[a].clone();
                items.iter_mut().for_each(|y| *y = x.clone());
            }
            3 if n > 0 => items.swap(a, b),
            4 if n > 0 => items[b] = items[a].clone(),
            5 | 6 => items.extend(fresh),
            7 => {
                items.pop();
            }
            8 if n > 0 => {
                items.remove(a);
            }
            9 => {
                self.sort(items);
                items.dedup();
            }
            _ if fixed.is_none() => {
                // Lengths that a condition asked for.
                let want = length.and_then(|x| x.to_usize()).unwrap_or(n + 1).min(64);
                items.truncate(want);
                while items.len() < want {
                    match &fresh {
                        Some(x) => items.push(x.clone()),
                        None => break,
                    }
                }
            }
            _ => {}
        }
    }
}

fn collect_numbers(v: &Value, out: &mut Vec<BigInt>, max: usize) {
    if out.len() >= max {
        return;
    }
    match v {
        Value::Int(x) => out.push(x.clone()),
        Value::List(c) => {
            out.push(BigInt::from(c.len()));
            c.iter().for_each(|x| collect_numbers(x, out, max));
        }
        v => v.children().unwrap_or_default().iter().for_each(|x| collect_numbers(x, out, max)),
    }
}

/// Numbers in a function, its spec and its callees, each with its neighbours; and the strings.
fn constants(program: &Program, f: FnId) -> (Vec<BigInt>, Vec<String>) {
    let mut found: Vec<BigInt> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    let mut todo = vec![f];
    let mut seen = vec![f];
    while let Some(f) = todo.pop() {
        let Some(function) = program.functions.get(f.0) else { continue };
        for e in conditions(function).into_iter().chain(&function.body) {
            texts_in(e, &mut texts);
            constants_in(e, &mut found, &mut |g| {
                if seen.len() < 40 && !seen.contains(&g) {
                    seen.push(g);
                    todo.push(g);
                }
            });
        }
    }
    let mut out: Vec<BigInt> = Vec::new();
    for x in found.into_iter().take(40) {
        for y in [x.clone(), &x - 1, &x + 1, -&x] {
            if !out.contains(&y) {
                out.push(y);
            }
        }
    }
    out.sort_by(|a, b| a.magnitude().cmp(b.magnitude()).then(b.cmp(a)));
    texts.truncate(40);
    (out, texts)
}

fn texts_in(e: &Expr, out: &mut Vec<String>) {
    if let ExprKind::Lit(Lit::Str(s)) = &*e.kind
        && !out.contains(s)
    {
        out.push(s.clone());
    }
    if let ExprKind::Match(_, arms) = &*e.kind {
        arms.iter().for_each(|a| texts_in_pat(&a.pat, out));
    }
    walk::children(e, &mut |c| texts_in(c, out));
}

/// Patterns of bytes that are those of a string.
fn texts_in_pat(p: &Pat, out: &mut Vec<String>) {
    match &*p.kind {
        PatKind::Slice { prefix, rest: None, suffix } if suffix.is_empty() => {
            let byte = |p: &Pat| match &*p.kind {
                PatKind::Lit(Lit::Int(x)) => x.to_u8(),
                _ => None,
            };
            if let Some(Ok(text)) = prefix.iter().map(byte).collect::<Option<Vec<u8>>>().map(String::from_utf8) {
                out.push(text);
            }
        }
        PatKind::Tuple(ps) | PatKind::Or(ps) | PatKind::Variant { fields: ps, .. } => {
            ps.iter().for_each(|p| texts_in_pat(p, out));
        }
        PatKind::Deref(p) => texts_in_pat(p, out),
        PatKind::Bind { sub, .. } => sub.iter().for_each(|p| texts_in_pat(p, out)),
        _ => {}
    }
}

/// The conditions of a function's spec.
pub(crate) fn conditions(function: &Function) -> Vec<&Expr> {
    match &function.spec {
        None => vec![],
        Some(s) => {
            s.requires.iter().chain(s.ensures.iter().map(|(_, e)| e)).chain(s.captures.iter().map(|(_, e)| e)).collect()
        }
    }
}

fn constants_in(e: &Expr, out: &mut Vec<BigInt>, calls: &mut dyn FnMut(FnId)) {
    match &*e.kind {
        ExprKind::Lit(Lit::Int(x)) if !out.contains(x) => out.push(x.clone()),
        ExprKind::Lit(Lit::Char(c)) => out.push(BigInt::from(u32::from(*c))),
        ExprKind::Call(f, ..) => calls(*f),
        ExprKind::Match(_, arms) => arms.iter().for_each(|a| constants_in_pat(&a.pat, out)),
        _ => {}
    }
    walk::children(e, &mut |c| constants_in(c, out, calls));
}

fn constants_in_pat(p: &Pat, out: &mut Vec<BigInt>) {
    let mut lit = |l: &Lit| {
        if let Lit::Int(x) = l {
            out.push(x.clone());
        }
    };
    match &*p.kind {
        PatKind::Lit(l) => lit(l),
        PatKind::Range { lo, hi, .. } => lo.iter().chain(hi).for_each(lit),
        PatKind::Tuple(ps) | PatKind::Or(ps) | PatKind::Variant { fields: ps, .. } => {
            ps.iter().for_each(|p| constants_in_pat(p, out));
        }
        PatKind::Deref(p) => constants_in_pat(p, out),
        PatKind::Bind { sub, .. } => sub.iter().for_each(|p| constants_in_pat(p, out)),
        PatKind::Slice { prefix, suffix, .. } => prefix.iter().chain(suffix).for_each(|p| constants_in_pat(p, out)),
        PatKind::Wild => {}
    }
}
