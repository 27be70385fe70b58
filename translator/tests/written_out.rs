//! What the front end writes out in other nodes (methods of std, patterns, early exits), against rustc: functions are
//! compiled and run on edge values and random ones, and the interpreter must say the same of the same source.

use std::fmt::Write as _;

mod against_rustc;
#[path = "written_out/macros.rs"]
mod macros;

use against_rustc::{Rng, printed};
use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Happened, Instance, Limits, Run, Trace, Value};
use harmonic_translator::tir::{AdtId, FnId, IntTy};
use num_bigint::BigInt;

/// Random inputs for each function.
const RANDOM: usize = 150;

fn edges(t: IntTy) -> Vec<BigInt> {
    let letters = b"09AFZafz @[`{~\n\x7f".map(i32::from);
    against_rustc::edges(t, [0, 1, 2, 7, -1, -2].into_iter().chain(letters))
}

/// A function under test: the type of its number parameters, its text without its name, and what it is called.
struct Case {
    body: String,
    ty: IntTy,
    /// Whether it takes a slice of bytes and a `usize` instead of two numbers and an amount.
    slice: bool,
    /// The same with a string instead of a slice.
    text: bool,
}

fn integer_cases() -> Vec<Case> {
    let mut out = vec![];
    for t in IntTy::ALL {
        let name = t.name();
        let bytes = t.bits() / 8;
        let mut add = |call: &str, ret: &str| {
            let ret = ret.replace('T', name).replace("#", &bytes.to_string());
            let body = format!("(a: {name}, b: {name}, n: u32) -> {ret} {{ {} }}", call.replace('T', name));
            out.push(Case { body, ty: t, slice: false, text: false });
        };
        for (call, ret) in [
            ("a.checked_shl(n)", "Option<T>"),
            ("a.checked_shr(n)", "Option<T>"),
            ("a.overflowing_shl(n)", "(T, bool)"),
            ("a.overflowing_shr(n)", "(T, bool)"),
            ("a.overflowing_neg()", "(T, bool)"),
            ("a.wrapping_div(b)", "T"),
            ("a.wrapping_rem(b)", "T"),
            ("a.saturating_div(b)", "T"),
            ("a.checked_div_euclid(b)", "Option<T>"),
            ("a.checked_rem_euclid(b)", "Option<T>"),
            ("a.leading_ones()", "u32"),
            ("a.trailing_ones()", "u32"),
            ("a.ilog2()", "u32"),
            ("a.checked_ilog2()", "Option<u32>"),
            ("a.swap_bytes()", "T"),
            ("a.to_be_bytes()", "[u8; #]"),
            ("a.to_le_bytes()", "[u8; #]"),
            ("T::from_be_bytes(a.to_le_bytes())", "T"),
            ("T::from_le_bytes(a.to_le_bytes())", "T"),
            ("a.to_le()", "T"),
            ("a.to_be()", "T"),
            ("a.to_ne_bytes()", "[u8; #]"),
            ("T::from_ne_bytes(a.to_be_bytes())", "T"),
            ("T::from_be(a)", "T"),
            ("T::from_le(a)", "T"),
            ("std::mem::size_of::<T>() as T", "T"),
            ("(a > b).then_some(a)", "Option<T>"),
            ("(a > 1).then(|| a - 1)", "Option<T>"),
            ("{ let mut best = 0; best = best.max(a); best = best.min(b); best.clamp(0, a) }", "T"),
        ] {
            add(call, ret);
        }
        if t.signed() {
            for (call, ret) in [
                ("a.wrapping_abs()", "T"),
                ("a.checked_abs()", "Option<T>"),
                ("a.saturating_abs()", "T"),
                ("a.saturating_neg()", "T"),
                ("a.overflowing_abs()", "(T, bool)"),
            ] {
                add(call, ret);
            }
        } else {
            let signed = name.replace('u', "i");
            for (call, ret) in [
                ("a.is_multiple_of(b)".to_owned(), "bool"),
                ("a.div_ceil(b)".to_owned(), "T"),
                ("a.next_multiple_of(b)".to_owned(), "T"),
                ("a.checked_next_multiple_of(b)".to_owned(), "Option<T>"),
                ("a.midpoint(b)".to_owned(), "T"),
                ("a.next_power_of_two()".to_owned(), "T"),
                ("a.checked_next_power_of_two()".to_owned(), "Option<T>"),
                (format!("a.checked_add_signed(b as {signed})"), "Option<T>"),
                (format!("a.wrapping_add_signed(b as {signed})"), "T"),
                (format!("a.saturating_add_signed(b as {signed})"), "T"),
            ] {
                add(&call, ret);
            }
        }
        if t == IntTy::U8 {
            for class in [
                "",
                "_digit",
                "_uppercase",
                "_lowercase",
                "_alphabetic",
                "_alphanumeric",
                "_hexdigit",
                "_whitespace",
                "_punctuation",
                "_graphic",
                "_control",
            ] {
                add(&format!("a.is_ascii{class}()"), "bool");
                add(&format!("(a as char).is_ascii{class}()"), "bool");
            }
            for radix in [2, 8, 10, 16, 36] {
                add(&format!("(a as char).to_digit({radix})"), "Option<u32>");
                add(&format!("(a as char).is_digit({radix})"), "bool");
            }
            for op in ["<", "<=", ">", ">="] {
                add(&format!("(a, b, n) {op} (b, a, 7)"), "bool");
                add(&format!("Pair {{ x: a, y: b }} {op} Pair {{ x: b, y: 7 }}"), "bool");
                add(&format!("level(a) {op} level(b)"), "bool");
            }
            add("(a, b).cmp(&(b, 7)) as i8 as u8", "T");
            add("level(a).cmp(&level(b)).then(a.cmp(&b)) as i8 as u8", "T");
            add("(a / 16).cmp(&(b / 16)).then_with(|| b.cmp(&a)) as i8 as u8", "T");
            add("{ let (mut x, mut y) = (a, b); (x, y) = (y, x); (_, x) = (1, x / 2); x ^ y }", "T");
            add("Some(a.checked_add(b)).flatten()", "Option<T>");
            for call in ["(a as char).to_ascii_lowercase()", "char::from(a).to_ascii_uppercase()", "a as char"] {
                add(&format!("{call} as u32"), "u32");
                add(&format!("{call} as u8"), "u8");
            }
            add("{ let x; if a > b { x = a; } else { x = b; } x }", "T");
            add("{ let x: u8; match a { 0 => return 9, 1..=9 => x = b, _ => { x = a; } } x / 2 }", "T");
            add("{ let x; loop { if a > b { x = (a, true); break; } return b; } x.0 }", "T");
            add("a.to_ascii_lowercase()", "T");
            add("a.to_ascii_uppercase()", "T");
            add("a.eq_ignore_ascii_case(&b)", "bool");
            add("match (a, b) { (0 | 1, 2 | 7) | (b'a', _) => 1, (x, 0 | 255) if x > 9 => x, _ => 2 }", "T");
            add("match a.checked_add(b) { Some(0 | 255) => 1, Some(x @ (1..=9 | 90..=99)) => x, _ => 3 }", "T");
        }
    }
    out
}

