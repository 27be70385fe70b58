//! `cargo harmonic fix`: writes proposed preconditions into the source.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use harmonic_lean::Cancel;

use crate::cli::{Fix, Selection};
use crate::failure::Failure;
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::project::{self, Crate, Project};
use crate::propose::{Proposal, propose_all};
use crate::terminal;

/// Runs the command; the exit status.
///
/// # Errors
/// Files with changes that are not committed, a source that cannot be written, or what keeps the tool from doing its work.
pub fn run(args: &Fix, cancel: &Cancel) -> Result<u8, Failure> {
    let selection = Selection { all: true, ..args.selection.clone() };
    let project = project::load(&selection, args.common.offline)?;
    if !args.dry_run {
        guard(args, &project)?;
    }
    let mut judging = Judging::new(&project, &args.proving, &args.common, cancel)?;
    let mut written = 0;
    for krate in &project.crates {
        let one = Loaded::of(krate, &selection);
        if let Some(failure) = one.failure() {
            return Err(failure);
        }
        let mut verdicts = judging.judge(&one)?;
        let proposals = propose_all(&project, &one, &selection, &args.proving, &args.common, cancel, &mut verdicts)?;
        if proposals.is_empty() {
            continue;
        }
        let mut files: BTreeMap<&str, Vec<&Proposal>> = BTreeMap::new();
        for proposal in &proposals {
            files.entry(&proposal.file).or_default().push(proposal);
        }
        for (file, mut proposals) in files {
            proposals.sort_by_key(|p| p.at);
            let text = one.sources.files.iter().find(|(path, _)| path == file).map_or("", |(_, text)| text.as_str());
            for proposal in &proposals {
                terminal::print(difference(file, text, proposal))?;
            }
            if !args.dry_run {
                if !krate.has_harmonic {
                    return Err(Failure::new(format!("package `{}` does not depend on `harmonic`", krate.package))
                        .help("run `cargo add harmonic` first; nothing was written"));
                }
                write(krate, file, text, &proposals)?;
            }
            written += proposals.len();
        }
    }
    let (word, what) =
        (if args.dry_run { "would write" } else { "wrote" }, if written == 1 { "spec" } else { "specs" });
    terminal::print(format_args!("{word} {written} {what}\n"))?;
    Ok(0)
}

/// Refuses to write where a change could not be told from the user's own, as `cargo fix` does.
fn guard(args: &Fix, project: &Project) -> Result<(), Failure> {
    let output = Command::new("git").args(["status", "--porcelain", "--", "."]).current_dir(&project.root).output();
    let Some(output) = output.ok().filter(|o| o.status.success()) else {
        return match args.allow_no_vcs {
            true => Ok(()),
            false => Err(Failure::new("no version control is found for this project, and files are to be changed")
                .help("`--dry-run` shows what would be written, `--allow-no-vcs` writes it")),
        };
    };
    let said = String::from_utf8_lossy(&output.stdout);
    let staged = |line: &&str| !line.starts_with([' ', '?']);
    let dirty: Vec<&str> = said
        .lines()
        .filter(|line| if staged(line) { !args.allow_staged && !args.allow_dirty } else { !args.allow_dirty })
        .collect();
    match dirty.as_slice() {
        [] => Ok(()),
        some => Err(Failure::new(format!("these files have changes that are not committed:\n{}", some.join("\n")))
            .help("commit them, or use `--allow-dirty` (`--allow-staged` for those that are staged)")),
    }
}

/// The change as a difference.
fn difference(file: &str, text: &str, proposal: &Proposal) -> String {
    let line = text.get(..proposal.at).map_or(0, |before| before.matches('\n').count()) + 1;
    let next = text.get(proposal.at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    format!("--- {file}\n+++ {file}\n@@ -{line} +{line},2 @@\n+{} {next}\n", proposal.line)
}

/// Writes a file with the lines in their places, if it is still what was read.
fn write(krate: &Crate, file: &str, text: &str, proposals: &[&Proposal]) -> Result<(), Failure> {
    let path: PathBuf = krate.folder.join(file);
    let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", path.display()));
    if std::fs::read_to_string(&path).map_err(fail)? != text {
        return Err(Failure::new(format!("{} was changed meanwhile; nothing was written to it", path.display())));
    }
    let mut changed = text.to_owned();
    for proposal in proposals.iter().rev() {
        changed.insert_str(proposal.at, &proposal.line);
    }
    // A reader sees the old text or the new one.
    let mut fresh = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(fail)?;
    fresh.write_all(changed.as_bytes()).map_err(fail)?;
    fresh.as_file().set_permissions(std::fs::metadata(&path).map_err(fail)?.permissions()).map_err(fail)?;
    fresh.as_file().sync_data().map_err(fail)?;
    fresh.persist(&path).map(drop).map_err(|e| fail(e.error))
}
