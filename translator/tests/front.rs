//! The front end from source text to the typed IR: what is read as what, and what is refused where.

use std::collections::BTreeMap;
use std::io;

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::codes;
use harmonic_translator::diagnostic::Diagnostic;
use harmonic_translator::front;
use harmonic_translator::print;
use harmonic_translator::span::SourceMap;
use harmonic_translator::tir::Program;

struct Loaded {
    program: Program,
    sources: SourceMap,
    errors: Vec<Diagnostic>,
}

fn load_files(files: &[(&str, &[u8])]) -> Loaded {
    let map: BTreeMap<String, Vec<u8>> = files.iter().map(|(n, t)| ((*n).to_owned(), t.to_vec())).collect();
    let mut cfg = CfgSet::new();
    cfg.insert("unix");
    cfg.insert_value("target_os", "linux");
    let read = |path: &str| map.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
    let (program, sources, errors) = front::load(files[0].0, &cfg, &read);
    Loaded { program, sources, errors }
}

fn load(text: &str) -> Loaded {
    load_files(&[("src/lib.rs", text.as_bytes())])
}

impl Loaded {
    /// A function as printed, on one line.
    fn printed(&self, name: &str) -> String {
        let found = self.program.functions.iter().find(|f| f.path == name);
        let function = found.unwrap_or_else(|| panic!("no function `{name}`"));
        assert_eq!(function.diagnostics, [], "{name}");
        print::function(&self.program, function).split_whitespace().collect::<Vec<_>>().join(" ")
    }
    /// The codes of a function's diagnostics, each with the text it points at.
    fn refusals(&self, name: &str) -> Vec<(&'static str, String)> {
        let found = self.program.functions.iter().find(|f| f.path == name);
        let function = found.unwrap_or_else(|| panic!("no function `{name}`"));
        assert!(function.diagnostics.is_empty() || function.body.is_none(), "{name} keeps its body");
        function.diagnostics.iter().map(|d| (d.code, self.sources.snippet(d.span).to_owned())).collect()
    }
    fn clean(&self) {
        assert_eq!(self.errors, []);
        for f in &self.program.functions {
            assert_eq!(f.diagnostics, [], "{}", f.path);
        }
    }
}

#[test]
fn every_code_in_use_has_a_page() {
    fn sources(folder: &std::path::Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("codes.rs") {
                out.push_str(&std::fs::read_to_string(&path).expect("sources are text"));
            }
        }
    }
    let mut text = String::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    let mut used = std::collections::BTreeSet::new();
    for (at, _) in text.match_indices("\"H0") {
        let code = &text[at + 1..at + 6];
        if text[at + 6..].starts_with('"') && code[1..].bytes().all(|b| b.is_ascii_digit()) {
            used.insert(code.to_owned());
        }
    }
    assert!(used.len() > 40);
    for code in &used {
        assert!(codes::explain(code).is_some_and(|page| page.contains("What to do")), "{code} has no page");
    }
    let listed: Vec<&str> = codes::CODES.iter().map(|c| c.0).collect();
    assert!(listed.is_sorted() && listed.iter().all(|c| used.contains(*c)), "a page of a code that is not used");
}

#[test]
fn integers_get_the_width_that_rust_gives_them() {
    let it = load(
        "fn a(x: u64, y: u32) -> u64 { let n = 1; let k = n + y; (k + 2) as u64 + x }
         fn b() -> i64 { let n = 7; (n * 2) as i64 }
         fn c(v: &[u8], i: usize) -> u32 { let s = 1 << 3; v[i + 1] as u32 + s }
         fn d(x: i8) -> bool { x == -128 && -x < 3 }
         fn e(x: u64) -> u64 { 0xffff_ffff_ffff as u64 + x }",
    );
    it.clean();
    assert!(it.printed("a").contains("let n.2: u32 = 1u32; let k.3: u32 = (n.2 + y.1); (((k.3 + 2u32) as u64) + x.0)"));
    assert!(it.printed("b").contains("let n.0: i32 = 7i32; ((n.0 * 2i32) as i64)"));
    assert!(it.printed("c").contains("let s.2: u32 = (1u32 << 3i32); (((*v.0)[(i.1 + 1usize)] as u32) + s.2)"));
    assert!(it.printed("d").contains("((x.0 == -128i8) && (-x.0 < 3i8))"));
    assert!(it.printed("e").contains("((281474976710655u64 as u64) + x.0)"));
}

#[test]
fn borrows_are_written_out() {
    let it = load(
        "fn len(s: &[u32]) -> usize { s.len() }
         fn set(s: &mut [u32]) { s[0] = 1 }
         fn a(v: &mut Vec<u32>) -> usize { set(v); set(&mut v[1..]); len(v) }
         fn b(p: &Option<u32>) -> u32 { match p { Some(x) if *x > 1 => *x, _ => 0 } }
         fn c(a: &u32, b: &u32) -> u32 { if a < b { a + b } else { *a } }",
    );
    it.clean();
    assert!(
        it.printed("a")
            .contains("set((&mut (*v.0) as &mut [u32])); set(&mut (*v.0)[1usize..]); len((&(*v.0) as &[u32]))")
    );
    assert!(it.printed("b").contains("&Option::Some(ref x.1: &u32) if ((*x.1) > 1u32) => (*x.1)"));
    assert!(it.printed("c").contains("if ((*a.0) < (*b.1)) { ((*a.0) + (*b.1)) } else { (*a.0) }"));
}

