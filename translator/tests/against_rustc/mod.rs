//! What the differential tests try, and what rustc makes of it.

use std::process::Command;

use harmonic_translator::interp::int_ops;
use harmonic_translator::tir::IntTy;
use num_bigint::BigInt;

/// Xorshift: the same numbers in every run.
pub struct Rng(pub u64);

impl Rng {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A value of the type. All widths are likely, not only numbers near the bounds.
    pub fn int(&mut self, t: IntTy) -> BigInt {
        let raw = (BigInt::from(self.next()) << 64) | BigInt::from(self.next());
        let bits = 1 + self.next() % u64::from(t.bits());
        let x: BigInt = raw % (BigInt::from(1) << bits);
        int_ops::wrap(t, &if self.next().is_multiple_of(2) { x } else { -x })
    }
}

/// The values at and near the type's bounds, and those of `more` that the type has.
pub fn edges(t: IntTy, more: impl IntoIterator<Item = i32>) -> Vec<BigInt> {
    let (min, max) = (t.min(), t.max());
    let mut v = vec![max.clone(), &max - 1, &max / 2, &max / 2 + 1, min.clone(), &min + 1];
    v.extend(more.into_iter().map(BigInt::from));
    v.retain(|x| int_ops::fits(t, x));
    v.sort();
    v.dedup();
    v
}

/// What a program prints that rustc compiles with overflow checks.
pub fn printed(program: &str) -> String {
    let dir = tempfile::tempdir().expect("a folder for the program");
    let (source, binary) = (dir.path().join("program.rs"), dir.path().join("program"));
    std::fs::write(&source, program).expect("the program is written");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(rustc)
        .args(["--edition", "2024", "-C", "overflow-checks=on", "-C", "debuginfo=0", "-o"])
        .arg(&binary)
        .arg(&source)
        .output()
        .expect("rustc runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&binary).output().expect("the program runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}