/// Functions of a slice of bytes and a position.
const SLICE_BODIES: &[&str] = &[
    "-> usize { let (x, y) = v.split_at(n); x.len() * 10 + y.len() }",
    "-> Option<u8> { let (x, rest) = v.split_first()?; if rest.is_empty() { None } else { Some(*x) } }",
    "-> Option<usize> { match v.split_last() { Some((x, rest)) => Some(*x as usize + rest.len()), None => None } }",
    "-> bool { v.starts_with(&[1, 2]) }",
    "-> bool { v.ends_with(&[3]) }",
    "-> Option<usize> { v.get(n..).map(|s| s.len()) }",
    "-> Option<usize> { v.get(..n).map(|s| s.len()) }",
    "-> Option<usize> { v.get(1..n).map(|s| s.len()) }",
    "-> Option<usize> { v.get(1..=n).map(|s| s.len()) }",
    "-> usize { v[..=n].len() }",
    // What is written through a `&mut` to a part, or to an element that may not be there.
    "-> Vec<u8> { let mut w = v.to_vec(); w.fill(7); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); w[..n].fill(7); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); w[n..].reverse(); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); w[1..=n].swap(0, 1); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); w[..n].copy_from_slice(&v[1..]); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); w.clone_from_slice(&v[..n]); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); if let Some(x) = w.get_mut(n) { *x = 9; } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); match w.get_mut(n + 1) { None => w.push(1), Some(x) => *x = 9 } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); let Some(x) = w.last_mut() else { return w; }; *x = 9; w }",
    "-> Vec<u8> { let mut w = v.to_vec(); while let Some(x) = w.first_mut() { if *x == 0 { break; } *x = *x / 2; } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); *w.get_mut(n).unwrap() = 9; w }",
    "-> Vec<u8> { let mut w = v.to_vec(); *w.last_mut().unwrap() = 9; w }",
    "-> Vec<u8> { let mut w = v.to_vec(); let (a, b) = w.split_at_mut(n); a[0] = b[0]; b.reverse(); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); let s = &mut w[n..]; s[0] = 9; s[1..].fill(3); w }",
    "-> usize { v[1..=n].len() }",
    "-> u8 { let s = &v[n..]; s[0] }",
    "-> u8 { match v { [] => 0, [x] => *x, [first, .., last] => first.wrapping_add(*last) } }",
    "-> u8 { match v { b\"\" => 0, b\"\\0\" => 1, b\"\\x01\\x02\" | b\"\\x03\" => 2, [1, ..] => 3, _ => 4 } }",
    "-> u8 { match &[n as u8, 3] { b\"\\x02\\x04\" => 0, b\"\\x02\\x03\" => 1, _ => 4 } }",
    "-> usize { match v { [0, rest @ ..] => rest.len(), [.., 3, _] => 77, [_, mid @ .., _] => mid.len() + 20, _ => 99 } }",
    "-> u8 { match *v { [0 | 255, b, ..] => b, [a @ 1..=2, _, c] => a + c, [.., z] if z > 2 => z, _ => 9 } }",
    "-> usize { let [a, b, ..] = v else { if n > 2 { return 1 } else { return 2 } }; (*a as usize) + (*b as usize) }",
    "-> usize { let Some(x) = v.get(n) else { match n { 0 => return 5, k => return k } }; *x as usize + 1 }",
    "-> usize { let [a, b, c] = [n, 1, 2]; a.wrapping_mul(b).wrapping_sub(c) }",
    "-> usize { let [a, .., c] = [n, 1, 2, 3]; a.wrapping_mul(c) }",
    "-> usize { if let [a, b] | [a, _, b] = v { *a as usize * 3 + *b as usize } else { 0 } }",
    "-> Option<u8> { v.first().copied().filter(|x| *x > 1) }",
    "-> usize { v.first().map_or_else(|| n, |x| *x as usize) }",
    "-> Option<u8> { v.first().and(v.last()).copied() }",
    "-> Result<u8, usize> { v.first().copied().ok_or(n).or_else(|k| if k > 2 { Ok(7) } else { Err(k) }) }",
    "-> usize { v.first().copied().ok_or(n).map_or(3, |x| x as usize) }",
    "-> Result<u8, usize> { let x = need(v, n)?; Ok(x / 2) }",
    "-> usize { let mut i = 0; while let [x, ..] = v[i..] { if x == 3 { break; } i += 1; } i }",
    // Iterators that are used up where they are made.
    "-> bool { v.iter().any(|&x| x == 3) }",
    "-> bool { v.iter().rev().all(|x| *x < 3) }",
    "-> Option<usize> { v.iter().position(|&x| x as usize == n) }",
    "-> Option<usize> { v.iter().rev().position(|&x| x == 2) }",
    "-> Option<usize> { v.iter().skip(1).position(|&x| x == 2) }",
    "-> Option<u8> { v.iter().rev().find(|&&x| x > 1).copied() }",
    "-> Option<u8> { v.iter().copied().find(|x| x % 2 == 0) }",
    "-> usize { v.iter().count() * 100 + v.iter().filter(|x| **x > 2).count() }",
    "-> usize { v.iter().skip(n).count() }",
    "-> usize { v.iter().take(n).rev().skip(1).count() }",
    "-> u8 { v.iter().sum() }",
    "-> u8 { v.iter().product::<u8>() }",
    "-> u32 { v.iter().map(|&x| u32::from(x)).sum::<u32>() }",
    "-> i8 { v.iter().map(|&x| x as i8).sum() }",
    "-> u8 { v.iter().copied().filter(|&x| x < 100).sum() }",
    "-> u8 { v.iter().map(|x| x - 1).filter(|x| x % 2 == 0).fold(0, |a, x| a ^ x) }",
    "-> u64 { v.iter().fold(0u64, |acc, &x| acc * 10 + u64::from(x)) }",
    "-> u64 { v.iter().rev().fold(1, |acc, &x| acc * 10 + u64::from(x)) }",
    "-> (u8, u8) { v.iter().fold((255, 0), |(lo, hi), &x| (x.min(lo), x.max(hi))) }",
    "-> Option<u8> { v.iter().copied().max() }",
    "-> Option<u8> { v.iter().min().copied() }",
    "-> Option<u8> { v.iter().rev().cloned().min() }",
    "-> Option<i8> { v.iter().skip(n).map(|&x| x as i8).max() }",
    "-> Option<bool> { v.iter().map(|&x| x > 2).min() }",
    "-> Option<u8> { v.iter().map(|&x| x + 1).max() }",
    "-> Vec<u8> { v.iter().map(|x| x / 2).collect() }",
    "-> Vec<usize> { v.iter().rev().enumerate().map(|(i, &x)| i * 10 + x as usize).collect() }",
    "-> Vec<usize> { v.iter().enumerate().rev().map(|(i, &x)| i * 10 + x as usize).collect() }",
    "-> Vec<u8> { v.iter().rev().skip(1).take(n).copied().filter(|&x| x > 0).collect() }",
    "-> Vec<u8> { v.iter().take(n).skip(1).rev().copied().collect() }",
    "-> Vec<u8> { v.iter().zip(v.iter().skip(1)).map(|(a, b)| a.wrapping_sub(*b)).collect() }",
    "-> Vec<u8> { v.iter().zip(v.iter().rev()).map(|(a, b)| a ^ b).collect::<Vec<_>>() }",
    "-> Vec<u8> { v.iter().take(n).zip(v).rev().map(|(a, b)| a ^ b).collect::<Vec<u8>>() }",
    "-> bool { v.windows(2).all(|w| w[0] <= w[1]) }",
    "-> Vec<usize> { v.windows(n).map(|w| w.len() + w[0] as usize).collect() }",
    "-> usize { (2..n.min(9)).filter(|i| i % 2 == 0).count() }",
    "-> usize { (n..4).count() + (n..4).rev().skip(1).sum::<usize>() }",
    "-> Option<usize> { (n..v.len()).rev().find(|&i| v[i] == 3) }",
    "-> Option<usize> { (n..v.len()).max() }",
    "-> Option<usize> { (1..v.len()).rev().map(|i| i * 3).min() }",
    "-> u32 { (1..=n.min(5) as u32).product() }",
    "-> u8 { (0..=255u8).map(|x| x / 128).sum() }",
    "-> Vec<usize> { (n..v.len()).zip(v.iter()).map(|(i, &x)| i + x as usize).collect() }",
    "-> usize { let mut t = 0; for (i, x) in v.iter().enumerate().skip(1) { t += i * *x as usize; } t }",
    "-> usize { let mut t = 0; for x in v.iter().rev().skip(1).take(n) { t = t * 3 + *x as usize; } t }",
    "-> usize { let mut t = 0; for x in v.iter().skip(n) { if *x == 3 { continue; } t = t * 3 + *x as usize; } t }",
    "-> usize { let mut t = 0; for (x, y) in v.iter().zip(v.iter().rev()) { t = t * 3 + (*x ^ *y) as usize; } t }",
    "-> usize { let mut t = 0; for w in v.windows(3) { if w[1] == 3 { break; } t += w[2] as usize; } t }",
    "-> usize { let mut t = 1; for x in v.iter().filter(|x| **x > 1).map(|x| x / 2) { t = t * 3 + x as usize; } t }",
    "-> usize { let mut t = 0; v.iter().for_each(|x| t += *x as usize); t }",
    "-> usize { let mut t = 0; (0..n.min(4)).for_each(|i| t = t * 2 + i); t }",
    "-> Vec<u8> { let mut w = v.to_vec(); w.iter_mut().for_each(|x| *x /= 2); w }",
    "-> Vec<u8> { let mut w = v.to_vec(); for x in w.iter_mut().skip(n) { *x = 7; } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); for (i, x) in w.iter_mut().enumerate() { *x = i as u8; } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); for (i, x) in w.iter_mut().enumerate().rev() { *x /= i as u8 + 1; } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); for (x, y) in w.iter_mut().rev().zip(v) { *x ^= *y; } w }",
    "-> Vec<u8> { let mut w = v.to_vec(); for (i, (x, &y)) in w.iter_mut().zip(v.iter().skip(1)).enumerate() { *x = y ^ i as u8; } w }",
    // Assignments to elements that may not be there.
    "-> Option<Vec<u8>> { let mut w = v.to_vec(); *w.get_mut(n)? = 9; *w.first_mut()? = 8; Some(w) }",
    "-> Result<Vec<u8>, usize> { let mut w = v.to_vec(); let mut i = n; *w.get_mut(i).ok_or(i)? = { i += 1; i as u8 }; Ok(w) }",
    "-> Result<Vec<u8>, usize> { let mut w = v.to_vec(); *w.last_mut().ok_or_else(|| n / 2)? = 1; Ok(w) }",
    "-> Result<Vec<u8>, usize> { let mut w = v.to_vec(); *w.get_mut(n).ok_or(Missing::At(n))? = 1; Ok(w) }",
    "-> Result<Vec<u8>, usize> { let mut w = v.to_vec(); (*w.get_mut(1).ok_or(v.len() - 1)?) = v[n]; Ok(w) }",
    // Ranges as values.
    "-> bool { let r = n..v.len(); r.contains(&2) }",
    "-> usize { let r = n..v.len(); r.len() * 2 + r.is_empty() as usize }",
    "-> usize { let r = n..v.len(); let mut t = 1; for i in r.clone() { t = t * 3 + i; } for i in r { t += i; } t }",
    "-> usize { let r = 1..n; v[r.clone()].len() + v[r].len() }",
    "-> usize { let (a, b) = (n.., ..n); v[a].len() * 10 + v[b].len() }",
    "-> (bool, bool) { let (a, b) = (n.., ..n); (a.contains(&v.len()), b.contains(&2)) }",
    "-> usize { let mut r = Range { start: n, end: 4 }; r.start = r.start / 2; r.end += 1; let Range { start, end } = r; end - start }",
    "-> bool { (n..5) == (2..v.len()) || (n..) == (3..) }",
    "-> usize { let p = (n..4, 3); let mut t = p.1; for i in p.0 { t += i; } t }",
    "-> usize { let mut n = n; let mut t = 0; let r = 0..n.min(3); for i in r { n = 0; t += i + n; } t }",
    // Arrays of slices.
    "-> [u8; 2] { v[..n].try_into().unwrap() }",
    "-> u32 { u32::from_le_bytes(v[..4].try_into().unwrap()) }",
    "-> Option<usize> { match <[u8; 3]>::try_from(v) { Ok(a) => Some(a[2] as usize), Err(_) => None } }",
    "-> u8 { let a: &[u8; 2] = v.try_into().expect(\"two\"); a[0] ^ a[1] }",
    "-> Option<[u8; 1]> { v.try_into().ok() }",
    "-> usize { std::mem::size_of::<Word>() * 3 + std::mem::size_of::<[Word; 4]>() }",
    // Integers without zero, and what is undefined where it is not looked after.
    "-> Option<usize> { let x = NonZeroUsize::new(n)?; Some(x.get() / 2) }",
    "-> usize { match std::num::NonZeroUsize::new(n) { Some(x) => x.get().wrapping_mul(3), None => 7 } }",
    "-> bool { match (NonZeroUsize::new(n), NonZeroUsize::new(v.len())) { (Some(a), Some(b)) => a < b, (a, b) => a == b } }",
    "-> u8 { let Some(x) = NonZeroU8::new(v.len() as u8) else { return 9 }; let y = x; u8::from(y) / x.get() }",
    "-> usize { if n == 0 { return 1; } unsafe { NonZeroUsize::new_unchecked(n) }.get() }",
    "-> u8 { if n < v.len() { unsafe { *v.get_unchecked(n) } } else { 0 } }",
    "-> usize { if n <= v.len() { unsafe { v.get_unchecked(n..).len() } } else { 0 } }",
    "-> Vec<u8> { let mut w = v.to_vec(); if n < w.len() { unsafe { *w.get_unchecked_mut(n) = 7; } } w }",
    "-> usize { if n < 100 { unsafe { n.unchecked_add(1).unchecked_mul(2).unchecked_sub(1) } } else { 3 } }",
    "-> u8 { match v.first() { None => 0, some => unsafe { *some.unwrap_unchecked() } } }",
    "-> usize { match n % 2 { 0 => 4, 1 => 5, _ => unsafe { std::hint::unreachable_unchecked() } } }",
    "-> usize { unsafe { std::hint::assert_unchecked(v.len() < 1000); } unsafe { half(n) } }",
    "-> usize { let mut rest = v; let mut t = 0; while let [x, tail @ ..] = rest { t += *x as usize; rest = tail; } t }",
];

