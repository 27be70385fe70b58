//! Every code of the catalogue comes of the example on its page.

use std::collections::BTreeSet;
use std::io;

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::codes::CODES;
use harmonic_translator::front::load;
use harmonic_translator::translate::translate;

/// The example of a page: what stands indented below `Example:`.
fn example(page: &str) -> String {
    let lines = page.lines().skip_while(|l| *l != "Example:").skip(1).skip_while(|l| l.is_empty());
    lines
        .take_while(|l| l.is_empty() || l.starts_with("    "))
        .map(|l| format!("{}\n", l.trim_start_matches("    ")))
        .collect()
}

/// A file that cannot be read.
const NO_PERMISSION: &[u8] = b"no permission";

/// The codes that come of a crate with these files, the first of which is its root.
fn codes(files: &[(&str, &[u8])]) -> BTreeSet<&'static str> {
    let read = |path: &str| match files.iter().find(|f| f.0 == path) {
        Some((_, text)) if *text == NO_PERMISSION => Err(io::Error::from(io::ErrorKind::PermissionDenied)),
        Some((_, text)) => Ok(text.to_vec()),
        None => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let (program, _, errors) = load(files[0].0, &CfgSet::new(), &read);
    let refused = translate(&program).1;
    let of_functions = program.functions.iter().flat_map(|f| &f.diagnostics);
    errors.iter().chain(of_functions).chain(refused.iter().flat_map(|r| &r.1)).map(|d| d.code).collect()
}

/// Codes of which no source is known to come, and why they are there all the same.
const NEVER: &[(&str, &str)] = &[
    ("H0118", "the front end would have to panic, or the machine to refuse a thread"),
    ("H0502", "rustc lets no jump out of a closure or a function, and inference keeps to that"),
    ("H0504", "inference lets assignments go into tuples and structs alone"),
    ("H0507", "outside of conditions inference knows no integers but those of machines"),
    ("H0509", "inference refuses all casts but those that have a form"),
    ("H0511", "inference gives constructors to structs and enums alone"),
    ("H0515", "slice patterns come with lists, whose length is known before any part is read"),
    ("H0517", "inference makes literals of integers, `bool` and `char`, and bytes of strings"),
    ("H0518", "variants come with enums"),
    ("H0520", "inference refuses ranges of anything but integers"),
    ("H0606", "lowering makes jumps and loops that belong together"),
    ("H0607", "a test holds that every item of the table has its lemmas"),
];

/// What the examples of some codes stand for: files besides the root, or what is too long for a page.
fn written_out(code: &str, text: String) -> Vec<(&'static str, Vec<u8>)> {
    let nested = |n: usize| format!("fn f(x: u64) -> u64 {{ {}x{} }}", "(1 + ".repeat(n), ")".repeat(n));
    let root = |text: String| ("src/lib.rs", text.into_bytes());
    match code {
        "H0113" => vec![root(text), ("src/shapes.rs", vec![]), ("src/shapes/mod.rs", vec![])],
        "H0114" => vec![("src/lib.rs", b"// \xe9\n".to_vec())],
        "H0116" => vec![root(text), ("src/secret.rs", NO_PERMISSION.to_vec())],
        "H0219" => vec![root(nested(3000))],
        "H0605" => {
            let arm =
                |x| format!("{x} => {{ {} }}\n", (0..64).map(|i| format!("let _ = v[{i}]; ")).collect::<String>());
            let arms: String = (0..64).map(arm).collect();
            vec![root(format!(
                "use harmonic::*;\n#[spec]\nfn f(v: &[u32; 64], x: u8) {{ match x {{ {arms} _ => {{}} }} }}\n"
            ))]
        }
        _ => vec![root(text)],
    }
}

#[test]
fn every_code_comes_of_its_example() {
    let mut wrong = String::new();
    for (code, page) in CODES {
        let example = example(page);
        let files = written_out(code, format!("use harmonic::*;\n{example}"));
        let in_words = example.starts_with('(') && files[0].1.ends_with(example.as_bytes());
        let never = NEVER.iter().any(|(own, _)| own == code);
        if never != in_words {
            wrong
                .push_str(&format!("{code}: its example is one in words, or it is listed as never coming: not both\n"));
        }
        if in_words {
            continue;
        }
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, &text[..])).collect();
        let found = codes(&files);
        if !found.contains(code) {
            wrong.push_str(&format!("{code}: {found:?} of\n{example}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
