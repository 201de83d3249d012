//! Assembles tool calls from the fragments that servers stream.
//!
//! Accepts everything that servers are known to send: interleaved fragments of several calls; no
//! `index` (identified by the id, else by the position in the array, else as the previous call);
//! the same `index` for several calls with different ids; a whole call in one fragment; arguments
//! as an object instead of text; repeated, empty or missing ids; repeated names; and unknown
//! fields, which are stored and sent back.

use serde_json::{Map, Value};

use super::json::HalfJoiner;
use super::model::GenerationDelta;
use crate::base::written::Written;
use crate::conversation::ToolCall;

/// The maximum number of calls in an answer; an answer with more is considered a server error.
pub(super) const MAX_CALLS: usize = 256;

/// The fields of a tool call that are parsed; others are stored unchanged.
const KNOWN_FIELDS: [&str; 4] = ["index", "id", "type", "function"];

/// Collects fragments of tool calls, and returns the complete calls.
#[derive(Debug, Default)]
pub(super) struct ToolCallAssembler {
    calls: Vec<Partial>,
    /// The index in `calls` of the call with the last fragment.
    last: Option<usize>,
    /// Whether there were more calls than allowed.
    has_too_many: bool,
}

#[derive(Debug, Default)]
struct Partial {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    extra: Map<String, Value>,
    joiner: HalfJoiner,
    /// Whether the arguments came as a JSON value, which the server parsed from the model's text.
    is_whole: bool,
    /// Whether the server reported that the model did not finish the call.
    is_incomplete: bool,
}

/// A fragment of a tool call, as servers stream it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fragment<'f> {
    /// The number of the call in its answer, if the server sends one.
    pub(super) index: Option<u64>,
    /// The provider's id of the call, or an empty string.
    pub(super) id: &'f str,
    /// The name of the tool, or an empty string.
    pub(super) name: &'f str,
    /// The arguments or the next part of their text.
    pub(super) arguments: Arguments<'f>,
    /// All fields of the fragment, if there may be unknown ones.
    pub(super) fields: Option<&'f Map<String, Value>>,
}

/// The arguments in a fragment of a tool call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Arguments<'f> {
    /// No arguments.
    #[default]
    None,
    /// A part of the arguments' text.
    Text(&'f str),
    /// All arguments, as a JSON value.
    Whole(&'f Value),
}

impl<'f> Fragment<'f> {
    /// Reads an item of `tool_calls`.
    pub(super) fn of(item: &'f Value) -> Self {
        let function = item.get("function").unwrap_or(&Value::Null);
        Self {
            index: item.get("index").and_then(Value::as_u64),
            id: text_of(item, "id"),
            name: text_of(function, "name"),
            arguments: function.get("arguments").into(),
            fields: item.as_object(),
        }
    }
}

impl<'f> From<Option<&'f Value>> for Arguments<'f> {
    fn from(arguments: Option<&'f Value>) -> Self {
        match arguments {
            Some(Value::String(text)) => Self::Text(text),
            Some(Value::Null) | None => Self::None,
            Some(whole) => Self::Whole(whole),
        }
    }
}

impl ToolCallAssembler {
    /// Returns whether there are no fragments.
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Returns the number of calls.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Returns the size of all arguments in bytes.
    pub(super) fn len_bytes(&self) -> usize {
        self.calls.iter().map(|call| call.arguments.len()).sum()
    }

    /// Returns whether the arguments of the last call may be incomplete, because the server closed
    /// them or none came.
    ///
    /// Only the last call can be affected, because a model writes its calls one after another.
    /// Arguments that came as closed text are complete, because the model itself closed them.
    pub(super) fn is_last_unsure(&self) -> bool {
        let last = self.calls.last();
        last.is_some_and(|call| call.is_whole || call.arguments.trim().is_empty())
    }

    /// Records that the model did not finish the call with this id.
    pub(super) fn mark_incomplete(&mut self, id: &str) {
        let marked = self.calls.iter_mut().rfind(|call| call.id == id);
        if let Some(call) = marked {
            call.is_incomplete = true;
        }
    }

    /// Returns whether the server reported the last call as unfinished, regardless of its
    /// arguments.
    pub(super) fn is_last_incomplete(&self) -> bool {
        self.calls.last().is_some_and(|call| call.is_incomplete)
    }

    /// Returns whether there is a call with this id.
    pub(super) fn has(&self, id: &str) -> bool {
        !id.is_empty() && self.calls.iter().any(|call| call.id == id)
    }

    /// Returns the arguments so far of the call with an index; of the last call for `None`.
    pub(super) fn arguments_at(&self, index: Option<u64>) -> Option<&str> {
        let at = match index {
            Some(_) => self.calls.iter().rposition(|call| call.index == index),
            None => self.last,
        };
        at.and_then(|at| self.calls.get(at))
            .map(|call| call.arguments.as_str())
    }

