//! What the interpreter makes of a changed function: whether an input shows that it does not meet its spec, and if none does,
//! whether it still does what the original does.

use harmonic_translator::cfg_set::CfgSet;
use harmonic_translator::front::load;
use harmonic_translator::interp::{Budget, Limits, Outcome, Run, Trace, Value, refute, sample};
use harmonic_translator::span::SourceMap;
use harmonic_translator::tir::{FnId, Program};
use harmonic_translator::translate::translate;

/// A crate with one module for each text.
pub(crate) struct Crate {
    pub(crate) program: Program,
    sources: SourceMap,
    /// The lines before each text.
    before: Vec<usize>,
}

/// What stands before the text of a module.
const HEAD: &str = "use harmonic::*;\n";

impl Crate {
    /// Reads it.
    ///
    /// # Errors
    /// The code and message of what is wrong with the crate as a whole.
    pub(crate) fn of(texts: &[&str]) -> Result<Crate, String> {
        let (mut whole, mut before) = (String::new(), vec![]);
        for (i, text) in texts.iter().enumerate() {
            whole.push_str(&format!("pub mod m{i} {{\n{HEAD}"));
            before.push(whole.matches('\n').count());
            whole.push_str(text);
            whole.push_str("}\n");
        }
        let (program, sources, errors) = load("src/lib.rs", &CfgSet::new(), &|_| Ok(whole.clone().into_bytes()));
        match errors.first() {
            None => Ok(Crate { program, sources, before }),
            Some(e) => Err(format!("{} {}", e.code, e.message)),
        }
    }

    /// The functions with a spec whose item has this line of the text: more than one where a default method has several.
    pub(crate) fn at(&self, text: usize, line: usize) -> Vec<FnId> {
        let line = self.before.get(text).map_or(0, |before| before + line);
        let covers = |id: &FnId| {
            let span = self.program.functions[id.0].span;
            let of = |offset| self.sources.line_column(span.file, offset).0;
            self.program.functions[id.0].spec.is_some() && (of(span.lo)..=of(span.hi)).contains(&line)
        };
        (0..self.program.functions.len()).map(FnId).filter(covers).collect()
    }
}

/// What came of a changed function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The translator refuses it: a code with its message.
    Refused(String),
    /// An input contradicts the spec.
    Killed(String),
    /// None was found. It does what the original does on that many inputs that meet `requires`.
    Same(usize),
    /// None was found, and it does something else on this input.
    Differs(String),
}

/// Looks at a change of the function at a line, with a budget for inputs that kill it. There is a fate for each function there.
pub(crate) fn fates(original: &str, changed: &str, line: usize, budget: &Budget) -> Vec<Fate> {
    let refused = |why: String| vec![Fate::Refused(why)];
    let changed = match Crate::of(&[changed]) {
        Ok(changed) => changed,
        Err(why) => return refused(why),
    };
    let original = match Crate::of(&[original]) {
        Ok(original) => original,
        Err(why) => return refused(format!("H0000 the original: {why}")),
    };
    let (ids, originals) = (changed.at(0, line), original.at(0, line));
    if ids.len() != originals.len() || ids.is_empty() {
        return refused("H0000 other functions than in the original".into());
    }
    let (_, not_translated) = translate(&changed.program);
    let fate = |(id, old): (&FnId, &FnId)| {
        let own = &changed.program.functions[id.0].diagnostics;
        let later = not_translated.iter().find(|(f, _)| f == id).map_or(&[][..], |(_, d)| d);
        if let Some(d) = own.iter().chain(later).next() {
            return Fate::Refused(format!("{} {}", d.code, d.message));
        }
        if let Outcome::Refuted(c) = refute(&changed.program, *id, budget).outcome {
            let one =
                |i: &harmonic_translator::interp::Input| format!("{} = {}", i.name, i.expression(&changed.program));
            let inputs = c.inputs.iter().map(one).collect::<Vec<_>>().join(", ");
            return Fate::Killed(format!("with {inputs}, it {}", c.what_happened(&changed.program, &changed.sources)));
        }
        compare(&original.program, *old, &changed.program, *id)
    };
    ids.iter().zip(&originals).map(fate).collect()
}

/// Runs both on inputs of the original. Types have the same numbers in both programs, for only a body differs.
fn compare(original: &Program, old: FnId, changed: &Program, new: FnId) -> Fate {
    let budget = Budget { inputs: 1_000, total_steps: 500_000, ..Budget::default() };
    let Some((old, inputs)) = sample(original, old, &budget) else { return Fate::Same(0) };
    let Some((new, _)) = sample(changed, new, &Budget { inputs: 0, ..budget }) else { return Fate::Same(0) };
    let outcome = |run: Run| match run {
        Run::Good { returned, exits, .. } => Some(Ok((returned, exits))),
        Run::Bad { happened, .. } => Some(Err(happened)),
        Run::NotMet(_) | Run::Inconclusive(_) => None,
    };
    let mut same = 0;
    for values in inputs {
        let run = |instance: &harmonic_translator::interp::Instance<'_>| {
            outcome(instance.run(&values, Limits::default(), false, &mut Trace::default()))
        };
        let (Some(was), Some(is)) = (run(&old), run(&new)) else { continue };
        if was == is {
            same += 1;
            continue;
        }
        let shown = format!("{values:?}: {was:?}, and now {is:?}");
        // For other types than integers and for values that cannot be named, it may be different.
        let evident = old.types.is_empty() && !values.iter().any(is_opaque);
        return if is.is_err() && evident { Fate::Killed(shown) } else { Fate::Differs(shown) };
    }
    Fate::Same(same)
}

fn is_opaque(v: &Value) -> bool {
    matches!(v, Value::Opaque) || v.children().is_some_and(|c| c.iter().any(is_opaque))
}
