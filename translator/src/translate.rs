//! From the typed IR of a crate to Lean text with obligations: orders functions, lowers them, prints them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::fir::Def;
use crate::terms::{adt_text, elim_text, fn_name};
use crate::tir::{AdtId, FnId, Program, Ty};
use crate::tir_to_fir::{lower, refuse};
use crate::unit::{Translation, Unit};
use crate::vcg::Vcg;
use crate::words::Names;

/// The lines every Lean file starts with, after its `import`s.
pub const HEADER: &str = "set_option linter.all false\nset_option maxRecDepth 4096\nset_option Elab.async false\nset_option autoImplicit false\nnoncomputable section\nopen Harmonic\n";

/// The front end's program as units for the prover. Functions that have no Lean form come back with their reasons.
pub fn translate(prog: &Program) -> (Translation, Vec<(FnId, Vec<Diagnostic>)>) {
    let mut refused: BTreeMap<usize, Vec<Diagnostic>> = BTreeMap::new();
    let mut defs: Vec<Option<Def>> = vec![];
    for (i, f) in prog.functions.iter().enumerate() {
        if !f.diagnostics.is_empty() || f.body.is_none() {
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
    // What calls something without a definition has none itself; mutual recursion is not modelled.
    let order = loop {
        let (order, cyclic) = sort(&defs);
        let mut changed = false;
        for c in cyclic {
            let span = prog.functions[c].sig_span;
            refused.entry(c).or_default().push(refuse("H0609", "mutual recursion is not supported", span));
            defs[c] = None;
            changed = true;
        }
        for i in 0..defs.len() {
            let Some(d) = &defs[i] else { continue };
            let missing = d.calls.iter().find(|c| defs[c.0].is_none()).copied();
            if let Some(m) = missing {
                let span = prog.functions[i].sig_span;
                refused.entry(i).or_default().push(refuse(
                    "H0205",
                    format!("this calls `{}`, which is not supported", prog.functions[m.0].path),
                    span,
                ));
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
    for i in order {
        let Some(def) = &defs[i] else { continue };
        let f = &prog.functions[i];
        let recursive = def.calls.contains(&def.id);
        let text = match crate::fir_to_lean::definition(prog, def, recursive) {
            Ok(t) => t,
            Err(e) => {
                refused.insert(i, vec![refuse("H0607", e, f.sig_span)]);
                continue;
            }
        };
        if def.calls.iter().any(|c| *c != def.id && !unit_of.contains_key(&c.0)) {
            refused.insert(i, vec![refuse("H0205", "this calls a function that is not supported", f.sig_span)]);
            continue;
        }
        let name = fn_name(&f.path);
        let mut definition = text;
        if f.spec.is_none() && !recursive {
            definition.push_str(&unfold_rule(prog, def));
        }
        let (obligations, theorem) = if f.spec.is_some() {
            match Vcg::run(prog, &defs, def, recursive, &names) {
                Ok(o) => (o.obligations, o.theorem),
                Err(ds) => {
                    refused.insert(i, ds);
                    continue;
                }
            }
        } else {
            (vec![], String::new())
        };
        let mut types = BTreeSet::new();
        for v in &def.vars {
            mentioned(prog, &v.ty, &mut types);
        }
        mentioned(prog, &def.ret, &mut types);
        let mut prelude_types: Vec<usize> = vec![0, 1];
        prelude_types.extend(types.iter().filter_map(|t| shared_of.get(t)));
        prelude_types.sort_unstable();
        let depends: Vec<usize> =
            def.calls.iter().filter(|c| **c != def.id).filter_map(|c| unit_of.get(&c.0).copied()).collect();
        let statement_key = format!("{}\n{}", definition, theorem.split(":=").next().unwrap_or_default());
        unit_of.insert(i, units.len());
        units.push(Unit {
            function: f.path.clone(),
            lean_name: name,
            prelude_types,
            depends,
            definition,
            obligations,
            theorem,
            span: f.span,
            statement_key,
        });
    }
    (Translation { shared, units }, refused.into_iter().map(|(i, d)| (FnId(i), d)).collect())
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
        "theorem {name}.unfold_holds{}{params} {{P : {ret} → Prop}} (h : (({}) : Outcome {ret}).holds P) : ({name}{args}).holds P := h\n",
        crate::fir_to_lean::generics(f),
        body.trim_end()
    )
}

/// Callees before callers; functions in a cycle with others apart.
fn sort(defs: &[Option<Def>]) -> (Vec<usize>, Vec<usize>) {
    fn visit(
        i: usize,
        defs: &[Option<Def>],
        state: &mut [u8],
        order: &mut Vec<usize>,
        stack: &mut Vec<usize>,
        cyclic: &mut BTreeSet<usize>,
    ) {
        let Some(d) = &defs[i] else { return };
        match state[i] {
            2 => return,
            1 => {
                if let Some(at) = stack.iter().position(|s| *s == i) {
                    if stack.len() - at > 1 {
                        cyclic.extend(&stack[at..]);
                    }
                }
                return;
            }
            _ => {}
        }
        state[i] = 1;
        stack.push(i);
        for c in &d.calls {
            if c.0 != i {
                visit(c.0, defs, state, order, stack, cyclic);
            }
        }
        stack.pop();
        state[i] = 2;
        order.push(i);
    }
    let (mut state, mut order, mut cyclic) = (vec![0u8; defs.len()], vec![], BTreeSet::new());
    for i in 0..defs.len() {
        visit(i, defs, &mut state, &mut order, &mut vec![], &mut cyclic);
    }
    (order, cyclic.into_iter().collect())
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
