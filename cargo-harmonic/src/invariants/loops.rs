//! The loops of a function as its source has them: their tests, what is in scope, where invariants go.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::rewrite::plain;

/// A loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// Where invariants go, in bytes: before the loop, or first in its attribute.
    pub at: usize,
    /// Whether it has a `#[spec(…)]`.
    pub has_spec: bool,
    /// What that says, as tokens.
    pub spec: String,
    /// What it counts.
    pub head: Head,
    /// Names that are bound where it stands, each with the byte at which it is.
    pub scope: Vec<(String, usize)>,
    /// Names that its body assigns to, or calls methods of.
    pub changed: BTreeSet<String>,
    /// Tests of the body that leave the loop, or the function, if they hold.
    pub exits: Vec<String>,
    /// Comparisons in its body.
    pub compares: Vec<Comparison>,
}

impl Loop {
    /// Whether its author says so already.
    pub fn says(&self, condition: &str) -> bool {
        self.spec.contains(&plain(condition))
    }
}

/// What a loop counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// The comparisons that its test is made of: `left < right`, with the sign.
    While(Vec<Comparison>),
    /// A range.
    Range { counter: String, from: String, to: String, inclusive: bool, reversed: bool },
    /// The elements of a list with their positions.
    Enumerated { counter: String, list: String },
    /// Something else.
    Other,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub left: String,
    pub sign: String,
    pub right: String,
}

impl Comparison {
    /// A comparison of this text.
    pub fn of(text: &str, it: &syn::ExprBinary) -> Option<Self> {
        use syn::BinOp::{Eq, Ge, Gt, Le, Lt, Ne};
        if !matches!(it.op, Lt(_) | Le(_) | Gt(_) | Ge(_) | Eq(_) | Ne(_)) {
            return None;
        }
        let written = |e: &dyn Spanned| text.get(e.span().byte_range()).unwrap_or_default().to_owned();
        Some(Self { left: written(&it.left), sign: written(&it.op), right: written(&it.right) })
    }

    /// As it is written.
    pub fn holds(&self) -> String {
        format!("{} {} {}", self.left, self.sign, self.right)
    }

    /// Its opposite.
    pub fn fails(&self) -> String {
        let opposite = match self.sign.as_str() {
            "<" => ">=",
            ">=" => "<",
            ">" => "<=",
            "<=" => ">",
            "==" => "!=",
            _ => "==",
        };
        format!("{} {opposite} {}", self.left, self.right)
    }
}

/// A function with its loops.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// In the order of the source.
    pub loops: Vec<Loop>,
    /// What variables are bound to by `let`.
    pub bound_to: BTreeMap<String, String>,
    /// The expression that it ends in.
    pub result: Option<String>,
}

impl Body {
    /// The function whose name is in this range of the text.
    pub fn of(text: &str, signature: Range<usize>) -> Option<Body> {
        let file = syn::parse_file(text).ok()?;
        let mut finder = Finder { signature, text, found: None };
        finder.visit_file(&file);
        finder.found
    }
}

/// Finds the function.
struct Finder<'t> {
    signature: Range<usize>,
    text: &'t str,
    found: Option<Body>,
}

impl Finder<'_> {
    fn look(&mut self, signature: &syn::Signature, block: &syn::Block) {
        if !self.signature.contains(&signature.ident.span().byte_range().start) {
            return;
        }
        let mut reader = Reader { text: self.text, scope: Vec::new(), body: Body::default() };
        for input in &signature.inputs {
            match input {
                syn::FnArg::Receiver(receiver) => {
                    reader.scope.push(("self".to_owned(), receiver.self_token.span.byte_range().start))
                }
                syn::FnArg::Typed(typed) => reader.bind(&typed.pat),
            }
        }
        reader.visit_block(block);
        reader.body.result = match block.stmts.last() {
            Some(syn::Stmt::Expr(e, None)) => Some(reader.written(e)),
            _ => None,
        };
        self.found = Some(reader.body);
    }
}

impl Visit<'_> for Finder<'_> {
    fn visit_item_fn(&mut self, it: &syn::ItemFn) {
        self.look(&it.sig, &it.block);
        visit::visit_item_fn(self, it);
    }
    fn visit_impl_item_fn(&mut self, it: &syn::ImplItemFn) {
        self.look(&it.sig, &it.block);
        visit::visit_impl_item_fn(self, it);
    }
    fn visit_trait_item_fn(&mut self, it: &syn::TraitItemFn) {
        if let Some(block) = &it.default {
            self.look(&it.sig, block);
        }
        visit::visit_trait_item_fn(self, it);
    }
}

/// Reads its body.
struct Reader<'t> {
    text: &'t str,
    scope: Vec<(String, usize)>,
    body: Body,
}

