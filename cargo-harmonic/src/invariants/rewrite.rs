//! Conditions as text: parts of them, and other expressions in the place of some.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::loops::Comparison;

/// Expressions, as they are written, and what stands for each.
pub type Table = Vec<(String, String)>;

/// A list, and what stands for it where it is handed on or asked.
pub type Part<'t> = Option<(&'t str, &'t str)>;

/// A text without what makes no difference: its tokens.
pub fn plain(text: &str) -> String {
    text.parse::<TokenStream>().map_or_else(|_| text.to_owned(), |t| t.to_string())
}

/// The text with what the table says in the place of expressions; `None` if it is no expression.
pub fn replaced(text: &str, table: &Table, part: Part<'_>) -> Option<String> {
    struct Replacing {
        table: Table,
        part: Option<(String, String)>,
        found: Vec<(Range<usize>, String)>,
    }
    impl Replacing {
        fn whole(&mut self, it: &syn::Expr, prefix: &str) -> bool {
            let Some((list, part)) = &self.part else { return false };
            let is_list = it.to_token_stream().to_string() == *list;
            if is_list {
                self.found.push((it.span().byte_range(), format!("{prefix}{part}")));
            }
            is_list
        }
    }
    impl Visit<'_> for Replacing {
        fn visit_expr(&mut self, it: &syn::Expr) {
            let written = it.to_token_stream().to_string();
            match self.table.iter().find(|(from, _)| *from == written) {
                Some((_, to)) => self.found.push((it.span().byte_range(), to.clone())),
                None => visit::visit_expr(self, it),
            }
        }
        fn visit_expr_call(&mut self, it: &syn::ExprCall) {
            for argument in &it.args {
                let handed = match argument {
                    syn::Expr::Reference(inner) => self.whole(&inner.expr, ""),
                    other => self.whole(other, "&"),
                };
                if !handed {
                    self.visit_expr(argument);
                }
            }
        }
        fn visit_expr_method_call(&mut self, it: &syn::ExprMethodCall) {
            if it.method == "len" || !self.whole(&it.receiver, "") {
                self.visit_expr(&it.receiver);
            }
            it.args.iter().for_each(|a| self.visit_expr(a));
        }
    }
    let expression = syn::parse_str::<syn::Expr>(text).ok()?;
    let table = table.iter().map(|(from, to)| (plain(from), atom(to))).collect();
    let part = part.map(|(list, part)| (plain(list), part.to_owned()));
    let mut replacing = Replacing { table, part, found: Vec::new() };
    replacing.visit_expr(&expression);
    let mut out = text.to_owned();
    replacing.found.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, to) in replacing.found {
        out.replace_range(range, &to);
    }
    Some(out)
}

/// An expression that can stand anywhere.
fn atom(text: &str) -> String {
    use syn::Expr::{Binary, Cast, Range, Reference, Unary};
    match syn::parse_str::<syn::Expr>(text) {
        Ok(Binary(_) | Cast(_) | Range(_) | Reference(_) | Unary(_)) => format!("({text})"),
        _ => text.to_owned(),
    }
}

/// The names that closures of a text bind are others than these.
pub fn renamed_apart(text: &str, names: &BTreeSet<&str>) -> String {
    struct Bound(BTreeSet<String>);
    impl Visit<'_> for Bound {
        fn visit_expr_closure(&mut self, it: &syn::ExprClosure) {
            for input in &it.inputs {
                self.visit_pat(input);
            }
            self.visit_expr(&it.body);
        }
        fn visit_pat_ident(&mut self, it: &syn::PatIdent) {
            self.0.insert(it.ident.to_string());
        }
    }
    let Ok(expression) = syn::parse_str::<syn::Expr>(text) else { return text.to_owned() };
    let mut bound = Bound(BTreeSet::new());
    bound.visit_expr(&expression);
    let mut out = text.to_owned();
    for name in bound.0.iter().filter(|n| names.contains(n.as_str())) {
        let candidates = ["k", "j", "m", "p", "q"].map(str::to_owned).into_iter();
        let fresh = candidates
            .chain((0..).map(|n| format!("k{n}")))
            .find(|c| !names.contains(c.as_str()) && !bound.0.contains(c) && !idents(&out).iter().any(|(_, i)| i == c));
        let Some(fresh) = fresh else { continue };
        let places: Vec<Range<usize>> = idents(&out).into_iter().filter(|(_, i)| i == name).map(|(r, _)| r).collect();
        for place in places.into_iter().rev() {
            out.replace_range(place, &fresh);
        }
    }
    out
}

