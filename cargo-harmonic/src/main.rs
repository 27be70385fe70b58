//! `cargo harmonic`: proves that Rust functions meet their `#[spec]`, with Lean as the judge.

mod agents;
mod agents_config;
mod audit;
mod cli;
mod config;
mod counterexample;
mod coverage;
mod emit;
mod engine;
mod events;
mod explain_proof;
mod failure;
mod fix;
mod invariants;
mod jobs;
mod judge;
mod judging;
mod learning;
mod loaded;
mod progress;
mod project;
mod propose;
mod prune;
mod report;
mod run_lean;
mod setup;
mod terminal;
mod train;
mod verdict;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use harmonic_lean::Cancel;

use cli::{Cargo, Command};

fn main() -> ExitCode {
    let Cargo::Harmonic(args) = Cargo::parse();
    let cancel = Cancel::default();
    let token = cancel.clone();
    // A second Ctrl-C ends the process at once: everything kept on disk is written atomically.
    let handler = ctrlc::set_handler(move || {
        if token.is_cancelled() {
            std::process::exit(130);
        }
        token.cancel();
    });
    if let Err(e) = handler {
        terminal::say(format_args!("Ctrl-C will not be handled: {e}"));
    }
    let result = match &args.command {
        Command::Verify(args) => verify::run(args, &cancel),
        Command::Coverage(args) => coverage::run(args, &cancel),
        Command::Fix(args) => fix::run(args, &cancel),
        Command::Audit(args) => audit::run(args, &cancel),
        Command::Prune(args) => prune::run(args),
        Command::ExplainProof(args) => explain_proof::run(args, &cancel),
        Command::Train(args) => train::run(args, &cancel),
        Command::Explain { code } => setup::explain(code.as_deref()),
        Command::Setup(args) => setup::run(args),
        Command::Lean { file, json, output, lean, common } => {
            let run = run_lean::Run { file, json: *json, output: output.as_deref(), lean: lean.as_deref(), common };
            run_lean::run(&run, &cancel)
        }
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            // Whoever read the output has seen enough.
            if !e.reader_left {
                report::failure(&e);
            }
            ExitCode::from(2)
        }
    }
}
