//! Functions with specs, invented: templates of programs filled at random, from easy to hard, and their specs made stronger or
//! weaker. Some are false, which the interpreter finds out; some are true and nobody has a proof of them yet.

/// Random numbers of a seed (SplitMix64).
pub struct Draw(u64);

impl Draw {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * n.max(1) as u128) >> 64) as usize
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// An invented function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invention {
    /// Its text, with its spec.
    pub text: String,
}

impl Invention {
    /// Whether this is the path of its function.
    pub fn names(&self, path: &str) -> bool {
        self.text.contains(&format!("pub fn {path}("))
    }

    /// The same function under another name, with a number or a comparison of its spec or its code changed.
    pub fn changed(&self, draw: &mut Draw, name: &str) -> Self {
        const CHANGES: &[(&str, &str)] = &[
            (" <= ", " < "),
            (" < ", " <= "),
            (" >= ", " > "),
            (" > ", " >= "),
            (" + 1", " + 2"),
            ("[0]", "[v.len() - 1]"),
        ];
        let (head, tail) = self.text.split_once("pub fn ").unwrap_or((&self.text, ""));
        let rest = tail.split_once('(').map_or("", |(_, rest)| rest);
        let mut text = format!("{head}pub fn {name}({rest}");
        let (from, to) = CHANGES[draw.below(CHANGES.len())];
        let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
        if let Some(at) = places.get(draw.below(places.len())) {
            text.replace_range(*at..at + from.len(), to);
        }
        Self { text }
    }
}

/// Types of numbers, with a literal that is well inside of each.
const UNSIGNED: &[&str] = &["u8", "u16", "u32", "u64", "usize"];
const NUMBERS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

/// Templates, from easy to hard.
const TEMPLATES: &[fn(&mut Draw, &str) -> String] =
    &[straight, branches, sums, searches, counts, copies, updates, extremes, orders];

/// How many levels there are.
pub const LEVELS: usize = TEMPLATES.len();

/// Invents a function with this name, of a level below `levels`.
pub fn invent(draw: &mut Draw, name: &str, levels: usize) -> Invention {
    let level = draw.below(levels.clamp(1, LEVELS));
    Invention { text: TEMPLATES[level](draw, name) }
}

/// A spec of these conditions: one of them may be dropped (weaker), or a comparison made strict or a number changed (stronger,
/// and often false).
fn conditions(draw: &mut Draw, all: &[String]) -> String {
    let mut all: Vec<String> = all.to_vec();
    if all.len() > 1 && draw.one_in(3) {
        let at = draw.below(all.len());
        all.remove(at);
    }
    if draw.one_in(5) {
        let at = draw.below(all.len());
        let changes = [(" <= ", " < "), (" >= ", " > "), (" == ", " <= "), (" + 1", " + 2")];
        let (from, to) = changes[draw.below(changes.len())];
        all[at] = all[at].replacen(from, to, 1);
    }
    all.join(", ")
}

/// Something that an element is held to.
fn predicate(draw: &mut Draw, of: &str) -> String {
    match draw.below(5) {
        0 => format!("{of} == x"),
        1 => format!("{of} < x"),
        2 => format!("{of} > x"),
        3 => format!("{of} % {} == 0", 2 + draw.below(4)),
        _ => format!("{of} != x"),
    }
}

/// Arithmetic in one expression.
fn straight(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(UNSIGNED);
    let (m, n) = (1 + draw.below(11), 1 + draw.below(11));
    let (a, b) = (format!("a <= {m}"), format!("b <= {n}"));
    let c = draw.below(10);
    let (value, most) = match draw.below(6) {
        0 => (format!("a + b + {c}"), m + n + c),
        1 => (format!("a * b + {c}"), m * n + c),
        2 => (format!("a * {c} + b"), m * c + n),
        3 => (format!("(a + {c}) * (b + 1)"), (m + c) * (n + 1)),
        4 => (format!("(a + b) / {}", c + 1), (m + n) / (c + 1)),
        _ => (format!("a % {} + b", c + 1), c + n),
    };
    let ensures = [format!("out == {value}"), format!("out <= {most}"), format!("out + {c} >= b")];
    let ensures = conditions(draw, &ensures);
    format!(
        "#[spec(requires: [{a}, {b}], ensures: |out| [{ensures}])]\npub fn {name}(a: {ty}, b: {ty}) -> {ty} {{\n    {value}\n}}\n"
    )
}

