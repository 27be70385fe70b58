//! The tactic block in what a model answered. Nothing is made good here: what is not one is refused by the gate.

/// The last fenced block of an answer, or all of it, without what models put around a proof out of habit.
pub(super) fn block(answer: &str) -> String {
    // What some models think aloud.
    let answer = answer.rsplit_once("</think>").map_or(answer, |(_, rest)| rest);
    let text = last_fence(answer).unwrap_or_else(|| answer.trim_matches('\n').to_owned());
    // A fence from a file with carriage returns.
    let text = text.replace("\r\n", "\n");
    let text = text.trim_end();
    let first = text.trim_start();
    // The theorem written again.
    let repeated = first.starts_with("theorem ") || first.starts_with("example ") || first.starts_with("lemma ");
    if repeated {
        if let Some((_, proof)) = text.split_once(":= by") {
            return bare(proof);
        }
    }
    match first.strip_prefix(":= by").or_else(|| first.strip_prefix("by")) {
        Some(rest) if rest.starts_with(char::is_whitespace) => bare(rest),
        _ => bare(text),
    }
}

/// Without empty lines before it, and without the space between `by` and a proof on the same line.
fn bare(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim().is_empty() => bare(rest),
        Some((first, rest)) if first.starts_with(' ') && !rest.starts_with(' ') => {
            format!("{}\n{rest}", first.trim_start())
        }
        None => text.trim().to_owned(),
        Some(_) => text.to_owned(),
    }
}

fn last_fence(answer: &str) -> Option<String> {
    let mut last = None;
    let mut open: Option<Vec<&str>> = None;
    for line in answer.lines() {
        let fence = line.trim_start().starts_with("```");
        match &mut open {
            None if fence => open = Some(Vec::new()),
            None => {}
            Some(lines) if fence => {
                if lines.iter().any(|line| !line.trim().is_empty()) {
                    last = Some(lines.join("\n"));
                }
                open = None;
            }
            Some(lines) => lines.push(line),
        }
    }
    // An answer that was too long ends within its fence.
    last.or_else(|| open.map(|lines| lines.join("\n")).filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_found() {
        for (answer, expected) in [
            ("omega", "omega"),
            ("Sure:\n```lean\nintro x\nomega\n```\nDone.", "intro x\nomega"),
            ("First\n```\nrfl\n```\nno, rather\n```lean4\n  omega\n```", "omega"),
            ("<think>```lean\nrfl\n```</think>\n```lean\nomega\n```", "omega"),
            ("```lean\nby\n  intro x\n  omega\n```", "  intro x\n  omega"),
            ("```lean\n:= by omega\n```", "omega"),
            ("```lean\ntheorem t (x : Int) : x = x := by\n  rfl\n```", "rfl"),
            ("```lean\nby_cases h : a\n· omega\n· omega\n```", "by_cases h : a\n· omega\n· omega"),
            ("```lean\nomega\nomega", "omega\nomega"),
            ("```lean\nby omega\n```", "omega"),
            ("", ""),
        ] {
            assert_eq!(block(answer), expected, "{answer:?}");
        }
    }

    /// What leaves its place is not tidied up until the gate would let it through.
    #[test]
    fn cheats_stay_what_they_are() {
        for cheat in ["omega\nend X\ntheorem y : False := by sorry", "set_option maxRecDepth 9 in\nomega", "sorry"] {
            assert_eq!(block(&format!("```lean\n{cheat}\n```")), cheat);
        }
        let twice = "```lean\ntheorem a : True := by\n  trivial\ntheorem b : False := by sorry\n```";
        assert!(block(twice).contains("theorem b"));
    }
}
