//! Propositions in Rust's words: what a reader is shown of an open obligation.
//!
//! The text of a proposition is read back into a tree (the grammar is that of `terms`, `spec_to_lean` and the rules' templates)
//! and printed as Rust. What is defined by another fact is replaced by its definition, so that temporaries do not show. A
//! text that this module does not understand has no words; it is never shown half understood.

mod obvious;
mod read;

use std::collections::HashMap;

use num_bigint::BigInt;

use crate::terms::{adt_name, ctor_name, fn_name};
use crate::tir::{AdtId, IntTy, Program};
pub(crate) use obvious::obvious;
use read::Tree;

/// Deepest replacement of definitions by definitions.
const MAX_DEPTH: usize = 12;
/// Longest text that is shown of one fact.
const MAX_SHOWN: usize = 200;

/// What the names of the Lean text are called in the source.
pub(crate) struct Names {
    /// Types, constructors and functions.
    items: HashMap<String, String>,
}

impl Names {
    pub fn new(prog: &Program) -> Self {
        let mut items = HashMap::new();
        for (i, adt) in prog.adts.iter().enumerate() {
            let id = AdtId(i);
            items.insert(adt_name(prog, id), adt.name.clone());
            for (v, variant) in adt.variants.iter().enumerate() {
                let shown = match id {
                    AdtId::OPTION | AdtId::RESULT => variant.name.clone(),
                    _ if adt.is_enum => format!("{}::{}", adt.name, variant.name),
                    _ => adt.name.clone(),
                };
                items.insert(ctor_name(prog, id, v), shown);
            }
        }
        for f in &prog.functions {
            let mut parts: Vec<&str> = f.path.rsplit("::").take(2).collect();
            if parts.get(1).is_some_and(|p| !p.starts_with(char::is_uppercase)) {
                parts.truncate(1);
            }
            parts.reverse();
            items.insert(fn_name(&f.path), parts.join("::"));
        }
        Self { items }
    }
}

/// Facts and a goal in Rust's words. `calls` says which call a variable is the result of, as a Lean term.
pub(crate) fn in_rust(
    names: &Names,
    calls: &HashMap<String, String>,
    facts: &[String],
    goal: &str,
) -> (Vec<String>, Option<String>) {
    let trees: Vec<Option<Tree>> = facts.iter().map(|f| read::proposition(f)).collect();
    let mut defined: HashMap<String, Tree> = HashMap::new();
    let mut is_definition = vec![false; trees.len()];
    for (i, tree) in trees.iter().enumerate() {
        // `x = …` with a variable that is new there.
        if let Some(Tree::Op(op, sides)) = tree
            && op == "="
            && let [left, right] = sides.as_slice()
            && let Some(name) = left.variable()
            && !right.mentions(&name)
            && !defined.contains_key(&name)
            && !facts[..i].iter().any(|f| f.contains(&name))
            && (Printer { names, defined: defined.clone() }).print(right).is_some()
        {
            defined.insert(name, right.clone());
            is_definition[i] = true;
        }
    }
    for (name, term) in calls {
        if let Some(tree) = read::proposition(term) {
            defined.insert(name.clone(), tree);
        }
    }
    let printer = Printer { names, defined };
    let mut out: Vec<String> = vec![];
    for (tree, definition) in trees.iter().zip(is_definition) {
        if definition {
            continue;
        }
        if let Some(text) = tree.as_ref().and_then(|t| printer.print(t)) {
            if text != "true" && text.len() <= MAX_SHOWN && !out.contains(&text) {
                out.push(text);
            }
        }
    }
    (out, read::proposition(goal).and_then(|t| printer.print(&t)))
}

struct Printer<'n> {
    names: &'n Names,
    defined: HashMap<String, Tree>,
}

/// How tightly an operator binds in Rust.
fn level(op: &str) -> u8 {
    match op {
        "||" => 1,
        "&&" => 2,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 3,
        "+" | "-" => 4,
        "*" | "/" | "%" => 5,
        _ => 9,
    }
}

