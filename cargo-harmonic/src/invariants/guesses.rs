//! What is guessed of the loops of one function, and what is left of it.

use std::ops::Range;

use harmonic_translator::interp::{Budget, refute};
use harmonic_translator::span::{FileId, Span};
use harmonic_translator::tir::{FnId, Ty};
use harmonic_translator::translate::translate;

use super::candidates::{Conditions, candidates};
use super::kept::{around, body_of};
use super::loops::Loop;
use super::{Inferred, line_of};
use crate::cli::Selection;
use crate::loaded::Loaded;

/// Most times that a crate is read, or a function is run, to drop guesses.
const MOST_LOOKS: usize = 40;

/// What is guessed of the loops of a function.
pub struct Guesses {
    path: String,
    file: FileId,
    name: String,
    text: String,
    loops: Vec<(Loop, Vec<String>)>,
    /// Where each guess is in the changed text, by loop and guess.
    places: Vec<(Range<usize>, usize, usize)>,
}

impl Guesses {
    /// All that is guessed; `None`: nothing.
    pub fn of(one: &Loaded<'_>, id: FnId) -> Option<Self> {
        let function = one.program.functions.get(id.0)?;
        let spec = function.spec.as_ref()?;
        let file = function.sig_span.file;
        let (name, text, body) = body_of(one, id)?;
        let written = |span: Span| one.sources.snippet(span).to_owned();
        let says = Conditions {
            requires: spec.requires.iter().map(|e| written(e.span)).collect(),
            ensures: spec.ensures.iter().map(|(p, e)| (p.as_ref().map(|p| written(p.span)), written(e.span))).collect(),
        };
        let type_of = |at: usize| {
            let local = function.locals.iter().find(|l| l.span.file == file && l.span.lo as usize == at);
            local.map(|l| l.ty.clone())
        };
        let loops = body.loops.iter().map(|of| {
            let mut scope: Vec<(String, Ty)> = Vec::new();
            for (name, at) in of.scope.iter().rev() {
                if let Some(ty) = type_of(*at).filter(|_| scope.iter().all(|(n, _)| n != name)) {
                    scope.push((name.clone(), ty));
                }
            }
            scope.reverse();
            let mut guesses = candidates(of, &body, &says, &scope);
            guesses.retain(|g| !of.says(g));
            (of.clone(), guesses)
        });
        let loops: Vec<(Loop, Vec<String>)> = loops.collect();
        let (path, name, text) = (function.path.clone(), name.to_owned(), text.to_owned());
        let guesses = Self { path, file, name, text, loops, places: Vec::new() };
        (!guesses.is_empty()).then_some(guesses)
    }

    /// The function, without the package.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.loops.iter().all(|(_, guesses)| guesses.is_empty())
    }

    /// The crate with what is guessed in its place.
    pub fn inserted<'c>(&mut self, one: &Loaded<'c>, selection: &Selection) -> Option<(Loaded<'c>, FnId)> {
        let mut text = String::new();
        let mut copied = 0;
        self.places.clear();
        for (l, (of, guesses)) in self.loops.iter().enumerate() {
            text.push_str(self.text.get(copied..of.at)?);
            copied = of.at;
            if guesses.is_empty() {
                continue;
            }
            let (before, after) = around(of);
            text.push_str(before);
            for (g, guess) in guesses.iter().enumerate() {
                self.places.push((text.len()..text.len() + guess.len(), l, g));
                text.push_str(guess);
                text.push_str(", ");
            }
            text.push_str(after);
        }
        text.push_str(self.text.get(copied..)?);
        let read = |path: &str| if path == self.name { Ok(text.clone().into_bytes()) } else { one.read(path) };
        let changed = Loaded::reading(one.krate, selection, &read);
        let [id] = *changed.chosen.as_slice() else { return None };
        Some((changed, id))
    }

    /// Whether a place of the changed text is in a guess.
    pub fn are_about(&self, span: Span) -> bool {
        self.places.iter().any(|(place, ..)| self.holds(place, span))
    }

    fn holds(&self, place: &Range<usize>, span: Span) -> bool {
        span.file == self.file && place.start <= span.lo as usize && (span.hi as usize) <= place.end
    }

    /// Drops what these places are in; whether there was any.
    pub fn without(&mut self, spans: &[Span]) -> bool {
        let hit = |place: &Range<usize>| spans.iter().any(|span| self.holds(place, *span));
        let dropped = self.places.iter().filter(|(place, ..)| hit(place)).map(|(_, l, g)| (*l, *g));
        let mut dropped: Vec<(usize, usize)> = dropped.collect();
        dropped.sort_unstable();
        for (l, g) in dropped.iter().rev() {
            if let Some((_, guesses)) = self.loops.get_mut(*l) {
                guesses.remove(*g);
            }
        }
        !dropped.is_empty()
    }

    /// Drops what has no type, or is outside what the translator knows; whether anything is left.
    pub fn that_can_be_read(&mut self, one: &Loaded<'_>, selection: &Selection) -> bool {
        for _ in 0..MOST_LOOKS {
            let Some((changed, id)) = self.inserted(one, selection) else { return false };
            let own = changed.program.functions.get(id.0).map_or(&[][..], |f| &f.diagnostics);
            let (_, refused) = translate(&changed.program);
            let late = refused.iter().filter(|(f, _)| *f == id).flat_map(|(_, more)| more);
            let wrong: Vec<Span> = own.iter().chain(&changed.diagnostics).chain(late).map(|d| d.span).collect();
            if wrong.is_empty() {
                return !self.is_empty();
            }
            if !self.without(&wrong) {
                return false;
            }
        }
        false
    }

    /// Drops what the interpreter sees false; whether anything is left.
    pub fn that_runs_show(&mut self, one: &Loaded<'_>, selection: &Selection) -> bool {
        let budget = Budget { inputs: 1_500, total_steps: 2_000_000, ..Budget::default() };
        for _ in 0..MOST_LOOKS {
            let Some((changed, id)) = self.inserted(one, selection) else { return false };
            let seen: Vec<Span> = refute(&changed.program, id, &budget).hints.iter().map(|h| h.span).collect();
            if !self.without(&seen) {
                return !self.is_empty();
            }
        }
        false
    }

    /// What is left, by loop.
    pub fn found(&self) -> Vec<Inferred> {
        let numbered = self.loops.iter().enumerate().filter(|(_, (_, maintains))| !maintains.is_empty());
        numbered
            .map(|(loop_number, (of, maintains))| Inferred {
                loop_number,
                line: line_of(&self.text, of.at),
                maintains: maintains.clone(),
            })
            .collect()
    }

    /// How many guesses there are of a loop; `None`: there is no such loop.
    pub fn count(&self, l: usize) -> Option<usize> {
        self.loops.get(l).map(|(_, guesses)| guesses.len())
    }

    /// How many there are of all.
    pub fn total(&self) -> usize {
        self.loops.iter().map(|(_, guesses)| guesses.len()).sum()
    }

    /// Takes a guess away.
    pub fn take(&mut self, l: usize, g: usize) -> String {
        self.loops
            .get_mut(l)
            .filter(|(_, guesses)| g < guesses.len())
            .map(|(_, guesses)| guesses.remove(g))
            .unwrap_or_default()
    }

    /// Puts it back.
    pub fn put_back(&mut self, l: usize, g: usize, guess: String) {
        if let Some((_, guesses)) = self.loops.get_mut(l).filter(|(_, guesses)| g <= guesses.len()) {
            guesses.insert(g, guess);
        }
    }
}
