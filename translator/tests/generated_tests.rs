//! The search for counterexamples on the functions below `tests/unseen`, and on themes of `tests/cases`: no true function is refuted, at least four
//! fifths of the false ones are, and every test that a counterexample is written as compiles, runs and fails under
//! `cargo test`.

use std::path::Path;
use std::process::Command;

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Budget, Outcome, refute};
use harmonic_translator::tir::FnId;

/// The files as one crate: a module for each case.
fn crate_text(folder: &Path) -> String {
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the files").flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "md"));
    files.sort();
    // Values of types that are not looked into are written down, too.
    files.extend(["opaque", "generics"].map(|theme| folder.join(format!("../cases/{theme}.md"))));
    let (mut text, mut number) = (String::new(), 0);
    for file in files {
        let markdown = std::fs::read_to_string(file).expect("a readable file");
        for case in markdown.split("\n## ").skip(1) {
            text.push_str(&format!("pub mod c{number} {{\nuse harmonic::*;\n"));
            number += 1;
            for fence in case.split("```rust\n").skip(1) {
                text.push_str(fence.split("```").next().unwrap_or_default());
            }
            text.push_str("}\n");
        }
    }
    text
}

#[test]
fn tests_of_counterexamples_fail_under_cargo_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = crate_text(&root.join("tests/unseen"));
    let (program, sources, errors) = load("src/lib.rs", &CfgSet::new(), &|_| Ok(text.clone().into_bytes()));
    assert!(errors.is_empty(), "{errors:?}");
    let mut tested = text.clone();
    let (mut problems, mut count, mut falses) = (Vec::new(), 0usize, 0usize);
    for (i, function) in program.functions.iter().enumerate().filter(|(_, f)| f.spec.is_some()) {
        let is_false = function.path.ends_with("_wrong");
        falses += usize::from(is_false);
        if !function.diagnostics.is_empty() {
            println!("{}: {}", function.path, function.diagnostics[0].message);
            continue;
        }
        match refute(&program, FnId(i), &Budget::default()).outcome {
            Outcome::Refuted(c) if is_false => {
                let test = c.to_test(&program, &sources, "unseen", &function.path);
                // Beside the function, where private items and fields are in sight.
                let module = function.path.split("::").next().unwrap_or_default();
                let head = format!("pub mod {module} {{\nuse harmonic::*;\n");
                tested = tested.replacen(&head, &format!("{head}#[cfg(test)] mod t{count} {{\n{test}}}\n"), 1);
                count += 1;
            }
            Outcome::Refuted(c) => problems.push(format!("{} is true, but refuted: {:?}", function.path, c.inputs)),
            other if is_false => println!("{}: {other:?}", function.path),
            _ => {}
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(count * 5 >= falses * 4, "{count} of {falses} refuted");
    let folder = std::env::temp_dir().join(format!("harmonic-generated-tests-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"unseen\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nharmonic = {{ path = {:?} }}\n[workspace]\n",
        root.join("harmonic").display().to_string()
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    // The tests call their functions by the crate's name, as one in `tests/` would.
    std::fs::write(folder.join("src/lib.rs"), format!("extern crate self as unseen;\n{tested}")).expect("written");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--lib", "--no-fail-fast"])
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .current_dir(&folder)
        .output()
        .expect("cargo runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let ended: Vec<&str> = stdout.lines().filter(|l| l.starts_with("test c") && l.contains(" ... ")).collect();
    let kept: Vec<&str> = ended.iter().copied().filter(|l| !l.ends_with("FAILED")).collect();
    println!("{count} of {falses} false functions refuted; {} tests ran, {} did not fail", ended.len(), kept.len());
    assert!(kept.is_empty(), "{kept:?}");
    assert_eq!(ended.len(), count, "{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    let _ = std::fs::remove_dir_all(&folder);
}
