//! How many functions are verified without the invariants that their author wrote.
//!
//! The loops of the examples are stripped of `maintains`, and `verify` has to infer what it needs, from nothing that is kept.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::bench::build;

/// Runs the measurement on these packages of the examples, or on all.
///
/// # Errors
/// A command that does not build, or a folder that cannot be written.
pub fn run(root: &Path, packages: &[String]) -> Result<(), Box<dyn Error>> {
    let binary = build(root)?;
    let folder = tempfile::tempdir()?;
    let (mut all, mut recovered) = (0, 0);
    println!("function                                    invariants stripped  inferred  verdict");
    let mut members: Vec<_> = fs::read_dir(root.join("examples"))?.collect::<Result<_, _>>()?;
    members.sort_by_key(fs::DirEntry::file_name);
    for member in members {
        let package = member.file_name().to_string_lossy().into_owned();
        let source = member.path().join("src/lib.rs");
        if !source.is_file() || !(packages.is_empty() || packages.contains(&package)) {
            continue;
        }
        let text = fs::read_to_string(&source)?;
        let (stripped, functions) = strip(&text)?;
        if functions.is_empty() {
            continue;
        }
        let there = folder.path().join(&package);
        fs::create_dir_all(there.join("src"))?;
        fs::write(there.join("src/lib.rs"), stripped)?;
        fs::write(there.join("Cargo.toml"), manifest(root, &package))?;
        let mut command = Command::new(&binary);
        command.args(["harmonic", "verify", "--no-cache", "--message-format", "json"]).args(functions.keys());
        let output = command.current_dir(&there).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        let lines = String::from_utf8(output.stdout)?;
        let verdicts: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for (name, count) in functions {
            let of_function = |v: &&Value| {
                let function = v["function"].as_str().unwrap_or_default();
                v["reason"] == "harmonic-verdict" && function.rsplit("::").next() == Some(&name)
            };
            let Some(verdict) = verdicts.iter().find(of_function) else { continue };
            let status = verdict["status"].as_str().unwrap_or("?");
            if status == "refuted" {
                // A false spec: there is nothing to recover.
                continue;
            }
            let inferred = verdict["inferred"].as_array().into_iter().flatten();
            let inferred: usize = inferred.map(|l| l["maintains"].as_array().map_or(0, Vec::len)).sum();
            println!("{:42}  {count:>19}  {inferred:>8}  {status}", format!("{package}::{name}"));
            all += 1;
            recovered += usize::from(status == "verified");
        }
    }
    println!("{recovered} of {all} functions are verified without the invariants of their author");
    Ok(())
}

/// A manifest for a package on its own.
fn manifest(root: &Path, package: &str) -> String {
    let harmonic = root.join("harmonic").display().to_string();
    format!(
        "[package]\nname = {package:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nharmonic = {{ path = {harmonic:?} }}\n"
    )
}

/// A source without the invariants of its loops, and how many there were by function.
fn strip(text: &str) -> Result<(String, BTreeMap<String, usize>), Box<dyn Error>> {
    struct Loops {
        function: String,
        found: Vec<(String, std::ops::Range<usize>, syn::MetaList)>,
    }
    impl Loops {
        fn look(&mut self, attributes: &[syn::Attribute]) {
            let lists = attributes.iter().filter_map(|a| Some((a.span().byte_range(), a.meta.require_list().ok()?)));
            let specs = lists.filter(|(_, l)| l.path.segments.last().is_some_and(|s| s.ident == "spec"));
            self.found.extend(specs.map(|(place, l)| (self.function.clone(), place, l.clone())));
        }
    }
    impl Visit<'_> for Loops {
        fn visit_item_fn(&mut self, it: &syn::ItemFn) {
            self.function = it.sig.ident.to_string();
            visit::visit_item_fn(self, it);
        }
        fn visit_impl_item_fn(&mut self, it: &syn::ImplItemFn) {
            self.function = it.sig.ident.to_string();
            visit::visit_impl_item_fn(self, it);
        }
        fn visit_expr_while(&mut self, it: &syn::ExprWhile) {
            self.look(&it.attrs);
            visit::visit_expr_while(self, it);
        }
        fn visit_expr_for_loop(&mut self, it: &syn::ExprForLoop) {
            self.look(&it.attrs);
            visit::visit_expr_for_loop(self, it);
        }
        fn visit_expr_loop(&mut self, it: &syn::ExprLoop) {
            self.look(&it.attrs);
            visit::visit_expr_loop(self, it);
        }
    }
    let mut loops = Loops { function: String::new(), found: Vec::new() };
    loops.visit_file(&syn::parse_file(text)?);
    let mut out = text.to_owned();
    let mut functions = BTreeMap::new();
    for (function, place, list) in loops.found.into_iter().rev() {
        let (left, count) = without_maintains(list.tokens);
        if count > 0 {
            out.replace_range(place, &if left.is_empty() { String::new() } else { format!("#[spec({left})]") });
            *functions.entry(function).or_default() += count;
        }
    }
    Ok((out, functions))
}

/// What a spec says besides `maintains`, and how many conditions that had.
fn without_maintains(tokens: TokenStream) -> (String, usize) {
    let mut parameters: Vec<Vec<TokenTree>> = vec![Vec::new()];
    for tree in tokens {
        match &tree {
            TokenTree::Punct(p) if p.as_char() == ',' => parameters.push(Vec::new()),
            _ => parameters.last_mut().into_iter().for_each(|last| last.push(tree.clone())),
        }
    }
    let is_maintains = |p: &Vec<TokenTree>| matches!(p.first(), Some(TokenTree::Ident(name)) if name == "maintains");
    let count = |p: &Vec<TokenTree>| match p.as_slice() {
        [_, _, TokenTree::Group(list)] => {
            let commas = list.stream().into_iter().filter(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ','));
            let trailing = matches!(list.stream().into_iter().last(), Some(TokenTree::Punct(p)) if p.as_char() == ',');
            commas.count() + usize::from(!trailing)
        }
        _ => 1,
    };
    let dropped = parameters.iter().filter(|p| is_maintains(p)).map(count).sum();
    let left = parameters.into_iter().filter(|p| !p.is_empty() && !is_maintains(p));
    let left: Vec<String> = left.map(|p| p.into_iter().collect::<TokenStream>().to_string()).collect();
    (left.join(", "), dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invariants_are_stripped_and_nothing_else() {
        let source = "fn f(v: &[u8]) {\n    #[spec(maintains: [i <= n, all(v, |k| k < i)], decreases: n - i)]\n    while i < n {\n        \
                      #[spec(maintains: a || b)]\n        for j in 0..n {}\n    }\n}\n";
        let (text, functions) = strip(source).expect("parses");
        let expected = "fn f(v: &[u8]) {\n    #[spec(decreases : n - i)]\n    while i < n {\n        \n        for j in 0..n {}\n    }\n}\n";
        assert_eq!((text.as_str(), functions["f"]), (expected, 3));
    }
}
