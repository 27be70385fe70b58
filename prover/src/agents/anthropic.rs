//! Messages as Anthropic has them.

use serde_json::{Value, json};

use super::http::{Sum, Wire};
use super::provider::Question;
use super::settings::Secret;

/// The format.
pub(super) struct Anthropic {
    key: Option<Secret>,
}

impl Anthropic {
    pub(super) fn new(key: Option<Secret>) -> Self {
        Self { key }
    }
}

impl Wire for Anthropic {
    const NAME: &'static str = "Anthropic provider";
    const PATH: &'static str = "/v1/messages";

    fn headers(&self) -> Vec<(&'static str, String)> {
        let key = self.key.iter().map(|key| ("x-api-key", key.reveal().to_owned()));
        key.chain([("anthropic-version", "2023-06-01".to_owned())]).collect()
    }

    fn body(&self, question: &Question) -> Value {
        let mut body = json!({
            "model": question.model,
            "max_tokens": question.max_tokens,
            "system": question.system,
            "messages": [{"role": "user", "content": question.user}],
            "stream": true,
        });
        if let Some(temperature) = question.temperature {
            body["temperature"] = temperature.into();
        }
        body
    }

    fn whole(message: &Value, sum: &mut Sum) {
        Sum::count(&mut sum.answer.tokens_in, message.pointer("/usage/input_tokens"));
        Sum::count(&mut sum.answer.tokens_out, message.pointer("/usage/output_tokens"));
        for block in message["content"].as_array().into_iter().flatten() {
            if let Some(text) = block["text"].as_str() {
                sum.answer.text.push_str(text);
                sum.ended = true;
            }
        }
    }

    fn part(message: &Value, sum: &mut Sum) {
        Sum::count(&mut sum.answer.tokens_in, message.pointer("/message/usage/input_tokens"));
        Sum::count(&mut sum.answer.tokens_out, message.pointer("/usage/output_tokens"));
        if let Some(text) = message.pointer("/delta/text").and_then(Value::as_str) {
            sum.answer.text.push_str(text);
        }
        sum.ended |= message["type"] == "message_stop";
    }
}
