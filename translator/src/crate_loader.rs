//! From a crate's root file to its tree of modules: follows `mod x;`, applies `cfg`, reports what cannot be read.
//!
//! Items that macros generate are not seen.

use std::io;

use syn::visit_mut::VisitMut;
use syn::{Attribute, Item};

use crate::cfg_set::{CfgSet, Strip};
use crate::diagnostic::Diagnostic;
use crate::span::{FileId, SourceMap, Span};

/// Reads a file by its path.
pub(crate) type Loader<'a> = dyn Fn(&str) -> io::Result<Vec<u8>> + 'a;

/// A module with its items (modules apart).
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) file: FileId,
    /// Where it is declared.
    pub(crate) declared: Span,
    /// Its outer attributes; macros cannot be inner ones.
    pub(crate) attrs: Vec<Attribute>,
    /// All items but modules.
    pub(crate) items: Vec<Item>,
    pub(crate) children: Vec<Module>,
}

/// The place of a token range.
pub(crate) fn span_in(file: FileId, span: proc_macro2::Span) -> Span {
    let range = span.byte_range();
    Span { file, lo: range.start as u32, hi: range.end as u32 }
}

/// Makes a diagnostic; codes `H01xx` are errors.
pub(crate) fn diagnostic(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic { code, is_error: code.starts_with("H01"), message: message.into(), span, help: None, callee: None }
}

pub(crate) struct CrateLoader<'a> {
    pub(crate) cfg: &'a CfgSet,
    pub(crate) loader: &'a Loader<'a>,
    pub(crate) sources: SourceMap,
    pub(crate) errors: Vec<Diagnostic>,
    /// Files that are being loaded, to notice cycles.
    open: Vec<String>,
}

impl<'a> CrateLoader<'a> {
    pub(crate) fn new(cfg: &'a CfgSet, loader: &'a Loader<'a>) -> Self {
        CrateLoader { cfg, loader, sources: SourceMap::default(), errors: Vec::new(), open: Vec::new() }
    }

    /// Loads the crate from its root file; `None` if that file cannot be read or parsed.
    pub(crate) fn load_root(&mut self, root: &str) -> Option<Module> {
        let bytes = match (self.loader)(root) {
            Ok(bytes) => bytes,
            Err(error) => {
                let file = self.add_file(root, String::new());
                let span = Span { file, lo: 0, hi: 0 };
                self.errors.push(diagnostic("H0116", span, format!("cannot read `{root}`: {error}")));
                return None;
            }
        };
        self.load_file(String::new(), root, bytes, &directory(root))
    }

    fn add_file(&mut self, path: &str, text: String) -> FileId {
        self.sources.files.push((path.to_owned(), text));
        FileId((self.sources.files.len() - 1) as u32)
    }