/// A value by cases.
fn branches(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    let (body, ensures) = match draw.below(4) {
        0 => ("if a > b { a } else { b }", ["out >= a", "out >= b", "out == a || out == b"]),
        1 => ("if a < b { a } else { b }", ["out <= a", "out <= b", "out == a || out == b"]),
        2 => (
            "if a < b { b.wrapping_sub(a) } else { a.wrapping_sub(b) }",
            [
                "implies(a == b, out == 0)",
                "implies(a >= 0 && b >= 0, out >= 0)",
                "implies(a >= 0 && b >= 0, out <= a || out <= b)",
            ],
        ),
        _ => (
            "match a { 0 => b, _ if a < b => a, _ => b }",
            ["out == a || out == b", "out <= b || a == 0", "implies(a == 0, out == b)"],
        ),
    };
    let ensures = conditions(draw, &ensures.map(str::to_owned));
    format!("#[spec(ensures: |out| [{ensures}])]\npub fn {name}(a: {ty}, b: {ty}) -> {ty} {{\n    {body}\n}}\n")
}

/// A sum in a loop, with its closed form.
fn sums(draw: &mut Draw, name: &str) -> String {
    let (ty, bound) = [("u32", 1000), ("u64", 100_000), ("usize", 500)][draw.below(3)];
    let (k, c) = (1 + draw.below(6), draw.below(5));
    let (step, form) = match draw.below(4) {
        0 => ("i".to_owned(), "i * (i + 1) / 2".to_owned()),
        1 => (format!("{k}"), format!("i * {k}")),
        2 => (format!("2 * i + {c}"), format!("i * (i + 1) + {c} * i")),
        _ => (format!("{k} * i"), format!("{k} * (i * (i + 1) / 2)")),
    };
    let end = form.replace('i', "n");
    let ensures = conditions(draw, &[format!("out == {end}"), "out >= 0".into()]);
    format!(
        "#[spec(requires: n <= {bound}, ensures: |out| [{ensures}])]\npub fn {name}(n: {ty}) -> {ty} {{\n    let mut total = 0;\n    \
         let mut i = 0;\n    #[spec(maintains: [i <= n, total == {form}], decreases: n - i)]\n    while i < n {{\n        i += 1;\n        \
         total += {step};\n    }}\n    total\n}}\n"
    )
}

/// The first element that something is true of, or whether there is one.
fn searches(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    let p = predicate(draw, "v[k]");
    let at = |i: &str| p.replace("v[k]", &format!("v[{i}]"));
    match draw.below(3) {
        0 => {
            let found = conditions(draw, &["i < v.len()".into(), at("i"), format!("(0..i).all(|k| !({p}))")]);
            format!(
                "#[spec(ensures: |out| match out {{ Some(i) => {}, None => (0..v.len()).all(|k| !({p})) }})]\n\
                 pub fn {name}(v: &[{ty}], x: {ty}) -> Option<usize> {{\n    let mut i = 0;\n    \
                 #[spec(maintains: [i <= v.len(), (0..i).all(|k| !({p}))], decreases: v.len() - i)]\n    while i < v.len() {{\n        \
                 if {} {{\n            return Some(i);\n        }}\n        i += 1;\n    }}\n    None\n}}\n",
                found.replace(", ", " && "),
                at("i")
            )
        }
        1 => format!(
            "#[spec(ensures: |out| out == (0..v.len()).all(|k| {p}))]\npub fn {name}(v: &[{ty}], x: {ty}) -> bool {{\n    let mut i = 0;\n    \
             #[spec(maintains: [i <= v.len(), (0..i).all(|k| {p})], decreases: v.len() - i)]\n    while i < v.len() {{\n        \
             if !({}) {{\n            return false;\n        }}\n        i += 1;\n    }}\n    true\n}}\n",
            at("i")
        ),
        _ => format!(
            "#[spec(ensures: |out| out == exists(|k: usize| k < v.len() && {p}))]\npub fn {name}(v: &[{ty}], x: {ty}) -> bool {{\n    \
             let mut found = false;\n    #[spec(maintains: found == exists(|k: usize| k < i && {p}))]\n    for i in 0..v.len() {{\n        \
             if {} {{\n            found = true;\n        }}\n    }}\n    found\n}}\n",
            at("i")
        ),
    }
}