/// Functions of a string and a position.
const TEXT_BODIES: &[&str] = &[
    "-> usize { s.len() * 10 + s.as_bytes().len() }",
    "-> bool { s.is_empty() }",
    "-> Vec<u8> { s.as_bytes().to_vec() }",
    "-> Vec<u8> { s.bytes().rev().collect() }",
    "-> Vec<u8> { s.clone().as_bytes()[n..].to_vec() }",
    "-> usize { let mut t = 0; for b in s.bytes() { t = t * 3 + b as usize; } t }",
    "-> usize { let mut t = 0; for (i, b) in s.bytes().enumerate() { t += i * b as usize; } t }",
    "-> bool { s.bytes().all(|b| b.is_ascii_lowercase()) }",
    "-> bool { s == \"aé\" }",
    "-> bool { s != \"\" && \"ab\" != s && &s == &\"a\\n\" }",
    "-> (bool, bool) { (Some(s) == Some(\"ab\"), [\"ab\", \"é\"].contains(&s)) }",
    "-> u8 { match s { \"\" => 0, \"ab\" | \"a\" => 1, \"é\" => 2, \"a\\n\" => 3, _ => 4 } }",
    "-> u8 { match (s, n) { (\"ab\", 0) => 0, (\"ab\", _) => 1, (_, 2) => 2, _ => 4 } }",
    "-> u8 { match Some(s) { Some(\"é\") => 0, Some(x) if x.len() == n => 1, _ => 4 } }",
    "-> u8 { if let \"ab\" = s { return 7; } let \"é\" = s else { return 8; }; 9 }",
    "-> bool { s.is_char_boundary(n) }",
    "-> bool { s.starts_with(\"a\") }",
    "-> bool { s.starts_with('é') }",
    "-> bool { s.starts_with(\"\") && s.ends_with(\"\") }",
    "-> bool { s.ends_with('b') || s.ends_with(\"\u{10ffff}\") }",
    "-> Option<usize> { s.strip_prefix(\"a\").map(|x| x.len()) }",
    "-> Option<usize> { s.strip_prefix('é').map(|x| x.len()) }",
    "-> Vec<u8> { match s.strip_suffix(\"b\") { Some(x) => x.as_bytes().to_vec(), None => vec![] } }",
    "-> Vec<u8> { s[n..].as_bytes().to_vec() }",
    "-> Vec<u8> { s[..n].as_bytes().to_vec() }",
    "-> Vec<u8> { s[1..n].as_bytes().to_vec() }",
    "-> Vec<u8> { s[n..3].as_bytes().to_vec() }",
    "-> usize { let x = &s[n..]; let y: &str = &x[..]; y.len() }",
    "-> Vec<u8> { let mut t = String::new(); t.push_str(s); t.push('é'); t.push_str(&s[n..]); t.into_bytes() }",
    "-> Vec<u8> { let mut t = s.to_string(); t.push('x'); let u = t.clone(); t.clear(); t.push_str(&u); t.as_bytes().to_vec() }",
    "-> bool { let t: String = s.into(); t == s && s == t && t.as_str() == \"ab\" && t != \"a\" && &*t == s }",
    "-> usize { let mut t = s.to_owned(); let u = std::mem::take(&mut t); u.len() * 10 + t.len() }",
    "-> u8 { let t = String::from(s); match &t[..] { \"\" => 0, \"é\" => 1, x => x.as_bytes()[0] } }",
    "-> usize { let t = String::from(s); let u: &str = &t; t.bytes().map(|b| b as usize).sum::<usize>() + u.len() }",
    "-> (bool, bool) { let t = String::default(); (t.is_empty(), Some(t) == Some(s.to_string())) }",
    "-> usize { let o: Option<usize> = None; if n == 2 { o.expect(s) } else { s.len() } }",
];
const STRINGS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "aé",
    "é",
    "éa",
    "éb",
    "a\n",
    "abcab",
    "\u{10ffff}",
    "a\u{10ffff}b",
    "aéb€",
    "\0\u{7f}\u{80}",
];

