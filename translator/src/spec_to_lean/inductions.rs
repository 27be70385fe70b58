//! Proofs that recursive functions of conditions have a value: by induction along the function, for all arguments that it may come
//! to call itself with.

use super::functions::{in_parts, measure_shape, names};
use super::*;
use crate::terms::ty_text;
use crate::vcg::measure::Shape;

/// Blocks for a goal `(df_f …)`, or one that this holds for all integers.
pub(crate) fn inductions(prog: &Program, goal: &str) -> Vec<String> {
    let Some((named, inner)) = for_all(goal) else { return along(prog, goal) };
    let first = format!("intro {}\nintros", named.join(" "));
    along(prog, &inner).into_iter().map(|block| format!("{first}\n{block}")).collect()
}

/// What is claimed under `∀ (qx'1 : Int), … → ((df_f …))`, with names for what is bound.
fn for_all(goal: &str) -> Option<(Vec<String>, String)> {
    let (bound, rest) = goal.strip_prefix("(∀ ")?.split_once(", ")?;
    let start = rest.rfind("(df_").filter(|at| rest[..*at].trim_end_matches('(').ends_with("→ "))?;
    let mut inner = rest[start..].trim_end_matches(')').to_owned();
    let open = inner.matches('(').count().checked_sub(inner.matches(')').count())?;
    inner.push_str(&")".repeat(open));
    let mut named = vec![];
    for name in bound.split('(').filter_map(|b| b.trim().strip_suffix(" : Int)")) {
        let new = format!("b{}", named.len());
        inner = inner.replace(name, &new);
        named.push(new);
    }
    Some((named, inner))
}

/// Blocks for a goal `(df_f …)`.
fn along(prog: &Program, goal: &str) -> Vec<String> {
    let inside = goal.strip_prefix('(').and_then(|g| g.strip_suffix(')'));
    let Some((defined, rest)) = inside.and_then(|g| g.split_once(' ')).filter(|(f, _)| f.starts_with("df_")) else {
        return vec![];
    };
    let Some(f) = prog.functions.iter().position(|f| names(&f.path).1 == defined).map(FnId) else { return vec![] };
    let callee = &prog.functions[f.0];
    let Some(shape) = measure_shape(prog, f) else { return vec![] };
    let measured = |i: usize| match shape {
        Shape::Param(p) => p == i,
        Shape::Left { at, .. } => at == i,
    };
    // The statement for all: what is bound, under which premises, and the arguments.
    let (mut bound, mut premises, mut at, mut given) = (String::new(), vec![], String::new(), String::new());
    let (mut lists, mut ends, mut names_bound) = (vec![], vec![], vec![]);
    let mut measure = String::new();
    let mut terms = linear::words(rest).into_iter();
    for (i, (p, parts)) in callee.params.iter().zip(in_parts(prog, f)).enumerate() {
        let ty = &callee.locals[p.0].ty;
        let Some(term) = terms.next() else { return vec![] };
        let x = format!("k{i}");
        if parts {
            let (Some(lo), Some(hi)) = (terms.next(), terms.next()) else { return vec![] };
            bound.push_str(&format!(" (l{i} {x} : Int)"));
            names_bound.extend([format!("l{i}"), x.clone()]);
            premises.extend([format!("0 ≤ l{i}"), format!("l{i} ≤ {x}"), format!("{x} ≤ ({term}.val.length : Int)")]);
            at.push_str(&format!(" {term} l{i} {x}"));
            given.push_str(&format!(" {lo} {hi}"));
            measure = format!("{x} - l{i}");
        } else if let (Some(t), true) = (int_of(ty.peel()), measured(i)) {
            bound.push_str(&format!(" ({x} : Int)"));
            names_bound.push(x.clone());
            premises.extend([format!("{} ≤ {x}", lit(&t.min())), format!("{x} ≤ {}", lit(&t.max()))]);
            ends.push(x.clone());
            at.push_str(&format!(" {x}"));
            given.push_str(&format!(" {term}"));
            measure = x;
        } else if measured(i) && prog.is_built_of_itself(ty) {
            bound.push_str(&format!(" ({x} : {})", ty_text(prog, &value_ty(ty))));
            names_bound.push(x.clone());
            at.push_str(&format!(" {x}"));
            given.push_str(&format!(" {term}"));
        } else {
            if element(ty).is_some() {
                lists.push(term);
            }
            at.push_str(&format!(" {term}"));
        }
    }
    let (value, defined) = names(&callee.path);
    let mut out = vec![];
    let mut block = |premises: &[String], claims: &str, part: &str| {
        let premises: String = premises.iter().map(|p| format!("{p} → ")).collect();
        let holds = " (by omega)".repeat(premises.matches(" → ").count());
        out.push(format!(
            "have hd : ∀{bound}, {premises}({claims}) := by\n  intro {}\n  fun_induction {value}{at} <;> intros <;> rw [{defined}.eq_def] <;> first | grind | (simp_all; done) | (simp_all <;> omega)\nexact (hd{given}{holds}){part}",
            names_bound.join(" ")
        ));
    };
    if bound.is_empty() {
        return vec![];
    }
    let defined_at = format!("{defined}{at}");
    let counts = Spec::is_int(&callee.ret) && !measure.is_empty();
    let in_lists: Vec<String> =
        lists.iter().flat_map(|l| ends.iter().map(move |x| format!("{x} ≤ ({l}.val.length : Int)"))).collect();
    let within = [&premises[..], &in_lists].concat();
    for premises in if in_lists.is_empty() { vec![&premises] } else { vec![&within, &premises] } {
        if counts {
            let value_at = format!("{value}{at}");
            block(premises, &format!("{defined_at} ∧ 0 ≤ {value_at} ∧ {value_at} ≤ {measure}"), ".1");
        }
        block(premises, &defined_at, "");
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_holds_for_all_integers_is_found_under_its_premises() {
        let goal = "(∀ (qx'1 : Int), (-128) ≤ qx'1 → (qx'1 ≤ 127 → ((df_count v_1 0 (v_1.val.length : Int) qx'1))))";
        let found = super::for_all(goal);
        assert_eq!(found, Some((vec!["b0".to_owned()], "(df_count v_1 0 (v_1.val.length : Int) b0)".to_owned())));
        assert_eq!(super::for_all("(df_count v_1)"), None);
        assert_eq!(super::for_all("(∀ (qx'1 : Int), 0 ≤ qx'1 ∧ (df_f qx'1))"), None);
    }

    #[test]
    fn arguments_are_whole_terms() {
        let text = "s_1 0 (c_1 + (1 : Int)) s_1.val[Int.toNat i_1.val]!.val";
        assert_eq!(super::linear::words(text), ["s_1", "0", "(c_1 + (1 : Int))", "s_1.val[Int.toNat i_1.val]!.val"]);
    }
}