#[test]
fn sugar_is_written_out() {
    let it = load(
        "fn chk(v: u32) -> Result<u32, u8> { if v > 3 { Err(1) } else { Ok(v) } }
         fn a(v: u32) -> Result<u32, u8> { let w = chk(v)?; Ok(w + 1) }
         fn b(x: Option<u32>) -> u32 { let Some(y) = x else { return 0 }; y }
         fn c(x: u32) { assert!(x > 3, \"no {x}\"); }
         fn d(x: Option<u32>) -> Option<u64> { x.map(|v| v as u64) }",
    );
    it.clean();
    assert!(it.printed("a").contains("Result::Err(_value.1: u8) => return Result::Err { 0: _value.1 }"));
    assert!(it.printed("b").contains("let Option::Some(y.1: u32) = x.0 else { return 0u32 }; y.1"));
    assert!(it.printed("c").contains("if !(x.0 > 3u32) { panic(Assert, \"no {x}\") } else { () }"));
    assert!(it.printed("d").contains("let v.2: u32 = _value.1; (v.2 as u64)"));
}

#[test]
fn conditions_are_read() {
    let it = load(
        "use harmonic::*;
         #[spec(
             requires: forall(|i: usize, j: usize| implies(i <= j && j < v.len(), v[i] <= v[j])),
             captures: old = *x,
             ensures: |(a, b)| [a == b, *x as int == old as int + 1],
             ensures: v.iter().all(|y| *y > 0) && v[1..].iter().any(|&y| y == 3) && (0..v.len()).any(|i| v[i] == 3),
         )]
         fn f(v: &[u32], x: &mut u32) -> (u8, u8) { *x += 1; (1, 1) }
         #[spec(requires: a <= b)]
         fn g((a, b): (u32, u32)) -> u32 { b - a }",
    );
    it.clean();
    let f = it.printed("f");
    assert!(f.contains("requires (forall i.2: usize, j.3: usize: (((i.2 <= j.3) && (j.3 < @slice.len(v.0))) ==>"));
    assert!(f.contains("captures old.4: u32 = (*x.1)"));
    assert!(f.contains("(((*x.1) as int) == ((old.4 as int) + 1int))"));
    assert!(f.contains(" in (*v.0): (y.") && f.contains(" in (*v.0)[1usize..]: (y."));
    assert!(it.printed("g").contains("requires { let (a.1: u32, b.2: u32) = _arg0.0; (a.1 <= b.2) }"));
}

#[test]
fn names_are_resolved() {
    let it = load_files(&[
        (
            "src/lib.rs",
            b"use harmonic::spec as contract;
              mod shapes;
              mod a { pub const K: u32 = super::BASE * 2; pub mod b { pub fn f() -> u32 { super::super::base() } } pub use b::f as g; }
              use a::*;
              use shapes::{Shape::{self, *}};
              const BASE: u32 = 10;
              type Pair<T> = (T, T);
              fn base() -> u32 { BASE }
              #[contract(ensures: |out| out == 30)]
              fn f() -> u32 { a::K + g() }
              fn h(s: &Shape) -> u32 { match s { Round(r) => *r, Shape::Flat => { fn k() -> u32 { 7 } k() } } }
              fn p(p: Pair<u8>) -> u8 { p.0 }
              #[cfg(windows)] fn w() {}
              #[cfg_attr(unix, contract(requires: true))] fn u() {}",
        ),
        (
            "src/shapes/mod.rs",
            b"pub enum Shape { Round(u32), #[cfg(windows)] No, Flat }
              impl Shape { pub const ONE: u32 = 1; pub fn area(&self) -> u32 { Self::ONE } }
              impl Default for Shape { fn default() -> Self { Self::Flat } }",
        ),
    ]);
    it.clean();
    assert!(it.printed("f").contains("(20u32 + a::b::f())"));
    assert!(it.printed("h").contains("&Shape::Flat() => { h::k() }"));
    assert!(it.printed("shapes::<Shape as Default>::default").contains("Shape::Flat"));
    assert!(it.printed("shapes::Shape::area").contains("1u32"));
    assert!(!it.program.functions.iter().any(|f| f.path == "w"));
    assert!(it.program.functions.iter().any(|f| f.path == "u" && f.spec.is_some()));
}