    /// Adds a fragment and returns the new part of its call for the observer; none if there are too many calls.
    ///
    /// `place` is the position of the fragment in the list of its chunk; none if the list has no other.
    pub(super) fn push(
        &mut self,
        fragment: &Fragment<'_>,
        place: Option<usize>,
        has_halves: bool,
    ) -> Option<GenerationDelta> {
        let at = self.find_or_add(fragment, place)?;
        self.last = Some(at);
        let call = self.calls.get_mut(at)?;
        Some(call.take(at, fragment, has_halves))
    }

    /// Returns the position of the call to which a fragment belongs.
    fn find_or_add(&mut self, fragment: &Fragment<'_>, place: Option<usize>) -> Option<usize> {
        let Fragment {
            index, id, name, ..
        } = *fragment;
        let found = match index {
            Some(index) => self.calls.iter().rposition(|call| {
                // One index for every call, but an id for each, is the habit of some servers.
                call.index == Some(index)
                    && (id.is_empty() || call.id.is_empty() || call.id == id || name.is_empty())
            }),
            None if !id.is_empty() => self.calls.iter().position(|call| call.id == id),
            None if name.is_empty() => place.filter(|&at| at < self.calls.len()).or(self.last),
            None => place.or(self.last).filter(|&at| {
                let call = self.calls.get(at);
                call.is_some_and(|call| call.name == name && !call.is_complete())
            }),
        };
        if found.is_some() {
            return found;
        }
        if self.calls.len() >= MAX_CALLS {
            self.has_too_many = true;
            return None;
        }
        self.calls.push(Partial {
            index,
            joiner: HalfJoiner::of_json(),
            ..Partial::default()
        });
        Some(self.calls.len() - 1)
    }

    /// Returns whether there were more calls than [`MAX_CALLS`], so that some are missing.
    pub(super) fn has_too_many(&self) -> bool {
        self.has_too_many
    }

    /// Returns the calls in order of appearance.
    ///
    /// Invariant: every id is present and unique in the answer. Missing ids are made from
    /// `id_prefix`: `call_7` gives `call_7_0`. Missing arguments become `{}`.
    pub(super) fn finish(self, id_prefix: &str) -> Vec<ToolCall> {
        let mut calls: Vec<ToolCall> = Vec::with_capacity(self.calls.len());
        for (at, call) in self.calls.into_iter().enumerate() {
            let mut call = call.finish();
            if call.id.is_empty() || calls.iter().any(|other| other.id == call.id) {
                call.id = format!("{id_prefix}_{at}");
            }
            calls.push(call);
        }
        calls
    }
}

impl Partial {
    /// Adds a fragment to this call and returns the new part.
    fn take(&mut self, at: usize, fragment: &Fragment<'_>, has_halves: bool) -> GenerationDelta {
        let new_id = take_once(&mut self.id, fragment.id);
        let new_name = take_once(&mut self.name, fragment.name);
        let new_arguments = match fragment.arguments {
            Arguments::Text(text) => self.joiner.push(text, has_halves).into_owned(),
            Arguments::Whole(whole) if self.arguments.is_empty() => {
                self.is_whole = true;
                let whole = Written::from_marked(whole.clone()).to_string();
                self.joiner.push(&whole, has_halves).into_owned()
            }
            // Arguments that are a value can't be appended to: the first one counts.
            Arguments::None | Arguments::Whole(_) => String::new(),
        };
        self.arguments.push_str(&new_arguments);
        if let Some(fields) = fragment.fields {
            for (key, value) in fields {
                if !KNOWN_FIELDS.contains(&key.as_str()) && !value.is_null() {
                    self.extra.insert(key.clone(), value.clone());
                }
            }
        }
        GenerationDelta::ToolCall {
            index: at,
            id: new_id,
            name: new_name,
            arguments: new_arguments,
        }
    }

    fn is_complete(&self) -> bool {
        serde_json::from_str::<Value>(&self.arguments).is_ok_and(|value| value.is_object())
    }

    fn finish(mut self) -> ToolCall {
        self.arguments.push_str(&self.joiner.finish());
        let arguments = if self.arguments.trim().is_empty() {
            "{}".to_owned()
        } else {
            self.arguments
        };
        ToolCall {
            id: self.id,
            name: self.name,
            arguments,
            extra: (!self.extra.is_empty()).then_some(Value::Object(self.extra)),
        }
    }
}

