//! `cargo harmonic fix`: writes what was inferred into the source: preconditions, and invariants of loops.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use harmonic_lean::Cancel;

use crate::cli::{Fix, Selection};
use crate::failure::Failure;
use crate::invariants::{self, infer_all, load};
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::project::{self, Crate, Project};
use crate::propose::propose_all;
use crate::terminal;
use crate::verdict::Status;

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
        let one = load(krate, &selection, project.kept(krate, &args.proving).as_ref());
        if let Some(failure) = one.failure() {
            return Err(failure);
        }
        let mut verdicts = judging.judge(&one)?;
        // As the files are, without what is kept beside them.
        let plain = Loaded::of(krate, &selection);
        let proposals = propose_all(&project, &plain, &selection, &args.proving, &args.common, cancel, &mut verdicts)?;
        infer_all(&project, &one, &selection, &args.proving, &args.common, cancel, &mut verdicts)?;
        let mut files: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
        for proposal in proposals {
            files.entry(proposal.file).or_default().push((proposal.at, proposal.line));
            written += 1;
        }
        let verified = verdicts.iter().filter(|v| v.status == Status::Verified && !v.inferred.is_empty());
        let mut said = Vec::new();
        for verdict in verified {
            let id = plain.chosen.iter().copied().find(|id| plain.name(*id) == verdict.function);
            let Some((file, lines)) = id.and_then(|id| invariants::written(&plain, id, &verdict.inferred)) else {
                continue;
            };
            written += lines.len();
            files.entry(file).or_default().extend(lines);
            said.extend(id.and_then(|id| plain.program.functions.get(id.0)).map(|f| f.path.clone()));
        }
        for (file, mut lines) in files {
            lines.sort();
            let text = plain.sources.files.iter().find(|(path, _)| *path == file).map_or("", |(_, text)| text.as_str());
            for line in &lines {
                terminal::print(difference(&file, text, line))?;
            }
            if !args.dry_run {
                if !krate.has_harmonic {
                    return Err(Failure::new(format!("package `{}` does not depend on `harmonic`", krate.package))
                        .help("run `cargo add harmonic` first; nothing was written"));
                }
                write(krate, &file, text, &lines)?;
            }
        }
        if let Some(store) = project.kept(krate, &args.proving).filter(|_| !args.dry_run) {
            said.iter().for_each(|function| store.keep_invariants(function, &[]));
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
fn difference(file: &str, text: &str, (at, line): &(usize, String)) -> String {
    let before = text.get(..*at).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let old = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let mut new = old.to_owned();
    new.insert_str(at - start, line);
    let kept = new.ends_with(&format!("\n{old}"));
    let changed: String = new.lines().map(|l| format!("+{l}\n")).collect();
    let (changed, count) = match changed.strip_suffix(&format!("+{old}\n")).filter(|_| kept) {
        Some(added) => (format!("{added} {old}\n"), new.lines().count()),
        None => (format!("-{old}\n{changed}"), new.lines().count()),
    };
    format!("--- {file}\n+++ {file}\n@@ -{number} +{number},{count} @@\n{changed}")
}

/// Writes a file with the lines in their places, if it is still what was read.
fn write(krate: &Crate, file: &str, text: &str, lines: &[(usize, String)]) -> Result<(), Failure> {
    let path: PathBuf = krate.folder.join(file);
    let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", path.display()));
    if std::fs::read_to_string(&path).map_err(fail)? != text {
        return Err(Failure::new(format!("{} was changed meanwhile; nothing was written to it", path.display())));
    }
    let mut changed = text.to_owned();
    for (at, line) in lines.iter().rev() {
        changed.insert_str(*at, line);
    }
    // A reader sees the old text or the new one.
    let mut fresh = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(fail)?;
    fresh.write_all(changed.as_bytes()).map_err(fail)?;
    fresh.as_file().set_permissions(std::fs::metadata(&path).map_err(fail)?.permissions()).map_err(fail)?;
    fresh.as_file().sync_data().map_err(fail)?;
    fresh.persist(&path).map(drop).map_err(|e| fail(e.error))
}