#[test]
fn files_that_cannot_be_loaded_are_errors() {
    let it = load_files(&[
        (
            "src/lib.rs",
            b"mod missing; mod two; mod latin; mod broken; #[path = \"../src/lib.rs\"] mod again; fn f() {}",
        ),
        ("src/two.rs", b""),
        ("src/two/mod.rs", b""),
        ("src/latin.rs", b"fn a() { \"\xe9\" }"),
        ("src/broken.rs", b"fn f( {}"),
    ]);
    let codes: Vec<&str> = it.errors.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["H0112", "H0113", "H0114", "H0111", "H0115"]);
    assert!(it.errors.iter().all(|d| d.is_error));
    assert_eq!(it.sources.snippet(it.errors[0].span), "missing");
    let none = load_files(&[("src/lib.rs", b"fn f( {}")]);
    assert_eq!(none.errors[0].code, "H0111");
    assert!(none.program.functions.is_empty());
}

#[test]
fn wrong_specs_are_errors_at_their_place() {
    let it = load(
        "use harmonic::*;
         struct P { x: u32 }
         #[spec(requires: lenght > 0)] fn a(length: usize) {}
         #[spec(ensures: |out| out == true)] fn b() -> u32 { 1 }
         #[spec(requires: p.z > 0)] fn c(p: P) {}
         #[spec(requires: x + 1)] fn d(x: u32) {}
         #[spec(ensure: x > 0)] fn e(x: u32) {}
         #[spec(requires: { n = 3; true })] fn f(mut n: u32) {}
         #[trusted] fn g() {}
         #[spec(requires: None == None)] fn h() {}
         #[spec(requires: true)] fn i(n: u32) { #[spec(maintains: q < n)] while n > 1 {} }",
    );
    for (name, code, text) in [
        ("a", "H0101", "lenght"),
        ("b", "H0102", "true"),
        ("c", "H0103", "z"),
        ("d", "H0104", "x + 1"),
        ("e", "H0105", "ensure"),
        ("f", "H0106", "n = 3"),
        ("g", "H0107", "fn g()"),
        ("h", "H0108", "None"),
        ("i", "H0101", "q"),
    ] {
        assert_eq!(it.refusals(name), [(code, text.to_owned())], "{name}");
    }
    assert!(it.program.functions.iter().filter(|f| f.path != "g").all(|f| f.spec.is_some()));
}

#[test]
fn what_is_not_understood_is_refused() {
    let it = load(
        "macro_rules! vec { ($p:path) => { $p } }
         fn a() -> u32 { vec![M] }
         fn b(x: f64) -> f64 { x + x }
         fn c(p: *const u8) -> u8 { unsafe { *p } }
         async fn d() {}
         fn e(s: &str) -> usize { s.trim().len() }
         static mut M: u32 = 1;
         fn f() -> u32 { M }
         fn g() { let f = [|x: u32| x]; }
         fn h() { a(); }
         struct D(u32);
         impl Drop for D { fn drop(&mut self) {} }
         fn i(d: D) {}
         struct C(u32);
         impl PartialEq for C { fn eq(&self, o: &C) -> bool { true } }
         fn j(a: &[C], b: &[C]) -> bool { a == b }
         fn k() -> u8 { 256 }
         #[memoize] fn l() {}
         fn m(x: u32) -> Result<u32, u8> { Err(3u16)?; Ok(1) }
         fn n<T: PartialEq>(x: T, y: T) -> bool { x == y }
         trait Speak { fn speak(self) -> u32; }
         struct S; impl S { fn speak(&self) -> u32 { 1 } }
         impl Speak for S { fn speak(self) -> u32 { 2 } }
         fn o(s: S) -> u32 { s.speak() }",
    );
    for (name, code, text) in [
        ("a", "H0203", "vec![M]"),
        ("b", "H0217", "x + x"),
        ("c", "H0208", "*p"),
        ("d", "H0209", "async"),
        ("e", "H0304", "s.trim()"),
        ("f", "H0214", "static mut M: u32 = 1;"),
        ("g", "H0207", "|x: u32| x"),
        ("h", "H0205", "a()"),
        ("i", "H0312", "d: D"),
        ("j", "H0216", "a == b"),
        ("k", "H0220", "256"),
        ("l", "H0230", "#[memoize]"),
        ("m", "H0212", "Err(3u16)?"),
        ("n", "H0216", "x == y"),
        ("o", "H0206", "s.speak()"),
    ] {
        assert_eq!(it.refusals(name), [(code, text.to_owned())], "{name}");
    }
}

