//! From the typed IR of a crate to Lean text with obligations: orders functions, lowers them, prints them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::fir::Def;
use crate::spec_to_lean::{called_in, definitions, needed};
use crate::terms::{adt_name, adt_text, elim_text, fn_name};
use crate::tir::{AdtId, FnId, Program, Ty};
use crate::tir_to_fir::{calls_unsupported, lower, refuse};
use crate::unit::{Translation, Unit};
use crate::vcg::Vcg;
use crate::words::Names;

/// The lines every Lean file starts with, after its `import`s.
pub const HEADER: &str = "set_option linter.all false\nset_option maxRecDepth 4096\nset_option Elab.async false\nset_option autoImplicit false\nnoncomputable section\nopen Harmonic\n";

/// The front end's program as units for the prover. Functions that have no Lean form come back with their reasons.
pub fn translate(prog: &Program) -> (Translation, Vec<(FnId, Vec<Diagnostic>)>) {
    match crate::stack::large("translation", || translated(prog)) {
        Ok(Ok(out)) => out,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        // Most functions need no more stack than there is.
        Err(_) => translated(prog),
    }
}

fn translated(prog: &Program) -> (Translation, Vec<(FnId, Vec<Diagnostic>)>) {
    let mut refused: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    if prog.adts.is_empty() {
        // Not even the types of std: nothing of the crate was read.
        return (Translation::default(), vec![]);
    }
    let mut defs: Vec<Option<Def>> = vec![];
    for (i, f) in prog.functions.iter().enumerate() {
        let believed = f.trusted && f.spec.is_some();
        if !f.diagnostics.is_empty() || f.body.is_none() && !believed {
            defs.push(None);
            continue;
        }
        match lower(prog, FnId(i)) {
            Ok(d) => defs.push(Some(d)),
            Err(ds) => {
                refused.insert(i, ds);
                defs.push(None);
            }
        }
    }
    // What calls something without a definition has none itself.
    let order = loop {
        let order = circles(&defs);
        let mut changed = false;
        for c in order.iter().filter(|c| c.len() > 1).flatten() {
            let f = &prog.functions[*c];
            if !f.generics.is_empty() {
                refused.entry(*c).or_default().push(refuse(
                    "H0609",
                    "a generic function that calls itself by way of others is not supported",
                    f.sig_span,
                ));
                defs[*c] = None;
                changed = true;
            }
        }
        for i in 0..defs.len() {
            let Some(d) = &defs[i] else { continue };
            let missing = d.calls.iter().find(|c| defs[c.0].is_none()).copied();
            if let Some(m) = missing {
                let span = prog.functions[i].sig_span;
                refused.entry(i).or_default().push(calls_unsupported(&prog.functions[m.0].path, span));
                defs[i] = None;
                changed = true;
            }
        }
        if !changed {
            break order;
        }
    };
    let adts = adts_in_order(prog);
    let mut shared = vec![elim_text(prog, AdtId::OPTION), elim_text(prog, AdtId::RESULT)];
    let mut shared_of: BTreeMap<usize, usize> = BTreeMap::new();
    for a in adts {
        shared_of.insert(a, shared.len());
        shared.push(adt_text(prog, AdtId(a)));
    }
    let names = Names::new(prog);
    let mut units: Vec<Unit> = vec![];
    let mut unit_of: BTreeMap<usize, usize> = BTreeMap::new();
    for circle in order {
        match group(prog, &defs, &circle, &names, &unit_of, units.len()) {
            Ok(made) => {
                for (i, mut unit) in circle_in_order(prog, &circle).into_iter().zip(made) {
                    unit.prelude_types = prelude_types(prog, &defs, &circle, &unit, &shared_of);
                    unit_of.insert(i, units.len());
                    units.push(unit);
                }
            }
            Err(reasons) => refused.extend(reasons),
        }
    }
    logical_functions(prog, &shared_of, &mut shared, &mut units);
    (Translation { shared, units }, refused.into_iter().map(|(i, d)| (FnId(i), d)).collect())
}

/// Adds the definitions of recursive functions that conditions call to what units share.
fn logical_functions(prog: &Program, shared_of: &BTreeMap<usize, usize>, shared: &mut Vec<String>, units: &mut [Unit]) {
    let named = |unit: &Unit| -> BTreeSet<String> {
        let texts = unit.obligations.iter().map(|o| &o.statement).chain([&unit.theorem]);
        texts.flat_map(|text| called_in(text)).map(str::to_owned).collect()
    };
    let all: Vec<BTreeSet<String>> = units.iter().map(named).collect();
    let made = definitions(prog, &all.iter().flatten().cloned().collect());
    let first = shared.len();
    for (unit, named) in units.iter_mut().zip(&all).filter(|(_, named)| !named.is_empty()) {
        let mut types = BTreeSet::new();
        for at in needed(&made, named) {
            let f = &prog.functions[made[at].function.0];
            f.params.iter().for_each(|p| mentioned(prog, &f.locals[p.0].ty, &mut types));
            unit.prelude_types.push(first + at);
        }
        unit.prelude_types.extend(types.iter().filter_map(|t| shared_of.get(t)));
        unit.prelude_types.sort_unstable();
        unit.prelude_types.dedup();
    }
    shared.extend(made.into_iter().map(|d| d.text));
}

