//! Lean's `--json` messages: one object a line, among lines that are something else.

use serde::Deserialize;

use crate::{Message, Pos, Severity};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    severity: Severity,
    pos: Pos,
    #[serde(default)]
    end_pos: Option<Pos>,
    data: String,
}

/// Reads the messages in what Lean printed on standard output, in their order.
///
/// Lines that are no message (the embedded Lean prints traces of its own) are passed over. A file cannot hide an error
/// that way: Lean's exit status says that there was one.
#[must_use]
pub fn parse(output: &str) -> Vec<Message> {
    output.lines().filter_map(parse_line).collect()
}

/// Reads one line; `None` if it is no message.
#[must_use]
pub fn parse_line(line: &str) -> Option<Message> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    let Line { severity, pos, end_pos, data } = serde_json::from_str(line).ok()?;
    Some(Message { severity, pos, end: end_pos, text: data })
}

/// Whether a line is one of the embedded Lean's own traces, which no user wants to see.
#[must_use]
pub fn is_trace(line: &str) -> bool {
    line.starts_with("[DEBUG") || line.starts_with("  - /lean/lib") || line.starts_with("  mainModule?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_among_junk() {
        let output = concat!(
            "[DEBUG:K] Calling Elab.runFrontend\n",
            r#"{"caption":"","data":"2","endPos":{"column":5,"line":2},"fileName":"t.lean","isSilent":false,"keepFullRange":false,"kind":"[anonymous]","pos":{"column":0,"line":2},"severity":"information"}"#,
            "\n{ not json\n{\"severity\":\"error\"}\n\u{0}\n",
            r#"{"severity":"error","pos":{"line":7,"column":3},"endPos":null,"data":"unsolved goals"}"#,
        );
        let messages = parse(output);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].severity, Severity::Information);
        assert_eq!(messages[0].end, Some(Pos { line: 2, column: 5 }));
        assert_eq!(messages[1].text, "unsolved goals");
        assert_eq!(messages[1].pos, Pos { line: 7, column: 3 });
        assert_eq!(messages[1].end, None);
    }

    #[test]
    fn traces_are_known() {
        assert!(is_trace("[DEBUG:N] Reporting complete"));
        assert!(is_trace("  - /lean/lib/lean/Init.olean"));
        assert!(!is_trace("error: [DEBUG"));
    }
}