/// A call whose instance cannot be made is one of the generic function, as far as the types have what that takes for granted.
#[test]
fn calls_without_an_instance_mean_what_the_generic_function_means() {
    let it = load(
        "struct Id { number: u32 }
         impl PartialEq for Id { fn eq(&self, other: &Self) -> bool { self.number == other.number } fn ne(&self, _: &Self) -> bool { true } }
         impl Id { fn twin(&self) -> u32 { 1 } }
         trait Twin { fn twin(&self) -> u32; }
         impl Twin for Id { fn twin(&self) -> u32 { 2 } }
         fn same<T: PartialEq>(a: &T, b: &T) -> bool { a == b }
         fn first<T>(a: T, _b: T) -> T { a }
         fn twin<T: Twin>(a: &T) -> u32 { a.twin() }
         fn a(x: Id, y: Id) -> bool { same(&x, &y) }
         fn b(x: Id, y: Id) -> Id { first(x, y) }
         fn c(x: Id) -> u32 { twin(&x) }
         #[harmonic::spec(maintains: same(&self.0, &self.0))] struct Pair(Id);
         fn d(x: Pair) -> Pair { x }",
    );
    assert!(it.printed("b").contains("first<Id>"));
    for (name, code) in [("a", "H0216"), ("c", "H0205")] {
        let codes: Vec<&str> = it.refusals(name).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{name}");
    }
    assert_eq!(it.errors.iter().map(|e| e.code).collect::<Vec<_>>(), ["H0216"]);
}

/// What a macro makes of a body is not known, whatever types it would be an instance for.
#[test]
fn attributes_of_macros_are_refused_in_instances_too() {
    let it = load(
        "trait One { fn one(&self) -> u32; #[memoize] fn two(&self) -> u32 { 2 * self.one() } }
         impl One for u8 { fn one(&self) -> u32 { 1 } }
         fn a(x: u8) -> u32 { x.two() }
         #[memoize] fn sum<T: One>(x: &T) -> u32 { x.one() }
         fn b(x: u8) -> u32 { sum(&x) }
         #[memoize] trait Size { fn size(&self) -> u32; fn double(&self) -> u32 { 2 * self.size() } }
         impl Size for u8 { fn size(&self) -> u32 { 1 } }
         fn c(x: u8) -> u32 { x.double() }
         trait Made { fn made(&self) -> u32; }
         #[memoize] impl Made for u8 { fn made(&self) -> u32 { 1 } }
         fn through<T: Made>(x: &T) -> u32 { x.made() }
         fn d(x: u8) -> u32 { through(&x) }
         #[memoize] fn apply(f: impl Fn(u32) -> u32, x: u32) -> u32 { f(x) }
         fn e(x: u32) -> u32 { apply(|y| y, x) }",
    );
    for (name, code) in [("a", "H0205"), ("b", "H0205"), ("c", "H0205"), ("d", "H0205"), ("e", "H0230")] {
        let codes: Vec<&str> = it.refusals(name).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{name}");
    }
}

