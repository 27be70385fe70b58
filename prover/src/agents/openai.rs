//! Chat completions as OpenAI has them, and everybody who does as it does.

use serde_json::{Value, json};

use super::http::{Sum, Wire, host};
use super::provider::Question;
use super::settings::Secret;

/// The format.
pub(super) struct OpenAi {
    key: Option<Secret>,
    /// Whether it is the service itself, whose newer models refuse a word that all others know.
    original: bool,
}

impl OpenAi {
    pub(super) fn new(url: &str, key: Option<Secret>) -> Self {
        Self { key, original: host(url) == "api.openai.com" }
    }
}

fn usage(message: &Value, sum: &mut Sum) {
    Sum::count(&mut sum.answer.tokens_in, message.pointer("/usage/prompt_tokens"));
    Sum::count(&mut sum.answer.tokens_out, message.pointer("/usage/completion_tokens"));
}

impl Wire for OpenAi {
    const NAME: &'static str = "OpenAI-compatible provider";
    const PATH: &'static str = "/chat/completions";

    fn headers(&self) -> Vec<(&'static str, String)> {
        self.key.iter().map(|key| ("authorization", format!("Bearer {}", key.reveal()))).collect()
    }

    fn body(&self, question: &Question) -> Value {
        let mut body = json!({
            "model": question.model,
            "messages": [
                {"role": "system", "content": question.system},
                {"role": "user", "content": question.user},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        let longest = if self.original { "max_completion_tokens" } else { "max_tokens" };
        body[longest] = question.max_tokens.into();
        if let Some(temperature) = question.temperature {
            body["temperature"] = temperature.into();
        }
        body
    }

    fn whole(message: &Value, sum: &mut Sum) {
        usage(message, sum);
        if let Some(text) = message.pointer("/choices/0/message/content").and_then(Value::as_str) {
            sum.answer.text.push_str(text);
            sum.ended = true;
        }
    }

    fn part(message: &Value, sum: &mut Sum) {
        usage(message, sum);
        if let Some(text) = message.pointer("/choices/0/delta/content").and_then(Value::as_str) {
            sum.answer.text.push_str(text);
        }
        // Not all of them say `[DONE]`.
        sum.ended |= message.pointer("/choices/0/finish_reason").is_some_and(Value::is_string);
    }
}
