//! `--emit`: the representations on the way to Lean, for those who want to see what the tool understood.

use std::fmt::Write as _;

use harmonic_translator::span::SourceMap;
use harmonic_translator::tir::{FnId, Program};
use harmonic_translator::unit::Translation;

use crate::cli::Stage;
use crate::verdict::Location;

/// A representation of the functions chosen.
pub fn emit(
    stage: Stage,
    program: &Program,
    sources: &SourceMap,
    translation: &Translation,
    chosen: &[FnId],
) -> String {
    let mut out = String::new();
    for id in chosen {
        let Some(function) = program.functions.get(id.0) else { continue };
        let unit = translation.units.iter().find(|u| u.function == function.path);
        let at = Location::of(sources, function.span);
        let _ = writeln!(out, "// {} ({}:{}:{})", function.path, at.file, at.line_start, at.column_start);
        match stage {
            Stage::Resolved => {
                let _ = writeln!(out, "{}", sources.snippet(function.sig_span));
                for local in &function.locals {
                    let _ = writeln!(out, "    {}: {:?}", local.name, local.ty);
                }
            }
            Stage::Typed => {
                let _ = writeln!(out, "{:#?}", function.spec);
                let _ = writeln!(out, "{:#?}", function.body);
            }
            Stage::Functional => match harmonic_translator::tir_to_fir::lower(program, *id) {
                Ok(def) => {
                    let _ = writeln!(out, "{def:#?}");
                }
                Err(refused) => {
                    for d in refused {
                        let _ = writeln!(out, "-- {}: {}", d.code, d.message);
                    }
                }
            },
            Stage::Obligations => {
                for o in unit.map_or(&[][..], |u| &u.obligations) {
                    let at = Location::of(sources, o.span);
                    let _ = writeln!(
                        out,
                        "{}:{}:{}: {}\n{}\n",
                        at.file, at.line_start, at.column_start, o.kind, o.statement
                    );
                }
            }
            // What is open is not known here.
            Stage::Prompt => {}
            Stage::Lean => {
                if let Some(unit) = unit {
                    for shared in unit.prelude_types.iter().filter_map(|i| translation.shared.get(*i)) {
                        let _ = writeln!(out, "{shared}");
                    }
                    let _ = writeln!(out, "{}\n", unit.definition);
                    for o in &unit.obligations {
                        let _ = writeln!(out, "{} := by\n  sorry\n", o.statement);
                    }
                    let _ = writeln!(out, "{}", unit.theorem);
                }
            }
        }
    }
    if stage == Stage::Lean {
        out = format!(
            "{}{}\n{out}",
            harmonic_prover::imports(&harmonic_prover::extra_modules(&out)),
            harmonic_translator::translate::HEADER
        );
    }
    out
}
