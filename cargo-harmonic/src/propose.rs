//! What a function without a spec would have to require, so that it returns for all arguments that meet it.
//!
//! The interpreter shows where it panics; what would have to hold there, as far as it speaks of nothing but the parameters, is
//! required, until no more inputs are found. Lean has the last word: only what it accepts is proposed.

use std::collections::BTreeSet;

use harmonic_lean::Cancel;
use harmonic_translator::interp::{Budget, Happened, Outcome, refute};
use harmonic_translator::span::Span;
use harmonic_translator::tir::FnId;
use harmonic_translator::translate::translate;
use harmonic_translator::unit::Obligation;
use syn::visit::Visit;

use crate::cli::{Common, Proving, Selection};
use crate::counterexample;
use crate::failure::Failure;
use crate::judging::Judging;
use crate::loaded::Loaded;
use crate::progress::Meter;
use crate::project::Project;
use crate::terminal;
use crate::verdict::{Status, Verdict};

/// Most conditions of a proposal: with more of them, they say too little.
const MOST_CONDITIONS: usize = 4;

/// A precondition that was proved to be enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The function.
    pub function: String,
    /// The attribute.
    pub attribute: String,
    /// The file, relative to the package.
    pub file: String,
    /// Where in it the attribute goes, in bytes: the start of a line.
    pub at: usize,
    /// The line, with its indentation and its end.
    pub line: String,
}

/// Most functions of a crate that are looked at: each takes about as long as a proof.
const MOST_FUNCTIONS: usize = 40;

/// Finds, for the functions without a spec that do not return for all arguments, what they would have to require, and says so in
/// their verdicts.
///
/// # Errors
/// If Lean cannot work at all.
pub fn propose_all(
    project: &Project,
    one: &Loaded<'_>,
    selection: &Selection,
    proving: &Proving,
    common: &Common,
    cancel: &Cancel,
    verdicts: &mut [Verdict],
) -> Result<Vec<Proposal>, Failure> {
    // A run of its own, of which nothing is seen.
    let proving = Proving { events: None, keep_lean: None, ..proving.clone() };
    let hushed = Common { quiet: true, verbose: 0, ..common.clone() };
    let mut judging = Judging::new(project, &proving, &hushed, cancel)?.on_trial();
    let of_verdict = |v: &Verdict| one.plain.iter().copied().find(|id| one.name(*id) == v.function);
    let failed: Vec<(&mut Verdict, FnId)> = verdicts
        .iter_mut()
        .filter(|v| !v.annotated && matches!(v.status, Status::Refuted | Status::Unknown))
        .filter_map(|v| of_verdict(v).map(|id| (v, id)))
        .collect();
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    if failed.len() > MOST_FUNCTIONS && !common.quiet {
        let count = failed.len();
        terminal::say(format_args!(
            "preconditions are looked for {MOST_FUNCTIONS} of {count} functions; name others to see theirs"
        ));
    }
    let meter = Meter::new(common, "looking for preconditions", failed.len().min(MOST_FUNCTIONS));
    let mut found = Vec::new();
    for (verdict, id) in failed.into_iter().take(MOST_FUNCTIONS) {
        if cancel.is_cancelled() {
            break;
        }
        if let Some(proposal) = propose(&mut judging, one, selection, id)? {
            verdict.proposed = Some(proposal.attribute.clone());
            if let Some(finding) = verdict.findings.first_mut() {
                finding.help = Some(format!("with `{}` it is verified", proposal.attribute));
            }
            found.push(proposal);
        }
        meter.quietly_done();
    }
    Ok(found)
}

