//! A build that discards specs compiles what others do.

use std::fs;
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "use harmonic::*;

#[spec(ensures: |out| out <= n)]
pub fn halved(n: u32) -> u32 {
    let mut m = n;
    let end = #[spec(maintains: m <= n, decreases: m)]
    loop {
        if m < 10 {
            break m;
        }
        m /= 2;
    };
    #[spec(maintains: m <= n, decreases: m)]
    while m > 0 {
        m -= 1;
    }
    end
}

#[spec]
pub const fn counted(n: u32) -> u32 {
    let mut i = 0;
    #[spec(decreases: n - i)]
    loop {
        if i >= n {
            return i;
        }
        i += 1;
    }
}
";

#[test]
fn all_loops_lose_their_specs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("discarded");
    let harmonic = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(folder.join("src")).expect("made");
    let manifest = format!(
        "[workspace]\n[package]\nname = \"discarded\"\nedition = \"2024\"\n[dependencies]\nharmonic = {{ path = {harmonic:?} }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    fs::write(folder.join("src/lib.rs"), SOURCE).expect("written");
    fs::copy(harmonic.join("../Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let check = |flags: &str| {
        let cargo = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--quiet"])
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("RUSTFLAGS", flags)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .output()
            .expect("cargo runs");
        assert!(cargo.status.success(), "{flags}: {}", String::from_utf8_lossy(&cargo.stderr));
    };
    check("");
    check("--cfg anodized_discard_specs");
}
