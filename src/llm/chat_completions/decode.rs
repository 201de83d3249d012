//! An answer from chunks or from a whole body, lenient where servers are sloppy.

use serde_json::Value;

use crate::conversation::Usage;
use crate::llm::assemble::ToolCallAssembler;
use crate::llm::error::{Asked, Failed};
use crate::llm::json::{self, HalfJoiner, Lenient};
use crate::llm::model::{Generation, GenerationDelta};
use crate::llm::usage;

/// The longest answer that is taken, in bytes of text: a server that never stops is cut there.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Folds chunks into an answer.
#[derive(Debug, Default)]
pub(super) struct AnswerDecoder {
    completion_id: Option<String>,
    content: String,
    content_joiner: HalfJoiner,
    reasoning: String,
    reasoning_joiner: HalfJoiner,
    calls: ToolCallAssembler,
    usage: Option<Usage>,
    finish_reason: Option<String>,
}

impl AnswerDecoder {
    /// Takes the `data` of one event and gives the pieces in it.
    ///
    /// # Errors
    /// What is no JSON, what tells an error, and an answer that is too long.
    pub(super) fn chunk(
        &mut self,
        data: &str,
        asked: &Asked<'_>,
    ) -> Result<Vec<GenerationDelta>, Failed> {
        let Lenient { value, has_halves } = json::parse(data).map_err(|error| {
            Failed::bad_answer(format!(
                "`{}` sent an event that is not JSON ({error}): {}",
                asked.endpoint,
                asked.quoted(data)
            ))
        })?;
        self.object(&value, "delta", has_halves, asked)
    }

    /// Takes the body of an answer that is not streamed.
    ///
    /// # Errors
    /// What is no JSON, what tells an error, and what holds no answer.
    pub(super) fn whole(
        &mut self,
        body: &str,
        asked: &Asked<'_>,
    ) -> Result<Vec<GenerationDelta>, Failed> {
        let Lenient { value, has_halves } = json::parse(body).map_err(|error| {
            let what = if crate::llm::error::is_html(body) {
                crate::llm::error::html_summary(body)
            } else {
                format!("a body that is not JSON ({error}): {}", asked.quoted(body))
            };
            let mut failed = Failed::bad_answer(format!("`{}` sent {what}", asked.endpoint));
            failed.error.hint =
                Some("check `url`: it may not be the address of a model server".to_owned());
            failed
        })?;
        let mut deltas = self.object(&value, "message", has_halves, asked)?;
        let has_choice = value.get("choices").is_some_and(|all| all.get(0).is_some());
        if !has_choice {
            return Err(Failed::bad_answer(format!(
                "`{}` sent an answer without `choices`: {}",
                asked.endpoint,
                asked.quoted(body)
            )));
        }
        deltas.extend(self.flush());
        Ok(deltas)
    }

    fn object(
        &mut self,
        value: &Value,
        field: &str,
        has_halves: bool,
        asked: &Asked<'_>,
    ) -> Result<Vec<GenerationDelta>, Failed> {
        let is_error = value.get("error").is_some_and(|error| !error.is_null())
            || value.get("object").and_then(Value::as_str) == Some("error");
        if is_error {
            return Err(asked.error_object(value));
        }
        if let Some(id) = value.get("id").and_then(Value::as_str)
            && !id.is_empty()
        {
            self.completion_id.get_or_insert_with(|| id.to_owned());
        }
        if let Some(usage) = value.get("usage").and_then(usage::read) {
            self.usage = Some(usage);
        }
        let Some(choice) = value.get("choices").and_then(|choices| choices.get(0)) else {
            return Ok(Vec::new());
        };
        if let Some(usage) = choice.get("usage").and_then(usage::read) {
            self.usage = Some(usage);
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str)
            && !reason.is_empty()
        {
            self.finish_reason = Some(reason.to_owned());
        }
        // Some servers put a whole `message` into the chunks of a stream, or a `delta` into a body.
        let other = if field == "delta" { "message" } else { "delta" };
        let delta = choice.get(field).or_else(|| choice.get(other));
        let deltas = delta.map(|delta| self.delta(delta, has_halves));
        let length = self.content.len() + self.reasoning.len() + self.calls.len_bytes();
        if length > MAX_ANSWER_BYTES {
            return Err(Failed::bad_answer(format!(
                "`{}` sent more than {} MB for one answer",
                asked.endpoint,
                MAX_ANSWER_BYTES / (1024 * 1024)
            )));
        }
        Ok(deltas.unwrap_or_default())
    }

    fn delta(&mut self, delta: &Value, has_halves: bool) -> Vec<GenerationDelta> {
        let mut deltas = Vec::new();
        let reasoning = ["reasoning_content", "reasoning"]
            .into_iter()
            .find_map(|name| delta.get(name).and_then(Value::as_str))
            .unwrap_or("");
        let reasoning = self.reasoning_joiner.push(reasoning, has_halves);
        if !reasoning.is_empty() {
            self.reasoning.push_str(&reasoning);
            deltas.push(GenerationDelta::Reasoning(reasoning));
        }
        for text in ["content", "refusal"].map(|name| text_of(delta.get(name))) {
            let text = self.content_joiner.push(&text, has_halves);
            if !text.is_empty() {
                self.content.push_str(&text);
                deltas.push(GenerationDelta::Text(text));
            }
        }
        match delta.get("tool_calls") {
            Some(Value::Array(fragments)) => {
                deltas.extend(self.calls.push(fragments, has_halves));
            }
            Some(fragment @ Value::Object(_)) => {
                deltas.extend(self.calls.push(std::slice::from_ref(fragment), has_halves));
            }
            _ => {}
        }
        if let Some(function @ Value::Object(_)) = delta.get("function_call") {
            deltas.extend(self.calls.push_function_call(function, has_halves));
        }
        deltas
    }