/// How many elements something is true of, with bounds of the number.
fn counts(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    let p = predicate(draw, "v[k]");
    let body = p.replace("v[k]", "v[i]");
    let ensures = [
        "out <= v.len()".to_owned(),
        format!("implies(out == 0, (0..v.len()).all(|k| !({p})))"),
        format!("implies((0..v.len()).all(|k| !({p})), out == 0)"),
    ];
    let ensures = conditions(draw, &ensures);
    format!(
        "#[spec(ensures: |out| [{ensures}])]\npub fn {name}(v: &[{ty}], x: {ty}) -> usize {{\n    let mut count: usize = 0;\n    \
         #[spec(maintains: [count <= i, implies(count == 0, (0..i).all(|k| !({p}))), implies((0..i).all(|k| !({p})), count == 0)])]\n    \
         for i in 0..v.len() {{\n        if {body} {{\n            count += 1;\n        }}\n    }}\n    count\n}}\n"
    )
}

/// A list that is pushed together from another.
fn copies(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    let (value, said) = match draw.below(4) {
        0 => ("v[i]", "out[k] == v[k]"),
        1 => ("if v[i] < x { x } else { v[i] }", "out[k] >= x && out[k] >= v[k]"),
        2 => ("v[i] / 2", "out[k] == v[k] / 2"),
        _ => ("if v[i] == x { 0 } else { v[i] }", "implies(v[k] != x, out[k] == v[k])"),
    };
    let kept = said.replace("out[", "r[");
    let ensures = conditions(draw, &["out.len() == v.len()".into(), format!("(0..v.len()).all(|k| {said})")]);
    format!(
        "#[spec(ensures: |out| [{ensures}])]\npub fn {name}(v: &[{ty}], x: {ty}) -> Vec<{ty}> {{\n    let mut r = Vec::new();\n    \
         let mut i = 0;\n    #[spec(maintains: [i <= v.len(), r.len() == i, (0..i).all(|k| {kept})], decreases: v.len() - i)]\n    \
         while i < v.len() {{\n        r.push({value});\n        i += 1;\n    }}\n    r\n}}\n"
    )
}

/// Elements changed in place.
fn updates(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    let (value, said) = match draw.below(3) {
        0 => ("x", "v[k] == x"),
        1 => ("if v[i] < x { x } else { v[i] }", "v[k] >= x"),
        _ => ("if v[i] > x { x } else { v[i] }", "v[k] <= x"),
    };
    match draw.below(2) {
        0 => format!(
            "#[spec(ensures: (0..v.len()).all(|k| {said}))]\npub fn {name}(v: &mut [{ty}], x: {ty}) {{\n    let mut i = 0;\n    \
             #[spec(maintains: [i <= v.len(), (0..i).all(|k| {said})], decreases: v.len() - i)]\n    while i < v.len() {{\n        \
             v[i] = {value};\n        i += 1;\n    }}\n}}\n"
        ),
        _ => {
            let ensures = [
                "v[i] == old_j".to_owned(),
                "v[j] == old_i".to_owned(),
                "forall(|k: usize| implies(k < v.len() && k != i && k != j, v[k] == old_v[k]))".to_owned(),
            ];
            let ensures = conditions(draw, &ensures);
            format!(
                "#[spec(requires: [i < v.len(), j < v.len()], captures: [v[i] as old_i, v[j] as old_j, v.to_vec() as old_v], ensures: [{ensures}])]\n\
                 pub fn {name}(v: &mut [{ty}], i: usize, j: usize) {{\n    v.swap(i, j);\n}}\n"
            )
        }
    }
}

