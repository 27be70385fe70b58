//! Prints what a theorem rests on: `audit CORE_LIBRARY MODULE.olean THEOREM [LIBRARY…]`.
use std::path::PathBuf;

use harmonic_lean::olean::{Auditor, Parts};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(core), Some(module), Some(theorem)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: audit CORE_LIBRARY MODULE.olean THEOREM [LIBRARY…]".into());
    };
    let auditor = Auditor::new(PathBuf::from(core), args.map(PathBuf::from).collect());
    let module = Parts::read(&PathBuf::from(module))?.encode();
    let start = std::time::Instant::now();
    println!("{:#?}", auditor.audit(&theorem, &module)?);
    println!("first {:?}", start.elapsed());
    let start = std::time::Instant::now();
    auditor.audit(&theorem, &module)?;
    println!("again {:?}", start.elapsed());
    Ok(())
}