    /// Ends the text: gives what stands for half a character at its end, if there is one.
    pub(super) fn flush(&mut self) -> Option<GenerationDelta> {
        let rest = self.content_joiner.finish();
        self.content.push_str(&rest);
        (!rest.is_empty()).then_some(GenerationDelta::Text(rest))
    }

    /// Whether the server has said why it stopped.
    pub(super) fn is_finished(&self) -> bool {
        self.finish_reason.is_some()
    }

    /// The answer; `usage` is none where the server counted nothing. `id_prefix` is for calls
    /// without an id.
    pub(super) fn finish(mut self, id_prefix: &str) -> (Generation, Option<Usage>) {
        self.flush();
        self.reasoning.push_str(&self.reasoning_joiner.finish());
        let has_calls = !self.calls.is_empty();
        let finish_reason = match self.finish_reason {
            // `stop` beside calls, and the word from before tools: the calls are what counts.
            Some(reason) if has_calls && matches!(reason.as_str(), "stop" | "function_call") => {
                Some("tool_calls".to_owned())
            }
            other => other,
        };
        let generation = Generation {
            completion_id: self.completion_id,
            content: self.content,
            reasoning: self.reasoning,
            tool_calls: self.calls.finish(id_prefix),
            finish_reason,
            ..Generation::default()
        };
        (generation, self.usage)
    }
}

/// The text of a `content` that is a string or a list of parts.
fn text_of(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text").unwrap_or(part).as_str())
            .collect(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const ASKED: Asked<'static> = Asked {
        endpoint: "http://h/v1",
        model_id: "m",
        api_key: None,
    };

    fn decoded(chunks: &[&str]) -> (Generation, Option<Usage>) {
        let mut decoder = AnswerDecoder::default();
        for chunk in chunks {
            decoder.chunk(chunk, &ASKED).unwrap();
        }
        decoder.finish("call")
    }

    #[test]
    fn sloppy_chunks_are_read() {
        let (generation, usage) = decoded(&[
            r#"{"id":"c1","choices":[]}"#,
            r#"{"id":"c1","choices":[{"delta":{"role":"assistant","content":null}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_content":"hm "}}],"novel":1}"#,
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a "}]}}]}"#,
            r#"{"choices":[{"delta":{"content":"\ud83d"},"finish_reason":""}]}"#,
            r#"{"choices":[{"delta":{"content":"\ude00"},"finish_reason":"stop"}],
                "usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
            r#"{"choices":[],"usage":null}"#,
        ]);
        assert_eq!(generation.completion_id.as_deref(), Some("c1"));
        assert_eq!(generation.content, "a 😀");
        assert_eq!(generation.reasoning, "hm ");
        assert_eq!(generation.finish_reason.as_deref(), Some("stop"));
        assert_eq!(usage.unwrap().total_tokens, 5);
    }

    #[test]
    fn calls_count_more_than_the_finish_reason() {
        let (generation, _) = decoded(&[
            r#"{"choices":[{"delta":{"tool_calls":{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":\"\\ud83d\"}"}}}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        ]);
        assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
        assert_eq!(generation.tool_calls[0].arguments, r#"{"x":"\ufffd"}"#);

        let (generation, _) = decoded(&[
            r#"{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{"}}}]}"#,
            r#"{"choices":[{"delta":{"function_call":{"arguments":"}"}},"finish_reason":"function_call"}]}"#,
        ]);
        assert_eq!(generation.finish_reason.as_deref(), Some("tool_calls"));
        assert_eq!(generation.tool_calls[0].name, "f");
        assert_eq!(generation.tool_calls[0].id, "call_0");
    }

    #[test]
    fn errors_inside_answers_are_told() {
        let cases = [
            (
                r#"{"error":{"message":"boom"}}"#,
                "broke off with an error: boom",
            ),
            (
                r#"{"object":"error","message":"boom","code":400}"#,
                "broke off with an error: boom",
            ),
            (
                r#"{"choices":[{"delta":{"#,
                "sent an event that is not JSON",
            ),
        ];
        for (chunk, message) in cases {
            let failed = AnswerDecoder::default().chunk(chunk, &ASKED).unwrap_err();
            assert!(failed.error.message.contains(message), "{}", failed.error);
        }
        let cases = [
            ("<html><title>Hi</title>", "sent a web page (“Hi”)"),
            ("{", "sent a body that is not JSON"),
            ("{}", "without `choices`"),
            (r#"{"choices":[]}"#, "without `choices`"),
        ];
        for (body, message) in cases {
            let failed = AnswerDecoder::default().whole(body, &ASKED).unwrap_err();
            assert!(failed.error.message.contains(message), "{}", failed.error);
        }
    }
}
