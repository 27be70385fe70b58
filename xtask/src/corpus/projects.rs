//! Downloads the crates of the list, by cargo, and makes a project of each.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::list::Pinned;

/// What the tool does not look at in a package. Without it, cargo asks for fewer other packages.
const UNUSED: [&str; 5] = ["dev-dependencies", "bench", "test", "example", "bin"];

/// Files that say with which cargo, and how, the package's authors work on it.
const SETTINGS: [&str; 3] = ["rust-toolchain", "rust-toolchain.toml", ".cargo"];

/// The folder of each crate's project, in the order of the list. They are made in `folder`.
///
/// # Errors
/// If cargo does not find a crate, or a file cannot be written.
pub(crate) fn projects(list: &[Pinned], folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let scratch = folder.join("all");
    let sources = download(list, &scratch)?;
    let mut out = vec![];
    for pinned in list {
        let from = sources
            .get(&(pinned.name.clone(), pinned.version.clone()))
            .ok_or_else(|| format!("cargo does not say where {} is", pinned.folder()))?;
        let to = folder.join("projects").join(pinned.folder());
        if to.exists() {
            std::fs::remove_dir_all(&to)?;
        }
        copy(from, &to)?;
        let manifest = to.join("Cargo.toml");
        std::fs::write(&manifest, alone(&std::fs::read_to_string(&manifest)?)?)?;
        // The same versions of what it depends on, whenever it is measured.
        std::fs::copy(scratch.join("Cargo.lock"), to.join("Cargo.lock"))?;
        out.push(to);
    }
    Ok(out)
}

/// Lets cargo download the crates as dependencies of a package that has nothing else: where they are, by name and version.
fn download(list: &[Pinned], scratch: &Path) -> Result<BTreeMap<(String, String), PathBuf>, Box<dyn Error>> {
    std::fs::create_dir_all(scratch.join("src"))?;
    std::fs::write(scratch.join("src/lib.rs"), "")?;
    let mut manifest =
        "[package]\nname = \"all\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n"
            .to_owned();
    for (i, Pinned { name, version, .. }) in list.iter().enumerate() {
        // By a name of its own, for a crate may be there in two versions.
        writeln!(manifest, "c{i} = {{ package = {name:?}, version = \"={version}\" }}")?;
    }
    std::fs::write(scratch.join("Cargo.toml"), manifest)?;
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1"])
        .current_dir(scratch)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("cargo does not find the crates of the list".into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    let of = |package: &Value| {
        let manifest = PathBuf::from(text(package, "manifest_path")?);
        Some(((text(package, "name")?, text(package, "version")?), manifest.parent()?.to_owned()))
    };
    Ok(metadata["packages"].as_array().into_iter().flatten().filter_map(of).collect())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if SETTINGS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

/// A manifest as one of a workspace of its own, without what the tool does not look at.
fn alone(manifest: &str) -> Result<String, Box<dyn Error>> {
    let mut manifest: toml::Table = manifest.parse()?;
    forget_dev_dependencies(&mut manifest);
    manifest.retain(|key, _| !UNUSED.contains(&key));
    if let Some(toml::Value::Table(targets)) = manifest.get_mut("target") {
        for target in targets.iter_mut().filter_map(|(_, target)| target.as_table_mut()) {
            target.remove("dev-dependencies");
        }
    }
    manifest.insert("workspace".into(), toml::Table::new().into());
    Ok(toml::to_string(&manifest)?)
}

/// Takes what features ask of dependencies for tests out of them.
fn forget_dev_dependencies(manifest: &mut toml::Table) {
    let names = |table: &str| -> Vec<String> {
        let table = manifest.get(table).and_then(toml::Value::as_table);
        table.into_iter().flat_map(|t| t.keys().cloned()).collect()
    };
    let kept = names("dependencies");
    let dropped: Vec<String> = names("dev-dependencies").into_iter().filter(|name| !kept.contains(name)).collect();
    let Some(toml::Value::Table(features)) = manifest.get_mut("features") else { return };
    for list in features.iter_mut().filter_map(|(_, list)| list.as_array_mut()) {
        list.retain(|entry| {
            let of = entry.as_str().and_then(|entry| entry.split_once('/')).map(|(of, _)| of.trim_end_matches('?'));
            !of.is_some_and(|of| dropped.iter().any(|name| name == of))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::alone;

    #[test]
    fn a_manifest_is_cut_down() {
        let manifest = "[package]\nname = \"a\"\n[dev-dependencies]\nb = \"1\"\n[[bench]]\nname = \"c\"\n\
                        [target.'cfg(unix)'.dev-dependencies]\nd = \"1\"\n[dependencies]\ne = \"1\"\n\
                        [features]\nf = [\"b/g\", \"e/h\"]\n";
        let cut = alone(manifest).expect("it is one");
        assert!(cut.contains("[workspace]") && cut.contains("e = \"1\"") && cut.contains("name = \"a\""), "{cut}");
        assert!(!cut.contains("b = \"1\"") && !cut.contains("bench") && !cut.contains("d = \"1\""), "{cut}");
        assert!(cut.contains("e/h") && !cut.contains("b/g"), "{cut}");
        assert!(alone("[").is_err());
    }
}