/// A macro on anything that a function uses, or that is around it, takes its meaning.
#[test]
fn attributes_of_macros_are_refused_on_all_kinds_of_items() {
    let it = load(
        "use other::test;
         #[rewrite] mod m { pub fn one() -> u32 { 1 } pub struct P(pub u32); pub const C: u32 = 1; pub mod n { pub fn two() -> u32 { 2 } } }
         fn of_module() -> u32 { m::one() }
         fn of_inner_module() -> u32 { m::n::two() }
         fn of_type_in_module(p: m::P) -> u32 { p.0 }
         fn of_const_in_module() -> u32 { m::C }
         #[other::rewrite] struct S { x: u32 }
         fn of_struct(s: &S) -> u32 { s.x }
         #[rewrite] enum E { A, B }
         fn of_enum() -> E { E::A }
         struct Around { s: S }
         fn of_field(a: &Around) -> u32 { a.s.x }
         #[rewrite] const K: u32 = 1;
         fn of_const() -> u32 { K }
         #[rewrite] static T: u32 = 1;
         fn of_static() -> u32 { T }
         #[rewrite] type A = u32;
         fn of_alias(x: A) -> u32 { x }
         #[rewrite] use std::cmp::min;
         fn of_import(x: u32) -> u32 { min(x, 1) }
         trait Tr { type Out; const N: u32; }
         #[rewrite] impl Tr for u8 { type Out = u32; const N: u32 = 1; }
         fn of_associated_const() -> u32 { <u8 as Tr>::N }
         fn of_associated_type(x: <u8 as Tr>::Out) -> u32 { x }
         #[rewrite] fn outer() -> u32 { fn inner() -> u32 { 1 } inner() }
         #[test] fn of_another_test() -> u32 { 1 }
         #[derive(other::PartialEq)] struct Q(u8);
         fn of_derive(a: Q, b: Q) -> bool { a == b }
         fn of_block() -> u32 { #[rewrite] const L: u32 = 1; L }",
    );
    let codes = [
        ("of_module", "H0205"),
        ("m::one", "H0230"),
        ("of_inner_module", "H0205"),
        ("m::n::two", "H0230"),
        ("of_type_in_module", "H0303"),
        ("of_const_in_module", "H0230"),
        ("of_struct", "H0303"),
        ("of_enum", "H0303"),
        ("of_field", "H0313"),
        ("of_const", "H0230"),
        ("of_static", "H0230"),
        ("of_alias", "H0230"),
        ("of_import", "H0230"),
        ("of_associated_const", "H0230"),
        ("of_associated_type", "H0230"),
        ("outer::inner", "H0230"),
        ("of_another_test", "H0230"),
        ("of_derive", "H0216"),
        ("of_block", "H0230"),
    ];
    for (name, code) in codes {
        let codes: Vec<&str> = it.refusals(name).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{name}");
    }
}

/// What a macro may define stands in front of globs, of the prelude and of the methods of traits.
#[test]
fn names_that_macros_may_define_are_refused() {
    let it = load(
        "mod a { pub fn one() -> u32 { 1 } pub fn two() -> u32 { 2 } pub fn three() -> u32 { 3 } pub fn four() -> u32 { 4 } }
         use a::*;
         macro_rules! m { () => { fn one() -> u32 { 2 } } }
         m!();
         fn of_body() -> u32 { one() }
         macro_rules! named { ($n:ident) => { fn $n() -> u32 { 2 } } }
         named!(two);
         fn of_argument() -> u32 { two() }
         other::make! { three }
         fn of_other_crate() -> u32 { three() }
         fn of_none() -> u32 { four() }
         fn of_path() -> u32 { a::one() }
         trait Area { fn area(&self) -> u32 { 0 } fn size(&self) -> u32 { 0 } }
         struct P;
         impl Area for P {}
         macro_rules! inherent { ($t:ty) => { impl $t { fn area(&self) -> u32 { 5 } } } }
         inherent!(P);
         fn of_method(p: &P) -> u32 { p.area() }
         fn of_function(p: &P) -> u32 { P::area(p) }
         fn of_trait(p: &P) -> u32 { Area::area(p) }
         fn of_other_method(p: &P) -> u32 { p.size() }
         struct Q;
         macro_rules! body { () => { fn weight(&self) -> u32 { 7 } } }
         trait Weight { fn weight(&self) -> u32 { 1 } }
         impl Weight for Q { body!(); }
         fn of_default(q: &Q) -> u32 { q.weight() }
         fn of_default_by_trait(q: &Q) -> u32 { Weight::weight(q) }
         struct R;
         trait Height { fn height(&self) -> u32 { 1 } }
         #[rewrite] impl Height for R {}
         fn of_rewritten(r: &R) -> u32 { r.height() }
         trait Count { fn count(&self) -> u32 { 1 } }
         #[derive(other::Getters)] struct G { count: u32 }
         impl Count for G {}
         fn of_getter(g: &G) -> u32 { g.count() }
         fn of_inner_mod() -> u32 { mod a { pub fn one() -> u32 { 9 } } a::one() }
         mod b { use heapless::*; fn of_glob(x: Vec<u8>) -> usize { x.len() } fn of_primitive(x: u8) -> u8 { x } }",
    );
    let codes = [
        ("of_body", "H0232"),
        ("of_argument", "H0232"),
        ("of_other_crate", "H0232"),
        ("of_method", "H0232"),
        ("of_function", "H0232"),
        ("of_default", "H0232"),
        ("of_default_by_trait", "H0206"),
        ("of_rewritten", "H0223"),
        ("of_getter", "H0232"),
        ("of_inner_mod", "H0225"),
        ("b::of_glob", "H0232"),
    ];
    for (name, code) in codes {
        let codes: Vec<&str> = it.refusals(name).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{name}");
    }
    for name in ["of_none", "of_path", "of_trait", "of_other_method", "b::of_primitive"] {
        assert_eq!(it.refusals(name), [], "{name}");
    }
}

/// Nothing can be tried on what has no values.
#[test]
fn types_without_values_are_refused() {
    let it = load("enum Void {} struct Holds(Void); fn f(v: Void) -> u32 { 1 } fn g(v: &Holds) -> u32 { 1 }");
    assert_eq!((it.refusals("f")[0].0, it.refusals("g")[0].0), ("H0303", "H0303"));
}

/// A bound of another crate's `Ord` says nothing of `<`.
#[test]
fn bounds_of_other_crates_are_not_those_of_std() {
    let it = load(
        "use other::Ord; fn f<T: Ord + Copy>(x: T, y: T) -> bool { x < y } fn g<T: core::cmp::Ord + Copy>(x: T, y: T) -> bool { x < y }",
    );
    assert_eq!(it.refusals("f").len(), 1);
    assert_eq!(it.refusals("g"), []);
}

/// What only looks like a macro.
#[test]
fn attributes_of_the_language_and_helpers_of_derives_are_no_macros() {
    let it = load(
        "#[allow(dead_code)] #[rustfmt::skip] #[cfg_attr(unix, inline)] mod m { #[must_use] pub fn one() -> u32 { 1 } }
         fn of_module() -> u32 { m::one() }
         #[derive(Clone, serde::Serialize)] #[serde(transparent)] #[repr(transparent)] struct S { #[serde(default)] x: u32 }
         fn of_struct(s: &S) -> u32 { s.x }
         #[derive(std::cmp::PartialEq)] struct Q(u8);
         fn of_derive(a: Q, b: Q) -> bool { a == b }
         #[test] fn a_test() {}",
    );
    it.clean();
    let imported = load(
        "use other::serde;
         #[derive(serde::Serialize)] #[serde(transparent)] struct S { x: u32 }
         fn of_struct(s: &S) -> u32 { s.x }",
    );
    assert_eq!(imported.refusals("of_struct")[0].0, "H0303");
}

#[test]
fn trusted_bodies_are_not_looked_at() {
    let it = load(
        "use harmonic::*;
         #[spec(ensures: |out| out > 0)] #[trusted] fn t() -> u32 { println!(\"hi\"); 1 }
         fn f() -> u32 { t() }",
    );
    it.clean();
    assert!(it.program.functions[0].trusted && it.program.functions[0].body.is_none());
    assert!(it.program.functions[1].body.is_some());
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    let deep = format!("fn f(x: u64) -> u64 {{ {}x{} }} fn g() -> u32 {{ 1 }}", "(1+".repeat(3000), ")".repeat(3000));
    let it = load(&deep);
    assert_eq!(it.refusals("f")[0].0, "H0219");
    assert!(it.refusals("g").is_empty());
}

#[test]
fn offsets_survive_a_byte_order_mark_and_a_shebang() {
    let it = load("\u{feff}#!/usr/bin/env run\n#![allow(unused)]\nfn f() -> f64 { 1.0 }");
    assert_eq!(it.refusals("f"), [("H0301", "1.0".to_owned())]);
}

/// An impl for something that is not known may be for what a method is called on.
#[test]
fn impls_for_what_is_not_known_are_not_passed_over() {
    let it = load(
        "trait Size { fn size(&self) -> u32; }
         impl<T> Size for [T] { fn size(&self) -> u32 { 1 } }
         impl Size for [u8; sizes::K] { fn size(&self) -> u32 { 2 } }
         fn a() -> u32 { [1u8, 2].size() }",
    );
    assert_eq!(it.refusals("a"), [("H0205", "[1u8, 2].size()".to_owned())]);
}

/// A value with a `Drop` of the crate is lent, and nothing is done that would drop one.
#[test]
fn values_that_run_code_when_dropped_are_only_lent() {
    let it = load(
        "use std::rc::Rc;
         struct Guard { n: u32, data: Vec<u8> } impl Drop for Guard { fn drop(&mut self) { panic!() } }
         struct Pool { free: Vec<Guard>, last: Option<Guard>, one: Rc<Guard>, size: u32 }
         fn clear<T>(v: &mut Vec<T>) { v.clear() }
         fn count<T>(v: &[T]) -> usize { v.len() }
         fn n(g: &Guard) -> u32 { g.n }
         fn set(g: &mut Guard, n: u32) { g.n = n; g.data.clear(); }
         fn free(p: &Pool) -> usize { p.free.len() }
         fn first(p: &Pool) -> Option<&Guard> { p.free.first() }
         fn has(p: &Pool) -> bool { match p.last { Some(ref g) => g.n > 0, None => false } }
         fn exchange(p: &mut Pool, i: usize, j: usize) { p.free.swap(i, j); p.size += 1 }
         fn lent(p: &mut Pool) { set(&mut p.free[0], 1) }
         fn a(g: Guard) {}
         fn b() -> Guard { Guard { n: 1, data: vec![] } }
         fn c(p: &mut Pool) { p.last = None }
         fn d(p: &mut Pool) { p.free.pop(); }
         fn e(p: &mut Pool) { p.free.clear() }
         fn f(p: &mut Pool) { clear(&mut p.free) }
         fn g(p: &mut Pool) -> bool { p.last.take().is_some() }
         fn h(p: Pool) -> u32 { p.size }
         fn i(p: &Pool) -> Rc<Guard> { p.one.clone() }
         fn j(p: &mut Pool) { p.free.truncate(1) }
         fn k(p: &mut Pool) { p.free.retain(|g| g.n > 1) }
         fn l() -> u32 { let g = Guard { n: 1, data: vec![] }; g.n }
         fn m(p: &Pool) -> usize { count(&p.free) }
         fn o(p: &mut Pool) { for g in p.free.drain(..) { } }
         fn q(x: u32) -> u32 { Guard { n: x, data: vec![] }.n }",
    );
    for f in ["n", "set", "free", "first", "has", "exchange", "lent"] {
        it.printed(f);
    }
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "o", "q"] {
        assert_ne!(it.refusals(name), [], "{name}");
    }
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "l", "m", "q"] {
        assert_eq!(it.refusals(name)[0].0, "H0312", "{name}");
    }
}

