//! An answer under construction, into which every protocol puts the pieces that it reads.

use serde_json::{Map, Value, json};

use super::assemble::{Arguments, Fragment, ToolCallAssembler};
use super::cut::CutBy;
use super::json::HalfJoiner;
use super::model::{Generation, GenerationDelta, LENGTH};
use super::reasoning_details::ReasoningDetails;
use crate::conversation::Usage;

/// The pieces of one answer so far, and those not yet sent to the observer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    completion_id: Option<String>,
    content: String,
    content_joiner: HalfJoiner,
    reasoning: String,
    reasoning_joiner: HalfJoiner,
    /// The field that contained the reasoning, if the reasoning has to be sent back in that field.
    reasoning_field: Option<&'static str>,
    details: ReasoningDetails,
    calls: ToolCallAssembler,
    /// Fields to send back with the first call: the key of a protocol, and the fields.
    kept: Vec<(&'static str, Value)>,
    kept_bytes: usize,
    usage: Option<Usage>,
    finish_reason: Option<String>,
    /// Whether the server reported that the model did not finish its text.
    is_text_incomplete: bool,
    text_source: TextSource,
    is_over: bool,
    /// Whether strings of the current piece may contain unpaired surrogates.
    has_halves: bool,
    deltas: Vec<GenerationDelta>,
}

/// The origin of an answer's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TextSource {
    /// The streamed pieces.
    #[default]
    Pieces,
    /// The end of the stream, which contained a different text.
    End,
}

impl Answer {
    /// Makes an answer whose text should be JSON.
    pub(super) fn of_json() -> Self {
        Self {
            content_joiner: HalfJoiner::of_json(),
            ..Self::default()
        }
    }

    /// Sets whether the following texts may contain unpaired surrogates (see
    /// [`Lenient`](super::json::Lenient)).
    pub(super) fn expect_halves(&mut self, has_halves: bool) {
        self.has_halves = has_halves;
    }

    /// Records the provider's id of the answer; only the first one counts.
    pub(super) fn id(&mut self, id: &str) {
        if !id.is_empty() {
            self.completion_id.get_or_insert_with(|| id.to_owned());
        }
    }

    /// Appends text.
    pub(super) fn text(&mut self, piece: &str) {
        let piece = self.content_joiner.push(piece, self.has_halves);
        self.append_text(&piece);
    }

    fn append_text(&mut self, piece: &str) {
        if !piece.is_empty() {
            self.content.push_str(piece);
            match self.deltas.last_mut() {
                Some(GenerationDelta::Text(text)) => text.push_str(piece),
                _ => self.deltas.push(GenerationDelta::Text(piece.to_owned())),
            }
        }
    }

    /// Sets the complete text, which the server sends at the end. A missing part is appended; if
    /// the text differs from the streamed one, it replaces that.
    pub(super) fn whole_text(&mut self, whole: &str) {
        // Halves of characters can't be compared, and a server may leave blanks out.
        if self.has_halves || self.content.starts_with(whole.trim()) {
            return;
        }
        if let Some(rest) = whole.strip_prefix(self.content.as_str()) {
            self.text(rest);
        } else if self.content.trim() != whole.trim() {
            whole.clone_into(&mut self.content);
            self.text_source = TextSource::End;
        }
    }

    /// Returns whether the text differs from the streamed one.
    pub(super) fn is_text_replaced(&self) -> bool {
        self.text_source == TextSource::End
    }

    /// Appends reasoning.
    pub(super) fn reasoning(&mut self, piece: &str) {
        let piece = self.reasoning_joiner.push(piece, self.has_halves);
        if !piece.is_empty() {
            self.reasoning.push_str(&piece);
            match self.deltas.last_mut() {
                Some(GenerationDelta::Reasoning(text)) => text.push_str(&piece),
                _ => self
                    .deltas
                    .push(GenerationDelta::Reasoning(piece.into_owned())),
            }
        }
    }

    /// Records the field that contains the reasoning, so that it can be sent back.
    pub(super) fn reasoning_field(&mut self, name: &'static str) {
        self.reasoning_field = Some(name);
    }

    /// Appends pieces of `reasoning_details`, which are sent back unchanged.
    pub(super) fn reasoning_details(&mut self, pieces: &[Value]) {
        self.details.push(pieces);
    }

    /// Begins a new paragraph of reasoning, unless the reasoning is empty.
    pub(super) fn reasoning_paragraph(&mut self) {
        if !self.reasoning.is_empty() {
            self.reasoning("\n\n");
        }
    }

    /// Adds the fragments of tool calls of one event, in the format of chat completions.
    pub(super) fn call_fragments(&mut self, fragments: &[Value]) {
        for (place, fragment) in fragments.iter().enumerate() {
            let place = (fragments.len() > 1).then_some(place);
            let delta = self
                .calls
                .push(&Fragment::of(fragment), place, self.has_halves);
            self.deltas.extend(delta);
        }
    }

    /// Adds the only fragment of a tool call in its event.
    pub(super) fn call_fragment(&mut self, fragment: &Fragment<'_>) {
        let delta = self.calls.push(fragment, None, self.has_halves);
        self.deltas.extend(delta);
    }

