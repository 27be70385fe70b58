//! `match`, `if let` and `matches!` in conditions.
//!
//! Patterns of constructors become a Lean `match`. Numbers, ranges and guards are tests beside it, tried arm by arm.

use super::*;
use crate::tir_to_fir::alternatives;

/// An arm: pattern, guard, and what it comes to (`None`: true).
pub(super) type CaseArm<'e> = (&'e Pat, Option<&'e Expr>, Option<&'e Expr>);

/// One proposition or another, by a test; as short as it can be said.
fn either(test: &str, yes: &str, no: &str) -> String {
    match (yes, no) {
        ("True", no) => format!("(({test}) ∨ ({no}))"),
        ("False", no) => format!("(¬({test}) ∧ ({no}))"),
        (yes, "False") => format!("(({test}) ∧ ({yes}))"),
        (yes, "True") => format!("(({test}) → ({yes}))"),
        _ => format!("((({test}) → ({yes})) ∧ (¬({test}) → ({no})))"),
    }
}

/// What the arms of a `match` come to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Prop,
    Int,
    /// A value of another type, as a term.
    Value,
}

/// Longest text of a `match` whose arms are tried one by one: each repeats those after it.
const LONGEST: usize = 40_000;

impl<'a> Spec<'a, '_> {
    fn rendered(&self, kind: Kind, e: &Expr, env: &Env) -> R<String> {
        match kind {
            Kind::Prop => self.prop(e, env),
            Kind::Int => self.int(e, env),
            Kind::Value => self.value_term(e, env),
        }
    }

    /// An `if`, or an `if let`.
    pub(super) fn branches(&self, kind: Kind, (c, t, f): (&Expr, &Expr, &Expr), env: &Env, span: Span) -> R<String> {
        if let ExprKind::Let(pat, s) = &*c.kind {
            let els = self.rendered(kind, f, env)?;
            return self.cases(kind, s, &[(pat, None, Some(t))], Some(els), env, span);
        }
        let (c, t, f) = (self.prop(c, env)?, self.rendered(kind, t, env)?, self.rendered(kind, f, env)?);
        let mut needs = c.needs;
        needs.extend(t.needs.iter().map(|n| format!("(({}) → {n})", c.it)));
        needs.extend(f.needs.iter().map(|n| format!("(¬({}) → {n})", c.it)));
        let it = match kind {
            Kind::Prop => either(&c.it, &t.it, &f.it),
            Kind::Int | Kind::Value => choice(&c.it, &t.it, &f.it),
        };
        Ok(With { it, needs })
    }

    /// A `match` of which some arm fits.
    pub(super) fn arms(&self, kind: Kind, s: &Expr, arms: &[Arm], env: &Env, span: Span) -> R<String> {
        let list: Vec<CaseArm<'_>> = arms.iter().map(|a| (&a.pat, a.guard.as_ref(), Some(&a.body))).collect();
        self.cases(kind, s, &list, None, env, span)
    }

    /// A `match`; `default` is what holds if no arm fits (`None`: the arms are exhaustive).
    pub(super) fn cases(
        &self,
        kind: Kind,
        s: &Expr,
        arms: &[CaseArm<'_>],
        default: Option<With<String>>,
        env: &Env,
        span: Span,
    ) -> R<String> {
        let v = self.value(s, env)?;
        let ty = value_ty(&s.ty);
        let term = self.terms.term(&v.it, &ty);
        // Alternatives are arms of their own.
        let mut list = vec![];
        for (pat, guard, body) in arms {
            for pat in alternatives(pat) {
                let (mut env, mut tests) = (env.clone(), vec![]);
                let (text, one) = match self.plain_tests(&pat, v.it.clone(), &ty, &mut env, &mut tests)? {
                    true => ("_".to_string(), true),
                    false => {
                        tests.clear();
                        (self.pattern(&pat, &mut env, &mut tests)?, false)
                    }
                };
                let mut needs = vec![];
                if let Some(guard) = guard {
                    let g = self.prop(guard, &env)?;
                    let before = conjunction(&tests);
                    needs.extend(g.needs.iter().map(|n| format!("(({before}) → {n})")));
                    tests.push(g.it);
                }
                let body = match body {
                    Some(b) => self.rendered(kind, b, &env)?,
                    None => pure("True".to_string()),
                };
                list.push((text, one, tests, needs, body));
            }
        }
        let mut needs = v.needs;
        let head = format!("(match (generalizing := false) {term} with");
        if list.iter().all(|(_, _, tests, needs, _)| tests.is_empty() && needs.is_empty()) && default_is_plain(&default)
        {
            // Lean tries the arms in order, as Rust does.
            let (mut out, mut need, mut any) = (head.clone(), head, false);
            let mut irrefutable = false;
            for (text, ..) in &list {
                irrefutable |= !text.contains('.');
            }
            for (text, _, _, _, body) in &list {
                any |= !body.needs.is_empty();
                out.push_str(&format!(" | {text} => {}", body.it));
                need.push_str(&format!(" | {text} => {}", conjunction(&body.needs)));
            }
            if let (Some(d), false) = (&default, irrefutable) {
                out.push_str(&format!(" | _ => {}", d.it));
                need.push_str(" | _ => True");
            }
            if any {
                needs.push(need + ")");
            }
            return Ok(With { it: out + ")", needs });
        }
        // What no arm takes cannot be, and has to be shown not to be.
        let mut rest = default.unwrap_or_else(|| With {
            it: match kind {
                Kind::Prop => "False".into(),
                Kind::Int => "(0 : Int)".into(),
                Kind::Value => "default".into(),
            },
            needs: vec!["False".into()],
        });
        for (text, no_split, tests, own, body) in list.into_iter().rev() {
            let test = conjunction(&tests);
            let free = tests.is_empty();
            let it = match kind {
                _ if free => body.it.clone(),
                Kind::Prop => either(&test, &body.it, &rest.it),
                Kind::Int | Kind::Value => choice(&test, &body.it, &rest.it),
            };
            let mut inner = own;
            inner.extend(body.needs.iter().map(|n| if free { n.clone() } else { format!("(({test}) → {n})") }));
            if !free {
                inner.extend(rest.needs.iter().map(|n| format!("(¬({test}) → {n})")));
            }
            rest = if no_split {
                With { it, needs: inner }
            } else {
                // A pattern of no constructor takes everything.
                let all = !text.contains('.');
                let other = |r: &str| if all { String::new() } else { format!(" | _ => {r}") };
                let needs = match (inner.is_empty(), rest.needs.is_empty() || all) {
                    (true, true) => vec![],
                    _ => {
                        vec![format!("{head} | {text} => {}{})", conjunction(&inner), other(&conjunction(&rest.needs)))]
                    }
                };
                With { it: format!("{head} | {text} => {it}{})", other(&rest.it)), needs }
            };
            if rest.it.len() + rest.needs.iter().map(String::len).sum::<usize>() > LONGEST {
                return self.no("a `match` of this many arms", span);
            }
        }
        needs.extend(rest.needs);
        Ok(With { it: rest.it, needs })
    }

    /// Tests a pattern without constructors of enums: what must hold, and what it binds. `false`: it has constructors.
    fn plain_tests(
        &self,
        pat: &Pat,
        v: Sym,
        ty: &Ty,
        env: &mut Env,
        tests: &mut Vec<String>,
    ) -> Result<bool, Diagnostic> {
        match &*pat.kind {
            PatKind::Wild => {}
            PatKind::Deref(p) => return self.plain_tests(p, v, ty, env, tests),
            PatKind::Bind { local, sub, .. } => {
                env.insert(local.0, v.clone());
                if let Some(p) = sub {
                    return self.plain_tests(p, v, ty, env, tests);
                }
            }
            PatKind::Lit(Lit::Bool(b)) => {
                let p = self.terms.prop_of_bool(&v);
                tests.push(if *b { p } else { format!("¬({p})") });
            }
            PatKind::Lit(_) | PatKind::Range { .. } => self.number_tests(pat, &self.terms.int(&v, ty), tests)?,
            PatKind::Tuple(ps) => {
                let Ty::Tuple(ts) = ty.peel() else { return Ok(false) };
                for (i, p) in ps.iter().enumerate() {
                    let part =
                        if ps.len() == 1 { v.clone() } else { self.terms.field(v.clone(), ty, None, i, ps.len()) };
                    if !self.plain_tests(p, part, ts.get(i).unwrap_or(&Ty::Never), env, tests)? {
                        return Ok(false);
                    }
                }
            }
            PatKind::Slice { prefix, rest, suffix } => {
                let Some(of) = element(ty) else { return Ok(false) };
                let (list, lo, hi) = self.part_of(&v, ty);
                let length = linear::minus(&hi, &lo);
                let (n, m) = (prefix.len(), suffix.len());
                tests.push(format!("({} : Int) {} {length}", n + m, if rest.is_some() { "≤" } else { "=" }));
                let from = |i: usize| linear::plus(&lo, &format!("({i} : Int)"));
                let until = |i: usize| linear::minus(&hi, &format!("({i} : Int)"));
                let positions = (0..n).map(from).chain((0..m).map(|i| until(m - i)));
                for (p, at) in prefix.iter().chain(suffix).zip(positions) {
                    let element = Sym::Term(format!("{list}.val[Int.toNat {at}]!"));
                    if !self.plain_tests(p, element, &of, env, tests)? {
                        return Ok(false);
                    }
                }
                if let Some(Some(p)) = rest {
                    let part = Sym::Part { list: list.clone(), lo: from(n), hi: until(m) };
                    return self.plain_tests(p, part, ty, env, tests);
                }
            }
            PatKind::Variant { adt, fields, .. } if !self.terms.prog.adts[adt.0].is_enum => {
                let Ty::Adt(_, args) = ty.peel() else { return Ok(false) };
                for (i, p) in fields.iter().enumerate() {
                    let part = self.terms.field(v.clone(), ty, Some(*adt), i, 0);
                    if !self.plain_tests(p, part, &field_ty(self.terms.prog, *adt, 0, i, args), env, tests)? {
                        return Ok(false);
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Tests of a number or a character against a literal or a range.
    fn number_tests(&self, pat: &Pat, n: &str, tests: &mut Vec<String>) -> Result<(), Diagnostic> {
        let value = |l: &Lit| match l {
            Lit::Int(k) => Some(lit(k)),
            Lit::Char(c) => Some((*c as u32).to_string()),
            _ => None,
        };
        let (lo, hi, closed) = match &*pat.kind {
            PatKind::Lit(l) => match value(l) {
                Some(k) => {
                    tests.push(format!("{n} = {k}"));
                    return Ok(());
                }
                None => return Err(refuse("H0601", "this pattern in a condition is not supported", pat.span)),
            },
            PatKind::Range { lo, hi, inclusive } => (lo, hi, *inclusive),
            _ => return Err(refuse("H0601", "this pattern in a condition is not supported", pat.span)),
        };
        if let Some(k) = lo.as_ref().and_then(value) {
            tests.push(format!("{k} ≤ {n}"));
        }
        if let Some(k) = hi.as_ref().and_then(value) {
            tests.push(format!("{n} {} {k}", if closed { "≤" } else { "<" }));
        }
        Ok(())
    }

    /// A pattern as Lean's, with the tests of the numbers in it.
    fn pattern(&self, pat: &Pat, env: &mut Env, tests: &mut Vec<String>) -> Result<String, Diagnostic> {
        Ok(match &*pat.kind {
            PatKind::Wild => "_".into(),
            PatKind::Deref(p) => self.pattern(p, env, tests)?,
            PatKind::Bind { local, sub, .. } => {
                let name = self.bound(&self.locals[local.0].name);
                let v = Sym::Term(name.clone());
                env.insert(local.0, v.clone());
                if let Some(p) = sub {
                    if !self.plain_tests(p, v, &value_ty(&p.ty), env, tests)? {
                        return Err(refuse("H0601", "this pattern in a condition is not supported", pat.span));
                    }
                }
                name
            }
            PatKind::Lit(Lit::Bool(b)) => format!("Bool.{b}"),
            PatKind::Lit(_) | PatKind::Range { .. } => {
                let name = self.bound("n");
                let n = self.terms.int(&Sym::Term(name.clone()), &value_ty(&pat.ty));
                self.number_tests(pat, &n, tests)?;
                name
            }
            PatKind::Tuple(ps) if ps.is_empty() => "_".into(),
            PatKind::Tuple(ps) if ps.len() == 1 => self.pattern(&ps[0], env, tests)?,
            PatKind::Tuple(ps) => {
                let mut items = vec![];
                for p in ps {
                    items.push(self.pattern(p, env, tests)?);
                }
                format!("({})", items.join(", "))
            }
            PatKind::Variant { adt, variant, fields } => {
                let name = if self.terms.prog.adts[adt.0].is_enum {
                    ctor_name(self.terms.prog, *adt, *variant)
                } else {
                    format!("{}.v_{}", adt_name(self.terms.prog, *adt), self.terms.prog.adts[adt.0].variants[0].name)
                };
                let mut out = format!("({name}");
                for f in fields {
                    out.push_str(&format!(" {}", self.pattern(f, env, tests)?));
                }
                out + ")"
            }
            _ => return Err(refuse("H0601", "this pattern in a condition is not supported", pat.span)),
        })
    }
}

fn default_is_plain(default: &Option<With<String>>) -> bool {
    default.as_ref().is_none_or(|d| d.needs.is_empty())
}

fn conjunction(parts: &[String]) -> String {
    if parts.is_empty() {
        "True".to_string()
    } else {
        parts.iter().map(|p| format!("({p})")).collect::<Vec<_>>().join(" ∧ ")
    }
}
