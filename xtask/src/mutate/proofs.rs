//! What the proof path alone makes of functions: no input is run, so that its verdict is independent of the interpreter's.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::{Basis, Lean, Outcome, Request, Said, digest, leaf_key, prove};
use harmonic_translator::unit::{Obligation, Translation};

use crate::engine;

/// What the proof path says of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It would be `verified`.
    Verified,
    /// No proof was found.
    Open,
    /// Lean refused the generated text.
    Broken(String),
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// The cheapest candidates, which close most leaves that can be closed.
    Cheap,
    /// All of them.
    Full,
}

/// What is known of leaves, by what they say. Changes of one function have most of their leaves in common with the function as it
/// was, and with each other.
#[derive(Default)]
pub(crate) struct Leaves {
    /// With the block that closed it.
    closed: BTreeMap<String, String>,
    /// The cheap candidates do not close it.
    open: BTreeSet<String>,
}

/// The prover with its Lean.
pub(crate) struct Prover {
    lean: Lean,
    jobs: usize,
}

impl Prover {
    /// Opens the embedded Lean.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub(crate) fn open(jobs: usize) -> Result<Prover, Box<dyn Error>> {
        let (engine, library) = engine::open()?;
        Ok(Prover { lean: Lean { engine, library: Arc::new(library) }, jobs })
    }

    /// Judges units, each from the specs of what it calls: those are taken on faith, for their own functions are not changed. `name`
    /// says which function of which source a unit is.
    ///
    /// # Errors
    /// If Lean does not run.
    pub(crate) fn judge(
        &self,
        translation: &Translation,
        wanted: &BTreeMap<usize, String>,
        effort: Effort,
        leaves: &mut Leaves,
    ) -> Result<BTreeMap<usize, Proof>, Box<dyn Error>> {
        if effort == Effort::Cheap {
            self.explore(translation, wanted, leaves)?;
        }
        let mut proofs = BTreeMap::new();
        let mut hopeful = translation.clone();
        let mut rest = vec![];
        for (unit, name) in wanted {
            let holder = holder(translation, *unit);
            let keys = keys(translation, holder, name);
            if keys.iter().any(|key| leaves.open.contains(key)) {
                proofs.insert(*unit, Proof::Open);
                continue;
            }
            for (o, key) in hopeful.units[holder].obligations.iter_mut().zip(&keys) {
                o.candidates.splice(0..0, leaves.closed.get(key).cloned());
            }
            rest.push(*unit);
        }
        let (said, closers) = self.prove(&hopeful, &rest, effort)?;
        for unit in rest {
            let holder = holder(translation, unit);
            for (i, key) in keys(translation, holder, &wanted[&unit]).into_iter().enumerate() {
                if let Some(block) = closers.get(&(translation.units[holder].function.clone(), i)) {
                    leaves.closed.insert(key, block.clone());
                }
            }
        }
        proofs.extend(said.into_iter().map(|(unit, outcome)| match outcome {
            Outcome::Proved { .. } => (unit, Proof::Verified),
            Outcome::Broken(why) => (unit, Proof::Broken(why)),
            Outcome::Open { .. } | Outcome::Callees(_) | Outcome::Cancelled => (unit, Proof::Open),
        }));
        Ok(proofs)
    }

    /// Tries the leaves that nothing is known of, each once, apart from the theorems that rest on them.
    fn explore(
        &self,
        translation: &Translation,
        wanted: &BTreeMap<usize, String>,
        leaves: &mut Leaves,
    ) -> Result<(), Box<dyn Error>> {
        let mut part = translation.clone();
        let mut asked = BTreeSet::new();
        let mut of = BTreeMap::new();
        for (unit, name) in wanted {
            let holder = holder(translation, *unit);
            let keys = keys(translation, holder, name);
            let mut keys_left = keys.clone();
            keys_left.retain(|key| !leaves.closed.contains_key(key) && asked.insert(key.clone()));
            if keys_left.is_empty() || keys.iter().any(|key| leaves.open.contains(key)) {
                continue;
            }
            let unit = &mut part.units[holder];
            // Without a theorem, its leaves are all there is to it.
            unit.theorem.clear();
            let both = std::mem::take(&mut unit.obligations).into_iter().zip(&keys);
            unit.obligations = both.filter(|(_, key)| keys_left.contains(key)).map(|(o, _)| o).collect();
            of.insert(holder, keys_left);
        }
        let (said, closers) = self.prove(&part, &of.keys().copied().collect::<Vec<_>>(), Effort::Cheap)?;
        for (unit, keys) in of {
            for (i, key) in keys.into_iter().enumerate() {
                match (closers.get(&(part.units[unit].function.clone(), i)), said.get(&unit)) {
                    (Some(block), _) => drop(leaves.closed.insert(key, block.clone())),
                    (None, Some(Outcome::Open { leaves: open, .. })) if open.contains(&i) => {
                        leaves.open.insert(key);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Proves units: what came of each, and what closed which obligation of which function.
    fn prove(
        &self,
        translation: &Translation,
        wanted: &[usize],
        effort: Effort,
    ) -> Result<(BTreeMap<usize, Outcome>, BTreeMap<(String, usize), String>), Box<dyn Error>> {
        let closers: Mutex<BTreeMap<(String, usize), String>> = Mutex::default();
        let lean = self.lean.clone();
        let request = Request {
            translation,
            wanted,
            trusted: &believed(translation, wanted),
            lean: &|_| Ok(lean.clone()),
            basis: &Basis { library: String::new(), engine: String::new(), tool: String::new() },
            proofs: None,
            locked: false,
            policy: None,
            stages: (effort == Effort::Cheap).then_some(1),
            agents: None,
            verdicts: None,
            jobs: self.jobs,
            accepted: None,
            unit_time: Duration::from_secs(if effort == Effort::Cheap { 20 } else { 120 }),
            on_event: &|event| {
                if let (Said::Closed(n), Ok(mut all)) = (&event.said, closers.lock())
                    && let Some(block) = event.candidates.get(*n)
                {
                    all.insert((event.function.to_owned(), event.obligation), (*block).to_owned());
                }
            },
            cancel: &Cancel::default(),
        };
        let reports = prove(&request, &|_| {})?;
        let said = reports.into_iter().map(|r| (r.unit, r.outcome)).collect();
        Ok((said, closers.into_inner().unwrap_or_default()))
    }
}

/// The unit that holds the text of this one: of functions that call each other, one does.
fn holder(translation: &Translation, unit: usize) -> usize {
    match &translation.units[unit] {
        u if u.definition.is_empty() => u.depends.first().copied().unwrap_or(unit),
        _ => unit,
    }
}

/// What the leaves of a unit say, whatever the number of its module.
fn keys(translation: &Translation, unit: usize, name: &str) -> Vec<String> {
    let unit = &translation.units[unit];
    let (module, _) = unit.function.split_once("::").unwrap_or((&unit.function, ""));
    let module = module.trim_start_matches('<');
    let plain = |text: &str| text.replace(&format!("{module}''"), "m''");
    let key = |o: &Obligation| {
        let said = Obligation { statement: plain(&o.statement), ..o.clone() };
        // The function's own definition, if it is spoken of, is not the same in all changes.
        let speaks = o.statement.replace(&o.name, "").contains(&unit.lean_name);
        let own = if speaks { plain(&unit.definition) } else { String::new() };
        digest(&[name, &leaf_key(&said), &own])
    };
    unit.obligations.iter().map(key).collect()
}

/// All units but those wanted and the ones that hold their text.
fn believed(translation: &Translation, wanted: &[usize]) -> HashSet<usize> {
    let needed: HashSet<usize> = wanted.iter().flat_map(|unit| [*unit, holder(translation, *unit)]).collect();
    (0..translation.units.len()).filter(|u| !needed.contains(u)).collect()
}
