//! The table of what came of mutants.

use std::collections::BTreeMap;
use std::fmt;

use super::Judged;
use super::behaviour::Fate;
use super::proofs::Proof;

/// Mutants of one kind of change.
#[derive(Clone, Copy, Default)]
struct Row {
    mutants: usize,
    refused: usize,
    killed: usize,
    /// Killed, and verified: what must not be.
    wrong: usize,
    /// Not killed, and the same as the original on the inputs tried.
    same: usize,
    same_verified: usize,
    /// Not killed, and not the same: the spec allows more than one function.
    differs: usize,
    differs_verified: usize,
}

impl Row {
    fn add(&mut self, other: Row) {
        for (own, other) in [
            (&mut self.mutants, other.mutants),
            (&mut self.refused, other.refused),
            (&mut self.killed, other.killed),
            (&mut self.wrong, other.wrong),
            (&mut self.same, other.same),
            (&mut self.same_verified, other.same_verified),
            (&mut self.differs, other.differs),
            (&mut self.differs_verified, other.differs_verified),
        ] {
            *own += other;
        }
    }
}

/// What came of all mutants.
#[derive(Default)]
pub(crate) struct Report {
    rows: BTreeMap<&'static str, Row>,
    /// Refusals: how many, and the first message.
    refused: BTreeMap<String, (usize, String)>,
    /// What Lean said of generated text that it refused.
    broken: Vec<String>,
    found: Vec<String>,
}

impl Report {
    /// Takes in a mutant.
    pub(crate) fn add(&mut self, judged: &Judged<'_>) {
        let mutant = &judged.mutant;
        let place = format!("{}, line {}, {}", mutant.source.name, mutant.change.line, mutant.change.operator);
        let has = |of: fn(&Fate) -> bool| judged.fates.iter().any(of);
        let verified = !judged.proofs.is_empty() && judged.proofs.iter().all(|p| *p == Proof::Verified);
        let row = self.rows.entry(mutant.change.operator).or_default();
        row.mutants += 1;
        if has(|f| matches!(f, Fate::Killed(_))) {
            row.killed += 1;
        } else if let Some(why) = judged.fates.iter().find_map(|f| match f {
            Fate::Refused(why) => Some(why),
            _ => None,
        }) {
            row.refused += 1;
            let (code, message) = why.split_once(' ').unwrap_or((why, ""));
            self.refused.entry(code.to_owned()).or_insert((0, message.to_owned())).0 += 1;
        } else if has(|f| matches!(f, Fate::Differs(_))) {
            row.differs += 1;
            row.differs_verified += usize::from(verified);
        } else {
            row.same += 1;
            row.same_verified += usize::from(verified);
        }
        if let Some(how) = judged.wrongly_verified() {
            row.wrong += 1;
            self.found.push(format!("{place}: {how}\n```rust\n{}```", mutant.change.text));
        }
        for proof in &judged.proofs {
            if let Proof::Broken(why) = proof {
                self.broken.push(format!("{place}: {why}\n```rust\n{}```", mutant.change.text));
            }
        }
    }

    fn all(&self) -> Row {
        let mut all = Row::default();
        self.rows.values().for_each(|row| all.add(*row));
        all
    }

    /// The table in a line.
    pub(crate) fn sum(&self) -> String {
        let all = self.all();
        let verified = all.same_verified + all.differs_verified;
        let Row { mutants, refused, killed, wrong, .. } = all;
        format!(
            "{mutants} mutants, {refused} refused, {killed} killed of which {wrong} verified, {verified} others verified"
        )
    }

    /// How many are wrongly verified.
    pub(crate) fn wrong(&self) -> usize {
        self.found.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, found) in [("wrongly verified", &self.found), ("refused by Lean", &self.broken)] {
            for one in found {
                writeln!(f, "## {title}: {one}\n")?;
            }
        }
        let all = self.all();
        let head = ["change", "mutants", "refused", "killed", "verified", "same", "verified", "differ", "verified"];
        writeln!(
            f,
            "{:18} {:>8} {:>8} {:>8} {:>9} {:>8} {:>9} {:>8} {:>9}",
            head[0], head[1], head[2], head[3], head[4], head[5], head[6], head[7], head[8]
        )?;
        for (name, r) in self.rows.iter().map(|(name, row)| (*name, row)).chain([("all", &all)]) {
            writeln!(
                f,
                "{name:18} {:>8} {:>8} {:>8} {:>9} {:>8} {:>9} {:>8} {:>9}",
                r.mutants, r.refused, r.killed, r.wrong, r.same, r.same_verified, r.differs, r.differs_verified
            )?;
        }
        for (code, (n, message)) in &self.refused {
            writeln!(f, "refused {code}: {n} ({message})")?;
        }
        writeln!(f, "{} texts that Lean refuses", self.broken.len())
    }
}