    /// Begins the call at `index` of the answer's parts.
    pub(super) fn call(&mut self, index: Option<u64>, id: &str, name: &str, arguments: &Value) {
        self.call_fragment(&Fragment {
            index,
            id,
            name,
            arguments: Some(arguments).into(),
            fields: None,
        });
    }

    /// Begins the call at `index` of the answer's parts, unless it exists already.
    pub(super) fn call_once(
        &mut self,
        index: Option<u64>,
        id: &str,
        name: &str,
        arguments: &Value,
    ) {
        if !self.calls.has(id) {
            self.call(index, id, name, arguments);
        }
    }

    /// Records that the model did not finish the call with an id.
    pub(super) fn incomplete_call(&mut self, id: &str) {
        self.calls.mark_incomplete(id);
    }

    /// Records that the model did not finish its text.
    pub(super) fn incomplete_text(&mut self) {
        self.is_text_incomplete = true;
    }

    /// Appends text to the arguments of a call.
    pub(super) fn arguments(&mut self, index: Option<u64>, piece: &str) {
        self.call_fragment(&Fragment {
            index,
            arguments: Arguments::Text(piece),
            ..Fragment::default()
        });
    }

    /// Sets the complete arguments of a call; a missing part is appended.
    pub(super) fn whole_arguments(&mut self, index: Option<u64>, whole: &str) {
        let so_far = self.calls.arguments_at(index).unwrap_or("");
        if let Some(rest) = whole.strip_prefix(so_far).filter(|rest| !rest.is_empty()) {
            let rest = rest.to_owned();
            self.arguments(index, &rest);
        }
    }

    /// Stores fields of a protocol that the provider expects back with the calls of this answer.
    pub(super) fn keep(&mut self, key: &'static str, item: Value) {
        self.kept_bytes += item.to_string().len();
        self.kept.push((key, item));
    }

    /// Appends to a text field of the last stored item.
    pub(super) fn amend(&mut self, key: &'static str, field: &str, piece: &str) {
        if let Some((last, Value::Object(item))) = self.kept.last_mut()
            && *last == key
        {
            self.kept_bytes += piece.len();
            match item.get_mut(field) {
                Some(Value::String(so_far)) => so_far.push_str(piece),
                _ => {
                    item.insert(field.to_owned(), json!(piece));
                }
            }
        }
    }

    /// Records the provider's token counts.
    pub(super) fn usage(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    /// Returns the provider's token counts so far.
    pub(super) fn usage_so_far(&self) -> Usage {
        self.usage.unwrap_or_default()
    }

    /// Records why the model stopped, as a finish reason of chat completions.
    pub(super) fn stopped(&mut self, reason: &str) {
        if !reason.is_empty() {
            self.finish_reason = Some(known_reason(reason).to_owned());
        }
    }

    /// Records that the stream has ended.
    pub(super) fn over(&mut self) {
        self.is_over = true;
    }

    /// Returns whether the stream has ended, according to the protocol.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns whether the server has sent a finish reason.
    pub(super) fn is_finished(&self) -> bool {
        self.finish_reason.is_some()
    }

    /// Returns the number of calls.
    pub(super) fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Returns whether the answer has neither text nor calls.
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty() && self.calls.is_empty()
    }

    /// Returns the size of the answer in bytes: text, reasoning, arguments and stored fields.
    pub(super) fn len_bytes(&self) -> usize {
        self.content.len()
            + self.reasoning.len()
            + self.calls.len_bytes()
            + self.kept_bytes
            + self.details.len_bytes()
    }

    /// Returns a measure of progress that grows with each piece of the answer, and with nothing
    /// else that a server sends.
    pub(super) fn progress(&self) -> usize {
        self.len_bytes() + self.calls.len() + self.kept.len()
    }

    /// Returns whether the answer has more tool calls than allowed.
    pub(super) fn has_too_many_calls(&self) -> bool {
        self.calls.has_too_many()
    }

    /// Returns whether there are pieces that were not taken yet.
    pub(super) fn has_deltas(&self) -> bool {
        !self.deltas.is_empty()
    }

    /// Returns the pieces since the last call of this method.
    pub(super) fn take_deltas(&mut self) -> Vec<GenerationDelta> {
        std::mem::take(&mut self.deltas)
    }

    /// Ends the text: an unpaired surrogate at its end is now replaced.
    pub(super) fn flush(&mut self) {
        let rest = self.content_joiner.finish();
        self.append_text(&rest);
        self.reasoning.push_str(&self.reasoning_joiner.finish());
    }

    /// Returns whether the text or the reasoning contains U+FFFD in place of an unpaired surrogate.
    pub(super) fn has_lost_halves(&self) -> bool {
        self.content_joiner.has_lost_some() || self.reasoning_joiner.has_lost_some()
    }