/// What a constant parameter is, is not known, whatever else has its name.
#[test]
fn constant_parameters_are_not_read() {
    let it = load(
        "const N: usize = 3; const M: usize = 2;
         trait Size { fn size(&self) -> u32; }
         impl<T> Size for [T] { fn size(&self) -> u32 { 1 } }
         impl<T, const K: usize> Size for [T; K] { fn size(&self) -> u32 { 2 } }
         struct Buf<T, const N: usize> { data: [T; N], twice: [T; M], len: usize }
         impl<T, const N: usize> Buf<T, N> { const CAP: usize = N; fn len(&self) -> usize { self.len } }
         fn len<const K: usize>(b: &Buf<u8, K>) -> usize { b.len() }
         fn four(b: Buf<u8, 4>) -> Buf<u8, 4> { b }
         fn keep<const K: usize>(x: [u8; K]) -> [u8; K] { x }
         fn give<const K: usize>(x: [u8; K]) -> [u8; K] { keep(x) }
         fn twice(b: &Buf<u8, 4>) -> usize { b.twice.len() }
         fn a<const N: usize>() -> usize { N }
         fn b<const N: usize>() -> [u8; N] { [0; N] }
         fn c<const N: usize>(x: [u8; N]) -> usize { x.len() }
         fn d<const N: usize>(x: [u8; N]) -> u8 { x[0] }
         fn e(x: [u8; 4]) -> [u8; 4] { keep(x) }
         fn f(b: Buf<u8, 4>) -> Buf<u8, 5> { b }
         fn g(x: [u8; 4]) -> Buf<u8, 4> { Buf { data: x, twice: [1, 2], len: 4 } }
         fn h(b: &Buf<u8, 4>) -> usize { Buf::<u8, 4>::CAP }
         fn i(b: &Buf<u8, 4>) -> u8 { b.data[0] }
         fn j() -> u32 { [1, 2].size() }
         fn k(b: &Buf<u8, M>) -> usize { b.len }",
    );
    for f in ["len", "four", "keep", "give", "twice"] {
        it.printed(f);
    }
    for (name, code) in [
        ("a", "H0308"),
        ("b", "H0308"),
        ("c", "H0313"),
        ("d", "H0217"),
        ("e", "H0308"),
        ("f", "H0202"),
        ("g", "H0308"),
        ("h", "H0308"),
        ("i", "H0217"),
        ("j", "H0308"),
        ("k", "H0201"),
    ] {
        let codes: Vec<&str> = it.refusals(name).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{name}");
    }
}

