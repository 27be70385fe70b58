//! Macros by example (`macro_rules!`): a call's expansion, as rustc makes it. What a rule does is only said where it is certain: any
//! token that rustc might read in another way than it is read here makes the call one that is not understood.
//!
//! An expansion's tokens stand at the place of the call. Names that the macro's own text brings are marked ([`hygiene`]), so that
//! its variables are none of the caller's, and the caller's none of its own.

mod fragments;
pub(crate) mod hygiene;
mod matcher;
mod pattern;
mod transcribe;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use pattern::Part;
use transcribe::Text;

/// A macro's rules.
#[derive(Debug)]
pub(crate) struct Definition {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    /// What the argument has to look like, or why that is not known.
    pattern: Result<Vec<Part>, Refusal>,
    text: Result<Vec<Text>, Refusal>,
}

/// Why an expansion is not certain.
pub(crate) type Refusal = String;

/// Tokens of an argument or an expansion that are followed.
const MAX_TOKENS: usize = 20_000;

impl Definition {
    /// Reads the rules of `macro_rules!`.
    ///
    /// # Errors
    /// If they are none.
    pub(crate) fn read(tokens: TokenStream) -> Result<Self, Refusal> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rules = Vec::new();
        for rule in tokens.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ';')) {
            match rule {
                [] => {}
                [TokenTree::Group(left), TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Group(right)]
                    if a.as_char() == '='
                        && b.as_char() == '>'
                        && left.delimiter() != Delimiter::None
                        && right.delimiter() != Delimiter::None =>
                {
                    rules.push(Rule { pattern: pattern::read(left.stream()), text: transcribe::read(right.stream()) });
                }
                _ => return Err("a rule of another form than `(…) => { … }`".to_owned()),
            }
        }
        Ok(Self { rules })
    }

    /// What a call stands for. `mark` is the call's number, `local` whether the macro is defined in a body, and `at` the place that
    /// the macro's own text gets.
    ///
    /// # Errors
    /// If that is not certain, or there is no rule for it.
    pub(crate) fn expand(
        &self,
        argument: TokenStream,
        mark: usize,
        local: bool,
        at: Span,
    ) -> Result<TokenStream, Refusal> {
        let argument: Vec<TokenTree> = argument.into_iter().collect();
        for rule in &self.rules {
            let pattern = rule.pattern.as_ref().map_err(Clone::clone)?;
            match matcher::matched(pattern, &argument)?.as_slice() {
                [] => {}
                [found] => {
                    let text = rule.text.as_ref().map_err(Clone::clone)?;
                    return transcribe::transcribed(text, found, &hygiene::Mark { number: mark, local }, at);
                }
                _ => return Err("its argument can be read in several ways".to_owned()),
            }
        }
        Err("none of its rules fits".to_owned())
    }
}
