//! What is changed in the body of a function: one thing at a time, as text, so that everything else stays as it was written.

use std::collections::BTreeSet;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, BinOp, Block, Expr, File, ImplItemFn, ItemFn, Lit, RangeLimits, Stmt, TraitItemFn, Type, UnOp};

/// A changed text.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What kind of thing was changed.
    pub(crate) operator: &'static str,
    /// Line of the change.
    pub(crate) line: usize,
    /// The whole text with it.
    pub(crate) text: String,
}

/// Shows each function with a body: its attributes, the line of its `fn`, and the body.
pub(crate) fn functions<'f>(file: &'f File, show: &mut dyn FnMut(&'f [Attribute], usize, &'f Block)) {
    struct Functions<'f, 's>(&'s mut dyn FnMut(&'f [Attribute], usize, &'f Block));
    impl<'f> Visit<'f> for Functions<'f, '_> {
        fn visit_item_fn(&mut self, f: &'f ItemFn) {
            (self.0)(&f.attrs, f.sig.fn_token.span.start().line, &f.block);
        }
        fn visit_impl_item_fn(&mut self, f: &'f ImplItemFn) {
            (self.0)(&f.attrs, f.sig.fn_token.span.start().line, &f.block);
        }
        fn visit_trait_item_fn(&mut self, f: &'f TraitItemFn) {
            if let Some(body) = &f.default {
                (self.0)(&f.attrs, f.sig.fn_token.span.start().line, body);
            }
        }
    }
    Functions(show).visit_file(file);
}

/// All changes of the body of the function whose `fn` is on that line.
pub(crate) fn changes(text: &str, line: usize) -> Vec<Change> {
    let Ok(file) = syn::parse_file(text) else { return vec![] };
    let mut sites = Sites { text, found: vec![] };
    functions(&file, &mut |_, at, body| {
        if at == line {
            sites.visit_block(body);
        }
    });
    let mut seen = BTreeSet::from([text.to_owned()]);
    let mut out = vec![];
    for (operator, line, mut edits) in sites.found {
        edits.sort_by_key(|(at, _)| std::cmp::Reverse((at.start, at.end)));
        let mut changed = text.to_owned();
        for (at, put) in edits {
            changed.replace_range(at, &put);
        }
        if syn::parse_file(&changed).is_ok() && seen.insert(changed.clone()) {
            out.push(Change { operator, line, text: changed });
        }
    }
    out
}

/// Places to change: what kind, the line, and which ranges become what (none overlap).
struct Sites<'t> {
    text: &'t str,
    found: Vec<(&'static str, usize, Vec<(Range<usize>, String)>)>,
}

/// Operators that take each other's place.
const GROUPS: [(&str, &[&str]); 5] = [
    ("arithmetic", &["+", "-", "*", "/", "%"]),
    ("bits", &["&", "|", "^"]),
    ("shift", &["<<", ">>"]),
    ("comparison", &["<", "<=", ">", ">=", "==", "!="]),
    ("logic", &["&&", "||"]),
];

/// Names that take each other's place.
const NAMES: &[(&str, &str)] = &[
    ("min", "max"),
    ("any", "all"),
    ("is_some", "is_none"),
    ("is_ok", "is_err"),
    ("first", "last"),
    ("take", "skip"),
    ("starts_with", "ends_with"),
    ("count_ones", "count_zeros"),
    ("leading_zeros", "trailing_zeros"),
    ("rotate_left", "rotate_right"),
    ("div_euclid", "rem_euclid"),
    ("to_ascii_lowercase", "to_ascii_uppercase"),
    ("push", "push_str"),
];

/// Whether a condition binds names, which its negation would not.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(b) => binds(&b.left) || binds(&b.right),
        Expr::Paren(p) => binds(&p.expr),
        _ => false,
    }
}

/// Whether an expression can stand beside any operator without parentheses.
fn closed(e: &Expr) -> bool {
    use Expr::{Call, Field, Index, Lit, MethodCall, Paren, Path};
    matches!(e, Path(_) | Lit(_) | Paren(_) | Call(_) | MethodCall(_) | Field(_) | Index(_))
}

impl<'t> Sites<'t> {
    fn range(part: &impl Spanned) -> Range<usize> {
        part.span().byte_range()
    }
    fn of(&self, part: &impl Spanned) -> &'t str {
        &self.text[Self::range(part)]
    }
    /// An operand as text.
    fn operand(&self, e: &Expr) -> String {
        if closed(e) { self.of(e).to_owned() } else { format!("({})", self.of(e)) }
    }
    fn replace(&mut self, operator: &'static str, part: &impl Spanned, put: impl Into<String>) {
        self.found.push((operator, part.span().start().line, vec![(Self::range(part), put.into())]));
    }
    fn swap(&mut self, operator: &'static str, a: &impl Spanned, b: &impl Spanned) {
        let (x, y) = (self.of(a).to_owned(), self.of(b).to_owned());
        let edits = vec![(Self::range(a), y), (Self::range(b), x)];
        self.found.push((operator, a.span().start().line, edits));
    }
    fn negate(&mut self, condition: &Expr) {
        if !binds(condition) {
            let put = format!("!({})", self.of(condition));
            self.replace("negated condition", condition, put);
        }
    }
    fn neighbours<'e, T: Spanned + 'e>(&mut self, operator: &'static str, parts: impl IntoIterator<Item = &'e T>) {
        let parts: Vec<&T> = parts.into_iter().collect();
        for pair in parts.windows(2) {
            self.swap(operator, pair[0], pair[1]);
        }
    }
}

