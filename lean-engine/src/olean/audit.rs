//! The question that a verdict rests on: which axioms are beneath a theorem?

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::constant::{Constant, Kind};
use super::digest::type_digest;
use super::env::{Environment, Loader};
use super::expr::constants_of;
use super::module::Module;
use super::name::Name;
use super::parts::Parts;
use super::region::Value;
use super::{OleanError, Result};

/// The axioms of Lean's logic that a verified theorem may rest on.
pub const ALLOWED_AXIOMS: [&str; 3] = ["Classical.choice", "Quot.sound", "propext"];

/// What a theorem rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Every axiom beneath the theorem (`sorryAx` is one).
    pub axioms: BTreeSet<String>,
    /// Declarations beneath it that are `unsafe`, or `partial` at the kernel's level: none is sound to rest on.
    pub unsafe_declarations: BTreeSet<String>,
    /// Opaque constants beneath it outside of the core library. Sound, but nothing is known of their value.
    pub opaque: BTreeSet<String>,
    /// Declarations beneath it, outside of the core library, whose compiled code is another declaration's.
    pub implemented_by: BTreeSet<String>,
    /// SHA-256 of the theorem's type and universe parameters, up to names of bound variables and metadata.
    pub type_digest: [u8; 32],
    /// How many declarations were visited.
    pub visited: usize,
    /// How many of them are the core library's without their proof or value. They are taken as checked when that library
    /// was built, and which of Lean's axioms they use is not in its files: [`Audit::axioms`] is what is visible.
    pub trusted_core: usize,
}

impl Audit {
    /// Axioms outside [`ALLOWED_AXIOMS`].
    pub fn forbidden_axioms(&self) -> impl Iterator<Item = &str> {
        self.axioms.iter().map(String::as_str).filter(|axiom| !ALLOWED_AXIOMS.contains(axiom))
    }

    /// Whether nothing beneath the theorem is beyond Lean's own logic.
    pub fn is_clean(&self) -> bool {
        self.forbidden_axioms().next().is_none()
            && self.unsafe_declarations.is_empty()
            && self.implemented_by.is_empty()
    }
}

/// Audits theorems against one core library and some libraries, which it reads once.
#[derive(Debug, Default)]
pub struct Auditor {
    loader: Loader,
}

/// Audits one theorem; see [`Auditor::audit`]. The first folder of `search` is the core library, which is trusted.
///
/// # Errors
/// As [`Auditor::audit`].
pub fn audit(theorem: &str, module: &[u8], search: &[PathBuf]) -> Result<Audit> {
    let (core, libraries) =
        search.split_first().map_or((PathBuf::new(), Vec::new()), |(core, rest)| (core.clone(), rest.to_vec()));
    Auditor::new(core, libraries).audit(theorem, module)
}

impl Auditor {
    /// An auditor that looks for imported modules in `core_library` first, then in `libraries`.
    ///
    /// Proofs of the core library are not in its files: its theorems are taken as checked by those who built it, and its
    /// axioms count as axioms. Everything in `libraries` must come with its private part.
    pub fn new(core_library: PathBuf, libraries: Vec<PathBuf>) -> Self {
        Self { loader: Loader::new(core_library, libraries) }
    }

    /// Walks every declaration that `theorem` depends on, from `module` (as [`crate::Report::olean`] has it) through all
    /// that it imports.
    ///
    /// # Errors
    /// [`OleanError`] if the theorem is absent, or what it rests on cannot be known.
    pub fn audit(&self, theorem: &str, module: &[u8]) -> Result<Audit> {
        let module = Module::new(Parts::decode(module)?)?;
        let environment = self.loader.environment(&module.imports)?;
        let position = find_theorem(&module, theorem)?;
        Walk::new(module, environment).run(theorem, position)
    }
}

/// Finds the declaration called `theorem`, or a private one that the user wrote under that name.
fn find_theorem(module: &Module, theorem: &str) -> Result<u32> {
    let mut exact = Vec::new();
    let mut private = Vec::new();
    for (position, (name, _)) in (0u32..).zip(&module.constants) {
        let name = Name::read(&module.region, *name)?;
        if name.to_string() == theorem {
            exact.push(position);
        } else if name.without_privacy().is_some_and(|name| name.to_string() == theorem) {
            private.push(position);
        }
    }
    match (exact.as_slice(), private.as_slice()) {
        ([position], []) | ([], [position]) => Ok(*position),
        ([], []) => Err(OleanError::TheoremAbsent(theorem.to_owned())),
        _ => Err(OleanError::Ambiguous(theorem.to_owned())),
    }
}

/// Index of the module under audit among the modules of a walk; imported ones follow.
const EMITTED: u32 = 0;

