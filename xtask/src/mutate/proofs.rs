//! What the proof path alone makes of functions: no input is run, so that its verdict is independent of the interpreter's.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harmonic_lean::Cancel;
use harmonic_prover::{Basis, Lean, Outcome, Request, Said, prove};
use harmonic_translator::unit::Translation;

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

/// The blocks that closed obligations, by function and number of the obligation.
pub(crate) type Closers = BTreeMap<(String, usize), String>;

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

    /// Proves units, each from the specs of what it calls: those are taken on faith, for their own functions are not changed. Says
    /// by unit what came of it, and what closed the obligations.
    ///
    /// # Errors
    /// If Lean does not run.
    pub(crate) fn prove(
        &self,
        translation: &Translation,
        wanted: &[usize],
        effort: Effort,
    ) -> Result<(BTreeMap<usize, Proof>, Closers), Box<dyn Error>> {
        let closers: Mutex<Closers> = Mutex::default();
        let lean = self.lean.clone();
        let request = Request {
            translation,
            wanted,
            trusted: &believed(translation, wanted),
            lean: &|_| Ok(lean.clone()),
            basis: &Basis { library: String::new(), engine: String::new(), tool: String::new() },
            proofs: None,
            locked: false,
            stages: (effort == Effort::Cheap).then_some(1),
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
        let said = |outcome| match outcome {
            Outcome::Proved { .. } => Proof::Verified,
            Outcome::Broken(why) => Proof::Broken(why),
            Outcome::Open { .. } | Outcome::Callees(_) | Outcome::Cancelled => Proof::Open,
        };
        let reports = prove(&request, &|_| {})?;
        let proofs = reports.into_iter().map(|r| (r.unit, said(r.outcome))).collect();
        Ok((proofs, closers.into_inner().unwrap_or_default()))
    }
}

/// All units but those wanted and the ones that hold their text (of functions that call each other, one does).
fn believed(translation: &Translation, wanted: &[usize]) -> HashSet<usize> {
    let holders = |unit: &usize| match &translation.units[*unit] {
        u if u.definition.is_empty() => u.depends.clone(),
        _ => vec![],
    };
    let needed: HashSet<usize> = wanted.iter().copied().chain(wanted.iter().flat_map(holders)).collect();
    (0..translation.units.len()).filter(|u| !needed.contains(u)).collect()
}