/// The identifiers of a text that are no fields or methods, with their places.
fn idents(text: &str) -> Vec<(Range<usize>, String)> {
    fn walk(stream: TokenStream, out: &mut Vec<(Range<usize>, String)>) {
        let mut dot = false;
        for tree in stream {
            match &tree {
                TokenTree::Ident(ident) if !dot => out.push((ident.span().byte_range(), ident.to_string())),
                TokenTree::Group(group) => walk(group.stream(), out),
                _ => {}
            }
            dot = matches!(&tree, TokenTree::Punct(p) if p.as_char() == '.');
        }
    }
    let mut out = Vec::new();
    if let Ok(stream) = text.parse::<TokenStream>() {
        walk(stream, &mut out);
    }
    out
}

/// The variables of a text: what is a path of one lower-case word, is not called, and is bound by none of its closures.
pub fn variables(text: &str) -> BTreeSet<String> {
    struct Free {
        bound: Vec<String>,
        found: BTreeSet<String>,
    }
    impl Visit<'_> for Free {
        fn visit_expr_call(&mut self, it: &syn::ExprCall) {
            it.args.iter().for_each(|a| self.visit_expr(a));
        }
        fn visit_expr_path(&mut self, it: &syn::ExprPath) {
            let Some(ident) = it.path.get_ident().map(ToString::to_string) else { return };
            if !self.bound.contains(&ident) && !ident.starts_with(char::is_uppercase) {
                self.found.insert(ident);
            }
        }
        fn visit_pat_ident(&mut self, it: &syn::PatIdent) {
            self.bound.push(it.ident.to_string());
        }
        fn visit_arm(&mut self, it: &syn::Arm) {
            let before = self.bound.len();
            visit::visit_arm(self, it);
            self.bound.truncate(before);
        }
        fn visit_expr_closure(&mut self, it: &syn::ExprClosure) {
            let before = self.bound.len();
            visit::visit_expr_closure(self, it);
            self.bound.truncate(before);
        }
    }
    let mut free = Free { bound: Vec::new(), found: BTreeSet::new() };
    if let Ok(expression) = syn::parse_str::<syn::Expr>(text) {
        free.visit_expr(&expression);
    }
    free.found
}

/// The elements of lists that a text reads, each with its list, once.
pub fn elements(text: &str) -> Vec<(String, String)> {
    struct Elements<'t>(&'t str, Vec<(String, String)>);
    impl Visit<'_> for Elements<'_> {
        fn visit_expr_index(&mut self, it: &syn::ExprIndex) {
            let written = |e: Range<usize>| self.0.get(e).unwrap_or_default().to_owned();
            let found = (written(it.expr.span().byte_range()), written(it.span().byte_range()));
            if !self.1.contains(&found) {
                self.1.push(found);
            }
        }
    }
    let mut elements = Elements(text, Vec::new());
    if let Ok(expression) = syn::parse_str::<syn::Expr>(text) {
        elements.visit_expr(&expression);
    }
    elements.1
}

/// The opposite of a comparison.
pub fn opposite(text: &str) -> Option<String> {
    match syn::parse_str::<syn::Expr>(text) {
        Ok(syn::Expr::Binary(it)) => Comparison::of(text, &it).map(|c| c.fails()),
        _ => None,
    }
}