const HELPERS: &str = "use std::num::{NonZeroU8, NonZeroUsize}; use std::ops::Range;\n\
    type Half = u16; pub type Word = Half;\n\
    pub unsafe fn half(x: usize) -> usize { x / 2 }\n\
    #[derive(PartialEq, PartialOrd)] pub struct Pair { x: u8, y: u8 }\n\
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)] pub enum Level { Low = 9, Mid = -3, High = 4 }\n\
    pub fn level(x: u8) -> Level { if x < 50 { Level::Low } else if x < 100 { Level::Mid } else { Level::High } }\n\
    pub enum Missing { At(usize) }\n\
    impl From<Missing> for usize { fn from(m: Missing) -> usize { match m { Missing::At(i) => i } } }\n\
    pub fn lookup(v: &[u8], n: usize) -> Result<u8, Missing> { match v.get(n) { Some(x) => Ok(*x), None => Err(Missing::At(n)) } }\n\
    pub fn need(v: &[u8], n: usize) -> Result<u8, usize> { let x = lookup(v, n)?; Ok(x) }\n";

const SLICES: &[&[u8]] = &[
    &[],
    &[0],
    &[3],
    &[255],
    &[1, 2],
    &[0, 255],
    &[1, 2, 3],
    &[2, 3, 0],
    &[0, 3, 255],
    &[3, 3, 3, 3],
    &[0, 255, 1, 3, 2],
];
const POSITIONS: &[usize] = &[0, 1, 2, 3, 5, 6, usize::MAX - 1, usize::MAX];