/// The functions of a circle, one with a spec first if there is one: its unit has the definitions and theorems of all.
fn circle_in_order(prog: &Program, circle: &[usize]) -> Vec<usize> {
    let mut out = circle.to_vec();
    out.sort_unstable();
    out.sort_by_key(|i| prog.functions[*i].spec.is_none());
    out
}

fn prelude_types(
    prog: &Program,
    defs: &[Option<Def>],
    circle: &[usize],
    unit: &Unit,
    shared_of: &BTreeMap<usize, usize>,
) -> Vec<usize> {
    let mut types = BTreeSet::new();
    for def in circle.iter().filter_map(|i| defs[*i].as_ref()) {
        for v in &def.vars {
            mentioned(prog, &v.ty, &mut types);
        }
        mentioned(prog, &def.ret, &mut types);
    }
    // A value that is made and taken apart at once is one of no variable.
    let leaves = unit.obligations.iter().map(|o| o.statement.as_str());
    let words = leaves.chain([unit.definition.as_str(), &unit.theorem]).flat_map(|text| text.split(between));
    let named: BTreeSet<&str> = words.filter(|w| w.starts_with("T_")).collect();
    for a in shared_of.keys().filter(|a| named.contains(adt_name(prog, AdtId(**a)).as_str())) {
        mentioned(prog, &Ty::Adt(AdtId(*a), vec![]), &mut types);
    }
    let mut out: Vec<usize> = vec![0, 1];
    out.extend(types.iter().filter_map(|t| shared_of.get(t)));
    out.sort_unstable();
    out
}

/// Whether a character is none of a name of a type.
fn between(c: char) -> bool {
    !(c.is_alphanumeric() || c == '_' || c == '\'')
}

/// The units of a function, or of functions that call each other in a circle: then all text is that of the first, which will
/// be the unit `first_unit`, and the others rest on it.
fn group(
    prog: &Program,
    defs: &[Option<Def>],
    circle: &[usize],
    names: &Names,
    unit_of: &BTreeMap<usize, usize>,
    first_unit: usize,
) -> Result<Vec<Unit>, BTreeMap<usize, Vec<Diagnostic>>> {
    let order = circle_in_order(prog, circle);
    let made: Vec<(usize, &Def)> = order.iter().filter_map(|i| defs[*i].as_ref().map(|d| (*i, d))).collect();
    let Some((first, def)) = made.first().copied() else { return Ok(vec![]) };
    let fail = |reason: Diagnostic| made.iter().map(|(i, _)| (*i, vec![reason.clone()])).collect::<BTreeMap<_, _>>();
    let inside = |f: &FnId| circle.contains(&f.0);
    let recursive = made.iter().any(|(_, d)| d.calls.iter().any(inside));
    let mut definition = String::new();
    for (i, d) in &made {
        let f = &prog.functions[*i];
        match crate::fir_to_lean::definition(prog, d, recursive) {
            Ok(text) => definition.push_str(&text),
            Err(e) => return Err(fail(refuse("H0607", e, f.sig_span))),
        }
        if let Some(c) = d.calls.iter().find(|c| !inside(c) && !unit_of.contains_key(&c.0)) {
            return Err(fail(calls_unsupported(&prog.functions[c.0].path, f.sig_span)));
        }
    }
    if made.len() > 1 {
        definition = format!("mutual\n{definition}end\n");
    }
    let f = &prog.functions[first];
    if f.spec.is_none() && !recursive {
        definition.push_str(&unfold_rule(prog, def));
    }
    let mut theorems = BTreeMap::new();
    let mut obligations = vec![];
    if f.spec.is_some() {
        let ids: Vec<FnId> = if recursive { order.iter().map(|i| FnId(*i)).collect() } else { vec![] };
        match Vcg::run(prog, defs, def, &ids, names) {
            Ok(found) => {
                theorems.extend(found.theorems);
                obligations = found.obligations;
            }
            Err(reasons) => return Err(made.iter().map(|(i, _)| (*i, reasons.clone())).collect()),
        }
    }
    // Whatever is stated in a circle is part of what identifies each of its statements.
    let all: String = theorems.values().map(|t| t.rsplit_once(":=\n").map_or("", |(statement, _)| statement)).collect();
    let mut depends: Vec<usize> = vec![];
    for callee in made.iter().flat_map(|(_, d)| &d.calls).filter(|c| !inside(c)) {
        if let Some(unit) = unit_of.get(&callee.0)
            && !depends.contains(unit)
        {
            depends.push(*unit);
        }
    }
    let unit = |i: usize, d: &Def, leads: bool| {
        let f = &prog.functions[i];
        let theorem = theorems.get(&d.id).cloned().unwrap_or_default();
        let statement_key = match made.len() {
            1 => format!("{definition}\n{}", theorem.split(":=").next().unwrap_or_default()),
            _ => format!("{definition}\n{all}\n{}", f.path),
        };
        Unit {
            function: f.path.clone(),
            lean_name: fn_name(&f.path),
            prelude_types: vec![],
            depends: if leads { depends.clone() } else { vec![first_unit] },
            definition: if leads { definition.clone() } else { String::new() },
            obligations: if leads { obligations.clone() } else { vec![] },
            theorem,
            span: f.span,
            statement_key,
        }
    };
    Ok(made.iter().enumerate().map(|(n, (i, d))| unit(*i, d, n == 0)).collect())
}