/// Finds what one of the functions without a spec would have to require; `None` if nothing that is simple does.
fn propose(
    judging: &mut Judging<'_>,
    one: &Loaded<'_>,
    selection: &Selection,
    id: FnId,
) -> Result<Option<Proposal>, Failure> {
    let Some(place) = Place::of(one, id) else { return Ok(None) };
    let mut conditions: Vec<String> = Vec::new();
    loop {
        let proposal = place.proposal(&conditions);
        let Some((changed, id)) = with(one, selection, &place, &proposal) else { return Ok(None) };
        let new = match refute(&changed.program, id, &Budget::default()).outcome {
            Outcome::Refuted(c) => match &c.happened {
                Happened::Panicked(_) => conditions_at(&changed, &place, &[counterexample::place(&c.happened)]),
                _ => return Ok(None),
            },
            Outcome::NotFound if conditions.is_empty() => open_conditions(judging, &changed, &place)?,
            Outcome::NotFound => match judged(judging, &changed)? {
                (Status::Verified, _) => {
                    return without_the_needless(judging, one, selection, &place, conditions).map(Some);
                }
                (Status::Unknown, open) => conditions_at(&changed, &place, &open),
                _ => return Ok(None),
            },
            Outcome::NotRunnable(_) => return Ok(None),
        };
        let before = conditions.len();
        for condition in new {
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        if conditions.len() == before || conditions.len() > MOST_CONDITIONS {
            return Ok(None);
        }
    }
}

/// The proposal without the parts that are not needed.
fn without_the_needless(
    judging: &mut Judging<'_>,
    one: &Loaded<'_>,
    selection: &Selection,
    place: &Place,
    conditions: Vec<String>,
) -> Result<Proposal, Failure> {
    let mut parts: Vec<String> = conditions.iter().flat_map(|c| conjuncts(c)).collect();
    let mut at = 0;
    while parts.len() > 1 && at < parts.len() {
        let mut fewer = parts.clone();
        fewer.remove(at);
        let enough = match with(one, selection, place, &place.proposal(&fewer)) {
            Some((changed, id)) => {
                let refuted = matches!(refute(&changed.program, id, &Budget::default()).outcome, Outcome::Refuted(_));
                !refuted && judged(judging, &changed)?.0 == Status::Verified
            }
            None => false,
        };
        if enough {
            parts = fewer;
        } else {
            at += 1;
        }
    }
    Ok(place.proposal(&parts))
}

/// The parts of `a && b`, as they are written.
fn conjuncts(text: &str) -> Vec<String> {
    match syn::parse_str(text) {
        Ok(syn::Expr::Binary(syn::ExprBinary { left, op: syn::BinOp::And(_), right, .. })) => {
            use syn::spanned::Spanned;
            let written = |e: &syn::Expr| e.span().byte_range();
            let parts = [text.get(written(&left)), text.get(written(&right))];
            match parts {
                [Some(left), Some(right)] => [conjuncts(left), conjuncts(right)].concat(),
                _ => vec![text.to_owned()],
            }
        }
        _ => vec![text.to_owned()],
    }
}

/// What would have to hold where Lean found no proof.
fn open_conditions(judging: &mut Judging<'_>, changed: &Loaded<'_>, place: &Place) -> Result<Vec<String>, Failure> {
    let (status, open) = judged(judging, changed)?;
    Ok(if status == Status::Unknown { conditions_at(changed, place, &open) } else { Vec::new() })
}

/// The verdict on the one function that was chosen, and where its open obligations are.
fn judged(judging: &mut Judging<'_>, changed: &Loaded<'_>) -> Result<(Status, Vec<Span>), Failure> {
    let verdict = judging.judge(changed)?.pop();
    Ok(verdict.map_or((Status::Error, Vec::new()), |v| (v.status, v.open.iter().map(|o| o.at).collect())))
}

/// Where a function's attributes go.
struct Place {
    function: String,
    path: String,
    parameters: BTreeSet<String>,
    file: String,
    at: usize,
    indentation: String,
}

impl Place {
    fn of(one: &Loaded<'_>, id: FnId) -> Option<Self> {
        let function = one.program.functions.get(id.0)?;
        let (file, text) = one.sources.files.get(function.sig_span.file.0 as usize)?;
        let signature = usize::try_from(function.sig_span.lo).ok()?;
        let at = text.get(..signature)?.rfind('\n').map_or(0, |end| end + 1);
        let before = text.get(at..signature)?;
        // Attributes, or another item, on the line: there is no simple place for one more.
        let visibility = before.trim_start();
        if !(visibility.is_empty() || syn::parse_str::<syn::Visibility>(visibility).is_ok()) {
            return None;
        }
        let indentation = before.get(..before.len() - visibility.len())?.to_owned();
        let parameters = function.params.iter().filter_map(|p| function.locals.get(p.0));
        Some(Self {
            function: one.name(id),
            path: function.path.clone(),
            parameters: parameters.map(|l| l.name.clone()).collect(),
            file: file.clone(),
            at,
            indentation,
        })
    }

    fn proposal(&self, conditions: &[String]) -> Proposal {
        let all = match conditions {
            [] => "true".to_owned(),
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let attribute = format!("#[harmonic::spec(requires: {all})]");
        let line = format!("{}{attribute}\n", self.indentation);
        Proposal { function: self.function.clone(), attribute, file: self.file.clone(), at: self.at, line }
    }
}

/// The crate with the attribute in its place, and that function chosen of it.
fn with<'c>(one: &Loaded<'c>, selection: &Selection, place: &Place, proposal: &Proposal) -> Option<(Loaded<'c>, FnId)> {
    let read = |path: &str| {
        let mut text = one.read(path)?;
        if path == proposal.file && proposal.at <= text.len() {
            text.splice(proposal.at..proposal.at, proposal.line.bytes());
        }
        Ok(text)
    };
    let selection = Selection { all: false, exact: true, filters: vec![place.path.clone()], ..selection.clone() };
    let changed = Loaded::reading(one.krate, &selection, &read);
    match changed.chosen.as_slice() {
        [id] => {
            let id = *id;
            changed.program.functions.get(id.0).filter(|f| f.diagnostics.is_empty())?;
            Some((changed, id))
        }
        _ => None,
    }
}

/// What would have to hold at these places, in the words of the parameters.
fn conditions_at(changed: &Loaded<'_>, place: &Place, at: &[Span]) -> Vec<String> {
    let (translation, _) = translate(&changed.program);
    let unit = translation.units.iter().find(|u| u.function == place.path && !u.obligations.is_empty());
    let obligations = unit.map_or(&[][..], |u| &u.obligations);
    let source = unit.map_or("", |u| changed.sources.snippet(u.span));
    let of = |fits: fn(Span, Span) -> bool| {
        let there = obligations.iter().filter(|o| at.iter().any(|span| fits(*span, o.span)));
        there.filter_map(|o| condition(o, &place.parameters, source)).collect::<Vec<String>>()
    };
    let exact = of(|a, b| a == b);
    // A panic may be reported at a part of the expression.
    if exact.is_empty() { of(|a, b| a.file == b.file && a.lo < b.hi && b.lo < a.hi) } else { exact }
}

/// An obligation as a condition: its goal, where the tests on the way to it hold.
fn condition(obligation: &Obligation, parameters: &BTreeSet<String>, source: &str) -> Option<String> {
    let said = |text: &str| speaks_of(text, parameters);
    if obligation.goal.is_empty() || !said(&obligation.goal) {
        return None;
    }
    let tests = obligation.facts.iter().map(String::as_str).filter(|f| said(f) && is_test(f, source));
    let facts: Vec<&str> = tests.collect();
    Some(match facts.as_slice() {
        [] => obligation.goal.clone(),
        facts if obligation.goal == "false" => format!("!({})", facts.join(" && ")),
        facts => format!("harmonic::implies({}, {})", facts.join(" && "), obligation.goal),
    })
}

/// Whether a fact is what the source tests, or its opposite. Other facts, of what an operation gives, hold for all arguments.
fn is_test(fact: &str, source: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let (fact, source) = (plain(fact), plain(source));
    let opposite = [("<=", ">"), (">=", "<"), ("==", "!="), ("!=", "=="), ("<", ">="), (">", "<=")];
    let opposite = opposite.iter().find(|(sign, _)| fact.contains(sign)).map(|(a, b)| fact.replacen(a, b, 1));
    let inner = fact.strip_prefix('!').map(|f| f.trim_matches(['(', ')']));
    [Some(fact.as_str()), opposite.as_deref(), inner].into_iter().flatten().any(|text| source.contains(text))
}

/// Whether a text is an expression over these names, and over constants that are named by their type.
fn speaks_of(text: &str, names: &BTreeSet<String>) -> bool {
    struct Names<'n>(&'n BTreeSet<String>, bool);
    impl Visit<'_> for Names<'_> {
        fn visit_expr_path(&mut self, it: &syn::ExprPath) {
            self.1 &= match it.path.get_ident() {
                Some(ident) => self.0.contains(&ident.to_string()),
                None => it.path.segments.len() == 2,
            };
        }
        fn visit_macro(&mut self, _: &syn::Macro) {
            self.1 = false;
        }
        fn visit_expr_closure(&mut self, _: &syn::ExprClosure) {
            self.1 = false;
        }
    }
    let Ok(expression) = syn::parse_str::<syn::Expr>(text) else { return false };
    let mut found = Names(names, true);
    found.visit_expr(&expression);
    found.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_apart() {
        assert_eq!(conjuncts("0 <= k && (k < 3 || k > 5) && f(k)"), ["0 <= k", "(k < 3 || k > 5)", "f(k)"]);
        assert_eq!(conjuncts("a || b && c"), ["a || b && c"]);
    }

    #[test]
    fn tests_are_told_from_other_facts() {
        let source = "fn f(i: usize, go: bool) { if i > 0 && go { v[i - 1] } else { i / 2 } }";
        for test in ["i > 0", "i <= 0", "go", "!go", "!(i > 0)"] {
            assert!(is_test(test, source), "{test}");
        }
        for other in ["0 <= i / 2", "i / 2 <= i", "i >= 7"] {
            assert!(!is_test(other, source), "{other}");
        }
    }

    #[test]
    fn conditions_speak_of_parameters_alone() {
        let names = BTreeSet::from(["v".to_owned(), "self".to_owned(), "x".to_owned()]);
        for good in ["x + 1 <= u32::MAX", "0 < v.len()", "self.a * self.b <= u32::MAX", "v[x] != 0"] {
            assert!(speaks_of(good, &names), "{good}");
        }
        for bad in ["y < 3", "r1.1.len() == 2", "x <", "v.iter().all(|k| k > 0)", "vec![x].len() > 0"] {
            assert!(!speaks_of(bad, &names), "{bad}");
        }
    }
}
