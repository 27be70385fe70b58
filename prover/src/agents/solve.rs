//! The work of agents on one open obligation.
//!
//! A proof is asked for first, and only what nobody proves at once is taken apart: a sketch whose holes are closed by the cheap
//! tactics, or by agents again. Mistakes are mended before anything is begun anew, for that is what succeeds more often.

use std::collections::HashSet;
use std::sync::Mutex;

use harmonic_lean::{EngineError, Severity};
use harmonic_translator::unit::{Obligation, Unit};

use super::bench::{Bench, Said, last_mark, wrong, wrong_in};
use super::prompt::{Attempt, Subject, prompt};
use super::provider::Answer;
use super::role::Role;
use super::sketch::{Hole, Sketch};
use super::{AgentEvent, Agents, Came, NoMore, answer, premises};
use crate::bits;
use crate::board::Board;
use crate::gate::Block;
use crate::key::leaf_key;
use crate::lean_file::imported;
use crate::normal::Bound;
use crate::portfolio::{Candidate, Origin, STAGES, candidates};
use crate::prove::{Asking, known_names};
use crate::search::{Context, lock};

/// How often a proof is mended before another is begun.
const REPAIRS: usize = 2;
/// Prefix of the marks by which a proof reports the alternative that it is at.
const MARK: &str = "hc:";
/// The alternative that leaves a hole open.
const NONE: &str = "none";
/// The stages of candidates that are tried on holes together.
const STAGES_AT_ONCE: [std::ops::RangeInclusive<u8>; 2] = [0..=2, 3..=(STAGES as u8)];

/// Why the work on an obligation ends without a proof.
enum End {
    /// Nobody is to be asked any more.
    NoMore,
    /// The engine cannot work at all.
    Engine(EngineError),
}

impl From<EngineError> for End {
    fn from(e: EngineError) -> Self {
        Self::Engine(e)
    }
}

/// Asks agents for a proof of an open leaf, and tells the board of one that Lean seems to accept.
///
/// # Errors
/// If the engine cannot work at all.
pub(crate) fn run(
    context: &Context<'_>,
    asking: &Asking<'_>,
    board: &Mutex<Board<'_>>,
    at: (usize, usize),
) -> Result<(), EngineError> {
    let translation = lock(board).translation;
    let Some(unit) = translation.units.get(at.0) else { return Ok(()) };
    let Some(obligation) = unit.obligations.get(at.1) else { return Ok(()) };
    let unwanted = || context.cancel.is_cancelled() || !lock(board).wants(at);
    let known = known_names(unit, obligation);
    let modules = imported(context.modules);
    let lemmas = premises::relevant(&obligation.statement, &modules);
    let subject = Subject::of(translation, asking.sources, unit, obligation, &lemmas);
    let mut work = Work {
        agents: asking.agents,
        bench: Bench { context, translation, unit: at.0, obligation },
        unit,
        obligation,
        index: at.1,
        known,
        stop: &unwanted,
        asked: 0,
        round: 0,
    };
    let found = match work.known_or_proved(&subject) {
        Ok(block) => block,
        Err(End::NoMore) if !context.cancel.is_cancelled() => return Ok(()),
        Err(End::NoMore | End::Engine(EngineError::Cancelled)) => {
            lock(board).cancel();
            return Ok(());
        }
        Err(End::Engine(e)) => return Err(e),
    };
    if let Some(leaf) = lock(board).leaves.get_mut(&at) {
        leaf.closed.get_or_insert(Candidate { block: found, origin: Origin::Agents, stage: 0 });
    }
    Ok(())
}

struct Work<'a> {
    agents: &'a Agents,
    bench: Bench<'a>,
    unit: &'a Unit,
    obligation: &'a Obligation,
    index: usize,
    known: HashSet<String>,
    stop: &'a (dyn Fn() -> bool + Sync),
    /// Requests made.
    asked: usize,
    /// How often all was tried.
    round: usize,
}