/// The conditions that a condition is made of, itself first.
pub fn parts(text: &str) -> Vec<String> {
    fn walk(text: &str, it: &syn::Expr, out: &mut Vec<String>) {
        let whole = text.get(it.span().byte_range()).unwrap_or_default().to_owned();
        match it {
            syn::Expr::Paren(inner) => walk(text, &inner.expr, out),
            syn::Expr::Binary(syn::ExprBinary { left, op, right, .. }) => {
                out.push(whole);
                use syn::BinOp::{And, Eq, Ne, Or};
                let both = [left, right];
                let inner = match op {
                    And(_) | Or(_) => both.to_vec(),
                    Eq(_) | Ne(_) => both.into_iter().filter(|e| is_condition(e)).collect(),
                    _ => Vec::new(),
                };
                inner.into_iter().for_each(|e| walk(text, e, out));
            }
            syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Not(_), expr, .. }) => {
                out.push(whole);
                walk(text, expr, out);
            }
            syn::Expr::Call(call) => {
                let name = called(call);
                if name.as_deref() == Some("exists") {
                    out.push(format!("!{whole}"));
                }
                out.push(whole);
                if name.as_deref() == Some("implies") {
                    call.args.iter().for_each(|e| walk(text, e, out));
                }
            }
            syn::Expr::Match(it) => {
                out.push(whole);
                it.arms.iter().for_each(|a| walk(text, &a.body, out));
            }
            syn::Expr::If(it) => {
                out.push(whole);
                let last = |b: &syn::Block| match b.stmts.as_slice() {
                    [syn::Stmt::Expr(e, None)] => Some(e.clone()),
                    _ => None,
                };
                if let Some(e) = last(&it.then_branch) {
                    walk(text, &e, out);
                }
                if let Some((_, otherwise)) = &it.else_branch {
                    walk(text, otherwise, out);
                }
            }
            syn::Expr::Block(block) => {
                if let [syn::Stmt::Expr(e, None)] = block.block.stmts.as_slice() {
                    walk(text, e, out);
                }
            }
            _ => out.push(whole),
        }
    }
    let mut out = Vec::new();
    if let Ok(expression) = syn::parse_str::<syn::Expr>(text) {
        walk(text, &expression, &mut out);
    }
    out
}

/// Whether an expression is seen to be a condition.
fn is_condition(it: &syn::Expr) -> bool {
    use syn::BinOp::{And, Eq, Ge, Gt, Le, Lt, Ne, Or};
    match it {
        syn::Expr::Paren(inner) => is_condition(&inner.expr),
        syn::Expr::Call(call) => matches!(called(call).as_deref(), Some("forall" | "exists" | "implies")),
        syn::Expr::Unary(it) => matches!(it.op, syn::UnOp::Not(_)),
        syn::Expr::Binary(it) => matches!(it.op, And(_) | Or(_) | Eq(_) | Ne(_) | Lt(_) | Le(_) | Gt(_) | Ge(_)),
        _ => false,
    }
}

/// The last name of what is called.
fn called(call: &syn::ExprCall) -> Option<String> {
    match &*call.func {
        syn::Expr::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(pairs: &[(&str, &str)]) -> Table {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn expressions_are_replaced_where_they_stand() {
        let bound = table(&[("v.len()", "i"), ("out", "best")]);
        let text = "forall(|k: usize| implies(k < v.len(), v[k] <= out))";
        let expected = "forall(|k: usize| implies(k < i, v[k] <= best))";
        assert_eq!(replaced(text, &bound, None).as_deref(), Some(expected));
        let n = table(&[("n", "i - 1")]);
        assert_eq!(replaced("out == n * (n + 1) / 2", &n, None).as_deref(), Some("out == (i - 1) * ((i - 1) + 1) / 2"));
        let part = Some(("v", "v[..i]"));
        let text = "out == sum(v) + other(&v, v.len()) && v.contains(&out)";
        let expected = "best == sum(&v[..i]) + other(&v[..i], i) && v[..i].contains(&best)";
        assert_eq!(replaced(text, &bound, part).as_deref(), Some(expected));
        assert_eq!(replaced("out ==", &bound, None), None);
    }

    #[test]
    fn bound_names_are_told_from_those_in_scope() {
        let text = "forall(|i: usize| implies(i < v.len(), v[i] <= x.i))";
        let expected = "forall(|k: usize| implies(k < v.len(), v[k] <= x.i))";
        assert_eq!(renamed_apart(text, &BTreeSet::from(["i", "v"])), expected);
        assert_eq!(renamed_apart(text, &BTreeSet::from(["v"])), text);
        assert_eq!(variables(text), BTreeSet::from(["v".to_owned(), "x".to_owned()]));
    }

    #[test]
    fn conditions_have_parts() {
        let found = parts("out == exists(|k: usize| k < n && v[k]) && implies(a, b < c)");
        assert!(found.contains(&"!exists(|k: usize| k < n && v[k])".to_owned()), "{found:?}");
        assert!(found.contains(&"b < c".to_owned()), "{found:?}");
        let found = parts("match out { Some(i) => v[i] == x, None => all(v) }");
        assert!(found.contains(&"all(v)".to_owned()), "{found:?}");
    }
}