    /// Returns the complete answer, and the usage if the server counted tokens. `id_prefix` is for
    /// calls without an id.
    pub(super) fn finish(mut self, id_prefix: &str) -> (Generation, Option<Usage>) {
        self.flush();
        let has_calls = !self.calls.is_empty();
        let finish_reason = match self.finish_reason {
            // `stop` beside calls, and the word from before tools: the calls are what counts.
            Some(reason) if has_calls && matches!(reason.as_str(), "stop" | "function_call") => {
                Some("tool_calls".to_owned())
            }
            other => other,
        };
        let is_cut = |reason: &Option<String>| reason.as_deref().and_then(CutBy::of).is_some();
        let is_last_incomplete = self.calls.is_last_incomplete();
        let is_incomplete = is_last_incomplete || self.is_text_incomplete;
        let finish_reason = if is_incomplete && !is_cut(&finish_reason) {
            Some("incomplete".to_owned())
        } else {
            finish_reason
        };
        let is_last_call_unsure =
            is_last_incomplete || is_cut(&finish_reason) && self.calls.is_last_unsure();
        let mut tool_calls = self.calls.finish(id_prefix);
        if let Some(first) = tool_calls.first_mut() {
            for (key, item) in self.kept {
                let extra = first.extra.get_or_insert_with(|| json!({}));
                match &mut extra[key] {
                    Value::Array(items) => items.push(item),
                    none => *none = json!([item]),
                }
            }
        }
        let mut extra = Map::new();
        if let Some(field) = self.reasoning_field.filter(|_| !self.reasoning.is_empty()) {
            extra.insert(field.to_owned(), json!(self.reasoning));
        }
        if let Some(details) = self.details.finish() {
            extra.insert("reasoning_details".to_owned(), details);
        }
        let generation = Generation {
            extra: (!extra.is_empty()).then_some(Value::Object(extra)),
            completion_id: self.completion_id,
            content: self.content,
            reasoning: self.reasoning,
            tool_calls,
            finish_reason,
            is_last_call_unsure,
            ..Generation::default()
        };
        (generation, self.usage)
    }
}

/// Converts a server's reason for stopping to one of chat completions; servers have several names
/// for the token limit.
fn known_reason(reason: &str) -> &str {
    let is_length = ["max_tokens", "max_output_tokens", "model_length"]
        .iter()
        .any(|name| reason.eq_ignore_ascii_case(name));
    if is_length { LENGTH } else { reason }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn whole_arguments_add_what_did_not_come_in_pieces() {
        let mut answer = Answer::default();
        answer.call(Some(2), "a", "f", &Value::Null);
        answer.arguments(Some(2), "{\"x\":");
        answer.whole_arguments(Some(2), "{\"x\":1}");
        answer.whole_arguments(Some(2), "{\"x\":1}");
        answer.call(Some(4), "b", "g", &Value::Null);
        answer.whole_arguments(Some(4), "{\"y\":2}");
        let (generation, _) = answer.finish("call");
        let calls: Vec<_> = generation.tool_calls.iter().map(|c| &c.arguments).collect();
        assert_eq!(calls, ["{\"x\":1}", "{\"y\":2}"]);
    }

    #[test]
    fn a_call_of_a_cut_answer_is_sure_only_if_the_model_closed_it() {
        let is_unsure = |arguments: &Value, piece: &str, reason: &str| {
            let mut answer = Answer::default();
            answer.call(Some(0), "a", "f", arguments);
            answer.arguments(Some(0), piece);
            answer.stopped(reason);
            answer.finish("call").0.is_last_call_unsure
        };
        let (none, whole) = (Value::Null, json!({"x": 1}));
        for (arguments, piece, reason, expected) in [
            (&none, "{\"x\":1}", "length", false),
            (&none, "", "length", true),
            (&whole, "", "MAX_TOKENS", true),
            (&whole, "", "content_filter", true),
            (&whole, "", "OTHER", true),
            (&whole, "", "stop", false),
            (&none, "", "tool_calls", false),
        ] {
            assert_eq!(
                is_unsure(arguments, piece, reason),
                expected,
                "{arguments} {reason}"
            );
        }
    }

    #[test]
    fn a_call_that_the_server_calls_incomplete_is_unsure_however_it_looks() {
        for (reason, told) in [("stop", "incomplete"), ("length", "length")] {
            let mut answer = Answer::default();
            answer.call(Some(0), "a", "f", &json!("{\"x\":1}"));
            answer.incomplete_call("a");
            answer.stopped(reason);
            let (generation, _) = answer.finish("call");
            assert!(generation.is_last_call_unsure);
            assert_eq!(generation.finish_reason.as_deref(), Some(told));
            assert!(generation.cut().is_some());
        }
    }

    #[test]
    fn what_is_kept_goes_with_the_first_call() {
        let mut answer = Answer::default();
        answer.keep("p", json!({"n": 1}));
        answer.keep("p", json!({"n": 2}));
        answer.call(None, "a", "f", &json!({}));
        answer.call(None, "b", "g", &json!({}));
        let (generation, _) = answer.finish("call");
        let extras: Vec<_> = generation.tool_calls.into_iter().map(|c| c.extra).collect();
        assert_eq!(extras, [Some(json!({"p": [{"n": 1}, {"n": 2}]})), None]);
    }
}