impl Reader<'_> {
    fn written(&self, it: &impl Spanned) -> String {
        self.text.get(it.span().byte_range()).unwrap_or_default().to_owned()
    }

    fn bind(&mut self, pat: &syn::Pat) {
        struct Names<'s>(&'s mut Vec<(String, usize)>);
        impl Visit<'_> for Names<'_> {
            fn visit_pat_ident(&mut self, it: &syn::PatIdent) {
                self.0.push((it.ident.to_string(), it.ident.span().byte_range().start));
                visit::visit_pat_ident(self, it);
            }
        }
        Names(&mut self.scope).visit_pat(pat);
    }

    fn found(&mut self, attributes: &[syn::Attribute], start: usize, head: Head, body: &syn::Block) {
        let spec = attributes.iter().find_map(|a| match &a.meta {
            syn::Meta::List(list) if list.path.segments.last().is_some_and(|s| s.ident == "spec") => {
                Some((list.delimiter.span().open().byte_range().end, list.tokens.to_string()))
            }
            _ => None,
        });
        let mut changes = Changes(BTreeSet::new());
        changes.visit_block(body);
        let exits = body.stmts.iter().filter_map(|s| match s {
            syn::Stmt::Expr(syn::Expr::If(e), _) if e.else_branch.is_none() && leaves(&e.then_branch) => {
                Some(self.written(&e.cond))
            }
            _ => None,
        });
        let mut compares = Comparing { text: self.text, found: Vec::new() };
        compares.visit_block(body);
        let found = Loop {
            at: spec.as_ref().map_or(start, |(at, _)| *at),
            has_spec: spec.is_some(),
            spec: spec.map(|(_, says)| says).unwrap_or_default(),
            head,
            scope: self.scope.clone(),
            exits: exits.collect(),
            changed: changes.0,
            compares: compares.found,
        };
        self.body.loops.push(found);
    }

    fn range(&self, counter: &syn::Pat, over: &syn::Expr) -> Head {
        match (counter, over) {
            (_, syn::Expr::Paren(inner)) => self.range(counter, &inner.expr),
            (syn::Pat::Ident(counter), syn::Expr::Range(range)) => match (&range.start, &range.end) {
                (Some(from), Some(to)) => Head::Range {
                    counter: counter.ident.to_string(),
                    from: self.written(from),
                    to: self.written(to),
                    inclusive: matches!(range.limits, syn::RangeLimits::Closed(_)),
                    reversed: false,
                },
                _ => Head::Other,
            },
            (syn::Pat::Ident(_), syn::Expr::MethodCall(call)) if call.method == "rev" => {
                match self.range(counter, &call.receiver) {
                    Head::Range { counter, from, to, inclusive, .. } => {
                        Head::Range { counter, from, to, inclusive, reversed: true }
                    }
                    _ => Head::Other,
                }
            }
            (syn::Pat::Tuple(pair), syn::Expr::MethodCall(call)) if call.method == "enumerate" => {
                match (pair.elems.first(), &*call.receiver) {
                    (Some(syn::Pat::Ident(counter)), syn::Expr::MethodCall(inner)) if inner.method == "iter" => {
                        Head::Enumerated { counter: counter.ident.to_string(), list: self.written(&inner.receiver) }
                    }
                    _ => Head::Other,
                }
            }
            _ => Head::Other,
        }
    }

    fn comparisons(&self, test: &syn::Expr, out: &mut Vec<Comparison>) {
        match test {
            syn::Expr::Paren(inner) => self.comparisons(&inner.expr, out),
            syn::Expr::Binary(syn::ExprBinary { left, op: syn::BinOp::And(_), right, .. }) => {
                self.comparisons(left, out);
                self.comparisons(right, out);
            }
            syn::Expr::Binary(it) => out.extend(Comparison::of(self.text, it)),
            _ => {}
        }
    }

    /// With the scope as it is before, when all is done.
    fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        let before = self.scope.len();
        inside(self);
        self.scope.truncate(before);
    }
}

