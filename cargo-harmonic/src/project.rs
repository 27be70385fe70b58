//! The project as cargo sees it: packages, targets, features, `cfg`s.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, Package, Target, TargetKind};
use harmonic_prover::proofs::ProofStore;
use harmonic_translator::cfg_set::CfgSet;

use crate::cli::{Proving, Selection};
use crate::config::Config;
use crate::failure::Failure;

/// A crate to verify.
#[derive(Debug)]
pub struct Crate {
    /// The package's name.
    pub package: String,
    /// The crate's name, as paths begin.
    pub name: String,
    /// Folder of the package.
    pub folder: PathBuf,
    /// Root file, relative to the folder where that is possible.
    pub root: String,
    /// What `#[cfg]` sees.
    pub cfg: CfgSet,
    /// Configuration.
    pub config: Config,
    /// Whether it depends on `harmonic`.
    pub has_harmonic: bool,
}

/// A project with what was selected of it.
#[derive(Debug)]
pub struct Project {
    /// The crates.
    pub crates: Vec<Crate>,
    /// Folder of the workspace.
    pub root: PathBuf,
    /// The target folder.
    pub target_folder: PathBuf,
    /// The triple that is verified for.
    pub target: String,
}

/// Asks cargo.
///
/// # Errors
/// No manifest, a bad one, an unknown package, binary or target, bad configuration.
pub fn load(args: &Selection, offline: bool) -> Result<Project, Failure> {
    let mut command = args.manifest.metadata();
    args.features.forward_metadata(&mut command);
    let mut other = Vec::new();
    if offline {
        other.push("--offline".to_owned());
    }
    if let Some(target) = &args.target {
        other.extend(["--filter-platform".to_owned(), target.clone()]);
    }
    command.other_options(other);
    let metadata = command.exec().map_err(|e| match e {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let text = stderr.trim();
            Failure::new(text.strip_prefix("error: ").unwrap_or(text).to_owned())
        }
        other => Failure::new(format!("cargo metadata failed: {other}")),
    })?;
    let workspace_config = Config::read(&metadata.workspace_metadata, "workspace.metadata.harmonic")?;
    let (cfg, target) = base_cfg(args.target.as_deref())?;
    for name in args.packages.package.iter().chain(&args.packages.exclude) {
        let plain = name.split(['@', ':']).next().unwrap_or(name);
        if !metadata.workspace_packages().iter().any(|p| p.name.as_str() == plain || p.id.repr == *name) {
            return Err(Failure::new(format!("package `{name}` is not a member of the workspace")));
        }
    }
    let selection = args.packages.selection();
    let (selected, _) = selection.partition_packages(&metadata);
    let mut crates = Vec::new();
    for package in selected {
        let config = Config::read(&package.metadata, "package.metadata.harmonic")?.over(&workspace_config);
        for target in targets(args, package) {
            crates.push(one(&metadata, package, target, &cfg, &config));
        }
    }
    for bin in &args.bin {
        if !crates.iter().any(|c| c.name == bin.replace('-', "_")) {
            return Err(Failure::new(format!("no binary target `{bin}` in the selected packages")));
        }
    }
    if crates.is_empty() {
        return Err(Failure::new("the selection has no library and no binary target"));
    }
    Ok(Project {
        crates,
        root: metadata.workspace_root.clone().into_std_path_buf(),
        target_folder: metadata.target_directory.clone().into_std_path_buf(),
        target,
    })
}

impl Project {
    /// What is kept of a crate's proofs; `None` if nothing that is kept is to be used.
    pub fn kept(&self, krate: &Crate, proving: &Proving) -> Option<ProofStore> {
        (!proving.no_cache).then(|| self.proofs(krate, proving.proofs.as_deref()))
    }

    /// Where found proofs of a crate are kept: where the command line says, the configuration, or in the workspace.
    pub fn proofs(&self, krate: &Crate, said: Option<&Path>) -> ProofStore {
        ProofStore::new(match (said, &krate.config.proofs) {
            (Some(folder), _) => folder.to_owned(),
            (None, Some(folder)) => krate.folder.join(folder),
            (None, None) => self.root.join("harmonic-proofs").join(&krate.name),
        })
    }
}

fn is_lib(target: &Target) -> bool {
    target.kind.iter().any(|k| {
        matches!(
            k,
            TargetKind::Lib
                | TargetKind::RLib
                | TargetKind::DyLib
                | TargetKind::CDyLib
                | TargetKind::StaticLib
                | TargetKind::ProcMacro
        )
    })
}

fn targets<'p>(args: &Selection, package: &'p Package) -> Vec<&'p Target> {
    let all = !args.lib && !args.bins && args.bin.is_empty();
    let wanted = |t: &&Target| {
        (is_lib(t) && (all || args.lib)) || (t.is_bin() && (all || args.bins || args.bin.contains(&t.name)))
    };
    package.targets.iter().filter(wanted).collect()
}

fn one(metadata: &Metadata, package: &Package, target: &Target, base: &CfgSet, config: &Config) -> Crate {
    let mut cfg = base.clone();
    let features = metadata.resolve.iter().flat_map(|r| &r.nodes).find(|n| n.id == package.id);
    for feature in features.iter().flat_map(|n| &n.features) {
        cfg.insert_value("feature", feature.as_str());
    }
    let folder = package.manifest_path.parent().map(|p| p.as_std_path().to_owned()).unwrap_or_default();
    let root = target.src_path.as_std_path();
    let root = root.strip_prefix(&folder).unwrap_or(root);
    // Paths are shown with `/` everywhere, as rustc does not, but reports should not differ by system.
    let root =
        root.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/").replace("//", "/");
    Crate {
        package: package.name.to_string(),
        name: target.name.replace('-', "_"),
        folder,
        root,
        cfg,
        config: config.clone(),
        has_harmonic: package.dependencies.iter().any(|d| d.name == "harmonic" && d.kind == DependencyKind::Normal),
    }
}

/// What rustc says of the target, and its triple.
fn base_cfg(target: Option<&str>) -> Result<(CfgSet, String), Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let run = |args: &[&str]| -> Result<String, Failure> {
        let output =
            Command::new(&rustc).args(args).output().map_err(|e| Failure::new(format!("cannot run rustc: {e}")))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(Failure::new(format!("rustc refused: {}", text.trim())));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let mut args = vec!["--print", "cfg"];
    if let Some(target) = target {
        args.extend(["--target", target]);
    }
    let text = run(&args)?;
    let mut cfg = CfgSet::new();
    let mut width = None;
    for line in text.lines() {
        cfg.insert_line(line);
        if let Some(w) = line.strip_prefix("target_pointer_width=") {
            width = Some(w.trim_matches('"').to_owned());
        }
    }
    if width.as_deref() != Some("64") {
        let width = width.unwrap_or_else(|| "unknown".into());
        return Err(Failure::new(format!("targets with {width}-bit pointers are not supported"))
            .help("choose a 64-bit target with --target"));
    }
    let triple = match target {
        Some(t) => t.to_owned(),
        None => run(&["-vV"])?.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or("unknown").to_owned(),
    };
    Ok((cfg, triple))
}
