//! Leaves: the obligations as closed lemmas, each with all that is known at its place.

use super::{Entry, Frame, MAX_LEAVES, MAX_TEXT, Vcg};
use crate::span::Span;
use crate::terms::{lit, ty_text};
use crate::tir::Ty;
use crate::tir_to_fir::{element, refuse};
use crate::unit::{Obligation, Shape};
use crate::words::in_rust;

impl<'a> Vcg<'a> {
    /// States a leaf in the context of `frame`; the term that applies it.
    pub(super) fn leaf(&mut self, frame: &Frame<'a>, goal: &str, kind: &str, span: Span) -> String {
        if self.obligations.len() >= MAX_LEAVES || self.stated >= MAX_TEXT {
            if self.errors.is_empty() {
                self.errors.push(refuse(
                    "H0605",
                    "this function has too many paths: give a spec to parts of it",
                    self.f.sig_span,
                ));
            }
            return "sorry_is_refused".into();
        }
        let mut binders = crate::fir_to_lean::generics(self.f);
        let mut args = crate::terms::own_type_arguments(self.prog, self.f);
        let (mut facts, mut shape) = (vec![], Shape::default());
        let (mut ints, mut lists) = (vec![], vec![]);
        let mut texts = goal.to_string();
        for e in frame.ctx.list() {
            match e {
                Entry::Var { name, ty } => {
                    binders.push_str(&format!(" ({name} : {})", ty_text(self.prog, ty)));
                    args.push_str(&format!(" {name}"));
                    if let Ty::Int(t) = ty {
                        ints.push((name.clone(), *t));
                    }
                    if element(ty).is_some() {
                        lists.push(name.clone());
                    }
                }
                Entry::Hyp { name, prop, proof } => {
                    binders.push_str(&format!(" ({name} : {prop})"));
                    args.push_str(&format!(" ({proof})"));
                    facts.push(prop.clone());
                    texts.push('\n');
                    texts.push_str(prop);
                }
            }
        }
        // Fields, elements and results have bounds as variables have.
        let met = self.met.borrow();
        ints.extend(met.ints.iter().filter(|(t, _)| mentions(&texts, t, ".val")).map(|(t, ty)| (t.clone(), *ty)));
        lists.extend(met.lists.iter().filter(|t| mentions(&texts, t, ".val")).cloned());
        drop(met);
        for (i, (term, t)) in ints.iter().enumerate() {
            binders.push_str(&format!(" (hb{i} : {} ≤ {term}.val ∧ {term}.val ≤ {})", lit(&t.min()), lit(&t.max())));
            args.push_str(&format!(" (MInt.bounds ({term}))"));
        }
        for (i, term) in lists.iter().enumerate() {
            binders.push_str(&format!(" (hl{i} : {term}.val.length ≤ 18446744073709551615)"));
            args.push_str(&format!(" {term}.fits"));
        }
        shape.quantifier = texts.contains('∀') || texts.contains('∃');
        shape.bits = ["&&&", "|||", "^^^", "pow2", "BitVec"].iter().any(|w| texts.contains(w));
        shape.nonlinear = [" * ", " / ", " % ", "tdiv", "tmod", " ^ "].iter().any(|w| texts.contains(w));
        shape.has_list = !lists.is_empty() || texts.contains(".val[");
        let candidates = elementwise(frame.ctx.list().as_slice(), goal).into_iter().collect();
        let statement = powers(&format!("{binders} :\n    {goal}"));
        self.stated += statement.len();
        let name = match self.seen.get(&statement) {
            Some(n) => n.clone(),
            None => {
                let (facts, shown) = in_rust(self.names, &self.calls, &facts, goal);
                let name = format!("{}.leaf_{}", self.name, self.obligations.len() + 1);
                self.obligations.push(Obligation {
                    name: name.clone(),
                    statement: format!("theorem {name}{statement}"),
                    kind: kind.to_string(),
                    span,
                    facts,
                    goal: shown.unwrap_or_default(),
                    shape,
                    candidates,
                    inductions: crate::spec_to_lean::inductions(self.prog, goal),
                });
                self.seen.insert(statement, name.clone());
                name
            }
        };
        format!("({name}{args})")
    }
}

/// A block for a goal about elements of lists, where rules of the library say of each element which other one it is: those
/// are rewritten as far as linear arithmetic shows that their positions are in range.
fn elementwise(known: &[&Entry], goal: &str) -> Option<String> {
    let of_elements = |e: &&Entry| match e {
        Entry::Hyp { name, prop, .. } if prop.starts_with("(∀ (k : Int), ") => Some(name.clone()),
        _ => None,
    };
    let rules: Vec<String> = known.iter().filter_map(of_elements).collect();
    if rules.is_empty() || !goal.contains("]!") {
        return None;
    }
    let rules = rules.join(", ");
    Some(format!(
        "intros\ntry simp (disch := omega) only [{rules}, Int.sub_self, Int.add_zero] at *\nall_goals first | omega | grind (splits := 4)"
    ))
}

/// Powers of two with a literal exponent are literals: Lean computes them when it applies the leaf.
fn powers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("pow2 (") {
        let (before, tail) = (&rest[..at], &rest[at + "pow2 (".len()..]);
        let exponent = tail.split_once(" : Int)").and_then(|(n, more)| Some((n.parse::<u32>().ok()?, more)));
        match exponent {
            Some((n, more)) if n <= 64 && !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                let before = before.strip_suffix("Harmonic.").unwrap_or(before);
                out.push_str(&format!("{before}{}", 1u128 << n));
                rest = more;
            }
            _ => {
                out.push_str(&rest[..at + "pow2 (".len()]);
                rest = tail;
            }
        }
    }
    out + rest
}

/// Whether `term` stands in a text as a whole term, with `suffix` behind it.
fn mentions(text: &str, term: &str, suffix: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\'');
    text.match_indices(term).any(|(at, _)| !text[..at].ends_with(inside) && text[at + term.len()..].starts_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn powers_of_literals_are_literals() {
        assert_eq!(super::powers("x / pow2 (2 : Int) + Harmonic.pow2 (3 : Int)"), "x / 4 + 8");
        assert_eq!(
            super::powers("pow2 n_1.val * pow2 (n_1.val - (1 : Int))"),
            "pow2 n_1.val * pow2 (n_1.val - (1 : Int))"
        );
    }

    #[test]
    fn terms_are_found_whole() {
        assert!(mentions("0 ≤ (self_1.f_a.val + 1)", "self_1.f_a", ".val"));
        assert!(!mentions("0 ≤ myself_1.f_a.val", "self_1.f_a", ".val"));
        assert!(!mentions("self_1.f_ab.val", "self_1.f_a", ".val"));
    }
}
