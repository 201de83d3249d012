//! Detects events of a stream that differ from the previous one only in a few words, as most events
//! do.

/// The text around the words of the last event that only added words.
///
/// Servers format all such events of an answer alike. If the bytes before and after are the same
/// and the string between them has only plain characters, it is the same field of the same
/// document, which then need not be parsed.
#[derive(Debug, Default)]
pub(in crate::llm) struct SameWords {
    before: String,
    after: String,
}

impl SameWords {
    /// Records an event, where `words` is the part of `data` with the words.
    pub(in crate::llm) fn note(&mut self, data: &str, words: &str) {
        self.before.clear();
        self.after.clear();
        let begin = words.as_ptr().addr().checked_sub(data.as_ptr().addr());
        if let Some(begin) = begin
            && let Some(before) = data.get(..begin)
            && let Some(after) = data.get(begin + words.len()..)
        {
            self.before.push_str(before);
            self.after.push_str(after);
        }
    }

    /// Returns the words of an event that differs from the recorded one in nothing else; `None`
    /// otherwise.
    pub(in crate::llm) fn find<'d>(&self, data: &'d str) -> Option<&'d str> {
        if self.before.is_empty() {
            return None;
        }
        let words = data
            .strip_prefix(&*self.before)?
            .strip_suffix(&*self.after)?;
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        words.bytes().all(is_plain).then_some(words)
    }
}