    /// Parses a file; `below` is the folder its `mod x;` are looked for in.
    fn load_file(&mut self, name: String, path: &str, bytes: Vec<u8>, below: &str) -> Option<Module> {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(&error.into_bytes()).into_owned();
                let file = self.add_file(path, text);
                let span = Span { file, lo: at as u32, hi: at as u32 };
                self.errors.push(diagnostic(
                    "H0114",
                    span,
                    format!("`{path}` is not UTF-8: the byte at offset {at} is invalid"),
                ));
                return None;
            }
        };
        let file = self.add_file(path, text.clone());
        if crate::by_example::hygiene::has_mark(&text) {
            let message = format!("`{path}` has a letter that names of macros are told apart by here");
            self.errors.push(diagnostic("H0111", Span { file, lo: 0, hi: 0 }, message));
            return None;
        }
        let mut parsed = match syn::parse_file(&without_shebang(&text)) {
            Ok(parsed) => parsed,
            Err(error) => {
                for error in error {
                    let span = span_in(file, error.span());
                    self.errors.push(diagnostic("H0111", span, format!("this file does not parse: {error}")));
                }
                return None;
            }
        };
        let mut strip = Strip::new(self.cfg);
        strip.visit_file_mut(&mut parsed);
        for error in strip.errors {
            let span = span_in(file, error.span());
            self.errors.push(diagnostic("H0117", span, format!("this `cfg` is malformed: {error}")));
        }
        self.open.push(path.to_owned());
        let module = self.module(name, file, parsed.items, below, &directory(path));
        self.open.pop();
        Some(module)
    }

    /// `below` is where `mod x;` is looked for; `path_base` is what `#[path]` is relative to.
    fn module(&mut self, name: String, file: FileId, items: Vec<Item>, below: &str, path_base: &str) -> Module {
        let mut module = Module {
            name,
            file,
            declared: Span::default(),
            attrs: Vec::new(),
            items: Vec::new(),
            children: Vec::new(),
        };
        for item in items {
            match item {
                Item::Mod(item) => {
                    let name = plain_name(&item.ident);
                    let own_path = path_attribute(&item.attrs);
                    let declared = span_in(file, item.ident.span());
                    match item.content {
                        Some((_, items)) => {
                            // An inline module adds its name (or `#[path]`) to the folder; `#[path]` inside it too.
                            let folder = join(below, own_path.as_deref().unwrap_or(&name));
                            let child = self.module(name, file, items, &folder, &folder);
                            module.children.push(Module { attrs: item.attrs, declared, ..child });
                        }
                        None => {
                            if let Some(child) = self.module_file(&name, own_path, declared, below, path_base) {
                                module.children.push(Module { attrs: item.attrs, declared, ..child });
                            }
                        }
                    }
                }
                other => module.items.push(other),
            }
        }
        module
    }

    fn module_file(
        &mut self,
        name: &str,
        own_path: Option<String>,
        span: Span,
        below: &str,
        path_base: &str,
    ) -> Option<Module> {
        // Where the file may be, and where its own modules are then looked for.
        let candidates: Vec<(String, String)> = match own_path {
            Some(path) => {
                let full = join(path_base, &path);
                vec![(full.clone(), directory(&full))]
            }
            None => {
                let folder = join(below, name);
                vec![(format!("{folder}.rs"), folder.clone()), (join(&folder, "mod.rs"), folder)]
            }
        };
        let mut found = Vec::new();
        for (path, folder) in &candidates {
            match (self.loader)(path) {
                Ok(bytes) => found.push((path.clone(), folder.clone(), bytes)),
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(error) => {
                    self.errors.push(diagnostic("H0116", span, format!("cannot read `{path}`: {error}")));
                    return None;
                }
            }
        }
        if found.len() > 1 {
            let message = format!("module `{name}` has two files: `{}` and `{}`", found[0].0, found[1].0);
            let mut error = diagnostic("H0113", span, message);
            error.help = Some("delete or rename one of them".to_owned());
            self.errors.push(error);
            return None;
        }
        let Some((path, folder, bytes)) = found.pop() else {
            let names: Vec<String> = candidates.iter().map(|c| format!("`{}`", c.0)).collect();
            let mut error = diagnostic("H0112", span, format!("no file for module `{name}`"));
            error.help = Some(format!("create {}", names.join(" or ")));
            self.errors.push(error);
            return None;
        };
        if self.open.contains(&path) {
            self.errors.push(diagnostic(
                "H0115",
                span,
                format!("module `{name}` includes `{path}`, which includes it"),
            ));
            return None;
        }
        self.load_file(name.to_owned(), &path, bytes, &folder)
    }
}

/// The name of an identifier, without `r#`.
pub(crate) fn plain_name(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

/// Blanks a byte order mark and a `#!` line, so that all offsets stay those of the file.
fn without_shebang(text: &str) -> String {
    let mut out = text.to_owned();
    if out.starts_with('\u{feff}') {
        out.replace_range(..3, "   ");
    }
    let start = out.len() - out.trim_start_matches(' ').len();
    let start = if text.starts_with('\u{feff}') { start.min(3) } else { 0 };
    if let Some(rest) = out[start..].strip_prefix("#!")
        && !rest.trim_start().starts_with('[')
    {
        // Not by `//`: what follows could make that a doc comment.
        let end = out[start..].find('\n').map_or(out.len(), |n| start + n);
        out.replace_range(start..end, &" ".repeat(end - start));
    }
    out
}

fn path_attribute(attrs: &[Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

fn directory(path: &str) -> String {
    path.rfind(['/', '\\']).map_or(String::new(), |at| path[..at].to_owned())
}

/// Joins, and resolves `.` and `..` where that needs no file system.
fn join(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    if folder.is_empty() || path.starts_with('/') {
        return path;
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match (part, parts.last()) {
            (".", _) => {}
            ("..", Some(last)) if !last.is_empty() && *last != ".." && *last != "." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