fn unfold_rule(prog: &Program, def: &Def) -> String {
    let f = &prog.functions[def.id.0];
    let name = fn_name(&f.path);
    let params: String = def
        .params
        .iter()
        .map(|v| format!(" {{{} : {}}}", def.vars[*v].name, crate::terms::ty_text(prog, &def.vars[*v].ty)))
        .collect();
    let args: String = def.params.iter().map(|v| format!(" {}", def.vars[*v].name)).collect();
    let ret = crate::terms::ty_text(prog, &def.ret);
    let body = crate::fir_to_lean::definition(prog, def, false)
        .ok()
        .and_then(|t| t.split_once(":=\n").map(|(_, b)| b.to_string()))
        .unwrap_or_default();
    format!(
        "theorem {name}.unfold_holds{}{params} {{P : {ret} → Prop}} (h : (({}) : Outcome {ret}).holds P) : ({name}{}{args}).holds P := h\n",
        crate::fir_to_lean::generics(f),
        body.trim_end(),
        crate::terms::own_type_arguments(prog, f),
    )
}

/// Circles of calls, most of them of one function; callees before callers.
fn circles(defs: &[Option<Def>]) -> Vec<Vec<usize>> {
    struct Walk<'d> {
        defs: &'d [Option<Def>],
        /// When a function was met first.
        met: Vec<Option<usize>>,
        on_stack: Vec<bool>,
        stack: Vec<usize>,
        count: usize,
        out: Vec<Vec<usize>>,
    }
    impl Walk<'_> {
        fn visit(&mut self, i: usize) -> usize {
            let own = self.count;
            self.count += 1;
            self.met[i] = Some(own);
            self.on_stack[i] = true;
            self.stack.push(i);
            let mut low = own;
            let defs = self.defs;
            for c in defs[i].iter().flat_map(|d| &d.calls) {
                match self.met[c.0] {
                    None if defs[c.0].is_some() => low = low.min(self.visit(c.0)),
                    Some(at) if self.on_stack[c.0] => low = low.min(at),
                    _ => {}
                }
            }
            if low == own {
                let at = self.stack.iter().rposition(|s| *s == i).unwrap_or_default();
                let circle = self.stack.split_off(at);
                circle.iter().for_each(|c| self.on_stack[*c] = false);
                self.out.push(circle);
            }
            low
        }
    }
    let n = defs.len();
    let mut walk = Walk { defs, met: vec![None; n], on_stack: vec![false; n], stack: vec![], count: 0, out: vec![] };
    for (i, def) in defs.iter().enumerate() {
        if def.is_some() && walk.met[i].is_none() {
            walk.visit(i);
        }
    }
    walk.out
}

fn mentioned(prog: &Program, ty: &Ty, out: &mut BTreeSet<usize>) {
    match ty {
        Ty::Adt(a, args) => {
            if out.insert(a.0) {
                for v in &prog.adts[a.0].variants {
                    for (_, t) in &v.fields {
                        mentioned(prog, t, out);
                    }
                }
            }
            args.iter().for_each(|t| mentioned(prog, t, out));
        }
        Ty::Tuple(ts) => ts.iter().for_each(|t| mentioned(prog, t, out)),
        Ty::Ref(_, t) | Ty::Slice(t) | Ty::Array(t, _) | Ty::Vec(t) => mentioned(prog, t, out),
        _ => {}
    }
}

/// User types, those that others are made of first.
fn adts_in_order(prog: &Program) -> Vec<usize> {
    fn visit(prog: &Program, a: usize, seen: &mut BTreeSet<usize>, out: &mut Vec<usize>) {
        if !seen.insert(a) {
            return;
        }
        for v in &prog.adts[a].variants {
            for (_, t) in &v.fields {
                let mut inner = BTreeSet::new();
                mentioned(prog, t, &mut inner);
                for i in inner {
                    visit(prog, i, seen, out);
                }
            }
        }
        if a > AdtId::RESULT.0 {
            out.push(a);
        }
    }
    let (mut seen, mut out) = (BTreeSet::new(), vec![]);
    for a in 0..prog.adts.len() {
        visit(prog, a, &mut seen, &mut out);
    }
    out
}