/// The largest or the smallest element, or where it is.
fn extremes(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    let (beats, bound) = if draw.one_in(2) { (">", "<=") } else { ("<", ">=") };
    match draw.below(2) {
        0 => {
            let ensures = [
                format!("(0..v.len()).all(|k| v[k] {bound} out)"),
                "exists(|k: usize| k < v.len() && v[k] == out)".into(),
            ];
            let ensures = conditions(draw, &ensures);
            format!(
                "#[spec(requires: !v.is_empty(), ensures: |out| [{ensures}])]\npub fn {name}(v: &[{ty}]) -> {ty} {{\n    let mut best = v[0];\n    \
                 #[spec(maintains: [(0..i).all(|k| v[k] {bound} best), exists(|k: usize| k < v.len() && v[k] == best)])]\n    \
                 for i in 1..v.len() {{\n        if v[i] {beats} best {{\n            best = v[i];\n        }}\n    }}\n    best\n}}\n"
            )
        }
        _ => {
            let ensures = ["out < v.len()".to_owned(), format!("(0..v.len()).all(|k| v[k] {bound} v[out])")];
            let ensures = conditions(draw, &ensures);
            format!(
                "#[spec(requires: v.len() > 0, ensures: |out| [{ensures}])]\npub fn {name}(v: &[{ty}]) -> usize {{\n    let mut best = 0;\n    \
                 let mut i = 1;\n    #[spec(maintains: [i <= v.len(), best < i, (0..i).all(|k| v[k] {bound} v[best])], decreases: v.len() - i)]\n    \
                 while i < v.len() {{\n        if v[i] {beats} v[best] {{\n            best = i;\n        }}\n        i += 1;\n    }}\n    best\n}}\n"
            )
        }
    }
}

/// Searches in sorted lists, and whether a list is one.
fn orders(draw: &mut Draw, name: &str) -> String {
    let ty = draw.pick(NUMBERS);
    match draw.below(3) {
        0 => {
            let (below, above) = if draw.one_in(2) { ("<", ">=") } else { ("<=", ">") };
            let ensures = [
                "out <= v.len()".to_owned(),
                format!("(0..out).all(|k| v[k] {below} x)"),
                format!("(out..v.len()).all(|k| v[k] {above} x)"),
            ];
            let ensures = conditions(draw, &ensures);
            format!(
                "#[spec(requires: forall(|i: usize, j: usize| implies(i <= j && j < v.len(), v[i] <= v[j])), ensures: |out| [{ensures}])]\n\
                 pub fn {name}(v: &[{ty}], x: {ty}) -> usize {{\n    let mut lo = 0;\n    let mut hi = v.len();\n    \
                 #[spec(maintains: [lo <= hi, hi <= v.len(), (0..lo).all(|k| v[k] {below} x), (hi..v.len()).all(|k| v[k] {above} x)], decreases: hi - lo)]\n    \
                 while lo < hi {{\n        let mid = lo + (hi - lo) / 2;\n        if v[mid] {below} x {{\n            lo = mid + 1;\n        }} else {{\n            \
                 hi = mid;\n        }}\n    }}\n    lo\n}}\n"
            )
        }
        1 => {
            let (bad, good) = [(">", "<="), ("<", ">="), (">=", "<")][draw.below(3)];
            format!(
                "#[spec(ensures: |out| out == (1..v.len()).all(|k| v[k - 1] {good} v[k]))]\npub fn {name}(v: &[{ty}]) -> bool {{\n    \
                 #[spec(maintains: (1..i).all(|k| v[k - 1] {good} v[k]))]\n    for i in 1..v.len() {{\n        if v[i - 1] {bad} v[i] {{\n            \
                 return false;\n        }}\n    }}\n    true\n}}\n"
            )
        }
        _ => {
            let p = predicate(draw, "a[k]");
            let body = p.replace("a[k]", "a[i]");
            let ensures =
                ["out.len() <= a.len()".to_owned(), format!("(0..out.len()).all(|k| {})", p.replace("a[k]", "out[k]"))];
            let ensures = conditions(draw, &ensures);
            format!(
                "#[spec(ensures: |out| [{ensures}])]\npub fn {name}(a: &[{ty}], x: {ty}) -> Vec<{ty}> {{\n    let mut r: Vec<{ty}> = Vec::new();\n    \
                 #[spec(maintains: [r.len() <= i, (0..r.len()).all(|k| {})])]\n    for i in 0..a.len() {{\n        if {body} {{\n            \
                 r.push(a[i]);\n        }}\n    }}\n    r\n}}\n",
                p.replace("a[k]", "r[k]")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_invents_the_same() {
        let all = |seed| {
            let mut draw = Draw::new(seed);
            (0..20).map(|i| invent(&mut draw, &format!("f{i}"), LEVELS)).collect::<Vec<_>>()
        };
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
    }
}
