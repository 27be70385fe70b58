//! Whether probes are Rust: rustc compiles all of them as one crate, with the `#[spec]` of this repository.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// What comes before the probes: what is only a warning, or is refused because it would panic, is Rust.
const HEAD: &str = "#![allow(warnings, arithmetic_overflow, unconditional_panic, overflowing_literals)]\n\
    #![allow(unconditional_recursion, static_mut_refs, invalid_value)]\n";

/// The library `harmonic` that cargo built with this program: beside it, the newest of its name.
fn harmonic() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let beside = own.parent().ok_or("this program is in no folder")?;
    let folder = if beside.ends_with("deps") { beside.to_owned() } else { beside.join("deps") };
    let mut found: Vec<_> = std::fs::read_dir(&folder)?
        .flatten()
        .filter(|e| {
            let name = e.file_name().to_string_lossy().into_owned();
            name.starts_with("libharmonic-") && name.ends_with(".rlib")
        })
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
        .collect();
    found.sort();
    found.pop().map(|f| f.1).ok_or_else(|| format!("no library `harmonic` in {}", folder.display()).into())
}

/// A rustc that knows `harmonic`.
fn rustc() -> Result<Command, Box<dyn Error>> {
    let harmonic = harmonic()?;
    let mut dependency = OsString::from("dependency=");
    dependency.push(harmonic.parent().ok_or("the library is in no folder")?);
    let mut library = OsString::from("harmonic=");
    library.push(&harmonic);
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.args(["--edition", "2024", "-L"]).arg(dependency).arg("--extern").arg(library);
    Ok(command)
}

/// What a program prints that is compiled with overflow checks, and whose specs are not evaluated.
///
/// # Errors
/// If rustc does not run or refuses it, or if it breaks.
pub(crate) fn printed(program: &str) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (source, binary) = (folder.path().join("calls.rs"), folder.path().join("calls"));
    std::fs::write(&source, format!("{HEAD}{program}"))?;
    let compiled = rustc()?
        .args(["-C", "overflow-checks=on", "-C", "debug-assertions=off", "-C", "debuginfo=0", "-o"])
        .arg(&binary)
        .arg(&source)
        .output()?;
    if !compiled.status.success() {
        return Err(format!("rustc refuses calls:\n{}", String::from_utf8_lossy(&compiled.stderr)).into());
    }
    let output = Command::new(&binary).output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("the compiled calls broke: {}", output.status).into()),
    }
}

/// Compiles named texts, each as a module of its own; `Err` has what rustc says, each with the name of its text.
///
/// # Errors
/// If rustc does not run or refuses something.
pub(crate) fn compile(texts: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    let (mut whole, mut first) = (HEAD.to_owned(), vec![]);
    for (i, (_, text)) in texts.iter().enumerate() {
        first.push(whole.lines().count() + 1);
        let _ = writeln!(whole, "pub mod p{i} {{\nuse harmonic::*;\n{text}\n}}");
    }
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("probes.rs");
    std::fs::write(&source, &whole)?;
    let output = rustc()?
        .args([
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--error-format",
            "short",
            "-C",
            "debug-assertions=on",
            "-o",
        ])
        .arg(folder.path().join("probes.rmeta"))
        .arg(&source)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut out = String::from("rustc refuses probes:");
    for line in said.lines().filter(|l| l.contains(": error")) {
        let number = line.split("probes.rs:").nth(1).and_then(|r| r.split(':').next()?.parse::<usize>().ok());
        let text = number.and_then(|n| texts.get(first.partition_point(|f| *f <= n).wrapping_sub(1)));
        let name = text.map_or("", |t| t.0.as_str());
        let shown = number.and_then(|n| whole.lines().nth(n.wrapping_sub(1))).unwrap_or_default();
        let _ = write!(out, "\n{name}: {}\n    {shown}", line.split(": error").nth(1).unwrap_or(line));
    }
    Err(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rust_is_named() {
        let text = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let good = text("good", "#[spec(ensures: |out| forall(|i: u8| i <= out))]\nfn f() -> u8 { 255 }");
        assert!(compile(std::slice::from_ref(&good)).is_ok());
        let bad = text("bad", "#[spec(requires: x == true)]\nfn f(x: u8) {}");
        let said = compile(&[good, bad]).expect_err("`u8` is no `bool`").to_string();
        assert!(said.contains("bad: [E0308]") && !said.contains("good"), "{said}");
    }
}
