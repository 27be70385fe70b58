//! The catalogue of diagnostic codes: what each means, an example, what to do.
//!
//! `H01xx`: errors of crate or spec. `H02xx`: unsupported items, statements, expressions. `H03xx`: unsupported types.
//! `H04xx`: unsupported std items and those of other crates. `H05xx`: code without a functional form. `H06xx`: what cannot
//! be stated or proved about it.

/// Code and explanation, in order.
pub const CODES: &[(&str, &str)] = &[
    (
        "H0101",
        "A condition names something that is not in scope.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(requires: lenght > 0)]\n\
         \x20   fn f(length: usize) {}\n\
         \n\
         What to do: Names of a condition are those of the function's parameters, of `captures`, of the result pattern and of the module. Correct the name, or import it.\n\
         ",
    ),
    (
        "H0102",
        "A condition does not type-check.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(ensures: |out| out == true)]\n\
         \x20   fn f() -> u32 { 1 }\n\
         \n\
         What to do: Compare values of one type; write a cast (`x as u64`, `x as int`) where widths differ.\n\
         ",
    ),
    (
        "H0103",
        "A condition uses a field or method that its value does not have.\n\
         \n\
         Example:\n\
         \n\
         \x20   struct Point { x: u32, y: u32 }\n\
         \x20   #[spec(requires: p.z > 0)]\n\
         \x20   fn f(p: Point) {}\n\
         \n\
         What to do: Correct the name, or define the field or method.\n\
         ",
    ),
    (
        "H0104",
        "A condition is not a `bool`.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(requires: x + 1)]\n\
         \x20   fn f(x: u32) {}\n\
         \n\
         What to do: Write what must hold of the value: `x + 1 > 0`.\n\
         ",
    ),
    (
        "H0105",
        "The attribute `#[spec]` itself is malformed.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(ensure: x > 0)]\n\
         \x20   fn f(x: u32) {}\n\
         \n\
         What to do: The fields are `requires`, `maintains`, `captures`, `ensures`, in that order; on loops `maintains` and `decreases`; on types `maintains`.\n\
         ",
    ),
    (
        "H0106",
        "A condition has an effect: it assigns, loops, returns or borrows mutably.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(requires: { n = 3; true })]\n\
         \x20   fn f(mut n: u32) {}\n\
         \n\
         What to do: A condition may only compute a value. Move what it does to a function without `&mut` parameters and call that.\n\
         ",
    ),
    (
        "H0107",
        "A function is marked `#[trusted]` but has no `#[spec]`.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[trusted]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: Trust means taking a spec on faith: write the spec, or remove the mark.\n\
         ",
    ),
    (
        "H0108",
        "The type of a part of a condition is not determined.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(requires: None == None)]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: Write the type: `None::<u32>`, or `|i: usize|` for the variable of a quantifier.\n\
         ",
    ),
    (
        "H0111",
        "A file does not parse as Rust.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f( {}\n\
         \n\
         What to do: Let `cargo check` pass first.\n\
         ",
    ),
    (
        "H0112",
        "`mod name;` has no file.\n\
         \n\
         Example:\n\
         \n\
         \x20   mod shapes;  // neither shapes.rs nor shapes/mod.rs\n\
         \n\
         What to do: Create the file, or write `#[path = \"…\"]`.\n\
         ",
    ),
    (
        "H0113",
        "`mod name;` has two files.\n\
         \n\
         Example:\n\
         \n\
         \x20   mod shapes;  // shapes.rs and shapes/mod.rs\n\
         \n\
         What to do: Delete or rename one of them.\n\
         ",
    ),
    (
        "H0114",
        "A source file is not UTF-8.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a file saved as Latin-1)\n\
         \n\
         What to do: Save the file as UTF-8.\n\
         ",
    ),
    (
        "H0115",
        "Files of modules include each other.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[path = \"lib.rs\"]\n\
         \x20   mod again;\n\
         \n\
         What to do: Remove the cycle.\n\
         ",
    ),
    (
        "H0116",
        "A source file cannot be read.\n\
         \n\
         Example:\n\
         \n\
         \x20   mod secret;  // no permission\n\
         \n\
         What to do: Check the file's permissions.\n\
         ",
    ),
    (
        "H0117",
        "A `cfg` predicate is malformed.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[cfg(not(unix, windows))]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: `not` takes one predicate, `all` and `any` take any number; values are string literals.\n\
         ",
    ),
    (
        "H0118",
        "The tool itself failed while reading the crate.\n\
         \n\
         Example:\n\
         \n\
         \x20   (none)\n\
         \n\
         What to do: Report it with the crate: this is a defect of the tool.\n\
         ",
    ),
    (
        "H0201",
        "A name in a body cannot be resolved.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() -> u32 { generated() }  // defined by a macro\n\
         \n\
         What to do: Items that macros generate and items of other crates are not seen. Write the item by hand, or mark the function `#[trusted]`.\n\
         ",
    ),
    (
        "H0202",
        "The translator's type inference does not agree with the code.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(x: std::ffi::c_int) -> i32 { x }  // the alias is not followed\n\
         \n\
         What to do: Write types and borrows out: `let x: u32 = …`, `&*v`.\n\
         ",
    ),
    (
        "H0203",
        "A macro is not known.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() { my_macro!() }\n\
         \n\
         What to do: Known are `assert!` and its kin, `panic!` and its kin, `matches!`, `vec!` and `cfg!`; macros that the crate defines by `macro_rules!` are expanded in bodies, as far as it is certain what they are. Write what it stands for.\n\
         ",
    ),
    (
        "H0204",
        "This form of expression is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(n: u32) { let r = 0..=n; }\n\
         \n\
         What to do: The message names the form; write it with `if`, `match`, loops and calls.\n\
         ",
    ),
    (
        "H0205",
        "A function that is called is unsupported, so its caller is too.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn g() -> f64 { 0.5 }\n\
         \x20   fn f() -> f64 { g() }\n\
         \n\
         What to do: See the callee's own diagnostic. Give the callee a `#[spec]` and `#[trusted]` if it cannot be supported.\n\
         ",
    ),
    (
        "H0206",
        "A trait's method cannot be resolved to one implementation.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f<T: Shape>(s: T) -> u32 { s.area() }\n\
         \n\
         What to do: Verify a caller for which `T` is a type: there the function has a meaning, as long as no other function \
         has the method's name. Or write `<Type as Trait>::method(x)`.\n\
         ",
    ),
    (
        "H0207",
        "Closures and function values are supported only in places whose meaning is known.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() { let f = [|x: u32| x + 1]; }\n\
         \n\
         What to do: They may be bound to a name and called, handed to a function of the crate (without a spec) that calls them, written in quantifiers, in `all`/`any` of conditions, in iterators that are used up where they are made (`v.iter().filter(…).count()`), and in `map`, `and_then`, `unwrap_or_else` and their kin of `Option` and `Result` (without `return` or `?` inside).\n\
         ",
    ),
    (
        "H0208",
        "What raw pointers point to, and unsafe functions of some processors only, are not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(p: *const u8) -> u8 { unsafe { *p } }\n\
         \n\
         What to do: Keep it in a function of its own with a `#[spec]` and `#[trusted]`.\n\
         ",
    ),
    (
        "H0209",
        "Async code is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   async fn f() {}\n\
         \n\
         What to do: Verify the synchronous functions that it calls.\n\
         ",
    ),
    (
        "H0210",
        "This form of pattern is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(x: u32) -> u32 { match x { made_by_a_macro!() => 1, _ => 2 } }\n\
         \n\
         What to do: Match on integers, chars, bools, strings, tuples, structs, enums, slices and references.\n\
         ",
    ),
    (
        "H0211",
        "A `for` loop (or iterator condition) runs over something that is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(v: &[u32]) { for x in v.iter().take_while(|x| **x > 0) {} }\n\
         \n\
         What to do: Loop over ranges (`rev`, `step_by`) or over slices, arrays and vectors (`iter`, `iter_mut`, `windows`) through `enumerate`, `rev`, `skip`, `take`, `zip`, `copied`, `map` and `filter`; what uses an iterator up may be `any`, `all`, `position`, `find`, `count`, `sum`, `product`, `fold`, `max`, `min`, `for_each` or `collect` into a `Vec`.\n\
         ",
    ),
    (
        "H0212",
        "`?` converts its error, or stands in a function of another kind.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(x: Result<u32, u8>) -> Result<u32, u64> { Ok(x? / 2) }\n\
         \n\
         What to do: Match on the result and build the error yourself, or use `map_err` before `?`.\n\
         ",
    ),
    (
        "H0213",
        "The type of an expression is not determined.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() { let v = Vec::new(); }\n\
         \n\
         What to do: Write the type: `let v: Vec<u32> = Vec::new();`.\n\
         ",
    ),
    (
        "H0214",
        "`static mut` is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   static mut COUNT: u32 = 0;\n\
         \x20   fn f() -> u32 { COUNT }\n\
         \n\
         What to do: Pass the state as a parameter.\n\
         ",
    ),
    (
        "H0215",
        "A constant cannot be evaluated.\n\
         \n\
         Example:\n\
         \n\
         \x20   const N: usize = N + 1;\n\
         \x20   fn f() -> usize { N }\n\
         \n\
         What to do: Write its value, or an expression of literals, other constants and operators.\n\
         ",
    ),
    (
        "H0216",
        "An equality whose meaning is not the equality of all parts.\n\
         \n\
         Example:\n\
         \n\
         \x20   struct Id(u32);\n\
         \x20   impl PartialEq for Id { fn eq(&self, other: &Id) -> bool { true } }\n\
         \x20   fn f(a: &[Id], b: &[Id]) -> bool { a == b }\n\
         \n\
         What to do: Derive `PartialEq`. A type parameter needs the bound `Eq`.\n\
         ",
    ),
    (
        "H0217",
        "An operator is not defined for this type.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f<T: Copy>(a: T) -> T { a + a }\n\
         \n\
         What to do: Operators work on integers and `bool`, and on types that implement the operator once.\n\
         ",
    ),
    (
        "H0218",
        "This cast is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(x: u32) -> f64 { x as f64 }\n\
         \n\
         What to do: Casts work between integers, from `bool`, `char` and field-less enums to integers, from `u8` to `char`, and to `int` in conditions.\n\
         ",
    ),
    (
        "H0219",
        "Expressions nest more deeply than the tool follows.\n\
         \n\
         Example:\n\
         \n\
         \x20   (`1 + (1 + (1 + …))`, thousands of levels deep)\n\
         \n\
         What to do: Bind parts of it with `let`.\n\
         ",
    ),
    (
        "H0220",
        "A literal does not fit its type.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() { let x: u8 = 256; }\n\
         \n\
         What to do: Correct the literal or its type.\n\
         ",
    ),
    (
        "H0221",
        "A foreign or variadic function.\n\
         \n\
         Example:\n\
         \n\
         \x20   unsafe extern \"C\" { safe fn g(); }\n\
         \x20   fn f() { g() }\n\
         \n\
         What to do: Wrap it in a function of its own with a `#[spec]` and `#[trusted]`.\n\
         ",
    ),
    (
        "H0222",
        "A bound of a type parameter is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(ensures: |out| out < 10)]\n\
         \x20   fn f<T: Shape>(x: T) -> u32 { x.area() }\n\
         \n\
         What to do: The bounds of std are. A bound by a trait of the crate is where the function has no `#[spec]` of its own and \
         is called with a type: write the spec at the caller.\n\
         ",
    ),
    (
        "H0223",
        "A field or method in a body is not seen.\n\
         \n\
         Example:\n\
         \n\
         \x20   use other::Extension;\n\
         \x20   struct Point;\n\
         \x20   fn f(p: Point) -> u32 { p.method_of_the_extension() }\n\
         \n\
         What to do: Methods that macros or other crates define are not seen.\n\
         ",
    ),
    (
        "H0224",
        "A default method of a trait means another thing for each type.\n\
         \n\
         Example:\n\
         \n\
         \x20   trait Shape {\n\
         \x20       fn area(&self) -> u32;\n\
         \x20       #[spec]\n\
         \x20       fn double(&self) -> u32 { self.area() * 2 }\n\
         \x20   }\n\
         \n\
         What to do: Leave out its `#[spec]`: its calls are known by its body. Or implement it in the impl, where its meaning is \
         fixed.\n\
         ",
    ),
    (
        "H0225",
        "Items stand where they are not looked for.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() { assert!({ fn g() -> bool { true } g() }) }\n\
         \n\
         What to do: Move the item out of the macro's argument.\n\
         ",
    ),
    (
        "H0226",
        "A type implements `Clone` by hand, so a copy of it inside other values may be no copy.\n\
         \n\
         Example:\n\
         \n\
         \x20   struct Id(u32);\n\
         \x20   impl Clone for Id { fn clone(&self) -> Id { Id(7) } }\n\
         \x20   fn f(v: &mut [Id], x: Id) { v.fill(x) }\n\
         \n\
         What to do: Derive `Clone`.\n\
         ",
    ),
    (
        "H0227",
        "An order whose meaning is not known.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(a: &str, b: &str) -> bool { a < b }\n\
         \n\
         What to do: Compare the integers inside. A type parameter needs the bound `Ord`.\n\
         ",
    ),
    (
        "H0228",
        "`Spec!` on a field is not supported where the type's own spec is used.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(maintains: self.n > 0)]\n\
         \x20   struct Inner { n: u32 }\n\
         \x20   #[spec(maintains: self.inner.n < 9)]\n\
         \x20   struct Outer { inner: Spec!(Inner) }\n\
         \x20   #[spec]\n\
         \x20   fn f(outer: Spec!(Outer)) {}\n\
         \n\
         What to do: State the condition in the outer type's `maintains`.\n\
         ",
    ),
    (
        "H0229",
        "A spec on the declaration of a trait's method is not checked against the implementations.\n\
         \n\
         Example:\n\
         \n\
         \x20   trait Shape { #[spec(ensures: |out| out > 0)] fn area(&self) -> u32; }\n\
         \n\
         What to do: Write the spec on each implementation.\n\
         ",
    ),
    (
        "H0230",
        "An attribute is not known: it may be a macro that rewrites the item it stands on, and all inside.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[memoize]\n\
         \x20   fn f(x: u32) -> u32 { x }\n\
         \n\
         What to do: Remove the attribute, or mark the function `#[trusted]` in a module of its own.\n\
         ",
    ),
    (
        "H0231",
        "A macro makes functions with specs.\n\
         \n\
         Example:\n\
         \n\
         \x20   macro_rules! make { ($n:ident) => { #[spec(ensures: |out| out == x)] fn $n(x: u8) -> u8 { x } } }\n\
         \x20   make!(same);\n\
         \n\
         Macros that make items are not expanded, so these functions have no verdict. A run with one of them does not succeed.\n\
         \n\
         What to do: Write the functions out, or put the `#[spec]` on one function that they call.\n\
         ",
    ),
    (
        "H0232",
        "A name may mean something that is not seen: an item that a macro defines, or one of another crate's glob import.\n\
         \n\
         Example:\n\
         \n\
         \x20   use heapless::*;\n\
         \x20   fn f(x: Vec<u8>) -> usize { x.len() }\n\
         \n\
         Such an item stands in front of what a glob import or the prelude brings, and an inherent method that a macro defines\n\
         in front of that of a trait.\n\
         \n\
         What to do: Import the name by itself: `use std::vec::Vec;`. Call the method by its trait: `Trait::method(x)`.\n\
         ",
    ),
    (
        "H0301",
        "Nothing is computed with floating-point numbers.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(x: f64) -> f64 { x + 1.0 }\n\
         \n\
         What to do: Use integers (fixed point). A number that is only kept and given on is supported.\n\
         ",
    ),
    (
        "H0302",
        "`impl Trait` is not supported, nor is a trait as the type of a condition's variable.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(s: impl Shape) {}\n\
         \n\
         What to do: Use a concrete type, a type parameter or an enum.\n\
         ",
    ),
    (
        "H0303",
        "A type is unsupported because of its definition.\n\
         \n\
         Example:\n\
         \n\
         \x20   enum Void {}\n\
         \x20   fn f(v: Void) {}\n\
         \n\
         What to do: See the reason in the diagnostic's help; functions that do not mention the type are not affected.\n\
         ",
    ),
    (
        "H0304",
        "What is done with a string is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(s: &str) -> usize { s.chars().count() }\n\
         \n\
         A `&str` or `String` is its bytes: `len`, `is_empty`, `as_bytes`, `bytes()` in loops and chains, `==`, literals as patterns, `starts_with`, `ends_with`, `strip_prefix` and `strip_suffix` with a string or a written character, `is_char_boundary`, parts `&s[a..b]`, `to_string`, `String::from`, `push_str`, `push` of a written character and `clear` are known.\n\
         \n\
         What to do: Work on `as_bytes()`, or keep strings out of the verified functions. A string that is only kept and given on is supported, and so are the messages of `panic!` and `expect`.\n\
         ",
    ),
    (
        "H0305",
        "Raw pointers and function pointers are not supported in conditions.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(ensures: forall(|p: *const u8| true))]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: Leave them out of conditions; in code they may be kept and given on.\n\
         ",
    ),
    (
        "H0306",
        "A type of std or of another crate is not modelled.\n\
         \n\
         Example:\n\
         \n\
         \x20   use std::collections::HashMap;\n\
         \x20   #[spec(ensures: forall(|m: HashMap<u32, u32>| true))]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: Leave it out of conditions; in code its values may be kept and given on. Modelled are the integers, `bool`, `char`, tuples, arrays, slices, `Vec`, `Box`, `Option`, `Result` and `Ordering`.\n\
         ",
    ),
    (
        "H0307",
        "Unions are not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   union U { a: u32, b: f32 }\n\
         \x20   #[spec(ensures: forall(|u: U| true))]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: Use an enum. A union that is only kept and given on is supported.\n\
         ",
    ),
    (
        "H0308",
        "The value of a const parameter is not known.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f<const N: usize>() -> usize { N }\n\
         \n\
         What to do: Take a slice, or fix the length. A value whose type has const parameters is supported as long as these are not read; an array whose length is one is kept and given on.\n\
         ",
    ),
    (
        "H0309",
        "This form of type is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f<I: Iterator>(x: I::Item) {}\n\
         \n\
         What to do: Write a concrete type.\n\
         ",
    ),
    (
        "H0310",
        "A `Box` of a reference or of an unsized type is not supported in conditions.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(ensures: forall(|b: Box<&u32>| true))]\n\
         \x20   fn f() {}\n\
         \n\
         What to do: Box the value itself.\n\
         ",
    ),
    (
        "H0312",
        "A value is owned whose type implements `Drop`, or has a part that does: its calls are not modelled.\n\
         \n\
         Example:\n\
         \n\
         \x20   struct Guard;\n\
         \x20   impl Drop for Guard { fn drop(&mut self) {} }\n\
         \x20   fn f(guard: Guard) {}\n\
         \n\
         What to do: Keep such values out of the verified functions, or behind references.\n\
         ",
    ),
    (
        "H0313",
        "A value that is not looked into is looked into.\n\
         \n\
         Example:\n\
         \n\
         \x20   struct Entry { weights: HashMap<u32, f64>, hits: u32 }\n\
         \x20   fn f(e: &Entry) -> usize { e.weights.len() }\n\
         \n\
         What to do: Values of types that are not modelled (of other crates, `f64`, `dyn Trait`, pointers, …) may be kept, moved, lent, given on and dropped, and nothing else: no method, no operator, no comparison, no clone (but of floats, `Rc`, `Arc` and a few others of std).\n\
         ",
    ),
    (
        "H0401",
        "A function or constant of std is not modelled.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(a: u32, b: u32) -> u32 { std::cmp::max_by_key(a, b, |x| x / 2) }\n\
         \n\
         What to do: `std_ops.txt` in the translator lists what is. Write the function yourself, or wrap it in one with a `#[spec]` and `#[trusted]`.\n\
         ",
    ),
    (
        "H0402",
        "A method of std is not modelled.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(v: &mut [u32]) { v.sort() }\n\
         \n\
         What to do: Write the loop, or wrap the call in a function with a `#[spec]` and `#[trusted]`.\n\
         ",
    ),
    (
        "H0403",
        "Printing is not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(x: u32) { println!(\"{x}\") }\n\
         \n\
         What to do: Print in a function that is not verified.\n\
         ",
    ),
    (
        "H0404",
        "An item of another crate is not seen.\n\
         \n\
         Example:\n\
         \n\
         \x20   use rand::random;\n\
         \x20   fn f() -> u32 { random() }\n\
         \n\
         What to do: Wrap it in a function of your own with a `#[spec]` and `#[trusted]`.\n\
         ",
    ),
    (
        "H0501",
        "A function that returns `&mut` has no functional form yet.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn first(v: &mut [u32]) -> &mut u32 { &mut v[0] }\n\
         \n\
         What to do: Return an index, or do the change inside the function.\n\
         ",
    ),
    (
        "H0502",
        "A `break` or `continue` goes to a place that the lowering does not know.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a jump out of a place that is not a loop or labelled block)\n\
         \n\
         What to do: Leave the loop by a condition, or use `return`.\n\
         ",
    ),
    (
        "H0503",
        "A variable is read where the lowering cannot see that it was given a value.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(a: bool, x: &[u8], y: &[u8]) -> usize { let v: &[u8]; if a { v = x } else { v = y } v.len() }\n\
         \n\
         What to do: Initialise it where it is declared: `let v = if a { x } else { y };`. Numbers, `bool`, `char`, `Option` and tuples of them may get their value later.\n\
         ",
    ),
    (
        "H0504",
        "An assignment goes into a value whose parts cannot be replaced.\n\
         \n\
         Example:\n\
         \n\
         \x20   (an assignment through a part of an enum)\n\
         \n\
         What to do: Build the new value and assign it whole.\n\
         ",
    ),
    (
        "H0505",
        "The size of an element's type is not known, so the bound on a vector's length is not.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f<T: Clone>(x: T) -> Vec<T> { vec![x; 3] }\n\
         \n\
         What to do: Use a concrete element type.\n\
         ",
    ),
    (
        "H0506",
        "A quantifier or `implies` stands in code.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f() -> bool { forall(|i: usize| i >= 0) }\n\
         \n\
         What to do: They belong in conditions; in code write a loop.\n\
         ",
    ),
    (
        "H0507",
        "Arithmetic on a type that is no machine integer.\n\
         \n\
         Example:\n\
         \n\
         \x20   (arithmetic on a mathematical integer in code)\n\
         \n\
         What to do: Use machine integers in code.\n\
         ",
    ),
    (
        "H0508",
        "An order of values of this type has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec]\n\
         \x20   fn less<T: Ord>(a: T, b: T) -> bool { a < b }\n\
         \x20   fn f(a: bool, b: bool) -> bool { less(a, b) }\n\
         \n\
         What to do: Compare integers.\n\
         ",
    ),
    (
        "H0509",
        "A cast has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a cast that rustc does not know either)\n\
         \n\
         What to do: Cast between integers, from `bool`, `char` and field-less enums to integers, and from `u8` to `char`.\n\
         ",
    ),
    (
        "H0511",
        "A value of this type is built in a way that has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a constructor of a type that is no struct or enum)\n\
         \n\
         What to do: Build the value by another way.\n\
         ",
    ),
    (
        "H0512",
        "A `&mut` is not the borrow of a place that is written where it is used.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(c: bool) -> u32 {\n\
         \x20       let (mut x, mut y) = (0, 0);\n\
         \x20       *(if c { &mut x } else { &mut y }) = 1;\n\
         \x20       x\n\
         \x20   }\n\
         \n\
         What to do: Borrow at the place of use: `if a { x = 1 } else { y = 1 }`. Take the result of `get_mut`, `first_mut`,\n\
         `last_mut` or `split_at_mut` apart at once.\n\
         ",
    ),
    (
        "H0514",
        "A pattern binds by `ref mut` (perhaps implied by `&mut`) into a value that has no place of its own.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn g() -> Option<u32> { Some(1) }\n\
         \x20   fn f() { if let Some(x) = &mut g() { *x += 1 } }\n\
         \n\
         What to do: Bind the value with `let mut` first, or rebuild and assign it.\n\
         ",
    ),
    (
        "H0515",
        "A slice pattern has no functional form yet.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a slice pattern against what has no length)\n\
         \n\
         What to do: Use `len`, `first`, `last` and indices.\n\
         ",
    ),
    (
        "H0516",
        "Alternatives stand in a `let`, or more than 256 choices of them inside another pattern.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(r: Result<u32, u32>) -> u32 { let (Ok(x) | Err(x)) = r; x }\n\
         \n\
         What to do: Use `match`, with an arm for each or a guard: `Some(x) if x == 1 || x == 2`.\n\
         ",
    ),
    (
        "H0517",
        "A literal pattern of this type has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a literal against a type that is no integer, bool or char)\n\
         \n\
         What to do: Compare with `==` in a guard.\n\
         ",
    ),
    (
        "H0518",
        "A `match` on this value has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   (variants of a type that is no enum)\n\
         \n\
         What to do: Bind the value with `let` and match on that.\n\
         ",
    ),
    (
        "H0519",
        "A `let` with this pattern has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(r: Result<u32, std::convert::Infallible>) -> u32 { let Ok(x) = r; x }\n\
         \n\
         What to do: Bind the value to a name and take it apart by `match`.\n\
         ",
    ),
    (
        "H0520",
        "A loop over this has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a range that is not of machine integers)\n\
         \n\
         What to do: Loop over integers with `while`.\n\
         ",
    ),
    (
        "H0521",
        "A loop over `iter_mut` binds by a pattern that has no functional form.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn f(v: &mut [(u32, u32)]) { for (a, b) in v.iter_mut() { *a = *b } }\n\
         \n\
         What to do: Bind the element to a name and use its fields.\n\
         ",
    ),
    (
        "H0601",
        "A condition contains something that cannot be stated in Lean yet.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(requires: [x, 1] == [2, 1])]\n\
         \x20   fn f(x: u32) {}\n\
         \n\
         What to do: Move it to a function without a spec and call that, or write the condition in other words.\n\
         ",
    ),
    (
        "H0602",
        "A condition calls a function whose body cannot stand in a statement.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn g(n: u32) -> u32 { let mut last = 0; for i in 0..n { last = i } last }\n\
         \x20   #[spec(ensures: |out| out == g(n))]\n\
         \x20   fn f(n: u32) -> u32 { g(n) }\n\
         \n\
         What to do: Call functions without loops, that change nothing: ask `all` or `any` of an iterator, or let it call itself with a \
         smaller number; or state what is meant with quantifiers.\n\
         ",
    ),
    (
        "H0604",
        "No measure was found for a recursion.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec]\n\
         \x20   fn f(b: bool) -> bool { if b { b } else { f(!b) } }\n\
         \n\
         What to do: Let an integer, a list or a value of a recursive type get smaller from call to call, or write a loop with `decreases`.\n\
         ",
    ),
    (
        "H0605",
        "A function has more paths than are followed.\n\
         \n\
         Example:\n\
         \n\
         \x20   (thousands of places where something may go wrong, in one function)\n\
         \n\
         What to do: Move parts to functions with a `#[spec]` of their own.\n\
         ",
    ),
    (
        "H0606",
        "The generation of obligations met a form that it does not know.\n\
         \n\
         Example:\n\
         \n\
         \x20   (a defect of the tool)\n\
         \n\
         What to do: Report it with the function.\n\
         ",
    ),
    (
        "H0607",
        "An operation has no model in Lean yet.\n\
         \n\
         Example:\n\
         \n\
         \x20   (an item of the tool's own table that its library of lemmas lacks)\n\
         \n\
         What to do: Wrap it in a function with a `#[spec]` and `#[trusted]`.\n\
         ",
    ),
    (
        "H0608",
        "A function without a spec is recursive, or such calls nest too deeply to be written out.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn g(n: u32) -> u32 { if n == 0 { 0 } else { g(n - 1) } }\n\
         \x20   #[spec]\n\
         \x20   fn f() -> u32 { g(3) }\n\
         \n\
         What to do: Give the called function a `#[spec]`.\n\
         ",
    ),
    (
        "H0609",
        "Generic functions that call each other in a circle are not supported.\n\
         \n\
         Example:\n\
         \n\
         \x20   fn even<T>(v: &[T]) -> bool { v.is_empty() || odd(&v[1..]) }\n\
         \x20   fn odd<T>(v: &[T]) -> bool { !v.is_empty() && even(&v[1..]) }\n\
         \n\
         What to do: Write them as one function, or for one type.\n\
         ",
    ),
    (
        "H0610",
        "A type invariant has no form in Lean: the type is generic, or contains itself.\n\
         \n\
         Example:\n\
         \n\
         \x20   #[spec(maintains: self.len <= 8)]\n\
         \x20   struct Stack<T> { items: Vec<T>, len: usize }\n\
         \x20   #[spec]\n\
         \x20   fn f<T>(stack: &Stack<T>) -> usize { stack.len }\n\
         \n\
         What to do: State the condition as `maintains` of the functions that need it.\n\
         ",
    ),
];

/// The page of a code.
pub fn explain(code: &str) -> Option<&'static str> {
    CODES.iter().find(|page| page.0 == code).map(|page| page.1)
}
