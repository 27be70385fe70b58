//! Visiting the parts of an expression.

use crate::tir::Expr;
pub(crate) use crate::tir_walk::children;

/// Whether an expression or a part of it satisfies `test`.
pub(crate) fn any(e: &Expr, test: &dyn Fn(&Expr) -> bool) -> bool {
    if test(e) {
        return true;
    }
    let mut found = false;
    children(e, &mut |c| found = found || any(c, test));
    found
}