struct Walk {
    emitted: Module,
    environment: Arc<Environment>,
    open: Vec<(u32, u32)>,
    known: HashSet<(u32, u32)>,
    /// Expression nodes seen, by module.
    seen: Vec<HashSet<u64>>,
    /// Name objects resolved, by module.
    resolved: Vec<HashSet<u64>>,
}

impl Walk {
    fn new(emitted: Module, environment: Arc<Environment>) -> Self {
        let modules = environment.modules.len() + 1;
        Self {
            emitted,
            environment,
            open: Vec::new(),
            known: HashSet::new(),
            seen: vec![HashSet::new(); modules],
            resolved: vec![HashSet::new(); modules],
        }
    }

    fn module(&self, index: u32) -> (&Module, bool) {
        match index.checked_sub(1).and_then(|index| self.environment.modules.get(index as usize)) {
            Some(imported) => (&imported.module, imported.core),
            None => (&self.emitted, false),
        }
    }

    fn run(mut self, theorem: &str, position: u32) -> Result<Audit> {
        let start = self.constant(EMITTED, position)?;
        if start.kind != Kind::Theorem {
            let kind = start.kind.describe();
            return Err(OleanError::NotATheorem { name: theorem.to_owned(), kind });
        }
        let mut audit = Audit {
            axioms: BTreeSet::new(),
            unsafe_declarations: BTreeSet::new(),
            opaque: BTreeSet::new(),
            implemented_by: BTreeSet::new(),
            type_digest: type_digest(&self.emitted.region, &start)?,
            visited: 0,
            trusted_core: 0,
        };
        self.known.insert((EMITTED, position));
        self.open.push((EMITTED, position));
        while let Some((index, position)) = self.open.pop() {
            audit.visited += 1;
            self.visit(index, position, &mut audit)?;
        }
        Ok(audit)
    }

    fn constant(&self, index: u32, position: u32) -> Result<Constant> {
        let (module, _) = self.module(index);
        match module.constants.get(position as usize) {
            Some((_, info)) => Constant::read(&module.region, *info),
            None => super::region::malformed("constant", 0),
        }
    }

    fn visit(&mut self, index: u32, position: u32, audit: &mut Audit) -> Result<()> {
        let constant = self.constant(index, position)?;
        let (module, core) = self.module(index);
        let name = Name::read(&module.region, constant.name)?;
        // The table of names and the kernel's records must agree, or a name would stand for another declaration.
        if let Some((listed, _)) = module.constants.get(position as usize)
            && Name::read(&module.region, *listed)? != name
        {
            return super::region::malformed("name of a constant", 0);
        }
        if constant.kind == Kind::Axiom {
            match module.true_kind(&name) {
                None | Some(Kind::Axiom) => {
                    audit.axioms.insert(name.to_string());
                }
                Some(_) if core => audit.trusted_core += 1,
                Some(_) => return Err(OleanError::BodyAbsent(name.to_string())),
            }
        }
        if constant.is_unsafe || constant.is_partial {
            audit.unsafe_declarations.insert(name.to_string());
        }
        if !core {
            if constant.kind == Kind::Opaque {
                audit.opaque.insert(name.to_string());
            }
            if module.implemented_by.contains(&name) {
                audit.implemented_by.insert(name.to_string());
            }
        }
        let mut found = Vec::new();
        let mut roots = constant.bodies;
        roots.push(constant.kernel_type);
        let mut seen = std::mem::take(&mut self.seen[index as usize]);
        let walked = constants_of(&self.module(index).0.region, &roots, &mut seen, |name| {
            found.push(name);
            Ok(())
        });
        self.seen[index as usize] = seen;
        walked?;
        for value in found.into_iter().chain(constant.names) {
            self.refer(index, value, &name)?;
        }
        Ok(())
    }

    /// Queues the constant that the module `index` calls by the name at `value`.
    fn refer(&mut self, index: u32, value: Value, user: &Name) -> Result<()> {
        if let Value::Object(at) = value
            && !self.resolved[index as usize].insert(at)
        {
            return Ok(());
        }
        let (module, core) = self.module(index);
        let name = Name::read(&module.region, value)?;
        let hash = Name::stored_hash(&module.region, value)?;
        let target = match self.emitted.find(hash, &name)? {
            Some(position) if index == EMITTED => Some((EMITTED, position)),
            _ => self.environment.find(hash, &name)?.map(|(module, position)| (module + 1, position)),
        };
        match target {
            Some(target) => {
                if self.known.insert(target) {
                    self.open.push(target);
                }
                Ok(())
            }
            // Exported files of the core library may name what only its private parts declare; those are trusted alike.
            None if core => Ok(()),
            None => {
                let missing = self.environment.missing.clone();
                Err(OleanError::UnknownConstant { name: name.to_string(), user: user.to_string(), missing })
            }
        }
    }
}