/// What is not looked into is moved, kept, lent and given on.
#[test]
fn opaque_values_are_moved_and_kept() {
    let it = load(
        "use std::collections::HashMap; use std::rc::Rc; use std::cell::RefCell; use std::marker::PhantomData; use other::Thing;
         #[derive(Clone)] struct Entry<'a> { name: String, weight: f64, text: &'a str, hits: u32 }
         struct Tree<K, V> { map: HashMap<K, V>, parent: Option<Rc<RefCell<Tree<K, V>>>>, depth: u32 }
         struct Hooks<'a> { f: fn(u32) -> u32, g: Box<dyn Fn(u32) -> u32 + 'a>, p: *const u8, out: &'a mut Vec<u8>, on: bool }
         enum Event { Named(String), Other(Thing), Quit }
         union Bits { a: u32, b: f32 }
         struct Holder { bits: Bits, made: made_by::a::Macro, n: u32 }
         struct Meters<T> { n: u32, of: PhantomData<T> }
         fn hits(e: &Entry) -> u32 { e.hits }
         fn name<'a>(e: &'a Entry) -> &'a String { &e.name }
         fn rename(e: &mut Entry<'_>, name: String) -> String { std::mem::replace(&mut e.name, name) }
         fn twin<'a>(e: &Entry<'a>) -> Entry<'a> { e.clone() }
         fn depth<K, V>(t: Tree<K, V>) -> (u32, HashMap<K, V>) { (t.depth, t.map) }
         fn all(a: Tree<u8, f64>) -> HashMap<u8, f64> { depth(a).1 }
         fn on(h: &mut Hooks) { h.on = !h.on }
         fn quits(e: &Event) -> bool { match e { Event::Named(_) => false, Event::Other(thing) => false, Event::Quit => true } }
         fn thing(e: Event) -> Option<Thing> { if let Event::Other(t) = e { Some(t) } else { None } }
         fn n(h: &Holder) -> u32 { h.n }
         fn meters<T>(n: u32) -> Meters<T> { Meters { n, of: PhantomData } }
         fn wide() -> Meters<dyn Fn()> { meters(1) }
         fn longest(v: &[String], i: usize) -> &String { &v[i] }
         fn label(x: bool) -> &'static str { if x { \"yes\" } else { \"no\" } }
         fn entry(name: String) -> Entry<'static> { keep(name, 1.5f32 as u8) }
         fn none(x: Result<u32, std::io::Error>) -> Result<u32, std::io::Error> { let n = x?; Ok(n / 2) }",
    );
    for f in [
        "hits", "name", "rename", "twin", "depth", "all", "on", "quits", "thing", "n", "meters", "wide", "longest",
        "label", "none",
    ] {
        it.printed(f);
    }
    assert!(it.printed("all").contains("-> HashMap<u8, f64>"));
    assert!(it.printed("on").contains("h.0"));
}

