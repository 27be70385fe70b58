//! Embeds the Lean support library: the modules below `lean/` in the order of their imports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn collect(folder: &Path, prefix: &str, out: &mut BTreeMap<String, PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("the folder of the Lean library").flatten() {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|s| s.to_str()).map(str::to_owned) else { continue };
        if path.is_dir() {
            collect(&path, &format!("{prefix}{stem}."), out);
        } else if path.extension().is_some_and(|e| e == "lean") {
            println!("cargo::rerun-if-changed={}", path.display());
            out.insert(format!("{prefix}{stem}"), path);
        }
    }
}

fn visit(module: &str, files: &BTreeMap<String, PathBuf>, order: &mut Vec<String>) {
    if order.iter().any(|m| m == module) {
        return;
    }
    let Some(path) = files.get(module) else {
        assert!(!module.starts_with("Harmonic"), "the Lean library imports `{module}`, which has no file");
        return;
    };
    let text = fs::read_to_string(path).expect("a readable Lean file");
    for line in text.lines() {
        if let Some(at) = line.split_whitespace().position(|w| w == "import") {
            for imported in line.split_whitespace().skip(at + 1) {
                visit(imported, files, order);
            }
        }
    }
    order.push(module.to_owned());
}

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../lean");
    let mut files = BTreeMap::new();
    files.insert("Harmonic".to_owned(), root.join("Harmonic.lean"));
    collect(&root.join("Harmonic"), "Harmonic.", &mut files);
    let mut order = Vec::new();
    visit("Harmonic", &files, &mut order);
    let mut text = String::from(
        "/// The modules of the support library with their texts, imports first.\npub const SOURCES: &[(&str, &str)] = &[\n",
    );
    for module in &order {
        let path = fs::canonicalize(&files[module]).expect("a Lean file");
        text.push_str(&format!("    ({module:?}, include_str!({:?})),\n", path.display().to_string()));
    }
    text.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join("library.rs");
    fs::write(out, text).expect("a writable OUT_DIR");
}
