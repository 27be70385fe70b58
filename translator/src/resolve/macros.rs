//! Which macro by example a call names. What is not certain is no answer: a macro of std or of another crate may have its name.

use super::{Crate, MacroData, ModId};
use crate::by_example::{Definition, Refusal};
use crate::crate_loader::plain_name;
use crate::span::Span;

/// Macros that are there without an import.
const OF_STD: &[&str] = &[
    "addr_of",
    "asm",
    "assert",
    "assert_eq",
    "assert_matches",
    "assert_ne",
    "cfg",
    "cfg_select",
    "column",
    "compile_error",
    "concat",
    "concat_bytes",
    "concat_idents",
    "const_format_args",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_matches",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "format_args_nl",
    "global_asm",
    "include",
    "include_bytes",
    "include_str",
    "is_x86_feature_detected",
    "line",
    "llvm_asm",
    "log_syntax",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "pattern_type",
    "print",
    "println",
    "stringify",
    "thread_local",
    "todo",
    "trace_macros",
    "try",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

impl<'a> Crate<'a> {
    /// The macro that a call names, if that is certain.
    pub(crate) fn macro_named(&self, scope: ModId, at: Span, path: &syn::Path) -> Option<&MacroData<'a>> {
        let names: Vec<String> = path.segments.iter().map(|s| plain_name(&s.ident)).collect();
        let name = match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [name] | ["crate", name] if path.leading_colon.is_none() => name,
            _ => return None,
        };
        if names.len() == 1 {
            // In a body, a macro is there from its definition on.
            let mut block = scope;
            while let Some(around) = self.modules[block.0].around {
                let before = |m: &&MacroData<'a>| m.span.file == at.file && m.span.lo < at.lo;
                let mut own = self.by_example.iter().filter(|m| m.scope == block && m.name == name).filter(before);
                if let Some(found) = own.next() {
                    return own.next().is_none().then_some(found).filter(|m| self.rewritten(&m.around).is_none());
                }
                block = around;
            }
        }
        let mut all = self.by_example.iter().filter(|m| m.name == name && !self.is_local(m));
        let (Some(found), None) = (all.next(), all.next()) else { return None };
        let certain = names.len() == 1 && self.is_in_textual_scope(found, scope, at) || self.is_only_macro(name);
        (certain && self.rewritten(&found.around).is_none()).then_some(found)
    }

    /// Whether a macro is defined in a body.
    pub(crate) fn is_local(&self, found: &MacroData<'a>) -> bool {
        self.modules[found.scope.0].around.is_some()
    }

    /// Whether a macro's definition comes before its use, in the same module or in one around it.
    fn is_in_textual_scope(&self, found: &MacroData<'a>, scope: ModId, at: Span) -> bool {
        let mut module = scope;
        let mut at = at;
        loop {
            if module == found.scope {
                return found.span.file == at.file && found.span.hi <= at.lo;
            }
            let data = &self.modules[module.0];
            match (data.around, data.parent) {
                (Some(around), _) => module = around,
                (None, Some(parent)) => {
                    at = data.declared;
                    module = parent;
                }
                (None, None) => return false,
            }
        }
    }

    /// Whether no other macro has the name of one of the crate.
    fn is_only_macro(&self, name: &str) -> bool {
        let own = |path: &[String]| {
            path.len() == 1 || path.first().is_some_and(|p| matches!(p.as_str(), "crate" | "self" | "super"))
        };
        let imports = self.modules.iter().filter_map(|m| m.imports.get(name)).flatten();
        let own_imports = imports.into_iter().all(|i| own(&i.path) && i.path.last().is_some_and(|last| last == name));
        own_imports && !OF_STD.contains(&name) && !self.may_bring_macro(name)
    }
}

impl MacroData<'_> {
    /// Its rules.
    ///
    /// # Errors
    /// If they are not read here.
    pub(crate) fn rules(&self) -> Result<&Definition, Refusal> {
        self.definition.get_or_init(|| Definition::read(self.tokens.clone())).as_ref().map_err(Clone::clone)
    }
}
