//! Events of a stream that differ in a few words only: nearly all of them.

/// The text around the words of the last event that said no more than a few.
///
/// Servers write all such events of an answer alike, but for the words. Between the same bytes, a string of the same plain
/// characters is the same field of the same document, so that the document is not read again.
#[derive(Debug, Default)]
pub(in crate::llm) struct SameWords {
    before: String,
    after: String,
}

impl SameWords {
    /// Takes note of an event in which `words` is a part of `data`, as written there.
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

    /// The words of an event that differs from the last one in nothing else; none where it does.
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