/// Inputs as Rust text and as values.
fn inputs(case: &Case) -> Vec<(String, Vec<Value>)> {
    if case.slice {
        let all = SLICES.iter().flat_map(|s| POSITIONS.iter().map(move |n| (*s, *n)));
        return all
            .map(|(s, n)| {
                let list = s.iter().map(|x| Value::int(*x)).collect();
                (format!("(&{s:?}, {n})"), vec![Value::list(list), Value::int(n)])
            })
            .collect();
    }
    if case.text {
        let all = STRINGS.iter().flat_map(|s| POSITIONS.iter().map(move |n| (*s, *n)));
        return all.map(|(s, n)| (format!("({s:?}, {n})"), vec![Value::text(s), Value::int(n)])).collect();
    }
    let t = case.ty;
    let mut rng = Rng(0x9e37_79b9 + t as u64);
    let bits = t.bits();
    let amounts = [0, 1, 7, bits - 1, bits, bits + 1, u32::MAX];
    let mut all = vec![];
    for (i, a) in edges(t).iter().enumerate() {
        for (j, b) in edges(t).iter().enumerate() {
            all.push((a.clone(), b.clone(), BigInt::from(amounts[(i + j) % amounts.len()])));
        }
    }
    for _ in 0..RANDOM {
        all.push((rng.int(t), rng.int(t), BigInt::from(rng.next() % u64::from(bits + 2))));
    }
    all.into_iter().map(|(a, b, n)| (format!("({a}, {b}, {n})"), [a, b, n].map(Value::Int).to_vec())).collect()
}