impl Printer<'_> {
    fn print(&self, tree: &Tree) -> Option<String> {
        self.at(tree, 0, 0)
    }

    fn infix(&self, op: &str, a: &Tree, b: &Tree, outer: u8, depth: usize) -> Option<String> {
        let own = level(op);
        let right = if matches!(op, "&&" | "||" | "+" | "*") { own } else { own + 1 };
        let left = if own == 3 { own + 1 } else { own };
        let text = format!("{} {op} {}", self.at(a, left, depth)?, self.at(b, right, depth)?);
        Some(if own < outer { format!("({text})") } else { text })
    }

    fn at(&self, tree: &Tree, outer: u8, depth: usize) -> Option<String> {
        match tree {
            Tree::Num(n) => Some(number(n)),
            Tree::Name(n) => self.name(n, outer, depth),
            Tree::Op(op, sides) => self.op(op, sides, outer, depth),
            Tree::Proj(base, field) => self.proj(base, field, depth),
            Tree::Index(list, at) => Some(format!("{}[{}]", self.at(list, 9, depth)?, self.at(at, 0, depth)?)),
            Tree::App(head, args) => self.app(head, args, outer, depth),
            Tree::Bind(all, vars, body) => {
                let vars: Vec<String> = vars.iter().map(|v| short(v)).collect();
                let (word, sign) = if *all { ("forall", "→") } else { ("exists", "∧") };
                let mut conditions = vec![];
                let mut at = &**body;
                while let Tree::Op(op, sides) = at {
                    match sides.as_slice() {
                        [first, rest] if op == sign => {
                            conditions.push(first);
                            at = rest;
                        }
                        _ => break,
                    }
                }
                let shown: Vec<String> =
                    conditions.iter().filter(|c| !is_range(c)).map(|c| self.at(c, 3, depth)).collect::<Option<_>>()?;
                let inner = self.at(at, if *all { 0 } else { 3 }, depth)?;
                let inner = match (shown.is_empty(), *all) {
                    (true, _) => inner,
                    (false, true) => format!("implies({}, {inner})", shown.join(" && ")),
                    (false, false) => format!("{} && {inner}", shown.join(" && ")),
                };
                Some(format!("{word}(|{}| {inner})", vars.join(", ")))
            }
            Tree::If(c, a, b) => {
                let text = format!(
                    "if {} {{ {} }} else {{ {} }}",
                    self.at(c, 0, depth)?,
                    self.at(a, 0, depth)?,
                    self.at(b, 0, depth)?
                );
                Some(if outer > 0 { format!("({text})") } else { text })
            }
            Tree::Match(value, arms) => {
                let arms: Vec<String> = arms
                    .iter()
                    .map(|(p, e)| Some(format!("{} => {}", self.at(p, 0, depth)?, self.at(e, 0, depth)?)))
                    .collect::<Option<_>>()?;
                Some(format!("match {} {{ {} }}", self.at(value, 0, depth)?, arms.join(", ")))
            }
            Tree::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|p| self.at(p, 0, depth)).collect::<Option<_>>()?;
                Some(format!("({})", parts.join(", ")))
            }
        }
    }

    fn name(&self, name: &str, outer: u8, depth: usize) -> Option<String> {
        if let Some(tree) = self.defined.get(name) {
            return if depth < MAX_DEPTH { self.at(tree, outer, depth + 1) } else { None };
        }
        match name {
            "True" | "true" | "Bool.true" => return Some("true".into()),
            "False" | "false" | "Bool.false" => return Some("false".into()),
            "none" => return Some("None".into()),
            "_" => return Some("_".into()),
            _ => {}
        }
        if let Some(item) = self.names.items.get(name) {
            return Some(item.clone());
        }
        (!name.contains('.')).then(|| short(name))
    }

    fn op(&self, op: &str, sides: &[Tree], outer: u8, depth: usize) -> Option<String> {
        let rust = match op {
            "=" => "==",
            "≠" => "!=",
            "≤" => "<=",
            "≥" => ">=",
            "∧" => "&&",
            "∨" => "||",
            other => other,
        };
        match sides {
            [a] if op == "¬" => self.negated(a, outer, depth),
            [a] if op == "-" => Some(format!("-{}", self.at(a, 9, depth)?)),
            [a, b] if op == "→" => Some(format!("implies({}, {})", self.at(a, 0, depth)?, self.at(b, 0, depth)?)),
            [a, b] if op == "↔" => self.infix("==", a, b, outer, depth),
            [a, b] if op == "∧" => {
                if let Some(text) = self.range(a, b, outer, depth) {
                    return text;
                }
                self.infix("&&", a, b, outer, depth)
            }
            [a, b] if op == "=" && is_name(b, &["true"]) => self.at(a, outer, depth),
            [a, b] if op == "=" && is_name(b, &["false"]) => self.negated(a, outer, depth),
            [a, b] if op == "≠" && is_name(b, &["none"]) => Some(format!("{}.is_some()", self.at(a, 9, depth)?)),
            [a, b] if op == "=" && is_name(b, &["none"]) => Some(format!("{}.is_none()", self.at(a, 9, depth)?)),
            [a, b] if op == "^" => Some(format!("{}.pow({})", self.at(a, 9, depth)?, self.at(b, 0, depth)?)),
            [a, b] => self.infix(rust, a, b, outer, depth),
            _ => None,
        }
    }

    fn negated(&self, a: &Tree, outer: u8, depth: usize) -> Option<String> {
        if let Tree::Op(op, sides) = a {
            let turned = match op.as_str() {
                "=" => "≠",
                "≠" => "=",
                "<" => "≥",
                "≤" => ">",
                ">" => "≤",
                "≥" => "<",
                _ => "",
            };
            let of_bool = matches!(sides.as_slice(), [_, b] if is_name(b, &["true", "false"]));
            if !turned.is_empty() && sides.len() == 2 && !of_bool {
                return self.op(turned, sides, outer, depth);
            }
        }
        Some(format!("!{}", self.at(a, 9, depth)?))
    }

    /// `0 ≤ e ∧ e ≤ MAX` is one bound for a reader.
    fn range(&self, a: &Tree, b: &Tree, outer: u8, depth: usize) -> Option<Option<String>> {
        let (Tree::Op(x, low), Tree::Op(y, high)) = (a, b) else { return None };
        let ([Tree::Num(zero), e], [f, max @ Tree::Num(_)]) = (low.as_slice(), high.as_slice()) else { return None };
        if x != "≤" || y != "≤" || e != f {
            return None;
        }
        if *zero != BigInt::from(0) {
            let text = self.infix("&&", a, b, outer, depth);
            return Some(text);
        }
        // What may fail is the upper bound of a sum and the lower one of a difference.
        let difference = matches!(e, Tree::Op(op, s) if op == "-" && s.len() == 2);
        Some(if difference {
            let Tree::Op(_, sides) = e else { return None };
            self.infix(">=", &sides[0], &sides[1], outer, depth)
        } else {
            self.infix("<=", e, max, outer, depth)
        })
    }

    fn proj(&self, base: &Tree, field: &str, depth: usize) -> Option<String> {
        match field {
            // A machine integer's value, a list's elements.
            "val" => self.at(base, 9, depth),
            "length" => Some(format!("{}.len()", self.at(base, 9, depth)?)),
            "toNat" => self.at(base, 9, depth),
            "get!" => Some(format!("{}.unwrap()", self.at(base, 9, depth)?)),
            "1" => match base {
                // The second of three is `.2.1`.
                Tree::Proj(inner, f) if f == "2" => Some(format!("{}.1", self.at(inner, 9, depth)?)),
                _ => Some(format!("{}.0", self.at(base, 9, depth)?)),
            },
            "2" => Some(format!("{}.1", self.at(base, 9, depth)?)),
            _ => Some(format!("{}.{}", self.at(base, 9, depth)?, field.strip_prefix("f_")?)),
        }
    }

    fn app(&self, head: &Tree, args: &[Tree], outer: u8, depth: usize) -> Option<String> {
        let Tree::Name(name) = head else { return None };
        match (name.as_str(), args) {
            ("Int.toNat" | "decide", [a]) => self.at(a, outer, depth),
            ("Int.tdiv", [a, b]) => self.infix("/", a, b, outer, depth),
            ("Int.tmod", [a, b]) => self.infix("%", a, b, outer, depth),
            ("MInt.lit", [_, n, _]) => self.at(n, outer, depth),
            ("MInt.ofInt", [Tree::Name(t), n]) => {
                Some(format!("{} as {}", self.at(n, 9, depth)?, t.trim_start_matches('.')))
            }
            ("Harmonic.pow2", [n]) => Some(format!("(1 << {})", self.at(n, 5, depth)?)),
            ("List.length", [l]) => Some(format!("{}.len()", self.at(l, 9, depth)?)),
            ("some", [a]) => Some(format!("Some({})", self.at(a, 0, depth)?)),
            _ => {
                let item = self.names.items.get(name)?;
                let args: Vec<String> = args.iter().map(|a| self.at(a, 0, depth)).collect::<Option<_>>()?;
                Some(format!("{item}({})", args.join(", ")))
            }
        }
    }
}

