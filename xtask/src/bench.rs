//! `cargo xtask bench [LEAN]...`: what a verification costs, as ratios of times measured in one run.
//!
//! - *engine*: the embedded Lean against each `LEAN`, a command that takes a file as `lean` does, on one file of theorems;
//! - *overhead*: `verify` without caches against Lean alone on the same accepted text;
//! - *again*: a second run of an unchanged crate against the first;
//! - *growth*: 300 functions against 30, by function.
//!
//! The crates are made in `target/bench`, of functions that differ in their constants, so that no proof of one serves
//! another. Times are of whole processes, the least of some runs.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Functions of four shapes: branches, products, a loop over a slice, a call.
fn function(i: usize) -> String {
    let n = i + 3;
    match i % 4 {
        0 => format!(
            "#[spec(ensures: |out| [out <= {n}, implies(x <= {n}, out == x)])]
pub fn f{i}(x: u32) -> u32 {{ if x > {n} {{ {n} }} else {{ x }} }}\n"
        ),
        1 => format!(
            "#[spec(requires: a <= {n} && b <= {n}, ensures: |out| out == a * b + {i})]
pub fn f{i}(a: u32, b: u32) -> u32 {{ a * b + {i} }}\n"
        ),
        2 => format!(
            "#[spec(ensures: |out| out <= v.len())]
pub fn f{i}(v: &[u32]) -> usize {{
    let mut n = 0;
    #[spec(maintains: n <= i)]
    for i in 0..v.len() {{ if v[i] > {n} {{ n += 1; }} }}
    n
}}\n"
        ),
        _ => format!(
            "#[spec(requires: x < 1000, ensures: |out| out == x + {n})]
pub fn f{i}(x: u32) -> u32 {{ g{i}(x) + 1 }}
#[spec(requires: x < 2000, ensures: |out| out == x + {})]
pub fn g{i}(x: u32) -> u32 {{ x + {} }}\n",
            n - 1,
            n - 1
        ),
    }
}

fn make_crate(root: &Path, functions: usize) -> Outcome<PathBuf> {
    let folder = root.join(format!("target/bench/f{functions}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(folder.join("src"))?;
    let harmonic = root.join("harmonic").canonicalize()?;
    std::fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[package]\nname = \"f{functions}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             harmonic = {{ path = {:?} }}\n\n[workspace]\n",
            harmonic
        ),
    )?;
    let mut text = "use harmonic::*;\n".to_owned();
    for i in 0..functions {
        writeln!(text, "{}", function(i))?;
    }
    std::fs::write(folder.join("src/lib.rs"), text)?;
    Ok(folder)
}

/// Time of a run of the command that must succeed.
fn run(binary: &Path, folder: &Path, arguments: &[&str]) -> Outcome<Duration> {
    let started = Instant::now();
    let output =
        Command::new(binary).arg("harmonic").args(arguments).current_dir(folder).stdin(Stdio::null()).output()?;
    let time = started.elapsed();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} {}: {}\n{said}", binary.display(), arguments.join(" "), output.status).into());
    }
    Ok(time)
}

/// The lesser time of two runs.
fn least(mut measure: impl FnMut() -> Outcome<Duration>) -> Outcome<Duration> {
    Ok(measure()?.min(measure()?))
}

/// Builds the command and says where it is.
pub(crate) fn build(root: &Path) -> Outcome<PathBuf> {
    // All packages: another choice of packages has other features, and compiles the dependencies anew.
    let arguments = ["build", "--workspace", "--message-format", "json-render-diagnostics"];
    let output = Command::new("cargo").args(arguments).current_dir(root).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the command does not build".into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let executables = messages.lines().filter_map(|l| l.split_once("\"executable\":\"")?.1.split('"').next());
    let mut named = executables.filter(|path| path.contains("cargo-harmonic"));
    let path = named.next_back().ok_or("cargo names no executable")?;
    Ok(PathBuf::from(path))
}

/// Theorems in the file that engines are compared on.
const THEOREMS: usize = 200;

/// The embedded Lean against others, on a file that needs nothing but Lean.
fn engines(binary: &Path, root: &Path, others: &[String]) -> Outcome<()> {
    let folder = root.join("target/bench");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("theorems.lean");
    let theorem = |i| format!("theorem t{i} (a b c : Int) (h : a < b) (i : b < c) : a + {i} < c + {i} := by omega\n");
    std::fs::write(&file, (0..THEOREMS).map(theorem).collect::<String>())?;
    let file = file.to_str().ok_or("a path that is not UTF-8")?;
    let ours = least(|| run(binary, &folder, &["lean", "--", file]))?;
    println!("engine    {:.1} s for {THEOREMS} theorems", ours.as_secs_f64());
    for other in others {
        let theirs = least(|| {
            let started = Instant::now();
            let output = Command::new(other).arg(file).current_dir(&folder).stdin(Stdio::null()).output()?;
            match output.status.success() {
                true => Ok(started.elapsed()),
                false => Err(format!("{other}: {}", String::from_utf8_lossy(&output.stderr)).into()),
            }
        })?;
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!("engine    {ratio:.3} (embedded / {other}, {:.1} s)", theirs.as_secs_f64());
    }
    Ok(())
}

/// Builds the command and measures it.
///
/// # Errors
/// If a function of the benchmark is not verified, or a process cannot be started.
pub(crate) fn run_all(root: &Path, others: &[String]) -> Outcome<()> {
    let binary = &build(root)?;
    engines(binary, root, others)?;
    let (small, large) = (make_crate(root, 30)?, make_crate(root, 300)?);
    // Not measured: set-up, and cargo's first look at the crates.
    run(binary, &small, &["verify", "--quiet"])?;

    let accepted = small.join("accepted");
    let accepted_flag = accepted.to_str().ok_or("a path that is not UTF-8")?;
    run(binary, &small, &["verify", "--quiet", "--no-cache", "--keep-lean", accepted_flag])?;
    let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    let first = least(|| run(binary, &small, &["verify", "--quiet", "--no-cache"]))?;
    run(binary, &small, &["verify", "--quiet"])?;
    let again = least(|| run(binary, &small, &["verify", "--quiet"]))?;
    println!("again     {:.3} (second run / first run, {:.1} s)", ratio(again, first), first.as_secs_f64());
    let one_job = least(|| run(binary, &small, &["verify", "--quiet", "--no-cache", "--jobs", "1"]))?;
    println!("cores     {:.2}  (one job / all jobs)", ratio(one_job, first));
    let mut lean = Duration::ZERO;
    for entry in std::fs::read_dir(&accepted)? {
        let file = entry?.path();
        let file = file.to_str().ok_or("a path that is not UTF-8")?.to_owned();
        lean += least(|| run(binary, &small, &["lean", "--", &file]))?;
    }
    println!("overhead  {:.2}  (verify with one job / Lean alone on the accepted text)", ratio(one_job, lean));
    let many = run(binary, &large, &["verify", "--quiet", "--no-cache"])?;
    println!("growth    {:.2}  (time for a function of 300 / of 30)", ratio(many, first) / 10.0);
    Ok(())
}