/// A value as `{:?}` prints it.
fn debug(v: &Value) -> String {
    let all = |c: &[Value]| c.iter().map(debug).collect::<Vec<_>>().join(", ");
    match v {
        Value::Int(x) => x.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Tuple(c) => format!("({})", all(c)),
        Value::List(c) => format!("[{}]", all(c)),
        Value::Adt(AdtId::OPTION, 0, _) => "None".into(),
        Value::Adt(AdtId::OPTION, _, c) => format!("Some({})", debug(&c[0])),
        Value::Adt(AdtId::RESULT, 0, c) => format!("Ok({})", debug(&c[0])),
        Value::Adt(AdtId::RESULT, _, c) => format!("Err({})", debug(&c[0])),
        v => format!("{v:?}"),
    }
}

#[test]
fn what_is_written_out_does_what_rustc_does() {
    let mut cases = integer_cases();
    cases.extend(SLICE_BODIES.iter().chain(macros::BODIES).map(|b| Case {
        body: format!("(v: &[u8], n: usize) {b}"),
        ty: IntTy::Usize,
        slice: true,
        text: false,
    }));
    cases.extend(TEXT_BODIES.iter().map(|b| Case {
        body: format!("(s: &str, n: usize) {b}"),
        ty: IntTy::Usize,
        slice: false,
        text: true,
    }));
    let mut rust = String::from(
        "#![allow(warnings)]\n\
         fn run<T: std::fmt::Debug>(f: impl FnOnce() -> T) {\n\
             match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {\n\
                 Ok(v) => println!(\"{v:?}\"),\n\
                 Err(_) => println!(\"panic\"),\n\
             }\n\
         }\n",
    );
    let mut ours = String::from("use harmonic::*;\n");
    for text in [HELPERS, macros::MACROS] {
        rust.push_str(text);
        ours.push_str(text);
    }
    let mut main = String::from("fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n");
    for (i, case) in cases.iter().enumerate() {
        let _ = writeln!(rust, "fn f{i}{}", case.body);
        let _ = writeln!(ours, "#[spec]\nfn f{i}{}", case.body);
        let (params, call) = match (case.slice, case.text) {
            (true, _) => ("&'static [u8], usize".to_owned(), "x.0, x.1"),
            (_, true) => ("&'static str, usize".to_owned(), "x.0, x.1"),
            _ => (format!("{0}, {0}, u32", case.ty.name()), "x.0, x.1, x.2"),
        };
        let texts: Vec<String> = inputs(case).into_iter().map(|x| x.0).collect();
        let _ = writeln!(rust, "static V{i}: [({params}); {}] = [{}];", texts.len(), texts.join(", "));
        let _ = writeln!(main, "    for &x in &V{i} {{ run(|| f{i}({call})); }}");
    }
    rust.push_str(&main);
    rust.push_str("}\n");
    let printed = printed(&rust);
    let mut lines = printed.lines();
    let mut cfg = CfgSet::new();
    cfg.insert_value("target_pointer_width", "64");
    cfg.insert_value("target_endian", if cfg!(target_endian = "little") { "little" } else { "big" });
    let (program, _, errors) = load("src/lib.rs", &cfg, &|_| Ok(ours.clone().into_bytes()));
    assert!(errors.is_empty(), "{errors:?}");
    let mut problems = String::new();
    let (mut compared, mut panics) = (0, 0);
    for (i, case) in cases.iter().enumerate() {
        let found = program.functions.iter().position(|f| f.path == format!("f{i}")).expect("the function is there");
        let refused = &program.functions[found].diagnostics;
        let mut wrong = refused.first().map(|d| format!("{}: {}", d.code, d.message));
        let instance = Instance::new(&program, FnId(found), &[]).expect("the function is there");
        for (text, values) in inputs(case) {
            let expected = lines.next().expect("one line for each case");
            if wrong.is_some() {
                continue;
            }
            let got = match instance.run(&values, Limits::default(), false, &mut Trace::default()) {
                Run::Good { returned, .. } => debug(&returned),
                Run::Bad { happened: Happened::Panicked(_), .. } => "panic".to_owned(),
                other => format!("{other:?}"),
            };
            compared += 1;
            panics += usize::from(expected == "panic");
            if got != expected {
                wrong = Some(format!("on {text}: {got}, rustc's is {expected}"));
            }
        }
        if let Some(wrong) = wrong {
            let _ = writeln!(problems, "`{}` {wrong}", case.body);
        }
    }
    assert_eq!(lines.next(), None);
    println!("{compared} compared, {panics} panics");
    assert!(problems.is_empty(), "{problems}");
    assert!(compared > 50_000 && panics > 1_000, "{compared} cases, {panics} panics");
}