fn is_name(tree: &Tree, names: &[&str]) -> bool {
    matches!(tree, Tree::Name(n) if names.contains(&n.as_str()))
}

/// Whether a condition says no more than the type of a bound variable: `0 ≤ i`, `i ≤ usize::MAX`.
fn is_range(tree: &Tree) -> bool {
    let Tree::Op(op, sides) = tree else { return false };
    let extreme = |n: &BigInt| IntTy::ALL.iter().any(|t| *n == t.min() || *n == t.max());
    op == "≤"
        && match sides.as_slice() {
            [Tree::Num(n), Tree::Name(_)] | [Tree::Name(_), Tree::Num(n)] => extreme(n),
            _ => false,
        }
}

/// A number, by its name where it is the bound of a type.
fn number(n: &BigInt) -> String {
    let wide = |t: &&IntTy| t.bits() >= 16 && t.name() != "usize" && t.name() != "isize";
    for t in IntTy::ALL.iter().filter(wide) {
        if *n == t.max() && t.bits() > 8 {
            return format!("{}::MAX", t.name());
        }
        if t.signed() && *n == t.min() {
            return format!("{}::MIN", t.name());
        }
    }
    n.to_string()
}

/// The source's name of a variable: without the numbers that keep Lean's names apart.
fn short(name: &str) -> String {
    if let Some((base, _)) = name.split_once('\'') {
        return base.strip_prefix('q').filter(|b| !b.is_empty()).unwrap_or(base).to_string();
    }
    let mut out = name;
    while let Some((base, number)) = out.rsplit_once('_') {
        if base.is_empty() || number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
            break;
        }
        out = base;
    }
    out.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(facts: &[&str], goal: &str, calls: &[(&str, &str)]) -> (Vec<String>, Option<String>) {
        let items = [("fn_triangle", "triangle"), ("T_Door.v_Locked", "Door::Locked"), ("Option.some", "Some")];
        let names = Names { items: items.map(|(a, b)| (a.to_string(), b.to_string())).into() };
        let calls = calls.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        in_rust(&names, &calls, &facts.iter().map(|f| f.to_string()).collect::<Vec<_>>(), goal)
    }

    #[test]
    fn temporaries_do_not_show() {
        let (facts, goal) = words(
            &["n_1.val ≤ (1000 : Int)", "¬(n_1.val = (0 : Int))", "x_1.val = (n_1.val - (1 : Int))"],
            "0 ≤ (r3.val + n_1.val) ∧ (r3.val + n_1.val) ≤ 4294967295",
            &[("r3", "(fn_triangle x_1)")],
        );
        assert_eq!(facts, ["n <= 1000", "n != 0"]);
        assert_eq!(goal.as_deref(), Some("triangle(n - 1) + n <= u32::MAX"));
    }

    #[test]
    fn quantifiers_lists_and_matches() {
        let say = |p: &str| words(&[], p, &[]).1.unwrap_or_default();
        assert_eq!(
            say(
                "(∀ (qk'1 : Int), 0 ≤ qk'1 → (qk'1 < (v_1.val.length : Int) → (v_1.val[Int.toNat qk'1]!.val ≤ m_2.val)))"
            ),
            "forall(|k| implies(k < v.len(), v[k] <= m))"
        );
        assert_eq!(say("0 ≤ (a_1.val - b_1.val) ∧ (a_1.val - b_1.val) ≤ 65535"), "a >= b");
        assert_eq!(say("((a_1.val - (b_1.val + (1 : Int))) * (2 : Int)) < 5"), "(a - (b + 1)) * 2 < 5");
        assert_eq!(say("b_1 = true"), "b");
        assert_eq!(say("¬((b_1 = true) ∧ (c_1 = true))"), "!(b && c)");
        assert_eq!(say("door_1 = (T_Door.v_Locked f_2 : (T_Door))"), "door == Door::Locked(f)");
        assert_eq!(
            say("(match (generalizing := false) o_1 with | (Option.some qs'1) => qs'1.val < (3 : Int) | _ => True)"),
            "match o { Some(s) => s < 3, _ => true }"
        );
        assert_eq!(say("self_1.f_len.val ≤ (8 : Int)"), "self.len <= 8");
        assert_eq!(words(&[], "MInt.strange a ⊢ b", &[]).1, None);
    }
}