impl<'f> Visit<'f> for Sites<'_> {
    // A loop's invariants are part of the specs, and a type is no behaviour.
    fn visit_attribute(&mut self, _: &'f Attribute) {}
    fn visit_type(&mut self, _: &'f Type) {}
    fn visit_item(&mut self, _: &'f syn::Item) {}

    fn visit_block(&mut self, block: &'f Block) {
        for (i, statement) in block.stmts.iter().enumerate() {
            let tail = i + 1 == block.stmts.len();
            let drop = match statement {
                Stmt::Expr(_, Some(_)) | Stmt::Macro(_) => true,
                Stmt::Expr(Expr::While(_) | Expr::ForLoop(_), None) => true,
                Stmt::Expr(Expr::If(e), None) => e.else_branch.is_none() || !tail,
                Stmt::Expr(..) => !tail,
                Stmt::Local(_) | Stmt::Item(_) => false,
            };
            if drop {
                self.replace("dropped statement", statement, "");
            }
        }
        visit::visit_block(self, block);
    }

    fn visit_expr_binary(&mut self, e: &'f syn::ExprBinary) {
        let written = self.of(&e.op);
        let assigns = written.len() > 1 && written.ends_with('=') && !matches!(written, "==" | "<=" | ">=" | "!=");
        let op = if assigns { &written[..written.len() - 1] } else { written };
        let (left, right) = (self.operand(&e.left), self.operand(&e.right));
        for (operator, group) in GROUPS.iter().filter(|(_, group)| group.contains(&op)) {
            for other in group.iter().filter(|other| **other != op) {
                match assigns {
                    true => self.replace(operator, &e.op, format!("{other}=")),
                    false => self.replace(operator, e, format!("({left} {other} {right})")),
                }
            }
        }
        if matches!(op, "-" | "/" | "%" | "<<" | ">>") && !assigns {
            self.replace("swapped operands", e, format!("({right} {op} {left})"));
        }
        if let Some(name) = match e.op {
            BinOp::Add(_) => Some("add"),
            BinOp::Sub(_) => Some("sub"),
            BinOp::Mul(_) => Some("mul"),
            _ => None,
        } {
            self.replace("overflow", e, format!("{left}.wrapping_{name}({right})"));
        }
        visit::visit_expr_binary(self, e);
    }

    fn visit_expr_range(&mut self, e: &'f syn::ExprRange) {
        if e.end.is_some() {
            let other = if matches!(e.limits, RangeLimits::HalfOpen(_)) { "..=" } else { ".." };
            self.replace("bounds", &e.limits, other);
        }
        visit::visit_expr_range(self, e);
    }

    fn visit_lit(&mut self, literal: &'f Lit) {
        match literal {
            Lit::Int(i) => {
                if let Ok(value) = i.base10_parse::<u128>() {
                    for other in [value.checked_add(1), value.checked_sub(1)].into_iter().flatten() {
                        self.replace("constant", literal, format!("{other}{}", i.suffix()));
                    }
                }
            }
            Lit::Byte(b) => {
                for other in [b.value().checked_add(1), b.value().checked_sub(1)].into_iter().flatten() {
                    self.replace("constant", literal, format!("{other}u8"));
                }
            }
            Lit::Bool(b) => self.replace("constant", literal, (!b.value).to_string()),
            _ => {}
        }
    }

    fn visit_expr_unary(&mut self, e: &'f syn::ExprUnary) {
        if matches!(e.op, UnOp::Not(_) | UnOp::Neg(_)) {
            let inner = self.operand(&e.expr);
            self.replace("dropped sign", e, inner);
        }
        visit::visit_expr_unary(self, e);
    }

    fn visit_expr_if(&mut self, e: &'f syn::ExprIf) {
        self.negate(&e.cond);
        if let Some((_, other)) = &e.else_branch
            && let Expr::Block(other) = &**other
        {
            self.swap("swapped branches", &e.then_branch, other);
        }
        visit::visit_expr_if(self, e);
    }

    fn visit_expr_while(&mut self, e: &'f syn::ExprWhile) {
        self.negate(&e.cond);
        visit::visit_expr_while(self, e);
    }

    fn visit_expr_match(&mut self, e: &'f syn::ExprMatch) {
        for (_, guard) in e.arms.iter().filter_map(|arm| arm.guard.as_ref()) {
            self.negate(guard);
        }
        self.neighbours("swapped branches", e.arms.iter().map(|arm| &*arm.body));
        visit::visit_expr_match(self, e);
    }

    fn visit_expr_call(&mut self, e: &'f syn::ExprCall) {
        self.neighbours("swapped arguments", &e.args);
        visit::visit_expr_call(self, e);
    }

    fn visit_expr_tuple(&mut self, e: &'f syn::ExprTuple) {
        self.neighbours("swapped arguments", &e.elems);
        visit::visit_expr_tuple(self, e);
    }

    fn visit_expr_method_call(&mut self, e: &'f syn::ExprMethodCall) {
        self.neighbours("swapped arguments", &e.args);
        let name = e.method.to_string();
        for (a, b) in NAMES {
            if let Some(other) = if name == *a { Some(b) } else { (name == *b).then_some(a) } {
                self.replace("method", &e.method, *other);
            }
        }
        let receiver = self.operand(&e.receiver);
        if let Some((how, operation)) = name.split_once('_') {
            let arguments: Vec<&str> = e.args.iter().map(|a| self.of(a)).collect();
            let arguments = arguments.join(", ");
            match how {
                "wrapping" => self.replace("overflow", &e.method, format!("saturating_{operation}")),
                "saturating" => self.replace("overflow", &e.method, format!("wrapping_{operation}")),
                "checked" => {
                    self.replace("overflow", e, format!("Some({receiver}.wrapping_{operation}({arguments}))"));
                }
                _ => {}
            }
            if matches!(how, "wrapping" | "saturating" | "checked" | "overflowing") {
                if let Some(other) = match operation {
                    "add" => Some("sub"),
                    "sub" => Some("add"),
                    "div" => Some("rem"),
                    "rem" => Some("div"),
                    _ => None,
                } {
                    self.replace("method", &e.method, format!("{how}_{other}"));
                }
                let op = match operation {
                    "add" => "+",
                    "sub" => "-",
                    "mul" => "*",
                    _ => "",
                };
                if how != "checked" && how != "overflowing" && !op.is_empty() {
                    self.replace("overflow", e, format!("({receiver} {op} ({arguments}))"));
                }
            }
        }
        visit::visit_expr_method_call(self, e);
    }

    fn visit_expr_break(&mut self, e: &'f syn::ExprBreak) {
        if e.expr.is_none() {
            self.replace("jump", &e.break_token, "continue");
        }
        visit::visit_expr_break(self, e);
    }

    fn visit_expr_continue(&mut self, e: &'f syn::ExprContinue) {
        self.replace("jump", &e.continue_token, "break");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        let text = format!("#[spec(ensures: |out| out + 1 > 0)]\nfn f() -> u8 {{ {body} }}\n");
        let found = changes(&text, 2);
        assert!(found.iter().all(|c| c.text.starts_with("#[spec(ensures: |out| out + 1 > 0)]\n")), "{found:?}");
        let inner = |c: Change| c.text.split_once("{ ").map(|(_, b)| b.trim_end_matches([' ', '}', '\n']).to_owned());
        found.into_iter().filter_map(inner).collect()
    }

    #[test]
    fn each_kind_of_place_is_changed() {
        let has = |body: &str, wanted: &[&str]| {
            let found = texts(body);
            for w in wanted {
                assert!(found.iter().any(|f| f == w), "{body}: {w} is not among {found:#?}");
            }
        };
        has("a + 1", &["(a - 1)", "(a * 1)", "(a / 1)", "(a % 1)", "a + 2", "a + 0", "a.wrapping_add(1)"]);
        has("a - b * c", &["(a + (b * c))", "((b * c) - a)", "a - (b + c)"]);
        has("a <= b && c", &["(a < b) && c", "(a != b) && c", "((a <= b) || c)"]);
        has("x += 1; x <<= y; x", &["x -= 1; x <<= y; x", "x += 1; x >>= y; x", " x <<= y; x", "x += 1;  x"]);
        has("f(0..n, 1..=m)", &["f(0..=n, 1..=m)", "f(0..n, 1..m)", "f(1..=m, 0..n)"]);
        has("if a { b } else { c }", &["if !(a) { b } else { c", "if a { c } else { b"]);
        has("match a { 1 if b => c, _ => d }", &["match a { 1 if !(b) => c, _ => d", "match a { 1 if b => d, _ => c"]);
        has("a.checked_add(b)", &["Some(a.wrapping_add(b))", "a.checked_sub(b)"]);
        has("a.wrapping_mul(b)", &["a.saturating_mul(b)", "(a * (b))"]);
        has("loop { break; }", &["loop { continue;", "loop {"]);
        has("!a && true", &["a && true", "!a && false"]);
    }

    #[test]
    fn specs_of_loops_and_types_stay() {
        let found = texts("#[spec(maintains: i < 3)] for i in 0..1 { } [0 as T<2>; n]");
        // A loop is dropped with its spec.
        assert!(found.iter().any(|t| t.contains("1..1")) && found.iter().any(|t| t.contains("1 as T<2>")));
        assert!(found.iter().all(|t| t.contains("maintains: i < 3") || !t.contains("for")), "{found:#?}");
        assert!(found.iter().all(|t| t.contains("T<2>")), "{found:#?}");
        assert!(texts("let x: [u8; 2] = y; x").is_empty());
    }

    #[test]
    fn a_condition_that_binds_is_not_negated() {
        assert!(texts("if let Some(x) = a && x { b }").iter().all(|t| !t.contains('!')));
    }
}