impl Visit<'_> for Reader<'_> {
    fn visit_block(&mut self, it: &syn::Block) {
        self.scoped(|reader| visit::visit_block(reader, it));
    }
    fn visit_local(&mut self, it: &syn::Local) {
        visit::visit_local(self, it);
        if let (Some(init), Some(name)) = (&it.init, name_of(&it.pat)) {
            let written = self.written(&init.expr);
            self.body.bound_to.insert(name, written);
        }
        self.bind(&it.pat);
    }
    fn visit_arm(&mut self, it: &syn::Arm) {
        self.scoped(|reader| {
            reader.bind(&it.pat);
            visit::visit_arm(reader, it);
        });
    }
    fn visit_expr_if(&mut self, it: &syn::ExprIf) {
        self.scoped(|reader| {
            if let syn::Expr::Let(binding) = &*it.cond {
                reader.bind(&binding.pat);
            }
            visit::visit_expr_if(reader, it);
        });
    }
    fn visit_expr_while(&mut self, it: &syn::ExprWhile) {
        let mut comparisons = Vec::new();
        self.comparisons(&it.cond, &mut comparisons);
        let start = it.label.as_ref().map_or(it.while_token.span, |l| l.name.span());
        self.found(&it.attrs, start.byte_range().start, Head::While(comparisons), &it.body);
        self.scoped(|reader| {
            if let syn::Expr::Let(binding) = &*it.cond {
                reader.bind(&binding.pat);
            }
            visit::visit_expr_while(reader, it);
        });
    }
    fn visit_expr_for_loop(&mut self, it: &syn::ExprForLoop) {
        self.scoped(|reader| {
            let head = reader.range(&it.pat, &it.expr);
            let start = it.label.as_ref().map_or(it.for_token.span, |l| l.name.span());
            // Of what a round binds, its invariants see the counter alone.
            match (&head, &*it.pat) {
                (Head::Range { .. }, counter) => reader.bind(counter),
                (Head::Enumerated { .. }, syn::Pat::Tuple(pair)) => {
                    pair.elems.iter().take(1).for_each(|p| reader.bind(p))
                }
                _ => {}
            }
            reader.found(&it.attrs, start.byte_range().start, head, &it.body);
            reader.bind(&it.pat);
            visit::visit_expr_for_loop(reader, it);
        });
    }
    fn visit_expr_loop(&mut self, it: &syn::ExprLoop) {
        let start = it.label.as_ref().map_or(it.loop_token.span, |l| l.name.span());
        self.found(&it.attrs, start.byte_range().start, Head::Other, &it.body);
        visit::visit_expr_loop(self, it);
    }
    // What is in them is not run where it stands.
    fn visit_expr_closure(&mut self, _: &syn::ExprClosure) {}
    fn visit_item(&mut self, _: &syn::Item) {}
}

/// The comparisons of a body.
struct Comparing<'t> {
    text: &'t str,
    found: Vec<Comparison>,
}

impl Visit<'_> for Comparing<'_> {
    fn visit_expr_binary(&mut self, it: &syn::ExprBinary) {
        self.found.extend(Comparison::of(self.text, it));
        visit::visit_expr_binary(self, it);
    }
    // A spec is not what the body tests.
    fn visit_attribute(&mut self, _: &syn::Attribute) {}
}

/// The name that a pattern binds, if it is no more than that.
fn name_of(pat: &syn::Pat) -> Option<String> {
    match pat {
        syn::Pat::Ident(it) => Some(it.ident.to_string()),
        syn::Pat::Type(it) => name_of(&it.pat),
        _ => None,
    }
}

/// Whether a block ends by leaving the loop or the function.
fn leaves(block: &syn::Block) -> bool {
    let ends = |e: &syn::Expr| matches!(e, syn::Expr::Return(_) | syn::Expr::Break(_));
    matches!(block.stmts.last(), Some(syn::Stmt::Expr(e, _)) if ends(e))
}

/// What a body assigns to.
struct Changes(BTreeSet<String>);

impl Changes {
    fn root(&mut self, place: &syn::Expr) {
        match place {
            syn::Expr::Path(path) => self.0.extend(path.path.get_ident().map(ToString::to_string)),
            syn::Expr::Index(it) => self.root(&it.expr),
            syn::Expr::Field(it) => self.root(&it.base),
            syn::Expr::Unary(it) => self.root(&it.expr),
            syn::Expr::Paren(it) => self.root(&it.expr),
            syn::Expr::Tuple(it) => it.elems.iter().for_each(|e| self.root(e)),
            _ => {}
        }
    }
}

impl Visit<'_> for Changes {
    fn visit_expr_assign(&mut self, it: &syn::ExprAssign) {
        self.root(&it.left);
        visit::visit_expr_assign(self, it);
    }
    fn visit_expr_binary(&mut self, it: &syn::ExprBinary) {
        use syn::BinOp::*;
        let assigns = matches!(
            it.op,
            AddAssign(_)
                | SubAssign(_)
                | MulAssign(_)
                | DivAssign(_)
                | RemAssign(_)
                | BitXorAssign(_)
                | BitAndAssign(_)
                | BitOrAssign(_)
                | ShlAssign(_)
                | ShrAssign(_)
        );
        if assigns {
            self.root(&it.left);
        }
        visit::visit_expr_binary(self, it);
    }
    fn visit_expr_method_call(&mut self, it: &syn::ExprMethodCall) {
        self.root(&it.receiver);
        visit::visit_expr_method_call(self, it);
    }
    fn visit_expr_reference(&mut self, it: &syn::ExprReference) {
        if it.mutability.is_some() {
            self.root(&it.expr);
        }
        visit::visit_expr_reference(self, it);
    }
}