/// Sets a field if it is empty; returns the new value, or an empty string.
fn take_once(field: &mut String, value: &str) -> String {
    if !field.is_empty() || value.is_empty() {
        return String::new();
    }
    value.clone_into(field);
    value.to_owned()
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    /// Takes the items of a chunk's `tool_calls`.
    fn push(assembler: &mut ToolCallAssembler, chunk: &Value) -> Vec<GenerationDelta> {
        let items = chunk.as_array().unwrap();
        let place = |place: usize| (items.len() > 1).then_some(place);
        items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| assembler.push(&Fragment::of(item), place(at), false))
            .collect()
    }

    /// The calls (`id name arguments`) that chunks of fragments make.
    fn assembled(chunks: &[Value]) -> Vec<String> {
        let mut assembler = ToolCallAssembler::default();
        for chunk in chunks {
            push(&mut assembler, chunk);
        }
        assembler
            .finish("call_7")
            .into_iter()
            .map(|call| format!("{} {} {}", call.id, call.name, call.arguments))
            .collect()
    }

    #[test]
    fn fragments_of_every_sloppiness_make_the_same_two_calls() {
        let first = |arguments: &str| {
            json!({"index": 0, "id": "a", "type": "function",
            "function": {"name": "f", "arguments": arguments}})
        };
        let second = |arguments: &str| {
            json!({"index": 1, "id": "b",
            "function": {"name": "g", "arguments": arguments}})
        };
        let rest = |index: u64, arguments: &str| {
            json!({"index": index,
            "function": {"arguments": arguments}})
        };
        let cases: &[(&str, Vec<Value>)] = &[
            (
                "as documented",
                vec![
                    json!([first("")]),
                    json!([rest(0, "{\"x\":")]),
                    json!([rest(0, "1}")]),
                    json!([second("")]),
                    json!([rest(1, "{}")]),
                ],
            ),
            (
                "interleaved",
                vec![
                    json!([first("{\"x\""), second("{")]),
                    json!([rest(1, "}"), rest(0, ":1}")]),
                ],
            ),
            (
                "whole calls without index",
                vec![json!([
                    {"id": "a", "function": {"name": "f", "arguments": "{\"x\":1}"}},
                    {"id": "b", "function": {"name": "g", "arguments": "{}"}},
                ])],
            ),
            (
                "whole calls without index, a chunk each",
                vec![
                    json!([{"id": "a", "function": {"name": "f", "arguments": "{\"x\":1}"}}]),
                    json!([{"id": "b", "function": {"name": "g", "arguments": "{}"}}]),
                ],
            ),
            (
                "no index, later fragments with nothing but text",
                vec![
                    json!([{"id": "a", "function": {"name": "f", "arguments": "{\"x\""}}]),
                    json!([{"function": {"arguments": ":1}"}}]),
                    json!([{"id": "b", "function": {"name": "g"}}]),
                    json!([{"id": "", "function": {"name": "", "arguments": "{}"}}]),
                ],
            ),
            (
                "index 0 for all",
                vec![
                    json!([first("{\"x\":1}")]),
                    json!([{"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}}]),
                ],
            ),
            (
                "id and name repeated",
                vec![
                    json!([first("{\"x\"")]),
                    json!([first(":1}")]),
                    json!([second("{"), second("}")]),
                ],
            ),
            (
                "arguments are an object, or missing",
                vec![
                    json!([{"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}]),
                    json!([{"index": 1, "id": "b", "function": {"name": "g", "arguments": null}}]),
                ],
            ),
        ];
        for (name, chunks) in cases {
            assert_eq!(assembled(chunks), ["a f {\"x\":1}", "b g {}"], "{name}");
        }
    }

    #[test]
    fn missing_and_equal_ids_are_made_unique() {
        let calls = assembled(&[json!([
            {"function": {"name": "f", "arguments": "{}"}},
            {"function": {"name": "f", "arguments": "{}"}},
        ])]);
        assert_eq!(calls, ["call_7_0 f {}", "call_7_1 f {}"]);
        let calls = assembled(&[json!([
            {"index": 0, "id": "x", "function": {"name": "f", "arguments": "{}"}},
            {"index": 1, "id": "x", "function": {"name": "g", "arguments": "{}"}},
        ])]);
        assert_eq!(calls, ["x f {}", "call_7_1 g {}"]);
    }

    #[test]
    fn unknown_fields_are_kept() {
        let mut assembler = ToolCallAssembler::default();
        let extra = json!({"extra_content": {"google": {"thought_signature": "s"}}});
        let mut fragment = json!({"index": 0, "id": "a", "function": {"name": "f"}});
        fragment["extra_content"] = extra["extra_content"].clone();
        push(&mut assembler, &json!([fragment]));
        assert_eq!(assembler.finish("c")[0].extra, Some(extra));
    }

    #[test]
    fn watchers_see_ids_and_names_once() {
        let mut assembler = ToolCallAssembler::default();
        let fragment = json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}});
        let delta = |id: &str, name: &str| GenerationDelta::ToolCall {
            index: 0,
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: "{".to_owned(),
        };
        let chunk = json!([fragment]);
        assert_eq!(push(&mut assembler, &chunk), [delta("a", "f")]);
        assert_eq!(push(&mut assembler, &chunk), [delta("", "")]);
    }

    #[test]
    fn a_runaway_server_is_bounded() {
        let mut assembler = ToolCallAssembler::default();
        for index in 0..1_000 {
            push(
                &mut assembler,
                &json!([{"index": index, "function": {"name": "f"}}]),
            );
        }
        assert!(assembler.has_too_many());
        assert_eq!(assembler.finish("c").len(), MAX_CALLS);
    }
}