impl Work<'_> {
    /// A proof that was found for the same statement elsewhere, or one that is asked for.
    fn known_or_proved(&mut self, subject: &Subject) -> Result<Block, End> {
        let key = leaf_key(self.obligation);
        let bound = Bound::of(&self.obligation.statement);
        let known = self.agents.found(&key).and_then(|text| bound.specific(&text));
        if let Some(block) = known.and_then(|text| Block::new(&text, &self.known).ok()) {
            if self.alone(&block)?.is_none() {
                self.event(Role::Closer, None, Some(block.text()), Came::Known, None, None);
                return Ok(block);
            }
        }
        if self.agents.excludes(&self.unit.function) || self.agents.is_off() {
            return Err(End::NoMore);
        }
        let block = self.prove(subject)?;
        self.agents.keep(key, bound.generic(block.text()));
        Ok(block)
    }

    /// A proof; ends when nobody is to be asked any more.
    fn prove(&mut self, subject: &Subject) -> Result<Block, End> {
        let mut attempts = Vec::new();
        let mut sketches = Vec::new();
        loop {
            let known = self.known.clone();
            let check = |work: &Self, block: &Block| work.alone(block);
            if let Some(block) = self.close(subject, &known, &mut attempts, None, &check)? {
                return Ok(block);
            }
            if let Some(block) = self.sketch(subject, &mut sketches)? {
                return Ok(block);
            }
            self.round += 1;
        }
    }

    /// What is wrong with a proof of the whole.
    fn alone(&self, block: &Block) -> Result<Option<String>, EngineError> {
        let said = self.bench.run(&[block.text().to_owned()])?;
        Ok(said.first().and_then(|said| wrong(said)))
    }

    /// A block for one goal: asked for, and mended. What failed is among the attempts afterwards.
    fn close(
        &mut self,
        subject: &Subject,
        known: &HashSet<String>,
        attempts: &mut Vec<Attempt>,
        hole: Option<&str>,
        check: &dyn Fn(&Self, &Block) -> Result<Option<String>, EngineError>,
    ) -> Result<Option<Block>, End> {
        let mut mend: Option<Attempt> = None;
        for turn in 0..=REPAIRS {
            let role = if turn == 0 { Role::Closer } else { Role::Repairer };
            let text = prompt(role, subject, mend.as_ref(), attempts, false);
            let answer = self.ask(role, &text, hole)?;
            let proof = answer::block(&answer.text);
            let (came, said) = match Block::new(&proof, known) {
                Err(refusal) => (Came::Refused, Some(refusal.to_string())),
                // Who repeats a mistake is told the same again.
                Ok(block) => {
                    match said_before(attempts, &proof).map_or_else(|| check(self, &block), |s| Ok(Some(s)))? {
                        None => {
                            self.event(role, hole, Some(&proof), Came::Closed, None, Some(&answer));
                            return Ok(Some(block));
                        }
                        said => (Came::Failed, said),
                    }
                }
            };
            self.event(role, hole, Some(&proof), came, said.as_deref(), Some(&answer));
            let attempt = Attempt { proof, said: said.unwrap_or_default() };
            attempts.push(attempt.clone());
            mend = Some(attempt);
        }
        Ok(None)
    }

    /// A proof by way of a sketch.
    fn sketch(&mut self, subject: &Subject, attempts: &mut Vec<Attempt>) -> Result<Option<Block>, End> {
        let mut mend: Option<Attempt> = None;
        for turn in 0..=REPAIRS {
            let role = if turn == 0 { Role::Sketcher } else { Role::Repairer };
            let text = prompt(role, subject, mend.as_ref(), attempts, true);
            let answer = self.ask(role, &text, None)?;
            let proof = answer::block(&answer.text);
            // A repairer may have proved it all.
            let whole = Block::new(&proof, &self.known).ok().filter(|_| turn > 0);
            let (came, said) = match (whole, Sketch::new(&proof, &self.known)) {
                (Some(block), _) => match self.alone(&block)? {
                    None => {
                        self.event(role, None, Some(&proof), Came::Closed, None, Some(&answer));
                        return Ok(Some(block));
                    }
                    Some(said) => (Came::Failed, said),
                },
                (None, Err(reason)) => (Came::Refused, format!("refused: {reason}")),
                (None, Ok(sketch)) => {
                    let said = self.bench.run(&[sketch.filled(|_| "sorry".into())])?;
                    match said.first().and_then(|said| wrong(said)) {
                        Some(said) => (Came::Failed, said),
                        None => {
                            self.event(role, None, Some(sketch.text()), Came::Sketched, None, Some(&answer));
                            return match self.fill(subject, &sketch)? {
                                Ok(block) => Ok(Some(block)),
                                Err(said) => {
                                    attempts.push(Attempt { proof, said });
                                    Ok(None)
                                }
                            };
                        }
                    }
                }
            };
            self.event(role, None, Some(&proof), came, Some(&said), Some(&answer));
            let attempt = Attempt { proof, said };
            attempts.push(attempt.clone());
            mend = Some(attempt);
        }
        Ok(None)
    }

    /// Closes the holes of a sketch, by the cheap tactics and then by agents; or says which one stays open.
    fn fill(&mut self, subject: &Subject, sketch: &Sketch) -> Result<Result<Block, String>, End> {
        let mut with: Vec<Option<Block>> = vec![None; sketch.holes.len()];
        let mut states = vec![String::new(); sketch.holes.len()];
        self.cheap(sketch, &mut with, &mut states)?;
        for (i, hole) in sketch.holes.iter().enumerate() {
            if with.get(i).is_some_and(Option::is_some) {
                continue;
            }
            let other = |j: usize| if i == j { "hole".to_owned() } else { filling(&with, j) };
            let state = states.get(i).map_or("", String::as_str);
            let subject = subject.hole(&hole.name, &sketch.filled(other), state);
            let others = with.clone();
            let check = |work: &Self, block: &Block| {
                let with = |j: usize| if i == j { block.text().to_owned() } else { filling(&others, j) };
                let said = work.bench.run(&[sketch.filled(with)])?;
                let lines = u32::try_from(block.text().lines().count()).unwrap_or(u32::MAX);
                Ok(said.first().and_then(|said| wrong_in(said, sketch.lines_before(i, with), lines)))
            };
            let mut attempts = Vec::new();
            match self.close(&subject, &sketch.known, &mut attempts, Some(&hole.name), &check)? {
                Some(block) => with[i] = Some(block),
                None => {
                    let last = attempts.last().map_or("", |a| &a.said);
                    return Ok(Err(format!("The hole `{}` stayed open: {last}", hole.name)));
                }
            }
        }
        // As a whole, once more: what is kept is a block like any other.
        let text = sketch.filled(|i| filling(&with, i));
        match Block::new(&text, &self.known) {
            Err(refusal) => Ok(Err(refusal.to_string())),
            Ok(block) => Ok(match self.alone(&block)? {
                None => Ok(block),
                Some(said) => Err(said),
            }),
        }
    }

    /// Tries on each hole what the portfolio has for it. What Lean knows at those that stay open is written down.
    fn cheap(&self, sketch: &Sketch, with: &mut [Option<Block>], states: &mut [String]) -> Result<(), End> {
        let all: Vec<Vec<Candidate>> = sketch.holes.iter().map(|hole| self.candidates(sketch, hole)).collect();
        for stages in STAGES_AT_ONCE {
            let open: Vec<usize> = (0..with.len()).filter(|i| with[*i].is_none()).collect();
            let tried = |i: usize| all.get(i).into_iter().flatten().filter(|c| stages.contains(&c.stage));
            let proofs: Vec<String> = open
                .iter()
                .map(|i| {
                    let blocks: Vec<&Block> = tried(*i).map(|c| &c.block).collect();
                    let filled = |j: usize| if *i == j { alternatives(&blocks) } else { "sorry".to_owned() };
                    sketch.filled(filled)
                })
                .collect();
            if proofs.is_empty() {
                break;
            }
            for (i, said) in open.iter().zip(self.bench.run(&proofs)?) {
                // (A budget that ran out is an error: the hole stays open.)
                let taken = last_mark(&said, MARK).filter(|_| wrong(&said).is_none());
                let block = taken.and_then(|n| n.parse().ok()).and_then(|n: usize| tried(*i).nth(n));
                if let (Some(candidate), Some(name)) = (block, sketch.holes.get(*i).map(|h| &h.name)) {
                    with[*i] = Some(candidate.block.clone());
                    self.event(Role::Sketcher, Some(name), Some(candidate.block.text()), Came::Filled, None, None);
                }
            }
        }
        // What Lean has at those that are left.
        let open: Vec<usize> = (0..with.len()).filter(|i| with[*i].is_none()).collect();
        if !open.is_empty() {
            let shown = |i: usize| sketch.filled(|j| if i == j { "trace_state\nsorry".into() } else { "sorry".into() });
            let proofs: Vec<String> = open.iter().map(|i| shown(*i)).collect();
            for (i, said) in open.iter().zip(self.bench.run(&proofs)?) {
                let state = |s: &&Said| s.severity == Severity::Information;
                states[*i] = said.iter().find(state).map(|s| s.text.clone()).unwrap_or_default();
            }
        }
        Ok(())
    }

    /// What the portfolio has for a hole: what it would have for a statement with the hole's goal.
    fn candidates(&self, sketch: &Sketch, hole: &Hole) -> Vec<Candidate> {
        let statement = &self.obligation.statement;
        let goal = hole.statement.as_ref().and_then(|goal| {
            let old = crate::shapes::Statement::read(statement).goal();
            statement.strip_suffix(old).map(|binders| format!("{binders}{goal}"))
        });
        let like = Obligation {
            statement: goal.unwrap_or_else(|| statement.clone()),
            candidates: Vec::new(),
            inductions: Vec::new(),
            ..self.obligation.clone()
        };
        let all = candidates(&like, Vec::new(), &sketch.known);
        all.into_iter().filter(|c| c.block.text() != bits::MARK).collect()
    }

    fn ask(&mut self, role: Role, text: &str, hole: Option<&str>) -> Result<Answer, End> {
        if self.asked >= self.agents.settings.requests {
            return Err(End::NoMore);
        }
        self.asked += 1;
        match self.agents.ask(role, self.round, text, (&self.unit.function, self.index), self.stop) {
            Ok(answer) => Ok(answer),
            Err(NoMore(why)) => {
                if let Some(why) = why {
                    self.event(role, hole, None, Came::NoAnswer, Some(&why), None);
                }
                Err(End::NoMore)
            }
        }
    }

    fn event(
        &self,
        role: Role,
        hole: Option<&str>,
        block: Option<&str>,
        came: Came,
        message: Option<&str>,
        answer: Option<&Answer>,
    ) {
        let cast = self.agents.cast(role);
        self.agents.tell(&AgentEvent {
            reason: "agent",
            function: self.unit.function.clone(),
            obligation: self.index,
            hole: hole.map(str::to_owned),
            role,
            provider: cast.provider,
            model: cast.model,
            block: block.map(str::to_owned),
            came,
            message: message.map(str::to_owned),
            tokens_in: answer.and_then(|a| a.tokens_in),
            tokens_out: answer.and_then(|a| a.tokens_out),
        });
    }
}

/// What was said of the same proof when it was first tried.
fn said_before(attempts: &[Attempt], proof: &str) -> Option<String> {
    attempts.iter().find(|a| a.proof == proof).map(|a| format!("This was tried before. {}", a.said))
}

/// What stands in a hole for as long as others are worked on.
fn filling(with: &[Option<Block>], i: usize) -> String {
    with.get(i).and_then(Option::as_ref).map_or_else(|| "sorry".to_owned(), |b| b.text().to_owned())
}

/// The first of these that works, or nothing; a mark tells which.
fn alternatives(blocks: &[&Block]) -> String {
    let mut out = "first\n".to_owned();
    for (i, block) in blocks.iter().enumerate() {
        out += &format!("| (\n    trace \"{MARK}{i}\"\n{}    done)\n", block.indented(4));
    }
    out + &format!("| (\n    trace \"{MARK}{NONE}\"\n    sorry)\n")
}