/// What would depend on which type it is, or on what its values are, is refused.
#[test]
fn opaque_values_are_not_looked_into() {
    let it = load(
        "use std::collections::HashMap; use std::rc::Rc; use std::ffi::OsString; use other::Thing;
         trait Named { const LEN: usize = 1; fn name(&self) -> u32; fn abs(self) -> u32; }
         impl Named for OsString { fn name(&self) -> u32 { 1 } fn abs(self) -> u32 { 2 } }
         impl Named for f64 { fn name(&self) -> u32 { 1 } fn abs(self) -> u32 { 2 } }
         type Text = OsString;
         #[derive(Clone, PartialEq, PartialOrd, Default)] struct Entry { weight: f64, hits: u32 }
         #[derive(Clone)] struct Kept { thing: Thing }
         struct W<'a> { out: &'a mut [u8] }
         struct Guard; impl Drop for Guard { fn drop(&mut self) {} }
         struct Outer { guard: Guard }
         fn same<T: PartialEq>(a: T, b: T) -> bool { a == b }
         fn a(x: &OsString) -> u32 { x.name() }
         fn b(x: OsString) -> u32 { Text::abs(x) }
         fn c(x: f64) -> u32 { f64::abs(x) }
         fn d(x: &Entry, y: &Entry) -> bool { x == y }
         fn e(x: &Entry, y: &Entry) -> bool { x < y }
         fn f() -> Entry { Entry::default() }
         fn g(x: &Kept) -> Kept { x.clone() }
         fn h(x: &Rc<u32>) -> u32 { **x }
         fn i(x: Rc<u32>) -> Rc<u32> { *x }
         fn j(w: W) { w.out[0] = 1; }
         fn k(out: &mut [u8]) -> u32 { let w = W { out }; 1 }
         fn l(x: f64) -> u32 { x as u32 }
         fn m(x: u32) -> f64 { x as f64 }
         fn n(x: f64, y: f64) -> f64 { x * y }
         fn o(x: Rc<Outer>) -> u32 { 1 }
         fn p(x: f64, y: f64) -> bool { same(x, y) }
         fn q(x: HashMap<u8, u8>) -> u32 { let mut n = 0; for k in x { n += 1; } n }
         fn r(x: Rc<[u8]>) -> u8 { x[0] }
         fn u(x: Thing) -> u32 { x.n }
         fn v(x: Thing) -> u32 { match x { Thing { n } => n } }
         fn w() -> usize { Text::LEN }
         fn x(v: &[Thing]) -> Vec<Thing> { v.to_vec() }
         fn y(x: &Thing) -> Option<Thing> { Some(x).cloned() }
         fn z(x: f64) -> f64 { -x }
         fn aa(x: Option<Thing>) -> Thing { x.unwrap_or_default() }
         fn ab(x: &mut Thing) -> Thing { std::mem::take(x) }
         fn ac(v: &[OsString], x: &OsString) -> bool { v.contains(x) }
         fn ad(x: Box<dyn Fn(u32) -> u32>) -> u32 { x(1) }
         fn ae() -> Box<dyn Fn(u32) -> u32> { Box::new(|x| x) }
         #[harmonic::spec(ensures: harmonic::exists(|k: Kept| true))] fn af() {}
         fn ag(v: &mut [Kept], x: Kept) { v.fill(x) }
         fn ah(v: &[f64]) -> Option<&f64> { v.iter().max() }
         fn ak(x: Thing) -> u32 { x.into() }
         fn al(x: f64) -> f64 { let mut y = x; y += x; y }
         fn am(n: usize, x: f64) -> Vec<f64> { vec![x; n] }",
    );
    for (name, code) in [
        ("a", "H0313"),
        ("b", "H0313"),
        ("c", "H0313"),
        ("d", "H0216"),
        ("e", "H0227"),
        ("f", "H0401"),
        ("g", "H0313"),
        ("h", "H0217"),
        ("i", "H0217"),
        ("j", "H0217"),
        ("k", "H0512"),
        ("l", "H0218"),
        ("m", "H0218"),
        ("n", "H0217"),
        ("o", "H0312"),
        ("p", "H0216"),
        ("q", "H0211"),
        ("r", "H0217"),
        ("u", "H0313"),
        ("v", "H0201"),
        ("w", "H0313"),
        ("x", "H0313"),
        ("y", "H0313"),
        ("z", "H0217"),
        ("aa", "H0401"),
        ("ab", "H0401"),
        ("ac", "H0216"),
        ("ad", "H0207"),
        ("ae", "H0207"),
        ("af", "H0313"),
        ("ag", "H0313"),
        ("ah", "H0227"),
        ("ak", "H0313"),
        ("al", "H0217"),
    ] {
        let codes: Vec<&str> = it.refusals(name).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, [code], "{name}");
    }
}
