//! Macros by example and functions that call them: hygiene, precedence, repetitions, rules, statements.

pub const MACROS: &str = r#"
pub const LIMIT: usize = 3;
pub fn helper(x: usize) -> usize { x + 100 }
macro_rules! twice { ($e:expr) => {{ let x = $e; x + x }} }
macro_rules! plus_one { ($e:expr) => {{ let x = 1; $e + x }} }
macro_rules! swapped { ($a:ident, $b:ident) => { let t = $a; $a = $b; $b = t; } }
macro_rules! bind { ($x:ident = $e:expr) => { let $x = $e; }; }
macro_rules! try_opt { ($e:expr) => { match $e { Some(v) => v, None => return None } } }
macro_rules! largest {
    ($x:expr) => { $x };
    ($x:expr, $($rest:expr),+ $(,)?) => {{ let (a, b) = ($x, largest!($($rest),+)); if a > b { a } else { b } }};
}
macro_rules! count { () => { 0usize }; ($head:tt $($tail:tt)*) => { 1usize + count!($($tail)*) } }
macro_rules! prod { ($a:expr, $b:expr) => { $a * $b } }
macro_rules! until {
    ($i:ident in $v:expr, $stop:expr) => {{
        let mut found = None;
        let mut $i = 0;
        'out: while $i < $v.len() { if $stop { found = Some($i); break 'out; } $i += 1; }
        found
    }};
}
macro_rules! is { ($e:expr, $($p:pat_param)|+ $(, if $g:expr)?) => { match $e { $($p)|+ $(if $g)? => true, _ => false } } }
macro_rules! limited { ($x:expr) => { if $x > LIMIT { LIMIT } else { $x } } }
macro_rules! at_limit { ($e:expr) => { match $e { LIMIT => true, _ => false } } }
macro_rules! none_or { ($e:expr) => { match $e { None => 0, Some(x) => x } } }
macro_rules! most { ($t:ty) => { <$t>::MAX as usize } }
macro_rules! num { ($l:literal) => { $l }; ($i:ident) => { $i / 2 }; ($($t:tt)*) => { 7 } }
macro_rules! state {
    ($s:expr) => { state!($s.0, $s.1) };
    ($a:expr, $b:expr) => { $a = $a.wrapping_mul(3); $b ^= $a; };
}
macro_rules! helped { ($e:expr) => { helper($e) } }
macro_rules! table { ($($k:literal => $v:expr),* $(,)?) => { [$(($k, $v)),*] } }
macro_rules! sum_all { ($($x:expr),*) => { 0 $(+ $x)* } }
macro_rules! chosen { (@a $x:expr) => { $x + 1 }; (@b $x:expr) => { $x + 2 }; ($x:expr, $w:ident) => { chosen!(@$w $x) } }
macro_rules! made { ($name:ident { $($field:ident : $value:expr),* }) => { $name { $($field: $value),* } } }
macro_rules! in_loop { ($x:ident, $n:expr, $body:block) => { let mut i = 0; while i < $n { let $x = i; $body; i += 1; } } }
macro_rules! negated { ($e:expr) => { -$e } }
macro_rules! cast { ($e:expr) => { $e as u64 } }
"#;

/// Functions of a slice of bytes and a position.
pub const BODIES: &[&str] = &[
    "-> usize { let x = n % 5; twice!(x + 1) }",
    "-> usize { let x = 1; let y = twice!(x * 2 + n % 7); x + y }",
    "-> usize { let x = n % 5; plus_one!(x) * 10 + plus_one!(plus_one!(x)) }",
    "-> usize { let (mut a, mut b) = (n % 9, 4); let t = 7; swapped!(a, b); a * 100 + b * 10 + t }",
    "-> usize { let (mut t, mut b) = (n % 9, 4); swapped!(t, b); t * 10 + b }",
    "-> usize { bind!(k = n % 4); let j = k; bind!(k = k + 1); k * 10 + j }",
    "-> Option<u8> { let a = try_opt!(v.get(n)); let b = try_opt!(v.first()); Some(a ^ b) }",
    "-> usize { let (a, b) = (1, 2); largest!(v.len(), n % 10, a, b + 1,) }",
    "-> usize { count!(a (b c) => 'd 5 ..= :: -1 [] && x.y) }",
    "-> usize { prod!(v.len() + 1, n % 3 + 2) - prod!(1, 1) }",
    "-> Option<usize> { let found = 9; let r = until!(i in v, v[i] == 3); r.map(|x| x + found) }",
    "-> (bool, bool, bool) { (is!(v.len(), 0 | 2 | 4), is!(n, x, if x > 3), is!(v.first(), Some(1..=3) | None)) }",
    "-> usize { let limit = 1; limited!(n) + limit }",
    "-> bool { at_limit!(n) }",
    "-> usize { none_or!(v.get(n).map(|x| *x as usize)) }",
    "-> usize { most!(u8) + most!(u16) }",
    "-> usize { num!(5) + num!(n) + num!(n + 1) + num!((n)) }",
    "-> i32 { num!(-5) - 2 }",
    "-> u8 { let mut s = (n as u8, 5u8); state!(s); s.0 ^ s.1 }",
    "-> u8 { let mut a = [n as u8, 5, 9]; state!(a[0], a[2]); a[0] ^ a[2] }",
    "-> usize { let helper = |x: usize| x; helped!(n % 5) + helper(1) }",
    "-> usize { let all = table!(1 => n % 4, 2 => v.len(),); all[0].1 * 10 + all[1].1 + all[1].0 }",
    "-> usize { sum_all!(n % 3, v.len(), 2) * 2 }",
    "-> usize { chosen!(n % 3, a) * chosen!(n % 3, b) }",
    "-> u8 { let p = made!(Pair { y: n as u8, x: 3 }); p.x ^ p.y }",
    "-> usize { let mut i = 5; in_loop!(k, n % 4, { i += k; }); i }",
    "-> i64 { let a = (n % 100) as i64; negated!(a + 1) - negated!(a) }",
    "-> u64 { cast!(1 << 3) + cast!(n % 7) }",
    "-> usize { macro_rules! add { ($k:expr) => { $k + 1 } } let k = 5; add!(n % 3) + k }",
    "-> usize { macro_rules! limited { ($k:expr) => { $k % 2 } } limited!(n) }",
    "-> usize { let a = 1; limited! { n } }",
    "-> usize { limited! { n }; let k = { limited!(n) }; k }",
    "-> usize { assert!(prod!(1 + 1, 2) == 4); assert_eq!(limited!(n % 4), n % 4, \"{}\", n); n }",
    "-> bool { let x = 2; matches!(twice!(x), 4) && vec![twice!(x); 2].len() == 2 }",
    "-> usize { let f = |k: usize| twice!(k % 10) + 1; f(n) + f(1) }",
    "-> usize { let mut t = 0; for x in v { if is!(*x, 3) { continue; } t += limited!(*x as usize); } t }",
    "-> usize { if cfg!(all(not(any()), target_pointer_width = \"64\")) { n / 2 } else { 3 } }",
    "-> bool { cfg!(any()) }",
];
