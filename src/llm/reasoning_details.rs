//! The `reasoning_details` that `OpenRouter` streams. The pieces must be joined, because a
//! signature covers the whole.

use serde_json::Value;

/// The maximum number of entries, in case of a faulty server.
const MAX_ENTRIES: usize = 1_024;

/// The `reasoning_details` of one answer so far.
#[derive(Debug, Default)]
pub(super) struct ReasoningDetails {
    entries: Vec<Value>,
    len_bytes: usize,
}

impl ReasoningDetails {
    pub(super) fn len_bytes(&self) -> usize {
        self.len_bytes
    }

    /// Adds the entries of one piece. Text of the same kind and index is appended to the previous
    /// entry.
    pub(super) fn push(&mut self, pieces: &[Value]) {
        for piece in pieces {
            let before = self.len_bytes;
            let is_more = self
                .entries
                .last_mut()
                .is_some_and(|last| append(last, piece));
            if is_more {
                self.len_bytes = before + piece.to_string().len();
            } else if self.entries.len() < MAX_ENTRIES {
                self.len_bytes = before + piece.to_string().len();
                self.entries.push(piece.clone());
            }
        }
    }

    /// Returns the list to send back; `None` if there are no entries.
    pub(super) fn finish(self) -> Option<Value> {
        (!self.entries.is_empty()).then_some(Value::Array(self.entries))
    }
}

/// Appends a piece to the entry that it continues; returns false if it begins a new entry.
fn append(last: &mut Value, piece: &Value) -> bool {
    let is_same = ["type", "index"].iter().all(|name| {
        piece
            .get(name)
            .is_some_and(|value| last.get(name) == Some(value))
    });
    if !is_same || !piece["index"].is_u64() || piece.get("data").is_some_and(|data| !data.is_null())
    {
        return false;
    }
    let (Value::Object(last), Value::Object(piece)) = (last, piece) else {
        return false;
    };
    for (name, value) in piece.iter().filter(|(_, value)| !value.is_null()) {
        match (name.as_str(), last.get_mut(name), value) {
            ("text" | "summary", Some(Value::String(so_far)), Value::String(more)) => {
                so_far.push_str(more);
            }
            ("signature", Some(held), _) => *held = value.clone(),
            (_, Some(Value::Null) | None, _) => {
                last.insert(name.clone(), value.clone());
            }
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn pieces_of_one_thought_are_put_together_and_others_stay_apart() {
        let mut details = ReasoningDetails::default();
        for piece in [
            json!({"type": "reasoning.text", "text": "Let", "format": "f", "index": 0}),
            json!({"type": "reasoning.text", "text": " me", "signature": null, "index": 0}),
            json!({"type": "reasoning.text", "signature": "s", "index": 0}),
            json!({"type": "reasoning.text", "text": "Then", "index": 1}),
            json!({"type": "reasoning.encrypted", "data": "a", "index": 2}),
            json!({"type": "reasoning.encrypted", "data": "b", "index": 2}),
            json!({"type": "reasoning.summary", "summary": "x"}),
            json!({"type": "reasoning.summary", "summary": "y"}),
        ] {
            details.push(&[piece]);
        }
        let expected = json!([
            {"type": "reasoning.text", "text": "Let me", "format": "f", "index": 0, "signature": "s"},
            {"type": "reasoning.text", "text": "Then", "index": 1},
            {"type": "reasoning.encrypted", "data": "a", "index": 2},
            {"type": "reasoning.encrypted", "data": "b", "index": 2},
            {"type": "reasoning.summary", "summary": "x"},
            {"type": "reasoning.summary", "summary": "y"},
        ]);
        assert_eq!(details.finish(), Some(expected));
        assert_eq!(ReasoningDetails::default().finish(), None);
    }
}
